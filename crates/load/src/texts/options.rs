//! What `load texts` is told.

use crate::push::options::Place;
use crate::rest::souffleur::{Durability, Installation};

/// A server to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Relay {
    /// Our whole server.
    Souffleur,
    /// Debian's Kannel, between HTTP and SMPP, which keeps nothing.
    Kannel,
}

/// Which way texts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Direction {
    /// From HTTP to the carrier.
    Out,
    /// From the carrier: to the database and the agents with us, to an HTTP server with Kannel.
    In,
}

impl Direction {
    /// The word on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Out => "out",
            Direction::In => "in",
        }
    }
}

/// Texts to and fro as fast as they are taken.
#[derive(Clone, Debug, clap::Args)]
pub struct TextsOptions {
    /// Who is measured; ratios are those to Kannel.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "kannel,souffleur")]
    pub relays: Vec<Relay>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "out,in")]
    pub directions: Vec<Direction>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "normal,full")]
    pub durability: Vec<Durability>,
    /// Keep-alive connections that post texts, each that of one agent.
    #[arg(long, value_delimiter = ',', default_value = "64")]
    pub clients: Vec<usize>,
    /// Texts that wait for their answer on one bind, either way.
    #[arg(long, value_delimiter = ',', default_value = "50")]
    pub windows: Vec<usize>,
    /// Binds between server and carrier.
    #[arg(long, default_value_t = 1)]
    pub binds: usize,
    /// Phones; with us each has a session.
    #[arg(long, default_value_t = 192)]
    pub phones: usize,
    /// Bytes of text in each message.
    #[arg(long, default_value_t = 100)]
    pub payload: usize,
    /// Posted texts that may wait for the carrier.
    #[arg(long, default_value_t = 1000)]
    pub most_underway: u64,
    /// Length of each measurement.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Time under the same load before each measurement counts.
    #[arg(long, default_value_t = 1)]
    pub warm_up: u64,
    /// How often everything is measured, on a fresh server each time.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    #[command(flatten)]
    pub installation: Installation,
    #[command(flatten)]
    pub place: Place,
}
