//! What is asked of calls, and what the telephone gateway reports.

use std::sync::Arc;

use super::leg::Cause;
use crate::audience::Mode;
use crate::contact::UserData;
use crate::ids::{CallId, DeviceId, LegId};

/// Whom to bring into a call.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The number as dialled: of a device, of a queue, or outside.
    pub phone_number: String,
    /// Data to attach.
    pub user_data: UserData,
}

/// What to do with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operation of the same name in the contract")]
pub enum RecordingOrder {
    Start,
    Stop,
    Pause,
    Resume,
}

/// What somebody wants to do in a call.
#[derive(Debug, Clone)]
pub enum CallOrder {
    /// Take it.
    Answer,
    /// Give it back to the queue.
    Reject,
    /// Go.
    Hangup,
    /// Put it aside.
    Hold,
    /// Take it up again.
    Retrieve,
    /// Send digits as tones.
    SendDigits(String),
    /// Switch the own microphone off.
    Mute,
    /// Switch it on again.
    Unmute,
    /// Exchange this call with another of one's own: one is taken up, one put aside.
    Swap {
        /// The other call.
        other: CallId,
    },
    /// End it for everybody.
    Clear,
    /// Hand it on without asking.
    SingleStepTransfer(Destination),
    /// Bring somebody in.
    SingleStepConference(Destination),
    /// Ask somebody else meanwhile, to hand the call on.
    InitiateTransfer(Destination),
    /// Ask somebody else meanwhile, to bring them in.
    InitiateConference(Destination),
    /// Hand the call on to whom one has asked.
    CompleteTransfer {
        /// The consultation; else the only one.
        consult: Option<CallId>,
    },
    /// Bring in whom one has asked.
    CompleteConference {
        /// The consultation; else the only one.
        consult: Option<CallId>,
    },
    /// Send somebody away.
    Remove {
        /// The number of the party.
        participant: String,
    },
    /// Attach data.
    AttachData(UserData),
    /// Attach or overwrite data.
    UpdateData(UserData),
    /// Delete all data.
    DeleteData,
    /// Delete data by key.
    DeleteDataPair(String),
    /// Set the disposition.
    SetDisposition {
        /// The code.
        disposition: String,
        /// The key of user data; else the configured one.
        key: Option<String>,
        /// More data to attach.
        user_data: UserData,
    },
    /// Do something with the recording.
    Record(RecordingOrder),
    /// Supervise in another mode from now on.
    SwitchTo(Mode),
    /// Silence the supervised agent.
    MuteMonitoredUser,
    /// Let the supervised agent be heard again.
    UnmuteMonitoredUser,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A device of ours that has shown its password.
    Device(DeviceId),
    /// Somebody outside.
    Outside,
}

/// A call that comes in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The name of the line, made of random bits.
    pub leg: LegId,
    /// Who calls.
    pub origin: Origin,
    /// The caller's number, if it is known.
    pub caller: Option<Arc<str>>,
    /// The number dialled, after the dial plan.
    pub dialled: Arc<str>,
    /// The line whose place it takes.
    pub replaces: Option<LegId>,
}

/// What happens on the telephone lines. Reports of one line come in order.
#[derive(Debug, Clone)]
pub enum LineReport {
    /// Somebody calls us.
    Arrived(Box<Arrival>),
    /// It rings where we call.
    Ringing {
        /// The line.
        leg: LegId,
        /// Whether it can be heard already.
        early_media: bool,
    },
    /// The line stands.
    Answered {
        /// The line.
        leg: LegId,
        /// What the gateway needs to end the line after a restart.
        dialog: Arc<str>,
    },
    /// What the gateway keeps of the line has changed.
    DialogChanged {
        /// The line.
        leg: LegId,
        /// What the gateway needs to end the line after a restart.
        dialog: Arc<str>,
    },
    /// The phone has put us aside, or taken us up again.
    Held {
        /// The line.
        leg: LegId,
        /// Whether it is put aside now.
        held: bool,
    },
    /// The phone hands the call on.
    Referred {
        /// The line of whoever hands on.
        leg: LegId,
        /// The number to hand it on to.
        to: Arc<str>,
        /// The other line of the same phone whose far end is to be connected instead.
        replaces: Option<LegId>,
    },
    /// The line has ended, or could not be had. The last report of a line; each line that was planned has one.
    Ended {
        /// The line.
        leg: LegId,
        /// Why.
        cause: Cause,
    },
    /// The phones of a device, in the gateway's own form; none if there are none any more.
    Registered {
        /// The device.
        device: DeviceId,
        /// Its phones.
        phones: Option<Arc<str>>,
    },
    /// Frames of a recording were lost.
    RecordingLost {
        /// The call.
        call: CallId,
        /// Milliseconds of sound that are missing.
        lost_ms: u64,
    },
    /// The gateway begins: no line that was known stands any more.
    Recovered,
}
