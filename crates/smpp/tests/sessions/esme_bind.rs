//! Coming and going: binds, unbinds, and what is right before and after them.

use smpp::esme::{Output, SubmitResult};
use smpp::{BindAs, CloseReason, Fault, Status};

use crate::story::{Do, Seen, accepted, check, check_bound, close, fault, sent, submitted, told_bound};
use crate::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, DATA_SM, DELIVER_SM, ENQUIRE_LINK, GENERIC_NACK,
    RESPONSE, SUBMIT_SM, UNBIND, bind_pdu, bind_response, config, pdu, submit_pdu, text_body,
};

fn connected() -> Vec<Seen> {
    vec![sent(bind_pdu(BIND_TRANSCEIVER))]
}

#[test]
fn texts_flow_when_the_carrier_takes_the_bind() {
    check(
        config(BindAs::Transceiver),
        &[
            (Do::Room(0), &[]),
            (Do::Connect, &connected()),
            (Do::Room(0), &[]),
            (Do::Hear(bind_response(BIND_TRANSCEIVER)), &[told_bound()]),
            (Do::Room(2), &[]),
        ],
    );
}

#[test]
fn a_response_without_a_body_binds_as_well() {
    let bound = Seen::Told(Output::Bound { system_id: String::new(), version: None });
    check(
        config(BindAs::Receiver),
        &[
            (Do::Connect, &[sent(bind_pdu(BIND_RECEIVER))]),
            (Do::Hear(pdu(BIND_RECEIVER | RESPONSE, 0, 1, b"")), &[bound]),
        ],
    );
}

#[test]
fn a_refused_bind_ends_the_session_with_its_reason() {
    for command in [BIND_TRANSCEIVER | RESPONSE, GENERIC_NACK] {
        let refused = Seen::Told(Output::BindRefused(Status::INVALID_PASSWORD));
        check(
            config(BindAs::Transceiver),
            &[
                (Do::Submit(1), &[]),
                (Do::Connect, &connected()),
                (
                    Do::Hear(pdu(command, 0x0E, 1, b"")),
                    &[refused, submitted(1, SubmitResult::NotSent), close(CloseReason::BindRefused)],
                ),
                (Do::Submit(2), &[submitted(2, SubmitResult::NotSent)]),
                (Do::Lose, &[]),
            ],
        );
    }
}

#[test]
fn a_nack_of_the_bind_binds_nobody_whatever_status_it_has() {
    check(
        config(BindAs::Transceiver),
        &[
            (Do::Connect, &connected()),
            (
                Do::Hear(pdu(GENERIC_NACK, 0, 1, b"")),
                &[Seen::Told(Output::BindRefused(Status::UNKNOWN_ERROR)), close(CloseReason::BindRefused)],
            ),
        ],
    );
}

#[test]
fn a_carrier_that_does_not_answer_the_bind_is_left() {
    check(
        config(BindAs::Transceiver),
        &[
            (Do::Submit(1), &[]),
            (Do::Connect, &connected()),
            (Do::Wait(9_999), &[]),
            (
                Do::Due("a response is awaited"),
                &[
                    fault(Fault::ResponseTimedOut),
                    submitted(1, SubmitResult::NotSent),
                    close(CloseReason::BindTimedOut),
                ],
            ),
        ],
    );
}

#[test]
fn before_the_bind_only_link_checks_and_leave_are_right() {
    let text = text_body(0, b"Hi", b"");
    check(
        config(BindAs::Transceiver),
        &[
            (Do::Connect, &connected()),
            (
                Do::Hear(pdu(DELIVER_SM, 0, 5, &text)),
                &[fault(Fault::WrongState), sent(pdu(DELIVER_SM | RESPONSE, 4, 5, b"\0"))],
            ),
            (
                Do::Hear(pdu(DATA_SM, 0, 6, b"")),
                &[fault(Fault::WrongState), sent(pdu(DATA_SM | RESPONSE, 4, 6, b"\0"))],
            ),
            // query_sm, and a submit_sm the wrong way.
            (Do::Hear(pdu(0x03, 0, 7, b"")), &[fault(Fault::WrongState), sent(pdu(0x8000_0003, 4, 7, b""))]),
            (
                Do::Hear(pdu(SUBMIT_SM, 0, 8, b"")),
                &[fault(Fault::WrongState), sent(pdu(SUBMIT_SM | RESPONSE, 4, 8, b""))],
            ),
            // alert_notification and outbind have no response.
            (Do::Hear(pdu(0x102, 0, 9, b"")), &[fault(Fault::WrongState)]),
            (Do::Hear(pdu(0x0B, 0, 9, b"")), &[fault(Fault::WrongState)]),
            (Do::Hear(pdu(ENQUIRE_LINK, 0, 10, b"")), &[sent(pdu(ENQUIRE_LINK | RESPONSE, 0, 10, b""))]),
            (
                Do::Hear(pdu(UNBIND, 0, 11, b"")),
                &[sent(pdu(UNBIND | RESPONSE, 0, 11, b"")), close(CloseReason::UnboundByPeer)],
            ),
        ],
    );
}

#[test]
fn a_transmitter_takes_no_texts_and_a_receiver_sends_none() {
    check(
        config(BindAs::Transmitter),
        &[
            (Do::Connect, &[sent(bind_pdu(BIND_TRANSMITTER))]),
            (Do::Hear(bind_response(BIND_TRANSMITTER)), &[told_bound()]),
            (
                Do::Hear(pdu(DELIVER_SM, 0, 5, &text_body(0, b"Hi", b""))),
                &[fault(Fault::WrongState), sent(pdu(DELIVER_SM | RESPONSE, 4, 5, b"\0"))],
            ),
        ],
    );
    check(
        config(BindAs::Receiver),
        &[
            (Do::Connect, &[sent(bind_pdu(BIND_RECEIVER))]),
            (Do::Hear(bind_response(BIND_RECEIVER)), &[told_bound()]),
            (Do::Room(0), &[]),
            (Do::Submit(1), &[submitted(1, SubmitResult::NotSent)]),
        ],
    );
}

#[test]
fn leave_is_taken_when_what_is_on_its_way_is_answered() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        // What was not handed out comes back; nothing more is taken.
        (Do::Unbind, &[submitted(3, SubmitResult::NotSent)]),
        (Do::Room(0), &[]),
        (Do::Submit(4), &[submitted(4, SubmitResult::NotSent)]),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), &[accepted(1, "a")]),
        (
            Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 3, b"b\0")),
            &[accepted(2, "b"), sent(pdu(UNBIND, 0, 4, b""))],
        ),
        (
            Do::Hear(pdu(DELIVER_SM, 0, 9, &text_body(0, b"Hi", b""))),
            &[fault(Fault::WrongState), sent(pdu(DELIVER_SM | RESPONSE, 0x64, 9, b"\0"))],
        ),
        (Do::Hear(pdu(UNBIND | RESPONSE, 0, 4, b"")), &[close(CloseReason::Unbound)]),
    ]);
}

#[test]
fn leave_is_taken_after_a_while_even_if_nothing_is_answered() {
    check_bound(&[
        (Do::Wait(5_000), &[]),
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Wait(1_000), &[]),
        (Do::Unbind, &[]),
        (
            Do::Due("a response is awaited"),
            &[
                submitted(1, SubmitResult::Unanswered),
                fault(Fault::ResponseTimedOut),
                sent(pdu(ENQUIRE_LINK, 0, 3, b"")),
                sent(pdu(UNBIND, 0, 4, b"")),
            ],
        ),
        (
            Do::Due("a response is awaited"),
            &[fault(Fault::ResponseTimedOut), fault(Fault::ResponseTimedOut), close(CloseReason::LinkDead)],
        ),
    ]);
}

#[test]
fn a_carrier_that_keeps_silent_at_leave_is_left() {
    check_bound(&[
        (Do::Unbind, &[sent(pdu(UNBIND, 0, 2, b""))]),
        (Do::Unbind, &[]),
        (Do::Due("a response is awaited"), &[fault(Fault::ResponseTimedOut), close(CloseReason::Unbound)]),
    ]);
}

#[test]
fn who_is_not_bound_leaves_at_once() {
    check(config(BindAs::Transceiver), &[(Do::Unbind, &[close(CloseReason::Unbound)])]);
    check(
        config(BindAs::Transceiver),
        &[(Do::Connect, &connected()), (Do::Unbind, &[close(CloseReason::Unbound)])],
    );
}

#[test]
fn the_carriers_leave_settles_everything() {
    check_bound(&[
        (Do::Submit(1), &[sent(submit_pdu(1, 2))]),
        (Do::Submit(2), &[sent(submit_pdu(2, 3))]),
        (Do::Submit(3), &[]),
        (
            Do::Hear(pdu(UNBIND, 0, 77, b"")),
            &[
                sent(pdu(UNBIND | RESPONSE, 0, 77, b"")),
                submitted(1, SubmitResult::Unanswered),
                submitted(2, SubmitResult::Unanswered),
                submitted(3, SubmitResult::NotSent),
                close(CloseReason::UnboundByPeer),
            ],
        ),
        (Do::Hear(pdu(SUBMIT_SM | RESPONSE, 0, 2, b"a\0")), &[]),
        (Do::Lose, &[]),
    ]);
}
