//! What goes out to an ear: a mixed frame, or a packet passed on.

use core::net::SocketAddr;
use core::time::Duration;

use super::config::{Event, MAX_DATAGRAM, Sink};
use super::earpiece::{Earpiece, FRAME, Right, Tally};
use super::mouth::{MAX_DECODED_SAMPLES, Mouth, Taken, law, mixed_rate};
use crate::codec::{Encoder, MAX_PAYLOAD_BYTES, PTIME_MS, Rate};
use crate::jitter::{Pulled, Ring};
use crate::mix;
use crate::rtp::{Packet, Stamp};
use crate::srtp::MAX_OVERHEAD;

/// Samples of a frame at the highest rate that is mixed.
const MAX_FRAME_SAMPLES: usize = Rate::Wide.samples_in(PTIME_MS);
const FRAMES_A_SECOND: u32 = 1_000 / PTIME_MS as u32;

/// Buffers that every packet of a bridge passes.
pub(super) struct Scratch {
    pub(super) decoded: [i16; MAX_DECODED_SAMPLES],
    sum: [i32; MAX_FRAME_SAMPLES],
    mouth: [i16; MAX_FRAME_SAMPLES],
    frame: [i16; MAX_FRAME_SAMPLES],
    payload: [u8; MAX_DATAGRAM],
    pub(super) packet: [u8; MAX_DATAGRAM + MAX_OVERHEAD],
}

impl Scratch {
    pub(super) fn new() -> Box<Scratch> {
        const { assert!(MAX_PAYLOAD_BYTES <= MAX_DATAGRAM) };
        Box::new(Scratch {
            decoded: [0; MAX_DECODED_SAMPLES],
            sum: [0; MAX_FRAME_SAMPLES],
            mouth: [0; MAX_FRAME_SAMPLES],
            frame: [0; MAX_FRAME_SAMPLES],
            payload: [0; MAX_DATAGRAM],
            packet: [0; MAX_DATAGRAM + MAX_OVERHEAD],
        })
    }
}

/// When and by which means something is sent.
pub(super) struct Sending<'a, S> {
    pub(super) mouths: &'a [Option<Box<Mouth>>],
    /// The far side's address, once it is known.
    pub(super) to: Option<SocketAddr>,
    pub(super) now: Duration,
    pub(super) scratch: &'a mut Scratch,
    pub(super) sink: &'a mut S,
}

impl Earpiece {
    /// Makes one frame of all that may be heard now, and sends it.
    pub(super) fn emit(&mut self, sending: &mut Sending<'_, impl Sink>) {
        let rate = mixed_rate(self.codec);
        let Scratch { sum, mouth, frame, payload, packet, .. } = &mut *sending.scratch;
        let (sum, frame) = (&mut sum[..rate.samples_in(PTIME_MS)], &mut frame[..rate.samples_in(PTIME_MS)]);
        sum.fill(0);
        for right in &mut self.rights {
            let Some(ring) = sending.mouths[right.mouth].as_ref().and_then(|it| it.ring.as_ref()) else {
                continue;
            };
            self.tally.add(right.add_to(sum, ring, mouth, frame));
        }
        if let Some((order, player)) = &mut self.playing {
            let has_more = player.fill(frame);
            mix::add(sum, frame);
            if !has_more {
                sending.sink.event(Event::Played { leg: self.key, order: *order });
                (self.playing, self.has_ended) = (None, true);
            }
        }
        mix::clamp(sum, frame);
        self.smooth(frame, sending.now);
        let ticks = self.codec.clock_hz() / FRAMES_A_SECOND;
        if self.digit_is_down {
            return self.sender.leave_out(ticks, sending.now);
        }
        let encoder = self.encoder.get_or_insert_with(|| Encoder::new(self.codec, rate));
        let Ok(length) = encoder.encode(frame, payload) else { return };
        let stamp = self.sender.frame(ticks, sending.now);
        self.send(stamp, self.payload_type, &payload[..length], sending.to, packet, sending.sink);
    }

    /// Lets a frame go on from the last one if the sources have changed.
    fn smooth(&mut self, frame: &mut [i16], now: Duration) {
        if core::mem::take(&mut self.is_changed) {
            let is_pause = self.sender.last_sent().is_none_or(|last| now.saturating_sub(last) > 2 * FRAME);
            mix::continue_from(if is_pause { 0 } else { self.last_sample }, frame);
        }
        self.last_sample = frame.last().copied().unwrap_or_default();
    }

    /// Passes a packet of the one mouth on, unless it was spoken before the right to hear it.
    pub(super) fn relay(&mut self, taken: &Taken<'_>, ticks: u32, sending: &mut Sending<'_, impl Sink>) {
        let Some(right) = self.rights.first_mut().filter(|right| taken.spoken_at >= right.since) else {
            return;
        };
        let is_new = core::mem::replace(&mut right.is_new, false);
        if taken.is_new_stream {
            self.sender.end_relay();
        }
        let Some(stamp) = self.sender.relay(&taken.packet, ticks, sending.now) else { return };
        let Scratch { frame, payload: buffer, packet, .. } = &mut *sending.scratch;
        let mut payload = taken.packet.payload;
        if let Some(law) = law(self.codec) {
            if self.is_changed && payload.len() <= frame.len() {
                let frame = &mut frame[..payload.len()];
                law.decode(payload, frame);
                if is_new {
                    mix::ramp_in(frame);
                }
                self.smooth(frame, sending.now);
                law.encode(frame, buffer);
                payload = &buffer[..payload.len()];
            }
            self.last_sample = payload.last().map_or(0, |octet| law.decode_one(*octet));
        }
        self.is_changed = false;
        self.send(stamp, self.payload_type, payload, sending.to, packet, sending.sink);
    }

    /// Sends a payload under a stamp.
    pub(super) fn send(
        &mut self,
        stamp: Stamp,
        payload_type: u8,
        payload: &[u8],
        to: Option<SocketAddr>,
        buffer: &mut [u8],
        sink: &mut impl Sink,
    ) {
        let Some(to) = to else { return };
        let Stamp { ssrc, sequence, timestamp, marker } = stamp;
        let packet = Packet { marker, payload_type, sequence, timestamp, ssrc, payload };
        let Some(mut length) = packet.write(buffer) else { return };
        if let Some(protect) = &mut self.protect {
            let Ok(protected) = protect.protect(buffer, length) else { return };
            length = protected;
        }
        self.sender.sent_octets(payload.len());
        self.tally.sent += 1;
        sink.send(self.key, to, &buffer[..length]);
    }
}

impl Right {
    /// Adds the next frame of this mouth to a sum.
    fn add_to(&mut self, sum: &mut [i32], ring: &Ring, mouth: &mut [i16], converted: &mut [i16]) -> Pulled {
        let Some(tap) = &mut self.tap else { return Pulled::default() };
        let mouth = &mut mouth[..ring.rate().samples_in(PTIME_MS)];
        let pulled = tap.pull(ring, self.since, mouth);
        self.is_new &= pulled.heard == 0;
        match &mut self.resampler {
            None => mix::add(sum, mouth),
            Some(resampler) => {
                let length = resampler.process(mouth, converted);
                mix::add(sum, &converted[..length]);
            }
        }
        pulled
    }
}

impl Tally {
    fn add(&mut self, pulled: Pulled) {
        self.starved += u64::from(pulled.starved);
        self.concealed += u64::from(pulled.concealed);
        self.skipped += u64::from(pulled.skipped);
    }
}
