//! What the engine promises, through its public door.

#![expect(clippy::unwrap_used, reason = "a test that fails ends")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::local::LocalBus;
use bus::{Announcement, Bus, Listener};
use contact_center::notice::Notice;
use contact_center::{ContactCenter, Timestamp};
use engine::clock::Clock;
use engine::random::Random;
use engine::{Config, Engine, Handle};
use store::Store;

mod people;
mod promises;
mod reopening;
mod simulation;

/// When every test begins.
const START: Timestamp = Timestamp(1_700_000_000_000);

/// Hears everything.
#[derive(Default)]
struct Ears(Mutex<Vec<Notice>>);

impl Listener for Ears {
    fn hear(&self, announcement: &Announcement) {
        self.0.lock().unwrap().extend(announcement.notices.iter().cloned());
    }
}

impl Ears {
    fn on(bus: &LocalBus) -> Arc<Self> {
        let ears = Arc::new(Self::default());
        bus.subscribe(ears.clone());
        ears
    }

    fn heard(&self) -> Vec<Notice> {
        self.0.lock().unwrap().clone()
    }
}

fn config(seed: u64, began_at: Timestamp) -> Config {
    let (clock, random) = (Clock::simulated(began_at), Random::seeded(seed));
    Config { clock, random, ..Config::default() }
}

/// An engine on a store, by a simulated clock.
async fn start(store: Arc<dyn Store>) -> (Engine, Arc<Ears>) {
    let bus = Arc::new(LocalBus::default());
    let ears = Ears::on(&bus);
    (Engine::start_with(store, bus, config(1, START)).await.unwrap(), ears)
}

/// Everything that a contact center knows, to be compared.
fn written(center: &ContactCenter) -> String {
    serde_json::to_string(center).unwrap()
}

async fn state_of(center: &Handle) -> String {
    center.query(written).await.unwrap()
}

/// Moves the paused clock.
#[expect(clippy::disallowed_methods, reason = "the clock is paused: this moves it")]
async fn pass(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// A data directory that is gone after the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("engine-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
