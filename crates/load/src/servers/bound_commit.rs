//! The bound of durability: commits of one row or of several, each flushed to the disk, one after another.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::clock::{Clock, as_ns};
use crate::error::LoadError;

const ROW_BYTES: usize = 200;
const FILES: [&str; 3] = ["bound-commit.sqlite", "bound-commit.sqlite-wal", "bound-commit.sqlite-shm"];

/// Commits single rows for that long in a new database in the folder, and says how many a second.
pub fn commits_per_second(folder: &Path, length: Duration) -> Result<f64, LoadError> {
    rows_per_second(folder, 1, length)
}

/// Commits so many rows at a time, for that long, in a new database in the folder; says how many rows a second.
pub fn rows_per_second(folder: &Path, rows_per_commit: u64, length: Duration) -> Result<f64, LoadError> {
    std::fs::create_dir_all(folder)?;
    remove(folder);
    let database = Connection::open(folder.join(FILES[0]))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch("CREATE TABLE event (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
    let mut insert = database.prepare("INSERT INTO event (body) VALUES (?1)")?;
    let row = [7u8; ROW_BYTES];
    let clock = Clock::start();
    let mut rows = 0u64;
    while clock.ns() < as_ns(length) {
        let transaction = database.unchecked_transaction()?;
        for _ in 0..rows_per_commit.max(1) {
            insert.execute([&row[..]])?;
        }
        transaction.commit()?;
        rows += rows_per_commit.max(1);
    }
    let took_s = clock.ns() as f64 / 1e9;
    drop(insert);
    drop(database);
    remove(folder);
    Ok(rows as f64 / took_s)
}

fn remove(folder: &Path) {
    for file in FILES {
        // A file that is not there is as good as removed.
        let _ = std::fs::remove_file(folder.join(file));
    }
}
