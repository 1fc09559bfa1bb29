//! The log of a contact: append-only, and cheap to copy however long it is, as a snapshot of the state
//! shares with the state all but the newest entries.

use std::ops::Index;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::contact::Entry;

/// Entries of one chunk.
const CHUNK: usize = 256;

/// Everything that was said and done in a contact, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Full chunks, which never change again.
    chunks: Vec<Arc<[Arc<Entry>]>>,
    /// What comes after them, less than a chunk.
    newest: Vec<Arc<Entry>>,
}

impl Log {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.chunks.len() * CHUNK + self.newest.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry at a position, from 0.
    pub fn get(&self, position: usize) -> Option<&Arc<Entry>> {
        match self.chunks.get(position / CHUNK) {
            Some(chunk) => chunk.get(position % CHUNK),
            None => self.newest.get(position.checked_sub(self.chunks.len() * CHUNK)?),
        }
    }

    /// The entries at these positions that there are.
    pub fn range(&self, positions: std::ops::Range<usize>) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        (positions.start..positions.end.min(self.len())).filter_map(|position| self.get(position))
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.range(0..self.len())
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, entry: Arc<Entry>) {
        self.newest.push(entry);
        if self.newest.len() == CHUNK {
            self.chunks.push(std::mem::take(&mut self.newest).into());
        }
    }
}

impl Index<usize> for Log {
    type Output = Arc<Entry>;

    fn index(&self, position: usize) -> &Arc<Entry> {
        let entry = self.get(position);
        let Some(entry) = entry else { panic!("no entry at {position} of {}", self.len()) };
        entry
    }
}

impl Serialize for Log {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Log {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut log = Self::default();
        Vec::<Arc<Entry>>::deserialize(deserializer)?.into_iter().for_each(|entry| log.push(entry));
        Ok(log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::{Part, Visibility};
    use crate::contact::{EntryKind, Sender};
    use crate::ids::PartyId;
    use crate::moment::Timestamp;

    fn entry(index: u32) -> Arc<Entry> {
        let nickname = Arc::from("Milo");
        Arc::new(Entry {
            index,
            kind: EntryKind::Text,
            from: Sender { party: PartyId(1), part: Part::Customer, user: None, nickname },
            visibility: Visibility::All,
            instead_below: None,
            at: Timestamp(0),
            text: None,
            tag: None,
        })
    }

    #[test]
    fn a_log_of_any_length_is_read_as_it_was_written() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let mut log = Log::default();
            (1..=length as u32).for_each(|index| log.push(entry(index)));
            assert_eq!(log.len(), length);
            assert!(log.iter().map(|entry| entry.index as usize).eq(1..=length));
            assert!(log.iter().rev().map(|entry| entry.index as usize).eq((1..=length).rev()));
            assert_eq!(log.range(2..5).count(), length.saturating_sub(2).min(3));
            assert_eq!(log.get(length), None);
            let written = serde_json::to_string(&log).unwrap();
            assert_eq!(serde_json::from_str::<Log>(&written).unwrap(), log);
        }
    }
}
