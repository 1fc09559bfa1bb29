//! What the three switches change, and for whom.

use serde_json::{Value, json};
use test_kit::{Desk, Notification};

use crate::center::{Talk, is_from, visibility_of};
use crate::seed_switch_to_coach::CAPABILITIES_AFTER_SWITCH_TO_COACH;
use crate::supervision::coached_chat;

#[tokio::test]
async fn barging_in_shows_the_supervisor_to_the_customer() {
    let (_center, anna, sam, talk) = coached_chat().await;
    let (list, rejoined) = switch(&sam, &talk, "SwitchToBargeIn").await;
    assert_eq!(visibility_of(&list, "sam"), "All");
    assert!(list.capabilities().ends_with(&["SwitchToMonitor", "SwitchToCoach"]), "{list:?}");
    assert_eq!(rejoined["from"]["visibility"], "All");
    talk.customer.wait_for("the supervisor", |entry| is_from(entry, "ParticipantRejoined", "sam")).await;
    let participants = talk.customer.chat().await["participants"].to_string();
    assert!(participants.contains("sam"), "{participants}");
    let seen = |entry: &Value| is_from(entry, "ParticipantRejoined", "sam");
    anna.inbox.entry(&talk.chat, "the switch", seen).await;
}

#[tokio::test]
async fn going_back_to_coaching_looks_like_leaving_to_the_customer() {
    let (_center, anna, sam, talk) = coached_chat().await;
    switch(&sam, &talk, "SwitchToBargeIn").await;
    let (list, rejoined) = switch(&sam, &talk, "SwitchToCoach").await;
    assert_eq!(list.capabilities(), CAPABILITIES_AFTER_SWITCH_TO_COACH);
    assert_eq!(rejoined["visibility"], "All");
    assert_eq!(rejoined["from"]["visibility"], "Agents");
    talk.customer.wait_for("the leaving", |entry| is_from(entry, "ParticipantLeft", "sam")).await;
    let participants = talk.customer.chat().await["participants"].to_string();
    assert!(!participants.contains("sam"), "{participants}");
    let indices: Vec<Value> = talk.customer.transcript().await.iter().map(|it| it["index"].clone()).collect();
    assert!(!indices.contains(&rejoined["index"]), "the customer sees no entry of a coach");
    // The agent still sees him.
    assert!(anna.read(&format!("/me/chats/{}", talk.chat)).await.to_string().contains("sam"));
}

#[tokio::test]
async fn monitoring_hides_the_supervisor_from_the_agent_and_refuses_to_send() {
    let (_center, anna, sam, talk) = coached_chat().await;
    let before = anna.inbox.len();
    let (list, _) = switch(&sam, &talk, "SwitchToMonitor").await;
    assert_eq!(visibility_of(&list, "sam"), "Supervisors");
    assert!(list.capabilities().ends_with(&["SwitchToCoach", "SwitchBargeIn"]), "{list:?}");
    assert!(list.capabilities().iter().all(|it| !it.starts_with("Send")), "{list:?}");
    let without = |it: &Notification| it.participant("sam").is_none();
    anna.inbox.participants(before, &talk.chat, "no supervisor", without).await;
    let left = |entry: &Value| is_from(entry, "ParticipantLeft", "sam");
    anna.inbox.entry(&talk.chat, "the leaving", left).await;

    for operation in ["SendToAgents", "SendMessage"] {
        sam.call(&talk.chat, operation, json!({"text": "psst"})).await.refusal(403, 3);
    }
    let entries = anna.messages(&talk.chat).await;
    assert!(entries.iter().all(|entry| entry["text"] != "psst"), "{entries:?}");
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "sam"), "{transcript:?}");
}

#[tokio::test]
async fn every_switch_works_from_both_other_modes_and_keeps_the_participant() {
    let (_center, _anna, sam, talk) = coached_chat().await;
    let tour = [
        ("SwitchToMonitor", "Supervisors"),
        ("SwitchToBargeIn", "All"),
        ("SwitchToMonitor", "Supervisors"),
        ("SwitchToCoach", "Agents"),
        // The token in the capabilities is accepted as well as the operation's name.
        ("SwitchBargeIn", "All"),
        ("SwitchToCoach", "Agents"),
    ];
    let mut ids = Vec::new();
    for (operation, visibility) in tour {
        let (list, rejoined) = switch(&sam, &talk, operation).await;
        assert_eq!(visibility_of(&list, "sam"), visibility, "{operation}");
        assert_eq!(rejoined["from"]["visibility"], visibility, "{operation}");
        ids.push(rejoined["from"]["participantId"].clone());
        sam.call(&talk.chat, operation, Value::Null).await.refusal(400, 2);
    }
    assert!(ids.iter().all(|id| id == &ids[0] && id.is_string()), "{ids:?}");
}

#[tokio::test]
async fn only_a_supervisor_in_the_chat_can_switch() {
    let (_center, anna, _sam, talk) = coached_chat().await;
    for operation in ["SwitchToMonitor", "SwitchToCoach", "SwitchToBargeIn"] {
        anna.call(&talk.chat, operation, Value::Null).await.refusal(400, 2);
    }
}

/// Switches, and waits for what the supervisor is told: the list, then the entry.
async fn switch(sam: &Desk, talk: &Talk, operation: &str) -> (Notification, Value) {
    let before = sam.inbox.len();
    sam.operate(&talk.chat, operation, Value::Null).await;
    let list = sam.inbox.participants(before, &talk.chat, operation, |_| true).await;
    let rejoined = sam
        .inbox
        .take("ParticipantRejoined", |it| {
            it.position >= before
                && it.messages().iter().any(|entry| is_from(entry, "ParticipantRejoined", "sam"))
        })
        .await;
    assert!(list.position < rejoined.position, "the list comes before the log");
    assert_eq!(rejoined.messages().len(), 1, "{rejoined:?}");
    (list, rejoined.messages()[0].clone())
}
