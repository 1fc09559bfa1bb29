//! Who is offered a chat, and what becomes of an offer.

use serde_json::{Value, json};
use test_kit::{Desk, Notification};

use crate::center::{Center, accept};

/// As a new contact center has it.
const CHAT_CAPACITY: usize = 3;

#[tokio::test]
async fn a_rejected_offer_goes_to_another_agent() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let customer = center.customer("Milo").await;
    let chat = offered(&anna).await;
    let bela = center.ready_agent("bela").await;
    anna.operate(&chat, "Reject", Value::Null).await;
    let ended = anna.inbox.status(&chat, "Completed").await;
    assert_eq!(ended.data["chat"]["participants"], json!([]));
    assert_eq!(offered(&bela).await, chat);
    accept(&bela, &chat).await;
    assert_eq!(customer.chat().await["state"], "Chatting");
    let transcript = customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "anna"), "{transcript:?}");
}

#[tokio::test]
async fn the_agent_who_has_waited_longest_is_offered_the_next_chat() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let bela = center.ready_agent("bela").await;
    let carl = center.ready_agent("carl").await;
    for (nickname, agent) in [("Xenia", &anna), ("Yuri", &bela), ("Zoe", &carl)] {
        center.customer(nickname).await;
        let chat = offered(agent).await;
        accept(agent, &chat).await;
    }
}

#[tokio::test]
async fn an_agent_is_offered_no_more_than_his_capacity() {
    let center = Center::open().await;
    let mut anna = center.ready_agent("anna").await;
    let mut chats = Vec::new();
    for number in 0..CHAT_CAPACITY {
        chats.push(center.accepted_by(&anna, &format!("customer {number}")).await);
    }
    let waiting = center.customer("one more").await;
    // Being not ready for a moment changes nothing about the chats under way.
    anna.settle().await;
    anna.set_state("Ready").await;
    assert_eq!(waiting.chat().await["state"], "WaitingForAgent");
    let invited = |it: &&Notification| it.state() == "Invited";
    assert_eq!(anna.inbox.all().iter().filter(invited).count(), CHAT_CAPACITY);

    anna.operate(&chats[0].chat, "Complete", Value::Null).await;
    let chat = offered(&anna).await;
    accept(&anna, &chat).await;
    assert_eq!(waiting.chat().await["state"], "Chatting");
}

#[tokio::test]
async fn only_a_ready_agent_is_offered_chats() {
    let center = Center::open().await;
    let mut anna = center.agent("anna").await;
    anna.set_state("NotReady").await;
    let customer = center.customer("Milo").await;
    anna.settle().await;
    assert!(anna.inbox.all().iter().all(|it| it.chat_id().is_none()), "{:?}", anna.inbox.all());
    anna.set_state("Ready").await;
    offered(&anna).await;
    assert_eq!(customer.chat().await["state"], "WaitingForAgent", "an offer is no answer yet");
}

#[tokio::test]
async fn an_offer_whose_customer_leaves_is_withdrawn() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let customer = center.customer("Milo").await;
    let chat = offered(&anna).await;
    customer.complete().await;
    anna.inbox.status(&chat, "Revoked").await;
    assert!(anna.chats().await.is_empty());
}

async fn offered(agent: &Desk) -> String {
    let offer = agent.inbox.offered().await;
    assert_eq!(offer.capabilities(), ["Accept", "Reject"]);
    assert_eq!(offer.data["chat"]["participants"], json!([]));
    offer.chat_id().expect("an offer names the chat").to_owned()
}
