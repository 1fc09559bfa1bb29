//! Orders what the network shuffled, without holding it longer than it must.
//!
//! A mouth writes into its [`Ring`] once. Every ear that mixes it reads by a [`Tap`] of its own, at its own pace: what is missing is
//! concealed, what comes too late to be waited for is left out. A tap holds nothing back by itself: it falls behind when its mouth is
//! late, by as much as was late, and catches up when for a whole [`WINDOW_FRAMES`] there was something to spare. So two clocks that differ
//! are kept together, in both directions, and the delay stays what the last second needed.
//!
//! Each slot knows when it was spoken, and a tap yields none that was spoken before its ear had the right to hear it.

use core::time::Duration;

use crate::codec::Rate;
use crate::conceal::Concealer;
use crate::mix;

/// The unit of rings and taps: every packet time of telephony is a multiple of it.
pub const SLOT_MS: usize = 10;
/// Slots that a ring keeps: what is older has been read, or is lost.
pub const RING_SLOTS: usize = 16;
/// Slots in a frame that an ear is sent.
pub const FRAME_SLOTS: usize = 2;
/// How far a tap falls behind for a mouth that is late: three packets.
const MAX_BEHIND: i64 = 6;
/// A tap that is further behind goes to the newest frame at once.
const MAX_BACKLOG: i64 = 8;
/// Frames over which a tap looks for something to spare: a second.
pub const WINDOW_FRAMES: u32 = 50;
/// Over which time the fastest packet is sought: twice this at most. Clocks that differ by 300 millionths move 3 ms in it.
const TRANSIT_WINDOW: Duration = Duration::from_secs(5);

/// The last sound of one mouth, in slots.
#[derive(Debug, Clone)]
pub struct Ring {
    rate: Rate,
    ticks_in_slot: i64,
    slots: [Slot; RING_SLOTS],
    samples: Box<[i16]>,
    /// A time stamp and the index of the slot that begins there.
    origin: Option<(i64, i64)>,
    /// The index after the newest slot.
    top: i64,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    index: i64,
    spoken_at: Duration,
}

impl Ring {
    /// An empty ring for sound at `rate`, whose time stamps tick at `clock_hz`.
    pub fn new(rate: Rate, clock_hz: u32) -> Ring {
        let samples = vec![0; RING_SLOTS * rate.samples_in(SLOT_MS)].into_boxed_slice();
        let slots = [Slot { index: -1, spoken_at: Duration::ZERO }; RING_SLOTS];
        Ring { rate, ticks_in_slot: i64::from(clock_hz) / 100, slots, samples, origin: None, top: 0 }
    }

    /// The rate of its samples.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The index of the slot that comes next.
    pub fn top(&self) -> i64 {
        self.top
    }

    /// Another stream follows, whose time stamps have nothing to do with those before.
    pub fn restart(&mut self) {
        self.origin = None;
    }

    /// Takes in what one packet held. What is too old to be read by anybody is dropped.
    pub fn write(&mut self, timestamp: i64, samples: &[i16], spoken_at: Duration) {
        let length = self.rate.samples_in(SLOT_MS);
        let count = (samples.len() / length) as i64;
        let Some(first) = self.index_of(timestamp) else { return };
        let oldest = self.top.max(first + count) - RING_SLOTS as i64;
        for (index, samples) in (first..).zip(samples.chunks_exact(length)) {
            if index >= oldest {
                let place = place(index);
                self.slots[place] = Slot { index, spoken_at };
                self.samples[place * length..][..length].copy_from_slice(samples);
            }
        }
        self.top = self.top.max(first + count);
    }

    /// A slot's samples and when they were spoken, if it came.
    pub fn slot(&self, index: i64) -> Option<(&[i16], Duration)> {
        let (place, length) = (place(index), self.rate.samples_in(SLOT_MS));
        let slot = self.slots[place];
        (slot.index == index).then(|| (&self.samples[place * length..][..length], slot.spoken_at))
    }

    /// The first slot from `index` on that came.
    fn first_from(&self, index: i64) -> Option<i64> {
        let index = index.max(self.top - RING_SLOTS as i64);
        (index..self.top).find(|index| self.slots[place(*index)].index == *index)
    }

    fn index_of(&mut self, timestamp: i64) -> Option<i64> {
        let (origin, at_origin) = *self.origin.get_or_insert((timestamp, self.top));
        let ticks = timestamp - origin;
        let index = at_origin + ticks.div_euclid(self.ticks_in_slot);
        if ticks.rem_euclid(self.ticks_in_slot) == 0 {
            return (index >= 0).then_some(index);
        }
        // After a pause some phones go on between two slots: slots are counted from there.
        let index = index + 1;
        if index < self.top {
            return None;
        }
        self.origin = Some((timestamp, index));
        Some(index)
    }
}

fn place(index: i64) -> usize {
    index.rem_euclid(RING_SLOTS as i64) as usize
}

/// Where one ear reads one mouth.
#[derive(Debug, Clone)]
pub struct Tap {
    next: i64,
    /// Slots that were asked for and had not come, since one came last.
    behind: i64,
    /// Nothing has come for so long that what comes next begins anew.
    is_dry: bool,
    /// What comes next is preceded by silence.
    is_fresh: bool,
    /// The least number of slots that were left after a frame, in this window.
    spare: i64,
    frames: u32,
    /// Slots to leave out next.
    skip: i64,
    concealer: Concealer,
}

/// What a tap did for one frame, in slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulled {
    /// Slots that were there and may be heard.
    pub heard: u16,
    /// Slots that were made up.
    pub concealed: u16,
    /// Slots that were left out.
    pub skipped: u16,
    /// Slots that were not there in time.
    pub starved: u16,
}

impl Tap {
    /// Reads what is written from now on.
    pub fn new(ring: &Ring) -> Tap {
        Tap {
            next: ring.top,
            behind: 0,
            is_dry: true,
            is_fresh: true,
            spare: i64::MAX,
            frames: 0,
            skip: 0,
            concealer: Concealer::new(ring.rate),
        }
    }

    /// As [`Tap::new`], for a mouth that the ear has heard until now by other means: its sound goes on, and does not fade in.
    pub fn continuing(ring: &Ring) -> Tap {
        Tap { is_fresh: false, ..Tap::new(ring) }
    }

    /// Whether the next frame has come as a whole.
    pub fn is_ready(&self, ring: &Ring) -> bool {
        let next = self.resume(ring).unwrap_or(self.next);
        (next..).take(FRAME_SLOTS).all(|index| ring.slot(index).is_some())
    }

    /// Whether nothing has come for as long as a tap waits.
    pub fn is_dry(&self) -> bool {
        self.is_dry
    }

    /// Reads one frame into `out`, which has its length at the ring's rate. What was spoken before `since` is silence.
    pub fn pull(&mut self, ring: &Ring, since: Duration, out: &mut [i16]) -> Pulled {
        let mut pulled = Pulled::default();
        self.settle(ring, &mut pulled);
        if self.read_frame(ring, since, out) {
            self.look_for_spare(ring);
            return Pulled { heard: FRAME_SLOTS as u16, ..pulled };
        }
        for out in out.chunks_exact_mut(ring.rate.samples_in(SLOT_MS)).take(FRAME_SLOTS) {
            self.read(ring, since, out, &mut pulled);
        }
        self.look_for_spare(ring);
        pulled
    }

    /// Where to go on when something has come after the tap ran out.
    fn resume(&self, ring: &Ring) -> Option<i64> {
        if self.behind == 0 && !self.is_dry {
            return None;
        }
        let first = ring.first_from(self.next)?;
        // What was lost is not waited for twice: its time has been filled already.
        Some(if self.is_dry { first } else { self.next + self.behind.min(first - self.next) })
    }

    fn settle(&mut self, ring: &Ring, pulled: &mut Pulled) {
        if let Some(next) = self.resume(ring) {
            (self.next, self.behind, self.is_dry) = (next, 0, false);
        }
        let backlog = ring.top - self.next - FRAME_SLOTS as i64;
        if backlog > MAX_BACKLOG {
            self.skip = 0;
            self.next += backlog;
            self.is_fresh = true;
            pulled.skipped += backlog.min(i64::from(u16::MAX)) as u16;
        }
    }

    /// Reads both slots at once, as almost always: whether nothing was in the way.
    fn read_frame(&mut self, ring: &Ring, since: Duration, out: &mut [i16]) -> bool {
        let (first, second) = (ring.slot(self.next), ring.slot(self.next + 1));
        let (Some((first, first_at)), Some((second, second_at))) = (first, second) else { return false };
        if self.skip > 0 || self.is_fresh || first_at < since || second_at < since {
            return false;
        }
        let Some((front, back)) = out.split_at_mut_checked(first.len()) else { return false };
        front.copy_from_slice(first);
        back.copy_from_slice(second);
        self.next += FRAME_SLOTS as i64;
        self.concealer.hear(out);
        true
    }

    fn read(&mut self, ring: &Ring, since: Duration, out: &mut [i16], pulled: &mut Pulled) {
        let Some((samples, spoken_at)) = ring.slot(self.next) else { return self.make_up(ring, out, pulled) };
        self.next += 1;
        if spoken_at < since {
            self.is_fresh = true;
            return out.fill(0);
        }
        out.copy_from_slice(samples);
        if self.skip > 0 {
            self.leave_out(ring, since, out, pulled);
        }
        self.concealer.hear(out);
        if core::mem::take(&mut self.is_fresh) {
            mix::ramp_in(out);
        }
        pulled.heard += 1;
    }

    /// Blends from where the tap is to where it would be with nothing to spare.
    fn leave_out(&mut self, ring: &Ring, since: Duration, out: &mut [i16], pulled: &mut Pulled) {
        let skip = core::mem::take(&mut self.skip);
        if let Some((later, spoken_at)) = ring.slot(self.next - 1 + skip)
            && spoken_at >= since
        {
            mix::cross_fade(out, later);
            self.next += skip;
            pulled.skipped += skip as u16;
        }
    }

    fn make_up(&mut self, ring: &Ring, out: &mut [i16], pulled: &mut Pulled) {
        if self.next < ring.top {
            self.next += 1;
        } else if !self.is_dry {
            self.behind += 1;
            pulled.starved += 1;
            if self.behind >= MAX_BEHIND {
                (self.is_dry, self.is_fresh) = (true, true);
            }
        }
        if self.is_fresh {
            return out.fill(0);
        }
        self.concealer.conceal(out);
        pulled.concealed += 1;
    }

    fn look_for_spare(&mut self, ring: &Ring) {
        self.spare = self.spare.min(ring.top - self.next);
        self.frames += 1;
        if self.frames >= WINDOW_FRAMES {
            self.skip = self.spare.clamp(0, MAX_BACKLOG);
            (self.spare, self.frames) = (i64::MAX, 0);
        }
    }
}

/// When the packets of a stream were sent, on our scale of time: as if each had travelled like the fastest.
///
/// So a packet that comes late is known to have been spoken early, and an ear that has got the right to hear in between is not sent it.
#[derive(Debug, Clone)]
pub struct Timeline {
    clock_hz: i64,
    now: Transits,
    before: Transits,
    turns_at: Duration,
}

/// The least and the greatest difference between coming and time stamp, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Transits {
    least: i64,
    most: i64,
}

impl Transits {
    const NONE: Transits = Transits { least: i64::MAX, most: i64::MIN };
}

impl Timeline {
    /// A stream whose time stamps tick at `clock_hz`.
    pub fn new(clock_hz: u32) -> Timeline {
        let turns_at = Duration::ZERO;
        Timeline { clock_hz: i64::from(clock_hz), now: Transits::NONE, before: Transits::NONE, turns_at }
    }

    /// Another stream follows.
    pub fn restart(&mut self) {
        (self.now, self.before) = (Transits::NONE, Transits::NONE);
        self.turns_at = Duration::ZERO;
    }

    /// A packet of sound came.
    pub fn observe(&mut self, timestamp: i64, now: Duration) {
        let transit = micros(now) - self.time_of(timestamp);
        if now >= self.turns_at {
            self.before = self.now;
            self.now = Transits::NONE;
            self.turns_at = now + TRANSIT_WINDOW;
        }
        self.now.least = self.now.least.min(transit);
        self.now.most = self.now.most.max(transit);
    }

    /// When a packet with this time stamp was sent. Never later than `now`.
    pub fn sent_at(&self, timestamp: i64, now: Duration) -> Duration {
        let least = self.now.least.min(self.before.least);
        if least == i64::MAX {
            return now;
        }
        let sent_at = u64::try_from(self.time_of(timestamp).saturating_add(least)).unwrap_or(0);
        Duration::from_micros(sent_at).min(now)
    }

    /// How much later than the fastest packet the slowest came.
    pub fn spread(&self) -> Duration {
        let least = self.now.least.min(self.before.least);
        let most = self.now.most.max(self.before.most);
        Duration::from_micros(u64::try_from(most.saturating_sub(least)).unwrap_or(0))
    }

    fn time_of(&self, timestamp: i64) -> i64 {
        timestamp.saturating_mul(1_000_000) / self.clock_hz
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::MAX;
    const ALWAYS: Duration = Duration::ZERO;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// A packet of 20 ms whose samples are all `level`.
    fn write(ring: &mut Ring, packet: i64, level: i16) {
        ring.write(packet * 160, &[level; 160], at(packet.unsigned_abs() * 20));
    }

    fn pull(tap: &mut Tap, ring: &Ring, since: Duration) -> (Pulled, [i16; 160]) {
        let mut out = [1; 160];
        (tap.pull(ring, since, &mut out), out)
    }

    #[test]
    fn frames_come_out_in_order_however_they_came_in() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::continuing(&ring);
        for packet in [0, 2, 1, 3] {
            write(&mut ring, packet, 100 + packet as i16);
        }
        for packet in 0..4 {
            let (pulled, out) = pull(&mut tap, &ring, ALWAYS);
            assert_eq!((pulled.heard, out), (2, [100 + packet; 160]));
        }
    }

    #[test]
    fn what_was_spoken_before_the_right_is_silence() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::new(&ring);
        (0..3).for_each(|packet| write(&mut ring, packet, 5_000));
        for _ in 0..2 {
            assert_eq!(pull(&mut tap, &ring, at(40)), (Pulled::default(), [0; 160]));
        }
        let (pulled, out) = pull(&mut tap, &ring, at(40));
        assert_eq!((pulled.heard, out[0], out[159]), (2, 0, 5_000));
        // Nothing is made up of it either.
        let (pulled, out) = pull(&mut Tap::new(&ring), &ring, NEVER);
        assert_eq!((pulled.concealed, out), (0, [0; 160]));
    }

    #[test]
    fn a_late_mouth_is_waited_for_and_caught_up_with() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::continuing(&ring);
        write(&mut ring, 0, 100);
        pull(&mut tap, &ring, ALWAYS);
        assert_eq!(pull(&mut tap, &ring, ALWAYS).0.starved, 2);
        (1..3).for_each(|packet| write(&mut ring, packet, 100));
        // From now on one packet is in reserve, until a whole window shows that it is not needed.
        let mut skipped = 0;
        for packet in 3..2 * i64::from(WINDOW_FRAMES) + 3 {
            skipped += pull(&mut tap, &ring, ALWAYS).0.skipped;
            write(&mut ring, packet, 100);
        }
        assert_eq!(skipped, 2);
        let (pulled, _) = pull(&mut tap, &ring, ALWAYS);
        assert_eq!((pulled.heard, ring.top() - tap.next), (2, 0));
    }

    #[test]
    fn what_was_lost_is_not_waited_for_twice() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::continuing(&ring);
        write(&mut ring, 0, 100);
        pull(&mut tap, &ring, ALWAYS);
        pull(&mut tap, &ring, ALWAYS);
        write(&mut ring, 2, 100);
        assert!(tap.is_ready(&ring));
        assert_eq!(pull(&mut tap, &ring, ALWAYS).0.heard, 2);
        assert_eq!(ring.top() - tap.next, 0);
    }

    #[test]
    fn after_silence_a_mouth_begins_anew_wherever_its_time_stamps_are() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::new(&ring);
        write(&mut ring, 0, 100);
        for _ in 0..6 {
            pull(&mut tap, &ring, ALWAYS);
        }
        assert!(tap.is_dry());
        ring.write(1_000_033, &[100; 160], at(1_000));
        assert_eq!(pull(&mut tap, &ring, ALWAYS).0.heard, 2);
        ring.restart();
        ring.write(-7, &[100; 160], at(1_020));
        assert_eq!(pull(&mut tap, &ring, ALWAYS).0.heard, 2);
    }

    #[test]
    fn a_burst_goes_to_the_newest_at_once() {
        let mut ring = Ring::new(Rate::Narrow, 8_000);
        let mut tap = Tap::continuing(&ring);
        (0..40).for_each(|packet| write(&mut ring, packet, packet as i16));
        pull(&mut tap, &ring, ALWAYS);
        assert!(ring.top() - tap.next <= MAX_BACKLOG);
    }

    #[test]
    fn a_packet_that_comes_late_was_spoken_early() {
        let mut timeline = Timeline::new(8_000);
        timeline.observe(0, at(100));
        timeline.observe(160, at(155));
        assert_eq!((timeline.sent_at(160, at(155)), timeline.spread()), (at(120), at(35)));
        assert_eq!(timeline.sent_at(i64::MAX, at(200)), at(200), "never later than now");
        timeline.restart();
        assert_eq!((timeline.sent_at(5, at(300)), timeline.spread()), (at(300), Duration::ZERO));
    }

    #[test]
    fn a_way_that_has_become_longer_is_learned() {
        let mut timeline = Timeline::new(8_000);
        for packet in 0..1_000_i64 {
            let way = if packet < 100 { 10 } else { 60 };
            timeline.observe(packet * 160, at(packet.unsigned_abs() * 20 + way));
        }
        assert_eq!(timeline.sent_at(160_000, at(30_000)), at(20_060));
    }
}
