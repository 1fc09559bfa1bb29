//! An agent's or a supervisor's desktop: a browser that is logged in, and what was pushed to it.

use serde_json::{Value, json};

use crate::{Answer, HttpClient, HttpError, Inbox, Notification, Person, PushFeed, Transport};

/// A kind of conversation, in the words of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Medium {
    /// The name of the channel.
    pub channel: &'static str,
    /// The name of the collection.
    pub collection: &'static str,
}

/// Conversations with visitors.
pub const CHATS: Medium = Medium { channel: "chat", collection: "chats" };
/// Conversations by text messages.
pub const SMS_SESSIONS: Medium = Medium { channel: "smssession", collection: "smssessions" };

/// A logged-in user. After the login its requests carry the cookie and the CSRF token, no password.
pub struct Desk {
    /// The browser.
    pub http: HttpClient,
    /// Who sits there.
    pub person: Person,
    /// The contact center.
    pub contact_center_id: String,
    /// What was pushed.
    pub inbox: Inbox,
    /// What this desk works on.
    pub medium: Medium,
    feed: Option<PushFeed>,
    /// Which of two not-ready states comes next, see `settle`.
    next_pause: &'static str,
}

impl Desk {
    /// Logs in with name and password.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn login(base: &str, user_name: &str, password: &str) -> Desk {
        let http = HttpClient::new(base);
        let me = login(&http, user_name, password).await;
        let id = me["id"].as_str().expect("a user has an id").to_owned();
        Desk {
            http,
            person: Person { id, user_name: user_name.to_owned(), password: password.to_owned() },
            contact_center_id: me["contactCenterId"].as_str().unwrap_or("").to_owned(),
            inbox: Inbox::default(),
            medium: CHATS,
            feed: None,
            next_pause: "NotReady",
        }
    }

    /// Logs in once more in the same browser: the server may have forgotten the session.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn login_again(&self) {
        login(&self.http, &self.person.user_name, &self.person.password).await;
    }

    /// Logs in once more, if the server can be reached.
    pub async fn try_login_again(&self) -> Result<Answer, HttpError> {
        self.http.set_basic(&self.person.user_name, &self.person.password);
        let answer = self.http.get("/api/v2/me").await;
        self.http.forget_basic();
        answer
    }

    /// Subscribes to everything about this user.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn open_push(&mut self, transport: Transport) {
        let feed = PushFeed::open(&self.http, transport, &["/v2/me", "/v2/me/*"], &self.inbox).await;
        self.feed =
            Some(feed.unwrap_or_else(|error| panic!("no push for {}: {error}", self.person.user_name)));
    }

    /// The push session.
    ///
    /// # Panics
    /// If none was opened.
    #[must_use]
    pub fn feed(&self) -> &PushFeed {
        self.feed.as_ref().expect("open_push comes first")
    }

    /// Opens the channel.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn start_session(&self) {
        let request =
            json!({"operationName": "StartContactCenterSession", "channels": [self.medium.channel]});
        self.http.post("/api/v2/me", &request).await.expect("an answer").success();
    }

    /// Sets the state on the channel: `Ready`, `NotReady`, …
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn set_state(&self, state: &str) {
        let request = json!({"operationName": state});
        self.http
            .post(&format!("/api/v2/me/channels/{}", self.medium.channel), &request)
            .await
            .expect("an answer")
            .success();
    }

    /// Calls an operation on a chat; `parameters` is an object or null.
    pub async fn try_call(
        &self,
        chat: &str,
        operation: &str,
        parameters: &Value,
    ) -> Result<Answer, HttpError> {
        self.http
            .post(
                &format!("/api/v2/me/{}/{chat}", self.medium.collection),
                &operation_body(operation, parameters),
            )
            .await
    }

    /// Calls an operation on a chat, whatever the answer.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn call(&self, chat: &str, operation: &str, parameters: Value) -> Answer {
        self.try_call(chat, operation, &parameters).await.expect("an answer")
    }

    /// Calls an operation on a chat that must succeed.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn operate(&self, chat: &str, operation: &str, parameters: Value) -> Value {
        self.call(chat, operation, parameters).await.success()
    }

    /// Calls a monitoring operation on another user's chat channel.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn supervise(&self, user_id: &str, operation: &str, parameters: Value) -> Answer {
        let path = format!("/api/v2/users/{user_id}/channels/{}", self.medium.channel);
        self.http.post(&path, &operation_body(operation, &parameters)).await.expect("an answer")
    }

    /// Enters a chat that another user is handling.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn intrude(&self, user_id: &str, chat: &str, parameters: Value) -> Answer {
        let path = format!("/api/v2/users/{user_id}/{}/{chat}", self.medium.collection);
        self.http.post(&path, &operation_body("Intrude", &parameters)).await.expect("an answer")
    }

    /// Reads a resource that must be there.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn read(&self, path: &str) -> Value {
        self.http.get(&format!("/api/v2{path}")).await.expect("an answer").success()
    }

    /// The chats this user is in.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn chats(&self) -> Vec<Value> {
        let collection = self.medium.collection;
        let chats = self.read(&format!("/me/{collection}?fields=*")).await[collection].take();
        chats.as_array().unwrap_or_else(|| panic!("chats must be an array, not {chats}")).clone()
    }

    /// The log of a chat as this user may see it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn messages(&self, chat: &str) -> Vec<Value> {
        let messages =
            self.read(&format!("/me/{}/{chat}/messages", self.medium.collection)).await["messages"].take();
        messages.as_array().unwrap_or_else(|| panic!("messages must be an array, not {messages}")).clone()
    }

    /// Waits until everything that happened before this call has been pushed. A change of the own channel
    /// state is the messenger: a session's notifications keep their order, so what was caused earlier is in
    /// when it arrives. Leaves the user not ready.
    ///
    /// # Panics
    /// If the server refuses, or the messenger does not arrive.
    pub async fn settle(&mut self) {
        let state = self.next_pause;
        self.next_pause = if state == "NotReady" { "AuxWork" } else { "NotReady" };
        let before = self.inbox.len();
        self.set_state(state).await;
        let fits =
            |it: &Notification| it.position >= before && it.message_type() == "ChannelStateChangeMessageV2";
        self.inbox.take("change of the own channel's state", fits).await;
    }
}

async fn login(http: &HttpClient, user_name: &str, password: &str) -> Value {
    http.set_basic(user_name, password);
    let me = http.get("/api/v2/me").await.expect("an answer").success()["user"].take();
    http.forget_basic();
    me
}

fn operation_body(operation: &str, parameters: &Value) -> Value {
    let mut body = json!({"operationName": operation});
    for (name, value) in parameters.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}
