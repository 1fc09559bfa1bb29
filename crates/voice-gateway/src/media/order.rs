//! What a media thread is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use contact_center::CallId;
use contact_center::calls::Sound;
use media::bridge::{Keys, Latching, Leg, LegKey};
use media::codec::Codec;
use tokio::sync::oneshot;

use super::engine::Address;
use super::line::Line;
use super::recorder::RecordingNumber;

/// What offer and answer agreed for a leg.
#[derive(Debug)]
pub struct LegMedia {
    /// The one codec of both ways.
    pub codec: Codec,
    /// The codec's RTP payload type.
    pub payload_type: u8,
    /// The payload type of telephone events (RFC 4733), if agreed.
    pub dtmf: Option<u8>,
    /// Where the far side said that it receives RTP.
    pub remote: Option<SocketAddr>,
    /// Where it receives RTCP.
    pub remote_control: Option<SocketAddr>,
    /// Which sources are believed.
    pub latching: Latching,
    /// Whether the far side wants to receive.
    pub may_send: bool,
    /// Whether the far side may be listened to.
    pub may_receive: bool,
    /// The keys of both ways, for a leg that speaks SRTP alone.
    pub srtp: Option<Keys>,
    /// After which time without a packet [`super::MediaEvent::FellSilent`] is told.
    pub silent_after: Duration,
}

/// Somebody waits until all threads have dropped this.
#[derive(Debug)]
pub(super) struct Done(pub Option<oneshot::Sender<()>>);

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            // Whoever has gone does not wait any more.
            let _ = done.send(());
        }
    }
}

/// One order. It takes effect as a whole, between two packets.
#[derive(Debug)]
pub(super) enum Order {
    Open {
        line: Box<Line>,
        family: CallId,
    },
    Configure {
        leg: LegKey,
        media: Box<LegMedia>,
    },
    /// The whole table of a family.
    Score {
        family: CallId,
        rows: Vec<Row>,
    },
    SendDigits {
        leg: LegKey,
        digits: String,
    },
    /// Into another family: of this thread, or of the one behind the address.
    Move {
        leg: LegKey,
        to: CallId,
        address: Option<Address>,
    },
    /// A leg will come from another thread; what is ordered for it until then waits.
    Expect {
        leg: LegKey,
    },
    /// It came, or never will.
    Arrive {
        leg: LegKey,
        line: Option<Box<Line>>,
        known: Option<Leg>,
        family: CallId,
    },
    Close {
        leg: LegKey,
    },
    /// All that was ordered before has been followed.
    Done(Arc<Done>),
    Stop,
    /// To show what a bug does: of a family, or of none.
    #[cfg(test)]
    Panic {
        family: Option<CallId>,
    },
}

impl Order {
    /// The leg that it concerns, if it is one that is there already.
    pub fn leg(&self) -> Option<LegKey> {
        match self {
            Order::Configure { leg, .. }
            | Order::SendDigits { leg, .. }
            | Order::Move { leg, .. }
            | Order::Close { leg } => Some(*leg),
            _ => None,
        }
    }
}

/// A row of the table: all that one leg hears, and its place in a recording.
#[derive(Debug)]
pub(super) struct Row {
    pub leg: LegKey,
    pub hears: Vec<LegKey>,
    pub plays: Option<Plays>,
    pub voice: Option<(RecordingNumber, u8)>,
}

/// A sound for one ear; another number is another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plays {
    pub sound: Sound,
    pub order: u64,
}
