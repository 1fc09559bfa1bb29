//! Souffleur, an open contact-center server. What happens here, in this order: arguments, settings, logs,
//! store, engine, web server, and the way back.

mod arguments;
mod carrier_sim;
mod clock;
mod config;
mod demo;
mod failure;
mod figures;
mod first_start;
mod house;
mod logs;
mod random;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::CarrierSim(arguments) => carrier_sim::run(&arguments),
        Command::CheckConfig(arguments) => serve::check_config(arguments),
        Command::Openapi => serve::print(&public_api::documents::to_text(&public_api::documents::openapi())),
    };
    ended.map_or_else(
        |failure: Failure| {
            eprintln!("{failure}");
            failure.exit_code()
        },
        |()| ExitCode::SUCCESS,
    )
}

/// How many things the machine does at once.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Where everything runs: one worker thread a core.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores()).enable_all().build();
    runtime.map_err(Failure::NoRuntime)
}
