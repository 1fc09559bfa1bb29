//! The carrier, its phones, and those who post texts, in one thread on one event loop.
//!
//! Posting is a closed loop with a limit: whoever is measured is given the next text when it has answered
//! for one, and never owes the carrier more than `most_underway`. So what is counted can go on for ever.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::clock::{Clock, as_ns};
use crate::connection::{Connection, SCRATCH_BYTES};
use crate::error::LoadError;
use crate::http;
use crate::texts::carrier::{Bind, Phones};
use crate::texts::posts::Posts;
use crate::texts::tally::Tally;

const EVENTS_PER_TURN: usize = 256;
/// How long somebody who was started may take to be there.
const START_LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const LONGEST_TURN: Duration = Duration::from_millis(10);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Whom a token of the event loop means.
enum Party {
    /// Where ESMEs connect to.
    CarrierDoor(TcpListener),
    Bind(Box<Bind>),
    /// Where a relay connects to that hands texts on by HTTP.
    HookDoor(TcpListener),
    Hook(Connection),
    /// Who posts texts, with the number of its desk.
    Poster(Connection, usize),
    Gone,
}

/// What flows.
pub enum Flow {
    Nothing,
    /// Texts are posted.
    Out {
        posts: Posts,
        most_underway: u64,
    },
    /// Phones text.
    In(Phones),
}

/// All parties, and what flows between them.
pub struct Exchange {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
    parties: Vec<Party>,
    /// Posters that wait for nothing.
    free: Vec<usize>,
    pub clock: Clock,
    pub flow: Flow,
    pub tally: Tally,
    /// Time spent waiting for events: without any, the figures are those of the generator.
    pub idle_ns: u64,
}

impl Exchange {
    /// An exchange without anybody.
    pub fn new() -> Result<Exchange, LoadError> {
        Ok(Exchange {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_PER_TURN),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
            parties: Vec::new(),
            free: Vec::new(),
            clock: Clock::start(),
            flow: Flow::Nothing,
            tally: Tally::new(),
            idle_ns: 0,
        })
    }

    /// Opens the carrier's door on a free port.
    pub fn open_carrier(&mut self) -> Result<SocketAddr, LoadError> {
        self.open_door(Party::CarrierDoor)
    }

    /// Opens a door for a relay that hands texts on by HTTP.
    pub fn open_hook(&mut self) -> Result<SocketAddr, LoadError> {
        self.open_door(Party::HookDoor)
    }

    /// Adds connections that post texts, each from a desk of its own.
    pub fn add_posters(&mut self, address: SocketAddr, count: usize) -> Result<(), LoadError> {
        for desk in 0..count {
            let token = Token(self.parties.len());
            let connection = Connection::open(address, self.poll.registry(), token)?;
            self.free.push(token.0);
            self.parties.push(Party::Poster(connection, desk));
        }
        Ok(())
    }

    /// Ends the connections that post.
    pub fn remove_posters(&mut self) {
        self.free.clear();
        for party in &mut self.parties {
            if matches!(party, Party::Poster(..)) {
                *party = Party::Gone;
            }
        }
    }

    /// Lets one phone text, and waits for the answer.
    pub fn text(&mut self, phone: usize, phones: &Phones, deadline_ns: u64) -> Result<bool, LoadError> {
        let now = self.clock.ns();
        let wanted = self.tally.acknowledged + 1;
        for party in &mut self.parties {
            if let Party::Bind(bind) = party
                && bind.deliver_one(phone, phones, now, &mut self.tally)?
            {
                return self.run(deadline_ns, |it| it.tally.acknowledged >= wanted);
            }
        }
        Ok(false)
    }

    /// Starts what flows, or goes on with it.
    pub fn push(&mut self) -> Result<(), LoadError> {
        let now = self.clock.ns();
        match &mut self.flow {
            Flow::Nothing => {}
            Flow::Out { posts, most_underway } => {
                while self.tally.posted < self.tally.submitted + self.tally.refused + *most_underway {
                    let Some(free) = self.free.pop() else { break };
                    let Party::Poster(connection, desk) = &mut self.parties[free] else { continue };
                    posts.write(&mut connection.outgoing, *desk, self.tally.posted, now);
                    self.tally.posted += 1;
                    connection.flush()?;
                }
            }
            Flow::In(phones) => {
                for party in &mut self.parties {
                    if let Party::Bind(bind) = party {
                        bind.deliver(phones, now, &mut self.tally)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Lets all go on until `done` or the deadline; says whether it was done.
    pub fn run(
        &mut self,
        deadline_ns: u64,
        mut done: impl FnMut(&Exchange) -> bool,
    ) -> Result<bool, LoadError> {
        while !done(self) {
            if self.clock.ns() >= deadline_ns {
                return Ok(false);
            }
            self.push()?;
            self.turn()?;
        }
        Ok(true)
    }

    fn open_door(&mut self, party: fn(TcpListener) -> Party) -> Result<SocketAddr, LoadError> {
        let mut door = TcpListener::bind(ANY_PORT)?;
        let address = door.local_addr()?;
        self.poll.registry().register(&mut door, Token(self.parties.len()), Interest::READABLE)?;
        self.parties.push(party(door));
        Ok(address)
    }

    fn turn(&mut self) -> Result<(), LoadError> {
        let asked = self.clock.ns();
        let polled = self.poll.poll(&mut self.events, Some(LONGEST_TURN));
        self.idle_ns += self.clock.ns() - asked;
        match polled {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        let tokens: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for token in tokens {
            match self.serve(token) {
                // Relays drop idle connections, and a server ends its binds when it stops.
                Err(LoadError::Closed) if self.may_leave(token) => self.parties[token] = Party::Gone,
                other => other?,
            }
        }
        Ok(())
    }

    fn may_leave(&self, token: usize) -> bool {
        matches!(self.parties[token], Party::Bind(_) | Party::Hook(_))
    }

    fn serve(&mut self, token: usize) -> Result<(), LoadError> {
        let now = self.clock.ns();
        let (scratch, tally) = (&mut self.scratch, &mut self.tally);
        match &mut self.parties[token] {
            Party::Gone => Ok(()),
            Party::CarrierDoor(_) | Party::HookDoor(_) => self.accept(token),
            Party::Bind(bind) => bind.receive(scratch, now, tally),
            Party::Hook(connection) => {
                connection.receive(scratch, |bytes, out| Ok(answer_hooks(bytes, out, tally)))?;
                connection.flush()
            }
            Party::Poster(connection, _) => {
                let mut answers = 0u32;
                connection.receive(scratch, |bytes, _| {
                    let Some((response, taken)) = http::decode_response(bytes)? else { return Ok(0) };
                    answers += 1;
                    let denied = memmem::find(&response.body, b"\"statusCode\":")
                        .is_some_and(|at| response.body.get(at + 13) != Some(&b'0'));
                    tally.answer(matches!(response.status, 200 | 202) && !denied);
                    Ok(taken)
                })?;
                self.free.extend((answers > 0).then_some(token));
                connection.flush()
            }
        }
    }

    fn accept(&mut self, door: usize) -> Result<(), LoadError> {
        loop {
            let token = Token(self.parties.len());
            let registry = self.poll.registry();
            let (Party::CarrierDoor(listener) | Party::HookDoor(listener)) = &self.parties[door] else {
                return Ok(());
            };
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let party = match &self.parties[door] {
                Party::CarrierDoor(_) => Party::Bind(Box::new(Bind::adopt(stream, registry, token)?)),
                _ => Party::Hook(Connection::adopt(stream, registry, token)?),
            };
            self.parties.push(party);
        }
    }
}

/// Lets the exchange go on until something is the case.
pub fn wait(
    exchange: &mut Exchange,
    what: &'static str,
    is_so: impl Fn(&Exchange) -> bool,
) -> Result<(), LoadError> {
    let deadline = exchange.clock.ns() + as_ns(START_LIMIT);
    while !is_so(exchange) {
        let now = exchange.clock.ns();
        if now > deadline {
            return Err(LoadError::NotThere { what, waited_s: START_LIMIT.as_secs() });
        }
        exchange.run(now + as_ns(LOOK_AGAIN), |_| false)?;
    }
    Ok(())
}

/// Answers every complete GET in the bytes; says how many bytes they took.
fn answer_hooks(bytes: &[u8], out: &mut Vec<u8>, tally: &mut Tally) -> usize {
    let mut used = 0;
    while let Some(length) = memmem::find(&bytes[used..], b"\r\n\r\n") {
        used += length + 4;
        tally.handed_on += 1;
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
    }
    used
}
