//! Two phones that call each other directly, without a server in between.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::*;

/// What each side says, and both listen for.
const TONES: [f32; 2] = [600.0, 1_000.0];
/// Enough frames to be sure, of 20 ms.
const ENOUGH: usize = 10;

async fn phone(server: SocketAddr, number: &str, configure: impl FnOnce(&mut PhoneConfig)) -> Phone {
    let mut config = PhoneConfig::new(server, number);
    config.tones = TONES.to_vec();
    configure(&mut config);
    Phone::start(config).await.expect("a phone")
}

/// Nobody is there.
fn nowhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 9))
}

/// A phone that calls another one, with a tone each, and both their calls.
async fn talk(codec: PhoneCodec) -> (Phone, PhoneCall, Phone, PhoneCall) {
    let called = phone(nowhere(), "200", |it| {
        it.voice = PhoneVoice::Tone(TONES[1]);
        it.answering = Answering::After(Duration::ZERO);
    });
    let called = called.await;
    let calling = phone(called.address(), "100", |it| {
        it.voice = PhoneVoice::Tone(TONES[0]);
        it.codecs = vec![codec];
    });
    let calling = calling.await;
    let there = calling.call("200").await.expect("a call");
    calling.established(there).await.expect("an answer");
    let here = called.in_call().await.expect("the same call");
    (calling, there, called, here)
}

async fn hears_only(phone: &Phone, place: usize) {
    hears_only_since(phone, phone.mark(), place).await;
}

async fn hears_only_since(phone: &Phone, mark: Mark, place: usize) {
    let hears_enough = |frames: &[HeardFrame]| {
        let last = frames.iter().rev().take(ENOUGH);
        let is_it = |it: &HeardFrame| it.tones.places().eq([place]);
        frames.len() >= ENOUGH && last.filter(|it| is_it(it)).count() == ENOUGH
    };
    phone.hears("one tone", mark, hears_enough).await.expect("one tone");
}

#[tokio::test]
async fn phones_hear_each_others_tones_and_nothing_else() {
    for codec in [PhoneCodec::Pcma, PhoneCodec::Pcmu] {
        let (calling, there, called, here) = talk(codec).await;
        hears_only(&calling, 1).await;
        hears_only(&called, 0).await;
        assert_eq!(calling.total_of_tone(0), 0, "not itself");
        let peer = called.view().calls[&here].peer.clone();
        assert_eq!(peer, "100");
        calling.hang_up(there).await.expect("an end");
        assert_eq!(called.ended(here).await, Ok(Ending::There));
        let counts = calling.counts();
        assert!(counts.sent >= counts.heard / 2 && counts.missing == 0 && counts.strange == 0, "{counts:?}");
    }
}

#[tokio::test]
async fn a_phone_that_is_put_aside_hears_what_the_other_says_and_is_not_heard() {
    let (calling, there, called, here) = talk(PhoneCodec::Pcma).await;
    hears_only(&calling, 1).await;
    calling.hold(there).await.expect("aside");
    assert!(calling.view().calls[&there].is_holding && called.view().calls[&here].is_held);
    let sent = called.counts().sent;
    hears_only(&called, 0).await;
    assert!(called.counts().sent <= sent + 1, "who is put aside says nothing");
    calling.resume(there).await.expect("taken up");
    assert!(!calling.view().calls[&there].is_holding && !called.view().calls[&here].is_held);
    hears_only(&calling, 1).await;
}

#[tokio::test]
async fn keys_arrive_in_order_beside_the_sound() {
    let (calling, there, called, _) = talk(PhoneCodec::Pcma).await;
    calling.send_digits(there, "0123#*").expect("keys");
    called.gets_digits("0123#*").await.expect("the same keys");
    assert!(calling.send_digits(there, "x").is_err());
    hears_only(&called, 0).await;
}

#[tokio::test]
async fn a_phone_rings_until_it_is_told_what_to_do() {
    let called = phone(nowhere(), "200", |_| ()).await;
    let calling = phone(called.address(), "100", |_| ()).await;
    let rings = async |there: PhoneCall| {
        let progress = |view: &View| match view.calls.get(&there)?.state {
            CallState::Calling { progress: Some(180) } => Some(()),
            _ => None,
        };
        calling.until("ringing there", progress).await.expect("ringing there");
        called.ringing().await.expect("ringing")
    };
    let there = calling.call("200").await.expect("a call");
    let here = rings(there).await;
    called.refuse(here, 486).await.expect("an end");
    assert_eq!(calling.ended(there).await, Ok(Ending::Refused(486)));

    let there = calling.call("200").await.expect("a call");
    let here = rings(there).await;
    calling.hang_up(there).await.expect("an end");
    assert_eq!(called.ended(here).await, Ok(Ending::Canceled));

    let there = calling.call("200").await.expect("a call");
    let here = rings(there).await;
    called.answer(here).await.expect("an answer");
    calling.established(there).await.expect("an answer");
    called.leave().await;
    assert_eq!(calling.ended(there).await, Ok(Ending::There));
}

#[tokio::test]
async fn a_phone_that_turns_calls_away_and_one_that_is_not_registered_say_so() {
    let busy = phone(nowhere(), "200", |it| it.answering = Answering::Refuse(603)).await;
    let calling = phone(busy.address(), "100", |_| ()).await;
    let there = calling.call("200").await.expect("a call");
    let refused = PhoneError::Refused { number: "100".to_owned(), status: 603 };
    assert_eq!(calling.established(there).await, Err(refused));
    // A phone is no registrar, but polite; it declines to be transferred.
    calling.register().await.expect("any answer");
    assert_eq!(calling.view().registration, Registration::Registered);
    calling.unregister().await.expect("any answer");
    assert_eq!(calling.view().registration, Registration::None);
    let _ = calling;
}

#[tokio::test]
async fn who_asks_a_phone_to_call_somebody_else_is_told_that_it_does_not() {
    let (calling, there, _called, _) = talk(PhoneCodec::Pcma).await;
    let second = calling.call("200").await.expect("a call");
    calling.established(second).await.expect("an answer");
    let refused = Err(PhoneError::Refused { number: "100".to_owned(), status: 603 });
    assert_eq!(calling.transfer(there, "300").await, refused);
    assert_eq!(calling.transfer_to(there, second).await, refused);
}

#[tokio::test]
async fn a_voice_is_recognized_by_its_hum_and_only_while_it_speaks() {
    const HUMS: [f32; 3] = [30.0, 50.0, 70.0];
    let called = phone(nowhere(), "200", |it| {
        it.answering = Answering::After(Duration::ZERO);
        it.hums = HUMS.to_vec();
    });
    let called = called.await;
    for (place, pitch_hz) in [(0, 120.0), (1, 190.0), (2, 220.0)] {
        let voice = PhoneVoice::Speech { pitch_hz, hum_hz: HUMS[place] };
        let calling = phone(called.address(), "100", |it| it.voice = voice).await;
        let there = calling.call("200").await.expect("a call");
        calling.established(there).await.expect("an answer");
        let mark = called.mark();
        let enough = |frames: &[HeardFrame]| frames.len() >= 60;
        let frames = called.hears("a second", mark, enough).await.expect("sound");
        let of = |frames: &[HeardFrame], place: usize| frames.iter().filter(|it| it.has_hum(place)).count();
        let steady = &frames[2 * HUM_FRAMES..];
        for other in 0..HUMS.len() {
            let wanted = if other == place { steady.len() } else { 0 };
            assert_eq!(of(steady, other), wanted, "hum {other} of the voice with {place}");
        }
        assert!(frames.iter().any(|it| it.level > 500), "it speaks aloud");
        calling.speak(false);
        let silent =
            |frames: &[HeardFrame]| frames.iter().rev().take(5).filter(|it| it.hums == 0).count() == 5;
        let frames = called.hears("silence", called.mark(), silent).await.expect("silence");
        assert!(frames.last().is_some_and(|it| it.level < 50), "silence is silent");
        calling.leave().await;
    }
}

#[tokio::test]
async fn a_hundred_phones_ring_and_talk_in_one_process_and_leave_nothing() {
    const PAIRS: usize = 50;
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        pairs.push(talk(PhoneCodec::Pcma).await);
    }
    let marks: Vec<_> = pairs.iter().map(|(calling, _, called, _)| (calling.mark(), called.mark())).collect();
    for ((calling, _, called, _), marks) in pairs.iter().zip(marks) {
        hears_only_since(calling, marks.0, 1).await;
        hears_only_since(called, marks.1, 0).await;
    }
    drop(pairs);
    while alive() > before {
        tokio::task::yield_now().await;
    }
}
