//! The router and the tables of the contract say the same.

use std::collections::BTreeSet;

use axum::Router;
use http::StatusCode;
use public_api::routes::{Door, Method as Documented, routes};

use super::*;
use crate::rest::public_routes;

/// Served, and left out of the tables: misspellings and aliases are, too, but have a line there.
const UNLISTED: [&str; 5] =
    ["/calls/{}", "/smssessions/{}", "/smssessions/{}/messages", "/docs/style.css", "/notifications"];

/// What nobody says but the fallbacks.
const UNROUTED: StatusCode = StatusCode::IM_A_TEAPOT;

/// The path with its parameters nameless.
fn shape(path: &str) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn documented() -> BTreeSet<(String, &'static str)> {
    let all = routes().into_iter().flat_map(|(_, routes)| routes);
    all.flat_map(|route| {
        route.endpoints.iter().flat_map(|endpoint| {
            let paths = route.paths().into_iter().filter(|(_, dialect)| endpoint.is_for(*dialect));
            paths.map(|(path, _)| (shape(&path), endpoint.method.as_str()))
        })
    })
    .collect()
}

/// Whether the router has the method for the path.
async fn is_routed(center: &Center, router: &Router, path: &str, method: &str) -> bool {
    let mut request = request(method.parse().expect("a method"), &path.replace("{}", "users"), &Value::Null);
    request.extensions_mut().insert(center.caller(center.admin));
    let Ok(response) = router.clone().oneshot(request).await;
    response.status() != UNROUTED
}

#[tokio::test]
async fn the_router_serves_what_is_documented_and_nothing_else() {
    let center = Center::open().await;
    let unrouted = async || UNROUTED;
    let router = crate::rest::routes()
        .fallback(unrouted)
        .method_not_allowed_fallback(unrouted)
        .with_state(Arc::clone(&center.app));
    let documented = documented();
    for (path, method) in documented.iter().filter(|(path, _)| !UNLISTED.contains(&path.as_str())) {
        assert!(is_routed(&center, &router, path, method).await, "{method} {path} is documented");
        assert!(is_routed(&center, &router, &format!("{path}/"), method).await, "{method} {path}/");
    }
    for path in public_routes().into_iter().map(|(path, _)| shape(&path)) {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let known = documented.contains(&(path.clone(), method)) || UNLISTED.contains(&path.as_str());
            // The last segments of a group's members are one route that takes any name.
            let as_member = path.starts_with("/groups/{}/");
            let routed = is_routed(&center, &router, &path, method).await;
            assert!(known || as_member || !routed, "{method} {path} is served, and not documented");
        }
    }
}

#[tokio::test]
async fn roles_that_the_contract_names_are_asked_for() {
    let center = Center::open().await;
    let nobody = center.add("nobody", &[Role::ApiUser]).await;
    for route in routes().into_iter().flat_map(|(_, routes)| routes) {
        for endpoint in route.endpoints.iter().filter(|it| it.door == Door::Users && !it.roles.is_empty()) {
            let (path, _) = route.paths().swap_remove(0);
            if is_open_to_all(&path, endpoint.method) {
                continue;
            }
            let path = path.replace("{channel}", "chat").replace("{group}", "agent-states");
            let path = shape(&path).replace("{}", &"0".repeat(32));
            let body = json!({"operationName": "Monitor"});
            let body = if path.contains("/chats/") { json!({"operationName": "Intrude"}) } else { body };
            let path =
                path.replace(&format!("/chats/{}", "0".repeat(32)), &format!("/chats/{}", "0".repeat(16)));
            let method = endpoint.method.as_str().parse().expect("a method");
            let answer = center.ask(nobody, method, &path, body).await;
            let message = answer.refused(403, 5);
            assert!(message.starts_with("No permission"), "{message}");
        }
    }
}

/// Reads that the contract restricts to people of any role, and those that depend on whose the thing is.
fn is_open_to_all(path: &str, method: Documented) -> bool {
    let open = [
        "/groups",
        "/groups/{id}",
        "/groups/{id}/skills",
        "/groups/{id}/queues",
        "/system/routing-templates",
    ];
    method == Documented::Get && open.contains(&path)
}

#[tokio::test]
async fn documents_are_for_everybody() {
    let center = Center::open().await;
    for path in ["/openapi.json", "/asyncapi.json", "/docs", "/docs/style.css", "/diagnostics/version"] {
        let answer = center.send(request(Method::GET, path, &Value::Null)).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    let version = center.send(request(Method::GET, "/diagnostics/version", &Value::Null)).await.done();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let openapi = center.send(request(Method::GET, "/openapi.json", &Value::Null)).await.json;
    assert!(openapi["paths"].to_string().contains("/me/chats"));
}

#[tokio::test]
async fn without_credentials_nothing_else_is_answered() {
    let center = Center::open().await;
    for path in ["/me", "/users", "/chats/x", "/me/chats", "/internal-api/me/settings"] {
        center.send(request(Method::GET, path, &Value::Null)).await.refused(403, 20);
    }
}
