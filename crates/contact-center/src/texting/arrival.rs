//! What a carrier brings: texts, answers to what was sent, receipts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::number::Thread;
use crate::moment::Timestamp;

/// A text, or a part of one, as a carrier handed it over.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Between whom.
    pub thread: Thread,
    /// Over which carrier.
    pub carrier: Arc<str>,
    /// What tells it from others, and it from its own repetition.
    pub origin: Origin,
    /// What was said.
    pub body: Body,
}

/// Where an arrival comes from, for recognizing one that comes twice.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The connection, by a number of its own among all that ever were.
    pub connection: u64,
    /// The unit's number on that connection.
    pub sequence: u32,
    /// A digest of everything that the carrier said of the text.
    pub fingerprint: u128,
    /// The carrier's own name of the text, if it gives texts names.
    pub message_id: Option<Arc<str>>,
    /// For connections of this process, until when the acknowledgements of texts that arrived there
    /// are known to have reached the carrier.
    pub settled: Vec<(u64, Timestamp)>,
}

/// What was said.
#[derive(Clone)]
pub enum Body {
    /// A text.
    Whole(String),
    /// A part of a text.
    Part {
        /// The sender's number for the whole.
        reference: u16,
        /// How many parts there are, 1 to 255.
        total: u8,
        /// Which one this is, from 1.
        number: u8,
        /// The text in UTF-16 units.
        units: Vec<u16>,
    },
}

impl std::fmt::Debug for Body {
    /// What customers say is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(text) => write!(f, "Whole({} bytes)", text.len()),
            Self::Part { total, number, units, .. } => {
                write!(f, "Part({number} of {total}, {} units)", units.len())
            }
        }
    }
}

/// What became of a claimed text.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The carrier took every part and gave each a name.
    Accepted {
        /// The names, part by part.
        names: Vec<Arc<str>>,
    },
    /// The carrier said no, to all of it or to a part.
    Refused {
        /// Why.
        reason: Arc<str>,
    },
    /// It, or a part of it, was handed over, and no answer came.
    Unanswered,
    /// It was surely not handed over.
    NotSent,
}

/// A receipt, as far as the carrier lets it be known what it is for.
#[derive(Debug, Clone)]
pub struct DeliveryReport {
    /// The carrier's name of the part, in the forms that carriers are known to mean by one, the most
    /// likely first.
    pub names: Vec<String>,
    /// Between whom the text went.
    pub thread: Thread,
    /// Our own number of the text, its low 16 bits, if the carrier repeats it.
    pub reference: Option<u16>,
    /// How the text begins, if the carrier repeats it.
    pub beginning: Option<String>,
    /// What became of it.
    pub state: ReportState,
    /// The carrier's reason.
    pub error: Option<Arc<str>>,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportState {
    /// Nothing final.
    OnItsWay,
    /// The phone has it.
    Delivered,
    /// The phone will never have it.
    Failed,
}
