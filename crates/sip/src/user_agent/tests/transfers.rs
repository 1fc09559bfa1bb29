//! Transfers, calls in the place of others, and provisional answers that must arrive.

use super::super::*;
use super::bench::{Bench, Dialogs, US, phone};
use super::pair::{A, B, Pair, invite, sdp};
use super::seconds;
use crate::message::{Name, Status};

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
fn a_loser_that_never_answers_its_prack_does_not_end_the_call_of_the_winner() {
    let mut bench = Bench::new();
    let invites = bench.call(&[phone(1), phone(2)], |_| ());
    let headers = "Require: 100rel\nRSeq: 1\n";
    bench.reply(phone(1), &invites[0], "183 Session Progress", "x", headers, "early");
    bench.reply(phone(2), &invites[1], "200 OK", "y", "Allow: UPDATE\n", "answer");
    bench.pass(seconds(100));
    assert_eq!(bench.causes(), []);
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
fn a_phone_asks_for_a_transfer_to_a_number_or_in_the_place_of_its_other_call() {
    let mut pair = Pair::new(11);
    let (first, there) = pair.talk();
    let order = |replaces| Order::Refer { session: first, to: "sip:300@example.org".into(), replaces };
    pair.order(A, order(None));
    pair.settle();
    let referred = |pair: &mut Pair| match pair.events[B].pop() {
        Some(Event::Referred(referred)) => referred,
        other => panic!("{other:?}"),
    };
    let blind = referred(&mut pair);
    assert_eq!((blind.session, blind.to.as_str(), &blind.replaces), (there, "sip:300@example.org", &None));
    pair.order(B, Order::AnswerRefer { session: there, refer: blind.refer, status: Status::ACCEPTED });
    pair.settle();
    assert_eq!(pair.events[A].last(), Some(&Event::Notified { session: first, status: Status::ACCEPTED }));
    assert_eq!(pair.count(B, "NOTIFY"), 0, "no reports were wanted");

    let second = SessionId(2);
    pair.order(A, Order::Invite(Box::new(invite(second, A))));
    pair.settle();
    let Some(Event::Offered(offered)) = pair.events[B].pop() else { panic!("no second call") };
    pair.order(B, Order::Answer { session: offered.session, sdp: Some(sdp("answer")) });
    pair.settle();
    pair.order(A, order(Some(second)));
    pair.settle();
    let attended = referred(&mut pair);
    assert_eq!((attended.session, attended.replaces_session), (there, Some(offered.session)));
    pair.order(B, Order::AnswerRefer { session: there, refer: attended.refer, status: Status::FORBIDDEN });
    pair.settle();
    assert_eq!(pair.events[A].last(), Some(&Event::Notified { session: first, status: Status::FORBIDDEN }));
    pair.order(A, order(Some(SessionId(99))));
    let none = Status::NO_SUCH_TRANSACTION;
    assert_eq!(pair.events[A].last(), Some(&Event::Notified { session: first, status: none }));
    pair.order(A, Order::HangUp { session: first, reason: None });
    pair.order(A, Order::HangUp { session: second, reason: None });
    pair.nothing_is_left();
}
