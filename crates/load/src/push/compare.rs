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
}

/// One step, as it is written to the raw results.
#[derive(Serialize)]
struct Step<'a> {
    kind: &'static str,
    target: &'static str,
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
        for place in 0..able.len() {
            // Each round begins with another target, so that none always follows the same one.
            let target = able[(place + round - 1) % able.len()];
            let measured = measure(target, round, options, &mut report)?;
            report.line(&measured)?;
            rounds.push(measured);
        }
    }
    print_table(&able, &rounds, options);
    Ok(())
}

fn measure(
    target: Target,
    round: usize,
    options: &PushOptions,
    report: &mut Report,
) -> Result<Round, LoadError> {
    let mut rig = Some(Rig::start(target, options)?);
    let (sessions, setups_per_second, kb_per_session) =
        rig.as_ref().map_or((0, 0.0, 0.0), |rig| (rig.sessions, rig.setups_per_second, rig.kb_per_session));
    let mut step = |rate| {
        let current = match &mut rig {
            Some(current) => current,
            none => none.insert(Rig::start(target, options)?),
        };
        let result = match current.step(rate, options) {
            Ok(result) => result,
            Err(error) => {
                eprintln!("{} at {rate}/s: {error}", target.name());
                StepResult::broken(rate)
            }
        };
        if result.gave_up || result.lost > 0 {
            // What an overload leaves behind must not spoil the next step.
            rig = None;
        }
        eprintln!(
            "{:13} {:12} round {round}: asked {:>8}/s got {:>8.0}/s  p50 {:.2} p99 {:.2} p99.9 {:.2} ms  {:.1} us/delivery, {:.0} % of a core, {} lost",
            target.name(),
            options.transport.name(),
            result.asked_per_second,
            result.deliveries_per_second,
            result.p50_ms,
            result.p99_ms,
            result.p999_ms,
            result.server_cpu_us_per_delivery,
            result.server_core_share * 100.0,
            result.lost,
        );
        report.line(&Step { kind: "step", target: target.name(), round, step: &result })?;
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
    })
}

fn print_table(targets: &[Target], rounds: &[Round], options: &PushOptions) {
    println!(
        "\n{}, {} sessions, fan-out {}, {} bytes of text, medians of {} rounds{}\n",
        options.transport.name(),
        options.sessions,
        options.fan_out,
        options.payload,
        options.rounds,
        if options.search { ", highest rate with p99 < 100 ms" } else { "" },
    );
    println!(
        "| server | deliveries/s | first : this | p50 ms | p99 ms | p99.9 ms | CPU us/delivery | KB/session | set-ups/s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let first = targets.first().and_then(|&target| of_steps(rounds, target, |s| s.deliveries_per_second));
    for &target in targets {
        let rate = of_steps(rounds, target, |step| step.deliveries_per_second);
        let ratio = first.zip(rate).map(|(first, rate)| first / rate);
        let cells = [
            figure(rate, 0),
            figure(ratio, 2),
            figure(of_steps(rounds, target, |step| step.p50_ms), 2),
            figure(of_steps(rounds, target, |step| step.p99_ms), 2),
            figure(of_steps(rounds, target, |step| step.p999_ms), 2),
            figure(of_steps(rounds, target, |step| step.server_cpu_us_per_delivery), 1),
            figure(of_rounds(rounds, target, |round| Some(round.kb_per_session)), 1),
            figure(of_rounds(rounds, target, |round| Some(round.setups_per_second)), 0),
        ];
        println!("| {} | {} |", target.name(), cells.join(" | "));
    }
}

fn of_steps(rounds: &[Round], target: Target, value: impl Fn(&StepResult) -> f64) -> Option<f64> {
    of_rounds(rounds, target, |round| round.best.as_ref().map(&value))
}

fn of_rounds(rounds: &[Round], target: Target, value: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
    median(rounds.iter().filter(|round| round.target == target.name()).filter_map(value).collect())
}
