//! The phones by HTTP: a page for people, and what it asks for.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::connection::Orders;
use crate::numbers::canonical;
use crate::shared::{Shared, TextError};

/// The longest body.
const MOST_BODY_OCTETS: usize = 64 * 1024;
/// How many connections there may be.
const MOST_CONNECTIONS: usize = 64;
/// How long an answer may wait for news, in seconds.
const MOST_WAIT_S: u64 = 30;
/// The page loads nothing from elsewhere, and nothing shows it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What handlers need.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) shared: Arc<Shared>,
    pub(crate) orders: watch::Sender<Orders>,
}

type Asked = axum::extract::State<State>;
type Body = Result<Bytes, BytesRejection>;

/// Serves the phones until the task ends.
pub(crate) async fn serve(listener: TcpListener, state: State) {
    let listener = Limited { listener, places: Arc::new(Semaphore::new(MOST_CONNECTIONS)) };
    if let Err(error) = axum::serve(listener, router(state)).await {
        tracing::warn!(%error, "the phones can no longer be reached");
    }
}

fn router(state: State) -> Router {
    let page = |kind, text| only("GET, HEAD", get(move || async move { file(kind, text) }));
    Router::new()
        .route("/", page("text/html; charset=utf-8", include_str!("page/index.html")))
        .route("/page.css", page("text/css; charset=utf-8", include_str!("page/page.css")))
        .route("/page.js", page("text/javascript; charset=utf-8", include_str!("page/page.js")))
        .route("/texts", only("POST", post(send_text)))
        .route("/phones", only("GET, HEAD", get(phones)))
        .route("/phones/{number}/texts", only("GET, HEAD", get(texts)))
        .route("/numbers", only("GET, HEAD", get(numbers)))
        .route("/faults", only("GET, HEAD, POST", get(faults).post(change_faults)))
        .route("/counters", only("GET, HEAD", get(counters)))
        .route("/disconnect", only("POST", post(disconnect)))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is nothing here") })
        .layer(DefaultBodyLimit::max(MOST_BODY_OCTETS))
        .with_state(state)
}

/// Answers other methods with those that there are.
fn only(methods: &'static str, router: MethodRouter<State>) -> MethodRouter<State> {
    router.fallback(move || async move {
        let refusal = refusal(StatusCode::METHOD_NOT_ALLOWED, "this method is not for this path");
        ([(ALLOW, methods)], refusal)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewText {
    from: String,
    to: String,
    text: String,
}

async fn send_text(state: Asked, headers: HeaderMap, body: Body) -> Response {
    let NewText { from, to, text } = match parsed(&headers, body) {
        Ok(text) => text,
        Err((status, error)) => return refusal(status, &error),
    };
    match state.shared.send(&from, &to, &text) {
        Ok(()) => answer(StatusCode::ACCEPTED, &json!({})),
        Err(error) => {
            let status = match error {
                TextError::NobodysNumber => StatusCode::NOT_FOUND,
                TextError::QueueFull => StatusCode::SERVICE_UNAVAILABLE,
                TextError::Number(..) | TextError::Empty | TextError::TooLong(_) => StatusCode::BAD_REQUEST,
            };
            refusal(status, &error.to_string())
        }
    }
}

async fn phones(state: Asked) -> Response {
    answer(StatusCode::OK, &json!({ "phones": state.shared.phones() }))
}

async fn numbers(state: Asked) -> Response {
    let numbers = state.shared.config.numbers.iter();
    let numbers: Vec<String> = numbers.filter_map(|owned| Some(canonical(&owned.number).ok()?.1)).collect();
    answer(StatusCode::OK, &json!({ "numbers": numbers }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_s: u64,
}

async fn texts(
    state: Asked,
    Path(number): Path<String>,
    since: Result<Query<Since>, QueryRejection>,
) -> Response {
    let Ok(Query(Since { after, wait_s })) = since else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "after and wait_s are whole numbers, and there are no others",
        );
    };
    let number = match canonical(&number) {
        Ok((_, number)) => number,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &format!("number: {error}")),
    };
    let mut news = state.shared.news();
    let mut texts = state.shared.texts_after(&number, after);
    let waiting = async {
        while texts.is_empty() && news.changed().await.is_ok() {
            texts = state.shared.texts_after(&number, after);
        }
    };
    // With what has come by then, if nothing has.
    let _ = timeout(Duration::from_secs(wait_s.min(MOST_WAIT_S)), waiting).await;
    answer(StatusCode::OK, &json!({ "texts": texts }))
}

async fn faults(state: Asked) -> Response {
    answer(StatusCode::OK, &state.shared.faults())
}

async fn change_faults(state: Asked, headers: HeaderMap, body: Body) -> Response {
    let changes: serde_json::Map<String, serde_json::Value> = match parsed(&headers, body) {
        Ok(changes) => changes,
        Err((status, error)) => return refusal(status, &error),
    };
    match state.shared.change_faults(|faults| faults.changed(&changes)) {
        Ok(faults) => answer(StatusCode::OK, &faults),
        Err(complaint) => refusal(StatusCode::BAD_REQUEST, &complaint),
    }
}

async fn counters(state: Asked) -> Response {
    answer(StatusCode::OK, &state.shared.counters())
}

async fn disconnect(state: Asked) -> Response {
    state.orders.send_modify(|orders| orders.drops += 1);
    answer(StatusCode::ACCEPTED, &json!({}))
}

/// Reads a JSON body. Its type is demanded, so that no page from elsewhere can send one unasked.
fn parsed<T: for<'a> Deserialize<'a>>(headers: &HeaderMap, body: Body) -> Result<T, (StatusCode, String)> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
        return Err((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body's type is not application/json".to_owned(),
        ));
    }
    let body =
        body.map_err(|error| (error.status(), "the body is too long, or cannot be read".to_owned()))?;
    serde_json::from_slice(&body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    respond(status, "application/json", "no-store", body.into())
}

fn refusal(status: StatusCode, error: &str) -> Response {
    answer(status, &json!({ "error": error }))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    respond(StatusCode::OK, kind, "no-cache", Bytes::from_static(text.as_bytes()))
}

fn respond(status: StatusCode, kind: &'static str, cache: &'static str, body: Bytes) -> Response {
    let headers: [(HeaderName, HeaderValue); 5] = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, body).into_response()
}

/// A listener that lets wait whom it has no place for.
struct Limited {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection and its place.
struct Placed {
    stream: TcpStream,
    _place: Option<OwnedSemaphorePermit>,
}

impl axum::serve::Listener for Limited {
    type Io = Placed;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Placed, SocketAddr) {
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        (Placed { stream, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
