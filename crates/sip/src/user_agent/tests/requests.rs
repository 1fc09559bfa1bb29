//! What comes in: odd requests, limits, and what is told apart within calls.

use super::super::*;
use super::bench::{Bench, Dialogs, config, connected, phone};
use super::pair::sdp;
use super::seconds;
use crate::digest::Login;
use crate::message::{Name, Status};

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
