//! A text on its way to a customer, and what people are shown of it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrival::ReportState;
use super::number::Thread;
use crate::ids::ContactId;
use crate::moment::Timestamp;

/// The name of an outgoing text: they are numbered in the order in which they came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextId(pub u64);

impl TextId {
    /// The 16 bits that go along with the text, for its receipts.
    pub fn reference(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingText {
    /// Its name.
    pub id: TextId,
    /// Between whom.
    pub thread: Thread,
    /// What is said.
    pub text: Arc<str>,
    /// The entry of the log that it is; none for an answer to a keyword outside of a session.
    pub entry: Option<(ContactId, u32)>,
    /// Whether it is the answer to a keyword, which goes out even to those who opted out.
    pub exempt: bool,
    /// When it came up.
    pub queued_at: Timestamp,
    /// How far it has come.
    pub progress: Progress,
}

/// How far an outgoing text has come, as long as it has not come to an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// It can be claimed.
    Waiting,
    /// It is being handed to a carrier.
    Claimed {
        /// Which.
        carrier: Arc<str>,
        /// How many parts it has.
        parts: u8,
    },
    /// The carrier has it, and owes receipts.
    Accepted {
        /// Which.
        carrier: Arc<str>,
        /// Part by part.
        parts: Vec<PartState>,
    },
    /// Whether the carrier has it is not known.
    Unknown {
        /// Which.
        carrier: Arc<str>,
        /// How many parts it has.
        parts: u8,
        /// How many receipts said that a part was delivered.
        delivered: u8,
    },
}

/// A part that a carrier has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartState {
    /// The carrier's name of it.
    pub name: Arc<str>,
    /// What its last receipt said.
    pub state: ReportState,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
}

/// What people are shown of an outgoing text: one state for all its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How it stands.
    pub state: DeliveryState,
    /// How many parts it has; 0 as long as it waits.
    pub parts: u8,
    /// Why it failed, or why nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// How an outgoing text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryState {
    /// For a carrier to take it.
    Waiting,
    /// The carrier has all of it.
    Sent,
    /// The phone has all of it.
    Delivered,
    /// The carrier or the phone did not take all of it.
    Failed,
    /// The customer has opted out.
    Blocked,
    /// It was handed over and not answered for; it is not sent again, since it may have arrived.
    Unknown,
}

/// Why nobody knows what became of a text.
const NO_ANSWER: &str = "the carrier gave no answer";

impl Delivery {
    pub(super) fn new(state: DeliveryState, parts: u8, reason: Option<Arc<str>>) -> Self {
        Self { state, parts, reason }
    }
}

impl OutgoingText {
    /// What people are shown of it as it stands.
    pub fn delivery(&self) -> Delivery {
        match &self.progress {
            // Being claimed is over at once, and no news for anybody.
            Progress::Waiting | Progress::Claimed { .. } => Delivery::new(DeliveryState::Waiting, 0, None),
            Progress::Unknown { parts, delivered, .. } if delivered >= parts => {
                Delivery::new(DeliveryState::Delivered, *parts, None)
            }
            Progress::Unknown { parts, .. } => {
                Delivery::new(DeliveryState::Unknown, *parts, Some(Arc::from(NO_ANSWER)))
            }
            Progress::Accepted { parts, .. } => {
                let failed = parts.iter().find(|part| part.state == ReportState::Failed);
                let all = parts.iter().all(|part| part.state == ReportState::Delivered);
                let (state, reason) = match failed {
                    Some(part) => (DeliveryState::Failed, part.error.clone()),
                    None if all => (DeliveryState::Delivered, None),
                    None => (DeliveryState::Sent, None),
                };
                Delivery::new(state, self.parts(), reason)
            }
        }
    }

    /// How many parts it has; 0 as long as it waits.
    pub(super) fn parts(&self) -> u8 {
        match &self.progress {
            Progress::Waiting => 0,
            Progress::Claimed { parts, .. } | Progress::Unknown { parts, .. } => *parts,
            Progress::Accepted { parts, .. } => u8::try_from(parts.len()).unwrap_or(u8::MAX),
        }
    }

    /// Whether no more receipts are owed.
    pub(super) fn is_settled(&self) -> bool {
        match &self.progress {
            Progress::Accepted { parts, .. } => parts.iter().all(|part| part.state != ReportState::OnItsWay),
            Progress::Unknown { parts, delivered, .. } => delivered >= parts,
            Progress::Waiting | Progress::Claimed { .. } => false,
        }
    }
}
