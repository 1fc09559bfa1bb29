//! The thread that writes. It takes everything that waits, commits it by one transaction, and then
//! answers: many share one flush of the disk. Who may write what is checked before anything is
//! written, so that nobody's mistake undoes the work of others; if the disk fails, all share that.

use std::collections::BTreeMap;
use std::sync::Arc;

use contact_center::ContactCenterId;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};

use super::{Answered, reading};
use crate::head::Head;
use crate::{Cause, Commit, CommitError, Epoch, Snapshot};

/// How much one transaction takes, so that its answers do not wait for ever.
const GROUP_JOBS: usize = 1_024;
const GROUP_BYTES: usize = 16 << 20;

/// Something to write, and who waits for it.
pub(super) struct Job {
    pub work: Work,
    pub answer: oneshot::Sender<Result<Answered, CommitError>>,
}

/// Something to write.
pub(super) enum Work {
    Found(ContactCenterId, Vec<u8>),
    Take(ContactCenterId),
    Commit(Commit),
    Snapshot(ContactCenterId, Epoch, Snapshot),
    Value(&'static str, Vec<u8>),
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Found(_, events) => events.len(),
            Self::Commit(commit) => {
                commit.events.len() + commit.ended.iter().map(|one| one.transcript.len()).sum::<usize>()
            }
            Self::Snapshot(_, _, snapshot) => snapshot.state.len(),
            Self::Take(_) | Self::Value(..) => 0,
        }
    }
}

/// Why one piece of work is not done.
enum Trouble {
    /// It was not allowed; nothing was written.
    Denied(CommitError),
    /// The transaction is lost.
    Lost(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Lost(error)
    }
}

impl From<CommitError> for Trouble {
    fn from(error: CommitError) -> Self {
        Self::Denied(error)
    }
}

type Answer = oneshot::Sender<Result<Answered, CommitError>>;

pub(super) struct Writer {
    connection: Connection,
    jobs: mpsc::Receiver<Job>,
    centers: BTreeMap<ContactCenterId, Center>,
    /// The centers as they were before the transaction, for when it is lost.
    before: Vec<(ContactCenterId, Option<Center>)>,
    done: Vec<(Answer, Answered)>,
}

#[derive(Debug, Clone, Copy)]
struct Center {
    number: i64,
    head: Head,
}

impl Writer {
    pub(super) fn new(connection: Connection, jobs: mpsc::Receiver<Job>) -> Result<Self, rusqlite::Error> {
        connection.set_prepared_statement_cache_capacity(32);
        let heads = reading::heads(&connection)?;
        let centers = heads.into_iter().map(|(id, number, head)| (id, Center { number, head })).collect();
        Ok(Self { connection, jobs, centers, before: Vec::new(), done: Vec::new() })
    }

    pub(super) fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            match self.write_group(first) {
                Ok(()) => {
                    for (answer, answered) in self.done.drain(..) {
                        drop(answer.send(Ok(answered)));
                    }
                }
                Err(error) => self.give_up(error),
            }
            self.before.clear();
        }
    }

    /// Writes everything that waits, by one transaction.
    fn write_group(&mut self, first: Job) -> Result<(), rusqlite::Error> {
        let mut next = Some(first);
        let mut bytes = 0;
        let begun = self.connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        let mut lost = begun.err();
        while let Some(Job { work, answer }) = next {
            bytes += work.bytes();
            let outcome = if lost.is_none() { self.write(work) } else { Ok(Answered::Kept) };
            match outcome {
                Ok(answered) => self.done.push((answer, answered)),
                Err(Trouble::Denied(denial)) => drop(answer.send(Err(denial))),
                Err(Trouble::Lost(error)) => {
                    self.done.push((answer, Answered::Kept));
                    lost = Some(error);
                }
            }
            let room = lost.is_none() && self.done.len() < GROUP_JOBS && bytes < GROUP_BYTES;
            next = if room { self.jobs.try_recv().ok() } else { None };
        }
        match lost {
            Some(error) => Err(error),
            None => self.connection.prepare_cached("COMMIT")?.execute([]).map(|_| ()),
        }
    }

    /// Undoes the transaction and tells everybody who was part of it.
    fn give_up(&mut self, error: rusqlite::Error) {
        tracing::error!(error = %error, waiting = self.done.len(), "a transaction failed");
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %error, "a failed transaction could not be rolled back");
        }
        for (id, center) in self.before.drain(..).rev() {
            match center {
                Some(center) => drop(self.centers.insert(id, center)),
                None => drop(self.centers.remove(&id)),
            }
        }
        let cause: Cause = Arc::new(error);
        for (answer, _) in self.done.drain(..) {
            drop(answer.send(Err(CommitError::Failed(cause.clone()))));
        }
    }

    fn write(&mut self, work: Work) -> Result<Answered, Trouble> {
        match work {
            Work::Found(id, events) => self.found(id, &events),
            Work::Take(id) => self.take(id),
            Work::Commit(commit) => self.commit(&commit),
            Work::Snapshot(id, epoch, snapshot) => self.keep_snapshot(id, epoch, &snapshot),
            Work::Value(name, value) => self.value_or_keep(name, value),
        }
    }

    fn center(&self, id: ContactCenterId) -> Result<Center, CommitError> {
        self.centers.get(&id).copied().ok_or(CommitError::NotOwner(id))
    }

    fn put_center(&mut self, id: ContactCenterId, center: Center) {
        let before = self.centers.insert(id, center);
        self.before.push((id, before));
    }

    fn found(&mut self, id: ContactCenterId, events: &[u8]) -> Result<Answered, Trouble> {
        if self.centers.contains_key(&id) {
            return Err(CommitError::NotOwner(id).into());
        }
        let head = Head { epoch: Epoch(1), last: 1 };
        let mut statement =
            self.connection.prepare_cached("INSERT INTO center (id, epoch) VALUES (?1, ?2)")?;
        let number = statement.insert(params![id.to_string(), head.epoch.0])?;
        drop(statement);
        self.append(number, head.last, events)?;
        self.put_center(id, Center { number, head });
        Ok(Answered::Owned(head.epoch))
    }

    fn take(&mut self, id: ContactCenterId) -> Result<Answered, Trouble> {
        let mut center = self.center(id)?;
        center.head.epoch.0 += 1;
        self.connection
            .prepare_cached("UPDATE center SET epoch = ?2 WHERE number = ?1")?
            .execute(params![center.number, center.head.epoch.0])?;
        self.put_center(id, center);
        Ok(Answered::Owned(center.head.epoch))
    }

    fn commit(&mut self, commit: &Commit) -> Result<Answered, Trouble> {
        let mut center = self.center(commit.center)?;
        center.head.admit_batch(commit.center, commit.epoch, commit.sequence)?;
        self.append(center.number, commit.sequence, &commit.events)?;
        for contact in &commit.ended {
            self.connection
                .prepare_cached(
                    "INSERT INTO ended_contact (center, id, ended_at, transcript) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (center, id)
                     DO UPDATE SET ended_at = excluded.ended_at, transcript = excluded.transcript",
                )?
                .execute(params![
                    center.number,
                    contact.id.to_string(),
                    contact.ended_at.0,
                    contact.transcript
                ])?;
        }
        center.head.last = commit.sequence;
        self.put_center(commit.center, center);
        Ok(Answered::Kept)
    }

    fn append(&self, number: i64, sequence: u64, events: &[u8]) -> Result<(), rusqlite::Error> {
        self.connection
            .prepare_cached("INSERT INTO batch (position, events) VALUES (?1, ?2)")?
            .execute(params![reading::position(number, sequence), events])
            .map(|_| ())
    }

    fn keep_snapshot(
        &mut self,
        id: ContactCenterId,
        epoch: Epoch,
        snapshot: &Snapshot,
    ) -> Result<Answered, Trouble> {
        let Center { number, head } = self.center(id)?;
        head.admit_snapshot(id, epoch, snapshot.sequence)?;
        let place = reading::position(number, snapshot.sequence);
        let start = reading::position(number, 0);
        let before: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(position) FROM snapshot WHERE position >= ?1 AND position < ?2")?
            .query_row([start, place], |row| row.get(0))?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO snapshot (position, state) VALUES (?1, ?2)")?
            .execute(params![place, snapshot.state])?;
        if let Some(before) = before {
            self.connection
                .prepare_cached("DELETE FROM snapshot WHERE position >= ?1 AND position < ?2")?
                .execute([start, before])?;
            self.connection
                .prepare_cached("DELETE FROM batch WHERE position >= ?1 AND position <= ?2")?
                .execute([start, before])?;
        }
        Ok(Answered::Kept)
    }

    fn value_or_keep(&mut self, name: &str, value: Vec<u8>) -> Result<Answered, Trouble> {
        let kept = self
            .connection
            .prepare_cached("SELECT value FROM value WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        if let Some(kept) = kept {
            return Ok(Answered::Value(kept));
        }
        self.connection
            .prepare_cached("INSERT INTO value (name, value) VALUES (?1, ?2)")?
            .execute(params![name, value])?;
        Ok(Answered::Value(value))
    }
}
