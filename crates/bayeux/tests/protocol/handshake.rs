//! Sections 2.1 and 10 of the protocol: how sessions begin.

use bayeux::{CloseReason, Config, ExchangeId, Input, Transport, parse};
use serde_json::{Value, json};

use crate::story::{ALICE, CONNECT, Story, Tab, assert_error, assert_lost, data, subscribe};

/// The reply to a handshake with these additional members, without its clientId.
#[track_caller]
fn check(config: Config, extra: &str, expected: Value) {
    let mut story = Story::new(config);
    let stranger = Tab { owner: ALICE, cookie: None, id: String::new() };
    let mut messages = story.ask(&stranger, &format!(r#"[{{"id":"1","channel":"/meta/handshake"{extra}}}]"#));
    messages[0].as_object_mut().expect("a reply").remove("clientId");
    assert_eq!(json!(messages), expected);
}

#[test]
fn a_handshake_names_the_session_and_all_transports() {
    let reply = json!([{"id": "1", "channel": "/meta/handshake", "successful": true, "version": "1.0",
        "minimumVersion": "1.0", "supportedConnectionTypes": ["websocket", "long-polling"],
        "advice": {"reconnect": "retry", "interval": 0, "timeout": 30000}}]);
    check(Config::default(), "", reply.clone());
    let own = r#","version":"1.0","supportedConnectionTypes":["carrier-pigeon"],"advice":{"timeout":60000}"#;
    check(Config::default(), own, reply);
}

#[test]
fn acknowledgement_is_on_only_if_both_sides_want_it() {
    let mut reply = json!([{"id": "1", "channel": "/meta/handshake", "successful": true, "version": "1.0",
        "minimumVersion": "1.0", "supportedConnectionTypes": ["websocket", "long-polling"],
        "advice": {"reconnect": "retry", "interval": 0, "timeout": 30000}}]);
    check(Config::default(), r#","ext":{"ack":false}"#, reply.clone());
    check(Config::default(), r#","ext":{"ack":"true"}"#, reply.clone());
    let off = Config { acknowledgements: false, ..Config::default() };
    check(off, r#","ext":{"ack":true}"#, reply.clone());
    reply[0]["ext"] = json!({"ack": true});
    check(Config::default(), r#","ext":{"ack":true}"#, reply);
}

#[test]
fn a_handshake_must_be_alone() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    for body in [
        r#"[{"channel":"/meta/handshake"},{"channel":"/meta/connect","clientId":"$"}]"#,
        r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":"/a"},{"channel":"/meta/handshake"}]"#,
        r#"[{"channel":"/meta/handshake"},{"channel":"/meta/handshake/"}]"#,
    ] {
        let exchange = story.send(&tab, body);
        assert_eq!(story.responses[&exchange].status, 500);
    }
    assert_eq!(story.hub.sessions(), 1);
}

#[test]
fn every_handshake_makes_a_new_session_and_the_old_one_expires() {
    let mut story = Story::default();
    let first = story.listen(ALICE);
    story.publish(ALICE, 1);
    let exchange = story.send(&first, r#"[{"channel":"/meta/handshake","clientId":"$"}]"#);
    let reply = story.responses[&exchange].clone();
    assert_ne!(reply.messages[0]["clientId"], first.id);
    assert_eq!((reply.messages.len(), reply.cookie), (1, None), "no events, and the cookie is kept");
    story.seconds(31);
    assert_eq!(story.hub.sessions(), 0);
    let again = story.send(&first, r#"[{"channel":"/meta/handshake","clientId":"$"}]"#);
    assert_eq!(story.answer(again)[0]["successful"], true);
}

#[test]
fn a_cookie_is_set_on_the_first_handshake_only() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    assert!(tab.cookie.is_some());
    let second = story.open_in(ALICE, tab.cookie);
    assert_eq!(second.cookie, tab.cookie);
    assert_ne!(second.id, tab.id);
}

#[test]
fn a_session_that_never_connects_vanishes() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    story.seconds(29);
    assert_eq!(story.hub.sessions(), 1);
    story.seconds(2);
    assert_eq!(story.hub.sessions(), 0);
    assert_eq!(story.ended[0].1, CloseReason::Expired);
    assert_lost(&story.ask(&tab, CONNECT));
}

#[test]
fn a_refused_handshake_leaves_no_session_and_no_cookie() {
    let mut story = Story::new(Config { max_sessions: 1, ..Config::default() });
    story.open(ALICE);
    let stranger = Tab { owner: ALICE, cookie: None, id: String::new() };
    let exchange = story.send(&stranger, r#"[{"id":"1","channel":"/meta/handshake"}]"#);
    let refused = story.responses[&exchange].clone();
    assert_error(&refused.messages, "403::handshake_denied");
    assert_eq!(refused.messages[0]["advice"], json!({"reconnect": "handshake", "interval": 5000}));
    assert_eq!((refused.cookie, refused.messages[0].get("clientId")), (None, None));
    assert_error(&story.ask(&stranger, &subscribe("/a")), "402::session_unknown");
}

#[test]
fn reloading_a_page_often_displaces_the_oldest_absent_session() {
    let mut story = Story::new(Config { max_sessions_per_owner: 2, ..Config::default() });
    let held = story.listen(ALICE);
    story.hold(&held);
    story.seconds(1);
    let absent = story.listen(ALICE);
    let third = story.open(ALICE);
    assert_eq!(story.hub.sessions(), 2);
    assert_lost(&story.ask(&absent, CONNECT));
    story.ask(&third, CONNECT);
    story.hold(&third);
    let stranger = Tab { owner: ALICE, cookie: None, id: String::new() };
    let refused = story.ask(&stranger, r#"[{"channel":"/meta/handshake"}]"#);
    assert_eq!(refused[0]["error"], "403::handshake_denied", "both are connected");
}

#[test]
fn without_entropy_no_session_is_named() {
    let mut story = Story::default();
    story.handle(Input::Request {
        exchange: ExchangeId(99),
        transport: Transport::LongPolling,
        owner: ALICE,
        browser: None,
        messages: parse(br#"{"channel":"/meta/handshake"}"#, 1).unwrap(),
        entropy: None,
        wall_ms: 0,
    });
    assert_eq!(story.responses[&ExchangeId(99)].status, 500);
    assert_eq!(story.hub.sessions(), 0);
}

#[test]
fn events_before_the_first_connect_wait_for_it() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    story.ask(&tab, &subscribe("/v2/me/*"));
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    assert_eq!(data(&story.ask(&tab, CONNECT)), [1, 2]);
}
