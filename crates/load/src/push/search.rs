//! The highest rate that a server keeps up with.

use crate::error::LoadError;
use crate::push::step::StepResult;

const P99_LIMIT_MS: f64 = 100.0;
const GROWTH: f64 = 1.5;
/// The search ends when the best passed and the lowest failed rate are this near.
const NEAR_ENOUGH: f64 = 1.06;
const LOWEST_RATE: u64 = 200;
const HIGHEST_RATE: u64 = 20_000_000;

/// Steps up until the server fails, then closes in. `step` measures at a rate.
pub fn search(
    first: u64,
    mut step: impl FnMut(u64) -> Result<StepResult, LoadError>,
) -> Result<Option<StepResult>, LoadError> {
    let mut best: Option<StepResult> = None;
    let mut failed: Option<u64> = None;
    let mut rate = first.max(LOWEST_RATE);
    loop {
        let result = step(rate)?;
        if result.passed(P99_LIMIT_MS) {
            best = Some(result);
        } else {
            failed = Some(rate);
        }
        let passed = best.as_ref().map(|best| best.asked_per_second);
        rate = match (passed, failed) {
            (Some(low), Some(high)) if high as f64 <= low as f64 * NEAR_ENOUGH => return Ok(best),
            (Some(low), Some(high)) => (low as f64 * high as f64).sqrt() as u64,
            (Some(low), None) if low >= HIGHEST_RATE => return Ok(best),
            (Some(low), None) => (low as f64 * GROWTH) as u64,
            (None, Some(high)) if high <= LOWEST_RATE => return Ok(None),
            (None, _) => (rate / 2).max(LOWEST_RATE),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(first: u64, capacity: u64) -> Option<u64> {
        let step = |rate| {
            Ok(StepResult {
                asked_per_second: rate,
                deliveries_per_second: rate as f64,
                p50_ms: 1.0,
                p99_ms: if rate <= capacity { 10.0 } else { 500.0 },
                p999_ms: 1.0,
                server_cpu_us_per_delivery: 1.0,
                server_core_share: 0.5,
                generator_idle_share: 0.5,
                lost: 0,
                gave_up: false,
            })
        };
        search(first, step).unwrap().map(|best| best.asked_per_second)
    }

    #[test]
    fn the_search_closes_in_on_the_capacity_from_either_side() {
        for first in [1000, 100_000, 1_000_000] {
            let best = check(first, 100_000).unwrap();
            assert!((93_000..=100_000).contains(&best), "from {first}: {best}");
        }
    }

    #[test]
    fn a_server_that_never_keeps_up_has_no_result() {
        assert_eq!(check(16_000, 0), None);
    }
}
