//! Long texts, whole again from their parts.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// How many texts may wait for parts; beyond that the one that has waited longest is forgotten.
const MOST_UNFINISHED: usize = 10_000;
/// How long a text may wait for its parts.
const UNFINISHED_FOR: Duration = Duration::from_secs(600);

/// What the parts of one text have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reference: u16,
    pub(crate) total: u8,
}

/// The parts that have come of texts that are not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Joiner {
    unfinished: BTreeMap<Key, Unfinished>,
    /// When each was begun, oldest first; may name texts that are whole by now.
    begun: VecDeque<(Instant, Key)>,
}

#[derive(Debug)]
struct Unfinished {
    begun: Instant,
    /// By number.
    parts: BTreeMap<u8, Vec<u16>>,
}

impl Joiner {
    /// Takes a part; gives the whole text when it was the last one missing. A part that came before is not
    /// taken again. A number that its total does not allow makes a text of its own.
    pub(crate) fn take(&mut self, key: Key, number: u8, units: Vec<u16>, now: Instant) -> Option<Vec<u16>> {
        if number == 0 || number > key.total || key.total == 1 {
            return Some(units);
        }
        self.forget_old(now);
        let total = usize::from(key.total);
        let unfinished = self.unfinished.entry(key.clone()).or_insert_with(|| {
            self.begun.push_back((now, key.clone()));
            Unfinished { begun: now, parts: BTreeMap::new() }
        });
        unfinished.parts.entry(number).or_insert(units);
        if unfinished.parts.len() < total {
            return None;
        }
        let whole = self.unfinished.remove(&key)?;
        Some(whole.parts.into_values().flatten().collect())
    }

    fn forget_old(&mut self, now: Instant) {
        // As long as what was begun is remembered, what is unfinished is no longer than that.
        while let Some((begun, key)) = self.begun.front() {
            let is_old = now.saturating_duration_since(*begun) > UNFINISHED_FOR;
            if !is_old && self.begun.len() < MOST_UNFINISHED {
                return;
            }
            if self.unfinished.get(key).is_some_and(|it| it.begun == *begun) {
                self.unfinished.remove(key);
            }
            self.begun.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn key(reference: u16, total: u8) -> Key {
        Key { from: "+49301".to_owned(), to: "+49170".to_owned(), reference, total }
    }

    fn check(parts: &[(u16, u8, u8, &str)], whole: &[&str]) {
        let mut joiner = Joiner::default();
        let now = clock::now();
        let joined = parts.iter().filter_map(|(reference, total, number, text)| {
            joiner.take(key(*reference, *total), *number, text.encode_utf16().collect(), now)
        });
        let joined: Vec<String> = joined.map(|units| String::from_utf16_lossy(&units)).collect();
        assert_eq!(joined, whole);
    }

    #[test]
    fn parts_are_joined_in_whatever_order_they_come() {
        check(&[(1, 3, 2, "b"), (1, 3, 3, "c"), (1, 3, 1, "a")], &["abc"]);
        check(&[(1, 2, 1, "a"), (2, 2, 1, "x"), (2, 2, 2, "y"), (1, 2, 2, "b")], &["xy", "ab"]);
    }

    #[test]
    fn a_part_that_comes_twice_counts_once() {
        check(&[(1, 2, 1, "a"), (1, 2, 1, "a"), (1, 2, 2, "b")], &["ab"]);
    }

    #[test]
    fn a_part_with_an_impossible_number_stands_alone() {
        check(&[(1, 2, 0, "a"), (1, 2, 3, "b"), (1, 0, 1, "c"), (1, 1, 1, "d")], &["a", "b", "c", "d"]);
    }

    #[test]
    fn a_letter_that_was_cut_in_two_is_whole_again() {
        let mut joiner = Joiner::default();
        let now = clock::now();
        assert_eq!(joiner.take(key(1, 2), 1, vec![0xd83d], now), None);
        assert_eq!(joiner.take(key(1, 2), 2, vec![0xde00], now), Some("😀".encode_utf16().collect()));
    }

    #[test]
    fn what_waits_too_long_is_forgotten_and_the_table_stays_bounded() {
        let mut joiner = Joiner::default();
        let now = clock::now();
        assert_eq!(joiner.take(key(1, 2), 1, vec![1], now), None);
        let later = now + UNFINISHED_FOR + Duration::from_secs(1);
        assert_eq!(joiner.take(key(1, 2), 2, vec![2], later), None, "its first part is forgotten");
        for number in 0..u16::try_from(MOST_UNFINISHED).unwrap() + 100 {
            let other = Key { from: number.to_string(), ..key(2, 2) };
            joiner.take(other, 1, vec![1], later);
        }
        assert!(joiner.unfinished.len() <= MOST_UNFINISHED && joiner.begun.len() <= MOST_UNFINISHED);
    }
}
