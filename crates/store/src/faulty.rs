//! A store in front of another that fails and dawdles by a seed: for simulations. What it reports as
//! not kept is not kept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contact_center::{ContactCenterId, ContactId, Timestamp};

use crate::{Answer, Cause, Commit, CommitError, EndedContact, Epoch, ReadError, Snapshot, Store, Taken};

/// How often what goes wrong, in thousandths.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// A commit or a foundation.
    pub commit: u64,
    /// The taking of a snapshot.
    pub snapshot: u64,
    /// The loading of a contact center.
    pub take: u64,
    /// How long each takes at most before it is done, and again until it is answered.
    pub delay_ms: u64,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { commit: 0, snapshot: 0, take: 0, delay_ms: 0 };
}

/// A store that does not always do as it is told.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Mutex<Faults>,
    state: AtomicU64,
}

impl FaultyStore {
    /// Puts faults in front of a store. The same seed and the same calls make the same faults.
    pub fn new(inner: Arc<dyn Store>, seed: u64, faults: Faults) -> Self {
        Self { inner, faults: Mutex::new(faults), state: AtomicU64::new(seed) }
    }

    /// Other faults from now on.
    pub fn set(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next of a series of numbers below `bound` (SplitMix64).
    fn draw(&self, bound: u64) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound
    }

    /// Takes its time before and after the work, and fails now and then instead of doing it.
    async fn suffer<T, E>(
        &self,
        thousandths: u64,
        failed: impl FnOnce(Cause) -> E,
        work: Answer<'_, Result<T, E>>,
    ) -> Result<T, E> {
        self.dawdle().await;
        if self.draw(1_000) < thousandths {
            return Err(failed(Arc::new(std::io::Error::other("a simulated fault"))));
        }
        let done = work.await;
        self.dawdle().await;
        done
    }

    #[expect(clippy::disallowed_methods, reason = "slowness is what this store is for")]
    async fn dawdle(&self) {
        let delay_ms = self.draw(self.faults().delay_ms + 1);
        if delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
    }
}

impl Store for FaultyStore {
    fn found(&self, center: ContactCenterId, events: Vec<u8>) -> Answer<'_, Result<Epoch, CommitError>> {
        let work = self.inner.found(center, events);
        Box::pin(self.suffer(self.faults().commit, CommitError::Failed, work))
    }

    fn take(&self, center: ContactCenterId) -> Answer<'_, Result<Taken, ReadError>> {
        let work = self.inner.take(center);
        Box::pin(self.suffer(self.faults().take, ReadError::Failed, work))
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<(), CommitError>> {
        let work = self.inner.commit(commit);
        Box::pin(self.suffer(self.faults().commit, CommitError::Failed, work))
    }

    fn keep_snapshot(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        snapshot: Snapshot,
    ) -> Answer<'_, Result<(), CommitError>> {
        let work = self.inner.keep_snapshot(center, epoch, snapshot);
        Box::pin(self.suffer(self.faults().snapshot, CommitError::Failed, work))
    }

    fn centers(&self) -> Answer<'_, Result<Vec<ContactCenterId>, ReadError>> {
        self.inner.centers()
    }

    fn ended_contact(
        &self,
        center: ContactCenterId,
        contact: ContactId,
    ) -> Answer<'_, Result<Option<EndedContact>, ReadError>> {
        self.inner.ended_contact(center, contact)
    }

    fn ended_contacts(
        &self,
        center: ContactCenterId,
        before: (Timestamp, ContactId),
        limit: usize,
    ) -> Answer<'_, Result<Vec<EndedContact>, ReadError>> {
        self.inner.ended_contacts(center, before, limit)
    }

    fn value_or_keep(&self, name: &'static str, value: Vec<u8>) -> Answer<'_, Result<Vec<u8>, CommitError>> {
        self.inner.value_or_keep(name, value)
    }
}
