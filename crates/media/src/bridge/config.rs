//! What a bridge is told, and what it tells: legs, rows of the ear table, events.

use core::net::SocketAddr;
use core::time::Duration;

use super::figures::Figures;
use crate::codec::Codec;
use crate::dtmf::Key;
use crate::sounds::Sound;
use crate::srtp::{Protect, Unprotect};

/// Legs of one bridge. A conference with more is refused, not served badly.
pub const MAX_LEGS: usize = 32;
/// Octets of one datagram, RTP or RTCP. Longer ones are dropped and counted.
pub const MAX_DATAGRAM: usize = 1_500;
/// Datagrams that one leg may receive within [`FLOOD_WINDOW`]; the rest is dropped and counted. A burst after a stall of the network
/// fits in.
pub const MAX_DATAGRAMS_IN_WINDOW: u16 = 32;
/// The time over which a leg's datagrams are counted against a flood.
pub const FLOOD_WINDOW: Duration = Duration::from_millis(20);
/// How long a latched source has to be silent before another one may take its place.
pub const RELATCH_AFTER: Duration = Duration::from_secs(3);
/// How long a leg may be without RTP and RTCP until [`Event::FellSilent`], unless its [`LegConfig`] says otherwise.
pub const SILENT_AFTER: Duration = Duration::from_secs(20);
/// How long an ear is sent nothing until one frame of silence keeps the way open through NAT (RFC 6263, section 4.1).
pub const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The caller's name of a leg, never used twice within one bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegKey(pub u64);

/// What offer and answer agreed for a leg, and what else its packets need.
#[derive(Debug)]
pub struct LegConfig {
    /// The one codec of both ways.
    pub codec: Codec,
    /// The codec's RTP payload type.
    pub payload_type: u8,
    /// The payload type of telephone events (RFC 4733), whose clock is the codec's; without it digits are not sent and not understood.
    pub dtmf: Option<u8>,
    /// Where the far side said that it receives RTP. Without it nothing is sent until a packet has come.
    pub remote: Option<SocketAddr>,
    /// Where it receives RTCP; without it, no reports are sent until one has come.
    pub remote_control: Option<SocketAddr>,
    /// Which sources are believed.
    pub latching: Latching,
    /// Whether the far side wants to receive: `false` while it holds us.
    pub may_send: bool,
    /// Whether the far side may be listened to: `false` drops what it sends.
    pub may_receive: bool,
    /// The keys of both ways, for a leg that speaks SRTP alone. In a change, `None` keeps the keys in use: a leg never falls back.
    pub srtp: Option<Keys>,
    /// Random numbers to begin with.
    pub identity: Identity,
    /// Whether [`Sink::track`] gets what this leg says.
    pub recorded: bool,
    /// After which time without a packet [`Event::FellSilent`] is told.
    pub silent_after: Duration,
}

/// Which sources of packets a leg believes. Every leg holds fast to one source once it has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latching {
    /// Only the address that was signalled.
    Signalled,
    /// The first source that sends something sensible: for phones behind NAT. What comes from the signalled address at the start of
    /// the call takes precedence.
    FirstHeard,
}

/// Keys of both ways of an SRTP leg.
#[derive(Debug)]
pub struct Keys {
    /// For what we send.
    pub protect: Protect,
    /// For what we receive.
    pub unprotect: Unprotect,
}

/// Where a leg's outgoing stream begins (RFC 3550, section 5.1: all random). Drawn by the caller, kept over a change of the leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Our synchronization source.
    pub ssrc: u32,
    /// The sequence number of the first packet.
    pub sequence: u16,
    /// The timestamp of the first packet.
    pub timestamp: u32,
}

/// A row of the ear table: all that one leg hears.
#[derive(Debug, Clone)]
pub struct Ear<'a> {
    /// Whose ear.
    pub leg: LegKey,
    /// The mouths it hears; the first one is the main mouth, whose arrivals clock a mix. Itself and legs that are not open are skipped.
    pub hears: &'a [LegKey],
    /// A sound on top, or alone.
    pub plays: Option<Playing>,
}

/// A sound for one ear.
#[derive(Debug, Clone)]
pub struct Playing {
    /// What is played.
    pub sound: Sound,
    /// Tells orders apart: a table that names the number which plays already goes on with it, and does not begin anew what has ended.
    pub order: u64,
}

/// Why the bridge refused. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There are [`MAX_LEGS`] already.
    #[error("a bridge has at most {MAX_LEGS} legs")]
    TooManyLegs,
    /// The key is in use.
    #[error("the leg is open already")]
    KnownLeg,
    /// There is no leg of that key.
    #[error("no such leg")]
    UnknownLeg,
    /// The leg has agreed on no telephone events.
    #[error("the leg takes no telephone events")]
    NoTelephoneEvents,
    /// More than [`crate::dtmf::MAX_QUEUED_KEYS`] would wait.
    #[error("too many digits would wait")]
    TooManyDigits,
    /// Something other than 0 to 9, *, # and A to D.
    #[error("not a digit")]
    NotADigit,
}

/// What happened on a leg, for those who decide. Never one for each packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The first RTP packet of the leg came, or the first after [`Event::FellSilent`].
    Heard {
        /// Which leg.
        leg: LegKey,
    },
    /// Nothing came for as long as the leg's configuration allows. Told once until something comes.
    FellSilent {
        /// Which leg.
        leg: LegKey,
    },
    /// The far side pressed a key, and let it go.
    Digit {
        /// Which leg.
        leg: LegKey,
        /// Which key.
        key: Key,
        /// How long it was down, as far as is known.
        lasted: Duration,
    },
    /// All digits of [`super::Bridge::send_digits`] were sent.
    DigitsSent {
        /// Which leg.
        leg: LegKey,
    },
    /// A sound that ends has ended.
    Played {
        /// Whose ear.
        leg: LegKey,
        /// The order that has ended.
        order: u64,
    },
    /// From this moment on the ear hears the mouth (or does no more): with the tracks, all that is needed to render what a party heard.
    Hears {
        /// Whose ear.
        ear: LegKey,
        /// Whom it hears.
        mouth: LegKey,
        /// Whether it does from now on.
        hears: bool,
        /// On the scale of `spoken_at` of [`Sink::track`].
        at: Duration,
    },
    /// The far side said goodbye by RTCP.
    Goodbye {
        /// Which leg.
        leg: LegKey,
    },
    /// The leg was closed; these were its figures.
    Closed {
        /// Which leg.
        leg: LegKey,
        /// What was counted.
        figures: Figures,
    },
}

/// Where a bridge puts what it makes. Called in the middle of a packet's way: neither locks, allocates nor waits.
pub trait Sink {
    /// Sends an RTP datagram of the leg.
    fn send(&mut self, leg: LegKey, to: SocketAddr, datagram: &[u8]);
    /// Sends an RTCP datagram of the leg.
    fn send_control(&mut self, leg: LegKey, to: SocketAddr, datagram: &[u8]);
    /// Tells what happened.
    fn event(&mut self, event: Event);
    /// What a recorded leg said: one mono frame at `rate_hz`, whose first sample was spoken at `spoken_at` on the caller's scale of
    /// time. Frames come in order and do not overlap; where one is missing, nothing was received.
    fn track(&mut self, leg: LegKey, samples: &[i16], rate_hz: u32, spoken_at: Duration);
}
