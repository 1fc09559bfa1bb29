//! Token buckets by key, in a table of bounded size, with the time as an argument.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Buckets that all have one size and fill at one rate. A key that is not in the table has a full one.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    size: u32,
    refill: Duration,
    max_keys: usize,
    /// When each bucket will be full again.
    full_at: BTreeMap<K, Instant>,
}

impl<K: Ord + Clone> Buckets<K> {
    /// Buckets of `size` tokens, each refilled by one token every `refill`.
    pub(crate) fn new(size: u32, refill: Duration, max_keys: usize) -> Buckets<K> {
        Buckets { size: size.max(1), refill, max_keys: max_keys.max(4), full_at: BTreeMap::new() }
    }

    /// How long until there is a token; nothing if there is one.
    pub(crate) fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let missing = self.full_at.get(key)?.saturating_duration_since(now);
        let wait = missing.saturating_sub(self.refill * (self.size - 1));
        (!wait.is_zero()).then_some(wait)
    }

    /// Takes a token, even if there is none: the next one is due later then.
    pub(crate) fn take(&mut self, key: &K, now: Instant) {
        if let Some(full_at) = self.full_at.get_mut(key) {
            // A key cannot be shut out for longer than it takes to fill two buckets.
            let latest = now + self.refill * self.size * 2;
            *full_at = ((*full_at).max(now) + self.refill).min(latest);
            return;
        }
        if self.full_at.len() >= self.max_keys {
            self.forget(now);
        }
        self.full_at.insert(key.clone(), now + self.refill);
    }

    /// Takes a token if there is one, or says how long until then.
    pub(crate) fn try_take(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        if let Some(wait) = self.wait(key, now) {
            return Err(wait);
        }
        self.take(key, now);
        Ok(())
    }

    /// Makes room: full buckets go, and of the others the quarter that will be full first.
    fn forget(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= self.max_keys {
            let mut times: Vec<Instant> = self.full_at.values().copied().collect();
            let quarter = times.len() / 4;
            let (_, limit, _) = times.select_nth_unstable(quarter);
            let limit = *limit;
            self.full_at.retain(|_, full_at| *full_at > limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Takes a token of one key at each of the given seconds; says which of them there were.
    #[track_caller]
    fn check(size: u32, at_s: &[u32], taken: &[bool]) {
        let start = crate::clock::now();
        let mut buckets = Buckets::new(size, SECOND, 4);
        let found: Vec<bool> =
            at_s.iter().map(|at| buckets.try_take(&7, start + SECOND * *at).is_ok()).collect();
        assert_eq!(found, taken);
    }

    #[test]
    fn a_bucket_gives_its_size_at_once_and_then_one_at_a_time() {
        check(2, &[0, 0, 0, 1, 1, 5, 5, 5], &[true, true, false, true, false, true, true, false]);
    }

    #[test]
    fn one_key_does_not_empty_the_bucket_of_another() {
        let now = crate::clock::now();
        let mut buckets = Buckets::new(1, SECOND, 4);
        assert!(buckets.try_take(&1, now).is_ok());
        assert!(buckets.try_take(&2, now).is_ok());
        assert_eq!(buckets.try_take(&1, now), Err(SECOND));
    }

    #[test]
    fn the_table_does_not_grow_beyond_its_limit() {
        let now = crate::clock::now();
        let mut buckets = Buckets::new(1, SECOND, 8);
        for key in 0..1_000 {
            buckets.take(&key, now + Duration::from_millis(key));
            assert!(buckets.full_at.len() <= 8);
        }
        assert!(buckets.wait(&999, now + Duration::from_millis(999)).is_some());
    }

    #[test]
    fn nobody_is_shut_out_for_ever() {
        let now = crate::clock::now();
        let mut buckets = Buckets::new(2, SECOND, 8);
        for _ in 0..1_000 {
            buckets.take(&1, now);
        }
        assert!(buckets.wait(&1, now + SECOND * 4).is_none());
    }
}
