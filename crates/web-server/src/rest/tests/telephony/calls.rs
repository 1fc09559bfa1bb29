//! Calls between agents and with customers: what each side is told and reads.

use super::*;

const DATA: [&str; 4] = ["AttachUserData", "UpdateUserData", "DeleteUserData", "DeleteUserDataPair"];
const ONWARD: [&str; 4] =
    ["SingleStepTransfer", "SingleStepConference", "InitiateTransfer", "InitiateConference"];

#[track_caller]
fn check_capabilities(call: &Value, of: &[&[&str]]) {
    let mut expected = of.concat();
    expected.sort_unstable();
    assert_eq!(sorted(&call["capabilities"]), expected, "{call}");
}

#[tokio::test]
async fn a_call_between_agents_rings_is_answered_and_ends() {
    let mut x = Exchange::open().await;
    let path = format!("/me/devices/{}/calls", x.device("anna").await);
    let data = json!({"Segment": "gold", "desk": {"tags": ["a", true], "n": 3}});
    let body = json!({"operationName": "Dial", "destination": {"phoneNumber": "7115"}, "userData": data});
    x.center.post(x.user("anna").await, &path, body).await.done();
    x.settle().await;
    let (base, device) = (x.center.app.base.clone(), x.device("bela").await);
    let told = x.told("bela", "/v2/me/calls").await;
    let [ringing] = told.as_slice() else { panic!("{told:?}") };
    let id = ringing["call"]["id"].as_str().expect("an ID").to_owned();
    assert_eq!((id.len(), ringing["call"]["connId"].as_str().map(str::len)), (32, Some(16)));
    let expected = json!({
        "notificationType": "StatusChange",
        "call": {
            "id": id, "state": "Ringing", "callUuid": id, "connId": ringing["call"]["connId"],
            "deviceUri": format!("{base}/devices/{device}"),
            "participants": [
                {"e164Number": "", "formattedPhoneNumber": "7101", "phoneNumber": "7101", "digits": "7101"}
            ],
            "dnis": "7115", "callType": "Internal",
            "capabilities": ["Answer", "AttachUserData", "UpdateUserData", "DeleteUserData",
                "DeleteUserDataPair", "ClearCall"],
            "userData": data,
            "duration": "0", "mute": "Off", "recordingState": "Stopped",
            "supervisorListeningIn": false, "monitoredUserMuted": false, "monitoring": false,
            "uri": format!("{base}/me/calls/{id}"), "path": format!("/calls/{id}"),
        },
        "phoneNumber": "7115",
        "extensions": {"BusinessCall": 0, "WrapUpTime": 0},
        "messageType": "CallStateChangeMessage",
    });
    assert_eq!(*ringing, expected);
    let listed = x.center.get(x.user("bela").await, "/me/calls").await.done();
    assert_eq!(listed, json!({"statusCode": 0, "uris": [format!("{base}/me/calls/{id}")]}));
    let dialing = x.call_of("anna").await;
    check_capabilities(&dialing, &[&["SendDtmf", "Hangup"], &DATA]);
    assert_eq!(
        (&dialing["state"], &dialing["participants"][0]["digits"]),
        (&json!("Dialing"), &json!("7115"))
    );

    x.does("bela", &id, "Answer").await;
    for name in ["anna", "bela"] {
        let call = x.call_of(name).await;
        assert_eq!(call["state"], "Established");
        let microphone = ["MuteCall", "ClearCall", "StartCallRecording", "Hangup", "Hold", "SendDtmf"];
        check_capabilities(&call, &[&microphone, &ONWARD, &DATA]);
        x.check_reads(name).await;
    }
    assert_eq!(x.told_of_calls("anna").await, ["StatusChange Dialing", "StatusChange Established"]);
    x.does("anna", &id, "Hangup").await;
    let told = x.told("bela", "/v2/me/calls").await;
    let last = &told.last().expect("the end is told")["call"];
    assert_eq!((&last["state"], &last["capabilities"]), (&json!("Released"), &json!([])));
    assert_eq!(x.calls_of("bela").await, [] as [Value; 0]);
    let gone = x.in_call("bela", &id, operation("Hangup")).await;
    assert_eq!(gone.refused(404, 6), "Call not found");
}

#[tokio::test]
async fn every_step_of_a_call_is_told_and_reads_say_the_same() {
    let mut x = Exchange::open().await;
    let id = x.connect("anna", "bela").await;
    let set = |key: &str, value: Value| json!({"operationName": "UpdateUserData", "userData": {key: value}});
    let steps = [
        (operation("Hold"), "StatusChange Held"),
        (operation("Retrieve"), "StatusChange Established"),
        (operation("MuteCall"), "StatusChange Established"),
        (operation("UnmuteCall"), "StatusChange Established"),
        (json!({"operationName": "SendDtmf", "digits": "12#*"}), "DtmfSent Established"),
        (set("OrderNo", json!("88-1")), "AttachedDataChanged Established"),
        (set("desk", json!({"a": [1, null]})), "AttachedDataChanged Established"),
        (json!({"operationName": "DeleteUserDataPair", "key": "desk"}), "AttachedDataChanged Established"),
        (operation("StartCallRecording"), "CallRecordingStateChange Established"),
        (operation("PauseCallRecording"), "CallRecordingStateChange Established"),
        (operation("ResumeCallRecording"), "CallRecordingStateChange Established"),
        (operation("StopCallRecording"), "CallRecordingStateChange Established"),
        (operation("DeleteUserData"), "AttachedDataChanged Established"),
        (operation("ClearCall"), "StatusChange Released"),
    ];
    for (body, expected) in steps {
        x.told.news.lock().clear();
        assert_eq!(x.in_call("anna", &id, body.clone()).await.done(), json!({"statusCode": 0}), "{body}");
        x.check_reads("anna").await;
        let told = x.told("anna", "/v2/me/calls").await;
        let with_extensions = told.first().map(|news| news.get("extensions").is_some());
        let kinds: Vec<_> = told
            .iter()
            .map(|news| (news["notificationType"].as_str(), news["call"]["state"].as_str()))
            .collect();
        let (kind, state) = expected.split_once(' ').expect("two words");
        assert!(kinds.contains(&(Some(kind), Some(state))), "{body}: {kinds:?}");
        let of_data = ["AttachedDataChanged", "CallRecordingStateChange"].contains(&kind);
        if of_data && kinds.len() == 1 {
            assert_eq!(with_extensions, Some(false), "{body}");
        }
    }
}

#[tokio::test]
async fn a_customer_is_known_by_number_and_country_and_a_queue_lets_agents_reject() {
    let mut x = Exchange::open().await;
    x.at_channel("anna", "Ready").await;
    x.arrive(QUEUE).await;
    let call = x.call_of("anna").await;
    check_capabilities(&call, &[&["Answer", "ClearCall", "Reject"], &DATA]);
    let customer = json!({
        "e164Number": CUSTOMER, "formattedPhoneNumber": CUSTOMER,
        "country": {"name": "United Kingdom", "code": "GB", "callingCode": "44"},
        "phoneNumber": CUSTOMER, "digits": "442079460123"
    });
    assert_eq!(call["participants"], json!([customer]));
    assert_eq!((&call["ani"], &call["dnis"]), (&json!(CUSTOMER), &json!(QUEUE)));
    assert_eq!(call["callType"], "Inbound");
    x.does("anna", call["id"].as_str().expect("an ID"), "Reject").await;
    assert_eq!(x.told_of_calls("anna").await, ["StatusChange Ringing", "StatusChange Released"]);
    x.at_channel("bela", "Ready").await;
    assert_eq!(x.call_of("bela").await["id"], call["id"], "it is delivered to somebody else");
    let news = x.told("bela", "/v2/me/calls").await;
    assert_eq!(news[0]["extensions"]["BusinessCall"], 1);
}

#[tokio::test]
async fn a_consultation_names_its_call_and_can_be_swapped_and_completed() {
    let mut x = Exchange::open().await;
    let main = x.serve("anna").await;
    let to = json!({"operationName": "InitiateTransfer", "destination": {"phoneNumber": "7115"}});
    x.in_call("anna", &main, to).await.done();
    let calls = x.calls_of("anna").await;
    let consult = calls.iter().find(|call| call["callType"] == "Consult").expect("a consultation");
    let base = &x.center.app.base;
    assert_eq!(consult["parentCallUri"], format!("{base}/me/calls/{main}"));
    assert_eq!(consult["parentCallPath"], format!("/calls/{main}"));
    let held = calls.iter().find(|call| call["id"] == main.as_str()).expect("the call");
    assert_eq!(held["state"], "Held");
    assert!(held.get("parentCallUri").is_none() && held.get("parentCallPath").is_none());
    let consult = consult["id"].as_str().expect("an ID").to_owned();
    x.does("bela", &consult, "Answer").await;
    for call in x.calls_of("anna").await {
        let completions = ["CompleteConference", "CompleteTransfer", "SwapCalls"];
        assert!(completions.iter().all(|one| sorted(&call["capabilities"]).contains(one)), "{call}");
    }
    x.check_reads("anna").await;
    // The other call goes by its URI at any host, by its path, or by its ID.
    for other in
        [format!("http://elsewhere/api/v2/me/calls/{consult}"), format!("/calls/{consult}"), consult.clone()]
    {
        let swap = json!({"operationName": "SwapCalls", "otherCallUri": other});
        x.in_call("anna", &main, swap).await.done();
    }
    x.told.news.lock().clear();
    let complete = json!({"operationName": "CompleteTransfer", "consultCallUri": consult});
    x.in_call("anna", &main, complete).await.done();
    let told = x.told("anna", "/v2/me/calls").await;
    let ended: Vec<_> =
        told.iter().map(|news| (news["call"]["id"].clone(), news["call"]["state"].clone())).collect();
    let released = |id: &str| (json!(id), json!("Released"));
    assert_eq!(ended, [released(&main), released(&consult)], "the main call first");
    let call = x.call_of("bela").await;
    assert_eq!(call["participants"][0]["phoneNumber"], CUSTOMER);
    x.check_reads("bela").await;
}

#[tokio::test]
async fn a_conference_tells_of_who_comes_and_goes() {
    let mut x = Exchange::open().await;
    let main = x.serve("anna").await;
    let to = json!({"operationName": "SingleStepConference", "destination": {"phoneNumber": "7115"}});
    x.in_call("anna", &main, to).await.done();
    x.does("bela", &main, "Answer").await;
    let call = x.call_of("anna").await;
    let numbers: Vec<_> =
        call["participants"].as_array().into_iter().flatten().map(|one| &one["phoneNumber"]).collect();
    assert_eq!(numbers, [CUSTOMER, "7115"]);
    assert!(sorted(&call["capabilities"]).contains(&"RemoveParticipantFromConference"));
    x.check_reads("anna").await;
    assert!(x.told_of_calls("anna").await.contains(&"ParticipantsUpdated Established".to_owned()));
    let remove =
        |number: &str| json!({"operationName": "RemoveParticipantFromConference", "participant": number});
    assert_eq!(x.in_call("anna", &main, remove("7199")).await.refused(404, 6), "Participant not found");
    x.in_call("anna", &main, remove("7115")).await.done();
    assert_eq!(x.calls_of("bela").await, [] as [Value; 0]);
    assert_eq!(x.call_of("anna").await["participants"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_disposition_is_set_at_the_call_or_at_the_telephone_and_also_afterwards() {
    let mut x = Exchange::open().await;
    let id = x.connect("anna", "bela").await;
    let at_call =
        json!({"operationName": "SetCallDisposition", "disposition": "sold", "dispositionKey": "Outcome"});
    x.in_call("anna", &id, at_call.clone()).await.done();
    assert_eq!(x.call_of("bela").await["userData"], json!({"Outcome": "sold"}), "told to everybody in it");
    let mut at_device = json!({"operationName": "SetCallDisposition", "disposition": "lost", "dispositionKey": "Outcome",
        "userData": {"Why": "price"}, "callUri": format!("http://elsewhere:1/api/v2/calls/{id}")});
    x.at_device("anna", at_device.clone()).await.done();
    assert_eq!(x.call_of("anna").await["userData"], json!({"Outcome": "lost", "Why": "price"}));
    x.does("anna", &id, "Hangup").await;
    x.told.news.lock().clear();
    at_device["callUri"] = Value::Null;
    x.at_device("anna", at_device.clone()).await.refused(400, 1);
    at_device["callUuid"] = json!(id);
    x.at_device("anna", at_device.clone()).await.done();
    x.in_call("anna", &id, at_call.clone()).await.done();
    assert!(x.told_of_calls("anna").await.is_empty(), "nobody is told after the call");
    x.at_device("carl", at_device.clone()).await.refused(404, 6);
    at_device["callUuid"] = json!("no call");
    x.at_device("anna", at_device).await.refused(404, 6);
}

#[tokio::test]
async fn a_call_that_somebody_gives_up_is_over_for_both() {
    let mut x = Exchange::open().await;
    let id = x.dial("anna", "7115").await;
    let anna = x.device("anna").await;
    x.hang_up(|reach| *reach == Reach::Device(anna)).await;
    for name in ["anna", "bela"] {
        let told = x.told_of_calls(name).await;
        assert_eq!(told.last().map(String::as_str), Some("StatusChange Released"), "{name}");
    }
    x.in_call("anna", &id, operation("Hangup")).await.refused(404, 6);
}
