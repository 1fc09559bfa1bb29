//! Legs that go from one bridge to another.

use media::bridge::{Bridge, Ear, Event, LegKey, MAX_LEGS, Refused};
use media::codec::Codec::Pcmu;
use media::rtp::Packet;

use crate::hostile::{Out, at, datagram, talk};
use crate::simulation::{address, config};

const ONE: LegKey = LegKey(1);
const TWO: LegKey = LegKey(2);
const THREE: LegKey = LegKey(3);

fn packets(out: &Out, leg: LegKey) -> Vec<Packet<'_>> {
    let sent = out.sent.iter().filter(|(it, ..)| *it == leg);
    sent.map(|(.., datagram)| Packet::parse(datagram).expect("RTP")).collect()
}

#[test]
fn a_leg_that_moves_is_heard_where_it_came_and_nowhere_else() {
    let (mut from, mut out) = talk(|_| {});
    let say = |bridge: &mut Bridge, leg: LegKey, number: u16, out: &mut Out| {
        let mut sound = datagram(number, 0, &[0x30 + leg.0 as u8; 160]);
        bridge.receive(leg, &mut sound, address(leg.0 as usize), at(u64::from(number) * 20), out);
    };
    (0..5).for_each(|number| say(&mut from, TWO, number, &mut out));
    (0..5).for_each(|number| say(&mut from, ONE, number, &mut out));
    let before = packets(&out, ONE).last().copied().unwrap();
    let (ssrc, sequence) = (before.ssrc, before.sequence);
    let (count_one, count_two) = (packets(&out, ONE).len(), packets(&out, TWO).len());

    let leg = from.release(ONE, at(100), &mut out).unwrap();
    assert!(from.release(ONE, at(100), &mut out).is_none());
    for (ear, mouth) in [(ONE, TWO), (TWO, ONE)] {
        assert!(out.events.contains(&Event::Hears { ear, mouth, hears: false, at: at(100) }));
    }
    let mut to = Bridge::new();
    to.open(THREE, config(Pcmu, 3, media::bridge::Identity { ssrc: 9, sequence: 0, timestamp: 0 }), at(0))
        .unwrap();
    to.adopt(leg, at(101)).unwrap();
    // Until a table says so, nobody hears it, and it hears nobody.
    (5..8).for_each(|number| say(&mut to, ONE, number, &mut out));
    (5..8).for_each(|number| say(&mut to, THREE, number, &mut out));
    (5..8).for_each(|number| say(&mut from, TWO, number, &mut out));
    assert_eq!((packets(&out, ONE).len(), packets(&out, TWO).len()), (count_one, count_two));
    assert!(packets(&out, THREE).is_empty());

    let table =
        [Ear { leg: ONE, hears: &[THREE], plays: None }, Ear { leg: THREE, hears: &[ONE], plays: None }];
    assert!(to.score(&table, 1, at(160), &mut out));
    (8..12).for_each(|number| say(&mut to, ONE, number, &mut out));
    (8..12).for_each(|number| say(&mut to, THREE, number, &mut out));
    let heard = packets(&out, ONE);
    let after = heard.last().unwrap();
    assert_eq!((after.ssrc, after.payload), (ssrc, &[0x33; 160][..]));
    assert_eq!(heard[count_one].sequence, sequence.wrapping_add(1), "the stream goes on");
    assert_eq!(packets(&out, THREE).last().unwrap().payload, [0x31; 160]);
    assert_eq!(to.figures(ONE).unwrap().received, 12);
}

#[test]
fn a_bridge_without_room_takes_nobody_in() {
    let (mut from, mut out) = talk(|_| {});
    let identity = media::bridge::Identity { ssrc: 9, sequence: 0, timestamp: 0 };
    let mut full = Bridge::new();
    for key in 0..MAX_LEGS as u64 {
        full.open(LegKey(100 + key), config(Pcmu, 1, identity), at(0)).unwrap();
    }
    let leg = from.release(ONE, at(1), &mut out).unwrap();
    assert_eq!(full.adopt(leg, at(1)), Err(Refused::TooManyLegs));
    let mut same = Bridge::new();
    same.open(TWO, config(Pcmu, 1, identity), at(0)).unwrap();
    let leg = from.release(TWO, at(1), &mut out).unwrap();
    assert_eq!(same.adopt(leg, at(1)), Err(Refused::KnownLeg));
}
