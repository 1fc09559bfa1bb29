//! Why the contact center said no. Part of the contract; the state has not changed.

use crate::calls::{CallAction, DeviceAction};
use crate::capability::Action;
use crate::channel::Channel;
use crate::people::Role;

/// A reason to refuse a command. The shell gives each its code and sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such user here.
    UnknownUser,
    /// No such device here.
    UnknownDevice,
    /// No such skill here.
    UnknownSkill,
    /// No such queue here.
    UnknownQueue,
    /// No such group here.
    UnknownGroup,
    /// No such feature.
    UnknownFeature,
    /// No such group of settings, or no such entry in it.
    UnknownSetting,
    /// No such contact, or none of the caller's: the two are not told apart.
    UnknownContact,
    /// No such agent state.
    UnknownState,
    /// The user has not opened this channel.
    ChannelNotOpen(Channel),
    /// The user lacks a role.
    RoleMissing(Role),
    /// The contact center lacks a feature.
    FeatureMissing(&'static str),
    /// The agent belongs to no group of this supervisor.
    OutOfReach,
    /// The operation is not among the capabilities of this moment.
    NotAllowedNow(Action),
    /// Who monitors says nothing.
    MonitorMayNotSpeak,
    /// Nobody supervises himself.
    SupervisesSelf,
    /// There is no subscription to cancel, or to take the mode from.
    NothingMonitored,
    /// The agent has no running contact on the channel to join.
    NoRunningContact,
    /// The supervisor is in the contact, or invited to it, already.
    AlreadyInContact,
    /// The contact of the agent is not running.
    ContactNotRunning,
    /// The other agent is not ready, has no room, or cannot be reached.
    TargetUnavailable,
    /// The target is the caller.
    TargetIsSelf,
    /// The user is no agent of the contact whom the caller sees.
    NotAParticipant,
    /// A value is outside its range.
    OutOfRange {
        /// The parameter's name.
        parameter: &'static str,
        /// What is allowed.
        allowed: String,
    },
    /// A required value is missing.
    Missing(&'static str),
    /// The name is taken.
    AlreadyExists {
        /// What kind of thing.
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// The thing belongs to something else.
    AlreadyInUse(&'static str),
    /// A device is needed, and none fits.
    NoDevice,
    /// The system's own things cannot be changed.
    Unchangeable(&'static str),
    /// A table is full.
    LimitReached {
        /// The table.
        of: &'static str,
        /// How many it holds.
        limit: usize,
    },
    /// No such call, or none of the caller's: the two are not told apart.
    UnknownCall,
    /// The operation is not among the capabilities of the call at this moment.
    CallNotAllowedNow(CallAction),
    /// The operation is not among the capabilities of the device at this moment.
    DeviceNotAllowedNow(DeviceAction),
    /// No phone is registered for the device of this number.
    NotRegistered(String),
    /// Nobody can be reached by this number, or the caller is not to.
    UnknownNumber(String),
    /// The device is supervised by somebody else.
    WatchedByAnother,
    /// Nobody with this number is in the call.
    UnknownParticipant(String),
    /// The customer has opted out of text messages.
    OptedOut,
    /// The text is longer than a text message may be.
    TextTooLong {
        /// How long it may be, in UTF-16 units.
        characters: usize,
    },
    /// There is a session with this number already.
    SessionOpen,
    /// No queue for texts has a number.
    NoNumberToTextFrom,
    /// The number is not on the suppression list.
    UnknownSuppression,
    /// The user must change the password before anything else.
    PasswordChangeDemanded,
}
