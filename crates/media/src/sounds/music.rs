//! Music to wait by, calculated: no file, no license, no recording of anybody.
//!
//! Sixteen bars of plucked chords over a soft bass. What still sounds at the end sounds on at the beginning, so that no seam is heard.

use core::f32::consts::PI;

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
    /// The first harmonics; higher ones fade sooner.
    const HARMONICS: [f32; 4] = [1.0, 0.45, 0.2, 0.08];
    let hz = 220.0 * (half_tones as f32 / 12.0).exp2();
    let count = (lasts * 5.0 * RATE_HZ as f32) as usize;
    for (harmonic, share) in (1_u8..).zip(HARMONICS) {
        let turns = hz * f32::from(harmonic) / RATE_HZ as f32;
        let fade = (-f32::from(harmonic).sqrt() / (lasts * RATE_HZ as f32)).exp();
        let mut strength = loudness * share;
        let mut phase = 0.0_f32;
        for index in 0..count {
            let attack = (index as f32 / (ATTACK * RATE_HZ as f32)).min(1.0);
            sum[(begin + index) % SAMPLES] += (phase * 2.0 * PI).sin() * strength * attack;
            phase = (phase + turns).fract();
            strength *= fade;
        }
    }
}
