//! Random histories: whatever happens, the promises of the crate hold.
//!
//! Clients use the acknowledgement extension over a network that drops requests' replies, closes exchanges and
//! reports late. Each keeps what a correct client would, and must end up with what was published, in order, once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bayeux::{Channel, Config, Entropy, ExchangeId, Hub, Input, Output, Owner, Transport, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::story::Story;

const CLIENTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Publish {
        owner: usize,
    },
    Connect {
        client: usize,
    },
    /// The client takes in the oldest reply to it.
    Receive {
        client: usize,
    },
    /// The client's newest reply or wait is lost, and the client gives it up.
    Lose {
        client: usize,
        reported: bool,
    },
    Subscribe {
        client: usize,
    },
    Pass {
        ms: u64,
    },
}

struct Client {
    id: String,
    waiting: Option<ExchangeId>,
    acknowledged: u64,
    received: Vec<u64>,
    published: Vec<u64>,
}

struct World {
    hub: Hub,
    now: Instant,
    next: u64,
    clients: Vec<Client>,
    replies: BTreeMap<ExchangeId, Vec<Value>>,
    answered: BTreeMap<ExchangeId, usize>,
    closed: Vec<ExchangeId>,
}

impl World {
    fn new() -> World {
        let config = Config {
            trust_client_session: true,
            max_sessions_per_browser: None,
            max_interval: Duration::from_secs(1_000_000),
            ..Config::default()
        };
        let now = Story::default().now;
        let mut world = World {
            hub: Hub::new(config),
            now,
            next: 0,
            clients: Vec::new(),
            replies: BTreeMap::new(),
            answered: BTreeMap::new(),
            closed: Vec::new(),
        };
        for client in 0..CLIENTS {
            let exchange = world.request(client, r#"{"channel":"/meta/handshake","ext":{"ack":true}}"#);
            let id = world.replies.remove(&exchange).expect("a reply")[0]["clientId"]
                .as_str()
                .expect("a clientId")
                .to_owned();
            world.clients.push(Client {
                id,
                waiting: None,
                acknowledged: 0,
                received: Vec::new(),
                published: Vec::new(),
            });
            world.step(&Step::Subscribe { client });
        }
        world
    }

    fn handle(&mut self, input: Input) {
        let mut out = Vec::new();
        self.hub.handle(input, self.now, &mut out);
        for output in out {
            if let Output::Reply { exchange, status, body, .. } = output {
                *self.answered.entry(exchange).or_insert(0) += 1;
                let messages =
                    if status == 200 { serde_json::from_slice(&body).expect("an array") } else { Vec::new() };
                self.replies.insert(exchange, messages);
            }
        }
    }

    fn request(&mut self, client: usize, body: &str) -> ExchangeId {
        self.next += 1;
        let exchange = ExchangeId(self.next);
        let seed = (self.next * 0x9E37_79B9).to_le_bytes();
        self.answered.insert(exchange, 0);
        self.handle(Input::Request {
            exchange,
            transport: Transport::LongPolling,
            owner: Owner(client as u128 % 2),
            browser: None,
            messages: parse(body.as_bytes(), 8).expect("a request"),
            entropy: Some(Entropy(std::array::from_fn(|index| seed[index % 8]))),
            wall_ms: 0,
        });
        exchange
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Publish { owner } => {
                self.next += 1;
                let number = self.next;
                for (index, client) in self.clients.iter_mut().enumerate() {
                    if index % 2 == owner % 2 {
                        client.published.push(number);
                    }
                }
                let event = json!({"channel": "/a", "data": number}).to_string().into();
                let channel = Channel::parse("/a").expect("a channel");
                self.handle(Input::Publish { owner: Owner(owner as u128 % 2), channel, event });
            }
            Step::Connect { client } => {
                let (id, ack) = (self.clients[client].id.clone(), self.clients[client].acknowledged);
                let connect =
                    json!({"id": "c", "channel": "/meta/connect", "clientId": id, "ext": {"ack": ack}});
                // A client that connects anew has given up what it was waiting for.
                let exchange = self.request(client, &connect.to_string());
                self.clients[client].waiting = Some(exchange);
            }
            Step::Receive { client } => {
                let Some(exchange) = self.clients[client].waiting else { return };
                let Some(messages) = self.replies.remove(&exchange) else { return };
                self.clients[client].waiting = None;
                self.handle(Input::Written { exchange });
                let received = messages.iter().filter_map(|message| message["data"].as_u64());
                self.clients[client].received.extend(received);
                if let Some(batch) = messages.last().and_then(|message| message["ext"]["ack"].as_u64()) {
                    self.clients[client].acknowledged = batch;
                }
            }
            Step::Lose { client, reported } => {
                if let Some(exchange) = self.clients[client].waiting.take() {
                    if reported {
                        self.closed.push(exchange);
                        self.handle(Input::ExchangeClosed { exchange });
                    }
                    self.replies.remove(&exchange);
                }
            }
            Step::Subscribe { client } => {
                let id = self.clients[client].id.clone();
                let body = json!({"channel": "/meta/subscribe", "clientId": id, "subscription": "/**"});
                let exchange = self.request(client, &body.to_string());
                let replies = self.replies.remove(&exchange).expect("a reply");
                assert_eq!(replies.len(), 1, "events travel on connect replies only");
                assert_eq!(replies[0]["successful"], true);
            }
            Step::Pass { ms } => {
                self.now += Duration::from_millis(ms);
                self.handle(Input::Tick);
                assert!(self.hub.deadline().is_none_or(|(at, _)| at > self.now));
            }
        }
        let bound: usize = self.clients.iter().map(|client| client.published.len()).sum();
        assert!(self.hub.queued_events() <= bound);
        assert!(self.hub.held() <= CLIENTS);
    }

    /// Lets every client come to rest.
    fn finish(&mut self) {
        for client in 0..CLIENTS {
            for _ in 0..3 {
                self.step(&Step::Connect { client });
                self.step(&Step::Receive { client });
            }
            if let Some(exchange) = self.clients[client].waiting {
                self.handle(Input::ExchangeClosed { exchange });
                self.closed.push(exchange);
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let client = 0..CLIENTS;
    prop_oneof![
        4 => (0..2_usize).prop_map(|owner| Step::Publish { owner }),
        4 => client.clone().prop_map(|client| Step::Connect { client }),
        4 => client.clone().prop_map(|client| Step::Receive { client }),
        2 => (client.clone(), any::<bool>()).prop_map(|(client, reported)| Step::Lose { client, reported }),
        1 => client.prop_map(|client| Step::Subscribe { client }),
        1 => (0..40_000_u64).prop_map(|ms| Step::Pass { ms }),
    ]
}

#[track_caller]
fn check(steps: &[Step]) {
    let mut world = World::new();
    steps.iter().for_each(|step| world.step(step));
    world.finish();
    for client in &world.clients {
        assert_eq!(client.received, client.published);
    }
    for (exchange, answers) in &world.answered {
        let most = usize::from(!world.closed.contains(exchange));
        assert!(*answers == 1 || (*answers == 0 && most == 0), "{exchange:?} was answered {answers} times");
    }
    assert_eq!((world.hub.held(), world.hub.queued_events(), world.hub.queued_bytes()), (0, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn acknowledged_sessions_get_every_event_once_and_in_order(steps in prop::collection::vec(step(), 0..120)) {
        check(&steps);
    }

    #[test]
    fn no_body_makes_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body, 4);
    }

    #[test]
    fn no_message_makes_the_parser_panic(
        body in r#"\[?\{"(channel|id|clientId|ext|advice|subscription)":("[/a-z*<\\\\]{0,9}"|\[|\{|-?[0-9e.]{1,9}|null|true)[\]},:"a-z]{0,9}\}?\]?"#
    ) {
        let _ = parse(body.as_bytes(), 4);
    }
}
