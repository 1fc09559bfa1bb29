//! One connection of a customer without its socket: the session, the faults, and what is on its way.
//!
//! A text or receipt for the customer is at every moment in exactly one place: waiting for the account, held
//! back until its time, ready for a place in the window, or handed out and not acknowledged. When the line
//! ends, all of them wait for the account again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use smpp::smsc::{BindAsked, DeliverResult, Input, Output, Smsc, Submitted};
use smpp::{BindAs, Part, ReceivedBody, Status};

use crate::clock;
use crate::counters::Counters;
use crate::fate::{Answer, FaultEngine, Mishap, PlannedReceipt};
use crate::later::Later;
use crate::phones::Place;
use crate::receipts::{self, Receipted};
use crate::shared::{Arrived, Customer, Shared};
use crate::waiting::{Kind, Outgoing};

/// How many answers, texts and receipts a line may hold back; further texts get `ESME_RMSGQFUL`.
const MOST_HELD_BACK: usize = 100_000;
/// How often a text or receipt is handed out before it is given up.
const MOST_ATTEMPTS: u32 = 1_000;
/// How many texts a customer may submit without an answer.
const MOST_UNANSWERED: usize = 20_000;
/// How long a customer may take to bind.
const BIND_TIMEOUT: Duration = Duration::from_secs(10);

/// One connection of a customer.
#[derive(Debug)]
pub(crate) struct Line {
    shared: Arc<Shared>,
    smsc: Smsc,
    engine: FaultEngine,
    faults_version: u64,
    /// Who it is, once it has bound.
    account: Option<usize>,
    /// Whether it takes texts and receipts.
    receives: bool,
    later: Later<Due>,
    ready: VecDeque<Outgoing>,
    /// Handed out, by ticket, which is the order in which they were.
    unacknowledged: BTreeMap<u64, Outgoing>,
    next_ticket: u64,
    next: Next,
    outputs: Vec<Output>,
    arrived: Vec<Arrived>,
    settled: Vec<(Place, bool)>,
    counters: Counters,
}

/// What is held back.
#[derive(Debug)]
enum Due {
    Answer { ticket: u64, result: Result<String, Status> },
    Deliver(Outgoing),
}

/// What happened to a line.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// It is there.
    Connected,
    /// The customer sent this.
    Octets(&'a [u8]),
    /// Something may wait for the account, or the time of the deadline has come.
    Look,
    /// The carrier takes leave.
    Leave,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on.
    GoOn,
    /// Nothing is read for so long.
    Pause(Duration),
    /// It ends; what was to be sent goes out before, or not.
    Close {
        /// Whether it does.
        flush: bool,
    },
}

impl Line {
    /// A line for a connection that was just made.
    pub(crate) fn new(shared: Arc<Shared>) -> Line {
        let config = &shared.config;
        let smsc = Smsc::new(smpp::smsc::Config {
            system_id: "souffleur".to_owned(),
            window: config.window,
            most_unanswered: MOST_UNANSWERED,
            bind_timeout: BIND_TIMEOUT,
            enquire_link: Duration::from_secs(config.enquire_link_s.into()),
            response_timeout: Duration::from_secs(config.response_timeout_s.into()),
            ..smpp::smsc::Config::default()
        });
        let mut faults_version = 0;
        let faults = shared.faults_since(&mut faults_version).unwrap_or_else(|| shared.faults());
        let engine = FaultEngine::new(faults, config.seed, shared.new_connection());
        Line {
            shared,
            smsc,
            engine,
            faults_version,
            account: None,
            receives: false,
            later: Later::new(),
            ready: VecDeque::new(),
            unacknowledged: BTreeMap::new(),
            next_ticket: 1,
            next: Next::GoOn,
            outputs: Vec::new(),
            arrived: Vec::new(),
            settled: Vec::new(),
            counters: Counters { connections: 1, ..Counters::default() },
        }
    }

    /// Takes what happened; what is to be sent is added to `unsent`.
    pub(crate) fn handle(&mut self, event: Event<'_>, now: Instant, unsent: &mut Vec<u8>) -> Next {
        self.next = Next::GoOn;
        if let Some(faults) = self.shared.faults_since(&mut self.faults_version) {
            self.engine.set_faults(faults);
        }
        let input = match event {
            Event::Connected => Input::Connected,
            Event::Octets(octets) => Input::Octets(octets),
            Event::Look => Input::Tick,
            Event::Leave => Input::Unbind,
        };
        self.smsc.handle(input, now, &mut self.outputs);
        loop {
            self.work_off(now, unsent);
            if self.is_closing() {
                break;
            }
            while let Some(due) = self.later.due(now) {
                self.act(due, now);
            }
            self.deliver(now);
            if self.outputs.is_empty() {
                break;
            }
        }
        self.shared.receive(&mut self.arrived, now);
        self.shared.settle(&mut self.settled);
        self.shared.count(&mut self.counters);
        self.next
    }

    /// When to look at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let session = self.smsc.deadline().map(|(at, _)| at);
        session.into_iter().chain(self.later.next_at()).min()
    }

    /// Waits until something waits for the account that this line could deliver.
    pub(crate) async fn woken(&self) {
        match self.customer().filter(|_| self.receives && self.smsc.room() > 0) {
            Some(customer) => customer.woken.notified().await,
            None => std::future::pending().await,
        }
    }

    fn customer(&self) -> Option<&Customer> {
        self.account.map(|account| &self.shared.accounts[account])
    }

    fn is_closing(&self) -> bool {
        matches!(self.next, Next::Close { .. })
    }

    /// Does what the session says. When the line ends over it, the rest is as if it had not been read.
    fn work_off(&mut self, now: Instant, unsent: &mut Vec<u8>) {
        while !self.outputs.is_empty() {
            for output in std::mem::take(&mut self.outputs) {
                match output {
                    Output::Send(octets) => unsent.extend_from_slice(&octets),
                    Output::BindAsked(asked) => self.bind(&asked, now),
                    Output::Submitted(submitted) => self.submit(submitted, now),
                    Output::Delivered { ticket, result } => self.delivered(ticket, result, now),
                    Output::Fault(fault) => {
                        self.counters.protocol_faults += 1;
                        tracing::debug!(fault = fault.as_str(), "a customer is odd");
                    }
                    Output::Close(reason) => {
                        tracing::debug!(reason = reason.as_str(), "a session has ended");
                        self.next = Next::Close { flush: true };
                    }
                }
                if self.is_closing() {
                    return;
                }
            }
        }
    }

    fn bind(&mut self, asked: &BindAsked, now: Instant) {
        let config = &self.shared.config;
        let account = config.account(&asked.system_id);
        let status = match account {
            None => Status::INVALID_SYSTEM_ID,
            Some(account) if config.accounts[account].password != asked.password => Status::INVALID_PASSWORD,
            Some(_) => Status::OK,
        };
        if status.is_ok() {
            self.account = account;
            self.receives = asked.bind != BindAs::Transmitter;
            self.counters.binds += 1;
        } else {
            self.counters.binds_refused += 1;
        }
        tracing::debug!(account, bind = ?asked.bind, status = status.name(), "a customer binds");
        self.smsc.handle(Input::AnswerBind(status), now, &mut self.outputs);
    }

    fn submit(&mut self, submitted: Submitted, now: Instant) {
        self.counters.submitted += 1;
        let ticket = submitted.ticket;
        if self.later.len() + self.ready.len() >= MOST_HELD_BACK {
            self.answer(ticket, Err(Status::QUEUE_FULL), now);
            return;
        }
        let per_second = self.engine.throttle();
        let is_too_many = self.customer().is_some_and(|it| !it.may_submit(per_second, now));
        let digits = &submitted.to.digits;
        let fate = self.engine.judge(digits, submitted.registered_delivery, is_too_many, now);
        let id = self.shared.new_id();
        let receipt = fate.receipt.map(|planned| (planned, receipt(&submitted, id, &planned, now)));
        if fate.is_delivered && self.shared.keeps_texts() {
            self.arrived.push(arrived(&submitted));
        }
        let is_early = receipt.as_ref().is_some_and(|(planned, _)| planned.is_early);
        if !is_early {
            self.schedule_answer(ticket, fate.answer, id, now);
        }
        if let Some((planned, delivery)) = receipt {
            let outgoing = Outgoing::new(delivery, Kind::Receipt);
            if let Some(again_at) = planned.again_at {
                self.counters.repeated += 1;
                self.schedule(again_at, Due::Deliver(outgoing.clone()), now);
            }
            self.schedule(planned.at, Due::Deliver(outgoing), now);
        }
        if is_early {
            // It is in the window by now, if there was a place.
            self.deliver(now);
            self.schedule_answer(ticket, fate.answer, id, now);
        }
        self.meet();
    }

    fn schedule_answer(&mut self, ticket: u64, answer: Answer, id: u64, now: Instant) {
        let (at, result) = match answer {
            Answer::Never => {
                self.counters.unanswered += 1;
                return;
            }
            Answer::Accept(at) => (at, Ok(receipts::answered_id(id))),
            Answer::Refuse(at, status) => (at, Err(status)),
        };
        self.schedule(at, Due::Answer { ticket, result }, now);
    }

    fn schedule(&mut self, at: Instant, due: Due, now: Instant) {
        if at > now {
            self.later.add(at, due);
        } else {
            self.act(due, now);
        }
    }

    fn act(&mut self, due: Due, now: Instant) {
        match due {
            Due::Answer { ticket, result } => self.answer(ticket, result, now),
            Due::Deliver(outgoing) if self.receives => self.ready.push_back(outgoing),
            Due::Deliver(outgoing) => {
                let has_place = self.customer().is_some_and(|customer| customer.wait(outgoing));
                self.counters.given_up += u64::from(!has_place);
            }
        }
    }

    fn answer(&mut self, ticket: u64, result: Result<String, Status>, now: Instant) {
        match &result {
            Ok(_) => self.counters.accepted += 1,
            Err(status) => {
                self.counters.refused += 1;
                self.counters.throttled += u64::from(*status == Status::THROTTLED);
            }
        }
        self.smsc.handle(Input::AnswerSubmit { ticket, result }, now, &mut self.outputs);
    }

    /// Hands out what is ready and what waits for the account, as far as the window goes.
    fn deliver(&mut self, now: Instant) {
        if !self.receives {
            return;
        }
        for _ in 0..self.smsc.room() {
            // What waits for the account is older.
            let next = self.customer().and_then(Customer::take).or_else(|| self.ready.pop_front());
            let Some(outgoing) = next else { return };
            self.hand_out(outgoing, now);
        }
        if let Some(customer) = self.customer().filter(|customer| customer.has_waiting()) {
            // Another line may have room.
            customer.woken.notify_one();
        }
    }

    fn hand_out(&mut self, mut outgoing: Outgoing, now: Instant) {
        if outgoing.attempts >= MOST_ATTEMPTS {
            self.counters.given_up += 1;
            self.settle(&outgoing.kind, false);
            return;
        }
        self.counters.redelivered += u64::from(outgoing.attempts > 0);
        outgoing.attempts += 1;
        if outgoing.is_receipt() {
            self.counters.receipts_delivered += 1;
        } else {
            self.counters.texts_delivered += 1;
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let delivery = outgoing.delivery.clone();
        self.unacknowledged.insert(ticket, outgoing);
        self.smsc.handle(Input::Deliver { ticket, delivery }, now, &mut self.outputs);
    }

    fn delivered(&mut self, ticket: u64, result: DeliverResult, now: Instant) {
        let Some(outgoing) = self.unacknowledged.remove(&ticket) else { return };
        match result {
            DeliverResult::Answered(status) if status.is_ok() => self.acknowledged(outgoing, now),
            DeliverResult::Answered(status) if status.is_passing() => self.retry_later(outgoing, now),
            DeliverResult::Answered(_) | DeliverResult::Unwritable(_) => {
                if outgoing.is_receipt() {
                    self.counters.receipts_refused += 1;
                } else {
                    self.counters.texts_refused += 1;
                }
                self.settle(&outgoing.kind, false);
            }
            DeliverResult::Unanswered => self.ready.push_back(outgoing),
            DeliverResult::NotSent => self.retry_later(outgoing, now),
        }
        self.meet();
    }

    fn retry_later(&mut self, outgoing: Outgoing, now: Instant) {
        let retry = Duration::from_millis(self.shared.config.retry_ms.into());
        self.later.add(now + retry, Due::Deliver(outgoing));
    }

    fn acknowledged(&mut self, outgoing: Outgoing, now: Instant) {
        self.settle(&outgoing.kind, true);
        if outgoing.is_receipt() {
            self.counters.receipts_acknowledged += 1;
            return;
        }
        self.counters.texts_acknowledged += 1;
        if outgoing.kind == Kind::RepeatedText {
            return;
        }
        if let Some(again_at) = self.engine.judge_delivery(now) {
            self.counters.repeated += 1;
            let again = Outgoing::new(outgoing.delivery, Kind::RepeatedText);
            self.schedule(again_at, Due::Deliver(again), now);
        }
    }

    fn settle(&mut self, kind: &Kind, is_taken: bool) {
        if let Kind::Text(Some(place)) = kind {
            self.settled.push((place.clone(), is_taken));
        }
    }

    /// Meets with a mishap, or not.
    fn meet(&mut self) {
        match self.engine.mishap() {
            None => {}
            Some(Mishap::Disconnect { flush }) => {
                self.counters.disconnects += 1;
                self.next = Next::Close { flush };
            }
            Some(Mishap::Pause(pause)) => {
                self.counters.pauses += 1;
                self.next = Next::Pause(pause);
            }
        }
    }
}

/// What was not acknowledged waits for the account again, before all else.
impl Drop for Line {
    fn drop(&mut self) {
        self.shared.settle(&mut self.settled);
        self.shared.count(&mut self.counters);
        let held_back = self.later.take_all().filter_map(|due| match due {
            Due::Deliver(outgoing) => Some(outgoing),
            Due::Answer { .. } => None,
        });
        let handed_out = std::mem::take(&mut self.unacknowledged).into_values();
        let all: Vec<Outgoing> = handed_out.chain(self.ready.drain(..)).chain(held_back).collect();
        if let Some(customer) = self.customer().filter(|_| !all.is_empty()) {
            customer.wait_again(all.into_iter());
        }
    }
}

fn receipt(submitted: &Submitted, id: u64, planned: &PlannedReceipt, now: Instant) -> smpp::smsc::Delivery {
    let submitted_ms = clock::wall_ms();
    let text = Receipted {
        id,
        from: &submitted.from,
        to: &submitted.to,
        part: &submitted.part,
        reference: submitted.reference,
        submitted_ms,
        done_ms: submitted_ms + planned.at.saturating_duration_since(now).as_millis() as u64,
    };
    receipts::delivery(&text, planned)
}

fn arrived(submitted: &Submitted) -> Arrived {
    let Part { esm_class, data_coding, short_message, payload, sar } = &submitted.part;
    let body = ReceivedBody {
        esm_class: *esm_class,
        data_coding: *data_coding,
        short_message,
        payload: payload.as_deref(),
        sar_reference: sar.map(|sar| sar.reference),
        sar_total: sar.map(|sar| sar.total),
        sar_number: sar.map(|sar| sar.number),
        ..ReceivedBody::default()
    };
    let content = body.read(smpp::DefaultAlphabet::Gsm7).content;
    Arrived { from: submitted.from.number(), to: submitted.to.number(), content }
}
