use super::*;
use crate::codec::Law;

const TONES_HZ: [f32; 6] = [300.0, 500.0, 800.0, 1_150.0, 1_700.0, 2_600.0];
const RATE_HZ: u32 = 8_000;

/// The sum of these tones, over G.711 and back.
fn sound(tones: &[(usize, f32)], law: Law, frames: usize) -> Vec<i16> {
    let mut sound = vec![0; 160 * frames];
    for (index, amplitude) in tones {
        Sine::new(TONES_HZ[*index], *amplitude, RATE_HZ).add(&mut sound);
    }
    for sample in &mut sound {
        *sample = law.decode_one(law.encode_one(*sample));
    }
    sound
}

#[test]
fn every_set_of_tones_is_told_from_every_other_over_g711() {
    for law in [Law::Mu, Law::A] {
        for set in 0..1_u64 << TONES_HZ.len() {
            let tones: Vec<_> =
                (0..TONES_HZ.len()).filter(|index| set >> index & 1 == 1).map(|it| (it, 4_000.0)).collect();
            let mut detector = ToneDetector::new(&TONES_HZ, RATE_HZ);
            for (index, frame) in sound(&tones, law, 6).chunks(160).enumerate() {
                let heard = detector.hear(frame);
                assert_eq!(heard, Heard(if index == 0 { 0 } else { set }), "frame {index}");
            }
        }
    }
}

#[test]
fn a_tone_is_heard_beside_one_four_times_as_loud() {
    let mut detector = ToneDetector::new(&TONES_HZ, RATE_HZ);
    let heard = sound(&[(1, 8_000.0), (4, 2_000.0)], Law::A, 3);
    let heard = heard.chunks(160).map(|frame| detector.hear(frame)).last().unwrap();
    assert_eq!(heard.places().collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn clicks_and_silence_are_no_tones() {
    let mut detector = ToneDetector::new(&TONES_HZ, RATE_HZ);
    for place in (0..160).step_by(7) {
        let mut frame = [0; 160];
        frame[place] = i16::MAX;
        frame[(place + 1) % 160] = i16::MIN;
        assert!(detector.hear(&frame).is_empty());
        assert!(detector.hear(&[0; 160]).is_empty());
    }
}

#[test]
fn noise_is_no_tone() {
    let mut detector = ToneDetector::new(&TONES_HZ, RATE_HZ);
    let mut random = 1_u32;
    for _ in 0..500 {
        let mut frame = [0; 160];
        for sample in &mut frame {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // As loud as the rounding of G.711 gets.
            *sample = (random >> 16) as i16 / 64;
        }
        assert!(detector.hear(&frame).is_empty());
    }
}

#[test]
fn a_tone_goes_on_over_frames_of_any_length() {
    let (mut whole, mut parts) = ([0; 1_000], [0; 1_000]);
    Sine::new(441.0, 9_000.0, RATE_HZ).fill(&mut whole);
    let mut sine = Sine::new(441.0, 9_000.0, RATE_HZ);
    for part in parts.chunks_mut(37) {
        sine.fill(part);
    }
    assert_eq!(whole, parts);
    assert!(whole.iter().all(|sample| sample.abs() <= 9_000));
}

#[test]
fn the_power_of_a_tone_is_half_of_its_square() {
    let mut frame = [0; 160];
    Sine::new(1_000.0, 10_000.0, RATE_HZ).fill(&mut frame);
    let power = Goertzel::new(1_000.0, RATE_HZ).power(&frame);
    assert!((power / 5e7 - 1.0).abs() < 0.01, "{power}");
}

#[test]
fn voices_speak_and_pause_and_do_not_shout() {
    for (pitch_hz, rate_hz) in [(90.0, 8_000), (130.0, 16_000), (210.0, 48_000), (300.0, 8_000)] {
        let mut sound = vec![0_i16; rate_hz as usize * 20];
        Voice::new(pitch_hz, 3, rate_hz).fill(&mut sound);
        let strength = |frame: &[i16]| {
            let square: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
            (square / frame.len() as f32).sqrt()
        };
        let whole = strength(&sound);
        assert!((800.0..6_000.0).contains(&whole), "{pitch_hz} Hz: {whole}");
        let silent = sound.chunks(rate_hz as usize / 50).filter(|frame| strength(frame) < 50.0).count();
        assert!((100..600).contains(&silent), "{pitch_hz} Hz: {silent} of 1,000 frames are silent");
    }
}

#[test]
fn a_seed_says_the_same_and_another_one_something_else() {
    let speak = |seed| {
        let mut sound = vec![0; 8_000];
        Voice::new(120.0, seed, 8_000).fill(&mut sound);
        sound
    };
    assert_eq!(speak(1), speak(1));
    assert_ne!(speak(1), speak(2));
}
