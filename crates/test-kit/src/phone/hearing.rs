//! What a phone hears: every frame judged as it comes.

use std::collections::VecDeque;

use media::tone::{Goertzel, Heard, ToneDetector};

use super::view::PhoneCall;

/// Frames that are remembered: two minutes.
const MOST_FRAMES: usize = 6_000;
/// Digits that are remembered.
const MOST_DIGITS: usize = 256;
/// Samples of a frame, at 8 kHz.
pub(super) const FRAME: usize = 160;
const RATE_HZ: u32 = 8_000;
/// Frames that a hum is looked for in: it is so low that a few of its waves take that long.
pub const HUM_FRAMES: usize = 10;
/// A hum with a smaller peak than this is not heard.
const LEAST_HUM: f32 = 150.0;
/// Hums that a phone listens for at most.
const MOST_HUMS: usize = 8;

/// A place in what a phone hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// 20 ms of what a phone heard.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeardFrame {
    /// In which call.
    pub call: PhoneCall,
    /// Which of its tones, by place in [`super::PhoneConfig::tones`].
    pub tones: Heard,
    /// Which of its hums were in the last 200 ms, by place in [`super::PhoneConfig::hums`]: one bit each.
    pub hums: u8,
    /// The mean loudness: root of the mean square of the samples.
    pub level: u16,
}

impl HeardFrame {
    /// Whether the hum at this place was heard.
    #[must_use]
    pub const fn has_hum(&self, place: usize) -> bool {
        place < MOST_HUMS && self.hums >> place & 1 == 1
    }
}

/// Packets of a phone, of all its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets of sound and of keys that were sent.
    pub sent: u64,
    /// Packets of sound that were heard.
    pub heard: u64,
    /// Packets that never came, as their numbers show.
    pub missing: u64,
    /// Packets that came late, twice, or of a stream not believed yet; they are not heard.
    pub passed_over: u64,
    /// Datagrams that are no RTP, or of a payload type that was not agreed on.
    pub strange: u64,
}

/// What a phone has heard.
pub(super) struct Hearing {
    frames: VecDeque<HeardFrame>,
    /// How many frames there were in all.
    position: u64,
    /// How many frames each tone was heard in, since the beginning.
    tone_totals: Vec<u64>,
    pub(super) digits: String,
    pub(super) counts: Counts,
}

impl Hearing {
    pub(super) fn new(tones: usize) -> Hearing {
        Hearing {
            frames: VecDeque::new(),
            position: 0,
            tone_totals: vec![0; tones],
            digits: String::new(),
            counts: Counts::default(),
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.position)
    }

    /// What was heard since; as far as it is remembered.
    pub(super) fn since(&self, mark: Mark) -> Vec<HeardFrame> {
        let count = usize::try_from(self.position.saturating_sub(mark.0)).unwrap_or(usize::MAX);
        self.frames.iter().skip(self.frames.len().saturating_sub(count)).copied().collect()
    }

    /// In how many frames a tone was ever heard.
    pub(super) fn total_of_tone(&self, place: usize) -> u64 {
        self.tone_totals.get(place).copied().unwrap_or(0)
    }

    pub(super) fn take(&mut self, frame: HeardFrame) {
        if self.frames.len() == MOST_FRAMES {
            self.frames.pop_front();
        }
        for place in frame.tones.places() {
            if let Some(total) = self.tone_totals.get_mut(place) {
                *total += 1;
            }
        }
        self.frames.push_back(frame);
        self.position += 1;
        self.counts.heard += 1;
    }

    pub(super) fn digit(&mut self, digit: char) {
        if self.digits.len() < MOST_DIGITS {
            self.digits.push(digit);
        }
    }
}

/// Judges the frames of one call.
pub(super) struct Ear {
    tones: ToneDetector,
    hums: Vec<Goertzel>,
    /// The last frames, for hums.
    past: Vec<i16>,
    window: Vec<f32>,
}

impl Ear {
    pub(super) fn new(tones: &[f32], hums: &[f32]) -> Ear {
        let length = if hums.is_empty() { 0 } else { FRAME * HUM_FRAMES };
        let turn = 2.0 * std::f32::consts::PI / length.max(1) as f32;
        Ear {
            tones: ToneDetector::new(tones, RATE_HZ),
            hums: hums.iter().take(MOST_HUMS).map(|hz| Goertzel::new(*hz, RATE_HZ)).collect(),
            past: vec![0; length],
            window: (0..length).map(|at| 0.5 - 0.5 * (turn * (at as f32 + 0.5)).cos()).collect(),
        }
    }

    pub(super) fn judge(&mut self, call: PhoneCall, frame: &[i16]) -> HeardFrame {
        let square: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
        let level = (square / frame.len().max(1) as f32).sqrt() as u16;
        HeardFrame { call, tones: self.tones.hear(frame), hums: self.hums_with(frame), level }
    }

    fn hums_with(&mut self, frame: &[i16]) -> u8 {
        if self.hums.is_empty() || frame.len() > self.past.len() {
            return 0;
        }
        self.past.rotate_left(frame.len());
        let start = self.past.len() - frame.len();
        self.past[start..].copy_from_slice(frame);
        let faded = self.past.iter().zip(&self.window).map(|(sample, share)| f32::from(*sample) * share);
        let faded: Vec<i16> = faded.map(|sample| sample as i16).collect();
        // The window takes half of the amplitude.
        let is_heard = |hum: &Goertzel| (2.0 * hum.power(&faded)).sqrt() * 2.0 >= LEAST_HUM;
        (0..).zip(&self.hums).filter(|(_, hum)| is_heard(hum)).fold(0, |bits, (place, _)| bits | 1 << place)
    }
}
