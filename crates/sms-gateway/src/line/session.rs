//! One connection: moves octets between socket and session, and items between session and courier.
//!
//! What always holds: while anything is unwritten nothing more is read, so that memory is bounded whatever the carrier
//! does; every errand is reported on exactly once; `Down` is the last report, and comes after every `Up`.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use smpp::Status;
use smpp::esme::{Config, Esme, Incoming, Input, Output};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout_at;

use super::translate::{freight, result, status, submission};
use super::{Line, MOST_UNANSWERED, MOST_WAITING, Stream};
use crate::clock;
use crate::figures::Bound;
use crate::message::{Brought, FromLine, PartResult, PartTicket, ToLine};
use crate::random;

/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;
/// How much may be unwritten before no more orders are taken.
const MOST_UNWRITTEN_BYTES: usize = 256 * 1024;
/// How many orders are taken at once.
const ORDERS: usize = 64;
/// How long the last octets may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    WasBound,
    NeverBound,
    /// Nobody is left to connect for.
    CourierGone,
}

/// One connection.
pub(super) struct Session<'a> {
    line: &'a Line,
    carrier: Arc<str>,
    connection: u64,
    esme: Esme,
    outputs: Vec<Output>,
    unwritten: BytesMut,
    /// Whether something was written that encryption may still hold.
    unflushed: bool,
    /// Since when the carrier has read nothing of what is unwritten.
    unread_since: Option<Instant>,
    orders: mpsc::Receiver<ToLine>,
    owed: Owed,
    was_bound: bool,
    bound: Option<Bound>,
    courier_gone: bool,
    over: Option<&'static str>,
}

/// What the courier is to be told.
#[derive(Default)]
struct Owed {
    up: Option<FromLine>,
    submitted: Vec<(PartTicket, PartResult)>,
    brought: Vec<Brought>,
    confirmed: Option<u64>,
    /// Answers of the courier that are not confirmed: how many answers there were with it, and its ticket.
    answered: VecDeque<(u64, u64)>,
    /// How many answers there were.
    answers: u64,
}

impl<'a> Session<'a> {
    pub fn new(line: &'a Line, config: Config) -> Session<'a> {
        // An item is in one message at most, so that this many messages always find a place.
        let items = config.window + MOST_WAITING + MOST_UNANSWERED;
        let (to, orders) = mpsc::channel(items);
        let connection = random::number();
        let room = if line.bind.submits() { config.window } else { 0 };
        Session {
            line,
            carrier: Arc::from(line.carrier.name.as_str()),
            connection,
            esme: Esme::new(config),
            outputs: Vec::new(),
            unwritten: BytesMut::new(),
            unflushed: false,
            unread_since: None,
            orders,
            owed: Owed { up: Some(FromLine::Up { connection, room, to }), ..Owed::default() },
            was_bound: false,
            bound: None,
            courier_gone: false,
            over: None,
        }
    }

    pub async fn run(mut self, stream: Box<dyn Stream>) -> Ended {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut heard = BytesMut::with_capacity(READ_BYTES);
        let mut orders = Vec::with_capacity(ORDERS);
        let mut leaving = self.line.leaving.clone();
        let mut takes_leave = false;
        self.feed(Input::Connected);
        while self.over.is_none() {
            self.tell_courier();
            let deadline = self.deadline();
            tokio::select! {
                biased;
                pushed = push(&mut writer, &self.unwritten), if !self.is_written() => self.pushed(pushed),
                count = self.orders.recv_many(&mut orders, ORDERS), if self.unwritten.len() < MOST_UNWRITTEN_BYTES => {
                    self.take(&mut orders, count);
                }
                permit = self.line.reports.reserve(), if self.owes() => self.courier_gone |= permit.is_err(),
                read = reader.read_buf(&mut heard), if self.is_written() && self.owed.brought.len() < MOST_UNANSWERED => self.read(read, &mut heard),
                () = clock::wait_until(deadline) => {}
                _ = leaving.wait_for(|leaving| *leaving), if !takes_leave => {
                    takes_leave = true;
                    self.feed(Input::Unbind);
                }
            }
            self.look_at_the_time();
        }
        let last_words = async {
            writer.write_all(&self.unwritten).await?;
            writer.shutdown().await
        };
        drop(timeout_at((clock::now() + LAST_WORDS).into(), last_words).await);
        self.end().await
    }

    fn is_written(&self) -> bool {
        self.unwritten.is_empty() && !self.unflushed
    }

    fn deadline(&self) -> Option<Instant> {
        let unread = self.unread_since.map(|since| since + self.line.carrier.write_timeout);
        [self.esme.deadline().map(|(at, _)| at), unread].into_iter().flatten().min()
    }

    fn look_at_the_time(&mut self) {
        let now = clock::now();
        if self.courier_gone {
            self.break_off("the courier is gone");
        }
        if self.unread_since.is_some_and(|since| now >= since + self.line.carrier.write_timeout) {
            self.line.figures.count_oddity("stopped_reading");
            self.break_off("stopped reading");
        }
        if self.esme.deadline().is_some_and(|(at, _)| at <= now) {
            self.feed(Input::Tick);
        }
    }

    fn pushed(&mut self, pushed: io::Result<usize>) {
        match pushed {
            Ok(0) => {
                self.unflushed = false;
                self.unread_since = None;
            }
            Ok(count) => {
                self.unwritten.advance(count);
                self.unflushed = true;
                self.unread_since = Some(clock::now());
            }
            Err(_) => self.break_off("connection lost"),
        }
    }

    fn read(&mut self, read: io::Result<usize>, heard: &mut BytesMut) {
        match read {
            Ok(0) | Err(_) => self.break_off("connection lost"),
            Ok(_) => {
                let octets = heard.split();
                self.feed(Input::Octets(&octets));
                drop(octets);
                heard.reserve(READ_BYTES);
            }
        }
    }

    /// Ends the connection from our side, or notices that it has ended.
    fn break_off(&mut self, why: &'static str) {
        if self.over.is_none() {
            self.feed(Input::Closed);
            self.unwritten.clear();
            self.over.get_or_insert(why);
        }
    }

    fn take(&mut self, orders: &mut Vec<ToLine>, count: usize) {
        self.courier_gone |= count == 0;
        for order in orders.drain(..) {
            match order {
                ToLine::Submit(errands) => {
                    for errand in errands {
                        match submission(&errand, self.line.carrier.references) {
                            Ok(submission) => {
                                self.feed(Input::Submit { ticket: errand.ticket.bits(), submission });
                            }
                            Err(result) => self.submitted(errand.ticket, result),
                        }
                    }
                }
                ToLine::Answer(verdicts) => {
                    for (ticket, verdict) in verdicts {
                        self.owed.answers += 1;
                        self.owed.answered.push_back((self.owed.answers, ticket));
                        self.feed(Input::Answer { ticket, status: status(verdict) });
                    }
                }
            }
        }
    }

    /// Hands something to the session and does what comes of it.
    fn feed(&mut self, input: Input<'_>) {
        let now = clock::now();
        self.esme.handle(input, now, &mut self.outputs);
        let mut outputs = std::mem::take(&mut self.outputs);
        let mut refused = Vec::new();
        for output in outputs.drain(..) {
            match output {
                Output::Send(octets) => {
                    self.unwritten.extend_from_slice(&octets);
                    self.unread_since.get_or_insert(now);
                }
                Output::Submitted { ticket, result: became } => {
                    self.submitted(PartTicket::of_bits(ticket), result(became));
                }
                Output::Incoming(incoming) => refused.extend(self.incoming(incoming)),
                Output::Bound { version, .. } => self.bound(version),
                Output::BindRefused(status) => {
                    self.line.figures.count_oddity("bind_refused");
                    tracing::warn!(carrier = &*self.carrier, %status, "the carrier refused the bind");
                }
                Output::Fault(fault) => {
                    self.line.figures.count_fault(fault);
                    tracing::debug!(
                        carrier = &*self.carrier,
                        fault = fault.as_str(),
                        "an oddity of the carrier"
                    );
                }
                Output::Close(reason) => self.over = Some(reason.as_str()),
            }
        }
        self.outputs = outputs;
        self.confirm();
        for (ticket, status) in refused {
            self.owed.answers += 1;
            self.feed(Input::Answer { ticket, status });
        }
    }

    fn bound(&mut self, version: Option<u8>) {
        self.was_bound = true;
        self.bound = Some(self.line.figures.bind());
        let Line { carrier, id, bind, .. } = self.line;
        // SMPP 3.4, section 5.3.2.25: the digits are the halves of the octet. Without it, the carrier speaks 3.3.
        let version = version.unwrap_or(0x33);
        let version = format_args!("{:x}.{:x}", version >> 4, version & 0x0F);
        tracing::info!(carrier = carrier.name, line = id, ?bind, %version, "bound");
    }

    fn incoming(&mut self, incoming: Incoming) -> Option<(u64, Status)> {
        let ticket = incoming.ticket;
        match freight(incoming, self.connection, &self.carrier) {
            Ok(what) => {
                self.owed.brought.push(Brought { ticket, what });
                None
            }
            Err(status) => {
                self.line.figures.turned_away.increment(1);
                tracing::debug!(carrier = &*self.carrier, %status, "a text of the carrier can never be taken");
                Some((ticket, status))
            }
        }
    }

    fn submitted(&mut self, ticket: PartTicket, result: PartResult) {
        let figures = &self.line.figures;
        match &result {
            PartResult::Taken(_) => &figures.taken,
            PartResult::NotNow { .. } => &figures.not_now,
            PartResult::Refused(_) => &figures.refused,
            PartResult::Unanswered => &figures.unanswered,
            PartResult::NotSent => &figures.not_sent,
        }
        .increment(1);
        self.owed.submitted.push((ticket, result));
    }

    fn confirm(&mut self) {
        let confirmed = self.esme.answers_confirmed();
        while let Some((_, ticket)) = self.owed.answered.pop_front_if(|(answers, _)| *answers <= confirmed) {
            self.owed.confirmed = Some(ticket.max(self.owed.confirmed.unwrap_or(0)));
        }
    }

    fn owes(&self) -> bool {
        let Owed { up, submitted, brought, confirmed, .. } = &self.owed;
        let rest = !submitted.is_empty() || !brought.is_empty() || confirmed.is_some();
        self.was_bound && (up.is_some() || rest)
    }

    /// The next thing that the courier is to be told. What became of parts comes before receipts for them.
    fn next_report(&mut self) -> Option<FromLine> {
        let owed = &mut self.owed;
        if let Some(up) = owed.up.take() {
            return Some(up);
        }
        if !owed.submitted.is_empty() {
            return Some(FromLine::Submitted(std::mem::take(&mut owed.submitted)));
        }
        if !owed.brought.is_empty() {
            return Some(FromLine::Brought(std::mem::take(&mut owed.brought)));
        }
        owed.confirmed.take().map(FromLine::Confirmed)
    }

    /// Tells the courier as much as it has room for.
    fn tell_courier(&mut self) {
        while self.owes() {
            let Ok(permit) = self.line.reports.try_reserve() else { return };
            let Some(report) = self.next_report() else { return };
            permit.send((self.line.id, report));
        }
    }

    /// Settles with the courier.
    async fn end(mut self) -> Ended {
        if !self.was_bound {
            return Ended::NeverBound;
        }
        let (line, why) = (self.line, self.over.unwrap_or("closed"));
        drop(self.bound.take());
        line.figures.disconnects.increment(1);
        tracing::info!(carrier = &*self.carrier, line = line.id, why, "no longer bound");
        // Nothing is handed in after this; what was comes back.
        self.orders.close();
        self.owed.brought.clear();
        loop {
            while let Ok(order) = self.orders.try_recv() {
                if let ToLine::Submit(errands) = order {
                    errands.iter().for_each(|errand| self.submitted(errand.ticket, PartResult::NotSent));
                }
            }
            let Some(report) = self.next_report() else { break };
            if line.reports.send((line.id, report)).await.is_err() {
                return Ended::CourierGone;
            }
        }
        match line.reports.send((line.id, FromLine::Down)).await {
            Ok(()) => Ended::WasBound,
            Err(_) => Ended::CourierGone,
        }
    }
}

/// Writes some octets, or without any left has encryption hold none back: then nothing was written.
async fn push(writer: &mut WriteHalf<Box<dyn Stream>>, unwritten: &[u8]) -> io::Result<usize> {
    if unwritten.is_empty() {
        return writer.flush().await.map(|()| 0);
    }
    match writer.write(unwritten).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        count => Ok(count),
    }
}
