//! Every chore of the project: `cargo xtask CHORE`. Works in a fresh clone; what a chore needs it installs,
//! or names in one line. Build output lies outside the checkout, see `shell::target_dir`.

mod fuzz;
mod licenses;
mod metadata;
mod peers;
mod shell;
mod test;
#[cfg(test)]
mod tidy;

use std::process::ExitCode;

use shell::{Failure, Step, server_binary};

const USAGE: &str = "\
cargo xtask demo                     build the server and watch a coached chat and texts in the terminal
cargo xtask test [--without-peers]   install what tests need, check everything, run every test
cargo xtask ci                       the same as test: what .ci/run calls in a clean environment
cargo xtask fuzz [SECONDS]           fuzz each parser for so long (default 60)
cargo xtask licenses                 licenses, bans and sources of all dependencies
cargo xtask openapi                  print the contract as an OpenAPI document";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Failure> {
    match arguments {
        ["test" | "ci"] => return test::run(true),
        ["test", "--without-peers"] => return test::run(false),
        ["demo", further @ ..] => demo(further),
        ["fuzz"] => fuzz::run(60),
        ["fuzz", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds),
            Err(_) => Err(Failure(format!("{seconds:?} is no number of seconds"))),
        },
        ["licenses"] => licenses::run(),
        ["openapi"] => openapi(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure(format!("unknown chore {arguments:?}\n{USAGE}"))),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Optimized, but without the slow last step of a release.
fn demo(further: &[&str]) -> Result<(), Failure> {
    Step::cargo(&["build", "--release", "--package", "server", "--bin", "souffleur"])
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .run()?;
    Step::new(server_binary("release")).arg("demo").args(further).run()
}

fn openapi() -> Result<(), Failure> {
    Step::cargo(&["build", "--quiet", "--package", "server", "--bin", "souffleur"]).run()?;
    Step::new(server_binary("debug")).arg("openapi").run()
}
