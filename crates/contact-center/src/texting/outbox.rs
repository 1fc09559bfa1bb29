//! What is owed to customers: texts wait, are claimed by the gateway, and come to an end.
//!
//! Claiming is what makes "at most once" hold: a text is claimed, and the claim kept, before any of it
//! is handed over. A claim whose outcome nobody knows any more is never made again.

use std::sync::Arc;

use super::arrival::Outcome;
use super::outgoing::{OutgoingText, Progress, TextId};
use super::{PhoneNumber, TextEvent};
use crate::ContactCenter;
use crate::contact::{Contact, Entry, EntryKind};
use crate::event::Event;
use crate::limits;
use crate::moment::Timestamp;
use crate::refusal::Refusal;
use crate::settings::SettingName;

/// Why a text failed that was never handed over.
const TOO_LATE: &str = "no carrier took it in time";

/// **What goes out**: what the customer of an SMS session perceives and did not say. Nothing else
/// decides it.
pub(crate) fn goes_out(contact: &Contact, entry: &Entry) -> bool {
    let said = matches!(entry.kind, EntryKind::Text | EntryKind::PushUrl);
    let customer = contact.customer().filter(|customer| customer.id != entry.from.party);
    contact.thread.is_some() && said && customer.is_some_and(|customer| entry.is_for(customer))
}

impl ContactCenter {
    /// The texts that can be claimed, the oldest first.
    pub fn waiting_texts(&self) -> impl Iterator<Item = &Arc<OutgoingText>> {
        self.texting.waiting()
    }

    /// The number of the next outgoing text.
    pub(crate) fn next_text(&self) -> TextId {
        self.texting.next_text()
    }

    /// The texts from a number on that can be claimed, the oldest first.
    pub fn waiting_texts_from(&self, first: TextId) -> impl Iterator<Item = &Arc<OutgoingText>> {
        self.texting.waiting_from(first)
    }

    /// How many texts wait for a carrier.
    pub fn waiting_text_count(&self) -> usize {
        self.texting.waiting_count()
    }

    /// An outgoing text that has not come to its end.
    pub fn outgoing_text(&self, id: TextId) -> Option<&Arc<OutgoingText>> {
        self.texting.text(id)
    }

    /// Whether something may be said that goes out by text.
    ///
    /// # Errors
    /// [`Refusal::OptedOut`]; [`Refusal::TextTooLong`]; [`Refusal::LimitReached`].
    pub(crate) fn check_goes_out(&self, contact: &Contact, text: &str) -> Result<(), Refusal> {
        if contact.thread.is_none() {
            return Ok(());
        }
        if contact.opted_out {
            return Err(Refusal::OptedOut);
        }
        let limit =
            usize::try_from(self.settings.value(SettingName::SmsTextCharacters)).unwrap_or(usize::MAX);
        if text.encode_utf16().count() > limit {
            return Err(Refusal::TextTooLong { characters: limit });
        }
        if self.waiting_text_count() >= limits::WAITING_TEXTS {
            return Err(Refusal::LimitReached {
                of: "texts waiting for a carrier",
                limit: limits::WAITING_TEXTS,
            });
        }
        Ok(())
    }

    /// The last look before a text is sent: whoever has opted out meanwhile does not get it.
    pub(crate) fn claim_texts(&self, carrier: &Arc<str>, texts: &[(TextId, u8)]) -> Vec<Event> {
        let claim = |(id, parts): &(TextId, u8)| {
            let text = self.texting.text(*id).filter(|text| text.progress == Progress::Waiting)?;
            let out = !text.exempt && self.is_suppressed(&text.thread.customer);
            Some(Event::Text(if out {
                TextEvent::Blocked(*id)
            } else {
                TextEvent::Claimed { id: *id, carrier: carrier.clone(), parts: *parts }
            }))
        };
        texts.iter().filter_map(claim).collect()
    }

    pub(super) fn is_suppressed(&self, number: &PhoneNumber) -> bool {
        self.texting.suppressions.contains_key(number)
    }

    pub(crate) fn settle_texts(&self, outcomes: &[(TextId, Outcome)]) -> Vec<Event> {
        let settle = |(id, outcome): &(TextId, Outcome)| {
            let text = self.texting.text(*id)?;
            let (id, waits) = (*id, text.progress == Progress::Waiting);
            let claimed = matches!(text.progress, Progress::Claimed { .. });
            let event = match outcome {
                // Refused before it was ever claimed: it cannot be cut, or no carrier reaches there.
                Outcome::Refused { reason } if claimed || waits => {
                    TextEvent::Failed { id, reason: reason.clone() }
                }
                Outcome::Accepted { names } if claimed => TextEvent::Accepted { id, names: names.clone() },
                Outcome::Unanswered if claimed => TextEvent::Unanswered(id),
                Outcome::NotSent if claimed => TextEvent::Released(id),
                _ => return None,
            };
            Some(Event::Text(event))
        };
        outcomes.iter().filter_map(settle).collect()
    }

    /// What an earlier process had claimed may have been sent.
    pub(crate) fn recover_texts(&self) -> Vec<Event> {
        let claimed = self.texting.claimed();
        claimed.map(|text| Event::Text(TextEvent::Unanswered(text.id))).collect()
    }

    pub(crate) fn expire_text(&self, id: TextId) -> Vec<Event> {
        match self.texting.text(id).map(|text| &text.progress) {
            Some(Progress::Waiting) => {
                vec![Event::Text(TextEvent::Failed { id, reason: Arc::from(TOO_LATE) })]
            }
            Some(_) => vec![Event::Text(TextEvent::Forgotten(id))],
            None => Vec::new(),
        }
    }

    /// When a text has waited for too long, for a carrier or for its receipts.
    pub(super) fn text_deadline(&self, text: &OutgoingText) -> Option<Timestamp> {
        let setting = match text.progress {
            Progress::Waiting => SettingName::SmsValidSeconds,
            Progress::Claimed { .. } => return None,
            Progress::Accepted { .. } | Progress::Unknown { .. } => SettingName::SmsReceiptWaitSeconds,
        };
        Some(text.queued_at.plus_ms(self.settings.ms(setting)))
    }
}
