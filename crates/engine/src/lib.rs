//! The owner task of each contact center: the only writer of its state.
//!
//! Commands come one at a time, are decided and applied in batches, committed by one commit of the
//! store, and only then answered and announced.

use contact_center::Refusal;

/// Why a command had no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The rules say no.
    Refused(Refusal),
    /// The world let us down; nothing was kept.
    Failed(Failure),
}

/// Why nothing was kept, or nothing could be read. The caller may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// More commands wait than the owner takes.
    #[error("the contact center is busy")]
    Busy,
    /// The commit failed; the log says why.
    #[error("the change could not be stored")]
    NotStored,
    /// The owner has stopped.
    #[error("the server is stopping")]
    Stopped,
}
