//! Orders to a thread: a queue with a limit, emptied in one go.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// Orders that wait, in order.
#[derive(Debug)]
pub(super) struct Inbox<T> {
    waiting: Mutex<Waiting<T>>,
    limit: usize,
}

#[derive(Debug)]
struct Waiting<T> {
    orders: VecDeque<T>,
    /// The thread has ended.
    is_closed: bool,
}

/// Why an order was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// There is no room; the thread is far behind.
    Full,
    /// There is nobody who would follow it.
    Closed,
}

impl<T> Inbox<T> {
    /// An empty one.
    pub fn new(limit: usize) -> Inbox<T> {
        Inbox { waiting: Mutex::new(Waiting { orders: VecDeque::new(), is_closed: false }), limit }
    }

    /// Puts an order at the end.
    pub fn put(&self, order: T) -> Result<(), NotTaken> {
        self.put_up_to(order, self.limit)
    }

    /// Puts an order that must not be lost since it ends something, or carries it: there are as many as things that
    /// were begun.
    pub fn put_sure(&self, order: T) -> Result<(), NotTaken> {
        self.put_up_to(order, usize::MAX)
    }

    /// Takes all orders; `taken` has to be empty.
    pub fn take(&self, taken: &mut VecDeque<T>) {
        std::mem::swap(&mut self.waiting.lock().orders, taken);
    }

    /// Takes no orders from now on. Those that waited come back.
    pub fn close(&self) -> VecDeque<T> {
        let mut waiting = self.waiting.lock();
        waiting.is_closed = true;
        std::mem::take(&mut waiting.orders)
    }

    /// Whether nobody follows orders any more.
    pub fn is_closed(&self) -> bool {
        self.waiting.lock().is_closed
    }

    fn put_up_to(&self, order: T, limit: usize) -> Result<(), NotTaken> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(NotTaken::Closed);
        }
        if waiting.orders.len() >= limit {
            return Err(NotTaken::Full);
        }
        waiting.orders.push_back(order);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_inbox_takes_only_what_must_not_be_lost() {
        let inbox = Inbox::new(1);
        assert_eq!(inbox.put(1), Ok(()));
        assert_eq!(inbox.put(2), Err(NotTaken::Full));
        assert_eq!(inbox.put_sure(3), Ok(()));
        let mut taken = VecDeque::new();
        inbox.take(&mut taken);
        assert_eq!(taken, [1, 3]);
    }

    #[test]
    fn a_closed_inbox_takes_nothing_and_gives_back_what_waited() {
        let inbox = Inbox::new(1);
        inbox.put(1).unwrap();
        assert!(!inbox.is_closed());
        assert_eq!(inbox.close(), [1]);
        assert_eq!(inbox.put_sure(2), Err(NotTaken::Closed));
        assert!(inbox.is_closed());
    }
}
