//! Who joins which chat, and when supervision ends.

use serde_json::{Value, json};
use test_kit::{CHATS, Desk, Notification, SMS_SESSIONS};

use crate::center::{Center, accept, is_from, visibility_of};
use crate::customer_side::Conversation;

#[tokio::test]
async fn coaching_the_next_chat_joins_that_one_only() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let mut sam = center.supervisor("sam").await;
        let running = center.conversation(&anna, "Xenia").await;

        coach_next_chat(&sam, &anna).await;
        sam.settle().await;
        assert!(chats_told(&sam).is_empty(), "a running chat is left alone: {:?}", chats_told(&sam));

        let next = center.conversation(&anna, "Yuri").await;
        sam.inbox.status(&next.id, "Chatting").await;
        let list = sam.inbox.participants(0, &next.id, "sam", |it| it.participant("sam").is_some()).await;
        assert_eq!(visibility_of(&list, "sam"), "Agents");

        let later = center.conversation(&anna, "Zoe").await;
        sam.settle().await;
        assert_eq!(chats_told(&sam), [next.id.as_str()], "the subscription is used up");
        for talk in [&running, &next, &later] {
            talk.customer.never_saw("sam").await;
            talk.customer_read_only(&anna, &[]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn monitoring_all_chats_joins_each_until_it_is_canceled() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let mut sam = center.supervisor("sam").await;
        sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();

        let first = center.conversation(&anna, "Xenia").await;
        let second = center.conversation(&anna, "Yuri").await;
        sam.inbox.status(&first.id, "Chatting").await;
        sam.inbox.status(&second.id, "Chatting").await;

        sam.supervise(&anna.person.id, "CancelSupervisorMonitoring", Value::Null).await.success();
        center.conversation(&anna, "Zoe").await;
        sam.settle().await;
        assert_eq!(chats_told(&sam), [first.id.as_str(), second.id.as_str()]);
    })
    .await;
}

#[tokio::test]
async fn the_agent_is_told_nothing_about_who_monitors() {
    on_both_media(async |center| {
        let mut anna = center.ready_agent("anna").await;
        let sam = center.supervisor("sam").await;
        sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();
        let talk = center.conversation(&anna, "Milo").await;
        sam.inbox.status(&talk.id, "Chatting").await;
        anna.settle().await;
        let told = anna.inbox.all();
        let told_of_sam = told.iter().filter(|it| it.data.to_string().contains("sam")).collect::<Vec<_>>();
        assert!(told_of_sam.is_empty(), "{told_of_sam:?}");
        assert!(anna.messages(&talk.id).await.iter().all(|entry| entry["from"]["nickname"] != "sam"));
    })
    .await;
}

#[tokio::test]
async fn what_the_coach_sends_to_agents_leaves_a_gap_in_the_customers_numbering() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        sam.operate(&talk.id, "SendToAgents", json!({"text": "offer a voucher"})).await;
        let whisper = anna.inbox.text(&talk.id, "offer a voucher").await;
        assert_eq!(whisper["visibility"], "Agents");
        assert_eq!(whisper["from"]["visibility"], "Agents");

        anna.operate(&talk.id, "SendMessage", json!({"text": "Have a voucher."})).await;
        let answer = anna.inbox.text(&talk.id, "Have a voucher.").await;
        talk.customer_read_only(&anna, &["Have a voucher."]).await;
        assert!(answer["index"].as_u64() > whisper["index"].as_u64(), "indices grow");
        if let Some(browser) = talk.customer.browser() {
            let transcript = browser.transcript().await;
            assert!(
                transcript.iter().any(|entry| entry["index"] == answer["index"]),
                "one numbering for all"
            );
            assert!(transcript.iter().all(|entry| entry["index"] != whisper["index"]), "{transcript:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn send_message_of_a_coach_is_clamped_to_agents() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        sam.operate(&talk.id, "SendMessage", json!({"text": "wrong operation"})).await;
        assert_eq!(anna.inbox.text(&talk.id, "wrong operation").await["visibility"], "Agents");
        sam.operate(&talk.id, "SendStartTypingNotification", Value::Null).await;
        let typing = |entry: &Value| is_from(entry, "TypingStarted", "sam");
        anna.inbox.entry(&talk.id, "the coach's typing", typing).await;
        talk.customer_read_only(&anna, &[]).await;
        talk.customer.never_saw("sam").await;
    })
    .await;
}

#[tokio::test]
async fn completion_revokes_the_supervisor_and_nothing_follows() {
    on_both_media(async |center| {
        let (mut anna, mut sam, talk) = coached(&center, "NextChat").await;
        anna.operate(&talk.id, "Complete", Value::Null).await;
        let completed = anna.inbox.status(&talk.id, "Completed").await;
        let revoked = sam.inbox.status(&talk.id, "Revoked").await;
        for last in [&completed, &revoked] {
            assert_eq!(last.capabilities(), [""; 0]);
            assert!(last.participants().is_empty(), "{last:?}");
        }
        anna.settle().await;
        sam.settle().await;
        assert_nothing_about(&anna, &talk.id, completed.position);
        assert_nothing_about(&sam, &talk.id, revoked.position);
        assert!(anna.chats().await.is_empty() && sam.chats().await.is_empty());
        anna.call(&talk.id, "SendMessage", json!({"text": "too late"})).await.refusal(404, 6);
    })
    .await;
}

#[tokio::test]
async fn the_supervisor_stays_with_the_agent_who_stays() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let mut sam = center.supervisor("sam").await;
        sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();
        let talk = center.conversation(&anna, "Milo").await;
        sam.inbox.status(&talk.id, "Chatting").await;
        let bela = center.ready_agent("bela").await;
        invite(&anna, "Invite", &bela, &talk.id).await;

        anna.operate(&talk.id, "Leave", Value::Null).await;
        anna.inbox.status(&talk.id, "Completed").await;
        sam.settle().await;
        let ended = |it: &Notification| it.kind() == "StatusChange" && it.state() != "Chatting";
        assert!(!sam.inbox.all().iter().any(ended), "the supervisor stays while bela is there");
        talk.customer.is_shown("Chatting").await;

        bela.operate(&talk.id, "Complete", Value::Null).await;
        bela.inbox.status(&talk.id, "Completed").await;
        sam.inbox.status(&talk.id, "Revoked").await;
    })
    .await;
}

#[tokio::test]
async fn transfer_to_a_queue_revokes_the_supervisor_and_keeps_the_customer() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "NextChat").await;
        let queues = center.admin.read(&format!("/queues?fields=*&channel={}", center.medium.channel)).await;
        let queue = queues["queues"][0]["name"].as_str().unwrap_or_else(|| panic!("no queue: {queues}"));
        anna.set_state("NotReady").await;
        anna.operate(&talk.id, "Transfer", json!({"queueName": queue})).await;
        anna.inbox.status(&talk.id, "Completed").await;
        sam.inbox.status(&talk.id, "Revoked").await;
        talk.customer.is_shown("WaitingForAgent").await;
        talk.customer.say("still here").await;

        let bela = center.ready_agent("bela").await;
        let offer = bela.inbox.offered().await;
        assert_eq!(offer.chat_id(), Some(talk.id.as_str()), "the same chat goes on");
        accept(&bela, &talk.id).await;
        bela.inbox.text(&talk.id, "still here").await;
    })
    .await;
}

#[tokio::test]
async fn intruding_needs_a_mode_or_a_subscription() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let sam = center.supervisor("sam").await;
        let talk = center.conversation(&anna, "Milo").await;

        sam.intrude(&anna.person.id, &talk.id, Value::Null).await.refusal(400, 2);
        let mode = json!({"supervisorVisibilityMode": "Coach"});
        sam.intrude(&anna.person.id, &talk.id, mode.clone()).await.success();
        let invitation = sam.inbox.status(&talk.id, "Invited").await;
        assert_eq!(invitation.capabilities(), ["Accept", "Reject"]);
        accept(&sam, &talk.id).await;
        let seen = |it: &Notification| visibility_of(it, "sam") == "Agents";
        anna.inbox.participants(0, &talk.id, "the coach", seen).await;
        sam.intrude(&anna.person.id, &talk.id, mode).await.refusal(400, 2);
    })
    .await;
}

#[tokio::test]
async fn intruding_takes_the_mode_of_the_subscription() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let sam = center.supervisor("sam").await;
        let talk = center.conversation(&anna, "Milo").await;
        sam.supervise(&anna.person.id, "BargeIn", Value::Null).await.success();
        sam.intrude(&anna.person.id, &talk.id, Value::Null).await.success();
        sam.inbox.status(&talk.id, "Invited").await;
        accept(&sam, &talk.id).await;
        talk.customer.sees("ParticipantJoined", "sam").await;
        sam.operate(&talk.id, "SendMessage", json!({"text": "Sam here, too."})).await;
        talk.customer_read_only(&anna, &["Sam here, too."]).await;
    })
    .await;
}

#[tokio::test]
async fn canceling_leaves_joined_chats_alone_and_leaving_leaves_them_open() {
    on_both_media(async |center| {
        let (anna, sam, talk) = coached(&center, "AllChats").await;
        sam.supervise(&anna.person.id, "CancelSupervisorMonitoring", Value::Null).await.success();
        sam.operate(&talk.id, "SendToAgents", json!({"text": "still coaching"})).await;
        anna.inbox.text(&talk.id, "still coaching").await;

        sam.operate(&talk.id, "Leave", Value::Null).await;
        sam.inbox.status(&talk.id, "Completed").await;
        talk.customer.is_shown("Chatting").await;
        talk.customer.say("anybody there?").await;
        anna.inbox.text(&talk.id, "anybody there?").await;
        anna.operate(&talk.id, "SendMessage", json!({"text": "I am."})).await;
        talk.customer_read_only(&anna, &["I am."]).await;
    })
    .await;
}

#[tokio::test]
async fn a_consultant_is_unseen_until_invited() {
    on_both_media(async |center| {
        let anna = center.ready_agent("anna").await;
        let talk = center.conversation(&anna, "Milo").await;
        let carl = center.ready_agent("carl").await;
        invite(&anna, "Consult", &carl, &talk.id).await;
        for desk in [&anna, &carl] {
            let consulted = |it: &Notification| visibility_of(it, "carl") == "Agents";
            desk.inbox.participants(0, &talk.id, "the consultant", consulted).await;
        }
        carl.call(&talk.id, "SendMessage", json!({"text": "hello customer"})).await.refusal(400, 2);
        carl.operate(&talk.id, "SendToAgents", json!({"text": "between us"})).await;
        assert_eq!(anna.inbox.text(&talk.id, "between us").await["visibility"], "Agents");
        talk.customer.never_saw("carl").await;

        let before = carl.inbox.len();
        let target = json!({"targetPath": format!("/users/{}", carl.person.id)});
        anna.operate(&talk.id, "Invite", target).await;
        let public = |it: &Notification| visibility_of(it, "carl") == "All";
        carl.inbox.participants(before, &talk.id, "carl for all", public).await;
        talk.customer.sees("ParticipantRejoined", "carl").await;
        if let Some(browser) = talk.customer.browser() {
            let participants = browser.chat().await["participants"].to_string();
            assert!(participants.contains("carl"), "{participants}");
        }
        carl.operate(&talk.id, "SendMessage", json!({"text": "hello customer"})).await;
        talk.customer_read_only(&anna, &["hello customer"]).await;
    })
    .await;
}

#[tokio::test]
async fn messages_are_read_from_an_index_on() {
    on_both_media(async |center| {
        let (anna, _sam, talk) = coached(&center, "NextChat").await;
        talk.customer.say("one").await;
        anna.inbox.text(&talk.id, "one").await;
        let all = anna.messages(&talk.id).await;
        let path = format!("/me/{}/{}/messages", center.medium.collection, talk.id);
        let first_two = anna.read(&format!("{path}?startIndex=0&count=2")).await;
        assert_eq!(first_two["messages"], json!(all[..2]));
        let from_third = all[2]["index"].as_u64().expect("an index");
        let rest = anna.read(&format!("{path}?startIndex={from_third}")).await;
        assert_eq!(rest["messages"], json!(all[2..]));
        let pushed = anna.inbox.pushed_entries(&talk.id);
        assert_eq!(indices(&pushed), indices(&all), "what was pushed and what is read are the same");
    })
    .await;
}

/// Tells a story once with chats and once with texts of phones.
pub async fn on_both_media(story: impl AsyncFn(Center)) {
    for medium in [CHATS, SMS_SESSIONS] {
        story(Center::open_on(medium).await).await;
    }
}

/// A conversation of anna's with sam as its coach.
pub async fn coached(center: &Center, mode: &str) -> (Desk, Desk, Conversation) {
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let parameters = json!({"supervisorMonitoringMode": mode});
    sam.supervise(&anna.person.id, "Coach", parameters).await.success();
    let talk = center.conversation(&anna, "Milo").await;
    sam.inbox.status(&talk.id, "Chatting").await;
    let arrived = |entry: &Value| is_from(entry, "ParticipantJoined", "sam");
    sam.inbox.entry(&talk.id, "own arrival", arrived).await;
    let seen = |it: &Notification| it.participant("sam").is_some();
    anna.inbox.participants(0, &talk.id, "the coach", seen).await;
    (anna, sam, talk)
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
