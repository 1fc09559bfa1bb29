//! The hub: all sessions of some owners, and everything that happens to them.
//!
//! `request` answers what clients send, by way of [`exchange`] for HTTP and [`socket`] for WebSockets;
//! `connect` holds and releases; `delivery` moves events; `lifetime` begins and ends sessions. Each exchange and
//! frame whose writing matters is kept as [`Unwritten`] until the shell says what became of it.

mod connect;
mod delivery;
mod exchange;
mod lifetime;
mod request;
mod socket;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use bytes::Bytes;

use crate::config::Config;
use crate::id::{BrowserId, ConnectionId, ExchangeId, Owner};
use crate::io::{Input, Output};
use crate::session::{Kept, Session};
use crate::table::{SessionKey, Table};
use crate::topics::Topics;

/// A set of push sessions, driven by inputs and the time that comes with them.
#[derive(Debug)]
pub struct Hub {
    config: Config,
    table: Table,
    topics: Topics,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    sockets: BTreeMap<ConnectionId, Socket>,
    /// The sockets again, to find those of an owner.
    sockets_by_owner: BTreeSet<(Owner, ConnectionId)>,
    /// How many connects each browser has held; none of them zero.
    held_by_browser: BTreeMap<BrowserId, u32>,
    /// One entry for each session with something due, at its [`Session::scheduled`].
    deadlines: BTreeSet<(Instant, SessionKey)>,
    /// The session whose request is being answered: its events wait for that answer.
    answering: Option<SessionKey>,
    held: usize,
    kept: Kept,
    draining: bool,
}

/// What the hub waits for in an exchange.
#[derive(Debug)]
enum Exchange {
    /// Something to answer the connect with.
    Held(SessionKey),
    /// The end of the reply's writing.
    Writing(Box<Unwritten>),
}

/// A reply or frame that may still fail.
#[derive(Debug)]
struct Unwritten {
    session: SessionKey,
    /// The connect that it answers, if any: the session's expiry starts when it is written.
    round: Option<u32>,
    /// The events in it that nobody else keeps.
    events: VecDeque<Bytes>,
}

/// A WebSocket.
#[derive(Debug)]
struct Socket {
    owner: Owner,
    browser: Option<BrowserId>,
    /// The sessions that are bound to it; as a rule one.
    sessions: Vec<SessionKey>,
    /// The texts on their way, oldest first; `None` where nothing depends on it.
    texts: VecDeque<Option<Box<Unwritten>>>,
    /// The shell was told to close it: nothing that still comes counts.
    closing: bool,
}

impl Hub {
    /// A hub without sessions.
    pub fn new(config: Config) -> Hub {
        let config = config.bounded();
        Hub {
            topics: Topics::new(&config.channels),
            config,
            table: Table::default(),
            exchanges: BTreeMap::new(),
            sockets: BTreeMap::new(),
            sockets_by_owner: BTreeSet::new(),
            held_by_browser: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            answering: None,
            held: 0,
            kept: Kept::default(),
            draining: false,
        }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Instant, out: &mut Vec<Output>) {
        match input {
            Input::Request { exchange, transport, owner, browser, messages, entropy, wall_ms } => {
                let origin = exchange::HttpRequest { exchange, transport, owner, browser, wall_ms };
                self.http_request(&origin, &messages, entropy, now, out);
            }
            Input::Written { exchange } => self.exchange_written(exchange, now),
            Input::ExchangeClosed { exchange } => self.exchange_closed(exchange, now, out),
            Input::SocketOpened { connection, owner, browser } => {
                self.socket_opened(connection, owner, browser);
            }
            Input::SocketRequest { connection, messages, entropy, wall_ms } => {
                self.socket_request(connection, &messages, entropy, wall_ms, now, out);
            }
            Input::SocketWritten { connection } => self.socket_written(connection, now, out),
            Input::SocketClosed { connection } => self.socket_closed(connection, now, out),
            Input::Publish { owner, channel, event } => self.publish(owner, &channel, &event, now, out),
            Input::PublishAll { channel, event } => self.publish_all(&channel, &event, now, out),
            Input::Disconnect { owner } => self.disconnect_owner(owner, now, out),
            Input::DisconnectSession { owner, session } => self.disconnect_session(owner, session, now, out),
            Input::Drain => self.drain(now, out),
            Input::Tick => self.tick(now, out),
        }
    }

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        let (at, key) = self.deadlines.first()?;
        let due = self.table.session(*key).and_then(Session::due);
        Some((*at, due.map_or("a session needs attention", |(_, why)| why)))
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.table.len()
    }

    /// How many connects are held, on HTTP exchanges and sockets.
    pub fn held(&self) -> usize {
        self.held
    }

    /// How many sockets are open.
    pub fn sockets(&self) -> usize {
        self.sockets.len()
    }

    /// How many events are kept for sessions: waiting, being written or unacknowledged.
    pub fn queued_events(&self) -> usize {
        self.kept.events
    }

    /// How many bytes the kept events have; one event kept for two sessions counts twice.
    pub fn queued_bytes(&self) -> usize {
        self.kept.bytes
    }
}
