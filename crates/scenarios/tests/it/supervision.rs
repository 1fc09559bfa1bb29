//! Who joins which chat, and when supervision ends.

use serde_json::{Value, json};
use test_kit::{Desk, Notification};

use crate::center::{Center, Talk, accept, is_from, is_text, visibility_of};

#[tokio::test]
async fn coaching_the_next_chat_joins_that_one_only() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let mut sam = center.supervisor("sam").await;
    let running = center.accepted_by(&anna, "Xenia").await;

    coach_next_chat(&sam, &anna).await;
    sam.settle().await;
    assert!(chats_told(&sam).is_empty(), "a running chat is left alone: {:?}", chats_told(&sam));

    let next = center.accepted_by(&anna, "Yuri").await;
    sam.inbox.status(&next.chat, "Chatting").await;
    let list = sam.inbox.participants(0, &next.chat, "sam", |it| it.participant("sam").is_some()).await;
    assert_eq!(visibility_of(&list, "sam"), "Agents");

    let later = center.accepted_by(&anna, "Zoe").await;
    sam.settle().await;
    assert_eq!(chats_told(&sam), [next.chat.as_str()], "the subscription is used up");
    for talk in [&running, &next, &later] {
        let transcript = talk.customer.transcript().await;
        assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "sam"), "{transcript:?}");
    }
}

#[tokio::test]
async fn monitoring_all_chats_joins_each_until_it_is_canceled() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let mut sam = center.supervisor("sam").await;
    sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();

    let first = center.accepted_by(&anna, "Xenia").await;
    let second = center.accepted_by(&anna, "Yuri").await;
    sam.inbox.status(&first.chat, "Chatting").await;
    sam.inbox.status(&second.chat, "Chatting").await;

    sam.supervise(&anna.person.id, "CancelSupervisorMonitoring", Value::Null).await.success();
    center.accepted_by(&anna, "Zoe").await;
    sam.settle().await;
    assert_eq!(chats_told(&sam), [first.chat.as_str(), second.chat.as_str()]);
}

#[tokio::test]
async fn the_agent_is_told_nothing_about_who_monitors() {
    let center = Center::open().await;
    let mut anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();
    let talk = center.accepted_by(&anna, "Milo").await;
    sam.inbox.status(&talk.chat, "Chatting").await;
    anna.settle().await;
    let told = anna.inbox.all();
    let told_of_sam = told.iter().filter(|it| it.data.to_string().contains("sam")).collect::<Vec<_>>();
    assert!(told_of_sam.is_empty(), "{told_of_sam:?}");
    assert!(anna.messages(&talk.chat).await.iter().all(|entry| entry["from"]["nickname"] != "sam"));
}

#[tokio::test]
async fn what_the_coach_sends_to_agents_leaves_a_gap_in_the_customers_numbering() {
    let (_center, anna, sam, talk) = coached_chat().await;
    sam.operate(&talk.chat, "SendToAgents", json!({"text": "offer a voucher"})).await;
    let whisper = anna.inbox.text(&talk.chat, "offer a voucher").await;
    assert_eq!(whisper["visibility"], "Agents");
    assert_eq!(whisper["from"]["visibility"], "Agents");

    anna.operate(&talk.chat, "SendMessage", json!({"text": "Have a voucher."})).await;
    let answer = anna.inbox.text(&talk.chat, "Have a voucher.").await;
    let seen = talk.customer.wait_for("the answer", |entry| is_text(entry, "Have a voucher.")).await;
    assert_eq!(seen["index"], answer["index"], "one numbering for all");
    assert!(answer["index"].as_u64() > whisper["index"].as_u64(), "indices grow");
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["index"] != whisper["index"]), "{transcript:?}");
    assert!(transcript.iter().all(|entry| !is_text(entry, "offer a voucher")), "{transcript:?}");
}

#[tokio::test]
async fn send_message_of_a_coach_is_clamped_to_agents() {
    let (_center, anna, sam, talk) = coached_chat().await;
    sam.operate(&talk.chat, "SendMessage", json!({"text": "wrong operation"})).await;
    assert_eq!(anna.inbox.text(&talk.chat, "wrong operation").await["visibility"], "Agents");
    sam.operate(&talk.chat, "SendStartTypingNotification", Value::Null).await;
    let typing = |entry: &Value| is_from(entry, "TypingStarted", "sam");
    anna.inbox.entry(&talk.chat, "the coach's typing", typing).await;
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "sam"), "{transcript:?}");
}

#[tokio::test]
async fn completion_revokes_the_supervisor_and_nothing_follows() {
    let (_center, mut anna, mut sam, talk) = coached_chat().await;
    anna.operate(&talk.chat, "Complete", Value::Null).await;
    let completed = anna.inbox.status(&talk.chat, "Completed").await;
    let revoked = sam.inbox.status(&talk.chat, "Revoked").await;
    for last in [&completed, &revoked] {
        assert_eq!(last.capabilities(), [""; 0]);
        assert_eq!(last.data["chat"]["participants"], json!([]));
    }
    anna.settle().await;
    sam.settle().await;
    assert_nothing_about(&anna, &talk.chat, completed.position);
    assert_nothing_about(&sam, &talk.chat, revoked.position);
    assert!(anna.chats().await.is_empty() && sam.chats().await.is_empty());
    anna.call(&talk.chat, "SendMessage", json!({"text": "too late"})).await.refusal(404, 6);
}

#[tokio::test]
async fn the_supervisor_stays_with_the_agent_who_stays() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let mut sam = center.supervisor("sam").await;
    sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();
    let talk = center.accepted_by(&anna, "Milo").await;
    sam.inbox.status(&talk.chat, "Chatting").await;
    let bela = center.ready_agent("bela").await;
    invite(&anna, "Invite", &bela, &talk.chat).await;

    anna.operate(&talk.chat, "Leave", Value::Null).await;
    anna.inbox.status(&talk.chat, "Completed").await;
    sam.settle().await;
    let ended = |it: &Notification| it.kind() == "StatusChange" && it.state() != "Chatting";
    assert!(!sam.inbox.all().iter().any(ended), "the supervisor stays while bela is there");
    assert_eq!(talk.customer.chat().await["state"], "Chatting");

    bela.operate(&talk.chat, "Complete", Value::Null).await;
    bela.inbox.status(&talk.chat, "Completed").await;
    sam.inbox.status(&talk.chat, "Revoked").await;
}

#[tokio::test]
async fn transfer_to_a_queue_revokes_the_supervisor_and_keeps_the_customer() {
    let (center, anna, sam, talk) = coached_chat().await;
    let queues = center.admin.read("/queues?fields=*&channel=chat").await;
    let queue = queues["queues"][0]["name"].as_str().unwrap_or_else(|| panic!("no chat queue: {queues}"));
    anna.set_state("NotReady").await;
    anna.operate(&talk.chat, "Transfer", json!({"queueName": queue})).await;
    anna.inbox.status(&talk.chat, "Completed").await;
    sam.inbox.status(&talk.chat, "Revoked").await;
    assert_eq!(talk.customer.chat().await["state"], "WaitingForAgent");
    talk.customer.say("still here").await;

    let bela = center.ready_agent("bela").await;
    let offer = bela.inbox.offered().await;
    assert_eq!(offer.chat_id(), Some(talk.chat.as_str()), "the same chat goes on");
    accept(&bela, &talk.chat).await;
    bela.inbox.text(&talk.chat, "still here").await;
}

#[tokio::test]
async fn intruding_needs_a_mode_or_a_subscription() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let talk = center.accepted_by(&anna, "Milo").await;

    sam.intrude(&anna.person.id, &talk.chat, Value::Null).await.refusal(400, 2);
    let mode = json!({"supervisorVisibilityMode": "Coach"});
    sam.intrude(&anna.person.id, &talk.chat, mode.clone()).await.success();
    let invitation = sam.inbox.status(&talk.chat, "Invited").await;
    assert_eq!(invitation.capabilities(), ["Accept", "Reject"]);
    accept(&sam, &talk.chat).await;
    let seen = |it: &Notification| visibility_of(it, "sam") == "Agents";
    anna.inbox.participants(0, &talk.chat, "the coach", seen).await;
    sam.intrude(&anna.person.id, &talk.chat, mode).await.refusal(400, 2);
}

#[tokio::test]
async fn intruding_takes_the_mode_of_the_subscription() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    sam.supervise(&anna.person.id, "BargeIn", Value::Null).await.success();
    sam.intrude(&anna.person.id, &talk.chat, Value::Null).await.success();
    sam.inbox.status(&talk.chat, "Invited").await;
    accept(&sam, &talk.chat).await;
    talk.customer.wait_for("the supervisor", |entry| entry["from"]["nickname"] == "sam").await;
}

#[tokio::test]
async fn canceling_leaves_joined_chats_alone_and_leaving_leaves_them_open() {
    let (_center, anna, sam, talk) = coached_chat_by("AllChats").await;
    sam.supervise(&anna.person.id, "CancelSupervisorMonitoring", Value::Null).await.success();
    sam.operate(&talk.chat, "SendToAgents", json!({"text": "still coaching"})).await;
    anna.inbox.text(&talk.chat, "still coaching").await;

    sam.operate(&talk.chat, "Leave", Value::Null).await;
    sam.inbox.status(&talk.chat, "Completed").await;
    assert_eq!(talk.customer.chat().await["state"], "Chatting");
    talk.customer.say("anybody there?").await;
    anna.inbox.text(&talk.chat, "anybody there?").await;
    anna.operate(&talk.chat, "SendMessage", json!({"text": "I am."})).await;
    talk.customer.wait_for("the agent", |entry| is_text(entry, "I am.")).await;
}

#[tokio::test]
async fn a_consultant_is_unseen_until_invited() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let carl = center.ready_agent("carl").await;
    invite(&anna, "Consult", &carl, &talk.chat).await;
    for desk in [&anna, &carl] {
        let consulted = |it: &Notification| visibility_of(it, "carl") == "Agents";
        desk.inbox.participants(0, &talk.chat, "the consultant", consulted).await;
    }
    carl.call(&talk.chat, "SendMessage", json!({"text": "hello customer"})).await.refusal(400, 2);
    carl.operate(&talk.chat, "SendToAgents", json!({"text": "between us"})).await;
    assert_eq!(anna.inbox.text(&talk.chat, "between us").await["visibility"], "Agents");
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| entry["from"]["nickname"] != "carl"), "{transcript:?}");

    let before = carl.inbox.len();
    let target = json!({"targetPath": format!("/users/{}", carl.person.id)});
    anna.operate(&talk.chat, "Invite", target).await;
    let public = |it: &Notification| visibility_of(it, "carl") == "All";
    carl.inbox.participants(before, &talk.chat, "carl for all", public).await;
    talk.customer.wait_for("the second agent", |entry| entry["from"]["nickname"] == "carl").await;
    let participants = talk.customer.chat().await["participants"].to_string();
    assert!(participants.contains("carl"), "{participants}");
    let transcript = talk.customer.transcript().await;
    assert!(transcript.iter().all(|entry| !is_text(entry, "between us")), "{transcript:?}");
}

#[tokio::test]
async fn messages_are_read_from_an_index_on() {
    let (_center, anna, _sam, talk) = coached_chat().await;
    talk.customer.say("one").await;
    anna.inbox.text(&talk.chat, "one").await;
    let all = anna.messages(&talk.chat).await;
    let path = format!("/me/chats/{}/messages", talk.chat);
    let first_two = anna.read(&format!("{path}?startIndex=0&count=2")).await;
    assert_eq!(first_two["messages"], json!(all[..2]));
    let from_third = all[2]["index"].as_u64().expect("an index");
    let rest = anna.read(&format!("{path}?startIndex={from_third}")).await;
    assert_eq!(rest["messages"], json!(all[2..]));
    let pushed = anna.inbox.pushed_entries(&talk.chat);
    assert_eq!(indices(&pushed), indices(&all), "what was pushed and what is read are the same");
}

/// A chat of anna's with sam as its coach.
pub async fn coached_chat() -> (Center, Desk, Desk, Talk) {
    coached_chat_by("NextChat").await
}

async fn coached_chat_by(mode: &str) -> (Center, Desk, Desk, Talk) {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let parameters = json!({"supervisorMonitoringMode": mode});
    sam.supervise(&anna.person.id, "Coach", parameters).await.success();
    let talk = center.accepted_by(&anna, "Milo").await;
    sam.inbox.status(&talk.chat, "Chatting").await;
    let arrived = |entry: &Value| is_from(entry, "ParticipantJoined", "sam");
    sam.inbox.entry(&talk.chat, "own arrival", arrived).await;
    let seen = |it: &Notification| it.participant("sam").is_some();
    anna.inbox.participants(0, &talk.chat, "the coach", seen).await;
    (center, anna, sam, talk)
}

async fn coach_next_chat(sam: &Desk, anna: &Desk) {
    let mode = json!({"supervisorMonitoringMode": "NextChat"});
    sam.supervise(&anna.person.id, "Coach", mode).await.success();
}

/// Brings `guest` into the chat by `Invite` or `Consult`.
async fn invite(host: &Desk, operation: &str, guest: &Desk, chat: &str) {
    let target = json!({"targetPath": format!("/users/{}", guest.person.id)});
    let answer = host.operate(chat, operation, target).await;
    assert!(answer["referenceId"].is_u64(), "{operation} answers a referenceId: {answer}");
    guest.inbox.status(chat, "Invited").await;
    accept(guest, chat).await;
}

/// The chats a desk was told about, each once, in order.
fn chats_told(desk: &Desk) -> Vec<String> {
    let mut chats: Vec<String> = Vec::new();
    for chat in desk.inbox.all().iter().filter_map(Notification::chat_id) {
        if chats.iter().all(|known| known != chat) {
            chats.push(chat.to_owned());
        }
    }
    chats
}

fn assert_nothing_about(desk: &Desk, chat: &str, after: usize) {
    let later = desk.inbox.since(after + 1);
    let about: Vec<&Notification> = later.iter().filter(|it| it.chat_id() == Some(chat)).collect();
    assert!(about.is_empty(), "told after the end: {about:?}");
}

fn indices(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["index"].as_u64().expect("an index")).collect()
}
