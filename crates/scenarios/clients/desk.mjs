// One desktop: a login over REST, and a push client that others wrote.
//
// Started with one JSON argument: {client, transport, base, userName, password, topics}.
// Reads one JSON command a line, answers with one JSON object a line:
//   {"id":1,"do":"request","method":"POST","path":"/api/v2/me","body":{…}}   → {"id":1,"status":200,"body":"…"}
//   {"id":2,"do":"open"}       handshake, subscribe                          → {"id":2,"transport":"long-polling"}
//   {"id":3,"do":"freeze","ms":5000}   runs nothing, like a laptop asleep    → {"id":3}
//   {"id":4,"do":"close"}      Bayeux disconnect                             → {"id":4}
// and tells, whenever it happens:
//   {"notification":{"channel":"/v2/me/chats","data":{…}}}
//   {"renewed":2}              hands were shaken for the second time, and all subscriptions confirmed
import { createInterface } from "node:readline";
import { pushClients } from "./push-clients.mjs";
import { Browser } from "./browser.mjs";

// Standard output belongs to the answers; the clients' own talk goes to standard error.
console.log = console.info = console.debug = console.error;

const settings = JSON.parse(process.argv[2]);
const browser = new Browser(settings.base);
let push;

function tell(object) {
  process.stdout.write(JSON.stringify(object) + "\n");
}

async function open() {
  const cookie = browser.cookieHeader();
  const renewed = (count) => tell({ renewed: count });
  const notified = (channel, data) => tell({ notification: { channel, data } });
  push = await pushClients[settings.client]({ ...settings, cookie, renewed, notified });
  return { transport: push.transport() };
}

function freeze(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return {};
}

const commands = {
  login: () => browser.login(settings.userName, settings.password),
  request: ({ method, path, body }) => browser.request(method, path, body),
  open,
  freeze: ({ ms }) => freeze(ms),
  close: async () => (await push.close(), {}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    tell({ id: command.id, ...(await commands[command.do](command)) });
  } catch (error) {
    tell({ id: command.id, error: String(error?.stack ?? error) });
  }
}
process.exit(0);
