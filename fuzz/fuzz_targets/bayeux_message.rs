//! Any bytes, taken for a request of a client that has a session, over HTTP and over a socket.

#![no_main]

use std::time::{Duration, Instant};

use bayeux::{
    Channel, Config, ConnectionId, Entropy, ExchangeId, Form, Hub, Input, Output, Owner, PublishPolicy,
    Transport, parse,
};
use libfuzzer_sys::fuzz_target;

const OWNER: Owner = Owner(1);
const SOCKET: ConnectionId = ConnectionId(1);

fuzz_target!(|body: &[u8]| {
    let _ = Form::parse(body, 8);
    let config = Config { publish: PublishPolicy::Allowed, trust_client_session: true, ..Config::default() };
    let (mut hub, mut out) = (Hub::new(config), Vec::new());
    #[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
    let now = Instant::now();
    request(&mut hub, 1, br#"[{"channel":"/meta/handshake","ext":{"ack":true}}]"#, now, &mut out);
    let Some(Output::SessionOpened { session, .. }) = out.first() else { panic!("no session") };
    // The fuzzer cannot guess the name, so it may write a star for it.
    let name = session.to_string();
    let body = String::from_utf8_lossy(body).replace('*', &name);
    let subscribe = format!(r#"[{{"channel":"/meta/subscribe","clientId":"{name}","subscription":"/**"}}]"#);
    request(&mut hub, 2, subscribe.as_bytes(), now, &mut out);
    hub.handle(Input::SocketOpened { connection: SOCKET, owner: OWNER, browser: None }, now, &mut out);
    request(&mut hub, 3, body.as_bytes(), now, &mut out);
    publish(&mut hub, now, &mut out);
    if let Ok(messages) = parse(body.as_bytes(), 8) {
        let entropy = Some(Entropy([3; 32]));
        hub.handle(Input::SocketRequest { connection: SOCKET, messages, entropy, wall_ms: 0 }, now, &mut out);
    }
    publish(&mut hub, now, &mut out);
    hub.handle(Input::SocketClosed { connection: SOCKET }, now, &mut out);
    request(&mut hub, 4, body.as_bytes(), now, &mut out);
    for output in &out {
        if let Output::Reply { status: 200, body, .. } | Output::SocketText { body, .. } = output {
            serde_json::from_slice::<Vec<serde_json::Value>>(body).expect("a reply is a JSON array");
        }
    }
    // In the end all is forgotten.
    let mut later = now;
    for _ in 0..4 {
        later += Duration::from_secs(1_000);
        hub.handle(Input::Tick, later, &mut out);
    }
    assert_eq!((hub.sessions(), hub.held(), hub.queued_events(), hub.deadline()), (0, 0, 0, None));
});

fn request(hub: &mut Hub, exchange: u64, body: &[u8], now: Instant, out: &mut Vec<Output>) {
    let Ok(messages) = parse(body, 8) else { return };
    let input = Input::Request {
        exchange: ExchangeId(exchange),
        transport: Transport::LongPolling,
        owner: OWNER,
        browser: None,
        messages,
        entropy: Some(Entropy([exchange as u8; 32])),
        wall_ms: 0,
    };
    hub.handle(input, now, out);
}

fn publish(hub: &mut Hub, now: Instant, out: &mut Vec<Output>) {
    let Ok(channel) = Channel::parse("/a") else { return };
    let event = br#"{"channel":"/a","data":1}"#;
    hub.handle(Input::Publish { owner: OWNER, channel, event: event[..].into() }, now, out);
}
