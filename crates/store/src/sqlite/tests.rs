//! What the form in a data directory promises beyond the conformance suite.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::conformance::{self, ACME, BOLT, Place, check_log, commit, ended};

/// A data directory that is gone after the test.
struct Directory(PathBuf, Durability);

impl Directory {
    fn new(durability: Durability) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("store-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name), durability)
    }

    /// The files as they are at this moment, as a crash would leave them.
    fn crashed(&self) -> Self {
        let copy = Self::new(self.1);
        std::fs::create_dir(&copy.0).unwrap();
        for name in [FILE.to_owned(), format!("{FILE}-wal")] {
            std::fs::copy(self.0.join(&name), copy.0.join(&name)).unwrap();
        }
        copy
    }

    fn error(&self) -> OpenError {
        let Err(error) = SqliteStore::open(&self.0, self.1) else { panic!("it should not open") };
        error
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Place for Directory {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.0, self.1).unwrap())
    }
}

#[tokio::test]
async fn sqlite_keeps_what_every_store_promises() {
    conformance::holds(|| Directory::new(Durability::Full)).await;
}

#[tokio::test]
async fn sqlite_without_flushes_keeps_what_every_store_promises() {
    conformance::holds(|| Directory::new(Durability::Normal)).await;
}

#[tokio::test]
async fn after_a_crash_every_answered_commit_is_there_and_no_half_one() {
    let directory = Directory::new(Durability::Full);
    let store = directory.open();
    let acme = store.found(ACME, b"founded".to_vec()).await.unwrap();
    let bolt = store.found(BOLT, b"founded".to_vec()).await.unwrap();
    for sequence in 2..=30 {
        let mut batch = commit(ACME, acme, sequence, &sequence.to_string());
        batch.ended.push(ended(sequence.into(), 7));
        store.commit(batch).await.unwrap();
        if sequence % 10 == 0 {
            let state = sequence.to_string().into();
            store.keep_snapshot(ACME, acme, Snapshot { sequence, state }).await.unwrap();
        }
        // Somebody else's commit is under way while the disk is copied.
        let other = store.commit(commit(BOLT, bolt, sequence, "bolt"));
        let mut other = std::pin::pin!(other);
        let started = std::future::poll_fn(|context| std::task::Poll::Ready(other.as_mut().poll(context)));
        let answered = started.await.is_ready();
        let copy = directory.crashed();
        let store = copy.open();
        let last = store.take(ACME).await.unwrap();
        let last = last.batches.last().map(|batch| batch.sequence).or(last.snapshot.map(|one| one.sequence));
        assert_eq!(last, Some(sequence));
        let archived = store.ended_contact(ACME, ContactId(sequence.into())).await.unwrap();
        assert_eq!(archived, Some(ended(sequence.into(), 7)));
        let of_bolt = store.take(BOLT).await.unwrap().batches.len() as u64;
        assert!((sequence - 1..=sequence).contains(&of_bolt), "{of_bolt} at {sequence}");
        if !answered {
            other.await.unwrap();
        }
    }
}

#[test]
fn a_data_directory_has_one_user() {
    let directory = Directory::new(Durability::Full);
    let store = directory.open();
    assert!(matches!(directory.error(), OpenError::InUse(_)));
    drop(store);
    directory.open();
}

#[test]
fn a_later_format_is_left_alone() {
    let directory = Directory::new(Durability::Full);
    drop(directory.open());
    let connection = Connection::open(directory.0.join(FILE)).unwrap();
    connection.pragma_update(None, "user_version", schema::KNOWN + 1).unwrap();
    drop(connection);
    assert!(matches!(directory.error(), OpenError::TooNew { found, .. } if found == schema::KNOWN + 1));
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let directory = Directory::new(Durability::Full);
    std::fs::create_dir(&directory.0).unwrap();
    let letter = b"Dear all, this is not a database. Kind regards".repeat(50);
    std::fs::write(directory.0.join(FILE), &letter).unwrap();
    assert!(matches!(directory.error(), OpenError::Database { .. }));
    assert_eq!(std::fs::read(directory.0.join(FILE)).unwrap(), letter);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = Directory::new(Durability::Full);
    std::fs::write(&directory.0, "a file").unwrap();
    assert!(matches!(directory.error(), OpenError::Directory { .. }));
    std::fs::remove_file(&directory.0).unwrap();
}

#[tokio::test]
async fn what_a_full_disk_does_not_take_is_not_there_and_the_rest_goes_on() {
    let directory = Directory::new(Durability::Full);
    drop(directory.open());
    let connection = schema::connect(&directory.0.join(FILE), Durability::Full).unwrap();
    connection.pragma_update(None, "max_page_count", 60).unwrap();
    let (jobs, waiting) = mpsc::channel(QUEUE_LIMIT);
    let writer = Writer::new(connection, waiting).unwrap();
    let writer = std::thread::Builder::new().spawn(move || writer.run()).unwrap();
    let reader = Arc::new(Mutex::new(schema::connect_to_read(&directory.0.join(FILE)).unwrap()));
    let lock = lock(&directory.0).unwrap();
    let store = SqliteStore { jobs: Some(jobs), writer: Some(writer), reader, _lock: lock };

    let epoch = store.found(ACME, b"founded".to_vec()).await.unwrap();
    let big = "x".repeat(1 << 20);
    let (too_big, with_it) =
        tokio::join!(store.commit(commit(ACME, epoch, 2, &big)), store.found(BOLT, b"founded".to_vec()));
    assert!(matches!(too_big, Err(CommitError::Failed(_))), "{too_big:?}");
    // Whoever shared the transaction shares its end, and nothing else.
    let bolt = match with_it {
        Ok(epoch) => epoch,
        Err(_) => store.found(BOLT, b"founded".to_vec()).await.unwrap(),
    };
    store.commit(commit(ACME, epoch, 2, "small")).await.unwrap();
    store.commit(commit(BOLT, bolt, 2, "small")).await.unwrap();
    drop(store);
    check_log(&directory, ACME, None, &[(1, "founded"), (2, "small")]).await;
    check_log(&directory, BOLT, None, &[(1, "founded"), (2, "small")]).await;
}
