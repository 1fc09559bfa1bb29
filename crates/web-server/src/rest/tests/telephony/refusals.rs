//! Every operation, asked for by the wrong person, at the wrong time, of the wrong thing.

use public_api::operations::{CALL, DEVICE};

use super::*;

/// A request with everything that the operation demands; what it points at does not exist.
fn whole(name: &str) -> Value {
    let mut body = operation(name);
    let elsewhere = format!("/calls/{}", "0".repeat(32));
    let members = match name {
        "SendDtmf" => json!({"digits": "1"}),
        "SwapCalls" => json!({"otherCallUri": elsewhere}),
        "SingleStepTransfer"
        | "SingleStepConference"
        | "InitiateTransfer"
        | "InitiateConference"
        | "Dial" => {
            json!({"destination": {"phoneNumber": "7116"}})
        }
        "RemoveParticipantFromConference" => json!({"participant": "7199"}),
        "AttachUserData" | "UpdateUserData" => json!({"userData": {"a": "b"}}),
        "DeleteUserDataPair" => json!({"key": "a"}),
        "SetCallDisposition" => json!({"disposition": "sold", "callUri": elsewhere}),
        "ForwardCallsOn" => json!({"destination": "7116"}),
        "ListenIn" | "Coach" | "BargeIn" => json!({"targetDeviceUri": NO_DEVICE}),
        _ => json!({}),
    };
    body.as_object_mut().expect("an object").extend(members.as_object().cloned().unwrap_or_default());
    body
}

const NO_DEVICE: &str = "00000000-0000-0000-0000-000000000000";

fn is_supervision(name: &str) -> bool {
    CALL.iter().chain(DEVICE).any(|it| it.name == name && !it.roles.is_empty())
}

#[tokio::test]
async fn operations_that_a_call_does_not_list_are_not_valid_now() {
    let mut x = Exchange::open().await;
    let id = x.dial("anna", "7115").await;
    for state in ["Dialing", "Established", "Held"] {
        let call = x.call_of("anna").await;
        assert_eq!(call["state"], state);
        let listed: Vec<String> = sorted(&call["capabilities"]).into_iter().map(str::to_owned).collect();
        for operation in CALL.iter().filter(|it| !listed.iter().any(|one| one == it.name)) {
            if operation.name == "SetCallDisposition" {
                continue;
            }
            let answer = x.in_call("anna", &id, whole(operation.name)).await;
            let told = if is_supervision(operation.name) { (403, 5) } else { (400, 2) };
            let message = answer.refused(told.0, told.1);
            let names = message.contains(operation.name) || message.contains("ROLE_SUPERVISOR");
            assert!(names, "{}: {message}", operation.name);
        }
        assert_eq!(timeless(&x.call_of("anna").await), timeless(&call), "nothing has changed");
        match state {
            "Dialing" => x.does("bela", &id, "Answer").await,
            "Established" => x.does("anna", &id, "Hold").await,
            _ => {}
        }
    }
}

#[tokio::test]
async fn supervisors_cannot_switch_in_a_call_of_their_own() {
    let mut x = Exchange::open().await;
    let id = x.connect("sam", "bela").await;
    for name in
        ["SwitchToListenIn", "SwitchToCoach", "SwitchToBargeIn", "MuteMonitoredUser", "UnmuteMonitoredUser"]
    {
        x.in_call("sam", &id, operation(name)).await.refused(400, 2);
    }
}

#[tokio::test]
async fn calls_that_are_unknown_or_somebody_elses_are_not_there() {
    let mut x = Exchange::open().await;
    let id = x.connect("anna", "bela").await;
    let nowhere = "0".repeat(32);
    for call in [id.as_str(), nowhere.as_str(), "no-id", "%20"] {
        for operation in CALL {
            let who = if operation.roles.is_empty() { "carl" } else { "sam" };
            let answer = x.in_call(who, call, whole(operation.name)).await;
            match operation.name {
                // Never possible, whatever the call.
                "Accept" | "Decline" if call != "no-id" && call != "%20" => drop(answer.refused(400, 2)),
                _ => drop(answer.refused(404, 6)),
            }
        }
        let carl = x.user("carl").await;
        x.center.get(carl, &format!("/me/calls/{call}")).await.refused(404, 6);
    }
    let foreign = x.device("bela").await;
    for device in [foreign.to_string(), NO_DEVICE.to_owned(), "no-id".to_owned()] {
        for operation in DEVICE {
            let who = if operation.roles.is_empty() { "carl" } else { "sam" };
            let path = format!("/me/devices/{device}");
            x.center.post(x.user(who).await, &path, whole(operation.name)).await.refused(404, 6);
        }
        let path = format!("/me/devices/{device}/calls");
        x.center.post(x.user("carl").await, &path, whole("Dial")).await.refused(404, 6);
    }
}

#[tokio::test]
async fn who_lacks_the_role_or_the_feature_is_told_so_first() {
    let mut x = Exchange::open().await;
    let id = x.connect("anna", "bela").await;
    for operation in CALL.iter().filter(|it| !it.roles.is_empty()) {
        let message = x.in_call("anna", &id, whole(operation.name)).await.refused(403, 5);
        assert!(message.contains("ROLE_SUPERVISOR"), "{message}");
    }
    for operation in DEVICE.iter().filter(|it| !it.roles.is_empty()) {
        x.at_device("anna", whole(operation.name)).await.refused(403, 5);
    }
    let admin = x.center.admin;
    for (feature, who, operations) in [
        (
            "api-voice-recording",
            "anna",
            vec!["StartCallRecording", "StopCallRecording", "PauseCallRecording", "ResumeCallRecording"],
        ),
        ("api-supervisor-monitoring", "sam", vec!["SwitchToCoach", "MuteMonitoredUser"]),
        ("api-voice", "anna", vec!["Hangup", "SetCallDisposition"]),
    ] {
        x.center.delete(admin, &format!("/features/{feature}")).await.done();
        for name in operations {
            let message = x.in_call(who, &id, whole(name)).await.refused(403, 5);
            assert!(message.contains(feature), "{message}");
        }
    }
    x.at_device("sam", whole("Coach")).await.refused(403, 5);
    let anna = x.user("anna").await;
    for path in ["/me/calls", "/me/devices", &format!("/me/calls/{id}")] {
        x.center.get(anna, path).await.refused(404, 6);
    }
}

#[tokio::test]
async fn orders_to_supervise_that_cannot_stand_change_nothing() {
    let x = Exchange::open().await;
    let (own, agents) = (x.device("sam").await.to_string(), x.device("anna").await);
    let order = |target: &str| json!({"operationName": "Coach", "targetDeviceUri": target});
    x.at_device("sam", operation("Coach")).await.refused(400, 1);
    x.at_device("sam", order("")).await.refused(400, 1);
    x.at_device("sam", order("/calls/7")).await.refused(400, 10);
    let unknown = "What 'targetDeviceUri' or 'phoneNumber' names was not found";
    for target in [NO_DEVICE, "/devices/7", "http://h/api/v2/devices/0"] {
        assert_eq!(x.at_device("sam", order(target)).await.refused(404, 6), unknown);
    }
    let by_number = json!({"operationName": "Coach", "phoneNumber": "4711"});
    assert_eq!(x.at_device("sam", by_number).await.refused(404, 6), unknown);
    x.at_device("sam", order(&own)).await.refused(403, 3);
    x.at_device("tess", order(&x.device("tess").await.to_string())).await.refused(403, 3);
    for (member, value) in [("supervisorMonitoringScope", "Agents"), ("supervisorMonitoringMode", "AllChats")]
    {
        let mut body = order(&agents.to_string());
        body[member] = json!(value);
        let message = x.at_device("sam", body).await.refused(400, 10);
        assert!(message.contains(member), "{message}");
    }
    assert!(x.told("sam", "/v2/me/devices").await.is_empty(), "nothing has changed");

    let own = x.device("sam").await;
    x.report(LineReport::Registered { device: own, phones: None }).await;
    let message = x.at_device("sam", order(&agents.to_string())).await.refused(500, 4);
    assert_eq!(message, "Device '5005' is not registered.");
}

#[tokio::test]
async fn numbers_that_cannot_be_called_are_refused_or_the_call_is_released() {
    let mut x = Exchange::open().await;
    let path = format!("/me/devices/{}/calls", x.device("anna").await);
    let anna = x.user("anna").await;
    let to = |number: &str| json!({"operationName": "Dial", "destination": {"phoneNumber": number}});
    x.center.post(anna, &path, to("7101")).await.refused(400, 2);
    for number in ["reception", "sip:a@b", "71 15"] {
        x.center.post(anna, &path, to(number)).await.refused(400, 10);
    }
    x.at_device("carl", operation("DoNotDisturbOn")).await.done();
    x.center.post(anna, &path, to("7116")).await.done();
    x.settle().await;
    assert_eq!(x.told_of_calls("anna").await, ["StatusChange Dialing", "StatusChange Released"]);

    let id = x.connect("anna", "bela").await;
    let transfer =
        |number: &str| json!({"operationName": "SingleStepTransfer", "destination": {"phoneNumber": number}});
    x.in_call("anna", &id, transfer("7116")).await.refused(400, 2);
    x.in_call("anna", &id, transfer("7101")).await.refused(400, 2);
    x.in_call("anna", &id, transfer("x")).await.refused(400, 10);
    let tess = x.device("tess").await;
    x.report(LineReport::Registered { device: tess, phones: None }).await;
    let message = x.in_call("anna", &id, transfer("5006")).await.refused(500, 4);
    assert_eq!(message, "Device '5006' is not registered.");
    assert_eq!(x.call_of("anna").await["state"], "Established");
}

#[tokio::test]
async fn a_second_supervisor_is_refused_where_the_setting_says_so() {
    let x = Exchange::open().await;
    let target = x.device("anna").await.to_string();
    let order = json!({"operationName": "ListenIn", "targetDeviceUri": target});
    x.at_device("sam", order.clone()).await.done();
    x.at_device("tess", order.clone()).await.done();
    x.at_device("tess", operation("CancelSupervisorMonitoring")).await.done();
    let path = "/settings/contact-center/voiceOneSupervisorPerDevice";
    x.center.put(x.center.admin, path, json!({"value": "1"})).await.done();
    let message = x.at_device("tess", order).await.refused(400, 2);
    assert_eq!(message, "Another supervisor monitors this target.");
}

#[tokio::test]
async fn previews_are_never_offered_and_unknown_operations_unknown() {
    let mut x = Exchange::open().await;
    let id = x.dial("anna", "7115").await;
    for name in ["Accept", "Decline"] {
        x.in_call("bela", &id, operation(name)).await.refused(400, 2);
    }
    for name in ["Redirect", "MergeCalls", "Dial", "answer"] {
        x.in_call("bela", &id, operation(name)).await.refused(400, 2);
        x.at_device("bela", operation(name)).await.refused(400, 2);
    }
    x.in_call("bela", &id, json!({})).await.refused(400, 1);
}
