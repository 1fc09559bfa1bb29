//! The documented exchange of `Coach` for telephones, member by member, with a push client that others wrote.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_kit::{Medium, Notification, add_person};

use crate::center::{Center, UNHURRIED};
use crate::outside_desk::{OutsideDesk, PushClient};
use crate::registering_phone::RegisteringPhone;
use crate::telephones::ports::{Ports, here};

/// Calls, in the words of the wire.
const CALLS: Medium = Medium { channel: "voice", collection: "calls" };
/// Ports for the server's media, which no call of this story needs.
const MEDIA_PORTS: u16 = 16;

#[tokio::test]
async fn outside_client_cometd_3_is_told_of_coaching_a_telephone_as_documented() {
    documented_exchange(PushClient { name: "cometd-3", transport: "long-polling" }).await;
}

#[tokio::test]
async fn outside_client_cometd_9_is_told_of_coaching_a_telephone_as_documented() {
    documented_exchange(PushClient { name: "cometd-9", transport: "websocket" }).await;
}

async fn documented_exchange(client: PushClient) {
    let ports = Ports::claim();
    let (sip, media) = (ports.signaling(1), ports.media(MEDIA_PORTS));
    let voice = format!(
        "\n[voice]\nudp = [\"127.0.0.1:{sip}\"]\nfirst_rtp_port = {media}\nlast_rtp_port = {}\n",
        media + MEDIA_PORTS - 1
    );
    let center = Center::open_with(&format!("{UNHURRIED}{voice}")).await;
    let agent = Telephone::of(&center, "test_agent", "ROLE_AGENT", "5001").await;
    let own = Telephone::of(&center, "test_supervisor", "ROLE_SUPERVISOR", "5005").await;
    let base = center.server.base();
    let mut supervisor = OutsideDesk::seat(&base, &own.person, CALLS, client).await;
    let path = format!("/api/v2/me/devices/{}", own.device);
    // The printed request, to another host than the one that is answered.
    let printed = json!({
        "operationName": "Coach",
        "targetDeviceUri": format!("http://localhost:8080/api/v2/devices/{}", agent.device)
    });

    let refused = supervisor.post(&path, printed.clone()).await;
    assert_eq!(refused, (500, json!(4)), "without a registered phone nobody can be brought into a call");
    supervisor.inbox.take("the failure", |it| it.message_type() == "ErrorMessage").await;

    let _phone = RegisteringPhone::register(here(sip), "5005", "secret-of-5005").await;
    supervisor.succeed("/api/v2/me/channels/voice", json!({"operationName": "NotReady"})).await;
    supervisor.succeed(&path, json!({"operationName": "DoNotDisturbOn"})).await;
    let before = told(&supervisor, |device| device["doNotDisturb"] == "On").await;
    assert!(before.get("supervisorMonitoringState").is_none(), "{before}");

    supervisor.succeed(&path, printed).await;
    let device = told(&supervisor, |device| device.get("supervisorMonitoringState").is_some()).await;
    check_printed(device, &base, &own, &agent);

    // "NextCall — Monitor only the next call the agent receives, then stop monitoring."
    let narrow = json!({"operationName": "ListenIn", "targetDeviceUri": agent.device,
        "supervisorMonitoringScope": "Agent", "supervisorMonitoringMode": "NextCall"});
    supervisor.succeed(&path, narrow).await;
    let narrow = told(&supervisor, |device| device["supervisorMonitoringState"]["mode"] == "NextCall").await;
    let state = &narrow["supervisorMonitoringState"];
    assert_eq!((&state["state"], &state["scope"]), (&json!("ListenIn"), &json!("Agent")));
    supervisor.succeed(&path, json!({"operationName": "CancelSupervisorMonitoring"})).await;
    let free = |device: &Value| device.get("supervisorMonitoringState").is_none() && !may(device, CANCEL);
    assert_eq!(told(&supervisor, free).await, before, "as it was before the orders");
    supervisor.close().await;
}

const CANCEL: &str = "CancelSupervisorMonitoring";

/// Somebody's device, and its owner.
struct Telephone {
    person: test_kit::Person,
    device: String,
}

impl Telephone {
    async fn of(center: &Center, name: &str, role: &str, number: &str) -> Telephone {
        let person = add_person(&center.admin.http, name, &[role]).await;
        let path = format!("/api/v2/users/{}/devices", person.id);
        let device = json!({"phoneNumber": number, "sipPassword": format!("secret-of-{number}")});
        let made = center.admin.http.post(&path, &device).await.expect("an answer").success();
        let device = made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned();
        Telephone { person, device }
    }
}

/// The last device that was told, once it is as expected.
async fn told(desk: &OutsideDesk, is: impl Fn(&Value) -> bool) -> Value {
    let last = |all: &[Notification]| {
        let last = all.iter().rfind(|it| it.message_type() == "DeviceStateChangeMessage")?;
        assert_eq!(last.channel, "/v2/me/devices");
        let [device] = last.data["devices"].as_array()?.as_slice() else { return None };
        is(device).then(|| device.clone())
    };
    desk.inbox.find("news of the telephone", last).await
}

fn may(device: &Value, operation: &str) -> bool {
    device["capabilities"].as_array().is_some_and(|list| list.iter().any(|one| one == operation))
}

/// Every printed member, with the printed value where it is not this server's choice; and what was added later.
fn check_printed(mut device: Value, base: &str, own: &Telephone, agent: &Telephone) {
    let members = device.as_object_mut().expect("an object");
    let capabilities = members.remove("capabilities").expect("capabilities");
    let listed: BTreeSet<_> =
        capabilities.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let printed = ["ForwardCallsOn", "DoNotDisturbOff", "ListenIn", "Coach", "BargeIn", CANCEL];
    assert_eq!(listed, BTreeSet::from(printed), "their order means nothing");
    let environment = members.remove("voiceEnvironmentUri").expect("a voiceEnvironmentUri");
    let prefix = format!("{base}/api/v2/voice-environments/");
    assert!(environment.as_str().is_some_and(|uri| uri.starts_with(&prefix)), "{environment}");
    let later: Vec<_> =
        ["description", "channels", "dynamicPhoneNumber"].map(|name| members.remove(name)).into();
    assert_eq!(later, [Some(json!("")), Some(json!(["voice"])), Some(json!(""))]);
    let expected = json!({
        "id": own.device,
        "deviceState": "Active",
        "userState": {"id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready", "state": "NotReady"},
        "phoneNumber": "5005",
        "e164Number": "5005",
        "telephonyNetwork": "Private",
        "doNotDisturb": "On",
        "supervisorMonitoringState": {
            "state": "Coach",
            "mode": "AllCalls",
            "scope": "Call",
            "targetDeviceUri": format!("{base}/api/v2/devices/{}", agent.device)
        }
    });
    assert_eq!(device, expected);
}
