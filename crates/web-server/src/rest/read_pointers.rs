//! How far each customer has read, for reads that do not say from where.
//!
//! Kept in memory and bounded: a pointer that was not used for long is dropped, and then the
//! customer gets the chat from its beginning once more. Nothing is ever withheld by it.

use std::collections::HashMap;

use contact_center::CustomerKey;
use parking_lot::Mutex;

/// Chats in one generation. Two generations are kept.
const GENERATION: usize = 100_000;

/// The next index to read, by chat.
#[derive(Default)]
pub struct ReadPointers(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<CustomerKey, u32>,
    old: HashMap<CustomerKey, u32>,
}

impl ReadPointers {
    /// The first entry that was not fetched yet.
    pub fn next(&self, key: CustomerKey) -> u32 {
        let generations = self.0.lock();
        generations.young.get(&key).or_else(|| generations.old.get(&key)).copied().unwrap_or(1)
    }

    /// Everything before `next` has been fetched.
    pub fn advance(&self, key: CustomerKey, next: u32) {
        self.advance_within(key, next, GENERATION);
    }

    fn advance_within(&self, key: CustomerKey, next: u32, generation: usize) {
        let mut generations = self.0.lock();
        if generations.young.len() >= generation && !generations.young.contains_key(&key) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_read_on_from_where_its_customer_stopped() {
        let pointers = ReadPointers::default();
        assert_eq!(pointers.next(CustomerKey(7)), 1);
        pointers.advance(CustomerKey(7), 5);
        assert_eq!(pointers.next(CustomerKey(7)), 5);
        assert_eq!(pointers.next(CustomerKey(8)), 1);
    }

    #[test]
    fn pointers_that_nobody_uses_make_room() {
        let pointers = ReadPointers::default();
        for key in 0..10 {
            pointers.advance_within(CustomerKey(key), 5, 2);
            pointers.advance_within(CustomerKey(100), 6, 2);
        }
        assert_eq!(pointers.next(CustomerKey(0)), 1, "forgotten");
        assert_eq!(pointers.next(CustomerKey(100)), 6, "in use");
        let generations = pointers.0.lock();
        assert!(generations.young.len() + generations.old.len() <= 4);
    }
}
