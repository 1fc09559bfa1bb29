//! What phones may do with calls of ours: forks, challenges, routes.

use super::super::*;
use super::bench::{Bench, phone};
use super::pair::sdp;
use super::seconds;
use crate::digest::Login;
use crate::message::{Name, Status};

fn answered(events: &[Event]) -> usize {
    events.iter().filter(|it| matches!(it, Event::Answered { .. })).count()
}

#[test]
fn the_first_phone_to_answer_has_the_call_and_the_others_stop_ringing() {
    let mut bench = Bench::new();
    let invites = bench.call(&[phone(1), phone(2), phone(3)], |_| ());
    assert_eq!(invites.len(), 3);
    for (at, invite) in invites.iter().enumerate().take(2) {
        bench.reply(phone(1 + u8::try_from(at).expect("small")), invite, "180 Ringing", "x", "", "");
    }
    bench.reply(phone(2), &invites[1], "200 OK", "x", "", "answer");
    assert!(matches!(bench.events.last(), Some(Event::Answered { target: 1, .. })));
    // The third has said nothing yet, so that its CANCEL has to wait (RFC 3261, section 9.1).
    assert_eq!(bench.said(), ["ACK", "CANCEL"]);
    bench.reply(phone(3), &invites[2], "180 Ringing", "x", "", "");
    let cancel = bench.request("CANCEL");
    assert_eq!(
        cancel.headers.first(&Name::Reason).map(|it| it.as_str()),
        Some("SIP;cause=200;text=\"Call completed elsewhere\"")
    );
    // One of the losers has answered in the same moment.
    bench.reply(phone(1), &invites[0], "200 OK", "x", "", "answer");
    assert_eq!(bench.said(), ["ACK", "BYE"]);
    bench.reply(phone(1), &invites[0], "200 OK", "x", "", "answer");
    assert_eq!(bench.said(), ["ACK"], "a repetition");
    bench.reply(phone(3), &invites[2], "487 Request Terminated", "x", "", "");
    assert_eq!((answered(&bench.events), bench.causes().len()), (1, 0));
}

#[test]
fn of_several_answers_behind_a_proxy_the_first_one_has_the_call() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    for tag in ["one", "two", "three"] {
        bench.reply(phone(1), &invite, "183 Session Progress", tag, "", "early");
    }
    assert_eq!(bench.events.len(), 3);
    bench.reply(phone(1), &invite, "200 OK", "two", "", "answer");
    bench.reply(phone(1), &invite, "200 OK", "one", "", "answer");
    bench.reply(phone(1), &invite, "200 OK", "two", "", "answer");
    assert_eq!(bench.said(), ["ACK", "ACK", "BYE", "ACK"]);
    assert_eq!((answered(&bench.events), bench.causes().len()), (1, 0));
}

#[test]
fn an_answer_after_its_transaction_is_confirmed_and_ended() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    bench.reply(phone(1), &invite, "486 Busy Here", "x", "", "");
    bench.pass(seconds(60));
    bench.sent.clear();
    bench.reply(phone(1), &invite, "200 OK", "x", "", "answer");
    assert_eq!(bench.said(), ["ACK", "BYE"]);
}

#[test]
fn the_refusal_that_says_most_is_told() {
    for (refusals, told) in [
        (["404 Not Found", "486 Busy Here", "480 Temporarily Unavailable"], 486),
        (["503 Service Unavailable", "500 Server Internal Error", "408 Request Timeout"], 500),
        (["486 Busy Here", "302 Moved Temporarily", "404 Not Found"], 302),
        (["486 Busy Here", "603 Decline", ""], 603),
    ] {
        let mut bench = Bench::new();
        let invites = bench.call(&[phone(1), phone(2), phone(3)], |_| ());
        for (at, status) in refusals.iter().enumerate().filter(|it| !it.1.is_empty()) {
            let contact = if status.starts_with("302") { "Contact: <sip:300@example.org>\n" } else { "" };
            bench.reply(phone(1 + u8::try_from(at).expect("small")), &invites[at], status, "x", contact, "");
        }
        let causes = bench.causes();
        let [Cause::Refused { status, contacts }] = &causes[..] else { panic!("{refusals:?}: {causes:?}") };
        assert_eq!(status.code(), told);
        assert_eq!(contacts.len(), usize::from(told == 302));
    }
}

#[test]
fn a_phone_that_says_nothing_is_given_up_after_32_seconds() {
    let mut bench = Bench::new();
    bench.call(&[phone(1)], |_| ());
    bench.pass(seconds(33));
    assert_eq!(bench.causes(), [Cause::Refused { status: Status::REQUEST_TIMEOUT, contacts: Vec::new() }]);
    bench.pass(seconds(60));
    assert!(bench.agent.is_empty());
}

#[test]
fn a_phone_may_ring_for_three_minutes_and_no_longer_than_was_ordered() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |it| it.ring_limit = seconds(180)).remove(0);
    bench.reply(phone(1), &invite, "180 Ringing", "x", "", "");
    bench.pass(seconds(179));
    assert_eq!(bench.causes(), []);
    bench.sent.clear();
    bench.pass(seconds(2));
    assert_eq!(bench.causes(), [Cause::NotAnswered]);
    assert_eq!(bench.said().first().map(String::as_str), Some("CANCEL"));
    bench.pass(seconds(200));
    assert!(bench.agent.is_empty(), "although the phone never said anything more");
}

#[test]
fn a_carriers_challenge_is_answered_once_and_again_only_if_it_was_stale() {
    let login = Login { user: "trunk".to_owned(), password: "secret".to_owned() };
    for (status, asks, answers) in [
        ("401 Unauthorized", "WWW-Authenticate", Name::Authorization),
        ("407 Proxy Authentication Required", "Proxy-Authenticate", Name::ProxyAuthorization),
    ] {
        let mut bench = Bench::new();
        let first = bench.call(&[phone(1)], |it| it.credentials = Some(login.clone())).remove(0);
        let challenge = |nonce: &str, more: &str| {
            format!(
                "{asks}: Digest realm=\"carrier\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5{more}\n"
            )
        };
        bench.reply(phone(1), &first, status, "x", &challenge("n1", ""), "");
        let second = bench.request("INVITE");
        assert!(second.headers.first(&answers).is_some_and(|it| it.contains("nonce=\"n1\"")));
        let number = |it: &crate::message::Request| it.cseq().map(|it| it.number);
        assert_eq!((number(&first), number(&second)), (Some(1), Some(2)));
        assert_eq!(first.call_id(), second.call_id());
        assert_ne!(
            first.via().map(|it| it.branch().map(str::to_owned)),
            second.via().map(|it| it.branch().map(str::to_owned))
        );
        bench.reply(phone(1), &second, status, "x", &challenge("n2", ", stale=true"), "");
        let third = bench.request("INVITE");
        assert!(third.headers.first(&answers).is_some_and(|it| it.contains("nonce=\"n2\"")));
        bench.reply(phone(1), &third, status, "x", &challenge("n3", ""), "");
        assert_eq!(bench.requests("INVITE").len(), 0, "the password is wrong");
        assert_eq!(bench.causes().len(), 1);
        bench.pass(seconds(60));
        assert!(bench.agent.is_empty());
    }
}

#[test]
fn a_session_timer_that_is_too_short_for_the_far_side_is_lengthened() {
    let mut bench = Bench::new();
    let first = bench.call(&[phone(1)], |_| ()).remove(0);
    bench.reply(phone(1), &first, "422 Session Interval Too Small", "x", "Min-SE: 7200\n", "");
    let second = bench.request("INVITE");
    assert_eq!(second.number(&Name::SessionExpires), Some(7_200));
    assert_eq!(second.number(&Name::MinSe), Some(7_200));
    bench.reply(
        phone(1),
        &second,
        "200 OK",
        "x",
        "Session-Expires: 7200;refresher=uas\nRequire: timer\n",
        "answer",
    );
    bench.pass(seconds(7_160));
    assert_eq!(bench.causes(), []);
    bench.pass(seconds(10));
    assert_eq!(bench.causes(), [Cause::Expired]);
}

#[test]
fn requests_take_the_route_of_the_dialog_and_its_freshest_target() {
    let routes = "Record-Route: <sip:203.0.113.1;lr>, <sip:203.0.113.2;lr>\n";
    for (is_symmetric, way) in [(true, "198.51.100.1:5060"), (false, "203.0.113.2:5060")] {
        let mut bench = Bench::new();
        let invite = bench.call(&[phone(1)], |it| it.targets[0].is_symmetric = is_symmetric).remove(0);
        bench.reply(phone(1), &invite, "200 OK", "x", routes, "answer");
        bench.sent.clear();
        bench.order(Order::Offer { session: SessionId(1), sdp: sdp("hold") });
        assert_eq!(bench.sent[0].0.peer.to_string(), way);
        let change = bench.request("INVITE");
        let written: Vec<&str> = change.headers.values(&Name::Route).collect();
        assert_eq!(written, ["<sip:203.0.113.2;lr>", "<sip:203.0.113.1;lr>"]);
        bench.reply(phone(1), &change, "200 OK", "x", "Contact: <sip:moved@198.51.100.9:5070>\n", "held");
        bench.sent.clear();
        bench.order(Order::HangUp { session: SessionId(1), reason: None });
        assert_eq!(bench.request("BYE").uri.as_str(), "sip:moved@198.51.100.9:5070");
    }
}

#[test]
fn a_strict_router_gets_its_own_uri_and_the_target_as_last_route() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    bench.reply(phone(1), &invite, "200 OK", "x", "Record-Route: <sip:203.0.113.1>\n", "answer");
    bench.sent.clear();
    bench.order(Order::HangUp { session: SessionId(1), reason: None });
    let bye = bench.request("BYE");
    assert_eq!(bye.uri.as_str(), "sip:203.0.113.1");
    assert_eq!(bye.headers.values(&Name::Route).collect::<Vec<_>>(), ["<sip:phone@198.51.100.1:5060>"]);
}

#[test]
fn a_refresh_that_the_far_side_no_longer_knows_ends_the_call() {
    for status in ["481 Call/Transaction Does Not Exist", "408 Request Timeout"] {
        let mut bench = Bench::new();
        let invite = bench.call(&[phone(1)], |_| ()).remove(0);
        bench.reply(phone(1), &invite, "200 OK", "x", "Session-Expires: 1800;refresher=uac\n", "answer");
        bench.pass(seconds(901));
        let refresh = bench.requests("INVITE").remove(0);
        assert_eq!(refresh.body, "offer", "what we said last");
        bench.reply(phone(1), &refresh, status, "x", "", "");
        assert_eq!(bench.causes(), [Cause::Lost]);
    }
}
