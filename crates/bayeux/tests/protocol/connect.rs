//! Sections 2.2, 4 and 5 of the protocol: connects, held and released.

use std::time::Duration;

use bayeux::{Channel, Config, Input, Owner, Transport};
use serde_json::{Value, json};

use crate::story::{ALICE, BOB, CONNECT, Story, Tab, assert_lost, data, subscribe};

const PLAIN: &str = r#"{"id":"c","channel":"/meta/connect","successful":true}"#;

fn plain() -> Value {
    serde_json::from_str(PLAIN).expect("a reply")
}

/// What a connect of a listening session, with these additional members, is answered at once; `None` if held.
#[track_caller]
fn check(extra: &str, expected: Option<Value>) {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let body = format!(r#"[{{"id":"c","channel":"/meta/connect","clientId":"$"{extra}}}]"#);
    let exchange = story.send(&tab, &body);
    assert_eq!(story.responses.get(&exchange).map(|response| json!(response.messages)), expected);
}

fn advised() -> Option<Value> {
    let mut reply = plain();
    reply["advice"] = json!({"reconnect": "retry", "interval": 0, "timeout": 30000});
    Some(json!([reply]))
}

#[test]
fn the_first_connect_is_answered_at_once_with_advice() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    assert_eq!(Some(json!(story.ask(&tab, CONNECT))), advised());
}

#[test]
fn later_connects_are_held() {
    check("", None);
    check(r#","advice":{"timeout":5000}"#, None);
    check(r#","advice":{}"#, None);
    check(r#","connectionType":"long-polling","unknown":true"#, None);
}

#[test]
fn a_connect_that_asks_for_no_hold_is_answered_at_once_with_advice() {
    check(r#","advice":{"timeout":0}"#, advised());
}

#[test]
fn a_hold_lasts_nearly_the_timeout_and_ends_plainly() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.pass(Duration::from_millis(26_999));
    story.assert_held(held);
    assert_eq!(story.hub.held(), 1);
    story.pass(Duration::from_millis(3_001));
    assert_eq!(json!(story.answer(held)), json!([plain()]));
    assert_eq!(story.hub.held(), 0);
}

#[test]
fn holds_of_clients_that_came_together_drift_apart() {
    let mut story = Story::default();
    let tabs: Vec<Tab> = (0..50).map(|number| story.listen(Owner(number))).collect();
    let held: Vec<_> = tabs.iter().map(|tab| story.hold(tab)).collect();
    story.pass(Duration::from_millis(28_500));
    let over = held.iter().filter(|exchange| story.responses.contains_key(exchange)).count();
    assert!((10..=40).contains(&over), "{over}");
}

#[test]
fn a_client_chooses_its_timeout_for_one_cycle_and_within_bounds() {
    let mut story = Story::new(Config { jitter_percent: 0, ..Config::default() });
    let tab = story.listen(ALICE);
    let wish = |ms: u64| {
        format!(r#"[{{"id":"c","channel":"/meta/connect","clientId":"$","advice":{{"timeout":{ms}}}}}]"#)
    };
    let short = story.send(&tab, &wish(2_000));
    story.pass(Duration::from_millis(2_000));
    assert_eq!(story.answer(short)[0]["advice"]["timeout"], 30_000);
    let plain = story.hold(&tab);
    story.pass(Duration::from_millis(29_999));
    story.assert_held(plain);
    story.pass(Duration::from_millis(1));
    let endless = story.send(&tab, &wish(u64::MAX));
    story.seconds(59);
    story.assert_held(endless);
    story.seconds(1);
    story.answer(endless);
}

#[test]
fn an_event_ends_the_hold_and_goes_before_the_reply() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.publish(ALICE, 7);
    assert_eq!(json!(story.answer(held)), json!([{"channel": "/v2/me/calls", "data": 7}, plain()]));
}

#[test]
fn events_between_two_connects_are_delivered_at_once_and_in_order() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    (1..=3).for_each(|number| story.publish(ALICE, number));
    assert_eq!(story.hub.queued_events(), 3);
    assert_eq!(data(&story.ask(&tab, CONNECT)), [1, 2, 3]);
    assert_eq!((story.hub.queued_events(), story.hub.queued_bytes()), (0, 0));
    story.hold(&tab);
}

#[test]
fn events_go_to_their_owner_through_matching_subscriptions_once() {
    let mut story = Story::default();
    let (alice, bob) = (story.open(ALICE), story.open(BOB));
    for pattern in ["/v2/me/calls", "/v2/me/*", "/v2/**", "/v2/me/calls/"] {
        story.ask(&alice, &subscribe(pattern));
        story.ask(&bob, &subscribe(pattern));
    }
    story.publish(ALICE, 1);
    story.publish_on(ALICE, "/v2/me", 2);
    story.publish_on(ALICE, "/other", 3);
    assert_eq!(data(&story.ask(&alice, CONNECT)), [1, 2]);
    assert_eq!(data(&story.ask(&bob, CONNECT)), [0_u64; 0]);
    let channel = Channel::parse("/v2/me/calls").unwrap();
    let event = r#"{"channel":"/v2/me/calls","data":4}"#.into();
    story.handle(Input::PublishAll { channel, event });
    assert_eq!(data(&story.ask(&alice, CONNECT)), [4]);
    assert_eq!(data(&story.ask(&bob, CONNECT)), [4]);
}

#[test]
fn a_connect_beside_other_messages_is_never_held_and_replies_keep_their_order() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.publish(ALICE, 1);
    let messages = story.ask(
        &tab,
        r#"[{"id":"1","channel":"/meta/connect","clientId":"$"},
            {"id":"2","channel":"/meta/subscribe","clientId":"$","subscription":"/a"}]"#,
    );
    assert_eq!(
        json!(messages),
        json!([
            {"channel": "/v2/me/calls", "data": 1},
            {"id": "1", "channel": "/meta/connect", "successful": true},
            {"id": "2", "channel": "/meta/subscribe", "successful": true, "subscription": "/a"}
        ])
    );
}

#[test]
fn a_newer_connect_replaces_the_held_one_and_nothing_is_lost() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let first = story.hold(&tab);
    let second = story.hold(&tab);
    assert_eq!(story.responses[&first].status, 500);
    story.publish(ALICE, 1);
    assert_eq!(data(&story.answer(second)), [1]);
    // The late end of the first must not touch anything.
    story.handle(Input::ExchangeClosed { exchange: first });
    let third = story.hold(&tab);
    story.seconds(20);
    story.assert_held(third);
}

#[test]
fn a_retry_after_the_clients_own_deadline_is_answered_at_once() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.handle(Input::ExchangeClosed { exchange: held });
    let retry = r#"[{"id":"c","channel":"/meta/connect","clientId":"$","advice":{"timeout":0}}]"#;
    assert_eq!(Some(json!(story.ask(&tab, retry))), advised());
}

#[test]
fn events_of_a_reply_that_was_not_written_are_delivered_again() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    assert_eq!(data(&story.answer(held)), [1]);
    story.publish(ALICE, 2);
    assert_eq!(story.hub.queued_events(), 2);
    story.handle(Input::ExchangeClosed { exchange: held });
    story.network_works = true;
    assert_eq!(data(&story.ask(&tab, CONNECT)), [1, 2]);
    assert_eq!(story.hub.queued_events(), 0);
}

#[test]
fn a_failed_write_that_is_reported_late_wakes_the_next_connect() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let lost = story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    let next = story.hold(&tab);
    story.handle(Input::ExchangeClosed { exchange: lost });
    assert_eq!(data(&story.answer(next)), [1]);
}

#[test]
fn events_caused_by_a_request_ride_on_its_reply() {
    let allowed = bayeux::PublishPolicy::Allowed;
    let own = r#"[{"id":"p","channel":"/x","clientId":"$","data":5}]"#;
    let mut story = Story::new(Config { publish: allowed, ..Config::default() });
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    let messages = story.ask(&tab, own);
    assert_eq!(
        json!(messages),
        json!([{"channel": "/x", "data": 5}, {"id": "p", "channel": "/x", "successful": true}])
    );
    story.assert_held(held);

    let only = Config { publish: allowed, meta_connect_deliver_only: true, ..Config::default() };
    let mut story = Story::new(only);
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    assert_eq!(data(&story.ask(&tab, own)), [0_u64; 0]);
    assert_eq!(data(&story.answer(held)), [5]);
}

#[test]
fn callback_polling_delivers_events_on_connect_replies_only() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.publish(ALICE, 1);
    let exchange = story.send_by(Transport::CallbackPolling, &tab, &subscribe("/a"));
    assert_eq!(data(&story.answer(exchange)), [0_u64; 0]);
    let exchange = story.send_by(Transport::CallbackPolling, &tab, CONNECT);
    assert_eq!(data(&story.answer(exchange)), [1]);
}

#[test]
fn a_connect_that_races_a_disconnect_is_told_to_stop_and_later_ones_are_lost() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    let bye = story.ask(&tab, r#"[{"id":"d","channel":"/meta/disconnect","clientId":"$"}]"#);
    assert_eq!(json!(bye), json!([{"id": "d", "channel": "/meta/disconnect", "successful": true}]));
    assert_eq!(story.answer(held)[0]["advice"], json!({"reconnect": "none"}));
    assert_lost(&story.ask(&tab, CONNECT));
}

#[test]
fn an_unfinished_request_does_not_stop_others_of_its_session() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    assert_eq!(story.ask(&tab, &subscribe("/a"))[0]["successful"], true);
    story.assert_held(held);
}
