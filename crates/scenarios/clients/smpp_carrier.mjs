// A carrier (SMSC) on npm `smpp`: its codec and its sessions, so that our SMPP is judged by others.
//
// Started with one JSON argument: {systemId, password, port, certificate?, key?}; port 0 takes a free one, and with
// the paths of a certificate and its key everything is encrypted.
// Tells, one JSON object a line:
//   {"listening":2775}
//   {"bind":{"session":1,"as":"transceiver","systemId":"…","systemType":"…","accepted":true}}
//   {"submit":{"session":1,"sequence":4,"status":0,"id":"7","from":"…","to":"…","text":"…","octets":"hex",…}}
//   {"ended":{"session":1}}, {"unbound":{"session":1}}, {"enquired":{"session":1}}, {"nack":{…}}, {"trouble":{…}}
// Reads one JSON command a line, and answers each with {"id":…, …} when it is done:
//   {"id":1,"do":"text","from":"+49…","to":"+49…","text":"…","coding":"GSM"|"LATIN1"|"UCS2",
//     "long":"udh8"|"udh16"|"sar"|"payload","partLength":67,"order":[1,0],"reference":5,"session":1,"tlvs":{…}}
//     → {"id":1,"statuses":[0,0]}        as the ESME answered, in the order of the text
//   {"id":2,"do":"receipt","submit":"7","form":"text"|"tlv"|"both","state":"DELIVRD","error":"000","as":"…"}
//     → {"id":2,"statuses":[0]}          "as" is the id that the receipt names, if not the one of the submit
//   {"id":3,"do":"answers","list":[{"status":88},{"silent":true},{"status":0,"count":3}]}   for the next submits
//   {"id":4,"do":"receipts","form":"text"|"tlv"|"both"|"none","state":"DELIVRD","early":true,"ids":"decimal"|"hex"}
//     from now on for each submit that asks; "ids":"hex" answers submits in hex and reports in decimal digits
//   {"id":5,"do":"drop"}      breaks all connections     {"id":6,"do":"close"}, {"do":"open"}   the door
//   {"id":7,"do":"stall"}, {"do":"resume"}    reads nothing for a while
//   {"id":8,"do":"enquire"}   → {"id":8,"status":0}
//   {"id":9,"do":"unbind"}    → {"id":9,"status":0}      ends the sessions as the protocol has it
//   {"id":10,"do":"raw","hex":"0000…","session":1}       writes octets as they are
//   {"id":11,"do":"password","password":"…"}             from now on
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const smpp = createRequire(import.meta.url)("smpp");

// Standard output belongs to the answers.
console.log = console.info = console.debug = console.error;

const settings = JSON.parse(process.argv[2]);
const CODINGS = { GSM: 0, LATIN1: 3, UCS2: 8 };
const BINDS = { bind_receiver: "receiver", bind_transmitter: "transmitter", bind_transceiver: "transceiver" };

const sessions = new Map();
const submits = new Map();
const scripted = [];
let automatic = { form: "none", state: "DELIVRD", early: false, ids: "decimal" };
let password = settings.password;
let nextSession = 1;
let nextId = 1;
let nextPart = 0;

function tell(object) {
  process.stdout.write(JSON.stringify(object) + "\n");
}

function serve(session) {
  const number = nextSession++;
  const party = { number, session, as: null, waiting: new Set() };
  sessions.set(number, party);
  for (const command of Object.keys(BINDS)) session.on(command, (pdu) => bind(party, pdu));
  session.on("submit_sm", (pdu) => submit(party, pdu));
  session.on("enquire_link", (pdu) => (session.send(pdu.response()), tell({ enquired: { session: number } })));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    tell({ unbound: { session: number } });
    session.close();
  });
  session.on("generic_nack", (pdu) => tell({ nack: { session: number, status: pdu.command_status } }));
  session.on("unknown", (pdu) => session.send(pdu.response()));
  session.on("error", (error) => {
    tell({ trouble: { session: number, error: String(error) } });
    session.destroy();
  });
  session.on("close", () => {
    sessions.delete(number);
    for (const giveUp of party.waiting) giveUp(new Error("the connection ended before an answer"));
    tell({ ended: { session: number } });
  });
}

function bind(party, pdu) {
  const accepted = pdu.system_id === settings.systemId && pdu.password === password;
  const as = BINDS[pdu.command];
  if (accepted) party.as = as;
  const known = accepted ? {} : { command_status: smpp.ESME_RBINDFAIL };
  party.session.send(pdu.response({ system_id: "npm-smpp", ...known }));
  const { system_id: systemId, system_type: systemType, interface_version: version } = pdu;
  tell({ bind: { session: party.number, as, systemId, systemType, version, accepted } });
}

function submit(party, pdu) {
  const behavior = nextBehavior();
  const status = party.as && party.as !== "receiver" ? (behavior.status ?? 0) : smpp.ESME_RINVBNDSTS;
  const id = status === 0 ? String(nextId++ + 1_000_000) : null;
  const told = { session: party.number, sequence: pdu.sequence_number, status, id, ...described(pdu) };
  if (behavior.silent) told.silent = true;
  if (id !== null) submits.set(id, told);
  tell({ submit: told });
  const wanted = id !== null && automatic.form !== "none" && (pdu.registered_delivery & 3) === 1;
  const report = () => wanted && receipt({ submit: id, ...automatic }).catch(complain);
  if (automatic.early) report();
  if (!behavior.silent) {
    const said = automatic.ids === "hex" && id !== null ? Number(id).toString(16).toUpperCase() : id;
    party.session.send(pdu.response(status === 0 ? { message_id: said } : { command_status: status }));
  }
  if (!automatic.early) report();
}

function nextBehavior() {
  const first = scripted[0];
  if (first === undefined) return {};
  first.count = (first.count ?? 1) - 1;
  if (first.count <= 0) scripted.shift();
  return first;
}

// Text and header of the text as npm `smpp` decoded them; the octets as they came.
function described(pdu) {
  const body = pdu.message_payload ?? pdu.short_message;
  const text = body?.message ?? body;
  const tlvs = {};
  for (const name of Object.keys(smpp.tlvs)) {
    if (pdu[name] !== undefined && name !== "message_payload") tlvs[name] = plain(pdu[name]);
  }
  return {
    from: pdu.source_addr,
    to: pdu.destination_addr,
    sourceTon: pdu.source_addr_ton,
    sourceNpi: pdu.source_addr_npi,
    destinationTon: pdu.dest_addr_ton,
    destinationNpi: pdu.dest_addr_npi,
    serviceType: pdu.service_type,
    esmClass: pdu.esm_class,
    dataCoding: pdu.data_coding,
    registeredDelivery: pdu.registered_delivery,
    validity: pdu.validity_period || null,
    inPayload: pdu.message_payload !== undefined,
    udh: (body?.udh ?? []).map((element) => element.toString("hex")),
    // What is no text becomes U+FFFD, as half a pair would not be JSON for everybody.
    text: Buffer.isBuffer(text) ? null : Buffer.from(text, "utf8").toString("utf8"),
    part: partOf(pdu, body),
    tlvs,
  };
}

// Which part of a longer text this is, by whatever means it says so (3GPP TS 23.040, 9.2.3.24.1 and .8; SAR).
function partOf(pdu, body) {
  for (const element of body?.udh ?? []) {
    if (element[0] === 0) return { reference: element[2], total: element[3], number: element[4] };
    if (element[0] === 8) return { reference: element.readUInt16BE(2), total: element[4], number: element[5] };
  }
  if (pdu.sar_total_segments === undefined) return null;
  return {
    reference: pdu.sar_msg_ref_num,
    total: pdu.sar_total_segments,
    number: pdu.sar_segment_seqnum,
  };
}

function plain(value) {
  return Buffer.isBuffer(value) ? value.toString("hex") : value;
}

function receivers(wanted) {
  const able = [...sessions.values()].filter((it) => it.as === "receiver" || it.as === "transceiver");
  const chosen = wanted === undefined ? able : able.filter((it) => it.number === wanted);
  if (chosen.length === 0) throw new Error("nobody is bound to receive");
  return chosen;
}

function deliver(fields, wanted) {
  const able = receivers(wanted);
  const { session, waiting } = able[nextPart++ % able.length];
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    const answered = (answer) => (waiting.delete(reject), resolve(answer.command_status));
    if (!session.deliver_sm(fields, answered)) reject(new Error("the connection takes nothing"));
  });
}

function address(prefix, number) {
  const isInternational = number.startsWith("+");
  const digits = isInternational ? number.slice(1) : number;
  const ton = /^[0-9]+$/.test(digits) ? (isInternational ? 1 : 0) : 5;
  const name = prefix === "source" ? "source_addr" : "dest_addr";
  const value = prefix === "source" ? "source_addr" : "destination_addr";
  return { [`${name}_ton`]: ton, [`${name}_npi`]: ton === 5 ? 0 : 1, [value]: digits };
}

async function text(command) {
  const units = command.text;
  const coding = command.coding ?? smpp.encodings.detect(units).replace("ASCII", "GSM");
  const dataCoding = CODINGS[coding];
  const whole = command.long === undefined || command.long === "payload";
  const length = command.partLength ?? (coding === "UCS2" ? 67 : 153);
  const parts = whole ? [units] : cut(units, length);
  const reference = command.reference ?? nextId++ % 200;
  const base = {
    ...address("source", command.from),
    ...address("destination", command.to),
    data_coding: dataCoding,
    ...(command.tlvs ?? {}),
  };
  const statuses = new Array(parts.length);
  const order = command.order ?? parts.map((_, index) => index);
  const sent = order.map(async (index) => {
    const place = { reference, total: parts.length, number: index + 1 };
    const fields = { ...base, ...body(parts[index], command.long, dataCoding, place) };
    statuses[index] = await deliver(fields, command.session);
  });
  await Promise.all(sent);
  return { statuses };
}

// By UTF-16 units, so that a part may end inside a pair, as carriers do it.
function cut(units, length) {
  const parts = [];
  for (let at = 0; at < units.length; at += length) parts.push(units.slice(at, at + length));
  return parts;
}

function body(part, long, dataCoding, { reference, total, number }) {
  const message = encoded(part, dataCoding);
  switch (long) {
    case "udh8":
      return { short_message: { udh: Buffer.from([5, 0, 3, reference & 255, total, number]), message } };
    case "udh16":
      return {
        short_message: {
          udh: Buffer.from([6, 8, 4, (reference >> 8) & 255, reference & 255, total, number]),
          message,
        },
      };
    case "sar":
      return {
        short_message: message,
        sar_msg_ref_num: reference,
        sar_total_segments: total,
        sar_segment_seqnum: number,
      };
    case "payload":
      return { short_message: "", message_payload: message };
    default:
      return { short_message: message };
  }
}

function encoded(part, dataCoding) {
  const name = { 0: "ASCII", 3: "LATIN1", 8: "UCS2" }[dataCoding];
  return smpp.encodings[name].encode(part);
}

// The text of a receipt as SMPP 3.4 has it in appendix B, and the optional parameters of 5.3.2.
async function receipt({ submit, form = "text", state = "DELIVRD", error = "000", as, session }) {
  const known = submits.get(submit);
  if (known === undefined) throw new Error(`no submit ${submit}`);
  const id = as ?? submit;
  const fields = {
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    source_addr_ton: known.destinationTon,
    source_addr_npi: known.destinationNpi,
    source_addr: known.to,
    dest_addr_ton: known.sourceTon,
    dest_addr_npi: known.sourceNpi,
    destination_addr: known.from,
    data_coding: 0,
    short_message: "",
  };
  const delivered = state === "DELIVRD" ? "001" : "000";
  if (form === "text" || form === "both") {
    const excerpt = (known.text ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 20);
    const line = `id:${id} sub:001 dlvrd:${delivered} submit date:2611201200 done date:2611201201 stat:${state} err:${error} text:${excerpt}`;
    fields.short_message = smpp.encodings.ASCII.encode(line);
  }
  if (form === "tlv" || form === "both") {
    fields.receipted_message_id = id;
    fields.message_state = MESSAGE_STATES[state];
    fields.network_error_code = Buffer.from([3, 0, Number(error) & 255]);
  }
  return { statuses: [await deliver(fields, session)] };
}

const MESSAGE_STATES = {
  ENROUTE: 1,
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
};

function complain(error) {
  tell({ trouble: { error: String(error) } });
}

function ask(operation, wanted) {
  const { session } = receivers(wanted)[0];
  return new Promise((resolve) => session[operation]({}, (answer) => resolve({ status: answer.command_status })));
}

let server;

function open(port) {
  const { certificate, key } = settings;
  const encryption = certificate ? { cert: readFileSync(certificate), key: readFileSync(key) } : {};
  server = smpp.createServer(encryption, serve);
  server.on("error", complain);
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => resolve(server.address().port));
  });
}

function everySession(what) {
  for (const { session } of sessions.values()) what(session);
  return {};
}

let port;

const commands = {
  text,
  receipt,
  answers: ({ list }) => (scripted.push(...list), {}),
  receipts: ({ id, do: _, ...wanted }) => ((automatic = { ...automatic, ...wanted }), {}),
  drop: () => everySession((session) => session.destroy()),
  close: () => new Promise((resolve) => (server.close(() => {}), resolve({}))),
  open: async () => ({ port: await open(port) }),
  stall: () => everySession((session) => session.pause()),
  resume: () => everySession((session) => session.resume()),
  enquire: ({ session }) => ask("enquire_link", session),
  unbind: ({ session }) => ask("unbind", session),
  raw: ({ hex, session }) => (receivers(session)[0].session.socket.write(Buffer.from(hex, "hex")), {}),
  password: (command) => ((password = command.password), {}),
};

port = await open(settings.port ?? 0);
tell({ listening: port });

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  // Not awaited: a text waits for its answer, which the next command may bring about.
  Promise.resolve()
    .then(() => commands[command.do](command))
    .then((answer) => tell({ id: command.id, ...answer }))
    .catch((error) => tell({ id: command.id, error: String(error?.stack ?? error) }));
}
process.exit(0);
