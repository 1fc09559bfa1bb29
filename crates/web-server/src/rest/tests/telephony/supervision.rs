//! Standing orders and switches of supervisors.

use super::*;

#[tokio::test]
async fn coaching_a_telephone_is_answered_and_told_as_documented() {
    let x = Exchange::open().await;
    let (own, target) = (x.device("sam").await, x.device("anna").await);
    let (base, center) = (&x.center.app.base, x.center.id);
    x.at_device("sam", operation("DoNotDisturbOn")).await.done();
    x.told("sam", "/v2/me/devices").await;
    // At another host, as the printed request has it.
    let uri = format!("http://localhost:8080/api/v2/devices/{target}");
    let answer = x.at_device("sam", json!({"operationName": "Coach", "targetDeviceUri": uri})).await;
    assert_eq!(answer.done(), json!({"statusCode": 0}));
    let told = x.told("sam", "/v2/me/devices").await;
    let [news] = told.as_slice() else { panic!("{told:?}") };
    let mut device = news["devices"][0].clone();
    let mut capabilities = sorted(&device["capabilities"]).join(" ");
    assert_eq!(
        capabilities,
        "BargeIn CancelSupervisorMonitoring Coach DoNotDisturbOff ForwardCallsOn ListenIn"
    );
    capabilities.clear();
    let members = device.as_object_mut().expect("an object");
    members.remove("capabilities");
    for added in ["description", "channels", "dynamicPhoneNumber"] {
        assert!(members.remove(added).is_some(), "{added}");
    }
    let printed = json!({
        "id": own.to_string(),
        "deviceState": "Active",
        "userState": {"id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready", "state": "NotReady"},
        "phoneNumber": "5005",
        "e164Number": "5005",
        "telephonyNetwork": "Private",
        "doNotDisturb": "On",
        "voiceEnvironmentUri": format!("{base}/voice-environments/{center}"),
        "supervisorMonitoringState": {
            "state": "Coach", "mode": "AllCalls", "scope": "Call",
            "targetDeviceUri": format!("{base}/devices/{target}")
        }
    });
    assert_eq!(device, printed);
    assert_eq!(news["messageType"], "DeviceStateChangeMessage");
    assert!(x.told("anna", "/v2/me/devices").await.is_empty(), "the agent is told nothing");
    x.check_reads("sam").await;
}

#[tokio::test]
async fn orders_say_their_mode_and_scope_and_the_last_one_counts() {
    let x = Exchange::open().await;
    let target = x.device("anna").await.to_string();
    let order = async |body: Value| {
        x.at_device("sam", body).await.done();
        let told = x.told("sam", "/v2/me/devices").await;
        told.last().expect("news")["devices"][0]["supervisorMonitoringState"].clone()
    };
    let state = |state: &str, mode: &str, scope: &str| {
        let uri = format!("{}/devices/{target}", x.center.app.base);
        json!({"state": state, "mode": mode, "scope": scope, "targetDeviceUri": uri})
    };
    let listen = json!({"operationName": "ListenIn", "targetDeviceUri": target,
        "supervisorMonitoringMode": "NextCall", "supervisorMonitoringScope": "Agent"});
    assert_eq!(order(listen).await, state("ListenIn", "NextCall", "Agent"));
    let by_number = json!({"operationName": "BargeIn", "phoneNumber": "7101"});
    assert_eq!(order(by_number).await, state("BargeIn", "AllCalls", "Call"));
    assert_eq!(order(operation("CancelSupervisorMonitoring")).await, Value::Null);
    x.at_device("sam", operation("CancelSupervisorMonitoring")).await.refused(400, 2);
    let of_queue = json!({"operationName": "ListenIn", "phoneNumber": QUEUE});
    let uri = order(of_queue).await["targetDeviceUri"].as_str().map(str::to_owned);
    assert!(uri.is_some_and(|uri| uri.contains("/queues/")));
}

#[tokio::test]
async fn a_supervisor_is_called_joins_and_switches() {
    let mut x = Exchange::open().await;
    let target = x.device("anna").await.to_string();
    x.at_device("sam", json!({"operationName": "ListenIn", "targetDeviceUri": target})).await.done();
    let id = x.serve("anna").await;
    let news = x.told("sam", "/v2/me/calls").await;
    assert_eq!(news[0]["call"]["state"], "Ringing", "a client begins to follow a call when it rings");
    if x.call_of("sam").await["state"] == "Ringing" {
        x.does("sam", &id, "Answer").await;
    }
    let listening = x.call_of("sam").await;
    assert_eq!(listening["id"], id.as_str());
    assert_eq!((&listening["state"], &listening["mute"]), (&json!("Established"), &json!("On")));
    assert_eq!(listening["supervisorMonitoringState"], json!({"state": "ListenIn"}));
    assert!(listening.get("monitoring").is_none());
    let numbers = |call: &Value| {
        let all = call["participants"].as_array().into_iter().flatten();
        let mut all: Vec<_> = all.filter_map(|one| one["phoneNumber"].as_str().map(str::to_owned)).collect();
        all.sort();
        all
    };
    assert_eq!(numbers(&listening), [CUSTOMER, "7101"]);
    assert_eq!(numbers(&x.call_of("anna").await), [CUSTOMER], "nobody sees who listens in");
    let switches = |call: &Value| {
        let all = sorted(&call["capabilities"]);
        all.into_iter()
            .filter(|it| it.starts_with("SwitchTo") || it.contains("Monitored"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(switches(&listening), "SwitchToBargeIn SwitchToCoach");

    x.does("sam", &id, "SwitchToCoach").await;
    let coaching = x.call_of("sam").await;
    assert_eq!(
        (&coaching["mute"], switches(&coaching)),
        (&json!("Off"), "SwitchToBargeIn SwitchToListenIn".to_owned())
    );
    assert_eq!(numbers(&x.call_of("anna").await), [CUSTOMER, "5005"], "the coached agent sees the coach");
    x.does("sam", &id, "SwitchToBargeIn").await;
    let barged = x.call_of("sam").await;
    assert_eq!(switches(&barged), "MuteMonitoredUser SwitchToCoach SwitchToListenIn");
    x.told.news.lock().clear();
    x.does("sam", &id, "MuteMonitoredUser").await;
    let told = x.told("sam", "/v2/me/calls").await;
    let muted = (&told[0]["notificationType"], &told[0]["call"]["monitoredUserMuted"]);
    assert_eq!(muted, (&json!("MonitoredUserMutedStateChange"), &json!(true)));
    x.does("sam", &id, "UnmuteMonitoredUser").await;
    x.does("sam", &id, "SwitchToListenIn").await;
    for name in ["anna", "sam"] {
        x.check_reads(name).await;
    }
    // The order at the telephone is what it was.
    let devices = x.center.get(x.user("sam").await, "/me/devices?fields=*").await.done();
    assert_eq!(devices["devices"][0]["supervisorMonitoringState"]["state"], "ListenIn");
    x.does("sam", &id, "Hangup").await;
    assert_eq!(x.call_of("anna").await["state"], "Established", "the call goes on without the supervisor");
}

#[tokio::test]
async fn an_order_for_one_call_is_over_with_it() {
    let mut x = Exchange::open().await;
    let target = x.device("anna").await.to_string();
    let order =
        json!({"operationName": "Coach", "targetDeviceUri": target, "supervisorMonitoringMode": "NextCall"});
    x.at_device("sam", order).await.done();
    let id = x.serve("anna").await;
    x.told("sam", "/v2/me/devices").await;
    x.does("anna", &id, "Hangup").await;
    assert_eq!(x.calls_of("sam").await, [] as [Value; 0]);
    let told = x.told("sam", "/v2/me/devices").await;
    let device = &told.last().expect("the order's end is told")["devices"][0];
    assert!(device.get("supervisorMonitoringState").is_none(), "{device}");
    assert!(!sorted(&device["capabilities"]).contains(&"CancelSupervisorMonitoring"));
}
