//! What the three switches change, and for whom.

use serde_json::{Value, json};
use test_kit::{Desk, Notification};

use crate::center::{is_from, visibility_of};
use crate::customer_side::Conversation;
use crate::seed_switch_to_coach::CAPABILITIES_AFTER_SWITCH_TO_COACH;
use crate::supervision::{coached, on_both_media};

#[tokio::test]
async fn barging_in_shows_the_supervisor_to_the_customer() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        let (list, rejoined) = switch(&sam, &talk, "SwitchToBargeIn").await;
        assert_eq!(visibility_of(&list, "sam"), "All");
        assert!(list.capabilities().ends_with(&["SwitchToMonitor", "SwitchToCoach"]), "{list:?}");
        assert_eq!(rejoined["from"]["visibility"], "All");
        talk.customer.sees("ParticipantRejoined", "sam").await;
        if let Some(browser) = talk.customer.browser() {
            let participants = browser.chat().await["participants"].to_string();
            assert!(participants.contains("sam"), "{participants}");
        }
        sam.operate(&talk.id, "SendMessage", json!({"text": "Sam here, too."})).await;
        talk.customer_read_only(&anna, &["Sam here, too."]).await;
        let seen = |entry: &Value| is_from(entry, "ParticipantRejoined", "sam");
        anna.inbox.entry(&talk.id, "the switch", seen).await;
    })
    .await;
}

#[tokio::test]
async fn going_back_to_coaching_looks_like_leaving_to_the_customer() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        switch(&sam, &talk, "SwitchToBargeIn").await;
        let (list, rejoined) = switch(&sam, &talk, "SwitchToCoach").await;
        assert_eq!(list.capabilities(), CAPABILITIES_AFTER_SWITCH_TO_COACH);
        assert_eq!(rejoined["visibility"], "All");
        assert_eq!(rejoined["from"]["visibility"], "Agents");
        talk.customer.sees("ParticipantLeft", "sam").await;
        if let Some(browser) = talk.customer.browser() {
            let participants = browser.chat().await["participants"].to_string();
            assert!(!participants.contains("sam"), "{participants}");
            let shown = browser.transcript().await;
            let is_shown = shown.iter().any(|entry| entry["index"] == rejoined["index"]);
            assert!(!is_shown, "the customer sees no entry of a coach: {shown:?}");
        }
        sam.operate(&talk.id, "SendMessage", json!({"text": "between us"})).await;
        talk.customer_read_only(&anna, &[]).await;
        // The agent still sees him.
        assert!(
            anna.read(&format!("/me/{}/{}", center.medium.collection, talk.id))
                .await
                .to_string()
                .contains("sam")
        );
    })
    .await;
}

#[tokio::test]
async fn monitoring_hides_the_supervisor_from_the_agent_and_refuses_to_send() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        let before = anna.inbox.len();
        let (list, _) = switch(&sam, &talk, "SwitchToMonitor").await;
        assert_eq!(visibility_of(&list, "sam"), "Supervisors");
        assert!(list.capabilities().ends_with(&["SwitchToCoach", "SwitchBargeIn"]), "{list:?}");
        assert!(list.capabilities().iter().all(|it| !it.starts_with("Send")), "{list:?}");
        let without = |it: &Notification| it.participant("sam").is_none();
        anna.inbox.participants(before, &talk.id, "no supervisor", without).await;
        let left = |entry: &Value| is_from(entry, "ParticipantLeft", "sam");
        anna.inbox.entry(&talk.id, "the leaving", left).await;

        for operation in ["SendToAgents", "SendMessage"] {
            sam.call(&talk.id, operation, json!({"text": "psst"})).await.refusal(403, 3);
        }
        let entries = anna.messages(&talk.id).await;
        assert!(entries.iter().all(|entry| entry["text"] != "psst"), "{entries:?}");
        talk.customer_read_only(&anna, &[]).await;
        talk.customer.never_saw("sam").await;
    })
    .await;
}

#[tokio::test]
async fn every_switch_works_from_both_other_modes_and_keeps_the_participant() {
    on_both_media(async |center| {
        let (_anna, sam, talk) = coached(&center, "NextChat").await;
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
            sam.call(&talk.id, operation, Value::Null).await.refusal(400, 2);
        }
        assert!(ids.iter().all(|id| id == &ids[0] && id.is_string()), "{ids:?}");
    })
    .await;
}

#[tokio::test]
async fn only_a_supervisor_in_the_chat_can_switch() {
    on_both_media(async |center| {
        let (anna, _sam, talk) = coached(&center, "NextChat").await;
        for operation in ["SwitchToMonitor", "SwitchToCoach", "SwitchToBargeIn"] {
            anna.call(&talk.id, operation, Value::Null).await.refusal(400, 2);
        }
    })
    .await;
}

/// Switches, and waits for what the supervisor is told: the list, then the entry.
async fn switch(sam: &Desk, talk: &Conversation, operation: &str) -> (Notification, Value) {
    let before = sam.inbox.len();
    sam.operate(&talk.id, operation, Value::Null).await;
    let list = sam.inbox.participants(before, &talk.id, operation, |_| true).await;
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
