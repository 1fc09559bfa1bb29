//! Music to wait by, calculated: no file, no license, no recording of anybody.
//!
//! Sixteen bars of plucked chords over a soft bass. What still sounds at the end sounds on at the beginning, so that no seam is heard.

use core::f64::consts::PI;

const RATE_HZ: usize = 8_000;
/// Half a second a beat, eight notes a bar.
const SAMPLES_A_NOTE: usize = RATE_HZ / 4;
const NOTES_A_BAR: usize = 8;
const SAMPLES: usize = SAMPLES_A_NOTE * NOTES_A_BAR * BARS.len();
/// The peak of the whole: about -12 dB below full scale, so that it is softer than people.
const PEAK: f32 = 8_000.0;

/// The chords, each by its bass and three notes above, in half tones from A at 220 Hz.
const BARS: [[i32; 4]; 16] = [C, A_MINOR, F, G, C, E_MINOR, F, G, A_MINOR, F, C, G, F, E_MINOR, D_MINOR, G];
const C: [i32; 4] = [-9, 3, 7, 10];
const D_MINOR: [i32; 4] = [-7, 5, 8, 12];
const E_MINOR: [i32; 4] = [-5, 2, 7, 10];
const F: [i32; 4] = [-4, 3, 8, 12];
const G: [i32; 4] = [-2, 2, 5, 10];
const A_MINOR: [i32; 4] = [-12, 3, 7, 12];
/// Which notes of the chord follow each other in a bar, and by how many half tones they are raised.
const FIGURES: [[(usize, i32); NOTES_A_BAR]; 2] = [
    [(1, 0), (2, 0), (3, 0), (1, 12), (3, 0), (2, 0), (3, 0), (2, 0)],
    [(1, 0), (3, 0), (2, 12), (3, 0), (1, 12), (3, 0), (2, 0), (3, 0)],
];

/// The piece at 8 kHz.
pub fn samples() -> Vec<i16> {
    let mut sum = vec![0.0; SAMPLES];
    for (bar, chord) in BARS.iter().enumerate() {
        let begin = bar * NOTES_A_BAR * SAMPLES_A_NOTE;
        pluck(&mut sum, begin, chord[0], 0.9, 1.2);
        pluck(&mut sum, begin + 4 * SAMPLES_A_NOTE, chord[0] + 7, 0.5, 1.0);
        for (index, (note, raised)) in FIGURES[bar % FIGURES.len()].iter().enumerate() {
            // The first of four notes leads.
            let loudness = if index % 4 == 0 { 0.7 } else { 0.5 };
            pluck(&mut sum, begin + index * SAMPLES_A_NOTE, chord[*note] + raised, loudness, 0.6);
        }
    }
    let loudest = sum.iter().fold(1.0_f32, |loudest, sample| loudest.max(sample.abs()));
    sum.iter().map(|sample| (sample / loudest * PEAK) as i16).collect()
}

/// A string that fades to a third in `lasts` seconds.
fn pluck(sum: &mut [f32], begin: usize, half_tones: i32, loudness: f32, lasts: f32) {
    /// A string begins so softly that it does not click.
    const ATTACK: f32 = 0.008;
    /// After so many times the fade to a third, nothing is heard of it.
    const TIMES_TO_SILENCE: f64 = 5.0;
    /// The first harmonics; higher ones fade sooner.
    const HARMONICS: [f32; 4] = [1.0, 0.45, 0.2, 0.08];
    let radians = 2.0 * PI * 220.0 * (f64::from(half_tones) / 12.0).exp2() / RATE_HZ as f64;
    let attack = (ATTACK * RATE_HZ as f32) as usize;
    for (harmonic, share) in (1_u8..).zip(HARMONICS) {
        let harmonic = f64::from(harmonic);
        let lasts = f64::from(lasts) * RATE_HZ as f64 / harmonic.sqrt();
        // Each sample follows from the two before it: a sine that fades.
        let fade = (-1.0 / lasts).exp();
        let turn = 2.0 * fade * (radians * harmonic).cos();
        let (mut last, mut before) = (0.0, -(radians * harmonic).sin() / fade);
        for index in 0..(lasts * TIMES_TO_SILENCE) as usize {
            let swell = index.min(attack) as f32 / attack as f32;
            sum[(begin + index) % SAMPLES] += last as f32 * loudness * share * swell;
            (last, before) = (turn * last - fade * fade * before, last);
        }
    }
}
