//! Our side of a session with a carrier (an ESME in the words of SMPP), without its socket.
//!
//! A submission is handed out exactly when its octets are in an [`Output::Send`], and then once only. Each one is
//! reported on exactly once. An incoming text is answered exactly when [`Input::Answer`] says so, unless it cannot be
//! taken: then at once.

mod io;

use std::collections::VecDeque;
use std::time::Instant;

pub use io::{Config, Incoming, Input, Output, Submission, SubmitResult};

use crate::codec::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, DATA_SM, DELIVER_SM, SUBMIT_SM, read, write,
};
use crate::content::{Content, Reading};
use crate::credentials::BindAs;
use crate::fault::{CloseReason, Fault};
use crate::frames::{Frame, Frames};
use crate::link::{Heard, Limits, Link, Phase, Request};
use crate::status::Status;

/// One session with a carrier, from the connection to its end.
#[derive(Debug)]
pub struct Esme {
    config: Config,
    frames: Frames,
    link: Link,
    /// What was not handed out yet, oldest first.
    waiting: VecDeque<(u64, Submission)>,
}

impl Esme {
    /// A session that is not yet connected.
    pub fn new(config: Config) -> Esme {
        let limits = Limits {
            window: config.window,
            most_unanswered: config.most_unanswered,
            enquire_link: config.enquire_link,
            response_timeout: config.response_timeout,
            confirms: config.bind.receives(),
        };
        let frames = Frames::new(config.most_pdu_octets);
        Esme { config, frames, link: Link::new(limits), waiting: VecDeque::new() }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, input: Input<'_>, now: Instant, out: &mut Vec<Output>) {
        match input {
            Input::Submit { ticket, submission } => self.submit(ticket, submission, out),
            _ if self.link.phase() == Phase::Closed => return,
            Input::Connected => self.connected(now),
            Input::Octets(octets) => self.octets(octets, now, out),
            Input::Closed => self.end(out),
            Input::Answer { ticket, status } => {
                let result = if status.is_ok() { Ok("") } else { Err(status) };
                self.link.answer(ticket, result, now);
            }
            Input::Unbind => {
                self.link.leave(now);
                self.give_back(out);
            }
            Input::Tick => self.link.tick(now, |ticket| {
                out.push(Output::Submitted { ticket, result: SubmitResult::Unanswered });
            }),
        }
        self.finish(now, out);
    }

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        self.link.deadline()
    }

    /// How many submissions would go out at once.
    pub fn room(&self) -> usize {
        if self.config.bind.submits() { self.link.room().saturating_sub(self.waiting.len()) } else { 0 }
    }

    /// Whether texts can flow.
    pub fn is_bound(&self) -> bool {
        self.link.phase() == Phase::Bound
    }

    /// How many of our answers to incoming texts, in the order of [`Input::Answer`], have surely reached the
    /// carrier: it answered a request of ours that was written after them.
    pub fn answers_confirmed(&self) -> u64 {
        self.link.answers_confirmed()
    }

    fn connected(&mut self, now: Instant) {
        if self.link.phase() != Phase::New {
            return;
        }
        self.link.opened(now);
        let command = match self.config.bind {
            BindAs::Transceiver => BIND_TRANSCEIVER,
            BindAs::Transmitter => BIND_TRANSMITTER,
            BindAs::Receiver => BIND_RECEIVER,
        };
        let sequence = self.link.next_sequence();
        write::bind(&self.config.credentials, self.config.bind, sequence, &mut self.link.sending);
        self.link.requested(Request::Bind, command, now);
    }

    /// Keeps a submission until it can go out, which may be at once.
    fn submit(&mut self, ticket: u64, submission: Submission, out: &mut Vec<Output>) {
        let has_place = match self.link.phase() {
            Phase::New | Phase::Open | Phase::Bound => self.waiting.len() < self.config.most_waiting.max(1),
            Phase::Leaving { .. } | Phase::Unbinding | Phase::Closed => false,
        };
        if has_place && self.config.bind.submits() {
            self.waiting.push_back((ticket, submission));
        } else {
            out.push(Output::Submitted { ticket, result: SubmitResult::NotSent });
        }
    }

    fn octets(&mut self, mut octets: &[u8], now: Instant, out: &mut Vec<Output>) {
        self.link.heard(octets, now);
        let mut frames = std::mem::take(&mut self.frames);
        while !self.link.is_closing() {
            match frames.next(&mut octets) {
                Some(Ok(frame)) => self.frame(frame, out),
                Some(Err(bad)) => {
                    self.link.nack(Status::INVALID_COMMAND_LENGTH, bad.sequence);
                    self.link.faults.push(Fault::BadLength);
                    self.link.close(CloseReason::BadLength);
                }
                None => break,
            }
        }
        self.frames = frames;
    }

    fn frame(&mut self, frame: Frame<'_>, out: &mut Vec<Output>) {
        match self.link.hear(frame) {
            Heard::Nothing => {}
            Heard::BindResponse(frame) => self.bind_answered(frame, out),
            Heard::TextResponse(ticket, frame) => {
                let result = match frame.status {
                    Status::OK => SubmitResult::Accepted { id: read::message_id(frame.body) },
                    status => SubmitResult::Refused(status),
                };
                out.push(Output::Submitted { ticket, result });
            }
            Heard::Request(frame) => match frame.command {
                DELIVER_SM | DATA_SM => self.text_came(frame, out),
                _ => self.link.refuse(frame, Status::INVALID_BIND_STATUS, Fault::WrongState),
            },
        }
    }

    fn bind_answered(&mut self, frame: Frame<'_>, out: &mut Vec<Output>) {
        if frame.status.is_ok() {
            let (system_id, version) = read::bind_response(frame.body);
            self.link.bound();
            out.push(Output::Bound { system_id, version });
        } else {
            out.push(Output::BindRefused(frame.status));
            self.link.close(CloseReason::BindRefused);
        }
    }

    fn text_came(&mut self, frame: Frame<'_>, out: &mut Vec<Output>) {
        match self.link.phase() {
            Phase::Bound if self.config.bind.receives() => {}
            Phase::Leaving { .. } | Phase::Unbinding if self.config.bind.receives() => {
                let status = Status::TEMPORARY_APPLICATION_ERROR;
                return self.link.refuse(frame, status, Fault::WrongState);
            }
            _ => return self.link.refuse(frame, Status::INVALID_BIND_STATUS, Fault::WrongState),
        }
        let text = match read::text(frame.command, frame.body) {
            Ok(text) => text,
            Err(status) => return self.link.refuse(frame, status, Fault::Malformed),
        };
        let Some(ticket) = self.link.take_in(frame) else {
            return self.link.refuse(frame, Status::THROTTLED, Fault::Throttled);
        };
        let fingerprint_octets = fingerprint(&text);
        let Reading { content, faults } = text.body.read(self.config.default_alphabet);
        self.link.faults.extend(faults.into_iter().map(Fault::Content));
        let named = text.body.receipted_message_id.filter(|id| !id.is_empty());
        let message_id = named.filter(|_| !matches!(content, Content::Receipt(_))).map(read::string);
        let (sequence, from, to) = (frame.sequence, text.from, text.to);
        let incoming = Incoming { ticket, sequence, from, to, content, fingerprint_octets, message_id };
        out.push(Output::Incoming(incoming));
    }

    /// Hands out what can go, then all that was gathered; the end of the session last.
    fn finish(&mut self, now: Instant, out: &mut Vec<Output>) {
        if !self.link.is_closing() {
            self.hand_out(now, out);
            self.link.go_on_leaving(now);
        }
        out.extend(self.link.faults.drain(..).map(Output::Fault));
        if !self.link.sending.is_empty() {
            out.push(Output::Send(std::mem::take(&mut self.link.sending)));
        }
        if let Some(reason) = self.link.take_close() {
            self.end(out);
            out.push(Output::Close(reason));
        }
    }

    fn hand_out(&mut self, now: Instant, out: &mut Vec<Output>) {
        while self.link.room() > 0 {
            let Some((ticket, submission)) = self.waiting.pop_front() else { break };
            let sequence = self.link.next_sequence();
            match write::submission(&submission, sequence, &mut self.link.sending) {
                Ok(()) => self.link.requested(Request::Text(ticket), SUBMIT_SM, now),
                Err(status) => {
                    out.push(Output::Submitted { ticket, result: SubmitResult::Refused(status) });
                }
            }
        }
    }

    fn give_back(&mut self, out: &mut Vec<Output>) {
        let not_sent = |(ticket, _)| Output::Submitted { ticket, result: SubmitResult::NotSent };
        out.extend(self.waiting.drain(..).map(not_sent));
    }

    fn end(&mut self, out: &mut Vec<Output>) {
        self.link.end(|ticket| out.push(Output::Submitted { ticket, result: SubmitResult::Unanswered }));
        self.give_back(out);
        self.frames = Frames::default();
    }
}

/// What a text is recognized by when it comes again.
fn fingerprint(text: &read::Text<'_>) -> Vec<u8> {
    let body = &text.body;
    let sar = [body.sar_reference, body.sar_total.map(u16::from), body.sar_number.map(u16::from)];
    let payload = body.payload.unwrap_or_default();
    let mut octets = Vec::with_capacity(64 + body.short_message.len() + payload.len());
    for address in [&text.from, &text.to] {
        octets.extend([address.ton, address.npi]);
        octets.extend_from_slice(address.digits.as_bytes());
        octets.push(0);
    }
    octets.extend([body.esm_class, body.data_coding]);
    for part in sar {
        octets.push(u8::from(part.is_some()));
        octets.extend(part.unwrap_or_default().to_be_bytes());
    }
    // With its length, so that nothing else can look like the message's end.
    octets.extend((body.short_message.len() as u32).to_be_bytes());
    octets.extend_from_slice(body.short_message);
    octets.extend_from_slice(payload);
    octets
}
