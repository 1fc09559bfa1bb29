//! Drives a hub through a story: clients, a clock, and the shell's duties done right.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bayeux::{
    BrowserId, Channel, CloseReason, Config, ConnectionId, Entropy, ExchangeId, Hub, Input, Output, Owner,
    SessionId, Transport, parse,
};
use serde_json::{Value, json};

pub const ALICE: Owner = Owner(1);
pub const BOB: Owner = Owner(2);

/// A browser tab, as the server sees it.
#[derive(Debug, Clone)]
pub struct Tab {
    pub owner: Owner,
    pub cookie: Option<BrowserId>,
    pub id: String,
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: u16,
    pub messages: Vec<Value>,
    pub cookie: Option<BrowserId>,
    pub report: bool,
}

pub struct Story {
    pub hub: Hub,
    pub now: Instant,
    /// Whether responses and frames are reported as written at once.
    pub network_works: bool,
    pub responses: BTreeMap<ExchangeId, Response>,
    pub frames: Vec<(ConnectionId, Vec<Value>)>,
    pub closed_sockets: Vec<(ConnectionId, u16)>,
    pub ended: Vec<(SessionId, CloseReason)>,
    pub spread: Vec<String>,
    next: u64,
}

impl Story {
    pub fn new(config: Config) -> Story {
        Story {
            hub: Hub::new(config),
            now: first_instant(),
            network_works: true,
            responses: BTreeMap::new(),
            frames: Vec::new(),
            closed_sockets: Vec::new(),
            ended: Vec::new(),
            spread: Vec::new(),
            next: 0,
        }
    }

    pub fn default() -> Story {
        Story::new(Config::default())
    }

    /// Hands an input in and does what comes out.
    pub fn handle(&mut self, input: Input) {
        let mut out = Vec::new();
        self.hub.handle(input, self.now, &mut out);
        let mut reports = Vec::new();
        for output in out {
            match output {
                Output::Reply { exchange, status, body, set_browser, report } => {
                    let messages = if status == 200 {
                        serde_json::from_slice::<Vec<Value>>(&body).expect("a reply is a JSON array")
                    } else {
                        assert!(body.is_empty());
                        Vec::new()
                    };
                    assert_eq!(messages.is_empty(), status != 200, "a reply is never empty");
                    let response = Response { status, messages, cookie: set_browser, report };
                    let before = self.responses.insert(exchange, response);
                    assert_eq!(before, None, "{exchange:?} was answered twice");
                    if report && self.network_works {
                        reports.push(Input::Written { exchange });
                    }
                }
                Output::SocketText { connection, body } => {
                    self.frames
                        .push((connection, serde_json::from_slice(&body).expect("a frame is a JSON array")));
                    if self.network_works {
                        reports.push(Input::SocketWritten { connection });
                    }
                }
                Output::CloseSocket { connection, code } => self.closed_sockets.push((connection, code)),
                Output::SessionOpened { .. } => {}
                Output::SessionClosed { session, reason, .. } => self.ended.push((session, reason)),
                Output::Publish { event, .. } => {
                    self.spread.push(String::from_utf8_lossy(&event).into_owned());
                }
            }
        }
        reports.into_iter().for_each(|report| self.handle(report));
    }

    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn entropy(&mut self) -> Entropy {
        let seed = self.fresh().wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
        Entropy(std::array::from_fn(|index| seed[index % 8] ^ (index as u8).wrapping_mul(37)))
    }

    /// Lets time pass, with all ticks on time.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, _)) = self.hub.deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.handle(Input::Tick);
        }
        self.now = end;
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// Sends a request of a tab; `$` in it stands for the tab's clientId.
    pub fn send(&mut self, tab: &Tab, body: &str) -> ExchangeId {
        self.send_by(Transport::LongPolling, tab, body)
    }

    pub fn send_by(&mut self, transport: Transport, tab: &Tab, body: &str) -> ExchangeId {
        let exchange = ExchangeId(self.fresh());
        let entropy = Some(self.entropy());
        self.handle(Input::Request {
            exchange,
            transport,
            owner: tab.owner,
            browser: tab.cookie,
            messages: parse(body.replace('$', &tab.id).as_bytes(), 64).expect("a request"),
            entropy,
            wall_ms: 1_700_000_000_000,
        });
        exchange
    }

    /// Sends a request that is answered at once, and gives its messages.
    #[track_caller]
    pub fn ask(&mut self, tab: &Tab, body: &str) -> Vec<Value> {
        let exchange = self.send(tab, body);
        self.answer(exchange)
    }

    /// The messages of a reply that must be there.
    #[track_caller]
    pub fn answer(&self, exchange: ExchangeId) -> Vec<Value> {
        self.responses.get(&exchange).expect("an answer").messages.clone()
    }

    #[track_caller]
    pub fn assert_held(&self, exchange: ExchangeId) {
        assert_eq!(self.responses.get(&exchange), None);
    }

    /// A new session in a browser without a cookie.
    pub fn open(&mut self, owner: Owner) -> Tab {
        self.open_in(owner, None)
    }

    pub fn open_in(&mut self, owner: Owner, cookie: Option<BrowserId>) -> Tab {
        let stranger = Tab { owner, cookie, id: String::new() };
        let exchange = self.send(&stranger, r#"[{"id":"h","channel":"/meta/handshake","version":"1.0"}]"#);
        let response = &self.responses[&exchange];
        let id = response.messages[0]["clientId"].as_str().expect("a clientId").to_owned();
        Tab { owner, cookie: cookie.or(response.cookie), id }
    }

    /// A new session that has done its first connect and subscribed to all.
    pub fn listen(&mut self, owner: Owner) -> Tab {
        let tab = self.open(owner);
        self.ask(&tab, &subscribe("/**"));
        self.ask(&tab, CONNECT);
        tab
    }

    /// A held connect of a listening tab.
    #[track_caller]
    pub fn hold(&mut self, tab: &Tab) -> ExchangeId {
        let exchange = self.send(tab, CONNECT);
        self.assert_held(exchange);
        exchange
    }

    pub fn publish(&mut self, owner: Owner, number: u64) {
        self.publish_on(owner, "/v2/me/calls", number);
    }

    pub fn publish_on(&mut self, owner: Owner, channel: &str, number: u64) {
        let event = json!({"channel": channel, "data": number}).to_string();
        let channel = Channel::parse(channel).expect("a channel");
        self.handle(Input::Publish { owner, channel, event: event.into() });
    }

    pub fn socket(&mut self, owner: Owner) -> ConnectionId {
        let connection = ConnectionId(self.fresh());
        self.handle(Input::SocketOpened { connection, owner, browser: None });
        connection
    }

    /// Sends a frame, and gives all that this caused on the socket.
    pub fn tell(&mut self, connection: ConnectionId, tab: &Tab, body: &str) -> Vec<Vec<Value>> {
        let before = self.frames.len();
        let entropy = Some(self.entropy());
        self.handle(Input::SocketRequest {
            connection,
            messages: parse(body.replace('$', &tab.id).as_bytes(), 64).expect("a request"),
            entropy,
            wall_ms: 1_700_000_000_000,
        });
        let caused = self.frames[before..].iter().filter(|(on, _)| *on == connection);
        caused.map(|(_, messages)| messages.clone()).collect()
    }

    /// A listening session on a new socket.
    pub fn listen_on_socket(&mut self, owner: Owner) -> (ConnectionId, Tab) {
        let connection = self.socket(owner);
        let mut tab = Tab { owner, cookie: None, id: String::new() };
        let frames = self.tell(connection, &tab, r#"[{"id":"h","channel":"/meta/handshake"}]"#);
        tab.id = frames[0][0]["clientId"].as_str().expect("a clientId").to_owned();
        self.tell(connection, &tab, &subscribe("/**"));
        self.tell(connection, &tab, CONNECT);
        (connection, tab)
    }
}

pub const CONNECT: &str =
    r#"[{"id":"c","channel":"/meta/connect","clientId":"$","connectionType":"long-polling"}]"#;

pub fn subscribe(pattern: &str) -> String {
    json!([{"id": "s", "channel": "/meta/subscribe", "clientId": "$", "subscription": pattern}]).to_string()
}

/// The `data` of the events among messages.
pub fn data(messages: &[Value]) -> Vec<u64> {
    messages.iter().filter_map(|message| message["data"].as_u64()).collect()
}

#[track_caller]
pub fn assert_error(messages: &[Value], error: &str) {
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["successful"], false, "{messages:?}");
    assert_eq!(messages[0]["error"], error, "{messages:?}");
}

/// The reply to a connect of a session that is gone.
#[track_caller]
pub fn assert_lost(messages: &[Value]) {
    let expected = json!([{"id": "c", "channel": "/meta/connect", "successful": false,
        "error": "402::session_unknown", "advice": {"reconnect": "handshake", "interval": 0}}]);
    assert_eq!(json!(messages), expected);
}

#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
fn first_instant() -> Instant {
    Instant::now()
}
