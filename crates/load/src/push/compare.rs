//! Rounds over several targets in turn, and the medians of what was measured.

use serde::Serialize;

use crate::error::LoadError;
use crate::histogram::median;
use crate::process;
use crate::push::options::{PushOptions, Target};
use crate::push::rig::Rig;
use crate::push::search::search;
use crate::push::step::StepResult;
use crate::report::{Report, figure};

/// Deliveries per second, at most, that a fresh server is warmed up with.
const WARMING_RATE: u64 = 8_000;

/// A server with so many sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Case {
    target: Target,
    sessions: usize,
}

/// One target in one round.
#[derive(Clone, Debug, Serialize)]
struct Round {
    kind: &'static str,
    target: &'static str,
    transport: &'static str,
    sessions: usize,
    fan_out: usize,
    payload: usize,
    round: usize,
    setups_per_second: f64,
    kb_per_session: f64,
    /// The best step of a search, or the only step.
    best: Option<StepResult>,
    #[serde(skip)]
    case: Case,
}

/// One step, as it is written to the raw results.
#[derive(Serialize)]
struct Step<'a> {
    kind: &'static str,
    target: &'static str,
    sessions: usize,
    round: usize,
    step: &'a StepResult,
}

/// Measures all targets in every round, and prints a table of medians.
pub fn run(targets: &[Target], options: &PushOptions) -> Result<(), LoadError> {
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "push")?;
    let (able, unable): (Vec<Target>, Vec<Target>) =
        targets.iter().partition(|target| target.speaks(options.transport));
    for target in unable {
        eprintln!("left out: {} does not speak {}", target.name(), options.transport.name());
    }
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        for &sessions in &options.sessions {
            for place in 0..able.len() {
                // Each round begins with another target, so that none always follows the same one.
                let target = able[(place + round - 1) % able.len()];
                let measured = measure(Case { target, sessions }, round, options, &mut report)?;
                report.line(&measured)?;
                rounds.push(measured);
            }
        }
    }
    print_table(&able, &rounds, options);
    Ok(())
}

fn measure(case: Case, round: usize, options: &PushOptions, report: &mut Report) -> Result<Round, LoadError> {
    let target = case.target;
    let first = start_warm(case, options)?;
    let (sessions, setups_per_second, kb_per_session) =
        (first.sessions, first.setups_per_second, first.kb_per_session);
    let mut rig = Some(first);
    let mut step = |rate| {
        let current = match &mut rig {
            Some(current) => current,
            none => none.insert(start_warm(case, options)?),
        };
        let result = current.step(rate, options).unwrap_or_else(|error| {
            eprintln!("{} at {rate}/s: {error}", target.name());
            StepResult::broken(rate)
        });
        // What an overload leaves behind must not spoil the next step.
        if result.is_broken() || result.lost > 0 {
            rig = None;
        }
        print_step(case, round, options, &result);
        report.line(&Step { kind: "step", target: target.name(), sessions, round, step: &result })?;
        Ok(result)
    };
    let best = if options.search { search(options.rate, step)? } else { Some(step(options.rate)?) };
    Ok(Round {
        kind: "round",
        target: target.name(),
        transport: options.transport.name(),
        sessions,
        fan_out: options.fan_out,
        payload: options.payload,
        round,
        setups_per_second,
        kb_per_session,
        best,
        case,
    })
}

/// A rig whose server has already worked: peers that compile while they run are slow at first.
fn start_warm(case: Case, options: &PushOptions) -> Result<Rig, LoadError> {
    let mut rig = Rig::start(case.target, case.sessions, options)?;
    rig.step(options.rate.min(WARMING_RATE), options)?;
    Ok(rig)
}

fn print_step(case: Case, round: usize, options: &PushOptions, result: &StepResult) {
    eprintln!(
        "{:13} {:12} {} sessions round {round}: asked {}/s got {:.0}/s  p50 {:.2} p99 {:.2} p99.9 {:.2} ms  {:.1} us/delivery, {:.0} % of a core, generator idle {:.0} %, {} lost",
        case.target.name(),
        options.transport.name(),
        case.sessions,
        result.asked_per_second,
        result.deliveries_per_second,
        result.p50_ms,
        result.p99_ms,
        result.p999_ms,
        result.server_cpu_us_per_delivery,
        result.server_core_share * 100.0,
        result.generator_idle_share * 100.0,
        result.lost,
    );
}

fn print_table(targets: &[Target], rounds: &[Round], options: &PushOptions) {
    println!(
        "\n{}, fan-out {}, {} bytes of text, medians of {} rounds{}\n",
        options.transport.name(),
        options.fan_out,
        options.payload,
        options.rounds,
        if options.search { ", highest rate with p99 < 100 ms" } else { "" },
    );
    println!(
        "| server | sessions | deliveries/s | first : this | p50 ms | p99 ms | p99.9 ms | CPU us/delivery | server core % | generator idle % | KB/session | set-ups/s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for &sessions in &options.sessions {
        let rate = |&target| of_steps(rounds, Case { target, sessions }, |s| s.deliveries_per_second);
        let first = targets.first().and_then(rate);
        for target in targets {
            let case = Case { target: *target, sessions };
            let rate = rate(target);
            let cells = [
                sessions.to_string(),
                figure(rate, 0),
                figure(first.zip(rate).map(|(first, rate)| first / rate), 2),
                figure(of_steps(rounds, case, |step| step.p50_ms), 2),
                figure(of_steps(rounds, case, |step| step.p99_ms), 2),
                figure(of_steps(rounds, case, |step| step.p999_ms), 2),
                figure(of_steps(rounds, case, |step| step.server_cpu_us_per_delivery), 1),
                figure(of_steps(rounds, case, |step| step.server_core_share * 100.0), 0),
                figure(of_steps(rounds, case, |step| step.generator_idle_share * 100.0), 0),
                figure(of_rounds(rounds, case, |round| Some(round.kb_per_session)), 1),
                figure(of_rounds(rounds, case, |round| Some(round.setups_per_second)), 0),
            ];
            println!("| {} | {} |", target.name(), cells.join(" | "));
        }
    }
}

fn of_steps(rounds: &[Round], case: Case, value: impl Fn(&StepResult) -> f64) -> Option<f64> {
    of_rounds(rounds, case, |round| round.best.as_ref().map(&value))
}

fn of_rounds(rounds: &[Round], case: Case, value: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
    median(rounds.iter().filter(|round| round.case == case).filter_map(value).collect())
}
