//! Orders to a thread: a queue with a limit, emptied in one go.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// Orders that wait, in order.
#[derive(Debug)]
pub(super) struct Inbox<T> {
    waiting: Mutex<VecDeque<T>>,
    limit: usize,
}

/// There is no room; the thread is far behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl<T> Inbox<T> {
    /// An empty one.
    pub fn new(limit: usize) -> Inbox<T> {
        Inbox { waiting: Mutex::new(VecDeque::new()), limit }
    }

    /// Puts an order at the end.
    pub fn put(&self, order: T) -> Result<(), Full> {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= self.limit {
            return Err(Full);
        }
        waiting.push_back(order);
        Ok(())
    }

    /// Puts an order that ends something, and which must not be lost: there are as many as things that were begun.
    pub fn put_end(&self, order: T) {
        self.waiting.lock().push_back(order);
    }

    /// Takes all orders; `taken` has to be empty.
    pub fn take(&self, taken: &mut VecDeque<T>) {
        std::mem::swap(&mut *self.waiting.lock(), taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_inbox_takes_ends_alone() {
        let inbox = Inbox::new(1);
        assert_eq!(inbox.put(1), Ok(()));
        assert_eq!(inbox.put(2), Err(Full));
        inbox.put_end(3);
        let mut taken = VecDeque::new();
        inbox.take(&mut taken);
        assert_eq!(taken, [1, 3]);
    }
}
