//! What both sides of a session have in common: requests and their responses, link checks, taking leave, the end.
//!
//! Every request of ours gets a number, waits for one response, and is forgotten with it or when its time is over.
//! Each of a peer's texts waits under a ticket until it is answered. What is to be sent is gathered here, and goes out
//! in one piece when an input has been dealt with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::codec::{
    ALERT_NOTIFICATION, BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, CANCEL_SM, DATA_SM, DELIVER_SM,
    ENQUIRE_LINK, GENERIC_NACK, OUTBIND, QUERY_SM, REPLACE_SM, RESPONSE, SUBMIT_MULTI, SUBMIT_SM, UNBIND,
    write,
};
use crate::fault::{CloseReason, Fault};
use crate::frames::Frame;
use crate::status::Status;

/// The greatest sequence number (SMPP 3.4, section 5.1.4); the next is 1.
pub(crate) const MAX_SEQUENCE: u32 = 0x7FFF_FFFF;
/// How long answers may stay without a later request of ours before we make one, so that its response confirms them.
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(1);

/// What a link is held to.
#[derive(Debug)]
pub(crate) struct Limits {
    pub window: usize,
    pub most_unanswered: usize,
    pub enquire_link: Duration,
    pub response_timeout: Duration,
    /// Whether link checks are made to have answers confirmed.
    pub confirms: bool,
}

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not connected.
    New,
    /// Connected; nobody is bound.
    Open,
    /// Texts flow.
    Bound,
    /// Nothing new goes out; what is on its way has until then to be answered.
    Leaving { until: Instant },
    /// The peer was told.
    Unbinding,
    /// It is over.
    Closed,
}

/// A request of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Bind,
    /// A text with the shell's name for it.
    Text(u64),
    EnquireLink,
    Unbind,
}

#[derive(Debug)]
struct Pending {
    request: Request,
    /// The command that answers it.
    response: u32,
    sent: Instant,
    /// How many answers were written before it.
    answers: u64,
}

/// A PDU that the common part leaves to its side.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// It was dealt with.
    Nothing,
    /// A bind or a text.
    Request(Frame<'a>),
    /// The response to our bind, or to the text of this ticket.
    BindResponse(Frame<'a>),
    TextResponse(u64, Frame<'a>),
}

/// The common part of a session.
#[derive(Debug)]
pub(crate) struct Link {
    limits: Limits,
    phase: Phase,
    /// What goes out at the end of this input.
    pub sending: Vec<u8>,
    /// What is told at the end of this input.
    pub faults: Vec<Fault>,
    close: Option<CloseReason>,
    /// Our requests without a response, by how many came before; so the first is the oldest.
    pending: BTreeMap<u64, Pending>,
    /// How many requests we have made.
    requests: u64,
    texts_in_flight: usize,
    links_in_flight: usize,
    /// The peer's texts without an answer: sequence number and command by ticket.
    unanswered: BTreeMap<u64, (u32, u32)>,
    tickets: u64,
    answers: u64,
    answers_confirmed: u64,
    /// Since when there are answers with no request of ours after them.
    unconfirmed_since: Option<Instant>,
    last_heard: Option<Instant>,
    /// A text found no answer, and nothing has been heard since it was sent: nothing more goes out before something is.
    is_suspect: bool,
}

impl Link {
    pub fn new(limits: Limits) -> Link {
        Link {
            limits: Limits { window: limits.window.max(1), ..limits },
            phase: Phase::New,
            sending: Vec::new(),
            faults: Vec::new(),
            close: None,
            pending: BTreeMap::new(),
            requests: 0,
            texts_in_flight: 0,
            links_in_flight: 0,
            unanswered: BTreeMap::new(),
            tickets: 0,
            answers: 0,
            answers_confirmed: 0,
            unconfirmed_since: None,
            last_heard: None,
            is_suspect: false,
        }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn opened(&mut self, now: Instant) {
        self.phase = Phase::Open;
        self.last_heard = Some(now);
    }

    pub fn bound(&mut self) {
        self.phase = Phase::Bound;
    }

    /// How many texts may go out now.
    pub fn room(&self) -> usize {
        let may_send = self.phase == Phase::Bound && !self.is_suspect;
        if may_send { self.limits.window.saturating_sub(self.texts_in_flight) } else { 0 }
    }

    pub fn answers_confirmed(&self) -> u64 {
        self.answers_confirmed
    }

    /// If something came, the peer is there.
    pub fn heard(&mut self, octets: &[u8], now: Instant) {
        if !octets.is_empty() {
            self.last_heard = Some(now);
            self.is_suspect = false;
        }
    }

    /// The number for the next request. It counts once [`Self::requested`] is told of it.
    pub fn next_sequence(&self) -> u32 {
        (self.requests % u64::from(MAX_SEQUENCE)) as u32 + 1
    }

    /// A request with the next number was written: a response to it is waited for.
    pub fn requested(&mut self, request: Request, command: u32, now: Instant) {
        match request {
            Request::Text(_) => self.texts_in_flight += 1,
            Request::EnquireLink => self.links_in_flight += 1,
            Request::Bind | Request::Unbind => {}
        }
        let pending = Pending { request, response: command | RESPONSE, sent: now, answers: self.answers };
        self.pending.insert(self.requests, pending);
        self.requests += 1;
        self.unconfirmed_since = None;
    }

    /// Deals with a PDU, or leaves it to its side.
    pub fn hear<'a>(&mut self, frame: Frame<'a>) -> Heard<'a> {
        if frame.command & RESPONSE != 0 {
            return self.hear_response(frame);
        }
        match frame.command {
            ENQUIRE_LINK => self.respond(frame, Status::OK),
            UNBIND => {
                self.respond(frame, Status::OK);
                self.close(CloseReason::UnboundByPeer);
            }
            BIND_RECEIVER | BIND_TRANSMITTER | BIND_TRANSCEIVER | SUBMIT_SM | DELIVER_SM | DATA_SM => {
                return Heard::Request(frame);
            }
            QUERY_SM | REPLACE_SM | CANCEL_SM | SUBMIT_MULTI if self.phase == Phase::Open => {
                self.refuse(frame, Status::INVALID_BIND_STATUS, Fault::WrongState);
            }
            // These have no response.
            OUTBIND => self.faults.push(Fault::WrongState),
            ALERT_NOTIFICATION if self.phase == Phase::Open => self.faults.push(Fault::WrongState),
            ALERT_NOTIFICATION => {}
            _ => {
                self.nack(Status::INVALID_COMMAND_ID, frame.sequence);
                self.faults.push(Fault::UnknownCommand);
            }
        }
        Heard::Nothing
    }

    fn hear_response<'a>(&mut self, mut frame: Frame<'a>) -> Heard<'a> {
        let key = self.key_of(frame.sequence);
        let is_nack = frame.command == GENERIC_NACK;
        if is_nack && frame.status.is_ok() {
            // A nack is never good news, whatever it says.
            frame.status = Status::UNKNOWN_ERROR;
        }
        let fits = |pending: &Pending| is_nack || pending.response == frame.command;
        if !key.and_then(|key| self.pending.get(&key)).is_some_and(fits) {
            self.faults.push(if is_nack { Fault::Nack } else { Fault::StrayResponse });
            return Heard::Nothing;
        }
        let Some(pending) = key.and_then(|key| self.take_pending(key)) else { return Heard::Nothing };
        // The peer reads in order: whoever answers a request has read what was written before it.
        self.answers_confirmed = self.answers_confirmed.max(pending.answers);
        match pending.request {
            Request::Bind => return Heard::BindResponse(frame),
            Request::Text(ticket) => return Heard::TextResponse(ticket, frame),
            Request::EnquireLink => {}
            Request::Unbind => self.close(CloseReason::Unbound),
        }
        Heard::Nothing
    }

    /// The request that this sequence number was given to last.
    fn key_of(&self, sequence: u32) -> Option<u64> {
        let numbers = u64::from(MAX_SEQUENCE);
        let (last, last_sequence) =
            (self.requests.checked_sub(1)?, u64::from(self.next_sequence()) + numbers - 1);
        let back = (last_sequence + numbers - u64::from(sequence)) % numbers;
        if (1..=MAX_SEQUENCE).contains(&sequence) { last.checked_sub(back) } else { None }
    }

    fn take_pending(&mut self, key: u64) -> Option<Pending> {
        let pending = self.pending.remove(&key)?;
        match pending.request {
            Request::Text(_) => self.texts_in_flight -= 1,
            Request::EnquireLink => self.links_in_flight -= 1,
            Request::Bind | Request::Unbind => {}
        }
        Some(pending)
    }

    /// Takes a peer's text in, under a new ticket; `None` if as many as may be wait already.
    pub fn take_in(&mut self, frame: Frame<'_>) -> Option<u64> {
        if self.unanswered.len() >= self.limits.most_unanswered {
            return None;
        }
        self.tickets += 1;
        self.unanswered.insert(self.tickets, (frame.sequence, frame.command));
        Some(self.tickets)
    }

    /// Writes the answer to a peer's text, with an ID where the command has one.
    pub fn answer(&mut self, ticket: u64, result: Result<&str, Status>, now: Instant) {
        if let Some((sequence, command)) = self.unanswered.remove(&ticket) {
            write::text_response(command, result, sequence, &mut self.sending);
            self.answers += 1;
            self.unconfirmed_since.get_or_insert(now);
        }
    }

    /// Writes a response without a body.
    pub fn respond(&mut self, frame: Frame<'_>, status: Status) {
        write::header_only(frame.command | RESPONSE, status, frame.sequence, &mut self.sending);
    }

    /// Writes the response that says no.
    pub fn refuse(&mut self, frame: Frame<'_>, status: Status, fault: Fault) {
        match frame.command {
            DELIVER_SM | DATA_SM | SUBMIT_SM => {
                write::text_response(frame.command, Err(status), frame.sequence, &mut self.sending);
            }
            _ => self.respond(frame, status),
        }
        self.faults.push(fault);
    }

    /// Writes that something could not be made out.
    pub fn nack(&mut self, status: Status, sequence: u32) {
        write::header_only(GENERIC_NACK, status, sequence, &mut self.sending);
    }

    /// Ends the session with this input.
    pub fn close(&mut self, reason: CloseReason) {
        self.close.get_or_insert(reason);
    }

    pub fn is_closing(&self) -> bool {
        self.close.is_some()
    }

    /// Begins to take leave; a session that is not bound ends at once.
    pub fn leave(&mut self, now: Instant) {
        match self.phase {
            Phase::Bound => self.phase = Phase::Leaving { until: now + self.limits.response_timeout },
            Phase::New | Phase::Open => self.close(CloseReason::Unbound),
            Phase::Leaving { .. } | Phase::Unbinding | Phase::Closed => {}
        }
    }

    /// Does what is due at `now`. The texts whose time is over are handed to `unanswered`.
    pub fn tick(&mut self, now: Instant, mut unanswered: impl FnMut(u64)) {
        while let Some((key, pending)) = self.pending.first_key_value() {
            if now < pending.sent + self.limits.response_timeout {
                break;
            }
            let key = *key;
            let Some(pending) = self.take_pending(key) else { break };
            self.faults.push(Fault::ResponseTimedOut);
            match pending.request {
                Request::Bind => self.close(CloseReason::BindTimedOut),
                Request::EnquireLink => self.close(CloseReason::LinkDead),
                Request::Unbind => self.close(CloseReason::Unbound),
                Request::Text(ticket) => {
                    unanswered(ticket);
                    self.is_suspect |= self.last_heard.is_none_or(|heard| heard <= pending.sent);
                }
            }
        }
        if !self.is_closing() && self.check_due().is_some_and(|(due, _)| due <= now) {
            self.request_header_only(Request::EnquireLink, ENQUIRE_LINK, now);
        }
    }

    /// When the link is to be checked, and why; not while a check is on its way.
    fn check_due(&self) -> Option<(Instant, &'static str)> {
        let may_check =
            matches!(self.phase, Phase::Bound | Phase::Leaving { .. }) && self.links_in_flight == 0;
        let last_heard = self.last_heard.filter(|_| may_check)?;
        if self.is_suspect {
            return Some((last_heard, "the peer may be gone"));
        }
        let idle = (last_heard + self.limits.enquire_link, "the peer is silent");
        let since = self.unconfirmed_since.filter(|_| self.limits.confirms);
        let confirm = since.map(|since| (since + CONFIRM_WITHIN, "answers are to be confirmed"));
        Some(confirm.map_or(idle, |confirm| confirm.min(idle)))
    }

    /// When something is due, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        let oldest = self.pending.values().next();
        let response = oldest.map(|it| (it.sent + self.limits.response_timeout, "a response is awaited"));
        let leave = match self.phase {
            Phase::Leaving { until } => Some((until, "taking leave")),
            _ => None,
        };
        [response, self.check_due(), leave].into_iter().flatten().min()
    }

    /// Tells the peer of our leave as soon as nothing is on its way, or the time for that is over.
    pub fn go_on_leaving(&mut self, now: Instant) {
        let Phase::Leaving { until } = self.phase else { return };
        let is_done = self.texts_in_flight == 0 && self.unanswered.is_empty();
        if is_done || until <= now {
            self.phase = Phase::Unbinding;
            self.request_header_only(Request::Unbind, UNBIND, now);
        }
    }

    fn request_header_only(&mut self, request: Request, command: u32, now: Instant) {
        write::header_only(command, Status::OK, self.next_sequence(), &mut self.sending);
        self.requested(request, command, now);
    }

    /// If this input ended the session, why; the connection's end is no reason to close it.
    pub fn take_close(&mut self) -> Option<CloseReason> {
        self.close.take()
    }

    /// Forgets everything; the texts that found no answer are handed to `unanswered`, oldest first.
    pub fn end(&mut self, mut unanswered: impl FnMut(u64)) {
        self.phase = Phase::Closed;
        self.unanswered.clear();
        self.unconfirmed_since = None;
        self.last_heard = None;
        (self.texts_in_flight, self.links_in_flight) = (0, 0);
        for pending in std::mem::take(&mut self.pending).into_values() {
            if let Request::Text(ticket) = pending.request {
                unanswered(ticket);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes so many requests from the given one on, and hears their responses, the last one first.
    fn check(made_before: u64, sequences: &[u32]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "a clock has to begin somewhere; it then moves by hand"
        )]
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let (enquire_link, response_timeout) = (second, second);
        let limits =
            Limits { window: 9, most_unanswered: 9, enquire_link, response_timeout, confirms: false };
        let mut link = Link::new(limits);
        link.requests = made_before;
        for (ticket, sequence) in (0..).zip(sequences) {
            assert_eq!(link.next_sequence(), *sequence);
            link.requested(Request::Text(ticket), SUBMIT_SM, now);
        }
        for (ticket, sequence) in sequences.iter().enumerate().rev() {
            let frame =
                |sequence| Frame { command: SUBMIT_SM | RESPONSE, status: Status::OK, sequence, body: &[] };
            for stray in [0, MAX_SEQUENCE + 1, u32::MAX, sequences.len() as u32 + 7] {
                assert!(matches!(link.hear(frame(stray)), Heard::Nothing));
            }
            assert!(matches!(link.hear(frame(*sequence)), Heard::TextResponse(it, _) if it == ticket as u64));
            assert!(matches!(link.hear(frame(*sequence)), Heard::Nothing), "once");
        }
        assert_eq!((link.texts_in_flight, link.pending.len()), (0, 0));
    }

    #[test]
    fn numbers_begin_at_one_and_begin_again_after_the_greatest() {
        check(0, &[1, 2, 3]);
        let round = u64::from(MAX_SEQUENCE);
        check(round - 2, &[MAX_SEQUENCE - 1, MAX_SEQUENCE, 1, 2]);
        check(round, &[1, 2]);
        check(1_000 * round - 1, &[MAX_SEQUENCE, 1]);
    }
}
