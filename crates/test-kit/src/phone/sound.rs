//! The sound of one call: a socket for RTP, a voice that is sent every 20 ms, and an ear.

use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use media::codec::{Codec, Decoder, Encoder, MAX_PACKET_SAMPLES, MAX_PAYLOAD_BYTES, PTIME_MS, Rate};
use media::dtmf::{END_PACKETS, EventReceiver, EventSender, Key, Sending};
use media::rtp::{HEADER_OCTETS, Packet, Place, Sender, Stamp, Stream, is_control};
use media::tone::{Sine, Voice};
use parking_lot::Mutex;
use sip::sdp::{self, Agreed};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::config::{PhoneConfig, PhoneVoice};
use super::hearing::{Ear, FRAME, Hearing};
use super::view::PhoneCall;
use super::{clock, random};

/// The peak of a tone, and of a hum.
const TONE_PEAK: f32 = 8_000.0;
const HUM_PEAK: f32 = 600.0;
/// The longest datagram that is taken.
const MOST_OCTETS: usize = 2_048;
/// Datagrams that are taken at once, before something else has its turn.
const MOST_AT_ONCE: usize = 1_000;

/// What all calls of a phone share.
pub(super) struct Room {
    pub hearing: Mutex<Hearing>,
    /// Told whenever something was heard.
    pub heard: Notify,
    pub speaks: AtomicBool,
    started: Instant,
}

impl Room {
    pub fn new(config: &PhoneConfig) -> Room {
        Room {
            hearing: Mutex::new(Hearing::new(config.tones.len())),
            heard: Notify::new(),
            speaks: AtomicBool::new(true),
            started: clock::now(),
        }
    }
}

/// The sound of one call. Its task ends with it.
pub(super) struct Sound {
    line: Arc<Line>,
    task: JoinHandle<()>,
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sound {
    /// Opens a socket; nothing is sent until both sides have agreed.
    pub fn open(call: PhoneCall, config: &PhoneConfig, room: &Arc<Room>) -> std::io::Result<Sound> {
        let socket = std::net::UdpSocket::bind(SocketAddr::new(config.host, 0))?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let address = socket.local_addr()?;
        let line = Arc::new(Line {
            call,
            socket,
            address,
            room: Arc::clone(room),
            talk: Mutex::new(Talk {
                agreed: None,
                mouth: Mouth::new(config),
                ear: Ear::new(&config.tones, &config.hums),
                inward: None,
            }),
        });
        let task = crate::start_task(run(Arc::clone(&line)));
        Ok(Sound { line, task })
    }

    pub fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

async fn run(line: Arc<Line>) {
    let mut tick = interval(Duration::from_millis(PTIME_MS as u64));
    loop {
        tokio::select! {
            _ = tick.tick() => line.speak(),
            () = line.listen() => {}
        }
    }
}

/// The socket of a call, and both directions of its sound.
pub(super) struct Line {
    call: PhoneCall,
    socket: UdpSocket,
    address: SocketAddr,
    room: Arc<Room>,
    talk: Mutex<Talk>,
}

struct Talk {
    agreed: Option<Agreed>,
    mouth: Mouth,
    ear: Ear,
    inward: Option<Inward>,
}

impl Line {
    /// Where it listens.
    pub fn address(&self) -> (IpAddr, u16) {
        (self.address.ip(), self.address.port())
    }

    /// From now on as was agreed.
    pub fn agree(&self, agreed: Agreed) {
        let mut talk = self.talk.lock();
        talk.mouth.agree(&agreed, self.now());
        if talk.inward.as_ref().is_none_or(|it| it.is_other(&agreed)) {
            talk.inward = Some(Inward::new(&agreed));
        }
        talk.agreed = Some(agreed);
    }

    /// Lets keys follow those that wait. False if the far side takes none, or they are none, or too many.
    pub fn press(&self, digits: &str) -> bool {
        let mut talk = self.talk.lock();
        let keys: Option<Vec<Key>> = digits.chars().map(Key::from_char).collect();
        let takes = talk.agreed.as_ref().is_some_and(|it| it.dtmf.is_some());
        takes && keys.is_some_and(|keys| talk.mouth.keys.press(keys).is_ok())
    }

    /// Takes all that has arrived until now.
    pub fn drain(&self) {
        let mut talk = self.talk.lock();
        let mut hearing = self.room.hearing.lock();
        // Past tokio, which may not have noticed yet what has come.
        let socket = SockRef::from(&self.socket);
        let mut buffer = [0; MOST_OCTETS];
        let mut is_heard = false;
        for _ in 0..MOST_AT_ONCE {
            let Ok(length) = (&*socket).read(&mut buffer) else { break };
            let Some(datagram) = buffer.get(..length) else { break };
            let Talk { ear, inward, .. } = &mut *talk;
            if let Some(inward) = inward {
                inward.receive(datagram, self.now(), &mut hearing, |frame| ear.judge(self.call, frame));
            }
            is_heard = true;
        }
        drop((hearing, talk));
        if is_heard {
            self.room.heard.notify_waiters();
        }
    }

    async fn listen(&self) {
        if self.socket.readable().await.is_ok() {
            let taken: std::io::Result<()> = self.socket.try_io(Interest::READABLE, || {
                self.drain();
                Err(std::io::ErrorKind::WouldBlock.into())
            });
            // There is nothing more: so it was told.
            drop(taken);
        }
    }

    fn speak(&self) {
        let mut talk = self.talk.lock();
        let Talk { agreed, mouth, inward, .. } = &mut *talk;
        let Some(agreed) = agreed else { return };
        let now = self.now();
        if let Some(key) = inward.as_mut().and_then(|it| it.keys.lost_end(now)) {
            self.room.hearing.lock().digit(key.key.symbol());
        }
        if !agreed.direction.sends() {
            return;
        }
        let mut sent = 0;
        mouth.tick(agreed, self.room.speaks.load(Ordering::Relaxed), now, |packet| {
            // A packet that the system does not take is lost, as on any network.
            let _ = self.socket.try_send_to(packet, agreed.remote);
            sent += 1;
        });
        self.room.hearing.lock().counts.sent += sent;
    }

    fn now(&self) -> Duration {
        clock::now().saturating_duration_since(self.room.started)
    }
}

/// What is sent.
struct Mouth {
    voice: Source,
    codec: Option<(Codec, Encoder)>,
    sender: Option<Sender>,
    keys: EventSender,
    /// The time stamp of the key that is down: that of its beginning.
    key_began: u32,
}

enum Source {
    Silent,
    Tone(Sine),
    Speech(Box<Voice>, Sine),
}

impl Mouth {
    fn new(config: &PhoneConfig) -> Mouth {
        let rate = Rate::Narrow.hz();
        let voice = match config.voice {
            PhoneVoice::Silent => Source::Silent,
            PhoneVoice::Tone(hz) => Source::Tone(Sine::new(hz, TONE_PEAK, rate)),
            PhoneVoice::Speech { pitch_hz, hum_hz } => {
                let seed =
                    config.number.bytes().fold(7_u32, |seed, octet| seed * 31 % 65_521 + u32::from(octet));
                Source::Speech(Box::new(Voice::new(pitch_hz, seed, rate)), Sine::new(hum_hz, HUM_PEAK, rate))
            }
        };
        Mouth { voice, codec: None, sender: None, keys: EventSender::new(8_000), key_began: 0 }
    }

    fn agree(&mut self, agreed: &Agreed, now: Duration) {
        let codec = of_media(agreed.codec);
        if self.codec.as_ref().is_some_and(|(known, _)| *known == codec) {
            return;
        }
        self.codec = Some((codec, Encoder::new(codec, Rate::Narrow)));
        self.keys = EventSender::new(codec.clock_hz());
        match &mut self.sender {
            Some(sender) => sender.change_clock(codec.clock_hz()),
            None => {
                let number = random::number();
                let (ssrc, rest) = ((number >> 32) as u32, number as u32);
                let timestamp = rest.wrapping_add(now.as_millis() as u32);
                self.sender = Some(Sender::new(ssrc, rest as u16, timestamp, codec.clock_hz()));
            }
        }
    }

    /// One tick's packets.
    fn tick(&mut self, agreed: &Agreed, speaks: bool, now: Duration, mut send: impl FnMut(&[u8])) {
        let (Some((codec, encoder)), Some(sender)) = (&mut self.codec, &mut self.sender) else { return };
        let ticks = codec.clock_hz() / 50;
        let mut frame = [0; FRAME];
        if speaks {
            self.voice.fill(&mut frame);
        }
        let mut payload = [0; MAX_PAYLOAD_BYTES];
        // Also beside keys, so that the encoder does not stumble.
        let Ok(length) = encoder.encode(&frame, &mut payload) else { return };
        let sending = agreed.dtmf.map_or(Sending::Nothing, |_| self.keys.tick());
        let (packet, times) = match sending {
            Sending::Packet(packet) => (packet, 1),
            Sending::LastPacket(packet) => (packet, END_PACKETS),
            Sending::Nothing => {
                let stamp = sender.frame(ticks, now);
                write(stamp, agreed.payload_type, payload.get(..length).unwrap_or_default(), &mut send);
                return;
            }
        };
        if packet.marker {
            self.key_began = sender.timestamp_at(now);
        }
        for _ in 0..times {
            let stamp = sender.event(self.key_began, packet.marker);
            write(stamp, agreed.dtmf.unwrap_or_default(), &packet.payload, &mut send);
        }
        sender.leave_out(ticks, now);
    }
}

fn write(stamp: Stamp, payload_type: u8, payload: &[u8], send: &mut impl FnMut(&[u8])) {
    let Stamp { ssrc, sequence, timestamp, marker } = stamp;
    let packet = Packet { marker, payload_type, sequence, timestamp, ssrc, payload };
    let mut out = [0; HEADER_OCTETS + MAX_PAYLOAD_BYTES];
    if let Some(length) = packet.write(&mut out) {
        send(out.get(..length).unwrap_or_default());
    }
}

impl Source {
    fn fill(&mut self, frame: &mut [i16]) {
        match self {
            Source::Silent => {}
            Source::Tone(sine) => sine.fill(frame),
            Source::Speech(voice, hum) => {
                voice.fill(frame);
                hum.add(frame);
            }
        }
    }
}

/// What comes in.
struct Inward {
    /// By payload type.
    receives: Vec<(u8, sdp::Codec)>,
    dtmf: Option<u8>,
    decoder: Option<(u8, Decoder)>,
    stream: Stream,
    keys: EventReceiver,
    expected: u64,
}

impl Inward {
    fn new(agreed: &Agreed) -> Inward {
        Inward {
            receives: agreed.receives.clone(),
            dtmf: agreed.receives_dtmf,
            decoder: None,
            stream: Stream::default(),
            keys: EventReceiver::new(),
            expected: 0,
        }
    }

    fn is_other(&self, agreed: &Agreed) -> bool {
        self.receives != agreed.receives || self.dtmf != agreed.receives_dtmf
    }

    fn receive(
        &mut self,
        datagram: &[u8],
        now: Duration,
        hearing: &mut Hearing,
        mut judge: impl FnMut(&[i16]) -> super::hearing::HeardFrame,
    ) {
        if is_control(datagram) {
            return;
        }
        let Some(packet) = Packet::parse(datagram) else {
            hearing.counts.strange += 1;
            return;
        };
        let codec = self.receives.iter().find(|it| it.0 == packet.payload_type).map(|it| of_media(it.1));
        let is_key = self.dtmf == Some(packet.payload_type);
        if codec.is_none() && !is_key {
            hearing.counts.strange += 1;
            return;
        }
        let clock_hz = codec.map_or(8_000, Codec::clock_hz);
        if !matches!(self.stream.receive(&packet, clock_hz, now), Place::First | Place::Newest) {
            hearing.counts.passed_over += 1;
            return;
        }
        let missing = self.stream.expected().saturating_sub(self.expected + 1);
        self.expected = self.stream.expected();
        hearing.counts.missing += missing;
        if is_key {
            for press in self.keys.receive(packet.timestamp, packet.payload, now).into_iter().flatten() {
                hearing.digit(press.key.symbol());
            }
            return;
        }
        let Some(codec) = codec else { return };
        if self.decoder.as_ref().is_none_or(|it| it.0 != packet.payload_type) {
            self.decoder = Some((packet.payload_type, Decoder::new(codec, Rate::Narrow)));
        }
        let Some((_, decoder)) = &mut self.decoder else { return };
        let mut samples = [0; MAX_PACKET_SAMPLES];
        let Ok(count) = decoder.decode(packet.payload, &mut samples) else {
            hearing.counts.strange += 1;
            return;
        };
        for frame in samples.get(..count).unwrap_or_default().chunks(FRAME) {
            hearing.take(judge(frame));
        }
    }
}

/// The same codec in the words of the media.
fn of_media(codec: sdp::Codec) -> Codec {
    match codec {
        sdp::Codec::Pcmu => Codec::Pcmu,
        sdp::Codec::Pcma => Codec::Pcma,
        sdp::Codec::G722 => Codec::G722,
        sdp::Codec::Opus => Codec::Opus,
    }
}

/// The same codec in the words of offers.
pub(super) fn of_offers(codec: Codec) -> sdp::Codec {
    match codec {
        Codec::Pcmu => sdp::Codec::Pcmu,
        Codec::Pcma => sdp::Codec::Pcma,
        Codec::G722 => sdp::Codec::G722,
        Codec::Opus => sdp::Codec::Opus,
    }
}
