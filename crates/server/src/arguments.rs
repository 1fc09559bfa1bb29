//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::carrier_sim::CarrierSimArguments;

const EXIT_CODES: &str = "\
Exit codes:
  0  stopped as it was asked to
  1  could not start or go on: the data directory, the address, the certificate
  2  a wrong setting or a wrong command line
  3  stopped at once by a second signal; what was answered is kept";

/// An open contact-center server: supervisors monitor, coach and barge into live chats and text sessions.
#[derive(Parser)]
#[command(name = "souffleur", version, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the server.
    #[command(after_help = EXIT_CODES)]
    Serve(ServeArguments),
    /// Watch a coached chat, coached texts and a coached call in the terminal, on a server of its own with people you can log in
    /// as, phones you can text from, and a supervisor's number for your softphone.
    Demo(DemoArguments),
    /// Run an SMS carrier with phones to text from, which does wrong what real carriers do, as often as set.
    CarrierSim(Box<CarrierSimArguments>),
    /// Print the configuration in force and where each value comes from; exit code 2 if it is wrong.
    CheckConfig(CheckConfigArguments),
    /// Print the API as an OpenAPI document.
    Openapi,
}

#[derive(Args)]
pub struct ServeArguments {
    /// The configuration file [env: SOUFFLEUR_CONFIG].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The directory that holds everything the server keeps [default: ./souffleur-data] [env: SOUFFLEUR_DATA].
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
    /// Where connections are accepted [default: 127.0.0.1:8090] [env: SOUFFLEUR_HTTP].
    #[arg(long, value_name = "ADDR:PORT")]
    pub http: Option<String>,
    /// What clients call the server [default: the address] [env: SOUFFLEUR_PUBLIC_URL].
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

#[derive(Args)]
pub struct DemoArguments {
    /// How many times faster than people are.
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = speed)]
    pub speed: f64,
    /// End after the first chat, the first texts and the first call, with exit code 1 if a customer got anything said behind the
    /// scenes.
    #[arg(long)]
    pub once: bool,
}

#[derive(Args)]
pub struct CheckConfigArguments {
    /// The configuration file [env: SOUFFLEUR_CONFIG].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print a file with every key, its default and what it does instead.
    #[arg(long)]
    pub example: bool,
}

impl ServeArguments {
    /// Keys with their flags and values, as far as they were given.
    pub fn flags(&self) -> Vec<(&'static str, &'static str, String)> {
        let all = [
            ("data", "--data", &self.data),
            ("http", "--http", &self.http),
            ("public_url", "--public-url", &self.public_url),
        ];
        let given = all.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)));
        given.collect()
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.1..=1000.0).contains(speed));
    speed.ok_or_else(|| "is not a number from 0.1 to 1000".to_owned())
}
