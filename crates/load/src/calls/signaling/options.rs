//! What `load calls signaling` is told.

use crate::push::options::Place;
use crate::rest::souffleur::{Durability, Installation};

/// A way to measure calls other than by what is heard in them.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Signaling {
    /// Measure how many calls are set up in a second, beside Kamailio as a relay.
    Signaling(SignalingOptions),
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A queue of ours answers the call: INVITE, 200, ACK, BYE, 200.
    Answered,
    /// We call on, and both sides are put through.
    Bridged,
    /// Kamailio relays the same call, and keeps its transactions.
    Relayed,
    /// Telephones register again with a digest: REGISTER, 401, REGISTER, 200.
    Registrations,
}

impl Kind {
    /// The word on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Answered => "answered",
            Kind::Bridged => "bridged",
            Kind::Relayed => "relayed by Kamailio",
            Kind::Registrations => "registrations",
        }
    }

    /// Whether somebody is called behind the server.
    pub fn goes_on(self) -> bool {
        matches!(self, Kind::Bridged | Kind::Relayed)
    }
}

/// Calls as fast as they are taken, and calls that stand.
#[derive(Clone, Debug, clap::Args)]
pub struct SignalingOptions {
    #[arg(long, value_enum, value_delimiter = ',', default_value = "answered,bridged,relayed,registrations")]
    pub kinds: Vec<Kind>,
    /// Calls a second that are tried first.
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// Measure at this rate only, instead of finding the highest.
    #[arg(long)]
    pub fixed: bool,
    /// Length of each measurement.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Pause between ACK and BYE.
    #[arg(long, default_value_t = 0)]
    pub held_ms: u64,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Calls that stand at the same time when memory is measured; 0 to leave that out.
    #[arg(long, default_value_t = 2_000)]
    pub standing: u64,
    /// Devices that register in turn.
    #[arg(long, default_value_t = 1_000)]
    pub devices: usize,
    #[arg(long, value_enum, default_value = "normal")]
    pub durability: Durability,
    #[command(flatten)]
    pub installation: Installation,
    #[command(flatten)]
    pub place: Place,
}
