//! Every operation of telephones and calls, asked for well and badly.

use serde_json::{Value, json};

use super::*;
use crate::request::{Call, parse};
use crate::status::StatusCode;
use crate::target::Target;
use crate::user_data::UserDataValue;

const MISSING: StatusCode = StatusCode::MissingParameter;
const BAD: StatusCode = StatusCode::InvalidInput;

fn asked(table: &'static [Operation], body: &Value) -> Result<Call, StatusCode> {
    parse(table, body.to_string().as_bytes()).map_err(|problem| problem.code)
}

fn check(table: &'static [Operation], body: Value, told: Result<(), StatusCode>) {
    assert_eq!(asked(table, &body).map(drop), told, "{body}");
}

/// A request with these members, and the same without each of them, and with each of them null.
fn check_required(table: &'static [Operation], name: &str, members: &[(&str, Value)]) {
    let body = |left_out: Option<&str>, null: Option<&str>| {
        let mut body = json!({"operationName": name});
        for (member, value) in members.iter().filter(|(member, _)| Some(*member) != left_out) {
            body[member] = if Some(*member) == null { Value::Null } else { value.clone() };
        }
        body
    };
    check(table, body(None, None), Ok(()));
    for (member, _) in members {
        check(table, body(Some(member), None), Err(MISSING));
        check(table, body(None, Some(member)), Err(MISSING));
    }
}

#[test]
fn what_is_mandatory_is_asked_for() {
    let destination = ("destination", json!({"phoneNumber": "7115"}));
    let data = ("userData", json!({"Segment": "gold"}));
    check_required(DEVICE_CALLS, "Dial", std::slice::from_ref(&destination));
    check_required(DEVICE, "ForwardCallsOn", &[("destination", json!("7115"))]);
    for name in ["SingleStepTransfer", "SingleStepConference", "InitiateTransfer", "InitiateConference"] {
        check_required(CALL, name, std::slice::from_ref(&destination));
    }
    for name in ["AttachUserData", "UpdateUserData"] {
        check_required(CALL, name, std::slice::from_ref(&data));
    }
    check_required(CALL, "DeleteUserDataPair", &[("key", json!("Segment"))]);
    check_required(CALL, "SendDtmf", &[("digits", json!("12#*"))]);
    check_required(CALL, "SwapCalls", &[("otherCallUri", json!("/calls/7"))]);
    check_required(CALL, "RemoveParticipantFromConference", &[("participant", json!("7115"))]);
    check_required(CALL, "SetCallDisposition", &[("disposition", json!("sold"))]);
    let disposition = [("callUri", json!("/calls/7")), ("disposition", json!("sold"))];
    check_required(DEVICE, "SetCallDisposition", &disposition);
    for name in ["ListenIn", "Coach", "BargeIn"] {
        check_required(DEVICE, name, &[("targetDeviceUri", json!("/devices/7"))]);
        check_required(DEVICE, name, &[("phoneNumber", json!("7115"))]);
    }
}

#[test]
fn what_takes_no_parameters_needs_none() {
    let devices = ["DoNotDisturbOn", "DoNotDisturbOff", "ForwardCallsOff", "CancelSupervisorMonitoring"];
    for name in devices {
        check_required(DEVICE, name, &[]);
    }
    let calls = CALL.iter().filter(|operation| operation.parameters.iter().all(|it| !it.required));
    let names: Vec<_> = calls.map(|operation| operation.name).collect();
    assert!(["Answer", "CompleteTransfer", "StopCallRecording"].iter().all(|name| names.contains(name)));
    for name in names {
        check_required(CALL, name, &[]);
    }
}

#[test]
fn words_of_supervision_are_taken_as_they_are_spelled_and_no_others() {
    let order = |name: &str, member: &str, word: Value| {
        let mut body = json!({"operationName": name, "targetDeviceUri": "/devices/7"});
        body[member] = word;
        body
    };
    for name in ["ListenIn", "Coach", "BargeIn"] {
        for (member, good, bad) in [
            ("supervisorMonitoringScope", ["Agent", "Call"], ["agent", "AllCalls"]),
            ("supervisorMonitoringMode", ["NextCall", "AllCalls"], ["AllChats", "Call"]),
        ] {
            for word in good {
                check(DEVICE, order(name, member, json!(word)), Ok(()));
            }
            check(DEVICE, order(name, member, Value::Null), Ok(()));
            for word in bad {
                check(DEVICE, order(name, member, json!(word)), Err(BAD));
            }
            check(DEVICE, order(name, member, json!("")), Err(BAD));
            check(DEVICE, order(name, member, json!(["Call"])), Err(BAD));
        }
    }
}

#[test]
fn a_telephone_or_call_goes_by_its_uri_at_any_host_its_path_or_its_id() {
    let id = "9c14cad7-17c4-48d0-8492-7cf0ff92c224";
    let addresses = [
        format!("http://localhost:8080/api/v2/devices/{id}"),
        format!("https://elsewhere.example/api/v2/me/devices/{id}/"),
        format!("/devices/{id}"),
        format!("devices/{id}"),
        id.to_owned(),
    ];
    for address in addresses {
        let body = json!({"operationName": "Coach", "targetDeviceUri": address});
        let call = asked(DEVICE, &body).unwrap();
        assert_eq!(call.target("targetDeviceUri"), Some(&Target::Device(id.to_owned())), "{address}");
    }
    for address in ["/calls/7", "http://h/devices/", "two words", "👩"] {
        check(DEVICE, json!({"operationName": "Coach", "targetDeviceUri": address}), Err(BAD));
    }
    check(DEVICE, json!({"operationName": "Coach", "targetDeviceUri": ""}), Err(MISSING));
    for address in ["http://h/api/v2/me/calls/0QH4", "/calls/0QH4", "0QH4"] {
        let body = json!({"operationName": "CompleteTransfer", "consultCallUri": address});
        let call = asked(CALL, &body).unwrap();
        assert_eq!(call.target("consultCallUri"), Some(&Target::Call("0QH4".to_owned())), "{address}");
    }
}

#[test]
fn keys_are_those_of_a_telephone() {
    let keys = |digits: Value| json!({"operationName": "SendDtmf", "digits": digits});
    for good in ["0123456789", "*", "#", "ABCD"] {
        check(CALL, keys(json!(good)), Ok(()));
    }
    assert_eq!(asked(CALL, &keys(json!("1a"))).unwrap().text("digits"), Some("1A"));
    check(CALL, keys(json!("")), Err(MISSING));
    for bad in ["12 34", "E", "+49", "１"] {
        check(CALL, keys(json!(bad)), Err(BAD));
    }
    check(CALL, keys(json!("1".repeat(65))), Err(BAD));
    check(CALL, keys(json!(7)), Err(BAD));
}

#[test]
fn whom_to_call_is_an_object_and_whom_to_forward_to_a_string() {
    let dial = |destination: Value| json!({"operationName": "Dial", "destination": destination});
    check(DEVICE_CALLS, dial(json!({"phoneNumber": "7115", "type": "agent"})), Ok(()));
    check(DEVICE_CALLS, dial(json!({})), Err(MISSING));
    check(DEVICE_CALLS, dial(json!({"phoneNumber": ""})), Err(MISSING));
    check(DEVICE_CALLS, dial(json!({"phoneNumber": null})), Err(MISSING));
    check(DEVICE_CALLS, dial(json!({"phoneNumber": "7".repeat(65)})), Err(BAD));
    check(DEVICE_CALLS, dial(json!("7115")), Err(BAD));
    check(DEVICE, json!({"operationName": "ForwardCallsOn", "destination": {"phoneNumber": "7"}}), Err(BAD));
    check(DEVICE, json!({"operationName": "ForwardCallsOn", "destination": ""}), Err(MISSING));
    let body = dial(json!({"phoneNumber": "7115"}));
    let call = asked(DEVICE_CALLS, &body).unwrap();
    assert_eq!(call.object("destination").and_then(|to| to.text("phoneNumber")), Some("7115"));
}

#[test]
fn data_of_calls_may_be_nested_and_comes_back_as_it_was() {
    let data =
        json!({"agent": {"id": 7, "tags": ["a", true]}, "text": "x", "n": 3, "none": null, "yes": true});
    let body = json!({"operationName": "UpdateUserData", "userData": data});
    let call = asked(CALL, &body).unwrap();
    assert_eq!(json!(call.user_data("userData").unwrap()), data);
    let named = |name: &str| {
        let data = call.user_data("userData").unwrap();
        data.0.iter().find(|(key, _)| key == name).unwrap().1.clone()
    };
    assert_eq!(named("n"), UserDataValue::Integer(3));
    assert!(matches!(named("agent"), UserDataValue::Other(_)));
    let long = json!({"list": ["x".repeat(9_000), "x".repeat(9_000)]});
    check(CALL, json!({"operationName": "UpdateUserData", "userData": long}), Err(BAD));
    for bad in [json!("gold"), json!({"rate": 0.5}), json!({"rates": [{"now": 0.5}]}), json!([])] {
        check(CALL, json!({"operationName": "UpdateUserData", "userData": bad}), Err(BAD));
    }
}

#[test]
fn wrap_up_is_a_number_of_seconds_also_as_a_string() {
    let state = |time: Value| json!({"operationName": "AfterCallWork", "wrapUpTime": time});
    for table in [ME, OWN_CHANNEL] {
        for (time, seconds) in [(json!("30"), Some(30)), (json!(0), Some(0)), (Value::Null, None)] {
            assert_eq!(asked(table, &state(time)).unwrap().integer("wrapUpTime"), seconds);
        }
        for time in [json!("soon"), json!(-1), json!(86_401), json!(1.5)] {
            check(table, state(time), Err(BAD));
        }
        check(table, json!({"operationName": "Ready", "workmode": "AutoIn"}), Ok(()));
        check(table, json!({"operationName": "Ready", "workmode": "Auto"}), Err(BAD));
    }
}

#[test]
fn features_and_roles_are_those_of_the_contract() {
    use crate::resources::{FeatureId, Role};
    for operation in CALL.iter().chain(DEVICE).chain(DEVICE_CALLS) {
        let name = operation.name;
        let monitors =
            name.contains("Monitor") || ["ListenIn", "Coach", "BargeIn"].iter().any(|it| name.ends_with(it));
        assert!(operation.features.contains(&FeatureId::Voice), "{name}");
        assert_eq!(operation.features.contains(&FeatureId::SupervisorMonitoring), monitors, "{name}");
        assert_eq!(operation.roles == [Role::Supervisor], monitors, "{name}");
        assert_eq!(
            operation.features.contains(&FeatureId::VoiceRecording),
            name.ends_with("Recording"),
            "{name}"
        );
    }
}

#[test]
fn a_user_event_of_a_desktop_is_understood() {
    let body = json!({"operationName": "SendUserEvent", "deviceId": "9c14cad7", "userData": {"a": {}}});
    check(SWITCH, body, Ok(()));
    check(SWITCH, json!({"operationName": "SendUserEvent"}), Ok(()));
    check(SWITCH, json!({"operationName": "Other"}), Err(StatusCode::InvalidState));
}
