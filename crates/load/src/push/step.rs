//! One step: messages at a steady rate for some seconds, and what came of it.

use std::time::Duration;

use serde::Serialize;

use crate::clock::as_ns;
use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::process::ServerProcess;
use crate::swarm::{Swarm, Traffic};

const NS_PER_S: u64 = 1_000_000_000;
/// A server that owes the deliveries of this many seconds has failed the step.
const HOPELESS_SECONDS: u64 = 1;
/// How long after the step its last messages may still come.
const DRAIN_LIMIT_NS: u64 = 10 * NS_PER_S;
const SHARE_OF_RATE: f64 = 0.97;

/// What to send in a step.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub deliveries_per_second: u64,
    pub fan_out: u64,
    pub warm_up: Duration,
    pub length: Duration,
}

/// What was measured in a step.
#[derive(Clone, Debug, Serialize)]
pub struct StepResult {
    pub asked_per_second: u64,
    pub deliveries_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub server_cpu_us_per_delivery: f64,
    pub server_core_share: f64,
    /// Share of the time in which the generator had nothing to do; near 0 the figures are its own.
    pub generator_idle_share: f64,
    pub lost: u64,
    pub gave_up: bool,
}

impl StepResult {
    /// A step in which the server dropped a session.
    pub fn broken(asked_per_second: u64) -> StepResult {
        StepResult {
            asked_per_second,
            deliveries_per_second: 0.0,
            p50_ms: f64::NAN,
            p99_ms: f64::NAN,
            p999_ms: f64::NAN,
            server_cpu_us_per_delivery: f64::NAN,
            server_core_share: 0.0,
            generator_idle_share: f64::NAN,
            lost: 0,
            gave_up: true,
        }
    }

    /// Whether the server dropped a session.
    pub fn is_broken(&self) -> bool {
        self.p99_ms.is_nan()
    }

    /// Whether the server kept up.
    pub fn passed(&self, p99_limit_ms: f64) -> bool {
        !self.gave_up
            && self.lost == 0
            && self.p99_ms < p99_limit_ms
            && self.deliveries_per_second > SHARE_OF_RATE * self.asked_per_second as f64
    }
}

/// Counts what arrives.
struct Tally {
    window: std::ops::Range<u64>,
    latencies: Histogram,
    in_window: u64,
    total: u64,
}

impl Tally {
    fn count(&mut self, stamp: u64, now: u64, begun: u64) {
        // Stragglers of the step before do not count.
        if stamp < begun {
            return;
        }
        self.total += 1;
        if self.window.contains(&now) {
            self.in_window += 1;
        }
        if self.window.contains(&stamp) {
            self.latencies.record(now.saturating_sub(stamp));
        }
    }
}

/// Sends at the pace and measures.
pub fn run(
    swarm: &mut Swarm,
    traffic: &impl Traffic,
    server: &ServerProcess,
    pace: Pace,
    first_sequence: u64,
) -> Result<StepResult, LoadError> {
    let begun = swarm.clock.ns();
    let window = begun + as_ns(pace.warm_up)..begun + as_ns(pace.warm_up + pace.length);
    let mut tally = Tally { window: window.clone(), latencies: Histogram::new(), in_window: 0, total: 0 };
    let gap_ns = NS_PER_S as f64 * pace.fan_out as f64 / pace.deliveries_per_second as f64;
    let (mut sent, mut gave_up) = (0u64, false);
    let mut at_start = None;
    loop {
        let now = swarm.clock.ns();
        if at_start.is_none() && now >= window.start {
            at_start = Some((server.cpu_us()?, swarm.idle_ns(), now));
        }
        if now >= window.end {
            break;
        }
        let mut next_due = begun + (sent as f64 * gap_ns) as u64;
        while next_due <= now {
            swarm.send(first_sequence + sent, next_due);
            sent += 1;
            next_due = begun + (sent as f64 * gap_ns) as u64;
        }
        swarm.dispatch(traffic)?;
        let behind = (sent * pace.fan_out).saturating_sub(tally.total);
        if behind > pace.deliveries_per_second * HOPELESS_SECONDS + pace.fan_out {
            gave_up = true;
            break;
        }
        let patience = Duration::from_nanos(next_due.min(window.end).saturating_sub(now));
        swarm.turn(patience, &mut |stamp, now| tally.count(stamp, now, begun))?;
    }
    let ended = swarm.clock.ns();
    let idle_at_end = swarm.idle_ns();
    let (cpu_before, idle_before, since) = at_start.unwrap_or((server.cpu_us()?, idle_at_end, ended));
    let cpu_us = (server.cpu_us()? - cpu_before) as f64;
    let counted_ns = (ended - since).max(1) as f64;
    let unsent = swarm.unsent() as u64;
    swarm.drop_unsent();
    let expected = (sent - unsent) * pace.fan_out;
    while tally.total < expected && swarm.clock.ns() < ended + DRAIN_LIMIT_NS {
        swarm.turn(Duration::from_millis(10), &mut |stamp, now| tally.count(stamp, now, begun))?;
    }
    Ok(StepResult {
        asked_per_second: pace.deliveries_per_second,
        deliveries_per_second: tally.in_window as f64 / (counted_ns / NS_PER_S as f64),
        p50_ms: tally.latencies.percentile_ms(0.5),
        p99_ms: tally.latencies.percentile_ms(0.99),
        p999_ms: tally.latencies.percentile_ms(0.999),
        server_cpu_us_per_delivery: cpu_us / tally.in_window.max(1) as f64,
        server_core_share: cpu_us * 1e3 / counted_ns,
        generator_idle_share: (idle_at_end - idle_before) as f64 / counted_ns,
        lost: expected.saturating_sub(tally.total),
        gave_up,
    })
}
