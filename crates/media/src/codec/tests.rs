use proptest::prelude::*;

use super::*;
use crate::tone::{Sine, ToneDetector, Voice};

/// What is heard of a sound after a codec, frame by frame.
fn heard(codec: Codec, rate: Rate, sound: &[i16]) -> Vec<i16> {
    let (mut encoder, mut decoder) = (Encoder::new(codec, rate), Decoder::new(codec, rate));
    let (mut payload, mut out) = ([0; MAX_PAYLOAD_BYTES], [0; MAX_PACKET_SAMPLES]);
    let mut heard = Vec::new();
    for frame in sound.chunks_exact(rate.samples_in(PTIME_MS)) {
        let length = encoder.encode(frame, &mut payload).unwrap();
        let count = decoder.decode(&payload[..length], &mut out).unwrap();
        assert_eq!(count, frame.len(), "{codec:?} at {rate:?}");
        heard.extend(&out[..count]);
    }
    heard
}

/// The ratio of signal and noise for the delay, up to 20 ms, at which it is best.
fn best_signal_to_noise_db(sound: &[i16], heard: &[i16], rate: Rate) -> f64 {
    let ratio = |delay: usize| {
        let (mut signal, mut noise) = (0.0, 1.0);
        for (sample, heard) in sound.iter().zip(&heard[delay..]) {
            signal += f64::from(*sample).powi(2);
            noise += (f64::from(*sample) - f64::from(*heard)).powi(2);
        }
        10.0 * (signal / noise).log10()
    };
    (0..rate.samples_in(20)).map(ratio).fold(f64::MIN, f64::max)
}

#[test]
fn g711_and_g722_keep_speech_as_well_as_their_bits_allow() {
    let check = |codec, rate: Rate, least_db| {
        let mut sound = vec![0; rate.samples_in(2_000)];
        Voice::new(120.0, 1, rate.hz()).fill(&mut sound);
        let ratio = best_signal_to_noise_db(&sound, &heard(codec, rate, &sound), rate);
        assert!(ratio > least_db, "{codec:?} at {rate:?}: {ratio} dB");
    };
    check(Codec::Pcmu, Rate::Narrow, 34.0);
    check(Codec::Pcma, Rate::Narrow, 34.0);
    check(Codec::Pcma, Rate::Wide, 20.0);
    check(Codec::G722, Rate::Wide, 20.0);
}

#[test]
fn tones_are_told_apart_after_every_codec_at_every_rate() {
    const TONES_HZ: [f32; 4] = [400.0, 700.0, 1_100.0, 1_800.0];
    for codec in Codec::ALL {
        for rate in Rate::ALL {
            for (index, hz) in TONES_HZ.into_iter().enumerate() {
                let mut sound = vec![0; rate.samples_in(200)];
                Sine::new(hz, 8_000.0, rate.hz()).fill(&mut sound);
                let mut detector = ToneDetector::new(&TONES_HZ, rate.hz());
                let heard = heard(codec, rate, &sound);
                let heard =
                    heard.chunks(rate.samples_in(20)).map(|frame| detector.hear(frame)).last().unwrap();
                assert_eq!(heard.places().collect::<Vec<_>>(), [index], "{codec:?} at {rate:?}");
            }
        }
    }
}

#[test]
fn silence_stays_silence() {
    for codec in Codec::ALL {
        for rate in Rate::ALL {
            let loudest = heard(codec, rate, &vec![0; rate.samples_in(400)]).into_iter().map(i16::abs).max();
            // The A-law has no zero.
            assert!(loudest.is_some_and(|loudest| loudest <= 16), "{codec:?} at {rate:?}: {loudest:?}");
        }
    }
}

#[test]
fn sound_goes_on_over_a_lost_packet_with_every_codec() {
    for codec in Codec::ALL {
        for rate in Rate::ALL {
            let mut sound = vec![0; rate.samples_in(400)];
            Sine::new(400.0, 8_000.0, rate.hz()).fill(&mut sound);
            let (mut encoder, mut decoder) = (Encoder::new(codec, rate), Decoder::new(codec, rate));
            let mut payload = [0; MAX_PAYLOAD_BYTES];
            let mut out = vec![0; MAX_PACKET_SAMPLES];
            for frame in sound.chunks(rate.samples_in(PTIME_MS)) {
                let length = encoder.encode(frame, &mut payload).unwrap();
                decoder.decode(&payload[..length], &mut out).unwrap();
            }
            let frame = rate.samples_in(PTIME_MS);
            assert_eq!(decoder.conceal(&mut out[..frame]), frame);
            let strength = |sound: &[i16]| sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
            let share = strength(&out[..frame]) / strength(&sound[..frame]);
            // Opus takes back soon what it makes up.
            let least = if codec == Codec::Opus { 0.02 } else { 0.3 };
            assert!((least..1.3).contains(&share), "{codec:?} at {rate:?}: {share}");
        }
    }
}

#[test]
fn frames_and_buffers_of_wrong_sizes_are_refused() {
    let mut out = [0; MAX_PAYLOAD_BYTES];
    let mut samples = [0; MAX_PACKET_SAMPLES];
    let long = Rate::Narrow.samples_in(MAX_PACKET_MS) + 2;
    for codec in Codec::ALL {
        let mut encoder = Encoder::new(codec, Rate::Narrow);
        assert_eq!(encoder.encode(&vec![0; long], &mut out), Err(CodecError::WrongLength), "{codec:?}");
        assert_eq!(encoder.encode(&[0; 160], &mut []), Err(CodecError::BufferTooSmall), "{codec:?}");
    }
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
        let mut decoder = Decoder::new(codec, Rate::Narrow);
        assert_eq!(
            decoder.decode(&[0; 8 * MAX_PACKET_MS + 1], &mut samples),
            Err(CodecError::WrongLength),
            "{codec:?}"
        );
    }
    assert_eq!(
        Decoder::new(Codec::Pcma, Rate::Wide).decode(&[0; 160], &mut [0; 319]),
        Err(CodecError::BufferTooSmall)
    );
    assert_eq!(Encoder::new(Codec::G722, Rate::Wide).encode(&[0; 3], &mut out), Err(CodecError::WrongLength));
    assert_eq!(
        Encoder::new(Codec::Opus, Rate::Full).encode(&[0; 161], &mut out),
        Err(CodecError::WrongLength)
    );
    assert_eq!(
        Decoder::new(Codec::Opus, Rate::Full).decode(&[], &mut samples),
        Err(CodecError::NotOfThisCodec)
    );
}

#[test]
fn codecs_go_by_their_names_in_sdp() {
    let names: Vec<_> =
        Codec::ALL.iter().map(|it| (it.name(), it.clock_hz(), it.static_payload_type())).collect();
    let expected = [
        ("PCMU", 8_000, Some(0)),
        ("PCMA", 8_000, Some(8)),
        ("G722", 8_000, Some(9)),
        ("opus", 48_000, None),
    ];
    assert_eq!(names, expected);
}

proptest! {
    // Opus is slow where nothing is optimized.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_payloads_are_decoded_or_refused(
        payloads in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), 1..10),
        codec in 0_usize..4, rate in 0_usize..3, room in 0_usize..6_000,
    ) {
        let mut decoder = Decoder::new(Codec::ALL[codec], Rate::ALL[rate]);
        let mut out = vec![0; room];
        for payload in payloads {
            match payload {
                Some(payload) => drop(decoder.decode(&payload, &mut out)),
                None => drop(decoder.conceal(&mut out)),
            }
        }
    }

    #[test]
    fn any_samples_are_encoded_or_refused(
        samples in prop::collection::vec(any::<i16>(), 0..1_000), codec in 0_usize..4, rate in 0_usize..3, room in 0_usize..400,
    ) {
        let mut out = vec![0; room];
        let _ = Encoder::new(Codec::ALL[codec], Rate::ALL[rate]).encode(&samples, &mut out);
    }
}
