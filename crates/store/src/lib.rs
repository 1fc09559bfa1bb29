//! What is kept: of each contact center an ordered log of committed batches, snapshots, and the
//! archive of its ended contacts; besides them the list of contact centers and a few small values of
//! the server. One trait, [`Store`]; [`memory`] and [`sqlite`] are its forms.
//!
//! What always holds: a commit is kept whole or not at all; batches are numbered from 1 without
//! gaps; of two owners of a contact center only the one that took it last can commit. What a payload
//! means is the owner's business: it is bytes here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use contact_center::{ContactCenterId, ContactId, Timestamp};

#[cfg(test)]
mod conformance;
pub mod faulty;
mod head;
pub mod memory;
pub mod sqlite;

/// What a store will have answered.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Counts the owners that a contact center has had; only the last one may commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub i64);

/// What becomes durable at once: the events of a batch of commands, and the contacts that they ended.
#[derive(Debug)]
pub struct Commit {
    /// In which contact center.
    pub center: ContactCenterId,
    /// The owner's number.
    pub epoch: Epoch,
    /// The batch's number: one more than that of the last.
    pub sequence: u64,
    /// The events, serialized by the owner.
    pub events: Vec<u8>,
    /// The contacts that ended. One that is there already takes its new form.
    pub ended: Vec<EndedContact>,
}

/// A contact that is over, as it is kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedContact {
    /// Its name.
    pub id: ContactId,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Everything about it, serialized by the owner.
    pub transcript: Vec<u8>,
}

/// A whole contact center as it was after a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last batch whose effect it holds.
    pub sequence: u64,
    /// The state, serialized by the owner.
    pub state: Vec<u8>,
}

/// A batch as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number.
    pub sequence: u64,
    /// The events, as the owner serialized them.
    pub events: Vec<u8>,
}

/// What an owner begins with.
#[derive(Debug)]
pub struct Taken {
    /// The owner's number.
    pub epoch: Epoch,
    /// The newest snapshot, if there is one.
    pub snapshot: Option<Snapshot>,
    /// Every batch after it, in order.
    pub batches: Vec<Batch>,
}

/// The cause of a failure, shared by all who waited for the same commit.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why nothing was kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// The contact center was taken by a later owner: this one has to stop.
    #[error("another owner has taken contact center {0}")]
    NotOwner(ContactCenterId),
    /// The owner's idea of the log is wrong: it has to load again.
    #[error("batch {given} of contact center {center} does not follow batch {last}")]
    OutOfOrder {
        /// The contact center.
        center: ContactCenterId,
        /// The number of the batch that was to be kept.
        given: u64,
        /// The number of the last batch kept.
        last: u64,
    },
    /// The disk, the database or the way to it. The owner has to load again, and may go on then.
    #[error("the store could not keep it")]
    Failed(#[source] Cause),
}

/// Why nothing could be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// No such contact center was founded.
    #[error("there is no contact center {0}")]
    UnknownCenter(ContactCenterId),
    /// The disk, the database or the way to it.
    #[error("the store could not be read")]
    Failed(#[source] Cause),
}

/// Where everything is kept.
pub trait Store: Send + Sync {
    /// Begins a contact center with its first batch, which gets number 1; the caller owns it.
    fn found(&self, center: ContactCenterId, events: Vec<u8>) -> Answer<'_, Result<Epoch, CommitError>>;

    /// Takes over a contact center: whoever owned it before can no longer commit.
    fn take(&self, center: ContactCenterId) -> Answer<'_, Result<Taken, ReadError>>;

    /// Keeps a batch. Once answered, it survives whatever the store promises to survive.
    fn commit(&self, commit: Commit) -> Answer<'_, Result<(), CommitError>>;

    /// Keeps a snapshot besides the one before it, and drops what the one before it made
    /// unnecessary: older snapshots and the batches that it covers.
    fn keep_snapshot(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        snapshot: Snapshot,
    ) -> Answer<'_, Result<(), CommitError>>;

    /// All contact centers in order of their foundation.
    fn centers(&self) -> Answer<'_, Result<Vec<ContactCenterId>, ReadError>>;

    /// One ended contact.
    fn ended_contact(
        &self,
        center: ContactCenterId,
        contact: ContactId,
    ) -> Answer<'_, Result<Option<EndedContact>, ReadError>>;

    /// Contacts that ended before a time, the last one first, at most `limit`. To turn the page, give
    /// the last one's time and ID.
    fn ended_contacts(
        &self,
        center: ContactCenterId,
        before: (Timestamp, ContactId),
        limit: usize,
    ) -> Answer<'_, Result<Vec<EndedContact>, ReadError>>;

    /// Keeps a value of the server's under a name unless there is one, and answers the one in force.
    fn value_or_keep(&self, name: &'static str, value: Vec<u8>) -> Answer<'_, Result<Vec<u8>, CommitError>>;
}
