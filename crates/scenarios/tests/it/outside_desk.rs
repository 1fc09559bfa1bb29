//! A desktop in Node, whose push client others wrote; see `clients/desk.mjs` for the lines it talks in.

use std::time::Duration;

use serde_json::{Value, json};
use test_kit::{Inbox, Medium, Person};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::outside_process::{COMMAND_DEADLINE_MS, OutsideProcess};

/// Which client, over what.
#[derive(Debug, Clone, Copy)]
pub struct PushClient {
    pub name: &'static str,
    pub transport: &'static str,
}

/// A user in front of somebody else's push client.
pub struct OutsideDesk {
    pub person: Person,
    pub inbox: Inbox,
    medium: Medium,
    node: OutsideProcess,
    renewed: watch::Receiver<u64>,
}

impl OutsideDesk {
    /// Logs in, opens the push session, and opens the channel.
    pub async fn seat(base: &str, person: &Person, medium: Medium, client: PushClient) -> OutsideDesk {
        let mut desk = OutsideDesk::start(base, person, medium, client);
        let me = desk.command(json!({"do": "login"})).await;
        assert_eq!(me["status"], 200, "{me}");
        let opened = desk.command(json!({"do": "open"})).await;
        assert_eq!(opened["transport"], client.transport, "{client:?} fell back to another transport");
        let session = json!({"operationName": "StartContactCenterSession", "channels": [medium.channel]});
        desk.succeed("/api/v2/me", session).await;
        desk
    }

    fn start(base: &str, person: &Person, medium: Medium, client: PushClient) -> OutsideDesk {
        let settings = json!({
            "client": client.name, "transport": client.transport, "base": base, "topics": ["/v2/me", "/v2/me/*"],
            "userName": person.user_name, "password": person.password,
        });
        let inbox = Inbox::default();
        let (renew, renewed) = watch::channel(0);
        let heard = inbox.clone();
        let node = OutsideProcess::node("desk.mjs", &settings, move |told| hear(told, &heard, &renew));
        OutsideDesk { person: person.clone(), inbox, medium, node, renewed }
    }

    /// Calls an operation and answers HTTP status and `statusCode`.
    pub async fn post(&mut self, path: &str, body: Value) -> (u64, Value) {
        let answer =
            self.command(json!({"do": "request", "method": "POST", "path": path, "body": body})).await;
        let text = answer["body"].as_str().unwrap_or("");
        let body: Value =
            serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON from {path}: {text}"));
        (answer["status"].as_u64().unwrap_or(0), body["statusCode"].clone())
    }

    /// Calls an operation that must succeed.
    pub async fn succeed(&mut self, path: &str, body: Value) {
        let what = format!("{path} {body}");
        assert_eq!(self.post(path, body).await, (200, json!(0)), "{what}");
    }

    /// Calls an operation without parameters on a chat.
    pub async fn operate(&mut self, chat: &str, operation: &str) {
        self.succeed(&self.path_of(chat), json!({"operationName": operation})).await;
    }

    /// Sends a text by `SendMessage` or `SendToAgents`.
    pub async fn say(&mut self, chat: &str, operation: &str, text: &str) {
        let body = json!({"operationName": operation, "text": text});
        self.succeed(&self.path_of(chat), body).await;
    }

    fn path_of(&self, chat: &str) -> String {
        format!("/api/v2/me/{}/{chat}", self.medium.collection)
    }

    /// The whole process does nothing for a while, like a laptop that sleeps.
    pub async fn freeze(&mut self, duration_ms: u64) {
        self.command(json!({"do": "freeze", "ms": duration_ms})).await;
    }

    /// Waits until the client has shaken hands `count` times, and its subscriptions are confirmed.
    pub async fn wait_for_handshakes(&mut self, count: u64) {
        let reached = self.renewed.wait_for(|&done| done >= count);
        let reached = timeout(Duration::from_millis(COMMAND_DEADLINE_MS), reached).await;
        assert!(reached.is_ok(), "the client did not shake hands again");
    }

    /// Disconnects as the protocol has it.
    pub async fn close(mut self) {
        self.command(json!({"do": "close"})).await;
    }

    async fn command(&mut self, command: Value) -> Value {
        self.node.command(command).await
    }
}

fn hear(mut told: Value, inbox: &Inbox, renewed: &watch::Sender<u64>) {
    if let Some(count) = told["renewed"].as_u64() {
        renewed.send_replace(count);
        return;
    }
    let mut notification = told["notification"].take();
    let data = notification["data"].take();
    inbox.put(notification["channel"].as_str().unwrap_or(""), data);
}
