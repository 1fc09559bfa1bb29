//! What every client does before the first chat: start-up, reads, sessions and states.

use serde_json::{Value, json};
use test_kit::{HttpClient, Notification, Transport};

use crate::center::Center;

#[tokio::test]
async fn the_vendors_desktop_starts_up() {
    let center = Center::open().await;
    let person = center.person("anna", "ROLE_AGENT").await;
    let http = HttpClient::new(&center.server.base());
    let first = "/api/v2/me?subresources=features,devices,channels";
    http.get(first).await.expect("an answer").refusal(403, 20);
    http.set_basic(&person.user_name, &person.password);
    let me = http.get(first).await.expect("an answer").success()["user"].take();
    assert!(me["features"].is_array() && me["devices"].is_array(), "{me}");
    assert!(me.get("channels").is_none(), "no channels before the session: {me}");
    let feature = |id: &str| me["features"].to_string().contains(&format!("{id:?}"));
    assert!(feature("api-multimedia") && feature("api-multimedia-chat"), "{me}");
    http.forget_basic();

    for (path, member) in [
        ("/internal-api/me/settings?fields=*", "statusCode"),
        ("/api/v2/services?fields=*", "services"),
        ("/api/v2/me/groups?type=BusinessUnit&fields=*", "groups"),
        ("/internal-api/contact-center?subresources=businessAttributes", "statusCode"),
        ("/api/v2/groups?type=dispositions&fields=*", "groups"),
    ] {
        let answer = http.get(path).await.expect("an answer");
        assert!(answer.success().get(member).is_some(), "{member} in {answer}");
    }
    let start = json!({"operationName": "StartContactCenterSession", "channels": ["chat"], "place": null, "loginCode": null, "queue": null});
    http.post("/api/v2/me", &start).await.expect("an answer").success();
    let contact =
        http.get(&format!("/api/v2/contacts/{}?type=User", person.id)).await.expect("an answer").success();
    assert_eq!(contact["contact"]["userName"], "anna");

    let mut desk = test_kit::Desk::login(&center.server.base(), &person.user_name, &person.password).await;
    desk.open_push(Transport::LongPolling).await;
    let version = http.get("/api/v2/diagnostics/version").await.expect("an answer").success();
    assert!(version["version"].is_string(), "{version}");
    optional(&http, "/api/v2/workbins?fields=*", None).await;
    let snapshot = http.get("/api/v2/me/?subresources=devices,calls,channels,interactions,chats").await;
    let snapshot = snapshot.expect("an answer").success()["user"].take();
    assert_eq!(snapshot["channels"][0]["channel"], "chat", "{snapshot}");
    assert_eq!(snapshot["channels"], snapshot["channelStates"]);
    assert_eq!(snapshot["chats"], json!([]));
    optional(&http, "/api/v2/workbins", Some(json!({"operationName": "Subscribe"}))).await;
    let ready = json!({"operationName": "Ready"});
    http.post("/api/v2/me/channels/chat", &ready).await.expect("an answer").success();
    optional(&http, "/internal-api/operations", Some(json!({"operationName": "SendUserEvent"}))).await;
    center.customer("Milo").await;
    desk.inbox.offered().await;
}

/// A desktop lives without these: they are served, or clearly not there.
async fn optional(http: &HttpClient, path: &str, body: Option<Value>) {
    let answer = match body {
        Some(body) => http.post(path, &body).await.expect("an answer"),
        None => http.get(path).await.expect("an answer"),
    };
    assert!(answer.is_success() || (answer.status == 404 && answer.status_code() == 6), "{answer}");
}

#[tokio::test]
async fn each_channel_of_a_session_succeeds_or_fails_alone() {
    let center = Center::open().await;
    let person = center.person("anna", "ROLE_AGENT").await;
    let desk = test_kit::Desk::login(&center.server.base(), &person.user_name, &person.password).await;
    let start = |channels: Value| json!({"operationName": "StartContactCenterSession", "channels": channels});
    let answer = desk.http.post("/api/v2/me", &start(json!(["voice", "chat"]))).await.expect("an answer");
    let body = answer.json();
    assert_eq!((answer.status, &body["statusCode"]), (200, &json!(7)), "{answer}");
    assert_eq!(body["succeeded"], json!([{"statusCode": 0, "channel": "multimedia"}]), "{answer}");
    let failed = &body["failed"][0];
    assert_eq!(failed["channel"], "voice", "an agent without a device has no voice: {answer}");
    assert!(failed["statusCode"].as_i64() > Some(0) && failed["statusMessage"].is_string(), "{answer}");
    assert!(body.get("statusMessage").is_none(), "{answer}");
    desk.set_state("Ready").await;

    let answer = desk.http.post("/api/v2/me", &start(json!(["voice"]))).await.expect("an answer");
    answer.refusal(answer.status, answer.status_code());
    assert!(
        answer.status_code() > 0 && answer.status_code() != 7,
        "all failed: an ordinary failure: {answer}"
    );
    // A reload starts the session again; that changes nothing.
    desk.start_session().await;
    assert_eq!(desk.read("/me/channels/chat").await["channel"]["userState"]["state"], "Ready");
}

#[tokio::test]
async fn collections_are_read_as_links_whole_or_in_part() {
    let center = Center::open().await;
    let admin = &center.admin;
    center.person("anna", "ROLE_AGENT").await;
    let base = center.server.base();
    let links = admin.read("/users").await;
    let links = links["uris"].as_array().unwrap_or_else(|| panic!("uris in {links}"));
    assert_eq!(links.len(), 2, "the administrator and anna: {links:?}");
    assert!(
        links.iter().all(|it| it.as_str().is_some_and(|it| it.starts_with(&format!("{base}/api/v2/users/"))))
    );

    let whole = admin.read("/users?fields=*&_=1712480102640").await;
    let anna = find(&whole["users"], "userName", "anna");
    for member in
        ["id", "userName", "firstName", "lastName", "emailAddress", "roles", "enabled", "uri", "path"]
    {
        assert!(anna.get(member).is_some(), "{member} in {anna}");
    }
    assert!(anna.get("password").is_none() && anna.get("skills").is_none(), "{anna}");
    assert_eq!(anna["path"], format!("/users/{}", anna["id"].as_str().unwrap_or("")));
    assert_eq!(anna["id"].as_str().map(str::len), Some(32));

    let part = admin.read("/users?fields=id,userName&userName=anna").await;
    assert_eq!(part["users"], json!([{"id": anna["id"], "userName": "anna"}]));
    let with = admin.read("/users?fields=*&subresources=skills,devices&userName=anna").await;
    assert_eq!((&with["users"][0]["skills"], &with["users"][0]["devices"]), (&json!([]), &json!([])));
    let everything = admin.read("/me?subresources=*").await;
    assert!(everything["user"]["settings"].is_object(), "{everything}");
    assert_eq!(admin.read("/users/").await, admin.read("/users").await, "a trailing slash changes nothing");
}

#[tokio::test]
async fn the_directory_is_read_in_pages() {
    let center = Center::open().await;
    for name in ["anna", "bela", "carl"] {
        center.person(name, "ROLE_AGENT").await;
    }
    let all = center.admin.read("/contacts?type=User").await;
    assert_eq!(all["totalCount"], 4, "{all}");
    let page = center.admin.read("/contacts?type=User&offset=1&limit=2").await;
    assert_eq!((&page["totalCount"], page["contacts"].as_array().map(Vec::len)), (&json!(4), Some(2)));
    assert_eq!(page["contacts"], json!(all["contacts"].as_array().expect("contacts")[1..3]));
    let found =
        center.admin.read("/contacts?filterName=NamesOrPhoneNumberMatches&filterParameters=ann*").await;
    assert_eq!(found["contacts"][0]["userName"], "anna", "{found}");
}

#[tokio::test]
async fn a_supervisor_sets_the_state_of_an_agent_who_is_told() {
    let center = Center::open().await;
    let mut anna = center.agent("anna").await;
    let sam = center.supervisor("sam").await;
    anna.settle().await;
    let before = anna.inbox.len();
    sam.supervise(&anna.person.id, "Ready", Value::Null).await.success();
    let told = anna.inbox.take("the new state", |it: &Notification| {
        it.position >= before && it.message_type() == "ChannelStateChangeMessageV2"
    });
    let told = told.await;
    assert_eq!(told.channel, "/v2/me/channels");
    let expected =
        json!({"id": "9430250E-0A1B-421F-B372-F29E69366DED", "displayName": "Ready", "state": "Ready"});
    let channel = &told.data["channels"][0];
    assert_eq!((&channel["channel"], &channel["userState"]), (&json!("chat"), &expected), "{channel}");
    assert_eq!(channel["dndState"], "Off");
    let agent = center.agent("bela").await;
    agent.supervise(&anna.person.id, "NotReady", Value::Null).await.refusal(403, 5);
}

#[tokio::test]
async fn states_are_set_for_one_channel_or_for_all() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    for (operation, state, id) in [
        ("Ready", "Ready", "9430250E-0A1B-421F-B372-F29E69366DED"),
        ("NotReady", "NotReady", "900D55CC-2BB0-431F-8BF9-D3525B383BE6"),
        ("AfterCallWork", "NotReady", "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF"),
        ("AuxWork", "NotReady", "2B36138D-C564-4562-A8CB-3C32D564F296"),
    ] {
        let request = json!({"operationName": operation});
        anna.http.post("/api/v2/me", &request).await.expect("an answer").success();
        let channel = anna.read("/me/channels/chat").await["channel"].take();
        assert_eq!(
            (&channel["userState"]["state"], &channel["userState"]["id"]),
            (&json!(state), &json!(id))
        );
    }
    anna.http
        .post("/api/v2/me", &json!({"operationName": "DoNotDisturbOn"}))
        .await
        .expect("an answer")
        .success();
    assert_eq!(anna.read("/me/channels/chat").await["channel"]["dndState"], "On");
    let all = anna.read("/me/channels?fields=*").await;
    assert_eq!(all["channels"].as_array().map(Vec::len), Some(1), "{all}");
}

#[tokio::test]
async fn the_server_tells_its_health_its_figures_and_its_contract() {
    let center = Center::open().await;
    let http = HttpClient::new(&center.server.base());
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(http.get(path).await.expect("an answer").status, 200, "{path}");
    }
    let contract = http.get("/api/v2/openapi.json").await.expect("an answer").json();
    assert!(contract["openapi"].as_str().is_some_and(|it| it.starts_with("3.1")), "{}", contract["openapi"]);
    assert!(contract["paths"].to_string().contains("/me/chats"), "{}", contract["paths"]);
}

fn find(list: &Value, member: &str, value: &str) -> Value {
    let found = list.as_array().into_iter().flatten().find(|it| it[member] == value);
    found.unwrap_or_else(|| panic!("no {member} {value} in {list}")).clone()
}
