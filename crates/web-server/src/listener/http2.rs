//! HTTP/2, over encrypted connections alone: many requests side by side, each with its own answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::Shared;
use super::bodies::Unread;
use super::places::Place;
use super::reply::{body_and_kind, browser_cookie};
use super::stream::Stream;
use crate::answers;
use crate::doors::{self, Arrived, Awaited, Outcome};

/// Serves a connection to its end.
pub(super) async fn serve(shared: &Arc<Shared>, stream: Stream, mut place: Place) {
    let peer = place.peer();
    place.set_working(true);
    let service = service_fn(|request: Request<Incoming>| {
        let shared = Arc::clone(shared);
        async move {
            let (head, body) = request.into_parts();
            let body = Unread::new(body, None);
            let outcome = doors::serve(&shared.front, Arrived { head, body, peer }, &shared.bodies).await;
            let answer = match outcome {
                Outcome::Answer(answer) => answer,
                Outcome::Push(awaited) => Box::pin(answer(awaited)).await,
                // Granted to HTTP/1.1 alone.
                Outcome::Upgrade(_) => answers::text(StatusCode::BAD_REQUEST, ""),
            };
            Ok::<_, Infallible>(answer)
        }
    });
    let limits = &shared.limits;
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(limits.max_head_bytes as u32)
        .keep_alive_interval(limits.idle_timeout / 2)
        .keep_alive_timeout(limits.write_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.wait_until_closing() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn answer(mut awaited: Box<Awaited>) -> Response {
    let Some(reply) = awaited.asked.exchange.reply().await else {
        return answers::text(StatusCode::INTERNAL_SERVER_ERROR, "");
    };
    let (body, kind) = body_and_kind(&awaited, &reply);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Awaited { asked, headers } = *awaited;
    *response.headers_mut() = headers;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = browser_cookie(&reply, true).and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    // The library tells nobody when a stream's last byte has gone; the acknowledgement extension heals what
    // is lost between here and there.
    asked.exchange.written();
    response
}
