//! When the whole state is kept, so that loading need not begin with the first event. Made beside
//! the owner's work: it copies the state, another task writes the copy.

use std::sync::Arc;

use contact_center::{ContactCenter, ContactCenterId};
use store::{Epoch, Snapshot, Store};
use tokio::sync::oneshot;

use crate::record;
use crate::tasks;

/// How long the log grows at least before the next snapshot.
pub(crate) const LEAST_BYTES: u64 = 64 << 20;

/// The log may be this many times as long as the snapshot: most of the disk's work is the log's.
const TIMES_SNAPSHOT: u64 = 4;

/// How long the log grows before another attempt at a snapshot that failed.
const RETRY_BYTES: u64 = 1 << 20;

/// Keeps count of the log and sees to its snapshots.
pub(crate) struct Snapshots {
    least_bytes: u64,
    snapshot_bytes: u64,
    log_bytes: u64,
    /// The length at which the next one is made.
    due_at_bytes: u64,
    running: Option<Running>,
}

struct Running {
    /// How much of the log it covers.
    covers_bytes: u64,
    /// How long it became; nothing if it was not kept.
    outcome: oneshot::Receiver<u64>,
}

/// Of what, and as of when.
pub(crate) struct Subject<'a> {
    pub id: ContactCenterId,
    pub epoch: Epoch,
    pub sequence: u64,
    pub center: &'a ContactCenter,
}

impl Snapshots {
    pub fn new(least_bytes: u64, snapshot_bytes: u64, log_bytes: u64) -> Self {
        let mut new = Self { least_bytes, snapshot_bytes, log_bytes, due_at_bytes: 0, running: None };
        new.plan();
        new
    }

    fn plan(&mut self) {
        self.due_at_bytes = self.least_bytes.max(TIMES_SNAPSHOT * self.snapshot_bytes);
    }

    /// The log has grown; begins a snapshot if it is time for one.
    pub fn grow(&mut self, bytes: u64, store: &Arc<dyn Store>, subject: &Subject<'_>) {
        self.log_bytes += bytes;
        self.look_after_running();
        if self.running.is_some() || self.log_bytes < self.due_at_bytes {
            return;
        }
        let (report, outcome) = oneshot::channel();
        let (id, epoch, sequence) = (subject.id, subject.epoch, subject.sequence);
        let (store, center) = (store.clone(), subject.center.clone());
        let task = tasks::start(async move {
            let Ok(state) = tokio::task::spawn_blocking(move || record::write_center(&center)).await else {
                return;
            };
            let bytes = state.len() as u64;
            if keep(&*store, id, epoch, Snapshot { sequence, state }).await {
                // Nobody listens if the owner has ended, or has loaded its state again.
                let _ = report.send(bytes);
            }
        });
        drop(task);
        self.running = Some(Running { covers_bytes: self.log_bytes, outcome });
    }

    fn look_after_running(&mut self) {
        let Some(running) = &mut self.running else { return };
        match running.outcome.try_recv() {
            Err(oneshot::error::TryRecvError::Empty) => return,
            Ok(bytes) => {
                self.snapshot_bytes = bytes;
                self.log_bytes = self.log_bytes.saturating_sub(running.covers_bytes);
                self.plan();
            }
            Err(oneshot::error::TryRecvError::Closed) => self.due_at_bytes = self.log_bytes + RETRY_BYTES,
        }
        self.running = None;
    }

    /// Makes the last snapshot, if anything has happened since the one before.
    pub async fn finish(&mut self, store: &Arc<dyn Store>, subject: &Subject<'_>) {
        self.look_after_running();
        if self.log_bytes > 0 {
            let snapshot =
                Snapshot { sequence: subject.sequence, state: record::write_center(subject.center) };
            keep(&**store, subject.id, subject.epoch, snapshot).await;
        }
    }
}

async fn keep(store: &dyn Store, id: ContactCenterId, epoch: Epoch, snapshot: Snapshot) -> bool {
    let (sequence, bytes) = (snapshot.sequence, snapshot.state.len());
    match store.keep_snapshot(id, epoch, snapshot).await {
        Ok(()) => {
            tracing::info!(center = %id, sequence, bytes, "a snapshot was kept");
            true
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(center = %id, sequence, error, "a snapshot was not kept; the log goes on");
            false
        }
    }
}
