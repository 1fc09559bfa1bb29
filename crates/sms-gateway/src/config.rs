//! Which carriers there are, and which of them a text goes over.

use std::path::PathBuf;
use std::time::Duration;

use contact_center::ContactCenterId;
use smpp::{Alphabet, Credentials, DefaultAlphabet, LongTexts};

/// Most carriers of one server.
pub const MOST_CARRIERS: usize = 100;
/// Most routes of one server.
pub const MOST_ROUTES: usize = 10_000;
/// Most connections to one carrier; a pair counts once.
pub const MOST_CONNECTIONS: u8 = 16;
/// Most submissions of one connection without an answer.
pub const MOST_WINDOW: u16 = 5_000;

/// Everything that can be set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The carriers, the first choice first.
    pub carriers: Vec<Carrier>,
    /// Which texts go over which; without any, every text goes over the first carrier that is there.
    pub routes: Vec<Route>,
}

/// How to reach a carrier, and what was agreed with it.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// Its name in routes, logs and metrics. Receipts are matched by it: it should not change.
    pub name: String,
    /// Whose texts it carries; else those of the first contact center.
    pub contact_center: Option<ContactCenterId>,
    /// Where it listens.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// How connections are encrypted, if they are.
    pub tls: Option<Tls>,
    /// Who we are to it.
    pub credentials: Credentials,
    /// Which binds a connection is made of.
    pub bind: Bind,
    /// How many connections there are, or pairs of them.
    pub connections: u8,
    /// Most submissions of one connection without an answer.
    pub window: u16,
    /// Most submissions a second over all connections; 0 for no limit.
    pub texts_per_second: u32,
    /// Silence after which the carrier is asked whether it is still there.
    pub enquire_link: Duration,
    /// How long it may take for an answer.
    pub response_timeout: Duration,
    /// How long it may leave unread what is sent.
    pub write_timeout: Duration,
    /// How long a connection and its encryption may take.
    pub connect_timeout: Duration,
    /// The pause before the first attempt to connect again; each further one is twice as long.
    pub reconnect: Duration,
    /// The longest such pause.
    pub most_reconnect: Duration,
    /// The alphabets it takes, first choice first; UCS-2 is the last resort, named or not.
    pub alphabets: Vec<Alphabet>,
    /// What it means by data coding 0.
    pub default_alphabet: DefaultAlphabet,
    /// How it wants texts that do not fit one message.
    pub long_texts: LongTexts,
    /// Most parts of a text.
    pub most_parts: u8,
    /// Whether our reference goes along, which most carriers repeat in receipts; some refuse it.
    pub references: bool,
}

impl Carrier {
    /// How many binds one connection is made of.
    pub(crate) fn binds(&self) -> usize {
        match self.bind {
            Bind::Transceiver => 1,
            Bind::Pair => 2,
        }
    }

    /// What suits most carriers.
    pub fn new(name: &str, host: &str, port: u16, credentials: Credentials) -> Carrier {
        Carrier {
            name: name.to_owned(),
            contact_center: None,
            host: host.to_owned(),
            port,
            tls: None,
            credentials,
            bind: Bind::Transceiver,
            connections: 1,
            window: 10,
            texts_per_second: 0,
            enquire_link: Duration::from_secs(30),
            response_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            reconnect: Duration::from_secs(1),
            most_reconnect: Duration::from_secs(60),
            alphabets: vec![Alphabet::Gsm7],
            default_alphabet: DefaultAlphabet::Gsm7,
            long_texts: LongTexts::Udh8,
            most_parts: 10,
            references: true,
        }
    }
}

/// How connections are encrypted.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// The certificates that the carrier's must come from, PEM; else those that the system trusts.
    pub authorities: Option<PathBuf>,
    /// The name in the carrier's certificate; else its host.
    pub server_name: Option<String>,
}

/// Which binds a connection is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// One, for both directions.
    Transceiver,
    /// One for each direction, over a connection of its own.
    Pair,
}

/// Which carriers a text goes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Our number that it comes from; empty for any. A route for the number counts before one for any.
    pub from: String,
    /// How the customer's number begins; the longest beginning counts. A whole number is its own route.
    pub prefix: String,
    /// The names of the carriers, the first choice first.
    pub carriers: Vec<String>,
}
