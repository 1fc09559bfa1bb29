//! What one client may cost, and what strangers get.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::Server;
use super::client::Pending;

async fn raw(server: &Server, bytes: &[u8]) -> Pending {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    Pending(stream)
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_by_name() {
    let server = Server::with(|config| config.connections.max_body_bytes = 1_000).await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let refused = client.post("/api/v2/me", &" ".repeat(1_001)).await;
    let text =
        r#"{"statusCode":10,"statusMessage":"The request body is longer than the limit of 1000 bytes."}"#;
    refused.assert(413, text);
    let request = client.request("POST", "/api/v2/me", "");
    let chunked = request.replace("content-length: 0", "transfer-encoding: chunked");
    let chunk = format!("{:x}\r\n{}\r\n", 600, " ".repeat(600));
    let mut pending = raw(&server, format!("{chunked}{chunk}{chunk}").as_bytes()).await;
    pending.answer().await.assert(413, text);
    assert!(pending.is_closed().await, "what was not read is not taken for a request");
}

#[tokio::test]
async fn a_file_may_be_longer_than_a_request() {
    let server = Server::with(|config| {
        config.connections.max_body_bytes = 1_000;
        config.connections.max_import_bytes = 3 << 20;
    })
    .await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let file: String = (0..100_000).map(|number| format!("+1555{number:06},STOP by telephone\n")).collect();
    let send = |client: &super::client::Client, file: &str| {
        let request = client.request("POST", "/api/v2/sms-suppressions", file);
        request.replacen("content-type: application/json", "content-type: text/csv", 1)
    };
    let kept = raw(&server, send(&client, &file).as_bytes()).await.answer().await;
    assert!(kept.body.contains(r#""statusCode":0,"imported":100000,"#), "{} {}", kept.status, kept.body);
    let longer = send(&client, "").replace("length: 0", "length: 3145729");
    let refused = raw(&server, longer.as_bytes()).await.answer().await;
    let text =
        r#"{"statusCode":10,"statusMessage":"The request body is longer than the limit of 3145728 bytes."}"#;
    refused.assert(413, text);
    client.post("/api/v2/sms-suppressions", &" ".repeat(1_001)).await.assert(
        413,
        r#"{"statusCode":10,"statusMessage":"The request body is longer than the limit of 1000 bytes."}"#,
    );
}

#[tokio::test]
async fn a_large_body_in_pieces_is_one_body() {
    let server = Server::start().await;
    let mut client = server.client();
    client.basic("admin", "secret");
    client.post("/api/v2/me/settings", r#"{"name":"notes","displayName":"Notes","key":"name"}"#).await;
    let text: String = (0..3_500).map(|number| format!("{number:07},")).collect();
    let entry = format!(r#"{{"name":"long","text":"{text}"}}"#);
    let kept = client.post("/api/v2/me/settings/notes", &entry).await;
    assert!(kept.body.contains(r#""statusCode":0"#), "{}", kept.body);
    let read = client.get("/api/v2/me/settings/notes").await;
    assert!(read.body.contains(&text), "a piece of the body is missing or misplaced");
}

#[tokio::test]
async fn strangers_bodies_are_not_read() {
    let server = Server::start().await;
    let request = server.client().request("POST", "/api/v2/me", "");
    let mut pending = raw(&server, request.replace("length: 0", "length: 1000000").as_bytes()).await;
    assert_eq!(pending.answer().await.status, 403);
    assert!(pending.is_closed().await);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::with(|config| config.connections.body_timeout = Duration::from_millis(50)).await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let request = client.request("POST", "/api/v2/me", "").replace("length: 0", "length: 10");
    let mut pending = raw(&server, request.as_bytes()).await;
    assert_eq!(pending.answer().await.status, 408);
    assert!(pending.is_closed().await);
}

#[tokio::test]
async fn heads_that_drip_and_idle_connections_are_closed() {
    let server = Server::with(|config| {
        config.connections.header_timeout = Duration::from_millis(50);
        config.connections.idle_timeout = Duration::from_millis(100);
    })
    .await;
    assert!(raw(&server, b"GET /health/live HT").await.is_closed().await);
    assert!(raw(&server, b"").await.is_closed().await);
    let mut answered = raw(&server, b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(answered.answer().await.status, 200);
    assert!(answered.is_closed().await);
}

#[tokio::test]
async fn an_idle_connection_outlives_the_time_for_heads() {
    let server = Server::with(|config| config.connections.header_timeout = Duration::from_millis(20)).await;
    let mut pending = raw(&server, b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    pending.answer().await;
    super::pause(Duration::from_millis(100)).await;
    pending.0.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(pending.answer().await.status, 200);
}

#[tokio::test]
async fn one_address_gets_only_so_many_connections() {
    let server = Server::with(|config| config.connections.max_connections_per_address = 2).await;
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = raw(&server, request).await;
    let mut second = raw(&server, request).await;
    assert_eq!((first.answer().await.status, second.answer().await.status), (200, 200));
    assert!(raw(&server, b"").await.is_closed().await);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_the_envelope() {
    let server = Server::start().await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let unknown = client.get("/api/v2/nothing").await;
    unknown.assert(404, r#"{"statusCode":6,"statusMessage":"There is no such resource."}"#);
    let wrong = client.ask("PATCH", "/api/v2/me", "").await;
    let text = r#"{"statusCode":3,"statusMessage":"Method 'PATCH' is not allowed for this resource."}"#;
    wrong.assert(405, text);
}

#[tokio::test]
async fn a_connection_is_closed_if_the_client_wants_so() {
    let server = Server::start().await;
    for request in [
        &b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"[..],
        b"GET /health/live HTTP/1.0\r\n\r\n",
    ] {
        let mut pending = raw(&server, request).await;
        pending.answer().await.assert(200, r#"{"statusCode":0}"#);
        assert!(pending.is_closed().await);
    }
}

#[tokio::test]
async fn operators_see_health_and_metrics() {
    let render = || "souffleur_up 1\n".to_owned();
    let mut server = Server::with(|config| config.metrics = Some(std::sync::Arc::new(render))).await;
    let mut client = server.client();
    client.get("/health/live").await.assert(200, r#"{"statusCode":0}"#);
    client.get("/health/ready").await.assert(200, r#"{"statusCode":0}"#);
    client.get("/metrics").await.assert(200, "souffleur_up 1\n");
    assert_eq!(client.get("/health/live").await.header("x-content-type-options"), Some("nosniff"));
    server.begin_to_stop();
    server.stop().await;
}

#[tokio::test]
async fn customers_need_a_contact_center_and_come_at_a_bounded_rate() {
    let server = Server::with(|config| config.visitors.new_chats_per_minute = 2).await;
    let mut client = server.client();
    assert_eq!(client.post("/api/v2/chats", "{}").await.status, 403);
    client.set("contactcenterid", "00000000-0000-4000-8000-000000000000");
    assert_eq!(client.post("/api/v2/chats", "{}").await.status, 404);
    client.set("contactcenterid", &server.home.to_string());
    client.post("/api/v2/chats", "{}").await;
    let late = client.post("/api/v2/chats", "{}").await;
    late.assert(429, r#"{"statusCode":2,"statusMessage":"Too many new chats."}"#);
    assert!(late.header("retry-after").is_some());
    assert_ne!(client.get("/api/v2/chats/x").await.status, 429);
    assert_eq!(client.get("/api/v2/me").await.status, 403);
}

#[tokio::test]
async fn an_agents_old_cookie_does_not_keep_a_customer_out() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let admin = server.user_id("admin").await;
    server.app.sign_in.void(server.home, admin, None);
    assert_eq!(client.get("/api/v2/chats/x").await.status, 403);
    client.set("contactcenterid", &server.home.to_string());
    assert_eq!(client.get("/api/v2/chats/x").await.status, 404);
    assert_eq!(client.get("/api/v2/me").await.status, 403);
}

#[tokio::test]
async fn pages_of_other_origins_may_do_what_they_may() {
    let allowed = "https://desk.example";
    let server = Server::with(|config| config.allowed_origins = vec![allowed.to_owned()]).await;
    let mut client = server.client();
    client.set("access-control-request-method", "POST");
    client.set("origin", allowed);
    let answer = client.ask("OPTIONS", "/api/v2/me", "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(allowed));
    assert_eq!(answer.header("access-control-max-age"), Some("120"));
    client.set("origin", "https://shop.example");
    let answer = client.ask("OPTIONS", "/api/v2/me", "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let answer = client.ask("OPTIONS", "/api/v2/chats", "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST,OPTIONS"));
}

#[tokio::test]
async fn a_bug_in_a_handler_ends_its_request_alone() {
    async fn boom() {
        panic!("as the test wants it");
    }
    let server = Server::start().await;
    let router = axum::Router::new().route("/boom", axum::routing::get(boom));
    let front = crate::listener::Front::Whole { app: server.app.clone(), router };
    let listener = crate::listener::Listener::new(server.app.config.connections.clone(), front, None);
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = super::client::Client::new(socket.local_addr().unwrap());
    let _served =
        crate::tasks::start_for_test(async move { listener.serve(socket, std::future::pending()).await });
    client.get("/boom").await.assert(500, r#"{"statusCode":4,"statusMessage":"Internal error."}"#);
    client.get("/health/live").await.assert(200, r#"{"statusCode":0}"#);
}

#[tokio::test]
async fn a_stopped_server_lets_its_store_go() {
    let mut server = Server::start().await;
    let client = server.signed_in().await;
    let _idle = client.send("GET", "/api/v2/me", "").await;
    server.begin_to_stop();
    let store = server.stop().await;
    assert_eq!(std::sync::Arc::strong_count(&store), 1, "files are closed when nobody holds the store");
}
