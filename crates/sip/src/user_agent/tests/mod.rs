//! Calls on the virtual clock.

mod bench;
mod pair;
mod phones;
mod property;
mod races;
mod requests;
mod transfers;

use std::time::{Duration, Instant};

/// A clock has to begin somewhere; it then moves by hand.
#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
fn beginning() -> Instant {
    Instant::now()
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
