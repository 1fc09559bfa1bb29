//! States of agents and of their channels, and the words of supervision.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::Id;
use crate::word::words;

words! {
    /// The kind of an agent's state.
    pub enum AgentStateKind {
        Ready = "Ready",
        NotReady = "NotReady",
        LoggedOut = "LoggedOut",
        LoggedIn = "LoggedIn",
        Unknown = "Unknown",
    }
}

words! {
    /// What an agent does while not ready.
    pub enum WorkMode {
        AfterCallWork = "AfterCallWork",
        AuxWork = "AuxWork",
    }
}

words! {
    /// `On` or `Off`.
    pub enum Switch {
        On = "On",
        Off = "Off",
    }
}

words! {
    /// How a supervisor is in a chat or an SMS session.
    pub enum SupervisorMode {
        Monitor = "Monitor",
        Coach = "Coach",
        BargeIn = "BargeIn",
    }
}

words! {
    /// Which sessions of an agent a supervisor joins. `CurrentChat` is ours.
    pub enum SupervisorSpan {
        NextChat = "NextChat",
        AllChats = "AllChats",
        CurrentChat = "CurrentChat",
    }
}

/// The state of an agent on a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserState<'a> {
    /// The ID of the configured state; compare without regard to case.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The label.
    #[schema(value_type = String)]
    pub display_name: Cow<'a, str>,
    /// The kind of state.
    pub state: AgentStateKind,
    /// The reason of a custom state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub reason: Option<Cow<'a, str>>,
    /// What the agent does while not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub work_mode: Option<WorkMode>,
}

/// One channel of an agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelState<'a> {
    /// `voice`, `chat`, `smssession` or another medium.
    #[schema(value_type = String)]
    pub channel: Cow<'a, str>,
    /// Do not disturb; absent for voice and after logout.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dnd_state: Option<Switch>,
    /// The agent's state.
    #[schema(value_type = UserState)]
    pub user_state: UserState<'a>,
    /// Voice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub phone_number: Option<Cow<'a, str>>,
    /// Voice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub switch_name: Option<Cow<'a, str>>,
    /// Voice only, such as `Idle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub user_activity: Option<Cow<'a, str>>,
}

/// A state that every contact center has.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltInState {
    /// The operation that enters it.
    pub operation_name: &'static str,
    /// The same in every installation. The small f in the last one is the contract.
    pub id: &'static str,
    /// The label.
    pub display_name: &'static str,
    /// The kind, as channels and devices show it.
    pub state: AgentStateKind,
    /// The kind, as the `agent-states` settings list it.
    pub settings_state: &'static str,
    /// The work mode.
    pub work_mode: Option<WorkMode>,
}

impl BuiltInState {
    /// The built-in state that an operation of this name enters.
    #[must_use]
    pub fn of_operation(name: &str) -> Option<&'static Self> {
        BUILT_IN_STATES.iter().find(|state| state.operation_name == name)
    }

    /// As channels and devices show it.
    #[must_use]
    pub fn user_state(&self) -> UserState<'static> {
        UserState {
            id: self.id.into(),
            display_name: self.display_name.into(),
            state: self.state,
            reason: None,
            work_mode: self.work_mode,
        }
    }
}

/// The states that every contact center has.
pub static BUILT_IN_STATES: [BuiltInState; 5] = [
    BuiltInState {
        operation_name: "Ready",
        id: "9430250E-0A1B-421F-B372-F29E69366DED",
        display_name: "Ready",
        state: AgentStateKind::Ready,
        settings_state: "Ready",
        work_mode: None,
    },
    BuiltInState {
        operation_name: "NotReady",
        id: "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
        display_name: "Not Ready",
        state: AgentStateKind::NotReady,
        settings_state: "NotReady",
        work_mode: None,
    },
    BuiltInState {
        operation_name: "AfterCallWork",
        id: "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        display_name: "After Call Work",
        state: AgentStateKind::NotReady,
        settings_state: "NotReady",
        work_mode: Some(WorkMode::AfterCallWork),
    },
    BuiltInState {
        operation_name: "AuxWork",
        id: "2B36138D-C564-4562-A8CB-3C32D564F296",
        display_name: "Aux Work",
        state: AgentStateKind::NotReady,
        settings_state: "NotReady",
        work_mode: Some(WorkMode::AuxWork),
    },
    BuiltInState {
        operation_name: "Offline",
        id: "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
        display_name: "Offline",
        state: AgentStateKind::LoggedOut,
        settings_state: "Logout",
        work_mode: None,
    },
];
