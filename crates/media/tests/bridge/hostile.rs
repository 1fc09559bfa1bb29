//! Packets that are no packets, come from elsewhere, or are too many.

use std::net::SocketAddr;
use std::time::Duration;

use media::bridge::{
    Bridge, Ear, Event, Identity, LegConfig, LegKey, MAX_DATAGRAMS_IN_WINDOW, MAX_LEGS, Refused,
    SILENT_AFTER, Sink,
};
use media::codec::Codec::Pcmu;
use media::dtmf;
use media::rtp::Packet;
use proptest::prelude::*;

use crate::simulation::{address, config};

const ONE: LegKey = LegKey(1);
const TWO: LegKey = LegKey(2);
const IDENTITY: Identity = Identity { ssrc: 7, sequence: 65_530, timestamp: u32::MAX - 100 };

/// All that came out.
#[derive(Default)]
pub struct Out {
    pub sent: Vec<(LegKey, SocketAddr, Vec<u8>)>,
    pub control: Vec<(LegKey, Vec<u8>)>,
    pub events: Vec<Event>,
    pub track: Vec<(LegKey, usize, Duration)>,
}

impl Sink for Out {
    fn send(&mut self, leg: LegKey, to: SocketAddr, datagram: &[u8]) {
        self.sent.push((leg, to, datagram.to_vec()));
    }
    fn send_control(&mut self, leg: LegKey, _to: SocketAddr, datagram: &[u8]) {
        self.control.push((leg, datagram.to_vec()));
    }
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn track(&mut self, leg: LegKey, samples: &[i16], _rate_hz: u32, spoken_at: Duration) {
        self.track.push((leg, samples.len(), spoken_at));
    }
}

pub fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Two legs that hear each other.
pub fn talk(change: impl Fn(&mut LegConfig)) -> (Bridge, Out) {
    let (mut bridge, mut out) = (Bridge::new(), Out::default());
    for (key, party) in [(ONE, 1), (TWO, 2)] {
        let mut config = config(Pcmu, party, IDENTITY);
        change(&mut config);
        bridge.open(key, config, at(0)).expect("a free leg");
    }
    let table = [Ear { leg: ONE, hears: &[TWO], plays: None }, Ear { leg: TWO, hears: &[ONE], plays: None }];
    assert!(bridge.score(&table, 1, at(0), &mut out));
    (bridge, out)
}

pub fn datagram(sequence: u16, payload_type: u8, payload: &[u8]) -> Vec<u8> {
    let timestamp = u32::from(sequence) * 160;
    let packet = Packet { marker: false, payload_type, sequence, timestamp, ssrc: 99, payload };
    let mut bytes = vec![0; 1_400];
    let length = packet.write(&mut bytes).expect("room");
    bytes.truncate(length);
    bytes
}

fn sound(sequence: u16) -> Vec<u8> {
    datagram(sequence, 0, &[0x55; 160])
}

#[test]
fn nobody_else_can_speak_for_a_leg() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in 0..10 {
        bridge.receive(ONE, &mut sound(number), address(9), at(u64::from(number)), &mut out);
    }
    assert_eq!((out.sent.len(), bridge.figures(ONE).unwrap().wrong_source), (0, 10));
    bridge.receive(ONE, &mut sound(0), address(1), at(20), &mut out);
    assert_eq!(out.sent.len(), 1);
    assert_eq!((out.sent[0].0, out.sent[0].1), (TWO, address(2)));
}

#[test]
fn a_flood_from_elsewhere_does_not_touch_the_call() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in 0..5_000 {
        bridge.receive(ONE, &mut sound(number), address(9), at(1), &mut out);
    }
    bridge.receive(ONE, &mut sound(0), address(1), at(1), &mut out);
    assert_eq!(out.sent.len(), 1);
}

#[test]
fn a_flood_from_the_phone_itself_is_cut_off() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in 0..1_000 {
        bridge.receive(ONE, &mut sound(number), address(1), at(1), &mut out);
    }
    assert_eq!(out.sent.len(), usize::from(MAX_DATAGRAMS_IN_WINDOW));
    assert_eq!(bridge.figures(ONE).unwrap().flooded, 1_000 - u64::from(MAX_DATAGRAMS_IN_WINDOW));
}

#[test]
fn what_nobody_agreed_on_is_dropped_and_counted() {
    let (mut bridge, mut out) = talk(|_| {});
    bridge.receive(ONE, &mut datagram(1, 18, &[0; 20]), address(1), at(1), &mut out);
    bridge.receive(ONE, &mut datagram(2, 13, &[40]), address(1), at(2), &mut out);
    bridge.receive(ONE, &mut [1, 2, 3], address(1), at(3), &mut out);
    bridge.receive(ONE, &mut [0x80; 2_000], address(1), at(4), &mut out);
    let figures = bridge.figures(ONE).unwrap();
    assert_eq!((figures.wrong_payload, figures.comfort_noise, figures.malformed), (1, 1, 2));
    assert!(out.sent.is_empty());
}

#[test]
fn a_foreign_stream_needs_two_packets_in_sequence() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in 0..3 {
        bridge.receive(ONE, &mut sound(number), address(1), at(u64::from(number) * 20), &mut out);
    }
    let mut strange = |number, now| {
        let mut datagram = sound(number);
        datagram[11] ^= 1;
        bridge.receive(ONE, &mut datagram, address(1), at(now), &mut out);
        out.sent.len()
    };
    assert_eq!((strange(700, 61), strange(900, 62), strange(901, 63)), (3, 3, 4));
}

#[test]
fn numbers_and_time_go_on_over_their_ends_and_over_a_loss() {
    let (mut bridge, mut out) = talk(|_| {});
    for number in [0, 1, 3, 2, 7, 8] {
        bridge.receive(ONE, &mut sound(number), address(1), at(u64::from(number) * 20), &mut out);
    }
    let packets = out.sent.iter().map(|(_, _, bytes)| Packet::parse(bytes).unwrap());
    let numbers: Vec<(u16, u32)> = packets.map(|packet| (packet.sequence, packet.timestamp)).collect();
    let expected = [0_u16, 1, 3, 2, 7, 8].map(|number| {
        (IDENTITY.sequence.wrapping_add(number), IDENTITY.timestamp.wrapping_add(u32::from(number) * 160))
    });
    assert_eq!(numbers, expected);
    assert_eq!(bridge.figures(ONE).unwrap().lost, 3);
}

#[test]
fn a_table_that_is_older_than_the_one_in_force_changes_nothing() {
    let (mut bridge, mut out) = talk(|_| {});
    assert!(bridge.score(&[], 5, at(1), &mut out));
    let table = [Ear { leg: TWO, hears: &[ONE], plays: None }];
    assert!(!bridge.score(&table, 5, at(2), &mut out) && !bridge.score(&table, 4, at(2), &mut out));
    bridge.receive(ONE, &mut sound(0), address(1), at(3), &mut out);
    assert!(out.sent.is_empty());
}

#[test]
fn nobody_hears_himself_or_somebody_who_is_not_there() {
    let (mut bridge, mut out) = talk(|_| {});
    let table = [Ear { leg: ONE, hears: &[ONE, LegKey(77)], plays: None }];
    assert!(bridge.score(&table, 2, at(1), &mut out));
    bridge.receive(ONE, &mut sound(0), address(1), at(3), &mut out);
    assert!(out.sent.is_empty());
}

#[test]
fn legs_are_limited_and_known_by_one_name() {
    let mut bridge = Bridge::new();
    for key in 0..MAX_LEGS as u64 {
        bridge.open(LegKey(key), config(Pcmu, 1, IDENTITY), at(0)).unwrap();
    }
    assert_eq!(bridge.open(LegKey(3), config(Pcmu, 1, IDENTITY), at(0)), Err(Refused::KnownLeg));
    assert_eq!(bridge.open(LegKey(999), config(Pcmu, 1, IDENTITY), at(0)), Err(Refused::TooManyLegs));
    bridge.close(LegKey(3), at(1), &mut Out::default());
    bridge.open(LegKey(999), config(Pcmu, 1, IDENTITY), at(1)).unwrap();
}

#[test]
fn silence_is_told_once_and_its_end_too() {
    let (mut bridge, mut out) = talk(|_| {});
    bridge.receive(ONE, &mut sound(0), address(1), at(0), &mut out);
    for second in 1..60 {
        bridge.tick(at(second * 1_000), &mut out);
    }
    bridge.receive(ONE, &mut sound(900), address(1), at(60_000), &mut out);
    let told: Vec<Event> = out.events.into_iter().filter(|it| !matches!(it, Event::Hears { .. })).collect();
    assert_eq!(told[0], Event::Heard { leg: ONE });
    assert_eq!(told[1..3], [Event::FellSilent { leg: ONE }, Event::FellSilent { leg: TWO }]);
    assert_eq!(told[3..], [Event::Heard { leg: ONE }]);
    assert!(SILENT_AFTER < at(60_000));
}

#[test]
fn a_key_is_told_and_relayed_with_the_ears_payload_type() {
    let (mut bridge, mut out) = talk(|config| {
        config.dtmf = Some(if config.remote == Some(address(1)) { 96 } else { 101 });
    });
    bridge.receive(ONE, &mut sound(0), address(1), at(0), &mut out);
    let key = dtmf::Event { event: 5, is_end: true, volume: 10, duration: 800 };
    bridge.receive(ONE, &mut datagram(1, 96, &key.to_bytes()), address(1), at(20), &mut out);
    let packet = Packet::parse(&out.sent[1].2).unwrap();
    assert_eq!((packet.payload_type, packet.payload), (101, &key.to_bytes()[..]));
    let five = dtmf::Key::from_char('5').unwrap();
    assert!(out.events.contains(&Event::Digit { leg: ONE, key: five, lasted: at(100) }));
}

#[test]
fn digits_that_are_dialed_reach_their_leg_as_keys_between_the_sound() {
    let (mut bridge, mut out) = talk(|_| {});
    assert_eq!(bridge.send_digits(ONE, "12x", at(0)), Err(Refused::NotADigit));
    bridge.send_digits(ONE, "1#", at(0)).unwrap();
    for now in 0..600 {
        if now % 20 == 5 {
            bridge.receive(TWO, &mut sound(now as u16 / 20), address(2), at(now), &mut out);
        }
        if bridge.next_tick().is_some_and(|due| due <= at(now)) {
            bridge.tick(at(now), &mut out);
        }
    }
    let mut keys = dtmf::EventReceiver::new();
    let mut heard = String::new();
    let mut numbers = Vec::new();
    for (_, _, bytes) in out.sent.iter().filter(|(leg, ..)| *leg == ONE) {
        let packet = Packet::parse(bytes).unwrap();
        numbers.push(packet.sequence);
        if packet.payload_type == 101 {
            let told = keys.receive(packet.timestamp, packet.payload, at(0));
            heard.extend(told.into_iter().flatten().map(|press| press.key.symbol()));
        }
    }
    assert_eq!(heard, "1#");
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{numbers:?}");
    assert!(out.events.contains(&Event::DigitsSent { leg: ONE }));
}

#[test]
fn a_recorded_leg_has_a_track_without_overlap() {
    let (mut bridge, mut out) = talk(|config| config.recorded = true);
    for number in 0..50_u16 {
        bridge.receive(ONE, &mut sound(number), address(1), at(20 + u64::from(number) * 20), &mut out);
    }
    assert_eq!(out.track.len(), 50);
    assert!(out.track.iter().all(|(leg, samples, _)| (*leg, *samples) == (ONE, 160)));
    assert_eq!((out.track[0].2, out.track[49].2), (at(0), at(980)));
}

#[test]
fn a_leg_that_is_closed_is_told_goodbye() {
    let (mut bridge, mut out) = talk(|config| config.remote_control = config.remote);
    bridge.receive(ONE, &mut sound(0), address(1), at(0), &mut out);
    bridge.tick(at(3_000), &mut out);
    assert_eq!(out.control.len(), 2);
    bridge.close(ONE, at(4_000), &mut out);
    let (leg, bytes) = out.control.last().unwrap();
    assert_eq!((*leg, &bytes[bytes.len() - 8..][..2]), (ONE, &[0x81, 203][..]));
    assert!(matches!(out.events.last(), Some(Event::Closed { leg: ONE, figures }) if figures.received == 1));
    assert_eq!(bridge.figures(ONE), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_octets_are_survived(
        datagrams in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..400), 0_u64..400), 1..60),
    ) {
        let (mut bridge, mut out) = talk(|config| config.recorded = true);
        let table = [Ear { leg: ONE, hears: &[TWO], plays: None }];
        bridge.score(&table, 2, at(0), &mut out);
        let mut now = 0;
        for (is_rtp, mut datagram, wait) in datagrams {
            now += wait;
            if is_rtp && datagram.len() > 1 {
                (datagram[0], datagram[1]) = (0x80 | datagram[0] & 0x3F, if datagram[1] & 1 == 0 { 0 } else { 101 });
            }
            bridge.receive(TWO, &mut datagram, address(2), at(now), &mut out);
            bridge.receive_control(TWO, &mut datagram, address(2), at(now), &mut out);
            bridge.tick(at(now), &mut out);
        }
    }
}
