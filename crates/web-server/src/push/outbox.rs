//! What waits to be written to one socket. Idle it costs a few words.
//!
//! The hub keeps the number of frames small, since it puts out events only when the frame before was written;
//! the limit is for clients that ask faster than they read.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parking_lot::Mutex;

/// Texts for one socket, and the wish to close it.
pub(super) struct Outbox {
    limit: usize,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    texts: VecDeque<Bytes>,
    close: Option<u16>,
    reader: Option<Waker>,
}

/// What to write next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) texts: VecDeque<Bytes>,
    /// Close with this code after the texts.
    pub(super) close: Option<u16>,
}

impl Outbox {
    pub(super) fn new(limit: usize) -> Outbox {
        Outbox { limit, state: Mutex::default() }
    }

    /// Adds a text. Too many close the socket: its client comes back with a new one.
    pub(super) fn put(&self, text: Bytes) {
        let mut state = self.state.lock();
        if state.texts.len() >= self.limit {
            state.texts = VecDeque::new();
            state.close = Some(bayeux::CLOSE_GOING_AWAY);
        } else if state.close.is_none() {
            state.texts.push_back(text);
        }
        wake(state);
    }

    pub(super) fn close(&self, code: u16) {
        let mut state = self.state.lock();
        state.close.get_or_insert(code);
        wake(state);
    }

    /// Takes everything that waits.
    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Lot> {
        let mut state = self.state.lock();
        if state.texts.is_empty() && state.close.is_none() {
            match &mut state.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        Poll::Ready(Lot { texts: std::mem::take(&mut state.texts), close: state.close })
    }
}

/// Wakes the reader without the lock, which it will want at once.
fn wake(mut state: parking_lot::MutexGuard<'_, Waiting>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(outbox: &Outbox, expected: Option<(&[&str], Option<u16>)>) {
        let taken = outbox.poll_take(&mut Context::from_waker(Waker::noop()));
        let expected = expected.map(|(texts, close)| Lot {
            texts: texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect(),
            close,
        });
        assert_eq!(taken, expected.map_or(Poll::Pending, Poll::Ready));
    }

    #[test]
    fn everything_that_waits_is_taken_at_once() {
        let outbox = Outbox::new(4);
        check(&outbox, None);
        outbox.put(Bytes::from_static(b"a"));
        outbox.put(Bytes::from_static(b"b"));
        check(&outbox, Some((&["a", "b"], None)));
        check(&outbox, None);
    }

    #[test]
    fn nothing_follows_the_close() {
        let outbox = Outbox::new(4);
        outbox.put(Bytes::from_static(b"a"));
        outbox.close(1000);
        outbox.close(1001);
        outbox.put(Bytes::from_static(b"b"));
        check(&outbox, Some((&["a"], Some(1000))));
    }

    #[test]
    fn a_client_that_does_not_read_loses_its_socket() {
        let outbox = Outbox::new(2);
        for _ in 0..3 {
            outbox.put(Bytes::from_static(b"a"));
        }
        check(&outbox, Some((&[], Some(bayeux::CLOSE_GOING_AWAY))));
    }
}
