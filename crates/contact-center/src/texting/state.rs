//! What is kept of texts besides the sessions, and how events change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrival::ReportState;
use super::arrivals::Arrivals;
use super::inbox::{PartialId, PartialKey, PartialText};
use super::keywords::{KeywordFamily, built_in_keywords};
use super::number::{PhoneNumber, Thread};
use super::opt_out::Suppression;
use super::outgoing::{Delivery, DeliveryState, OutgoingText, PartState, Progress, TextId};
use super::{TextEvent, outbox};
use crate::ContactCenter;
use crate::contact::{Contact, Entry};
use crate::ids::{ContactId, UserId};
use crate::limits;
use crate::moment::Timestamp;

/// Who last worked on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastAgent {
    pub agent: UserId,
    pub at: Timestamp,
}

/// The state of texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Texting {
    next_text: u64,
    next_partial: u64,
    texts: BTreeMap<TextId, Arc<OutgoingText>>,
    partials: BTreeMap<PartialId, PartialText>,
    pub(super) arrivals: Arrivals,
    last_agents: BTreeMap<Thread, LastAgent>,
    /// Shared, so that a snapshot of the state costs no copy of the whole list.
    pub(super) suppressions: Arc<BTreeMap<PhoneNumber, Suppression>>,
    pub(super) keywords: Vec<KeywordFamily>,

    /// Derived from all the above.
    #[serde(skip)]
    tables: Tables,
}

/// The derived tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tables {
    waiting: BTreeSet<TextId>,
    unknown: BTreeSet<(Thread, TextId)>,
    /// By the carrier.
    parts: BTreeMap<Arc<str>, PartsByName>,
    partials: BTreeMap<PartialKey, PartialId>,
    /// Threads by the time of their last agent, the oldest first.
    by_age: BTreeSet<(Timestamp, Thread)>,
    deadlines: BTreeSet<(Timestamp, TextDeadline)>,
}

/// Which text, and which of its parts, a carrier means by a name.
type PartsByName = BTreeMap<Arc<str>, (TextId, u8)>;

/// Something about texts that becomes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextDeadline {
    /// The parts of a text that have not come are no longer waited for.
    GiveUpParts(PartialId),
    /// A text has waited for too long: for a carrier, or for its receipts.
    Expire(TextId),
}

impl Default for Texting {
    fn default() -> Self {
        Self {
            next_text: 1,
            next_partial: 1,
            texts: BTreeMap::new(),
            partials: BTreeMap::new(),
            arrivals: Arrivals::default(),
            last_agents: BTreeMap::new(),
            suppressions: Arc::default(),
            keywords: built_in_keywords(),
            tables: Tables::default(),
        }
    }
}

impl Texting {
    pub fn text(&self, id: TextId) -> Option<&Arc<OutgoingText>> {
        self.texts.get(&id)
    }

    pub fn waiting(&self) -> impl Iterator<Item = &Arc<OutgoingText>> {
        self.tables.waiting.iter().filter_map(|id| self.texts.get(id))
    }

    pub fn waiting_count(&self) -> usize {
        self.tables.waiting.len()
    }

    /// The texts of a thread of which nobody knows whether a carrier has them.
    pub fn unknown(&self, thread: &Thread) -> impl Iterator<Item = &Arc<OutgoingText>> {
        let (first, last) = ((thread.clone(), TextId(0)), (thread.clone(), TextId(u64::MAX)));
        self.tables.unknown.range(first..=last).filter_map(|(_, id)| self.texts.get(id))
    }

    pub fn claimed(&self) -> impl Iterator<Item = &Arc<OutgoingText>> {
        self.texts.values().filter(|text| matches!(text.progress, Progress::Claimed { .. }))
    }

    pub fn part_named(&self, carrier: &str, name: &str) -> Option<(TextId, u8)> {
        self.tables.parts.get(carrier)?.get(name).copied()
    }

    pub(super) fn partial_of(&self, key: &PartialKey) -> Option<(PartialId, &PartialText)> {
        let id = self.tables.partials.get(key)?;
        Some((*id, self.partials.get(id)?))
    }

    pub(super) fn partial(&self, id: PartialId) -> Option<&PartialText> {
        self.partials.get(&id)
    }

    pub fn partials(&self) -> usize {
        self.partials.len()
    }

    /// The name of the next text that comes in parts.
    pub fn next_partial(&self) -> PartialId {
        PartialId(self.next_partial)
    }

    /// The number of the next outgoing text.
    pub fn next_text(&self) -> TextId {
        TextId(self.next_text)
    }

    /// The texts from a number on that can be claimed.
    pub fn waiting_from(&self, first: TextId) -> impl Iterator<Item = &Arc<OutgoingText>> {
        self.tables.waiting.range(first..).filter_map(|id| self.texts.get(id))
    }

    pub fn last_agent(&self, thread: &Thread) -> Option<UserId> {
        self.last_agents.get(thread).map(|last| last.agent)
    }

    pub fn first_deadline(&self) -> Option<(Timestamp, TextDeadline)> {
        self.tables.deadlines.first().copied()
    }

    pub fn remember_agent(&mut self, thread: &Thread, agent: UserId, at: Timestamp) {
        if let Some(old) = self.last_agents.insert(thread.clone(), LastAgent { agent, at }) {
            self.tables.by_age.remove(&(old.at, thread.clone()));
        }
        self.tables.by_age.insert((at, thread.clone()));
        if self.last_agents.len() > limits::REMEMBERED_THREADS
            && let Some((_, oldest)) = self.tables.by_age.pop_first()
        {
            self.last_agents.remove(&oldest);
        }
    }
}

impl ContactCenter {
    /// What a user did with the last text of a thread is remembered with the thread.
    pub(crate) fn apply_to_texts(&mut self, event: &TextEvent) {
        match event {
            TextEvent::Arrived(arrived) => self.texting.arrivals.push(arrived),
            TextEvent::Settled { connection, until } => self.texting.arrivals.settle(*connection, *until),
            TextEvent::PartKept { partial, thread, reference, total, number, units, at } => {
                let texting = &mut self.texting;
                texting.next_partial = texting.next_partial.max(partial.0 + 1);
                let text = texting.partials.entry(*partial).or_insert_with(|| PartialText {
                    thread: thread.clone(),
                    reference: *reference,
                    total: *total,
                    parts: BTreeMap::new(),
                    began_at: *at,
                });
                text.parts.insert(*number, units.clone());
                let text = text.clone();
                self.list_partial(*partial, &text);
            }
            TextEvent::PartsGone(id) => {
                if let Some(text) = self.texting.partials.remove(id) {
                    let due = self.parts_deadline(&text);
                    self.texting.tables.deadlines.remove(&(due, TextDeadline::GiveUpParts(*id)));
                    self.texting.tables.partials.remove(&text.key());
                }
            }
            TextEvent::Suppressed(number, suppression) => {
                Arc::make_mut(&mut self.texting.suppressions).insert(number.clone(), suppression.clone());
            }
            TextEvent::Unsuppressed(number) => {
                Arc::make_mut(&mut self.texting.suppressions).remove(number);
            }
            TextEvent::KeywordsKept(families) => self.texting.keywords = families.clone(),
            TextEvent::Answered { thread, text, at } => {
                self.owe_text(thread.clone(), text.clone(), None, true, *at);
            }
            _ => self.apply_to_outgoing(event),
        }
    }

    fn apply_to_outgoing(&mut self, event: &TextEvent) {
        match event {
            TextEvent::Claimed { id, carrier, parts } => self.change_text(*id, |text| {
                text.progress = Progress::Claimed { carrier: carrier.clone(), parts: *parts };
            }),
            TextEvent::Released(id) => self.change_text(*id, |text| text.progress = Progress::Waiting),
            TextEvent::Accepted { id, names } => self.change_text(*id, |text| {
                let Progress::Claimed { carrier, .. } = &text.progress else { return };
                let part = |name: &Arc<str>| PartState {
                    name: name.clone(),
                    state: ReportState::OnItsWay,
                    error: None,
                };
                let parts = names.iter().map(part).collect();
                text.progress = Progress::Accepted { carrier: carrier.clone(), parts };
            }),
            TextEvent::Unanswered(id) => self.change_text(*id, |text| {
                if let Progress::Claimed { carrier, parts } = &text.progress {
                    text.progress =
                        Progress::Unknown { carrier: carrier.clone(), parts: *parts, delivered: 0 };
                }
            }),
            TextEvent::Reported { id, part, state, error } => {
                if let (None, ReportState::Failed) = (part, state) {
                    self.end_text(*id, DeliveryState::Failed, error.clone());
                    return;
                }
                self.change_text(*id, |text| report(&mut text.progress, *part, *state, error.as_ref()));
            }
            TextEvent::Blocked(id) => self.end_text(*id, DeliveryState::Blocked, None),
            TextEvent::Failed { id, reason } => {
                self.end_text(*id, DeliveryState::Failed, Some(reason.clone()));
            }
            TextEvent::Forgotten(id) => drop(self.remove_text(*id)),
            _ => {}
        }
    }

    /// An entry of a session is owed to its customer.
    pub(crate) fn owe_entry(&mut self, id: ContactId, entry: &Entry) {
        let Some(contact) = self.contacts.get(&id).filter(|contact| outbox::goes_out(contact, entry)) else {
            return;
        };
        let Some(thread) = contact.thread.clone() else { return };
        let text = entry.text.clone().unwrap_or_default();
        let exempt = entry.from.part == crate::audience::Part::External;
        self.owe_text(thread, text, Some((id, entry.index)), exempt, entry.at);
    }

    fn owe_text(
        &mut self,
        thread: Thread,
        text: Arc<str>,
        entry: Option<(ContactId, u32)>,
        exempt: bool,
        at: Timestamp,
    ) {
        let id = self.texting.next_text();
        self.texting.next_text += 1;
        let text =
            OutgoingText { id, thread, text, entry, exempt, queued_at: at, progress: Progress::Waiting };
        self.show_delivery(&text, text.delivery());
        self.put_text(Arc::new(text));
        while self.texting.texts.len() > limits::OUTGOING_TEXTS {
            // The oldest that only waits for its receipts makes room.
            let oldest =
                self.texting.texts.values().find(|text| {
                    matches!(text.progress, Progress::Accepted { .. } | Progress::Unknown { .. })
                });
            let Some(oldest) = oldest.map(|text| text.id) else { return };
            self.remove_text(oldest);
        }
    }

    /// Changes a text, and what people are shown of it.
    fn change_text(&mut self, id: TextId, change: impl FnOnce(&mut OutgoingText)) {
        let Some(text) = self.remove_text(id) else { return };
        let mut text = Arc::unwrap_or_clone(text);
        change(&mut text);
        self.show_delivery(&text, text.delivery());
        if !text.is_settled() {
            self.put_text(Arc::new(text));
        }
    }

    fn end_text(&mut self, id: TextId, state: DeliveryState, reason: Option<Arc<str>>) {
        let Some(text) = self.remove_text(id) else { return };
        let parts = text.parts();
        self.show_delivery(&text, Delivery::new(state, parts, reason));
    }

    fn show_delivery(&mut self, text: &OutgoingText, delivery: Delivery) {
        let Some((id, index)) = text.entry else { return };
        if let Some(contact) = self.contacts.get_mut(&id) {
            Arc::make_mut(contact).deliveries.insert(index, delivery);
        }
    }

    fn put_text(&mut self, text: Arc<OutgoingText>) {
        let deadline = self.text_deadline(&text);
        let tables = &mut self.texting.tables;
        tables.deadlines.extend(deadline.map(|at| (at, TextDeadline::Expire(text.id))));
        match &text.progress {
            Progress::Waiting => drop(tables.waiting.insert(text.id)),
            Progress::Claimed { .. } => {}
            Progress::Unknown { .. } => drop(tables.unknown.insert((text.thread.clone(), text.id))),
            Progress::Accepted { carrier, parts } => {
                let named = tables.parts.entry(carrier.clone()).or_default();
                named.extend((0u8..).zip(parts).map(|(number, part)| (part.name.clone(), (text.id, number))));
            }
        }
        self.texting.texts.insert(text.id, text);
    }

    fn remove_text(&mut self, id: TextId) -> Option<Arc<OutgoingText>> {
        let text = self.texting.texts.remove(&id)?;
        let deadline = self.text_deadline(&text);
        let tables = &mut self.texting.tables;
        if let Some(at) = deadline {
            tables.deadlines.remove(&(at, TextDeadline::Expire(id)));
        }
        tables.waiting.remove(&id);
        if let Progress::Unknown { .. } = &text.progress {
            tables.unknown.remove(&(text.thread.clone(), id));
        }
        if let Progress::Accepted { carrier, parts } = &text.progress {
            let named = tables.parts.entry(carrier.clone()).or_default();
            for part in parts {
                if named.get(&part.name).is_some_and(|(of, _)| *of == id) {
                    named.remove(&part.name);
                }
            }
            if named.is_empty() {
                tables.parts.remove(carrier);
            }
        }
        Some(text)
    }

    fn list_partial(&mut self, id: PartialId, text: &PartialText) {
        let due = self.parts_deadline(text);
        self.texting.tables.partials.insert(text.key(), id);
        self.texting.tables.deadlines.insert((due, TextDeadline::GiveUpParts(id)));
    }

    /// Makes the derived tables of texts anew.
    pub(crate) fn reindex_texts(&mut self) {
        self.texting.arrivals.reindex();
        let by_age = self.texting.last_agents.iter().map(|(thread, last)| (last.at, thread.clone()));
        self.texting.tables = Tables { by_age: by_age.collect(), ..Tables::default() };
        for text in std::mem::take(&mut self.texting.texts).into_values() {
            self.put_text(text);
        }
        for (id, text) in self.texting.partials.clone() {
            self.list_partial(id, &text);
        }
    }

    /// What people are shown of an outgoing text of a contact.
    pub fn delivery_of(contact: &Contact, index: u32) -> Option<&Delivery> {
        contact.deliveries.get(&index)
    }
}

/// What a receipt changes. What has come to an end is not changed by a late "on its way".
fn report(progress: &mut Progress, part: Option<u8>, state: ReportState, error: Option<&Arc<str>>) {
    match (progress, part) {
        (Progress::Accepted { parts, .. }, Some(part)) => {
            let Some(part) = parts.get_mut(usize::from(part)) else { return };
            if part.state == ReportState::OnItsWay {
                part.state = state;
                part.error = error.cloned();
            }
        }
        (Progress::Unknown { delivered, .. }, None) if state == ReportState::Delivered => {
            *delivered = delivered.saturating_add(1);
        }
        _ => {}
    }
}

#[cfg(test)]
impl Texting {
    /// Whether the derived tables are the same.
    pub(crate) fn tables_equal(&self, other: &Self) -> bool {
        self.tables == other.tables
    }
}
