//! What a connection and the library that serves its request tell each other.
//!
//! The library holds two buffers of 8 KiB as long as it has a connection. So it gets one only from the first
//! byte of a request to the last of its answer, and a request for notifications is taken away from it: the
//! connection waits alone.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;

use crate::doors::Awaited;
use crate::push::websocket::Upgrade;

/// Shared by a connection and the library while it has one.
#[derive(Default)]
pub(super) struct Handover {
    /// Whether something is written that the network has not taken yet.
    blocked: AtomicBool,
    /// Counts the writes, to tell a slow reader from one that does not read.
    writes: AtomicU32,
    /// Whether the request was read to its end. If not, what is left of it must not be taken for a request.
    was_read: AtomicBool,
    next: Mutex<Next>,
}

/// What the connection is to do when the library has nothing to write.
#[derive(Default)]
pub(super) enum Next {
    /// Leave it to the library.
    #[default]
    Continue,
    /// Take the connection back: the request was read and answered in full.
    Idle,
    /// Take it back and answer when the push service does.
    Await { awaited: Box<Awaited>, keep_alive: bool },
    /// Take it back and go on by WebSocket.
    Upgrade(Box<Upgrade>),
}

impl Handover {
    pub(super) fn note_write(&self, blocked: bool) {
        self.blocked.store(blocked, Ordering::Relaxed);
        if !blocked {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::Relaxed)
    }

    pub(super) fn writes(&self) -> u32 {
        self.writes.load(Ordering::Relaxed)
    }

    /// A request begins.
    pub(super) fn begin(&self) {
        self.was_read.store(false, Ordering::Relaxed);
        self.set(Next::Continue);
    }

    pub(super) fn note_read(&self) {
        self.was_read.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_read(&self) -> bool {
        self.was_read.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, next: Next) {
        *self.next.lock() = next;
    }

    pub(super) fn take(&self) -> Next {
        std::mem::take(&mut self.next.lock())
    }
}

/// The body of an answer, which says when the library has taken all of it.
pub(super) struct Tracked {
    body: Body,
    handover: Arc<Handover>,
}

impl Tracked {
    pub(super) fn new(body: Body, handover: Arc<Handover>) -> Tracked {
        Tracked { body, handover }
    }
}

impl hyper::body::Body for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // The library drops a body when it has taken all of it, or when it gives the connection up and says so.
        if self.handover.was_read() {
            self.handover.set(Next::Idle);
        }
    }
}
