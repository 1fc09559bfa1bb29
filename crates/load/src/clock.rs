//! The one place of this crate that reads the machine's clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Counts from its own start, so that a time stamp in a payload stays short.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts counting.
    #[expect(clippy::disallowed_methods, reason = "the place where this crate reads the clock")]
    pub fn start() -> Clock {
        Clock { start: Instant::now() }
    }

    /// Nanoseconds since the start.
    pub fn ns(self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A duration as nanoseconds of the clock.
pub fn as_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Seconds since 1970, to date a run.
#[expect(clippy::disallowed_methods, reason = "the place where this crate reads the clock")]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Lets datagrams gather, as a server may that serves many of them with one wake-up.
#[expect(clippy::disallowed_methods, reason = "the place where this crate waits for the clock")]
pub fn let_gather(time: Duration) {
    std::thread::sleep(time);
}
