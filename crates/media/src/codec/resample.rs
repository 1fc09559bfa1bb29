//! From one of the rates of telephony to another: a whole factor up or down, by a polyphase filter of its own.
//!
//! The factors are 2, 3 and 6, and 48 taps for each sample at the lower rate suffice; the delay is half of that, 3 ms at
//! 8 kHz.

use super::Rate;

/// The filter's taps for each sample at the lower rate.
const TAPS: usize = 48;
/// The greatest factor, between 8 and 48 kHz.
const MAX_FACTOR: usize = 6;
/// Samples that are filtered at once.
const BLOCK: usize = 160;
/// The filter is halfway down at this share of the lower rate: of 8 kHz it passes 3.2 kHz and stops 4 kHz.
const CUTOFF: f64 = 0.455;
/// The shape of the Kaiser window: images and aliases lie 70 dB below.
const KAISER_BETA: f64 = 7.0;

static DOWN_2: [f32; TAPS * 2] = prototype();
static DOWN_3: [f32; TAPS * 3] = prototype();
static DOWN_6: [f32; TAPS * 6] = prototype();
static UP_2: [f32; TAPS * 2] = by_phases(prototype());
static UP_3: [f32; TAPS * 3] = by_phases(prototype());
static UP_6: [f32; TAPS * 6] = by_phases(prototype());

/// A stream of samples on its way from one rate to another.
#[derive(Debug, Clone)]
pub struct Resampler {
    way: Way,
    taps: &'static [f32],
    /// The samples before the block, then the block.
    memory: [f32; TAPS * MAX_FACTOR + BLOCK],
    /// On the way down: how many samples pass until the next one that is kept.
    skip: usize,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Same,
    Up(usize),
    Down(usize),
}

impl Resampler {
    /// A stream from one rate to the other, silent so far.
    pub fn new(from: Rate, to: Rate) -> Resampler {
        let (from, to) = (from.hz() as usize, to.hz() as usize);
        let way = match (from, to) {
            _ if from < to => Way::Up(to / from),
            _ if from > to => Way::Down(from / to),
            _ => Way::Same,
        };
        let taps: &[f32] = match way {
            Way::Same => &[],
            Way::Up(2) => &UP_2,
            Way::Up(3) => &UP_3,
            Way::Up(_) => &UP_6,
            Way::Down(2) => &DOWN_2,
            Way::Down(3) => &DOWN_3,
            Way::Down(_) => &DOWN_6,
        };
        Resampler { way, taps, memory: [0.0; TAPS * MAX_FACTOR + BLOCK], skip: 0 }
    }

    /// Converts `input` into the front of `out`; how many samples that makes.
    ///
    /// What `out` has no room for is lost; on the way down any number of samples may be handed in.
    pub fn process(&mut self, input: &[i16], out: &mut [i16]) -> usize {
        let mut written = 0;
        for block in input.chunks(BLOCK) {
            let room = out.get_mut(written..).unwrap_or_default();
            written += match self.way {
                Way::Same => same(block, room),
                Way::Up(factor) => self.up(factor, block, room),
                Way::Down(factor) => self.down(factor, block, room),
            };
        }
        written
    }

    fn up(&mut self, factor: usize, block: &[i16], out: &mut [i16]) -> usize {
        const PAST: usize = TAPS - 1;
        self.take(PAST, block);
        let mut written = 0;
        for (window, samples) in self.memory.windows(TAPS).zip(out.chunks_exact_mut(factor)).take(block.len())
        {
            for (phase, sample) in samples.iter_mut().enumerate() {
                // Taps are stored phase by phase, oldest sample first.
                let taps = &self.taps[phase * TAPS..(phase + 1) * TAPS];
                *sample = rounded(product(window, taps));
            }
            written += factor;
        }
        self.keep(PAST, block.len());
        written
    }

    fn down(&mut self, factor: usize, block: &[i16], out: &mut [i16]) -> usize {
        let past = self.taps.len() - 1;
        self.take(past, block);
        let mut written = 0;
        let mut at = self.skip;
        while at < block.len() {
            if let Some(sample) = out.get_mut(written) {
                *sample = rounded(product(&self.memory[at..at + self.taps.len()], self.taps));
                written += 1;
            }
            at += factor;
        }
        self.skip = at - block.len();
        self.keep(past, block.len());
        written
    }

    fn take(&mut self, past: usize, block: &[i16]) {
        for (kept, sample) in self.memory[past..].iter_mut().zip(block) {
            *kept = f32::from(*sample);
        }
    }

    fn keep(&mut self, past: usize, taken: usize) {
        self.memory.copy_within(taken..taken + past, 0);
    }
}

fn same(block: &[i16], out: &mut [i16]) -> usize {
    let count = block.len().min(out.len());
    out[..count].copy_from_slice(&block[..count]);
    count
}

/// Eight sums side by side, which the compiler turns into vector instructions.
fn product(samples: &[f32], taps: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (samples, taps) in samples.chunks_exact(8).zip(taps.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += samples[lane] * taps[lane];
        }
    }
    sums.iter().sum()
}

fn rounded(value: f32) -> i16 {
    // The cast saturates.
    value.round() as i16
}

/// A windowed sinc of `N` taps whose sum is 1; symmetric, so that its order is none.
const fn prototype<const N: usize>() -> [f32; N] {
    let factor = N / TAPS;
    let mut raw = [0.0; N];
    let mut sum = 0.0;
    let mut index = 0;
    while index < N {
        // N is even: no tap lies on the middle, where the quotient has none.
        let from_middle = index as f64 - (N as f64 - 1.0) / 2.0;
        let angle = 2.0 * core::f64::consts::PI * CUTOFF * from_middle / factor as f64;
        let share = 2.0 * from_middle / N as f64;
        raw[index] = sine(angle) / angle * bessel(KAISER_BETA * root(1.0 - share * share));
        sum += raw[index];
        index += 1;
    }
    let mut taps = [0.0; N];
    let mut index = 0;
    while index < N {
        taps[index] = (raw[index] / sum) as f32;
        index += 1;
    }
    taps
}

/// The same taps phase by phase, each for the oldest sample first, and loud enough for the silence between two samples.
const fn by_phases<const N: usize>(line: [f32; N]) -> [f32; N] {
    let factor = N / TAPS;
    let mut taps = [0.0; N];
    let mut index = 0;
    while index < N {
        let (phase, back) = (index % factor, index / factor);
        taps[phase * TAPS + TAPS - 1 - back] = line[index] * factor as f32;
        index += 1;
    }
    taps
}

/// A sine by its series, after whole turns are taken off.
const fn sine(angle: f64) -> f64 {
    let turn = 2.0 * core::f64::consts::PI;
    let angle = angle - turn * ((angle / turn) as i64 as f64);
    let (mut term, mut sum, mut n) = (angle, angle, 1.0);
    while n < 40.0 {
        term *= -angle * angle / ((n + 1.0) * (n + 2.0));
        sum += term;
        n += 2.0;
    }
    sum
}

/// The modified Bessel function of order 0 by its series.
const fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 1.0);
    while n < 30.0 {
        term *= (x / 2.0 / n) * (x / 2.0 / n);
        sum += term;
        n += 1.0;
    }
    sum
}

/// A square root by Newton's steps.
const fn root(x: f64) -> f64 {
    let (mut guess, mut step) = (1.0, 0);
    while step < 40 {
        guess = (guess + x / guess) / 2.0;
        step += 1;
    }
    guess
}

#[cfg(test)]
mod tests {
    use core::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::tone::Sine;

    const WAYS: [(Rate, Rate); 6] = [
        (Rate::Narrow, Rate::Wide),
        (Rate::Narrow, Rate::Full),
        (Rate::Wide, Rate::Full),
        (Rate::Wide, Rate::Narrow),
        (Rate::Full, Rate::Narrow),
        (Rate::Full, Rate::Wide),
    ];

    /// A second of a tone, converted; the last half of it.
    fn converted(from: Rate, to: Rate, hz: f32) -> Vec<i16> {
        let mut sound = vec![0; from.hz() as usize];
        Sine::new(hz, 10_000.0, from.hz()).fill(&mut sound);
        let mut out = vec![0; to.hz() as usize];
        let mut resampler = Resampler::new(from, to);
        let mut written = 0;
        for frame in sound.chunks(from.samples_in(20)) {
            written += resampler.process(frame, &mut out[written..]);
        }
        assert_eq!(written, out.len());
        out.split_off(to.hz() as usize / 2)
    }

    fn power(sound: &[i16]) -> f32 {
        sound.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / sound.len() as f32
    }

    /// How much louder or softer than it was the tone is, and how loud all else.
    fn measured(sound: &[i16], hz: f32, rate_hz: u32) -> (f64, f64) {
        let angles = (0..sound.len()).map(|it| it as f64 * 2.0 * PI * f64::from(hz) / f64::from(rate_hz));
        let waves: Vec<_> = angles.map(|angle| [angle.sin(), angle.cos()]).collect();
        let mut shares = [0.0; 2];
        for (sample, wave) in sound.iter().zip(&waves) {
            for (share, wave) in shares.iter_mut().zip(wave) {
                *share += f64::from(*sample) * wave * 2.0 / sound.len() as f64;
            }
        }
        let rest = sound.iter().zip(&waves);
        let rest = rest.map(|(sample, wave)| f64::from(*sample) - shares[0] * wave[0] - shares[1] * wave[1]);
        let noise = rest.map(|rest| rest * rest).sum::<f64>() / sound.len() as f64;
        let tone = (shares[0] * shares[0] + shares[1] * shares[1]) / 2.0;
        (10.0 * (tone / 5e7).log10(), 10.0 * (noise / 5e7).log10())
    }

    #[test]
    fn tones_of_speech_pass_unchanged_and_alone() {
        for (from, to) in WAYS {
            for hz in [100.0, 440.0, 1_000.0, 2_000.0, 3_000.0] {
                let sound = converted(from, to, hz);
                let (loss_db, noise_db) = measured(&sound, hz, to.hz());
                assert!(loss_db.abs() < 0.2, "{from:?} to {to:?}, {hz} Hz: {loss_db} dB");
                assert!(noise_db < -55.0, "{from:?} to {to:?}, {hz} Hz: noise at {noise_db} dB");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_left_out() {
        for (from, to) in WAYS.into_iter().filter(|(from, to)| from > to) {
            for share in [0.52, 0.6, 0.75, 0.95] {
                let hz = to.hz() as f32 * share;
                let left_db = 10.0 * (power(&converted(from, to, hz)).max(1.0) / 5e7).log10();
                assert!(left_db < -50.0, "{from:?} to {to:?}, {hz} Hz: {left_db} dB");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_length_make_the_same_sound(
            samples in prop::collection::vec(any::<i16>(), 0..2_000), piece in 1_usize..500, way in 0_usize..6,
        ) {
            let (from, to) = WAYS[way];
            let mut whole = vec![0; samples.len() * 6 + 6];
            let written = Resampler::new(from, to).process(&samples, &mut whole);
            let mut parts = vec![0; whole.len()];
            let mut resampler = Resampler::new(from, to);
            let mut so_far = 0;
            for piece in samples.chunks(piece) {
                so_far += resampler.process(piece, &mut parts[so_far..]);
            }
            prop_assert_eq!(so_far, written);
            prop_assert_eq!(parts, whole);
        }

        #[test]
        fn a_buffer_too_small_loses_sound_and_nothing_else(length in 0_usize..400, room in 0_usize..400, way in 0_usize..6) {
            let (from, to) = WAYS[way];
            let mut out = vec![0; room];
            prop_assert!(Resampler::new(from, to).process(&vec![1; length], &mut out) <= room);
        }
    }
}
