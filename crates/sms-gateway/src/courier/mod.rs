//! A courier: knows one contact center, and carries texts between it and the lines of its carriers.
//!
//! What always holds: a text is handed over only after the contact center has kept the claim to it; whatever may have
//! been handed over is never handed over again; a carrier is told that a text is kept only after it is. Of the texts of
//! one thread only one at a time is claimed and on its way; what a connection brings goes to the contact center in the
//! order in which it came.

mod desk;
mod flights;
mod incoming;
mod news;
mod orders;
mod outgoing;
mod settling;
mod waiting;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contact_center::texting::{OutgoingText, TextId};
use engine::{Failure, Handle};
use smpp::BindAs;
use tokio::sync::{mpsc, watch};

use crate::clock;
use crate::config::{Bind, Carrier, Route};
use crate::figures::Figures;
use crate::line::Line;
use crate::message::{FromLine, LineId};
use crate::routes::Routes;
use crate::tasks::Task;
use crate::tls::Encryption;
use desk::{Desk, LineDesk};
use flights::Flights;
use incoming::EarlyReceipt;
use news::News;
pub(crate) use news::Switchboard;
use orders::{Orders, Purpose};
use settling::Settling;
use waiting::Waiting;

/// Reports of lines that wait for the courier; lines wait when it is full.
const REPORTS: usize = 64;
/// How many reports and answers are dealt with before texts are handed on.
const TURN: usize = 64;
/// How long to wait before the contact center is asked again that could not keep something.
const RETRY: Duration = Duration::from_millis(200);

/// A carrier as the gateway prepared it.
pub(crate) struct Prepared {
    pub carrier: Arc<Carrier>,
    pub encryption: Option<Encryption>,
    pub figures: Arc<Figures>,
}

/// A courier.
pub(crate) struct Courier {
    center: Handle,
    desks: Vec<Desk>,
    lines: Vec<LineDesk>,
    routes: Routes,
    orders: Orders,
    waiting: Waiting,
    flights: Flights,
    settling: Settling,
    early: VecDeque<EarlyReceipt>,
    /// The first text that was not taken in yet.
    next: TextId,
    /// There are texts from there on that no news will bring.
    behind: bool,
    /// News of such texts came since they were looked for.
    missed: bool,
    look: Option<Look>,
    /// Nothing is claimed before it is known what an earlier process had claimed.
    recovered: bool,
    /// The contact center is left alone until then.
    resting: Option<Instant>,
    /// When a throttle gives leave again.
    throttled: Option<Instant>,
    /// When it was last said why texts are not taken.
    complained: Option<Instant>,
    stopping: bool,
    /// The contact center has stopped.
    stopped: bool,
}

/// Waiting texts that are being read.
type Look = Pin<Box<dyn Future<Output = Result<Vec<Arc<OutgoingText>>, Failure>> + Send>>;

impl Courier {
    pub fn new(center: Handle, prepared: &[Prepared], routes: &[Route]) -> Courier {
        let carriers: Vec<_> = prepared.iter().map(|it| Arc::clone(&it.carrier)).collect();
        let desk = |it: &Prepared| Desk::new(Arc::clone(&it.carrier), Arc::clone(&it.figures));
        Courier {
            orders: Orders::new(center.clone()),
            center,
            desks: prepared.iter().map(desk).collect(),
            lines: Vec::new(),
            routes: Routes::new(routes, &carriers),
            waiting: Waiting::default(),
            flights: Flights::default(),
            settling: Settling::default(),
            early: VecDeque::new(),
            next: TextId(0),
            behind: true,
            missed: false,
            look: None,
            recovered: false,
            resting: None,
            throttled: None,
            complained: None,
            stopping: false,
            stopped: false,
        }
    }

    /// Carries texts until it is time to stop; then lets the lines take leave, and keeps what they still report.
    pub async fn run(
        mut self,
        prepared: Vec<Prepared>,
        switchboard: &Switchboard,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut news = switchboard.listen(self.center.id());
        let (sender, mut reports) = mpsc::channel(REPORTS);
        let leave = watch::Sender::new(false);
        let lines = self.start_lines(prepared, &sender, &leave);
        drop(sender);
        self.recover();
        let mut lines_ended = false;
        while !(lines_ended && self.is_done()) {
            let wake = self.wake_time();
            tokio::select! {
                report = reports.recv(), if self.orders.has_room() && !lines_ended => match report {
                    Some((line, report)) => self.hear(line, report),
                    None => lines_ended = true,
                },
                (purpose, answered) = self.orders.next() => self.answered(purpose, answered),
                Some(texts) = news.texts.recv(), if !self.stopping => self.hear_news(&news, &texts),
                found = look(&mut self.look) => self.found(found),
                () = clock::wait_until(wake) => {}
                _ = stop.wait_for(|stop| *stop), if !self.stopping => {
                    self.stopping = true;
                    leave.send_replace(true);
                }
            }
            self.deal_with_what_is_there(&mut reports, &mut news);
            self.go_on();
        }
        drop(lines);
    }

    fn start_lines(
        &mut self,
        prepared: Vec<Prepared>,
        reports: &mpsc::Sender<(LineId, FromLine)>,
        leave: &watch::Sender<bool>,
    ) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (place, Prepared { carrier, encryption, figures }) in prepared.into_iter().enumerate() {
            let binds: &[BindAs] = match carrier.bind {
                Bind::Transceiver => &[BindAs::Transceiver],
                Bind::Pair => &[BindAs::Transmitter, BindAs::Receiver],
            };
            for bind in std::iter::repeat_n(binds, usize::from(carrier.connections)).flatten() {
                let id = self.lines.len();
                self.lines.push(LineDesk::new(place));
                self.desks[place].lines.push(id);
                let line = Line {
                    id,
                    carrier: Arc::clone(&carrier),
                    bind: *bind,
                    encryption: encryption.clone(),
                    figures: Arc::clone(&figures),
                    reports: reports.clone(),
                    leaving: leave.subscribe(),
                };
                tasks.push(Task::start(line.run()));
            }
        }
        tasks
    }

    /// More of what woke the courier, so that much of it is one command and one message.
    fn deal_with_what_is_there(&mut self, reports: &mut mpsc::Receiver<(LineId, FromLine)>, news: &mut News) {
        for _ in 0..TURN {
            let mut idle = true;
            if let Some((purpose, answered)) = self.orders.ready() {
                self.answered(purpose, answered);
                idle = false;
            }
            if self.orders.has_room()
                && let Ok((line, report)) = reports.try_recv()
            {
                self.hear(line, report);
                idle = false;
            }
            if idle {
                break;
            }
        }
        while !self.stopping
            && let Ok(texts) = news.texts.try_recv()
        {
            self.hear_news(news, &texts);
        }
    }

    fn hear(&mut self, line: LineId, report: FromLine) {
        match report {
            FromLine::Up { connection, room, to } => self.line_up(line, connection, room, to),
            FromLine::Submitted(results) => self.submitted(line, results),
            FromLine::Brought(brought) => self.brought(line, brought),
            FromLine::Confirmed(ticket) => self.lines[line].confirmed(ticket),
            FromLine::Down => self.line_down(line),
        }
    }

    fn line_up(
        &mut self,
        line: LineId,
        connection: u64,
        room: usize,
        to: mpsc::Sender<crate::message::ToLine>,
    ) {
        self.lines[line].up(connection, room, to);
        self.distribute_anew();
    }

    fn line_down(&mut self, line: LineId) {
        let place = self.lines[line].carrier;
        self.tell_confirmations(line);
        let back = self.lines[line].down(&mut self.desks[place], clock::now(), clock::wall());
        self.not_sent(line, back);
        self.give_up_on(line);
        self.distribute_anew();
    }

    /// Whether a carrier takes texts.
    fn is_up(&self, place: usize) -> bool {
        self.desks[place].lines.iter().any(|line| self.lines[*line].room > 0)
    }

    fn answered(&mut self, purpose: Purpose, answered: orders::Answered) {
        if let Err(engine::Denial::Failed(Failure::Stopped)) = answered {
            self.stopped = true;
        }
        match purpose {
            Purpose::Recover => match answered {
                Ok(_) => self.recovered = true,
                Err(_) => self.rest(),
            },
            // Told again with the next one; until then an equal text may count as a repetition.
            Purpose::Telling => {}
            Purpose::Arrival(waiter) => self.arrival_answered(waiter, &answered),
            Purpose::Receipt(receipt) => self.receipt_answered(receipt, &answered),
            Purpose::Claim(slots) => self.claim_answered(slots, answered),
            Purpose::Settle(settlements) => self.settle_answered(settlements, &answered),
        }
    }

    /// Has the contact center keep that the carrier has read acknowledgements.
    fn tell_confirmations(&mut self, line: LineId) {
        let (now, wall) = (clock::now(), clock::wall());
        let desk = &mut self.lines[line];
        if desk.telling_time(now).is_some()
            && let Some((connection, until)) = desk.tell(now, wall)
        {
            let command = contact_center::Command::SettleArrivals { connection, until };
            self.orders.hand_in(command, Purpose::Telling);
        }
    }

    fn recover(&mut self) {
        self.orders.hand_in(contact_center::Command::RecoverTexts, Purpose::Recover);
    }

    /// Leaves the contact center alone for a moment.
    fn rest(&mut self) {
        self.resting = Some(clock::now() + RETRY);
    }

    /// Hands on whatever can be handed on.
    fn go_on(&mut self) {
        let now = clock::now();
        if self.resting.is_some_and(|until| until <= now) {
            self.resting = None;
            if !self.recovered && self.orders.len() == 0 {
                self.recover();
            }
        }
        while let Some(held) = self.waiting.due(now) {
            self.offer(held);
        }
        self.try_early_receipts(now);
        for line in 0..self.lines.len() {
            if self.lines[line].telling_time(now).is_some_and(|at| at <= now) {
                self.tell_confirmations(line);
            }
        }
        if self.stopping {
            self.drop_incomplete();
        } else {
            self.offer_parts_again(now);
            self.catch_up();
            self.claim(now);
        }
        self.flush_settlements();
        self.flush_lines();
    }

    fn flush_lines(&mut self) {
        for line in 0..self.lines.len() {
            let back = self.lines[line].flush();
            if !back.is_empty() {
                self.not_sent(line, back);
                self.flush_settlements();
            }
        }
        self.desks.iter().for_each(Desk::show_waiting);
    }

    fn wake_time(&self) -> Option<Instant> {
        let early = self.early.front().map(|receipt| receipt.again_at);
        let now = clock::now();
        let telling = self.lines.iter().filter_map(|line| line.telling_time(now)).min();
        let all = [
            self.waiting.wake_time(),
            self.flights.wake_time(),
            early,
            self.resting,
            self.throttled,
            telling,
        ];
        all.into_iter().flatten().min()
    }

    /// Whether nothing is owed any more when the lines have ended.
    fn is_done(&self) -> bool {
        self.stopped || (self.orders.len() == 0 && self.settling.is_empty())
    }
}

/// What was found; never if nothing is being read.
async fn look(look: &mut Option<Look>) -> Result<Vec<Arc<OutgoingText>>, Failure> {
    match look {
        Some(reading) => {
            let found = reading.await;
            *look = None;
            found
        }
        None => std::future::pending().await,
    }
}
