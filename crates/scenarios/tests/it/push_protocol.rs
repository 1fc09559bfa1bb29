//! What the push protocol promises to any client, message by message.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use test_kit::{Answer, Desk, HttpClient, start_task};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::center::Center;

/// Connects are held for two seconds, so that a test can wait for the end of it.
const SHORT_HOLD: &str = "
[push]
timeout_ms = 2000
max_interval_ms = 10000
";
/// Fewer events than this test causes.
const SHORT_QUEUE: &str = "
[push]
max_queue_events = 20
";
/// A held connect may come back a little early, but not before this, in milliseconds.
const SURELY_HELD_MS: u64 = 1_000;

#[tokio::test]
async fn the_first_connect_returns_at_once_and_the_second_is_held() {
    let (_center, _desk, client) = connected_client().await;
    let mut held = client.connect_in_background();
    assert!(is_held(&mut held).await);
    let replies = array(&held.await.expect("a task"));
    assert_eq!(replies.len(), 1, "nothing but the connect's reply: {replies:?}");
    assert_eq!((&replies[0]["successful"], replies[0].get("advice")), (&json!(true), None));
}

#[tokio::test]
async fn an_event_ends_a_held_connect_and_comes_before_its_reply() {
    let (_center, desk, client) = connected_client().await;
    client.send(json!([{"channel": "/meta/subscribe", "subscription": "/v2/me/*"}])).await;
    let held = client.connect_in_background();
    desk.set_state("NotReady").await;
    let replies = array(&held.await.expect("a task"));
    let [event, reply] = replies.as_slice() else { panic!("an event and the reply: {replies:?}") };
    assert_eq!(event["channel"], "/v2/me/channels");
    assert_eq!(event["data"]["messageType"], "ChannelStateChangeMessageV2");
    assert!(event.get("clientId").is_none(), "{event}");
    assert_eq!(reply["channel"], "/meta/connect");
}

#[tokio::test]
async fn an_event_between_two_connects_waits_for_the_next() {
    let (_center, desk, client) = connected_client().await;
    client.send(json!([{"channel": "/meta/subscribe", "subscription": ["/v2/me", "/v2/me/channels"]}])).await;
    for state in ["NotReady", "AuxWork", "NotReady"] {
        desk.set_state(state).await;
    }
    let mut states = Vec::new();
    while states.len() < 3 {
        let replies = array(&client.connect().await);
        let events = replies.iter().filter(|it| it["channel"] == "/v2/me/channels");
        states.extend(events.map(|it| it["data"]["channels"][0]["userState"]["displayName"].clone()));
    }
    assert_eq!(states, ["Not Ready", "Aux Work", "Not Ready"], "in their order, none lost");
}

#[tokio::test]
async fn a_session_belongs_to_its_browser_and_its_user() {
    let (center, desk, client) = connected_client().await;
    let base = center.server.base();
    let other_browser = Desk::login(&base, &desk.person.user_name, &desk.person.password).await;
    let stranger = center.agent("bela").await;
    for thief in [other_browser.http, stranger.http] {
        let thief = RawClient { http: thief, client_id: client.client_id.clone() };
        let replies = array(&thief.connect().await);
        assert_eq!(replies[0]["successful"], false, "{replies:?}");
        assert!(replies[0]["error"].as_str().is_some_and(|error| error.starts_with("402:")), "{replies:?}");
        assert_eq!(replies[0]["advice"]["reconnect"], "handshake", "{replies:?}");
    }
    // The victim stays connected.
    let mut held = client.connect_in_background();
    assert!(is_held(&mut held).await);
}

#[tokio::test]
async fn a_second_connect_replaces_the_first() {
    let (_center, _desk, client) = connected_client().await;
    let mut first = client.connect_in_background();
    assert!(is_held(&mut first).await);
    let mut second = client.connect_in_background();
    let replaced = first.await.expect("a task");
    assert_eq!(replaced.status, 500, "whoever waited there is gone: {replaced}");
    assert!(is_held(&mut second).await);
    assert_eq!(array(&second.await.expect("a task"))[0]["successful"], true);
}

#[tokio::test]
async fn replies_come_in_the_order_of_their_requests() {
    let (_center, _desk, client) = connected_client().await;
    let answer = client
        .send(json!([
            {"channel": "/meta/connect", "connectionType": "long-polling", "id": "a"},
            {"channel": "/meta/subscribe", "subscription": ["/v2/me", "/v2/me/*"], "id": "b"},
            {"channel": "/meta/subscribe", "id": "c"},
            {"channel": "/meta/subscribe", "subscription": "/<b>", "id": "d"},
            {"channel": "/v2/me/chats", "data": {"forged": true}, "id": "e"},
        ]))
        .await;
    let replies = array(&answer);
    let ids: Vec<&Value> = replies.iter().map(|reply| &reply["id"]).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e"], "connect is not held in company: {replies:?}");
    assert_eq!(replies[1]["subscription"], json!(["/v2/me", "/v2/me/*"]), "echoed as it came");
    for (refused, code) in [(2, "403:"), (3, "40"), (4, "403:")] {
        let error = replies[refused]["error"].as_str().unwrap_or("");
        assert!(replies[refused]["successful"] == false && error.starts_with(code), "{}", replies[refused]);
    }
}

#[tokio::test]
async fn disconnecting_releases_the_held_connect_for_good() {
    let (_center, _desk, client) = connected_client().await;
    let mut held = client.connect_in_background();
    assert!(is_held(&mut held).await);
    assert_eq!(array(&client.send(json!([{"channel": "/meta/disconnect"}])).await)[0]["successful"], true);
    let released = array(&held.await.expect("a task"));
    assert_eq!(released[0]["advice"]["reconnect"], "none", "{released:?}");
    assert!(array(&client.connect().await)[0]["error"].as_str().is_some_and(|it| it.starts_with("402:")));
}

#[tokio::test]
async fn what_was_not_acknowledged_is_sent_again() {
    let center = Center::open_with(SHORT_HOLD).await;
    let desk = center.agent("anna").await;
    let http = Desk::login(&center.server.base(), &desk.person.user_name, &desk.person.password).await.http;
    let (client, reply) = RawClient::shake_hands(http, json!({"ack": true})).await;
    assert_eq!(reply["ext"]["ack"], true, "{reply}");
    client.send(json!([{"channel": "/meta/subscribe", "subscription": "/v2/me/*"}])).await;
    let first = array(&client.acknowledge(0).await);
    let batch = first.last().map(|reply| reply["ext"]["ack"].clone()).unwrap_or_default();
    assert!(batch.is_u64(), "{first:?}");

    desk.set_state("NotReady").await;
    let delivered = array(&client.acknowledge(batch.as_u64().unwrap_or(0)).await);
    assert_eq!(delivered[0]["channel"], "/v2/me/channels", "{delivered:?}");
    // As if that answer had been lost on its way.
    let again = array(&client.acknowledge(batch.as_u64().unwrap_or(0)).await);
    assert_eq!(again[0], delivered[0], "the same event again");
    let newest = again.last().and_then(|reply| reply["ext"]["ack"].as_u64()).expect("a batch number");
    let after = array(&client.acknowledge(newest).await);
    assert!(
        after.iter().all(|it| it["channel"] == "/meta/connect"),
        "acknowledged is not repeated: {after:?}"
    );
}

#[tokio::test]
async fn a_session_that_does_not_fetch_its_events_has_to_begin_anew() {
    let (_center, desk, client) = connected_client_of(SHORT_QUEUE).await;
    client.send(json!([{"channel": "/meta/subscribe", "subscription": "/v2/me/*"}])).await;
    for number in 0..30 {
        desk.set_state(if number % 2 == 0 { "NotReady" } else { "AuxWork" }).await;
    }
    let replies = array(&client.connect().await);
    let last = replies.last().expect("a reply");
    assert_eq!(
        (&last["successful"], &last["advice"]["reconnect"]),
        (&json!(false), &json!("handshake")),
        "{replies:?}"
    );
    // What was missed is read; what follows is told again.
    assert_eq!(desk.read("/me/channels/chat").await["channel"]["userState"]["displayName"], "Aux Work");
    let (again, _) = RawClient::shake_hands(client.http.clone(), json!({})).await;
    assert_eq!(array(&again.connect().await)[0]["successful"], true);
}

#[tokio::test]
async fn malformed_push_requests_are_refused() {
    let (_center, _desk, client) = connected_client().await;
    for body in ["{", "[", "7", "\"a\"", "[1]", "[]", ""] {
        let answer = client.send_text(body).await;
        assert!((400..=500).contains(&answer.status), "{body:?}: {answer}");
    }
    let company = json!([
        {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]},
        {"channel": "/meta/connect", "connectionType": "long-polling"},
    ]);
    let answer = client.send_text(&company.to_string()).await;
    assert!(answer.status >= 400, "a handshake comes alone: {answer}");
    // A message alone, without an array, is taken.
    let subscribe =
        json!({"channel": "/meta/subscribe", "subscription": "/v2/me/", "clientId": client.client_id});
    assert_eq!(array(&client.send_text(&subscribe.to_string()).await)[0]["successful"], true);
}

#[tokio::test]
async fn scripts_without_cross_site_requests_poll_by_callback() {
    let (_center, _desk, client) = connected_client().await;
    let message =
        json!([{"channel": "/meta/subscribe", "subscription": "/v2/me", "clientId": client.client_id}]);
    let encoded: String = message.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/api/v2/notifications?jsonp=answer&message={encoded}");
    let answer = client.http.get(&path).await.expect("an answer");
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{body}");
    let inner = body.trim_end_matches(';').strip_prefix("answer(").and_then(|rest| rest.strip_suffix(')'));
    let replies: Value =
        serde_json::from_str(inner.unwrap_or_else(|| panic!("no call: {body}"))).expect("JSON");
    assert_eq!(replies[0]["successful"], true);
    let forged = path.replace("jsonp=answer", "jsonp=alert(1)//");
    assert_eq!(client.http.get(&forged).await.expect("an answer").status, 400);
}

/// A client by hand: messages go out as they are written.
struct RawClient {
    http: HttpClient,
    client_id: String,
}

impl RawClient {
    async fn shake_hands(http: HttpClient, ext: Value) -> (RawClient, Value) {
        let handshake = json!([{"channel": "/meta/handshake", "version": "1.0", "id": "1", "ext": ext,
            "supportedConnectionTypes": ["long-polling"]}]);
        let answer = http.post("/api/v2/notifications/handshake", &handshake).await.expect("an answer");
        let reply = array(&answer)[0].clone();
        assert_eq!((&reply["successful"], &reply["id"]), (&json!(true), &json!("1")), "{reply}");
        assert!(http.cookie("BAYEUX_BROWSER").is_some(), "the handshake names the browser");
        let client_id = reply["clientId"].as_str().expect("a clientId").to_owned();
        (RawClient { http, client_id }, reply)
    }

    async fn connect(&self) -> Answer {
        self.send(json!([{"channel": "/meta/connect", "connectionType": "long-polling"}])).await
    }

    async fn acknowledge(&self, batch: u64) -> Answer {
        let connect =
            json!({"channel": "/meta/connect", "connectionType": "long-polling", "ext": {"ack": batch}});
        self.send(json!([connect])).await
    }

    fn connect_in_background(&self) -> JoinHandle<Answer> {
        let client = RawClient { http: self.http.clone(), client_id: self.client_id.clone() };
        start_task(async move { client.connect().await })
    }

    async fn send(&self, mut messages: Value) -> Answer {
        for message in messages.as_array_mut().into_iter().flatten() {
            message["clientId"] = json!(self.client_id);
        }
        self.http.post("/api/v2/notifications/", &messages).await.expect("an answer")
    }

    async fn send_text(&self, body: &str) -> Answer {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let further = HeaderMap::new();
        let path = "/api/v2/notifications";
        let sent = self.http.send_bytes(Method::POST, path, "application/json", Some(body), &further).await;
        sent.expect("an answer")
    }
}

/// An agent, and a client of hers that has connected once.
async fn connected_client() -> (Center, Desk, RawClient) {
    connected_client_of(SHORT_HOLD).await
}

async fn connected_client_of(config: &str) -> (Center, Desk, RawClient) {
    let center = Center::open_with(config).await;
    let person = center.person("anna", "ROLE_AGENT").await;
    let desk = Desk::login(&center.server.base(), &person.user_name, &person.password).await;
    desk.start_session().await;
    let (client, reply) = RawClient::shake_hands(desk.http.clone(), json!({})).await;
    assert_eq!(reply["advice"]["reconnect"], "retry", "{reply}");
    let first = timeout(Duration::from_millis(SURELY_HELD_MS), client.connect()).await;
    let replies = array(&first.expect("the first connect is not held"));
    assert_eq!(replies.last().map(|reply| &reply["successful"]), Some(&json!(true)), "{replies:?}");
    (center, desk, client)
}

/// Whether a connect is still without an answer after most of the time that it is held.
async fn is_held(connect: &mut JoinHandle<Answer>) -> bool {
    timeout(Duration::from_millis(SURELY_HELD_MS), connect).await.is_err()
}

/// The Bayeux messages of an answer.
fn array(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer}");
    match answer.json() {
        Value::Array(messages) if !messages.is_empty() => messages,
        _ => panic!("no messages in {answer}"),
    }
}
