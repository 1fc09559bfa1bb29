//! Long texts arrive in parts, in any order. Each part is kept as it comes, so that the carrier can
//! have its acknowledgement; whole texts go on. What stays incomplete for too long goes on with gaps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TextEvent;
use super::arrival::Body;
use super::number::Thread;
use crate::ContactCenter;
use crate::event::Event;
use crate::limits;
use crate::moment::Timestamp;
use crate::refusal::Refusal;
use crate::settings::SettingName;

/// Stands where a part never came.
const GAP: &str = "[…]";

/// The name of a text that is not complete yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartialId(pub u64);

/// A text of which parts are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartialText {
    pub thread: Thread,
    pub reference: u16,
    pub total: u8,
    pub parts: BTreeMap<u8, Vec<u16>>,
    pub began_at: Timestamp,
}

/// What tells the texts apart that a customer sends in parts at the same time.
pub(super) type PartialKey = (Thread, u16, u8);

impl PartialText {
    pub fn key(&self) -> PartialKey {
        (self.thread.clone(), self.reference, self.total)
    }

    fn text_with_gaps(&self) -> String {
        let mut units: Vec<u16> = Vec::new();
        for number in 1..=self.total {
            match self.parts.get(&number) {
                Some(part) => units.extend(part),
                None => units.extend(GAP.encode_utf16()),
            }
        }
        String::from_utf16_lossy(&units)
    }
}

impl ContactCenter {
    /// Takes a body in: answers the texts that are complete with it.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub(super) fn collect(
        &self,
        thread: &Thread,
        body: &Body,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) -> Result<Vec<String>, Refusal> {
        let (reference, total, number, units) = match body {
            Body::Whole(text) => return Ok(vec![text.clone()]),
            Body::Part { reference, total, number, units } => (*reference, *total, *number, units),
        };
        if total < 2 || !(1..=total).contains(&number) {
            return Ok(vec![String::from_utf16_lossy(units)]);
        }
        let mut whole = Vec::new();
        let known = self.texting.partial_of(&(thread.clone(), reference, total));
        let mut known = known.map(|(id, partial)| (id, partial.clone()));
        if let Some((id, partial)) = &known {
            match partial.parts.get(&number) {
                Some(kept) if kept == units => return Ok(Vec::new()),
                // The sender's number came round again: this is another text.
                Some(_) => {
                    events.push(Event::Text(TextEvent::PartsGone(*id)));
                    whole.push(partial.text_with_gaps());
                    known = None;
                }
                None => {}
            }
        }
        let (partial, mut text) = match known {
            Some(known) => known,
            None if self.texting.partials() >= limits::PARTIAL_TEXTS => {
                let limit = limits::PARTIAL_TEXTS;
                return Err(Refusal::LimitReached { of: "incomplete texts", limit });
            }
            None => {
                let parts = BTreeMap::new();
                let text = PartialText { thread: thread.clone(), reference, total, parts, began_at: now };
                (self.texting.next_partial(), text)
            }
        };
        text.parts.insert(number, units.clone());
        if text.parts.len() < usize::from(total) {
            let (thread, units, at) = (thread.clone(), units.clone(), now);
            let kept = TextEvent::PartKept { partial, thread, reference, total, number, units, at };
            events.push(Event::Text(kept));
            return Ok(whole);
        }
        events.push(Event::Text(TextEvent::PartsGone(partial)));
        whole.push(text.text_with_gaps());
        Ok(whole)
    }

    /// A text whose parts have not all come: between whom, and what there is of it.
    pub(super) fn give_up_parts(&self, id: PartialId) -> Result<(Thread, String), Refusal> {
        let partial = self.texting.partial(id).ok_or(Refusal::UnknownContact)?;
        Ok((partial.thread.clone(), partial.text_with_gaps()))
    }

    /// When the parts of a text are no longer waited for.
    pub(super) fn parts_deadline(&self, partial: &PartialText) -> Timestamp {
        partial.began_at.plus_ms(self.settings.ms(SettingName::SmsPartsWaitSeconds))
    }
}
