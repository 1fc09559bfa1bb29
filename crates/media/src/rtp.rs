//! RTP packets (RFC 3550): received with care, sent without gaps.
//!
//! A [`Stream`] judges what one source sends. A [`Sender`] numbers what one leg is sent, whatever it is made of: relayed packets, mixed
//! frames and telephone events stand in one sequence, and a change between them leaves no gap.

use core::time::Duration;

use rtp_types::{RtpPacket, RtpPacketBuilder};

/// Octets of the header that we send.
pub const HEADER_OCTETS: usize = 12;
/// The payload type of comfort noise (RFC 3389).
pub const COMFORT_NOISE: u8 = 13;
/// A jump of the sequence numbers by more is another stream (RFC 3550, appendix A.1).
const MAX_DROPOUT: i32 = 3_000;
/// Packets that are older than this are of another stream (RFC 3550, appendix A.1).
const MAX_MISORDER: i32 = 100;
/// How many of the last packets are remembered, to know one that comes twice.
const REMEMBERED: i64 = 128;
/// A stream that has been silent for so long makes way for another SSRC at once; otherwise it takes two packets in sequence.
const MAKES_WAY_AFTER: Duration = Duration::from_millis(200);
/// Time without sound from which on it is a pause: time stamps follow the clock, and the marker is set.
const PAUSE: Duration = Duration::from_millis(20);
/// How far what was sent may reach beyond the moment: the longest packet.
const MAX_AHEAD: Duration = Duration::from_millis(120);

/// What is used of an RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The beginning of a talkspurt, or of a telephone event.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: u8,
    /// Counts packets.
    pub sequence: u16,
    /// The time of the first sample, in ticks of the codec's clock.
    pub timestamp: u32,
    /// Who speaks.
    pub ssrc: u32,
    /// The codec's octets.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram: version 2, with all that the header announces. `None` if it is anything else.
    pub fn parse(datagram: &'a [u8]) -> Option<Packet<'a>> {
        let packet = RtpPacket::parse(datagram).ok()?;
        let (start, length) = (packet.payload_offset(), packet.payload_len());
        Some(Packet {
            marker: packet.marker_bit(),
            payload_type: packet.payload_type(),
            sequence: packet.sequence_number(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
            payload: datagram.get(start..start + length)?,
        })
    }

    /// Writes the packet to the front of `out`; its length, or `None` if it has no room.
    pub fn write(&self, out: &mut [u8]) -> Option<usize> {
        let builder = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .marker_bit(self.marker)
            .payload_type(self.payload_type)
            .sequence_number(self.sequence)
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(self.payload);
        builder.write_into(out).ok()
    }
}

/// Whether a datagram on an RTP port is RTCP, by its second octet (RFC 5761, section 4).
pub fn is_control(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == 2)
}

/// Where a received packet stands among the others of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first of a stream: numbers and time stamps begin anew.
    First,
    /// Newer than all before.
    Newest,
    /// Its turn has passed; it was not there yet.
    Late,
    /// It was there already.
    Duplicate,
    /// Of a stream that has not yet shown that it is one.
    Unproven,
}

/// What one leg's far side sends, judged by sequence numbers (RFC 3550, appendix A).
#[derive(Debug, Clone, Default)]
pub struct Stream {
    current: Option<Current>,
    /// SSRC and sequence number that would prove another stream.
    candidate: Option<(u32, u16)>,
    /// Interarrival jitter in ticks, times 16.
    jitter: u32,
    /// Totals of the streams before the current one.
    expected_before: u64,
    received: u64,
}

#[derive(Debug, Clone)]
struct Current {
    ssrc: u32,
    first: i64,
    highest: i64,
    /// Bit `n` is set when `highest - n` came.
    seen: u128,
    timestamp: i64,
    heard: Duration,
    transit: u32,
}

impl Stream {
    /// Judges a packet that came at `now`; `clock_hz` is the clock of its time stamps.
    pub fn receive(&mut self, packet: &Packet<'_>, clock_hz: u32, now: Duration) -> Place {
        let Some(current) = &mut self.current else { return self.begin(packet, clock_hz, now) };
        if packet.ssrc != current.ssrc {
            let is_over = now.saturating_sub(current.heard) >= MAKES_WAY_AFTER;
            return self.prove(packet, clock_hz, now, is_over);
        }
        let step = i32::from(packet.sequence.wrapping_sub(current.highest as u16).cast_signed());
        if !(-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
            return self.prove(packet, clock_hz, now, false);
        }
        self.candidate = None;
        current.heard = now;
        let place = current.place(i64::from(step));
        if place == Place::Duplicate {
            return place;
        }
        self.received += 1;
        if place == Place::Newest {
            current.timestamp +=
                i64::from(packet.timestamp.wrapping_sub(current.timestamp as u32).cast_signed());
            let transit = ticks(now, clock_hz).wrapping_sub(packet.timestamp);
            let difference = transit.wrapping_sub(current.transit).cast_signed().unsigned_abs();
            current.transit = transit;
            // A pause between talkspurts is no jitter.
            if difference < clock_hz {
                self.jitter = (self.jitter + difference).saturating_sub((self.jitter + 8) >> 4);
            }
        }
        place
    }

    /// The time stamp of a packet of the current stream, without its wrapping around.
    pub fn extended_timestamp(&self, packet: &Packet<'_>) -> i64 {
        let newest = self.current.as_ref().map_or(0, |current| current.timestamp);
        newest + i64::from(packet.timestamp.wrapping_sub(newest as u32).cast_signed())
    }

    /// The current stream's SSRC.
    pub fn ssrc(&self) -> Option<u32> {
        self.current.as_ref().map(|current| current.ssrc)
    }

    /// The highest sequence number with its cycles (RFC 3550, section 6.4.1).
    pub fn highest(&self) -> u32 {
        self.current.as_ref().map_or(0, |current| current.highest as u32)
    }

    /// How many packets should have come, over all streams.
    pub fn expected(&self) -> u64 {
        let current = self.current.as_ref().map_or(0, |it| (it.highest - it.first + 1).unsigned_abs());
        self.expected_before + current
    }

    /// How many came, each counted once.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Interarrival jitter in ticks of the clock.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    fn prove(&mut self, packet: &Packet<'_>, clock_hz: u32, now: Duration, at_once: bool) -> Place {
        if at_once || self.candidate == Some((packet.ssrc, packet.sequence)) {
            return self.begin(packet, clock_hz, now);
        }
        self.candidate = Some((packet.ssrc, packet.sequence.wrapping_add(1)));
        Place::Unproven
    }

    fn begin(&mut self, packet: &Packet<'_>, clock_hz: u32, now: Duration) -> Place {
        self.expected_before = self.expected();
        self.received += 1;
        self.candidate = None;
        self.current = Some(Current {
            ssrc: packet.ssrc,
            first: i64::from(packet.sequence),
            highest: i64::from(packet.sequence),
            seen: 1,
            timestamp: i64::from(packet.timestamp),
            heard: now,
            transit: ticks(now, clock_hz).wrapping_sub(packet.timestamp),
        });
        Place::First
    }
}

impl Current {
    fn place(&mut self, step: i64) -> Place {
        if step > 0 {
            self.seen = if step < REMEMBERED { self.seen << step } else { 0 } | 1;
            self.highest += step;
            return Place::Newest;
        }
        let bit = 1_u128 << step.unsigned_abs().min(REMEMBERED.unsigned_abs() - 1);
        if self.seen & bit != 0 || self.highest + step < self.first {
            return Place::Duplicate;
        }
        self.seen |= bit;
        Place::Late
    }
}

/// The outgoing stream of one leg.
#[derive(Debug, Clone)]
pub struct Sender {
    ssrc: u32,
    clock_hz: u32,
    /// Of the next packet.
    sequence: u16,
    /// Where the last packet ended.
    timestamp: u32,
    last_sent: Option<Duration>,
    /// Until when what was sent lasts.
    lasts_until: Duration,
    relayed: Option<Relayed>,
    packets: u32,
    octets: u32,
}

/// How a relayed stream's numbers become ours.
#[derive(Debug, Clone, Copy)]
struct Relayed {
    sequence_offset: u16,
    timestamp_offset: u32,
    /// The first of their numbers that this offset is for: what comes later but is older has no place any more.
    floor: u16,
    highest: u16,
}

/// Number, time and marker for a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Our SSRC.
    pub ssrc: u32,
    /// Its number.
    pub sequence: u16,
    /// Its time.
    pub timestamp: u32,
    /// Whether a talkspurt begins: the first packet, after a pause, and where a relay begins.
    pub marker: bool,
}

impl Sender {
    /// A stream that begins with these numbers.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32, clock_hz: u32) -> Sender {
        let (last_sent, lasts_until, relayed) = (None, Duration::ZERO, None);
        Sender { ssrc, clock_hz, sequence, timestamp, last_sent, lasts_until, relayed, packets: 0, octets: 0 }
    }

    /// Goes on in the ticks of another clock.
    pub fn change_clock(&mut self, clock_hz: u32) {
        self.clock_hz = clock_hz;
        self.relayed = None;
    }

    /// Our SSRC.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// When something was sent last.
    pub fn last_sent(&self) -> Option<Duration> {
        self.last_sent
    }

    /// Packets and octets of payload that were sent (RFC 3550, section 6.4.1).
    pub fn totals(&self) -> (u32, u32) {
        (self.packets, self.octets)
    }

    /// The time stamp that the moment has.
    pub fn timestamp_at(&self, now: Duration) -> u32 {
        let since = self.last_sent.map_or(Duration::ZERO, |last| now.saturating_sub(last));
        self.timestamp.wrapping_add(ticks(since, self.clock_hz))
    }

    /// Places a frame of our own, that holds `ticks` of sound.
    pub fn frame(&mut self, ticks: u32, now: Duration) -> Stamp {
        let is_pause = self.catch_up(now);
        let stamp = self.stamp(self.sequence, self.timestamp, is_pause);
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.relayed = None;
        self.count(ticks, now);
        stamp
    }

    /// Lets time pass that holds `ticks` of sound which is not sent, since a key is sent instead.
    pub fn leave_out(&mut self, ticks: u32, now: Duration) {
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.last(ticks, now);
        self.relayed = None;
    }

    /// Places a packet of a telephone event; `timestamp` is that of its beginning.
    pub fn event(&mut self, timestamp: u32, marker: bool) -> Stamp {
        let stamp = self.stamp(self.sequence, timestamp, marker);
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        if let Some(relayed) = &mut self.relayed {
            // What overtook us in the relay keeps its number; what comes from now on moves up by one.
            relayed.sequence_offset = relayed.sequence_offset.wrapping_add(1);
            relayed.floor = relayed.highest.wrapping_add(1);
        }
        stamp
    }

    /// Forgets the stream that was relayed: what follows is another one.
    pub fn end_relay(&mut self) {
        self.relayed = None;
    }

    /// Places a packet that is passed on, with what was lost before it; `ticks` is what it holds. `None` if it belongs before the place
    /// where this relay began.
    pub fn relay(&mut self, packet: &Packet<'_>, ticks: u32, now: Duration) -> Option<Stamp> {
        let Some(mut relayed) = self.relayed else { return Some(self.begin_relay(packet, ticks, now)) };
        if packet.sequence.wrapping_sub(relayed.floor).cast_signed() < 0 {
            return None;
        }
        let sequence = packet.sequence.wrapping_add(relayed.sequence_offset);
        let timestamp = packet.timestamp.wrapping_add(relayed.timestamp_offset);
        let step = packet.sequence.wrapping_sub(relayed.highest).cast_signed();
        if step > 0 {
            relayed.highest = packet.sequence;
            self.relayed = Some(relayed);
            self.sequence = sequence;
            // A telephone event repeats the time of its beginning, and holds no sound.
            if ticks > 0 {
                self.timestamp = timestamp.wrapping_add(ticks);
            }
            self.count(ticks, now);
        } else {
            self.packets = self.packets.wrapping_add(1);
        }
        Some(self.stamp(sequence, timestamp, packet.marker))
    }

    /// Counts the payload of a packet that was placed.
    pub fn sent_octets(&mut self, octets: usize) {
        self.octets = self.octets.wrapping_add(octets as u32);
    }

    fn begin_relay(&mut self, packet: &Packet<'_>, ticks: u32, now: Duration) -> Stamp {
        self.catch_up(now);
        let stamp = self.stamp(self.sequence, self.timestamp, true);
        self.relayed = Some(Relayed {
            sequence_offset: stamp.sequence.wrapping_sub(packet.sequence),
            timestamp_offset: stamp.timestamp.wrapping_sub(packet.timestamp),
            floor: packet.sequence,
            highest: packet.sequence,
        });
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.count(ticks, now);
        stamp
    }

    /// After a pause, lets the time stamp follow the clock; whether there was one.
    fn catch_up(&mut self, now: Duration) -> bool {
        if self.last_sent.is_none() {
            return true;
        }
        let since = now.saturating_sub(self.lasts_until);
        if since <= PAUSE {
            return false;
        }
        self.timestamp = self.timestamp.wrapping_add(ticks(since, self.clock_hz));
        true
    }

    fn count(&mut self, ticks: u32, now: Duration) {
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.last(ticks, now);
    }

    fn last(&mut self, ticks: u32, now: Duration) {
        let sound = Duration::from_micros(u64::from(ticks) * 1_000_000 / u64::from(self.clock_hz));
        self.lasts_until = (self.lasts_until.max(now) + sound).min(now + MAX_AHEAD);
        self.last_sent = Some(now);
    }

    fn stamp(&self, sequence: u16, timestamp: u32, marker: bool) -> Stamp {
        Stamp { ssrc: self.ssrc, sequence, timestamp, marker }
    }
}

/// A time in ticks of a clock, modulo 2^32.
fn ticks(time: Duration, clock_hz: u32) -> u32 {
    (time.as_micros() * u128::from(clock_hz) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: u32 = 8_000;

    fn packet(sequence: u16, timestamp: u32, ssrc: u32) -> Packet<'static> {
        Packet { marker: false, payload_type: 0, sequence, timestamp, ssrc, payload: &[0xFF; 160] }
    }

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn padding_extensions_and_sources_are_no_payload() {
        let plain = [0x80, 0x80, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        let mut datagram = plain.to_vec();
        datagram[0] |= 0x31;
        datagram.extend([9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 7, 7, 7, 7, 1, 2, 3, 0, 0, 3]);
        let read = Packet::parse(&datagram).unwrap();
        assert_eq!((read.marker, read.sequence, read.timestamp, read.ssrc), (true, 1, 2, 3));
        assert_eq!(read.payload, [1, 2, 3]);
        assert_eq!(Packet::parse(&datagram[..17]), None);
        assert_eq!(Packet::parse(&[0x40; 20]), None);
    }

    #[test]
    fn packets_are_placed_among_each_other_over_the_end_of_the_numbers() {
        let mut stream = Stream::default();
        let mut receive = |sequence: u16| stream.receive(&packet(sequence, 0, 1), CLOCK, at(0));
        let places = [65_534, 65_535, 1, 0, 0, 1, 65_533].map(&mut receive);
        use Place::{Duplicate, First, Late, Newest};
        assert_eq!(places, [First, Newest, Newest, Late, Duplicate, Duplicate, Duplicate]);
        assert_eq!((stream.expected(), stream.received(), stream.highest()), (4, 4, 65_537));
    }

    #[test]
    fn a_jump_of_numbers_is_believed_when_it_goes_on() {
        let mut stream = Stream::default();
        let mut receive = |sequence, now| stream.receive(&packet(sequence, 0, 1), CLOCK, at(now));
        assert_eq!(receive(10, 0), Place::First);
        assert_eq!(receive(40_000, 20), Place::Unproven);
        assert_eq!(receive(11, 40), Place::Newest, "one stray packet changes nothing");
        assert_eq!((receive(50_000, 60), receive(50_001, 80)), (Place::Unproven, Place::First));
    }

    #[test]
    fn another_source_is_believed_at_once_when_the_first_is_silent() {
        let mut stream = Stream::default();
        stream.receive(&packet(1, 0, 1), CLOCK, at(0));
        assert_eq!(stream.receive(&packet(9, 0, 2), CLOCK, at(199)), Place::Unproven);
        assert_eq!(stream.receive(&packet(11, 0, 2), CLOCK, at(200)), Place::First);
    }

    #[test]
    fn jitter_is_that_of_the_standard() {
        let mut stream = Stream::default();
        for number in 0..500_u16 {
            let late = if number % 2 == 0 { 0 } else { 5 };
            let packet = packet(number, u32::from(number) * 160, 1);
            stream.receive(&packet, CLOCK, at(u64::from(number) * 20 + late));
        }
        // Every packet differs by 5 ms, 40 ticks, from the one before.
        assert!((36..=40).contains(&stream.jitter()), "{}", stream.jitter());
    }

    #[test]
    fn what_is_relayed_mixed_and_relayed_again_is_one_stream() {
        let mut sender = Sender::new(7, 65_535, u32::MAX, CLOCK);
        let first = sender.relay(&packet(100, 5_000, 1), 160, at(0)).unwrap();
        assert_eq!((first.sequence, first.timestamp, first.marker), (65_535, u32::MAX, true));
        let lost_one = sender.relay(&packet(102, 5_320, 1), 160, at(40)).unwrap();
        assert_eq!((lost_one.sequence, lost_one.timestamp), (1, 319));
        let mixed = sender.frame(160, at(60));
        assert_eq!((mixed.sequence, mixed.timestamp, mixed.marker), (2, 479, false));
        let other = sender.relay(&packet(7, 90, 2), 160, at(80)).unwrap();
        assert_eq!((other.sequence, other.timestamp, other.marker), (3, 639, true));
        assert_eq!(sender.relay(&packet(6, 0, 2), 160, at(81)), None, "older than where the relay began");
    }

    #[test]
    fn a_key_between_relayed_packets_takes_a_number_of_its_own() {
        let mut sender = Sender::new(7, 0, 0, CLOCK);
        sender.relay(&packet(100, 0, 1), 160, at(0)).unwrap();
        sender.relay(&packet(102, 320, 1), 160, at(40)).unwrap();
        assert_eq!(sender.event(400, true).sequence, 3);
        assert_eq!(sender.relay(&packet(101, 160, 1), 160, at(45)), None);
        assert_eq!(sender.relay(&packet(103, 480, 1), 160, at(60)).unwrap().sequence, 4);
    }

    #[test]
    fn after_a_pause_time_has_gone_on() {
        let mut sender = Sender::new(7, 0, 0, CLOCK);
        sender.frame(160, at(0));
        let stamp = sender.frame(160, at(1_000));
        assert_eq!((stamp.sequence, stamp.timestamp, stamp.marker), (1, 8_000, true));
    }
}
