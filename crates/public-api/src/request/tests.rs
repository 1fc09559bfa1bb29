use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::operations::{
    DEVICE, ME, QUEUE_FIELDS, QUEUE_RULES, SESSION, SMS_KEYWORDS_FIELDS, SessionOperation, TABLES,
    USER_CHANNEL, USER_FIELDS,
};
use crate::resources::SupervisorSpan;
use crate::status::StatusCode;
use crate::user_data::UserDataValue;

fn check(body: &str, outcome: Result<&str, (StatusCode, &str)>) {
    match (parse(SESSION, body.as_bytes()), outcome) {
        (Ok(call), Ok(name)) => assert_eq!(call.operation.name, name),
        (Err(problem), Err((code, part))) => {
            assert_eq!(problem.code, code, "{problem}");
            assert!(problem.message.contains(part), "'{}' does not name '{part}'", problem.message);
        }
        (got, _) => panic!("{body}: {got:?}"),
    }
}

fn parsed(body: &Value) -> Call {
    parse(SESSION, body.to_string().as_bytes()).unwrap()
}

#[test]
fn an_operation_is_found_by_each_of_its_names() {
    check(r#"{"operationName":"SwitchToBargeIn"}"#, Ok("SwitchToBargeIn"));
    check(r#"{"operationName":"SwitchBargeIn"}"#, Ok("SwitchToBargeIn"));
    check(r#"{"operationName":"InFocus"}"#, Ok("SetInFocus"));
}

#[test]
fn a_missing_operation_name_is_named() {
    check("{}", Err((StatusCode::MissingParameter, "operationName")));
    check(r#"{"operationName":null}"#, Err((StatusCode::MissingParameter, "operationName")));
    check(r#"{"operationName":""}"#, Err((StatusCode::MissingParameter, "operationName")));
    check(r#"{"operationName":7}"#, Err((StatusCode::InvalidInput, "operationName")));
}

#[test]
fn an_unknown_operation_is_not_valid_here() {
    check(r#"{"operationName":"Dial"}"#, Err((StatusCode::InvalidState, "Dial")));
}

#[test]
fn a_body_that_is_no_json_object_is_malformed() {
    for body in ["", "{", "[]", "7", "null", r#""Accept""#, "{'operationName':'Accept'}", "\u{feff}{}"] {
        check(body, Err((StatusCode::InvalidInput, "Malformed")));
    }
    let deep = format!("{}{}{}", r#"{"operationName":"Accept","x":"#, "[".repeat(40), "]".repeat(40) + "}");
    check(&deep, Err((StatusCode::InvalidInput, "nested deeper")));
    let deeper = format!("{}{}", r#"{"operationName":"Accept","x":"#, "[".repeat(500_000));
    check(&deeper, Err((StatusCode::InvalidInput, "Malformed")));
}

#[test]
fn a_missing_or_empty_text_is_named() {
    check(r#"{"operationName":"SendMessage"}"#, Err((StatusCode::MissingParameter, "'text'")));
    check(r#"{"operationName":"SendMessage","text":null}"#, Err((StatusCode::MissingParameter, "'text'")));
    check(r#"{"operationName":"SendMessage","text":""}"#, Err((StatusCode::MissingParameter, "'text'")));
    check(r#"{"operationName":"SendMessage","text":[]}"#, Err((StatusCode::InvalidInput, "'text'")));
}

#[test]
fn a_text_has_a_limit_in_bytes() {
    let body = |text: String| json!({"operationName": "SendMessage", "text": text}).to_string();
    check(&body("x".repeat(limits::TEXT_BYTES)), Ok("SendMessage"));
    check(&body("ä".repeat(limits::TEXT_BYTES / 2 + 1)), Err((StatusCode::InvalidInput, "32768 bytes")));
}

#[test]
fn a_bad_word_is_answered_with_the_allowed_ones() {
    let body = r#"{"operationName":"Leave","text":"Bye","treatAs":"Loud"}"#;
    check(body, Err((StatusCode::InvalidInput, "'treatAs' must be one of: Normal, System")));
}

#[test]
fn a_tag_without_a_text_is_not_valid() {
    for name in ["Leave", "Complete", "LeaveAndComplete"] {
        let body = json!({"operationName": name, "messageType": "Bye"}).to_string();
        check(&body, Err((StatusCode::InvalidState, "'messageType' is only valid together with 'text'")));
        let body = json!({"operationName": name, "treatAs": "System"}).to_string();
        check(&body, Err((StatusCode::InvalidState, "'treatAs'")));
    }
    check(r#"{"operationName":"Leave","messageType":null,"treatAs":null}"#, Ok("Leave"));
}

#[test]
fn unknown_and_doubled_members_do_no_harm() {
    check(r#"{"operationName":"Reject","x":{"y":[1.5]},"operationName":"Accept"}"#, Ok("Accept"));
}

#[test]
fn a_target_goes_by_each_of_its_names() {
    for name in ["targetUri", "targetPath", "userUri"] {
        let call = parsed(&json!({"operationName": "Invite", name: "http://x/api/v2/users/5b1e"}));
        assert_eq!(call.target("targetUri"), Some(&Target::User("5b1e".to_owned())));
    }
    check(r#"{"operationName":"Invite"}"#, Err((StatusCode::MissingParameter, "'targetUri'")));
    check(r#"{"operationName":"Invite","targetUri":"anna"}"#, Err((StatusCode::InvalidInput, "'targetUri'")));
    check(
        r#"{"operationName":"Invite","targetUri":"/devices/7"}"#,
        Err((StatusCode::InvalidInput, "users, queues")),
    );
}

#[test]
fn a_transfer_goes_to_exactly_one_place() {
    check(r#"{"operationName":"Transfer"}"#, Err((StatusCode::MissingParameter, "'targetUri', 'queueName'")));
    check(
        r#"{"operationName":"Transfer","targetUri":"/users/7","queueName":"returns"}"#,
        Err((StatusCode::InvalidState, "Only one")),
    );
    let call = parsed(&json!({"operationName": "Transfer", "queueName": "returns", "text": "Bye"}));
    assert_eq!((call.text("queueName"), call.text("text")), (Some("returns"), Some("Bye")));
}

#[test]
fn attached_data_keeps_strings_integers_and_nulls() {
    let call = parsed(&json!({"operationName": "AttachUserData", "userData": {"a": "x", "b": 7, "c": null}}));
    let data = call.user_data("userData").unwrap();
    let values: Vec<_> = data.0.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, [UserDataValue::Text("x".into()), UserDataValue::Integer(7), UserDataValue::Null]);
    for value in [json!({"a": {}}), json!({"a": [1]}), json!({"a": 1.5}), json!({"a": true}), json!("x")] {
        let body = json!({"operationName": "AttachUserData", "userData": value}).to_string();
        check(&body, Err((StatusCode::InvalidInput, "'userData'")));
    }
}

#[test]
fn attached_data_has_limits() {
    let many: Map<String, Value> =
        (0..=limits::USER_DATA_ENTRIES).map(|n| (n.to_string(), json!(n))).collect();
    let long_key = json!({"k".repeat(limits::USER_DATA_KEY_BYTES + 1): 1});
    let long_value = json!({"k": "v".repeat(limits::USER_DATA_VALUE_BYTES + 1)});
    let much: Map<String, Value> =
        (0..5).map(|n| (n.to_string(), json!("v".repeat(limits::USER_DATA_VALUE_BYTES)))).collect();
    for value in [json!(many), long_key, long_value, json!(much)] {
        let body = json!({"operationName": "UpdateUserData", "userData": value}).to_string();
        check(&body, Err((StatusCode::InvalidInput, "'userData' is out of range")));
    }
}

#[test]
fn keys_to_delete_are_a_list_of_texts() {
    let call = parsed(&json!({"operationName": "DeleteUserData", "keys": ["a", "b"]}));
    assert_eq!(call.list("keys"), Some(&["a".to_owned(), "b".to_owned()][..]));
    check(r#"{"operationName":"DeleteUserData"}"#, Err((StatusCode::MissingParameter, "'keys'")));
    check(r#"{"operationName":"DeleteUserData","keys":"a"}"#, Err((StatusCode::InvalidInput, "'keys'")));
    check(r#"{"operationName":"DeleteUserData","keys":[1]}"#, Err((StatusCode::InvalidInput, "'keys'")));
}

#[test]
fn a_flag_is_also_taken_as_a_string() {
    for (value, flag) in
        [(json!(true), true), (json!("true"), true), (json!("false"), false), (json!(null), false)]
    {
        assert_eq!(parsed(&json!({"operationName": "Accept", "saveLAR": value})).flag("saveLAR"), flag);
    }
    check(r#"{"operationName":"Accept","saveLAR":"yes"}"#, Err((StatusCode::InvalidInput, "'saveLAR'")));
}

#[test]
fn what_is_absent_has_its_default() {
    let call = parse(USER_CHANNEL, br#"{"operationName":"Coach","nickname":null}"#).unwrap();
    assert_eq!(call.word("supervisorMonitoringMode"), Some(SupervisorSpan::AllChats));
    assert_eq!(call.text("nickname"), None);
    let call = parse(USER_CHANNEL, br#"{"operationName":"Coach","supervisorMonitoringMode":"CurrentChat"}"#)
        .unwrap();
    assert_eq!(call.word("supervisorMonitoringMode"), Some(SupervisorSpan::CurrentChat));
}

#[test]
fn the_coaching_request_of_a_telephone_is_understood() {
    let body = br#"{"operationName": "Coach",
        "targetDeviceUri": "http://localhost:8080/api/v2/devices/9c14cad7-17c4-48d0-8492-7cf0ff92c224"}"#;
    let call = parse(DEVICE, body).unwrap();
    let device = Target::Device("9c14cad7-17c4-48d0-8492-7cf0ff92c224".to_owned());
    assert_eq!(call.target("targetDeviceUri"), Some(&device));
    assert_eq!(call.text("supervisorMonitoringScope"), Some("Call"));
    assert_eq!(call.text("supervisorMonitoringMode"), Some("AllCalls"));
}

#[test]
fn a_call_becomes_a_word_of_its_table() {
    let call = parsed(&json!({"operationName": "SwitchBargeIn"}));
    assert_eq!(call.operation_word::<SessionOperation>(), SessionOperation::SwitchToBargeIn);
}

#[test]
fn a_name_of_its_own_may_be_a_custom_state() {
    let request = parse_or_custom_state(ME, br#"{"operationName":"Coffee"}"#);
    assert!(matches!(request, Ok(Request::Unknown(name)) if name == "Coffee"));
    let request = parse_or_custom_state(ME, br#"{"operationName":"Ready"}"#);
    assert!(matches!(request, Ok(Request::Call(call)) if call.operation.name == "Ready"));
}

#[test]
fn an_object_to_make_is_whole_and_a_change_is_not() {
    let part = br#"{"firstName":"Anna","roles":["ROLE_AGENT"]}"#;
    assert_eq!(parse_object(USER_FIELDS, &[], part).map(|_| ()), Err(Problem::missing("userName")));
    let changes = parse_changes(USER_FIELDS, part).unwrap();
    assert_eq!(changes.text("firstName"), Some("Anna"));
    assert!(!changes.has("enabled"));
}

#[test]
fn what_is_read_only_cannot_be_set() {
    assert_eq!(parse_changes(USER_FIELDS, br#"{"id":"7"}"#).map(|_| ()), Err(Problem::read_only("id")));
    assert!(parse_changes(USER_FIELDS, br#"{"id":null}"#).is_ok());
}

#[test]
fn an_unknown_role_is_refused() {
    let problem = parse_changes(USER_FIELDS, br#"{"roles":["ROLE_KING"]}"#).map(|_| ()).unwrap_err();
    assert_eq!(problem.code, StatusCode::InvalidInput);
}

#[test]
fn a_queue_has_a_number_or_gets_one() {
    let outcome = |more: &str| {
        let body = format!(r#"{{"name":"q","channel":"voice"{more}}}"#);
        parse_object(QUEUE_FIELDS, QUEUE_RULES, body.as_bytes()).map(|_| ()).map_err(|problem| problem.code)
    };
    assert_eq!(outcome(""), Err(StatusCode::MissingParameter));
    assert_eq!(outcome(r#","internal":false"#), Err(StatusCode::MissingParameter));
    assert_eq!(outcome(r#","internal":true"#), Ok(()));
    assert_eq!(outcome(r#","internal":false,"phoneNumber":"9000""#), Ok(()));
    assert_eq!(outcome(r#","internal":true,"phoneNumber":"9000""#), Err(StatusCode::InvalidState));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(body in any::<Vec<u8>>()) {
        for (_, table) in TABLES {
            let _ = parse(table, &body);
        }
    }

    #[test]
    fn any_value_of_any_parameter_is_parsed_or_refused(pick in any::<prop::sample::Index>(), value in any_json()) {
        for (_, table) in TABLES {
            let operation = pick.get(table);
            let mut members = Map::new();
            for parameter in operation.parameters {
                members.insert(parameter.name.to_owned(), value.clone());
            }
            members.insert(OPERATION_NAME.to_owned(), json!(operation.name));
            if let Ok(call) = parse(table, Value::Object(members).to_string().as_bytes()) {
                for required in operation.parameters.iter().filter(|parameter| parameter.required) {
                    prop_assert!(call.has(required.name));
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!("/users/7")),
        Just(json!("true")),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}", inner), 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

#[test]
fn objects_in_a_list_are_checked_like_any_other() {
    let parse = |body: Value| parse_object(SMS_KEYWORDS_FIELDS, &[], body.to_string().as_bytes());
    let english = json!({"language": "en", "stop": ["stop"], "start": [], "help": [], "stopAnswer": "Bye."});
    let given = parse(json!({"families": [english]})).unwrap();
    let family = &given.objects("families").unwrap()[0];
    assert_eq!((family.required_text("language"), family.text("helpAnswer")), ("en", None));
    assert_eq!(family.list("stop"), Some(&["stop".to_owned()][..]));
    for (body, code, part) in [
        (json!({}), StatusCode::MissingParameter, "families"),
        (json!({"families": {}}), StatusCode::InvalidInput, "array of objects"),
        (json!({"families": ["en"]}), StatusCode::InvalidInput, "array of objects"),
        (json!({"families": [{"language": "en"}]}), StatusCode::MissingParameter, "stop"),
        (json!({"families": [{"language": 7}]}), StatusCode::InvalidInput, "language"),
    ] {
        let problem = parse(body).unwrap_err();
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains(part), "{problem}");
    }
}
