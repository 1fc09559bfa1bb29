//! What a courier and the lines of its carriers say to each other: all of it.
//!
//! A *courier* knows one contact center; a *line* knows one connection to a carrier. A carrier that speaks
//! something else than SMPP is another kind of line with the same two enums: it says [`FromLine::Up`] when texts
//! can be handed over, reports every [`Errand`] exactly once, passes on what the carrier brings, and tells the
//! carrier of a [`Verdict`] only when it gets it. A carrier that cuts long texts itself takes the text from the
//! errand's text and reports on its only part.

use std::sync::Arc;

use contact_center::texting::{Arrival, DeliveryReport, OutgoingText};
use smpp::Part;
use tokio::sync::mpsc;

/// Names a line to its courier.
pub(crate) type LineId = usize;

/// What a courier says to a line that is up.
#[derive(Debug)]
pub(crate) enum ToLine {
    /// Hand these parts over, in order.
    Submit(Vec<Errand>),
    /// What became of texts and receipts that the carrier brought, by ticket.
    Answer(Vec<(u64, Verdict)>),
}

/// A part of a claimed text.
#[derive(Debug)]
pub(crate) struct Errand {
    /// Names it in the report.
    pub ticket: PartTicket,
    /// The whole text.
    pub text: Arc<OutgoingText>,
    /// It in parts, as the carrier wants them.
    pub parts: Arc<[Part]>,
}

/// Names a part on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartTicket {
    /// The courier's place for the text.
    pub slot: u32,
    /// Which part, from 0.
    pub part: u8,
}

impl PartTicket {
    /// As one number.
    pub fn bits(self) -> u64 {
        u64::from(self.slot) << 8 | u64::from(self.part)
    }

    /// Back from one number.
    pub fn of_bits(bits: u64) -> PartTicket {
        PartTicket { slot: (bits >> 8) as u32, part: bits as u8 }
    }
}

/// Whether the carrier can forget a text or receipt that it brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is kept.
    Kept,
    /// There is no room at the moment: bring it again.
    Full,
    /// It could not be kept: bring it again.
    NotKept,
    /// Nobody takes it at the moment: bring it again.
    NotNow,
}

/// What a line says to its courier.
#[derive(Debug)]
pub(crate) enum FromLine {
    /// The connection stands.
    Up {
        /// The connection's number among all that ever were.
        connection: u64,
        /// Most parts on their way at a time; 0 if it only brings.
        room: usize,
        /// Where orders go. It takes as many messages as there can be items without an answer.
        to: mpsc::Sender<ToLine>,
    },
    /// The carrier brings something.
    Brought(Vec<Brought>),
    /// What became of parts.
    Submitted(Vec<(PartTicket, PartResult)>),
    /// The verdicts on all texts up to this ticket have surely reached the carrier.
    Confirmed(u64),
    /// The connection is gone. All its parts were reported on.
    Down,
}

/// Something that the carrier brought and waits for a verdict on.
#[derive(Debug)]
pub(crate) struct Brought {
    /// Names it in the verdict; counts up within a connection.
    pub ticket: u64,
    /// What it is.
    pub what: Freight,
}

/// What a carrier brings.
#[derive(Debug)]
pub(crate) enum Freight {
    /// A text. Which acknowledgements are confirmed is for the courier to fill in.
    Text(Box<Arrival>),
    /// A receipt.
    Receipt(DeliveryReport),
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartResult {
    /// The carrier has it, and calls it this.
    Taken(Arc<str>),
    /// The carrier does not take it now. It surely does not have it.
    NotNow {
        /// What it says.
        reason: String,
        /// Whether it was too much at a time.
        too_fast: bool,
    },
    /// The carrier does not take it.
    Refused(String),
    /// It was handed over, and no answer came.
    Unanswered,
    /// It was not handed over.
    NotSent,
}
