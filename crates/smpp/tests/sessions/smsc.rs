//! The carrier's side: binds and submissions are the shell's to answer.

use std::time::Duration;

use smpp::smsc::{BindAsked, Config, DeliverResult, Delivery, Input, Output, Smsc, Submitted};
use smpp::{Address, BindAs, CloseReason, Fault, Part, Sar, Status};

use crate::story::{Seen as EsmeSeen, pdus, start};
use crate::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, DATA_SM, DELIVER_SM, ENQUIRE_LINK, RESPONSE,
    SUBMIT_SM, UNBIND, address, bind_pdu, bind_response, parameter, part, pdu, submit_pdu, text_body,
};

/// What happens.
#[derive(Debug, Clone)]
enum Do {
    Connect,
    Hear(Vec<u8>),
    AnswerBind(Status),
    AnswerSubmit(u64, Result<&'static str, Status>),
    Deliver(u64),
    Lose,
    Unbind,
    Wait(u64),
    Due(&'static str),
    Room(usize),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Pdu(EsmeSeen),
    Told(Output),
}

/// Plays a story from an smsc with a window of two and room for two unanswered submissions.
fn check(story: &[(Do, &[Seen])]) {
    let system_id = "them".to_owned();
    let config = Config { system_id, window: 2, most_unanswered: 2, most_waiting: 2, ..Config::default() };
    let (mut smsc, mut now) = (Smsc::new(config), start());
    for (number, (step, expected)) in story.iter().enumerate() {
        let mut out = Vec::new();
        match step.clone() {
            Do::Connect => smsc.handle(Input::Connected, now, &mut out),
            Do::Hear(octets) => smsc.handle(Input::Octets(&octets), now, &mut out),
            Do::AnswerBind(status) => smsc.handle(Input::AnswerBind(status), now, &mut out),
            Do::AnswerSubmit(ticket, result) => {
                let result = result.map(str::to_owned);
                smsc.handle(Input::AnswerSubmit { ticket, result }, now, &mut out);
            }
            Do::Deliver(ticket) => {
                let delivery = delivery(ticket);
                smsc.handle(Input::Deliver { ticket, delivery }, now, &mut out);
            }
            Do::Lose => smsc.handle(Input::Closed, now, &mut out),
            Do::Unbind => smsc.handle(Input::Unbind, now, &mut out),
            Do::Wait(ms) => {
                now += Duration::from_millis(ms);
                assert!(
                    smsc.deadline().is_none_or(|(due, _)| now < due),
                    "step {number}: {:?}",
                    smsc.deadline()
                );
            }
            Do::Due(why) => {
                let (due, reason) = smsc.deadline().expect("something is due");
                assert_eq!(reason, why, "step {number}");
                now = now.max(due);
                smsc.handle(Input::Tick, now, &mut out);
            }
            Do::Room(room) => assert_eq!(smsc.room(), room, "step {number}"),
        }
        let seen = out.into_iter().flat_map(|output| match output {
            Output::Send(octets) => pdus(&octets).into_iter().map(sent).collect(),
            output => vec![Seen::Told(output)],
        });
        assert_eq!(seen.collect::<Vec<_>>(), *expected, "step {number}: {step:?}");
    }
}

/// Plays a story from a customer that is bound.
fn check_bound(command: u32, bind: BindAs, story: &[(Do, &[Seen])]) {
    let (asked, answered) = ([asked(bind)], [sent(bind_response(command))]);
    let begin: [(Do, &[Seen]); 3] =
        [(Do::Connect, &[]), (Do::Hear(bind_pdu(command)), &asked), (Do::AnswerBind(Status::OK), &answered)];
    check(&[&begin, story].concat());
}

fn sent(pdu: Vec<u8>) -> Seen {
    Seen::Pdu(EsmeSeen::Pdu(pdu))
}

fn asked(bind: BindAs) -> Seen {
    let (system_id, password, system_type) = ("us".to_owned(), "pw".to_owned(), String::new());
    Seen::Told(Output::BindAsked(BindAsked { system_id, password, system_type, bind }))
}

fn fault(fault: Fault) -> Seen {
    Seen::Told(Output::Fault(fault))
}

fn close(reason: CloseReason) -> Seen {
    Seen::Told(Output::Close(reason))
}

fn delivered(ticket: u64, result: DeliverResult) -> Seen {
    Seen::Told(Output::Delivered { ticket, result })
}

fn delivery(ticket: u64) -> Delivery {
    Delivery::text(address("+491701234567"), address("72800"), part(&format!("text {ticket}")))
}

fn deliver_pdu(ticket: u64, sequence: u32) -> Vec<u8> {
    pdu(DELIVER_SM, 0, sequence, &text_body(0, format!("text {ticket}").as_bytes(), b""))
}

fn submitted(ticket: u64, sequence: u32) -> Seen {
    Seen::Told(Output::Submitted(Submitted {
        ticket,
        sequence,
        from: address("72800"),
        to: address("+491701234567"),
        part: part(&format!("text {ticket}")),
        registered_delivery: 1,
        reference: None,
        validity_period: String::new(),
    }))
}

#[test]
fn a_bind_is_the_shells_to_answer_and_comes_once() {
    for (command, bind, room) in [
        (BIND_TRANSCEIVER, BindAs::Transceiver, 2),
        (BIND_RECEIVER, BindAs::Receiver, 2),
        (BIND_TRANSMITTER, BindAs::Transmitter, 0),
    ] {
        check(&[
            (Do::Connect, &[]),
            (Do::AnswerBind(Status::OK), &[]),
            (Do::Hear(bind_pdu(command)), &[asked(bind)]),
            (Do::Room(0), &[]),
            (
                Do::Hear(bind_pdu(command)),
                &[fault(Fault::WrongState), sent(pdu(command | RESPONSE, 5, 1, b""))],
            ),
            (Do::AnswerBind(Status::OK), &[sent(bind_response(command))]),
            (Do::AnswerBind(Status::INVALID_PASSWORD), &[]),
            (Do::Room(room), &[]),
            (
                Do::Hear(bind_pdu(command)),
                &[fault(Fault::WrongState), sent(pdu(command | RESPONSE, 5, 1, b""))],
            ),
        ]);
    }
}

#[test]
fn a_refused_customer_is_shown_out() {
    check(&[
        (Do::Connect, &[]),
        (Do::Deliver(1), &[]),
        (Do::Hear(bind_pdu(BIND_TRANSCEIVER)), &[asked(BindAs::Transceiver)]),
        (
            Do::AnswerBind(Status::INVALID_PASSWORD),
            &[
                sent(pdu(BIND_TRANSCEIVER | RESPONSE, 0x0E, 1, b"")),
                delivered(1, DeliverResult::NotSent),
                close(CloseReason::BindRefused),
            ],
        ),
    ]);
}

#[test]
fn a_customer_that_does_not_bind_is_shown_out() {
    check(&[
        (Do::Connect, &[]),
        (Do::Wait(9_999), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK, 0, 1, b"")), &[sent(pdu(ENQUIRE_LINK | RESPONSE, 0, 1, b""))]),
        (Do::Hear(submit_pdu(1, 2)), &[fault(Fault::WrongState), sent(pdu(SUBMIT_SM | RESPONSE, 4, 2, b""))]),
        (
            Do::Hear(pdu(BIND_TRANSCEIVER, 0, 3, b"sixteen-letters!\0")),
            &[fault(Fault::Malformed), sent(pdu(BIND_TRANSCEIVER | RESPONSE, 0x0F, 3, b""))],
        ),
        (Do::Due("the customer is to bind"), &[close(CloseReason::BindTimedOut)]),
    ]);
}

#[test]
fn submissions_are_the_shells_to_answer_in_any_order() {
    check_bound(
        BIND_TRANSCEIVER,
        BindAs::Transceiver,
        &[
            (Do::Hear([submit_pdu(1, 2), submit_pdu(2, 3)].concat()), &[submitted(1, 2), submitted(2, 3)]),
            (
                Do::Hear(submit_pdu(3, 4)),
                &[fault(Fault::Throttled), sent(pdu(SUBMIT_SM | RESPONSE, 0x58, 4, b""))],
            ),
            (Do::AnswerSubmit(2, Ok("b")), &[sent(pdu(SUBMIT_SM | RESPONSE, 0, 3, b"b\0"))]),
            (Do::AnswerSubmit(2, Ok("b")), &[]),
            (
                Do::AnswerSubmit(1, Err(Status::INVALID_DESTINATION)),
                &[sent(pdu(SUBMIT_SM | RESPONSE, 0x0B, 2, b""))],
            ),
            (
                Do::Hear(pdu(SUBMIT_SM, 0, 5, b"\0\x01")),
                &[fault(Fault::Malformed), sent(pdu(SUBMIT_SM | RESPONSE, 2, 5, b""))],
            ),
        ],
    );
}

#[test]
fn an_id_that_no_response_can_hold_is_an_error_of_the_carrier() {
    check_bound(
        BIND_TRANSMITTER,
        BindAs::Transmitter,
        &[
            (Do::Hear(submit_pdu(1, 2)), &[submitted(1, 2)]),
            (Do::AnswerSubmit(1, Ok("\u{e9}")), &[sent(pdu(SUBMIT_SM | RESPONSE, 8, 2, b""))]),
        ],
    );
}

#[test]
fn a_submission_is_handed_on_as_it_was_on_the_wire() {
    let place = [parameter(0x020C, b"\x01\x07"), parameter(0x020E, b"\x02"), parameter(0x020F, b"\x01")];
    let parameters = [place.concat(), parameter(0x0204, b"\x12\x34")].concat();
    let sar = Some(Sar { reference: 0x0107, total: 2, number: 1 });
    let mut submit = text_body(0x40, b"Hi", &parameters);
    // A receipt on failure only, and the bits that say other things.
    let registered_delivery = submit.iter().rposition(|octet| *octet == 0x40).expect("the esm_class") + 5;
    submit[registered_delivery] = 0x12;
    let (from, to) = (address("+491701234567"), address("72800"));
    let expected = Submitted {
        ticket: 1,
        sequence: 2,
        from,
        to,
        part: Part { esm_class: 0x40, sar, ..part("Hi") },
        registered_delivery: 2,
        reference: Some(0x1234),
        validity_period: String::new(),
    };
    let data = [b"\0\x01\x01491701234567\0\x03\x0072800\0\0\x01\0", &parameter(0x0424, b"Hi")[..]].concat();
    let by_data_sm = Submitted {
        ticket: 2,
        sequence: 3,
        part: Part { payload: Some(b"Hi".to_vec()), ..part("") },
        registered_delivery: 1,
        reference: None,
        ..expected.clone()
    };
    check_bound(
        BIND_TRANSCEIVER,
        BindAs::Transceiver,
        &[
            (Do::Hear(pdu(SUBMIT_SM, 0, 2, &submit)), &[Seen::Told(Output::Submitted(expected))]),
            (Do::Hear(pdu(DATA_SM, 0, 3, &data)), &[Seen::Told(Output::Submitted(by_data_sm))]),
            (Do::AnswerSubmit(2, Ok("b")), &[sent(pdu(DATA_SM | RESPONSE, 0, 3, b"b\0"))]),
        ],
    );
}

#[test]
fn texts_wait_for_the_bind_and_for_a_place_in_the_window() {
    check(&[
        (Do::Connect, &[]),
        (Do::Deliver(1), &[]),
        (Do::Deliver(2), &[]),
        (Do::Deliver(3), &[delivered(3, DeliverResult::NotSent)]),
        (Do::Hear(bind_pdu(BIND_RECEIVER)), &[asked(BindAs::Receiver)]),
        (
            Do::AnswerBind(Status::OK),
            &[sent(bind_response(BIND_RECEIVER)), sent(deliver_pdu(1, 1)), sent(deliver_pdu(2, 2))],
        ),
        (Do::Deliver(4), &[]),
        (
            Do::Hear(pdu(DELIVER_SM | RESPONSE, 0x64, 2, b"\0")),
            &[
                delivered(2, DeliverResult::Answered(Status::TEMPORARY_APPLICATION_ERROR)),
                sent(deliver_pdu(4, 3)),
            ],
        ),
        (
            Do::Hear(pdu(DELIVER_SM | RESPONSE, 0, 1, b"\0")),
            &[delivered(1, DeliverResult::Answered(Status::OK))],
        ),
        (Do::Lose, &[delivered(4, DeliverResult::Unanswered)]),
        (Do::Deliver(5), &[delivered(5, DeliverResult::NotSent)]),
    ]);
}

#[test]
fn a_transmitter_is_sent_nothing() {
    check(&[
        (Do::Connect, &[]),
        (Do::Deliver(1), &[]),
        (Do::Hear(bind_pdu(BIND_TRANSMITTER)), &[asked(BindAs::Transmitter)]),
        (
            Do::AnswerBind(Status::OK),
            &[delivered(1, DeliverResult::NotSent), sent(bind_response(BIND_TRANSMITTER))],
        ),
        (Do::Deliver(2), &[delivered(2, DeliverResult::NotSent)]),
    ]);
}

#[test]
fn what_no_pdu_can_hold_is_never_sent() {
    let (mut smsc, mut out, now) = (Smsc::new(Config::default()), Vec::new(), start());
    smsc.handle(Input::Connected, now, &mut out);
    smsc.handle(Input::Octets(&bind_pdu(BIND_TRANSCEIVER)), now, &mut out);
    smsc.handle(Input::AnswerBind(Status::OK), now, &mut out);
    out.clear();
    let from = Address { ton: 1, npi: 1, digits: "123456789012345678901".to_owned() };
    let id = Some("7".repeat(65));
    for (ticket, delivery, status) in [
        (1, Delivery { from, ..delivery(1) }, Status::INVALID_SOURCE),
        (2, Delivery { message_id: id, ..delivery(2) }, Status::INVALID_MESSAGE_ID),
    ] {
        smsc.handle(Input::Deliver { ticket, delivery }, now, &mut out);
        let result = DeliverResult::Unwritable(status);
        assert_eq!(out.pop(), Some(Output::Delivered { ticket, result }));
        assert_eq!(out, []);
    }
}

#[test]
fn leave_is_taken_of_both_sides() {
    check_bound(
        BIND_TRANSCEIVER,
        BindAs::Transceiver,
        &[
            (Do::Hear(submit_pdu(1, 2)), &[submitted(1, 2)]),
            (Do::Unbind, &[]),
            (
                Do::Hear(submit_pdu(2, 3)),
                &[fault(Fault::WrongState), sent(pdu(SUBMIT_SM | RESPONSE, 8, 3, b""))],
            ),
            (
                Do::AnswerSubmit(1, Ok("a")),
                &[sent(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), sent(pdu(UNBIND, 0, 1, b""))],
            ),
            (Do::Hear(pdu(UNBIND | RESPONSE, 0, 1, b"")), &[close(CloseReason::Unbound)]),
        ],
    );
    check_bound(
        BIND_TRANSCEIVER,
        BindAs::Transceiver,
        &[(
            Do::Hear(pdu(UNBIND, 0, 9, b"")),
            &[sent(pdu(UNBIND | RESPONSE, 0, 9, b"")), close(CloseReason::UnboundByPeer)],
        )],
    );
}

#[test]
fn a_silent_customer_is_asked_whether_it_is_there() {
    check_bound(
        BIND_RECEIVER,
        BindAs::Receiver,
        &[
            (Do::Wait(59_000), &[]),
            (Do::Due("the peer is silent"), &[sent(pdu(ENQUIRE_LINK, 0, 1, b""))]),
            (
                Do::Due("a response is awaited"),
                &[fault(Fault::ResponseTimedOut), close(CloseReason::LinkDead)],
            ),
        ],
    );
}
