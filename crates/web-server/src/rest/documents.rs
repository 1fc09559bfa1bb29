//! The contract as documents, for machines and for people, and the version of the server.

use axum::response::Response;
use axum::routing::get;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use public_api::answer::answer;
use public_api::documents::{PAGE_STYLE, asyncapi, openapi, readable_page, to_text};

use super::answer::{Answer, Json};
use super::{PREFIX, Route, route};
use crate::answers;

/// Below the prefix.
const STYLE: &str = "/docs/style.css";

pub(super) fn routes() -> Vec<Route> {
    // Made once, with the router: they are the same for everybody.
    let openapi = to_text(&openapi());
    let asyncapi = to_text(&asyncapi());
    let page = readable_page(&format!("{PREFIX}{STYLE}"));
    vec![
        route("/openapi.json", get(async move || answers::json(StatusCode::OK, openapi))),
        route("/asyncapi.json", get(async move || answers::json(StatusCode::OK, asyncapi))),
        route("/docs", get(async move || text("text/html;charset=UTF-8", page))),
        route(STYLE, get(async || text("text/css;charset=UTF-8", PAGE_STYLE.to_owned()))),
        route("/diagnostics/version", get(version)),
    ]
}

async fn version() -> Answer {
    Ok(Json(answer("version", env!("CARGO_PKG_VERSION"))))
}

/// The page loads its style sheet, and runs nothing.
fn text(kind: &'static str, text: String) -> Response {
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");
    let mut response = answers::text(StatusCode::OK, text);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}
