//! Capability tokens: what a `capabilities` list says is possible now.

use crate::word::{Word, words};

words! {
    /// One entry of a `capabilities` list.
    ///
    /// A token is spelled as the operation that it permits, but for `SwitchBargeIn`.
    pub enum Capability {
        Accept = "Accept",
        Reject = "Reject",
        Transfer = "Transfer",
        Leave = "Leave",
        Invite = "Invite",
        Consult = "Consult",
        SetInFocus = "SetInFocus",
        SetDisposition = "SetDisposition",
        AttachUserData = "AttachUserData",
        DeleteUserData = "DeleteUserData",
        UpdateUserData = "UpdateUserData",
        SendToAgents = "SendToAgents",
        SendStartTypingToAgentsNotification = "SendStartTypingToAgentsNotification",
        SendStopTypingToAgentsNotification = "SendStopTypingToAgentsNotification",
        Complete = "Complete",
        SendMessage = "SendMessage",
        SendStartTypingNotification = "SendStartTypingNotification",
        SendStopTypingNotification = "SendStopTypingNotification",
        SendUrl = "SendUrl",
        SendCustomNotice = "SendCustomNotice",
        SendCustomNoticeToAgents = "SendCustomNoticeToAgents",
        SendNicknameUpdatedNotice = "SendNicknameUpdatedNotice",
        RemoveParticipantFromConference = "RemoveParticipantFromConference",
        LeaveAndComplete = "LeaveAndComplete",
        SwitchToMonitor = "SwitchToMonitor",
        SwitchToCoach = "SwitchToCoach",
        SwitchBargeIn = "SwitchBargeIn",
        DoNotDisturbOn = "DoNotDisturbOn",
        DoNotDisturbOff = "DoNotDisturbOff",
        ForwardCallsOn = "ForwardCallsOn",
        ForwardCallsOff = "ForwardCallsOff",
        ListenIn = "ListenIn",
        Coach = "Coach",
        BargeIn = "BargeIn",
        CancelSupervisorMonitoring = "CancelSupervisorMonitoring",
    }
}

impl Capability {
    /// The operation that the token permits.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::SwitchBargeIn => "SwitchToBargeIn",
            other => other.as_str(),
        }
    }

    /// The token that permits an operation of this (canonical) name.
    #[must_use]
    pub fn of_operation(name: &str) -> Option<Self> {
        match name {
            "SwitchToBargeIn" => Some(Self::SwitchBargeIn),
            "SwitchBargeIn" => None,
            other => Self::parse(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_operations_find_each_other() {
        for token in Capability::ALL {
            assert_eq!(Capability::of_operation(token.operation()), Some(*token));
        }
    }

    #[test]
    fn the_token_for_barging_in_lacks_the_to() {
        assert_eq!(Capability::SwitchBargeIn.as_str(), "SwitchBargeIn");
        assert_eq!(Capability::SwitchBargeIn.operation(), "SwitchToBargeIn");
    }
}
