//! What happens in a call besides talking: sounds, keys in a mix, new offers, encryption, packets of other lengths.

use std::sync::Arc;

use media::bridge::{Ear, Event, Identity, KEEP_ALIVE_EVERY, Keys, LegKey, Playing};
use media::codec::Codec::{self, Pcma, Pcmu};
use media::codec::{Decoder, Encoder, MAX_PAYLOAD_BYTES, Rate};
use media::dtmf;
use media::rtp::Packet;
use media::sounds::{Repeat, Sound};
use media::srtp::{MasterKey, Protect, Suite, Unprotect};
use media::tone::ToneDetector;

use crate::hostile::{Out, at, datagram, talk};
use crate::simulation::{address, config, payload_type};

const ONE: LegKey = LegKey(1);
const TWO: LegKey = LegKey(2);
const COACH: LegKey = LegKey(3);
const IDENTITY: Identity = Identity { ssrc: 8, sequence: 100, timestamp: 1_000 };

/// What was sent to a leg, oldest first.
fn packets(out: &Out, leg: LegKey) -> Vec<Packet<'_>> {
    let sent = out.sent.iter().filter(|(to, ..)| *to == leg);
    sent.map(|(_, _, bytes)| Packet::parse(bytes).expect("RTP")).collect()
}

fn tone(hz: f32, milliseconds: usize) -> Arc<[i16]> {
    let mut samples = vec![0; 8 * milliseconds];
    media::tone::Sine::new(hz, 8_000.0, 8_000).fill(&mut samples);
    samples.into()
}

/// How many packets have this tone.
fn with_tone(packets: &[Packet<'_>], codec: Codec, hz: f32) -> usize {
    let mut decoder = Decoder::new(codec, Rate::Narrow);
    let mut detector = ToneDetector::new(&[hz], 8_000);
    let has_tone = |packet: &&Packet<'_>| {
        let mut frame = [0; 960];
        let count = decoder.decode(packet.payload, &mut frame).expect("a payload");
        detector.amplitudes(&frame[..count]).any(|amplitude| amplitude > 2_000.0)
    };
    packets.iter().filter(has_tone).count()
}

#[test]
fn an_announcement_is_played_once_and_then_the_relay_goes_on() {
    let (mut bridge, mut out) = talk(|_| {});
    let sound = Sound::stored(tone(1_000.0, 200), Repeat::Once);
    let plays = Some(Playing { sound, order: 1 });
    let table = [Ear { leg: ONE, hears: &[TWO], plays }, Ear { leg: TWO, hears: &[ONE], plays: None }];
    assert!(bridge.score(&table, 2, at(1), &mut out));
    for now in 0..1_000 {
        if now == 500 {
            assert!(bridge.score(&table, 3, at(now), &mut out));
        }
        if now % 20 == 7 {
            bridge.receive(
                TWO,
                &mut datagram((now / 20) as u16, 0, &[0x7F; 160]),
                address(2),
                at(now),
                &mut out,
            );
        }
        if bridge.next_tick().is_some_and(|due| due <= at(now)) {
            bridge.tick(at(now), &mut out);
        }
    }
    let played = out.events.iter().filter(|event| **event == Event::Played { leg: ONE, order: 1 }).count();
    let packets = packets(&out, ONE);
    assert_eq!((played, with_tone(&packets, Pcmu, 1_000.0)), (1, 10));
    assert!(packets.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    // Whatever their source, 20 ms apart within a packet.
    let ticks = packets[packets.len() - 1].timestamp.wrapping_sub(packets[0].timestamp);
    assert!((49 * 160 - 320..=50 * 160).contains(&ticks), "{ticks}");
}

#[test]
fn a_key_in_a_mix_keeps_its_form_and_a_coachs_key_never_reaches_the_customer() {
    let (mut bridge, mut out) = talk(|_| {});
    bridge.open(COACH, config(Pcmu, 3, IDENTITY), at(0)).expect("a free leg");
    // The customer is one, the agent two.
    let table = [
        Ear { leg: ONE, hears: &[TWO], plays: None },
        Ear { leg: TWO, hears: &[ONE, COACH], plays: None },
        Ear { leg: COACH, hears: &[ONE, TWO], plays: None },
    ];
    assert!(bridge.score(&table, 2, at(0), &mut out));
    let key = |duration, is_end| dtmf::Event { event: 7, is_end, volume: 10, duration }.to_bytes();
    for number in 0..20_u16 {
        let now = at(5 + u64::from(number) * 20);
        for (leg, party) in [(ONE, 1), (TWO, 2)] {
            bridge.receive(leg, &mut datagram(number, 0, &[0x55; 160]), address(party), now, &mut out);
        }
        let mut datagram = match number {
            5..10 => datagram(number, 101, &key((number - 4) * 160, number == 9)),
            _ => datagram(number, 0, &[0x55; 160]),
        };
        if (5..10).contains(&number) {
            datagram[4..8].copy_from_slice(&800_u32.to_be_bytes());
        }
        bridge.receive(COACH, &mut datagram, address(3), now, &mut out);
    }
    let keys_of =
        |leg| packets(&out, leg).into_iter().filter(|it| it.payload_type == 101).collect::<Vec<_>>();
    assert!(keys_of(ONE).is_empty() && keys_of(COACH).is_empty());
    let keys = keys_of(TWO);
    assert_eq!(keys.len(), 5);
    assert!(keys.iter().all(|it| it.timestamp == keys[0].timestamp));
    assert_eq!(keys.iter().map(|it| it.marker).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert_eq!(keys[4].payload, key(800, true));
    let numbers: Vec<u16> = packets(&out, TWO).iter().map(|it| it.sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{numbers:?}");
}

#[test]
fn a_new_offer_changes_the_codec_and_the_stream_goes_on() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in 0..10_u16 {
        bridge.receive(
            ONE,
            &mut datagram(number, 0, &[0x55; 160]),
            address(1),
            at(u64::from(number) * 20),
            &mut out,
        );
    }
    bridge.change(TWO, config(Pcma, 2, IDENTITY), at(190)).expect("a leg");
    for number in 10..20_u16 {
        bridge.receive(
            ONE,
            &mut datagram(number, 0, &[0x55; 160]),
            address(1),
            at(u64::from(number) * 20),
            &mut out,
        );
    }
    let packets = packets(&out, TWO);
    assert_eq!(packets.iter().map(|it| it.payload_type).collect::<Vec<_>>(), [[0; 10], [8; 10]].concat());
    assert!(
        packets
            .windows(2)
            .all(|it| it[1].sequence == it[0].sequence.wrapping_add(1) && it[1].ssrc == it[0].ssrc)
    );
    assert!(packets.windows(2).all(|it| it[1].timestamp.wrapping_sub(it[0].timestamp) == 160));
}

#[test]
fn who_holds_us_is_sent_nothing_and_who_is_held_is_not_heard() {
    let (mut bridge, mut out) = talk(|config| config.may_send = false);
    bridge.receive(ONE, &mut datagram(0, 0, &[0x55; 160]), address(1), at(1), &mut out);
    bridge.tick(at(100), &mut out);
    assert!(out.sent.is_empty());
    let (mut bridge, mut out) = talk(|config| config.may_receive = false);
    bridge.receive(ONE, &mut datagram(0, 0, &[0x55; 160]), address(1), at(1), &mut out);
    assert!(out.sent.is_empty() && bridge.figures(ONE).expect("a leg").received == 1);
}

#[test]
fn packets_of_any_length_are_mixed_in_frames_of_20_ms() {
    for length_ms in [10, 20, 30, 40, 60] {
        let (mut bridge, mut out) = talk(|_| {});
        bridge.open(COACH, config(Pcmu, 3, IDENTITY), at(0)).expect("a free leg");
        let table = [Ear { leg: TWO, hears: &[ONE, COACH], plays: None }];
        assert!(bridge.score(&table, 2, at(0), &mut out));
        for now in 0..1_200_u64 {
            if now % length_ms == 0 {
                let number = now / length_ms;
                let mut bytes = datagram(number as u16, 0, &vec![0x20; length_ms as usize * 8]);
                bytes[4..8].copy_from_slice(&(now as u32 * 8).to_be_bytes());
                bridge.receive(ONE, &mut bytes, address(1), at(now), &mut out);
            }
            if bridge.next_tick().is_some_and(|due| due <= at(now)) {
                bridge.tick(at(now), &mut out);
            }
        }
        let packets = packets(&out, TWO);
        assert!((57..=63).contains(&packets.len()), "{length_ms} ms: {} packets", packets.len());
        assert!(packets.iter().all(|it| it.payload.len() == 160));
        let ticks = packets[packets.len() - 1].timestamp.wrapping_sub(packets[0].timestamp);
        assert_eq!(ticks, (packets.len() as u32 - 1) * 160, "{length_ms} ms");
    }
}

#[test]
fn opus_and_g711_understand_each_other() {
    let (mut bridge, mut out) = talk(|_| {});
    bridge.change(TWO, config(Codec::Opus, 2, IDENTITY), at(0)).expect("a leg");
    let (mut narrow, mut wide) = (Encoder::new(Pcmu, Rate::Narrow), Encoder::new(Codec::Opus, Rate::Narrow));
    let (low, high) = (tone(600.0, 1_000), tone(1_500.0, 1_000));
    for (number, (low, high)) in (0_u16..).zip(low.chunks(160).zip(high.chunks(160))) {
        let (now, mut payload) = (at(u64::from(number) * 20), [0; MAX_PAYLOAD_BYTES]);
        let length = narrow.encode(low, &mut payload).expect("a frame");
        bridge.receive(ONE, &mut datagram(number, 0, &payload[..length]), address(1), now, &mut out);
        let length = wide.encode(high, &mut payload).expect("a frame");
        let mut bytes = datagram(number, payload_type(Codec::Opus), &payload[..length]);
        bytes[4..8].copy_from_slice(&(u32::from(number) * 960).to_be_bytes());
        bridge.receive(TWO, &mut bytes, address(2), now, &mut out);
    }
    let (to_one, to_two) = (packets(&out, ONE), packets(&out, TWO));
    assert!(with_tone(&to_one, Pcmu, 1_500.0) >= 46 && with_tone(&to_two, Codec::Opus, 600.0) >= 46);
    assert!(to_two.windows(2).all(|pair| pair[1].timestamp.wrapping_sub(pair[0].timestamp) == 960));
}

#[test]
fn one_frame_of_silence_keeps_the_way_open() {
    let (mut bridge, mut out) = talk(|_| {});
    assert!(bridge.score(&[], 2, at(0), &mut out));
    for now in 0..40_000 {
        if bridge.next_tick().is_some_and(|due| due <= at(now)) {
            bridge.tick(at(now), &mut out);
        }
    }
    let count = packets(&out, ONE).len();
    assert!((3..=8).contains(&count) && KEEP_ALIVE_EVERY == at(15_000), "{count}");
}

#[test]
fn an_encrypted_leg_speaks_and_believes_nothing_else() {
    let key = |octet| MasterKey::from_bytes([octet; 30]);
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut bridge, mut out) = talk(|config| {
        if config.remote == Some(address(1)) {
            let (protect, unprotect) = (Protect::new(suite, &key(1)), Unprotect::new(suite, &key(2)));
            config.srtp = Some(Keys { protect, unprotect });
        }
    });
    bridge.receive(ONE, &mut datagram(0, 0, &[0x55; 160]), address(1), at(0), &mut out);
    assert_eq!((out.sent.len(), bridge.figures(ONE).expect("a leg").not_authentic), (0, 1));

    let mut bytes = datagram(1, 0, &[0x55; 160]);
    let length = bytes.len();
    bytes.resize(length + 10, 0);
    Protect::new(suite, &key(2)).protect(&mut bytes, length).expect("room");
    bridge.receive(ONE, &mut bytes, address(1), at(20), &mut out);
    assert_eq!(packets(&out, TWO)[0].payload.len(), 160);

    bridge.receive(TWO, &mut datagram(1, 0, &[0x55; 160]), address(2), at(30), &mut out);
    let (_, _, mut bytes) = out.sent.pop().expect("a packet");
    let length = Unprotect::new(suite, &key(1)).unprotect(&mut bytes).expect("authentic");
    assert_eq!(Packet::parse(&bytes[..length]).expect("RTP").payload.len(), 160);
}
