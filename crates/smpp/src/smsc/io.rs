//! What goes into the carrier's side of a session and what comes out: the whole contract with the shell.

use std::fmt;
use std::time::Duration;

use crate::address::Address;
use crate::credentials::BindAs;
use crate::fault::{CloseReason, Fault};
use crate::long_text::Part;
use crate::status::Status;

/// How the carrier's side of a session behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// The carrier's name for itself, as bind responses tell it; cut after 15 printable ASCII characters.
    pub system_id: String,
    /// Most texts and receipts on their way without an answer; at least one.
    pub window: usize,
    /// Most texts and receipts that wait for a place in the window; further ones come back at once.
    pub most_waiting: usize,
    /// Most submissions without an answer of ours; for further ones the customer is told to slow down.
    pub most_unanswered: usize,
    /// How long the customer may take to bind after connecting.
    pub bind_timeout: Duration,
    /// Silence of the customer after which we ask whether it is still there.
    pub enquire_link: Duration,
    /// How long the customer may take for any answer.
    pub response_timeout: Duration,
    /// Longest PDU taken, in octets; at least [`MIN_MOST_PDU_OCTETS`](crate::MIN_MOST_PDU_OCTETS).
    pub most_pdu_octets: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            system_id: "carrier".to_owned(),
            window: 10,
            most_waiting: 1_000,
            most_unanswered: 1_000,
            bind_timeout: Duration::from_secs(10),
            enquire_link: Duration::from_secs(60),
            response_timeout: Duration::from_secs(10),
            most_pdu_octets: 64 * 1024,
        }
    }
}

/// Something that happened outside.
pub enum Input<'a> {
    /// A customer connected; the first input, once. A new connection has a new machine.
    Connected,
    /// The customer sent this. As long as what was to be sent is not written, the shell hands in no more.
    Octets(&'a [u8]),
    /// The connection is gone, whoever closed it.
    Closed,
    /// Whether the customer of [`Output::BindAsked`] may bind: [`Status::OK`], or why not.
    AnswerBind(Status),
    /// What became of a submission: only this answers it. Ignored if the ticket is not open.
    AnswerSubmit {
        /// The ticket of [`Submitted`].
        ticket: u64,
        /// The ID that it got, or why it was not taken.
        result: Result<String, Status>,
    },
    /// A text or a receipt for the customer. Answered by exactly one [`Output::Delivered`].
    Deliver {
        /// The shell's name for it.
        ticket: u64,
        /// What to send.
        delivery: Delivery,
    },
    /// Take leave: nothing new is sent, what is on its way is waited for, then the customer is told.
    Unbind,
    /// The time of [`Smsc::deadline`](crate::smsc::Smsc::deadline) has come. Harmless at any other time.
    Tick,
}

/// Something the shell has to do or know.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these octets, in order: one or several whole PDUs.
    Send(Vec<u8>),
    /// The customer wants to bind; it waits for [`Input::AnswerBind`].
    BindAsked(BindAsked),
    /// The customer submitted one part of a text; it waits for [`Input::AnswerSubmit`].
    Submitted(Submitted),
    /// What became of a text or receipt.
    Delivered {
        /// Which one.
        ticket: u64,
        /// What became of it.
        result: DeliverResult,
    },
    /// Something odd to be counted.
    Fault(Fault),
    /// Close the connection after the octets before; the last output, but that further texts come back unsent.
    /// Everything handed in before was reported on. Octets that still come do not count.
    Close(CloseReason),
}

/// A customer's wish to bind.
#[derive(Clone, PartialEq, Eq)]
pub struct BindAsked {
    /// Who it says it is.
    pub system_id: String,
    /// How it proves it.
    pub password: String,
    /// The kind of system, as a rule empty.
    pub system_type: String,
    /// Which way texts are to go.
    pub bind: BindAs,
}

/// One part of a text that the customer submitted, as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Names it in [`Input::AnswerSubmit`]; counts from 1 within the session.
    pub ticket: u64,
    /// The customer's number for the PDU.
    pub sequence: u32,
    /// The customer's number.
    pub from: Address,
    /// The phone.
    pub to: Address,
    /// The part's octets and what they mean.
    pub part: Part,
    /// Bits 0 and 1 of `registered_delivery`: 0 no receipt, 1 always, 2 on failure, 3 on success.
    pub registered_delivery: u8,
    /// The customer's reference, to be repeated in the receipt.
    pub reference: Option<u16>,
    /// The validity period in SMPP's own form, empty if none.
    pub validity_period: String,
}

/// A text or a receipt on its way to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The phone.
    pub from: Address,
    /// The customer's number.
    pub to: Address,
    /// The octets and what they mean; a receipt has bit 2 in its `esm_class`.
    pub part: Part,
    /// `receipted_message_id`: the ID given at submission; or on a text the carrier's own ID.
    pub message_id: Option<String>,
    /// `message_state` of a receipt: [`ReceiptState::code`](crate::ReceiptState::code).
    pub message_state: Option<u8>,
    /// `network_error_code` of a receipt: network type and error (SMPP 3.4, 5.3.2.31).
    pub network_error_code: Option<(u8, u16)>,
    /// `user_message_reference`: the reference given at submission.
    pub reference: Option<u16>,
}

impl Delivery {
    /// A text without anything around it.
    pub fn text(from: Address, to: Address, part: Part) -> Delivery {
        let (message_id, message_state, network_error_code, reference) = (None, None, None, None);
        Delivery { from, to, part, message_id, message_state, network_error_code, reference }
    }
}

/// What became of a text or receipt for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliverResult {
    /// The customer's answer: [`Status::OK`], or why it did not take it.
    Answered(Status),
    /// Handed out, and then no answer in time or the connection was lost.
    Unanswered,
    /// Never handed out.
    NotSent,
    /// It has a field that cannot hold its value; never handed out.
    Unwritable(Status),
}

/// Without the password.
impl fmt::Debug for BindAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BindAsked");
        shown.field("system_id", &self.system_id).field("bind", &self.bind).finish_non_exhaustive()
    }
}

/// Without the octets, which hold texts and passwords.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Send(octets) => write!(f, "Send({} octets)", octets.len()),
            Output::BindAsked(asked) => asked.fmt(f),
            Output::Submitted(submitted) => submitted.fmt(f),
            Output::Delivered { ticket, result } => write!(f, "Delivered({ticket}, {result:?})"),
            Output::Fault(fault) => write!(f, "Fault({fault:?})"),
            Output::Close(reason) => write!(f, "Close({reason:?})"),
        }
    }
}
