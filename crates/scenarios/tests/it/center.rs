//! A contact center to tell a story in: a server, its administrator, and people as the story needs them.

use std::sync::Arc;

use carrier_simulator::Simulator;
use serde_json::{Value, json};
use test_kit::{
    ADMIN_PASSWORD, ADMIN_USER, CHATS, Customer, Desk, Medium, Notification, Person, SMS_SESSIONS,
    ServerProcess, Transport, add_person,
};

/// The configuration of most stories: nothing throttles a test that logs in and chats all day.
pub const UNHURRIED: &str = "
[push]
timeout_ms = 10000
max_interval_ms = 10000

[limits]
chats_per_minute = 100000
customer_requests_per_second = 100000
";

/// A running server with one contact center.
pub struct Center {
    pub server: ServerProcess,
    pub admin: Desk,
    /// The contact center's id, which customers name.
    pub id: String,
    /// What everybody works on.
    pub medium: Medium,
    /// The carrier of customers who text, if it runs in the test.
    pub carrier: Option<Arc<Simulator>>,
}

impl Center {
    pub async fn open() -> Center {
        Center::open_with(UNHURRIED).await
    }

    pub async fn open_with(config: &str) -> Center {
        let server = ServerProcess::start(config).await;
        let admin = Desk::login(&server.base(), ADMIN_USER, ADMIN_PASSWORD).await;
        let id = admin.contact_center_id.clone();
        assert!(!id.is_empty(), "GET /me names the contact center");
        Center { server, admin, id, medium: CHATS, carrier: None }
    }

    /// One for chats, or one for texts of phones.
    pub async fn open_on(medium: Medium) -> Center {
        Center::open_on_with(medium, UNHURRIED).await
    }

    /// The same with another configuration.
    pub async fn open_on_with(medium: Medium, config: &str) -> Center {
        if medium == SMS_SESSIONS {
            Center::with_phones(Default::default(), config).await
        } else {
            Center::open_with(config).await
        }
    }

    pub async fn person(&self, user_name: &str, role: &str) -> Person {
        add_person(&self.admin.http, user_name, &[role]).await
    }

    /// An agent who is logged in, subscribed, and open for conversations, but not ready.
    pub async fn agent(&self, user_name: &str) -> Desk {
        let person = self.person(user_name, "ROLE_AGENT").await;
        self.seat(&person, Transport::LongPolling).await
    }

    /// An agent who waits for conversations.
    pub async fn ready_agent(&self, user_name: &str) -> Desk {
        let desk = self.agent(user_name).await;
        desk.set_state("Ready").await;
        desk
    }

    /// A supervisor who is logged in, subscribed, and open for conversations, but takes none from the queue.
    pub async fn supervisor(&self, user_name: &str) -> Desk {
        let person = self.person(user_name, "ROLE_SUPERVISOR").await;
        let desk = self.seat(&person, Transport::WebSocket).await;
        desk.set_state("NotReady").await;
        desk
    }

    pub async fn seat(&self, person: &Person, transport: Transport) -> Desk {
        let mut desk = Desk::login(&self.server.base(), &person.user_name, &person.password).await;
        desk.medium = self.medium;
        desk.open_push(transport).await;
        desk.start_session().await;
        desk
    }

    pub async fn customer(&self, nickname: &str) -> Customer {
        Customer::request_chat(&self.server.base(), &self.id, nickname).await
    }

    /// A customer opens a chat and `agent`, the only one who is ready, accepts it.
    pub async fn accepted_by(&self, agent: &Desk, nickname: &str) -> Talk {
        let customer = self.customer(nickname).await;
        let chat = accept_offer(agent).await;
        Talk { chat, customer }
    }
}

/// A chat under way: the id that agents know, and the customer.
pub struct Talk {
    pub chat: String,
    pub customer: Customer,
}

/// Waits for an offer and accepts it; answers what it is an offer of.
pub async fn accept_offer(desk: &Desk) -> String {
    let id = desk.inbox.offered().await.chat_id().expect("an offer names what it is of").to_owned();
    accept(desk, &id).await;
    id
}

/// Accepts an offer under the own login name, and waits until the log has arrived.
pub async fn accept(desk: &Desk, chat: &str) {
    let nickname = desk.person.user_name.clone();
    desk.operate(chat, "Accept", json!({"nickname": nickname})).await;
    desk.inbox.status(chat, "Chatting").await;
    desk.inbox.participants(0, chat, "oneself", |it| it.participant(&nickname).is_some()).await;
    desk.inbox.entry(chat, "own arrival", |entry| is_from(entry, "ParticipantJoined", &nickname)).await;
}

/// Whether an entry is of a type and from somebody.
pub fn is_from(entry: &Value, kind: &str, nickname: &str) -> bool {
    entry["type"] == kind && entry["from"]["nickname"] == nickname
}

/// Whether an entry is a text with these words.
pub fn is_text(entry: &Value, text: &str) -> bool {
    entry["type"] == "Text" && entry["text"] == text
}

/// The visibility of a participant in a list; empty if he is not in it.
pub fn visibility_of(list: &Notification, nickname: &str) -> String {
    let participant = list.participant(nickname);
    participant.and_then(|it| it["visibility"].as_str()).unwrap_or("").to_owned()
}

/// The user's URI as notifications write it.
pub fn user_uri(center: &Center, desk: &Desk) -> String {
    format!("{}/api/v2/users/{}", center.server.base(), desk.person.id)
}
