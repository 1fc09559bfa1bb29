//! What single phones may do: forks, challenges, odd requests, transfers.

use super::super::*;
use super::bench::{Bench, Dialogs, US, config, connected, phone};
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
fn a_caller_who_waits_is_told_each_minute_that_it_still_rings() {
    let mut bench = Bench::new();
    bench.ask(phone(1), "INVITE sip:200@example.org", "", "offer");
    let Some(Event::Offered(offered)) = bench.events.pop() else { panic!("no call") };
    bench.order(Order::Ring { session: offered.session, status: Status::RINGING, sdp: None });
    bench.pass(seconds(599));
    assert_eq!(bench.said(), ["180"; 10]);
    bench.pass(seconds(2));
    assert_eq!(bench.said().first().map(String::as_str), Some("480"));
    assert_eq!(bench.causes(), [Cause::NotAnswered]);
    bench.pass(seconds(60));
    assert!(bench.agent.is_empty());
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
fn odd_requests_get_the_answers_that_the_standards_name() {
    let invite = "INVITE sip:200@example.org";
    let known = "BYE, OPTIONS";
    for (first, headers, body, status, header) in [
        (invite, "Max-Forwards: 0\n", "offer", 483, None),
        ("INVITE urn:service:sos", "", "offer", 416, None),
        (invite, "Require: 100rel, nonsense, timer\n", "offer", 420, Some((Name::Unsupported, "nonsense"))),
        (invite, "Content-Type: text/plain\n", "offer", 415, Some((Name::Accept, "application/sdp"))),
        (invite, "Content-Encoding: gzip\n", "offer", 415, None),
        (invite, "Contact: *\n", "offer", 400, None),
        (invite, "Session-Expires: 30\nSupported: timer\n", "offer", 422, Some((Name::MinSe, "90"))),
        (invite, "Replaces: nobody;to-tag=1;from-tag=2\n", "offer", 481, None),
        (invite, "Replaces: nobody\n", "offer", 400, None),
        ("BREW sip:200@example.org", "", "", 501, Some((Name::Allow, known))),
        ("BYE sip:200@example.org", "", "", 481, None),
        ("UPDATE sip:200@example.org", "", "", 481, None),
        ("PRACK sip:200@example.org", "", "", 481, None),
        ("NOTIFY sip:200@example.org", "", "", 481, None),
        ("REFER sip:200@example.org", "Refer-To: <sip:1@example.org>\n", "", 403, None),
    ] {
        let mut bench = Bench::new();
        // The bench says 70 hops; the first of two is read.
        let text = headers.replace("Max-Forwards", "X-Max-Forwards");
        if headers.starts_with("Max-Forwards") {
            let lines = "Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bKmf\nFrom: <sip:a@example.org>;tag=a\n\
                         To: <sip:200@example.org>\nCall-ID: hops\nCSeq: 1 INVITE\nContact: <sip:a@198.51.100.1>\n";
            bench.receive(phone(1), &format!("{first} SIP/2.0\n{lines}{headers}Content-Length: 0\n\n"));
        } else {
            bench.ask(phone(1), first, &text, body);
        }
        let response = bench.response();
        assert_eq!(response.status.code(), status, "{first} {headers}");
        if let Some((name, value)) = header {
            assert!(response.headers.first(&name).is_some_and(|it| it.contains(value)), "{first} {headers}");
        }
        assert!(response.to().is_some_and(|it| it.tag().is_some()), "a final answer has a tag");
        assert_eq!(bench.events, []);
        // The ACK is not sent: whoever is refused may be gone.
        bench.pass(seconds(60));
        assert!(bench.agent.is_empty(), "{first} {headers}");
    }
}

#[test]
fn a_second_copy_of_a_call_by_another_proxy_is_merged() {
    let mut bench = Bench::new();
    bench.ask(phone(1), "INVITE sip:200@example.org", "CSeq: 7 INVITE\n", "offer");
    bench.ask(phone(1), "INVITE sip:200@example.org", "CSeq: 7 INVITE\n", "offer");
    assert_eq!(bench.response().status, Status::LOOP_DETECTED);
    assert_eq!(bench.events.len(), 1);
}

#[test]
fn calls_beyond_the_limits_are_asked_to_come_later() {
    let limited = Config { most_sessions_of_source: 2, most_sessions: 3, ..config() };
    let mut bench = Bench::with(limited);
    let mut statuses = Vec::new();
    for (number, call) in [(1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e")] {
        bench.ask(phone(number), "INVITE sip:200@example.org", &format!("Call-ID: {call}\n"), "offer");
        let last = bench.sent.pop().map(|it| it.1);
        statuses.push(last.map(|it| match it {
            crate::message::Message::Response(it) => (it.status.code(), it.number(&Name::RetryAfter)),
            crate::message::Message::Request(_) => (0, None),
        }));
    }
    let refused = Some((503, Some(5)));
    assert_eq!(statuses, [None, None, refused, None, refused]);
    bench.order(Order::Drain);
    bench.pass(seconds(700));
    assert!(bench.agent.is_empty());
    bench.ask(phone(1), "INVITE sip:200@example.org", "", "offer");
    assert_eq!(bench.response().status, Status::SERVICE_UNAVAILABLE, "no more are taken");
}

#[test]
fn requests_within_a_call_are_told_apart_by_number_and_dialog() {
    let mut bench = Bench::new();
    let (_, dialog) = bench.taken(phone(1), "");
    let stranger = Dialogs { theirs: "other".to_owned(), ..dialog.clone() };
    for (method, dialog, headers, status) in [
        ("OPTIONS", &dialog, "", 200),
        ("OPTIONS", &dialog, "CSeq: 1 OPTIONS\n", 500),
        ("OPTIONS", &stranger, "", 481),
        ("MESSAGE", &dialog, "", 405),
        ("SUBSCRIBE", &dialog, "", 405),
        ("NOTIFY", &dialog, "Event: refer\n", 481),
        ("PRACK", &dialog, "RAck: 1 1 INVITE\n", 481),
        ("BYE", &stranger, "", 481),
        ("BYE", &dialog, "", 200),
        ("BYE", &dialog, "", 481),
    ] {
        bench.ask_within(phone(1), method, dialog, headers, "");
        assert_eq!(bench.response().status.code(), status, "{method} {headers}");
    }
    assert_eq!(bench.causes(), [Cause::HungUp]);
}

#[test]
fn keys_are_heard_however_a_phone_tells_them() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    for (kind, body, digit, status) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some(('5', 160)), 200),
        ("application/dtmf-relay", "Signal= *\nDuration= 99999999\n", Some(('*', 10_000)), 200),
        ("application/dtmf-relay", "Signal=11", Some(('#', 250)), 200),
        ("application/dtmf", "7", Some(('7', 250)), 200),
        ("application/dtmf-relay", "Signal=77", None, 400),
        ("application/media_control+xml", "<x/>", None, 415),
    ] {
        bench.ask_within(phone(1), "INFO", &dialog, &format!("Content-Type: {kind}\n"), body);
        assert_eq!(bench.response().status.code(), status, "{body}");
        let told = digit.map(|(digit, duration_ms)| Event::Digit { session, digit, duration_ms });
        assert_eq!(bench.events.pop(), told);
    }
    bench.ask_within(phone(1), "INFO", &dialog, "", "");
    assert_eq!(bench.response().status, Status::OK);
}

#[test]
fn a_provisional_answer_that_must_arrive_is_acknowledged_in_order() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    let ring = |bench: &mut Bench, rseq: u32| {
        let headers = format!("Require: 100rel\nRSeq: {rseq}\n");
        bench.reply(phone(1), &invite, "183 Session Progress", "x", &headers, "early");
        bench
            .requests("PRACK")
            .iter()
            .map(|it| it.headers.first(&Name::RAck).map_or("", |it| it.as_str()).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ring(&mut bench, 41), ["41 1 INVITE"]);
    assert_eq!(ring(&mut bench, 41), [""; 0], "a repetition");
    assert_eq!(ring(&mut bench, 43), [""; 0], "one is missing");
    assert_eq!(ring(&mut bench, 42), ["42 1 INVITE"]);
    assert_eq!(bench.events.len(), 2);
    bench.reply(phone(1), &invite, "200 OK", "x", "", "answer");
    bench.sent.clear();
    bench.order(Order::HangUp { session: SessionId(1), reason: None });
    assert_eq!(bench.request("BYE").cseq().map(|it| it.number), Some(4), "after two PRACKs");
}

#[test]
fn a_caller_who_demands_it_gets_provisional_answers_until_it_acknowledges_them() {
    let mut bench = Bench::new();
    bench.ask(phone(1), "INVITE sip:200@example.org", "Require: 100rel\nCSeq: 1 INVITE\n", "offer");
    let Some(Event::Offered(offered)) = bench.events.pop() else { panic!("no call") };
    let session = offered.session;
    bench.order(Order::Ring { session, status: Status::SESSION_PROGRESS, sdp: Some(sdp("answer")) });
    bench.pass(seconds(2));
    bench.order(Order::Answer { session, sdp: None });
    let said = bench.sent.first().cloned();
    assert_eq!(bench.said(), ["183", "183", "183"], "and the 200 waits");
    let Some((_, crate::message::Message::Response(progress))) = said else { panic!("no answer") };
    let dialog = Dialogs::of_answer(&progress);
    let rseq = progress.number(&Name::RSeq).expect("a number");
    bench.ask_within(phone(1), "PRACK", &dialog, "CSeq: 2 PRACK\nRAck: 99 1 INVITE\n", "");
    assert_eq!(bench.said(), ["481"]);
    bench.ask_within(phone(1), "PRACK", &dialog, &format!("CSeq: 3 PRACK\nRAck: {rseq} 1 INVITE\n"), "");
    assert_eq!(bench.said(), ["200", "200"], "to PRACK, then to INVITE");
    assert!(matches!(bench.events.pop(), Some(Event::Accepted { .. })));
}

#[test]
fn a_provisional_answer_that_is_never_acknowledged_ends_the_call() {
    let mut bench = Bench::new();
    bench.ask(phone(1), "INVITE sip:200@example.org", "Require: 100rel\n", "offer");
    let Some(Event::Offered(offered)) = bench.events.pop() else { panic!("no call") };
    bench.order(Order::Ring { session: offered.session, status: Status::RINGING, sdp: None });
    bench.pass(seconds(33));
    assert_eq!(bench.causes(), [Cause::Lost]);
    assert!(bench.said().contains(&"504".to_owned()));
    bench.pass(seconds(60));
    assert!(bench.agent.is_empty());
}

#[test]
fn a_phone_that_knows_it_is_asked_to_answer_by_itself() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    bench.reply(phone(1), &invite, "180 Ringing", "x", "Allow-Events: talk, hold\n", "");
    let Event::Progress { peer, .. } = bench.event() else { panic!("no progress") };
    assert!(peer.talks);
    bench.order(Order::Talk { session: SessionId(1), event: "talk" });
    let notify = bench.request("NOTIFY");
    assert_eq!(notify.headers.first(&Name::Event).map(|it| it.as_str()), Some("talk"));
    assert_eq!(notify.to().and_then(|it| it.tag()), Some("x"));
    bench.reply(phone(1), &notify, "200 OK", "x", "", "");
    assert_eq!(bench.event(), Event::Notified { session: SessionId(1), status: Status::OK });
}

#[test]
fn a_blind_transfer_is_told_and_its_progress_reported() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    let headers = "Refer-To: <sip:300@example.org;user=phone>\nReferred-By: <sip:phone@example.org>\n";
    bench.ask_within(phone(1), "REFER", &dialog, headers, "");
    let Event::Referred(referred) = bench.event() else { panic!("no transfer") };
    assert_eq!((referred.to.as_str(), &referred.replaces), ("sip:300@example.org;user=phone", &None));
    let refer = referred.refer;
    bench.order(Order::AnswerRefer { session, refer, status: Status::ACCEPTED });
    bench.order(Order::ReportRefer { session, refer, status: Status::RINGING });
    bench.order(Order::ReportRefer { session, refer, status: Status::OK });
    bench.order(Order::ReportRefer { session, refer, status: Status::OK });
    let sent = core::mem::take(&mut bench.sent);
    let bodies: Vec<String> = sent
        .iter()
        .filter_map(|it| match &it.1 {
            crate::message::Message::Request(it) => Some(String::from_utf8_lossy(&it.body).into_owned()),
            crate::message::Message::Response(_) => None,
        })
        .collect();
    assert_eq!(bodies, ["SIP/2.0 100 Trying\r\n", "SIP/2.0 180 Ringing\r\n", "SIP/2.0 200 OK\r\n"]);
    let last = sent.last().map(|it| it.1.headers().clone()).expect("a report");
    assert!(last.first(&Name::SubscriptionState).is_some_and(|it| it.starts_with("terminated")));
    assert!(last.first(&Name::Event).is_some_and(|it| it.starts_with("refer;id=")));
}

#[test]
fn a_transfer_may_want_no_reports_may_be_refused_and_is_never_left_unanswered() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    let silent = "Refer-To: <sip:300@example.org>\nRefer-Sub: false\nSupported: norefersub\n";
    bench.ask_within(phone(1), "REFER", &dialog, silent, "");
    let Event::Referred(referred) = bench.event() else { panic!("no transfer") };
    bench.order(Order::AnswerRefer { session, refer: referred.refer, status: Status::OK });
    bench.order(Order::ReportRefer { session, refer: referred.refer, status: Status::OK });
    assert_eq!(bench.said(), ["200"]);
    bench.ask_within(phone(1), "REFER", &dialog, "Refer-To: <sip:300@example.org>\n", "");
    bench.pass(seconds(21));
    assert_eq!(bench.said(), ["500"]);
    for (refer_to, status) in
        [("<mailto:sam@example.org>", "416"), ("nothing at all", "400"), ("<sip:1@x>, <sip:2@x>", "400")]
    {
        bench.ask_within(phone(1), "REFER", &dialog, &format!("Refer-To: {refer_to}\n"), "");
        assert_eq!(bench.said(), [status]);
    }
}

#[test]
fn an_attended_transfer_names_the_other_call_of_the_phone() {
    let mut bench = Bench::new();
    let (first, dialog) = bench.taken(phone(1), "Call-ID: first\n");
    let (second, other) = bench.taken(phone(1), "Call-ID: second\n");
    // The phone writes its own view: its tag is the from-tag of what is to be replaced at our side.
    let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", other.call_id, other.ours, other.theirs);
    let headers = format!("Refer-To: <sip:souffleur@{US}?Replaces={replaces}>\n");
    bench.ask_within(phone(1), "REFER", &dialog, &headers, "");
    let Event::Referred(referred) = bench.event() else { panic!("no transfer") };
    assert_eq!((referred.session, referred.replaces_session), (first, Some(second)));
    assert!(referred.replaces.is_some_and(|it| it.contains(";from-tag=phone")));
}

#[test]
fn a_call_that_takes_the_place_of_another_ends_it_once_it_is_answered() {
    let mut bench = Bench::new();
    let (old, dialog) = bench.taken(phone(1), "Call-ID: first\n");
    let replaces = format!("Replaces: {};to-tag={};from-tag={}", dialog.call_id, dialog.ours, dialog.theirs);
    bench.ask(
        phone(2),
        "INVITE sip:200@example.org",
        &format!("Call-ID: x\n{replaces};early-only\n"),
        "offer",
    );
    assert_eq!(bench.response().status, Status::BUSY_HERE);
    bench.ask(phone(2), "INVITE sip:200@example.org", &format!("Call-ID: y\n{replaces}\n"), "offer");
    let Event::Offered(offered) = bench.event() else { panic!("no call") };
    assert_eq!(offered.replaces, Some(old));
    bench.sent.clear();
    bench.order(Order::Answer { session: offered.session, sdp: Some(sdp("answer")) });
    assert_eq!(bench.said(), ["200", "BYE"]);
    assert_eq!(bench.causes(), [Cause::Replaced { by: offered.session }]);
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
fn a_phone_behind_a_nat_is_followed_to_its_new_address() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    bench.ask_within(phone(7), "OPTIONS", &dialog, "", "");
    bench.sent.clear();
    bench.order(Order::HangUp { session, reason: None });
    assert_eq!(bench.sent[0].0, phone(7));
}

#[test]
fn a_connection_that_is_lost_ends_its_calls_and_no_others() {
    let mut bench = Bench::new();
    let (lost, _) = bench.taken(connected(1, 4), "Call-ID: first\n");
    let (kept, _) = bench.taken(connected(2, 5), "Call-ID: second\n");
    bench.ask(connected(1, 4), "INVITE sip:200@example.org", "Call-ID: third\n", "offer");
    let Some(Event::Offered(ringing)) = bench.events.pop() else { panic!("no call") };
    bench.give(Input::FlowLost { flow: connected(1, 4) });
    let ended: Vec<SessionId> = bench
        .events
        .iter()
        .filter_map(|it| match it {
            Event::Ended { session, cause: Cause::FlowLost, .. } => Some(*session),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [ringing.session, lost]);
    bench.events.clear();
    bench.order(Order::HangUp { session: kept, reason: None });
    assert_eq!(bench.causes(), [Cause::Ordered]);
}

#[test]
fn requests_outside_of_calls_are_handed_on_and_never_left_unanswered() {
    let mut bench = Bench::new();
    for method in ["REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "PUBLISH"] {
        bench.ask(phone(1), &format!("{method} sip:example.org"), "", "");
        let Event::Request { id, request, .. } = bench.event() else { panic!("{method}") };
        assert_eq!(request.method.as_str(), method);
        bench.order(Order::Respond { request: id, status: Status::FORBIDDEN, headers: Vec::new() });
        assert_eq!(bench.said(), ["403"]);
        bench.ask(phone(1), &format!("{method} sip:example.org"), "", "");
        bench.events.clear();
        bench.pass(seconds(21));
        assert_eq!(bench.said(), ["500"]);
    }
    bench.pass(seconds(60));
    assert!(bench.agent.is_empty());
}

#[test]
fn a_request_of_ours_outside_of_calls_is_completed_and_answered_once() {
    let mut bench = Bench::new();
    let uri = crate::message::Uri::parse("sip:carrier.example").expect("a URI");
    let mut request = crate::message::Request::new(crate::message::Method::Register, uri);
    request.headers.push(Name::From, "<sip:trunk@carrier.example>");
    request.headers.push(Name::To, "<sip:trunk@carrier.example>");
    let login = Login { user: "trunk".to_owned(), password: "secret".to_owned() };
    let order = |ticket| Order::Send {
        ticket: Ticket(ticket),
        flow: phone(1),
        request: Box::new(request.clone()),
        credentials: Some(login.clone()),
    };
    bench.order(order(1));
    let first = bench.request("REGISTER");
    let challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n\"\n";
    bench.reply(phone(1), &first, "401 Unauthorized", "x", challenge, "");
    let second = bench.request("REGISTER");
    assert!(second.headers.contains(&Name::Authorization));
    bench.reply(phone(1), &second, "200 OK", "x", "", "");
    assert!(matches!(bench.event(), Event::Responded { ticket: Ticket(1), response: Some(_) }));
    bench.order(order(2));
    bench.pass(seconds(33));
    assert_eq!(bench.event(), Event::Responded { ticket: Ticket(2), response: None });
    bench.pass(seconds(33));
    assert!(bench.agent.is_empty());
}

#[test]
fn session_timers_are_agreed_as_each_side_can() {
    for (headers, says, refresher) in [
        ("", None, true),
        ("Supported: timer\n", Some("1800;refresher=uac"), false),
        ("Supported: timer\nSession-Expires: 600\n", Some("600;refresher=uac"), false),
        ("Supported: timer\nSession-Expires: 600;refresher=uas\n", Some("600;refresher=uas"), true),
        ("Supported: timer\nSession-Expires: 9999;refresher=uac\n", Some("1800;refresher=uac"), false),
        ("Supported: timer\nSession-Expires: 9999\nMin-SE: 5000\n", Some("5000;refresher=uac"), false),
        // A proxy has asked for it; the caller knows nothing of it.
        ("Session-Expires: 60\n", Some("90;refresher=uas"), true),
    ] {
        let mut bench = Bench::new();
        bench.ask(phone(1), "INVITE sip:200@example.org", headers, "offer");
        let Some(Event::Offered(offered)) = bench.events.pop() else { panic!("no call") };
        bench.order(Order::Answer { session: offered.session, sdp: Some(sdp("answer")) });
        let response = bench.response();
        assert_eq!(response.headers.first(&Name::SessionExpires).map(|it| it.as_str()), says, "{headers}");
        assert_eq!(
            response.headers.lists(&Name::Require, "timer"),
            says.is_some() && !refresher,
            "{headers}"
        );
    }
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

#[test]
fn a_second_offer_of_the_far_side_waits_its_turn() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    bench.ask_within(phone(1), "INVITE", &dialog, "CSeq: 50 INVITE\n", "hold");
    bench.ask_within(phone(1), "UPDATE", &dialog, "CSeq: 51 UPDATE\n", "other");
    let response = bench.response();
    assert_eq!((response.status, response.number(&Name::RetryAfter)), (Status::SERVER_ERROR, Some(2)));
    assert_eq!(bench.event(), Event::Offer { session, sdp: Some(sdp("hold")) });
    bench.order(Order::RefuseOffer { session, status: Status::NOT_ACCEPTABLE_HERE, headers: Vec::new() });
    assert_eq!(bench.response().status, Status::NOT_ACCEPTABLE_HERE);
    bench.ask_within(phone(1), "UPDATE", &dialog, "CSeq: 52 UPDATE\n", "");
    assert_eq!(bench.response().status, Status::OK, "a mere refresh is answered at once");
    assert_eq!(bench.events, []);
}
