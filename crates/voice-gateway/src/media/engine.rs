//! A media thread: it waits for packets, orders and time, and never for anything else.
//!
//! Packets meet no lock, no allocation, no log line. Under load the thread wakes at most once a [`GATHER`], and serves
//! all that came meanwhile.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use contact_center::CallId;
use media::bridge::{Leg, LegKey};
use mio::{Events, Poll, Token, Waker};
use tokio::sync::mpsc;

use super::clock::{self, Clock};
use super::event::MediaEvent;
use super::family::{Family, Surroundings};
use super::figures::{Figures, Tally};
use super::inbox::{Inbox, NotTaken};
use super::line::{Line, slot_of};
use super::news::News;
use super::order::Order;
use super::recorder::Tap;
use super::slots::Slots;
use super::sounds::Sounds;
use super::tasks::Thread;

/// How long packets may gather under load.
const GATHER: Duration = Duration::from_millis(1);
/// Datagrams that one socket may have served at a time; the rest has to let others pass.
const MOST_OF_ONE_SOCKET: usize = 16;
/// Sockets that the system tells of at a time.
const EVENTS: usize = 1_024;
/// Orders that may wait for a thread.
const MOST_ORDERS: usize = 8_192;
/// How often metrics are told, and the longest wait.
const HOUSEKEEPING: Duration = Duration::from_secs(1);
/// Longer than any datagram that a bridge takes, so that it sees which ones are too long.
const BUFFER_BYTES: usize = 2_048;
/// Not the number of any slot.
const WAKE: Token = Token(usize::MAX);

/// How others reach a media thread.
#[derive(Debug, Clone)]
pub(super) struct Address {
    inbox: Arc<Inbox<Order>>,
    waker: Arc<Waker>,
}

impl Address {
    /// Whether the thread works.
    pub fn is_alive(&self) -> bool {
        !self.inbox.is_closed()
    }

    /// Gives an order.
    pub fn order(&self, order: Order) -> Result<(), NotTaken> {
        match order {
            Order::Move { .. }
            | Order::Expect { .. }
            | Order::Arrive { .. }
            | Order::Close { .. }
            | Order::Stop => self.inbox.put_sure(order)?,
            _ => self.inbox.put(order)?,
        }
        // If the thread cannot be woken, it wakes by itself within [`HOUSEKEEPING`].
        let _ = self.waker.wake();
        Ok(())
    }
}

/// A media thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Door {
    // Dropped first: its end is waited for, and a waker that is gone wakes nobody.
    _thread: Thread,
    pub address: Address,
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.address.order(Order::Stop);
    }
}

/// What a thread is born with.
pub(super) struct Birth {
    pub number: usize,
    pub clock: Clock,
    pub sounds: Sounds,
    pub events: mpsc::Sender<MediaEvent>,
    pub tap: Option<Tap>,
}

/// Starts a media thread.
pub(super) fn start(birth: Birth) -> io::Result<Door> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let inbox = Arc::new(Inbox::new(MOST_ORDERS));
    let number = birth.number;
    let mut engine = Engine::new(birth, poll, Arc::clone(&inbox));
    let thread = Thread::start(&format!("media-{number}"), move || {
        let cause = match catch_unwind(AssertUnwindSafe(|| engine.run())) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("a bug".to_owned()),
        };
        let unheard = engine.inbox.close();
        if let Some(cause) = cause {
            tracing::error!(thread = number, cause, "a media thread has died, and its calls with it");
            engine.tell_death(&unheard);
        }
    })?;
    Ok(Door { _thread: thread, address: Address { inbox, waker } })
}

struct Engine {
    number: usize,
    clock: Clock,
    poll: Poll,
    inbox: Arc<Inbox<Order>>,
    taken: VecDeque<Order>,
    around: Surroundings,
    families: Slots<Family>,
    /// The family of each line, by slots.
    family_of: Vec<usize>,
    /// The line of each leg.
    slot_of: BTreeMap<LegKey, usize>,
    family_by_id: BTreeMap<CallId, usize>,
    /// What was ordered for legs that are on their way from another thread.
    expected: BTreeMap<LegKey, Vec<Order>>,
    /// When which family is to be looked at.
    due: BinaryHeap<Reverse<(Duration, usize)>>,
    /// Sockets that may have more than they were served of.
    unfinished: Vec<Token>,
    buffer: [u8; BUFFER_BYTES],
    figures: Figures,
    told: Duration,
    stops: bool,
}

impl Engine {
    fn new(birth: Birth, poll: Poll, inbox: Arc<Inbox<Order>>) -> Engine {
        let Birth { number, clock, sounds, events, tap } = birth;
        let (lines, news) = (Slots::new(), News::new(events));
        Engine {
            number,
            clock,
            poll,
            inbox,
            taken: VecDeque::new(),
            around: Surroundings { lines, sounds, news, tap, tally: Tally::default() },
            families: Slots::new(),
            family_of: Vec::new(),
            slot_of: BTreeMap::new(),
            family_by_id: BTreeMap::new(),
            expected: BTreeMap::new(),
            due: BinaryHeap::new(),
            unfinished: Vec::new(),
            buffer: [0; BUFFER_BYTES],
            figures: Figures::new(number),
            told: Duration::ZERO,
            stops: false,
        }
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while !self.stops {
            let patience = self.patience();
            match self.poll.poll(&mut events, Some(patience)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let woken = self.clock.now();
            self.around.tally.turns += 1;
            let carried = self.carry(&events, woken);
            self.obey();
            self.tick();
            self.keep_house();
            if carried {
                let worked = self.clock.now().saturating_sub(woken);
                if let Some(rest) = GATHER.checked_sub(worked).filter(|_| self.unfinished.is_empty()) {
                    clock::let_gather(rest);
                }
            }
        }
        Ok(())
    }

    /// How long there is nothing to do unless packets or orders come.
    fn patience(&self) -> Duration {
        if !self.unfinished.is_empty() {
            return Duration::ZERO;
        }
        let next =
            self.due.peek().map_or(HOUSEKEEPING, |Reverse((at, _))| at.saturating_sub(self.clock.now()));
        next.min(HOUSEKEEPING)
    }

    /// Serves all sockets that have something; whether there was one.
    fn carry(&mut self, events: &Events, now: Duration) -> bool {
        let mut carried = false;
        for _ in 0..self.unfinished.len() {
            let token = self.unfinished.swap_remove(0);
            self.drain(token, now);
            carried = true;
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            self.drain(event.token(), now);
            carried = true;
        }
        carried
    }

    fn drain(&mut self, token: Token, now: Duration) {
        let (slot, port) = slot_of(token);
        for _ in 0..MOST_OF_ONE_SOCKET {
            let Some(line) = self.around.lines.at(slot) else { return };
            let (length, from) = match line.receive(port, &mut self.buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // What a far side's refusal left behind in the socket; the next datagram may be sound.
                Err(_) => continue,
            };
            let leg = line.key;
            self.around.tally.received += 1;
            self.with_family(self.family_of[slot], |family, around, buffer| {
                family.receive(leg, port, &mut buffer[..length], from, now, around);
            });
        }
        self.unfinished.push(token);
    }

    /// Lets a family do something. If that meets a bug, this family alone ends.
    fn with_family(
        &mut self,
        number: usize,
        work: impl FnOnce(&mut Family, &mut Surroundings, &mut [u8; BUFFER_BYTES]),
    ) {
        let Some(family) = self.families.at_mut(number) else { return };
        let (around, buffer) = (&mut self.around, &mut self.buffer);
        if catch_unwind(AssertUnwindSafe(|| work(family, around, buffer))).is_err() {
            self.end_family(number);
            return;
        }
        let Some(due) = family.due() else { return };
        if family.scheduled.is_none_or(|at| due < at) {
            family.scheduled = Some(due);
            self.due.push(Reverse((due, number)));
        }
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        while let Some(Reverse((at, number))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            match self.families.at_mut(number) {
                Some(family) if family.scheduled == Some(at) => family.scheduled = None,
                // It was scheduled anew meanwhile, or is gone.
                _ => continue,
            }
            self.with_family(number, |family, around, _| {
                if family.due().is_some_and(|due| due <= now) {
                    family.tick(now, around);
                }
            });
        }
    }

    fn obey(&mut self) {
        self.inbox.take(&mut self.taken);
        while let Some(order) = self.taken.pop_front() {
            match order.leg().and_then(|leg| self.expected.get_mut(&leg)) {
                Some(waiting) => waiting.push(order),
                None => self.follow(order),
            }
        }
    }

    fn follow(&mut self, order: Order) {
        let now = self.clock.now();
        match order {
            Order::Open { line, family } => self.open(*line, family),
            Order::Configure { leg, media } => {
                self.with_leg(leg, |family, around| family.configure(leg, *media, now, around));
            }
            Order::SendDigits { leg, digits } => {
                self.with_leg(leg, |family, _| family.send_digits(leg, &digits, now));
            }
            Order::Score { family, rows } => {
                if let Some(number) = self.family_by_id.get(&family).copied() {
                    self.with_family(number, |family, around, _| family.score(rows, now, around));
                }
            }
            Order::Close { leg } => {
                self.with_leg(leg, |family, around| {
                    family.close(leg, now, around);
                    Ok(())
                });
                self.remove(leg);
            }
            Order::Move { leg, to, address } => self.move_leg(leg, to, address),
            Order::Expect { leg } => {
                self.expected.insert(leg, Vec::new());
            }
            Order::Arrive { leg, line, known, family } => self.arrive(leg, line, known, family),
            Order::Done(done) => drop(done),
            Order::Stop => self.stops = true,
            #[cfg(test)]
            Order::Panic { family } => {
                let Some(family) = family else { panic!("a bug, to see what it does") };
                let number = self.family_by_id.get(&family).copied().unwrap_or(usize::MAX);
                self.with_family(number, |_, _, _| panic!("a bug, to see what it does"));
            }
        }
    }

    fn open(&mut self, line: Line, family: CallId) {
        let leg = line.key;
        if let Some((slot, number)) = self.settle(line, family) {
            self.with_family(number, |family, _, _| family.join(leg, slot));
        }
    }

    /// Gives a line a slot, and waits for its sockets. If that fails, the line is gone.
    fn settle(&mut self, mut line: Line, family: CallId) -> Option<(usize, usize)> {
        let (leg, id) = (line.key, line.id);
        if let Err(error) = line.register(self.poll.registry(), self.around.lines.next()) {
            tracing::warn!(%error, "a leg's sockets cannot be waited for");
            self.around.news.tell(MediaEvent::Failed { leg: id });
            return None;
        }
        let slot = self.around.lines.insert(line);
        let number = self.family_number(family);
        if self.family_of.len() <= slot {
            self.family_of.resize(slot + 1, usize::MAX);
        }
        self.family_of[slot] = number;
        self.slot_of.insert(leg, slot);
        Some((slot, number))
    }

    fn move_leg(&mut self, leg: LegKey, to: CallId, address: Option<Address>) {
        let slot = self.slot_of.get(&leg).copied();
        let mut known = None;
        if let Some(slot) = slot {
            let (now, before) = (self.clock.now(), self.family_of[slot]);
            self.with_family(before, |family, around, _| known = family.release(leg, now, around));
            self.end_if_empty(before);
        }
        match (address, slot) {
            (Some(address), slot) => self.send_leg(leg, slot, known, to, &address),
            // It is not there if its family met a bug just now.
            (None, Some(slot)) if self.around.lines.at(slot).is_some() => {
                self.family_of[slot] = self.family_number(to);
                self.adopt(leg, slot, known);
            }
            (None, _) => {}
        }
    }

    /// Hands a leg to another thread, or tells it that there is none.
    fn send_leg(
        &mut self,
        leg: LegKey,
        slot: Option<usize>,
        known: Option<Leg>,
        family: CallId,
        address: &Address,
    ) {
        self.slot_of.remove(&leg);
        let mut line = slot.and_then(|slot| self.around.lines.remove(slot)).map(Box::new);
        let id = line.as_ref().map(|line| line.id);
        let registry = self.poll.registry();
        if line.as_mut().is_some_and(|line| line.deregister(registry).is_err()) {
            line = None;
        }
        let is_lost = line.is_none();
        let is_taken = address.order(Order::Arrive { leg, line, known, family }).is_ok();
        if let Some(id) = id.filter(|_| is_lost || !is_taken) {
            self.around.news.tell(MediaEvent::Failed { leg: id });
        }
    }

    fn arrive(&mut self, leg: LegKey, line: Option<Box<Line>>, known: Option<Leg>, family: CallId) {
        if let Some((slot, _)) = line.and_then(|line| self.settle(*line, family)) {
            self.adopt(leg, slot, known);
        }
        for order in self.expected.remove(&leg).unwrap_or_default() {
            self.follow(order);
        }
    }

    /// Lets a leg that came from elsewhere into the family of its slot.
    fn adopt(&mut self, leg: LegKey, slot: usize, known: Option<Leg>) {
        let (now, mut adopted) = (self.clock.now(), Ok(()));
        self.with_family(self.family_of[slot], |family, around, _| {
            adopted = family.adopt(leg, slot, known, now, around);
        });
        if let (Err(cause), Some(line)) = (adopted, self.around.lines.at(slot)) {
            tracing::warn!(%cause, "a leg cannot go to another family");
            self.around.news.tell(MediaEvent::Failed { leg: line.id });
            self.remove(leg);
        }
    }

    fn family_number(&mut self, id: CallId) -> usize {
        let families = &mut self.families;
        *self.family_by_id.entry(id).or_insert_with(|| families.insert(Family::new(id)))
    }

    /// Lets the family of a leg do something for it, and tells if it will not.
    fn with_leg(
        &mut self,
        leg: LegKey,
        work: impl FnOnce(&mut Family, &mut Surroundings) -> Result<(), media::bridge::Refused>,
    ) {
        let Some(slot) = self.slot_of.get(&leg).copied() else { return };
        self.with_family(self.family_of[slot], |family, around, _| {
            if let Err(cause) = work(family, around)
                && let Some(line) = around.lines.at(slot)
            {
                let leg = line.id;
                around.news.tell(MediaEvent::Refused { leg, cause });
            }
        });
    }

    /// Closes the sockets of a leg that its family has let go.
    fn remove(&mut self, leg: LegKey) {
        let Some(slot) = self.slot_of.remove(&leg) else { return };
        self.around.lines.remove(slot);
        self.end_if_empty(self.family_of[slot]);
    }

    fn end_if_empty(&mut self, number: usize) {
        if self.families.at(number).is_some_and(Family::is_empty)
            && let Some(family) = self.families.remove(number)
        {
            self.family_by_id.remove(&family.id);
        }
    }

    /// A family that met a bug goes with all its legs; nobody is to hear what came of it.
    fn end_family(&mut self, number: usize) {
        let Some(family) = self.families.remove(number) else { return };
        tracing::error!(thread = self.number, "a family of calls met a bug, and its legs are closed");
        self.family_by_id.remove(&family.id);
        for line in family.slots().filter_map(|slot| self.around.lines.remove(slot)) {
            self.slot_of.remove(&line.key);
            self.around.news.tell(MediaEvent::Failed { leg: line.id });
        }
    }

    fn keep_house(&mut self) {
        let now = self.clock.now();
        if now >= self.told + HOUSEKEEPING {
            self.told = now;
            let lost = self.around.news.take_lost();
            let (legs, families) = (self.slot_of.len(), self.family_by_id.len());
            self.figures.tell(&mut self.around.tally, lost, legs, families);
        }
        self.around.news.hand_over();
    }

    /// After a bug that is no single family's: none can be trusted.
    fn tell_death(&mut self, unheard: &VecDeque<Order>) {
        self.around.news.tell(MediaEvent::ThreadDied { thread: self.number });
        let coming = self.taken.iter().chain(unheard).filter_map(|order| match order {
            Order::Open { line, .. } | Order::Arrive { line: Some(line), .. } => Some(line.id),
            _ => None,
        });
        let legs: Vec<_> = self.around.lines.iter().map(|line| line.id).chain(coming).collect();
        legs.into_iter().for_each(|leg| self.around.news.tell(MediaEvent::Failed { leg }));
        self.around.news.hand_over();
    }
}
