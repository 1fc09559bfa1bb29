//! The one place of the media engine that reads clocks. Its threads keep the real time, whatever the runtime's
//! clock does in tests.

use std::time::{Duration, Instant, SystemTime};

/// Counts from its own start, which all media threads and the recorder share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts counting.
    #[expect(clippy::disallowed_methods, reason = "the clock of the media engine")]
    pub fn start() -> Clock {
        Clock { start: Instant::now() }
    }

    /// Since the start.
    pub fn now(self) -> Duration {
        self.start.elapsed()
    }
}

/// Lets packets gather, so that one wake-up serves many legs.
#[expect(clippy::disallowed_methods, reason = "a media thread under load paces its wake-ups")]
pub(super) fn let_gather(time: Duration) {
    std::thread::sleep(time);
}

/// Seconds since 1970, to date a recording.
#[expect(clippy::disallowed_methods, reason = "the clock of the media engine")]
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
