"""The simulated carrier, judged by a client that others wrote: PyPI `smpplib`.

    python3 smpplib_phone.py --smpp 127.0.0.1:2775 --http 127.0.0.1:8091 [--account demo:demo] [--number +4930123456]

Binds, texts both ways, and looks at the phones by HTTP. Prints one line for each check; the exit code is 0 if all
of them passed. Nothing sleeps: whatever must happen is waited for, and has a deadline.
"""

import argparse
import json
import logging
import re
import sys
import time
import urllib.error
import urllib.request

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

DEADLINE_S = 15
GSM = smpplib.consts.SMPP_ENCODING_DEFAULT
UCS2 = smpplib.consts.SMPP_ENCODING_ISO10646
INVALID_PASSWORD = 0x0E
INVALID_SYSTEM_ID = 0x0F
INVALID_DESTINATION = 0x0B
THROTTLED = 0x58
STATE_DELIVERED, STATE_UNDELIVERABLE = 2, 5
# The letters of GSM 03.38 that are not those of ASCII, as far as these checks need them.
GSM_LETTERS = {0x00: "@", 0x02: "$", 0x7E: "ü", 0x7C: "ö", 0x7B: "ä", 0x1E: "ß"}
GSM_ESCAPED = {0x65: "€", 0x28: "{", 0x29: "}", 0x3C: "[", 0x3E: "]"}


class Failed(Exception):
    pass


def expect(fact, sentence):
    if not fact:
        raise Failed(sentence)


class Customer:
    """A bound client that keeps what came."""

    def __init__(self, place, bind, system_id, password):
        host, port = place
        self.client = smpplib.client.Client(host, port, timeout=1, allow_unknown_opt_params=True)
        self.answers, self.texts, self.receipts, self.parts = {}, [], [], {}
        self.client.set_message_sent_handler(self.answered)
        self.client.set_error_pdu_handler(self.answered)
        self.client.set_message_received_handler(self.received)
        self.client.connect()
        try:
            self.bound = getattr(self.client, "bind_" + bind)(system_id=system_id, password=password)
        except smpplib.exceptions.PDUError:
            self.client.disconnect()
            raise

    def answered(self, pdu):
        self.answers[pdu.sequence] = pdu

    def received(self, pdu):
        octets = pdu.message_payload or pdu.short_message or b""
        if pdu.esm_class & 0x04:
            self.receipts.append(pdu)
            return
        place = None
        if pdu.sar_total_segments is not None:
            place = [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum]
        if pdu.esm_class & 0x40:
            header, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
            place = header[3:6] if header[1] == 0 else header[3:7]
        text = octets.decode("utf-16-be", "surrogatepass") if pdu.data_coding == UCS2 else decode_gsm(octets)
        if place is None:
            self.texts.append(text)
            return
        *reference, total, number = place
        parts = self.parts.setdefault(tuple(reference), {})
        parts[number] = octets
        if len(parts) == total:
            whole = b"".join(parts[number] for number in sorted(parts))
            whole = whole.decode("utf-16-be") if pdu.data_coding == UCS2 else decode_gsm(whole)
            self.texts.append(whole)

    def submit(self, sender, phone, text, coding):
        """Submits a text in as many parts as it needs; gives the answers."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text, coding)
        sent = []
        for part in parts:
            sent.append(
                self.client.send_message(
                    source_addr_ton=smpplib.consts.SMPP_TON_INTL,
                    source_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                    source_addr=sender.lstrip("+"),
                    dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                    dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                    destination_addr=phone.lstrip("+"),
                    short_message=part,
                    data_coding=coding,
                    esm_class=esm_class,
                    registered_delivery=True,
                ).sequence
            )
        self.until(lambda: all(sequence in self.answers for sequence in sent), "every part is answered")
        return [self.answers[sequence] for sequence in sent]

    def until(self, is_so, what):
        deadline = time.monotonic() + DEADLINE_S
        while not is_so():
            expect(time.monotonic() < deadline, f"not in {DEADLINE_S} s: {what}")
            try:
                self.client.read_once(ignore_error_codes=[], auto_send_enquire_link=False)
            except TimeoutError:
                pass

    def leave(self):
        self.client.unbind()
        self.client.disconnect()


def decode_gsm(octets):
    letters, is_escaped = [], False
    for octet in octets:
        if is_escaped:
            letters.append(GSM_ESCAPED.get(octet, "?"))
        elif octet != 0x1B:
            letters.append(GSM_LETTERS.get(octet, chr(octet)))
        is_escaped = octet == 0x1B and not is_escaped
    return "".join(letters)


def ascii_of(octets):
    return (octets or b"").rstrip(b"\0").decode("ascii")


class Phones:
    """The phones by HTTP."""

    def __init__(self, place):
        self.base = f"http://{place}"

    def send(self, sender, number, text):
        body = json.dumps({"from": sender, "to": number, "text": text}).encode()
        request = urllib.request.Request(f"{self.base}/texts", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            expect(answer.status == 202, f"POST /texts answered {answer.status}")

    def texts(self, phone, after=0, wait_s=0):
        url = f"{self.base}/phones/{phone}/texts?after={after}&wait_s={wait_s}"
        with urllib.request.urlopen(url, timeout=DEADLINE_S + wait_s) as answer:
            return json.load(answer)["texts"]

    def last_index(self, phone):
        return max((text["index"] for text in self.texts(phone)), default=0)

    def received(self, phone, after):
        """The first text that the phone got after one."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            texts = self.texts(phone, after, wait_s=2)
            got = [text["text"] for text in texts if text["direction"] == "received"]
            if got:
                return got[0]
        raise Failed(f"no text on the phone in {DEADLINE_S} s")


class Checks:
    def __init__(self, arguments):
        host, port = arguments.smpp.rsplit(":", 1)
        self.place = (host, int(port))
        self.system_id, self.password = arguments.account.split(":", 1)
        self.number = arguments.number
        self.phone = "+491700000001"
        self.phones = Phones(arguments.http)

    def customer(self, bind="transceiver"):
        self.last = Customer(self.place, bind, self.system_id, self.password)
        return self.last

    def run(self, name):
        self.last = None
        try:
            getattr(self, name)()
        finally:
            # One that is still bound would get the texts of the next check.
            if self.last:
                self.last.client.disconnect()

    def refusal(self, system_id, password):
        try:
            Customer(self.place, "transceiver", system_id, password).leave()
        except smpplib.exceptions.PDUError as refusal:
            return refusal.args[1]
        return 0

    def check_each_kind_of_bind(self):
        for bind in ["transceiver", "transmitter", "receiver"]:
            customer = self.customer(bind)
            expect(customer.bound.status == 0, f"{bind}: {customer.bound.status}")
            customer.leave()

    def check_a_wrong_password_is_refused(self):
        expect(self.refusal(self.system_id, "wrong") == INVALID_PASSWORD, "not with ESME_RINVPASWD")
        expect(self.refusal("nobody", self.password) == INVALID_SYSTEM_ID, "not with ESME_RINVSYSID")

    def text_out(self, text, coding):
        customer = self.customer()
        after = self.phones.last_index(self.phone)
        answers = customer.submit(self.number, self.phone, text, coding)
        expect(all(answer.status == 0 for answer in answers), "a part was refused")
        ids = {ascii_of(answer.message_id) for answer in answers}
        expect(len(ids) == len(answers), "two parts have one ID")
        expect(self.phones.received(self.phone, after) == text, "the phone shows another text")
        # With what an earlier check left, if its receipts were not fetched.
        named = lambda: {ascii_of(receipt.receipted_message_id) for receipt in customer.receipts}
        customer.until(lambda: ids <= named(), "every part has its receipt")
        for receipt in customer.receipts:
            expect(receipt.message_state == STATE_DELIVERED, f"state {receipt.message_state}")
            says = re.search(r"id:(\S+) .* stat:(\S+) err:(\S+)", receipt.short_message.decode("ascii"))
            expect(says and says[1] == ascii_of(receipt.receipted_message_id), "text and parameter differ")
            expect(says[2] == "DELIVRD" and says[3] == "000", f"the receipt says {says[2]} {says[3]}")
        customer.leave()

    def check_a_text_in_gsm(self):
        self.text_out("Hello @ 5 $, Grüße {ok} [€]", GSM)

    def check_a_text_in_ucs2(self):
        self.text_out("Привет 😀", UCS2)

    def check_a_long_text_in_gsm(self):
        self.text_out("All is well today. " * 30, GSM)

    def check_a_long_text_in_ucs2(self):
        self.text_out("Всё хорошо 😀 " * 25, UCS2)

    def check_a_text_of_a_phone(self):
        customer = self.customer()
        for text in ["Hello, Grüße {5 €}", "Привет 😀", "All is well today. " * 30, "Всё хорошо 😀 " * 25]:
            self.phones.send(self.phone, self.number, text)
            customer.until(lambda: customer.texts, "the text comes")
            expect(customer.texts.pop() == text, "another text came")
        customer.leave()

    def check_a_text_waits_for_a_bind(self):
        self.phones.send(self.phone, self.number, "Is anybody there?")
        customer = self.customer("receiver")
        customer.until(lambda: customer.texts == ["Is anybody there?"], "the text comes after the bind")
        customer.leave()

    def check_numbers_with_a_fate(self):
        customer = self.customer()
        status = lambda phone: customer.submit(self.number, phone, "Hello", GSM)[0].status
        expect(status("+491700000405") == INVALID_DESTINATION, "405 is not ESME_RINVDSTADR")
        expect(status("+491700000429") == THROTTLED, "429 is not ESME_RTHROTTLED")
        customer.receipts.clear()
        expect(status("+491700000404") == 0, "404 is refused")
        customer.until(lambda: customer.receipts, "a receipt comes")
        expect(customer.receipts[0].message_state == STATE_UNDELIVERABLE, "404 is not undeliverable")
        customer.leave()

    def check_the_link(self):
        customer = self.customer()
        unit = smpplib.smpp.make_pdu("enquire_link", client=customer.client)
        customer.client.send_pdu(unit)
        answer = customer.client.read_pdu()
        expect(answer.command == "enquire_link_resp" and answer.sequence == unit.sequence, "no answer")
        customer.leave()


def main():
    parser = argparse.ArgumentParser(description="Judges the simulated carrier.")
    parser.add_argument("--smpp", default="127.0.0.1:2775")
    parser.add_argument("--http", default="127.0.0.1:8091")
    parser.add_argument("--account", default="demo:demo")
    parser.add_argument("--number", default="+4930123456")
    checks = Checks(parser.parse_args())
    logging.disable(logging.WARNING)
    failures = 0
    for name in [name for name in dir(Checks) if name.startswith("check_")]:
        try:
            checks.run(name)
            print(f"passed  {name[6:]}")
        except Exception as error:
            failures += 1
            print(f"FAILED  {name[6:]}: {type(error).__name__}: {error}")
    sys.exit(1 if failures else 0)


main()
