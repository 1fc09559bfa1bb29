//! `load calls`: rounds over the engines in turn, and the medians of what was measured.

use std::time::Duration;

use serde::Serialize;

use crate::calls::control::Control;
use crate::calls::measure::{Memory, Outcome, Pace, measure};
use crate::calls::options::{CallsOptions, Engine};
use crate::calls::phones::{self, Heard, Phones, Table};
use crate::calls::signaling::{self, options::Signaling};
use crate::clock::as_ns;
use crate::error::LoadError;
use crate::histogram::median;
use crate::process::{self, ServerCommand, ServerProcess};
use crate::report::{Report, figure};

/// Calls that talk for a moment before memory is looked at: what a server needs once is no call's.
const FIRST_CALLS: usize = 20;
const EARLY_SSRC: u32 = 1 << 31;
const FIRST_TIME: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    engine: &'static str,
    calls: usize,
    round: usize,
    outcome: Outcome,
}

/// Measures every combination in every round, and prints a table of medians.
pub fn run(options: &CallsOptions) -> Result<(), LoadError> {
    if let Some(Signaling::Signaling(options)) = &options.signaling {
        return signaling::rounds::run(options);
    }
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "calls")?;
    let mut rows: Vec<Row> = Vec::new();
    for round in 1..=options.rounds {
        for &calls in &options.calls {
            for place in 0..options.engines.len() {
                // Each round begins with another engine, so that none always follows the same one.
                let engine = options.engines[(place + round - 1) % options.engines.len()];
                let outcome = measure_engine(engine, calls, options)?;
                print_outcome(engine, calls, round, &outcome);
                let row = Row { kind: "calls", engine: engine.name(), calls, round, outcome };
                report.line(&row)?;
                rows.push(row);
            }
        }
    }
    print_table(&rows, options);
    Ok(())
}

fn measure_engine(engine: Engine, calls: usize, options: &CallsOptions) -> Result<Outcome, LoadError> {
    let sockets = phones::sockets()?;
    let addresses: Result<Vec<String>, _> =
        sockets.iter().map(|socket| socket.local_addr().map(|it| it.to_string())).collect();
    let role = if engine == Engine::Ours { "serve-calls" } else { "serve-relay" };
    let (first_port, phones) = (options.first_port.to_string(), addresses?.join(","));
    let mut arguments = vec![role, "--first-port", &first_port, "--phones", &phones];
    if engine == Engine::GatheringRelay {
        arguments.push("--gathers");
    }
    let command = ServerCommand::new(process::own_program()?, &arguments);
    let server = ServerProcess::start(&command, options.place.server_core())?;
    let control = Control::connect(server.address)?;
    let switches_per_second = if engine == Engine::Ours { options.switches } else { 0 };
    let table = if engine == Engine::Ours { Table::Coached } else { Table::Ring };
    let first = FIRST_CALLS.min(calls);
    let phones_of =
        |ports: &[u16], first_ssrc| Phones::new(&sockets, table, ports, first_ssrc, switches_per_second > 0);
    let mut early = phones_of(&control.open(first)?, EARLY_SSRC)?;
    let mut unheard = Heard::new(0..0);
    let until = early.clock.ns() + as_ns(FIRST_TIME);
    while early.clock.ns() < until {
        early.turn(&mut unheard)?;
    }
    let kb_before = server.resident_kb()?;
    let mut phones = phones_of(&control.open(calls - first)?, 0)?;
    let pace = Pace {
        calls,
        warm_up: Duration::from_secs(options.warm_up),
        length: Duration::from_secs(options.seconds),
        switches_per_second,
    };
    measure(&mut phones, &server, &control, Memory { kb: kb_before, calls: first }, &pace)
}

fn print_outcome(engine: Engine, calls: usize, round: usize, outcome: &Outcome) {
    eprintln!(
        "{:16} {calls:>5} calls round {round}: {:.3} % of a core a call, {:.2} us/datagram, core {:.0} %; direct p50 {:.2} p99 {:.2} ms, mixed p50 {:.2} p99 {:.2} ms; {:.3} % heard, {} leaks; {:.1} KB a call; {} switches, {} lost, p50 {:.1} p99 {:.1} ms (in {:.1}, {:.1}; out {:.1}, {:.1}); generator idle {:.0} %",
        engine.name(),
        outcome.cpu_percent_per_call,
        outcome.us_per_datagram,
        outcome.core_share * 100.0,
        outcome.direct_p50_ms,
        outcome.direct_p99_ms,
        outcome.mixed_p50_ms,
        outcome.mixed_p99_ms,
        outcome.heard_share * 100.0,
        outcome.leaks,
        outcome.kb_per_call,
        outcome.switches,
        outcome.switches_lost,
        outcome.switch_p50_ms,
        outcome.switch_p99_ms,
        outcome.barge_in_p50_ms,
        outcome.barge_in_p99_ms,
        outcome.coach_p50_ms,
        outcome.coach_p99_ms,
        outcome.generator_idle_share * 100.0,
    );
}

fn print_table(rows: &[Row], options: &CallsOptions) {
    println!("\nCoached calls, G.711, medians of {} rounds\n", options.rounds);
    println!(
        "| engine | calls | CPU % a call | this : first | us/datagram | core % | direct p50 ms | p99 | mixed p50 ms | p99 | heard % | leaks | KB a call | switch p50 ms | p99 | generator idle % |"
    );
    println!(
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    for &calls in &options.calls {
        let of = |engine: Engine, value: &dyn Fn(&Outcome) -> f64| {
            let fitting = rows.iter().filter(|row| row.engine == engine.name() && row.calls == calls);
            median(fitting.map(|row| value(&row.outcome)).collect())
        };
        let cpu = |engine| of(engine, &|it| it.cpu_percent_per_call);
        let first = options.engines.first().and_then(|engine| cpu(*engine));
        for &engine in &options.engines {
            let cell = |value: fn(&Outcome) -> f64, decimals| figure(of(engine, &value), decimals);
            let cells = [
                engine.name().to_owned(),
                calls.to_string(),
                figure(cpu(engine), 3),
                figure(first.zip(cpu(engine)).map(|(first, own)| own / first), 2),
                cell(|it| it.us_per_datagram, 2),
                cell(|it| it.core_share * 100.0, 0),
                cell(|it| it.direct_p50_ms, 2),
                cell(|it| it.direct_p99_ms, 2),
                cell(|it| it.mixed_p50_ms, 2),
                cell(|it| it.mixed_p99_ms, 2),
                cell(|it| it.heard_share * 100.0, 3),
                cell(|it| it.leaks as f64, 0),
                cell(|it| it.kb_per_call, 1),
                cell(|it| it.switch_p50_ms, 1),
                cell(|it| it.switch_p99_ms, 1),
                cell(|it| it.generator_idle_share * 100.0, 0),
            ];
            println!("| {} |", cells.join(" | "));
        }
    }
}
