//! What a planned stop and a start on the same data leave as it was.

use serde_json::{Value, json};

use crate::center::{Center, is_from};

#[tokio::test]
async fn a_planned_restart_keeps_chats_supervision_and_people() {
    let mut center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    sam.supervise(&anna.person.id, "Coach", Value::Null).await.success();
    let talk = center.accepted_by(&anna, "Milo").await;
    sam.inbox.status(&talk.chat, "Chatting").await;
    sam.operate(&talk.chat, "SendToAgents", json!({"text": "before the stop"})).await;
    let before = [anna.messages(&talk.chat).await, anna.chats().await, sam.chats().await];

    assert!(center.server.stop().await, "a planned stop is a success: {:?}", center.server.log());
    center.server.start_again().await;

    for desk in [&anna, &sam] {
        desk.login_again().await;
        desk.feed().wait_for_handshakes(2).await;
    }
    assert_eq!([anna.messages(&talk.chat).await, anna.chats().await, sam.chats().await], before);
    // Coaching goes on, and stays unseen.
    sam.operate(&talk.chat, "SendToAgents", json!({"text": "after the stop"})).await;
    anna.inbox.text(&talk.chat, "after the stop").await;
    talk.customer.say("hello again").await;
    sam.inbox.text(&talk.chat, "hello again").await;
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "sam"), "{transcript:?}");
    // The subscription to all chats is kept as well.
    let next = center.accepted_by(&anna, "Nora").await;
    let arrived = |entry: &Value| is_from(entry, "ParticipantJoined", "sam");
    sam.inbox.entry(&next.chat, "the coach in the next chat", arrived).await;
}

#[tokio::test]
async fn a_server_with_held_connects_stops_in_time() {
    let mut center = Center::open().await;
    let _anna = center.agent("anna").await;
    let _sam = center.supervisor("sam").await;
    // Far less than the time a connect is held.
    assert!(center.server.stop().await, "{:?}", center.server.log());
}
