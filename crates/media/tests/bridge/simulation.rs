//! Phones that speak tones into a bridge, over a network that loses, repeats, delays and reorders; and ears that know each tone.
//!
//! A phone's tone depends on which table was in force when its packet could have arrived at the earliest. So an ear can tell not
//! only who is heard, but also since when what is heard had been spoken.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use media::bridge::{Bridge, Ear, Event, Identity, Latching, LegConfig, LegKey, Playing, SILENT_AFTER, Sink};
use media::codec::{Codec, Decoder, Encoder, Rate};
use media::rtp::Packet;
use media::sounds::{Repeat, Sound};
use media::tone::{Sine, ToneDetector};

/// Who takes part.
pub const PARTIES: usize = 5;
/// Tones of one party, used in turn from table to table.
pub const TONES: usize = 3;
/// The place of the music's tone among all tones.
pub const MUSIC: usize = PARTIES * TONES;
/// How loud everybody speaks.
const LOUD: f32 = 4_000.0;
/// A tone is heard in a frame from here on: a quarter of the frame suffices.
const HEARD: f32 = 1_000.0;
/// All phones send packets of 20 ms.
const FRAME_US: u64 = 20_000;
/// What is spoken so shortly before a switch may count as spoken after it: the fastest packet's way is known to the grain of the
/// thread's waking and the network's jitter.
const GRAIN_US: u64 = 3_000;
/// How long a stream has to run until its fastest packet is known.
const LEARNING_US: u64 = 500_000;
/// How often the media thread wakes.
const WAKE_US: u64 = 1_000;

/// A source of numbers that is the same every time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }
}

/// What the network does to one phone's packets.
#[derive(Clone, Copy)]
pub struct Network {
    pub lost_percent: u64,
    pub repeated_percent: u64,
    pub jitter_us: u64,
    /// Few packets come much later than the others, and overtaken.
    pub straggling_percent: u64,
}

pub const CALM: Network =
    Network { lost_percent: 0, repeated_percent: 0, jitter_us: 500, straggling_percent: 0 };
pub const ROUGH: Network =
    Network { lost_percent: 2, repeated_percent: 1, jitter_us: 8_000, straggling_percent: 1 };

struct Phone {
    key: LegKey,
    codec: Codec,
    encoder: Encoder,
    tones: Vec<Sine>,
    network: Network,
    /// How much its clock is too slow, in millionths.
    slow: i64,
    next_frame_ns: u64,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    is_speaking: bool,
    /// Says one frame in so many, and is silent in between.
    burst_every: u64,
    frames: u64,
    /// When it said one.
    bursts_us: Vec<u64>,
    last_frame_us: u64,
    began_us: u64,
    /// What was said at these versions may count as said at the next one.
    straddling: Vec<u64>,
    /// When something that it said was lost or late lately: others may miss it for so much longer.
    excuses: Vec<(u64, u64)>,
}

/// What came to an ear.
pub struct EarState {
    detector: ToneDetector,
    decoder: Decoder,
    /// A decoder that goes by what was before needs so long to forget it: what rings in a phone is no leak.
    rings_us: u64,
    /// When each party was heard last.
    pub heard_us: [u64; PARTIES],
    last: Option<(u16, u32)>,
    sequences: Vec<u16>,
    pub packets: u64,
    pub samples: Vec<i16>,
    /// When somebody was heard: the party and the time.
    pub log: Vec<(usize, u64)>,
}

/// The table that ought to be in force, and since when.
#[derive(Clone, Default)]
pub struct Row {
    pub hears: Vec<usize>,
    pub plays: bool,
}

pub struct World {
    pub bridge: Bridge,
    pub dice: Dice,
    pub now_us: u64,
    pub version: u64,
    scored_us: u64,
    pub rows: Vec<Row>,
    /// The version, and the time, since which an ear may hear a mouth.
    since: [[Option<(u64, u64)>; PARTIES]; PARTIES],
    phones: Vec<Phone>,
    network: BTreeMap<(u64, u64), (usize, Vec<u8>)>,
    posted: u64,
    pub wire: Wire,
    music: Sound,
    next_key: u64,
    pub keeps_samples: bool,
    /// Everybody keeps to one tone; then only who is heard is judged, by the test itself.
    pub keeps_tones: bool,
}

/// What the bridge sent in this step, to be looked at after it.
#[derive(Default)]
pub struct Wire {
    sent: Vec<(LegKey, Vec<u8>)>,
    pub events: Vec<Event>,
}

impl Sink for Wire {
    fn send(&mut self, leg: LegKey, _to: SocketAddr, datagram: &[u8]) {
        self.sent.push((leg, datagram.to_vec()));
    }
    fn send_control(&mut self, _leg: LegKey, _to: SocketAddr, _datagram: &[u8]) {}
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn track(&mut self, _leg: LegKey, _samples: &[i16], _rate_hz: u32, _spoken_at: Duration) {}
}

/// The frequency of each party's tones, and of the music. Tones of one party that follow each other lie far apart.
pub fn frequencies() -> Vec<f32> {
    let places = (0..PARTIES).flat_map(|party| (0..TONES).map(move |tone| tone * PARTIES + party));
    places.chain([MUSIC]).map(|place| 400.0 + 180.0 * place as f32).collect()
}

pub fn address(party: usize) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4_000 + party as u16)
}

impl World {
    pub fn new(seed: u64, codecs: [Codec; PARTIES], networks: [Network; PARTIES]) -> (World, Vec<EarState>) {
        let mut dice = Dice::new(seed);
        let frequencies = frequencies();
        let mut music = vec![0; 8_000];
        Sine::new(frequencies[MUSIC], LOUD, 8_000).fill(&mut music);
        let phones = (0..PARTIES).map(|party| Phone {
            key: LegKey(party as u64),
            codec: codecs[party],
            encoder: Encoder::new(codecs[party], Rate::Narrow),
            tones: (0..TONES).map(|tone| Sine::new(frequencies[party * TONES + tone], LOUD, 8_000)).collect(),
            network: networks[party],
            slow: dice.below(600) as i64 - 300,
            next_frame_ns: dice.below(FRAME_US * 1_000),
            ssrc: dice.below(1 << 32) as u32,
            sequence: dice.below(1 << 16) as u16,
            timestamp: dice.below(1 << 32) as u32,
            is_speaking: true,
            burst_every: 1,
            frames: 0,
            bursts_us: Vec::new(),
            last_frame_us: 0,
            began_us: 0,
            straddling: Vec::new(),
            excuses: Vec::new(),
        });
        let phones: Vec<Phone> = phones.collect();
        let mut world = World {
            bridge: Bridge::new(),
            now_us: 0,
            version: 0,
            scored_us: 0,
            rows: vec![Row::default(); PARTIES],
            since: [[None; PARTIES]; PARTIES],
            phones,
            network: BTreeMap::new(),
            posted: 0,
            wire: Wire::default(),
            music: Sound::stored(Arc::from(music), Repeat::Forever),
            next_key: PARTIES as u64,
            keeps_samples: false,
            keeps_tones: false,
            dice,
        };
        for party in 0..PARTIES {
            world.open(party);
        }
        let ears = codecs.map(|codec| EarState {
            detector: ToneDetector::new(&frequencies, 8_000),
            decoder: Decoder::new(codec, Rate::Narrow),
            rings_us: if codec == Codec::G722 { 25_000 } else { 0 },
            heard_us: [0; PARTIES],
            last: None,
            sequences: Vec::new(),
            packets: 0,
            samples: Vec::new(),
            log: Vec::new(),
        });
        (world, ears.into())
    }

    pub fn now(&self) -> Duration {
        Duration::from_micros(self.now_us)
    }

    fn open(&mut self, party: usize) {
        let identity = Identity {
            ssrc: self.dice.below(1 << 32) as u32,
            sequence: self.dice.below(1 << 16) as u16,
            timestamp: self.dice.below(1 << 32) as u32,
        };
        let config = config(self.phones[party].codec, party, identity);
        let now = self.now();
        self.bridge.open(self.phones[party].key, config, now).expect("a free leg");
    }

    /// The party hangs up and calls again.
    pub fn call_again(&mut self, party: usize, ears: &mut [EarState]) {
        let now = self.now();
        self.bridge.close(self.phones[party].key, now, &mut self.wire);
        // The new call has a port of its own: what is on its way to the old one is lost.
        self.network.retain(|_, (from, _)| *from != party);
        self.phones[party].key = LegKey(self.next_key);
        self.next_key += 1;
        self.phones[party].began_us = self.now_us;
        self.open(party);
        (ears[party].last, ears[party].sequences) = (None, Vec::new());
        self.since[party] = [None; PARTIES];
        self.since.iter_mut().for_each(|row| row[party] = None);
    }

    /// The party's phone begins another stream, as phones do after a hold.
    pub fn begin_another_stream(&mut self, party: usize) {
        let phone = &mut self.phones[party];
        phone.began_us = self.now_us;
        phone.ssrc = self.dice.below(1 << 32) as u32;
        phone.sequence = self.dice.below(1 << 16) as u16;
        phone.timestamp = self.dice.below(1 << 32) as u32;
        // Two packets prove it, if none of them is lost.
        phone.excuses.push((self.now_us, 60_000));
    }

    pub fn speak(&mut self, party: usize, is_speaking: bool) {
        self.phones[party].is_speaking = is_speaking;
    }

    pub fn speak_in_bursts(&mut self, party: usize, every: u64) {
        self.phones[party].burst_every = every;
    }

    /// How long after each burst of a mouth it was heard at an ear, as far as it was within 200 ms.
    pub fn delays_us(&self, mouth: usize, ear: &EarState) -> Vec<u64> {
        let bursts = self.phones[mouth].bursts_us.iter();
        let heard = |burst: &u64| {
            ear.log.iter().find(|(of, at)| *of == mouth && at >= burst).map(|(_, at)| at - burst)
        };
        bursts.filter_map(heard).filter(|delay| *delay < 200_000).collect()
    }

    pub fn bursts(&self, mouth: usize) -> usize {
        self.phones[mouth].bursts_us.len()
    }

    /// Lets a phone's clock be too slow by so many millionths, too fast if negative.
    pub fn slow_down(&mut self, party: usize, millionths: i64) {
        self.phones[party].slow = millionths;
    }

    /// Lets these rows be in force.
    pub fn score(&mut self, rows: Vec<Row>) {
        for phone in &mut self.phones {
            let is_doubtful =
                phone.last_frame_us + GRAIN_US > self.now_us || phone.began_us + LEARNING_US > self.now_us;
            phone.straddling.retain(|version| version + 2 >= self.version);
            if is_doubtful {
                phone.straddling.push(self.version);
            }
        }
        self.version += 1;
        self.scored_us = self.now_us;
        for (ear, row) in rows.iter().enumerate() {
            for mouth in 0..PARTIES {
                let has = row.hears.contains(&mouth);
                let since = &mut self.since[ear][mouth];
                *since = if has { since.or(Some((self.version, self.now_us))) } else { None };
            }
        }
        self.rows = rows;
        let hears: Vec<Vec<LegKey>> = self
            .rows
            .iter()
            .map(|row| row.hears.iter().map(|mouth| self.phones[*mouth].key).collect())
            .collect();
        let music = Playing { sound: self.music.clone(), order: 1 };
        let table: Vec<Ear<'_>> = (0..PARTIES)
            .map(|party| Ear {
                leg: self.phones[party].key,
                hears: &hears[party],
                plays: self.rows[party].plays.then(|| music.clone()),
            })
            .collect();
        let now = self.now();
        assert!(self.bridge.score(&table, self.version, now, &mut self.wire));
    }

    /// Lets time pass, and judges every packet that is sent meanwhile.
    pub fn run(&mut self, for_us: u64, ears: &mut [EarState]) {
        let until = self.now_us + for_us;
        while self.now_us < until {
            self.now_us += WAKE_US;
            self.speak_all();
            self.deliver();
            let now = self.now();
            if self.bridge.next_tick().is_some_and(|at| at <= now) {
                self.bridge.tick(now, &mut self.wire);
            }
            self.judge(ears);
        }
    }

    fn speak_all(&mut self) {
        for party in 0..PARTIES {
            while self.phones[party].next_frame_ns <= self.now_us * 1_000 {
                self.say(party);
            }
        }
    }

    /// One packet, made at the moment at which it could arrive at the earliest.
    fn say(&mut self, party: usize) {
        let phone = &mut self.phones[party];
        let mut frame = [0; 160];
        phone.frames += 1;
        if phone.frames.is_multiple_of(phone.burst_every) {
            let version = if self.keeps_tones { 0 } else { self.version };
            phone.tones[(version % TONES as u64) as usize].fill(&mut frame);
            phone.bursts_us.push(phone.next_frame_ns / 1_000);
        }
        let mut payload = [0; 400];
        let length = phone.encoder.encode(&frame, &mut payload).expect("a whole frame");
        let packet = Packet {
            marker: false,
            payload_type: payload_type(phone.codec),
            sequence: phone.sequence,
            timestamp: phone.timestamp,
            ssrc: phone.ssrc,
            payload: &payload[..length],
        };
        let mut datagram = vec![0; 500];
        let length = packet.write(&mut datagram).expect("room");
        datagram.truncate(length);
        phone.sequence = phone.sequence.wrapping_add(1);
        phone.timestamp = phone.timestamp.wrapping_add(phone.codec.clock_hz() / 50);
        let at_us = phone.next_frame_ns / 1_000;
        phone.last_frame_us = at_us;
        phone.next_frame_ns += ((FRAME_US * 1_000) as i64 + phone.slow * 20).unsigned_abs();
        if !phone.is_speaking {
            return;
        }
        let network = phone.network;
        phone.excuses.retain(|(at, _)| at + 400_000 > at_us);
        if self.dice.percent(network.lost_percent) {
            phone.excuses.push((at_us, 2 * FRAME_US));
            return;
        }
        let mut late_us = self.dice.below(network.jitter_us + 1);
        if self.dice.percent(network.straggling_percent) {
            late_us += self.dice.below(40_000);
        }
        if late_us > 2_000 {
            phone.excuses.push((at_us, late_us + FRAME_US));
        }
        let copies = 1 + u64::from(self.dice.percent(network.repeated_percent));
        for copy in 0..copies {
            self.posted += 1;
            self.network.insert((at_us + late_us + copy * 3_000, self.posted), (party, datagram.clone()));
        }
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.network.first_entry().filter(|entry| entry.key().0 <= self.now_us) {
            let (party, mut datagram) = entry.remove();
            let (key, now) = (self.phones[party].key, self.now());
            self.bridge.receive(key, &mut datagram, address(party), now, &mut self.wire);
        }
    }

    fn judge(&mut self, ears: &mut [EarState]) {
        for (key, datagram) in std::mem::take(&mut self.wire.sent) {
            let Some(party) = self.phones.iter().position(|phone| phone.key == key) else {
                panic!("sent to a leg that is closed")
            };
            self.judge_packet(party, &mut ears[party], &datagram);
        }
        if self.keeps_tones {
            return;
        }
        for (ear, state) in ears.iter().enumerate() {
            (0..PARTIES).for_each(|mouth| self.judge_silence(ear, mouth, state));
        }
    }

    fn judge_packet(&self, party: usize, ear: &mut EarState, datagram: &[u8]) {
        let packet = Packet::parse(datagram).expect("RTP");
        ear.judge_numbers(&packet, party);
        let mut frame = [0; 1_920];
        let count = ear.decoder.decode(packet.payload, &mut frame).expect("the codec's payload");
        if self.keeps_samples {
            ear.samples.extend_from_slice(&frame[..count]);
        }
        ear.packets += 1;
        let amplitudes: Vec<f32> = ear.detector.amplitudes(&frame[..count]).collect();
        for (mouth, tones) in amplitudes[..MUSIC].chunks(TONES).enumerate() {
            if tones.iter().any(|amplitude| *amplitude >= HEARD) {
                ear.heard_us[mouth] = self.now_us;
                if self.keeps_tones {
                    ear.log.push((mouth, self.now_us));
                }
            }
        }
        if self.keeps_tones {
            return;
        }
        if self.now_us - self.scored_us < ear.rings_us {
            return;
        }
        let (tones, music) = amplitudes.split_at(MUSIC);
        if music[0] >= HEARD {
            assert!(self.rows[party].plays, "{party} hears music at {} µs", self.now_us);
        }
        // A loss or a change of tones makes a codec that adapts noisy, of every frequency.
        let is_noisy = self.phones.iter().any(|phone| phone.codec == Codec::G722);
        let loudest = tones.iter().copied().fold(0.0, f32::max);
        let least = if is_noisy { (2.0 * HEARD).max(loudest / 2.0) } else { HEARD };
        for (place, amplitude) in tones.iter().enumerate().filter(|(_, amplitude)| **amplitude >= least) {
            let (mouth, tone) = (place / TONES, (place % TONES) as u64);
            let Some((since, _)) = self.since[party][mouth] else {
                panic!(
                    "leak: {party} hears {mouth} ({amplitude}) at {} µs, version {}",
                    self.now_us, self.version
                )
            };
            // The tone tells the version at which it was spoken, which is at most two back.
            let age = (self.version + TONES as u64 - tone) % TONES as u64;
            let said = self.version - age;
            assert!(
                said >= since || self.phones[mouth].straddling.contains(&said),
                "leak: {party} hears what {mouth} said at version {said} ({amplitude}), since {since}, at {} µs",
                self.now_us
            );
        }
    }

    /// Who must be heard is heard within 60 ms, and then goes on to be.
    fn judge_silence(&self, ear: usize, mouth: usize, state: &EarState) {
        let Some((_, since)) = self.since[ear][mouth] else { return };
        let phone = &self.phones[mouth];
        if !phone.is_speaking {
            return;
        }
        let heard = state.heard_us[mouth].max(since);
        // What was lost or late on the way is nobody's fault; so is the main mouth's, which clocks the others.
        let others = self.rows[ear].hears.iter().flat_map(|other| &self.phones[*other].excuses);
        let excused: u64 = others.filter(|(at, _)| at + 250_000 > heard).map(|(_, excuse)| *excuse).sum();
        let silent = self.now_us - heard;
        assert!(
            silent <= 60_000 + excused,
            "{ear} does not hear {mouth} since {heard} µs, now {} µs, {excused} excused",
            self.now_us
        );
    }
}

impl EarState {
    /// No number is used twice, and time goes on with the numbers.
    fn judge_numbers(&mut self, packet: &Packet<'_>, party: usize) {
        let number = packet.sequence;
        assert!(!self.sequences.contains(&number), "{party} was sent number {number} twice");
        if self.sequences.len() == 64 {
            self.sequences.remove(0);
        }
        self.sequences.push(number);
        if let Some((sequence, timestamp)) = self.last {
            let step = i64::from(number.wrapping_sub(sequence).cast_signed());
            let time = i64::from(packet.timestamp.wrapping_sub(timestamp).cast_signed());
            assert!(step.abs() < 20, "{party}: numbers jump by {step}");
            assert!(time.signum() == step.signum(), "{party}: {step} packets take {time} ticks");
        }
        if self.last.is_none_or(|(sequence, _)| number.wrapping_sub(sequence).cast_signed() > 0) {
            self.last = Some((number, packet.timestamp));
        }
    }
}

pub fn payload_type(codec: Codec) -> u8 {
    codec.static_payload_type().unwrap_or(111)
}

pub fn config(codec: Codec, party: usize, identity: Identity) -> LegConfig {
    LegConfig {
        codec,
        payload_type: payload_type(codec),
        dtmf: Some(101),
        remote: Some(address(party)),
        remote_control: None,
        latching: Latching::Signalled,
        may_send: true,
        may_receive: true,
        srtp: None,
        identity,
        recorded: false,
        silent_after: SILENT_AFTER,
    }
}
