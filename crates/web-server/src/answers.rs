//! Answers that are the same everywhere: failures in the envelope, and JSON that is there already.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use public_api::{Problem, StatusCode as Code};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// An answer that ends a request before its handler; boxed, as results carry it through every step.
pub(crate) type Refused = Box<Response>;

/// An answer whose body is JSON already.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A failure in its envelope.
pub(crate) fn problem(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, problem.to_json())
}

/// Who asks is not known, or not convincingly.
pub(crate) fn access_denied() -> Response {
    problem(&Problem::new(Code::NotAuthenticated, "Access denied"))
}

/// Too much of something; the same may succeed later. HTTP 429 with code 2, as the request is well formed
/// and only its time is wrong.
pub(crate) fn too_many(what: &'static str, retry_after_s: u64) -> Response {
    let refusal = Problem::new(Code::InvalidState, what).with_http(429);
    retry_after(problem(&refusal), retry_after_s)
}

/// Says when to try again.
pub(crate) fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}

/// Text for people and for clients that look for it.
pub(crate) fn text(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    response
}

/// There is nothing at this path.
pub(crate) async fn unknown_path() -> Response {
    problem(&Problem::new(Code::NotFound, "There is no such resource."))
}

/// There is something at this path, but not for this method: code 3, as the request will never succeed.
pub(crate) async fn wrong_method(method: http::Method) -> Response {
    let text = format!("Method '{method}' is not allowed for this resource.");
    problem(&Problem::new(Code::Forbidden, text).with_http(405))
}
