//! Section 9.2 of the protocol: sessions on sockets.

use std::time::Duration;

use bayeux::{CloseReason, Config, ConnectionId, Input, PublishPolicy};
use serde_json::json;

use crate::story::{ALICE, CONNECT, Story, Tab, assert_lost, data, subscribe};

/// The events that have come on a socket, frame by frame.
#[track_caller]
fn check(story: &Story, socket: ConnectionId, expected: &[&[u64]]) {
    let frames = story.frames.iter().filter(|(on, _)| *on == socket).map(|(_, messages)| data(messages));
    assert_eq!(frames.filter(|events| !events.is_empty()).collect::<Vec<_>>(), expected);
}

#[test]
fn events_are_pushed_while_the_connect_waits_for_its_timeout() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    assert!(story.tell(socket, &tab, CONNECT).is_empty());
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    check(&story, socket, &[&[1], &[2]]);
    assert_eq!(story.hub.held(), 1);
    story.seconds(30);
    let heartbeat = json!([{"id": "c", "channel": "/meta/connect", "successful": true}]);
    assert_eq!(json!(story.frames.last().unwrap().1), heartbeat);
}

#[test]
fn what_gathers_behind_a_frame_leaves_in_one() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.network_works = false;
    (1..=5).for_each(|number| story.publish(ALICE, number));
    check(&story, socket, &[&[1]]);
    story.handle(Input::SocketWritten { connection: socket });
    check(&story, socket, &[&[1], &[2, 3, 4, 5]]);
    story.handle(Input::SocketWritten { connection: socket });
    check(&story, socket, &[&[1], &[2, 3, 4, 5]]);
    assert_eq!(story.hub.queued_events(), 0);
}

#[test]
fn replies_do_not_wait_for_frames() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    let frames = story.tell(socket, &tab, &subscribe("/a"));
    assert_eq!((data(&frames[0]), frames[0][1]["subscription"].as_str()), (vec![2], Some("/a")));
}

#[test]
fn a_slow_reader_fills_its_own_queue_only() {
    let mut story = Story::new(Config { max_queue_events: 3, ..Config::default() });
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.network_works = false;
    (1..=4).for_each(|number| story.publish(ALICE, number));
    assert_eq!(story.ended[0].1, CloseReason::Overflow);
    check(&story, socket, &[&[1]]);
    assert_lost(&story.frames.last().unwrap().1);
    story.handle(Input::SocketWritten { connection: socket });
    assert_lost(&story.tell(socket, &tab, CONNECT)[0]);
}

#[test]
fn a_closed_socket_does_not_end_its_session_and_nothing_is_lost() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.network_works = false;
    (1..=3).for_each(|number| story.publish(ALICE, number));
    story.handle(Input::SocketClosed { connection: socket });
    story.publish(ALICE, 4);
    story.network_works = true;
    story.seconds(29);
    let next = story.socket(ALICE);
    story.tell(next, &tab, CONNECT);
    check(&story, next, &[&[1, 2, 3, 4]]);
    assert_eq!((story.hub.held(), story.hub.sockets()), (1, 1));
}

#[test]
fn frames_that_were_not_written_come_again_in_their_order() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.network_works = false;
    for number in 1..=3 {
        story.publish(ALICE, number);
        story.tell(socket, &tab, &subscribe("/a"));
    }
    check(&story, socket, &[&[1], &[2], &[3]]);
    story.handle(Input::SocketClosed { connection: socket });
    let next = story.socket(ALICE);
    story.tell(next, &tab, CONNECT);
    check(&story, next, &[&[1, 2, 3]]);
}

#[test]
fn a_session_without_socket_expires() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.seconds(10);
    story.handle(Input::SocketClosed { connection: socket });
    assert_eq!(story.hub.held(), 0);
    story.seconds(29);
    assert_eq!(story.hub.sessions(), 1);
    story.seconds(1);
    assert_eq!(story.ended[0].1, CloseReason::Expired);
}

#[test]
fn the_first_message_on_a_new_socket_takes_the_session_along() {
    let mut story = Story::default();
    let (old, tab) = story.listen_on_socket(ALICE);
    story.tell(old, &tab, CONNECT);
    let new = story.socket(ALICE);
    assert_eq!(story.tell(new, &tab, &subscribe("/a")).len(), 1);
    story.publish(ALICE, 1);
    check(&story, old, &[]);
    check(&story, new, &[&[1]]);
    story.handle(Input::SocketClosed { connection: old });
    story.publish(ALICE, 2);
    check(&story, new, &[&[1], &[2]]);
    story.seconds(31);
    assert_eq!(story.ended[0].1, CloseReason::Expired, "a session without connect expires on a socket too");
}

#[test]
fn two_connects_on_two_sockets_of_a_session_lose_nothing() {
    let mut story = Story::default();
    let (first, tab) = story.listen_on_socket(ALICE);
    story.tell(first, &tab, CONNECT);
    story.network_works = false;
    story.publish(ALICE, 1);
    story.publish(ALICE, 2);
    let second = story.socket(ALICE);
    story.tell(second, &tab, CONNECT);
    check(&story, second, &[&[2]]);
    story.handle(Input::SocketClosed { connection: first });
    story.handle(Input::SocketWritten { connection: second });
    check(&story, second, &[&[2], &[1]]);
    assert_eq!(story.hub.held(), 1);
}

#[test]
fn a_session_moves_between_transports() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    let held = story.hold(&tab);
    let socket = story.socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    assert_eq!(story.responses[&held].status, 500);
    story.publish(ALICE, 1);
    check(&story, socket, &[&[1]]);
    let back = story.hold(&tab);
    story.publish(ALICE, 2);
    assert_eq!(data(&story.answer(back)), [2]);
    check(&story, socket, &[&[1]]);
}

#[test]
fn a_socket_that_takes_over_a_held_connect_without_one_starts_the_expiry() {
    let mut story = Story::default();
    let tab = story.listen(ALICE);
    story.hold(&tab);
    let socket = story.socket(ALICE);
    story.tell(socket, &tab, &subscribe("/a"));
    story.seconds(31);
    assert_eq!(story.ended[0].1, CloseReason::Expired);
}

#[test]
fn with_delivery_on_connect_only_an_event_completes_the_connect() {
    let mut story = Story::new(Config { meta_connect_deliver_only: true, ..Config::default() });
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.publish(ALICE, 1);
    assert_eq!(story.frames.last().unwrap().1.len(), 2);
    story.publish(ALICE, 2);
    check(&story, socket, &[&[1]]);
    assert_eq!(data(&story.tell(socket, &tab, CONNECT)[0]), [2]);
}

#[test]
fn an_own_event_goes_before_the_reply_to_its_publishing() {
    let mut story = Story::new(Config { publish: PublishPolicy::Allowed, ..Config::default() });
    let (socket, tab) = story.listen_on_socket(ALICE);
    let frames = story.tell(socket, &tab, r#"[{"id":"p","channel":"/x","clientId":"$","data":5}]"#);
    assert_eq!(
        json!(frames),
        json!([[{"channel": "/x", "data": 5}, {"id": "p", "channel": "/x", "successful": true}]])
    );
}

#[test]
fn a_logout_tells_the_socket_and_closes_it() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    let bare = story.socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    story.handle(Input::Disconnect { owner: ALICE });
    assert_eq!(
        json!(story.frames.last().unwrap().1),
        json!([
            {"channel": "/meta/disconnect", "successful": true},
            {"id": "c", "channel": "/meta/connect", "successful": true, "advice": {"reconnect": "none"}}
        ])
    );
    assert_eq!(story.closed_sockets, [(socket, 1000), (bare, 1000)]);
    assert!(story.tell(bare, &tab, r#"[{"channel":"/meta/handshake"}]"#).is_empty());
    assert_eq!(story.hub.sessions(), 0, "what comes on a closing socket does not count");
}

#[test]
fn a_handshake_beside_other_messages_closes_the_socket() {
    let mut story = Story::default();
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, r#"[{"channel":"/meta/handshake"},{"channel":"/meta/connect","clientId":"$"}]"#);
    assert_eq!(story.closed_sockets, [(socket, 1011)]);
}

#[test]
fn a_second_connect_on_the_socket_takes_the_place_of_the_first() {
    let mut story = Story::new(Config { timeout: Duration::from_secs(10), ..Config::default() });
    let (socket, tab) = story.listen_on_socket(ALICE);
    story.tell(socket, &tab, CONNECT);
    let second = Tab { ..tab };
    assert!(story.tell(socket, &second, &CONNECT.replace("\"c\"", "\"d\"")).is_empty());
    assert_eq!(story.hub.held(), 1);
    story.seconds(10);
    assert_eq!(story.frames.last().unwrap().1[0]["id"], "d");
}
