//! Random calls over a bad network.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::super::*;
use super::pair::{A, B, Pair, Weather, invite, sdp, target};
use super::seconds;
use crate::message::{Name, Status};

/// How many things somebody wants in one history.
const STEPS: u64 = 60;

/// Gives a random order to a side, for one of its calls.
fn act(pair: &mut Pair, next: &mut u64) {
    let side = if pair.percent() < 50 { A } else { B };
    let sessions: Vec<SessionId> = pair.sides[side].sessions.keys().copied().collect();
    let kind = pair.percent();
    if sessions.is_empty() || kind < 10 {
        *next += 1;
        let mut order = invite(SessionId(*next), side);
        order.ring_limit = seconds(5 + pair.percent());
        if pair.percent() < 30 {
            order.targets.push(target(side));
        }
        if pair.percent() < 15 {
            order.sdp = None;
        }
        if pair.percent() < 30 {
            order.headers.push((Name::Require, Text::fixed("100rel")));
        }
        return pair.order(side, Order::Invite(Box::new(order)));
    }
    let chosen = usize::try_from(pair.percent()).expect("small") % sessions.len();
    let session = sessions[chosen];
    let order = match kind {
        10..=24 => Order::Ring { session, status: Status::RINGING, sdp: (kind < 18).then(|| sdp("early")) },
        25..=49 => Order::Answer { session, sdp: Some(sdp("answer")) },
        50..=54 => Order::Refuse { session, status: Status::BUSY_HERE, headers: Vec::new() },
        55..=63 => Order::HangUp { session, reason: None },
        64..=79 => Order::Offer { session, sdp: sdp("changed") },
        80..=91 => Order::AnswerOffer { session, sdp: sdp("agreed") },
        92..=93 => Order::RefuseOffer { session, status: Status::NOT_ACCEPTABLE_HERE, headers: Vec::new() },
        94..=96 => Order::Talk { session, event: "talk" },
        _ => Order::Digits { session, digit: '5', duration_ms: 100 },
    };
    pair.order(side, order);
}

/// What was told of the calls of a side fits: each begins once, ends once, and is silent afterwards.
fn check_story(pair: &Pair, side: usize, next: u64) {
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for event in &pair.events[side] {
        let session = match event {
            Event::Offered(offered) => {
                assert!(begun.insert(offered.session), "{:?} was offered twice", offered.session);
                offered.session
            }
            Event::Ended { session, .. } => {
                assert!(!ended.contains(session), "{session:?} ended twice");
                ended.insert(*session);
                continue;
            }
            Event::Progress { session, .. }
            | Event::Answered { session, .. }
            | Event::Accepted { session, .. }
            | Event::Confirmed { session }
            | Event::Offer { session, .. }
            | Event::OfferAnswered { session, .. }
            | Event::OfferRefused { session, .. }
            | Event::Notified { session, .. }
            | Event::Digit { session, .. } => *session,
            Event::Referred(_) | Event::Request { .. } | Event::Responded { .. } => continue,
        };
        assert!(!ended.contains(&session), "{event:?} after the end");
        assert!(begun.contains(&session) || session.0 <= next, "{event:?} of nobody's call");
    }
    assert!(begun.is_subset(&ended), "calls that came have not ended: {begun:?} {ended:?}");
}

/// The dialogs of the calls that stand at a side.
fn standing(pair: &Pair, side: usize) -> BTreeSet<String> {
    let calls = pair.sides[side].sessions.values().filter_map(|it| match &it.phase {
        session::Phase::Up(call) => Some(call.dialog.call_id.to_string()),
        _ => None,
    });
    calls.collect()
}

fn play(seed: u64, weather: Weather) {
    let mut pair = Pair::new(seed);
    pair.weather = weather;
    let mut next = 0;
    for _ in 0..STEPS {
        let pause = pair.percent().pow(2);
        pair.pass(Duration::from_millis(pause));
        act(&mut pair, &mut next);
    }
    // What one side alone takes for a call ends by the session timer, in a network that works again.
    pair.weather = Weather::default();
    pair.pass(seconds(4_000));
    assert_eq!(standing(&pair, A), standing(&pair, B));
    for side in [A, B] {
        let sessions: Vec<SessionId> = pair.sides[side].sessions.keys().copied().collect();
        for session in sessions {
            pair.order(side, Order::HangUp { session, reason: None });
        }
    }
    pair.nothing_is_left();
    for side in [A, B] {
        check_story(&pair, side, next);
    }
    let made = |side: usize| {
        pair.events[side]
            .iter()
            .filter(|it| matches!(it, Event::Ended { session, .. } if !session.is_offered()))
    };
    assert_eq!(
        u64::try_from(made(A).count() + made(B).count()).expect("small"),
        next,
        "every call of ours ends once"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_call_ends_at_both_sides_and_nothing_is_left(
        seed: u64,
        lost in 0_u64..40,
        repeated in 0_u64..30,
        late in 0_u64..30,
    ) {
        play(seed, Weather { lost, repeated, late });
    }

    #[test]
    fn over_a_network_that_works_both_sides_tell_the_same_story(seed: u64) {
        let mut pair = Pair::new(seed);
        let mut next = 0;
        for _ in 0..STEPS {
            let pause = 40 + pair.percent().pow(2);
            pair.pass(Duration::from_millis(pause));
            act(&mut pair, &mut next);
        }
        pair.pass(seconds(150));
        prop_assert_eq!(standing(&pair, A), standing(&pair, B));
    }
}
