//! Everything in one SQLite database in a data directory: the store of a server on one node.
//!
//! One thread writes, for all contact centers: what waits is committed by one transaction, so that
//! many wait for the same flush of the disk. Reads use a connection of their own and hold up no
//! commit. SQLite is trusted with what it wrote: its log carries checksums against torn writes; the
//! owner finds a missing batch by its number and a garbled one by parsing it.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use contact_center::{ContactCenterId, ContactId, Timestamp};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{Answer, Cause, Commit, CommitError, EndedContact, Epoch, ReadError, Snapshot, Store, Taken};
use writer::{Job, Work, Writer};

mod reading;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

/// The database in the data directory; SQLite puts its log beside it.
const FILE: &str = "souffleur.db";

/// How many commits wait for the writer at most; whoever comes then waits for a place.
const QUEUE_LIMIT: usize = 1_024;

/// What an answered commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The loss of power: each commit waits for a flush of the disk.
    Full,
    /// The end of the process, but not the loss of power, which can take the last commits back.
    Normal,
}

/// Why a data directory cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server uses it.
    #[error("another process uses the data directory {0}")]
    InUse(PathBuf),
    /// It was written by a later version of this program.
    #[error("the data in {directory} has format {found}; this version knows formats up to {known}")]
    TooNew {
        /// Where.
        directory: PathBuf,
        /// The format found.
        found: u32,
        /// The latest format known.
        known: u32,
    },
    /// The directory can't be made or entered.
    #[error("the data directory {directory} cannot be used")]
    Directory {
        /// Where.
        directory: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The database can't be opened, or is none.
    #[error("the database in {directory} cannot be opened")]
    Database {
        /// Where.
        directory: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
}

/// A store in a data directory. Dropping it waits for what was given to it, then closes the files.
pub struct SqliteStore {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    reader: Arc<Mutex<Connection>>,
    /// Held as long as the files are open.
    _lock: File,
}

impl SqliteStore {
    /// Opens a data directory; makes it if it is not there.
    ///
    /// # Errors
    /// An [`OpenError`], also if another process has it open.
    pub fn open(directory: &Path, durability: Durability) -> Result<Self, OpenError> {
        let lock = lock(directory)?;
        let no_database = |cause| OpenError::Database { directory: directory.to_owned(), cause };
        let file = directory.join(FILE);
        let mut connection = schema::connect(&file, durability).map_err(no_database)?;
        let found = schema::migrate(&mut connection).map_err(no_database)?;
        if found > schema::KNOWN {
            return Err(OpenError::TooNew { directory: directory.to_owned(), found, known: schema::KNOWN });
        }
        let reader = schema::connect_to_read(&file).map_err(no_database)?;
        let (jobs, waiting) = mpsc::channel(QUEUE_LIMIT);
        let writer = Writer::new(connection, waiting).map_err(no_database)?;
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|cause| OpenError::Directory { directory: directory.to_owned(), cause })?;
        let reader = Arc::new(Mutex::new(reader));
        Ok(Self { jobs: Some(jobs), writer: Some(writer), reader, _lock: lock })
    }

    /// Has the writer do something and waits until it is committed.
    async fn write(&self, work: Work) -> Result<Answered, CommitError> {
        let (answer, answered) = oneshot::channel();
        let Some(jobs) = &self.jobs else { return Err(writer_gone()) };
        jobs.send(Job { work, answer }).await.map_err(|_| writer_gone())?;
        answered.await.map_err(|_| writer_gone())?
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, ReadError> {
        let reader = self.reader.clone();
        let reading = tokio::task::spawn_blocking(move || {
            read(&mut reader.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match reading.await {
            Ok(result) => result.map_err(|error| ReadError::Failed(Arc::new(error))),
            Err(error) => Err(ReadError::Failed(Arc::new(error))),
        }
    }
}

/// What the writer answers.
#[derive(Debug, Clone)]
enum Answered {
    Kept,
    Owned(Epoch),
    Value(Vec<u8>),
}

fn writer_gone() -> CommitError {
    CommitError::Failed(Arc::new(std::io::Error::other("the writer of the database has ended")))
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let unusable = |cause| OpenError::Directory { directory: directory.to_owned(), cause };
    // Password hashes and the server's secret are kept here: nobody else may look.
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unusable)?;
    let file = File::options().create(true).truncate(false).write(true).open(directory.join("lock"));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(cause)) => Err(unusable(cause)),
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the database had panicked");
        }
    }
}

impl Store for SqliteStore {
    fn found(&self, center: ContactCenterId, events: Vec<u8>) -> Answer<'_, Result<Epoch, CommitError>> {
        Box::pin(async move {
            match self.write(Work::Found(center, events)).await? {
                Answered::Owned(epoch) => Ok(epoch),
                _ => Err(writer_gone()),
            }
        })
    }

    fn take(&self, center: ContactCenterId) -> Answer<'_, Result<Taken, ReadError>> {
        Box::pin(async move {
            match self.write(Work::Take(center)).await {
                // Nobody but the new owner can add to the log now: reading it needs no lock.
                Ok(Answered::Owned(epoch)) => {
                    let (snapshot, batches) = self.read(move |reader| reading::log(reader, center)).await?;
                    Ok(Taken { epoch, snapshot, batches })
                }
                Err(CommitError::NotOwner(center)) => Err(ReadError::UnknownCenter(center)),
                Err(CommitError::Failed(cause)) => Err(ReadError::Failed(cause)),
                Ok(_) | Err(CommitError::OutOfOrder { .. }) => {
                    let cause: Cause = Arc::new(writer_gone());
                    Err(ReadError::Failed(cause))
                }
            }
        })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move { self.write(Work::Commit(commit)).await.map(|_| ()) })
    }

    fn keep_snapshot(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        snapshot: Snapshot,
    ) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move { self.write(Work::Snapshot(center, epoch, snapshot)).await.map(|_| ()) })
    }

    fn centers(&self) -> Answer<'_, Result<Vec<ContactCenterId>, ReadError>> {
        Box::pin(self.read(|reader| reading::centers(reader)))
    }

    fn ended_contact(
        &self,
        center: ContactCenterId,
        contact: ContactId,
    ) -> Answer<'_, Result<Option<EndedContact>, ReadError>> {
        Box::pin(async move {
            let found = self.read(move |reader| reading::ended_contact(reader, center, contact)).await?;
            found.ok_or(ReadError::UnknownCenter(center))
        })
    }

    fn ended_contacts(
        &self,
        center: ContactCenterId,
        before: (Timestamp, ContactId),
        limit: usize,
    ) -> Answer<'_, Result<Vec<EndedContact>, ReadError>> {
        Box::pin(async move {
            let page =
                self.read(move |reader| reading::ended_contacts(reader, center, before, limit)).await?;
            page.ok_or(ReadError::UnknownCenter(center))
        })
    }

    fn value_or_keep(&self, name: &'static str, value: Vec<u8>) -> Answer<'_, Result<Vec<u8>, CommitError>> {
        Box::pin(async move {
            match self.write(Work::Value(name, value)).await? {
                Answered::Value(value) => Ok(value),
                _ => Err(writer_gone()),
            }
        })
    }
}
