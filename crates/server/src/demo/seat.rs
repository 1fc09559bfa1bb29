//! The demo's clients: they know the public API and nothing else.

use serde_json::{Value, json};
use test_kit::{Answer, CHATS, HttpClient, Inbox, Medium, PushFeed, SMS_SESSIONS, Transport};

use crate::failure::Failure;

/// What users are told about.
const TOPICS: [&str; 2] = ["/v2/me", "/v2/me/*"];

/// Somebody's desk: a browser that is logged in, and what is pushed to it.
pub struct Seat {
    /// The login name.
    pub name: &'static str,
    /// The id in URIs.
    pub id: String,
    transport: Transport,
    http: HttpClient,
    feed: Option<PushFeed>,
    inbox: Inbox,
}

impl Seat {
    /// Logs in.
    pub async fn log_in(
        base: &str,
        name: &'static str,
        password: &str,
        transport: Transport,
    ) -> Result<Seat, Failure> {
        let http = HttpClient::new(base);
        http.set_basic(name, password);
        let me = read(&http, "/api/v2/me").await?;
        let id = text(&me["user"], "id")?;
        Ok(Seat { name, id, transport, http, feed: None, inbox: Inbox::default() })
    }

    /// Opens the channels, not ready, and begins to listen anew: what came before is forgotten.
    pub async fn sit_down(&mut self) -> Result<(), Failure> {
        self.feed = None;
        self.inbox = Inbox::default();
        let feed = PushFeed::open(&self.http, self.transport, &TOPICS, &self.inbox).await;
        self.feed = Some(feed.map_err(|error| Failure::Demo(format!("no push for {}: {error}", self.name)))?);
        let media = [CHATS, SMS_SESSIONS];
        let channels = media.map(|medium| medium.channel);
        let session = json!({"operationName": "StartContactCenterSession", "channels": channels});
        self.post("/api/v2/me", &session).await?;
        for medium in media {
            self.set_state(medium, "NotReady").await?;
        }
        Ok(())
    }

    /// Sets the state on a channel.
    pub async fn set_state(&self, medium: Medium, state: &str) -> Result<(), Failure> {
        let path = format!("/api/v2/me/channels/{}", medium.channel);
        self.post(&path, &json!({"operationName": state})).await.map(|_| ())
    }

    /// Asks for something that is to be done.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        succeeded(&self.try_post(path, body).await?)
    }

    /// Asks for something, whatever the answer.
    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.http.post(path, body).await.map_err(no_answer)
    }

    /// Reads something that must be there.
    pub async fn read(&self, path: &str) -> Result<Value, Failure> {
        read(&self.http, path).await
    }

    /// What was pushed since `position`.
    pub fn news(&self, position: usize) -> Vec<test_kit::Notification> {
        self.inbox.since(position)
    }
}

/// A customer's browser.
pub struct Visitor {
    http: HttpClient,
    chat: String,
}

impl Visitor {
    /// Opens a chat.
    pub async fn open_chat(base: &str, contact_center: &str, request: &Value) -> Result<Visitor, Failure> {
        let http = HttpClient::new(base);
        http.set_header("contactcenterid", contact_center);
        let answer = succeeded(&http.post("/api/v2/chats", request).await.map_err(no_answer)?)?;
        Ok(Visitor { http, chat: text(&answer, "id")? })
    }

    /// Does something in the chat.
    pub async fn post(&self, body: &Value) -> Result<(), Failure> {
        let path = format!("/api/v2/chats/{}", self.chat);
        succeeded(&self.http.post(&path, body).await.map_err(no_answer)?).map(|_| ())
    }

    /// What came since the last time.
    pub async fn news(&self) -> Result<Vec<Value>, Failure> {
        self.messages("").await
    }

    /// Everything from the beginning.
    pub async fn transcript(&self) -> Result<Vec<Value>, Failure> {
        self.messages("?index=0").await
    }

    /// Who the customer is told is in the chat.
    pub async fn participants(&self) -> Result<Vec<Value>, Failure> {
        let chat = read(&self.http, &format!("/api/v2/chats/{}", self.chat)).await?;
        Ok(chat["chat"]["participants"].as_array().cloned().unwrap_or_default())
    }

    async fn messages(&self, query: &str) -> Result<Vec<Value>, Failure> {
        let read = read(&self.http, &format!("/api/v2/chats/{}/messages{query}", self.chat)).await?;
        Ok(read["messages"].as_array().cloned().unwrap_or_default())
    }
}

async fn read(http: &HttpClient, path: &str) -> Result<Value, Failure> {
    succeeded(&http.get(path).await.map_err(no_answer)?)
}

/// The body of an answer that is a success.
pub fn succeeded(answer: &Answer) -> Result<Value, Failure> {
    if answer.is_success() { Ok(answer.json()) } else { Err(Failure::Demo(answer.to_string())) }
}

/// A member that must be there.
pub fn text(object: &Value, member: &str) -> Result<String, Failure> {
    let found = object[member].as_str().map(str::to_owned);
    found.ok_or_else(|| Failure::Demo(format!("no {member} in {object}")))
}

fn no_answer(error: test_kit::HttpError) -> Failure {
    Failure::Demo(error.to_string())
}
