//! What happened with calls.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::leg::Leg;
use super::standing::StandingOrder;
use crate::ids::{CallId, DeviceId, LegId, UserId};
use crate::moment::Timestamp;

/// A fact about calls. A call and a line are small, so what changed about one is told as how it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallEvent {
    /// A call exists in this form, new or changed.
    CallKept(Arc<Call>),
    /// A call that was over was dropped from memory.
    CallForgotten(CallId),
    /// A line exists in this form, new or changed.
    LegKept(Box<Leg>),
    /// A line is gone.
    LegGone(LegId),
    /// A supervisor's order stands on this device in this form.
    StandingKept(DeviceId, StandingOrder),
    /// No order stands on this device any more.
    StandingEnded(DeviceId),
    /// The registered phones of a device, in the gateway's own form; none if there are none.
    PhonesKept(DeviceId, Option<Arc<str>>),
    /// An agent had digits sent.
    DigitsSent {
        /// In which call.
        call: CallId,
        /// Who.
        user: UserId,
        /// To which lines.
        to: Vec<LegId>,
        /// The digits: `0` to `9`, `*`, `#`, `A` to `D`.
        digits: Arc<str>,
    },
    /// An agent has until then for what is left to do after a call; none: the time is over.
    WrapUp(UserId, Option<Timestamp>),
    /// The recording of a call has gaps.
    RecordingLost {
        /// Which call.
        call: CallId,
        /// Milliseconds of sound that are missing.
        lost_ms: u64,
    },
}
