//! One measurement: texts flow for some seconds, and what came of it.

use std::time::Duration;

use serde::Serialize;

use crate::clock::as_ns;
use crate::error::LoadError;
use crate::process::Running;
use crate::texts::exchange::{Exchange, Flow};
use crate::texts::tally::Tally;

const NS_PER_S: f64 = 1e9;
/// After the measurement, what is underway has this long to arrive.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    pub texts_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub cpu_us_per_text: f64,
    pub core_share: f64,
    /// Near 0 the figures are the generator's own.
    pub generator_idle_share: f64,
    /// Answers that said no.
    pub refused: u64,
    /// What was underway at the end and never arrived.
    pub lost: u64,
}

/// Where a text counts as arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// At the carrier.
    Carrier,
    /// At the HTTP server that a relay hands it on to.
    Hook,
    /// Where it was answered for: it is committed.
    Answer,
}

impl Goal {
    fn reached(self, tally: &Tally) -> u64 {
        match self {
            Goal::Carrier => tally.submitted,
            Goal::Hook => tally.handed_on,
            Goal::Answer => tally.acknowledged,
        }
    }

    /// Texts that were sent and not refused.
    fn sent(self, tally: &Tally) -> u64 {
        match self {
            Goal::Carrier => tally.posted - tally.refused,
            Goal::Hook | Goal::Answer => tally.texted - tally.turned_away,
        }
    }
}

/// One look at everything that is counted.
struct Look {
    reached: u64,
    cpu_us: u64,
    idle_ns: u64,
    ns: u64,
}

/// Lets texts flow for the warm-up and the length; only the length counts. `on_edge` is called at both ends
/// of what counts.
pub fn measure(
    exchange: &mut Exchange,
    flow: Flow,
    goal: Goal,
    processes: &[&Running],
    (warm_up, length): (Duration, Duration),
    mut on_edge: impl FnMut() -> Result<(), LoadError>,
) -> Result<Outcome, LoadError> {
    let begun = exchange.clock.ns();
    let window = begun + as_ns(warm_up)..begun + as_ns(warm_up + length);
    let refused_before = exchange.tally.refused + exchange.tally.turned_away;
    exchange.tally.latencies = crate::histogram::Histogram::new();
    exchange.tally.window = window.clone();
    exchange.flow = flow;
    exchange.run(window.start, |_| false)?;
    on_edge()?;
    let before = look(exchange, goal, processes)?;
    exchange.run(window.end, |_| false)?;
    let after = look(exchange, goal, processes)?;
    on_edge()?;
    exchange.flow = Flow::Nothing;
    let until = exchange.clock.ns() + as_ns(DRAIN_LIMIT);
    exchange.run(until, |it| goal.reached(&it.tally) >= goal.sent(&it.tally))?;
    let tally = &exchange.tally;
    let texts = after.reached - before.reached;
    let took_ns = (after.ns - before.ns).max(1) as f64;
    let cpu_us = (after.cpu_us - before.cpu_us) as f64;
    Ok(Outcome {
        texts_per_second: texts as f64 / (took_ns / NS_PER_S),
        p50_ms: tally.latencies.percentile_ms(0.5),
        p99_ms: tally.latencies.percentile_ms(0.99),
        p999_ms: tally.latencies.percentile_ms(0.999),
        cpu_us_per_text: cpu_us / texts.max(1) as f64,
        core_share: cpu_us * 1e3 / took_ns,
        generator_idle_share: (after.idle_ns - before.idle_ns) as f64 / took_ns,
        refused: tally.refused + tally.turned_away - refused_before,
        lost: goal.sent(tally).saturating_sub(goal.reached(tally)),
    })
}

fn look(exchange: &Exchange, goal: Goal, processes: &[&Running]) -> Result<Look, LoadError> {
    let cpu = processes.iter().map(|process| process.cpu_us()).sum::<Result<u64, LoadError>>()?;
    Ok(Look {
        reached: goal.reached(&exchange.tally),
        cpu_us: cpu,
        idle_ns: exchange.idle_ns,
        ns: exchange.clock.ns(),
    })
}
