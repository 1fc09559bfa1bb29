//! Whom nobody may text: the suppression list of a contact center, kept by keywords and by people.

use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keywords::{Keyword, LONGEST_KEYWORD, keyword_of};
use super::sessions::Heard;
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

/// What agents are told when a customer opts out or in again.
const OPTED_OUT: &str = "The customer has opted out of text messages.";
const OPTED_IN: &str = "The customer allows text messages again.";

/// What a customer's text means besides what it says.
pub(super) struct Meaning<'a> {
    pub is_keyword: bool,
    /// What agents are told of it.
    pub notice: Option<&'static str>,
    /// What the customer is answered.
    pub answer: Option<&'a str>,
}

impl ContactCenter {
    /// Looks for a keyword, and does what it asks for.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub(super) fn hear_keyword(
        &self,
        heard: &Heard<'_>,
        events: &mut Vec<Event>,
    ) -> Result<Meaning<'_>, Refusal> {
        let number = &heard.thread.customer;
        let was_out = self.is_suppressed(number);
        let none = Meaning { is_keyword: false, notice: None, answer: None };
        let Some((keyword, family)) = keyword_of(self.keywords(), heard.text) else { return Ok(none) };
        let notice = match (keyword, was_out) {
            // To those who never opted out it is a word like others.
            (Keyword::Start, false) => return Ok(none),
            // The one confirmation went out before.
            (Keyword::Stop, true) => return Ok(Meaning { is_keyword: true, ..none }),
            (Keyword::Stop, false) => {
                self.check_suppressions(1, limits::SUPPRESSIONS_BY_KEYWORD)?;
                let (since, reason) = (heard.moment.now, Arc::from(heard.text.trim()));
                let suppression = Suppression { since, reason };
                events.push(Event::Text(TextEvent::Suppressed(number.clone(), suppression)));
                events.extend(self.opted_out(number, true));
                Some(OPTED_OUT)
            }
            (Keyword::Start, true) => {
                events.extend(self.unsuppress(number)?);
                Some(OPTED_IN)
            }
            (Keyword::Help, _) => None,
        };
        let answer = Some(family.answer(keyword)).filter(|answer| !answer.is_empty());
        Ok(Meaning { is_keyword: true, notice, answer })
    }

    fn check_suppressions(&self, more: usize, limit: usize) -> Result<(), Refusal> {
        let fits = self.suppression_count() + more <= limit;
        if fits { Ok(()) } else { Err(Refusal::LimitReached { of: "suppressed numbers", limit }) }
    }

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
        self.check_suppressions(seen.len(), limits::SUPPRESSIONS)?;
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
