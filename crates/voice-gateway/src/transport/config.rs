//! Where SIP is spoken, and how much of it is borne.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sip::Transport;

/// Most listening sockets of one server.
pub const MOST_LISTENERS: usize = 64;

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// What is spoken there.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
}

/// The certificate of the listeners that speak TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// How much is borne, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time, of all sources and both directions.
    pub connections: usize,
    /// Most connections at a time from one source: phones behind one address share it.
    pub connections_per_source: usize,
    /// Messages a second from one source; from each of its connections if it has some.
    pub messages_per_second: u32,
    /// The same for sources that are trusted: trunks, to which many callers are one.
    pub trusted_messages_per_second: u32,
    /// How many seconds' worth of messages may come at once.
    pub burst_s: u32,
    /// How long the first message of a connection may take, its encryption included.
    pub first_message_timeout: Duration,
    /// How long the rest of a message may take once it began.
    pub message_timeout: Duration,
    /// Silence after which a connection ends over which nobody registered or called.
    pub stranger_timeout: Duration,
    /// Silence after which any other connection ends.
    pub idle_timeout: Duration,
    /// How long the other side may leave unread what is sent.
    pub write_timeout: Duration,
    /// How long making a connection may take, its encryption included.
    pub connect_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 10_000,
            connections_per_source: 512,
            messages_per_second: 100,
            trusted_messages_per_second: 10_000,
            burst_s: 5,
            first_message_timeout: Duration::from_secs(10),
            message_timeout: Duration::from_secs(10),
            stranger_timeout: Duration::from_secs(60),
            // Longer than phones usually let pass between two registrations.
            idle_timeout: Duration::from_secs(3_900),
            write_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// Everything about sockets that can be set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The listening sockets; the place of one is its [`sip::ListenerId`].
    pub listeners: Vec<Listener>,
    /// The certificate for TLS, if that is spoken.
    pub certificate: Option<Certificate>,
    /// How much is borne.
    pub limits: Limits,
    /// Sources of which much may come.
    pub trusted: Vec<IpAddr>,
}
