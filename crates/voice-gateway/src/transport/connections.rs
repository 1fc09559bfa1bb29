//! All connections of this gateway: who has one, how many there are, and what waits to be written to each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use sip::{ConnectionId, Flow, ListenerId, Transport};
use tokio::sync::{Notify, mpsc};

use super::admission::Source;
use super::config::Limits;
use super::figures::Figures;
use crate::tasks::Task;

/// Most messages that wait for one connection. When there are more, or more bytes, the other side does not read, and
/// the connection ends.
pub(super) const MOST_WAITING_MESSAGES: usize = 256;
/// Most bytes that wait for one connection.
pub(super) const MOST_WAITING_BYTES: usize = 512 * 1024;

/// The connections.
pub(super) struct Connections {
    table: Mutex<Table>,
    limits: Limits,
    figures: Arc<Figures>,
    /// Somebody is in the list of the lost.
    pub news: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    open: BTreeMap<ConnectionId, Entry>,
    by_source: BTreeMap<Source, usize>,
    /// Connections that we made, by their peers.
    made: BTreeMap<(Transport, SocketAddr), ConnectionId>,
    /// Ended since it was asked last. Never more than there were connections.
    lost: Vec<Flow>,
}

struct Entry {
    flow: Flow,
    source: Source,
    outbox: Outbox,
    kept: Arc<AtomicBool>,
    work: Option<Task>,
}

/// The way to a connection's writer.
#[derive(Clone)]
struct Outbox {
    messages: mpsc::Sender<Bytes>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// What waits for a connection's writer.
pub(super) struct Inbox {
    messages: mpsc::Receiver<Bytes>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// A connection has ended, and that was or will be told.
#[derive(Debug)]
pub(super) struct Gone;

/// A connection's place among the others. Whoever drops it ends the connection.
pub(super) struct Place {
    pub flow: Flow,
    pub id: ConnectionId,
    /// Whether somebody who is known speaks there.
    pub kept: Arc<AtomicBool>,
    connections: Arc<Connections>,
}

impl Connections {
    pub fn new(limits: Limits, figures: Arc<Figures>) -> Connections {
        Connections { table: Mutex::default(), limits, figures, news: Notify::new() }
    }

    /// A place for one more connection, if there is room.
    pub fn enter(
        self: &Arc<Self>,
        transport: Transport,
        local: ListenerId,
        peer: SocketAddr,
        is_made: bool,
    ) -> Option<(Place, Inbox)> {
        let source = Source::of(peer.ip());
        let mut table = self.table.lock();
        let of_source = table.by_source.get(&source).copied().unwrap_or(0);
        if table.open.len() >= self.limits.connections || of_source >= self.limits.connections_per_source {
            self.figures.turned_away.increment(1);
            return None;
        }
        table.by_source.insert(source, of_source + 1);
        table.next += 1;
        let id = ConnectionId(table.next);
        let flow = Flow { transport, local, peer, connection: Some(id) };
        let (messages, waiting) = mpsc::channel(MOST_WAITING_MESSAGES);
        let outbox = Outbox { messages, waiting_bytes: Arc::default() };
        let inbox = Inbox { messages: waiting, waiting_bytes: Arc::clone(&outbox.waiting_bytes) };
        let kept = Arc::new(AtomicBool::new(is_made));
        let entry = Entry { flow, source, outbox, kept: Arc::clone(&kept), work: None };
        table.open.insert(id, entry);
        if is_made {
            table.made.insert((transport, peer), id);
        }
        self.figures.connections.increment(1.0);
        Some((Place { flow, id, kept, connections: Arc::clone(self) }, inbox))
    }

    /// Gives a connection's work an owner. Work that has ended already is no more.
    pub fn own(&self, id: ConnectionId, work: Task) {
        let mut table = self.table.lock();
        if let Some(entry) = table.open.get_mut(&id) {
            entry.work = Some(work);
        }
    }

    /// The connection that we made to this peer.
    pub fn made(&self, transport: Transport, peer: SocketAddr) -> Option<ConnectionId> {
        self.table.lock().made.get(&(transport, peer)).copied()
    }

    /// Lets a connection stand in silence for longer: somebody who is known speaks there.
    pub fn keep(&self, id: ConnectionId) {
        if let Some(entry) = self.table.lock().open.get(&id) {
            entry.kept.store(true, Ordering::Relaxed);
        }
    }

    /// Has bytes written. A connection on which too much waits ends.
    ///
    /// # Errors
    /// There is no such connection any more.
    pub fn send(&self, id: ConnectionId, bytes: Bytes) -> Result<(), Gone> {
        let outbox = self.table.lock().open.get(&id).map(|entry| entry.outbox.clone());
        let Some(outbox) = outbox else { return Err(Gone) };
        let length = bytes.len();
        let waiting = outbox.waiting_bytes.fetch_add(length, Ordering::Relaxed) + length;
        if waiting <= MOST_WAITING_BYTES && outbox.messages.try_send(bytes).is_ok() {
            return Ok(());
        }
        self.figures.unsent.increment(1);
        self.close(id, "unread");
        Ok(())
    }

    /// Ends a connection.
    pub fn close(&self, id: ConnectionId, reason: &'static str) {
        let removed = self.remove(id);
        if removed.is_some() {
            self.figures.count_end(reason);
        }
        // The work is dropped here, after the table was let go.
        drop(removed);
    }

    /// Ends all of them.
    pub fn close_all(&self) {
        let all: Vec<ConnectionId> = self.table.lock().open.keys().copied().collect();
        all.into_iter().for_each(|id| self.close(id, "shutdown"));
    }

    /// A connection that has ended and was not told of yet.
    pub fn take_lost(&self) -> Option<Flow> {
        self.table.lock().lost.pop()
    }

    fn remove(&self, id: ConnectionId) -> Option<Entry> {
        let mut table = self.table.lock();
        let entry = table.open.remove(&id)?;
        if let Some(count) = table.by_source.get_mut(&entry.source) {
            *count -= 1;
            if *count == 0 {
                table.by_source.remove(&entry.source);
            }
        }
        let peer = (entry.flow.transport, entry.flow.peer);
        if table.made.get(&peer) == Some(&id) {
            table.made.remove(&peer);
        }
        table.lost.push(entry.flow);
        self.figures.connections.decrement(1.0);
        self.news.notify_one();
        Some(entry)
    }
}

impl Inbox {
    /// What is to be written next; nothing when the connection is to end.
    pub async fn next(&mut self) -> Option<Bytes> {
        let bytes = self.messages.recv().await?;
        self.note(&bytes);
        Some(bytes)
    }

    /// What can be written together with it.
    pub fn next_at_once(&mut self) -> Option<Bytes> {
        let bytes = self.messages.try_recv().ok()?;
        self.note(&bytes);
        Some(bytes)
    }

    fn note(&self, bytes: &Bytes) {
        self.waiting_bytes.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
}

impl Place {
    /// Has bytes written to this connection.
    ///
    /// # Errors
    /// It has ended.
    pub fn send(&self, bytes: Bytes) -> Result<(), Gone> {
        self.connections.send(self.id, bytes)
    }

    /// Ends it.
    pub fn end(self, reason: &'static str) {
        self.connections.close(self.id, reason);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Without a reason there was a bug, or the connection was ended from outside and is gone already.
        self.connections.close(self.id, "dropped");
    }
}
