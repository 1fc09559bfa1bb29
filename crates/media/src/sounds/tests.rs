use super::*;
use crate::tone::ToneDetector;

const PLANS: [TonePlan; 5] =
    [TonePlan::Europe, TonePlan::UnitedKingdom, TonePlan::NorthAmerica, TonePlan::Australia, TonePlan::Japan];

/// What is heard of a sound in so many seconds.
fn played(sound: &Sound, rate: Rate, seconds: usize) -> Vec<i16> {
    let mut out = vec![1; rate.samples_in(1_000 * seconds)];
    let mut player = Player::new(sound, rate);
    for frame in out.chunks_mut(rate.samples_in(20)) {
        player.fill(frame);
    }
    out
}

/// In which of the frames of 20 ms something is heard, as runs of so many on, so many off, and so on.
fn rhythm(sound: &[i16], rate: Rate) -> Vec<usize> {
    let mut runs = vec![0];
    for frame in sound.chunks(rate.samples_in(20)) {
        let is_on = frame.iter().any(|sample| sample.abs() > 100);
        if is_on == runs.len().is_multiple_of(2) {
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    runs
}

#[test]
fn ring_back_rings_as_the_country_does() {
    let check = |plan, expected: &[usize], hz: &[f32]| {
        for rate in Rate::ALL {
            let sound = played(&Sound::ring_back(plan), rate, 6);
            assert!(rhythm(&sound, rate).starts_with(expected), "{plan:?}: {:?}", rhythm(&sound, rate));
            let mut detector = ToneDetector::new(hz, rate.hz());
            let heard = sound.chunks(rate.samples_in(20)).take(5).map(|frame| detector.hear(frame)).last();
            assert!(heard.is_some_and(|heard| heard.places().count() == hz.len()), "{plan:?} at {rate:?}");
        }
    };
    check(TonePlan::Europe, &[50, 200], &[425.0]);
    check(TonePlan::UnitedKingdom, &[20, 10, 20, 100], &[400.0, 450.0]);
    check(TonePlan::NorthAmerica, &[100, 200], &[440.0, 480.0]);
    check(TonePlan::Australia, &[20, 10, 20, 100], &[400.0, 425.0]);
    check(TonePlan::Japan, &[50, 100, 50], &[384.0, 416.0]);
}

#[test]
fn no_tone_clicks_or_is_too_loud() {
    for plan in PLANS {
        for sound in [Sound::ring_back(plan), Sound::busy(plan), Sound::congestion(plan), Sound::beep()] {
            let sound = played(&sound, Rate::Narrow, 5);
            let steps = sound.windows(2).map(|pair| (pair[0] - pair[1]).abs());
            assert!(steps.max().is_some_and(|step| step < 4_500), "{plan:?}");
            assert!(sound.iter().all(|sample| sample.abs() <= 8_000), "{plan:?}");
        }
    }
}

#[test]
fn countries_have_their_plans() {
    assert_eq!(TonePlan::of_country("DE"), TonePlan::Europe);
    assert_eq!(TonePlan::of_country("GB"), TonePlan::UnitedKingdom);
    assert_eq!(TonePlan::of_country("US"), TonePlan::NorthAmerica);
    assert_eq!(TonePlan::of_country(""), TonePlan::Europe);
}

#[test]
fn a_recorded_call_beeps_every_15_seconds() {
    let sound = played(&Sound::recording_beeps(), Rate::Narrow, 31);
    assert_eq!(rhythm(&sound, Rate::Narrow)[..4], [10, 740, 10, 740]);
}

#[test]
fn one_beep_ends() {
    let mut player = Player::new(&Sound::beep(), Rate::Narrow);
    let mut frame = [0; 160];
    let more: Vec<bool> = (0..12).map(|_| player.fill(&mut frame)).collect();
    assert_eq!(more.iter().filter(|more| **more).count(), 9);
    assert_eq!(frame, [0; 160]);
}

#[test]
fn stored_sound_ends_or_begins_anew() {
    let samples: Arc<[i16]> = (0..100).collect::<Vec<_>>().into();
    let mut frame = [7; 160];
    assert!(!Player::new(&Sound::stored(samples.clone(), Repeat::Once), Rate::Narrow).fill(&mut frame));
    assert_eq!((frame[99], frame[100], frame[159]), (99, 0, 0));
    let mut player = Player::new(&Sound::stored(samples, Repeat::Forever), Rate::Narrow);
    assert!(player.fill(&mut frame));
    assert_eq!((frame[99], frame[100], frame[159]), (99, 0, 59));
    assert!(player.fill(&mut frame));
    assert_eq!(frame[0], 60);
}

#[test]
fn sound_that_is_empty_ends_at_once() {
    for repeat in [Repeat::Once, Repeat::Forever] {
        let mut frame = [7; 160];
        assert!(!Player::new(&Sound::stored(Arc::new([]), repeat), Rate::Narrow).fill(&mut frame));
        assert_eq!(frame, [0; 160]);
    }
}

#[test]
fn stored_sound_is_as_loud_at_every_rate() {
    let mut samples = vec![0; 8_000];
    crate::tone::Sine::new(1_000.0, 8_000.0, 8_000).fill(&mut samples);
    let sound = Sound::stored(samples.into(), Repeat::Forever);
    for rate in Rate::ALL {
        let loudest = played(&sound, rate, 2).into_iter().map(i16::abs).max().unwrap();
        assert!((7_800..8_200).contains(&loudest), "{rate:?}: {loudest}");
    }
}

#[test]
fn hold_music_never_falls_silent_has_no_seam_and_is_softer_than_people() {
    let music = played(&Sound::hold_music(), Rate::Narrow, 70);
    for (index, frame) in music.chunks(800).enumerate() {
        assert!(frame.iter().any(|sample| sample.abs() > 300), "silent at {index} tenths of a second");
    }
    let loudest = music.iter().map(|sample| sample.abs()).max().unwrap();
    assert!((7_000..=8_000).contains(&loudest), "{loudest}");
    let steepest = |sound: &[i16]| sound.windows(2).map(|pair| (pair[0] - pair[1]).abs()).max().unwrap();
    // It lasts for 32 seconds.
    let seam = 32 * 8_000;
    assert!(steepest(&music[seam - 40..seam + 40]) <= steepest(&music[..seam - 40]));
    assert_eq!(music[..8_000], music[seam..seam + 8_000]);
}

#[test]
fn a_file_becomes_a_sound() {
    let mut file = wav::header(8_000, 2, 8).to_vec();
    file.extend([100_i16, 300, -100, -300].iter().flat_map(|sample| sample.to_le_bytes()));
    let mut frame = [0; 3];
    Player::new(&Sound::from_wav(&file, Repeat::Once).unwrap(), Rate::Narrow).fill(&mut frame);
    assert_eq!(frame, [200, -200, 0]);
    assert!(matches!(Sound::from_wav(b"", Repeat::Once), Err(WavError::NotWav)));
}
