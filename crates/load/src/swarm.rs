//! Many sessions and a few senders in one thread, on one event loop.
//!
//! Messages are sent by the clock, whether or not the server keeps up, and carry the time when they
//! were *due*: a server that stalls cannot hide it by stalling the senders too.

use std::collections::VecDeque;
use std::time::Duration;

use mio::{Events, Poll, Token};

use crate::clock::{Clock, as_ns};
use crate::connection::{Connection, SCRATCH_BYTES};
use crate::endpoint::Endpoint;
use crate::error::LoadError;
use crate::http;
use crate::session::Session;

/// A sender that has this much unsent is given nothing more.
const SENDER_BACKLOG_BYTES: usize = 64 * 1024;
const EVENTS_PER_TURN: usize = 1024;
const SET_UP_LIMIT: Duration = Duration::from_secs(300);
const NS_PER_MS: u64 = 1_000_000;

/// What the senders say.
pub trait Traffic {
    /// Appends the message number `sequence`, due at `due_ns`, for a sender.
    fn write(&self, out: &mut Vec<u8>, sender: usize, sequence: u64, due_ns: u64);
}

/// One who sends messages.
pub enum Sender {
    /// On the WebSocket of the session with this number.
    OnSession(usize),
    /// By HTTP, one request at a time.
    Posting { connection: Connection, awaiting: bool },
}

/// A message that is due.
#[derive(Clone, Copy)]
struct Due {
    sequence: u64,
    due_ns: u64,
}

/// Sessions, senders and the event loop.
pub struct Swarm {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
    pub clock: Clock,
    endpoint: Endpoint,
    pub sessions: Vec<Session>,
    pub senders: Vec<Sender>,
    next_sender: usize,
    waiting: VecDeque<Due>,
    stamps: Vec<u64>,
    idle_ns: u64,
}

impl Swarm {
    /// An event loop without anything on it.
    pub fn new(endpoint: Endpoint) -> Result<Swarm, LoadError> {
        Ok(Swarm {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_PER_TURN),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
            clock: Clock::start(),
            endpoint,
            sessions: Vec::new(),
            senders: Vec::new(),
            next_sender: 0,
            waiting: VecDeque::new(),
            stamps: Vec::new(),
            idle_ns: 0,
        })
    }

    /// Sets up sessions, at most `at_once` at a time, and says how long it took.
    ///
    /// `describe` gives the cookies and the subscription of each, by number.
    pub fn open_sessions(
        &mut self,
        count: usize,
        at_once: usize,
        describe: impl Fn(usize) -> (String, Option<String>),
    ) -> Result<Duration, LoadError> {
        let begun = self.clock.ns();
        let first = self.sessions.len();
        let wanted = first + count;
        loop {
            let done = self.sessions[first..].iter().filter(|session| session.is_set_up()).count();
            if first + done == wanted {
                return Ok(Duration::from_nanos(self.clock.ns() - begun));
            }
            let waited = self.clock.ns() - begun;
            if waited > as_ns(SET_UP_LIMIT) {
                return Err(LoadError::SetUp { done, wanted: count, waited_s: SET_UP_LIMIT.as_secs() });
            }
            while self.sessions.len() < wanted && self.sessions.len() - first - done < at_once {
                let number = self.sessions.len();
                let (cookies, subscription) = describe(number - first);
                let registry = self.poll.registry();
                let session =
                    Session::open(&self.endpoint, &cookies, subscription, registry, Token(2 * number))?;
                self.sessions.push(session);
            }
            self.turn(Duration::from_millis(1), &mut |_, _| {})?;
        }
    }

    /// Adds a sender with an HTTP connection of its own.
    pub fn add_posting_sender(&mut self) -> Result<(), LoadError> {
        let token = Token(2 * self.senders.len() + 1);
        let connection = Connection::open(self.endpoint.address, self.poll.registry(), token)?;
        self.senders.push(Sender::Posting { connection, awaiting: false });
        Ok(())
    }

    /// Time spent waiting for events so far: without any, the figures are those of the generator.
    pub fn idle_ns(&self) -> u64 {
        self.idle_ns
    }

    /// Puts a message in line; it is sent as soon as a sender is free.
    pub fn send(&mut self, sequence: u64, due_ns: u64) {
        self.waiting.push_back(Due { sequence, due_ns });
    }

    /// How many messages wait for a free sender.
    pub fn unsent(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets the messages that wait for a free sender.
    pub fn drop_unsent(&mut self) {
        self.waiting.clear();
    }

    /// Gives messages in line to free senders, in turn.
    pub fn dispatch(&mut self, traffic: &impl Traffic) -> Result<(), LoadError> {
        let count = self.senders.len();
        let mut busy = 0;
        while busy < count {
            let Some(&Due { sequence, due_ns }) = self.waiting.front() else { return Ok(()) };
            let number = self.next_sender;
            self.next_sender = (number + 1) % count;
            let connection = match &mut self.senders[number] {
                Sender::OnSession(session) => &mut self.sessions[*session].connection,
                Sender::Posting { awaiting: true, .. } => {
                    busy += 1;
                    continue;
                }
                Sender::Posting { connection, awaiting } => {
                    *awaiting = true;
                    connection
                }
            };
            if connection.outgoing.len() > SENDER_BACKLOG_BYTES {
                busy += 1;
                continue;
            }
            traffic.write(&mut connection.outgoing, number, sequence, due_ns);
            connection.flush()?;
            self.waiting.pop_front();
            busy = 0;
        }
        Ok(())
    }

    /// Waits for events until the deadline and hands them on.
    pub fn run_until(&mut self, deadline_ns: u64, heard: &mut impl FnMut(u64, u64)) -> Result<(), LoadError> {
        loop {
            let now = self.clock.ns();
            if now >= deadline_ns {
                return Ok(());
            }
            self.turn(Duration::from_nanos(deadline_ns - now), heard)?;
        }
    }

    /// Waits for events once and handles them. `heard` gets the stamp of each message received and the time.
    pub fn turn(&mut self, patience: Duration, heard: &mut impl FnMut(u64, u64)) -> Result<(), LoadError> {
        // The system counts in milliseconds and rounds up; below one, ask and do not wait.
        let patience = Duration::from_nanos(as_ns(patience) / NS_PER_MS * NS_PER_MS);
        let asked = self.clock.ns();
        let polled = self.poll.poll(&mut self.events, Some(patience));
        self.idle_ns += self.clock.ns() - asked;
        match polled {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in &self.events {
            let Token(token) = event.token();
            let number = token / 2;
            if token % 2 == 1 {
                on_sender(&mut self.senders[number], &mut self.scratch)?;
                continue;
            }
            let session = &mut self.sessions[number];
            if event.is_readable() {
                session.advance(&mut self.scratch, &mut self.stamps)?;
            } else {
                session.connection.flush()?;
            }
            if !self.stamps.is_empty() {
                let now = self.clock.ns();
                for stamp in self.stamps.drain(..) {
                    heard(stamp, now);
                }
            }
        }
        Ok(())
    }
}

fn on_sender(sender: &mut Sender, scratch: &mut [u8]) -> Result<(), LoadError> {
    let Sender::Posting { connection, awaiting } = sender else { return Ok(()) };
    connection.receive(scratch, |bytes, _| {
        let Some((response, taken)) = http::decode_response(bytes)? else { return Ok(0) };
        if response.status != 200 || memchr::memmem::find(&response.body, b"\"successful\":false").is_some() {
            return Err(LoadError::wire("an accepted message", bytes));
        }
        *awaiting = false;
        Ok(taken)
    })?;
    connection.flush()
}
