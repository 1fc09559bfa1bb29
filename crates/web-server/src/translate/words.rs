//! The words that the rules and the contract have for the same thing.

use contact_center::Channel;
use contact_center::audience::{Mode, Part, Visibility};
use contact_center::capability::Action;
use contact_center::contact::{Departure, EntryKind, UserState};
use contact_center::directory::Readiness;
use contact_center::notice::{ContactChange, ViewState};
use contact_center::people::Role;
use contact_center::supervision::Scope;
use contact_center::texting::DeliveryState;
use contact_center::{CustomerState, GroupKind};
use public_api::notifications::SessionChange;
use public_api::resources::{
    self as wire, AgentStateKind, Capability, ChatType, GroupType, MessageType, MonitoringKind,
    ParticipantType, SessionState, SupervisorMode, SupervisorSpan, Switch,
};
use public_api::{CHAT, Dialect, SMS};

/// The name of the channel of calls.
pub const VOICE: &str = "voice";

/// The names of all channels.
pub const CHANNELS: [&str; 3] = [VOICE, CHAT.channel, SMS.channel];

pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => VOICE,
        Channel::Chat => CHAT.channel,
        Channel::Sms => SMS.channel,
    }
}

/// The channel of this name, if there is one.
pub fn channel_named(name: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|one| channel(*one) == name)
}

/// How conversations of a channel are called; calls are none.
pub fn dialect(channel: Channel) -> Option<&'static Dialect> {
    Dialect::of_channel(self::channel(channel))
}

/// How a supervisor joins calls.
pub fn monitoring_kind(mode: Mode) -> MonitoringKind {
    match mode {
        Mode::Monitor => MonitoringKind::ListenIn,
        Mode::Coach => MonitoringKind::Coach,
        Mode::BargeIn => MonitoringKind::BargeIn,
    }
}

pub fn capability(action: Action) -> Capability {
    use {Action as A, Capability as C};
    match action {
        A::Accept => C::Accept,
        A::Reject => C::Reject,
        A::Transfer => C::Transfer,
        A::Leave => C::Leave,
        A::Invite => C::Invite,
        A::Consult => C::Consult,
        A::SetInFocus => C::SetInFocus,
        A::SetDisposition => C::SetDisposition,
        A::AttachUserData => C::AttachUserData,
        A::DeleteUserData => C::DeleteUserData,
        A::UpdateUserData => C::UpdateUserData,
        A::SendToAgents => C::SendToAgents,
        A::SendStartTypingToAgentsNotification => C::SendStartTypingToAgentsNotification,
        A::SendStopTypingToAgentsNotification => C::SendStopTypingToAgentsNotification,
        A::Complete => C::Complete,
        A::SendMessage => C::SendMessage,
        A::SendStartTypingNotification => C::SendStartTypingNotification,
        A::SendStopTypingNotification => C::SendStopTypingNotification,
        A::SendUrl => C::SendUrl,
        A::SendCustomNotice => C::SendCustomNotice,
        A::SendCustomNoticeToAgents => C::SendCustomNoticeToAgents,
        A::SendNicknameUpdatedNotice => C::SendNicknameUpdatedNotice,
        A::RemoveParticipantFromConference => C::RemoveParticipantFromConference,
        A::SwitchToMonitor => C::SwitchToMonitor,
        A::SwitchToCoach => C::SwitchToCoach,
        A::SwitchToBargeIn => C::SwitchBargeIn,
    }
}

pub fn session_state(state: ViewState) -> SessionState {
    match state {
        ViewState::Open(UserState::Invited) => SessionState::Invited,
        ViewState::Open(UserState::Chatting) => SessionState::Chatting,
        ViewState::Open(UserState::LeftChat) => SessionState::LeftChat,
        ViewState::Open(UserState::JoinFailed) => SessionState::JoinFailed,
        ViewState::Over(Departure::Completed) => SessionState::Completed,
        ViewState::Over(Departure::Revoked) => SessionState::Revoked,
    }
}

pub fn customer_state(state: CustomerState) -> wire::CustomerState {
    match state {
        CustomerState::WaitingForAgent => wire::CustomerState::WaitingForAgent,
        CustomerState::Chatting => wire::CustomerState::Chatting,
        CustomerState::Idle => wire::CustomerState::Idle,
    }
}

/// Who began a session.
pub fn chat_type(outbound: bool) -> ChatType {
    if outbound { ChatType::Outbound } else { ChatType::Inbound }
}

pub fn delivery_state(state: DeliveryState) -> wire::DeliveryState {
    use {DeliveryState as D, wire::DeliveryState as W};
    match state {
        D::Waiting => W::Waiting,
        D::Sent => W::Sent,
        D::Delivered => W::Delivered,
        D::Failed => W::Failed,
        D::Blocked => W::Blocked,
        D::Unknown => W::Unknown,
    }
}

/// Clients know supervisors and consultants as agents.
pub fn participant_type(part: Part) -> ParticipantType {
    match part {
        Part::Customer => ParticipantType::Customer,
        Part::External => ParticipantType::External,
        Part::Agent | Part::Consultant | Part::Supervisor(_) => ParticipantType::Agent,
    }
}

pub fn visibility(visibility: Visibility) -> wire::Visibility {
    match visibility {
        Visibility::All => wire::Visibility::All,
        Visibility::Agents => wire::Visibility::Agents,
        Visibility::Supervisors => wire::Visibility::Supervisors,
    }
}

pub fn message_type(kind: EntryKind) -> MessageType {
    match kind {
        EntryKind::Text => MessageType::Text,
        EntryKind::ParticipantJoined => MessageType::ParticipantJoined,
        EntryKind::ParticipantLeft => MessageType::ParticipantLeft,
        EntryKind::ParticipantRejoined => MessageType::ParticipantRejoined,
        EntryKind::TypingStarted => MessageType::TypingStarted,
        EntryKind::TypingStopped => MessageType::TypingStopped,
        EntryKind::PushUrl => MessageType::PushUrl,
        EntryKind::Notice => MessageType::Notice,
        EntryKind::CustomNotice => MessageType::CustomNotice,
        EntryKind::NicknameUpdated => MessageType::NicknameUpdated,
    }
}

pub fn session_change(change: ContactChange) -> SessionChange {
    match change {
        ContactChange::Status => SessionChange::StatusChange,
        ContactChange::Participants => SessionChange::ParticipantsUpdated,
        ContactChange::Properties => SessionChange::PropertiesUpdated,
    }
}

pub fn mode(mode: SupervisorMode) -> Mode {
    match mode {
        SupervisorMode::Monitor => Mode::Monitor,
        SupervisorMode::Coach => Mode::Coach,
        SupervisorMode::BargeIn => Mode::BargeIn,
    }
}

pub fn scope(span: SupervisorSpan) -> Scope {
    match span {
        SupervisorSpan::NextChat => Scope::NextContact,
        SupervisorSpan::AllChats => Scope::AllContacts,
        SupervisorSpan::CurrentChat => Scope::CurrentContacts,
    }
}

pub fn role(role: Role) -> wire::Role {
    match role {
        Role::Admin => wire::Role::Admin,
        Role::Agent => wire::Role::Agent,
        Role::Supervisor => wire::Role::Supervisor,
        Role::ApiUser => wire::Role::ApiUser,
    }
}

pub fn role_asked_for(role: wire::Role) -> Role {
    match role {
        wire::Role::Admin => Role::Admin,
        wire::Role::Agent => Role::Agent,
        wire::Role::Supervisor => Role::Supervisor,
        wire::Role::ApiUser => Role::ApiUser,
    }
}

pub fn state_kind(readiness: Readiness) -> AgentStateKind {
    match readiness {
        Readiness::Ready => AgentStateKind::Ready,
        Readiness::NotReady => AgentStateKind::NotReady,
        Readiness::LoggedOut => AgentStateKind::LoggedOut,
    }
}

/// The `agent-states` settings have a word of their own for being logged out.
pub fn settings_state(readiness: Readiness) -> &'static str {
    match readiness {
        Readiness::Ready => "Ready",
        Readiness::NotReady => "NotReady",
        Readiness::LoggedOut => "Logout",
    }
}

pub fn switch(on: bool) -> Switch {
    if on { Switch::On } else { Switch::Off }
}

pub fn group_type(kind: GroupKind) -> GroupType {
    match kind {
        GroupKind::BusinessUnit => GroupType::BusinessUnit,
        GroupKind::Dispositions => GroupType::Dispositions,
    }
}

pub fn group_kind(of: GroupType) -> GroupKind {
    match of {
        GroupType::BusinessUnit => GroupKind::BusinessUnit,
        GroupType::Dispositions => GroupKind::Dispositions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_is_found_by_its_name() {
        for channel in Channel::ALL {
            assert_eq!(channel_named(super::channel(channel)), Some(channel));
            assert!(CHANNELS.contains(&super::channel(channel)));
            assert_eq!(dialect(channel).is_some(), channel.is_text());
        }
        assert_eq!(channel_named("pigeon"), None);
    }
}
