//! The carrier's side of a session (an SMSC in the words of SMPP), without its socket: for simulated carriers,
//! load generators and tests.
//!
//! Whether a customer may bind and what becomes of a submission is the shell's to say; nothing is answered before,
//! unless it cannot be taken.

mod io;

use std::collections::VecDeque;
use std::time::Instant;

pub use io::{BindAsked, Config, DeliverResult, Delivery, Input, Output, Submitted};

use crate::codec::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, DATA_SM, DELIVER_SM, RESPONSE, SUBMIT_SM, read, write,
};
use crate::content::ReceivedBody;
use crate::credentials::{BindAs, MOST_SYSTEM_ID_CHARACTERS};
use crate::fault::{CloseReason, Fault};
use crate::frames::{Frame, Frames};
use crate::link::{Heard, Limits, Link, Phase, Request};
use crate::long_text::{Part, Sar};
use crate::status::Status;

/// One session with a customer, from the connection to its end.
#[derive(Debug)]
pub struct Smsc {
    config: Config,
    frames: Frames,
    link: Link,
    customer: Customer,
    /// Until when the customer must be bound.
    bind_until: Option<Instant>,
    /// What was not handed out yet, oldest first.
    waiting: VecDeque<(u64, Delivery)>,
}

/// How far the customer's bind is.
#[derive(Debug, Clone, Copy)]
enum Customer {
    Unknown,
    /// It asked under this sequence number and by this command, and waits for the shell.
    Asked {
        sequence: u32,
        command: u32,
        bind: BindAs,
    },
    Bound(BindAs),
}

impl Smsc {
    /// A session that is not yet connected.
    pub fn new(mut config: Config) -> Smsc {
        config.system_id.retain(|it| it.is_ascii_graphic() || it == ' ');
        config.system_id.truncate(MOST_SYSTEM_ID_CHARACTERS);
        let limits = Limits {
            window: config.window,
            most_unanswered: config.most_unanswered,
            enquire_link: config.enquire_link,
            response_timeout: config.response_timeout,
            confirms: false,
        };
        let (frames, link) = (Frames::new(config.most_pdu_octets), Link::new(limits));
        let (customer, waiting) = (Customer::Unknown, VecDeque::new());
        Smsc { config, frames, link, customer, bind_until: None, waiting }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, input: Input<'_>, now: Instant, out: &mut Vec<Output>) {
        match input {
            Input::Deliver { ticket, delivery } => self.deliver(ticket, delivery, out),
            _ if self.link.phase() == Phase::Closed => return,
            Input::Connected if self.link.phase() == Phase::New => {
                self.link.opened(now);
                self.bind_until = Some(now + self.config.bind_timeout);
            }
            Input::Connected => {}
            Input::Octets(octets) => self.octets(octets, now, out),
            Input::Closed => self.end(out),
            Input::AnswerBind(status) => self.answer_bind(status, out),
            Input::AnswerSubmit { ticket, result } => {
                self.link.answer(ticket, result.as_deref().map_err(|status| *status), now);
            }
            Input::Unbind => {
                self.link.leave(now);
                self.give_back(out);
            }
            Input::Tick => self.tick(now, out),
        }
        self.finish(now, out);
    }

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        let bind = self.bind_until.map(|until| (until, "the customer is to bind"));
        self.link.deadline().into_iter().chain(bind).min()
    }

    /// How many texts and receipts would go out at once; none before the customer has bound as a receiver.
    pub fn room(&self) -> usize {
        if self.receives() { self.link.room().saturating_sub(self.waiting.len()) } else { 0 }
    }

    /// Whether texts can flow.
    pub fn is_bound(&self) -> bool {
        self.link.phase() == Phase::Bound
    }

    fn receives(&self) -> bool {
        matches!(self.customer, Customer::Bound(bind) if bind.receives())
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.link.tick(now, |ticket| {
            out.push(Output::Delivered { ticket, result: DeliverResult::Unanswered });
        });
        if self.bind_until.is_some_and(|until| until <= now) {
            self.link.close(CloseReason::BindTimedOut);
        }
    }

    /// Keeps a text until it can go out, which may be at once.
    fn deliver(&mut self, ticket: u64, delivery: Delivery, out: &mut Vec<Output>) {
        let has_place = match self.link.phase() {
            Phase::New | Phase::Open => true,
            Phase::Bound => self.receives(),
            Phase::Leaving { .. } | Phase::Unbinding | Phase::Closed => false,
        };
        if has_place && self.waiting.len() < self.config.most_waiting.max(1) {
            self.waiting.push_back((ticket, delivery));
        } else {
            out.push(Output::Delivered { ticket, result: DeliverResult::NotSent });
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
            // This side never binds.
            Heard::Nothing | Heard::BindResponse(_) => {}
            Heard::TextResponse(ticket, frame) => {
                let result = DeliverResult::Answered(frame.status);
                out.push(Output::Delivered { ticket, result });
            }
            Heard::Request(frame) => match frame.command {
                BIND_RECEIVER | BIND_TRANSMITTER | BIND_TRANSCEIVER => self.bind_came(frame, out),
                SUBMIT_SM | DATA_SM => self.text_came(frame, out),
                _ => self.link.refuse(frame, Status::INVALID_BIND_STATUS, Fault::WrongState),
            },
        }
    }

    fn bind_came(&mut self, frame: Frame<'_>, out: &mut Vec<Output>) {
        if self.link.phase() != Phase::Open || !matches!(self.customer, Customer::Unknown) {
            return self.link.refuse(frame, Status::ALREADY_BOUND, Fault::WrongState);
        }
        match read::bind(frame.command, frame.body) {
            Ok(read::Bind { system_id, password, system_type, bind }) => {
                let (sequence, command) = (frame.sequence, frame.command);
                self.customer = Customer::Asked { sequence, command, bind };
                out.push(Output::BindAsked(BindAsked { system_id, password, system_type, bind }));
            }
            Err(status) => self.link.refuse(frame, status, Fault::Malformed),
        }
    }

    fn answer_bind(&mut self, status: Status, out: &mut Vec<Output>) {
        let Customer::Asked { sequence, command, bind } = self.customer else { return };
        let sending = &mut self.link.sending;
        if status.is_ok() {
            write::bind_response(command, &self.config.system_id, sequence, sending);
            self.customer = Customer::Bound(bind);
            self.bind_until = None;
            self.link.bound();
            if !bind.receives() {
                self.give_back(out);
            }
        } else {
            write::header_only(command | RESPONSE, status, sequence, sending);
            self.link.close(CloseReason::BindRefused);
        }
    }

    fn text_came(&mut self, frame: Frame<'_>, out: &mut Vec<Output>) {
        let submits = matches!(self.customer, Customer::Bound(bind) if bind.submits());
        if !submits {
            return self.link.refuse(frame, Status::INVALID_BIND_STATUS, Fault::WrongState);
        }
        if self.link.phase() != Phase::Bound {
            return self.link.refuse(frame, Status::SYSTEM_ERROR, Fault::WrongState);
        }
        let text = match read::text(frame.command, frame.body) {
            Ok(text) => text,
            Err(status) => return self.link.refuse(frame, status, Fault::Malformed),
        };
        let Some(ticket) = self.link.take_in(frame) else {
            return self.link.refuse(frame, Status::THROTTLED, Fault::Throttled);
        };
        out.push(Output::Submitted(Submitted {
            ticket,
            sequence: frame.sequence,
            part: part(&text.body),
            registered_delivery: text.registered_delivery & 0x03,
            reference: text.body.user_message_reference,
            validity_period: read::string(text.validity_period),
            from: text.from,
            to: text.to,
        }));
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
            let Some((ticket, delivery)) = self.waiting.pop_front() else { break };
            let sequence = self.link.next_sequence();
            match write::delivery(&delivery, sequence, &mut self.link.sending) {
                Ok(()) => self.link.requested(Request::Text(ticket), DELIVER_SM, now),
                // It cannot be written, and never could.
                Err(status) => {
                    let result = DeliverResult::Unwritable(status);
                    out.push(Output::Delivered { ticket, result });
                }
            }
        }
    }

    fn give_back(&mut self, out: &mut Vec<Output>) {
        let not_sent = |(ticket, _)| Output::Delivered { ticket, result: DeliverResult::NotSent };
        out.extend(self.waiting.drain(..).map(not_sent));
    }

    fn end(&mut self, out: &mut Vec<Output>) {
        self.link.end(|ticket| out.push(Output::Delivered { ticket, result: DeliverResult::Unanswered }));
        self.give_back(out);
        self.bind_until = None;
        self.frames = Frames::default();
    }
}

/// What the shell is handed of a message; incomplete `sar_*` parameters say nothing.
fn part(body: &ReceivedBody<'_>) -> Part {
    let place = (body.sar_reference, body.sar_total, body.sar_number);
    let sar = match place {
        (Some(reference), Some(total), Some(number)) => Some(Sar { reference, total, number }),
        _ => None,
    };
    Part {
        esm_class: body.esm_class,
        data_coding: body.data_coding,
        short_message: body.short_message.to_vec(),
        payload: body.payload.map(<[u8]>::to_vec),
        sar,
    }
}
