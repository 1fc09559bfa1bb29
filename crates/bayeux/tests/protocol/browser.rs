//! Section 6 of the protocol: the browser's cookie, and several sessions behind it.

use std::time::Duration;

use bayeux::{Config, Input, Transport};
use serde_json::json;

use crate::story::{ALICE, BOB, CONNECT, Story, Tab, assert_lost, data, subscribe};

/// Whether connects of two tabs of one browser are both held.
#[track_caller]
fn check(config: Config, transport: Transport, both: bool) {
    let mut story = Story::new(config);
    let first = story.listen(ALICE);
    let second = story.open_in(ALICE, first.cookie);
    story.ask(&second, CONNECT);
    let exchanges = [&first, &second].map(|tab| story.send_by(transport, tab, CONNECT));
    story.assert_held(exchanges[0]);
    assert_eq!(!story.responses.contains_key(&exchanges[1]), both);
}

#[test]
fn a_browser_holds_as_many_connects_as_it_may() {
    let limit = |http1, http2| Config {
        max_sessions_per_browser: http1,
        max_sessions_per_browser_multiplexed: http2,
        ..Config::default()
    };
    check(limit(Some(1), None), Transport::LongPolling, false);
    check(limit(Some(2), None), Transport::LongPolling, true);
    check(limit(None, None), Transport::LongPolling, true);
    check(limit(Some(1), None), Transport::MultiplexedLongPolling, true);
    check(limit(None, Some(1)), Transport::MultiplexedLongPolling, false);
}

#[test]
fn a_single_tab_is_never_taken_for_several() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    for round in 0..30 {
        let held = story.hold(&tab);
        match round % 5 {
            0 => story.seconds(30),
            1 => story.publish(ALICE, round),
            2 => story.handle(Input::ExchangeClosed { exchange: held }),
            3 => {
                story.network_works = false;
                story.publish(ALICE, round);
                story.handle(Input::ExchangeClosed { exchange: held });
                story.network_works = true;
                assert_eq!(data(&story.ask(&tab, CONNECT)), [round]);
            }
            _ => {
                story.hold(&tab);
                assert_eq!(story.responses[&held].status, 500);
            }
        }
    }
    assert!(story.hub.held() <= 1);
}

#[test]
fn a_second_tab_polls_until_the_first_has_gone() {
    let mut story = Story::default();
    let first = story.listen(ALICE);
    let second = story.open_in(ALICE, first.cookie);
    story.ask(&second, CONNECT);
    let held = story.hold(&first);
    let polled = story.ask(&second, CONNECT);
    let advice = json!({"reconnect": "retry", "multiple-clients": true, "interval": 2000});
    assert_eq!((&polled[0]["successful"], &polled[0]["advice"]), (&json!(true), &advice));
    story.seconds(2);
    assert_eq!(story.ask(&second, CONNECT)[0]["advice"], advice);
    story.handle(Input::ExchangeClosed { exchange: held });
    let now_held = story.hold(&second);
    story.seconds(30);
    let revoked = json!({"reconnect": "retry", "multiple-clients": false, "interval": 0, "timeout": 30000});
    assert_eq!(story.answer(now_held)[0]["advice"], revoked);
}

#[test]
fn a_polling_tab_survives_its_pauses() {
    let config = Config { max_interval: Duration::from_secs(1), ..Config::default() };
    let mut story = Story::new(config);
    let first = story.listen(ALICE);
    let second = story.open_in(ALICE, first.cookie);
    story.ask(&second, CONNECT);
    story.hold(&first);
    story.ask(&second, CONNECT);
    story.pass(Duration::from_millis(2_900));
    assert_eq!(story.ask(&second, CONNECT)[0]["successful"], true);
}

#[test]
fn further_tabs_are_stopped_if_they_may_not_poll() {
    let mut story = Story::new(Config { multi_session_interval: Duration::ZERO, ..Config::default() });
    let first = story.listen(ALICE);
    let second = story.open_in(ALICE, first.cookie);
    story.ask(&second, CONNECT);
    story.hold(&first);
    let stopped = story.ask(&second, CONNECT);
    assert_eq!(stopped[0]["successful"], false);
    assert_eq!(stopped[0]["advice"]["reconnect"], "none");
}

#[test]
fn a_session_is_found_with_its_cookie_only() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let other = story.open(ALICE);
    assert_lost(&story.ask(&Tab { cookie: None, ..tab.clone() }, CONNECT));
    assert_lost(&story.ask(&Tab { cookie: other.cookie, ..tab.clone() }, CONNECT));
    story.hold(&tab);
    let mut trusting = Story::new(Config { trust_client_session: true, ..Config::default() });
    let tab = trusting.listen(ALICE);
    trusting.hold(&Tab { cookie: None, ..tab });
}

#[test]
fn a_session_of_another_owner_does_not_exist() {
    let mut story = Story::new(Config { trust_client_session: true, ..Config::default() });
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    let thief = Tab { owner: BOB, ..tab };
    assert_lost(&story.ask(&thief, CONNECT));
    assert_eq!(story.ask(&thief, &subscribe("/a"))[0]["error"], "402::session_unknown");
    let socket = story.socket(BOB);
    assert_lost(&story.tell(socket, &thief, CONNECT)[0]);
    story.assert_held(held);
}
