//! What crosses on the way: orders, answers and ends at the same moment.

use super::super::*;
use super::bench::{Bench, Dialogs, phone};
use super::pair::{A, B, Pair, sdp};
use super::seconds;
use crate::message::{Message, Name, Status};

#[test]
fn a_cancel_after_our_answer_changes_nothing() {
    let mut bench = Bench::new();
    bench.ask(phone(1), "INVITE sip:200@example.org", "CSeq: 1 INVITE\n", "offer");
    let Some(Event::Offered(offered)) = bench.events.pop() else { panic!("no call") };
    bench.order(Order::Answer { session: offered.session, sdp: Some(sdp("answer")) });
    let dialog = Dialogs::of_answer(&bench.response());
    // A CANCEL has the branch of its INVITE.
    let via = offered.request.headers.first(&Name::Via).expect("a Via").clone();
    let text = format!(
        "CANCEL sip:200@example.org SIP/2.0\nVia: {via}\nFrom: <sip:phone@example.org>;tag=phone\nTo: <sip:200@example.org>\n\
         Call-ID: phone-call\nCSeq: 1 CANCEL\nContent-Length: 0\n\n"
    );
    bench.receive(phone(1), &text);
    assert_eq!(bench.said(), ["200"]);
    bench.ask_within(phone(1), "ACK", &dialog, "CSeq: 1 ACK\n", "");
    assert_eq!(bench.events.last(), Some(&Event::Confirmed { session: offered.session }));
    assert_eq!(bench.causes(), []);
}

#[test]
fn orders_for_a_call_that_is_over_change_nothing() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    bench.ask_within(phone(1), "BYE", &dialog, "", "");
    assert_eq!((bench.said(), bench.causes()), (vec!["200".to_owned()], vec![Cause::HungUp]));
    bench.events.clear();
    for order in [
        Order::Ring { session, status: Status::RINGING, sdp: None },
        Order::Answer { session, sdp: None },
        Order::Refuse { session, status: Status::BUSY_HERE, headers: Vec::new() },
        Order::HangUp { session, reason: None },
        Order::Offer { session, sdp: sdp("x") },
        Order::AnswerOffer { session, sdp: sdp("x") },
        Order::RefuseOffer { session, status: Status::NOT_ACCEPTABLE_HERE, headers: Vec::new() },
        Order::Talk { session, event: "talk" },
        Order::Digits { session, digit: '1', duration_ms: 100 },
        Order::AnswerRefer { session, refer: ReferId(1), status: Status::ACCEPTED },
        Order::ReportRefer { session, refer: ReferId(1), status: Status::OK },
    ] {
        bench.order(order);
    }
    assert_eq!((bench.said(), &bench.events), (Vec::new(), &Vec::new()));
}

#[test]
fn who_hangs_up_while_an_offer_is_open_leaves_nothing_behind() {
    for (offers, hangs_up) in [(A, A), (A, B), (B, A), (B, B)] {
        let mut pair = Pair::new(20);
        let (here, there) = pair.talk();
        let id = |side: usize| if side == A { here } else { there };
        pair.order(offers, Order::Offer { session: id(offers), sdp: sdp("hold") });
        pair.settle();
        pair.order(hangs_up, Order::HangUp { session: id(hangs_up), reason: None });
        pair.nothing_is_left();
        assert_eq!(pair.cause(hangs_up, id(hangs_up)), Some(Cause::Ordered));
        assert_eq!(pair.cause(1 - hangs_up, id(1 - hangs_up)), Some(Cause::HungUp));
    }
}

#[test]
fn an_offer_that_waits_is_replaced_by_a_newer_one() {
    let mut pair = Pair::new(21);
    let (here, there) = pair.talk();
    for text in ["first", "second", "third"] {
        pair.order(A, Order::Offer { session: here, sdp: sdp(text) });
    }
    pair.settle();
    pair.order(B, Order::AnswerOffer { session: there, sdp: sdp("fine") });
    pair.settle();
    pair.order(B, Order::AnswerOffer { session: there, sdp: sdp("fine") });
    pair.settle();
    let offers: Vec<Event> =
        pair.events[B].iter().filter(|it| matches!(it, Event::Offer { .. })).cloned().collect();
    let offer = |text| Event::Offer { session: there, sdp: Some(sdp(text)) };
    assert_eq!(offers, [offer("first"), offer("third")]);
}

#[test]
fn a_reinvite_whose_answer_or_ack_is_lost_is_settled_all_the_same() {
    for (side, start) in [(B, "SIP/2.0 200"), (A, "ACK"), (A, "INVITE")] {
        let mut pair = Pair::new(22);
        let (here, there) = pair.talk();
        pair.drop = Some((side, start));
        pair.order(A, Order::Offer { session: here, sdp: sdp("hold") });
        pair.settle();
        pair.order(B, Order::AnswerOffer { session: there, sdp: sdp("held") });
        pair.pass(seconds(2));
        pair.drop = None;
        pair.pass(seconds(4));
        pair.order(B, Order::AnswerOffer { session: there, sdp: sdp("held") });
        pair.pass(seconds(2));
        let answered = Event::OfferAnswered { session: here, sdp: Some(sdp("held")) };
        assert_eq!(pair.events[A].iter().filter(|it| **it == answered).count(), 1, "{start}");
        // Each side can change it again: nothing hangs.
        pair.order(B, Order::Offer { session: there, sdp: sdp("back") });
        pair.pass(seconds(1));
        assert_eq!(
            pair.events[A].last(),
            Some(&Event::Offer { session: here, sdp: Some(sdp("back")) }),
            "{start}"
        );
    }
}

#[test]
fn a_reinvite_without_an_offer_gets_ours_and_answers_in_its_ack() {
    let mut bench = Bench::new();
    let (session, dialog) = bench.taken(phone(1), "");
    bench.ask_within(phone(1), "INVITE", &dialog, "CSeq: 50 INVITE\n", "");
    assert_eq!(bench.event(), Event::Offer { session, sdp: None });
    bench.order(Order::AnswerOffer { session, sdp: sdp("ours") });
    assert_eq!(bench.response().body, "ours");
    bench.ask_within(phone(1), "ACK", &dialog, "CSeq: 50 ACK\n", "theirs");
    assert_eq!(bench.event(), Event::OfferAnswered { session, sdp: Some(sdp("theirs")) });
}

#[test]
fn a_phone_that_rings_may_change_its_early_media() {
    let mut bench = Bench::new();
    let invite = bench.call(&[phone(1)], |_| ()).remove(0);
    bench.reply(phone(1), &invite, "183 Session Progress", "x", "", "early");
    bench.events.clear();
    let ours = invite.from().and_then(|it| it.tag()).expect("a tag").to_owned();
    let dialog = Dialogs { call_id: invite.call_id().to_owned(), ours, theirs: "x".to_owned() };
    bench.ask_within(phone(1), "UPDATE", &dialog, "", "changed");
    let session = SessionId(1);
    assert_eq!(bench.event(), Event::Offer { session, sdp: Some(sdp("changed")) });
    bench.order(Order::AnswerOffer { session, sdp: sdp("fine") });
    let response = bench.response();
    assert_eq!((response.status, &response.body[..]), (Status::OK, &b"fine"[..]));
    assert!(response.contact().is_some());
}

#[test]
fn an_answer_with_an_offer_that_nobody_wants_is_confirmed_and_ended() {
    for is_refused in [true, false] {
        let mut bench = Bench::new();
        let invite = bench.call(&[phone(1)], |it| it.sdp = None).remove(0);
        assert!(!invite.headers.lists(&Name::Supported, "100rel"), "PRACK would have to answer");
        bench.reply(phone(1), &invite, "200 OK", "x", "", "offer of the phone");
        bench.sent.clear();
        let session = SessionId(1);
        if is_refused {
            let status = Status::NOT_ACCEPTABLE_HERE;
            bench.order(Order::RefuseOffer { session, status, headers: Vec::new() });
        } else {
            bench.pass(CHANGE_WITHIN);
        }
        let methods: Vec<&str> = bench
            .sent
            .iter()
            .filter_map(|it| match &it.1 {
                Message::Request(request) => Some(request.method.as_str()),
                Message::Response(_) => None,
            })
            .take(2)
            .collect();
        assert_eq!(methods, ["ACK", "BYE"]);
        assert_eq!(bench.causes().len(), 1);
    }
}

#[test]
fn our_offer_meets_a_busy_far_side_and_is_made_again() {
    let mut bench = Bench::new();
    let (session, _) = bench.taken(phone(1), "");
    for status in ["491 Request Pending", "500 Server Internal Error"] {
        bench.order(Order::Offer { session, sdp: sdp("hold") });
        let first = bench.request("INVITE");
        bench.reply(phone(1), &first, status, "", "Retry-After: 2\n", "");
        bench.sent.clear();
        // Who has not made the call waits for 2 seconds at most (RFC 3261, section 14.1).
        bench.pass(seconds(3));
        let second = bench.requests("INVITE").remove(0);
        assert!(second.cseq().map(|it| it.number) > first.cseq().map(|it| it.number));
        bench.reply(phone(1), &second, "200 OK", "", "", "held");
        assert_eq!(bench.event(), Event::OfferAnswered { session, sdp: Some(sdp("held")) });
        bench.sent.clear();
    }
    bench.order(Order::Offer { session, sdp: sdp("hold") });
    let mut tries = 0;
    while bench.events.is_empty() {
        let Some(invite) = bench.requests("INVITE").pop() else { panic!("given up in silence") };
        tries += 1;
        bench.reply(phone(1), &invite, "491 Request Pending", "", "", "");
        bench.pass(seconds(3));
    }
    assert_eq!(bench.event(), Event::OfferRefused { session, status: Status::REQUEST_PENDING });
    assert_eq!(tries, usize::from(MOST_GLARES) + 1);
}
