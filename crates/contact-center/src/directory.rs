//! The things that administrators keep: devices, skills, queues, groups, features, agent states and
//! custom settings. What they are; `provisioning` decides who changes them and how.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::calls::SipIdentity;
use crate::channel::Channel;
use crate::ids::{DeviceId, GroupId, QueueId, SkillId, UserId};

/// A telephone or soft phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name among all devices.
    pub id: DeviceId,
    /// The number it is dialled by; unique in the contact center.
    pub phone_number: String,
    /// For people.
    pub description: String,
    /// Where it stands.
    pub location: String,
    /// Such as `ACDPosition`.
    pub kind: String,
    /// Who works with it.
    pub owner: Option<UserId>,
    /// Whether it refuses calls.
    pub do_not_disturb: bool,
    /// Where it passes calls on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_to: Option<String>,
    /// Whether it stands in a network whose phones we cannot have answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_public: bool,
    /// How its phones sign in; if absent none can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<SipIdentity>,
}

/// Something agents can do well or less well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// Its name among all skills.
    pub id: SkillId,
    /// Unique in the contact center.
    pub name: String,
    /// For people.
    pub description: String,
}

/// Where contacts wait for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Its name among all queues.
    pub id: QueueId,
    /// Unique in the contact center.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whose contacts wait here.
    pub channel: Channel,
    /// What is dialled to get here, for calls and texts.
    pub phone_number: Option<String>,
    /// Whether the number was given by the contact center itself.
    pub internal: bool,
    /// The first words, in lower case, that bring a text here; all texts to the number if there are
    /// none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub keywords: BTreeSet<String>,
    /// What an agent must be able to do at least, by skill.
    pub skills: BTreeMap<SkillId, u32>,
    /// Whether contacts without a queue of their own come here. One for each channel, always there.
    pub is_default: bool,
}

/// A business unit or a set of dispositions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name among all groups, and what it holds.
    pub id: GroupId,
    /// Unique among the groups of its kind.
    pub name: String,
    /// The agents of a business unit.
    pub users: BTreeSet<UserId>,
    /// Who supervises them.
    pub supervisors: BTreeSet<UserId>,
    /// The unit's skills.
    pub skills: BTreeSet<SkillId>,
    /// The unit's queues: only its agents are offered contacts from them.
    pub queues: BTreeSet<QueueId>,
    /// The codes of a disposition set, in their order.
    pub dispositions: Vec<String>,
    /// Whether this disposition set is the one to begin with.
    pub is_default: bool,
}

/// What an agent's state means for routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// Contacts are offered.
    Ready,
    /// None are.
    NotReady,
    /// The channel is closed.
    LoggedOut,
}

/// A state an agent can be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// A UUID in the letter case it was given; compared without regard to case.
    pub id: String,
    /// The operation that enters it; unique.
    pub operation_name: String,
    /// For people.
    pub display_name: String,
    /// What it means for routing.
    pub readiness: Readiness,
    /// Why the agent is not ready.
    pub reason: Option<String>,
    /// Such as `AfterCallWork`.
    pub work_mode: Option<String>,
}

impl AgentState {
    /// The five states that every contact center has, with the IDs that clients know.
    pub fn built_in() -> Vec<Self> {
        let state = |id: &str, operation: &str, display: &str, readiness, work_mode: Option<&str>| Self {
            id: id.to_owned(),
            operation_name: operation.to_owned(),
            display_name: display.to_owned(),
            readiness,
            reason: None,
            work_mode: work_mode.map(str::to_owned),
        };
        vec![
            state("9430250E-0A1B-421F-B372-F29E69366DED", "Ready", "Ready", Readiness::Ready, None),
            state("900D55CC-2BB0-431F-8BF9-D3525B383BE6", "NotReady", "Not Ready", Readiness::NotReady, None),
            state(
                "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
                "AfterCallWork",
                "After Call Work",
                Readiness::NotReady,
                Some("AfterCallWork"),
            ),
            state(
                "2B36138D-C564-4562-A8CB-3C32D564F296",
                "AuxWork",
                "Aux Work",
                Readiness::NotReady,
                Some("AuxWork"),
            ),
            // One lower-case letter in this ID is how clients know it.
            state("0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB", "Offline", "Offline", Readiness::LoggedOut, None),
        ]
    }
}

/// A group of settings that clients made for themselves. The entries are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomGroup {
    /// Unique among the groups of its owner.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// The member that tells entries apart.
    pub key: String,
    /// Entries by their key, each a JSON object in text form.
    pub entries: BTreeMap<String, String>,
}

/// A feature and whether a new contact center has it.
#[derive(Debug)]
pub struct Feature {
    /// The literal that clients know.
    pub id: &'static str,
    /// For people.
    pub display_name: &'static str,
    /// What it allows.
    pub description: &'static str,
    /// Whether a new contact center has it.
    pub assigned_first: bool,
}

const fn feature(
    id: &'static str,
    display_name: &'static str,
    description: &'static str,
    assigned_first: bool,
) -> Feature {
    Feature { id, display_name, description, assigned_first }
}

/// Text contacts of any channel.
pub const MULTIMEDIA: &str = "api-multimedia";
/// Reading what administrators keep.
pub const PROVISIONING_READ: &str = "api-provisioning-read";
/// Changing it.
pub const PROVISIONING_WRITE: &str = "api-provisioning-write";
/// Setting the state of another user's channel.
pub const AGENT_CONTROL: &str = "api-supervisor-agent-control";
/// Calls.
pub const VOICE: &str = "api-voice";

/// Supervising calls.
pub const VOICE_SUPERVISION: &str = "api-supervisor-monitoring";
/// Recording calls.
pub const VOICE_RECORDING: &str = "api-voice-recording";

/// Every feature the server knows.
pub const FEATURES: [Feature; 9] = [
    feature(VOICE, "Voice", "Telephone devices and their states", true),
    feature(MULTIMEDIA, "Multimedia", "Chats and text sessions, and their supervision", true),
    feature("api-multimedia-chat", "Chat", "Reading chats", true),
    feature(
        PROVISIONING_READ,
        "Provisioning, reading",
        "Reading users, devices, skills, queues, groups",
        true,
    ),
    feature(
        PROVISIONING_WRITE,
        "Provisioning, writing",
        "Changing users, devices, skills, queues, groups",
        true,
    ),
    feature(VOICE_RECORDING, "Recording", "Agents record calls", true),
    feature(VOICE_SUPERVISION, "Voice supervision", "Listening in, coaching, barging in", true),
    feature(AGENT_CONTROL, "Agent control", "Supervisors set the states of agents", true),
    feature("api-agent-control", "Own state", "Agents set their own states", true),
];
