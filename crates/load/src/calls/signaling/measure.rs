//! One measurement: so many calls at a rate, and what every side has counted.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::calls::signaling::sipp::{self, Begin, Script, Sipp};
use crate::calls::signaling::{CALLERS, free_port};
use crate::error::LoadError;
use crate::process::Running;

/// Whatever is not done so long after the last call began counts as failed.
const DRAIN_LIMIT: Duration = Duration::from_secs(4);
/// Of so many calls one may need that something is said again: machines stumble.
const CALLS_PER_REPETITION: u64 = 1_000;
/// What has to be reached of the rate that was asked for.
const ENOUGH: f64 = 0.95;

/// What was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    pub asked_per_second: u64,
    /// Calls that went as they should, per second.
    pub per_second: f64,
    pub calls: u64,
    pub failed: u64,
    /// Messages that anybody said again.
    pub repeated: u64,
    pub set_up_ms: f64,
    pub cpu_us_per_call: f64,
    pub core_share: f64,
    /// Near 1 the figures are the generator's own.
    pub generator_core_share: f64,
}

impl Outcome {
    /// Whether every call went as it should, at the rate that was asked for.
    pub fn is_good(&self) -> bool {
        self.failed == 0
            && self.calls > 0
            && self.repeated <= self.calls / CALLS_PER_REPETITION
            && self.per_second >= self.asked_per_second as f64 * ENOUGH
    }
}

/// The telephones on both sides of a server.
pub struct Telephones<'a> {
    /// Who calls or registers.
    pub script: Script,
    /// Whom they call.
    pub number: &'a str,
    pub accounts: Option<&'a Path>,
    /// Where somebody answers behind the server, if it passes calls on.
    pub called: Option<SocketAddr>,
    /// How long calls stand.
    pub held: Duration,
    /// Where counters are kept.
    pub folder: &'a Path,
    pub core: Option<usize>,
}

impl Telephones<'_> {
    /// Lets them call a server for some seconds.
    pub fn measure(
        &self,
        server: &Running,
        address: SocketAddr,
        per_second: u64,
        length: Duration,
    ) -> Result<Outcome, LoadError> {
        let calls = (per_second * length.as_secs()).max(1);
        let at_most = length + self.held + DRAIN_LIMIT;
        let mut called = self.start_called(calls)?;
        let cpu_before = server.cpu_us_of_all()?;
        let mut caller = self.start_caller(address, per_second, calls, at_most)?;
        caller.wait(at_most + DRAIN_LIMIT)?;
        let cpu_us = (server.cpu_us_of_all()? - cpu_before) as f64;
        let counts = caller.counts(calls)?;
        let mut repeated = counts.repeated;
        let mut generator_us = caller.cpu_us();
        if let Some(called) = &mut called {
            repeated += called.counts(calls)?.repeated;
            generator_us += called.cpu_us();
        }
        let seconds = counts.seconds.max(1e-3);
        Ok(Outcome {
            asked_per_second: per_second,
            per_second: counts.successful as f64 / seconds,
            calls: counts.successful,
            // What never ended is not counted by anybody.
            failed: calls - counts.successful.min(calls),
            repeated,
            set_up_ms: counts.set_up_ms,
            cpu_us_per_call: cpu_us / counts.successful.max(1) as f64,
            core_share: cpu_us / 1e6 / seconds,
            generator_core_share: generator_us as f64 / 1e6 / seconds,
        })
    }

    /// Those behind the server.
    pub fn start_called(&self, calls: u64) -> Result<Option<Sipp>, LoadError> {
        let start = |own| Sipp::start(sipp::CALLED, own, calls, None, self.folder, self.core);
        self.called.map(start).transpose()
    }

    /// Those that call.
    pub fn start_caller(
        &self,
        to: SocketAddr,
        per_second: u64,
        calls: u64,
        at_most: Duration,
    ) -> Result<Sipp, LoadError> {
        let Telephones { number, held, accounts, .. } = *self;
        let begin = Begin { to, number, per_second, held, at_most, accounts };
        Sipp::start(self.script, free_port(CALLERS)?, calls, Some(&begin), self.folder, self.core)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_only_if_every_call_went_well() {
        let good = Outcome { asked_per_second: 1_000, per_second: 980.0, calls: 5_000, ..Outcome::default() };
        assert!(good.is_good());
        assert!(Outcome { repeated: 5, ..good }.is_good());
        assert!(!Outcome { repeated: 6, ..good }.is_good());
        assert!(!Outcome { failed: 1, ..good }.is_good());
        assert!(!Outcome { per_second: 900.0, ..good }.is_good());
    }
}
