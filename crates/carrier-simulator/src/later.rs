//! What is to be done later, in the order of its times; of two with the same time the one that came first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Instant;

/// Things with times.
#[derive(Debug)]
pub(crate) struct Later<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    /// Numbers the entries, so that equal times keep their order.
    next: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Instant,
    number: u64,
    what: T,
}

impl<T> Later<T> {
    pub(crate) fn new() -> Later<T> {
        Later { heap: BinaryHeap::new(), next: 0 }
    }

    /// Adds something.
    pub(crate) fn add(&mut self, at: Instant, what: T) {
        self.heap.push(Reverse(Entry { at, number: self.next, what }));
        self.next += 1;
    }

    /// The next thing whose time has come.
    pub(crate) fn due(&mut self, now: Instant) -> Option<T> {
        let is_due = self.next_at().is_some_and(|at| at <= now);
        is_due.then(|| self.heap.pop().map(|Reverse(entry)| entry.what)).flatten()
    }

    /// When the next thing is due.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Takes everything, whatever its time, in order.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        entries.into_iter().map(|Reverse(entry)| entry.what)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    #[test]
    fn things_come_in_the_order_of_their_times_then_of_their_coming() {
        let now = clock::now();
        let at = |ms| now + Duration::from_millis(ms);
        let mut later = Later::new();
        for (ms, name) in [(20, "c"), (10, "a"), (20, "d"), (10, "b"), (30, "e")] {
            later.add(at(ms), name);
        }
        assert_eq!(later.due(at(9)), None);
        assert_eq!(later.due(at(10)), Some("a"));
        assert_eq!(later.next_at(), Some(at(10)));
        assert_eq!(later.take_all().collect::<Vec<_>>().concat(), "bcde");
        assert_eq!(later.len(), 0);
    }
}
