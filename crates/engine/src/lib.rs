//! The owner task of each contact center: the only writer of its state.
//!
//! Commands come one at a time, are decided and applied in batches, committed by one commit of the
//! store, and only then announced and answered. What the contact center owes by itself is done after
//! each command and when its time comes.

use contact_center::{ContactCenterId, Refusal};

mod batch;
pub mod clock;
mod engine;
mod figures;
mod handle;
mod owner;
pub mod random;
mod record;
mod snapshots;
mod tasks;

pub use engine::{Config, Engine};
pub use handle::{Answer, Handle};

/// Why a command had no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The rules say no.
    Refused(Refusal),
    /// The world let us down; nothing was kept.
    Failed(Failure),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Denial {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Why nothing was kept, or nothing could be read. The caller may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// More commands wait than the owner takes.
    #[error("the contact center is busy")]
    Busy,
    /// The commit failed, or the state is being loaded again after one that did; the log says why.
    #[error("the change could not be stored")]
    NotStored,
    /// The owner has stopped.
    #[error("the server is stopping")]
    Stopped,
}

/// Why no engine runs. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Read(#[from] store::ReadError),
    /// The store keeps nothing.
    #[error("the store cannot be written")]
    Write(#[from] store::CommitError),
    /// What is kept is not what this version wrote. Nothing is guessed: it needs a human.
    #[error("batch {sequence} of contact center {center} is unreadable")]
    Unreadable {
        /// The contact center.
        center: ContactCenterId,
        /// The batch, or the last one in the snapshot.
        sequence: u64,
        /// Where and why.
        #[source]
        cause: serde_json::Error,
    },
    /// A batch is missing.
    #[error("batch {missing} of contact center {center} is missing")]
    Gap {
        /// The contact center.
        center: ContactCenterId,
        /// The batch.
        missing: u64,
    },
    /// The server's secret does not have 32 bytes.
    #[error("the server's secret is damaged")]
    DamagedSecret,
}
