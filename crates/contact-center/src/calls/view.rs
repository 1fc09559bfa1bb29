//! Calls and devices as users see them.

use std::sync::Arc;

use super::call::{CallKind, RecordingState};
use super::standing::StandingOrder;
use crate::ContactCenter;
use crate::agent::OpenChannel;
use crate::audience::Mode;
use crate::channel::Channel;
use crate::contact::UserData;
use crate::directory::{Device, VOICE_SUPERVISION};
use crate::ids::{CallId, DeviceId, UserId};
use crate::moment::Timestamp;
use crate::people::Role;

/// An operation on a call. The contract gives each its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the operation of the same name in the contract")]
pub enum CallAction {
    Answer,
    Reject,
    Hangup,
    Hold,
    Retrieve,
    SendDtmf,
    MuteCall,
    UnmuteCall,
    SwapCalls,
    ClearCall,
    SingleStepTransfer,
    SingleStepConference,
    InitiateTransfer,
    InitiateConference,
    CompleteTransfer,
    CompleteConference,
    RemoveParticipantFromConference,
    AttachUserData,
    UpdateUserData,
    DeleteUserData,
    DeleteUserDataPair,
    StartCallRecording,
    StopCallRecording,
    PauseCallRecording,
    ResumeCallRecording,
    SwitchToListenIn,
    SwitchToCoach,
    SwitchToBargeIn,
    MuteMonitoredUser,
    UnmuteMonitoredUser,
}

/// An operation on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the operation of the same name in the contract")]
pub enum DeviceAction {
    DoNotDisturbOn,
    DoNotDisturbOff,
    ForwardCallsOn,
    ForwardCallsOff,
    ListenIn,
    Coach,
    BargeIn,
    CancelSupervisorMonitoring,
}

/// The state of a call as a user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Not answered by those called.
    Dialing,
    /// Not answered by this user.
    Ringing,
    /// In conversation.
    Established,
    /// Put aside by this user.
    Held,
    /// Over for this user.
    Released,
}

/// Another party of a call as a user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The telephone number.
    pub phone_number: Arc<str>,
}

/// A call as one user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// The call.
    pub id: CallId,
    /// The user's device.
    pub device: DeviceId,
    /// The user's own number.
    pub own_number: Arc<str>,
    /// The state.
    pub state: CallState,
    /// The other parties whom the user perceives.
    pub participants: Vec<Participant>,
    /// The caller's number, if the caller is outside and known.
    pub ani: Option<Arc<str>>,
    /// The number dialled.
    pub dnis: Arc<str>,
    /// How it came about, for this user.
    pub kind: CallKind,
    /// What the user may do now.
    pub capabilities: Vec<CallAction>,
    /// The attached data.
    pub user_data: Arc<UserData>,
    /// Since when the user has been in it or called: the duration counts from here.
    pub since: Timestamp,
    /// Whether the own microphone is off.
    pub muted: bool,
    /// The recording, if calls can be recorded here.
    pub recording: Option<RecordingState>,
    /// Whether the user is told that a supervisor listens.
    pub listened_in: bool,
    /// Whether this supervisor has silenced the agent.
    pub monitored_user_muted: bool,
    /// How the user supervises, if so.
    pub supervises: Option<Mode>,
    /// For a consultation: the call put aside for it.
    pub parent: Option<CallId>,
    /// Whether a queue delivered it.
    pub from_queue: bool,
    /// How long the agent gets for wrap-up afterwards, in seconds.
    pub wrap_up_seconds: u32,
}

/// What about a call changed. The contract gives each its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallChange {
    /// The state, the microphone, the mode of supervision, or what the user may do.
    Status,
    /// The other parties.
    Participants,
    /// The attached data.
    AttachedData,
    /// Digits were sent.
    DigitsSent,
    /// The recording's state.
    Recording,
    /// Whether the supervised agent is silenced.
    MonitoredUserMuted,
}

/// A device as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// The device.
    pub device: Device,
    /// The owner's channel for calls, if it is open on this device.
    pub open: Option<OpenChannel>,
    /// The owner's standing order on this device.
    pub standing: Option<StandingOrder>,
    /// What the owner may do with it now.
    pub capabilities: Vec<DeviceAction>,
    /// Whether a phone is registered for it.
    pub registered: bool,
}

impl ContactCenter {
    /// A user's devices as the user sees them.
    pub fn device_views(&self, user: UserId) -> Vec<DeviceView> {
        self.devices_of(user).map(|device| self.device_view(user, device)).collect()
    }

    fn device_view(&self, user: UserId, device: &Device) -> DeviceView {
        let open =
            self.channel_of(user, Channel::Voice).filter(|open| open.device == Some(device.id)).cloned();
        let standing = self.standing_order(device.id).cloned();
        let disturbed = device.do_not_disturb || open.as_ref().is_some_and(|open| open.do_not_disturb);
        let mut capabilities =
            vec![if disturbed { DeviceAction::DoNotDisturbOff } else { DeviceAction::DoNotDisturbOn }];
        capabilities.push(match device.forward_to {
            Some(_) => DeviceAction::ForwardCallsOff,
            None => DeviceAction::ForwardCallsOn,
        });
        let supervises = self.users().get(&user).is_some_and(|user| user.is(Role::Supervisor))
            && self.features().contains(VOICE_SUPERVISION);
        if supervises {
            capabilities.extend([DeviceAction::ListenIn, DeviceAction::Coach, DeviceAction::BargeIn]);
        }
        if supervises && standing.is_some() {
            capabilities.push(DeviceAction::CancelSupervisorMonitoring);
        }
        let registered = self.phones().contains_key(&device.id);
        DeviceView { device: device.clone(), open, standing, capabilities, registered }
    }
}
