//! What can be seen of a phone.

use std::collections::BTreeMap;

/// A call at one phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PhoneCall(pub(super) u64);

/// How a phone stands.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Whether it is registered.
    pub registration: Registration,
    /// Its calls, with the last that have ended.
    pub calls: BTreeMap<PhoneCall, CallView>,
}

/// Whether a phone is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// It never was, or is no longer.
    #[default]
    None,
    /// It is.
    Registered,
    /// It was turned away with this status; 408 if there was no answer.
    Refused(u16),
}

/// How a call stands at a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// How far it is.
    pub state: CallState,
    /// Whether the far side has called.
    pub is_incoming: bool,
    /// The far side's number, as it says.
    pub peer: String,
    /// Whether this phone has put the far side aside.
    pub is_holding: bool,
    /// Whether the far side has put this phone aside.
    pub is_held: bool,
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// This phone calls; it rings there or not yet.
    Calling {
        /// The last provisional status, if there was one.
        progress: Option<u16>,
    },
    /// This phone rings.
    Ringing,
    /// It is answered.
    Established,
    /// It is over.
    Ended(Ending),
}

/// By what a call has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// This phone hung up, or turned it away.
    Here,
    /// The far side hung up.
    There,
    /// The far side gave up before this phone answered.
    Canceled,
    /// The far side turned it away with this status.
    Refused(u16),
    /// Something else, as the user agent calls it.
    Broken(String),
}

/// Why a phone could not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The far side said no.
    #[error("{number}: turned away with {status}")]
    Refused {
        /// The phone.
        number: String,
        /// The status of SIP; 408 if there was no answer.
        status: u16,
    },
    /// The call is over, or there is no such call.
    #[error("{number}: the call is over: {ending}")]
    Over {
        /// The phone.
        number: String,
        /// By what it ended.
        ending: String,
    },
    /// It did not happen in time.
    #[error("{number}: {what} did not happen within {waited_ms} ms; {seen}")]
    TimedOut {
        /// The phone.
        number: String,
        /// What was waited for.
        what: String,
        /// How long.
        waited_ms: u64,
        /// How the phone stands.
        seen: String,
    },
    /// The phone has no keys like these, or too many wait.
    #[error("{number}: these keys can't be sent")]
    Keys {
        /// The phone.
        number: String,
    },
    /// The phone's task has ended, by a bug.
    #[error("{number}: the phone is broken")]
    Broken {
        /// The phone.
        number: String,
    },
}
