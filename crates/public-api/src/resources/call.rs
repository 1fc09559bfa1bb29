//! Calls, as each user's own telephone has them.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{Country, Id, MonitoringKind, Path, Switch, Uri};
use crate::user_data::UserData;
use crate::word::words;

words! {
    /// How far a call is on the user's own telephone.
    pub enum CallState {
        Dialing = "Dialing",
        Ringing = "Ringing",
        Established = "Established",
        Held = "Held",
        Released = "Released",
    }
}

words! {
    /// Where a call comes from or goes to.
    pub enum CallType {
        Internal = "Internal",
        Inbound = "Inbound",
        Outbound = "Outbound",
        Consult = "Consult",
        Unknown = "Unknown",
    }
}

words! {
    /// Whether a call is recorded.
    pub enum RecordingState {
        Stopped = "Stopped",
        Recording = "Recording",
        Paused = "Paused",
    }
}

words! {
    /// One entry of a call's `capabilities`, spelled as the operation that it permits.
    ///
    /// `SwitchToCoach` is ours.
    pub enum CallCapability {
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
        StartCallRecording = "StartCallRecording",
        PauseCallRecording = "PauseCallRecording",
        ResumeCallRecording = "ResumeCallRecording",
        StopCallRecording = "StopCallRecording",
        SwitchToListenIn = "SwitchToListenIn",
        SwitchToCoach = "SwitchToCoach",
        SwitchToBargeIn = "SwitchToBargeIn",
        MuteMonitoredUser = "MuteMonitoredUser",
        UnmuteMonitoredUser = "UnmuteMonitoredUser",
    }
}

/// A call as one user's telephone has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call<'a> {
    /// The same as `callUuid`.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// How far it is on this telephone.
    pub state: CallState,
    /// The same for everybody in the call.
    #[schema(value_type = String)]
    pub call_uuid: Id<'a>,
    /// 16 lower-case hexadecimal digits.
    #[schema(value_type = String)]
    pub conn_id: Id<'a>,
    /// The user's own telephone.
    #[schema(value_type = String)]
    pub device_uri: Uri<'a>,
    /// The others whom the user may know of; never the user.
    #[schema(value_type = Vec<CallParticipant>)]
    pub participants: Vec<CallParticipant<'a>>,
    /// The caller's number; absent for internal calls and hidden numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub ani: Option<Cow<'a, str>>,
    /// The number that was dialled.
    #[schema(value_type = String)]
    pub dnis: Cow<'a, str>,
    /// Where it comes from or goes to.
    pub call_type: CallType,
    /// What the user may do now; order carries no meaning.
    pub capabilities: Vec<CallCapability>,
    /// Attached data; absent when there is none.
    #[serde(skip_serializing_if = "UserData::is_empty")]
    #[schema(value_type = Option<UserData>, nullable = false)]
    pub user_data: UserData<'a>,
    /// Whole seconds since it came or was dialled, as a string.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    pub duration: u64,
    /// Whether the user's own microphone is off.
    pub mute: Switch,
    /// Whether it is recorded; absent where recording is not possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub recording_state: Option<RecordingState>,
    /// Whether a supervisor listens whom nobody hears.
    pub supervisor_listening_in: bool,
    /// Supervisors only: whether they have muted the agent.
    pub monitored_user_muted: bool,
    /// `false`; absent for supervisors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub monitoring: Option<bool>,
    /// Supervisors only: how they take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub supervisor_monitoring_state: Option<CallMonitoring>,
    /// Consultations only: the call that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub parent_call_uri: Option<Uri<'a>>,
    /// The absolute link, below `/me`.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link, without `/me`.
    #[schema(value_type = String)]
    pub path: Path<'a>,
    /// Consultations only: the call that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub parent_call_path: Option<Path<'a>>,
}

/// How a supervisor takes part in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallMonitoring {
    /// The mode.
    pub state: MonitoringKind,
}

/// Somebody else in a call, by number.
///
/// The original adds the place and the country of numbers that it recognizes. Only countries that have a
/// calling code to themselves are told here, and no places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallParticipant<'a> {
    /// The number in E.164 form; empty for others.
    #[schema(value_type = String)]
    pub e164_number: Cow<'a, str>,
    /// The number for people.
    #[schema(value_type = String)]
    pub formatted_phone_number: Cow<'a, str>,
    /// The country of a number in E.164 form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Country>, nullable = false)]
    pub country: Option<Country<'a>>,
    /// The number.
    #[schema(value_type = String)]
    pub phone_number: Cow<'a, str>,
    /// Its digits.
    #[schema(value_type = String)]
    pub digits: Cow<'a, str>,
}

impl<'a> CallParticipant<'a> {
    /// Whoever has this number.
    #[must_use]
    pub fn of_number(number: &'a str) -> Self {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let digits = match number.strip_prefix('+') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Cow::Borrowed(digits),
            _ if is_plain => Cow::Borrowed(number),
            _ => number.chars().filter(char::is_ascii_digit).collect(),
        };
        let e164 = Some(number).filter(|number| is_e164(number));
        Self {
            e164_number: Cow::Borrowed(e164.unwrap_or_default()),
            formatted_phone_number: Cow::Borrowed(number),
            country: e164.and_then(|number| super::country::of(number.trim_start_matches('+'))),
            phone_number: Cow::Borrowed(number),
            digits,
        }
    }
}

/// A plus, a digit that is not 0, and up to 15 digits in all.
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (MIN_E164_DIGITS..=MAX_E164_DIGITS).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Fewer digits are a service's short code.
const MIN_E164_DIGITS: usize = 7;
/// ITU-T E.164, 6.1.
const MAX_E164_DIGITS: usize = 15;

fn as_text<S: Serializer>(seconds: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::operations::CALL;

    fn check(number: &str, participant: &Value) {
        assert_eq!(json!(CallParticipant::of_number(number)), *participant);
    }

    #[test]
    fn an_internal_number_is_all_digits_and_of_no_country() {
        check(
            "7101",
            &json!({"e164Number": "", "formattedPhoneNumber": "7101", "phoneNumber": "7101", "digits": "7101"}),
        );
    }

    #[test]
    fn a_number_with_the_code_of_one_country_tells_it() {
        check(
            "+442079460123",
            &json!({
                "e164Number": "+442079460123",
                "formattedPhoneNumber": "+442079460123",
                "country": {"name": "United Kingdom", "code": "GB", "callingCode": "44"},
                "phoneNumber": "+442079460123",
                "digits": "442079460123"
            }),
        );
    }

    #[test]
    fn a_code_that_countries_share_tells_none() {
        let participant = CallParticipant::of_number("+15550100123");
        assert_eq!((participant.country, &*participant.e164_number), (None, "+15550100123"));
    }

    #[test]
    fn what_is_hardly_a_number_loses_nothing_but_its_e164_form() {
        for (number, digits) in
            [("anonymous", ""), ("+12", "12"), ("020 79-46", "0207946"), ("+0123456789", "0123456789")]
        {
            let participant = CallParticipant::of_number(number);
            assert_eq!((&*participant.phone_number, &*participant.digits), (number, digits));
            assert_eq!(participant.e164_number, "");
        }
    }

    #[test]
    fn a_call_lists_operations_that_exist() {
        for token in CallCapability::ALL {
            assert!(CALL.iter().any(|operation| operation.name == token.as_str()), "{token}");
        }
    }
}
