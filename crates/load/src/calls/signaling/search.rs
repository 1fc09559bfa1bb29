//! The highest rate that a server keeps up with.

use crate::calls::signaling::measure::Outcome;
use crate::error::LoadError;

const GROWTH: f64 = 1.5;
/// The search ends when the best passed and the lowest failed rate are this near.
const NEAR_ENOUGH: f64 = 1.06;
const LOWEST_RATE: u64 = 50;
/// `sipp` gets no further.
const HIGHEST_RATE: u64 = 50_000;

/// Steps up until the server fails twice, then closes in. `step` measures at a rate.
pub fn search(
    first: u64,
    mut step: impl FnMut(u64) -> Result<Outcome, LoadError>,
) -> Result<Option<Outcome>, LoadError> {
    let mut best: Option<Outcome> = None;
    let mut failed: Option<u64> = None;
    let mut rate = first.max(LOWEST_RATE);
    loop {
        let mut outcome = step(rate)?;
        if !outcome.is_good() {
            // Once may be the machine's fault.
            outcome = step(rate)?;
        }
        if outcome.is_good() {
            best = Some(outcome);
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
        let step = |rate: u64| {
            let done = rate.min(capacity);
            let lost = rate - done;
            Ok(Outcome {
                asked_per_second: rate,
                calls: done,
                failed: lost,
                per_second: done as f64,
                ..Outcome::default()
            })
        };
        search(first, step).unwrap().map(|best| best.asked_per_second)
    }

    #[test]
    fn the_search_closes_in_on_what_is_held_from_either_side() {
        for first in [50, 3_000, 20_000] {
            let best = check(first, 4_000).unwrap();
            assert!((3_700..=4_000).contains(&best), "from {first}: {best}");
        }
    }

    #[test]
    fn a_server_that_never_keeps_up_has_no_result() {
        assert_eq!(check(1_000, 0), None);
    }
}
