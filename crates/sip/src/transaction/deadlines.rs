//! When which transaction wants to be woken: one sorted set for all.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{ServerId, Ticket};

/// Whose deadline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Server(ServerId),
    Client(Ticket),
}

/// Each transaction has at most one deadline of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The first provisional answer is due.
    Trying,
    /// Timers A, E, G, and the one of a 2xx.
    Repeat,
    /// Timers B, D, F, H, I, J, K, L, M.
    End,
}

/// The deadlines of one transaction.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Times {
    trying: Option<Instant>,
    repeat: Option<Instant>,
    end: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Deadlines {
    sorted: BTreeSet<(Instant, Owner, Timer)>,
}

impl Deadlines {
    pub fn set(&mut self, times: &mut Times, owner: Owner, timer: Timer, at: Option<Instant>) {
        let slot = match timer {
            Timer::Trying => &mut times.trying,
            Timer::Repeat => &mut times.repeat,
            Timer::End => &mut times.end,
        };
        if let Some(old) = std::mem::replace(slot, at) {
            self.sorted.remove(&(old, owner, timer));
        }
        if let Some(at) = at {
            self.sorted.insert((at, owner, timer));
        }
    }

    pub fn clear(&mut self, times: &mut Times, owner: Owner) {
        for timer in [Timer::Trying, Timer::Repeat, Timer::End] {
            self.set(times, owner, timer, None);
        }
    }

    pub fn first(&self) -> Option<(Instant, &'static str)> {
        let (at, _, timer) = self.sorted.first()?;
        let why = match timer {
            Timer::Trying => "a caller waits for the first answer",
            Timer::Repeat => "a message is repeated",
            Timer::End => "a transaction ends",
        };
        Some((*at, why))
    }

    /// The slot in the owner's `Times` still says it; whoever handles it sets it anew or clears it.
    pub fn take_due(&mut self, now: Instant) -> Option<(Owner, Timer)> {
        let first = self.sorted.first().filter(|(at, ..)| *at <= now).copied()?;
        self.sorted.remove(&first);
        Some((first.1, first.2))
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}
