//! HTTP/1.1: one request after the other, each served by the library, with nothing held in between.
//!
//! A connection is idle (no buffers), then the library has it for one request, then it is idle again, or waits
//! for the push service, or goes on by WebSocket. See [`super::handover`].

use std::convert::Infallible;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, timeout};

use super::bodies::Unread;
use super::handover::{Handover, Next, Tracked};
use super::places::Place;
use super::stream::{Observed, Stream};
use super::{Front, Shared, reply};
use crate::answers;
use crate::doors::{self, Arrived, Awaited, Outcome};
use crate::push::{Reply, websocket};

/// Bytes read at once from an idle connection; most requests for notifications are smaller.
const FIRST_READ_BYTES: usize = 2 << 10;
/// Bytes that a client may send while it waits for its reply, before nobody listens any more.
const MAX_AHEAD_BYTES: usize = 16 << 10;

/// A connection that the library has let go.
struct Free {
    stream: Stream,
    /// What was read and belongs to the next request.
    received: Bytes,
    next: Next,
}

/// Serves a connection to its end.
pub(super) async fn serve(shared: &Arc<Shared>, mut stream: Stream, mut place: Place) {
    let limits = &shared.limits;
    let mut received = Bytes::new();
    loop {
        if received.is_empty() {
            place.set_working(false);
            if place.is_closing() {
                return;
            }
            let first = poll_fn(|cx| poll_first(&mut stream, cx));
            let Ok(Some(first)) = timeout(limits.idle_timeout, first).await else { return };
            received = first;
        }
        place.set_working(true);
        let Some(free) = Box::pin(serve_request(shared, stream, received, &place)).await else { return };
        (stream, received) = (free.stream, free.received);
        match free.next {
            Next::Continue | Next::Idle => {}
            Next::Await { awaited, keep_alive } => {
                let keep_alive = keep_alive && !place.is_closing();
                if !answer(shared, &mut stream, &mut received, awaited, keep_alive, &place).await {
                    return;
                }
            }
            Next::Upgrade(upgrade) => {
                let write_timeout = limits.write_timeout;
                return Box::pin(websocket::run(stream, received, *upgrade, write_timeout)).await;
            }
        }
    }
}

/// The first bytes of a request; `None` if the client is gone.
fn poll_first(stream: &mut Stream, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
    let mut bytes = [const { MaybeUninit::uninit() }; FIRST_READ_BYTES];
    let mut buffer = ReadBuf::uninit(&mut bytes);
    let read = ready!(Pin::new(stream).poll_read(cx, &mut buffer));
    let filled = buffer.filled();
    Poll::Ready((read.is_ok() && !filled.is_empty()).then(|| Bytes::copy_from_slice(filled)))
}

/// Has the library serve one request. `None` if it closed the connection.
async fn serve_request(shared: &Arc<Shared>, stream: Stream, received: Bytes, place: &Place) -> Option<Free> {
    let limits = &shared.limits;
    let handover = Arc::new(Handover::default());
    let observed = Observed { stream, received, handover: Arc::clone(&handover) };
    let peer = place.peer();
    let service = service_fn(|request: Request<Incoming>| {
        // At once, before the end of an earlier request can be taken for the end of this one.
        handover.begin();
        let (shared, handover) = (Arc::clone(shared), Arc::clone(&handover));
        async move {
            let (head, body) = request.into_parts();
            let keep_alive = keeps_alive(&head);
            let body = Unread::new(body, Some(Arc::clone(&handover)));
            let outcome = doors::serve(&shared.front, Arrived { head, body, peer }, &shared.bodies).await;
            let answer = match outcome {
                Outcome::Answer(answer) => answer,
                Outcome::Push(awaited) => {
                    handover.set(Next::Await { awaited, keep_alive });
                    std::future::pending().await
                }
                Outcome::Upgrade(_) if !handover.was_read() => {
                    answers::text(StatusCode::BAD_REQUEST, "A WebSocket handshake has no body.")
                }
                Outcome::Upgrade(upgrade) => {
                    handover.set(Next::Upgrade(upgrade));
                    std::future::pending().await
                }
            };
            Ok::<_, Infallible>(answer.map(|body| Tracked::new(body, handover)))
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.max_head_bytes.max(16 << 10))
        .max_headers(limits.max_headers)
        .serve_connection(observed, service);
    let mut patience = Patience { limit: limits.write_timeout, writes: 0, clock: None };
    let next = poll_fn(|cx| {
        if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            return Poll::Ready(None);
        }
        if handover.is_blocked() {
            return patience.poll(&handover, cx).map(|()| None);
        }
        match handover.take() {
            Next::Continue => Poll::Pending,
            next => Poll::Ready(Some(next)),
        }
    })
    .await?;
    let parts = connection.into_parts();
    let Observed { stream, received, .. } = parts.io;
    // What the library has read comes before what it has not got yet. A copy, as even an empty part of the
    // library's buffer would keep all of it.
    let rest = [&parts.read_buf[..], &received[..]].concat();
    Some(Free { stream, received: rest.into(), next })
}

/// Waits for the reply of the push service and writes it. False if the connection has ended.
async fn answer(
    shared: &Shared,
    stream: &mut Stream,
    received: &mut Bytes,
    mut awaited: Box<Awaited>,
    keep_alive: bool,
    place: &Place,
) -> bool {
    let reply = poll_fn(|cx| poll_reply(stream, received, &mut awaited, cx)).await;
    // If the client is gone, the exchange is closed as it is dropped.
    let Some(reply) = reply else { return false };
    let keep_alive = keep_alive && !place.is_closing();
    let secure = match &shared.front {
        Front::Whole { app, .. } => app.config.is_encrypted(),
        Front::PushAlone(_) => false,
    };
    let response = reply::response(&awaited, &reply, keep_alive, secure, &shared.dates);
    drop(reply);
    let written = timeout(shared.limits.write_timeout, stream.write_all(&response)).await;
    if !matches!(written, Ok(Ok(()))) {
        return false;
    }
    if matches!(stream, Stream::Encrypted(_)) && stream.flush().await.is_err() {
        return false;
    }
    awaited.asked.exchange.written();
    if !keep_alive {
        let _ = stream.shutdown().await;
    }
    keep_alive
}

/// The reply when it is there; `None` if the client or the push service is gone. What the client sends
/// meanwhile is kept for its next request.
fn poll_reply(
    stream: &mut Stream,
    received: &mut Bytes,
    awaited: &mut Awaited,
    cx: &mut Context<'_>,
) -> Poll<Option<Reply>> {
    if let Poll::Ready(reply) = awaited.asked.exchange.poll_reply(cx) {
        return Poll::Ready(reply);
    }
    while received.len() < MAX_AHEAD_BYTES {
        match ready!(poll_first(stream, cx)) {
            None => return Poll::Ready(None),
            Some(more) if received.is_empty() => *received = more,
            Some(more) => *received = [&received[..], &more[..]].concat().into(),
        }
    }
    Poll::Pending
}

/// Ends a connection whose client does not read.
struct Patience {
    limit: Duration,
    /// The writes at the time the clock was started.
    writes: u32,
    clock: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn poll(&mut self, handover: &Handover, cx: &mut Context<'_>) -> Poll<()> {
        if self.writes != handover.writes() {
            self.writes = handover.writes();
            self.clock = None;
        }
        let deadline = crate::clock::now() + self.limit;
        let clock = self.clock.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        clock.as_mut().poll(cx)
    }
}

/// Whether the client wants to go on after the answer.
fn keeps_alive(head: &Parts) -> bool {
    let mut words = head.headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let closes = words.any(|words| words.split(',').any(|word| word.trim().eq_ignore_ascii_case("close")));
    head.version == Version::HTTP_11 && !closes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConnectionLimits, PushConfig};
    use crate::listener::Listener;
    use crate::push::Push;

    #[tokio::test]
    async fn a_connection_that_waits_costs_less_than_a_kilobyte() {
        let front = Front::PushAlone(Push::start(PushConfig::default()));
        let shared = Listener::new(ConnectionLimits::default(), front, None).shared;
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = tokio::net::TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
        let place = shared.places.take([127, 0, 0, 1].into()).unwrap();
        let connection = serve(&shared, Stream::Plain(stream), place);
        let bytes = size_of_val(&connection);
        assert!(bytes < 1_024, "{bytes} bytes");
    }
}
