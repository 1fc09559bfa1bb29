//! The one place of this crate that reads clocks.

use std::time::{Instant, SystemTime};

use contact_center::Timestamp;

/// Now, for durations.
#[expect(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall clock, by which the contact center remembers when texts arrived.
#[expect(clippy::disallowed_methods, reason = "the clock of this crate")]
pub(crate) fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Waits until then; without a time, for ever.
pub(crate) async fn wait_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
