//! Prints what a session costs in memory and time: `cargo run --release -p bayeux --example figures`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bayeux::{
    Channel, Config, ConnectionId, Entropy, ExchangeId, Hub, Input, Output, Owner, Transport, parse,
};

const SESSIONS: u64 = 50_000;
const ROUNDS: u64 = 20;
const WORKING: u64 = 1_000;
const TOPICS: [&str; 6] =
    ["/v2/me", "/v2/me/calls", "/v2/me/chats", "/v2/me/devices", "/v2/me/channels", "/v2/me/smssessions"];

struct Shell {
    hub: Hub,
    now: Instant,
    next: u64,
    out: Vec<Output>,
    names: Vec<String>,
}

fn main() {
    let config = Config { trust_client_session: true, ..Config::default() };
    let mut shell =
        Shell { hub: Hub::new(config), now: clock(), next: 0, out: Vec::new(), names: Vec::new() };
    let before = resident_bytes();
    (0..SESSIONS).for_each(|owner| shell.open(owner));
    let idle = resident_bytes();
    println!("memory   {:>6} bytes a session that is away", (idle - before) / SESSIONS);
    (0..SESSIONS).for_each(|owner| shell.connect(owner));
    assert_eq!(shell.hub.held() as u64, SESSIONS);
    println!("memory   {:>6} bytes a session that is held", (resident_bytes() - before) / SESSIONS);
    shell.long_polling();
    shell.websocket();
}

impl Shell {
    fn open(&mut self, owner: u64) {
        self.request(owner, r#"[{"id":"1","channel":"/meta/handshake","version":"1.0"}]"#);
        let Some(Output::SessionOpened { session, .. }) = self.out.first() else { panic!("{:?}", self.out) };
        let name = session.to_string();
        self.written();
        let topics = TOPICS.map(|topic| format!("\"{topic}\"")).join(",");
        self.request(
            owner,
            &format!(
                r#"[{{"id":"2","channel":"/meta/subscribe","clientId":"{name}","subscription":[{topics}]}}]"#
            ),
        );
        self.names.push(name);
        self.connect(owner);
        self.written();
    }

    fn connect(&mut self, owner: u64) {
        let name = &self.names[owner as usize];
        let body = format!(
            r#"[{{"id":"12","channel":"/meta/connect","connectionType":"long-polling","clientId":"{name}"}}]"#
        );
        self.request(owner, &body);
    }

    fn request(&mut self, owner: u64, body: &str) {
        self.next += 1;
        self.out.clear();
        let mut entropy = [0; 32];
        for (index, word) in entropy.chunks_exact_mut(8).enumerate() {
            let mixed = (self.next + index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            word.copy_from_slice(&mixed.to_le_bytes());
        }
        let input = Input::Request {
            exchange: ExchangeId(self.next),
            transport: Transport::LongPolling,
            owner: Owner(u128::from(owner)),
            browser: None,
            messages: parse(body.as_bytes(), 64).expect("a request"),
            entropy: Some(Entropy(entropy)),
            wall_ms: 0,
        };
        self.hub.handle(input, self.now, &mut self.out);
    }

    fn written(&mut self) {
        for output in std::mem::take(&mut self.out) {
            if let Output::Reply { exchange, report: true, .. } = output {
                self.hub.handle(Input::Written { exchange }, self.now, &mut self.out);
            }
        }
    }

    /// Publish, reply, report, parse the next connect and hold it.
    fn long_polling(&mut self) {
        let (channel, event) = event();
        let (mut publishing, mut whole) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            for owner in 0..WORKING {
                self.out.clear();
                let start = clock();
                let owner_id = Owner(u128::from(owner));
                let publish =
                    Input::Publish { owner: owner_id, channel: channel.clone(), event: event.clone() };
                self.hub.handle(publish, self.now, &mut self.out);
                publishing += clock() - start;
                assert!(matches!(&self.out[..], [Output::Reply { .. }]));
                self.written();
                self.connect(owner);
                whole += clock() - start;
            }
        }
        let deliveries = (ROUNDS * WORKING) as u128;
        println!("polling  {:>6} ns from publish to reply", publishing.as_nanos() / deliveries);
        println!("polling  {:>6} ns a whole cycle, parsing included", whole.as_nanos() / deliveries);
    }

    fn websocket(&mut self) {
        let connection = ConnectionId(1);
        let owner = Owner(0);
        self.hub.handle(Input::SocketOpened { connection, owner, browser: None }, self.now, &mut self.out);
        let body = format!(r#"[{{"channel":"/meta/connect","clientId":"{}"}}]"#, self.names[0]);
        let messages = parse(body.as_bytes(), 64).expect("a request");
        let input = Input::SocketRequest { connection, messages, entropy: None, wall_ms: 0 };
        self.hub.handle(input, self.now, &mut self.out);
        let (channel, event) = event();
        let start = clock();
        for _ in 0..ROUNDS * WORKING {
            self.out.clear();
            let publish = Input::Publish { owner, channel: channel.clone(), event: event.clone() };
            self.hub.handle(publish, self.now, &mut self.out);
            self.hub.handle(Input::SocketWritten { connection }, self.now, &mut self.out);
            black_box(&self.out);
        }
        let nanos = (clock() - start).as_nanos() / u128::from(ROUNDS * WORKING);
        println!("socket   {nanos:>6} ns from publish to frame and its report");
    }
}

/// An event of about 400 bytes.
fn event() -> (Channel, bytes::Bytes) {
    let event = format!(r#"{{"channel":"/v2/me/calls","data":{{"text":"{}"}}}}"#, "x".repeat(350));
    (Channel::parse("/v2/me/calls").expect("a channel"), event.into())
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

#[expect(clippy::disallowed_methods, reason = "measures how long the hub takes")]
fn clock() -> Instant {
    Instant::now()
}
