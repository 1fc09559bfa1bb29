//! Two user agents and the network between them.

use core::net::SocketAddr;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::*;
use crate::message::{Message, Status};
use crate::{Flow, ListenerId, Transport};

pub const A: usize = 0;
pub const B: usize = 1;

/// What the network does to messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Of a hundred messages, how many are lost, come twice, or come late.
    pub lost: u64,
    pub repeated: u64,
    pub late: u64,
}

/// Two user agents over UDP; messages take 10 ms, or what the weather makes of it.
pub struct Pair {
    pub sides: [UserAgent; 2],
    pub now: Instant,
    pub weather: Weather,
    /// What each side was told, in order.
    pub events: [Vec<Event>; 2],
    /// The first line of each message, with the side that sent it.
    pub sent: Vec<(usize, String)>,
    chance: u64,
    on_way: BTreeMap<(Instant, u64), (usize, Bytes)>,
    last: u64,
    /// Drops messages from this side whose first line begins so.
    pub drop: Option<(usize, &'static str)>,
}

pub fn address(side: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, if side == A { 1 } else { 2 }], 5060))
}

/// The flow of a side towards the other one.
pub fn flow_from(side: usize) -> Flow {
    Flow::udp(ListenerId(0), address(1 - side))
}

pub fn agent(side: usize, seed: u8) -> UserAgent {
    let listener =
        Listener { id: ListenerId(0), transport: Transport::Udp, address: address(side), is_symmetric: true };
    let seed = [seed.wrapping_mul(2).wrapping_add(u8::from(side == B)); 32];
    UserAgent::new(Config::new(vec![listener]), transaction::Config::default(), seed)
}

impl Pair {
    pub fn new(seed: u64) -> Self {
        let short = u8::try_from(seed % 100).expect("below 100");
        Self {
            sides: [agent(A, short), agent(B, short)],
            now: super::beginning(),
            weather: Weather::default(),
            events: [Vec::new(), Vec::new()],
            sent: Vec::new(),
            chance: seed,
            on_way: BTreeMap::new(),
            last: 0,
            drop: None,
        }
    }

    pub fn order(&mut self, side: usize, order: Order) {
        self.give(side, Input::Order(order));
    }

    /// Lets a time pass, with all that happens in it.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
        self.now = until;
    }

    /// Until nothing is on its way and nothing will happen within a second.
    pub fn settle(&mut self) {
        self.pass(Duration::from_millis(300));
    }

    /// The next thing that happens, if it happens until then.
    pub fn step(&mut self, until: Instant) -> bool {
        let message = self.on_way.keys().next().copied();
        let deadline = |side: usize| self.sides[side].deadline().map(|it| (it.0, side));
        let timer = [deadline(A), deadline(B)].into_iter().flatten().min();
        match (message, timer) {
            (Some((at, _)), timer) if at <= until && timer.is_none_or(|it| at <= it.0) => self.arrive(),
            (_, Some((at, side))) if at <= until => {
                self.now = self.now.max(at);
                self.give(side, Input::Tick);
            }
            _ => return false,
        }
        true
    }

    fn arrive(&mut self) {
        let Some(((at, _), (side, octets))) = self.on_way.pop_first() else { return };
        self.now = self.now.max(at);
        let message = Message::parse(&octets).expect("what we write can be read");
        self.give(side, Input::Received { flow: flow_from(side), message });
    }

    pub fn give(&mut self, side: usize, input: Input) {
        let mut out = Vec::new();
        self.sides[side].handle(input, self.now, &mut out);
        for output in out {
            match output {
                Output::Event(event) => self.events[side].push(event),
                Output::Send { flow, octets } => {
                    assert_eq!(flow.peer, address(1 - side));
                    self.carry(side, octets);
                }
            }
        }
    }

    fn carry(&mut self, side: usize, octets: Bytes) {
        let text = String::from_utf8_lossy(&octets);
        let line = text.lines().next().unwrap_or("").to_owned();
        let is_dropped = self.drop.is_some_and(|(from, start)| from == side && line.starts_with(start));
        self.sent.push((side, line));
        let copies = if self.percent() < self.weather.repeated { 2 } else { 1 };
        for _ in 0..copies {
            if self.percent() < self.weather.lost || is_dropped {
                continue;
            }
            let late = if self.percent() < self.weather.late { self.percent() * 40 } else { 0 };
            self.last += 1;
            let at = self.now + Duration::from_millis(10 + late);
            self.on_way.insert((at, self.last), (1 - side, octets.clone()));
        }
    }

    pub fn percent(&mut self) -> u64 {
        // Steele, Lea and Flood's splitmix64.
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % 100
    }

    /// A calls B, who is told: the session at each side.
    pub fn call(&mut self) -> (SessionId, SessionId) {
        let session = SessionId(1);
        self.order(A, Order::Invite(Box::new(invite(session, A))));
        self.settle();
        (session, self.offered(B))
    }

    /// A calls B, who answers.
    pub fn talk(&mut self) -> (SessionId, SessionId) {
        let (here, there) = self.call();
        self.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
        self.settle();
        (here, there)
    }

    pub fn offered(&self, side: usize) -> SessionId {
        let mut offered = self.events[side].iter().filter_map(|it| match it {
            Event::Offered(offered) => Some(offered.session),
            _ => None,
        });
        offered.next().expect("a call was offered")
    }

    /// Why a call has ended at a side, if it has.
    pub fn cause(&self, side: usize, id: SessionId) -> Option<Cause> {
        self.events[side].iter().find_map(|it| match it {
            Event::Ended { session, cause, .. } if *session == id => Some(cause.clone()),
            _ => None,
        })
    }

    pub fn count(&self, side: usize, start: &str) -> usize {
        self.sent.iter().filter(|it| it.0 == side && it.1.starts_with(start)).count()
    }

    /// Lets enough time pass for every transaction, and sees that nothing is left.
    pub fn nothing_is_left(&mut self) {
        self.pass(Duration::from_secs(200));
        for side in [A, B] {
            assert!(self.sides[side].is_empty(), "side {side}: {:#?}", self.sides[side]);
        }
    }
}

pub fn sdp(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

pub fn target(side: usize) -> Target {
    Target {
        uri: Text::from(format!("sip:phone@{}", address(1 - side))),
        flow: flow_from(side),
        route: Vec::new(),
        is_symmetric: true,
        headers: Vec::new(),
    }
}

pub fn invite(session: SessionId, side: usize) -> Invite {
    Invite {
        session,
        targets: vec![target(side)],
        from: Text::fixed("\"A\" <sip:100@example.org>"),
        to: None,
        headers: Vec::new(),
        sdp: Some(sdp("offer")),
        credentials: None,
        ring_limit: Duration::from_secs(120),
    }
}

#[test]
fn a_call_is_made_answered_changed_and_ended() {
    let mut pair = Pair::new(1);
    let (here, there) = pair.call();
    pair.order(B, Order::Ring { session: there, status: Status::RINGING, sdp: None });
    pair.settle();
    assert!(matches!(&pair.events[A][..], [Event::Progress { status: Status::RINGING, sdp: None, .. }]));
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.settle();
    let Some(Event::Answered { session, target: 0, sdp: Some(answer), .. }) = pair.events[A].last() else {
        panic!("{:?}", pair.events[A]);
    };
    assert_eq!((*session, answer), (here, &sdp("answer")));
    assert_eq!(pair.events[B].last(), Some(&Event::Confirmed { session: there }));
    for (from, to, one, other) in [(A, B, here, there), (B, A, there, here)] {
        pair.order(from, Order::Offer { session: one, sdp: sdp("hold") });
        pair.settle();
        assert_eq!(pair.events[to].last(), Some(&Event::Offer { session: other, sdp: Some(sdp("hold")) }));
        pair.order(to, Order::AnswerOffer { session: other, sdp: sdp("held") });
        pair.settle();
        let answered = Event::OfferAnswered { session: one, sdp: Some(sdp("held")) };
        assert_eq!(pair.events[from].last(), Some(&answered));
    }
    pair.order(A, Order::HangUp { session: here, reason: Some(Text::fixed("Q.850;cause=16")) });
    pair.settle();
    assert_eq!(pair.cause(A, here), Some(Cause::Ordered));
    let ended =
        Event::Ended { session: there, cause: Cause::HungUp, reason: Some(Text::fixed("Q.850;cause=16")) };
    assert_eq!(pair.events[B].last(), Some(&ended));
    assert_eq!((pair.count(A, "ACK"), pair.count(B, "ACK"), pair.count(A, "BYE")), (2, 1, 1));
    pair.nothing_is_left();
}

#[test]
fn a_call_that_is_given_up_before_it_is_answered_is_canceled() {
    let mut pair = Pair::new(2);
    let (here, there) = pair.call();
    pair.order(B, Order::Ring { session: there, status: Status::RINGING, sdp: None });
    pair.settle();
    pair.order(A, Order::HangUp { session: here, reason: Some(Text::fixed("SIP;cause=480")) });
    pair.settle();
    assert_eq!(pair.cause(B, there), Some(Cause::Canceled));
    assert_eq!(pair.count(B, "SIP/2.0 487"), 1);
    pair.nothing_is_left();
}

#[test]
fn a_cancel_that_crosses_the_answer_becomes_a_bye() {
    let mut pair = Pair::new(3);
    let (here, there) = pair.call();
    pair.order(B, Order::Ring { session: there, status: Status::RINGING, sdp: None });
    pair.settle();
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.order(A, Order::HangUp { session: here, reason: None });
    pair.settle();
    assert_eq!((pair.count(A, "CANCEL"), pair.count(A, "ACK"), pair.count(A, "BYE")), (1, 1, 1));
    assert_eq!(pair.cause(A, here), Some(Cause::Ordered));
    assert_eq!(pair.cause(B, there), Some(Cause::HungUp));
    pair.nothing_is_left();
}

#[test]
fn both_sides_may_hang_up_at_once() {
    let mut pair = Pair::new(4);
    let (here, there) = pair.talk();
    pair.order(A, Order::HangUp { session: here, reason: None });
    pair.order(B, Order::HangUp { session: there, reason: None });
    pair.settle();
    assert_eq!((pair.count(A, "BYE"), pair.count(B, "BYE")), (1, 1));
    pair.nothing_is_left();
}

#[test]
fn an_answer_whose_ack_is_lost_is_repeated_and_acknowledged_again() {
    let mut pair = Pair::new(5);
    let (_, there) = pair.call();
    pair.drop = Some((A, "ACK"));
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.pass(super::seconds(2));
    pair.drop = None;
    pair.pass(super::seconds(4));
    assert!(pair.count(B, "SIP/2.0 200") >= 3 && pair.count(A, "ACK") >= 3);
    assert_eq!(pair.events[B].last(), Some(&Event::Confirmed { session: there }));
    let told = pair.events[A].iter().filter(|it| matches!(it, Event::Answered { .. })).count();
    assert_eq!(told, 1);
}

#[test]
fn an_answer_that_is_never_acknowledged_ends_the_call_after_32_seconds() {
    let mut pair = Pair::new(6);
    let (_, there) = pair.call();
    pair.drop = Some((A, "ACK"));
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.pass(super::seconds(31));
    assert_eq!(pair.cause(B, there), None);
    pair.pass(super::seconds(2));
    assert_eq!(pair.cause(B, there), Some(Cause::NotConfirmed));
    assert_eq!(pair.count(B, "BYE"), 1);
    pair.nothing_is_left();
}

#[test]
fn who_hangs_up_before_the_ack_waits_with_the_bye_for_it() {
    let mut pair = Pair::new(7);
    let (here, there) = pair.call();
    pair.drop = Some((A, "ACK"));
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.order(B, Order::HangUp { session: there, reason: None });
    assert_eq!(pair.cause(B, there), Some(Cause::Ordered), "told at once");
    pair.pass(super::seconds(1));
    assert_eq!(pair.count(B, "BYE"), 0);
    pair.drop = None;
    pair.pass(super::seconds(4));
    assert_eq!(pair.count(B, "BYE"), 1);
    assert_eq!(pair.cause(A, here), Some(Cause::HungUp));
    pair.nothing_is_left();
}

#[test]
fn a_bye_before_the_ack_ends_the_call_and_the_repetition() {
    let mut pair = Pair::new(8);
    let (here, there) = pair.call();
    pair.drop = Some((A, "ACK"));
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("answer")) });
    pair.settle();
    pair.order(A, Order::HangUp { session: here, reason: None });
    pair.settle();
    let repeated = pair.count(B, "SIP/2.0 200");
    assert_eq!(pair.cause(B, there), Some(Cause::HungUp));
    pair.pass(super::seconds(10));
    assert_eq!(pair.count(B, "SIP/2.0 200"), repeated);
    pair.drop = None;
    pair.nothing_is_left();
}

#[test]
fn two_offers_at_once_are_both_made_in_the_end() {
    let mut pair = Pair::new(9);
    let (here, there) = pair.talk();
    pair.order(A, Order::Offer { session: here, sdp: sdp("from a") });
    pair.order(B, Order::Offer { session: there, sdp: sdp("from b") });
    for _ in 0..20 {
        pair.pass(super::seconds(1));
        for side in [A, B] {
            if let Some(Event::Offer { session, .. }) = pair.events[side].last().cloned() {
                pair.order(side, Order::AnswerOffer { session, sdp: sdp("fine") });
            }
        }
    }
    assert_eq!((pair.count(A, "SIP/2.0 491"), pair.count(B, "SIP/2.0 491")), (1, 1));
    for (side, session) in [(A, here), (B, there)] {
        let answered = Event::OfferAnswered { session, sdp: Some(sdp("fine")) };
        assert_eq!(pair.events[side].iter().filter(|it| **it == answered).count(), 1, "side {side}");
    }
}

#[test]
fn a_call_without_an_offer_is_answered_by_one() {
    let mut pair = Pair::new(10);
    let session = SessionId(1);
    pair.order(A, Order::Invite(Box::new(Invite { sdp: None, ..invite(session, A) })));
    pair.settle();
    let there = pair.offered(B);
    pair.order(B, Order::Answer { session: there, sdp: Some(sdp("offer of b")) });
    pair.settle();
    assert!(
        matches!(pair.events[A].last(), Some(Event::Answered { sdp: Some(it), .. }) if *it == sdp("offer of b"))
    );
    assert_eq!(pair.count(A, "ACK"), 0, "it has to bring the answer");
    pair.order(A, Order::AnswerOffer { session, sdp: sdp("answer of a") });
    pair.settle();
    let answered = Event::OfferAnswered { session: there, sdp: Some(sdp("answer of a")) };
    assert_eq!(pair.events[B].last(), Some(&answered));
}

#[test]
fn an_offer_that_nobody_answers_is_refused_and_the_call_goes_on() {
    let mut pair = Pair::new(11);
    let (here, there) = pair.talk();
    pair.order(A, Order::Offer { session: here, sdp: sdp("hold") });
    pair.pass(super::seconds(25));
    let refused = Event::OfferRefused { session: here, status: Status::SERVER_ERROR };
    assert_eq!(pair.events[A].last(), Some(&refused));
    assert_eq!((pair.cause(A, here), pair.cause(B, there)), (None, None));
}

#[test]
fn a_phone_that_has_vanished_is_noticed_by_the_session_timer() {
    for (gone, left) in [(A, B), (B, A)] {
        let mut pair = Pair::new(12);
        let (here, there) = pair.talk();
        let session = if left == A { here } else { there };
        pair.pass(super::seconds(3_600));
        assert_eq!(pair.cause(left, session), None, "it was refreshed");
        assert!(pair.count(A, "UPDATE") >= 3);
        pair.drop = Some((gone, ""));
        pair.pass(super::seconds(1_900));
        let cause = pair.cause(left, session);
        assert!(matches!(cause, Some(Cause::Expired | Cause::Lost)), "{cause:?}");
    }
}

#[test]
fn a_call_of_an_earlier_process_is_ended_by_its_record() {
    let mut pair = Pair::new(13);
    let (_, there) = pair.talk();
    let record = pair.events[A].iter().find_map(|it| match it {
        Event::Answered { record, .. } => Some(record.to_text()),
        _ => None,
    });
    pair.sides[A] = agent(A, 99);
    let record = DialogRecord::from_text(&record.expect("a record")).expect("its own text");
    pair.order(A, Order::EndKept { record: Box::new(record), reason: None });
    pair.settle();
    assert_eq!(pair.cause(B, there), Some(Cause::HungUp));
    pair.nothing_is_left();
}
