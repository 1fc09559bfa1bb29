//! Texts on their way out: taken in, given to a carrier's queue, claimed as lines have room, handed over, concluded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contact_center::texting::{Outcome, OutgoingText, TextEvent, TextId};
use contact_center::{Command, Event};
use engine::Failure;

use super::flights::{Conclusion, Flight};
use super::news::News;
use super::orders::{Answered, Purpose};
use super::waiting::Held;
use super::{Courier, RETRY};
use crate::clock;
use crate::message::{Errand, LineId, PartResult, PartTicket};

/// Most texts that a courier holds; further ones wait in the contact center.
const MOST_HELD: usize = 20_000;
/// So many are read from the contact center at once, as soon as there is room for them.
const READ: usize = 2_000;
/// Most texts in one claim.
const MOST_IN_A_CLAIM: usize = 256;
/// How often a text is offered at most before it has failed.
const MOST_OFFERS: u8 = 100;
/// How often a carrier may say that a text is too much at a time before the next of its route gets it.
const MOST_TOO_FAST: u8 = 5;
/// The pause before a text is offered again; it grows with each offer.
const OFFER_PAUSE: Duration = Duration::from_secs(1);
/// The longest such pause.
const LONGEST_OFFER_PAUSE: Duration = Duration::from_secs(60);

impl Courier {
    /// Texts wait.
    pub(super) fn hear_news(&mut self, news: &News, texts: &[Arc<OutgoingText>]) {
        self.behind |= news.take_missed();
        for text in texts {
            if text.id < self.next {
                continue;
            }
            // What came back to the contact center has an earlier number, and is here.
            self.behind |= self.waiting.count() >= MOST_HELD;
            if self.behind {
                self.missed = true;
                return;
            }
            self.take_in(Arc::clone(text));
        }
    }

    fn take_in(&mut self, text: Arc<OutgoingText>) {
        self.next = TextId(text.id.0 + 1);
        if let Some(held) = self.waiting.take_in(text) {
            self.offer(held);
        }
    }

    /// Reads texts from the contact center that no news brought, as soon as there is room.
    pub(super) fn catch_up(&mut self) {
        let has_room = self.waiting.count() + READ <= MOST_HELD;
        if !self.behind || !self.recovered || !has_room || self.look.is_some() || self.resting.is_some() {
            return;
        }
        let (center, first) = (self.center.clone(), self.next);
        self.missed = false;
        self.look = Some(Box::pin(async move {
            center.query(move |center| center.waiting_texts_from(first).take(READ).cloned().collect()).await
        }));
    }

    pub(super) fn found(&mut self, found: Result<Vec<Arc<OutgoingText>>, Failure>) {
        match found {
            Ok(texts) => {
                self.behind = self.missed || texts.len() == READ;
                texts.into_iter().for_each(|text| self.take_in(text));
            }
            Err(_) => self.rest(),
        }
    }

    /// Offers a text to its carrier: the first one of its route that takes texts, or that will.
    pub(super) fn offer(&mut self, mut held: Held) {
        held.not_before = None;
        let Some(choice) = self.routes.choice(&held.text.thread) else {
            return self.refuse(held, "no route leads to this number");
        };
        let choice = Arc::clone(choice);
        let first = usize::from(held.moved);
        let mut places = (0..choice.len()).map(|step| choice[(first + step) % choice.len()]);
        let place = places.find(|place| self.is_up(*place)).unwrap_or(choice[first % choice.len()]);
        self.desks[place].queue.push_back(held);
    }

    /// Offers a text again when its time has come.
    pub(super) fn offer_when_due(&mut self, held: Held) {
        match held.not_before {
            Some(at) => self.waiting.put_off(held, at),
            None => self.offer(held),
        }
    }

    /// Gives every text that is in a queue its carrier again, after one came or went.
    pub(super) fn distribute_anew(&mut self) {
        let mut texts: Vec<Held> = self.desks.iter_mut().flat_map(|desk| desk.queue.drain(..)).collect();
        texts.sort_unstable_by_key(|held| held.text.id);
        texts.into_iter().for_each(|held| self.offer(held));
    }

    /// A text has failed before it was claimed.
    fn refuse(&mut self, held: Held, reason: &str) {
        self.settle(held.text.id, Outcome::Refused { reason: Arc::from(reason) });
        self.finish(&held);
    }

    /// A text is done with: the next of its thread is offered.
    fn finish(&mut self, held: &Held) {
        if let Some(next) = self.waiting.finish(&held.text.thread) {
            self.offer(next);
        }
    }

    /// Claims what there is room for.
    pub(super) fn claim(&mut self, now: Instant) {
        self.throttled = None;
        if !self.recovered || self.resting.is_some() {
            return;
        }
        for place in 0..self.desks.len() {
            while self.orders.has_room() {
                let slots = self.board(place, now);
                if slots.is_empty() {
                    break;
                }
                let texts = slots.iter().filter_map(|slot| {
                    let flight = self.flights.at(*slot)?;
                    Some((flight.held.text.id, u8::try_from(flight.parts.len()).unwrap_or(u8::MAX)))
                });
                let texts = texts.collect();
                let carrier = Arc::clone(&self.desks[place].name);
                self.orders.hand_in(Command::ClaimTexts { carrier, texts }, Purpose::Claim(slots));
            }
        }
    }

    /// Finds places for texts of a carrier, as many as one claim takes.
    fn board(&mut self, place: usize, now: Instant) -> Vec<u32> {
        let mut slots = Vec::new();
        while slots.len() < MOST_IN_A_CLAIM {
            let desk = &mut self.desks[place];
            let Some(mut held) = desk.queue.pop_front() else { break };
            let parts = match held.cut.take() {
                Some((cut_for, parts)) if cut_for == place => parts,
                _ => match desk.cut(&held) {
                    Ok(parts) => parts,
                    Err(too_long) => {
                        self.refuse(held, &too_long.to_string());
                        continue;
                    }
                },
            };
            let line = self.line_for(place, parts.len());
            let desk = &mut self.desks[place];
            let leave = line.map(|line| (line, desk.take_leave(parts.len(), now)));
            let Some((line, Ok(()))) = leave else {
                if let Some((_, Err(at))) = leave {
                    self.throttled = Some(self.throttled.map_or(at, |earlier| earlier.min(at)));
                }
                held.cut = Some((place, parts));
                desk.queue.push_front(held);
                break;
            };
            self.lines[line].open += parts.len();
            slots.push(self.flights.board(Flight::new(held, place, line, parts)));
        }
        slots
    }

    /// The line of a carrier with the most room, if it is enough for so many parts.
    fn line_for(&self, place: usize, parts: usize) -> Option<LineId> {
        let lines = self.desks[place].lines.iter().copied();
        let lines = lines.filter(|line| self.lines[*line].has_room_for(parts));
        lines.max_by_key(|line| self.lines[*line].room.saturating_sub(self.lines[*line].open))
    }

    pub(super) fn claim_answered(&mut self, slots: Vec<u32>, answered: Answered) {
        let Ok(events) = answered else {
            self.rest();
            return slots.into_iter().for_each(|slot| self.take_back(slot));
        };
        let mut events = events.into_iter().peekable();
        for slot in slots {
            let Some(flight) = self.flights.at(slot) else { continue };
            let id = flight.held.text.id;
            let about = |event: &Event| matches!(event, Event::Text(TextEvent::Claimed { id: it, .. } | TextEvent::Blocked(it)) if *it == id);
            match events.next_if(about) {
                Some(Event::Text(TextEvent::Claimed { .. })) if self.stopping => self.take_back(slot),
                Some(Event::Text(TextEvent::Claimed { .. })) => self.hand_over(slot),
                // Blocked, or at an end of its own.
                _ => {
                    if let Some(flight) = self.disembark(slot) {
                        self.finish(&flight.held);
                    }
                }
            }
        }
    }

    /// Gives a text back whose parts were not handed over.
    fn take_back(&mut self, slot: u32) {
        if let Some(flight) = self.disembark(slot) {
            self.give_back(flight.held);
        }
    }

    /// Takes a text out of its place before anything of it was handed over.
    fn disembark(&mut self, slot: u32) -> Option<Flight> {
        let flight = self.flights.leave(slot)?;
        let line = &mut self.lines[flight.line];
        line.open = line.open.saturating_sub(flight.parts.len());
        Some(flight)
    }

    /// Hands a claimed text over.
    fn hand_over(&mut self, slot: u32) {
        let Some(flight) = self.flights.at(slot) else { return };
        let count = flight.parts.len();
        let (place, meant_for) = (flight.carrier, flight.line);
        if self.lines[meant_for].room == 0 {
            // That line has gone since. Another one of the carrier will do.
            let others = self.desks[place].lines.iter().copied();
            let Some(line) = others.into_iter().find(|line| self.lines[*line].room > 0) else {
                return self.take_back(slot);
            };
            self.lines[meant_for].open = self.lines[meant_for].open.saturating_sub(count);
            self.lines[line].open += count;
            if let Some(flight) = self.flights.at(slot) {
                flight.line = line;
            }
        }
        let Some(flight) = self.flights.at(slot) else { return };
        flight.open = count;
        flight.offers += 1;
        let line = &mut self.lines[flight.line];
        for part in (0..=u8::MAX).take(count) {
            let (text, parts) = (Arc::clone(&flight.held.text), Arc::clone(&flight.parts));
            line.submit(Errand { ticket: PartTicket { slot, part }, text, parts });
        }
    }

    /// A line did not take these.
    pub(super) fn not_sent(&mut self, line: LineId, errands: Vec<Errand>) {
        let results = errands.into_iter().map(|errand| (errand.ticket, PartResult::NotSent));
        self.submitted(line, results.collect());
    }

    /// What became of parts.
    pub(super) fn submitted(&mut self, line: LineId, results: Vec<(PartTicket, PartResult)>) {
        let place = self.lines[line].carrier;
        for (ticket, result) in results {
            self.lines[line].open = self.lines[line].open.saturating_sub(1);
            if matches!(result, PartResult::NotNow { too_fast: true, .. }) {
                self.desks[place].throttle.slow_down(clock::now());
            }
            let Some(flight) = self.flights.at(ticket.slot) else { continue };
            let Some(known) = flight.results.get_mut(usize::from(ticket.part)) else { continue };
            *known = Some(result);
            flight.open = flight.open.saturating_sub(1);
            if flight.open == 0 {
                self.conclude(ticket.slot);
            }
        }
    }

    /// A line is gone that reported on every part; if it could not, the carrier may have them.
    pub(super) fn give_up_on(&mut self, line: LineId) {
        for slot in self.flights.over(line) {
            if let Some(flight) = self.flights.at(slot) {
                flight
                    .results
                    .iter_mut()
                    .filter(|it| it.is_none())
                    .for_each(|it| *it = Some(PartResult::Unanswered));
                flight.open = 0;
                self.conclude(slot);
            }
        }
    }

    /// No part of a text is on its way.
    fn conclude(&mut self, slot: u32) {
        let Some(flight) = self.flights.at(slot) else { return };
        match flight.conclusion() {
            Conclusion::Incomplete => {
                let pause = OFFER_PAUSE * u32::from(flight.offers);
                self.flights.offer_again(slot, clock::now() + pause.min(LONGEST_OFFER_PAUSE));
            }
            Conclusion::Settled(outcome) => {
                let Some(flight) = self.flights.leave(slot) else { return };
                self.settle(flight.held.text.id, outcome);
                self.finish(&flight.held);
            }
            Conclusion::Returned { refused } => {
                let Some(Flight { mut held, .. }) = self.flights.leave(slot) else { return };
                if let Some(too_fast) = refused {
                    held.put_off = held.put_off.saturating_add(1);
                    if held.put_off >= MOST_OFFERS {
                        return self.refuse(held, "no carrier took it, however often it was offered");
                    }
                    self.move_on(&mut held, too_fast);
                }
                self.give_back(held);
            }
        }
    }

    /// Decides where and when a text is offered next.
    fn move_on(&self, held: &mut Held, too_fast: bool) {
        let carriers = self.routes.choice(&held.text.thread).map_or(1, |choice| choice.len());
        let moves = carriers > 1 && (!too_fast || held.put_off.is_multiple_of(MOST_TOO_FAST));
        if moves {
            held.moved = held.moved.wrapping_add(1);
        }
        // The next carrier is asked at once, until all were.
        if !moves || usize::from(held.moved).is_multiple_of(carriers) {
            let pause = OFFER_PAUSE * u32::from(held.put_off);
            held.not_before = Some(clock::now() + pause.min(LONGEST_OFFER_PAUSE));
        }
    }

    /// Offers the missing parts of texts again that their carriers have in part.
    pub(super) fn offer_parts_again(&mut self, now: Instant) {
        while let Some(slot) = self.flights.due(now) {
            let Some(flight) = self.flights.at(slot) else { continue };
            let missing: Vec<u8> = flight.missing().collect();
            let (place, gives_up) = (flight.carrier, flight.offers >= super::flights::MOST_PART_OFFERS);
            let line = self.line_for(place, missing.len());
            let leave = line.map(|line| (line, self.desks[place].take_leave(missing.len(), now)));
            let Some(flight) = self.flights.at(slot) else { continue };
            flight.offers = flight.offers.saturating_add(1);
            match leave {
                Some((line, Ok(()))) => {
                    flight.line = line;
                    flight.open = missing.len();
                    self.lines[line].open += missing.len();
                    for part in missing {
                        let (text, parts) = (Arc::clone(&flight.held.text), Arc::clone(&flight.parts));
                        self.lines[line].submit(Errand { ticket: PartTicket { slot, part }, text, parts });
                    }
                }
                _ if gives_up => self.give_up_parts(slot),
                Some((_, Err(at))) => self.flights.offer_again(slot, at),
                None => self.flights.offer_again(slot, now + RETRY.max(OFFER_PAUSE)),
            }
        }
    }

    /// There will be no line for the missing parts of texts any more.
    pub(super) fn drop_incomplete(&mut self) {
        for slot in self.flights.take_incomplete() {
            self.give_up_parts(slot);
        }
    }

    fn give_up_parts(&mut self, slot: u32) {
        let Some(flight) = self.flights.leave(slot) else { return };
        if let Conclusion::Settled(outcome) = flight.given_up(flight.taken()) {
            self.settle(flight.held.text.id, outcome);
        }
        self.finish(&flight.held);
    }
}
