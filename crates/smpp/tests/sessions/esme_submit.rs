//! Submissions: handed out once, and reported on once.

use smpp::esme::{Config, Esme, Input, Output, Submission, SubmitResult};
use smpp::{Address, BindAs, Fault, Part, Status};

use crate::story::{Do, Seen, accepted, check, check_bound, fault, sent, start, submitted, told_bound};
use crate::{
    BIND_TRANSCEIVER, ENQUIRE_LINK, GENERIC_NACK, RESPONSE, SUBMIT_SM, bind_pdu, bind_response, config, pdu,
    submission, submit_pdu,
};

#[test]
fn submissions_wait_for_the_bind_and_for_a_place_in_the_window() {
    check(
        config(BindAs::Transceiver),
        &[
            (Do::Submit(1), &[]),
            (Do::Connect, &[sent(bind_pdu(BIND_TRANSCEIVER))]),
            (Do::Submit(2), &[]),
            (Do::Submit(3), &[]),
            (
                Do::Hear(bind_response(BIND_TRANSCEIVER)),
                &[told_bound(), sent(submit_pdu(1, 2)), sent(submit_pdu(2, 3))],
            ),
            (Do::Room(0), &[]),
            (
                Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 3, b"second\0")),
                &[accepted(2, "second"), sent(submit_pdu(3, 4))],
            ),
            (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"first\0")), &[accepted(1, "first")]),
            (Do::Room(1), &[]),
        ],
    );
}

#[test]
fn what_is_more_than_may_wait_comes_back_at_once() {
    let config = Config { most_waiting: 1, ..config(BindAs::Transceiver) };
    check(config, &[(Do::Submit(1), &[]), (Do::Submit(2), &[submitted(2, SubmitResult::NotSent)])]);
}

#[test]
fn a_refusal_has_the_carriers_status() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (
            Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0x58, 2, b"")),
            &[submitted(1, SubmitResult::Refused(Status::THROTTLED))],
        ),
        (Do::Hear(pdu(GENERIC_NACK, 0x0400, 3, b"")), &[submitted(2, SubmitResult::Refused(Status(0x0400)))]),
    ]);
}

#[test]
fn an_acceptance_is_never_lost_to_its_id() {
    let long = [b'7'; 100];
    let cases: [(&[u8], &str); 5] = [
        (b"", ""),
        (b"\0", ""),
        (b"no closing zero", "no closing zero"),
        (b"a\0\x04\x24\0\xFFnonsense", "a"),
        (&long, std::str::from_utf8(&long).unwrap()),
    ];
    for (body, id) in cases {
        check_bound(&[
            (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
            (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, body)), &[accepted(1, id)]),
        ]);
    }
}

#[test]
fn responses_to_nothing_change_nothing() {
    let stray = || fault(Fault::StrayResponse);
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        // Never asked, not yet asked, of another command, impossible numbers.
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 1, b"a\0")), &[stray()]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 3, b"a\0")), &[stray()]),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 2, b"")), &[stray()]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 0, b"a\0")), &[stray()]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 0x8000_0000, b"a\0")), &[stray()]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, u32::MAX, b"a\0")), &[stray()]),
        (Do::Hear(pdu(GENERIC_NACK, 3, 0, b"")), &[fault(Fault::Nack)]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), &[accepted(1, "a")]),
        // A second time.
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), &[stray()]),
    ]);
}

#[test]
fn a_submission_without_an_answer_is_unanswered_and_not_sent_again() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Wait(4_000), &[]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        (Do::Hear(pdu(ENQUIRE_LINK, 0, 1, b"")), &[sent(pdu(ENQUIRE_LINK | RESPONSE, 0, 1, b""))]),
        (
            Do::Due("a response is awaited"),
            &[submitted(1, SubmitResult::Unanswered), fault(Fault::ResponseTimedOut), sent(submit_pdu(3, 4))],
        ),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"late\0")), &[fault(Fault::StrayResponse)]),
    ]);
}

#[test]
fn nothing_more_is_handed_to_a_carrier_that_may_be_gone() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Wait(1), &[]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        // Nothing was heard since the first was sent: the carrier is asked, and the third waits.
        (
            Do::Due("a response is awaited"),
            &[
                submitted(1, SubmitResult::Unanswered),
                fault(Fault::ResponseTimedOut),
                sent(pdu(ENQUIRE_LINK, 0, 4, b"")),
            ],
        ),
        (Do::Room(0), &[]),
        (
            Do::Due("a response is awaited"),
            &[submitted(2, SubmitResult::Unanswered), fault(Fault::ResponseTimedOut)],
        ),
        (Do::Hear(pdu(ENQUIRE_LINK | RESPONSE, 0, 4, b"")), &[sent(submit_pdu(3, 5))]),
        (Do::Room(1), &[]),
    ]);
}

#[test]
fn a_lost_connection_tells_what_was_handed_out_from_what_was_not() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        (
            Do::Lose,
            &[
                submitted(1, SubmitResult::Unanswered),
                submitted(2, SubmitResult::Unanswered),
                submitted(3, SubmitResult::NotSent),
            ],
        ),
        (Do::Submit(4), &[submitted(4, SubmitResult::NotSent)]),
        (Do::Connect, &[]),
        (Do::Lose, &[]),
    ]);
}

/// What comes of a submission that cannot be written.
fn check_unwritable(submission: Submission, status: Status) {
    let (mut esme, mut out, now) = (Esme::new(config(BindAs::Transceiver)), Vec::new(), start());
    esme.handle(Input::Connected, now, &mut out);
    esme.handle(Input::Octets(&bind_response(BIND_TRANSCEIVER)), now, &mut out);
    out.clear();
    esme.handle(Input::Submit { ticket: 1, submission }, now, &mut out);
    assert_eq!(out, [Output::Submitted { ticket: 1, result: SubmitResult::Refused(status) }]);
    assert_eq!(esme.room(), 2, "it takes no place");
}

#[test]
fn what_no_pdu_can_hold_is_refused_and_never_sent() {
    let address = |digits: &str| Address { ton: 1, npi: 1, digits: digits.to_owned() };
    let whole = submission("Hi");
    for digits in ["123456789012345678901", "12\0", "1\u{e9}"] {
        check_unwritable(Submission { from: address(digits), ..whole.clone() }, Status::INVALID_SOURCE);
        check_unwritable(Submission { to: address(digits), ..whole.clone() }, Status::INVALID_DESTINATION);
    }
    let part = Part { short_message: vec![b'a'; 255], ..whole.part.clone() };
    check_unwritable(Submission { part, ..whole.clone() }, Status::INVALID_MESSAGE_LENGTH);
    let part = Part { payload: Some(vec![b'a'; 65_536]), ..whole.part.clone() };
    check_unwritable(Submission { part, ..whole }, Status::INVALID_MESSAGE_LENGTH);
}

#[test]
fn an_answer_that_comes_with_others_frees_its_place_within_the_same_input() {
    let both = [pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0"), pdu(SUBMIT_SM | RESPONSE, 0, 3, b"b\0")].concat();
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        (Do::Submit(4), &[]),
        (
            Do::Hear(both),
            &[accepted(1, "a"), accepted(2, "b"), sent(submit_pdu(3, 4)), sent(submit_pdu(4, 5))],
        ),
    ]);
}

#[test]
fn what_was_handed_out_with_the_last_octets_counts_as_handed_out() {
    // A place is freed, and then comes what ends the session.
    let octets = [pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0"), b"\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x07".to_vec()];
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        (
            Do::Hear(octets.concat()),
            &[
                accepted(1, "a"),
                fault(Fault::BadLength),
                sent(pdu(GENERIC_NACK, 2, 7, b"")),
                submitted(2, SubmitResult::Unanswered),
                submitted(3, SubmitResult::NotSent),
                Seen::Told(Output::Close(smpp::CloseReason::BadLength)),
            ],
        ),
    ]);
}
