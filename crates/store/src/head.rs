//! Who may commit what: the check that every form of the store makes before it keeps a batch.

use contact_center::ContactCenterId;

use crate::{CommitError, Epoch};

/// The end of a contact center's log, and its owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub epoch: Epoch,
    pub last: u64,
}

impl Head {
    /// Lets the next batch of the owner in, and nothing else.
    pub fn admit_batch(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        sequence: u64,
    ) -> Result<(), CommitError> {
        self.admit(center, epoch, sequence, sequence == self.last + 1)
    }

    /// Lets a snapshot of the owner in that holds nothing but what was committed.
    pub fn admit_snapshot(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        sequence: u64,
    ) -> Result<(), CommitError> {
        self.admit(center, epoch, sequence, sequence <= self.last)
    }

    fn admit(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        given: u64,
        in_order: bool,
    ) -> Result<(), CommitError> {
        if epoch != self.epoch {
            Err(CommitError::NotOwner(center))
        } else if !in_order {
            Err(CommitError::OutOfOrder { center, given, last: self.last })
        } else {
            Ok(())
        }
    }
}
