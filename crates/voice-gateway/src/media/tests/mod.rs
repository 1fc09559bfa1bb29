use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use contact_center::calls::{self, Track};
use media::bridge::Latching;
use media::codec::{Codec, Law};
use media::rtp::Packet;
use media::sounds::{Repeat, Sound, TonePlan};

use super::*;

mod faults;

const FAMILY: CallId = CallId(1);
const CUSTOMER: LegId = LegId(1);
const AGENT: LegId = LegId(2);
const COACH: LegId = LegId(3);
/// The one sample that hold music has here.
const MUSIC: i16 = 6_000;
/// RFC 4733.
const DIGITS: u8 = 101;
/// How long one turn of the phones lasts.
const TURN: Duration = Duration::from_millis(20);
/// Turns until a test gives up waiting.
const MOST_TURNS: usize = 500;

/// A media engine, with ports of the test's own.
struct Rig {
    media: Media,
    news: mpsc::Receiver<MediaEvent>,
    seen: Vec<MediaEvent>,
}

fn config(first_port: u16, pairs: u16) -> MediaConfig {
    let address = |bind: IpAddr| MediaAddress { bind, announced: None };
    MediaConfig {
        addresses: vec![address(Ipv4Addr::LOCALHOST.into()), address(Ipv6Addr::LOCALHOST.into())],
        first_port,
        last_port: first_port + 2 * pairs - 1,
        threads: Some(1),
        recordings: None,
        sounds: Sounds {
            ring_back: Sound::ring_back(TonePlan::Europe),
            hold_music: Sound::stored(vec![MUSIC; 8_000].into(), Repeat::Forever),
            recording_beep: Sound::beep(),
        },
    }
}

impl Rig {
    fn start(config: MediaConfig) -> Rig {
        let (media, news) = Media::start(config).unwrap();
        Rig { media, news, seen: Vec::new() }
    }

    /// A leg with its phone, which says the same octet for ever.
    fn phone(&self, leg: LegId, says: u8) -> Phone {
        self.phone_of(leg, FAMILY, says, IpVersion::V4)
    }

    fn phone_of(&self, leg: LegId, family: CallId, says: u8, version: IpVersion) -> Phone {
        let ports = self.media.open(leg, family, version).unwrap();
        let socket = UdpSocket::bind((ports.address, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let own = socket.local_addr().unwrap();
        self.media.configure(leg, leg_media(own)).unwrap();
        let far = SocketAddr::new(ports.address, ports.rtp);
        Phone { socket, far, says, sequence: 0, heard: Vec::new(), keys: Vec::new() }
    }

    /// The phones speak, one frame a turn, until something is true.
    fn talk_until(
        &mut self,
        phones: &mut [&mut Phone],
        mut is_true: impl FnMut(&[&mut Phone], &[MediaEvent]) -> bool,
    ) {
        let pace = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        pace.set_read_timeout(Some(TURN)).unwrap();
        for _ in 0..MOST_TURNS {
            phones.iter_mut().for_each(|phone| phone.say());
            // Nobody writes to it: this is what keeps the pace.
            let _ = pace.recv(&mut [0]);
            phones.iter_mut().for_each(|phone| phone.listen());
            self.seen.extend(std::iter::from_fn(|| self.news.try_recv().ok()));
            if is_true(phones, &self.seen) {
                return;
            }
        }
        panic!("it never came true; news: {:?}", self.seen);
    }

    /// Turns in which nobody waits for anything.
    fn talk(&mut self, phones: &mut [&mut Phone], turns: usize) {
        let mut left = turns;
        self.talk_until(phones, |_, _| {
            left -= 1;
            left == 0
        });
    }

    /// Waits for an event.
    fn await_event(&mut self, is_it: impl Fn(&MediaEvent) -> bool) {
        self.talk_until(&mut [], |_, seen| seen.iter().any(&is_it));
    }
}

fn leg_media(remote: SocketAddr) -> LegMedia {
    LegMedia {
        codec: Codec::Pcma,
        payload_type: 8,
        dtmf: Some(DIGITS),
        remote: Some(remote),
        remote_control: None,
        latching: Latching::FirstHeard,
        may_send: true,
        may_receive: true,
        srtp: None,
        silent_after: Duration::from_secs(20),
    }
}

fn plan(leg: LegId, hears: &[LegId]) -> EarPlan {
    EarPlan { leg, family: FAMILY, hears: hears.to_vec(), plays: None, track: None }
}

/// The agent hears both, the customer the agent alone.
fn coached() -> [EarPlan; 3] {
    [plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER, COACH]), plan(COACH, &[CUSTOMER, AGENT])]
}

struct Phone {
    socket: UdpSocket,
    far: SocketAddr,
    says: u8,
    sequence: u16,
    /// The first octet of each frame of sound.
    heard: Vec<u8>,
    keys: Vec<Vec<u8>>,
}

impl Phone {
    fn say(&mut self) {
        self.send(self.far, &[self.says; 160], 8);
    }

    fn send(&mut self, to: SocketAddr, payload: &[u8], payload_type: u8) {
        self.sequence += 1;
        let timestamp = u32::from(self.sequence) * 160;
        let packet = Packet {
            marker: false,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: u32::from(self.says),
            payload,
        };
        let mut datagram = [0; 400];
        let length = packet.write(&mut datagram).unwrap();
        self.socket.send_to(&datagram[..length], to).unwrap();
    }

    fn listen(&mut self) {
        let mut datagram = [0; 2_000];
        while let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
            // RTCP comes from the port above.
            if from != self.far {
                continue;
            }
            let packet = Packet::parse(&datagram[..length]).unwrap();
            match packet.payload_type {
                DIGITS => self.keys.push(packet.payload.to_vec()),
                _ => self.heard.push(packet.payload[packet.payload.len() / 2]),
            }
        }
    }

    /// Whether it heard nothing but this since it was asked last, and that.
    fn hears_only(&mut self, octet: u8) -> bool {
        let heard = std::mem::take(&mut self.heard);
        !heard.is_empty() && heard.iter().all(|it| *it == octet)
    }
}

/// An octet of A-law for a sample.
fn octet(sample: i16) -> u8 {
    Law::A.encode_one(sample)
}

/// The sample that two voices make together.
fn sum(one: u8, other: u8) -> i16 {
    Law::A.decode_one(one) + Law::A.decode_one(other)
}

fn is_near(octet: u8, sample: i16) -> bool {
    (Law::A.decode_one(octet) - sample).abs() < 300
}

#[test]
fn two_parties_hear_each_other() {
    let mut rig = Rig::start(config(22_000, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    rig.media.score(&[plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER])]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(2_000); 5]) && phones[1].heard.ends_with(&[octet(1_000); 5])
    });
    assert!(rig.seen.iter().any(|it| matches!(it, MediaEvent::Heard { leg: CUSTOMER })));
}

#[test]
fn two_parties_hear_each_other_by_ipv6() {
    let mut rig = Rig::start(config(22_010, 4));
    let mut customer = rig.phone_of(CUSTOMER, FAMILY, octet(1_000), IpVersion::V6);
    let mut agent = rig.phone_of(AGENT, FAMILY, octet(2_000), IpVersion::V4);
    rig.media.score(&[plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER])]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(2_000); 5]) && phones[1].heard.ends_with(&[octet(1_000); 5])
    });
}

#[test]
fn plans_that_come_before_their_legs_are_kept() {
    let mut rig = Rig::start(config(22_020, 4));
    rig.media.score(&[plan(CUSTOMER, &[AGENT])]).unwrap();
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(2_000); 5])
    });
    assert!(agent.heard.iter().all(|it| *it == octet(0)), "nobody said that the agent hears anything");
}

#[test]
fn a_coach_is_heard_by_the_agent_alone_through_all_switches() {
    let mut rig = Rig::start(config(22_030, 4));
    let (mouth_customer, mouth_agent, mouth_coach) = (octet(1_000), octet(4_000), octet(-9_000));
    let mut customer = rig.phone(CUSTOMER, mouth_customer);
    let mut agent = rig.phone(AGENT, mouth_agent);
    let mut coach = rig.phone(COACH, mouth_coach);
    let whispered = sum(mouth_customer, mouth_coach);
    for _ in 0..3 {
        rig.media.score(&coached()).unwrap();
        rig.talk_until(&mut [&mut customer, &mut agent, &mut coach], |phones, _| {
            phones[1].heard.last().is_some_and(|it| is_near(*it, whispered))
        });
        customer.heard.clear();
        rig.talk(&mut [&mut customer, &mut agent, &mut coach], 10);
        assert!(customer.hears_only(mouth_agent), "the customer's ear is a pure relay of the agent");
        rig.media.score(&[plan(CUSTOMER, &[AGENT, COACH])]).unwrap();
        let both = sum(mouth_agent, mouth_coach);
        rig.talk_until(&mut [&mut customer, &mut agent, &mut coach], |phones, _| {
            phones[0].heard.last().is_some_and(|it| is_near(*it, both))
        });
    }
}

#[test]
fn hold_music_is_heard_instead_of_voices() {
    let mut rig = Rig::start(config(22_040, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    let held = EarPlan { plays: Some(calls::Sound::HoldMusic), ..plan(CUSTOMER, &[]) };
    rig.media.score(&[held, plan(AGENT, &[])]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(MUSIC); 5])
    });
    assert!(!customer.heard.contains(&octet(2_000)));
    assert!(agent.heard.iter().all(|it| *it == octet(0)));
}

#[test]
fn a_sound_that_ends_is_told_once() {
    let mut rig = Rig::start(config(22_050, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let beep = EarPlan { plays: Some(calls::Sound::RecordingBeep), ..plan(CUSTOMER, &[]) };
    rig.media.score(std::slice::from_ref(&beep)).unwrap();
    let is_end = |it: &MediaEvent| {
        matches!(it, MediaEvent::SoundEnded { leg: CUSTOMER, sound: calls::Sound::RecordingBeep })
    };
    rig.talk_until(&mut [&mut customer], |_, seen| seen.iter().any(is_end));
    rig.media.score(&[beep]).unwrap();
    rig.talk(&mut [&mut customer], 20);
    assert_eq!(rig.seen.iter().filter(|it| is_end(it)).count(), 1);
}

#[test]
fn digits_go_both_ways() {
    let mut rig = Rig::start(config(22_060, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    rig.media.send_digits(CUSTOMER, "5#".to_owned()).unwrap();
    rig.talk_until(&mut [&mut customer], |_, seen| {
        seen.iter().any(|it| matches!(it, MediaEvent::DigitsSent { leg: CUSTOMER }))
    });
    let keys: Vec<u8> = customer.keys.iter().map(|key| key[0]).collect();
    assert!(keys.starts_with(&[5]) && keys.ends_with(&[11]), "{keys:?}");
    // The end of a key (RFC 4733, section 2.5.1.4), which lasted 100 ms.
    customer.send(customer.far, &[9, 0x8A, 0x03, 0x20], DIGITS);
    rig.talk_until(&mut [&mut customer], |_, seen| {
        seen.iter().any(|it| matches!(it, MediaEvent::Digit { leg: CUSTOMER, digit: '9', lasted } if lasted.as_millis() == 100))
    });
    rig.media.send_digits(CUSTOMER, "five".to_owned()).unwrap();
    rig.await_event(|it| matches!(it, MediaEvent::Refused { leg: CUSTOMER, .. }));
}

#[test]
fn what_is_wrong_with_the_configuration_is_said() {
    let good = || config(22_160, 4);
    let error = |config| Media::start(config).map(drop).unwrap_err().to_string();
    assert_eq!(
        error(MediaConfig { addresses: Vec::new(), ..good() }),
        "there is no media address in the configuration"
    );
    assert_eq!(
        error(MediaConfig { last_port: 22_160, ..good() }),
        "RTP ports 22160 to 22160: an even port and the one above it are the least"
    );
    assert_eq!(error(MediaConfig { threads: Some(0), ..good() }), "0 media threads: 1 to 64 are possible");
    assert_eq!(
        error(MediaConfig { recordings: Some("/not/there".into()), ..good() }),
        "the folder of recordings /not/there cannot be used"
    );
}

#[test]
fn a_coached_call_is_recorded_as_each_party_heard_it() {
    let folder = std::env::temp_dir().join(format!("media-recording-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut rig = Rig::start(MediaConfig { recordings: Some(folder.clone()), ..config(22_170, 4) });
    let (mouth_agent, mouth_coach) = (octet(4_000), octet(-9_000));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, mouth_agent);
    let mut coach = rig.phone(COACH, mouth_coach);
    let track = |label: &str| Track {
        call: FAMILY,
        recording: "call-1".into(),
        label: label.into(),
        paused: false,
        is_customer: label == "customer",
    };
    let labels = ["customer", "agent", "coach"];
    let plans: Vec<EarPlan> = coached()
        .into_iter()
        .zip(labels)
        .map(|(plan, label)| EarPlan { track: Some(track(label)), ..plan })
        .collect();
    rig.media.score(&plans).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent, &mut coach], |phones, _| phones[1].heard.len() > 60);
    [CUSTOMER, AGENT, COACH].into_iter().for_each(|leg| rig.media.close(leg));
    rig.await_event(|it| matches!(it, MediaEvent::RecordingEnded { .. }));
    let call = folder.join("call-1");
    let out = folder.join("as-heard.wav");
    let sheet = render_as_heard(&call, 0, &out).unwrap();
    let heard = samples(&out);
    let agent_said = Law::A.decode_one(mouth_agent);
    assert!(heard.iter().filter(|it| **it == agent_said).count() > 5_000, "{sheet:?}");
    assert!(heard.iter().all(|it| [0, agent_said].contains(it)), "a whisper is in no view of the customer");
    render_as_heard(&call, 1, &out).unwrap();
    let whispered = sum(octet(1_000), mouth_coach);
    assert!(samples(&out).iter().filter(|it| **it == whispered).count() > 5_000);
    assert_eq!(sheet.tracks.iter().map(|it| it.label.as_str()).collect::<Vec<_>>(), labels);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn without_a_folder_a_recording_fails_and_the_call_goes_on() {
    let mut rig = Rig::start(config(22_180, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    let track =
        Track { call: FAMILY, recording: "call".into(), label: "1".into(), paused: false, is_customer: true };
    rig.media.score(&[EarPlan { track: Some(track), ..plan(CUSTOMER, &[AGENT]) }]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, seen| {
        phones[0].heard.ends_with(&[octet(2_000); 5])
            && seen.iter().any(|it| {
                matches!(it, MediaEvent::RecordingFailed { cause: RecordingError::NotConfigured, .. })
            })
    });
}

fn samples(path: &std::path::Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap();
    bytes[media::wav::HEADER_BYTES..].chunks(2).map(|it| i16::from_le_bytes([it[0], it[1]])).collect()
}
