//! Calls: who is in which, in which state, who hears whom, and what the telephones have to do.
//!
//! A [`Call`] is what the people in it have in common: parties, attached data, recording. A [`Leg`] is one
//! telephone's line to us, and may belong to parties of several calls, of which it is audible in one at most:
//! so a consultation needs no second line. What the telephone gateway has to bring about is derived from
//! the state, as [`LegPlan`]s; what telephones do comes back as [`LineReport`]s. The rule of hearing is in
//! [`hearing`]: the rule of visibility, and a coach is heard by the coached agent alone.

mod call;
mod capability;
mod connect;
mod data;
mod decide;
mod directory;
mod draft;
mod event;
pub mod hearing;
mod leg;
pub(crate) mod news;
mod numbers;
mod orders;
mod plan;
mod progress;
mod queueing;
mod standing;
mod state;
mod supervise;
mod transfer;
mod view;

pub use call::{Call, CallKind, CallParty, CallStage, PartyNumber, PartyState, Recording, RecordingState};
pub use directory::{DeviceSwitch, SipIdentity};
pub use event::CallEvent;
pub use leg::{Cause, Leg, LegState, Reach};
pub use orders::{Arrival, CallOrder, Destination, LineReport, Origin, RecordingOrder};
pub use plan::{Caller, LegPlan, LegWants, Sound, Track};
pub use standing::{StandingOrder, StandingRequest, SupervisionScope, SupervisionTarget};
pub use state::CallDuty;
pub(crate) use state::Telephony;
pub use view::{CallAction, CallChange, CallState, CallView, DeviceAction, DeviceView, Participant};
