//! A customer's browser: one chat through the door that needs no login.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, timeout};

use crate::{Answer, DEADLINE_MS, HttpClient, HttpError};

/// The door knows polling only; this often, in milliseconds.
pub const CUSTOMER_POLL_MS: u64 = 25;

/// Somebody who opened a chat.
pub struct Customer {
    /// The browser.
    pub http: HttpClient,
    /// The chat's id on this side of the door.
    pub chat_id: String,
    /// How the customer is called in it.
    pub nickname: String,
}

impl Customer {
    /// Opens a chat on the default queue.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn request_chat(base: &str, contact_center_id: &str, nickname: &str) -> Customer {
        let request = json!({"operationName": "RequestChat", "nickname": nickname, "subject": "Parcel"});
        Customer::request_chat_with(base, contact_center_id, &request).await
    }

    /// Opens a chat with a request of the caller's.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn request_chat_with(base: &str, contact_center_id: &str, request: &Value) -> Customer {
        let http = Customer::browser(base, contact_center_id);
        let answer = http.post("/api/v2/chats", request).await.expect("an answer").success();
        let chat_id = answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned();
        assert_eq!(answer["path"], format!("/api/v2/chats/{chat_id}"), "the customer's path has the prefix");
        Customer { http, chat_id, nickname: request["nickname"].as_str().unwrap_or("").to_owned() }
    }

    /// A browser that knows only which contact center it wants.
    #[must_use]
    pub fn browser(base: &str, contact_center_id: &str) -> HttpClient {
        let http = HttpClient::new(base);
        http.set_header("contactcenterid", contact_center_id);
        http
    }

    /// Calls an operation of the open chat.
    pub async fn call(&self, operation: &Value) -> Result<Answer, HttpError> {
        self.http.post(&format!("/api/v2/chats/{}", self.chat_id), operation).await
    }

    /// Says something.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn say(&self, text: &str) {
        let request = json!({"operationName": "SendMessage", "text": text});
        self.call(&request).await.expect("an answer").success();
    }

    /// Ends the chat.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn complete(&self) {
        self.call(&json!({"operationName": "Complete"})).await.expect("an answer").success();
    }

    /// The chat as the customer sees it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn chat(&self) -> Value {
        let path = format!("/api/v2/chats/{}", self.chat_id);
        self.http.get(&path).await.expect("an answer").success()["chat"].take()
    }

    /// The whole transcript as the customer sees it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn transcript(&self) -> Vec<Value> {
        self.try_transcript().await.expect("an answer")
    }

    /// The whole transcript, if the server can be reached.
    ///
    /// # Panics
    /// If the server answers, and refuses.
    pub async fn try_transcript(&self) -> Result<Vec<Value>, HttpError> {
        let path = format!("/api/v2/chats/{}/messages?index=0", self.chat_id);
        Ok(messages(&self.http.get(&path).await?))
    }

    /// What came since the last time this was asked.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn new_messages(&self) -> Vec<Value> {
        let path = format!("/api/v2/chats/{}/messages", self.chat_id);
        messages(&self.http.get(&path).await.expect("an answer"))
    }

    /// Polls until an entry of the transcript fits.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn wait_for(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let poll = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(CUSTOMER_POLL_MS));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Some(found) = self.transcript().await.into_iter().find(&fits) {
                    return found;
                }
            }
        };
        match timeout(Duration::from_millis(DEADLINE_MS), poll).await {
            Ok(found) => found,
            Err(_) => panic!("the customer never saw {what}; transcript: {:?}", self.transcript().await),
        }
    }
}

fn messages(answer: &Answer) -> Vec<Value> {
    match answer.success()["messages"].take() {
        Value::Array(messages) => messages,
        other => panic!("messages must be an array, not {other}"),
    }
}
