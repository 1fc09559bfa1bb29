//! Texts and receipts that wait for an account to be bound as a receiver.

use std::collections::VecDeque;

use smpp::smsc::Delivery;

use crate::phones::Place;

/// A text or receipt on its way to a customer.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// What is sent.
    pub(crate) delivery: Delivery,
    /// What it is.
    pub(crate) kind: Kind,
    /// How often it was handed out.
    pub(crate) attempts: u32,
}

/// What is on its way to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text of a phone, or a part of one, and where it stands on the phone.
    Text(Option<Place>),
    /// A text of a phone once more, by a fault.
    RepeatedText,
    /// A receipt.
    Receipt,
}

impl Outgoing {
    pub(crate) fn new(delivery: Delivery, kind: Kind) -> Outgoing {
        Outgoing { delivery, kind, attempts: 0 }
    }

    pub(crate) fn is_receipt(&self) -> bool {
        self.kind == Kind::Receipt
    }
}

/// What waits for one account, first come first.
#[derive(Debug)]
pub(crate) struct Waiting {
    queue: VecDeque<Outgoing>,
    most: usize,
}

impl Waiting {
    /// For so many at most.
    pub(crate) fn new(most: usize) -> Waiting {
        Waiting { queue: VecDeque::new(), most }
    }

    /// Whether so many more find a place.
    pub(crate) fn has_room(&self, count: usize) -> bool {
        self.queue.len() + count <= self.most
    }

    /// Adds something; false if there is no place for it.
    pub(crate) fn add(&mut self, outgoing: Outgoing) -> bool {
        let has_room = self.has_room(1);
        if has_room {
            self.queue.push_back(outgoing);
        }
        has_room
    }

    /// Takes the first that waits.
    pub(crate) fn take(&mut self) -> Option<Outgoing> {
        self.queue.pop_front()
    }

    /// Puts back, before all others and in their order, what a connection had taken and could not deliver. It
    /// is never refused: it had a place before.
    pub(crate) fn put_back(&mut self, undelivered: impl DoubleEndedIterator<Item = Outgoing>) {
        for outgoing in undelivered.rev() {
            self.queue.push_front(outgoing);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use smpp::{Address, Part};

    use super::*;

    fn outgoing(name: &str) -> Outgoing {
        let part = Part {
            esm_class: 0,
            data_coding: 0,
            short_message: name.as_bytes().to_vec(),
            payload: None,
            sar: None,
        };
        let number = |text| Address::of_number(text).unwrap();
        Outgoing::new(Delivery::text(number("+49170"), number("+49301"), part), Kind::Receipt)
    }

    fn names(waiting: &mut Waiting) -> String {
        let taken = std::iter::from_fn(|| waiting.take());
        taken.map(|it| String::from_utf8(it.delivery.part.short_message).unwrap()).collect()
    }

    #[test]
    fn what_was_not_acknowledged_comes_again_first_and_in_order() {
        let mut waiting = Waiting::new(10);
        for name in ["a", "b", "c", "d"] {
            assert!(waiting.add(outgoing(name)));
        }
        let taken = vec![waiting.take().unwrap(), waiting.take().unwrap()];
        waiting.put_back(taken.into_iter());
        assert_eq!(names(&mut waiting), "abcd");
    }

    #[test]
    fn no_more_wait_than_may_but_what_had_a_place_keeps_it() {
        let mut waiting = Waiting::new(2);
        assert!(waiting.add(outgoing("a")) && waiting.add(outgoing("b")) && !waiting.add(outgoing("c")));
        let taken = waiting.take().unwrap();
        assert!(waiting.add(outgoing("d")));
        waiting.put_back(std::iter::once(taken));
        assert_eq!((waiting.len(), waiting.has_room(0)), (3, false));
        assert_eq!(names(&mut waiting), "abd");
    }
}
