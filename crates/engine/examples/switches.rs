//! How many switches between monitoring and coaching a second go through one contact center's owner,
//! by durability and by how many wait at once; beside them the single-row commits of the same disk.
//!
//! `cargo run --release -p engine --example switches -- [seconds] [directory]`

#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails ends")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::local::LocalBus;
use contact_center::ContactCenterId;
use contact_center::audience::Mode;
use contact_center::people::Role;
use engine::{Denial, Engine, Handle};
use people::Watched;
use store::sqlite::{Durability, SqliteStore};
use store::{Commit, Store};

#[path = "../tests/it/people.rs"]
mod people;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(3);
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    for durability in [Durability::Normal, Durability::Full] {
        let directory = directory.join(format!("switches-{}-{durability:?}", std::process::id()));
        measure(&directory, durability, Duration::from_secs(seconds)).await;
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

async fn measure(directory: &Path, durability: Durability, time: Duration) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory, durability).unwrap());
    let engine = Engine::start(store.clone(), Arc::new(LocalBus::default())).await.unwrap();
    let center = people::found(&engine, "Acme").await;
    for clients in [1, 64] {
        let rows = single_rows(&store, time).await;
        let chats = watched(&center, clients).await;
        let spent = cpu_ms();
        let (count, mut latencies) = switch(&center, chats.clone(), time).await;
        let cpu_us = (cpu_ms() - spent) * 1_000.0 / count as f64;
        latencies.sort_unstable();
        let per_second = count as f64 / time.as_secs_f64();
        println!(
            "{durability:?}, {clients:>2} waiting: {per_second:>8.0} switches/s ({:.1} times {rows:.0} single-row commits/s), p50 {:?}, p99 {:?}, {cpu_us:.1} us of CPU each",
            per_second / rows,
            latencies[latencies.len() / 2],
            latencies[latencies.len() * 99 / 100],
        );
        for chat in chats {
            let order = contact_center::command::Order::Complete { queue: None, farewell: None };
            let done = contact_center::Command::Converse { by: chat.agent, contact: chat.contact, order };
            drop(center.execute(done, None).await);
        }
    }
    engine.shut_down().await;
}

/// As many watched chats, each with an agent and a supervisor of its own.
async fn watched(center: &Handle, count: usize) -> Vec<Watched> {
    let mut chats = Vec::new();
    for number in 0..count {
        let name = |role: &str| format!("{role}{number} of {count}");
        let supervisor = people::hire(center, &name("sam"), &[Role::Supervisor, Role::Agent]).await.unwrap();
        // Not in the line of those who get chats.
        let operation = "NotReady".to_owned();
        let busy =
            contact_center::Command::EnterState { by: supervisor, of: supervisor, channel: None, operation };
        center.execute(busy, None).await.unwrap();
        people::hire(center, &name("anna"), &[Role::Agent]).await.unwrap();
        chats.push(people::watch(center, supervisor).await);
    }
    chats
}

/// What this process has used, by the kernel's count in hundredths of a second. Other than the rate it
/// is the same on a busy machine.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks * 10.0
}

/// The disk's own pace: one row, one commit, one after the other.
async fn single_rows(store: &Arc<dyn Store>, time: Duration) -> f64 {
    let id = ContactCenterId(7);
    let epoch = match store.found(id, b"[]".to_vec()).await {
        Ok(epoch) => epoch,
        Err(_) => store.take(id).await.unwrap().epoch,
    };
    let first = store.take(id).await.unwrap().batches.len() as u64 + 1;
    let epoch = store::Epoch(epoch.0 + 1);
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < time {
        let commit =
            Commit { center: id, epoch, sequence: first + count, events: vec![b'x'; 300], ended: Vec::new() };
        store.commit(commit).await.unwrap();
        count += 1;
    }
    count as f64 / began.elapsed().as_secs_f64()
}

async fn switch(center: &Handle, chats: Vec<Watched>, time: Duration) -> (usize, Vec<Duration>) {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for chat in chats {
        let center = center.clone();
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for mode in [Mode::Coach, Mode::Monitor].into_iter().cycle() {
                if began.elapsed() >= time {
                    break;
                }
                let sent = Instant::now();
                match center.execute(chat.switch(mode), Some(1)).await {
                    Ok(_) => latencies.push(sent.elapsed()),
                    Err(Denial::Refused(refusal)) => panic!("{refusal:?}"),
                    Err(Denial::Failed(failure)) => panic!("{failure:?}"),
                }
            }
            latencies
        });
    }
    let latencies = tasks.join_all().await.concat();
    (latencies.len(), latencies)
}
