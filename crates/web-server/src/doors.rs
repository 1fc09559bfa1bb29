//! What happens to every request, in this order: its origin, its sender, its body, and then its own handler.
//!
//! Notifications branch off before anything is paid for that they do not need: the router, the extensions,
//! the answer's layers.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use public_api::{Problem, StatusCode as Code};
use tower::ServiceExt as _;

use crate::answers::Refused;
use crate::cors::{self, Policy};
use crate::listener::{Bodies, Front, Most, Unread};
use crate::push::{self, Asked, Push, Reader, websocket};
use crate::sign_in::{CENTER_HEADER, SignedIn, Visitor, counted_as};
use crate::{App, answers, clock};

/// What a request comes to.
pub(crate) enum Outcome {
    /// An answer.
    Answer(Response),
    /// A reply of the push service, perhaps later.
    Push(Box<Awaited>),
    /// The end of HTTP on this connection.
    Upgrade(Box<websocket::Upgrade>),
}

/// A notification request whose reply may take its time, with as little else as possible.
pub(crate) struct Awaited {
    pub(crate) asked: Asked,
    /// What the answer says beside the reply.
    pub(crate) headers: HeaderMap,
}

/// A request whose body has not been read.
pub(crate) struct Arrived {
    pub(crate) head: Parts,
    pub(crate) body: Unread,
    /// The other end of the connection.
    pub(crate) peer: IpAddr,
}

/// Everyone may see these.
const PUBLIC: [&str; 4] =
    ["/api/v2/diagnostics/version", "/api/v2/openapi.json", "/api/v2/asyncapi.json", "/api/v2/docs"];
/// Below these nobody gets in without credentials.
const GUARDED: [&str; 3] = ["/api", "/internal-api", "/genesys"];
const NOTIFICATIONS: [&str; 2] = ["/api/v2/notifications", "/genesys/cometd"];
/// The customers' door.
const CHATS: &str = "/api/v2/chats";
/// Numbers that must not be texted. They come as files, and stand in paths.
const SUPPRESSIONS: &str = "/api/v2/sms-suppressions";

/// Answers a request.
pub(crate) async fn serve(front: &Front, arrived: Arrived, bodies: &Bodies) -> Outcome {
    match front {
        Front::PushAlone(push) => serve_push_alone(push, arrived, bodies).await,
        Front::Whole { app, router } => {
            let started = clock::now();
            let method = arrived.head.method.clone();
            let path = loggable(arrived.head.uri.path()).to_owned();
            let outcome = AssertUnwindSafe(serve_whole(app, router, arrived, bodies)).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| {
                tracing::error!(%method, path, "a request met a bug");
                Outcome::Answer(answers::problem(&Problem::internal("Internal error.")))
            });
            app.meters.note(&outcome, &method, &path, started);
            outcome
        }
    }
}

async fn serve_push_alone(push: &Arc<Push>, arrived: Arrived, bodies: &Bodies) -> Outcome {
    if !is_below(arrived.head.uri.path(), &NOTIFICATIONS) {
        return Outcome::Answer(answers::unknown_path().await);
    }
    notify(push, push::ANYONE, None, arrived, HeaderMap::new(), bodies).await
}

async fn serve_whole(app: &Arc<App>, router: &Router, arrived: Arrived, bodies: &Bodies) -> Outcome {
    let path = arrived.head.uri.path();
    if let Some(answer) = operators_answer(app, path) {
        return Outcome::Answer(secured(app, answer));
    }
    let policy = Policy::of(&arrived.head, &app.config.allowed_origins, is_below(path, &[CHATS]));
    if cors::is_preflight(&arrived.head) {
        return Outcome::Answer(secured(app, policy.preflight()));
    }
    let mut outcome = if is_below(path, &GUARDED) {
        guarded(app, router, arrived, &policy, bodies).await
    } else {
        Outcome::Answer(routed(router, arrived, None, None, bodies).await)
    };
    match &mut outcome {
        Outcome::Answer(answer) => policy.add_headers(answer.headers_mut()),
        Outcome::Push(awaited) => policy.add_headers(&mut awaited.headers),
        Outcome::Upgrade(_) => {}
    }
    match outcome {
        Outcome::Answer(answer) => Outcome::Answer(secured(app, answer)),
        other => other,
    }
}

/// A request to something that not everybody may see.
async fn guarded(
    app: &Arc<App>,
    router: &Router,
    arrived: Arrived,
    policy: &Policy,
    bodies: &Bodies,
) -> Outcome {
    let address = counted_as(client_address(app, &arrived));
    let head = &arrived.head;
    let signed_in = match app.sign_in.authenticate(&head.headers, address).await {
        Ok(signed_in) => signed_in,
        // An agent's old cookie does not keep a customer out who uses the same browser.
        Err(_) if may_visit(head) && !head.headers.contains_key(AUTHORIZATION) => None,
        Err(refused) => return Outcome::Answer(*refused),
    };
    let path = head.uri.path();
    let Some(signed_in) = signed_in else {
        let visitor = match visitor(app, head, address) {
            Ok(visitor) => visitor,
            Err(refused) => return Outcome::Answer(*refused),
        };
        if visitor.is_none() && !is_below(path, &PUBLIC) {
            return Outcome::Answer(answers::access_denied());
        }
        return Outcome::Answer(routed(router, arrived, None, visitor, bodies).await);
    };
    let mut headers = HeaderMap::new();
    app.sign_in.add_headers(&signed_in, &head.method, &mut headers);
    if is_below(path, &NOTIFICATIONS) {
        // A page of another site can open sockets and load scripts without asking.
        if signed_in.caller.by_cookie_alone && head.method == Method::GET && cors::is_foreign(head, policy) {
            return Outcome::Answer(answers::access_denied());
        }
        let caller = &signed_in.caller;
        let reader = Reader { owner: push::owner(caller.center, caller.user), session: Some(caller.session) };
        return notify(&app.push, reader, Some(app), arrived, headers, bodies).await;
    }
    if let Err(refused) = app.sign_in.check_csrf(&signed_in.caller, &head.method, &head.headers) {
        return Outcome::Answer(*refused);
    }
    let mut answer = routed(router, arrived, Some(signed_in), None, bodies).await;
    for (name, value) in &headers {
        answer.headers_mut().append(name, value.clone());
    }
    Outcome::Answer(answer)
}

async fn notify(
    push: &Arc<Push>,
    reader: Reader,
    app: Option<&Arc<App>>,
    arrived: Arrived,
    headers: HeaderMap,
    bodies: &Bodies,
) -> Outcome {
    let Arrived { head, body, .. } = arrived;
    if websocket::is_upgrade(&head) {
        return match websocket::grant(push, reader, &head, app.cloned()) {
            Ok(mut upgrade) => {
                upgrade.headers = headers;
                Outcome::Upgrade(Box::new(upgrade))
            }
            Err(refused) => Outcome::Answer(*refused),
        };
    }
    if head.method == Method::OPTIONS {
        return Outcome::Answer(answers::text(StatusCode::OK, ""));
    }
    let body = match bodies.receive(body, &head, Most::Ordinary).await {
        Ok(body) => body,
        Err(refused) => return Outcome::Answer(*refused),
    };
    match push::ask(push, reader, &head, &body.bytes) {
        Ok(asked) => Outcome::Push(Box::new(Awaited { asked, headers })),
        Err(mut refused) => {
            refused.headers_mut().extend(headers);
            Outcome::Answer(*refused)
        }
    }
}

/// Has the router answer. The body is whole before a handler sees the request.
async fn routed(
    router: &Router,
    arrived: Arrived,
    signed_in: Option<SignedIn>,
    visitor: Option<Visitor>,
    bodies: &Bodies,
) -> Response {
    let Arrived { mut head, body, .. } = arrived;
    let is_import = is_below(head.uri.path(), &[SUPPRESSIONS]) && carries_rows(&head.headers);
    let most = if is_import { Most::Import } else { Most::Ordinary };
    let body = match bodies.receive(body, &head, most).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    if let Some(signed_in) = signed_in {
        head.extensions.insert(signed_in.caller);
    }
    if let Some(visitor) = visitor {
        head.extensions.insert(visitor);
    }
    let request = Request::from_parts(head, Body::from(Bytes::clone(&body.bytes)));
    let Ok(answer) = router.clone().oneshot(request).await;
    answer
}

/// The customer who asks, if it is one.
fn visitor(app: &App, head: &Parts, address: IpAddr) -> Result<Option<Visitor>, Refused> {
    let path = head.uri.path();
    let Some(center) = head.headers.get(CENTER_HEADER).filter(|_| may_visit(head)) else {
        return Ok(None);
    };
    let is_new_chat = head.method == Method::POST && path.trim_end_matches('/') == CHATS;
    app.visitors
        .admit(address, is_new_chat, clock::now())
        .map_err(|(wait, what)| answers::too_many(what, wait.as_secs() + 1))?;
    let center = center.to_str().ok().and_then(|center| center.trim().parse().ok());
    let center = center.filter(|center| app.engine.center(*center).is_some());
    let center = center.ok_or_else(|| answers::problem(&Problem::not_found("Contact center")))?;
    Ok(Some(Visitor { center }))
}

/// Whether a request can be a customer's.
fn may_visit(head: &Parts) -> bool {
    head.headers.contains_key(CENTER_HEADER) && is_below(head.uri.path(), &[CHATS])
}

/// What those who run the server ask for.
fn operators_answer(app: &App, path: &str) -> Option<Response> {
    match path {
        "/health/live" => Some(answers::json(StatusCode::OK, public_api::answer::DONE)),
        "/health/ready" if app.is_draining() => {
            let stopping = Problem::new(Code::InternalError, "The server is stopping.").with_http(503);
            Some(answers::problem(&stopping))
        }
        "/health/ready" => Some(answers::json(StatusCode::OK, public_api::answer::DONE)),
        "/metrics" => app.config.metrics.as_ref().map(|render| {
            app.set_gauges();
            answers::text(StatusCode::OK, render())
        }),
        _ => None,
    }
}

/// Who sent the request, by what the proxy says if there is one that can be trusted.
fn client_address(app: &App, arrived: &Arrived) -> IpAddr {
    if !app.config.trust_forwarded_for {
        return arrived.peer;
    }
    let forwarded = arrived.head.headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|line| line.to_str().ok()).and_then(|line| line.rsplit(',').next());
    last.and_then(|address| address.trim().parse().ok()).unwrap_or(arrived.peer)
}

/// Adds what keeps browsers from guessing, framing and telling.
fn secured(app: &App, mut answer: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (http::header::X_FRAME_OPTIONS, "DENY"),
        (http::header::REFERRER_POLICY, "no-referrer"),
        (http::header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.config.tls.is_some() {
        headers.insert(http::header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    answer
}

/// What is counted of requests.
pub(crate) struct Meters {
    /// By the first digit of their status.
    answers: [metrics::Counter; 5],
    pushes: metrics::Counter,
    sockets: metrics::Counter,
    seconds: metrics::Histogram,
}

impl Meters {
    pub(crate) fn new() -> Meters {
        let counter = |kind: &'static str, class: &'static str| metrics::counter!("souffleur_http_requests_total", "kind" => kind, "class" => class);
        Meters {
            answers: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| counter("answer", class)),
            pushes: counter("push", "2xx"),
            sockets: counter("socket", "1xx"),
            seconds: metrics::histogram!("souffleur_http_request_seconds"),
        }
    }

    fn note(&self, outcome: &Outcome, method: &Method, path: &str, started: std::time::Instant) {
        let elapsed = clock::now().saturating_duration_since(started);
        let status = match outcome {
            Outcome::Answer(answer) => {
                let status = answer.status().as_u16();
                self.answers[usize::from(status / 100).clamp(1, 5) - 1].increment(1);
                self.seconds.record(elapsed.as_secs_f64());
                status
            }
            Outcome::Push(_) => {
                self.pushes.increment(1);
                200
            }
            Outcome::Upgrade(_) => {
                self.sockets.increment(1);
                101
            }
        };
        tracing::debug!(%method, path, status, elapsed_us = elapsed.as_micros() as u64, "request");
    }
}

/// What of a path may be logged. A customer's chat is opened by its ID, numbers are nobody's business, and
/// queries hold names and numbers.
fn loggable(path: &str) -> &str {
    [CHATS, SUPPRESSIONS].into_iter().find(|root| is_below(path, &[root])).unwrap_or(path)
}

/// Whether a request brings rows of a file.
pub(crate) fn carries_rows(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
}

/// Whether a path is one of these or below one.
fn is_below(path: &str, roots: &[&str]) -> bool {
    roots
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
