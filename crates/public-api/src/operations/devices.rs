//! What users ask of their telephones.

use super::calls::{DESTINATION, DISPOSITION, LOCATION};
use crate::operation::{Kind, Operation, Parameter, Rule, limits};
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
        SetCallDisposition = "SetCallDisposition",
    }
}

words! {
    /// The operations of [`DEVICE_CALLS`].
    pub enum DeviceCallsOperation {
        Dial = "Dial",
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
        .takes(&[Parameter::new(
            "destination",
            PHONE_NUMBER,
            "The number to forward to: a plain string, unlike that of calls.",
        )
        .required()])
        .listed_as(Capability::ForwardCallsOn)
        .needs(VOICE),
    Operation::new("ForwardCallsOff", "Forwards calls no longer.")
        .listed_as(Capability::ForwardCallsOff)
        .needs(VOICE),
    monitoring("ListenIn", "Hears the calls of an agent, unheard.", Capability::ListenIn)
        .takes(MONITORING)
        .rules(MONITORING_RULES),
    monitoring("Coach", "Joins the calls of an agent, heard by the agent only.", Capability::Coach)
        .takes(MONITORING)
        .rules(MONITORING_RULES),
    monitoring("BargeIn", "Joins the calls of an agent, heard by everybody.", Capability::BargeIn)
        .takes(MONITORING)
        .rules(MONITORING_RULES),
    monitoring(
        "CancelSupervisorMonitoring",
        "Joins no further calls.",
        Capability::CancelSupervisorMonitoring,
    ),
    Operation::new(
        "SetCallDisposition",
        "Notes how a call went, during the call or after it. The same as at the call.",
    )
    .takes(DISPOSITION)
    .rules(&[Rule::AnyOf(&["callUri", "callUuid"])])
    .needs(VOICE),
];

/// Operations of `/me/devices/{id}/calls`.
pub static DEVICE_CALLS: &[Operation] = &[Operation::new(
    "Dial",
    "Calls somebody. The call is told of by a notification; the answer does not name it.",
)
.takes(&[
    DESTINATION.required(),
    LOCATION,
    Parameter::new("userData", Kind::CallData, "Data to attach."),
    Parameter::new("outboundCallerId", PHONE_NUMBER, "The number to show to whom is called."),
])
.needs(VOICE)];

static MONITORING: &[Parameter] = &[
    Parameter::target("targetDeviceUri", &[TargetKind::Device], "The device of the agent.")
        .or(&["targetDevicePath"]),
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
    Parameter::new(
        "phoneNumber",
        PHONE_NUMBER,
        "The monitored number: that of a device, or (ours) that of a queue, all of whose calls are joined. Beside a device, it has to be the number of that device.",
    ),
];
static MONITORING_RULES: &[Rule] = &[Rule::AnyOf(&["targetDeviceUri", "phoneNumber"])];

const PHONE_NUMBER: Kind = Kind::Text { max_bytes: limits::PHONE_NUMBER_BYTES };

static VOICE: &[FeatureId] = &[FeatureId::Voice];

const fn monitoring(name: &'static str, doc: &'static str, token: Capability) -> Operation {
    Operation::new(name, doc)
        .listed_as(token)
        .needs(&[FeatureId::Voice, FeatureId::SupervisorMonitoring])
        .for_roles(&[Role::Supervisor])
}
