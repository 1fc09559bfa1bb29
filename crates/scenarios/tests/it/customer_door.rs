//! The door that customers use without a login: what it offers, and what it never opens.

use serde_json::{Value, json};
use test_kit::{Customer, HttpClient};

use crate::center::{Center, accept, is_from, is_text};

#[tokio::test]
async fn a_customer_waits_chats_and_ends() {
    let center = Center::open().await;
    let customer = center.customer("Milo").await;
    let waiting = customer.chat().await;
    assert_eq!(waiting["state"], "WaitingForAgent");
    let open = ["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification", "Complete"];
    assert_eq!(waiting["capabilities"], json!(open));
    let first = customer.transcript().await;
    assert_eq!((&first[0]["index"], &first[0]["type"]), (&json!(1), &json!("ParticipantJoined")));
    customer.say("Anybody there?").await;

    let anna = center.ready_agent("anna").await;
    let chat = anna.inbox.offered().await.chat_id().expect("an offer names the chat").to_owned();
    accept(&anna, &chat).await;
    anna.inbox.text(&chat, "Anybody there?").await;
    assert_eq!(customer.chat().await["state"], "Chatting");
    customer
        .call(&json!({"operationName": "SendStartTypingNotification"}))
        .await
        .expect("an answer")
        .success();
    let typing = |entry: &Value| is_from(entry, "TypingStarted", "Milo");
    anna.inbox.entry(&chat, "the customer's typing", typing).await;

    customer.complete().await;
    let ended = customer.chat().await;
    assert_eq!((&ended["state"], &ended["capabilities"]), (&json!("Idle"), &json!([])));
    let left = |entry: &Value| is_from(entry, "ParticipantLeft", "Milo");
    anna.inbox.entry(&chat, "the customer's leaving", left).await;
    let request = json!({"operationName": "SendMessage", "text": "one more"});
    customer.call(&request).await.expect("an answer").refusal(400, 2);
}

#[tokio::test]
async fn without_an_index_the_customer_reads_on_where_he_stopped() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    let seen = talk.customer.new_messages().await;
    assert_eq!(seen[0]["index"], 1);
    assert!(talk.customer.new_messages().await.is_empty());
    talk.customer.say("new").await;
    let news = talk.customer.new_messages().await;
    assert!(news.len() == 1 && is_text(&news[0], "new"), "{news:?}");
    assert_eq!(talk.customer.transcript().await.len(), seen.len() + 1, "index 0 reads all");
}

#[tokio::test]
async fn the_customer_is_shown_no_ids_of_agents() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    anna.operate(&talk.chat, "SendMessage", json!({"text": "hello"})).await;
    talk.customer.wait_for("the greeting", |entry| is_text(entry, "hello")).await;
    let everything = json!([talk.customer.transcript().await, talk.customer.chat().await]).to_string();
    for hidden in [anna.person.id.as_str(), talk.chat.as_str(), "\"uri\"", "\"visibility\"", "/users/"] {
        assert!(!everything.contains(hidden), "{hidden} in {everything}");
    }
}

#[tokio::test]
async fn a_chats_id_on_one_side_of_the_door_is_unknown_on_the_other() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    assert_ne!(talk.chat, talk.customer.chat_id);
    let shape: Vec<usize> = talk.customer.chat_id.split('-').map(str::len).collect();
    assert_eq!(shape, [8, 4, 4, 4, 12], "a UUID can't be guessed: {}", talk.customer.chat_id);

    let stranger = Customer::browser(&center.server.base(), &center.id);
    stranger.get(&format!("/api/v2/chats/{}", talk.chat)).await.expect("an answer").refusal(404, 6);
    stranger.get(&format!("/api/v2/chats/{}/messages", talk.chat)).await.expect("an answer").refusal(404, 6);
    anna.http
        .get(&format!("/api/v2/me/chats/{}", talk.customer.chat_id))
        .await
        .expect("an answer")
        .refusal(404, 6);
}

#[tokio::test]
async fn a_customer_reaches_nothing_but_his_chat() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let talk = center.accepted_by(&anna, "Milo").await;
    for path in ["/api/v2/me", "/api/v2/me/chats", "/api/v2/users", "/api/v2/queues", "/api/v2/features"] {
        talk.customer.http.get(path).await.expect("an answer").refusal(403, 20);
    }
    let accept = json!({"operationName": "SwitchToCoach"});
    talk.customer.call(&accept).await.expect("an answer").refusal(400, 2);
    // Without the header nobody knows whose customer it is.
    let nobody = HttpClient::new(&center.server.base());
    let request = json!({"operationName": "RequestChat", "nickname": "Milo"});
    nobody.post("/api/v2/chats", &request).await.expect("an answer").refusal(403, 20);
}

#[tokio::test]
async fn a_page_of_any_site_may_chat() {
    let center = Center::open().await;
    let page = HttpClient::new(&center.server.base());
    page.set_header("origin", "https://shop.example");
    page.set_header("access-control-request-method", "POST");
    page.set_header("access-control-request-headers", "contactcenterid,content-type");
    let preflight = page.send(http::Method::OPTIONS, "/api/v2/chats", None).await.expect("an answer");
    assert!(matches!(preflight.status, 200 | 204), "{preflight}");
    let allowed = |name: &str| {
        let value = preflight.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_else(|| panic!("no {name} in {:?}", preflight.headers)).to_ascii_lowercase()
    };
    assert!(matches!(allowed("access-control-allow-origin").as_str(), "*" | "https://shop.example"));
    assert!(allowed("access-control-allow-headers").contains("contactcenterid"));
    assert!(allowed("access-control-allow-methods").contains("post"));
}
