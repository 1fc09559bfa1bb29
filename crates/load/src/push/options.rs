//! What `load push` and `load compare` are told.

use std::path::PathBuf;

use crate::endpoint::Transport;

/// A push server to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// Our push service, in a small server of its own.
    Ours,
    /// npm cometd-nodejs-server: long polling alone.
    CometdNodejs,
    /// npm faye.
    Faye,
    /// A bare server that does one write for each message and subscriber: WebSocket alone.
    BoundWs,
}

impl Target {
    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Target::Ours => "ours",
            Target::CometdNodejs => "cometd-nodejs",
            Target::Faye => "faye",
            Target::BoundWs => "bound-ws",
        }
    }

    /// Whether the server offers the transport.
    pub fn speaks(self, transport: Transport) -> bool {
        match self {
            Target::Ours | Target::Faye => true,
            Target::CometdNodejs => transport == Transport::LongPolling,
            Target::BoundWs => transport == Transport::Websocket,
        }
    }
}

/// Sessions in groups, each group on one channel, and messages to one group after another.
#[derive(Clone, Debug, clap::Args)]
pub struct PushOptions {
    #[arg(long, value_enum, default_value = "websocket")]
    pub transport: Transport,
    /// Subscribed sessions; several numbers are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "1000")]
    pub sessions: Vec<usize>,
    /// Deliveries per second that are asked for; with --search the first step.
    #[arg(long, default_value_t = 16_000)]
    pub rate: u64,
    /// Find the highest rate whose 99th percentile stays below 100 ms.
    #[arg(long)]
    pub search: bool,
    /// Sessions that get each message.
    #[arg(long, default_value_t = 10)]
    pub fan_out: usize,
    /// Bytes of text in each message.
    #[arg(long, default_value_t = 200)]
    pub payload: usize,
    /// Length of each measurement.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Time at the same rate before each measurement counts.
    #[arg(long, default_value_t = 1)]
    pub warm_up: u64,
    /// How often everything is measured, on a fresh server each time.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Sessions that publish; they are not subscribed.
    #[arg(long, default_value_t = 8)]
    pub senders: usize,
    /// Sessions that are being set up at the same time.
    #[arg(long, default_value_t = 100)]
    pub at_once: usize,
    #[command(flatten)]
    pub place: Place,
}

/// Where processes run and results go.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// Core of the server; --no-pin lets the system choose.
    #[arg(long, default_value_t = 0)]
    pub server_core: usize,
    /// Core of the generator.
    #[arg(long, default_value_t = 1)]
    pub load_core: usize,
    /// Hold no process to a core.
    #[arg(long)]
    pub no_pin: bool,
    /// Folder for the raw results, one JSON object a line.
    #[arg(long, default_value = "target/bench")]
    pub out: PathBuf,
    /// Folder of the Node peers.
    #[arg(long, default_value = "crates/load/peers")]
    pub peers: PathBuf,
}

impl Place {
    /// The core to hold the server to.
    pub fn server_core(&self) -> Option<usize> {
        (!self.no_pin).then_some(self.server_core)
    }

    /// The core to hold the generator to.
    pub fn load_core(&self) -> Option<usize> {
        (!self.no_pin).then_some(self.load_core)
    }
}
