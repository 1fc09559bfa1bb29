//! One measurement: calls under way for some seconds, and what was heard.

use std::time::Duration;

use serde::Serialize;

use crate::calls::control::{Control, Order};
use crate::calls::phones::{Heard, Phones};
use crate::clock::as_ns;
use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::process::ServerProcess;

/// How long after the window its last marks may still be heard.
const DRAIN: Duration = Duration::from_millis(300);
/// A change that has not come through by then never will.
const MOST_SWITCH: Duration = Duration::from_secs(2);

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    pub cpu_percent_per_call: f64,
    pub core_share: f64,
    pub us_per_datagram: f64,
    pub direct_p50_ms: f64,
    pub direct_p99_ms: f64,
    pub mixed_p50_ms: f64,
    pub mixed_p99_ms: f64,
    /// Marks that were heard, of those that had to be.
    pub heard_share: f64,
    pub leaks: u64,
    pub kb_per_call: f64,
    pub generator_idle_share: f64,
    pub switches: u64,
    /// Changes that had not come through after seconds.
    pub switches_lost: u64,
    /// From the order to the first packet in which the customer hears the supervisor.
    pub barge_in_p50_ms: f64,
    pub barge_in_p99_ms: f64,
    /// From the order to the first packet without the supervisor.
    pub coach_p50_ms: f64,
    pub coach_p99_ms: f64,
    /// Both together.
    pub switch_p50_ms: f64,
    pub switch_p99_ms: f64,
}

/// How long, and how often supervisors change.
pub struct Pace {
    pub calls: usize,
    pub warm_up: Duration,
    pub length: Duration,
    pub switches_per_second: u64,
}

/// What a server needed when it had fewer calls.
#[derive(Clone, Copy)]
pub struct Memory {
    pub kb: u64,
    pub calls: usize,
}

/// Supervisors that barge in and coach again, one call after another.
struct Switches<'a> {
    control: &'a Control,
    calls: usize,
    gap_ns: Option<u64>,
    next: u64,
    call: usize,
    /// Since when the customer is to hear the supervisor, or not to hear it any more.
    waits: Option<(u64, bool)>,
    /// Of barging in, of coaching again, and of both.
    took: [Histogram; 3],
    lost: u64,
}

impl Switches<'_> {
    fn turn(&mut self, phones: &Phones, now: u64) -> Result<(), LoadError> {
        let Some(gap) = self.gap_ns else { return Ok(()) };
        if let Some((since, hears)) = self.waits {
            if phones.customer_hears_supervisor(self.call) == hears {
                let took = phones.clock.ns() - since;
                [usize::from(!hears), 2].into_iter().for_each(|which| self.took[which].record(took));
                self.waits = None;
            } else if now > since + as_ns(MOST_SWITCH) {
                self.lost += 1;
                self.waits = None;
            }
        }
        if self.waits.is_none() && now >= self.next {
            let hears = !phones.customer_hears_supervisor(self.call);
            if hears {
                self.call = (self.call + 1) % self.calls;
            }
            let barges_in = !phones.customer_hears_supervisor(self.call);
            let call = self.call as u32;
            self.waits = Some((phones.clock.ns(), barges_in));
            self.control.tell(if barges_in { Order::BargeIn(call) } else { Order::Coach(call) })?;
            self.next = now + gap;
        }
        Ok(())
    }
}

/// Lets the phones speak and counts.
pub fn measure(
    phones: &mut Phones,
    server: &ServerProcess,
    control: &Control,
    before: Memory,
    pace: &Pace,
) -> Result<Outcome, LoadError> {
    let begun = phones.clock.ns() + as_ns(pace.warm_up);
    let end = begun + as_ns(pace.length);
    let mut heard = Heard::new(begun..end);
    let gap_ns = 1_000_000_000_u64.checked_div(pace.switches_per_second);
    let (took, calls) = (std::array::from_fn(|_| Histogram::new()), pace.calls);
    let mut switches = Switches { control, calls, gap_ns, next: begun, call: 0, waits: None, took, lost: 0 };
    while phones.clock.ns() < begun {
        phones.turn(&mut heard)?;
    }
    let (cpu, idle, datagrams) = (server.cpu_us()?, phones.idle_ns(), heard.datagrams);
    while phones.clock.ns() < end {
        phones.turn(&mut heard)?;
        switches.turn(phones, phones.clock.ns())?;
    }
    let (cpu, idle) = (server.cpu_us()? - cpu, phones.idle_ns() - idle);
    let datagrams = heard.datagrams - datagrams;
    let lasted_ns = (phones.clock.ns() - begun) as f64;
    while phones.clock.ns() < end + as_ns(DRAIN) {
        phones.turn(&mut heard)?;
    }
    let core_share = cpu as f64 * 1e3 / lasted_ns;
    let kb = server.resident_kb()?.saturating_sub(before.kb) as f64;
    let marks = heard.direct.total() + heard.mixed.total();
    let ms = |histogram: &Histogram, share| match histogram.total() {
        0 => f64::NAN,
        _ => histogram.percentile_ms(share),
    };
    Ok(Outcome {
        cpu_percent_per_call: core_share * 100.0 / pace.calls as f64,
        core_share,
        us_per_datagram: cpu as f64 / datagrams.max(1) as f64,
        direct_p50_ms: ms(&heard.direct, 0.5),
        direct_p99_ms: ms(&heard.direct, 0.99),
        mixed_p50_ms: ms(&heard.mixed, 0.5),
        mixed_p99_ms: ms(&heard.mixed, 0.99),
        heard_share: marks as f64 / heard.due.max(1) as f64,
        // With switches, customers hear supervisors by right.
        leaks: if pace.switches_per_second == 0 { heard.leaks } else { 0 },
        kb_per_call: kb / (pace.calls - before.calls) as f64,
        generator_idle_share: idle as f64 / lasted_ns,
        switches: switches.took[2].total() + switches.lost,
        switches_lost: switches.lost,
        barge_in_p50_ms: ms(&switches.took[0], 0.5),
        barge_in_p99_ms: ms(&switches.took[0], 0.99),
        coach_p50_ms: ms(&switches.took[1], 0.5),
        coach_p99_ms: ms(&switches.took[1], 0.99),
        switch_p50_ms: ms(&switches.took[2], 0.5),
        switch_p99_ms: ms(&switches.took[2], 0.99),
    })
}
