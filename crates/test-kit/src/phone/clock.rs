//! The one place of the simulated phones that reads clocks.

use std::time::Instant;

/// Now, for deadlines and RTP time stamps.
#[expect(clippy::disallowed_methods, reason = "the clock of the simulated phones")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Waits until a moment; forever, if there is none.
pub(super) async fn wait_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
