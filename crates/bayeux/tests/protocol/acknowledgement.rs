//! Section 10.1 of the protocol: nothing is lost with the acknowledgement extension.

use bayeux::{CloseReason, Config, ExchangeId, Input};

use crate::story::{ALICE, Story, Tab, data, subscribe};

fn open(story: &mut Story) -> Tab {
    let stranger = Tab { owner: ALICE, cookie: None, id: String::new() };
    let exchange = story.send(&stranger, r#"[{"channel":"/meta/handshake","ext":{"ack":true}}]"#);
    let response = story.responses[&exchange].clone();
    let id = response.messages[0]["clientId"].as_str().expect("a clientId").to_owned();
    let tab = Tab { owner: ALICE, cookie: response.cookie, id };
    story.ask(&tab, &subscribe("/**"));
    tab
}

fn connect(story: &mut Story, tab: &Tab, acknowledged: u64) -> ExchangeId {
    story.send(
        tab,
        &format!(r#"[{{"id":"c","channel":"/meta/connect","clientId":"$","ext":{{"ack":{acknowledged}}}}}]"#),
    )
}

/// The events and the batch of a connect's reply.
#[track_caller]
fn check(story: &Story, exchange: ExchangeId, events: &[u64], batch: u64) {
    let messages = story.answer(exchange);
    assert_eq!(data(&messages), events);
    assert_eq!(messages.last().expect("a reply")["ext"]["ack"], batch);
}

#[test]
fn the_first_reply_carries_batch_one_and_each_reply_one_more() {
    let mut story = Story::default();
    let tab = open(&mut story);
    let first = connect(&mut story, &tab, 0);
    check(&story, first, &[], 1);
    let second = connect(&mut story, &tab, 1);
    story.seconds(30);
    check(&story, second, &[], 2);
}

#[test]
fn unacknowledged_events_are_sent_again_before_newer_ones() {
    let mut story = Story::default();
    let tab = open(&mut story);
    connect(&mut story, &tab, 0);
    let lost = connect(&mut story, &tab, 1);
    story.publish(ALICE, 1);
    check(&story, lost, &[1], 2);
    let again = connect(&mut story, &tab, 1);
    check(&story, again, &[1], 3);
    story.publish(ALICE, 2);
    let third = connect(&mut story, &tab, 1);
    check(&story, third, &[1, 2], 4);
    assert_eq!(story.hub.queued_events(), 2);
    let held = connect(&mut story, &tab, 4);
    story.assert_held(held);
    assert_eq!(story.hub.queued_events(), 0);
}

#[test]
fn part_of_what_was_sent_can_be_acknowledged() {
    let mut story = Story::default();
    let tab = open(&mut story);
    story.publish(ALICE, 1);
    let first = connect(&mut story, &tab, 0);
    check(&story, first, &[1], 1);
    story.publish(ALICE, 2);
    let second = connect(&mut story, &tab, 1);
    check(&story, second, &[2], 2);
    let third = connect(&mut story, &tab, 1);
    check(&story, third, &[2], 3);
}

#[test]
fn a_client_that_names_its_timeout_is_held_all_the_same() {
    let mut story = Story::default();
    let tab = open(&mut story);
    story.publish(ALICE, 1);
    connect(&mut story, &tab, 0);
    let held = story.send(
        &tab,
        r#"[{"channel":"/meta/connect","clientId":"$","advice":{"timeout":9000},"ext":{"ack":0}}]"#,
    );
    story.assert_held(held);
    story.seconds(9);
    check(&story, held, &[1], 2);
}

#[test]
fn events_travel_on_connect_replies_only() {
    let mut story = Story::default();
    let tab = open(&mut story);
    connect(&mut story, &tab, 0);
    story.publish(ALICE, 1);
    assert_eq!(data(&story.ask(&tab, &subscribe("/a"))), [0_u64; 0]);
    let next = connect(&mut story, &tab, 1);
    check(&story, next, &[1], 2);
}

#[test]
fn a_failed_write_doubles_nothing() {
    let mut story = Story::default();
    let tab = open(&mut story);
    connect(&mut story, &tab, 0);
    let lost = connect(&mut story, &tab, 1);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.handle(Input::ExchangeClosed { exchange: lost });
    story.network_works = true;
    let again = connect(&mut story, &tab, 1);
    check(&story, again, &[1], 3);
}

#[test]
fn nobody_acknowledges_what_was_not_sent() {
    let mut story = Story::default();
    let tab = open(&mut story);
    connect(&mut story, &tab, 0);
    story.publish(ALICE, 1);
    let first = connect(&mut story, &tab, u64::MAX);
    check(&story, first, &[1], 2);
    let second = connect(&mut story, &tab, 1);
    check(&story, second, &[1], 3);
}

#[test]
fn unacknowledged_events_count_against_the_bound() {
    let mut story = Story::new(Config { max_queue_events: 3, ..Config::default() });
    let tab = open(&mut story);
    connect(&mut story, &tab, 0);
    for number in 0..3 {
        connect(&mut story, &tab, 0);
        story.publish(ALICE, number);
    }
    assert_eq!(story.hub.queued_events(), 3);
    story.publish(ALICE, 3);
    assert_eq!(story.ended[0].1, CloseReason::Overflow);
    assert_eq!(story.hub.queued_events(), 0);
}

#[test]
fn the_extension_works_on_a_socket() {
    let mut story = Story::default();
    let tab = open(&mut story);
    let socket = story.socket(ALICE);
    let ack = |batch: u64| {
        format!(r#"[{{"id":"c","channel":"/meta/connect","clientId":"$","ext":{{"ack":{batch}}}}}]"#)
    };
    let frames = story.tell(socket, &tab, &ack(0));
    assert_eq!(frames[0][0]["ext"]["ack"], 1);
    assert!(story.tell(socket, &tab, &ack(1)).is_empty());
    story.publish(ALICE, 1);
    let (_, frame) = story.frames.last().unwrap();
    assert_eq!((data(frame), frame[1]["ext"]["ack"].as_u64()), (vec![1], Some(2)));
    let frames = story.tell(socket, &tab, &ack(1));
    assert_eq!((data(&frames[0]), frames[0][1]["ext"]["ack"].as_u64()), (vec![1], Some(3)));
}
