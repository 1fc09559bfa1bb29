//! Legs, the ear table, and what each ear is sent.
//!
//! A [`Bridge`] holds all legs between which sound may ever go, and lives on one thread. What an ear is sent follows from its row of
//! the table alone. An ear with one mouth of the same codec is a relay: a packet's header is rewritten, and it is gone; there is no
//! sum. (G.722 is the exception: see `can_relay`.) Every other ear is a mix, clocked by the arrivals of its main mouth; a timer takes over when that falls silent.
//!
//! What always holds: when [`Bridge::score`] returns, nothing goes out by the table before; and no ear is sent a frame that was spoken
//! before the ear had the right to hear its mouth, however late it arrives.

mod config;
mod control;
mod earpiece;
mod figures;
mod keys;
mod latch;
mod mouth;
mod moving;
mod sending;
mod track;

use core::net::SocketAddr;
use core::time::Duration;

pub use config::{
    Ear, Event, FLOOD_WINDOW, Identity, KEEP_ALIVE_EVERY, Keys, Latching, LegConfig, LegKey, MAX_DATAGRAM,
    MAX_DATAGRAMS_IN_WINDOW, MAX_LEGS, Playing, RELATCH_AFTER, Refused, SILENT_AFTER, Sink,
};
pub use figures::Figures;
pub use moving::Leg;

use self::earpiece::{Earpiece, Right, Way};
use self::mouth::{Kind, Mouth};
use self::sending::{Scratch, Sending};
use crate::rtp;

/// The legs of one family of calls. All times are since one start that the caller chooses, and never go back.
pub struct Bridge {
    /// Both halves of a leg have the same place.
    mouths: Vec<Option<Box<Mouth>>>,
    ears: Vec<Option<Box<Earpiece>>>,
    /// Of the table that is in force.
    version: Option<u64>,
    scratch: Box<Scratch>,
}

impl Default for Bridge {
    fn default() -> Bridge {
        Bridge::new()
    }
}

impl core::fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let legs: Vec<LegKey> = self.mouths.iter().flatten().map(|mouth| mouth.key).collect();
        formatter.debug_struct("Bridge").field("legs", &legs).field("version", &self.version).finish()
    }
}

impl Bridge {
    /// A bridge without legs.
    pub fn new() -> Bridge {
        Bridge { mouths: Vec::new(), ears: Vec::new(), version: None, scratch: Scratch::new() }
    }

    /// Adds a leg that hears nothing and is heard by nobody.
    ///
    /// # Errors
    /// [`Refused::KnownLeg`], [`Refused::TooManyLegs`].
    pub fn open(&mut self, leg: LegKey, mut config: LegConfig, now: Duration) -> Result<(), Refused> {
        let at = self.free_place(leg)?;
        let (protect, unprotect) = config.srtp.take().map(|keys| (keys.protect, keys.unprotect)).unzip();
        self.mouths[at] = Some(Box::new(Mouth::new(leg, &config, unprotect, now)));
        self.ears[at] = Some(Box::new(Earpiece::new(leg, &config, config.identity, protect, now)));
        Ok(())
    }

    /// Applies what a new offer and answer agreed. The outgoing stream goes on without a gap, whatever identity the configuration has.
    ///
    /// # Errors
    /// [`Refused::UnknownLeg`].
    pub fn change(&mut self, leg: LegKey, mut config: LegConfig, now: Duration) -> Result<(), Refused> {
        let at = self.place(leg).ok_or(Refused::UnknownLeg)?;
        let (protect, unprotect) = config.srtp.take().map(|keys| (keys.protect, keys.unprotect)).unzip();
        if let (Some(mouth), Some(ear)) = (&mut self.mouths[at], &mut self.ears[at]) {
            let is_same_codec = mouth.codec == config.codec;
            mouth.change(&config, unprotect, now);
            ear.change(&config, protect, now);
            if !is_same_codec {
                let rights = self.ears.iter_mut().flatten().flat_map(|ear| &mut ear.rights);
                rights.filter(|right| right.mouth == at).for_each(Right::close_tap);
            }
        }
        self.rewire(now);
        Ok(())
    }

    /// Removes a leg from all rows, says goodbye to it by RTCP, and tells its figures. An unknown leg is no fault.
    pub fn close(&mut self, leg: LegKey, now: Duration, sink: &mut impl Sink) {
        let Some(at) = self.place(leg) else { return };
        self.send_report(at, true, now, sink);
        self.tell_loss(at, now, sink);
        let figures = self.figures(leg).unwrap_or_default();
        (self.mouths[at], self.ears[at]) = (None, None);
        self.ears.iter_mut().flatten().for_each(|ear| ear.lose(at));
        self.rewire(now);
        sink.event(Event::Closed { leg, figures });
    }

    /// Replaces the whole ear table in one step; legs without a row hear nothing. `false`, and nothing has changed, if `version` is
    /// not greater than that of the table before.
    pub fn score(&mut self, ears: &[Ear<'_>], version: u64, now: Duration, sink: &mut impl Sink) -> bool {
        if self.version.is_some_and(|before| version <= before) {
            return false;
        }
        self.version = Some(version);
        for at in 0..self.ears.len() {
            let Some(key) = self.mouths[at].as_ref().map(|mouth| mouth.key) else { continue };
            let row = ears.iter().find(|row| row.leg == key);
            let mut hears: Vec<usize> = Vec::new();
            for mouth in row.map_or(&[][..], |row| row.hears).iter().filter_map(|mouth| self.place(*mouth)) {
                if mouth != at && !hears.contains(&mouth) {
                    hears.push(mouth);
                }
            }
            self.tell_changes(at, &hears, now, sink);
            if let Some(ear) = &mut self.ears[at] {
                ear.take_row(hears.into_iter(), row.and_then(|row| row.plays.as_ref()), now);
            }
        }
        self.rewire(now);
        true
    }

    /// Takes a datagram from a leg's RTP port: decrypts it in place, and sends what follows from it. RTCP on the same port is known
    /// by its type (RFC 5761, section 4).
    pub fn receive(
        &mut self,
        leg: LegKey,
        datagram: &mut [u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut impl Sink,
    ) {
        if rtp::is_control(datagram) {
            return self.receive_control(leg, datagram, from, now, sink);
        }
        let Some(at) = self.place(leg) else { return };
        let Bridge { mouths, ears, scratch, .. } = self;
        let Some(mouth) = &mut mouths[at] else { return };
        let Some(taken) = mouth.take(datagram, from, now, sink) else { return };
        let ticks = match taken.kind {
            Kind::Sound => {
                mouth.decode(&taken, &mut scratch.decoded, sink);
                mouth::ticks_of(mouth.codec, taken.packet.payload)
            }
            Kind::Key => {
                mouth.hear_key(&taken, now, sink);
                0
            }
        };
        let mouths = mouths.as_slice();
        let Some(mouth) = &mouths[at] else { return };
        let mut has_ended = false;
        for listener in &mouth.listeners {
            let Some(ear) = &mut ears[*listener] else { continue };
            let to = mouths[*listener].as_ref().and_then(|mouth| mouth.latch.destination());
            let sending = &mut Sending { mouths, to, now, scratch, sink };
            match taken.kind {
                Kind::Key => ear.pass_key(at, &taken, sending),
                Kind::Sound if ear.relays(at) => ear.relay(&taken, ticks, sending),
                Kind::Sound if ear.is_clocked_by(at) => ear.main_arrived(sending),
                Kind::Sound => {}
            }
            has_ended |= ear.take_ended();
        }
        if has_ended {
            self.rewire(now);
        }
    }

    /// Takes a datagram from a leg's RTCP port.
    pub fn receive_control(
        &mut self,
        leg: LegKey,
        datagram: &mut [u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut impl Sink,
    ) {
        if let Some(at) = self.place(leg) {
            self.take_report(at, datagram, from, now, sink);
        }
    }

    /// Does what is due: mixes whose main mouth is silent, digits, reports, time-outs.
    pub fn tick(&mut self, now: Duration, sink: &mut impl Sink) {
        let mut has_ended = false;
        for at in 0..self.ears.len() {
            let Bridge { mouths, ears, scratch, .. } = &mut *self;
            let Some(ear) = &mut ears[at] else { continue };
            let to = mouths[at].as_ref().and_then(|mouth| mouth.latch.destination());
            let sending = &mut Sending { mouths, to, now, scratch, sink };
            ear.tick(sending);
            ear.tick_digits(sending);
            has_ended |= ear.take_ended();
            let Some(mouth) = &mut mouths[at] else { continue };
            if mouth.silence_at().is_some_and(|at| at <= now) {
                mouth.tell_silence(sink);
            }
            if mouth.key_end_at.is_some_and(|at| at <= now) {
                mouth.end_key(now, sink);
            }
            if mouth.report_at <= now {
                self.send_report(at, false, now, sink);
            }
        }
        if has_ended {
            self.rewire(now);
        }
    }

    /// When [`Bridge::tick`] has something to do next.
    pub fn next_tick(&self) -> Option<Duration> {
        let ears = self.ears.iter().flatten().flat_map(|ear| [ear.due, ear.digits_due]);
        let mouths =
            self.mouths.iter().flatten().flat_map(|mouth| [Some(mouth.report_at), mouth.silence_at()]);
        ears.chain(mouths).flatten().min()
    }

    /// Sends digits to the far side of a leg as telephone events, one after the other.
    ///
    /// # Errors
    /// [`Refused::UnknownLeg`], [`Refused::NoTelephoneEvents`], [`Refused::NotADigit`], [`Refused::TooManyDigits`]: then none is sent.
    pub fn send_digits(&mut self, leg: LegKey, digits: &str, now: Duration) -> Result<(), Refused> {
        let at = self.place(leg).ok_or(Refused::UnknownLeg)?;
        self.ears[at].as_mut().ok_or(Refused::UnknownLeg)?.dial(digits, now)
    }

    /// Starts or stops handing what a leg says to [`Sink::track`].
    ///
    /// # Errors
    /// [`Refused::UnknownLeg`].
    pub fn record(&mut self, leg: LegKey, recorded: bool) -> Result<(), Refused> {
        let at = self.place(leg).ok_or(Refused::UnknownLeg)?;
        self.mouths[at].as_mut().ok_or(Refused::UnknownLeg)?.recorded = recorded;
        Ok(())
    }

    /// What was counted of a leg so far.
    pub fn figures(&self, leg: LegKey) -> Option<Figures> {
        let at = self.place(leg)?;
        let (mouth, ear) = (self.mouths[at].as_ref()?, self.ears[at].as_ref()?);
        Some(mouth.figures_with(&ear.tally))
    }

    /// Whether there is no leg.
    pub fn is_empty(&self) -> bool {
        self.mouths.iter().all(Option::is_none)
    }

    fn place(&self, leg: LegKey) -> Option<usize> {
        self.mouths.iter().position(|mouth| mouth.as_ref().is_some_and(|mouth| mouth.key == leg))
    }

    fn tell_changes(&self, at: usize, hears: &[usize], now: Duration, sink: &mut impl Sink) {
        let Some(ear) = &self.ears[at] else { return };
        let mut tell = |mouth: usize, hears: bool| {
            if let Some(mouth) = &self.mouths[mouth] {
                sink.event(Event::Hears { ear: ear.key, mouth: mouth.key, hears, at: now });
            }
        };
        let before = || ear.rights.iter().map(|right| right.mouth);
        before().filter(|mouth| !hears.contains(mouth)).for_each(|mouth| tell(mouth, false));
        hears.iter().filter(|mouth| before().all(|it| it != **mouth)).for_each(|mouth| tell(*mouth, true));
    }

    /// Makes everything follow from the rights that are in force.
    fn rewire(&mut self, now: Duration) {
        let Bridge { mouths, ears, .. } = self;
        for (at, mouth) in mouths.iter_mut().enumerate() {
            let Some(mouth) = mouth else { continue };
            mouth.listeners.clear();
            let hears = |ear: &Earpiece| ear.rights.iter().any(|right| right.mouth == at);
            let listening = ears.iter().enumerate();
            let listening = listening.filter(|(_, ear)| ear.as_ref().is_some_and(|ear| hears(ear)));
            mouth.listeners.extend(listening.map(|(ear, _)| ear));
        }
        let ways: Vec<Option<Way>> =
            ears.iter().map(|ear| ear.as_ref().map(|ear| ear.choose_way(mouths))).collect();
        for mouth in mouths.iter_mut().flatten() {
            let is_mixed = mouth.listeners.iter().any(|ear| ways[*ear] == Some(Way::Mix));
            mouth.provide_ring(is_mixed);
        }
        for (ear, way) in ears.iter_mut().zip(ways) {
            if let (Some(ear), Some(way)) = (ear, way) {
                ear.go(way, mouths, now);
            }
        }
    }
}
