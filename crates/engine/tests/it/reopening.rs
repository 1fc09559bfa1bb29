//! A server ends and another begins on the same data directory.

use super::people::{found, hire, request, watch};
use super::*;
use contact_center::audience::Mode;
use contact_center::people::Role;
use store::sqlite::{Durability, SqliteStore};

fn open(directory: &Directory) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&directory.0, Durability::Full).unwrap())
}

/// Something happens in a contact center; `end` is how the server ends.
fn check(snapshot_bytes: u64, end: impl AsyncFnOnce(&Engine)) {
    let directory = Directory::new();
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let life = runtime();
    let (id, secret, state) = life.block_on(async {
        let config = Config { snapshot_bytes, ..config(1, START) };
        let bus = Arc::new(LocalBus::default());
        let engine = Engine::start_with(open(&directory), bus, config).await.unwrap();
        let center = found(&engine, "Acme").await;
        hire(&center, "anna", &[Role::Agent]).await.unwrap();
        let sam = hire(&center, "sam", &[Role::Supervisor, Role::Agent]).await.unwrap();
        let chat = watch(&center, sam).await;
        for mode in [Mode::Coach, Mode::Monitor].into_iter().cycle().take(40) {
            center.execute(chat.switch(mode), None).await.unwrap();
        }
        center.execute(request("dave"), None).await.unwrap();
        let state = state_of(&center).await;
        end(&engine).await;
        (center.id(), engine.server_secret(), state)
    });
    // What still runs is not asked.
    drop(life);

    runtime().block_on(async {
        let engine = Engine::start_with(open(&directory), Arc::new(LocalBus::default()), config(2, START))
            .await
            .unwrap();
        assert_eq!(engine.centers(), [id]);
        assert_eq!(engine.server_secret(), secret);
        let center = engine.center(id).unwrap();
        assert_eq!(state_of(&center).await, state);
        center.execute(request("erin"), None).await.unwrap();
        engine.shut_down().await;
    });
}

#[test]
fn after_a_shutdown_everything_is_there() {
    check(1 << 30, async |engine| engine.shut_down().await);
}

#[test]
fn after_an_end_without_warning_everything_is_there() {
    check(1 << 30, async |_| ());
}

#[test]
fn after_an_end_without_warning_everything_is_there_with_snapshots() {
    check(1_000, async |_| ());
}
