//! Tones made and heard: for tests and judges, which prove by frequency who heard whom, and for demo phones that speak.

use core::f32::consts::PI;

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
