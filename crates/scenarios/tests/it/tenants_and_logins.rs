//! Contact centers that never see each other, and who may say who he is.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use test_kit::{Customer, Desk, HttpClient, Transport, add_contact_center, add_person};

use crate::center::Center;

/// After so many wrong passwords for one name the next guess is not looked at.
const FEW_LOGINS: &str = "
[sign_in]
max_failures_per_user = 5
";

#[tokio::test]
async fn one_contact_center_can_neither_see_nor_steer_another() {
    let center = Center::open().await;
    let base = center.server.base();
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;

    let (other_id, other_admin) = add_contact_center(&center.admin.http, "other").await;
    assert_ne!(other_id, center.id);
    let other_admin = Desk::login(&base, &other_admin.user_name, &other_admin.password).await;
    assert_eq!(other_admin.contact_center_id, other_id);
    let olga = add_person(&other_admin.http, "olga", &["ROLE_AGENT"]).await;
    let otto = add_person(&other_admin.http, "otto", &["ROLE_SUPERVISOR"]).await;
    let mut olga = center.seat(&olga, Transport::LongPolling).await;
    let mut otto = center.seat(&otto, Transport::WebSocket).await;

    let users = other_admin.read("/users?fields=*").await.to_string();
    assert!(!users.contains("anna") && users.contains("olga"), "{users}");
    for path in [format!("/users/{}", anna.person.id), format!("/contacts/{}?type=User", anna.person.id)] {
        other_admin.http.get(&format!("/api/v2{path}")).await.expect("an answer").refusal(404, 6);
    }
    let delete = format!("/api/v2/users/{}", anna.person.id);
    other_admin.http.delete(&delete).await.expect("an answer").refusal(404, 6);

    otto.supervise(&anna.person.id, "Coach", Value::Null).await.refusal(404, 6);
    let mode = json!({"supervisorVisibilityMode": "Coach"});
    otto.intrude(&anna.person.id, &talk.chat, mode.clone()).await.refusal(404, 6);
    otto.intrude(&olga.person.id, &talk.chat, mode).await.refusal(404, 6);
    olga.call(&talk.chat, "SendMessage", json!({"text": "hello"})).await.refusal(404, 6);
    olga.http
        .get(&format!("/api/v2/me/chats/{}/messages", talk.chat))
        .await
        .expect("an answer")
        .refusal(404, 6);
    let target = json!({"targetPath": format!("/users/{}", olga.person.id)});
    anna.call(&talk.chat, "Invite", target.clone()).await.refusal(404, 6);
    anna.call(&talk.chat, "Transfer", target).await.refusal(404, 6);

    let stranger = Customer::browser(&base, &other_id);
    let path = format!("/api/v2/chats/{}", talk.customer.chat_id);
    stranger.get(&path).await.expect("an answer").refusal(404, 6);
    let text = json!({"operationName": "SendMessage", "text": "hello"});
    stranger.post(&path, &text).await.expect("an answer").refusal(404, 6);

    // Its customers come to its agents, and nothing of the first center was ever pushed to them.
    olga.set_state("Ready").await;
    anna.set_state("NotReady").await;
    let guest = Customer::request_chat(&base, &other_id, "Guest").await;
    let offer = olga.inbox.offered().await;
    assert_ne!(offer.chat_id(), Some(talk.chat.as_str()));
    assert_eq!(guest.chat().await["state"], "WaitingForAgent");
    olga.settle().await;
    otto.settle().await;
    for desk in [&olga, &otto] {
        let of_first = desk.inbox.all().iter().any(|it| it.chat_id() == Some(talk.chat.as_str()));
        assert!(!of_first, "{:?}", desk.inbox.all());
    }
}

#[tokio::test]
async fn a_customer_of_an_unknown_contact_center_is_not_let_in() {
    let center = Center::open().await;
    let browser = Customer::browser(&center.server.base(), "00000000-0000-4000-8000-000000000000");
    let request = json!({"operationName": "RequestChat", "nickname": "Milo"});
    browser.post("/api/v2/chats", &request).await.expect("an answer").refusal(404, 6);
}

#[tokio::test]
async fn missing_and_wrong_passwords_are_answered_alike() {
    let center = Center::open().await;
    let nobody = HttpClient::new(&center.server.base());
    let without = nobody.get("/api/v2/me").await.expect("an answer");
    let message = without.refusal(403, 20);
    assert!(without.headers.get("www-authenticate").is_none(), "no login box of the browser's");
    for (user_name, password) in [("admin", "wrong"), ("nobody", "wrong"), ("", "")] {
        nobody.set_basic(user_name, password);
        assert_eq!(nobody.get("/api/v2/me").await.expect("an answer").refusal(403, 20), message);
    }
    let handshake = json!([{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]);
    nobody.forget_basic();
    nobody.post("/api/v2/notifications/handshake", &handshake).await.expect("an answer").refusal(403, 20);
}

#[tokio::test]
async fn guessing_passwords_is_throttled_for_the_name_that_is_guessed() {
    let center = Center::open_with(FEW_LOGINS).await;
    let anna = center.person("anna", "ROLE_AGENT").await;
    let bela = center.person("bela", "ROLE_AGENT").await;
    let guesser = HttpClient::new(&center.server.base());
    for guess in 0..20 {
        guesser.set_basic(&anna.user_name, &format!("guess {guess}"));
        let answer = guesser.get("/api/v2/me").await.expect("an answer");
        assert!(matches!(answer.status, 403 | 429), "{answer}");
        assert_eq!(answer.status_code(), 20, "{answer}");
    }
    guesser.set_basic(&anna.user_name, &anna.password);
    let throttled = guesser.get("/api/v2/me").await.expect("an answer");
    assert_eq!(throttled.status_code(), 20, "even the right password has to wait: {throttled}");
    Desk::login(&center.server.base(), &bela.user_name, &bela.password).await;
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    let ready = json!({"operationName": "Ready"});
    let before = anna.read("/me/channels/chat").await;

    anna.http.forget_csrf();
    let without = anna.http.post("/api/v2/me/channels/chat", &ready).await.expect("an answer");
    assert_csrf_refusal(without.status, &without.body);
    let mut forged = HeaderMap::new();
    forged.insert(
        HeaderName::from_static("x-csrf-token"),
        HeaderValue::from_static("00000000-0000-4000-8000-000000000000"),
    );
    let body = bytes::Bytes::from(ready.to_string());
    let post = http::Method::POST;
    let path = "/api/v2/me/channels/chat";
    let wrong =
        anna.http.send_bytes(post, path, "application/json", Some(body), &forged).await.expect("an answer");
    assert_csrf_refusal(wrong.status, &wrong.body);

    // The GET brings the token back.
    assert_eq!(anna.read("/me/channels/chat").await, before, "nothing has changed");
    anna.set_state("Ready").await;
    // A password in the request says as much as a token.
    anna.http.forget_csrf();
    anna.http.set_basic(&anna.person.user_name, &anna.person.password);
    anna.set_state("NotReady").await;
}

fn assert_csrf_refusal(status: u16, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    assert_eq!(status, 403, "{text}");
    assert!(text.contains("Missing or invalid Csrf token"), "{text}");
}

#[tokio::test]
async fn ending_the_session_ends_the_login() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    let end = json!({"operationName": "EndContactCenterSession"});
    anna.http.post("/api/v2/me", &end).await.expect("an answer").success();
    anna.http.get("/api/v2/me").await.expect("an answer").refusal(403, 20);
}
