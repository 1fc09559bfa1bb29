//! A call and its parties.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::leg::Cause;
use super::standing::SupervisionScope;
use crate::audience::Part;
use crate::contact::UserData;
use crate::ids::{CallId, DeviceId, LegId, QueueId, UserId};
use crate::moment::Timestamp;

/// A party's number in its call, from 1 on. Never used twice in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartyNumber(pub u16);

/// How a call came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallKind {
    /// Between our own devices.
    Internal,
    /// From outside.
    Inbound,
    /// To outside.
    Outbound,
    /// An agent asks somebody else during a call.
    Consult,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallStage {
    /// It goes on.
    Open,
    /// It is over since then.
    Ended(Timestamp),
}

/// How far a party is in its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyState {
    /// It called, and nobody has answered yet.
    Dialing,
    /// It is being called.
    Ringing,
    /// It is in the conversation.
    Established,
    /// It has put the call aside.
    Held,
    /// It has gone.
    Released(Cause),
}

/// Somebody in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallParty {
    /// Its number in the call.
    pub number: PartyNumber,
    /// What it is. Whoever has no device of ours is a customer.
    pub part: Part,
    /// The user, if it is one.
    pub user: Option<UserId>,
    /// The user's device.
    pub device: Option<DeviceId>,
    /// The number it is known by in the call.
    pub phone_number: Arc<str>,
    /// Its line.
    pub leg: LegId,
    /// How far it is.
    pub state: PartyState,
    /// Since when it has been in the call, or called.
    pub since: Timestamp,
    /// Whether it has switched off its own microphone.
    pub muted: bool,
    /// Whether a supervisor has silenced it.
    pub silenced: bool,
    /// Whether others are shown it before it has answered.
    pub announced: bool,
    /// Until when it is waited for, while it rings.
    pub rings_until: Option<Timestamp>,
    /// The queue that sent the call to it.
    pub offered_by: Option<QueueId>,
    /// To whom the call goes back if this party does not answer.
    pub falls_back_to: Option<DeviceId>,
    /// For a supervisor: the agent who is supervised, as long as that agent is in the call.
    pub charge: Option<PartyNumber>,
    /// For a supervisor: how long to stay.
    pub scope: Option<SupervisionScope>,
    /// For a supervisor: the device of the standing order that brought the supervisor in.
    pub ordered_on: Option<DeviceId>,
}

impl CallParty {
    /// Whether it has gone.
    pub fn is_gone(&self) -> bool {
        matches!(self.state, PartyState::Released(_))
    }

    /// Whether it has answered, and has not gone.
    pub fn has_joined(&self) -> bool {
        matches!(self.state, PartyState::Established | PartyState::Held)
    }

    /// Whether it is there through supervision.
    pub fn is_supervisor(&self) -> bool {
        matches!(self.part, Part::Supervisor(_))
    }
}

/// What a recording does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RecordingState {
    /// Nothing is recorded.
    #[default]
    Stopped,
    /// What is said is recorded.
    Recording,
    /// Nothing is recorded until it is resumed.
    Paused,
}

/// The recording of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recording {
    /// What it does.
    pub state: RecordingState,
    /// How many were begun in this call.
    pub count: u16,
    /// The name of the last one, without folder and ending.
    pub name: Arc<str>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its name.
    pub id: CallId,
    /// The call that it grew out of, itself if none. Legs of one family may come to hear each other.
    pub family: CallId,
    /// How it came about.
    pub kind: CallKind,
    /// For a consultation: the call that is put aside for it.
    pub parent: Option<CallId>,
    /// The caller's number, if the caller is outside and known.
    pub ani: Option<Arc<str>>,
    /// The number dialled.
    pub dnis: Arc<str>,
    /// The number to call when the caller's own phone, which was called first, has been answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dials: Option<Arc<str>>,
    /// The number shown to whoever is called; else the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<Arc<str>>,
    /// Everybody who was ever in it, in order of arrival.
    pub parties: Vec<CallParty>,
    /// The attached data.
    pub user_data: Arc<UserData>,
    /// Grows with each change of the attached data.
    pub data_version: u32,
    /// The place in a queue, while it waits.
    pub place: Option<crate::contact::Place>,
    /// The queue it came from last.
    pub origin: Option<QueueId>,
    /// Who is not offered the call before when.
    pub refused: Vec<(UserId, Timestamp)>,
    /// Its recording.
    pub recording: Recording,
    /// When it began.
    pub began_at: Timestamp,
    /// How far it is.
    pub stage: CallStage,
}

impl Call {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.stage == CallStage::Open
    }

    /// Those who have not gone, in order of arrival.
    pub fn present(&self) -> impl Iterator<Item = &CallParty> {
        self.parties.iter().filter(|party| !party.is_gone())
    }

    /// The party of a user that has not gone.
    pub fn party_of(&self, user: UserId) -> Option<&CallParty> {
        self.present().find(|party| party.user == Some(user))
    }

    /// A party by its number.
    pub fn party(&self, number: PartyNumber) -> Option<&CallParty> {
        self.parties.iter().find(|party| party.number == number)
    }

    /// The customer: the first party from outside that has not gone.
    pub fn customer(&self) -> Option<&CallParty> {
        self.present().find(|party| party.part == Part::Customer)
    }
}
