//! Legs, the ear table, and what each ear is sent.
//!
//! A [`Bridge`] holds all legs between which sound may ever go, and lives on one thread. What an ear is sent follows from its row of
//! the table alone. An ear with one mouth of the same codec is a relay: a packet's header is rewritten, and it is gone; there is no
//! sum. Every other ear is a mix, clocked by the arrivals of its main mouth; a timer takes over when that falls silent.
//!
//! What always holds: when [`Bridge::score`] returns, nothing goes out by the table before; and no ear is sent a frame that was spoken
//! before the ear had the right to hear its mouth, however late it arrives.

mod config;
mod figures;

use core::net::SocketAddr;
use core::time::Duration;

pub use config::{
    Ear, Event, FLOOD_WINDOW, Identity, KEEP_ALIVE_EVERY, Keys, Latching, LegConfig, LegKey, MAX_DATAGRAM,
    MAX_DATAGRAMS_IN_WINDOW, MAX_LEGS, Playing, RELATCH_AFTER, Refused, SILENT_AFTER, Sink,
};
pub use figures::Figures;

/// The legs of one family of calls. All times are since one start that the caller chooses, and never go back.
#[derive(Debug, Default)]
pub struct Bridge {}

impl Bridge {
    /// A bridge without legs.
    pub fn new() -> Bridge {
        Bridge::default()
    }

    /// Adds a leg that hears nothing and is heard by nobody.
    pub fn open(&mut self, leg: LegKey, config: LegConfig, now: Duration) -> Result<(), Refused> {
        let _ = (leg, config, now);
        Err(Refused::TooManyLegs)
    }

    /// Applies what a new offer and answer agreed. The outgoing stream goes on without a gap; the source is latched anew.
    pub fn change(&mut self, leg: LegKey, config: LegConfig, now: Duration) -> Result<(), Refused> {
        let _ = (leg, config, now);
        Err(Refused::UnknownLeg)
    }

    /// Removes a leg from all rows, says goodbye to it by RTCP, and tells its figures. An unknown leg is no fault.
    pub fn close(&mut self, leg: LegKey, now: Duration, sink: &mut impl Sink) {
        let _ = (leg, now, sink);
    }

    /// Replaces the whole ear table in one step; legs without a row hear nothing. `false`, and nothing has changed, if `version` is
    /// not greater than that of the table before.
    pub fn score(&mut self, ears: &[Ear<'_>], version: u64, now: Duration, sink: &mut impl Sink) -> bool {
        let _ = (ears, version, now, sink);
        false
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
        let _ = (leg, datagram, from, now, sink);
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
        let _ = (leg, datagram, from, now, sink);
    }

    /// Does what is due: mixes whose main mouth is silent, digits, reports, time-outs.
    pub fn tick(&mut self, now: Duration, sink: &mut impl Sink) {
        let _ = (now, sink);
    }

    /// When [`Bridge::tick`] has something to do next.
    pub fn next_tick(&self) -> Option<Duration> {
        None
    }

    /// Sends digits to the far side of a leg as telephone events, one after the other.
    pub fn send_digits(&mut self, leg: LegKey, digits: &str, now: Duration) -> Result<(), Refused> {
        let _ = (leg, digits, now);
        Err(Refused::UnknownLeg)
    }

    /// Starts or stops handing what a leg says to [`Sink::track`].
    pub fn record(&mut self, leg: LegKey, recorded: bool) -> Result<(), Refused> {
        let _ = (leg, recorded);
        Err(Refused::UnknownLeg)
    }

    /// What was counted of a leg so far.
    pub fn figures(&self, leg: LegKey) -> Option<Figures> {
        let _ = leg;
        None
    }

    /// Whether there is no leg.
    pub fn is_empty(&self) -> bool {
        true
    }
}
