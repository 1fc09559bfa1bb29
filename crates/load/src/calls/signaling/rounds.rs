//! `load calls signaling`: rounds over everything that is measured in turn, and the medians.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::calls::signaling::kamailio::{self, Kamailio};
use crate::calls::signaling::measure::{Outcome, Telephones};
use crate::calls::signaling::options::{Kind, SignalingOptions};
use crate::calls::signaling::ours::{self, Ours};
use crate::calls::signaling::search::search;
use crate::calls::signaling::{CALLED, SERVER, free_port, sipp};
use crate::clock::{Clock, as_ns, let_gather};
use crate::error::LoadError;
use crate::histogram::median;
use crate::process;
use crate::report::{Report, figure};

/// Telephones that register for the first time, in a second.
const FIRST_REGISTRATIONS_PER_SECOND: u64 = 200;
/// Calls a second that are begun to stand.
const STANDING_PER_SECOND: u64 = 500;
/// Short calls before memory is looked at.
const WARM_UP_PER_SECOND: u64 = 100;
const WARM_UP: Duration = Duration::from_secs(5);
/// One of so many stands before the others are weighed.
const FIRST_OF_STANDING: u64 = 4;
const SETTLES: Duration = Duration::from_secs(2);
const STANDING_LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Until it listens; callers would repeat themselves.
const KAMAILIO_STARTS: Duration = Duration::from_secs(1);
/// A later round begins at this part of what was found before.
const NEXT_ROUND: f64 = 0.8;

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    measured: &'static str,
    round: usize,
    outcome: Outcome,
}

#[derive(Serialize)]
struct Memory {
    kind: &'static str,
    measured: &'static str,
    round: usize,
    calls: u64,
    kb_per_call: f64,
}

/// Measures everything in every round, and prints a table of medians.
pub fn run(options: &SignalingOptions) -> Result<(), LoadError> {
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "signaling")?;
    if !sipp::is_installed() {
        eprintln!("nothing is measured: SIPp is not installed (Debian: apt install sip-tester)");
        return Ok(());
    }
    let folder = std::env::temp_dir().join(format!("souffleur-sipp-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (mut rows, mut memories): (Vec<Row>, Vec<Memory>) = Default::default();
    for round in 1..=options.rounds {
        for &kind in &options.kinds {
            if kind == Kind::Relayed && !kamailio::is_installed() {
                eprintln!("left out: Kamailio is not installed (Debian: apt install kamailio)");
                continue;
            }
            if let Some(outcome) = measure_kind(kind, round, &rows, &folder, options)? {
                let row = Row { kind: "signaling", measured: kind.name(), round, outcome };
                report.line(&row)?;
                rows.push(row);
            }
            if options.standing > 0 && matches!(kind, Kind::Answered | Kind::Bridged) {
                let kb_per_call = memory(kind, &folder, options)?;
                let (measured, calls) = (kind.name(), options.standing);
                eprintln!("{measured:20} round {round}: {kb_per_call:.1} KB a call, {calls} calls");
                let memory = Memory { kind: "signaling-memory", measured, round, calls, kb_per_call };
                report.line(&memory)?;
                memories.push(memory);
            }
        }
    }
    std::fs::remove_dir_all(&folder)?;
    print_table(&rows, &memories, options);
    Ok(())
}

fn measure_kind(
    kind: Kind,
    round: usize,
    rows: &[Row],
    folder: &Path,
    options: &SignalingOptions,
) -> Result<Option<Outcome>, LoadError> {
    let step = |per_second| {
        let outcome = measure_at(kind, per_second, folder, options)?;
        print_outcome(kind, round, &outcome);
        Ok(outcome)
    };
    if options.fixed {
        return step(options.rate).map(Some);
    }
    let found = rows.iter().rev().find(|row| row.measured == kind.name());
    let first = found.map_or(options.rate, |row| (row.outcome.asked_per_second as f64 * NEXT_ROUND) as u64);
    search(first, step)
}

/// Measures at one rate, on a fresh server.
fn measure_at(
    kind: Kind,
    per_second: u64,
    folder: &Path,
    options: &SignalingOptions,
) -> Result<Outcome, LoadError> {
    let called = free_port(CALLED)?;
    let length = Duration::from_secs(options.seconds);
    let held = Duration::from_millis(options.held_ms);
    let telephones = telephones(kind, called, held, folder, options);
    match kind {
        Kind::Relayed => {
            let address = free_port(SERVER)?;
            let kamailio = Kamailio::start(address, called, options.place.server_core())?;
            let_gather(KAMAILIO_STARTS);
            telephones.measure(kamailio.running(), address, per_second, length)
        }
        Kind::Answered | Kind::Bridged => {
            let ours = Ours::start(called, options)?;
            telephones.measure(ours.running(), ours.sip, per_second, length)
        }
        Kind::Registrations => {
            let mut ours = Ours::start(called, options)?;
            let accounts = ours.add_devices(options)?;
            let telephones = Telephones { accounts: Some(&accounts), ..telephones };
            let all = options.devices as u64;
            let at_most = Duration::from_secs(all / FIRST_REGISTRATIONS_PER_SECOND + 5);
            // The first time is another matter: it is kept on disk.
            let mut first =
                telephones.start_caller(ours.sip, FIRST_REGISTRATIONS_PER_SECOND, all, at_most)?;
            first.wait(at_most)?;
            telephones.measure(ours.running(), ours.sip, per_second, length)
        }
    }
}

/// The memory that a call takes while it stands, in KB: what all but the first take. What the server needs once is no
/// call's.
fn memory(kind: Kind, folder: &Path, options: &SignalingOptions) -> Result<f64, LoadError> {
    let called = free_port(CALLED)?;
    let mut ours = Ours::start(called, options)?;
    // What signing in took for a moment goes back to the system only when there is something to do.
    let short = telephones(kind, called, Duration::ZERO, folder, options);
    short.measure(ours.running(), ours.sip, WARM_UP_PER_SECOND, WARM_UP)?;
    let first = (options.standing / FIRST_OF_STANDING).max(1);
    let rest = options.standing.saturating_sub(first).max(1);
    let folders = [folder.join("first"), folder.join("rest")];
    let both = folders.each_ref().map(|folder| telephones(kind, called, STANDING_LIMIT, folder, options));
    let _called = both[0].start_called(first + rest)?;
    let begin = |at: usize, calls, ours: &Ours| {
        both[at].start_caller(ours.sip, STANDING_PER_SECOND, calls, STANDING_LIMIT * 2)
    };
    let _first = begin(0, first, &ours)?;
    let before = kb_with(&mut ours, first, kind)?;
    let _rest = begin(1, rest, &ours)?;
    let after = kb_with(&mut ours, first + rest, kind)?;
    Ok((after as f64 - before as f64) / rest as f64)
}

/// Memory once so many calls stand.
fn kb_with(ours: &mut Ours, calls: u64, kind: Kind) -> Result<u64, LoadError> {
    let clock = Clock::start();
    let lines = if kind.goes_on() { calls * 2 } else { calls };
    while ours.lines()? < lines {
        if clock.ns() > as_ns(STANDING_LIMIT) {
            let waited_s = STANDING_LIMIT.as_secs();
            return Err(LoadError::NotThere { what: "number of calls that stand", waited_s });
        }
        let_gather(LOOK_EVERY);
    }
    // The last ones have yet to be answered, and to be heard.
    let_gather(SETTLES);
    ours.running().resident_kb()
}

fn telephones<'a>(
    kind: Kind,
    called: SocketAddr,
    held: Duration,
    folder: &'a Path,
    options: &SignalingOptions,
) -> Telephones<'a> {
    Telephones {
        script: if kind == Kind::Registrations { sipp::REGISTERING } else { sipp::CALLER },
        number: if kind == Kind::Answered { ours::QUEUE } else { ours::PASSED_ON },
        accounts: None,
        called: kind.goes_on().then_some(called),
        held,
        folder,
        core: options.place.load_core(),
    }
}

fn print_outcome(kind: Kind, round: usize, outcome: &Outcome) {
    eprintln!(
        "{:20} round {round}: {:>6} asked, {:>8.1}/s{}, {} failed, {} said again, set up in {:.1} ms, {:.1} us/call, {:.0} % of a core, generator {:.0} %",
        kind.name(),
        outcome.asked_per_second,
        outcome.per_second,
        if outcome.is_good() { "" } else { " (does not count)" },
        outcome.failed,
        outcome.repeated,
        outcome.set_up_ms,
        outcome.cpu_us_per_call,
        outcome.core_share * 100.0,
        outcome.generator_core_share * 100.0,
    );
}

fn print_table(rows: &[Row], memories: &[Memory], options: &SignalingOptions) {
    println!("\nCalls and registrations, medians of {} rounds\n", options.rounds);
    println!(
        "| | per second | of Kamailio | CPU us each | of Kamailio | set up in ms | core % | generator % | KB a standing call |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for &kind in &options.kinds {
        let all = |name: &str, value: &dyn Fn(&Outcome) -> f64| {
            let fitting = rows.iter().filter(|row| row.measured == name);
            median(fitting.map(|row| value(&row.outcome)).collect())
        };
        let of = |value: fn(&Outcome) -> f64| all(kind.name(), &value);
        let of_kamailio = |value: fn(&Outcome) -> f64| {
            let theirs = all(Kind::Relayed.name(), &value).filter(|_| kind.goes_on());
            of(value).zip(theirs).map(|(own, theirs)| own / theirs)
        };
        let kb = memories.iter().filter(|it| it.measured == kind.name()).map(|it| it.kb_per_call);
        let cells = [
            kind.name().to_owned(),
            figure(of(|it| it.per_second), 0),
            figure(of_kamailio(|it| it.per_second), 2),
            figure(of(|it| it.cpu_us_per_call), 0),
            figure(of_kamailio(|it| it.cpu_us_per_call), 2),
            figure(of(|it| it.set_up_ms), 1),
            figure(of(|it| it.core_share * 100.0), 0),
            figure(of(|it| it.generator_core_share * 100.0), 0),
            figure(median(kb.collect()), 1),
        ];
        println!("| {} |", cells.join(" | "));
    }
}
