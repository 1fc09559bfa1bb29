//! `load rest`: supervisors switch between monitoring and coaching, as fast as the server answers.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::error::LoadError;
use crate::histogram::median;
use crate::http;
use crate::process::{self, ServerCommand, ServerProcess, own_program};
use crate::push::options::Place;
use crate::report::{Report, figure};
use crate::rest::api::Api;
use crate::rest::drive::{Client, DriveResult, drive};
use crate::rest::people;
use crate::rest::souffleur::{self, Durability, Installation};
use crate::servers::bound_commit;

const BOUND: &str = "bound-axum";
const OPERATIONS: [&str; 2] = ["SwitchToCoach", "SwitchToMonitor"];

/// What `load rest` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct RestOptions {
    /// Keep-alive connections, each that of one supervisor in a chat of its own.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16,64")]
    pub clients: Vec<usize>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "normal,full")]
    pub durability: Vec<Durability>,
    /// Measure the bounds alone.
    #[arg(long)]
    pub bounds_only: bool,
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

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    server: String,
    round: usize,
    /// Single-row commits a second on the same disk in the same minute.
    commits_per_second: f64,
    result: DriveResult,
}

/// Measures bounds and server in turn in every round, and prints a table of medians.
pub fn run(options: &RestOptions) -> Result<(), LoadError> {
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "rest")?;
    let mut rows = Vec::new();
    for round in 1..=options.rounds {
        let server = start_bound(options)?;
        measure(BOUND, &server, &mut bound_clients(options, &server), round, options, &mut rows)?;
        drop(server);
        for durability in options.durability.iter().filter(|_| !options.bounds_only) {
            let server = souffleur::start(&options.installation, *durability, options.place.server_core())?;
            let mut clients = supervisors(options, &server)?;
            let name = format!("souffleur, {}", durability.name());
            measure(&name, &server, &mut clients, round, options, &mut rows)?;
        }
    }
    for row in &rows {
        report.line(row)?;
    }
    print_table(&rows, options);
    Ok(())
}

fn measure(
    name: &str,
    server: &ServerProcess,
    clients: &mut [Client],
    round: usize,
    options: &RestOptions,
    rows: &mut Vec<Row>,
) -> Result<(), LoadError> {
    let length = Duration::from_secs(options.seconds);
    for &count in &options.clients {
        let warm_up = Duration::from_secs(options.warm_up);
        let commits_per_second = bound_commit::commits_per_second(&options.installation.data, length / 2)?;
        let result = drive(server.address, &mut clients[..count], server, warm_up, length)?;
        eprintln!(
            "{name:18} round {round}: {count:>3} clients {:>8.0}/s  p50 {:.3} p99 {:.3} p99.9 {:.3} ms  {:.1} us/operation, {} refused; {commits_per_second:.0} commits/s",
            result.operations_per_second,
            result.p50_ms,
            result.p99_ms,
            result.p999_ms,
            result.server_cpu_us_per_operation,
            result.refused,
        );
        rows.push(Row { kind: "rest", server: name.to_owned(), round, commits_per_second, result });
    }
    Ok(())
}

fn start_bound(options: &RestOptions) -> Result<ServerProcess, LoadError> {
    let command = ServerCommand::new(own_program()?, &["serve-bound-axum"]);
    ServerProcess::start(&command, options.place.server_core())
}

fn most_clients(options: &RestOptions) -> usize {
    options.clients.iter().copied().max().unwrap_or(1)
}

fn bound_clients(options: &RestOptions, server: &ServerProcess) -> Vec<Client> {
    // As long as the real ones, so that both servers read as many bytes.
    let headers = format!("Cookie: JSESSIONID={0}\r\nX-CSRF-TOKEN: {0}\r\n", "0".repeat(36));
    (0..most_clients(options)).map(|number| client(server, &headers, &format!("{number:016}"))).collect()
}

fn supervisors(options: &RestOptions, server: &ServerProcess) -> Result<Vec<Client>, LoadError> {
    let count = most_clients(options);
    let mut api = Api::connect(server.address)?;
    let people = people::provision_chats(&mut api, count)?;
    let supervisors = people::provision_supervisors(&mut api, &people, count)?;
    let pairs = supervisors.iter().zip(&people.chats);
    Ok(pairs.map(|(supervisor, chat)| client(server, &supervisor.headers, &chat.id)).collect())
}

fn client(server: &ServerProcess, headers: &str, chat: &str) -> Client {
    let path = format!("/api/v2/me/chats/{chat}");
    let requests = OPERATIONS.map(|operation| {
        let mut request = Vec::new();
        let body = json!({ "operationName": operation }).to_string();
        http::encode_post(&mut request, &server.address.to_string(), &path, headers, body.as_bytes());
        request.into_boxed_slice()
    });
    Client { requests, next: 0 }
}

fn print_table(rows: &[Row], options: &RestOptions) {
    println!("\nSwitchToCoach and SwitchToMonitor in turn, medians of {} rounds\n", options.rounds);
    println!(
        "| server | clients | operations/s | of bound-axum | of commits/s | p50 ms | p99 ms | p99.9 ms | CPU us/operation | refused |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.server.as_str()) {
            names.push(&row.server);
        }
    }
    for name in names {
        for &clients in &options.clients {
            let of = |name: &str, value: fn(&Row) -> f64| {
                let chosen = rows.iter().filter(|row| row.server == name && row.result.clients == clients);
                median(chosen.map(value).collect())
            };
            let rate = of(name, |row| row.result.operations_per_second);
            let bound = of(BOUND, |row| row.result.operations_per_second);
            let cells = [
                clients.to_string(),
                figure(rate, 0),
                figure(rate.zip(bound).map(|(rate, bound)| rate / bound), 2),
                figure(of(name, |row| row.result.operations_per_second / row.commits_per_second), 1),
                figure(of(name, |row| row.result.p50_ms), 3),
                figure(of(name, |row| row.result.p99_ms), 3),
                figure(of(name, |row| row.result.p999_ms), 3),
                figure(of(name, |row| row.result.server_cpu_us_per_operation), 1),
                figure(of(name, |row| row.result.refused as f64), 0),
            ];
            println!("| {name} | {} |", cells.join(" | "));
        }
    }
    let commits = median(rows.iter().map(|row| row.commits_per_second).collect());
    println!("\nSingle-row commits/s of the same disk between the measurements: {}", figure(commits, 0));
}
