//! HTTP/1.1 over a few kept connections, with a cookie jar, Basic credentials and the CSRF token.
//!
//! One client is one browser: clones share its cookies. Requests run side by side, each on a connection of
//! its own, so a held connect never delays another request. A request is sent again only if no byte of it
//! left.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, SET_COOKIE,
};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a client waits for the end of an answer, in milliseconds; longer than any held connect.
pub const REQUEST_DEADLINE_MS: u64 = 60_000;
/// Connections kept for later requests; more are closed when their answer has been read.
const IDLE_CONNECTIONS: usize = 8;

/// One browser: its cookies, its credentials, its connections.
#[derive(Clone)]
pub struct HttpClient {
    shared: Arc<Shared>,
}

struct Shared {
    /// `ADDR:PORT`
    authority: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cookies: BTreeMap<String, String>,
    csrf: Option<(HeaderName, HeaderValue)>,
    basic: Option<HeaderValue>,
    always: Vec<(HeaderName, HeaderValue)>,
    idle: Vec<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody listens.
    #[error("no connection to {authority}: {source}")]
    Connect {
        /// Who was called.
        authority: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection ended; the server may or may not have worked on the request.
    #[error("the connection ended: {0}")]
    Broken(#[from] hyper::Error),
    /// No answer in time.
    #[error("no answer within {waited_ms} ms")]
    TimedOut {
        /// How long.
        waited_ms: u64,
    },
}

impl HttpClient {
    /// A browser without cookies; `base` is `http://ADDR:PORT`.
    #[must_use]
    pub fn new(base: &str) -> HttpClient {
        let authority = base.strip_prefix("http://").unwrap_or(base).trim_end_matches('/').to_owned();
        HttpClient { shared: Arc::new(Shared { authority, state: Mutex::default() }) }
    }

    /// Sends these credentials with every request from now on.
    pub fn set_basic(&self, user_name: &str, password: &str) {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user_name}:{password}"));
        let value = HeaderValue::from_str(&format!("Basic {pair}")).expect("base64 is a header value");
        self.shared.state.lock().basic = Some(value);
    }

    /// From now on the cookies alone say who we are.
    pub fn forget_basic(&self) {
        self.shared.state.lock().basic = None;
    }

    /// Forgets the CSRF token, as a page of another site would not know it.
    pub fn forget_csrf(&self) {
        self.shared.state.lock().csrf = None;
    }

    /// Sends a header with every request from now on.
    pub fn set_header(&self, name: &'static str, value: &str) {
        let value = HeaderValue::from_str(value).expect("a header value");
        self.shared.state.lock().always.push((HeaderName::from_static(name), value));
    }

    /// `ADDR:PORT` of the server.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.shared.authority
    }

    /// `http://ADDR:PORT` of the server.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.shared.authority)
    }

    /// One cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.shared.state.lock().cookies.get(name).cloned()
    }

    /// The headers that say who we are: cookies and credentials.
    #[must_use]
    pub fn identity(&self) -> HeaderMap {
        let state = self.shared.state.lock();
        let mut headers = HeaderMap::new();
        if !state.cookies.is_empty() {
            let cookies: Vec<String> =
                state.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers
                .insert(COOKIE, HeaderValue::from_str(&cookies.join("; ")).expect("cookies are header text"));
        }
        if let Some(basic) = &state.basic {
            headers.insert(AUTHORIZATION, basic.clone());
        }
        for (name, value) in &state.always {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Answer, HttpError> {
        self.send(Method::GET, path, None).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, HttpError> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, HttpError> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Answer, HttpError> {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, with or without a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, HttpError> {
        let body = body.map(|value| Bytes::from(value.to_string()));
        self.send_bytes(method, path, "application/json", body, &HeaderMap::new()).await
    }

    /// Any method, any bytes, further headers: for requests that are wrong on purpose.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<Bytes>,
        further: &HeaderMap,
    ) -> Result<Answer, HttpError> {
        let work = self.exchange(method, path, content_type, body, further);
        let Ok(answer) = timeout(Duration::from_millis(REQUEST_DEADLINE_MS), work).await else {
            return Err(HttpError::TimedOut { waited_ms: REQUEST_DEADLINE_MS });
        };
        answer
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<Bytes>,
        further: &HeaderMap,
    ) -> Result<Answer, HttpError> {
        let changes_state = method != Method::GET && method != Method::OPTIONS;
        let mut request = Request::builder().method(method.clone()).uri(path).header(HOST, self.authority());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let mut request = request.body(Full::new(body.unwrap_or_default())).expect("a well-formed request");
        request.headers_mut().extend(self.identity());
        if changes_state && let Some((name, value)) = self.shared.state.lock().csrf.clone() {
            request.headers_mut().insert(name, value);
        }
        for (name, value) in further {
            request.headers_mut().insert(name.clone(), value.clone());
        }

        let (response, connection) = self.send_on_some_connection(request).await?;
        let (head, body) = response.into_parts();
        self.learn(&head.headers);
        let body = body.collect().await?.to_bytes();
        let mut state = self.shared.state.lock();
        if state.idle.len() < IDLE_CONNECTIONS {
            state.idle.push(connection);
        }
        drop(state);
        Ok(Answer {
            what: format!("{method} {path}"),
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn send_on_some_connection(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, SendRequest<Full<Bytes>>), HttpError> {
        loop {
            let kept = self.shared.state.lock().idle.pop();
            let is_new = kept.is_none();
            let mut connection = match kept {
                Some(kept) => kept,
                None => self.connect().await?,
            };
            if connection.ready().await.is_err() && !is_new {
                continue;
            }
            match connection.try_send_request(request).await {
                Ok(response) => return Ok((response, connection)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    _ => return Err(HttpError::Broken(error.into_error())),
                },
            }
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, HttpError> {
        let authority = self.authority();
        let socket = TcpStream::connect(authority)
            .await
            .map_err(|source| HttpError::Connect { authority: authority.to_owned(), source })?;
        // An answer of a few bytes is not to wait for the next packet.
        let _ = socket.set_nodelay(true);
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        crate::start_task(async move {
            // Its end is told to whoever has a request under way.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn learn(&self, headers: &HeaderMap) {
        let mut state = self.shared.state.lock();
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                state.cookies.remove(name);
            } else {
                state.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let Some(name) = headers.get("x-csrf-header").and_then(|value| value.to_str().ok()) else { return };
        if let (Some(token), Ok(name)) = (headers.get(name), HeaderName::from_bytes(name.as_bytes())) {
            state.csrf = Some((name, token.clone()));
        }
    }
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request, for messages of failed tests.
    pub what: String,
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}) in {self}"))
    }

    /// The member `statusCode` of the body.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn status_code(&self) -> i64 {
        self.json()["statusCode"].as_i64().unwrap_or_else(|| panic!("no statusCode in {self}"))
    }

    /// Whether the operation was done.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == 200
            && serde_json::from_slice::<Value>(&self.body).is_ok_and(|body| body["statusCode"] == 0)
    }

    /// The body of an answer that must be a success.
    ///
    /// # Panics
    /// If it is not.
    pub fn success(&self) -> Value {
        assert!(self.is_success(), "expected success, got {self}");
        self.json()
    }

    /// Asserts a refusal: HTTP status, `statusCode`, a message, and nothing else.
    ///
    /// # Panics
    /// If it is anything else.
    pub fn refusal(&self, http_status: u16, status_code: i64) -> String {
        let body = self.json();
        assert_eq!((self.status, &body["statusCode"]), (http_status, &Value::from(status_code)), "{self}");
        let message = body["statusMessage"].as_str().unwrap_or_else(|| panic!("no statusMessage in {self}"));
        assert!(!message.is_empty(), "an empty statusMessage in {self}");
        let members = body.as_object().map_or(0, serde_json::Map::len);
        assert_eq!(members, 2, "a failure has statusCode and statusMessage only: {self}");
        message.to_owned()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → HTTP {} {}", self.what, self.status, String::from_utf8_lossy(&self.body))
    }
}
