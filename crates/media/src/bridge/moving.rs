//! A leg on its way from one bridge to another, when two families of calls become one.

use core::fmt;
use core::time::Duration;

use super::Bridge;
use super::config::{Event, LegKey, MAX_LEGS, Refused, Sink};
use super::earpiece::Earpiece;
use super::mouth::Mouth;

/// A leg between two bridges: it hears nothing and is heard by nobody. Its streams, keys, digits, sound and figures go on where they were.
pub struct Leg {
    mouth: Box<Mouth>,
    ear: Box<Earpiece>,
}

impl fmt::Debug for Leg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Leg").field("key", &self.mouth.key).finish()
    }
}

// It may go to a bridge on another thread.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Leg>();
};

impl Bridge {
    /// Takes a leg out, from all rows too. What is received for it until it is in a bridge again is to be kept in its socket.
    pub fn release(&mut self, leg: LegKey, now: Duration, sink: &mut impl Sink) -> Option<Leg> {
        let at = self.place(leg)?;
        self.tell_loss(at, now, sink);
        let (mut mouth, mut ear) = self.mouths[at].take().zip(self.ears[at].take())?;
        self.ears.iter_mut().flatten().for_each(|ear| ear.lose(at));
        self.rewire(now);
        mouth.listeners.clear();
        mouth.provide_ring(false);
        while let Some(heard) = ear.rights.first().map(|right| right.mouth) {
            ear.lose(heard);
        }
        Some(Leg { mouth, ear })
    }

    /// Takes a leg in that another bridge has released; it hears nothing and is heard by nobody until the next table. Both bridges count
    /// time from the same start.
    ///
    /// # Errors
    /// [`Refused::KnownLeg`], [`Refused::TooManyLegs`]; then the leg is gone.
    pub fn adopt(&mut self, leg: Leg, now: Duration) -> Result<(), Refused> {
        let Leg { mouth, ear } = leg;
        let at = self.free_place(mouth.key)?;
        (self.mouths[at], self.ears[at]) = (Some(mouth), Some(ear));
        self.rewire(now);
        Ok(())
    }

    /// Where a new leg may be.
    pub(super) fn free_place(&mut self, leg: LegKey) -> Result<usize, Refused> {
        if self.place(leg).is_some() {
            return Err(Refused::KnownLeg);
        }
        let free = self.mouths.iter().position(Option::is_none);
        let at = free.unwrap_or(self.mouths.len());
        if at >= MAX_LEGS {
            return Err(Refused::TooManyLegs);
        }
        if free.is_none() {
            self.mouths.push(None);
            self.ears.push(None);
        }
        Ok(at)
    }

    /// Tells that a leg hears nobody any more, and nobody it.
    pub(super) fn tell_loss(&self, at: usize, now: Duration, sink: &mut impl Sink) {
        let Some(leg) = self.mouths[at].as_ref().map(|mouth| mouth.key) else { return };
        let rows = self.ears.iter().flatten();
        for ear in rows.filter(|ear| ear.rights.iter().any(|right| right.mouth == at)) {
            sink.event(Event::Hears { ear: ear.key, mouth: leg, hears: false, at: now });
        }
        let heard = self.ears[at].iter().flat_map(|ear| &ear.rights);
        for mouth in heard.filter_map(|right| self.mouths[right.mouth].as_ref()) {
            sink.event(Event::Hears { ear: leg, mouth: mouth.key, hears: false, at: now });
        }
    }
}
