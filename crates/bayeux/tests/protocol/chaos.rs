//! Random inputs without sense: a hub survives them, and forgets everything in the end.

use std::time::Duration;

use bayeux::{Channel, Config, ConnectionId, ExchangeId, Input, Owner, PublishPolicy, SessionId, Transport};
use proptest::prelude::*;

use crate::story::{Story, Tab};

#[derive(Debug, Clone)]
enum Step {
    Open { owner: u128, ack: bool },
    Http { tab: usize, body: usize, transport: Transport },
    SocketOpened { owner: u128 },
    Socket { socket: usize, tab: usize, body: usize },
    Report { exchange: u64, written: bool },
    SocketReport { socket: usize, written: bool },
    Publish { owner: u128 },
    Disconnect { tab: usize, owner: bool },
    Network { works: bool },
    Pass { ms: u64 },
}

const BODIES: [&str; 9] = [
    r#"[{"channel":"/meta/connect","clientId":"$"}]"#,
    r#"[{"channel":"/meta/connect","clientId":"$"}]"#,
    r#"[{"channel":"/meta/connect","clientId":"$","ext":{"ack":1},"advice":{"timeout":100,"interval":50}}]"#,
    r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":["/a","/**"]}]"#,
    r#"[{"channel":"/meta/unsubscribe","clientId":"$","subscription":"/a"}]"#,
    r#"[{"channel":"/a","clientId":"$","data":1},{"channel":"/meta/connect","clientId":"$"}]"#,
    r#"[{"channel":"/a","clientId":"$","data":1},{"channel":"/meta/disconnect","clientId":"$"}]"#,
    r#"[{"channel":"/meta/handshake"},{}]"#,
    r#"[{"channel":"/meta/connect","clientId":"$"},{"channel":"/meta/connect","clientId":"$"}]"#,
];

fn step() -> impl Strategy<Value = Step> {
    let owner = 0..2_u128;
    let transport = prop_oneof![
        Just(Transport::LongPolling),
        Just(Transport::CallbackPolling),
        Just(Transport::MultiplexedLongPolling)
    ];
    prop_oneof![
        2 => (owner.clone(), any::<bool>()).prop_map(|(owner, ack)| Step::Open { owner, ack }),
        8 => (0..6_usize, 0..BODIES.len(), transport)
            .prop_map(|(tab, body, transport)| Step::Http { tab, body, transport }),
        1 => owner.clone().prop_map(|owner| Step::SocketOpened { owner }),
        6 => (0..4_usize, 0..6_usize, 0..BODIES.len())
            .prop_map(|(socket, tab, body)| Step::Socket { socket, tab, body }),
        4 => (0..60_u64, any::<bool>()).prop_map(|(exchange, written)| Step::Report { exchange, written }),
        3 => (0..4_usize, prop::bool::weighted(0.8))
            .prop_map(|(socket, written)| Step::SocketReport { socket, written }),
        5 => owner.prop_map(|owner| Step::Publish { owner }),
        1 => (0..6_usize, any::<bool>()).prop_map(|(tab, owner)| Step::Disconnect { tab, owner }),
        1 => any::<bool>().prop_map(|works| Step::Network { works }),
        2 => (0..20_000_u64).prop_map(|ms| Step::Pass { ms }),
    ]
}

#[track_caller]
fn check(steps: &[Step]) {
    let config = Config {
        publish: PublishPolicy::Allowed,
        max_queue_events: 5,
        max_sessions_per_owner: 3,
        max_interval: Duration::from_secs(5),
        ..Config::default()
    };
    let mut story = Story::new(config);
    let (mut tabs, mut sockets) = (Vec::<Tab>::new(), Vec::new());
    for step in steps {
        apply(&mut story, step, &mut tabs, &mut sockets);
        assert!(story.hub.queued_events() <= 5 * story.hub.sessions());
        assert!(story.hub.held() <= story.hub.sessions());
    }
    story.pass(Duration::from_secs(1_000));
    let hub = &story.hub;
    assert_eq!((hub.sessions(), hub.held(), hub.queued_events(), hub.queued_bytes()), (0, 0, 0, 0));
    assert_eq!(hub.deadline(), None);
}

fn apply(story: &mut Story, step: &Step, tabs: &mut Vec<Tab>, sockets: &mut Vec<ConnectionId>) {
    match *step {
        Step::Open { owner, ack } => {
            let cookie = tabs.first().and_then(|tab| tab.cookie);
            let stranger = Tab { owner: Owner(owner), cookie, id: String::new() };
            let body = format!(r#"[{{"channel":"/meta/handshake","ext":{{"ack":{ack}}}}}]"#);
            let exchange = story.send(&stranger, &body);
            let response = story.responses[&exchange].clone();
            if let Some(id) = response.messages[0]["clientId"].as_str() {
                let cookie = cookie.or(response.cookie);
                tabs.insert(0, Tab { owner: Owner(owner), cookie, id: id.to_owned() });
            }
        }
        Step::Http { tab, body, transport } => {
            if let Some(tab) = tabs.get(tab) {
                story.send_by(transport, &tab.clone(), BODIES[body]);
            }
        }
        Step::SocketOpened { owner } => sockets.insert(0, story.socket(Owner(owner))),
        Step::Socket { socket, tab, body } => {
            if let (Some(socket), Some(tab)) = (sockets.get(socket), tabs.get(tab)) {
                story.tell(*socket, &tab.clone(), BODIES[body]);
            }
        }
        Step::Report { exchange, written } => {
            let exchange = ExchangeId(exchange);
            let report =
                if written { Input::Written { exchange } } else { Input::ExchangeClosed { exchange } };
            story.handle(report);
        }
        Step::SocketReport { socket, written } => {
            if let Some(connection) = sockets.get(socket).copied() {
                story.handle(if written {
                    Input::SocketWritten { connection }
                } else {
                    Input::SocketClosed { connection }
                });
            }
        }
        Step::Publish { owner } => {
            let channel = Channel::parse("/a").expect("a channel");
            let event = r#"{"channel":"/a","data":1}"#.into();
            story.handle(Input::Publish { owner: Owner(owner), channel, event });
        }
        Step::Disconnect { tab, owner: whole } => {
            if let Some(Tab { owner, id, .. }) = tabs.get(tab).cloned() {
                let session = SessionId::parse(&id).expect("a name");
                story.handle(if whole {
                    Input::Disconnect { owner }
                } else {
                    Input::DisconnectSession { owner, session }
                });
            }
        }
        Step::Network { works } => story.network_works = works,
        Step::Pass { ms } => story.pass(Duration::from_millis(ms)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_hub_survives_anything_and_forgets_everything(steps in prop::collection::vec(step(), 0..150)) {
        check(&steps);
    }
}
