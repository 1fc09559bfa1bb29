//! Transactions: one request with all its answers, over transports that lose, repeat and reorder (RFC 3261, section 17,
//! with the Accepted states of RFC 6026).
//!
//! Always true: each request that comes is told once, however often it is repeated; each client transaction ends with
//! exactly one `Over`, each server transaction with exactly one `ServerOver`; nothing stays in a table without a
//! deadline, but an INVITE that rings (how long that may take is the user's matter, as Timer C is).
//!
//! A CANCEL is answered here, and told as `Cancelled` only if it comes in time. The ACK to a 2xx belongs to no
//! transaction: it is told as `Ack`, and whoever knows dialogs says `Acknowledged`, which ends the repetition of the 2xx.
//! Left out: which requests are merged ones (482), and every meaning of a message.

mod branches;
mod client;
mod deadlines;
mod key;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};

pub use branches::Branches;
use client::Client;
use deadlines::{Deadlines, Owner, Timer};
use server::Server;

use crate::flow::{ConnectionId, Flow, ListenerId, Transport};
use crate::message::{Message, Method, Name, Request, Response, Status, Text};

/// Times and limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// The estimate of a round trip, T1.
    pub t1: Duration,
    /// The longest pause between repetitions, T2.
    pub t2: Duration,
    /// How long a message may be under way, T4.
    pub t4: Duration,
    /// An INVITE that has no answer by then gets a 100.
    pub trying_after: Duration,
    /// The most transactions, of both kinds.
    pub most: usize,
    /// The most server transactions of one source; further requests are answered 503.
    pub most_per_source: usize,
    /// The most server transactions of a source that `trusted` names.
    pub most_per_trusted_source: usize,
    /// Trunks and other servers, from whose addresses many phones speak.
    pub trusted: BTreeSet<IpAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            trying_after: Duration::from_millis(200),
            most: 400_000,
            most_per_source: 1_000,
            most_per_trusted_source: 300_000,
            trusted: BTreeSet::new(),
        }
    }
}

impl Config {
    /// 64 times T1: Timers B, D, F, H, J, L and M.
    #[must_use]
    pub fn long(&self) -> Duration {
        self.t1 * 64
    }
}

/// A request of ours. Chosen by whoever asks; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// A request of somebody else. Chosen here; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u64);

/// What happens to transactions.
#[derive(Debug)]
pub enum Input {
    /// A message came.
    Received {
        /// The way that it took.
        flow: Flow,
        /// What was read.
        message: Message,
    },
    /// A connection is lost, or the transport could not send this way.
    Lost(Flow),
    /// We ask. The request has its Via already, with a branch that no other request had. An ACK to a 2xx
    /// is no transaction: send its octets.
    Request {
        /// How answers will be called.
        client: ClientId,
        /// The way it takes.
        flow: Flow,
        /// What is asked.
        request: Box<Request>,
    },
    /// We give up an INVITE of ours. The CANCEL leaves as soon as it may: after the first provisional answer.
    Cancel {
        /// Which.
        client: ClientId,
        /// The value of a Reason header (RFC 3326).
        reason: Option<Text>,
    },
    /// We answer.
    Respond {
        /// Whom.
        server: ServerId,
        /// What, see `Request::respond`.
        response: Box<Response>,
    },
    /// The ACK to our 2xx came.
    Acknowledged(ServerId),
    /// The deadline is there.
    Tick,
}

/// What is to be done, and what is to be known.
#[derive(Debug)]
pub enum Output {
    /// Octets for the transport.
    Send {
        /// The way.
        flow: Flow,
        /// One message.
        bytes: Bytes,
    },
    /// Somebody asks. Its source is noted in its Via.
    Request {
        /// To be answered by this.
        server: ServerId,
        /// The way that it took.
        flow: Flow,
        /// What is asked; neither ACK nor CANCEL.
        request: Box<Request>,
    },
    /// An ACK that belongs to no transaction: to a 2xx, or a stray one.
    Ack {
        /// The way that it took.
        flow: Flow,
        /// The ACK; its body may be an answer.
        request: Box<Request>,
    },
    /// The caller gives up; the CANCEL is answered already. A 487 is due.
    Cancelled {
        /// The INVITE.
        server: ServerId,
        /// The CANCEL, whose Reason may matter.
        request: Box<Request>,
    },
    /// Somebody answers us: each provisional answer, the final one, and every 2xx to an INVITE, repeated ones too.
    Response {
        /// Our request.
        client: ClientId,
        /// The way that it took.
        flow: Flow,
        /// The answer.
        response: Box<Response>,
    },
    /// A 2xx to an INVITE that is over: to be acknowledged and hung up.
    StraySuccess {
        /// The way that it took.
        flow: Flow,
        /// The answer.
        response: Box<Response>,
    },
    /// No final answer came in time: as if it were a 408.
    TimedOut(ClientId),
    /// The request could not be sent, or its way is lost: as if it were a 503.
    Failed(ClientId),
    /// Our final answer to an INVITE was never acknowledged. After a 2xx, a BYE is due (RFC 3261, 13.3.1.4).
    AckMissing(ServerId),
    /// The way to somebody who waits for our answer is lost.
    ServerFailed(ServerId),
    /// Nothing more will be told of this request of ours.
    Over(ClientId),
    /// Nothing more will be told of this request of somebody else.
    ServerOver(ServerId),
    /// A request beyond the limits was answered 503, and not told.
    Refused(Flow),
}

/// One of our client transactions; the CANCEL of an INVITE is a second one under the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ticket {
    client: ClientId,
    is_cancel: bool,
}

/// What is lost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Connection(ConnectionId),
    Peer(Transport, ListenerId, SocketAddr),
}

impl Way {
    fn of(flow: &Flow) -> Self {
        flow.connection.map_or_else(|| Self::peer(flow), Self::Connection)
    }

    fn peer(flow: &Flow) -> Self {
        Self::Peer(flow.transport, flow.local, flow.peer)
    }
}

/// All transactions of one server.
#[derive(Debug, Default)]
pub struct Transactions {
    config: Config,
    deadlines: Deadlines,
    servers: BTreeMap<ServerId, Server>,
    server_keys: BTreeMap<String, ServerId>,
    clients: BTreeMap<Ticket, Client>,
    client_keys: BTreeMap<String, Ticket>,
    ways: BTreeMap<Way, BTreeSet<Owner>>,
    sources: BTreeMap<IpAddr, usize>,
    last_server: u64,
}

impl Transactions {
    /// None yet.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        // A pause of nothing would never end.
        config.t1 = config.t1.max(Duration::from_millis(1));
        config.t2 = config.t2.max(config.t1);
        Self { config, ..Self::default() }
    }

    /// Moves the machine.
    pub fn handle(&mut self, input: Input, now: Instant, out: &mut Vec<Output>) {
        match input {
            Input::Received { flow, message: Message::Request(request) } => {
                self.request_came(flow, request, now, out);
            }
            Input::Received { flow, message: Message::Response(response) } => {
                self.response_came(flow, response, now, out);
            }
            Input::Lost(flow) => self.lost(&flow, out),
            Input::Request { client, flow, request } => self.ask(client, flow, *request, now, out),
            Input::Cancel { client, reason } => self.cancel(client, reason, now, out),
            Input::Respond { server, response } => self.respond(server, &response, now, out),
            Input::Acknowledged(server) => self.acknowledged(server),
            Input::Tick => self.tick(now, out),
        }
    }

    /// When to hand in `Input::Tick`, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        self.deadlines.first()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names the sources that may have many transactions, anew.
    pub fn trust(&mut self, sources: BTreeSet<IpAddr>) {
        self.config.trusted = sources;
    }

    /// Where the answers to a request that waits go to.
    #[must_use]
    pub fn flow_of(&self, server: ServerId) -> Option<Flow> {
        self.servers.get(&server).map(|it| it.flow)
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((owner, timer)) = self.deadlines.take_due(now) {
            match owner {
                Owner::Server(server) => self.server_timer(server, timer, now, out),
                Owner::Client(ticket) => self.client_timer(ticket, timer, now, out),
            }
        }
    }

    fn lost(&mut self, flow: &Flow, out: &mut Vec<Output>) {
        // A request that opened its connection itself knows it by the peer only.
        for way in [Way::of(flow), Way::peer(flow)] {
            for owner in self.ways.remove(&way).unwrap_or_default() {
                match owner {
                    Owner::Server(server) if self.servers.contains_key(&server) => {
                        out.push(Output::ServerFailed(server));
                        self.end_server(server, out);
                    }
                    Owner::Client(ticket) => self.fail_client(ticket, out),
                    Owner::Server(_) => {}
                }
            }
        }
    }

    fn enter(&mut self, way: Way, owner: Owner) {
        self.ways.entry(way).or_default().insert(owner);
    }

    fn leave(&mut self, way: Way, owner: Owner) {
        if let Some(owners) = self.ways.get_mut(&way) {
            owners.remove(&owner);
            if owners.is_empty() {
                self.ways.remove(&way);
            }
        }
    }
}

#[cfg(test)]
mod tests;
