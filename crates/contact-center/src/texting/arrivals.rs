//! Recognizing a text that the carrier hands over twice.
//!
//! A carrier repeats a text when it did not get the acknowledgement. So a repetition is a text with the
//! same content whose first arrival may not have been acknowledged in the carrier's eyes: it came over
//! another connection, and the first one ended before anything showed that the acknowledgement was read;
//! or it came over the same connection under the same sequence number. What shows it is told with each
//! arrival, and kept now and then, so that little is in doubt when the process ends. Two equal texts that
//! a customer sends are neither: both arrive over connections that live.
//!
//! Where the carrier names its texts, equal content is a repetition if the name is equal too, and only
//! then. The name alone says nothing: some carriers give all parts of a long text one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrival::Origin;
use crate::limits;
use crate::moment::Timestamp;

/// How long after its first arrival a text is recognized.
const WINDOW_MS: i64 = 15 * 60 * 1000;

/// What is remembered of a text that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// Over which connection.
    pub connection: u64,
    /// Under which sequence number.
    pub sequence: u32,
    /// The digest of its content.
    #[serde(with = "hexadecimal")]
    pub fingerprint: u128,
    /// The carrier's name of it, with the carrier's own name before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// JSON numbers do not hold 128 bits everywhere.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

/// The arrivals of the last while, the oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Arrivals {
    recent: VecDeque<Arrived>,
    /// Until when the acknowledgements on a connection are known to have been read. For connections that brought some
    /// of the above.
    #[serde(default)]
    settled: BTreeMap<u64, Timestamp>,
    /// How often each fingerprint is among them. Derived.
    #[serde(skip)]
    counts: BTreeMap<u128, u32>,
    /// How many of them each connection brought. Derived.
    #[serde(skip)]
    brought: BTreeMap<u64, u32>,
}

impl Arrivals {
    pub fn push(&mut self, arrived: &Arrived) {
        let oldest = Timestamp(arrived.at.0.saturating_sub(WINDOW_MS));
        while self.recent.len() >= limits::REMEMBERED_ARRIVALS
            || self.recent.front().is_some_and(|first| first.at < oldest)
        {
            let Some(gone) = self.recent.pop_front() else { break };
            count_down(&mut self.counts, &gone.fingerprint);
            if count_down(&mut self.brought, &gone.connection) {
                self.settled.remove(&gone.connection);
            }
        }
        self.count(arrived);
        self.recent.push_back(arrived.clone());
    }

    pub fn reindex(&mut self) {
        self.counts.clear();
        self.brought.clear();
        let recent = std::mem::take(&mut self.recent);
        recent.iter().for_each(|arrived| self.count(arrived));
        self.recent = recent;
    }

    fn count(&mut self, arrived: &Arrived) {
        *self.counts.entry(arrived.fingerprint).or_default() += 1;
        *self.brought.entry(arrived.connection).or_default() += 1;
    }

    /// Whether it is news that acknowledgements were read until then.
    pub fn would_settle(&self, connection: u64, until: Timestamp) -> bool {
        self.brought.contains_key(&connection)
            && self.settled.get(&connection).is_none_or(|known| *known < until)
    }

    pub fn settle(&mut self, connection: u64, until: Timestamp) {
        self.settled.insert(connection, until);
    }

    /// Whether this has arrived before.
    pub fn hold(&self, origin: &Origin, name: Option<&str>, now: Timestamp) -> bool {
        if !self.counts.contains_key(&origin.fingerprint) {
            return false;
        }
        let oldest = now.0.saturating_sub(WINDOW_MS);
        let equal = |arrived: &&Arrived| arrived.fingerprint == origin.fingerprint;
        let recent = self.recent.iter().rev().take_while(|arrived| arrived.at.0 >= oldest);
        recent.filter(equal).any(|arrived| match (name, &arrived.name) {
            (Some(name), Some(known)) => name == &**known,
            _ => arrived.is_repeated_by(origin, self.settled.get(&arrived.connection)),
        })
    }
}

impl Arrived {
    /// Whether a text of the same content is this one, as far as the connections tell.
    fn is_repeated_by(&self, origin: &Origin, kept: Option<&Timestamp>) -> bool {
        if self.connection == origin.connection {
            return self.sequence == origin.sequence;
        }
        let told = origin.settled.iter().find(|(connection, _)| *connection == self.connection);
        let until = told.map(|(_, until)| until).max(kept);
        until.is_none_or(|until| self.at >= *until)
    }
}

/// One less; whether it was the last.
fn count_down<K: Ord>(counts: &mut BTreeMap<K, u32>, key: &K) -> bool {
    let Some(count) = counts.get_mut(key) else { return false };
    *count -= 1;
    let last = *count == 0;
    if last {
        counts.remove(key);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Arrived =
        Arrived { connection: 1, sequence: 7, fingerprint: 99, name: None, at: Timestamp(1_000_000) };

    fn check(origin: Origin, name: Option<&str>, after_ms: i64, repeated: bool) {
        let mut arrivals = Arrivals::default();
        arrivals.push(&Arrived { name: name.map(|_| Arc::from("acme/5")), ..FIRST });
        let now = Timestamp(FIRST.at.0 + after_ms);
        assert_eq!(arrivals.hold(&origin, name, now), repeated, "{origin:?} {name:?} after {after_ms}");
    }

    fn origin(connection: u64, sequence: u32, settled: &[(u64, Timestamp)]) -> Origin {
        Origin { connection, sequence, fingerprint: 99, message_id: None, settled: settled.to_vec() }
    }

    #[test]
    fn a_text_comes_twice_if_its_first_acknowledgement_may_be_lost() {
        let settled = |at| [(1, Timestamp(at))];
        check(origin(2, 1, &[]), None, 5_000, true);
        check(origin(2, 1, &settled(900_000)), None, 5_000, true);
        check(origin(2, 1, &settled(1_000_001)), None, 5_000, false);
        check(origin(1, 7, &[]), None, 5_000, true);
        check(origin(1, 8, &[]), None, 5_000, false);
        check(origin(2, 1, &[]), None, WINDOW_MS + 1, false);
        let other = Origin { fingerprint: 98, ..origin(2, 1, &[]) };
        check(other, None, 5_000, false);
    }

    #[test]
    fn what_was_kept_of_acknowledgements_outlives_the_process() {
        let mut arrivals = Arrivals::default();
        arrivals.push(&FIRST);
        let now = Timestamp(FIRST.at.0 + 5_000);
        assert!(arrivals.would_settle(1, Timestamp(1_000_001)) && !arrivals.would_settle(2, now));
        arrivals.settle(1, Timestamp(1_000_001));
        assert!(!arrivals.would_settle(1, Timestamp(1_000_001)));
        assert!(!arrivals.hold(&origin(2, 1, &[]), None, now), "the customer says it again");
        let late = Arrived { at: Timestamp(1_000_002), ..FIRST };
        arrivals.push(&late);
        assert!(arrivals.hold(&origin(2, 1, &[]), None, now), "this one may not be acknowledged");
        arrivals.push(&Arrived { connection: 3, at: Timestamp(now.0 + WINDOW_MS + 1), ..FIRST });
        assert!(arrivals.settled.is_empty(), "what is forgotten needs no more");
    }

    #[test]
    fn a_carrier_that_names_its_texts_is_believed() {
        let settled = [(1, Timestamp(i64::MAX))];
        check(origin(2, 1, &settled), Some("acme/5"), 5_000, true);
        check(origin(2, 1, &[]), Some("acme/6"), 5_000, false);
        let part = Origin { fingerprint: 98, ..origin(1, 8, &[]) };
        check(part, Some("acme/5"), 5_000, false);
    }

    #[test]
    fn memory_is_bounded() {
        let mut arrivals = Arrivals::default();
        for sequence in 0..limits::REMEMBERED_ARRIVALS as u32 + 10 {
            arrivals.push(&Arrived { sequence, fingerprint: u128::from(sequence), ..FIRST });
        }
        assert_eq!(arrivals.recent.len(), limits::REMEMBERED_ARRIVALS);
        assert_eq!(arrivals.counts.len(), limits::REMEMBERED_ARRIVALS);
    }
}
