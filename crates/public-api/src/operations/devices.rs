//! What users ask of their telephones.

use crate::operation::{Operation, Parameter};
use crate::resources::{Capability, FeatureId, MonitoringMode, MonitoringScope, Role};
use crate::target::TargetKind;
use crate::word::{Word, words};

words! {
    /// The operations of [`DEVICE`].
    pub enum DeviceOperation {
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

/// Operations of `/me/devices/{id}`.
pub static DEVICE: &[Operation] = &[
    Operation::new("DoNotDisturbOn", "Lets no call through.")
        .listed_as(Capability::DoNotDisturbOn)
        .needs(VOICE),
    Operation::new("DoNotDisturbOff", "Lets calls through again.")
        .listed_as(Capability::DoNotDisturbOff)
        .needs(VOICE),
    Operation::new("ForwardCallsOn", "Forwards calls.")
        .takes(&[Parameter::name("destination", "The number to forward to, as a plain string.").required()])
        .listed_as(Capability::ForwardCallsOn)
        .needs(VOICE),
    Operation::new("ForwardCallsOff", "Forwards calls no longer.")
        .listed_as(Capability::ForwardCallsOff)
        .needs(VOICE),
    monitoring("ListenIn", "Hears the calls of an agent, unheard.", Capability::ListenIn).takes(MONITORING),
    monitoring("Coach", "Joins the calls of an agent, heard by the agent only.", Capability::Coach)
        .takes(MONITORING),
    monitoring("BargeIn", "Joins the calls of an agent, heard by everybody.", Capability::BargeIn)
        .takes(MONITORING),
    monitoring(
        "CancelSupervisorMonitoring",
        "Joins no further calls.",
        Capability::CancelSupervisorMonitoring,
    ),
];

static MONITORING: &[Parameter] = &[
    Parameter::target("targetDeviceUri", &[TargetKind::Device], "The device of the agent.")
        .or(&["targetDevicePath"])
        .required(),
    Parameter::choice(
        "supervisorMonitoringScope",
        MonitoringScope::SPELLINGS,
        "Whether to follow the agent or the call.",
    )
    .default("Call"),
    Parameter::choice(
        "supervisorMonitoringMode",
        MonitoringMode::SPELLINGS,
        "Whether to join the next call, or all until cancelled.",
    )
    .default("AllCalls"),
    Parameter::name("phoneNumber", "The monitored number."),
];

static VOICE: &[FeatureId] = &[FeatureId::Voice];

const fn monitoring(name: &'static str, doc: &'static str, token: Capability) -> Operation {
    Operation::new(name, doc)
        .listed_as(token)
        .needs(&[FeatureId::Voice, FeatureId::SupervisorMonitoring])
        .for_roles(&[Role::Supervisor])
}
