//! What became of texts, on its way to the contact center: until it is kept, it is told again and again.

use contact_center::Command;
use contact_center::texting::{Outcome, TextId};

use super::Courier;
use super::orders::{Answered, Purpose};
use super::waiting::Held;

/// Most outcomes in one command.
const MOST_AT_ONCE: usize = 512;
/// Most commands with outcomes that are on their way; what comes meanwhile gathers.
const MOST_ON_THEIR_WAY: usize = 4;

/// What became of a text.
#[derive(Debug)]
pub(super) struct Settlement {
    id: TextId,
    outcome: Outcome,
    /// The text, if it waits again.
    returning: Option<Box<Held>>,
}

/// What became of texts, as far as the contact center does not know it.
#[derive(Debug, Default)]
pub(super) struct Settling {
    gathered: Vec<Settlement>,
    on_their_way: usize,
}

impl Settling {
    pub fn is_empty(&self) -> bool {
        self.gathered.is_empty() && self.on_their_way == 0
    }

    /// Whether there is something that the contact center was not told of.
    pub fn has_gathered(&self) -> bool {
        !self.gathered.is_empty()
    }
}

impl Courier {
    /// Has the contact center know what became of a text.
    pub(super) fn settle(&mut self, id: TextId, outcome: Outcome) {
        self.settling.gathered.push(Settlement { id, outcome, returning: None });
    }

    /// Gives a claim back: the carrier surely has nothing of the text. It waits again when that is kept.
    pub(super) fn give_back(&mut self, held: Held) {
        let (id, outcome) = (held.text.id, Outcome::NotSent);
        self.settling.gathered.push(Settlement { id, outcome, returning: Some(Box::new(held)) });
    }

    /// Tells the contact center what has gathered.
    pub(super) fn flush_settlements(&mut self) {
        while !self.settling.gathered.is_empty()
            && self.settling.on_their_way < MOST_ON_THEIR_WAY
            && self.resting.is_none()
        {
            let settling = &mut self.settling;
            let count = settling.gathered.len().min(MOST_AT_ONCE);
            let settlements: Vec<_> = settling.gathered.drain(..count).collect();
            settling.on_their_way += 1;
            let outcomes = settlements.iter().map(|it| (it.id, it.outcome.clone())).collect();
            self.orders.hand_in(Command::SettleTexts(outcomes), Purpose::Settle(settlements));
        }
    }

    pub(super) fn settle_answered(&mut self, settlements: Vec<Settlement>, answered: &Answered) {
        self.settling.on_their_way -= 1;
        if answered.is_ok() {
            let returning = settlements.into_iter().filter_map(|it| it.returning);
            returning.for_each(|held| self.offer_when_due(*held));
        } else if !self.stopped {
            self.settling.gathered.extend(settlements);
            self.rest();
        }
    }
}
