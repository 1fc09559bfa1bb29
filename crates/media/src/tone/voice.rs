//! A voice that says nothing: syllables of vowels, with pauses to breathe, for phones without a person.

use core::f32::consts::PI;

/// The three lowest formants of five vowels, in Hz; of a man's voice, raised for higher ones.
const VOWELS: [[f32; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [530.0, 1_840.0, 2_480.0],
    [270.0, 2_290.0, 3_010.0],
    [570.0, 840.0, 2_410.0],
    [300.0, 870.0, 2_240.0],
];
/// How wide the formants are, and how loud, in the same order.
const WIDTHS_HZ: [f32; 3] = [80.0, 110.0, 170.0];
const LOUDNESS: [f32; 3] = [1.0, 0.5, 0.25];
/// The pitch of the voice that the formants were measured of.
const MEASURED_PITCH_HZ: f32 = 120.0;
/// The peak that a voice comes near.
const PEAK: f32 = 12_000.0;

/// One person's babble. The same seed says the same.
#[derive(Debug, Clone)]
pub struct Voice {
    rate_hz: f32,
    pitch_hz: f32,
    random: u32,
    /// In turns of the vocal folds.
    phase: f32,
    formants: [Formant; 3],
    syllable: Syllable,
    syllables_to_breath: u32,
}

#[derive(Debug, Clone, Copy)]
struct Syllable {
    /// In samples.
    length: usize,
    at: usize,
    is_pause: bool,
    /// The pitch at its beginning and its end, in shares of the person's own.
    pitch: [f32; 2],
}

#[derive(Debug, Clone, Copy, Default)]
struct Formant {
    gain: f32,
    back: [f32; 2],
    past: [f32; 2],
}

impl Voice {
    /// A person of this pitch, 80 to 300 Hz, in sound of `rate_hz` samples a second.
    pub fn new(pitch_hz: f32, seed: u32, rate_hz: u32) -> Voice {
        let syllable = Syllable { length: 0, at: 0, is_pause: true, pitch: [1.0; 2] };
        let mut voice = Voice {
            rate_hz: rate_hz as f32,
            pitch_hz,
            // The generator stands still at 0.
            random: seed.wrapping_mul(2_654_435_761) | 1,
            phase: 0.0,
            formants: [Formant::default(); 3],
            syllable,
            syllables_to_breath: 0,
        };
        voice.begin_syllable();
        voice
    }

    /// Speaks on.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = (self.next().tanh() * PEAK) as i16;
        }
    }

    fn next(&mut self) -> f32 {
        if self.syllable.at >= self.syllable.length {
            self.begin_syllable();
        }
        let syllable = self.syllable;
        self.syllable.at += 1;
        let share = syllable.at as f32 / syllable.length as f32;
        let pitch = syllable.pitch[0] + (syllable.pitch[1] - syllable.pitch[0]) * share;
        let loudness = if syllable.is_pause { 0.0 } else { (share * PI).sin() };
        self.phase += self.pitch_hz * pitch / self.rate_hz;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        // The folds open slowly and close at once; some breath is always there.
        let flow = if self.phase < 0.6 { self.phase / 0.6 } else { 0.0 } - 0.3;
        let breath = self.between(-0.02, 0.02);
        let source = (flow + breath) * loudness;
        let formants = self.formants.iter_mut().zip(LOUDNESS);
        formants.map(|(formant, loudness)| formant.next(source) * loudness).sum()
    }

    fn begin_syllable(&mut self) {
        let is_pause = self.syllables_to_breath == 0;
        let ms = if is_pause { self.between(300.0, 900.0) } else { self.between(120.0, 280.0) };
        if is_pause {
            self.syllables_to_breath = self.between(4.0, 10.0) as u32;
        } else {
            self.syllables_to_breath -= 1;
        }
        let pitch = [self.between(0.95, 1.2), self.between(0.85, 1.05)];
        let length = (ms * self.rate_hz / 1_000.0) as usize;
        self.syllable = Syllable { length: length.max(1), at: 0, is_pause, pitch };
        let vowel = VOWELS[(self.between(0.0, 5.0) as usize).min(VOWELS.len() - 1)];
        let raised = (self.pitch_hz / MEASURED_PITCH_HZ).powf(0.25);
        for (index, formant) in self.formants.iter_mut().enumerate() {
            formant.tune(vowel[index] * raised, WIDTHS_HZ[index], self.rate_hz);
        }
    }

    /// A number that looks random (xorshift, Marsaglia 2003).
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        low + (high - low) * (self.random >> 8) as f32 / (1 << 24) as f32
    }
}

impl Formant {
    fn tune(&mut self, hz: f32, width_hz: f32, rate_hz: f32) {
        let radius = (-PI * width_hz / rate_hz).exp();
        let angle = 2.0 * PI * hz.min(rate_hz * 0.45) / rate_hz;
        self.back = [2.0 * radius * angle.cos(), -radius * radius];
        // What resonates at its peak as loud as it came in, times a little.
        self.gain = 4.0 * (1.0 - radius) * angle.sin();
    }

    fn next(&mut self, sample: f32) -> f32 {
        let out = self.gain * sample + self.back[0] * self.past[0] + self.back[1] * self.past[1];
        self.past = [out, self.past[0]];
        out
    }
}
