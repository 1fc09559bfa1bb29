//! Connections and the format of the database, which is brought up to date when it is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Durability;

/// Each step brings the format from its index to the next number.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/sqlite/0001_begin.sql")];

/// The latest format.
pub(super) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// How long to wait for somebody who looks into the database with another program.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// After how many pages the write-ahead log is moved into the database.
const CHECKPOINT_PAGES: u32 = 4_000;

/// What remains of the write-ahead log's file after that.
const LOG_FILE_BYTES: u32 = 64 << 20;

pub(super) fn connect(file: &Path, durability: Durability) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_FILE_BYTES)?;
    Ok(connection)
}

pub(super) fn connect_to_read(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Brings the format up to date, in one transaction. Answers the format that the database has then:
/// more than [`KNOWN`], and untouched, if a later version wrote it.
pub(super) fn migrate(connection: &mut Connection) -> Result<u32, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (format, migration) in (1..=KNOWN).zip(MIGRATIONS).skip(found as usize) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", format)?;
    }
    transaction.commit()?;
    Ok(found.max(KNOWN))
}
