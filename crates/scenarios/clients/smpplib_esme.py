"""An ESME on PyPI `smpplib`: a contact center's side of the line that others wrote, as judge of our carrier.

Started with one JSON argument: {host, port, systemId, password, bind: "transceiver"|"transmitter"|"receiver"}.
Reads one JSON command a line, answers each with one JSON object a line:
  {"id":1,"do":"bind"}                → {"id":1,"systemId":"…"} or {"id":1,"refused":14}
  {"id":2,"do":"submit","from":"4930…","to":"4917…","text":"…","coding":"gsm"|"latin1"|"ucs2","long":"udh"|"sar",
    "receipt":true}                   → {"id":2,"answers":[{"status":0,"messageId":"…"}, …]}   one for each part
  {"id":3,"do":"enquire"}             → {"id":3}
  {"id":4,"do":"unbind"}              → {"id":4}
  {"id":5,"do":"answer","status":100} → {"id":5}    says so to the texts that come from now on
and tells, whenever it happens:
  {"text":{"from":"…","to":"…","text":"…","esmClass":0,"dataCoding":0,"part":{…}|null,"receiptedMessageId":"…"|null,…}}
  {"ended":"…"}                       the connection broke
"""

import json
import logging
import os
import select
import sys

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

CODINGS = {
    "gsm": smpplib.consts.SMPP_ENCODING_DEFAULT,
    "latin1": smpplib.consts.SMPP_ENCODING_ISO88591,
    "ucs2": smpplib.consts.SMPP_ENCODING_ISO10646,
}
PATIENCE_S = 20


def tell(thing):
    sys.stdout.write(json.dumps(thing) + "\n")
    sys.stdout.flush()


class Esme:
    def __init__(self, settings):
        self.settings = settings
        self.client = None
        self.status = smpplib.consts.SMPP_ESME_ROK
        # Answers to submit_sm by sequence number.
        self.answers = {}

    def bind(self, _command):
        client = smpplib.client.Client(
            self.settings["host"], self.settings["port"], timeout=PATIENCE_S, allow_unknown_opt_params=True
        )
        client.set_message_received_handler(self.received)
        client.set_message_sent_handler(self.answered)
        client.set_error_pdu_handler(self.answered)
        client.connect()
        bind = getattr(client, "bind_" + self.settings.get("bind", "transceiver"))
        try:
            answer = bind(system_id=self.settings["systemId"], password=self.settings["password"])
        except smpplib.exceptions.PDUError as refusal:
            client.disconnect()
            return {"refused": refusal.args[1]}
        self.client = client
        return {"systemId": text_of(answer.system_id)}

    def submit(self, command):
        coding = CODINGS[command.get("coding", "gsm")]
        by_header = command.get("long", "udh") == "udh"
        parts, coding, esm_class = smpplib.gsm.make_parts(command["text"], coding, use_udhi=by_header)
        sequences = []
        for number, part in enumerate(parts, start=1):
            fields = {}
            if not by_header and len(parts) > 1:
                fields = {"sar_msg_ref_num": 7, "sar_total_segments": len(parts), "sar_segment_seqnum": number}
            unit = self.client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_INTL,
                source_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                source_addr=command["from"],
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                destination_addr=command["to"],
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=bool(command.get("receipt")),
                **fields,
            )
            sequences.append(unit.sequence)
        while any(sequence not in self.answers for sequence in sequences):
            self.client.read_once(auto_send_enquire_link=False)
        return {"answers": [self.answers.pop(sequence) for sequence in sequences]}

    def enquire(self, _command):
        unit = smpplib.smpp.make_pdu("enquire_link", client=self.client)
        self.client.send_pdu(unit)
        return {}

    def unbind(self, _command):
        self.client.unbind()
        self.client.disconnect()
        self.client = None
        return {}

    def answer(self, command):
        self.status = command["status"]
        return {}

    def answered(self, pdu):
        self.answers[pdu.sequence] = {"status": pdu.status, "messageId": text_of(getattr(pdu, "message_id", None))}

    def received(self, pdu):
        octets = pdu.message_payload or pdu.short_message or b""
        header, body = split_header(octets) if pdu.esm_class & 0x40 else (b"", octets)
        tell(
            {
                "text": {
                    "from": text_of(pdu.source_addr),
                    "to": text_of(pdu.destination_addr),
                    "text": decode(body, pdu.data_coding),
                    "octets": body.hex(),
                    "esmClass": pdu.esm_class,
                    "dataCoding": pdu.data_coding,
                    "part": part_of(pdu, header),
                    "receiptedMessageId": text_of(pdu.receipted_message_id),
                    "messageState": pdu.message_state,
                }
            }
        )
        return self.status


def text_of(octets):
    return None if octets is None else octets.rstrip(b"\0").decode("ascii")


def split_header(octets):
    length = octets[0] + 1
    return octets[1:length], octets[length:]


def part_of(pdu, header):
    if header[:1] == b"\x00":
        return {"reference": header[2], "total": header[3], "number": header[4]}
    if header[:1] == b"\x08":
        return {"reference": int.from_bytes(header[2:4], "big"), "total": header[4], "number": header[5]}
    if pdu.sar_total_segments is not None:
        return {
            "reference": pdu.sar_msg_ref_num,
            "total": pdu.sar_total_segments,
            "number": pdu.sar_segment_seqnum,
        }
    return None


def decode(octets, data_coding):
    """As smpplib encodes. Half a pair becomes U+FFFD; who wants to join parts that end inside one has the octets."""
    if data_coding == smpplib.consts.SMPP_ENCODING_ISO10646:
        return octets.decode("utf-16-be", "replace")
    if data_coding == smpplib.consts.SMPP_ENCODING_ISO88591:
        return octets.decode("iso-8859-1")
    table, out, shift = smpplib.gsm.GSM_CHARACTER_TABLE, [], 0
    for octet in octets:
        if octet == 0x1B:
            shift = 0x80
            continue
        out.append(table[octet + shift])
        shift = 0
    return "".join(out)


def main():
    esme = Esme(json.loads(sys.argv[1]))
    # Standard output belongs to the answers.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    pending = b""
    while True:
        sources = [sys.stdin] + ([esme.client._socket] if esme.client else [])
        readable, _, _ = select.select(sources, [], [])
        if sys.stdin in readable:
            octets = os.read(sys.stdin.fileno(), 65536)
            if not octets:
                return
            *lines, pending = (pending + octets).split(b"\n")
            for line in lines:
                run(esme, json.loads(line))
        elif esme.client:
            try:
                esme.client.read_once(auto_send_enquire_link=False)
            except smpplib.exceptions.ConnectionError as error:
                esme.client.disconnect()
                esme.client = None
                tell({"ended": str(error)})


def run(esme, command):
    try:
        tell({"id": command["id"], **getattr(esme, command["do"])(command)})
    except Exception as error:  # noqa: BLE001: whatever went wrong is the test's to judge
        tell({"id": command["id"], "error": repr(error)})


main()
