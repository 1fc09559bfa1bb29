//! A Bayeux client over long polling or WebSocket, and a feed that keeps one alive.
//!
//! A session that the server has forgotten is opened anew and subscribes again, as browsers do.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::{DEADLINE_MS, HttpClient, HttpError, Inbox, REQUEST_DEADLINE_MS};

const ENDPOINT: &str = "/api/v2/notifications";
/// Pause before a feed knocks again at a server that is away, in milliseconds.
const RETRY_MS: u64 = 50;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP, one held connect.
    LongPolling,
    /// One socket for all.
    WebSocket,
}

impl Transport {
    fn connection_type(self) -> &'static str {
        match self {
            Transport::LongPolling => "long-polling",
            Transport::WebSocket => "websocket",
        }
    }
}

/// Why a push session gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The request got no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer was no Bayeux array.
    #[error("HTTP {status}: {body}")]
    NotBayeux {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// A reply said no.
    #[error("unsuccessful: {0}")]
    Unsuccessful(Value),
    /// The socket failed.
    #[error("web socket: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// The server closed the socket.
    #[error("the web socket was closed")]
    Closed,
}

/// What a connect reply told the client to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Connect { after_ms: u64 },
    Handshake,
    Stop,
}

/// One Bayeux session.
pub struct PushSession {
    http: HttpClient,
    transport: Transport,
    client_id: String,
    next_id: u64,
    connected_before: bool,
    socket: Option<WebSocketStream<TcpStream>>,
}

impl PushSession {
    /// Shakes hands.
    pub async fn open(http: &HttpClient, transport: Transport) -> Result<PushSession, PushError> {
        let mut session = PushSession {
            http: http.clone(),
            transport,
            client_id: String::new(),
            next_id: 1,
            connected_before: false,
            socket: None,
        };
        let handshake = json!({
            "channel": "/meta/handshake", "version": "1.0", "minimumVersion": "1.0",
            "supportedConnectionTypes": [transport.connection_type()],
            "advice": {"timeout": 60_000, "interval": 0},
        });
        let replies = session.exchange("/handshake", vec![handshake], &Inbox::default()).await?;
        let reply = successful(&replies)?;
        session.client_id = reply["clientId"].as_str().unwrap_or("").to_owned();
        Ok(session)
    }

    /// The server's name for this session.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Subscribes to several channels in one request.
    pub async fn subscribe(&mut self, topics: &[String], inbox: &Inbox) -> Result<(), PushError> {
        let messages =
            topics.iter().map(|topic| json!({"channel": "/meta/subscribe", "subscription": topic}));
        let replies = self.exchange("/", messages.collect(), inbox).await?;
        successful(&replies).map(|_| ())
    }

    /// Ends the session on the server.
    pub async fn disconnect(&mut self, inbox: &Inbox) -> Result<(), PushError> {
        let replies =
            self.exchange("/disconnect", vec![json!({"channel": "/meta/disconnect"})], inbox).await?;
        successful(&replies).map(|_| ())
    }

    /// One connect, held by the server unless it is the first; events go to `inbox`.
    async fn connect(&mut self, inbox: &Inbox) -> Result<Next, PushError> {
        let mut connect =
            json!({"channel": "/meta/connect", "connectionType": self.transport.connection_type()});
        if !self.connected_before {
            connect["advice"] = json!({"timeout": 0});
        }
        let replies = self.exchange("/connect", vec![connect], inbox).await?;
        let reply = replies.first().cloned().unwrap_or_default();
        self.connected_before = reply["successful"] == true;
        Ok(match (&reply["successful"], reply["advice"]["reconnect"].as_str()) {
            (_, Some("handshake")) => Next::Handshake,
            (_, Some("none")) => Next::Stop,
            (Value::Bool(true), _) => {
                Next::Connect { after_ms: reply["advice"]["interval"].as_u64().unwrap_or(0) }
            }
            _ => return Err(PushError::Unsuccessful(reply)),
        })
    }

    /// Sends messages of one request and waits for all their replies; events on the way go to `inbox`.
    async fn exchange(
        &mut self,
        suffix: &str,
        mut messages: Vec<Value>,
        inbox: &Inbox,
    ) -> Result<Vec<Value>, PushError> {
        let first_id = self.next_id;
        for message in &mut messages {
            message["id"] = json!(self.next_id.to_string());
            if !self.client_id.is_empty() {
                message["clientId"] = json!(self.client_id);
            }
            self.next_id += 1;
        }
        let ids: Vec<String> = (first_id..self.next_id).map(|id| id.to_string()).collect();
        match self.transport {
            Transport::LongPolling => self.exchange_by_http(suffix, messages, &ids, inbox).await,
            Transport::WebSocket => {
                let work = self.exchange_by_socket(messages, &ids, inbox);
                let Ok(replies) = timeout(Duration::from_millis(REQUEST_DEADLINE_MS), work).await else {
                    return Err(HttpError::TimedOut { waited_ms: REQUEST_DEADLINE_MS }.into());
                };
                if replies.is_err() {
                    self.socket = None;
                }
                replies
            }
        }
    }

    async fn exchange_by_http(
        &self,
        suffix: &str,
        messages: Vec<Value>,
        ids: &[String],
        inbox: &Inbox,
    ) -> Result<Vec<Value>, PushError> {
        let path = format!("{ENDPOINT}{suffix}");
        let answer = self.http.send(Method::POST, &path, Some(&Value::Array(messages))).await?;
        let Some(received) = answer.status.eq(&200).then(|| parse(&answer.body)).flatten() else {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(PushError::NotBayeux { status: answer.status, body });
        };
        Ok(sort(received, ids, inbox))
    }

    async fn exchange_by_socket(
        &mut self,
        messages: Vec<Value>,
        ids: &[String],
        inbox: &Inbox,
    ) -> Result<Vec<Value>, PushError> {
        if self.socket.is_none() {
            self.socket = Some(self.open_socket().await?);
        }
        let Some(socket) = &mut self.socket else { return Err(PushError::Closed) };
        let text = Value::Array(messages).to_string();
        socket.send(tungstenite::Message::text(text)).await.map_err(Box::new)?;
        let mut replies = Vec::new();
        while replies.len() < ids.len() {
            let frame = socket.next().await.ok_or(PushError::Closed)?.map_err(Box::new)?;
            match frame {
                tungstenite::Message::Text(text) => {
                    let received = parse(text.as_bytes())
                        .ok_or_else(|| PushError::NotBayeux { status: 101, body: text.to_string() })?;
                    replies.extend(sort(received, ids, inbox));
                }
                tungstenite::Message::Close(_) => return Err(PushError::Closed),
                _ => {}
            }
        }
        Ok(replies)
    }

    async fn open_socket(&self) -> Result<WebSocketStream<TcpStream>, PushError> {
        let authority = self.http.authority().to_owned();
        let mut request = format!("ws://{authority}{ENDPOINT}").into_client_request().map_err(Box::new)?;
        let identity: HeaderMap = self.http.identity();
        request.headers_mut().extend(identity);
        let stream = TcpStream::connect(&authority)
            .await
            .map_err(|source| HttpError::Connect { authority, source })?;
        let _ = stream.set_nodelay(true);
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.map_err(Box::new)?;
        Ok(socket)
    }
}

fn parse(bytes: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice(bytes).ok()
}

/// Keeps the replies to `ids` apart from events; those go to the inbox at once.
fn sort(received: Vec<Value>, ids: &[String], inbox: &Inbox) -> Vec<Value> {
    let mut replies = Vec::new();
    for mut message in received {
        let channel = message["channel"].as_str().unwrap_or("").to_owned();
        let is_reply = message["id"].as_str().is_some_and(|id| ids.iter().any(|known| known == id));
        if is_reply && message.get("successful").is_some() {
            replies.push(message);
        } else if message.get("data").is_some() {
            inbox.put(&channel, message["data"].take());
        }
    }
    replies
}

fn successful(replies: &[Value]) -> Result<&Value, PushError> {
    if let Some(refused) = replies.iter().find(|reply| reply["successful"] != true) {
        return Err(PushError::Unsuccessful(refused.clone()));
    }
    replies.first().ok_or(PushError::Closed)
}

/// A push session that is kept alive by a task of its own until it is dropped.
pub struct PushFeed {
    task: JoinHandle<()>,
    handshakes: watch::Receiver<u32>,
}

impl PushFeed {
    /// Shakes hands, subscribes, connects once, and keeps connecting in the background.
    pub async fn open(
        http: &HttpClient,
        transport: Transport,
        topics: &[&str],
        inbox: &Inbox,
    ) -> Result<PushFeed, PushError> {
        let topics: Vec<String> = topics.iter().map(|&topic| topic.to_owned()).collect();
        let mut session = open_and_subscribe(http, transport, &topics, inbox).await?;
        session.connect(inbox).await?;
        let (count, handshakes) = watch::channel(1);
        let (http, inbox) = (http.clone(), inbox.clone());
        let task = crate::start_task(async move {
            keep_alive(session, &http, &topics, &inbox, &count).await;
        });
        Ok(PushFeed { task, handshakes })
    }

    /// How often hands were shaken.
    #[must_use]
    pub fn handshakes(&self) -> u32 {
        *self.handshakes.borrow()
    }

    /// Waits until hands were shaken and subscriptions renewed `count` times in all.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn wait_for_handshakes(&self, count: u32) {
        let mut handshakes = self.handshakes.clone();
        let reached = handshakes.wait_for(|&done| done >= count);
        let reached = timeout(Duration::from_millis(DEADLINE_MS), reached).await;
        assert!(reached.is_ok(), "{} handshakes within {DEADLINE_MS} ms, not {count}", self.handshakes());
    }
}

impl Drop for PushFeed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn open_and_subscribe(
    http: &HttpClient,
    transport: Transport,
    topics: &[String],
    inbox: &Inbox,
) -> Result<PushSession, PushError> {
    let mut session = PushSession::open(http, transport).await?;
    session.subscribe(topics, inbox).await?;
    Ok(session)
}

async fn keep_alive(
    mut session: PushSession,
    http: &HttpClient,
    topics: &[String],
    inbox: &Inbox,
    handshakes: &watch::Sender<u32>,
) {
    loop {
        match session.connect(inbox).await {
            Ok(Next::Connect { after_ms: 0 }) => {}
            Ok(Next::Connect { after_ms }) => pause(after_ms).await,
            Ok(Next::Stop) => return,
            // The server is away; the session may have survived.
            Err(_) => pause(RETRY_MS).await,
            Ok(Next::Handshake) => match open_and_subscribe(http, session.transport, topics, inbox).await {
                Ok(renewed) => {
                    session = renewed;
                    handshakes.send_modify(|count| *count += 1);
                }
                Err(_) => pause(RETRY_MS).await,
            },
        }
    }
}

/// The pause that the protocol asks of a client between two requests.
async fn pause(duration_ms: u64) {
    let _ = timeout(Duration::from_millis(duration_ms), std::future::pending::<()>()).await;
}
