//! The phones behind the carrier, and the texts on them: as many as the limits allow, the latest.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;

/// A text on a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Counts from 1 on each phone.
    pub index: u64,
    /// Whether the phone sent it or got it.
    pub direction: Direction,
    /// Who wrote it.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// What became of a text that the phone sent; a text that it got is delivered.
    pub state: TextState,
    /// Parts that the contact center has not acknowledged yet.
    #[serde(skip)]
    unacknowledged: u16,
}

/// Which way a text went, as its phone sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// By the phone.
    Sent,
    /// By the contact center.
    Received,
}

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TextState {
    /// The contact center has not acknowledged all of it.
    Waiting,
    /// It has.
    Delivered,
    /// It never will.
    Refused,
}

/// A phone in the list of phones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhoneSummary {
    /// Its number.
    pub number: String,
    /// The index of its latest text.
    pub last_index: u64,
    /// When that was, in milliseconds since 1970.
    pub last_at_ms: u64,
}

/// Where a text of a phone is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    number: Arc<str>,
    index: u64,
}

/// All phones.
#[derive(Debug)]
pub(crate) struct Phones {
    keep_texts: usize,
    most_phones: usize,
    phones: BTreeMap<Arc<str>, Phone>,
    /// The phones by their last use, least recent first.
    by_use: BTreeMap<u64, Arc<str>>,
    next_use: u64,
}

#[derive(Debug, Default)]
struct Phone {
    texts: VecDeque<Text>,
    last_index: u64,
    last_use: u64,
}

impl Phones {
    /// No phones yet: at most so many, with at most so many texts each.
    pub(crate) fn new(most_phones: usize, keep_texts: usize) -> Phones {
        Phones { keep_texts, most_phones, phones: BTreeMap::new(), by_use: BTreeMap::new(), next_use: 0 }
    }

    /// A text comes from the contact center.
    pub(crate) fn receive(&mut self, from: String, to: String, text: String, at_ms: u64) {
        let number: Arc<str> = to.as_str().into();
        let (direction, state) = (Direction::Received, TextState::Delivered);
        self.add(&number, Text { index: 0, direction, from, to, text, at_ms, state, unacknowledged: 0 });
    }

    /// A text goes to the contact center, in so many parts.
    pub(crate) fn send(&mut self, from: String, to: String, text: String, at_ms: u64, parts: u16) -> Place {
        let number: Arc<str> = from.as_str().into();
        let (direction, state) = (Direction::Sent, TextState::Waiting);
        let text = Text { index: 0, direction, from, to, text, at_ms, state, unacknowledged: parts };
        let index = self.add(&number, text);
        Place { number, index }
    }

    /// A part of a text that a phone sent has arrived, or will never.
    pub(crate) fn settle(&mut self, place: &Place, is_taken: bool) {
        let texts = self.phones.get_mut(&place.number).map(|phone| &mut phone.texts);
        let text = texts.and_then(|texts| texts.iter_mut().rfind(|text| text.index == place.index));
        let Some(text) = text.filter(|text| text.state == TextState::Waiting) else { return };
        text.unacknowledged = text.unacknowledged.saturating_sub(1);
        if !is_taken {
            text.state = TextState::Refused;
        } else if text.unacknowledged == 0 {
            text.state = TextState::Delivered;
        }
    }

    /// The texts of a phone after one of them, oldest first.
    pub(crate) fn texts_after(&self, number: &str, after: u64) -> Vec<Text> {
        let texts = self.phones.get(number).into_iter().flat_map(|phone| &phone.texts);
        texts.filter(|text| text.index > after).cloned().collect()
    }

    /// All phones with texts, the one that was used last first.
    pub(crate) fn summaries(&self) -> Vec<PhoneSummary> {
        let numbers = self.by_use.values().rev();
        let known = numbers.filter_map(|number| Some((number, self.phones.get(number)?)));
        let summary = |(number, phone): (&Arc<str>, &Phone)| PhoneSummary {
            number: number.to_string(),
            last_index: phone.last_index,
            last_at_ms: phone.texts.back().map_or(0, |text| text.at_ms),
        };
        known.map(summary).collect()
    }

    fn add(&mut self, number: &Arc<str>, mut text: Text) -> u64 {
        if !self.phones.contains_key(number) && self.phones.len() >= self.most_phones {
            self.forget_one();
        }
        let phone = self.phones.entry(Arc::clone(number)).or_default();
        self.by_use.remove(&phone.last_use);
        self.next_use += 1;
        phone.last_use = self.next_use;
        self.by_use.insert(self.next_use, Arc::clone(number));
        phone.last_index += 1;
        text.index = phone.last_index;
        phone.texts.push_back(text);
        if phone.texts.len() > self.keep_texts {
            phone.texts.pop_front();
        }
        phone.last_index
    }

    fn forget_one(&mut self) {
        if let Some((_, number)) = self.by_use.pop_first() {
            self.phones.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(phones: &mut Phones, to: &str, text: &str) {
        phones.receive("+49301".to_owned(), to.to_owned(), text.to_owned(), 1);
    }

    fn texts(phones: &Phones, number: &str, after: u64) -> Vec<(u64, String)> {
        phones.texts_after(number, after).into_iter().map(|text| (text.index, text.text)).collect()
    }

    #[test]
    fn texts_stand_in_their_order_and_are_found_after_one() {
        let mut phones = Phones::new(10, 10);
        receive(&mut phones, "1", "a");
        phones.send("1".to_owned(), "2".to_owned(), "b".to_owned(), 2, 1);
        receive(&mut phones, "3", "c");
        assert_eq!(texts(&phones, "1", 0), [(1, "a".to_owned()), (2, "b".to_owned())]);
        assert_eq!(texts(&phones, "1", 1), [(2, "b".to_owned())]);
        assert_eq!(texts(&phones, "2", 0), []);
        assert_eq!(phones.summaries().iter().map(|it| it.number.as_str()).collect::<Vec<_>>(), ["3", "1"]);
    }

    #[test]
    fn the_oldest_texts_and_the_least_used_phones_are_forgotten() {
        let mut phones = Phones::new(2, 2);
        for text in ["a", "b", "c"] {
            receive(&mut phones, "1", text);
        }
        assert_eq!(texts(&phones, "1", 0), [(2, "b".to_owned()), (3, "c".to_owned())]);
        receive(&mut phones, "2", "x");
        receive(&mut phones, "1", "d");
        receive(&mut phones, "3", "y");
        assert_eq!(texts(&phones, "2", 0), [], "2 was used before 1");
        assert_eq!((phones.phones.len(), phones.by_use.len()), (2, 2));
    }

    #[test]
    fn a_text_is_delivered_when_all_its_parts_are() {
        let mut phones = Phones::new(2, 2);
        let place = phones.send("1".to_owned(), "2".to_owned(), "long".to_owned(), 1, 2);
        let state = |phones: &Phones| phones.texts_after("1", 0)[0].state;
        phones.settle(&place, true);
        assert_eq!(state(&phones), TextState::Waiting);
        phones.settle(&place, true);
        assert_eq!(state(&phones), TextState::Delivered);
        phones.settle(&place, false);
        assert_eq!(state(&phones), TextState::Delivered, "what was delivered stays so");
    }

    #[test]
    fn a_text_is_refused_when_one_part_is() {
        let mut phones = Phones::new(2, 2);
        let place = phones.send("1".to_owned(), "2".to_owned(), "long".to_owned(), 1, 2);
        phones.settle(&place, false);
        phones.settle(&place, true);
        assert_eq!(phones.texts_after("1", 0)[0].state, TextState::Refused);
    }
}
