//! Tones made and heard: for tests and judges, which prove by frequency who heard whom, and for demo phones that speak.

mod voice;

use core::f32::consts::PI;

pub use self::voice::Voice;

/// Tones that one [`ToneDetector`] looks for at most.
pub const MAX_TONES: usize = 64;
/// A tone with a smaller peak than this is not heard: a click of full scale reaches it once, and a click is never heard, see
/// [`ToneDetector::hear`].
pub const LEAST_AMPLITUDE: f32 = 400.0;
/// A tone that is weaker than the whole frame by more than this factor is not heard: G.711 distorts by a fiftieth, and the window that
/// keeps the tones apart lets through a thirtieth.
const LEAST_SHARE: f32 = 0.1;

/// A tone whose phase goes on from call to call.
#[derive(Debug, Clone, Copy)]
pub struct Sine {
    amplitude: f32,
    /// In turns, from 0 to 1.
    phase: f32,
    turns_a_sample: f32,
}

impl Sine {
    /// A tone of `hz` with this peak, of `rate_hz` samples a second.
    pub fn new(hz: f32, amplitude: f32, rate_hz: u32) -> Sine {
        Sine { amplitude, phase: 0.0, turns_a_sample: hz / rate_hz as f32 }
    }

    /// The next sample.
    #[expect(clippy::should_implement_trait, reason = "a tone has no end")]
    pub fn next(&mut self) -> f32 {
        let sample = (self.phase * 2.0 * PI).sin() * self.amplitude;
        self.phase = (self.phase + self.turns_a_sample).fract();
        sample
    }

    /// Fills a frame.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = self.next().round() as i16;
        }
    }

    /// Adds the tone to what the frame holds; what is too loud is clipped.
    pub fn add(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = sample.saturating_add(self.next().round() as i16);
        }
    }
}

/// One frequency that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Goertzel {
    coefficient: f32,
}

impl Goertzel {
    /// Looks for `hz` in sound of `rate_hz` samples a second.
    pub fn new(hz: f32, rate_hz: u32) -> Goertzel {
        Goertzel { coefficient: 2.0 * (2.0 * PI * hz / rate_hz as f32).cos() }
    }

    /// The mean power of this frequency within the frame: half of the square of its amplitude.
    pub fn power(&self, frame: &[i16]) -> f32 {
        self.sum(frame.iter().map(|sample| f32::from(*sample)), frame.len() as f32)
    }

    fn sum(&self, samples: impl Iterator<Item = f32>, weight: f32) -> f32 {
        let (mut last, mut before) = (0.0, 0.0);
        for sample in samples {
            (last, before) = (sample + self.coefficient * last - before, last);
        }
        let square = last * last + before * before - self.coefficient * last * before;
        2.0 * square / (weight * weight).max(1.0)
    }
}

/// Which of the tones of a [`ToneDetector`] are heard, by their place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard(u64);

impl Heard {
    /// Whether the tone at this place is heard.
    pub const fn has(self, index: usize) -> bool {
        index < MAX_TONES && self.0 >> index & 1 == 1
    }

    /// Whether none is.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places of those that are.
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..MAX_TONES).filter(move |index| self.has(*index))
    }
}

/// Tells which of a number of tones are within a sound, frame by frame.
///
/// Tones are told apart when they are 150 Hz from each other or more. At 8 kHz a frame of 20 ms with 8 tones costs some 3 µs.
#[derive(Debug, Clone)]
pub struct ToneDetector {
    tones: Vec<Goertzel>,
    /// A Hann window, as long as the frames: it keeps a tone from showing elsewhere.
    window: Vec<f32>,
    windowed: Vec<f32>,
    /// In the frame before.
    before: Heard,
}

impl ToneDetector {
    /// Looks for these frequencies in sound of `rate_hz` samples a second; those beyond [`MAX_TONES`] are left out.
    pub fn new(hz: &[f32], rate_hz: u32) -> ToneDetector {
        let tones = hz.iter().take(MAX_TONES).map(|hz| Goertzel::new(*hz, rate_hz)).collect();
        let frame = (rate_hz / 50) as usize;
        ToneDetector {
            tones,
            window: hann(frame),
            windowed: Vec::with_capacity(frame),
            before: Heard::default(),
        }
    }

    /// Takes in a frame, usually of 20 ms; the tones that are in it and were in the one before it.
    ///
    /// A tone is never heard in one frame alone, since a click holds all frequencies.
    pub fn hear(&mut self, frame: &[i16]) -> Heard {
        let now = self.within(frame);
        let before = core::mem::replace(&mut self.before, now);
        Heard(now.0 & before.0)
    }

    /// The peak of each tone within this frame, in the order of the list.
    pub fn amplitudes(&mut self, frame: &[i16]) -> impl Iterator<Item = f32> {
        if self.window.len() != frame.len() {
            self.window = hann(frame.len());
        }
        self.windowed.clear();
        self.windowed
            .extend(frame.iter().zip(&self.window).map(|(sample, share)| f32::from(*sample) * share));
        let (windowed, weight) = (&self.windowed, frame.len() as f32 / 2.0);
        self.tones.iter().map(move |tone| (2.0 * tone.sum(windowed.iter().copied(), weight)).sqrt())
    }

    fn within(&mut self, frame: &[i16]) -> Heard {
        let square = frame.iter().map(|sample| f32::from(*sample) * f32::from(*sample)).sum::<f32>();
        let whole = (2.0 * square / frame.len().max(1) as f32).sqrt();
        let least = LEAST_AMPLITUDE.max(whole * LEAST_SHARE);
        let mut heard = 0;
        for (index, amplitude) in self.amplitudes(frame).enumerate() {
            heard |= u64::from(amplitude >= least) << index;
        }
        Heard(heard)
    }
}

fn hann(length: usize) -> Vec<f32> {
    let angle = 2.0 * PI / length.max(1) as f32;
    (0..length).map(|index| 0.5 - 0.5 * (angle * (index as f32 + 0.5)).cos()).collect()
}

#[cfg(test)]
mod tests;
