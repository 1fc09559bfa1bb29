//! The customers' door.

use super::*;

#[tokio::test]
async fn a_customer_asks_waits_talks_and_ends() {
    let center = Center::open().await;
    let id = center.request_chat().await;
    let path = format!("/chats/{id}");
    let chat = center.visit(Method::GET, &path, Value::Null).await.done()["chat"].take();
    assert_eq!((&chat["id"], &chat["state"]), (&json!(id), &json!("WaitingForAgent")));
    let say = json!({"operationName": "SendMessage", "text": "Anybody there?"});
    center.visit(Method::POST, &path, say.clone()).await.done();
    center.visit(Method::POST, &path, json!({"operationName": "SendStartTypingNotification"})).await.done();
    center.visit(Method::POST, &path, json!({"operationName": "Complete"})).await.done();
    let chat = center.visit(Method::GET, &path, Value::Null).await.done()["chat"].take();
    assert_eq!((&chat["state"], &chat["capabilities"]), (&json!("Idle"), &json!([])));
    center.visit(Method::POST, &path, say).await.refused(400, 2);
}

#[tokio::test]
async fn without_an_index_what_is_new_is_read() {
    let center = Center::open().await;
    let id = center.request_chat().await;
    let read = async |query: &str| {
        let path = format!("/chats/{id}/messages{query}");
        let messages = center.visit(Method::GET, &path, Value::Null).await.done()["messages"].take();
        messages.as_array().expect("messages").len()
    };
    assert_eq!((read("").await, read("").await), (1, 0));
    let say = json!({"operationName": "SendMessage", "text": "x"});
    center.visit(Method::POST, &format!("/chats/{id}"), say).await.done();
    assert_eq!((read("").await, read("?index=0").await, read("?index=2").await), (1, 2, 1));
    let wrong = center.visit(Method::GET, &format!("/chats/{id}/messages?index=first"), Value::Null).await;
    assert!(wrong.refused(400, 10).contains("index"));
}

#[tokio::test]
async fn a_key_opens_nothing_in_another_contact_center() {
    let center = Center::open().await;
    let id = center.request_chat().await;
    let other = center.app.engine.found("other", somebody("ada", &[Role::Admin])).await.expect("another");
    for path in [format!("/chats/{id}"), format!("/chats/{id}/messages")] {
        let answer = center.visit_center(other, Method::GET, &path, Value::Null).await;
        assert_eq!(answer.refused(404, 6), "Session not found");
    }
    let say = json!({"operationName": "SendMessage", "text": "x"});
    center.visit_center(other, Method::POST, &format!("/chats/{id}"), say).await.refused(404, 6);
    center.visit(Method::GET, "/chats/x", Value::Null).await.refused(404, 6);
}

#[tokio::test]
async fn wrong_requests_name_what_is_wrong() {
    let center = Center::open().await;
    for (body, status, code, named) in [
        (json!({"operationName": "RequestChat"}), 400, 1, "nickname"),
        (json!({"operationName": "RequestChat", "nickname": "M", "endpoint": "nowhere"}), 404, 6, "endpoint"),
        (json!({"operationName": "RequestChat", "nickname": "M", "userData": []}), 400, 10, "userData"),
        (json!({"operationName": "Dance"}), 400, 2, "operationName"),
    ] {
        let message = center.visit(Method::POST, "/chats", body).await.refused(status, code);
        assert!(message.contains(named), "{message}");
    }
    let id = center.request_chat().await;
    let long = json!({"operationName": "SendMessage", "text": "x".repeat(32_769)});
    let message = center.visit(Method::POST, &format!("/chats/{id}"), long).await.refused(400, 10);
    assert!(message.contains("text"), "{message}");
}
