//! Load generators and benches: our push service and REST interface against peers and physical
//! bounds, in the same run, so that ratios count and not figures.
//!
//! The generator is one thread with one event loop, and means to cost less than any server.

mod clock;
mod connection;
mod error;
mod histogram;
mod http;
mod process;
mod push;
mod report;
mod servers;
mod session;
mod stamp;
mod swarm;
mod websocket;

use clap::Parser;

use error::LoadError;
use push::options::{PushOptions, Target};

#[derive(Parser)]
#[command(about = "Load generators and benches")]
enum Command {
    /// Measure one push server.
    Push {
        #[arg(long, value_enum)]
        target: Target,
        #[command(flatten)]
        options: PushOptions,
    },
    /// Measure several push servers in turn; ratios are those to the first.
    Compare {
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        targets: Vec<Target>,
        #[command(flatten)]
        options: PushOptions,
    },
    /// The bare WebSocket server; started by `push` and `compare`.
    #[command(hide = true)]
    ServeBoundWs,
}

fn main() {
    if let Err(error) = run(Command::parse()) {
        eprintln!("load: {error}");
        std::process::exit(1);
    }
}

fn run(command: Command) -> Result<(), LoadError> {
    match command {
        Command::Push { target, options } => push::compare::run(&[target], &options),
        Command::Compare { targets, options } => push::compare::run(&targets, &options),
        Command::ServeBoundWs => servers::bound_ws::serve(),
    }
}
