//! Sections 2.3 to 2.5, 3 and 8 of the protocol: single messages and what is wrong with them.

use bayeux::{Channel, Config, PublishPolicy};
use serde_json::{Value, json};

use crate::story::{ALICE, BOB, CONNECT, Story, data, subscribe};

/// The replies that a listening session gets to a request.
#[track_caller]
fn check(body: &str, expected: Value) {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    assert_eq!(json!(story.ask(&tab, body)), expected);
}

#[test]
fn a_subscription_is_echoed_in_its_own_form() {
    check(
        r#"[{"id":"1","channel":"/meta/subscribe","clientId":"$","subscription":"/v2/me/*"}]"#,
        json!([{"id": "1", "channel": "/meta/subscribe", "successful": true, "subscription": "/v2/me/*"}]),
    );
    check(
        r#"[{"id":"1","channel":"/meta/subscribe/","clientId":"$","subscription":["/a","/b/"]}]"#,
        json!([{"id": "1", "channel": "/meta/subscribe", "successful": true, "subscription": ["/a", "/b/"]}]),
    );
}

#[test]
fn a_subscription_takes_effect_before_its_reply_and_repeats_do_no_harm() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    story.ask(&tab, &subscribe("/a/"));
    story.ask(&tab, &subscribe("/a"));
    story.publish_on(ALICE, "/a", 1);
    assert_eq!(data(&story.ask(&tab, CONNECT)), [1]);
    let gone = r#"[{"channel":"/meta/unsubscribe","clientId":"$","subscription":["/a"]}]"#;
    assert_eq!(story.ask(&tab, gone)[0]["successful"], true);
    story.publish_on(ALICE, "/a", 2);
    story.hold(&tab);
}

#[test]
fn subscriptions_that_cannot_be_are_refused() {
    let refused = |subscription: &str, error: &str| {
        let mut story = Story::default();
        let tab = story.listen(ALICE);
        let body = format!(r#"[{{"channel":"/meta/subscribe","clientId":"$"{subscription}}}]"#);
        assert_eq!(story.ask(&tab, &body)[0]["error"], error, "{subscription}");
    };
    refused("", "403::subscription_missing");
    refused(r#","subscription":[]"#, "403::subscription_missing");
    refused(r#","subscription":7"#, "403::subscription_invalid");
    refused(r#","subscription":"<b>""#, "403::subscription_invalid");
    refused(r#","subscription":["/a","b"]"#, "403::subscription_invalid");
    refused(r#","subscription":"/meta/connect""#, "403:denied_by_security_policy:subscribe_denied");
    refused(r#","subscription":"/meta/**""#, "403:denied_by_security_policy:subscribe_denied");
}

#[test]
fn a_list_of_subscriptions_stops_at_the_first_that_is_refused() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    let body = r#"[{"channel":"/meta/subscribe","clientId":"$","subscription":["/a","/meta/x","/b"]}]"#;
    assert_eq!(story.ask(&tab, body)[0]["successful"], false);
    story.publish_on(ALICE, "/a", 1);
    story.publish_on(ALICE, "/b", 2);
    assert_eq!(data(&story.ask(&tab, CONNECT)), [1]);
}

#[test]
fn a_service_channel_is_subscribed_to_without_effect() {
    let mut story = Story::default();
    let tab = story.open(ALICE);
    assert_eq!(story.ask(&tab, &subscribe("/service/**"))[0]["successful"], true);
    story.publish_on(ALICE, "/service/echo", 1);
    assert_eq!(data(&story.ask(&tab, CONNECT)), [0_u64; 0]);
}

#[test]
fn the_number_of_subscriptions_is_bounded() {
    let mut story = Story::new(Config { max_subscriptions_per_session: 2, ..Config::default() });
    let tab = story.open(ALICE);
    for (pattern, successful) in [("/a", true), ("/b", true), ("/c", false), ("/a", true)] {
        assert_eq!(story.ask(&tab, &subscribe(pattern))[0]["successful"], successful, "{pattern}");
    }
}

#[test]
fn unsubscribing_needs_a_channel_that_exists() {
    let config = Config { channels: vec![Channel::parse("/known").unwrap()], ..Config::default() };
    let mut story = Story::new(config);
    let (alice, bob) = (story.open(ALICE), story.open(BOB));
    story.ask(&bob, &subscribe("/of/bob"));
    let mut unsubscribe = |pattern: &str| {
        let body =
            format!(r#"[{{"channel":"/meta/unsubscribe","clientId":"$","subscription":"{pattern}"}}]"#);
        story.ask(&alice, &body)[0].get("error").cloned()
    };
    assert_eq!(unsubscribe("/known"), None);
    assert_eq!(unsubscribe("/of/bob"), None);
    assert_eq!(unsubscribe("/of"), None);
    assert_eq!(unsubscribe("/unheard"), Some(json!("400::channel_missing")));
    assert_eq!(unsubscribe("/un//heard"), Some(json!("403::subscription_invalid")));
    assert_eq!(unsubscribe("/service/x"), None);
}

#[test]
fn clients_do_not_publish_unless_allowed() {
    let denied = "403:denied_by_security_policy:publish_denied";
    check(
        r#"[{"id":"1","channel":"/v2/me/calls","clientId":"$","data":{}},
            {"id":"2","channel":"/service/echo","clientId":"$","data":{}},
            {"id":"3","channel":"/meta/unheard","clientId":"$","data":{}}]"#,
        json!([
            {"id": "1", "channel": "/v2/me/calls", "successful": false, "error": denied},
            {"id": "2", "channel": "/service/echo", "successful": true},
            {"id": "3", "channel": "/meta/unheard", "successful": false, "error": denied}
        ]),
    );
}

#[test]
fn a_published_message_reaches_all_owners_without_its_senders_name() {
    let mut story = Story::new(Config { publish: PublishPolicy::Allowed, ..Config::default() });
    let (alice, bob) = (story.listen(ALICE), story.listen(BOB));
    let held = story.hold(&bob);
    let own =
        story.ask(&alice, r#"[{"id":"1","channel":"/x","clientId":"$","data":{"n": 1},"ext":{"e":2}}]"#);
    let event = json!({"channel": "/x", "data": {"n": 1}, "ext": {"e": 2}});
    assert_eq!(json!(own), json!([event, {"id": "1", "channel": "/x", "successful": true}]));
    assert_eq!(story.answer(held)[0], event);
    assert_eq!(story.spread, [r#"{"channel":"/x","data":{"n": 1},"ext":{"e":2}}"#]);
    let own = story.ask(&alice, r#"[{"channel":"/x","clientId":"$"}]"#);
    assert_eq!(own[0], json!({"channel": "/x", "data": null}), "an event without data is garbage to clients");
}

#[test]
fn markup_is_refused_and_not_echoed() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    for (body, error) in [
        (r#"[{"id":"<i>","channel":"/meta/connect","clientId":"$"}]"#, "405::message_id_invalid"),
        (r#"[{"id":"1","channel":"/<b>","clientId":"$","data":1}]"#, "405::channel_invalid"),
        (r#"[{"id":"1","channel":"/a/*","clientId":"$","data":1}]"#, "405::channel_invalid"),
        (r#"[{"id":"1","clientId":"$"}]"#, "400::channel_missing"),
        (r#"[{"id":"1","channel":7}]"#, "405::channel_invalid"),
        (r#"[{"channel":"/meta/handshake","id":["x"]}]"#, "405::message_id_invalid"),
    ] {
        let messages = story.ask(&tab, body);
        assert_eq!(messages[0]["error"], error, "{body}");
    }
    assert_eq!(story.hub.sessions(), 1);
}

#[test]
fn a_message_for_another_session_is_refused_while_its_neighbors_proceed() {
    let mut story = Story::default();
    let victim = story.listen(ALICE);
    let attacker = story.open_in(ALICE, victim.cookie);
    let held = story.hold(&victim);
    let body = format!(
        r#"[{{"id":"1","channel":"/meta/subscribe","clientId":"$","subscription":"/a"}},
            {{"id":"2","channel":"/meta/disconnect","clientId":"{}"}},
            {{"id":"3","channel":"/meta/subscribe","clientId":"$","subscription":"/b"}},
            {{"id":"4","channel":"/meta/subscribe","subscription":"/c"}}]"#,
        victim.id
    );
    let messages = story.ask(&attacker, &body);
    let verdicts: Vec<_> = messages.iter().map(|message| message["successful"] == true).collect();
    assert_eq!(verdicts, [true, false, true, false]);
    assert_eq!(messages[1]["error"], "402::session_unknown");
    assert_eq!(messages[1].get("advice"), None);
    story.assert_held(held);
    assert!(!json!(messages).to_string().contains(&victim.id));
}

#[test]
fn after_a_disconnect_in_a_request_the_rest_is_refused() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let messages = story.ask(
        &tab,
        r#"[{"channel":"/meta/disconnect","clientId":"$"},{"channel":"/service/x","clientId":"$","data":1},
            {"channel":"/meta/connect","clientId":"$"}]"#,
    );
    assert_eq!(messages[0]["successful"], true);
    assert_eq!(messages[1]["error"], "402::session_unknown");
    assert_eq!(messages[2]["advice"]["reconnect"], "handshake");
}

#[test]
fn clocks_are_compared_where_the_client_asks() {
    let sync = |request: &str| {
        let mut story = Story::default();
        let tab = story.listen(ALICE);
        let body = format!(
            r#"[{{"channel":"/meta/subscribe","clientId":"$","subscription":"/a","ext":{{"timesync":{request}}}}}]"#
        );
        story.ask(&tab, &body)[0].get("ext").map(|ext| ext["timesync"].clone())
    };
    let ts = 1_700_000_000_000_i64;
    assert_eq!(sync(r#"{"tc":5}"#), Some(json!({"tc": 5, "ts": ts, "p": 0})));
    assert_eq!(sync(r#"{"tc":5,"l":0,"o":0}"#), Some(json!({"tc": 5, "ts": ts, "p": 0, "a": 5 - ts})));
    assert_eq!(sync(r#"{"tc":1700000000000,"l":10,"o":14}"#), None, "less than 25 ms are not worth telling");
    assert_eq!(sync(r#"{"tc":1700000000000,"l":10,"o":15}"#).unwrap()["a"], 25);
    assert_eq!(sync(r#"{"tc":9223372036854775807,"l":1,"o":1}"#).unwrap()["tc"], i64::MAX);
}

#[test]
fn a_held_connect_tells_how_long_it_took() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let body = r#"[{"channel":"/meta/connect","clientId":"$","ext":{"timesync":{"tc":5,"l":0,"o":0}}}]"#;
    let held = story.send(&tab, body);
    story.seconds(7);
    story.publish(ALICE, 1);
    assert_eq!(story.answer(held)[1]["ext"]["timesync"]["p"], 7_000);
}
