//! The push service, as clients meet it.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};

use super::Server;
use super::client::{Client, Pending};

pub(super) const PATH: &str = "/api/v2/notifications";
const TOPIC: &str = "/v2/me/chats";

/// A client that has shaken hands, subscribed, and connected once.
pub(super) async fn subscribed(server: &Server) -> (Client, String) {
    let mut client = server.signed_in().await;
    let id = handshake(&mut client).await;
    let subscribe =
        format!(r#"[{{"id":"2","channel":"/meta/subscribe","clientId":"{id}","subscription":"/v2/me/*"}}]"#);
    assert!(client.post(PATH, &subscribe).await.body.contains(r#""successful":true"#));
    let first = client.post(&format!("{PATH}/connect"), &connect(&id)).await;
    assert!(first.status == 200 && first.body.contains("advice"), "{first:?}");
    (client, id)
}

async fn handshake(client: &mut Client) -> String {
    let body = r#"[{"id":"1","channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}]"#;
    let answer = client.post(&format!("{PATH}/handshake"), body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    client_id(&answer.body)
}

fn client_id(body: &str) -> String {
    let replies: serde_json::Value = serde_json::from_str(body).unwrap();
    replies[0]["clientId"].as_str().unwrap().to_owned()
}

pub(super) fn connect(id: &str) -> String {
    format!(r#"[{{"id":"3","channel":"/meta/connect","clientId":"{id}","connectionType":"long-polling"}}]"#)
}

/// A connect that is held.
async fn held(server: &Server, client: &Client, id: &str) -> Pending {
    let before = server.app.push.figures().held;
    let pending = client.send("POST", &format!("{PATH}/connect"), &connect(id)).await;
    server.push_has("the connect is held", |figures| figures.held == before + 1).await;
    pending
}

#[tokio::test]
async fn a_held_connect_is_answered_by_an_event() {
    let server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    let mut pending = held(&server, &client, &id).await;
    server.publish(TOPIC, r#"{"n":1}"#).await;
    let answer = pending.answer().await;
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.assert(
        200,
        r#"[{"channel":"/v2/me/chats","data":{"n":1}},{"id":"3","channel":"/meta/connect","successful":true}]"#,
    );
    // The connection goes on, and an event between two connects waits for the next.
    server.publish(TOPIC, r#"{"n":2}"#).await;
    use tokio::io::AsyncWriteExt as _;
    pending.0.write_all(client.request("POST", PATH, &connect(&id)).as_bytes()).await.unwrap();
    assert!(pending.answer().await.body.contains(r#"{"n":2}"#));
    pending.0.write_all(client.request("GET", "/api/v2/me", "").as_bytes()).await.unwrap();
    assert_eq!(pending.answer().await.status, 200);
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_order() {
    let server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    let ahead = [
        client.request("GET", "/api/v2/me", ""),
        client.request("POST", PATH, &connect(&id)),
        client.request("GET", "/health/live", ""),
    ];
    let mut pending = client.send("GET", "/health/live", "").await;
    use tokio::io::AsyncWriteExt as _;
    pending.0.write_all(ahead.concat().as_bytes()).await.unwrap();
    assert_eq!(pending.answer().await.body, r#"{"statusCode":0}"#);
    assert!(pending.answer().await.body.contains("user"));
    server.push_has("the connect is held", |figures| figures.held == 1).await;
    server.publish(TOPIC, "{}").await;
    assert!(pending.answer().await.body.contains(TOPIC));
    assert_eq!(pending.answer().await.body, r#"{"statusCode":0}"#);
}

#[tokio::test]
async fn only_the_sessions_of_the_user_are_told() {
    let server = Server::start().await;
    let other = server.app.engine.found("other", super::user("olga", &[])).await;
    assert!(other.is_ok());
    let (client, id) = subscribed(&server).await;
    let mut pending = held(&server, &client, &id).await;
    let stranger = contact_center::UserId(7);
    server.app.push.publish((server.home, stranger), TOPIC, bytes::Bytes::from_static(b"{}"));
    assert_eq!(server.app.push.figures().held, 1);
    let admin = server.user_id("admin").await;
    assert!(server.app.push.has_sessions((server.home, admin)));
    assert!(!server.app.push.has_sessions((server.home, stranger)));
    server.publish(TOPIC, "{}").await;
    assert!(pending.answer().await.body.contains(TOPIC));
}

#[tokio::test]
async fn a_second_connect_replaces_the_first_with_an_empty_500() {
    let server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    let mut first = held(&server, &client, &id).await;
    let mut second = client.send("POST", PATH, &connect(&id)).await;
    first.answer().await.assert(500, "");
    server.push_has("the second is held", |figures| figures.held == 1).await;
    server.publish(TOPIC, "{}").await;
    assert!(second.answer().await.body.contains(TOPIC));
}

#[tokio::test]
async fn a_client_that_hangs_up_releases_its_connect_and_misses_nothing() {
    let server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    drop(held(&server, &client, &id).await);
    server.push_has("the connect is released", |figures| figures.held == 0).await;
    server.publish(TOPIC, r#"{"n":1}"#).await;
    let mut again = client.send("POST", PATH, &connect(&id)).await;
    assert!(again.answer().await.body.contains(r#"{"n":1}"#));
}

#[tokio::test]
async fn a_connect_is_answered_when_its_time_is_over() {
    let server = Server::with(|config| config.push.bayeux.timeout = Duration::from_millis(50)).await;
    let (client, id) = subscribed(&server).await;
    let mut pending = client.send("POST", PATH, &connect(&id)).await;
    pending.answer().await.assert(200, r#"[{"id":"3","channel":"/meta/connect","successful":true}]"#);
}

#[tokio::test]
async fn the_browser_gets_a_cookie_and_without_it_the_session_is_unknown() {
    let server = Server::start().await;
    let (mut client, id) = subscribed(&server).await;
    assert_eq!(client.cookies["BAYEUX_BROWSER"].len(), 16);
    client.cookies.remove("BAYEUX_BROWSER");
    let answer = client.post(PATH, &connect(&id)).await;
    assert!(answer.body.contains("402") && answer.body.contains("handshake"), "{answer:?}");
}

#[tokio::test]
async fn scripts_get_their_callback() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let message = "%5B%7B%22channel%22%3A%22%2Fmeta%2Fhandshake%22%2C%22version%22%3A%221.0%22%7D%5D";
    let answer = client.get(&format!("{PATH}?jsonp=cb&message={message}")).await;
    assert_eq!(answer.header("content-type"), Some("text/javascript;charset=UTF-8"));
    assert!(answer.body.starts_with("cb([") && answer.body.ends_with("])"), "{answer:?}");
    assert_eq!(client.get(&format!("{PATH}?jsonp=alert(1)&message={message}")).await.status, 400);
    client.set("sec-fetch-site", "cross-site");
    assert_eq!(client.get(&format!("{PATH}?jsonp=cb&message={message}")).await.status, 403);
}

#[tokio::test]
async fn forms_and_foreign_charsets_are_understood() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let form = "message=%5B%7B%22channel%22%3A%22%2Fmeta%2Fhandshake%22%7D%5D";
    let request =
        client.request("POST", PATH, form).replace("application/json", "application/x-www-form-urlencoded");
    let mut pending = client.send("GET", "/health/live", "").await;
    pending.answer().await;
    use tokio::io::AsyncWriteExt as _;
    pending.0.write_all(request.as_bytes()).await.unwrap();
    assert!(pending.answer().await.body.contains("clientId"));
    let id = handshake(&mut client).await;
    let text = format!(r#"[{{"channel":"/service/x","clientId":"{id}","data":"?"}}]"#);
    let request = client.request("POST", PATH, &text).replace("json", "json;charset=ISO-8859-7");
    let bytes: Vec<u8> = request.bytes().map(|byte| if byte == b'?' { 0xE1 } else { byte }).collect();
    pending.0.write_all(&bytes).await.unwrap();
    assert_eq!(pending.answer().await.status, 200);
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    assert_eq!(client.post(PATH, "{").await.status, 400);
    assert_eq!(client.post(PATH, "[]").await.status, 500);
    assert_eq!(client.ask("PUT", PATH, "[]").await.status, 400);
    assert_eq!(client.ask("OPTIONS", PATH, "").await.status, 200);
    let many = vec!["{}"; 65].join(",");
    assert_eq!(client.post(PATH, &format!("[{many}]")).await.status, 400);
}

#[tokio::test]
async fn the_alias_is_the_same_door() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let answer = client.post("/genesys/cometd/handshake", r#"[{"channel":"/meta/handshake"}]"#).await;
    assert!(answer.body.contains("clientId"), "{answer:?}");
    assert_eq!(server.client().post("/genesys/cometd", "[]").await.status, 403);
}

#[tokio::test]
async fn a_password_on_each_request_is_enough_for_notifications() {
    let server = Server::start().await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let id = handshake(&mut client).await;
    client.cookies.remove("JSESSIONID");
    assert!(client.post(PATH, &connect(&id)).await.body.contains(r#""successful":true"#));
}

#[tokio::test]
async fn signing_out_ends_the_notifications_of_that_session_alone() {
    let server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    let (other, other_id) = subscribed(&server).await;
    let mut pending = held(&server, &client, &id).await;
    let _other = held(&server, &other, &other_id).await;
    let mut headers = http::HeaderMap::new();
    headers.insert("cookie", format!("JSESSIONID={}", client.cookies["JSESSIONID"]).parse().unwrap());
    let signed_in = server.app.sign_in.authenticate(&headers, [127, 0, 0, 1].into()).await;
    let caller = signed_in.unwrap_or_else(|_| panic!()).unwrap().caller;
    server.app.sign_in.sign_out(&caller);
    assert!(pending.answer().await.body.contains(r#""reconnect":"none""#));
    assert_eq!(server.app.push.figures().sessions, 1);
    assert_eq!(server.app.push.figures().held, 1);
}

#[tokio::test]
async fn a_stopping_server_answers_held_connects_and_ends() {
    let mut server = Server::start().await;
    let (client, id) = subscribed(&server).await;
    let mut pending = held(&server, &client, &id).await;
    let mut socket = socket(&server).await;
    let id = socket_subscribed(&mut socket).await;
    assert!(!id.is_empty());
    server.begin_to_stop();
    let answer = pending.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(answer.body.contains(r#""reconnect":"retry""#), "{answer:?}");
    assert!(pending.is_closed().await);
    let code = loop {
        if let Message::Close(frame) = next(&mut socket).await {
            break frame.unwrap().code;
        }
    };
    assert_eq!(code, CloseCode::Away);
    server.stop().await;
}

type Socket = WebSocketStream<TcpStream>;

async fn socket(server: &Server) -> Socket {
    let client = server.signed_in().await;
    let mut request = format!("ws://{}{PATH}", server.address).into_client_request().unwrap();
    let cookie = format!("JSESSIONID={}", client.cookies["JSESSIONID"]);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let stream = TcpStream::connect(server.address).await.unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Message {
    timeout(Duration::from_secs(5), socket.next()).await.expect("a frame in time").unwrap().unwrap()
}

async fn send(socket: &mut Socket, text: String) {
    socket.send(Message::text(text)).await.unwrap();
}

/// Shakes hands, subscribes, connects twice; the second connect is held.
async fn socket_subscribed(socket: &mut Socket) -> String {
    send(socket, r#"[{"id":"1","channel":"/meta/handshake"}]"#.to_owned()).await;
    let id = client_id(next(socket).await.to_text().unwrap());
    let subscribe =
        format!(r#"[{{"id":"2","channel":"/meta/subscribe","clientId":"{id}","subscription":"/**"}}]"#);
    send(socket, subscribe).await;
    assert!(next(socket).await.to_text().unwrap().contains(r#""successful":true"#));
    send(socket, connect(&id)).await;
    assert!(next(socket).await.to_text().unwrap().contains(r#""successful":true"#));
    send(socket, connect(&id)).await;
    id
}

#[tokio::test]
async fn sockets_get_events_at_once() {
    let server = Server::start().await;
    let mut socket = socket(&server).await;
    socket_subscribed(&mut socket).await;
    server.push_has("the connect is held", |figures| figures.held == 1).await;
    for number in 0..100 {
        server.publish(TOPIC, &number.to_string()).await;
    }
    let mut expected = 0;
    while expected < 100 {
        let frame = next(&mut socket).await;
        let events: Vec<serde_json::Value> = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        for event in events {
            assert_eq!(event["data"], expected);
            expected += 1;
        }
    }
    server.push_has("all is written", |figures| figures.queued_events == 0).await;
    drop(socket);
    server.push_has("the socket is forgotten", |figures| figures.sockets == 0).await;
}

#[tokio::test]
async fn a_socket_that_sends_nonsense_is_closed() {
    let server = Server::start().await;
    for nonsense in [Message::text("{"), Message::binary("[]")] {
        let mut socket = socket(&server).await;
        socket.send(nonsense).await.unwrap();
        let Message::Close(Some(frame)) = next(&mut socket).await else { panic!("no close") };
        assert_eq!(u16::from(frame.code), 1011);
    }
    server.push_has("no socket is left", |figures| figures.sockets == 0).await;
}

#[tokio::test]
async fn pings_are_answered_and_large_frames_are_not_read() {
    let server = Server::with(|config| config.push.max_frame_bytes = 1_000).await;
    let mut socket = socket(&server).await;
    socket.send(Message::Ping(bytes::Bytes::from_static(b"x"))).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::Pong(bytes::Bytes::from_static(b"x")));
    send(&mut socket, " ".repeat(2_000)).await;
    let Message::Close(Some(frame)) = next(&mut socket).await else { panic!("no close") };
    assert_eq!(u16::from(frame.code), 1009);
}

#[tokio::test]
async fn a_socket_without_sign_in_or_from_another_site_is_refused() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("origin", "https://evil.example"),
    ] {
        client.set(name, value);
    }
    assert_eq!(client.get(PATH).await.status, 403);
    client.set("origin", &format!("http://{}", server.address));
    let granted = client.get(PATH).await;
    assert_eq!(granted.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    client.set("sec-websocket-version", "8");
    assert_eq!(client.get(PATH).await.status, 400);
    client.cookies.clear();
    assert_eq!(client.get(PATH).await.status, 403);
}

#[tokio::test]
async fn a_socket_ends_with_its_sign_in() {
    let server = Server::start().await;
    let mut socket = socket(&server).await;
    socket_subscribed(&mut socket).await;
    server.push_has("the connect is held", |figures| figures.held == 1).await;
    let admin = server.user_id("admin").await;
    server.app.sign_in.void(server.home, admin, None);
    let mut told = String::new();
    let code = loop {
        match next(&mut socket).await {
            Message::Close(frame) => break frame.unwrap().code,
            text => told.push_str(text.to_text().unwrap()),
        }
    };
    assert_eq!(code, CloseCode::Normal);
    assert!(told.contains(r#""reconnect":"none""#), "{told}");
}

#[tokio::test]
async fn a_reader_that_stops_reading_costs_a_bounded_queue() {
    let server = Server::with(|config| {
        config.push.bayeux.max_queue_events = 50;
        config.push.bayeux.max_queue_bytes = 8 << 20;
    })
    .await;
    let mut socket = socket(&server).await;
    socket_subscribed(&mut socket).await;
    server.push_has("the connect is held", |figures| figures.held == 1).await;
    let data = format!("\"{}\"", "x".repeat(100_000));
    for _ in 0..400 {
        server.publish(TOPIC, &data).await;
        assert!(server.app.push.figures().queued_events <= 50);
        if server.app.push.figures().sessions == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(server.app.push.figures().sessions, 0, "the session was ended");
    let mut last = String::new();
    while !last.contains("402") {
        let Message::Text(text) = next(&mut socket).await else { continue };
        last = text.to_string();
    }
    assert!(last.contains(r#""reconnect":"handshake""#));
}
