//! What is kept of a call.

use core::net::IpAddr;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::Flow;
use crate::digest::Login;
use crate::message::{Request, Response, Status, Text};
use crate::transaction::{ClientId, ServerId};

use super::dialog::Dialog;
use super::io::{Peer, ReferId, SessionId, Target};

/// One call.
#[derive(Debug)]
pub struct Session {
    pub phase: Phase,
    pub peer: Peer,
    /// Counted against the limit of this source.
    pub source: Option<IpAddr>,
    pub credentials: Option<Login>,
    /// An offer of the far side that waits for our answer.
    pub theirs: Option<Theirs>,
    /// An offer of ours that waits until the call can take it.
    pub waiting: Option<Bytes>,
    pub refers: Vec<Refer>,
    pub last_refer: u32,
    pub alarms: Alarms,
    /// [`Event::Ended`](super::Event::Ended) was told. What is still here waits for an ACK.
    pub is_over: bool,
    /// The connection under which it is listed.
    pub connection: Option<crate::ConnectionId>,
}

/// How far a call is.
#[derive(Debug)]
pub enum Phase {
    /// We call.
    Calling(Calling),
    /// The far side calls.
    Ringing(Box<Ringing>),
    /// It is answered.
    Up(Box<Call>),
}

/// A call of ours before it is answered.
#[derive(Debug)]
pub struct Calling {
    /// The INVITEs that still run.
    pub forks: Vec<ClientId>,
    /// The best refusal so far.
    pub best: Option<(Status, Vec<Text>, Option<Text>)>,
}

/// One INVITE of a call of ours. It may outlive its session, to end what answers too late.
#[derive(Debug)]
pub struct Fork {
    pub session: SessionId,
    pub at: usize,
    pub target: Target,
    pub request: Request,
    pub early: Vec<Early>,
    /// Nobody wants it any more: who answers now is hung up on.
    pub is_lost: bool,
    /// The 2xx that came, by tag, with the ACK to repeat; none yet for one that waits for our answer.
    pub acks: Vec<(Text, Option<(Flow, Bytes)>)>,
}

/// A dialog before the final answer.
#[derive(Debug)]
pub struct Early {
    pub dialog: Dialog,
    /// The last provisional answer that was acknowledged.
    pub last_rseq: Option<u32>,
}

/// A call of the far side before it is answered.
#[derive(Debug)]
pub struct Ringing {
    pub server: ServerId,
    pub dialog: Dialog,
    /// Via, From, To with our tag, Call-ID, CSeq, Record-Route.
    pub answer: Response,
    pub tag: Text,
    pub cseq: u32,
    /// The key by which a second copy of the INVITE is known.
    pub merge_key: (Text, Text),
    pub has_offer: bool,
    /// We have sent our side of offer and answer in a reliable provisional answer.
    pub is_sdp_said: bool,
    pub last_sdp: Option<Bytes>,
    pub wants_reliable: bool,
    pub reliable: Option<Reliable>,
    pub next_rseq: u32,
    /// Provisional answers that wait for the PRACK of the one before.
    pub queue: VecDeque<(Status, Option<Bytes>)>,
    /// The 200 waits for a PRACK.
    pub held_answer: Option<Option<Bytes>>,
    /// Repeated each minute, lest a proxy gives up (RFC 3261, section 13.3.1.1).
    pub last_provisional: Option<Response>,
    pub ring_until: Instant,
    pub replaces: Option<SessionId>,
    pub timer: Asked4028,
}

/// What the far side's request says of session timers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked4028 {
    pub expires_s: Option<u32>,
    pub least_s: Option<u32>,
    pub refresher: Option<Refresher>,
    pub is_supported: bool,
}

/// The side of a transaction that refreshes the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// The one who asked.
    Client,
    /// The one who answered.
    Server,
}

/// A provisional answer that is repeated until its PRACK.
#[derive(Debug)]
pub struct Reliable {
    pub rseq: u32,
    pub response: Response,
    pub pause: Duration,
    pub until: Instant,
    pub has_sdp: bool,
}

/// A call that stands.
#[derive(Debug)]
pub struct Call {
    pub dialog: Dialog,
    /// Our tag; the far side's is in the dialog.
    pub tag: Text,
    /// We made it: it is ours to say more words in a glare (RFC 3261, section 14.1).
    pub is_ours: bool,
    /// A change of ours that is under way.
    pub change: Option<ClientId>,
    /// How often in a row both sides wanted something at once.
    pub glares: u8,
    /// A 2xx of ours that is not confirmed yet.
    pub accepted: Option<Accepted>,
    /// The INVITE whose 2xx made an offer that we owe the answer to, in the ACK.
    pub owed_ack: Option<(ClientId, u32)>,
    /// Hang up as soon as our 2xx is confirmed (RFC 3261, section 15): with this reason.
    pub ending: Option<Option<Text>>,
    pub last_sdp: Option<Bytes>,
    pub timer: Timer4028,
}

/// A 2xx to INVITE that waits for its ACK.
#[derive(Debug, Clone, Copy)]
pub struct Accepted {
    pub server: ServerId,
    pub cseq: u32,
    pub is_first: bool,
    /// It made an offer: the ACK has the answer.
    pub is_offer: bool,
}

/// The session timer of a call (RFC 4028).
#[derive(Debug, Clone, Copy, Default)]
pub struct Timer4028 {
    pub interval_s: u32,
    /// What 422 answers have taught.
    pub least_s: u32,
    pub we_refresh: bool,
    /// The far side takes part; if not, we refresh to learn whether it is still there.
    pub is_agreed: bool,
}

/// An offer of the far side that waits for our answer.
#[derive(Debug)]
pub struct Theirs {
    pub server: ServerId,
    /// Via, From, To, Call-ID, CSeq.
    pub answer: Response,
    pub is_invite: bool,
    pub has_offer: bool,
    pub cseq: u32,
    pub timer: Asked4028,
}

/// A REFER of the far side.
#[derive(Debug)]
pub struct Refer {
    pub id: ReferId,
    /// The REFER, until it is answered.
    pub open: Option<(ServerId, Response)>,
    pub cseq: u32,
    /// It wants no reports (RFC 4488).
    pub is_silent: bool,
}

/// What a session waits for in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// It has rung for long enough.
    Ring,
    /// A provisional answer is to be repeated.
    Reliable,
    /// An offer of the far side has waited for long enough.
    Theirs,
    /// The session is to be refreshed.
    Refresh,
    /// The session is over if nobody has refreshed it.
    Expire,
    /// A change may be tried again.
    Glare,
    /// A change of ours takes too long; or the answer that an ACK waits for.
    Change,
    /// A REFER waits for its answer.
    Refer,
}

impl Alarm {
    pub const COUNT: usize = 8;

    /// The alarm in this place of [`Alarms`].
    pub fn of(place: usize) -> Option<Self> {
        use Alarm::{Change, Expire, Glare, Refer, Refresh, Reliable, Ring, Theirs};
        [Ring, Reliable, Theirs, Refresh, Expire, Glare, Change, Refer].get(place).copied()
    }

    pub fn reason(self) -> &'static str {
        match self {
            Self::Ring => "a call rings",
            Self::Reliable => "a provisional answer waits for its PRACK",
            Self::Theirs => "an offer waits for its answer",
            Self::Refresh => "a session is to be refreshed",
            Self::Expire => "a session expires",
            Self::Glare => "an offer is to be repeated",
            Self::Change => "an offer of ours is under way",
            Self::Refer => "a transfer waits for its answer",
        }
    }
}

/// When each alarm of a session is due.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alarms([Option<Instant>; Alarm::COUNT]);

impl Alarms {
    /// Sets an alarm, and says when it was due before.
    pub fn replace(&mut self, alarm: Alarm, at: Option<Instant>) -> Option<Instant> {
        self.0.get_mut(alarm as usize).and_then(|slot| core::mem::replace(slot, at))
    }

    pub fn is_set(&self, alarm: Alarm) -> bool {
        self.0.get(alarm as usize).is_some_and(Option::is_some)
    }

    pub fn all(&self) -> impl Iterator<Item = (usize, Instant)> {
        self.0.iter().enumerate().filter_map(|(kind, at)| at.map(|at| (kind, at)))
    }
}

impl Session {
    pub fn new(phase: Phase, credentials: Option<Login>) -> Self {
        Self {
            phase,
            peer: Peer::default(),
            source: None,
            credentials,
            theirs: None,
            waiting: None,
            refers: Vec::new(),
            last_refer: 0,
            alarms: Alarms::default(),
            is_over: false,
            connection: None,
        }
    }

    pub fn call(&mut self) -> Option<&mut Call> {
        match &mut self.phase {
            Phase::Up(call) => Some(call),
            Phase::Calling(_) | Phase::Ringing(_) => None,
        }
    }
}
