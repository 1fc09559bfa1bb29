//! Text messages (SMS): the customer is behind a carrier, and texts come and go one by one.
//!
//! A session of texts is a contact like a chat. What differs is here: which contact an arriving text
//! belongs to ([`Arrival`]), what is owed to the carrier ([`OutgoingText`]), and who must not be
//! texted ([`Suppression`]).
//!
//! What always holds: a text goes out because the customer perceives an entry of the log, and for no
//! other reason but the one answer to a keyword; nothing is sent that was not claimed before, and
//! what was claimed is never claimed again unless the carrier surely never had it; nobody who opted
//! out is sent anything but the confirmation.

mod arrival;
mod arrivals;
mod inbox;
mod keywords;
mod number;
mod opt_out;
mod outbox;
mod outgoing;
mod receipts;
mod sessions;
mod state;

pub use arrival::{Arrival, Body, DeliveryReport, Origin, Outcome, ReportState};
pub use arrivals::Arrived;
pub use inbox::PartialId;
pub use keywords::{Keyword, KeywordFamily, built_in_keywords};
pub use number::{MalformedNumber, PhoneNumber, Thread};
pub use opt_out::{Suppression, SuppressionRequest};
pub use outgoing::{Delivery, DeliveryState, OutgoingText, PartState, Progress, TextId};
pub(crate) use sessions::Beginning;
pub use state::TextDeadline;
pub(crate) use state::Texting;

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::moment::Timestamp;

/// What happened with texts, outside of the sessions' own logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextEvent {
    /// The carrier handed a text or a part of one over; remembered so that it is recognized if it
    /// comes again.
    Arrived(Arrived),
    /// The carrier has read the acknowledgements of what it brought over a connection before then.
    Settled {
        /// The connection.
        connection: u64,
        /// Until when.
        until: Timestamp,
    },
    /// A part of a long text is kept until the others are there.
    PartKept {
        /// The text it belongs to.
        partial: PartialId,
        /// Between whom.
        thread: Thread,
        /// The sender's number for the long text.
        reference: u16,
        /// How many parts there are.
        total: u8,
        /// Which one this is, from 1.
        number: u8,
        /// The text in UTF-16 units: a carrier may cut through a pair of surrogates.
        units: Vec<u16>,
        /// When.
        at: Timestamp,
    },
    /// The parts were made into a text.
    PartsGone(PartialId),
    /// A keyword that belongs to no session is answered.
    Answered {
        /// Between whom.
        thread: Thread,
        /// The answer.
        text: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// A text is about to be handed to a carrier.
    Claimed {
        /// Which.
        id: TextId,
        /// The carrier.
        carrier: Arc<str>,
        /// How many parts it is cut into.
        parts: u8,
    },
    /// It was not handed over after all, and waits again.
    Released(TextId),
    /// It is not sent, since the customer has opted out.
    Blocked(TextId),
    /// The carrier has all its parts.
    Accepted {
        /// Which.
        id: TextId,
        /// The carrier's names of the parts.
        names: Vec<Arc<str>>,
    },
    /// The carrier does not want it, or it waited for too long.
    Failed {
        /// Which.
        id: TextId,
        /// Why.
        reason: Arc<str>,
    },
    /// It was handed over, and the answer is lost: only a receipt can tell.
    Unanswered(TextId),
    /// A receipt came for a part.
    Reported {
        /// Which text.
        id: TextId,
        /// Which part, from 0; absent if the carrier's names of the parts were never learned.
        part: Option<u8>,
        /// What it says.
        state: ReportState,
        /// The carrier's reason for a failure.
        error: Option<Arc<str>>,
    },
    /// Its receipts are no longer waited for.
    Forgotten(TextId),
    /// A number must not be texted.
    Suppressed(PhoneNumber, Suppression),
    /// A number may be texted again.
    Unsuppressed(PhoneNumber),
    /// These are the keywords from now on.
    KeywordsKept(Vec<KeywordFamily>),
}

impl TextEvent {
    /// The outgoing text that it is about.
    pub(crate) fn outgoing(&self) -> Option<TextId> {
        match self {
            Self::Claimed { id, .. }
            | Self::Released(id)
            | Self::Blocked(id)
            | Self::Accepted { id, .. }
            | Self::Failed { id, .. }
            | Self::Unanswered(id)
            | Self::Reported { id, .. }
            | Self::Forgotten(id) => Some(*id),
            Self::Arrived(_)
            | Self::Settled { .. }
            | Self::PartKept { .. }
            | Self::PartsGone(_)
            | Self::Answered { .. }
            | Self::Suppressed(..)
            | Self::Unsuppressed(_)
            | Self::KeywordsKept(_) => None,
        }
    }
}
