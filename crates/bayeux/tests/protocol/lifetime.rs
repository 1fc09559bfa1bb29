//! Section 7 of the protocol: expiry, bounds, and the server's own endings.

use std::time::Duration;

use bayeux::{CloseReason, Config, Input, SessionId};
use serde_json::json;

use crate::story::{ALICE, BOB, CONNECT, Story, assert_lost, data, subscribe};

/// Why the only session has ended, if it has.
#[track_caller]
fn check(story: &Story, ended: Option<CloseReason>) {
    assert_eq!(story.ended.first().map(|(_, reason)| *reason), ended);
    assert_eq!(story.hub.sessions(), usize::from(ended.is_none()));
    if ended.is_some() {
        let hub = &story.hub;
        assert_eq!((hub.held(), hub.queued_events(), hub.queued_bytes(), hub.deadline()), (0, 0, 0, None));
    }
}

#[test]
fn a_session_expires_when_its_client_stays_away() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.seconds(29);
    check(&story, None);
    story.seconds(1);
    check(&story, Some(CloseReason::Expired));
    assert_lost(&story.ask(&tab, CONNECT));
}

#[test]
fn a_held_connect_keeps_its_session() {
    let config = Config { max_interval: Duration::from_secs(1), ..Config::default() };
    let mut story = Story::new(config);
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.seconds(26);
    check(&story, None);
    story.assert_held(held);
    story.seconds(6);
    let reply = &story.answer(held)[0];
    assert_eq!((&reply["successful"], reply.get("advice")), (&json!(true), None), "it does not say none");
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn a_vanished_peer_starts_the_expiry() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.seconds(10);
    story.handle(Input::ExchangeClosed { exchange: held });
    assert_eq!(story.hub.held(), 0);
    story.seconds(29);
    check(&story, None);
    story.seconds(1);
    check(&story, Some(CloseReason::Expired));
    assert!(!story.responses.contains_key(&held));
}

#[test]
fn expiry_starts_when_the_reply_is_written() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.seconds(20);
    story.handle(Input::Written { exchange: held });
    assert_eq!(story.hub.queued_events(), 0);
    story.seconds(29);
    check(&story, None);
    story.seconds(1);
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn a_reply_that_is_never_reported_does_not_keep_its_session_forever() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.seconds(59);
    check(&story, None);
    story.seconds(1);
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn a_late_report_of_an_old_reply_leaves_a_newer_connect_alone() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let old = story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    let held = story.hold(&tab);
    story.handle(Input::Written { exchange: old });
    story.network_works = true;
    story.seconds(26);
    story.assert_held(held);
    check(&story, None);
}

#[test]
fn a_late_report_of_an_old_reply_does_not_start_the_expiry_of_a_newer_one_again() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let old = story.hold(&tab);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    story.network_works = true;
    story.ask(&tab, CONNECT);
    story.seconds(20);
    story.handle(Input::Written { exchange: old });
    story.seconds(10);
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn other_messages_postpone_expiry_but_not_forever() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.seconds(25);
    story.ask(&tab, &subscribe("/a"));
    story.seconds(25);
    check(&story, None);
    for _ in 0..20 {
        if story.hub.sessions() > 0 {
            story.ask(&tab, &subscribe("/a"));
        }
        story.seconds(10);
    }
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn an_advised_interval_is_added_to_the_grace() {
    let mut story = Story::new(Config { interval: Duration::from_secs(5), ..Config::default() });
    story.listen(ALICE);
    story.seconds(34);
    check(&story, None);
    story.seconds(1);
    check(&story, Some(CloseReason::Expired));
}

#[test]
fn a_session_can_be_kept_as_long_as_one_likes() {
    let (max_interval, max_postponements) = (Duration::MAX, u32::MAX);
    let mut story = Story::new(Config { max_interval, max_postponements, ..Config::default() });
    let tab = story.listen(ALICE);
    story.seconds(24 * 60 * 60);
    story.ask(&tab, &subscribe("/a"));
    check(&story, None);
}

#[test]
fn a_reloaded_page_finds_its_session_as_it_was() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.handle(Input::ExchangeClosed { exchange: held });
    story.publish(ALICE, 1);
    let replayed = r#"[{"id":"c","channel":"/meta/connect","clientId":"$","advice":{"timeout":0}}]"#;
    let messages = story.ask(&tab, replayed);
    assert_eq!(data(&messages), [1]);
    assert_eq!(messages[1]["advice"], json!({"reconnect": "retry", "interval": 0, "timeout": 30000}));
}

#[test]
fn too_many_waiting_events_end_the_session_and_the_client_starts_over() {
    let mut story = Story::new(Config { max_queue_events: 10, ..Config::default() });
    let tab = story.listen(ALICE);
    (0..10).for_each(|number| story.publish(ALICE, number));
    check(&story, None);
    story.publish(ALICE, 10);
    check(&story, Some(CloseReason::Overflow));
    story.publish(ALICE, 11);
    assert_lost(&story.ask(&tab, CONNECT));
    let again = story.listen(ALICE);
    story.publish(ALICE, 12);
    assert_eq!(data(&story.ask(&again, CONNECT)), [12]);
}

#[test]
fn too_many_waiting_bytes_end_the_session() {
    let mut story = Story::new(Config { max_queue_bytes: 100, ..Config::default() });
    story.listen(ALICE);
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    check(&story, None);
    story.publish(ALICE, 3);
    check(&story, Some(CloseReason::Overflow));
}

#[test]
fn an_overflow_answers_the_connect_that_is_held_meanwhile() {
    let mut story = Story::new(Config { max_queue_bytes: 10, ..Config::default() });
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    story.publish(ALICE, 1);
    assert_lost(&story.answer(held));
    check(&story, Some(CloseReason::Overflow));
}

#[test]
fn a_logout_ends_all_sessions_of_the_owner() {
    let mut story = Story::default();
    let (held_tab, away) = (story.listen(ALICE), story.listen(ALICE));
    let bob = story.listen(BOB);
    let held = story.hold(&held_tab);
    story.handle(Input::Disconnect { owner: ALICE });
    assert_eq!(
        json!(story.answer(held)),
        json!([
            {"channel": "/meta/disconnect", "successful": true},
            {"id": "c", "channel": "/meta/connect", "successful": true, "advice": {"reconnect": "none"}}
        ])
    );
    assert_lost(&story.ask(&away, CONNECT));
    story.hold(&bob);
    assert!(story.ended.iter().all(|(_, reason)| *reason == CloseReason::ByServer));
}

#[test]
fn one_session_can_be_ended_by_name() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let session = SessionId::parse(&tab.id).unwrap();
    story.handle(Input::DisconnectSession { owner: BOB, session });
    check(&story, None);
    story.handle(Input::DisconnectSession { owner: ALICE, session });
    check(&story, Some(CloseReason::ByServer));
}

#[test]
fn a_shutdown_answers_all_held_connects_and_holds_no_more() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let (socket, _) = story.listen_on_socket(BOB);
    let held = story.hold(&tab);
    story.handle(Input::Drain);
    let advice = &story.answer(held)[0]["advice"];
    assert_eq!(advice["reconnect"], "retry");
    assert!(advice["interval"].as_u64().unwrap() < 5_000);
    assert_eq!(story.closed_sockets, [(socket, 1001)]);
    assert_eq!(story.ask(&tab, CONNECT)[0]["advice"]["reconnect"], "retry");
    let refused = story.ask(&tab, r#"[{"channel":"/meta/handshake"}]"#);
    assert_eq!(refused[0]["advice"]["reconnect"], "handshake");
}

#[test]
fn the_deadline_says_why() {
    let mut story = Story::default();
    assert_eq!(story.hub.deadline(), None);
    let tab = story.listen(ALICE);
    assert_eq!(story.hub.deadline().unwrap().1, "a session without connect expires");
    story.hold(&tab);
    assert_eq!(story.hub.deadline().unwrap().1, "a held connect has waited long enough");
    assert!(story.hub.deadline().unwrap().0 > story.now);
}
