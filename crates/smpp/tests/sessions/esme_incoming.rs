//! Texts and receipts from the carrier: handed on once, answered only when told.

use smpp::esme::{Config, Esme, Incoming, Input, Output};
use smpp::{BindAs, Content, ContentFault, Fault, ReceiptState, Status};

use crate::story::{Do, Seen, check_bound, close, fault, pdus, sent, start};
use crate::{
    BIND_TRANSCEIVER, DATA_SM, DELIVER_SM, RESPONSE, UNBIND, bind_response, config, deliver_response,
    incoming, parameter, pdu, text_body,
};

#[test]
fn a_text_is_answered_only_when_told_and_once() {
    check_bound(&[
        (Do::Hear(pdu(DELIVER_SM, 0, 8, &text_body(0, b"Hi", b""))), &[incoming(1, 8, "Hi")]),
        (Do::Wait(20_000), &[]),
        (Do::Answer(7, Status::OK), &[]),
        (Do::Answer(1, Status::OK), &[sent(deliver_response(0, 8))]),
        (Do::Answer(1, Status::OK), &[]),
    ]);
}

#[test]
fn texts_may_be_answered_in_any_order() {
    let text = |sequence| pdu(DELIVER_SM, 0, sequence, &text_body(0, b"Hi", b""));
    // The carrier gives two of them one number.
    let octets = [text(8), text(8), text(9)].concat();
    check_bound(&[
        (Do::Hear(octets), &[incoming(1, 8, "Hi"), incoming(2, 8, "Hi"), incoming(3, 9, "Hi")]),
        (Do::Answer(3, Status::OK), &[sent(deliver_response(0, 9))]),
        (Do::Answer(1, Status::SYSTEM_ERROR), &[sent(deliver_response(8, 8))]),
        (Do::Answer(2, Status::OK), &[sent(deliver_response(0, 8))]),
    ]);
}

#[test]
fn leave_waits_for_the_answer_to_a_text() {
    check_bound(&[
        (Do::Hear(pdu(DELIVER_SM, 0, 8, &text_body(0, b"Hi", b""))), &[incoming(1, 8, "Hi")]),
        (Do::Unbind, &[]),
        (Do::Answer(1, Status::OK), &[sent(deliver_response(0, 8)), sent(pdu(UNBIND, 0, 2, b""))]),
        (Do::Hear(pdu(UNBIND | RESPONSE, 0, 2, b"")), &[close(smpp::CloseReason::Unbound)]),
        // The leave was a request after the answer.
        (Do::Confirmed(1), &[]),
    ]);
    check_bound(&[
        (Do::Hear(pdu(DELIVER_SM, 0, 8, &text_body(0, b"Hi", b""))), &[incoming(1, 8, "Hi")]),
        (Do::Unbind, &[]),
        (Do::Due("taking leave"), &[sent(pdu(UNBIND, 0, 2, b""))]),
    ]);
}

/// What an esme with room for three unanswered texts makes of these octets.
fn hear(octets: &[u8]) -> (Vec<Incoming>, Vec<Vec<u8>>, Vec<Fault>) {
    let config = Config { most_unanswered: 3, ..config(BindAs::Transceiver) };
    let (mut esme, mut out, now) = (Esme::new(config), Vec::new(), start());
    esme.handle(Input::Connected, now, &mut out);
    esme.handle(Input::Octets(&bind_response(BIND_TRANSCEIVER)), now, &mut out);
    out.clear();
    esme.handle(Input::Octets(octets), now, &mut out);
    let (mut texts, mut sent, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for output in out {
        match output {
            Output::Incoming(incoming) => texts.push(incoming),
            Output::Send(octets) => sent.extend(pdus(&octets)),
            Output::Fault(fault) => faults.push(fault),
            other => panic!("{other:?}"),
        }
    }
    (texts, sent, faults)
}

#[test]
fn a_carrier_that_does_not_wait_is_told_to_slow_down() {
    let texts: Vec<u8> =
        (1..=5).flat_map(|sequence| pdu(DELIVER_SM, 0, sequence, &text_body(0, b"Hi", b""))).collect();
    let (texts, sent, faults) = hear(&texts);
    assert_eq!(texts.iter().map(|it| it.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(sent, [deliver_response(0x58, 4), deliver_response(0x58, 5)]);
    assert_eq!(faults, [Fault::Throttled, Fault::Throttled]);
}

/// A text that is refused, with its status.
fn check_refused(command: u32, body: &[u8], status: u32) {
    let (texts, sent, faults) = hear(&pdu(command, 0, 7, body));
    assert_eq!(texts, [], "{body:02x?}");
    assert_eq!(sent, [pdu(command | RESPONSE, status, 7, b"\0")], "{body:02x?}");
    assert_eq!(faults, [Fault::Malformed]);
}

#[test]
fn a_body_that_cannot_be_read_is_refused_by_the_field_that_is_wrong() {
    check_refused(DELIVER_SM, b"", 0x02);
    check_refused(DELIVER_SM, b"\0\x01", 0x02);
    check_refused(DELIVER_SM, b"no end", 0x15);
    check_refused(DELIVER_SM, b"\0\x01\x01123456789012345678901\0", 0x0A);
    check_refused(DELIVER_SM, b"\0\x01\x01123\0\x01\x01123456789012345678901\0", 0x0B);
    check_refused(DELIVER_SM, b"\0\x01\x01123\0\x01\x01456\0\0\0\x001234567890123456789", 0x61);
    check_refused(DELIVER_SM, b"\0\x01\x01123\0\x01\x01456\0\0\0\0\x001234567890123456789", 0x62);
    check_refused(DELIVER_SM, b"\0\x01\x01123\0\x01\x01456\0\0\0\0\0\0\0\0\0\0\x05Hell", 0x01);
    check_refused(DELIVER_SM, &text_body(0, b"Hi", b"\x04\x24\0\x05Hell"), 0xC0);
    check_refused(DATA_SM, b"\0\x01\x01123\0\x01\x01456\0\0\0\0\x04\x24\0\x05Hell", 0xC0);
}

/// A text that is taken for what it holds, with the faults that are counted.
fn check_taken(command: u32, body: &[u8], content: &Content, faults: &[Fault]) -> Incoming {
    let (mut texts, sent, found) = hear(&pdu(command, 0, 7, body));
    assert_eq!((sent.len(), found), (0, faults.to_vec()));
    let text = texts.pop().expect("it is taken");
    assert_eq!(text.content, *content);
    assert_eq!((text.from.number().as_str(), text.to.number().as_str()), ("+491701234567", "72800"));
    text
}

fn text(text: &str) -> Content {
    Content::Text(text.encode_utf16().collect())
}

#[test]
fn what_can_be_read_is_taken_however_odd() {
    // A zero that no length counts, as some carriers send it.
    check_taken(DELIVER_SM, &text_body(0, b"Hi", b"\0"), &text("Hi"), &[]);
    // Unknown parameters, and one of a length that it cannot have.
    let odd = [parameter(0x1400, b"whatever"), parameter(0x0427, b""), parameter(0x0204, b"123")].concat();
    check_taken(DELIVER_SM, &text_body(0, b"Hi", &odd), &text("Hi"), &[]);
    let sar = [parameter(0x020C, b"\x01"), parameter(0x020E, b"\x02"), parameter(0x020F, b"\x01")].concat();
    let incomplete = Fault::Content(ContentFault::IncompleteSar);
    check_taken(DELIVER_SM, &text_body(0, b"Hi", &sar), &text("Hi"), &[incomplete]);
}

#[test]
fn a_long_text_comes_in_any_of_its_forms() {
    let part =
        |reference| Content::Part { reference, total: 2, number: 1, units: "Hi".encode_utf16().collect() };
    check_taken(DELIVER_SM, &text_body(0x40, b"\x05\x00\x03\x07\x02\x01Hi", b""), &part(7), &[]);
    let sar =
        [parameter(0x020C, b"\x01\x07"), parameter(0x020E, b"\x02"), parameter(0x020F, b"\x01")].concat();
    check_taken(DELIVER_SM, &text_body(0, b"Hi", &sar), &part(0x0107), &[]);
    check_taken(DELIVER_SM, &text_body(0, b"", &parameter(0x0424, b"Hi")), &text("Hi"), &[]);
    let data = [b"\0\x01\x01491701234567\0\x03\x0072800\0\0\0\0", &parameter(0x0424, b"Hi")[..]].concat();
    check_taken(DATA_SM, &data, &text("Hi"), &[]);
}

#[test]
fn a_data_sm_is_answered_by_its_own_response() {
    let data = [b"\0\x01\x01491701234567\0\x03\x0072800\0\0\0\0", &parameter(0x0424, b"Hi")[..]].concat();
    check_bound(&[
        (Do::Hear(pdu(DATA_SM, 0, 8, &data)), &[incoming_data(8)]),
        (Do::Answer(1, Status::OK), &[sent(pdu(DATA_SM | RESPONSE, 0, 8, b"\0"))]),
        (
            Do::Hear(pdu(DATA_SM, 0, 9, b"\0")),
            &[fault(Fault::Malformed), sent(pdu(DATA_SM | RESPONSE, 2, 9, b"\0"))],
        ),
    ]);
}

/// The same text by data_sm, which differs in what identifies it.
fn incoming_data(sequence: u32) -> Seen {
    let data = [b"\0\x01\x01491701234567\0\x03\x0072800\0\0\0\0", &parameter(0x0424, b"Hi")[..]].concat();
    let (mut texts, ..) = hear(&pdu(DATA_SM, 0, sequence, &data));
    Seen::Told(Output::Incoming(texts.pop().expect("it is taken")))
}

#[test]
fn a_receipt_says_what_became_of_which_text() {
    // The ID lacks its closing zero, as with some carriers.
    let parameters = [parameter(0x001E, b"4F2A"), parameter(0x0427, b"\x02"), parameter(0x0204, b"\x12\x34")];
    let (texts, ..) = hear(&pdu(DELIVER_SM, 0, 7, &text_body(0x04, b"", &parameters.concat())));
    let [Incoming { content: Content::Receipt(receipt), message_id: None, .. }] = &texts[..] else {
        panic!("{texts:?}")
    };
    assert_eq!(receipt.ids[0], "4F2A");
    assert_eq!((receipt.state, receipt.reference), (ReceiptState::Delivered, Some(0x1234)));
}

#[test]
fn a_text_has_the_carriers_id_if_it_gives_one() {
    let body = text_body(0, b"Hi", &parameter(0x001E, b"mo-17\0"));
    assert_eq!(check_taken(DELIVER_SM, &body, &text("Hi"), &[]).message_id.as_deref(), Some("mo-17"));
    let body = text_body(0, b"Hi", &parameter(0x001E, b"\0"));
    assert_eq!(check_taken(DELIVER_SM, &body, &text("Hi"), &[]).message_id, None);
}

#[test]
fn the_same_text_has_the_same_fingerprint_and_another_has_another() {
    let fingerprint = |sequence, body: &[u8]| {
        let (mut texts, ..) = hear(&pdu(DELIVER_SM, 0, sequence, body));
        texts.pop().expect("it is taken").fingerprint_octets
    };
    let sar = |number: u8| {
        let place =
            [parameter(0x020C, b"\x01\x07"), parameter(0x020E, b"\x02"), parameter(0x020F, &[number])];
        text_body(0, b"Hi", &place.concat())
    };
    let plain = text_body(0, b"Hi", b"");
    assert_eq!(fingerprint(7, &plain), fingerprint(8, &plain));
    // A counter of attempts is none of the text.
    assert_eq!(fingerprint(7, &plain), fingerprint(8, &text_body(0, b"Hi", &parameter(0x1400, b"2"))));
    let others =
        [plain, text_body(0, b"Ho", b""), text_body(0, b"", &parameter(0x0424, b"Hi")), sar(1), sar(2)];
    for (number, one) in others.iter().enumerate() {
        for other in &others[number + 1..] {
            assert_ne!(fingerprint(7, one), fingerprint(7, other));
        }
    }
}
