//! Everything in memory: for tests, and for a server that need not remember.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use contact_center::{ContactCenterId, ContactId, Timestamp};

use crate::head::Head;
use crate::{Answer, Batch, Commit, CommitError, EndedContact, Epoch, ReadError, Snapshot, Store, Taken};

/// A store in memory. A clone is the same store, as if opened again.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    order: Vec<ContactCenterId>,
    logs: BTreeMap<ContactCenterId, Log>,
    values: BTreeMap<&'static str, Vec<u8>>,
}

#[derive(Debug)]
struct Log {
    head: Head,
    batches: BTreeMap<u64, Vec<u8>>,
    snapshots: BTreeMap<u64, Vec<u8>>,
    ended: BTreeMap<(Timestamp, ContactId), EndedContact>,
}

impl MemoryStore {
    fn with<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tables {
    fn log(&mut self, center: ContactCenterId) -> Result<&mut Log, ReadError> {
        self.logs.get_mut(&center).ok_or(ReadError::UnknownCenter(center))
    }

    /// The log of somebody who wants to write to it.
    fn owned(&mut self, center: ContactCenterId) -> Result<&mut Log, CommitError> {
        self.logs.get_mut(&center).ok_or(CommitError::NotOwner(center))
    }

    fn found(&mut self, center: ContactCenterId, events: Vec<u8>) -> Result<Epoch, CommitError> {
        if self.logs.contains_key(&center) {
            return Err(CommitError::NotOwner(center));
        }
        let head = Head { epoch: Epoch(1), last: 1 };
        let batches = BTreeMap::from([(1, events)]);
        self.order.push(center);
        self.logs.insert(center, Log { head, batches, snapshots: BTreeMap::new(), ended: BTreeMap::new() });
        Ok(head.epoch)
    }

    fn take(&mut self, center: ContactCenterId) -> Result<Taken, ReadError> {
        let log = self.log(center)?;
        log.head.epoch.0 += 1;
        let newest = log.snapshots.last_key_value();
        let snapshot = newest.map(|(sequence, state)| Snapshot { sequence: *sequence, state: state.clone() });
        let first = snapshot.as_ref().map_or(1, |snapshot| snapshot.sequence + 1);
        let batches = log
            .batches
            .range(first..)
            .map(|(sequence, events)| Batch { sequence: *sequence, events: events.clone() })
            .collect();
        Ok(Taken { epoch: log.head.epoch, snapshot, batches })
    }

    fn commit(&mut self, commit: Commit) -> Result<(), CommitError> {
        let log = self.owned(commit.center)?;
        log.head.admit_batch(commit.center, commit.epoch, commit.sequence)?;
        log.head.last = commit.sequence;
        log.batches.insert(commit.sequence, commit.events);
        for contact in &commit.ended {
            log.ended.retain(|_, old| old.id != contact.id);
        }
        log.ended.extend(commit.ended.into_iter().map(|contact| ((contact.ended_at, contact.id), contact)));
        Ok(())
    }

    fn keep_snapshot(
        &mut self,
        center: ContactCenterId,
        epoch: Epoch,
        snapshot: Snapshot,
    ) -> Result<(), CommitError> {
        let log = self.owned(center)?;
        log.head.admit_snapshot(center, epoch, snapshot.sequence)?;
        let covered = log.snapshots.range(..snapshot.sequence).next_back().map_or(0, |(before, _)| *before);
        log.snapshots.insert(snapshot.sequence, snapshot.state);
        log.snapshots = log.snapshots.split_off(&covered);
        log.batches = log.batches.split_off(&(covered + 1));
        Ok(())
    }
}

impl Store for MemoryStore {
    fn found(&self, center: ContactCenterId, events: Vec<u8>) -> Answer<'_, Result<Epoch, CommitError>> {
        Box::pin(async move { self.with(|tables| tables.found(center, events)) })
    }

    fn take(&self, center: ContactCenterId) -> Answer<'_, Result<Taken, ReadError>> {
        Box::pin(async move { self.with(|tables| tables.take(center)) })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move { self.with(|tables| tables.commit(commit)) })
    }

    fn keep_snapshot(
        &self,
        center: ContactCenterId,
        epoch: Epoch,
        snapshot: Snapshot,
    ) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move { self.with(|tables| tables.keep_snapshot(center, epoch, snapshot)) })
    }

    fn centers(&self) -> Answer<'_, Result<Vec<ContactCenterId>, ReadError>> {
        Box::pin(async move { Ok(self.with(|tables| tables.order.clone())) })
    }

    fn ended_contact(
        &self,
        center: ContactCenterId,
        contact: ContactId,
    ) -> Answer<'_, Result<Option<EndedContact>, ReadError>> {
        let found = move |log: &mut Log| log.ended.values().find(|ended| ended.id == contact).cloned();
        Box::pin(async move { self.with(|tables| tables.log(center).map(found)) })
    }

    fn ended_contacts(
        &self,
        center: ContactCenterId,
        before: (Timestamp, ContactId),
        limit: usize,
    ) -> Answer<'_, Result<Vec<EndedContact>, ReadError>> {
        let page = move |log: &mut Log| {
            log.ended.range(..before).rev().take(limit).map(|(_, one)| one.clone()).collect()
        };
        Box::pin(async move { self.with(|tables| tables.log(center).map(page)) })
    }

    fn value_or_keep(&self, name: &'static str, value: Vec<u8>) -> Answer<'_, Result<Vec<u8>, CommitError>> {
        Box::pin(async move { Ok(self.with(|tables| tables.values.entry(name).or_insert(value).clone())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Place};

    impl Place for MemoryStore {
        fn open(&self) -> Arc<dyn Store> {
            Arc::new(self.clone())
        }
    }

    #[tokio::test]
    async fn memory_keeps_what_every_store_promises() {
        conformance::holds(MemoryStore::default).await;
    }
}
