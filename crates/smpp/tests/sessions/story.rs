//! A story: what happens to an esme step by step, and what comes of each step.

use std::fmt;
use std::time::{Duration, Instant};

use smpp::esme::{Config, Esme, Input, Output, SubmitResult};
use smpp::{CloseReason, Fault, Status};

use crate::{BIND_TRANSCEIVER, bind_pdu, bind_response, submission};

/// A step.
#[derive(Debug, Clone)]
pub enum Do {
    Connect,
    Hear(Vec<u8>),
    /// A submission of this ticket.
    Submit(u64),
    Answer(u64, Status),
    Lose,
    Unbind,
    /// So many milliseconds pass, and nothing falls due.
    Wait(u64),
    /// The time comes when this is due.
    Due(&'static str),
    /// So many answers are confirmed.
    Confirmed(u64),
    /// So many submissions would go out at once.
    Room(usize),
}

/// What comes of a step: PDUs one by one, then or before what is told.
#[derive(Clone, PartialEq)]
pub enum Seen {
    Pdu(Vec<u8>),
    Told(Output),
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Pdu(octets) => write!(f, "Pdu({:02x?} {})", octets, octets.escape_ascii()),
            Seen::Told(output) => output.fmt(f),
        }
    }
}

/// Plays a story from an esme that is not connected.
pub fn check(config: Config, story: &[(Do, &[Seen])]) {
    let (mut esme, mut now) = (Esme::new(config), start());
    for (number, (step, expected)) in story.iter().enumerate() {
        let mut out = Vec::new();
        match step {
            Do::Connect => esme.handle(Input::Connected, now, &mut out),
            Do::Hear(octets) => esme.handle(Input::Octets(octets), now, &mut out),
            Do::Submit(ticket) => {
                let submission = submission(&format!("text {ticket}"));
                esme.handle(Input::Submit { ticket: *ticket, submission }, now, &mut out);
            }
            Do::Answer(ticket, status) => {
                esme.handle(Input::Answer { ticket: *ticket, status: *status }, now, &mut out);
            }
            Do::Lose => esme.handle(Input::Closed, now, &mut out),
            Do::Unbind => esme.handle(Input::Unbind, now, &mut out),
            Do::Wait(ms) => {
                now += Duration::from_millis(*ms);
                assert!(
                    esme.deadline().is_none_or(|(due, _)| now < due),
                    "step {number}: {:?}",
                    esme.deadline()
                );
                esme.handle(Input::Tick, now, &mut out);
            }
            Do::Due(why) => {
                let (due, reason) = esme.deadline().expect("something is due");
                assert_eq!(reason, *why, "step {number}");
                now = now.max(due);
                esme.handle(Input::Tick, now, &mut out);
            }
            Do::Confirmed(answers) => assert_eq!(esme.answers_confirmed(), *answers, "step {number}"),
            Do::Room(room) => assert_eq!(esme.room(), *room, "step {number}"),
        }
        let seen: Vec<Seen> = out.into_iter().flat_map(seen).collect();
        assert_eq!(seen, *expected, "step {number}: {step:?}");
    }
}

/// Plays a story from a transceiver that is bound with request 1, and has a window of two.
pub fn check_bound(story: &[(Do, &[Seen])]) {
    let config = crate::config(smpp::BindAs::Transceiver);
    let sent = [sent(bind_pdu(BIND_TRANSCEIVER))];
    let bound = [told_bound()];
    let begin: [(Do, &[Seen]); 2] =
        [(Do::Connect, &sent), (Do::Hear(bind_response(BIND_TRANSCEIVER)), &bound)];
    check(config, &[&begin, story].concat());
}

#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
pub fn start() -> Instant {
    Instant::now()
}

fn seen(output: Output) -> Vec<Seen> {
    match output {
        Output::Send(octets) => pdus(&octets).into_iter().map(Seen::Pdu).collect(),
        output => vec![Seen::Told(output)],
    }
}

/// The PDUs of what was sent, which are whole.
pub fn pdus(mut octets: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(length) = octets.first_chunk() {
        let (pdu, rest) = octets.split_at(u32::from_be_bytes(*length) as usize);
        found.push(pdu.to_vec());
        octets = rest;
    }
    assert!(octets.is_empty(), "only whole PDUs are sent");
    found
}

pub fn sent(pdu: Vec<u8>) -> Seen {
    Seen::Pdu(pdu)
}

pub fn told_bound() -> Seen {
    Seen::Told(Output::Bound { system_id: "them".to_owned(), version: Some(0x34) })
}

pub fn fault(fault: Fault) -> Seen {
    Seen::Told(Output::Fault(fault))
}

pub fn close(reason: CloseReason) -> Seen {
    Seen::Told(Output::Close(reason))
}

pub fn submitted(ticket: u64, result: SubmitResult) -> Seen {
    Seen::Told(Output::Submitted { ticket, result })
}

pub fn accepted(ticket: u64, id: &str) -> Seen {
    submitted(ticket, SubmitResult::Accepted { id: id.to_owned() })
}
