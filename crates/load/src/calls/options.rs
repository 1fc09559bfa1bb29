//! What `load calls` is told.

use crate::calls::signaling::options::Signaling;
use crate::push::options::Place;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// A socket for each leg, each datagram sent on to another leg's phone: the bound.
    Relay,
    /// The same, but it lets datagrams gather for as long as we do.
    GatheringRelay,
    /// Our media engine: the supervisor coaches.
    Ours,
}

impl Engine {
    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Relay => "relay",
            Engine::GatheringRelay => "gathering relay",
            Engine::Ours => "ours",
        }
    }
}

/// Coached calls of three legs, G.711, 20 ms a packet.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CallsOptions {
    #[command(subcommand)]
    pub signaling: Option<Signaling>,
    /// What is measured; ratios are those to the first.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "relay,ours")]
    pub engines: Vec<Engine>,
    /// Calls at a time; several numbers are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "100")]
    pub calls: Vec<usize>,
    /// Length of each measurement.
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Time under the same load before each measurement counts.
    #[arg(long, default_value_t = 2)]
    pub warm_up: u64,
    /// How often everything is measured, on a fresh server each time.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Let supervisors change between coaching and barging in, this often a second over all calls, and measure how long
    /// until the customer's phone gets the first changed packet. Supervisors speak all the time then.
    #[arg(long, default_value_t = 0)]
    pub switches: u64,
    /// The lowest port of the servers' legs.
    #[arg(long, default_value_t = 10_000)]
    pub first_port: u16,
    #[command(flatten)]
    pub place: Place,
}

/// What a server is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeOptions {
    /// The lowest port of its legs.
    #[arg(long)]
    pub first_port: u16,
    /// Where phones receive: leg n those of the n-th, over and over.
    #[arg(long, value_delimiter = ',')]
    pub phones: Vec<std::net::SocketAddr>,
    /// Whether the relay lets datagrams gather.
    #[arg(long)]
    pub gathers: bool,
}
