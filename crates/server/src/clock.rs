//! The one place of this crate that reads a clock.

use std::time::Instant;

/// Now, for durations.
#[expect(clippy::disallowed_methods, reason = "the clock of this crate")]
pub fn now() -> Instant {
    Instant::now()
}
