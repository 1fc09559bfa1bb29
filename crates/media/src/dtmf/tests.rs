use proptest::prelude::*;

use super::*;
use crate::tone::{Sine, Voice};

const KEYS: &str = "0123456789*#ABCD";
const TICK: Duration = Duration::from_millis(20);

#[test]
fn every_symbol_is_a_key_and_no_other() {
    for (event, symbol) in KEYS.chars().enumerate() {
        let key = Key::from_char(symbol).unwrap();
        assert_eq!((usize::from(key.event()), key.symbol()), (event, symbol));
        assert_eq!(Key::from_char(symbol.to_ascii_lowercase()), Some(key));
        assert_eq!(Key::from_event(key.event()), Some(key));
    }
    assert_eq!(Key::from_char('E'), None);
    assert_eq!(Key::from_char(' '), None);
    assert_eq!(Key::from_event(16), None);
}

#[test]
fn a_payload_is_that_of_rfc_4733() {
    // As in the example of section 5: a 9 after 50 ms, and its end after 200 ms.
    let check = |bytes: [u8; 4], event| {
        assert_eq!(Event::parse(&bytes), Some(event));
        assert_eq!(event.to_bytes(), bytes);
    };
    check([9, 7, 1, 0x90], Event { event: 9, is_end: false, volume: 7, duration: 400 });
    check([9, 0x87, 6, 0x40], Event { event: 9, is_end: true, volume: 7, duration: 1_600 });
    assert_eq!(Event::parse(&[9, 7, 1]), None);
}

/// All that is sent for these keys: time stamp, marker, payload; last packets thrice.
fn sent(keys: &str, clock_hz: u32) -> Vec<(u32, bool, [u8; 4])> {
    let mut sender = EventSender::new(clock_hz);
    sender.press(keys.chars().filter_map(Key::from_char)).unwrap();
    let mut packets = Vec::new();
    for tick in 0.. {
        if sender.is_idle() {
            break;
        }
        let timestamp = 1_000 + tick * clock_hz / 50;
        match sender.tick() {
            Sending::Nothing => {}
            Sending::Packet(it) => packets.push((timestamp - it.began_before, it.marker, it.payload)),
            Sending::LastPacket(it) => {
                let packet = (timestamp - it.began_before, it.marker, it.payload);
                packets.extend([packet; END_PACKETS as usize]);
            }
        }
    }
    packets
}

fn received(packets: &[(u32, bool, [u8; 4])]) -> Vec<(char, u32)> {
    let mut receiver = EventReceiver::new();
    let mut now = Duration::ZERO;
    let mut told = Vec::new();
    for (timestamp, _, payload) in packets {
        now += TICK;
        told.extend(receiver.receive(*timestamp, payload, now).into_iter().flatten());
    }
    told.extend(receiver.lost_end(now + LOST_END));
    told.into_iter().map(|press| (press.key.symbol(), press.duration)).collect()
}

#[test]
fn a_key_is_sent_with_one_time_stamp_one_marker_and_three_ends() {
    let packets = sent("5", 8_000);
    assert_eq!(packets.len(), 7);
    for (index, (timestamp, marker, payload)) in packets.iter().enumerate() {
        let event = Event::parse(payload).unwrap();
        assert_eq!((*timestamp, *marker, event.event), (1_000, index == 0, 5));
        assert_eq!(event.is_end, index >= 4);
        assert_eq!(usize::from(event.duration), 160 * (index + 1).min(5));
    }
}

#[test]
fn what_is_sent_is_received_in_order_with_repetitions() {
    for (clock_hz, duration) in [(8_000, 800), (48_000, 4_800)] {
        let keys = "112#*A99";
        let expected: Vec<_> = keys.chars().map(|key| (key, duration)).collect();
        assert_eq!(received(&sent(keys, clock_hz)), expected);
    }
}

#[test]
fn a_key_whose_ends_are_lost_is_told_by_the_next_key_or_by_time() {
    let packets: Vec<_> = sent("12", 8_000)
        .into_iter()
        .filter(|(_, _, payload)| !Event::parse(payload).unwrap().is_end)
        .collect();
    assert_eq!(received(&packets), [('1', 640), ('2', 640)]);
}

#[test]
fn a_key_of_which_only_one_end_comes_is_told() {
    let packets = sent("7", 8_000);
    assert_eq!(received(&packets[6..]), [('7', 800)]);
}

#[test]
fn an_older_key_that_comes_late_is_not_told_again() {
    let mut packets = sent("12", 8_000);
    let late = packets[3];
    packets.push(late);
    assert_eq!(received(&packets), [('1', 800), ('2', 800)]);
}

#[test]
fn a_sender_that_begins_anew_is_understood() {
    let mut packets = sent("1", 8_000);
    for mut packet in sent("2", 8_000) {
        packet.0 = packet.0.wrapping_sub(10_000_000);
        packets.push(packet);
    }
    assert_eq!(received(&packets), [('1', 800), ('2', 800)]);
}

#[test]
fn a_key_that_is_held_down_long_is_one_key() {
    let payload = |is_end, duration| Event { event: 3, is_end, volume: 10, duration }.to_bytes();
    let first = (0, true, payload(false, u16::MAX));
    let second = (u32::from(u16::MAX), false, payload(false, 160));
    let end = (u32::from(u16::MAX), false, payload(true, 320));
    assert_eq!(received(&[first, second, end, end]), [('3', 65_855)]);
}

#[test]
fn too_many_keys_are_refused_as_a_whole() {
    let mut sender = EventSender::new(8_000);
    let key = Key::from_char('1').unwrap();
    assert_eq!(sender.press([key; MAX_QUEUED_KEYS + 1]), Err(TooManyKeys));
    assert!(sender.is_idle());
    assert_eq!(sender.press([key; MAX_QUEUED_KEYS]), Ok(()));
    assert_eq!(sender.press([key]), Err(TooManyKeys));
}

#[test]
fn released_keys_end_in_order() {
    let mut sender = EventSender::new(8_000);
    sender.press("123".chars().filter_map(Key::from_char)).unwrap();
    assert!(matches!(sender.tick(), Sending::Packet(_)));
    sender.release();
    let rest: Vec<_> = (0..10).map(|_| sender.tick()).collect();
    assert_eq!(rest.iter().filter(|it| matches!(it, Sending::LastPacket(_))).count(), 1);
    assert!(sender.is_idle());
}

fn tones(key: char, amplitude: f32, ms: usize) -> Vec<i16> {
    let place = PAD.iter().enumerate().find_map(|(row, keys)| {
        keys.iter().position(|it| char::from(*it) == key).map(|column| (row, column))
    });
    let (row, column) = place.unwrap();
    let mut sound = vec![0; ms * 8];
    Sine::new(ROWS_HZ[row], amplitude, 8_000).add(&mut sound);
    Sine::new(COLUMNS_HZ[column], amplitude * 0.9, 8_000).add(&mut sound);
    sound
}

#[test]
fn keys_within_the_sound_are_heard_once() {
    let mut detector = InBandDetector::new(8_000);
    let mut heard = String::new();
    for key in KEYS.chars() {
        let sound = [tones(key, 4_000.0, 80), vec![0; 640]].concat();
        heard.extend(sound.chunks(160).filter_map(|frame| detector.hear(frame)).map(Key::symbol));
    }
    assert_eq!(heard, KEYS);
}

#[test]
fn speech_is_no_key() {
    for pitch_hz in [90.0, 120.0, 180.0, 240.0] {
        let mut sound = vec![0; 8_000 * 30];
        Voice::new(pitch_hz, 5, 8_000).fill(&mut sound);
        let mut detector = InBandDetector::new(8_000);
        assert_eq!(sound.chunks(160).find_map(|frame| detector.hear(frame)), None, "{pitch_hz} Hz");
    }
}

proptest! {
    #[test]
    fn each_key_is_told_once_whatever_is_lost_but_for_all_of_it(
        keys in "[0-9*#A-D]{1,20}", lost in prop::collection::vec(0_usize..7, 0..60),
    ) {
        let mut packets = sent(&keys, 8_000);
        // Of each key's seven packets at least one comes.
        let mut index = 0;
        packets.retain(|_| {
            let (key, packet) = (index / 7, index % 7);
            index += 1;
            packet == key % 7 || !lost.contains(&packet)
        });
        let told: String = received(&packets).into_iter().map(|(key, _)| key).collect();
        prop_assert_eq!(told, keys);
    }

    #[test]
    fn any_packets_are_survived(packets in prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u8>(), 0..8)), 0..50)) {
        let mut receiver = EventReceiver::new();
        for (timestamp, payload) in packets {
            let _ = receiver.receive(timestamp, &payload, Duration::ZERO);
            let _ = receiver.lost_end(Duration::MAX);
        }
    }
}
