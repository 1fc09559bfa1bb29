//! What the gateway promises, over real connections, between a contact center on the memory store and carriers made of
//! the other side of the protocol.

#![expect(clippy::unwrap_used, reason = "a test that fails ends")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use carrier::{Manner, TestCarrier};
use office::Office;
use sms_gateway::{Carrier, Config};
use store::memory::MemoryStore;

mod arriving;
mod carrier;
mod chaos;
mod exchange;
mod going_out;
mod office;
mod trouble;

/// A carrier that takes everything, and a contact center.
async fn one_of_each(manner: Manner) -> (TestCarrier, Office) {
    (TestCarrier::open(manner).await, Office::open(Arc::new(MemoryStore::default())).await)
}

/// Everything over these carriers.
fn over(carriers: Vec<Carrier>) -> Config {
    Config { carriers, routes: Vec::new() }
}

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "the runtime of the test ends it")]
fn start(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}

#[expect(clippy::disallowed_methods, reason = "connections live by the real clock")]
fn now() -> Instant {
    Instant::now()
}

/// A moment in which other things happen. Only for what must not happen: that cannot be waited for.
async fn a_moment(ms: u64) {
    tokio::time::sleep_until((now() + Duration::from_millis(ms)).into()).await;
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
