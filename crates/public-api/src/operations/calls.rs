//! What users ask of a call that they are in.
//!
//! Each of these is possible while the call's `capabilities` list its name; a disposition can be set always,
//! also after the call.

use crate::operation::{Kind, Operation, Parameter, limits};
use crate::resources::{FeatureId, Role};
use crate::target::TargetKind;
use crate::word::words;

words! {
    /// The operations of [`CALL`].
    pub enum CallOperation {
        Answer = "Answer",
        Reject = "Reject",
        Hangup = "Hangup",
        Hold = "Hold",
        Retrieve = "Retrieve",
        SendDtmf = "SendDtmf",
        MuteCall = "MuteCall",
        UnmuteCall = "UnmuteCall",
        SwapCalls = "SwapCalls",
        ClearCall = "ClearCall",
        SingleStepTransfer = "SingleStepTransfer",
        SingleStepConference = "SingleStepConference",
        InitiateTransfer = "InitiateTransfer",
        InitiateConference = "InitiateConference",
        CompleteTransfer = "CompleteTransfer",
        CompleteConference = "CompleteConference",
        RemoveParticipantFromConference = "RemoveParticipantFromConference",
        AttachUserData = "AttachUserData",
        UpdateUserData = "UpdateUserData",
        DeleteUserData = "DeleteUserData",
        DeleteUserDataPair = "DeleteUserDataPair",
        SetCallDisposition = "SetCallDisposition",
        StartCallRecording = "StartCallRecording",
        PauseCallRecording = "PauseCallRecording",
        ResumeCallRecording = "ResumeCallRecording",
        StopCallRecording = "StopCallRecording",
        SwitchToListenIn = "SwitchToListenIn",
        SwitchToCoach = "SwitchToCoach",
        SwitchToBargeIn = "SwitchToBargeIn",
        MuteMonitoredUser = "MuteMonitoredUser",
        UnmuteMonitoredUser = "UnmuteMonitoredUser",
        Accept = "Accept",
        Decline = "Decline",
    }
}

words! {
    /// The operations of [`SWITCH`].
    pub enum SwitchOperation {
        SendUserEvent = "SendUserEvent",
    }
}

/// Operations of `/me/calls/{id}`.
pub static CALL: &[Operation] = &[
    call("Answer", "Takes the call."),
    call("Reject", "Declines a call that a queue delivers; it is delivered to somebody else."),
    call("Hangup", "Leaves the call; of two parties, ends it."),
    call("Hold", "Puts the call on hold."),
    call("Retrieve", "Takes the call off hold."),
    call("SendDtmf", "Sends keys of a telephone.").takes(&[Parameter::new(
        "digits",
        Kind::Keys { max: limits::KEYS },
        "The keys: `0` to `9`, `*`, `#`, `A` to `D`.",
    )
    .required()]),
    call("MuteCall", "Switches the caller's own microphone off."),
    call("UnmuteCall", "Switches the caller's own microphone on."),
    call("SwapCalls", "Holds this call and retrieves the other one, or the other way round.")
        .takes(&[OTHER_CALL.required()]),
    call("ClearCall", "Ends the call for everybody."),
    call("SingleStepTransfer", "Hands the call on and leaves it.").takes(CALLING),
    call("SingleStepConference", "Calls somebody into the call.").takes(CALLING),
    call("InitiateTransfer", "Holds the call and consults somebody who may take it.").takes(CALLING),
    call("InitiateConference", "Holds the call and consults somebody who may join it.").takes(CALLING),
    call("CompleteTransfer", "Hands the call to whom the caller consults, and leaves it.")
        .takes(&[CONSULTATION]),
    call("CompleteConference", "Brings whom the caller consults into the call.").takes(&[CONSULTATION]),
    call("RemoveParticipantFromConference", "Takes somebody out of the call.").takes(&[Parameter::new(
        "participant",
        PHONE_NUMBER,
        "The number, as `participants` tell it.",
    )
    .required()]),
    call("AttachUserData", "Attaches data; of a key that is there already, the new value is kept.")
        .takes(&[USER_DATA.required()]),
    call("UpdateUserData", "Adds or replaces attached data.").takes(&[USER_DATA.required()]),
    call("DeleteUserData", "Removes all attached data."),
    call("DeleteUserDataPair", "Removes one key of the attached data; an unknown one is no error.")
        .takes(&[Parameter::new("key", Kind::Text { max_bytes: limits::USER_DATA_KEY_BYTES }, "The key.")
            .required()]),
    call("SetCallDisposition", "Notes how the call went, during the call or after it.").takes(DISPOSITION),
    recording("StartCallRecording", "Begins to record."),
    recording("PauseCallRecording", "Records nothing until resumed."),
    recording("ResumeCallRecording", "Records again."),
    recording("StopCallRecording", "Ends the recording."),
    monitoring("SwitchToListenIn", "From coaching or barging in to hearing, unheard."),
    monitoring("SwitchToCoach", "From listening in or barging in to being heard by the agent only.").ours(),
    monitoring("SwitchToBargeIn", "From listening in or coaching to being heard by everybody."),
    monitoring("MuteMonitoredUser", "Silences the agent."),
    monitoring("UnmuteMonitoredUser", "Lets the agent speak again."),
    call("Accept", "Takes a preview of a call; this server offers none."),
    call("Decline", "Declines a preview of a call; this server offers none."),
];

/// Operations of `/internal-api/operations`, which a desktop asks for when it starts.
pub static SWITCH: &[Operation] = &[Operation::new("SendUserEvent", "Accepted without effect.").takes(&[
    Parameter::target("deviceId", &[TargetKind::Device], "The device."),
    Parameter::new("userData", Kind::CallData, "The data."),
])];

/// What a disposition is set with, at a call and at a device.
pub(super) static DISPOSITION: &[Parameter] = &[
    Parameter::target("callUri", &[TargetKind::Call], "The call.").or(&["callPath"]),
    Parameter::name("callUuid", "The call, also when it is over."),
    Parameter::name("disposition", "The disposition code.").required(),
    Parameter::name("dispositionKey", "The key in the attached data; the configured one by default."),
    Parameter::new("userData", Kind::CallData, "More data to attach."),
];

/// Whom to call.
pub(super) const DESTINATION: Parameter =
    Parameter::new("destination", Kind::Object(DESTINATION_FIELDS), "Whom to call.");
/// The switch to call by, of which there is one.
pub(super) const LOCATION: Parameter = Parameter::name("location", "Accepted without effect.");

static DESTINATION_FIELDS: &[Parameter] =
    &[Parameter::new("phoneNumber", PHONE_NUMBER, "The number.").required()];

static CALLING: &[Parameter] = &[DESTINATION.required(), LOCATION, USER_DATA];

const PHONE_NUMBER: Kind = Kind::Text { max_bytes: limits::PHONE_NUMBER_BYTES };
const USER_DATA: Parameter = Parameter::new("userData", Kind::CallData, "The data.");
const OTHER_CALL: Parameter =
    Parameter::target("otherCallUri", &[TargetKind::Call], "The other call.").or(&["otherCallPath"]);
const CONSULTATION: Parameter = Parameter::target(
    "consultCallUri",
    &[TargetKind::Call],
    "The consultation; the only one by default, or the call itself if it is one.",
)
.or(&["consultCallPath"]);

const fn call(name: &'static str, doc: &'static str) -> Operation {
    Operation::new(name, doc).needs(&[FeatureId::Voice])
}

const fn recording(name: &'static str, doc: &'static str) -> Operation {
    Operation::new(name, doc).needs(&[FeatureId::Voice, FeatureId::VoiceRecording])
}

const fn monitoring(name: &'static str, doc: &'static str) -> Operation {
    Operation::new(name, doc)
        .needs(&[FeatureId::Voice, FeatureId::SupervisorMonitoring])
        .for_roles(&[Role::Supervisor])
}
