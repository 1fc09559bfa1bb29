//! The only place of this crate that reads a clock. Deadlines are wall-clock times, because they
//! outlive the process; waiting is done by tokio's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contact_center::Timestamp;
use tokio::time::Instant;

/// How long the wall clock is trusted not to jump: whoever waits for it looks again after that.
const TRUST_MS: u64 = 1_000;

/// A wall clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Simulated { began_at: Timestamp, since: Instant },
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `began_at` now and follows tokio's, which tests pause and move.
    pub fn simulated(began_at: Timestamp) -> Self {
        Self(Source::Simulated { began_at, since: instant() })
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_time(),
            Source::Simulated { began_at, since } => {
                let passed = instant().duration_since(*since).as_millis();
                began_at.plus_ms(u64::try_from(passed).unwrap_or(u64::MAX))
            }
        }
    }

    /// Waits until `at` at the most. If that is far away it comes back earlier, because the clock
    /// may have been set meanwhile.
    pub(crate) async fn wait_for(&self, at: Timestamp) {
        let left_ms = u64::try_from(at.0.saturating_sub(self.now().0)).unwrap_or(0);
        pause(left_ms.min(TRUST_MS)).await;
    }
}

/// Waits. For the time between two attempts at something that fails.
pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep_until(instant() + Duration::from_millis(ms)).await;
}

/// A point in time to measure from.
#[expect(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the clock of this crate")]
fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis());
    Timestamp(i64::try_from(since_epoch).unwrap_or(i64::MAX))
}
