//! Whom nobody may text: the suppression list of a contact center, kept by keywords and by people.

use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keywords::LONGEST_KEYWORD;
use super::{KeywordFamily, PhoneNumber, TextEvent, Thread};
use crate::ContactCenter;
use crate::contact::ContactEvent;
use crate::event::Event;
use crate::ids::ContactId;
use crate::limits;
use crate::moment::Timestamp;
use crate::refusal::Refusal;

/// Why a number must not be texted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Since when.
    pub since: Timestamp,
    /// The keyword, or what the person said who entered it.
    pub reason: Arc<str>,
}

/// A number to be entered into the list.
#[derive(Debug, Clone)]
pub struct SuppressionRequest {
    /// The number.
    pub number: PhoneNumber,
    /// Why.
    pub reason: Arc<str>,
    /// Since when; now if absent.
    pub since: Option<Timestamp>,
}

impl ContactCenter {
    /// The suppression list, by number.
    pub fn suppressions(&self) -> impl Iterator<Item = (&PhoneNumber, &Suppression)> {
        self.texting.suppressions.iter()
    }

    /// The suppression list behind a number, so that a long list can be read in pieces.
    pub fn suppressions_after(
        &self,
        number: Option<&PhoneNumber>,
    ) -> impl Iterator<Item = (&PhoneNumber, &Suppression)> {
        let first = number.map_or(Bound::Unbounded, Bound::Excluded);
        self.texting.suppressions.range((first, Bound::Unbounded))
    }

    /// How many numbers are on the list.
    pub fn suppression_count(&self) -> usize {
        self.texting.suppressions.len()
    }

    /// Why a number must not be texted, if so.
    pub fn suppression_of(&self, number: &PhoneNumber) -> Option<&Suppression> {
        self.texting.suppressions.get(number)
    }

    /// The keywords in force.
    pub fn keywords(&self) -> &[KeywordFamily] {
        &self.texting.keywords
    }

    /// Enters numbers. Those on the list already stay as they are.
    pub(crate) fn suppress(
        &self,
        requests: &[SuppressionRequest],
        now: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for request in requests {
            if self.suppression_of(&request.number).is_some() || !seen.insert(&request.number) {
                continue;
            }
            if request.reason.len() > limits::NAME_BYTES {
                let allowed = format!("at most {} bytes", limits::NAME_BYTES);
                return Err(Refusal::OutOfRange { parameter: "reason", allowed });
            }
            let since = request.since.unwrap_or(now);
            let suppression = Suppression { since, reason: request.reason.clone() };
            events.push(Event::Text(TextEvent::Suppressed(request.number.clone(), suppression)));
            events.extend(self.opted_out(&request.number, true));
        }
        if self.suppression_count() + seen.len() > limits::SUPPRESSIONS {
            let limit = limits::SUPPRESSIONS;
            return Err(Refusal::LimitReached { of: "suppressed numbers", limit });
        }
        Ok(events)
    }

    pub(crate) fn unsuppress(&self, number: &PhoneNumber) -> Result<Vec<Event>, Refusal> {
        self.suppression_of(number).ok_or(Refusal::UnknownSuppression)?;
        let mut events = vec![Event::Text(TextEvent::Unsuppressed(number.clone()))];
        events.extend(self.opted_out(number, false));
        Ok(events)
    }

    /// The open sessions with a customer learn of it.
    fn opted_out(&self, number: &PhoneNumber, out: bool) -> impl Iterator<Item = Event> {
        let told = move |id| Event::Contact(id, ContactEvent::OptedOut(out));
        self.sessions_with(number).into_iter().map(told)
    }

    /// The open sessions with a customer, on whichever of our numbers.
    pub(super) fn sessions_with(&self, customer: &PhoneNumber) -> Vec<ContactId> {
        let first = Thread { customer: customer.clone(), ours: PhoneNumber::nobody() };
        let threads = self.tables.threads.range(first..);
        threads.take_while(|(thread, _)| thread.customer == *customer).map(|(_, id)| *id).collect()
    }

    pub(crate) fn keep_keywords(&self, families: &[KeywordFamily]) -> Result<Vec<Event>, Refusal> {
        let out_of_range = |parameter, allowed: String| Err(Refusal::OutOfRange { parameter, allowed });
        if families.len() > limits::KEYWORD_FAMILIES {
            return out_of_range("keywords", format!("at most {} languages", limits::KEYWORD_FAMILIES));
        }
        for family in families {
            let words = [&family.stop, &family.start, &family.help];
            if words.iter().any(|words| words.len() > limits::KEYWORDS_OF_A_KIND) {
                let allowed = format!("at most {} words of a kind", limits::KEYWORDS_OF_A_KIND);
                return out_of_range("keywords", allowed);
            }
            let fits =
                |word: &String| word.chars().any(char::is_alphanumeric) && word.len() <= LONGEST_KEYWORD;
            if !words.into_iter().flatten().all(fits) {
                let allowed = format!("words of at most {LONGEST_KEYWORD} bytes with a letter or digit");
                return out_of_range("keywords", allowed);
            }
            let answers = [&family.stop_answer, &family.start_answer, &family.help_answer];
            if answers.iter().any(|answer| answer.len() > limits::KEYWORD_ANSWER_BYTES) {
                let allowed = format!("answers of at most {} bytes", limits::KEYWORD_ANSWER_BYTES);
                return out_of_range("keywords", allowed);
            }
            if family.language.is_empty() || family.language.len() > LONGEST_LANGUAGE {
                return out_of_range("language", "a language tag such as en or pt-BR".to_owned());
            }
        }
        if families.iter().all(|family| family.stop.is_empty()) {
            return Err(Refusal::Missing("stop"));
        }
        Ok(vec![Event::Text(TextEvent::KeywordsKept(families.to_vec()))])
    }
}

/// Bytes of a language tag (RFC 5646, section 4.4.1).
const LONGEST_LANGUAGE: usize = 35;
