//! The pace of a carrier, on a clock that the test moves.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use smpp::Throttle;

#[expect(clippy::disallowed_methods, reason = "one arbitrary instant; the tests move on from it by hand")]
fn start() -> Instant {
    Instant::now()
}

/// How many texts go in this time, by somebody who always asks when told to.
fn sent(throttle: &mut Throttle, from: Instant, time: Duration) -> usize {
    let (mut now, end, mut sent) = (from, from + time, 0);
    while now < end {
        match throttle.take(now) {
            Ok(()) => sent += 1,
            Err(then) => {
                assert!(then > now, "a time to wait for");
                now = then;
            }
        }
    }
    sent
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn no_second_holds_more_than_was_agreed_but_for_20_ms() {
    for per_second in [1, 10, 100, 1_000] {
        let mut throttle = Throttle::new(per_second);
        let now = start();
        let ahead = per_second as usize / 50 + 1;
        assert!((per_second as usize..=per_second as usize + ahead).contains(&sent(
            &mut throttle,
            now,
            SECOND
        )));
        // An idle minute is not saved up.
        let later = now + 60 * SECOND;
        assert!(sent(&mut throttle, later, SECOND) <= per_second as usize + ahead);
    }
}

#[test]
fn a_late_sender_keeps_its_rate() {
    let mut throttle = Throttle::new(100);
    let begun = start();
    let (mut now, mut sent) = (begun, 0);
    for _ in 0..10_000 {
        match throttle.take(now) {
            Ok(()) => sent += 1,
            // Each timer rings 3 ms late.
            Err(then) => now = then + Duration::from_millis(3),
        }
    }
    // A timer's 3 ms for each text would leave 77 a second.
    let seconds = now.duration_since(begun).as_secs_f64();
    let per_second = f64::from(sent) / seconds;
    assert!((99.0..102.0).contains(&per_second), "{per_second}");
}

#[test]
fn without_an_agreement_nothing_waits() {
    let mut throttle = Throttle::new(0);
    let now = start();
    assert!((0..10_000).all(|_| throttle.take(now).is_ok()));
    assert_eq!(throttle.per_second(), None);
}

#[test]
fn a_carrier_that_throttles_is_left_alone_and_then_given_half() {
    let mut throttle = Throttle::new(100);
    let now = start();
    assert_eq!(throttle.take(now), Ok(()));
    throttle.slow_down(now);
    // All answers to one window count once.
    throttle.slow_down(now + Duration::from_millis(5));
    assert_eq!(throttle.take(now), Err(now + SECOND));
    assert_eq!(throttle.per_second(), Some(50));
    let after = sent(&mut throttle, now + SECOND, SECOND);
    assert!((50..=53).contains(&after), "{after}");
}

#[test]
fn the_rate_comes_back() {
    let mut throttle = Throttle::new(100);
    let mut now = start();
    throttle.slow_down(now);
    now += 2 * SECOND;
    assert_eq!((throttle.take(now), throttle.per_second()), (Ok(()), Some(57)));
    now += 6 * SECOND;
    assert_eq!((throttle.take(now), throttle.per_second()), (Ok(()), Some(100)));
    let second = sent(&mut throttle, now + SECOND, SECOND);
    assert!((100..=103).contains(&second), "and not beyond: {second}");
}

#[test]
fn a_limit_that_was_never_agreed_is_found_and_forgotten() {
    let mut throttle = Throttle::new(0);
    let now = start();
    (0..200).for_each(|_| assert!(throttle.take(now).is_ok()));
    throttle.slow_down(now);
    assert_eq!(throttle.per_second(), Some(100));
    assert_eq!(throttle.take(now), Err(now + SECOND));
    assert!(throttle.take(now + 600 * SECOND).is_ok());
    assert_eq!(throttle.per_second(), None);
}

#[test]
fn a_carrier_that_always_throttles_still_gets_a_text_now_and_then() {
    let mut throttle = Throttle::new(1);
    let mut now = start();
    for _ in 0..100 {
        if let Err(then) = throttle.take(now) {
            assert!(then <= now + 5 * SECOND);
            now = then;
        }
        throttle.slow_down(now);
    }
    assert_eq!(throttle.per_second(), Some(1));
}

proptest! {
    /// Whatever happens when, the time to ask again lies ahead, and asking then succeeds or lies ahead again.
    #[test]
    fn nobody_waits_forever(
        per_second: u32,
        steps in proptest::collection::vec((any::<bool>(), 0u64..3_000_000), 0..200),
    ) {
        let mut throttle = Throttle::new(per_second);
        let mut now = start();
        for (is_throttled, microseconds) in steps {
            now += Duration::from_micros(microseconds);
            if is_throttled {
                throttle.slow_down(now);
            }
            if let Err(then) = throttle.take(now) {
                prop_assert!(then > now && then <= now + 5 * SECOND);
                now = then;
                prop_assert!(throttle.take(now).is_ok());
            }
        }
    }
}
