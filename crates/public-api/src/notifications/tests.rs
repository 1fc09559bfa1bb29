use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;
use crate::dialect::{CHAT, Dialect, SMS};
use crate::resources::{
    Call, CallCapability, CallMonitoring, CallParticipant, CallState, CallType, Capability, ChatType,
    Delivery, DeliveryState, Device, DeviceState, Interaction, Link, Message, MessageDelivery, MessageType,
    MonitoringKind, MonitoringMode, MonitoringScope, MonitoringState, Participant, ParticipantType, Said,
    SessionState, Switch, TelephonyNetwork, Visibility, WireTime,
};

const BASE: &str = "http://10.10.15.212:9090/api/v2";
const SESSION_ID: &str = "0001Da9PFC93000S";
/// The capabilities of a supervisor after a switch to coaching, in the order of the published samples.
const COACHING: &[Capability] = &[
    Capability::Leave,
    Capability::SetInFocus,
    Capability::SetDisposition,
    Capability::AttachUserData,
    Capability::DeleteUserData,
    Capability::UpdateUserData,
    Capability::Transfer,
    Capability::Invite,
    Capability::Consult,
    Capability::SendToAgents,
    Capability::SendStartTypingToAgentsNotification,
    Capability::SendStopTypingToAgentsNotification,
    Capability::SendMessage,
    Capability::SendStartTypingNotification,
    Capability::SendStopTypingNotification,
    Capability::SwitchToMonitor,
    Capability::SwitchBargeIn,
];

/// Every member of the sample is in the event with the same value; what we add is named.
fn check(notification: &Notification<'_>, topic: &str, sample: &Value, added: &[&str]) {
    let event: Value = serde_json::from_slice(&notification.to_event()).unwrap();
    assert_eq!(event["channel"], json!(topic));
    assert_eq!(event.as_object().unwrap().len(), 2);
    let mut extra = Vec::new();
    compare(&event["data"], sample, &mut extra);
    extra.sort();
    extra.dedup();
    assert_eq!(extra, added);
}

fn compare(ours: &Value, sample: &Value, extra: &mut Vec<String>) {
    match (ours, sample) {
        (Value::Object(ours), Value::Object(sample)) => {
            for (name, value) in sample {
                compare(ours.get(name).unwrap_or_else(|| panic!("{name} is missing")), value, extra);
            }
            extra.extend(ours.keys().filter(|name| !sample.contains_key(*name)).cloned());
        }
        (Value::Array(ours), Value::Array(sample)) => {
            assert_eq!(ours.len(), sample.len());
            ours.iter().zip(sample).for_each(|(ours, sample)| compare(ours, sample, extra));
        }
        _ => assert_eq!(ours, sample),
    }
}

fn participant(
    nickname: &'static str,
    user: Option<&'static str>,
    visibility: Visibility,
    id: &'static str,
) -> Participant<'static> {
    let link = user.map(|user| Link::new(BASE, "users", user));
    Participant {
        nickname: nickname.into(),
        r#type: if user.is_some() { ParticipantType::Agent } else { ParticipantType::Customer },
        uri: link.map(Link::uri),
        path: link.map(Link::path),
        visibility,
        participant_id: id.into(),
        id: id.into(),
    }
}

fn supervisor() -> Participant<'static> {
    let user = Some("991a4bece8dd4184a93e98ad429694f6");
    participant("test_supervisor", user, Visibility::Agents, "00AF5367D3D0000B")
}

fn coached_session(dialect: &'static Dialect) -> Interaction<'static> {
    let link = Link::new(BASE, dialect.collection, SESSION_ID);
    let agent = Some("90cc5439ff6848748e5e67811273f266");
    Interaction {
        id: SESSION_ID.into(),
        uri: link.uri(),
        path: link.path(),
        state: SessionState::Chatting,
        chat_type: ChatType::Inbound,
        capabilities: COACHING.into(),
        participants: vec![
            participant("test_agent", agent, Visibility::All, "00AF5367D3D0000A"),
            supervisor(),
            participant("test_clientL", None, Visibility::All, "00AF5367D3AD0008"),
        ],
        user_data: None,
        received_date: WireTime(1_399_313_325_000),
        perception: None,
    }
}

fn rejoined() -> Message<'static> {
    Message {
        index: 4,
        r#type: MessageType::ParticipantRejoined,
        from: supervisor(),
        visibility: Visibility::All,
        timestamp: WireTime(1_399_313_371_000),
        timestamp_seconds: 1_399_313_371_000,
        said: Said::default(),
        message_type: None,
        delivery: None,
    }
}

/// The published sample, with its dates as they were before their space was lost, and in UTC.
fn sample_of_session(collection: &str) -> Value {
    json!({
        "receivedDate": "2014-05-05 18:08:45.000+0000",
        "chatType": "Inbound",
        "capabilities": [
            "Leave", "SetInFocus", "SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData",
            "Transfer", "Invite", "Consult", "SendToAgents", "SendStartTypingToAgentsNotification",
            "SendStopTypingToAgentsNotification", "SendMessage", "SendStartTypingNotification",
            "SendStopTypingNotification", "SwitchToMonitor", "SwitchBargeIn"
        ],
        "uri": format!("http://10.10.15.212:9090/api/v2/{collection}/0001Da9PFC93000S"),
        "state": "Chatting",
        "participants": [
            {
                "nickname": "test_agent",
                "type": "Agent",
                "uri": "http://10.10.15.212:9090/api/v2/users/90cc5439ff6848748e5e67811273f266",
                "visibility": "All",
                "participantId": "00AF5367D3D0000A"
            },
            sample_of_supervisor(),
            {
                "nickname": "test_clientL",
                "type": "Customer",
                "participantId": "00AF5367D3AD0008",
                "visibility": "All"
            }
        ],
        "id": "0001Da9PFC93000S"
    })
}

fn sample_of_supervisor() -> Value {
    json!({
        "nickname": "test_supervisor",
        "type": "Agent",
        "uri": "http://10.10.15.212:9090/api/v2/users/991a4bece8dd4184a93e98ad429694f6",
        "visibility": "Agents",
        "participantId": "00AF5367D3D0000B"
    })
}

fn sample_of_messages() -> Value {
    json!([{
        "index": 4,
        "from": sample_of_supervisor(),
        "timestamp": "2014-05-05 18:09:31.000+0000",
        "visibility": "All",
        "type": "ParticipantRejoined",
        "timestampSeconds": 1_399_313_371_000_i64
    }])
}

#[test]
fn a_switch_to_coaching_a_chat_is_told_as_published() {
    check_switch_to_coach(
        &CHAT,
        "/v2/me/chats",
        &json!({
            "chat": sample_of_session("chats"),
            "notificationType": "ParticipantsUpdated",
            "messageType": "ChatStateChangeMessage"
        }),
        &json!({
            "messages": sample_of_messages(),
            "notificationType": "NewMessages",
            "messageType": "MessageLogUpdated",
            "chatUri": "http://10.10.15.212:9090/api/v2/chats/0001Da9PFC93000S"
        }),
    );
}

#[test]
fn a_switch_to_coaching_an_sms_session_is_told_as_published() {
    check_switch_to_coach(
        &SMS,
        "/v2/me/smssessions",
        &json!({
            "smssession": sample_of_session("smssessions"),
            "notificationType": "ParticipantsUpdated",
            "messageType": "SMSsessionStateChangeMessage"
        }),
        &json!({
            "messages": sample_of_messages(),
            "notificationType": "NewMessages",
            "messageType": "MessageLogUpdated",
            "smssessionUri": "http://10.10.15.212:9090/api/v2/smssessions/0001Da9PFC93000S"
        }),
    );
}

fn check_switch_to_coach(dialect: &'static Dialect, topic: &str, updated: &Value, logged: &Value) {
    let session = coached_session(dialect);
    let news = SessionChanged {
        dialect,
        change: SessionChange::ParticipantsUpdated,
        session: &session,
        reference_id: None,
    };
    check(&Notification::SessionChanged(news), topic, updated, &["id", "path"]);
    let messages = [rejoined()];
    let link = Link::new(BASE, dialect.collection, SESSION_ID);
    let news = MessagesLogged { dialect, session: link, messages: &messages };
    let mut added = [dialect.path_key, "id", "path"];
    added.sort_unstable();
    check(&Notification::MessagesLogged(news), topic, logged, &added);
}

#[test]
fn coaching_a_telephone_is_told_as_published() {
    let base = "http://127.0.0.1:8080/api/v2";
    let target = Link::new(base, "devices", "9c14cad7-17c4-48d0-8492-7cf0ff92c224");
    let capabilities = [
        Capability::ForwardCallsOn,
        Capability::DoNotDisturbOff,
        Capability::ListenIn,
        Capability::Coach,
        Capability::BargeIn,
        Capability::CancelSupervisorMonitoring,
    ];
    let environment = Link::new(base, "voice-environments", "370ef5e6-9e3c-4d91-9588-7f4dfe67e011");
    let device = Device {
        id: "efe1ab32-53f9-43ce-b65e-5768c61f7d4a".into(),
        device_state: DeviceState::Active,
        user_state: Some(crate::resources::BUILT_IN_STATES[1].user_state()),
        phone_number: "5005".into(),
        description: "".into(),
        e164_number: "5005".into(),
        telephony_network: TelephonyNetwork::Private,
        do_not_disturb: Switch::On,
        forward_to: None,
        r#type: None,
        country: None,
        voice_environment_uri: environment.uri().to_string().into(),
        capabilities: Cow::Borrowed(&capabilities),
        channels: Cow::Borrowed(&["voice"]),
        dynamic_phone_number: "".into(),
        supervisor_monitoring_state: Some(MonitoringState {
            state: MonitoringKind::Coach,
            mode: MonitoringMode::AllCalls,
            scope: MonitoringScope::Call,
            target_device_uri: target.uri(),
        }),
        sip: None,
        uri: None,
        path: None,
    };
    let devices = [device];
    let sample = json!({
        "messageType": "DeviceStateChangeMessage",
        "devices": [{
            "id": "efe1ab32-53f9-43ce-b65e-5768c61f7d4a",
            "deviceState": "Active",
            "userState": {
                "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
                "displayName": "Not Ready",
                "state": "NotReady"
            },
            "phoneNumber": "5005",
            "e164Number": "5005",
            "telephonyNetwork": "Private",
            "doNotDisturb": "On",
            "voiceEnvironmentUri":
                "http://127.0.0.1:8080/api/v2/voice-environments/370ef5e6-9e3c-4d91-9588-7f4dfe67e011",
            "capabilities": [
                "ForwardCallsOn", "DoNotDisturbOff", "ListenIn", "Coach", "BargeIn",
                "CancelSupervisorMonitoring"
            ],
            "supervisorMonitoringState": {
                "state": "Coach",
                "mode": "AllCalls",
                "scope": "Call",
                "targetDeviceUri": "http://127.0.0.1:8080/api/v2/devices/9c14cad7-17c4-48d0-8492-7cf0ff92c224"
            }
        }]
    });
    let news = Notification::DeviceStatesChanged(DeviceStatesChanged { devices: &devices });
    check(&news, "/v2/me/devices", &sample, &["channels", "description", "dynamicPhoneNumber"]);
}

/// The call that a supervisor listens in on.
fn listened_to<'a>(base: &'a str, capabilities: Vec<CallCapability>) -> Call<'a> {
    let id = "0QH4T7V1C9E2P8K3S5W6AB0000000042";
    Call {
        id: id.into(),
        state: CallState::Established,
        call_uuid: id.into(),
        conn_id: "00b402c19e7d5a31".into(),
        device_uri: Link::new(base, "devices", "5d0c6a1e-2f47-4c0b-8b21-91a7e3c4f0d2").uri(),
        participants: vec![CallParticipant::of_number("7101"), CallParticipant::of_number("7115")],
        ani: None,
        dnis: "7101".into(),
        call_type: CallType::Internal,
        capabilities,
        user_data: crate::UserData::default(),
        duration: 61,
        mute: Switch::On,
        recording_state: None,
        supervisor_listening_in: false,
        monitored_user_muted: false,
        monitoring: None,
        supervisor_monitoring_state: Some(CallMonitoring { state: MonitoringKind::ListenIn }),
        parent_call_uri: None,
        uri: Link::new(base, "me/calls", id).uri(),
        path: Link::new(base, "calls", id).path(),
        parent_call_path: None,
    }
}

#[test]
fn the_call_of_a_supervisor_who_listens_in_is_told_with_its_members_in_order() {
    let call = listened_to(
        "http://gws.example.test:8090/api/v2",
        vec![
            CallCapability::Hangup,
            CallCapability::RemoveParticipantFromConference,
            CallCapability::SwitchToBargeIn,
        ],
    );
    let event = String::from_utf8(
        Notification::CallStateChanged(CallStateChanged {
            change: CallChange::StatusChange,
            call: &call,
            phone_number: "7109".into(),
            extensions: Some(CallExtensions { business_call: 0, wrap_up_time: 0 }),
            error_message: None,
        })
        .to_event(),
    )
    .unwrap();
    assert_eq!(
        event,
        concat!(
            r#"{"channel":"/v2/me/calls","data":{"notificationType":"StatusChange","call":{"#,
            r#""id":"0QH4T7V1C9E2P8K3S5W6AB0000000042","state":"Established","#,
            r#""callUuid":"0QH4T7V1C9E2P8K3S5W6AB0000000042","connId":"00b402c19e7d5a31","#,
            r#""deviceUri":"http://gws.example.test:8090/api/v2/devices/5d0c6a1e-2f47-4c0b-8b21-91a7e3c4f0d2","#,
            r#""participants":[{"e164Number":"","formattedPhoneNumber":"7101","phoneNumber":"7101","digits":"7101"},"#,
            r#"{"e164Number":"","formattedPhoneNumber":"7115","phoneNumber":"7115","digits":"7115"}],"#,
            r#""dnis":"7101","callType":"Internal","#,
            r#""capabilities":["Hangup","RemoveParticipantFromConference","SwitchToBargeIn"],"#,
            r#""duration":"61","mute":"On","supervisorListeningIn":false,"monitoredUserMuted":false,"#,
            r#""supervisorMonitoringState":{"state":"ListenIn"},"#,
            r#""uri":"http://gws.example.test:8090/api/v2/me/calls/0QH4T7V1C9E2P8K3S5W6AB0000000042","#,
            r#""path":"/calls/0QH4T7V1C9E2P8K3S5W6AB0000000042"},"phoneNumber":"7109","#,
            r#""extensions":{"BusinessCall":0,"WrapUpTime":0},"messageType":"CallStateChangeMessage"}}"#,
        )
    );
}

#[test]
fn a_consultation_names_the_call_it_is_about_and_data_only_if_there_is_some() {
    let (base, parent) = ("http://h/api/v2", "0QH4");
    let call = Call {
        call_type: CallType::Consult,
        user_data: [("Segment", crate::UserDataValue::Text("gold".into()))].into_iter().collect(),
        recording_state: Some(crate::resources::RecordingState::Stopped),
        monitoring: Some(false),
        parent_call_uri: Some(Link::new(base, "me/calls", parent).uri()),
        parent_call_path: Some(Link::new(base, "calls", parent).path()),
        ..listened_to(base, Vec::new())
    };
    let told = json!(call);
    assert_eq!(told["parentCallUri"], "http://h/api/v2/me/calls/0QH4");
    assert_eq!(told["parentCallPath"], "/calls/0QH4");
    assert_eq!(told["userData"], json!({"Segment": "gold"}));
    assert_eq!((&told["recordingState"], &told["monitoring"]), (&json!("Stopped"), &json!(false)));
}

#[test]
fn the_whole_event_is_written_with_its_members_in_order() {
    let messages =
        [Message { said: Said { text: Some("\"Hi\"\u{7}".into()), ..Said::default() }, ..rejoined() }];
    let link = Link::new("http://h/api/v2", "chats", "7Q2M");
    let news = MessagesLogged { dialect: &CHAT, session: link, messages: &messages };
    let event = String::from_utf8(Notification::MessagesLogged(news).to_event()).unwrap();
    assert_eq!(
        event,
        concat!(
            r#"{"channel":"/v2/me/chats","data":{"messageType":"MessageLogUpdated","#,
            r#""notificationType":"NewMessages","messages":[{"index":4,"type":"ParticipantRejoined","#,
            r#""from":{"nickname":"test_supervisor","type":"Agent","#,
            r#""uri":"http://10.10.15.212:9090/api/v2/users/991a4bece8dd4184a93e98ad429694f6","#,
            r#""path":"/users/991a4bece8dd4184a93e98ad429694f6","visibility":"Agents","#,
            r#""participantId":"00AF5367D3D0000B","id":"00AF5367D3D0000B"},"visibility":"All","#,
            r#""timestamp":"2014-05-05 18:09:31.000+0000","timestampSeconds":1399313371000,"#,
            r#""text":"\"Hi\"\u0007"}],"chatUri":"http://h/api/v2/chats/7Q2M","chatPath":"/chats/7Q2M"}}"#,
        )
    );
}

#[test]
fn a_refused_password_says_why_in_words_and_as_a_number() {
    let news = PasswordNews::Refused { error: PasswordError::WrongOldPassword, message: "Wrong.".into() };
    let sample = json!({
        "messageType": "PasswordChangeError", "errorCode": 2, "errorMessage": "Wrong.",
        "userId": "7", "userUri": "http://10.10.15.212:9090/api/v2/users/7"
    });
    let user = Link::new(BASE, "users", "7");
    let told = UserPasswordNews { news, user, user_id: "7".into() };
    check(&Notification::UserPassword(told), "/v2/users", &sample, &["notificationType"]);
}

#[test]
fn a_delivery_is_told_beside_the_log_and_under_a_name_of_its_own() {
    let failed = Delivery { state: DeliveryState::Failed, parts: 2, reason: Some("Number unknown".into()) };
    let sent = Delivery { state: DeliveryState::Sent, parts: 1, reason: None };
    let deliveries = [(4, failed), (7, sent)].map(|(index, delivery)| MessageDelivery { index, delivery });
    let session = Link::new(BASE, "smssessions", SESSION_ID);
    let news = DeliveriesUpdated { dialect: &SMS, session, deliveries: &deliveries };
    let sample = json!({
        "messageType": "MessageDeliveryUpdated",
        "notificationType": "DeliveryUpdated",
        "deliveries": [
            {"index": 4, "state": "Failed", "parts": 2, "reason": "Number unknown"},
            {"index": 7, "state": "Sent", "parts": 1}
        ],
        "smssessionUri": "http://10.10.15.212:9090/api/v2/smssessions/0001Da9PFC93000S",
        "smssessionPath": "/smssessions/0001Da9PFC93000S"
    });
    check(&Notification::DeliveriesUpdated(news), "/v2/me/smssessions", &sample, &[]);
}
