//! Calls as users see them, and what users order in them.

use std::borrow::Cow;

use contact_center::audience::Mode;
use contact_center::calls::{
    CallAction, CallChange, CallKind, CallOrder, CallState, CallView, Destination, DeviceSwitch,
    RecordingOrder, RecordingState, StandingRequest, SupervisionScope,
};
use contact_center::{CallId, Command, DeviceId, UserId};
use public_api::notifications::{self, CallExtensions, CallStateChanged};
use public_api::operations::{CallOperation, DeviceOperation};
use public_api::resources::{
    self as wire, CallCapability, CallMonitoring, CallParticipant, CallType, Id, Link, MonitoringMode,
    MonitoringScope,
};
use public_api::{Arguments, Call, Problem, Target};

use super::{Place, refusals, sessions, words};

/// A call as its viewer's telephone has it.
pub fn call<'a>(view: &'a CallView, place: Place<'a>) -> wire::Call<'a> {
    let id = Id::print(&view.id);
    let parent = view.parent.map(|parent| Id::print(&parent));
    let waited_ms = place.now.0.saturating_sub(view.since.0);
    wire::Call {
        id,
        state: state(view.state),
        call_uuid: id,
        conn_id: Id::print(&format_args!("{:016x}", view.id.0 as u64)),
        device_uri: Link::new(place.base, "devices", Id::print(&view.device)).uri(),
        participants: view
            .participants
            .iter()
            .map(|party| CallParticipant::of_number(&party.phone_number))
            .collect(),
        ani: view.ani.as_deref().map(Cow::Borrowed),
        dnis: Cow::Borrowed(&view.dnis),
        call_type: call_type(view.kind),
        capabilities: view.capabilities.iter().copied().map(capability).collect(),
        user_data: sessions::user_data(&view.user_data),
        duration: u64::try_from(waited_ms).unwrap_or_default() / 1_000,
        mute: words::switch(view.muted || view.supervises == Some(Mode::Monitor)),
        recording_state: view.recording.map(recording_state),
        supervisor_listening_in: view.listened_in,
        monitored_user_muted: view.monitored_user_muted,
        // The supervisors of the original lack it.
        monitoring: view.supervises.is_none().then_some(false),
        supervisor_monitoring_state: view
            .supervises
            .map(|mode| CallMonitoring { state: words::monitoring_kind(mode) }),
        parent_call_uri: parent.map(|id| Link::new(place.base, "me/calls", id).uri()),
        uri: Link::new(place.base, "me/calls", id).uri(),
        path: Link::new(place.base, "calls", id).path(),
        parent_call_path: parent.map(|id| Link::new(place.base, "calls", id).path()),
    }
}

/// The news that a call changed.
pub fn changed<'n>(change: CallChange, view: &'n CallView, call: &'n wire::Call<'n>) -> CallStateChanged<'n> {
    use {CallChange as C, notifications::CallChange as Told};
    let (change, is_of_the_telephone) = match change {
        C::Status => (Told::StatusChange, true),
        C::Participants => (Told::ParticipantsUpdated, true),
        C::DigitsSent => (Told::DtmfSent, true),
        C::MonitoredUserMuted => (Told::MonitoredUserMutedStateChange, true),
        // As the original does, without what its telephone system adds.
        C::AttachedData => (Told::AttachedDataChanged, false),
        C::Recording => (Told::CallRecordingStateChange, false),
    };
    let extensions = CallExtensions {
        business_call: u8::from(matches!(view.kind, CallKind::Inbound | CallKind::Outbound)),
        wrap_up_time: view.wrap_up_seconds,
    };
    CallStateChanged {
        change,
        call,
        phone_number: Cow::Borrowed(&view.own_number),
        extensions: is_of_the_telephone.then_some(extensions),
        error_message: None,
    }
}

fn state(state: CallState) -> wire::CallState {
    match state {
        CallState::Dialing => wire::CallState::Dialing,
        CallState::Ringing => wire::CallState::Ringing,
        CallState::Established => wire::CallState::Established,
        CallState::Held => wire::CallState::Held,
        CallState::Released => wire::CallState::Released,
    }
}

fn call_type(kind: CallKind) -> CallType {
    match kind {
        CallKind::Internal => CallType::Internal,
        CallKind::Inbound => CallType::Inbound,
        CallKind::Outbound => CallType::Outbound,
        CallKind::Consult => CallType::Consult,
    }
}

fn recording_state(state: RecordingState) -> wire::RecordingState {
    match state {
        RecordingState::Stopped => wire::RecordingState::Stopped,
        RecordingState::Recording => wire::RecordingState::Recording,
        RecordingState::Paused => wire::RecordingState::Paused,
    }
}

/// The token that permits something in a call.
pub fn capability(action: CallAction) -> CallCapability {
    use {CallAction as A, CallCapability as C};
    match action {
        A::Answer => C::Answer,
        A::Reject => C::Reject,
        A::Hangup => C::Hangup,
        A::Hold => C::Hold,
        A::Retrieve => C::Retrieve,
        A::SendDtmf => C::SendDtmf,
        A::MuteCall => C::MuteCall,
        A::UnmuteCall => C::UnmuteCall,
        A::SwapCalls => C::SwapCalls,
        A::ClearCall => C::ClearCall,
        A::SingleStepTransfer => C::SingleStepTransfer,
        A::SingleStepConference => C::SingleStepConference,
        A::InitiateTransfer => C::InitiateTransfer,
        A::InitiateConference => C::InitiateConference,
        A::CompleteTransfer => C::CompleteTransfer,
        A::CompleteConference => C::CompleteConference,
        A::RemoveParticipantFromConference => C::RemoveParticipantFromConference,
        A::AttachUserData => C::AttachUserData,
        A::UpdateUserData => C::UpdateUserData,
        A::DeleteUserData => C::DeleteUserData,
        A::DeleteUserDataPair => C::DeleteUserDataPair,
        A::StartCallRecording => C::StartCallRecording,
        A::StopCallRecording => C::StopCallRecording,
        A::PauseCallRecording => C::PauseCallRecording,
        A::ResumeCallRecording => C::ResumeCallRecording,
        A::SwitchToListenIn => C::SwitchToListenIn,
        A::SwitchToCoach => C::SwitchToCoach,
        A::SwitchToBargeIn => C::SwitchToBargeIn,
        A::MuteMonitoredUser => C::MuteMonitoredUser,
        A::UnmuteMonitoredUser => C::UnmuteMonitoredUser,
    }
}

/// The order that an operation of a call is.
///
/// # Errors
/// A call that cannot exist; an operation that no call lists.
pub fn of_call(asked: &Call) -> Result<CallOrder, Problem> {
    use CallOperation as Op;
    Ok(match asked.operation_word::<Op>() {
        Op::Answer => CallOrder::Answer,
        Op::Reject => CallOrder::Reject,
        Op::Hangup => CallOrder::Hangup,
        Op::Hold => CallOrder::Hold,
        Op::Retrieve => CallOrder::Retrieve,
        Op::SendDtmf => CallOrder::SendDigits(asked.required_text("digits").to_owned()),
        Op::MuteCall => CallOrder::Mute,
        Op::UnmuteCall => CallOrder::Unmute,
        Op::SwapCalls => {
            let other = named_call(asked, "otherCallUri")?;
            CallOrder::Swap { other: other.ok_or_else(|| Problem::missing("otherCallUri"))? }
        }
        Op::ClearCall => CallOrder::Clear,
        Op::SingleStepTransfer => CallOrder::SingleStepTransfer(destination(asked)),
        Op::SingleStepConference => CallOrder::SingleStepConference(destination(asked)),
        Op::InitiateTransfer => CallOrder::InitiateTransfer(destination(asked)),
        Op::InitiateConference => CallOrder::InitiateConference(destination(asked)),
        Op::CompleteTransfer => CallOrder::CompleteTransfer { consult: named_call(asked, "consultCallUri")? },
        Op::CompleteConference => {
            CallOrder::CompleteConference { consult: named_call(asked, "consultCallUri")? }
        }
        Op::RemoveParticipantFromConference => {
            CallOrder::Remove { participant: asked.required_text("participant").to_owned() }
        }
        Op::AttachUserData => CallOrder::AttachData(data(asked)),
        Op::UpdateUserData => CallOrder::UpdateData(data(asked)),
        Op::DeleteUserData => CallOrder::DeleteData,
        Op::DeleteUserDataPair => CallOrder::DeleteDataPair(asked.required_text("key").to_owned()),
        Op::SetCallDisposition => disposition(asked),
        Op::StartCallRecording => CallOrder::Record(RecordingOrder::Start),
        Op::PauseCallRecording => CallOrder::Record(RecordingOrder::Pause),
        Op::ResumeCallRecording => CallOrder::Record(RecordingOrder::Resume),
        Op::StopCallRecording => CallOrder::Record(RecordingOrder::Stop),
        Op::SwitchToListenIn => CallOrder::SwitchTo(Mode::Monitor),
        Op::SwitchToCoach => CallOrder::SwitchTo(Mode::Coach),
        Op::SwitchToBargeIn => CallOrder::SwitchTo(Mode::BargeIn),
        Op::MuteMonitoredUser => CallOrder::MuteMonitoredUser,
        Op::UnmuteMonitoredUser => CallOrder::UnmuteMonitoredUser,
        // Nothing is offered as a preview.
        Op::Accept | Op::Decline => return Err(Problem::invalid_state(asked.operation.name)),
    })
}

/// What is asked of a telephone.
///
/// # Errors
/// A telephone or call that cannot exist.
pub fn of_device(asked: &Call, by: UserId, device: DeviceId) -> Result<Command, Problem> {
    use DeviceOperation as Op;
    let switch = |switch| Command::SwitchDevice { by, device, switch };
    Ok(match asked.operation_word::<Op>() {
        Op::DoNotDisturbOn => switch(DeviceSwitch::DoNotDisturbOn),
        Op::DoNotDisturbOff => switch(DeviceSwitch::DoNotDisturbOff),
        Op::ForwardCallsOn => {
            switch(DeviceSwitch::ForwardCallsOn(asked.required_text("destination").to_owned()))
        }
        Op::ForwardCallsOff => switch(DeviceSwitch::ForwardCallsOff),
        Op::ListenIn => supervision(asked, by, device, Mode::Monitor)?,
        Op::Coach => supervision(asked, by, device, Mode::Coach)?,
        Op::BargeIn => supervision(asked, by, device, Mode::BargeIn)?,
        Op::CancelSupervisorMonitoring => Command::CancelSupervision { by, device },
        Op::SetCallDisposition => {
            let named = match named_call(asked, "callUri")? {
                Some(call) => Some(call),
                None => asked.text("callUuid").and_then(|id| id.parse().ok()),
            };
            let call = named.ok_or_else(|| refusals::unknown_target("'callUri' or 'callUuid'"))?;
            Command::Call { by, call, order: disposition(asked) }
        }
    })
}

fn supervision(asked: &Call, by: UserId, device: DeviceId, mode: Mode) -> Result<Command, Problem> {
    let target = asked.target("targetDeviceUri").map(Target::id).map(str::parse).transpose();
    let target = target.map_err(|_| refusals::unknown_target(SUPERVISED))?;
    let request = StandingRequest {
        mode,
        target,
        phone_number: asked.text("phoneNumber").map(str::to_owned),
        once: asked.word("supervisorMonitoringMode") == Some(MonitoringMode::NextCall),
        scope: match asked.word("supervisorMonitoringScope") {
            Some(MonitoringScope::Agent) => SupervisionScope::Agent,
            _ => SupervisionScope::Call,
        },
    };
    Ok(Command::Supervise { by, device, request })
}

/// Calls somebody.
pub fn dial(asked: &Call, by: UserId, device: DeviceId) -> Command {
    let caller_id = asked.text("outboundCallerId").map(str::to_owned);
    Command::Dial { by, device, to: destination(asked), caller_id }
}

fn destination(asked: &Call) -> Destination {
    let number = asked.object("destination").map(|to| to.required_text("phoneNumber").to_owned());
    Destination { phone_number: number.unwrap_or_default(), user_data: data(asked) }
}

fn disposition(asked: &Call) -> CallOrder {
    CallOrder::SetDisposition {
        disposition: asked.required_text("disposition").to_owned(),
        key: asked.text("dispositionKey").map(str::to_owned),
        user_data: data(asked),
    }
}

fn data(asked: &Arguments) -> contact_center::contact::UserData {
    asked.user_data("userData").map(sessions::given_data).unwrap_or_default()
}

fn named_call(asked: &Call, parameter: &'static str) -> Result<Option<CallId>, Problem> {
    let parsed = asked.target(parameter).map(Target::id).map(str::parse).transpose();
    parsed.map_err(|_| refusals::unknown_target(&format!("'{parameter}'")))
}

/// The parameters that name whom a supervisor wants to join.
pub const SUPERVISED: &str = "'targetDeviceUri' or 'phoneNumber'";
