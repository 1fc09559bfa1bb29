//! Link checks, both ways, and what they confirm.

use smpp::esme::SubmitResult;
use smpp::{BindAs, CloseReason, Fault, Status};

use crate::story::{Do, check, check_bound, close, fault, sent, submitted, told_bound};
use crate::{
    BIND_TRANSMITTER, DELIVER_SM, ENQUIRE_LINK, GENERIC_NACK, RESPONSE, SUBMIT_SM, bind_pdu, bind_response,
    config, deliver_response, incoming, pdu, submit_pdu, text_body,
};

#[test]
fn a_silent_carrier_is_asked_whether_it_is_there() {
    check_bound(&[
        (Do::Wait(20_000), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK, 0, 1, b"")), &[sent(pdu(ENQUIRE_LINK | RESPONSE, 0, 1, b""))]),
        (Do::Wait(29_999), &[]),
        (Do::Due("the peer is silent"), &[sent(pdu(ENQUIRE_LINK, 0, 2, b""))]),
        (Do::Wait(9_000), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 2, b"")), &[]),
        (Do::Wait(29_000), &[]),
        (Do::Due("the peer is silent"), &[sent(pdu(ENQUIRE_LINK, 0, 3, b""))]),
        // A carrier that does not know the command is there, too.
        (Do::Hear(pdu(GENERIC_NACK, 3, 3, b"")), &[]),
        (Do::Wait(29_000), &[]),
    ]);
}

#[test]
fn a_carrier_that_does_not_answer_is_gone() {
    check_bound(&[
        (Do::Wait(29_000), &[]),
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Due("the peer is silent"), &[sent(pdu(ENQUIRE_LINK, 0, 3, b""))]),
        (
            Do::Due("a response is awaited"),
            &[submitted(1, SubmitResult::Unanswered), fault(Fault::ResponseTimedOut)],
        ),
        (Do::Due("a response is awaited"), &[fault(Fault::ResponseTimedOut), close(CloseReason::LinkDead)]),
    ]);
}

#[test]
fn answers_are_confirmed_by_a_link_check_within_a_second() {
    check_bound(&[
        (Do::Hear(pdu(DELIVER_SM, 0, 8, &text_body(0, b"Hi", b""))), &[incoming(1, 8, "Hi")]),
        (Do::Wait(5_000), &[]),
        (Do::Answer(1, Status::OK), &[sent(deliver_response(0, 8))]),
        (Do::Confirmed(0), &[]),
        (Do::Wait(999), &[]),
        (Do::Due("answers are to be confirmed"), &[sent(pdu(ENQUIRE_LINK, 0, 2, b""))]),
        (Do::Confirmed(0), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 2, b"")), &[]),
        (Do::Confirmed(1), &[]),
        (Do::Wait(29_000), &[]),
    ]);
}

#[test]
fn answers_are_confirmed_by_a_later_submission_and_not_by_an_earlier_one() {
    let text = |sequence| pdu(DELIVER_SM, 0, sequence, &text_body(0, b"Hi", b""));
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Hear([text(8), text(9)].concat()), &[incoming(1, 8, "Hi"), incoming(2, 9, "Hi")]),
        (Do::Answer(1, Status::OK), &[sent(deliver_response(0, 8))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Answer(2, Status::TEMPORARY_APPLICATION_ERROR), &[sent(deliver_response(0x64, 9))]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), &[crate::story::accepted(1, "a")]),
        (Do::Confirmed(0), &[]),
        // A refusal is an answer as well.
        (
            Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0x58, 3, b"")),
            &[submitted(2, SubmitResult::Refused(Status::THROTTLED))],
        ),
        (Do::Confirmed(1), &[]),
        (Do::Due("answers are to be confirmed"), &[sent(pdu(ENQUIRE_LINK, 0, 4, b""))]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 4, b"")), &[]),
        (Do::Confirmed(2), &[]),
    ]);
}

#[test]
fn one_check_is_on_its_way_at_a_time() {
    let text = |sequence| pdu(DELIVER_SM, 0, sequence, &text_body(0, b"Hi", b""));
    check_bound(&[
        (Do::Hear([text(8), text(9)].concat()), &[incoming(1, 8, "Hi"), incoming(2, 9, "Hi")]),
        (Do::Answer(1, Status::OK), &[sent(deliver_response(0, 8))]),
        (Do::Due("answers are to be confirmed"), &[sent(pdu(ENQUIRE_LINK, 0, 2, b""))]),
        (Do::Answer(2, Status::OK), &[sent(deliver_response(0, 9))]),
        (Do::Wait(5_000), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 2, b"")), &[]),
        (Do::Confirmed(1), &[]),
        (Do::Due("answers are to be confirmed"), &[sent(pdu(ENQUIRE_LINK, 0, 3, b""))]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 3, b"")), &[]),
        (Do::Confirmed(2), &[]),
    ]);
}

#[test]
fn an_unknown_command_is_answered_and_the_session_goes_on() {
    check_bound(&[
        (
            Do::Hear(pdu(0x0000_0BAD, 0, 9, b"whatever")),
            &[fault(Fault::UnknownCommand), sent(pdu(GENERIC_NACK, 3, 9, b""))],
        ),
        // Known, but nothing that a carrier asks of its customer.
        (
            Do::Hear(pdu(0x03, 0, 10, b"")),
            &[fault(Fault::UnknownCommand), sent(pdu(GENERIC_NACK, 3, 10, b""))],
        ),
        (Do::Hear(pdu(0x102, 0, 11, b"")), &[]),
        (Do::Hear(pdu(0x8000_0BAD, 0, 12, b"")), &[fault(Fault::StrayResponse)]),
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
    ]);
}

#[test]
fn a_length_that_cannot_be_ends_the_session() {
    for length in [0u32, 15, 65_537, u32::MAX] {
        let mut octets = pdu(ENQUIRE_LINK, 0, 9, b"");
        octets[..4].copy_from_slice(&length.to_be_bytes());
        octets.extend(pdu(ENQUIRE_LINK, 0, 10, b""));
        check_bound(&[
            (
                Do::Hear(octets),
                &[fault(Fault::BadLength), sent(pdu(GENERIC_NACK, 2, 9, b"")), close(CloseReason::BadLength)],
            ),
            (Do::Hear(pdu(ENQUIRE_LINK, 0, 11, b"")), &[]),
        ]);
    }
}

#[test]
fn a_transmitter_checks_the_link_as_well() {
    check(
        config(BindAs::Transmitter),
        &[
            (Do::Connect, &[sent(bind_pdu(BIND_TRANSMITTER))]),
            (Do::Hear(bind_response(BIND_TRANSMITTER)), &[told_bound()]),
            (Do::Due("the peer is silent"), &[sent(pdu(ENQUIRE_LINK, 0, 2, b""))]),
        ],
    );
}
