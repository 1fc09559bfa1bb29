//! What the gateway promises, over real sockets, between a contact center on the memory store and telephones made of the
//! other half of the protocol.

#![expect(clippy::unwrap_used, reason = "a test that fails ends")]

use std::time::{Duration, Instant};

mod answering;
mod beginning;
mod conversations;
mod office;
mod outside;
mod telephone;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "phones live by the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "whoever starts it ends it")]
fn start(task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(task)
}

/// Waits until something holds.
#[track_caller]
fn until<T, F: Future<Output = Option<T>>>(
    what: &'static str,
    look: impl Fn() -> F,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let end = now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(now() < end, "{place}: {what}");
            tokio::time::sleep_until((now() + Duration::from_millis(5)).into()).await;
        }
    }
}
