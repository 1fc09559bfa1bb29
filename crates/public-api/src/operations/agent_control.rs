//! What supervisors ask of an agent's channel: to change its state, and to take part in what comes by it.

use crate::operation::{Operation, Parameter};
use crate::resources::{FeatureId, Role, SupervisorSpan};
use crate::word::{Word, words};

words! {
    /// The operations of [`USER_CHANNEL`].
    pub enum UserChannelOperation {
        Ready = "Ready",
        NotReady = "NotReady",
        Offline = "Offline",
        DoNotDisturbOn = "DoNotDisturbOn",
        DoNotDisturbOff = "DoNotDisturbOff",
        Monitor = "Monitor",
        Coach = "Coach",
        BargeIn = "BargeIn",
        CancelSupervisorMonitoring = "CancelSupervisorMonitoring",
    }
}

/// Operations of `/users/{id}/channels/{channel}`.
pub static USER_CHANNEL: &[Operation] = &[
    control("Ready", "Lets the agent take contacts of this channel."),
    control("NotReady", "Lets the agent take no contacts of this channel."),
    control("Offline", "Logs the agent out of this channel."),
    control("DoNotDisturbOn", "Switches do-not-disturb on; not for voice."),
    control("DoNotDisturbOff", "Switches do-not-disturb off; not for voice."),
    monitoring("Monitor", "Reads the agent's sessions, unseen by agent and customer.").takes(MONITORING),
    monitoring("Coach", "Joins the agent's sessions, read by the agent and unseen by the customer.")
        .takes(MONITORING),
    monitoring("BargeIn", "Joins the agent's sessions, read by everybody.").takes(MONITORING),
    monitoring(
        "CancelSupervisorMonitoring",
        "Joins no further sessions of the agent; those already joined go on until left.",
    )
    .or(&["CancelMonitoring", "StopMonitoring"]),
];

static MONITORING: &[Parameter] = &[
    Parameter::choice(
        "supervisorMonitoringMode",
        SupervisorSpan::SPELLINGS,
        "Which sessions: the next one, all until cancelled, or (ours) those that are running now, at once.",
    )
    .default("AllChats"),
    Parameter::name("nickname", "The name that agent and customer see; the user name by default."),
];

const fn control(name: &'static str, doc: &'static str) -> Operation {
    Operation::new(name, doc).needs(&[FeatureId::SupervisorAgentControl]).for_roles(&[Role::Supervisor])
}

const fn monitoring(name: &'static str, doc: &'static str) -> Operation {
    Operation::new(name, doc).needs(&[FeatureId::Multimedia]).for_roles(&[Role::Supervisor])
}
