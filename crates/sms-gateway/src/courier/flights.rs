//! Texts that are being claimed and handed over, each in a place of its own until all its parts are reported on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use contact_center::texting::Outcome;
use smpp::Part;

use super::waiting::Held;
use crate::message::{LineId, PartResult};

/// How often a part is offered to its carrier at most, once another part of its text was taken.
pub(super) const MOST_PART_OFFERS: u8 = 20;

/// A text on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub held: Held,
    /// The place of the carrier it was claimed for.
    pub carrier: usize,
    /// The line it was meant for when it was claimed.
    pub line: LineId,
    pub parts: Arc<[Part]>,
    /// What is known of each part.
    pub results: Vec<Option<PartResult>>,
    /// How many parts are on their way.
    pub open: usize,
    /// How often parts were offered.
    pub offers: u8,
}

/// What follows when no part is on its way any more.
#[derive(Debug)]
pub(super) enum Conclusion {
    /// It is over.
    Settled(Outcome),
    /// The carrier has nothing of it, and said whether that was too much at a time.
    Returned { refused: Option<TooFast> },
    /// The carrier has some parts, and surely not the others: they are offered again.
    Incomplete,
}

/// Whether a carrier that did not take a text said that it was too much at a time.
pub(super) type TooFast = bool;

impl Flight {
    pub fn new(held: Held, carrier: usize, line: LineId, parts: Arc<[Part]>) -> Flight {
        let results = vec![None; parts.len()];
        Flight { held, carrier, line, parts, results, open: 0, offers: 0 }
    }

    /// What follows from the reports on all parts.
    pub fn conclusion(&self) -> Conclusion {
        let results = || self.results.iter().flatten();
        if results().any(|result| *result == PartResult::Unanswered) {
            return Conclusion::Settled(Outcome::Unanswered);
        }
        let refused = results().find_map(|result| match result {
            PartResult::Refused(reason) => Some(reason),
            _ => None,
        });
        if let Some(reason) = refused {
            return Conclusion::Settled(Outcome::Refused { reason: Arc::from(reason.as_str()) });
        }
        let name = |result: &PartResult| match result {
            PartResult::Taken(name) => Some(Arc::clone(name)),
            _ => None,
        };
        let names: Vec<_> = results().filter_map(name).collect();
        if names.len() == self.parts.len() {
            return Conclusion::Settled(Outcome::Accepted { names });
        }
        let too_fast = |result: &PartResult| match result {
            PartResult::NotNow { too_fast, .. } => Some(*too_fast),
            _ => None,
        };
        if names.is_empty() {
            // A carrier in trouble is left earlier than one that only cannot keep up.
            return Conclusion::Returned { refused: results().filter_map(too_fast).min() };
        }
        if self.offers < MOST_PART_OFFERS { Conclusion::Incomplete } else { self.given_up(names.len()) }
    }

    /// The end of a text that its carrier has in part.
    pub fn given_up(&self, taken: usize) -> Conclusion {
        let reason = self.results.iter().flatten().find_map(|result| match result {
            PartResult::NotNow { reason, .. } => Some(reason.as_str()),
            _ => None,
        });
        let reason = reason.unwrap_or("no connection");
        let reason = format!("only {taken} of {} parts were taken: {reason}", self.parts.len());
        Conclusion::Settled(Outcome::Refused { reason: Arc::from(reason) })
    }

    /// How many parts the carrier has.
    pub fn taken(&self) -> usize {
        self.results.iter().flatten().filter(|result| matches!(result, PartResult::Taken(_))).count()
    }

    /// The parts that the carrier does not have.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        let is_missing = |result: &Option<PartResult>| !matches!(result, Some(PartResult::Taken(_)));
        (0..=u8::MAX).zip(&self.results).filter(move |(_, result)| is_missing(result)).map(|(part, _)| part)
    }
}

/// All places.
#[derive(Debug, Default)]
pub(super) struct Flights {
    places: Vec<Option<Flight>>,
    free: Vec<u32>,
    /// Those with parts to be offered again, and when.
    again: BTreeSet<(Instant, u32)>,
}

impl Flights {
    /// Gives a text a place.
    pub fn board(&mut self, flight: Flight) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.places[slot as usize] = Some(flight);
                slot
            }
            None => {
                self.places.push(Some(flight));
                (self.places.len() - 1) as u32
            }
        }
    }

    pub fn at(&mut self, slot: u32) -> Option<&mut Flight> {
        self.places.get_mut(slot as usize)?.as_mut()
    }

    /// Takes a text out of its place.
    pub fn leave(&mut self, slot: u32) -> Option<Flight> {
        let flight = self.places.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(flight)
    }

    /// Has the missing parts of a text offered again then.
    pub fn offer_again(&mut self, slot: u32, at: Instant) {
        self.again.insert((at, slot));
    }

    /// A text whose missing parts are to be offered again.
    pub fn due(&mut self, now: Instant) -> Option<u32> {
        let is_due = self.again.first().is_some_and(|(at, _)| *at <= now);
        if is_due { self.again.pop_first().map(|(_, slot)| slot) } else { None }
    }

    /// All texts with missing parts.
    pub fn take_incomplete(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.again).into_iter().map(|(_, slot)| slot).collect()
    }

    /// When the next part is to be offered again.
    pub fn wake_time(&self) -> Option<Instant> {
        self.again.first().map(|(at, _)| *at)
    }

    /// The places of texts with parts on their way over a line.
    pub fn over(&self, line: LineId) -> Vec<u32> {
        let over = |flight: &Option<Flight>| flight.as_ref().is_some_and(|it| it.line == line && it.open > 0);
        (0u32..).zip(&self.places).filter(|(_, flight)| over(flight)).map(|(slot, _)| slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use contact_center::Timestamp;
    use contact_center::texting::{OutgoingText, Progress, TextId, Thread};

    use super::*;

    fn flight(results: &[PartResult]) -> Flight {
        let number = |text: &str| text.parse().unwrap();
        let text = OutgoingText {
            id: TextId(1),
            thread: Thread { customer: number("+4917"), ours: number("72800") },
            text: Arc::from("hello"),
            entry: None,
            exempt: false,
            queued_at: Timestamp(0),
            progress: Progress::Waiting,
        };
        let part = Part { esm_class: 0, data_coding: 0, short_message: Vec::new(), payload: None, sar: None };
        let parts: Arc<[Part]> = vec![part; results.len()].into();
        let mut flight = Flight::new(Held::new(Arc::new(text)), 0, 0, parts);
        flight.results = results.iter().cloned().map(Some).collect();
        flight
    }

    fn check(results: &[PartResult], wanted: &str) {
        assert_eq!(format!("{:?}", flight(results).conclusion()), wanted);
    }

    fn taken() -> PartResult {
        PartResult::Taken(Arc::from("7"))
    }

    fn not_now(too_fast: bool) -> PartResult {
        PartResult::NotNow { reason: "busy".to_owned(), too_fast }
    }

    #[test]
    fn what_became_of_a_text_follows_from_its_parts() {
        use PartResult::{NotSent, Refused, Unanswered};
        let no = || Refused("no".to_owned());
        check(&[taken(), taken()], r#"Settled(Accepted { names: ["7", "7"] })"#);
        check(&[taken(), Unanswered], "Settled(Unanswered)");
        check(&[no(), Unanswered, NotSent], "Settled(Unanswered)");
        check(&[taken(), no()], r#"Settled(Refused { reason: "no" })"#);
        check(&[not_now(true), no()], r#"Settled(Refused { reason: "no" })"#);
        check(&[not_now(true), NotSent], "Returned { refused: Some(true) }");
        check(&[not_now(true), not_now(false)], "Returned { refused: Some(false) }");
        check(&[NotSent, NotSent], "Returned { refused: None }");
        check(&[taken(), not_now(true)], "Incomplete");
        check(&[taken(), NotSent], "Incomplete");
    }

    #[test]
    fn missing_parts_are_not_offered_for_ever() {
        let mut flight = flight(&[taken(), not_now(true), PartResult::NotSent]);
        assert_eq!(flight.missing().collect::<Vec<_>>(), [1, 2]);
        flight.offers = MOST_PART_OFFERS;
        let wanted = r#"Settled(Refused { reason: "only 1 of 3 parts were taken: busy" })"#;
        assert_eq!(format!("{:?}", flight.conclusion()), wanted);
    }
}
