//! What one leg is sent: a relay of one mouth, a mix, or nothing.

use core::time::Duration;

use super::config::{Identity, KEEP_ALIVE_EVERY, LegConfig, LegKey, Playing, Sink};
use super::mouth::{Mouth, mixed_rate};
use super::sending::Sending;
use crate::codec::{Codec, Encoder, PTIME_MS, Rate, Resampler};
use crate::dtmf::EventSender;
use crate::jitter::Tap;
use crate::rtp::Sender;
use crate::sounds::Player;
use crate::srtp::Protect;

/// The time that a frame of ours holds.
pub(super) const FRAME: Duration = Duration::from_millis(PTIME_MS as u64);
/// How long past its time a main mouth's packet is waited for, until the timer goes on without it.
const TAKEOVER_AFTER: Duration = Duration::from_millis(10);
/// The timer gives back to the main mouth's arrivals only when the last frame is so old: two at once would starve the other mouths.
const LEAST_GAP: Duration = Duration::from_millis(8);
/// Arrivals that are spread further than this are no clock; then the timer remains.
const CALM: Duration = Duration::from_millis(8);
/// Frames for one arrival: no packet holds more.
const MAX_FRAMES_AT_ONCE: u32 = 6;
/// A timer that is further behind does not make up for it: whole frames are left out.
const MAX_TIMER_LAG: Duration = Duration::from_millis(60);
/// Frames of silence after the last sound, so that a phone does not prolong it.
const CLOSING_FRAMES: u8 = 5;

/// The sending half of a leg.
pub(super) struct Earpiece {
    pub(super) key: LegKey,
    pub(super) codec: Codec,
    pub(super) payload_type: u8,
    pub(super) dtmf: Option<u8>,
    may_send: bool,
    pub(super) protect: Option<Protect>,
    pub(super) sender: Sender,
    pub(super) encoder: Option<Encoder>,
    /// The mouths it may hear, the main mouth first.
    pub(super) rights: Vec<Right>,
    pub(super) playing: Option<(u64, Player)>,
    /// The order whose sound began last, so that it does not begin anew.
    last_order: Option<u64>,
    pub(super) has_ended: bool,
    pub(super) way: Way,
    clock: Clock,
    /// When the timer has something to do.
    pub(super) due: Option<Duration>,
    closing_frames: u8,
    /// The last sample that was sent, where it is known.
    pub(super) last_sample: i16,
    /// The sources are others than those of the last frame.
    pub(super) is_changed: bool,
    pub(super) digits: EventSender,
    pub(super) digits_due: Option<Duration>,
    pub(super) digit_timestamp: u32,
    pub(super) digit_is_down: bool,
    /// A key that a mouth presses, in a mix: the mouth, its time stamp and ours.
    pub(super) passed_key: Option<(usize, u32, u32)>,
    pub(super) tally: Tally,
}

/// The right of an ear to hear a mouth.
pub(super) struct Right {
    /// The mouth's place in the bridge.
    pub(super) mouth: usize,
    /// What was spoken before is never heard.
    pub(super) since: Duration,
    /// Nothing of it was heard yet.
    pub(super) is_new: bool,
    pub(super) tap: Option<Box<Tap>>,
    pub(super) resampler: Option<Box<Resampler>>,
}

/// How an ear gets what it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It hears nothing.
    Nothing,
    /// The packets of its one mouth, as they come.
    Relay,
    /// Frames of our own.
    Mix,
}

/// What says when a mixed frame is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// The main mouth's packets.
    Arrivals,
    /// [`Earpiece::due`].
    Timer,
}

/// What was counted of an ear.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) starved: u64,
    pub(super) concealed: u64,
    pub(super) skipped: u64,
}

impl Right {
    fn new(mouth: usize, since: Duration) -> Right {
        Right { mouth, since, is_new: true, tap: None, resampler: None }
    }

    /// Forgets where it reads its mouth: what is read next begins anew.
    pub(super) fn close_tap(&mut self) {
        self.tap = None;
    }

    fn open_tap(&mut self, mouth: &Mouth, rate: Rate) {
        let Some(ring) = &mouth.ring else { return };
        if self.tap.is_none() {
            self.tap = Some(Box::new(if self.is_new { Tap::new(ring) } else { Tap::continuing(ring) }));
            self.resampler = (ring.rate() != rate).then(|| Box::new(Resampler::new(ring.rate(), rate)));
        }
    }
}

impl Earpiece {
    pub(super) fn new(
        key: LegKey,
        config: &LegConfig,
        identity: Identity,
        protect: Option<Protect>,
        now: Duration,
    ) -> Earpiece {
        let clock_hz = config.codec.clock_hz();
        Earpiece {
            key,
            codec: config.codec,
            payload_type: config.payload_type,
            dtmf: config.dtmf,
            may_send: config.may_send,
            protect,
            sender: Sender::new(identity.ssrc, identity.sequence, identity.timestamp, clock_hz),
            encoder: None,
            rights: Vec::new(),
            playing: None,
            last_order: None,
            has_ended: false,
            way: Way::Nothing,
            clock: Clock::Timer,
            // The first packet opens the way through NAT.
            due: Some(now),
            closing_frames: 0,
            last_sample: 0,
            is_changed: false,
            digits: EventSender::new(clock_hz),
            digits_due: None,
            digit_timestamp: 0,
            digit_is_down: false,
            passed_key: None,
            tally: Tally::default(),
        }
    }

    /// Applies what a new offer and answer agreed. Numbers and rights go on.
    pub(super) fn change(&mut self, config: &LegConfig, protect: Option<Protect>, now: Duration) {
        if self.codec != config.codec {
            self.sender.change_clock(config.codec.clock_hz());
            self.digits = EventSender::new(config.codec.clock_hz());
            (self.encoder, self.digits_due, self.digit_is_down) = (None, None, false);
            self.rights.iter_mut().for_each(Right::close_tap);
            // A sound goes on at another rate; where it was is not kept.
            self.last_order = None;
        }
        self.codec = config.codec;
        (self.payload_type, self.dtmf, self.may_send) = (config.payload_type, config.dtmf, config.may_send);
        if protect.is_some() {
            self.protect = protect;
        }
        self.due = self.due.or(Some(now));
    }

    /// Takes a row of the table. Rights that it had stay as old as they are.
    pub(super) fn take_row(
        &mut self,
        hears: impl Iterator<Item = usize>,
        plays: Option<&Playing>,
        now: Duration,
    ) {
        let main = self.rights.first().map(|right| right.mouth);
        let mut before = core::mem::take(&mut self.rights);
        for mouth in hears {
            let kept = before.iter().position(|right| right.mouth == mouth);
            let right = kept.map(|at| before.swap_remove(at));
            self.is_changed |= right.is_none();
            self.rights.push(right.unwrap_or_else(|| Right::new(mouth, now)));
        }
        self.is_changed |= !before.is_empty();
        if self.rights.first().map(|right| right.mouth) != main {
            self.sender.end_relay();
            if self.way == Way::Mix {
                self.hand_to_timer(FRAME, now);
            }
        }
        self.take_sound(plays);
    }

    /// Withdraws the right to hear a mouth that is gone.
    pub(super) fn lose(&mut self, mouth: usize) {
        let count = self.rights.len();
        self.rights.retain(|right| right.mouth != mouth);
        if self.rights.len() < count {
            self.is_changed = true;
            self.sender.end_relay();
        }
        if self.passed_key.is_some_and(|(from, ..)| from == mouth) {
            self.passed_key = None;
        }
    }

    /// Which way this ear gets what its row says.
    pub(super) fn choose_way(&self, mouths: &[Option<Box<Mouth>>]) -> Way {
        let codec = |right: &Right| mouths[right.mouth].as_ref().map(|mouth| mouth.codec);
        match self.rights.as_slice() {
            _ if !self.may_send => Way::Nothing,
            [] if self.playing.is_none() => Way::Nothing,
            [one] if self.playing.is_none() && can_relay(self.codec) && codec(one) == Some(self.codec) => {
                Way::Relay
            }
            _ => Way::Mix,
        }
    }

    /// Goes that way from now on.
    pub(super) fn go(&mut self, way: Way, mouths: &[Option<Box<Mouth>>], now: Duration) {
        let before = core::mem::replace(&mut self.way, way);
        if way == Way::Mix {
            let rate = mixed_rate(self.codec);
            for right in &mut self.rights {
                if let Some(mouth) = &mouths[right.mouth] {
                    right.open_tap(mouth, rate);
                }
            }
            if before != Way::Mix {
                self.clock = Clock::Arrivals;
                self.due = None;
            }
            if self.due.is_none() && !self.is_alone() {
                let clock = self.clock;
                self.hand_to_timer(FRAME + TAKEOVER_AFTER, now);
                self.clock = clock;
            }
            return;
        }
        self.rights.iter_mut().for_each(Right::close_tap);
        if way == before {
            return;
        }
        self.is_changed = true;
        self.sender.end_relay();
        if way == Way::Relay {
            self.due = Some(now + KEEP_ALIVE_EVERY);
        } else {
            self.closing_frames = CLOSING_FRAMES;
            self.hand_to_timer(FRAME, now);
        }
    }

    /// Whether a packet of this mouth is relayed.
    pub(super) fn relays(&self, mouth: usize) -> bool {
        self.way == Way::Relay && self.rights.first().is_some_and(|right| right.mouth == mouth)
    }

    /// Whether a packet of this mouth may make frames due.
    pub(super) fn is_clocked_by(&self, mouth: usize) -> bool {
        self.way == Way::Mix && self.rights.first().is_some_and(|right| right.mouth == mouth)
    }

    /// Whether its sound has ended since this was asked last, so that its way may be another one.
    pub(super) fn take_ended(&mut self) -> bool {
        core::mem::take(&mut self.has_ended)
    }

    /// Whether it mixes nothing but one mouth of another codec.
    fn is_alone(&self) -> bool {
        self.rights.len() == 1 && self.playing.is_none()
    }

    fn take_sound(&mut self, plays: Option<&Playing>) {
        match plays {
            None => {
                self.is_changed |= self.playing.take().is_some();
                self.last_order = None;
            }
            Some(playing) if self.last_order == Some(playing.order) => {}
            Some(playing) => {
                let player = Player::new(&playing.sound, mixed_rate(self.codec));
                self.playing = Some((playing.order, player));
                self.last_order = Some(playing.order);
                self.is_changed = true;
            }
        }
    }

    /// Lets the timer make the next frame, this long after the last one.
    fn hand_to_timer(&mut self, after: Duration, now: Duration) {
        self.clock = Clock::Timer;
        self.due = Some(self.sender.last_sent().map_or(now, |last| (last + after).max(now)));
    }

    /// A packet of the main mouth came: makes the frames that it completes.
    pub(super) fn main_arrived(&mut self, sending: &mut Sending<'_, impl Sink>) {
        let Some(main) = self.rights.first().and_then(|right| sending.mouths[right.mouth].as_ref()) else {
            return;
        };
        if self.clock == Clock::Timer {
            let gap = self.sender.last_sent().map_or(FRAME, |last| sending.now.saturating_sub(last));
            if gap < LEAST_GAP || main.timeline.spread() > CALM {
                return;
            }
        }
        let mut frames = 0;
        while frames < MAX_FRAMES_AT_ONCE {
            if !self.is_main_ready(main) {
                break;
            }
            self.emit(sending);
            frames += 1;
        }
        if frames > 0 {
            self.clock = Clock::Arrivals;
            // A longer packet is followed by the next one later.
            self.due = Some(sending.now + FRAME * frames + TAKEOVER_AFTER);
        }
    }

    fn is_main_ready(&self, main: &Mouth) -> bool {
        let tap = self.rights.first().and_then(|right| right.tap.as_ref());
        tap.zip(main.ring.as_ref()).is_some_and(|(tap, ring)| tap.is_ready(ring))
    }

    /// Does what the timer has to do.
    pub(super) fn tick(&mut self, sending: &mut Sending<'_, impl Sink>) {
        let now = sending.now;
        while let Some(due) = self.due.filter(|due| *due <= now) {
            let due = if now - due > MAX_TIMER_LAG { now } else { due };
            self.due = match self.way {
                _ if !self.may_send => None,
                Way::Mix => {
                    self.clock = Clock::Timer;
                    self.emit(sending);
                    let is_pause = self.is_alone() && self.is_main_dry();
                    if is_pause {
                        self.clock = Clock::Arrivals;
                    }
                    (!is_pause).then_some(due + FRAME)
                }
                Way::Relay => {
                    let next = self.sender.last_sent().map_or(now, |last| last + KEEP_ALIVE_EVERY);
                    if next <= now {
                        self.emit(sending);
                    }
                    Some(next.max(now + FRAME))
                }
                Way::Nothing => {
                    self.emit(sending);
                    self.closing_frames = self.closing_frames.saturating_sub(1);
                    Some(if self.closing_frames > 0 { due + FRAME } else { now + KEEP_ALIVE_EVERY })
                }
            };
        }
    }

    fn is_main_dry(&self) -> bool {
        self.rights.first().and_then(|right| right.tap.as_ref()).is_none_or(|tap| tap.is_dry())
    }
}

/// Whether a codec's streams may follow each other. G.722 adapts its steps to what was before, and goes on for half a second at the
/// wrong loudness after a change of encoders: all that an ear is sent comes from one encoder of ours.
fn can_relay(codec: Codec) -> bool {
    codec != Codec::G722
}
