//! What one leg says: taken from its packets, and put into order for those who listen.

use core::net::SocketAddr;
use core::time::Duration;

use super::config::{Event, LegConfig, LegKey, MAX_DATAGRAM, Sink};
use super::figures::Figures;
use super::latch::{Flood, Latch};
use super::track::Track;
use crate::codec::{Codec, Decoder, Law, MAX_PACKET_MS, Rate};
use crate::dtmf::{EventReceiver, KeyPress, LOST_END};
use crate::jitter::{Ring, Timeline};
use crate::rtcp::{FIRST_REPORT_AFTER, Reports};
use crate::rtp::{COMFORT_NOISE, Packet, Place, Stream};
use crate::srtp::Unprotect;

/// Room for the longest packet's samples at the highest rate that is mixed.
pub(super) const MAX_DECODED_SAMPLES: usize = Rate::Wide.samples_in(MAX_PACKET_MS);

/// The receiving half of a leg.
pub(super) struct Mouth {
    pub(super) key: LegKey,
    pub(super) codec: Codec,
    payload_type: u8,
    dtmf: Option<u8>,
    may_receive: bool,
    unprotect: Option<Unprotect>,
    pub(super) latch: Latch,
    pub(super) remote_control: Option<SocketAddr>,
    flood: Flood,
    pub(super) stream: Stream,
    pub(super) timeline: Timeline,
    keys: EventReceiver,
    /// When a key whose end was lost is over.
    pub(super) key_end_at: Option<Duration>,
    decoder: Option<Decoder>,
    /// There while somebody mixes this mouth.
    pub(super) ring: Option<Ring>,
    pub(super) recorded: bool,
    track: Track,
    /// The ears whose rows name this mouth.
    pub(super) listeners: Vec<usize>,
    silent_after: Duration,
    last_heard: Duration,
    is_speaking: bool,
    has_told_silence: bool,
    pub(super) reports: Reports,
    pub(super) report_at: Duration,
    pub(super) figures: Figures,
}

/// A packet that was found good.
pub(super) struct Taken<'a> {
    pub(super) packet: Packet<'a>,
    pub(super) kind: Kind,
    /// Numbers and time stamps have begun anew with it.
    pub(super) is_new_stream: bool,
    /// It comes after its turn.
    pub(super) is_late: bool,
    pub(super) timestamp: i64,
    /// When it was sent, had it travelled like the fastest: what counts for the right to hear it.
    pub(super) spoken_at: Duration,
}

/// What a packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sound,
    Key,
}

impl Mouth {
    pub(super) fn new(key: LegKey, config: &LegConfig, unprotect: Option<Unprotect>, now: Duration) -> Mouth {
        Mouth {
            key,
            codec: config.codec,
            payload_type: config.payload_type,
            dtmf: config.dtmf,
            may_receive: config.may_receive,
            unprotect,
            latch: Latch::new(config.latching, config.remote),
            remote_control: config.remote_control,
            flood: Flood::default(),
            stream: Stream::default(),
            timeline: Timeline::new(config.codec.clock_hz()),
            keys: EventReceiver::new(),
            key_end_at: None,
            decoder: None,
            ring: None,
            recorded: config.recorded,
            track: Track::default(),
            listeners: Vec::new(),
            silent_after: config.silent_after,
            last_heard: now,
            is_speaking: false,
            has_told_silence: false,
            reports: Reports::default(),
            report_at: now + FIRST_REPORT_AFTER,
            figures: Figures::default(),
        }
    }

    /// Applies what a new offer and answer agreed; what was counted stays.
    pub(super) fn change(&mut self, config: &LegConfig, unprotect: Option<Unprotect>, now: Duration) {
        let mut changed = Mouth::new(self.key, config, unprotect.or(self.unprotect.take()), now);
        changed.latch.keep_source_of(&self.latch);
        changed.listeners = core::mem::take(&mut self.listeners);
        changed.reports = core::mem::take(&mut self.reports);
        changed.flood = core::mem::take(&mut self.flood);
        (changed.report_at, changed.figures) = (self.report_at, self.figures);
        (changed.is_speaking, changed.has_told_silence) = (self.is_speaking, self.has_told_silence);
        if changed.codec == self.codec {
            changed.stream = core::mem::take(&mut self.stream);
            core::mem::swap(&mut changed.timeline, &mut self.timeline);
            core::mem::swap(&mut changed.keys, &mut self.keys);
            core::mem::swap(&mut changed.track, &mut self.track);
            (changed.decoder, changed.ring) = (self.decoder.take(), self.ring.take());
        }
        *self = changed;
    }

    /// Checks a datagram of the RTP port and decrypts it in place. `None` if it is not to be used; then it is counted.
    pub(super) fn take<'a>(
        &mut self,
        datagram: &'a mut [u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut impl Sink,
    ) -> Option<Taken<'a>> {
        if !self.admit(datagram, from, now) {
            return None;
        }
        let datagram = self.open(datagram)?;
        let Some(packet) = Packet::parse(datagram) else {
            self.figures.malformed += 1;
            return None;
        };
        let kind = self.kind(&packet)?;
        if self.latch.confirm(from, now) {
            self.figures.relatched += 1;
        }
        self.alive(now, sink);
        let place = self.stream.receive(&packet, self.codec.clock_hz(), now);
        let is_new_stream = place == Place::First;
        match place {
            Place::First => self.restart(),
            Place::Late => self.figures.late += 1,
            Place::Duplicate => {
                self.figures.duplicates += 1;
                return None;
            }
            Place::Unproven => return None,
            Place::Newest => {}
        }
        let kind = kind?;
        let timestamp = self.stream.extended_timestamp(&packet);
        if kind == Kind::Sound {
            self.timeline.observe(timestamp, now);
        }
        let spoken_at = self.timeline.sent_at(timestamp, now);
        let is_late = place == Place::Late;
        self.may_receive.then_some(Taken { packet, kind, is_new_stream, is_late, timestamp, spoken_at })
    }

    /// Checks a datagram of RTCP and decrypts it in place; its length. It may come from another port than RTP, not from another host.
    pub(super) fn take_control(
        &mut self,
        datagram: &mut [u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut impl Sink,
    ) -> Option<usize> {
        let hosts = [self.latch.destination(), self.remote_control].into_iter().flatten();
        if !hosts.map(|known| known.ip()).any(|host| host == from.ip()) {
            self.figures.wrong_source += 1;
            return None;
        }
        if !self.flood.admits(now) {
            self.figures.flooded += 1;
            return None;
        }
        let length = match &mut self.unprotect {
            None => datagram.len(),
            Some(unprotect) => {
                let Ok(length) = unprotect.unprotect_rtcp(datagram) else {
                    self.figures.not_authentic += 1;
                    return None;
                };
                length
            }
        };
        self.remote_control = Some(from);
        self.alive(now, sink);
        Some(length)
    }

    /// Decodes a packet for those who mix this mouth, and for the recorder.
    pub(super) fn decode(&mut self, taken: &Taken<'_>, samples: &mut [i16], sink: &mut impl Sink) {
        // A decoder of G.722 that begins within a stream takes half a second to find its loudness.
        if self.ring.is_none() && !self.recorded && self.codec != Codec::G722 {
            return;
        }
        // Of a codec that goes by what was before, a packet after its turn would spoil what follows.
        let has_memory = !matches!(self.codec, Codec::Pcmu | Codec::Pcma);
        if taken.is_late && has_memory {
            return;
        }
        let rate = self.rate();
        let Some(count) = self.decode_payload(taken.packet.payload, samples) else {
            self.figures.malformed += 1;
            return;
        };
        let samples = &samples[..count];
        if let Some(ring) = &mut self.ring {
            ring.write(taken.timestamp, samples, taken.spoken_at);
        }
        if self.recorded
            && let Some(at) =
                self.track.place(taken.timestamp, taken.spoken_at, samples.len(), rate, self.codec)
        {
            sink.track(self.key, samples, rate.hz(), at);
        }
    }

    /// G.711 by itself: what a decoder keeps to conceal losses is each ear's own matter.
    fn decode_payload(&mut self, payload: &[u8], samples: &mut [i16]) -> Option<usize> {
        if let Some(law) = law(self.codec) {
            let samples = samples.get_mut(..payload.len())?;
            law.decode(payload, samples);
            return Some(payload.len());
        }
        let (codec, rate) = (self.codec, self.rate());
        let decoder = self.decoder.get_or_insert_with(|| Decoder::new(codec, rate));
        decoder.decode(payload, samples).ok()
    }

    /// Makes room for those who mix this mouth, or does without it.
    pub(super) fn provide_ring(&mut self, is_mixed: bool) {
        if !is_mixed {
            self.ring = None;
        } else if self.ring.is_none() {
            self.ring = Some(Ring::new(self.rate(), self.codec.clock_hz()));
        }
        // One that has slept through a part of the stream knows nothing of what comes.
        if self.codec == Codec::Opus && !is_mixed && !self.recorded {
            self.decoder = None;
        }
    }

    /// The rate at which this mouth is mixed.
    pub(super) fn rate(&self) -> Rate {
        mixed_rate(self.codec)
    }

    /// When silence has lasted too long, unless that was told or nothing is expected.
    pub(super) fn silence_at(&self) -> Option<Duration> {
        (self.may_receive && !self.has_told_silence).then(|| self.last_heard + self.silent_after)
    }

    /// Tells that nothing has come for too long.
    pub(super) fn tell_silence(&mut self, sink: &mut impl Sink) {
        (self.has_told_silence, self.is_speaking) = (true, false);
        sink.event(Event::FellSilent { leg: self.key });
    }

    /// Takes in a packet of a key, and tells the keys that were let go.
    pub(super) fn hear_key(&mut self, taken: &Taken<'_>, now: Duration, sink: &mut impl Sink) {
        let told = self.keys.receive(taken.packet.timestamp, taken.packet.payload, now);
        self.key_end_at = Some(now + LOST_END);
        told.into_iter().flatten().for_each(|press| self.tell_key(press, sink));
    }

    /// Tells a key whose end was lost.
    pub(super) fn end_key(&mut self, now: Duration, sink: &mut impl Sink) {
        self.key_end_at = None;
        if let Some(press) = self.keys.lost_end(now) {
            self.tell_key(press, sink);
        }
    }

    fn tell_key(&self, press: KeyPress, sink: &mut impl Sink) {
        let lasted = u64::from(press.duration) * 1_000_000 / u64::from(self.codec.clock_hz());
        sink.event(Event::Digit { leg: self.key, key: press.key, lasted: Duration::from_micros(lasted) });
    }

    /// Something authentic came.
    fn alive(&mut self, now: Duration, sink: &mut impl Sink) {
        self.last_heard = now;
        self.has_told_silence = false;
        if !core::mem::replace(&mut self.is_speaking, true) {
            sink.event(Event::Heard { leg: self.key });
        }
    }

    fn admit(&mut self, datagram: &[u8], from: SocketAddr, now: Duration) -> bool {
        if !self.latch.admits(from, now) {
            self.figures.wrong_source += 1;
            return false;
        }
        if !self.flood.admits(now) {
            self.figures.flooded += 1;
            return false;
        }
        if datagram.len() > MAX_DATAGRAM {
            self.figures.malformed += 1;
            return false;
        }
        true
    }

    fn open<'a>(&mut self, datagram: &'a mut [u8]) -> Option<&'a [u8]> {
        let Some(unprotect) = &mut self.unprotect else { return Some(datagram) };
        match unprotect.unprotect(datagram) {
            Ok(length) => datagram.get(..length),
            Err(_) => {
                self.figures.not_authentic += 1;
                None
            }
        }
    }

    /// What a packet holds: nothing to be heard, if it is comfort noise. `None` if nobody agreed on it.
    fn kind(&mut self, packet: &Packet<'_>) -> Option<Option<Kind>> {
        if packet.payload_type == self.payload_type {
            return Some(Some(Kind::Sound));
        }
        if Some(packet.payload_type) == self.dtmf {
            return Some(Some(Kind::Key));
        }
        if packet.payload_type == COMFORT_NOISE {
            self.figures.comfort_noise += 1;
            return Some(None);
        }
        self.figures.wrong_payload += 1;
        None
    }

    fn restart(&mut self) {
        self.timeline.restart();
        self.keys = EventReceiver::new();
        if let Some(ring) = &mut self.ring {
            ring.restart();
        }
        self.track.restart();
        self.decoder = None;
        self.figures.new_streams += 1;
    }
}

/// The rate at which a codec's sound is mixed: the telephone's, or wideband.
pub(super) fn mixed_rate(codec: Codec) -> Rate {
    codec.native_rate().min(Rate::Wide)
}

/// The law of a codec whose octets are samples.
pub(super) fn law(codec: Codec) -> Option<Law> {
    match codec {
        Codec::Pcmu => Some(Law::Mu),
        Codec::Pcma => Some(Law::A),
        Codec::G722 | Codec::Opus => None,
    }
}

/// How much sound a payload holds, in ticks of its clock.
pub(super) fn ticks_of(codec: Codec, payload: &[u8]) -> u32 {
    match codec {
        // An octet is a tick: of G.722, too, by its odd clock.
        Codec::Pcmu | Codec::Pcma | Codec::G722 => payload.len() as u32,
        Codec::Opus => opus_ticks(payload),
    }
}

/// Frames of an Opus packet by its first octets (RFC 6716, section 3.1).
fn opus_ticks(payload: &[u8]) -> u32 {
    let Some(first) = payload.first() else { return 0 };
    let configuration = usize::from(first >> 3);
    let frame = match configuration {
        0..12 => [480, 960, 1_920, 2_880][configuration & 3],
        12..16 => [480, 960][configuration & 1],
        _ => [120, 240, 480, 960][configuration & 3],
    };
    match first & 3 {
        0 => frame,
        1 | 2 => 2 * frame,
        _ => frame * u32::from(payload.get(1).map_or(1, |count| count & 63)),
    }
}
