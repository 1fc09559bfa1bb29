//! What a courier knows of a carrier and of the lines to it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contact_center::Timestamp;
use smpp::{Cutting, Part, Throttle, TooLong, cut};
use tokio::sync::mpsc;

use super::waiting::Held;
use crate::config::Carrier;
use crate::figures::Figures;
use crate::message::{Errand, LineId, ToLine, Verdict};

/// How long an ended connection is remembered: longer than the contact center remembers what came over it.
const REMEMBERED: Duration = Duration::from_secs(20 * 60);
/// How often the contact center is told of confirmations at most, for each connection.
const TELLING_PAUSE: Duration = Duration::from_secs(1);
/// Most ended connections of one carrier that are remembered, and only those that brought texts. What came over a
/// forgotten one counts as not acknowledged.
const MOST_REMEMBERED: usize = 64;

/// A carrier.
pub(super) struct Desk {
    pub name: Arc<str>,
    pub carrier: Arc<Carrier>,
    pub figures: Arc<Figures>,
    pub lines: Vec<LineId>,
    /// Texts that go over it as soon as there is room.
    pub queue: VecDeque<Held>,
    pub throttle: Throttle,
    /// How many parts of the first text in the queue may be handed over as far as the throttle goes.
    pub leave: usize,
    ended: VecDeque<EndedConnection>,
}

/// A connection that brought texts and is gone.
struct EndedConnection {
    connection: u64,
    /// Acknowledgements of what it brought before are known to have arrived.
    settled_until: Timestamp,
    at: Instant,
}

/// A line.
#[derive(Default)]
pub(super) struct LineDesk {
    /// The place of its carrier.
    pub carrier: usize,
    pub connection: Option<u64>,
    /// Most parts on their way at a time; 0 if it is down or only brings.
    pub room: usize,
    to: Option<mpsc::Sender<ToLine>>,
    /// Parts claimed for it or on their way.
    pub open: usize,
    errands: Vec<Errand>,
    verdicts: Vec<(u64, Verdict)>,
    /// Texts that it brought whose acknowledgements are not confirmed, and since when.
    unconfirmed: VecDeque<(u64, Timestamp)>,
    brought_texts: bool,
    /// The contact center does not know of the last confirmations.
    untold: bool,
    told_at: Option<Instant>,
}

impl Desk {
    pub fn new(carrier: Arc<Carrier>, figures: Arc<Figures>) -> Desk {
        Desk {
            name: Arc::from(carrier.name.as_str()),
            throttle: Throttle::new(carrier.texts_per_second),
            carrier,
            figures,
            lines: Vec::new(),
            queue: VecDeque::new(),
            leave: 0,
            ended: VecDeque::new(),
        }
    }

    /// A text in parts as this carrier wants them.
    pub fn cut(&self, held: &Held) -> Result<Arc<[Part]>, TooLong> {
        let cutting = Cutting {
            alphabets: &self.carrier.alphabets,
            default: self.carrier.default_alphabet,
            long: self.carrier.long_texts,
            most_parts: self.carrier.most_parts,
        };
        cut(&held.text.text, &cutting, held.text.id.reference()).map(Arc::from)
    }

    /// Takes leave for so many parts at once, or says when to ask again.
    pub fn take_leave(&mut self, parts: usize, now: Instant) -> Result<(), Instant> {
        while self.leave < parts {
            self.throttle.take(now)?;
            self.leave += 1;
        }
        self.leave = 0;
        Ok(())
    }

    pub fn show_waiting(&self) {
        self.figures.show_waiting(self.queue.len());
    }

    /// Remembers what is known of a connection that ended.
    fn remember(&mut self, connection: u64, settled_until: Timestamp, at: Instant) {
        self.ended.push_back(EndedConnection { connection, settled_until, at });
        while self.ended.len() > MOST_REMEMBERED
            || self.ended.front().is_some_and(|first| at - first.at > REMEMBERED)
        {
            self.ended.pop_front();
        }
    }

    /// For the other connections of this process, until when acknowledgements are known to have arrived.
    pub fn settled(&self, lines: &[LineDesk], except: LineId, now: Timestamp) -> Vec<(u64, Timestamp)> {
        let ended = self.ended.iter().map(|it| (it.connection, it.settled_until));
        let others = self.lines.iter().filter(|id| **id != except).filter_map(|id| lines.get(*id));
        let living = others.filter(|line| line.brought_texts);
        let living = living.filter_map(|line| Some((line.connection?, line.settled_until(now))));
        ended.chain(living).collect()
    }
}

impl LineDesk {
    pub fn new(carrier: usize) -> LineDesk {
        LineDesk { carrier, ..LineDesk::default() }
    }

    pub fn up(&mut self, connection: u64, room: usize, to: mpsc::Sender<ToLine>) {
        self.connection = Some(connection);
        self.room = room;
        self.to = Some(to);
        self.open = 0;
    }

    /// Forgets the connection. Errands that were not sent to it come back.
    pub fn down(&mut self, desk: &mut Desk, now: Instant, wall: Timestamp) -> Vec<Errand> {
        if let Some(connection) = self.connection
            && self.brought_texts
        {
            desk.remember(connection, self.settled_until(wall), now);
        }
        let blank = LineDesk { carrier: self.carrier, open: self.open, ..LineDesk::default() };
        std::mem::replace(self, blank).errands
    }

    /// Whether a text of so many parts can be handed over. One that needs more than there is room for has the line
    /// for itself.
    pub fn has_room_for(&self, parts: usize) -> bool {
        self.room > 0 && (self.open == 0 || self.open + parts <= self.room)
    }

    /// Hands an errand over with the next message.
    pub fn submit(&mut self, errand: Errand) {
        self.errands.push(errand);
    }

    /// Answers what was brought over this connection with the next message, unless it is gone.
    pub fn answer(&mut self, connection: u64, ticket: u64, verdict: Verdict) {
        if self.connection == Some(connection) {
            self.verdicts.push((ticket, verdict));
        }
    }

    /// Notes that a text was brought.
    pub fn brought_text(&mut self, ticket: u64, at: Timestamp) {
        self.brought_texts = true;
        self.unconfirmed.push_back((ticket, at));
    }

    /// Notes that the carrier has the acknowledgements up to this ticket.
    pub fn confirmed(&mut self, ticket: u64) {
        while self.unconfirmed.pop_front_if(|(first, _)| *first <= ticket).is_some() {
            self.untold = true;
        }
    }

    /// When the contact center is to be told of confirmations, if there are any to tell of.
    pub fn telling_time(&self, now: Instant) -> Option<Instant> {
        self.untold.then(|| self.told_at.map_or(now, |told| told + TELLING_PAUSE))
    }

    /// The connection, and until when its acknowledgements are known to have arrived.
    pub fn tell(&mut self, now: Instant, wall: Timestamp) -> Option<(u64, Timestamp)> {
        self.untold = false;
        self.told_at = Some(now);
        Some((self.connection?, self.settled_until(wall)))
    }

    /// The first text without a confirmed acknowledgement came then at the earliest.
    fn settled_until(&self, now: Timestamp) -> Timestamp {
        self.unconfirmed.front().map_or(now, |(_, at)| *at)
    }

    /// Sends what has gathered; errands that the line takes no more come back.
    pub fn flush(&mut self) -> Vec<Errand> {
        let verdicts = std::mem::take(&mut self.verdicts);
        let errands = std::mem::take(&mut self.errands);
        let Some(to) = &self.to else { return errands };
        // A line takes as many messages as there can be items, so that it only says no when it is closed.
        if !verdicts.is_empty() {
            drop(to.try_send(ToLine::Answer(verdicts)));
        }
        if errands.is_empty() {
            return errands;
        }
        match to.try_send(ToLine::Submit(errands)) {
            Ok(()) => Vec::new(),
            Err(mpsc::error::TrySendError::Closed(order) | mpsc::error::TrySendError::Full(order)) => {
                match order {
                    ToLine::Submit(errands) => errands,
                    ToLine::Answer(_) => Vec::new(),
                }
            }
        }
    }
}
