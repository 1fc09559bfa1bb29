//! Requests that are malformed, oversized, of the wrong type, unknown, out of state or not permitted: each
//! gets its code and a message that names what is wrong, and nothing changes.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use test_kit::{Answer, HttpClient};

use crate::center::Center;

/// Longer texts are refused.
const TEXT_LIMIT_BYTES: usize = 32_768;
/// Longer bodies are refused.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// A body, the HTTP status and `statusCode` it earns, and what the message names: the parameter, or for an
/// operation that can't be done, the operation.
type Wrong = (Value, u16, i64, &'static str);

#[tokio::test]
async fn a_wrong_operation_on_a_chat_is_refused_and_changes_nothing() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let path = format!("/api/v2/me/chats/{}", talk.chat);
    let before = [anna.chats().await, anna.messages(&talk.chat).await, talk.customer.transcript().await];

    let too_long = "x".repeat(TEXT_LIMIT_BYTES + 1);
    let nobody = "/users/00000000000000000000000000000000";
    let wrong: Vec<Wrong> = vec![
        (json!({}), 400, 1, "operationName"),
        (json!({"operationName": null}), 400, 1, "operationName"),
        (json!({"operationName": 7}), 400, 10, "operationName"),
        (json!({"operationName": "Dance"}), 400, 2, "Dance"),
        (json!({"operationName": "Accept", "nickname": "Anna"}), 400, 2, "Accept"),
        (json!({"operationName": "SwitchToCoach"}), 400, 2, "SwitchToCoach"),
        (json!({"operationName": "SendToAgents", "text": "nobody else is here"}), 400, 2, "SendToAgents"),
        (json!({"operationName": "SendMessage"}), 400, 1, "text"),
        (json!({"operationName": "SendMessage", "text": null}), 400, 1, "text"),
        (json!({"operationName": "SendMessage", "text": ""}), 400, 1, "text"),
        (json!({"operationName": "SendMessage", "text": 5}), 400, 10, "text"),
        (json!({"operationName": "SendMessage", "text": ["a"]}), 400, 10, "text"),
        (json!({"operationName": "SendMessage", "text": too_long}), 400, 10, "text"),
        (json!({"operationName": "SendMessage", "text": "a", "treatAs": "Shout"}), 400, 10, "treatAs"),
        (json!({"operationName": "SendUrl"}), 400, 1, "url"),
        (json!({"operationName": "SendUrl", "url": 1}), 400, 10, "url"),
        (json!({"operationName": "SendCustomNotice"}), 400, 1, "noticeText"),
        (json!({"operationName": "SendNicknameUpdatedNotice"}), 400, 1, "noticeText"),
        (json!({"operationName": "Invite"}), 400, 1, "targetUri"),
        (json!({"operationName": "Invite", "targetUri": 3}), 400, 10, "targetUri"),
        (json!({"operationName": "Invite", "targetPath": nobody}), 404, 6, "targetPath"),
        (json!({"operationName": "Consult"}), 400, 1, "targetUri"),
        (json!({"operationName": "Transfer"}), 400, 1, "targetUri"),
        (json!({"operationName": "Transfer", "queueName": "no such queue"}), 404, 6, "queueName"),
        (json!({"operationName": "Complete", "queueName": "no such queue"}), 404, 6, "queueName"),
        (json!({"operationName": "Transfer", "queueName": "q", "targetPath": nobody}), 400, 2, "queueName"),
        (json!({"operationName": "Leave", "messageType": "Bye"}), 400, 2, "messageType"),
        (json!({"operationName": "SetDisposition"}), 400, 1, "disposition"),
        (json!({"operationName": "AttachUserData"}), 400, 1, "userData"),
        (json!({"operationName": "AttachUserData", "userData": "x"}), 400, 10, "userData"),
        (json!({"operationName": "UpdateUserData", "userData": {"a": {"b": 1}}}), 400, 10, "userData"),
        (
            json!({"operationName": "UpdateUserData", "userData": {"a": "x".repeat(900_000)}}),
            400,
            10,
            "userData",
        ),
        (json!({"operationName": "DeleteUserData"}), 400, 1, "keys"),
        (json!({"operationName": "DeleteUserData", "keys": "a"}), 400, 10, "keys"),
        (json!({"operationName": "DeleteUserData", "keys": [1]}), 400, 10, "keys"),
    ];
    check(&anna.http, &path, wrong).await;
    let after = [anna.chats().await, anna.messages(&talk.chat).await, talk.customer.transcript().await];
    assert_eq!(after, before, "nothing has changed");

    let longest = "x".repeat(TEXT_LIMIT_BYTES);
    anna.operate(&talk.chat, "SendMessage", json!({"text": longest})).await;
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let path = format!("/api/v2/me/chats/{}", talk.chat);
    let before = anna.messages(&talk.chat).await;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\"SendMessage\"",
        b"{\"operationName\":\"SendMessage\",\"text\":\"a\"} trailing",
        b"{\"operationName\":\"SendMessage\",\"text\":\"\xff\xfe\"}",
        b"{\"operationName\":\"SendMessage\",\"text\":\"\\ud800\"}",
        deep.as_bytes(),
    ];
    for body in bodies {
        let answer = send_raw(&anna.http, &path, Bytes::copy_from_slice(body)).await;
        let allowed = if body.is_empty() { [1, 10] } else { [10, 10] };
        assert!(allowed.contains(&answer.status_code()), "{answer}");
        answer.refusal(400, answer.status_code());
    }
    let padding = "x".repeat(BODY_LIMIT_BYTES);
    let body = json!({"operationName": "SendMessage", "text": "a", "padding": padding}).to_string();
    let answer = send_raw(&anna.http, &path, Bytes::from(body)).await;
    assert!(matches!(answer.status, 400 | 413), "{answer}");
    assert_eq!(answer.status_code(), 10, "{answer}");
    assert_eq!(anna.messages(&talk.chat).await, before, "nothing has changed");
}

#[tokio::test]
async fn a_chat_that_is_not_ones_own_is_unknown() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let bela = center.agent("bela").await;
    let text = json!({"text": "hello"});
    let message = bela.call(&talk.chat, "SendMessage", text.clone()).await.refusal(404, 6);
    let unknown = "0".repeat(talk.chat.len());
    let other = bela.call(&unknown, "SendMessage", text).await.refusal(404, 6);
    assert_eq!(message.replace(&talk.chat, "…"), other.replace(&unknown, "…"), "the two can't be told apart");
    for path in [format!("/me/chats/{}", talk.chat), format!("/me/chats/{}/messages", talk.chat)] {
        bela.http.get(&format!("/api/v2{path}")).await.expect("an answer").refusal(404, 6);
    }
}

#[tokio::test]
async fn wrong_supervision_is_refused_and_nobody_joins() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let bela = center.agent("bela").await;
    let mut sam = center.supervisor("sam").await;
    let talk = center.accepted_by(&anna, "Milo").await;

    let channel = format!("/api/v2/users/{}/channels/chat", anna.person.id);
    let wrong: Vec<Wrong> = vec![
        (json!({}), 400, 1, "operationName"),
        (json!({"operationName": "Haunt"}), 400, 2, "Haunt"),
        (json!({"operationName": "CancelSupervisorMonitoring"}), 400, 2, "CancelSupervisorMonitoring"),
        (
            json!({"operationName": "Coach", "supervisorMonitoringMode": "Now"}),
            400,
            10,
            "supervisorMonitoringMode",
        ),
        (
            json!({"operationName": "Coach", "supervisorMonitoringMode": 1}),
            400,
            10,
            "supervisorMonitoringMode",
        ),
        (json!({"operationName": "Coach", "nickname": 1}), 400, 10, "nickname"),
    ];
    check(&sam.http, &channel, wrong).await;
    for operation in ["Monitor", "Coach", "BargeIn"] {
        bela.supervise(&anna.person.id, operation, Value::Null).await.refusal(403, 5);
        sam.supervise(&sam.person.id, operation, Value::Null).await.refusal(403, 3);
        sam.supervise("00000000000000000000000000000000", operation, Value::Null).await.refusal(404, 6);
    }
    let pigeon = format!("/api/v2/users/{}/channels/pigeon", anna.person.id);
    check(&sam.http, &pigeon, vec![(json!({"operationName": "Coach"}), 404, 6, "hannel")]).await;

    let session = format!("/api/v2/users/{}/chats/{}", anna.person.id, talk.chat);
    let wrong: Vec<Wrong> = vec![
        (
            json!({"operationName": "Intrude", "supervisorVisibilityMode": "Ghost"}),
            400,
            10,
            "supervisorVisibilityMode",
        ),
        (json!({"operationName": "Intrude"}), 400, 2, "supervisorVisibilityMode"),
        (json!({"operationName": "Accept"}), 400, 2, "Accept"),
    ];
    check(&sam.http, &session, wrong).await;
    let mode = json!({"supervisorVisibilityMode": "Monitor"});
    bela.intrude(&anna.person.id, &talk.chat, mode.clone()).await.refusal(403, 5);
    sam.intrude(&anna.person.id, "0000000000000000", mode.clone()).await.refusal(404, 6);
    sam.intrude(&bela.person.id, &talk.chat, mode).await.refusal(404, 6);

    center.accepted_by(&anna, "Nora").await;
    sam.settle().await;
    assert!(sam.inbox.all().iter().all(|it| it.chat_id().is_none()), "{:?}", sam.inbox.all());
}

#[tokio::test]
async fn a_wrong_request_of_a_customer_is_refused() {
    let center = Center::open().await;
    let customer = center.customer("Milo").await;
    let before = [json!(customer.transcript().await), customer.chat().await];
    let too_long = "x".repeat(TEXT_LIMIT_BYTES + 1);
    let wrong: Vec<Wrong> = vec![
        (json!({}), 400, 1, "operationName"),
        (json!({"operationName": "Dance"}), 400, 2, "Dance"),
        (json!({"operationName": "SendToAgents", "text": "x"}), 400, 2, "SendToAgents"),
        (json!({"operationName": "SendMessage"}), 400, 1, "text"),
        (json!({"operationName": "SendMessage", "text": {}}), 400, 10, "text"),
        (json!({"operationName": "SendMessage", "text": too_long}), 400, 10, "text"),
    ];
    check(&customer.http, &format!("/api/v2/chats/{}", customer.chat_id), wrong).await;
    let unknown = "/api/v2/chats/00000000-0000-4000-8000-000000000000";
    let say = json!({"operationName": "SendMessage", "text": "x"});
    customer.http.post(unknown, &say).await.expect("an answer").refusal(404, 6);
    let index = format!("/api/v2/chats/{}/messages?index=first", customer.chat_id);
    let message = customer.http.get(&index).await.expect("an answer").refusal(400, 10);
    assert!(message.contains("index"), "{message}");
    assert_eq!([json!(customer.transcript().await), customer.chat().await], before, "nothing has changed");

    let wrong: Vec<Wrong> = vec![
        (json!({"operationName": "RequestChat"}), 400, 1, "nickname"),
        (json!({"operationName": "RequestChat", "nickname": 1}), 400, 10, "nickname"),
        (
            json!({"operationName": "RequestChat", "nickname": "M", "endpoint": "no such queue"}),
            404,
            6,
            "endpoint",
        ),
        (json!({"operationName": "RequestChat", "nickname": "M", "userData": []}), 400, 10, "userData"),
        (json!({"operationName": "RequestChat", "nickname": "M", "subject": 1}), 400, 10, "subject"),
    ];
    check(&customer.http, "/api/v2/chats", wrong).await;
}

#[tokio::test]
async fn wrong_reads_and_states_are_refused() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let messages = format!("/api/v2/me/chats/{}/messages", talk.chat);
    for (query, named) in
        [("startIndex=one", "startIndex"), ("startIndex=-1", "startIndex"), ("count=-1", "count")]
    {
        let answer = anna.http.get(&format!("{messages}?{query}")).await.expect("an answer");
        let message = answer.refusal(400, 10);
        assert!(message.contains(named), "{message}");
    }
    for path in
        ["/api/v2/nonsense", "/api/v2/me/channels/pigeon", "/api/v2/me/chats/%00", "/api/v2/me/chats/..%2f"]
    {
        anna.http.get(path).await.expect("an answer").refusal(404, 6);
    }
    let channel = "/api/v2/me/channels/chat";
    let wrong: Vec<Wrong> = vec![
        (json!({"operationName": "Asleep"}), 400, 2, "Asleep"),
        (json!({"operationName": 1}), 400, 10, "operationName"),
    ];
    check(&anna.http, channel, wrong).await;
    let wrong: Vec<Wrong> = vec![
        (json!({"operationName": "StartContactCenterSession"}), 400, 1, "channels"),
        (json!({"operationName": "StartContactCenterSession", "channels": "chat"}), 400, 10, "channels"),
        (json!({"operationName": "StartContactCenterSession", "channels": []}), 400, 1, "channels"),
    ];
    check(&anna.http, "/api/v2/me", wrong).await;
    assert_eq!(anna.read("/me/channels/chat").await["channel"]["userState"]["state"], "Ready");
}

#[tokio::test]
async fn wrong_provisioning_is_refused_and_adds_nobody() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    let admin = &center.admin;
    let before = admin.read("/users?fields=*").await;
    let somebody = |member: &str, value: Value| {
        let mut user = json!({"firstName": "A", "lastName": "B", "userName": "new", "password": "long enough", "roles": ["ROLE_AGENT"]});
        user[member] = value;
        user
    };
    let wrong: Vec<Wrong> = vec![
        (somebody("userName", Value::Null), 400, 1, "userName"),
        (somebody("firstName", Value::Null), 400, 1, "firstName"),
        (somebody("lastName", Value::Null), 400, 1, "lastName"),
        (somebody("password", Value::Null), 400, 1, "password"),
        (somebody("roles", Value::Null), 400, 1, "roles"),
        (somebody("roles", json!(["ROLE_KING"])), 400, 10, "roles"),
        (somebody("roles", json!("ROLE_AGENT")), 400, 10, "roles"),
        (somebody("userName", json!("anna")), 403, 18, "anna"),
    ];
    check(&admin.http, "/api/v2/users", wrong).await;
    let of_anna = format!("/api/v2/users/{}", anna.person.id);
    let renamed = admin.http.put(&of_anna, &json!({"id": "another"})).await.expect("an answer");
    assert!(renamed.refusal(400, 11).contains("id"), "{renamed}");
    check(
        &admin.http,
        "/api/v2/queues",
        vec![
            (json!({"channel": "chat", "internal": true}), 400, 1, "name"),
            (json!({"name": "q", "channel": "pigeon", "internal": true}), 400, 10, "channel"),
            (json!({"name": "q", "internal": true}), 400, 1, "channel"),
        ],
    )
    .await;
    for path in ["/api/v2/users", "/api/v2/skills", "/api/v2/queues"] {
        let body = json!({"name": "x", "channel": "chat", "internal": true});
        anna.http.post(path, &body).await.expect("an answer").refusal(403, 5);
    }
    anna.http.delete(&of_anna).await.expect("an answer").refusal(403, 5);
    admin
        .http
        .delete("/api/v2/users/00000000000000000000000000000000")
        .await
        .expect("an answer")
        .refusal(404, 6);
    assert_eq!(admin.read("/users?fields=*").await, before, "nothing has changed");
}

async fn check(http: &HttpClient, path: &str, wrong: Vec<Wrong>) {
    for (body, http_status, status_code, named) in wrong {
        let mut answer = http.post(path, &body).await.expect("an answer");
        let mut sent = body.to_string();
        sent.truncate(200);
        answer.what = format!("{} {sent}", answer.what);
        let message = answer.refusal(http_status, status_code);
        assert!(message.contains(named), "the message must name {named:?}: {answer}");
    }
}

async fn send_raw(http: &HttpClient, path: &str, body: Bytes) -> Answer {
    let further = HeaderMap::new();
    let answer = http.send_bytes(Method::POST, path, "application/json", Some(body), &further).await;
    answer.expect("an answer")
}
