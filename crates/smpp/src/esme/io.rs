//! What goes into our side of a session and what comes out: the whole contract with the shell.

use std::fmt;
use std::time::Duration;

use crate::address::Address;
use crate::alphabet::DefaultAlphabet;
use crate::content::Content;
use crate::credentials::{BindAs, Credentials};
use crate::fault::{CloseReason, Fault};
use crate::long_text::Part;
use crate::status::Status;

/// How our side of a session behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we are to the carrier.
    pub credentials: Credentials,
    /// Which way texts go.
    pub bind: BindAs,
    /// Most submissions on their way without an answer; at least one.
    pub window: usize,
    /// Most submissions that wait for the bind or for a place in the window; further ones come back at once.
    pub most_waiting: usize,
    /// Most incoming texts without an answer of ours; for further ones the carrier is told to slow down.
    pub most_unanswered: usize,
    /// Silence of the carrier after which we ask whether it is still there.
    pub enquire_link: Duration,
    /// How long the carrier may take for any answer.
    pub response_timeout: Duration,
    /// What the carrier means by data coding 0.
    pub default_alphabet: DefaultAlphabet,
    /// Longest PDU taken, in octets; at least [`MIN_MOST_PDU_OCTETS`](crate::MIN_MOST_PDU_OCTETS).
    pub most_pdu_octets: usize,
}

impl Config {
    /// What suits most carriers.
    pub fn new(credentials: Credentials, bind: BindAs) -> Config {
        Config {
            credentials,
            bind,
            window: 10,
            most_waiting: 100,
            most_unanswered: 500,
            enquire_link: Duration::from_secs(30),
            response_timeout: Duration::from_secs(10),
            default_alphabet: DefaultAlphabet::Gsm7,
            most_pdu_octets: 64 * 1024,
        }
    }
}

/// Something that happened outside.
pub enum Input<'a> {
    /// The connection stands; the first input, once. A new connection has a new machine.
    Connected,
    /// The carrier sent this. As long as what was to be sent is not written, the shell hands in no more.
    Octets(&'a [u8]),
    /// The connection is gone, whoever closed it.
    Closed,
    /// One part of a text is to be sent. Answered by exactly one [`Output::Submitted`], at once or later.
    Submit {
        /// The shell's name for it.
        ticket: u64,
        /// What to send.
        submission: Submission,
    },
    /// What became of an incoming text: only this answers it. Ignored if the ticket is not open.
    Answer {
        /// The ticket of [`Incoming`].
        ticket: u64,
        /// [`Status::OK`] if it is kept, or why not.
        status: Status,
    },
    /// Take leave: nothing new is sent, what is on its way is waited for, then the carrier is told.
    Unbind,
    /// The time of [`Esme::deadline`](crate::esme::Esme::deadline) has come. Harmless at any other time.
    Tick,
}

/// One part of a text on its way to a phone. A receipt is always asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Our number.
    pub from: Address,
    /// The phone.
    pub to: Address,
    /// The part's octets and what they mean.
    pub part: Part,
    /// Our reference, which some carriers repeat in the receipt; `None` for carriers that refuse it.
    pub reference: Option<u16>,
    /// How long the carrier may try; `None` for as long as it likes. More than 30 days count as 30.
    pub validity: Option<Duration>,
}

/// Something the shell has to do or know.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these octets, in order: one or several whole PDUs. A submission whose octets are in here counts as
    /// handed out, even if the connection breaks before they are written.
    Send(Vec<u8>),
    /// The carrier took our bind.
    Bound {
        /// The carrier's name for itself.
        system_id: String,
        /// The version of SMPP it speaks, `0x34` for 3.4; `None` if it does not say, which means 3.3.
        version: Option<u8>,
    },
    /// The carrier refused our bind; [`Output::Close`] follows.
    BindRefused(Status),
    /// A text or a receipt came; it waits for [`Input::Answer`].
    Incoming(Incoming),
    /// What became of a submission.
    Submitted {
        /// Which one.
        ticket: u64,
        /// What became of it.
        result: SubmitResult,
    },
    /// Something odd to be counted.
    Fault(Fault),
    /// Close the connection after the octets before; the last output, but that further submissions come back unsent.
    /// Everything handed in before was reported on. Octets that still come do not count.
    Close(CloseReason),
}

/// A text or a receipt that the carrier sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Names it in [`Input::Answer`]; counts from 1 within the session.
    pub ticket: u64,
    /// The carrier's number for the PDU.
    pub sequence: u32,
    /// The phone.
    pub from: Address,
    /// Our number.
    pub to: Address,
    /// What it holds.
    pub content: Content,
    /// What is the same when the carrier sends the same text again: addresses, coding, octets, references of
    /// parts. Not the sequence number.
    pub fingerprint_octets: Vec<u8>,
    /// The carrier's own ID of a text, if it gives one (`receipted_message_id` on what is no receipt).
    pub message_id: Option<String>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitResult {
    /// The carrier took it.
    Accepted {
        /// The carrier's ID for it, as in its receipts; empty if it gave none.
        id: String,
    },
    /// The carrier did not take it; or it cannot be written on the wire, and never was.
    Refused(Status),
    /// Handed out, and then no answer in time or the connection was lost. The phone may have it or not.
    Unanswered,
    /// Never handed out: it may be tried again, here or elsewhere.
    NotSent,
}

/// Without what the text says.
impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Incoming");
        shown.field("ticket", &self.ticket).field("sequence", &self.sequence).field("from", &self.from);
        shown.field("to", &self.to).field("content", &self.content).finish_non_exhaustive()
    }
}

/// Without the octets, which hold texts and passwords.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Send(octets) => write!(f, "Send({} octets)", octets.len()),
            Output::Bound { system_id, version } => write!(f, "Bound({system_id}, {version:?})"),
            Output::BindRefused(status) => write!(f, "BindRefused({status})"),
            Output::Incoming(incoming) => incoming.fmt(f),
            Output::Submitted { ticket, result } => write!(f, "Submitted({ticket}, {result:?})"),
            Output::Fault(fault) => write!(f, "Fault({fault:?})"),
            Output::Close(reason) => write!(f, "Close({reason:?})"),
        }
    }
}
