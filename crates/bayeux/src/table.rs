//! All sessions of a hub, found by owner and name or by a small key.
//!
//! A key names its session only: once that is removed the key finds nothing, though its place is used again.
//! Walks go by owner and name, never in the order of a hash.

use std::collections::BTreeMap;

use crate::id::{Owner, SessionId};
use crate::session::Session;

/// A session's place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey {
    index: u32,
    generation: u32,
}

#[cfg(test)]
impl SessionKey {
    /// Some key, for tests of what only passes keys on.
    pub(crate) const FIRST: SessionKey = SessionKey { index: 0, generation: 0 };
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    places: Vec<Place>,
    free: Vec<u32>,
    by_name: BTreeMap<(Owner, SessionId), SessionKey>,
}

#[derive(Debug)]
struct Place {
    generation: u32,
    session: Option<Box<Session>>,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The session of that name, if it is this owner's.
    pub(crate) fn find(&self, owner: Owner, id: SessionId) -> Option<SessionKey> {
        self.by_name.get(&(owner, id)).copied()
    }

    pub(crate) fn session(&self, key: SessionKey) -> Option<&Session> {
        let place = self.places.get(key.index as usize).filter(|place| place.generation == key.generation)?;
        place.session.as_deref()
    }

    pub(crate) fn session_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation == key.generation { place.session.as_deref_mut() } else { None }
    }

    /// The sessions of one owner, by name.
    pub(crate) fn of_owner(&self, owner: Owner) -> impl Iterator<Item = SessionKey> {
        let range = (owner, SessionId::FIRST)..=(owner, SessionId::LAST);
        self.by_name.range(range).map(|(_, key)| *key)
    }

    /// All sessions, by owner and name.
    pub(crate) fn all(&self) -> impl Iterator<Item = SessionKey> {
        self.by_name.values().copied()
    }

    pub(crate) fn insert(&mut self, session: Session) -> SessionKey {
        let name = (session.owner, session.id);
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { generation: 0, session: None });
            (self.places.len() - 1) as u32
        });
        let place = &mut self.places[index as usize];
        place.session = Some(Box::new(session));
        let key = SessionKey { index, generation: place.generation };
        self.by_name.insert(name, key);
        key
    }

    pub(crate) fn remove(&mut self, key: SessionKey) -> Option<Box<Session>> {
        let place =
            self.places.get_mut(key.index as usize).filter(|place| place.generation == key.generation)?;
        let session = place.session.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(key.index);
        self.by_name.remove(&(session.owner, session.id));
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Entropy;

    fn id(seed: u8) -> SessionId {
        SessionId::from_entropy(&Entropy([seed; 32]))
    }

    #[track_caller]
    fn check(table: &Table, owner: u128, seeds: &[u8]) {
        let mut expected: Vec<_> = seeds.iter().map(|seed| id(*seed)).collect();
        expected.sort();
        let found: Vec<_> = table.of_owner(Owner(owner)).map(|key| table.session(key).unwrap().id).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sessions_are_found_under_their_owner_alone() {
        let mut table = Table::default();
        for (owner, seed) in [(1, 1), (2, 2), (1, 3)] {
            table.insert(Session::new(Owner(owner), id(seed), None));
        }
        check(&table, 1, &[1, 3]);
        check(&table, 2, &[2]);
        check(&table, 3, &[]);
        assert_eq!(table.find(Owner(2), id(1)), None);
        assert!(table.find(Owner(1), id(1)).is_some());
    }

    #[test]
    fn a_key_finds_nothing_once_its_place_is_used_again() {
        let mut table = Table::default();
        let old = table.insert(Session::new(Owner(1), id(1), None));
        assert!(table.remove(old).is_some());
        let new = table.insert(Session::new(Owner(1), id(2), None));
        assert_eq!(table.places.len(), 1);
        assert!(table.session(old).is_none() && table.remove(old).is_none());
        assert!(table.session_mut(new).is_some());
        check(&table, 1, &[2]);
    }
}
