//! Load generators and benches: our push service, REST interface and media engine against peers and physical
//! bounds, in the same run, so that ratios count and not figures.
//!
//! The generator is one thread with one event loop, and means to cost less than any server.

mod calls;
mod clock;
mod connection;
mod endpoint;
mod error;
mod histogram;
mod http;
mod process;
mod push;
mod report;
mod rest;
mod servers;
mod session;
mod stamp;
mod swarm;
mod texts;
mod websocket;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use calls::options::{CallsOptions, ServeOptions};
use error::LoadError;
use push::options::{PushOptions, Target};
use rest::chat::ChatOptions;
use rest::operations::RestOptions;
use texts::options::TextsOptions;

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
    /// Measure operations of supervisors on a whole server, beside a bare handler and bare commits.
    Rest {
        #[command(flatten)]
        options: RestOptions,
    },
    /// Measure how long a customer's message takes to reach the agent, on a whole server.
    Chat {
        #[command(flatten)]
        options: ChatOptions,
    },
    /// Measure how many texts go through, to the carrier and from it, on a whole server and on Kannel.
    Texts {
        #[command(flatten)]
        options: TextsOptions,
    },
    /// Measure what coached calls cost, and how late voices are, beside a plain relay of datagrams.
    Calls {
        #[command(flatten)]
        options: CallsOptions,
    },
    /// Count single-row commits a second on a disk.
    BoundCommit {
        /// Folder on the disk.
        #[arg(long, default_value = "target/bench/data")]
        data: PathBuf,
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Our push service alone; started by `push` and `compare`.
    #[command(hide = true)]
    PushServer,
    /// Our media engine alone; started by `calls`.
    #[command(hide = true)]
    ServeCalls {
        #[command(flatten)]
        options: ServeOptions,
    },
    /// The plain relay of datagrams; started by `calls`.
    #[command(hide = true)]
    ServeRelay {
        #[command(flatten)]
        options: ServeOptions,
    },
    /// The bare axum handler; started by `rest`.
    #[command(hide = true)]
    ServeBoundAxum,
    /// The bare WebSocket server; started by `push` and `compare`.
    #[command(hide = true)]
    ServeBoundWs,
}

// As in the real server, whose push service runs in this program too; for the bounds alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
        Command::Rest { options } => rest::operations::run(&options),
        Command::Chat { options } => rest::chat::run(&options),
        Command::Texts { options } => texts::rounds::run(&options),
        Command::Calls { options } => calls::rounds::run(&options),
        Command::ServeCalls { options } => calls::ours::serve(&options),
        Command::ServeRelay { options } => calls::relay::serve(&options),
        Command::BoundCommit { data, seconds } => {
            let rate = servers::bound_commit::commits_per_second(&data, Duration::from_secs(seconds))?;
            println!("{} single-row commits/s", report::figure(Some(rate), 0));
            Ok(())
        }
        Command::PushServer => servers::ours::serve(),
        Command::ServeBoundAxum => servers::bound_axum::serve(),
        Command::ServeBoundWs => servers::bound_ws::serve(),
    }
}
