//! Scripts of other origins: what browsers may let them do (the Fetch standard, 3.2).
//!
//! The agents' API is open to configured origins, with cookies. Customers' requests may come from everywhere,
//! without.

use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::answers;

/// What may be asked for at the agents' API.
const METHODS: &str = "GET,POST,PUT,DELETE,OPTIONS";
const HEADERS: &str =
    "X-Requested-With,Content-Type,Accept,Origin,Cookie,authorization,ssid,surl,ContactCenterId,X-CSRF-TOKEN";
const EXPOSED: &str = "X-CSRF-HEADER,X-CSRF-TOKEN";
/// What may be asked for at the customers' door.
const VISITOR_METHODS: &str = "GET,POST,OPTIONS";
const VISITOR_HEADERS: &str = "X-Requested-With,Accept,ContactCenterId,Content-Type";
/// How long browsers may remember the answer.
const MAX_AGE_S: u32 = 120;

/// What a script of the request's origin may do with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Policy {
    /// No script asks, or it may not.
    Nothing,
    /// Read, without cookies.
    Visitor,
    /// Read, with cookies.
    Trusted(HeaderValue),
}

impl Policy {
    pub(crate) fn of(head: &Parts, allowed_origins: &[String], is_visitors_door: bool) -> Policy {
        let Some(origin) = head.headers.get(ORIGIN) else { return Policy::Nothing };
        if allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) {
            Policy::Trusted(origin.clone())
        } else if is_visitors_door {
            Policy::Visitor
        } else {
            Policy::Nothing
        }
    }

    /// Adds to an answer what its reader may do.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        match self {
            Policy::Nothing => {}
            Policy::Visitor => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            Policy::Trusted(origin) => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
                headers.append(VARY, HeaderValue::from_static("Origin"));
            }
        }
    }

    /// The answer to a browser that asks before it lets a script ask.
    pub(crate) fn preflight(&self) -> Response {
        let mut response = answers::text(StatusCode::OK, "");
        let headers = response.headers_mut();
        let (methods, allowed) = match self {
            Policy::Nothing => return response,
            Policy::Visitor => (VISITOR_METHODS, VISITOR_HEADERS),
            Policy::Trusted(_) => (METHODS, HEADERS),
        };
        self.add_headers(headers);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_S));
        response
    }
}

/// Whether a browser asks what a script may ask.
pub(crate) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Whether a request that no browser asks permission for (a WebSocket, a script) was made by another site's
/// page that has no right to.
pub(crate) fn is_foreign(head: &Parts, policy: &Policy) -> bool {
    if matches!(policy, Policy::Trusted(_)) {
        return false;
    }
    if head.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = head.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return false };
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    origin.split_once("://").map(|(_, host)| host) != host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&'static str, &str)]) -> Parts {
        let mut request = http::Request::new(());
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        request.into_parts().0
    }

    #[track_caller]
    fn check(origin: &str, is_visitors_door: bool, expected: &[(&str, &str)]) {
        let policy =
            Policy::of(&head(&[("origin", origin)]), &["https://desk.example".to_owned()], is_visitors_door);
        let preflight = policy.preflight();
        for name in ["access-control-allow-origin", "access-control-allow-credentials"] {
            let value = preflight.headers().get(name).map(|value| value.to_str().unwrap());
            let expected = expected.iter().find(|(expected, _)| *expected == name).map(|(_, value)| *value);
            assert_eq!(value, expected, "{name}");
        }
    }

    #[test]
    fn agents_pages_of_unknown_origin_may_nothing() {
        check("https://evil.example", false, &[]);
    }

    #[test]
    fn agents_pages_of_a_configured_origin_may_use_cookies() {
        let expected = [
            ("access-control-allow-origin", "https://desk.example"),
            ("access-control-allow-credentials", "true"),
        ];
        check("https://desk.example", false, &expected);
        check("https://desk.example", true, &expected);
    }

    #[test]
    fn customers_may_come_from_everywhere_without_cookies() {
        check("https://shop.example", true, &[("access-control-allow-origin", "*")]);
    }

    #[test]
    fn a_socket_opened_by_another_site_is_foreign() {
        let foreign = |headers: &[(&'static str, &str)]| is_foreign(&head(headers), &Policy::Nothing);
        assert!(foreign(&[("origin", "https://evil.example"), ("host", "cc.example:8090")]));
        assert!(foreign(&[("sec-fetch-site", "cross-site")]));
        assert!(!foreign(&[("origin", "https://cc.example:8090"), ("host", "cc.example:8090")]));
        assert!(!foreign(&[("host", "cc.example:8090")]));
    }
}
