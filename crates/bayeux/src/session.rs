//! One push session: its subscriptions, its queue, and where its client is at the moment.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::channel::{Channel, Pattern};
use crate::config::Config;
use crate::id::{BrowserId, ConnectionId, ExchangeId, Owner, SessionId};
use crate::message::Echo;
use crate::reply::Clock;

/// What a hub knows of a session; kept small, since most sessions do nothing most of the time.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) owner: Owner,
    pub(crate) id: SessionId,
    pub(crate) browser: Option<BrowserId>,
    pub(crate) link: Link,
    /// Whether a connect has come since the handshake.
    pub(crate) connected: bool,
    /// Whether the next connect reply must hold the whole advice.
    pub(crate) advise: bool,
    /// Whether the client believes that there are several sessions in its browser.
    pub(crate) told_multiple_clients: bool,
    /// Counts connects, so that the late end of an old one cannot touch the expiry of a newer one.
    pub(crate) round: u32,
    /// The pause that the client was last told to keep, or asked for.
    pub(crate) interval: Duration,
    /// `None` while a connect is held.
    pub(crate) expiry: Option<Expiry>,
    /// The session's place in the hub's deadlines; never later than [`Session::due`].
    pub(crate) scheduled: Option<Instant>,
    pub(crate) subscriptions: Vec<Pattern>,
    /// Events that wait for their first delivery.
    pub(crate) queue: VecDeque<Bytes>,
    /// Present if the client negotiated the extension.
    pub(crate) acknowledgement: Option<Box<Acknowledgement>>,
    pub(crate) kept: Kept,
}

/// Where the session's client is.
#[derive(Debug)]
pub(crate) enum Link {
    /// Between two connects.
    Away,
    /// In an exchange that waits; `counted` if it takes one of its browser's places.
    Held { exchange: ExchangeId, counted: bool, connect: Box<HeldConnect> },
    /// On a socket, most of the time with a connect that waits for its timeout.
    Socket { connection: ConnectionId, connect: Option<Box<HeldConnect>> },
}

/// What the reply to a held connect will need.
#[derive(Debug)]
pub(crate) struct HeldConnect {
    pub(crate) id: Option<Echo>,
    pub(crate) clock: Option<Clock>,
    pub(crate) until: Instant,
}

/// When a session without connect is removed, and how far other messages can push that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry {
    pub(crate) at: Instant,
    latest: Instant,
}

/// The acknowledgement extension's side of a session.
#[derive(Debug)]
pub(crate) struct Acknowledgement {
    /// The number of the next connect reply. Starts at 1, so that a client that has received nothing (0) and
    /// one that has received the first batch can be told apart.
    pub(crate) batch: u64,
    /// Delivered events with the batch that first held them, oldest first.
    pub(crate) sent: VecDeque<(u64, Bytes)>,
}

/// A number of events and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Session {
    pub(crate) fn new(owner: Owner, id: SessionId, browser: Option<BrowserId>) -> Session {
        Session {
            owner,
            id,
            browser,
            link: Link::Away,
            connected: false,
            advise: false,
            told_multiple_clients: false,
            round: 0,
            interval: Duration::ZERO,
            expiry: None,
            scheduled: None,
            subscriptions: Vec::new(),
            queue: VecDeque::new(),
            acknowledgement: None,
            kept: Kept::default(),
        }
    }

    /// Whether events may leave with connect replies alone.
    pub(crate) fn delivers_on_connect_only(&self, config: &Config) -> bool {
        config.meta_connect_deliver_only || self.acknowledgement.is_some()
    }

    pub(crate) fn is_subscribed_to(&self, channel: &Channel) -> bool {
        self.subscriptions.iter().any(|pattern| pattern.matches(channel))
    }

    /// The connect that waits, on whichever transport.
    pub(crate) fn held(&self) -> Option<&HeldConnect> {
        match &self.link {
            Link::Away => None,
            Link::Held { connect, .. } => Some(connect),
            Link::Socket { connect, .. } => connect.as_deref(),
        }
    }

    /// When something has to happen to the session, and what.
    pub(crate) fn due(&self) -> Option<(Instant, &'static str)> {
        match (self.held(), self.expiry) {
            (Some(held), _) => Some((held.until, "a held connect has waited long enough")),
            (None, Some(expiry)) => Some((expiry.at, "a session without connect expires")),
            (None, None) => None,
        }
    }

    /// Starts the clock, as if the last reply had been written at `now`.
    pub(crate) fn start_expiry(&mut self, config: &Config, now: Instant) {
        let pause = now + self.interval;
        self.expiry = Some(Expiry {
            at: pause + config.max_interval,
            latest: pause + config.max_interval * (config.max_postponements + 1),
        });
    }

    /// A message that is no connect shows life, but cannot stand in for connects forever.
    pub(crate) fn postpone_expiry(&mut self, config: &Config, now: Instant) {
        if let Some(expiry) = &mut self.expiry {
            expiry.at = expiry.at.max((now + config.max_interval).min(expiry.latest));
        }
    }

    /// Forgets what the client has received, and says how much that was.
    pub(crate) fn acknowledge(&mut self, batch: u64) -> Kept {
        let mut freed = Kept::default();
        if let Some(acknowledgement) = &mut self.acknowledgement {
            while let Some((_, event)) = acknowledgement.sent.pop_front_if(|(sent, _)| *sent <= batch) {
                freed.add(&event);
            }
            if acknowledgement.sent.is_empty() {
                acknowledgement.sent = VecDeque::new();
            }
        }
        self.kept.subtract(freed);
        freed
    }

    pub(crate) fn has_unacknowledged(&self) -> bool {
        self.acknowledgement.as_ref().is_some_and(|acknowledgement| !acknowledgement.sent.is_empty())
    }

    /// Puts what waits into the batch that is about to be sent, behind what was sent before.
    pub(crate) fn seal_batch(&mut self) -> Option<&VecDeque<(u64, Bytes)>> {
        let acknowledgement = self.acknowledgement.as_deref_mut()?;
        let batch = acknowledgement.batch;
        acknowledgement.batch += 1;
        acknowledgement.sent.extend(std::mem::take(&mut self.queue).into_iter().map(|event| (batch, event)));
        Some(&acknowledgement.sent)
    }

    /// Takes unwritten events back, before all that wait.
    pub(crate) fn put_back(&mut self, events: VecDeque<Bytes>) {
        if self.queue.is_empty() {
            self.queue = events;
        } else {
            events.into_iter().rev().for_each(|event| self.queue.push_front(event));
        }
    }
}

impl Kept {
    pub(crate) fn of(events: &VecDeque<Bytes>) -> Kept {
        let mut kept = Kept::default();
        events.iter().for_each(|event| kept.add(event));
        kept
    }

    pub(crate) fn add(&mut self, event: &Bytes) {
        self.events += 1;
        self.bytes += event.len();
    }

    pub(crate) fn subtract(&mut self, other: Kept) {
        self.events -= other.events;
        self.bytes -= other.bytes;
    }
}
