use proptest::prelude::*;

use super::*;
use crate::tone::Sine;

fn file(rate_hz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let mut file = header(rate_hz, channels, samples.len() as u64 * 2).to_vec();
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// A file with this format, with a chunk that nobody knows before its sound.
fn file_of(tag: u16, bits: u16, extension: &[u8], data: &[u8]) -> Vec<u8> {
    let mut format = Vec::new();
    for field in [tag, 1, 8_000, 0, 8_000, 0, bits / 8, bits] {
        format.extend(field.to_le_bytes());
    }
    format.extend(extension);
    let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
    for (name, contents) in [(b"LIST", &b"odd"[..]), (b"fmt ", &format), (b"data", data)] {
        file.extend(name);
        file.extend((contents.len() as u32).to_le_bytes());
        file.extend(contents);
        file.extend(vec![0; contents.len() % 2]);
    }
    file
}

#[test]
fn what_is_written_is_read() {
    for channels in 1..=4 {
        let samples: Vec<i16> = (0..420).map(|it| it * 40 - 8_000).collect();
        let wav = Wav::read(&file(16_000, channels, &samples), 420).unwrap();
        assert_eq!(wav, Wav { rate_hz: 16_000, channels: usize::from(channels), samples: samples.clone() });
        for channel in 0..usize::from(channels) {
            let expected = samples.iter().skip(channel).step_by(usize::from(channels));
            assert_eq!(wav.channel(channel).collect::<Vec<_>>(), expected.copied().collect::<Vec<_>>());
        }
        assert_eq!(wav.channel(usize::from(channels)).next(), None);
    }
}

#[test]
fn a_file_that_was_cut_off_is_read_as_far_as_it_goes() {
    let whole = file(8_000, 2, &[1, 2, 3, 4]);
    let mut unpatched = whole.clone();
    unpatched[40..44].fill(0);
    assert_eq!(Wav::read(&unpatched, 9).unwrap().samples, [1, 2, 3, 4]);
    assert_eq!(Wav::read(&whole[..51], 9).unwrap().samples, [1, 2]);
}

#[test]
fn g711_and_the_long_form_are_read() {
    let octets = [0x00, 0x55, 0xD5, 0xFF];
    for (tag, law) in [(6, Law::A), (7, Law::Mu)] {
        let expected: Vec<_> = octets.iter().map(|octet| law.decode_one(*octet)).collect();
        assert_eq!(Wav::read(&file_of(tag, 8, &[], &octets), 9).unwrap().samples, expected);
    }
    let extension = [22, 0, 16, 0, 4, 0, 0, 0, 1, 0];
    assert_eq!(Wav::read(&file_of(0xFFFE, 16, &extension, &[1, 0, 2, 0]), 9).unwrap().samples, [1, 2]);
}

#[test]
fn other_files_are_refused_by_their_reason() {
    assert_eq!(Wav::read(b"ID3", 9), Err(WavError::NotWav));
    assert_eq!(Wav::read(&file(8_000, 1, &[])[..36], 9), Err(WavError::NotWav));
    assert_eq!(Wav::read(&file_of(1, 24, &[], &[0; 3]), 9), Err(WavError::UnknownFormat));
    assert_eq!(Wav::read(&file_of(3, 32, &[], &[0; 4]), 9), Err(WavError::UnknownFormat));
    assert_eq!(Wav::read(&file(8_000, 0, &[1]), 9), Err(WavError::OutOfRange));
    assert_eq!(Wav::read(&file(0, 1, &[1]), 9), Err(WavError::OutOfRange));
    assert_eq!(Wav::read(&file(8_000, 1, &[0; 10]), 9), Err(WavError::TooLong));
    assert_eq!(read_at_8_khz(&file(16_000, 1, &[0; 22]), 10), Err(WavError::TooLong));
}

#[test]
fn channels_are_mixed_to_their_mean() {
    let wav =
        Wav { rate_hz: 8_000, channels: 2, samples: vec![100, 200, i16::MAX, i16::MAX, i16::MIN, i16::MIN] };
    assert_eq!(wav.mixed().collect::<Vec<_>>(), [150, i16::MAX, i16::MIN]);
}

#[test]
fn sound_of_any_usual_rate_keeps_its_tones() {
    for rate_hz in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
        let mut sound = vec![0; rate_hz as usize];
        Sine::new(1_000.0, 10_000.0, rate_hz).fill(&mut sound);
        let samples = read_at_8_khz(&file(rate_hz, 1, &sound), 8_000).unwrap();
        assert_eq!(samples.len(), 8_000);
        let mut expected = vec![0; 8_000];
        Sine::new(1_000.0, 10_000.0, 8_000).fill(&mut expected);
        // But for its ends.
        for index in 100..7_900 {
            let distance = (i32::from(samples[index]) - i32::from(expected[index])).abs();
            assert!(distance < 60, "{rate_hz} Hz, sample {index}: {distance} off");
        }
    }
}

#[test]
fn sound_that_8_khz_cannot_carry_is_left_out() {
    for rate_hz in [16_000, 22_050, 44_100, 48_000] {
        let mut sound = vec![0; rate_hz as usize];
        Sine::new(4_400.0, 10_000.0, rate_hz).fill(&mut sound);
        let samples = read_at_8_khz(&file(rate_hz, 1, &sound), 8_000).unwrap();
        let loudest = samples[200..7_800].iter().map(|sample| sample.abs()).max().unwrap();
        assert!(loudest < 40, "{rate_hz} Hz: {loudest}");
    }
}

#[test]
fn sizes_beyond_32_bits_are_told_as_the_largest() {
    let header = header(8_000, 2, u64::MAX);
    assert_eq!(header[4..8], (u32::MAX - 8).to_le_bytes());
    assert_eq!(header[40..44], (u32::MAX - 44).to_le_bytes());
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(mut octets in prop::collection::vec(any::<u8>(), 0..200), is_begun in any::<bool>()) {
        if is_begun {
            octets.splice(..0, *b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0");
        }
        let _ = Wav::read(&octets, 100);
        let _ = read_at_8_khz(&octets, 100);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(place in 0_usize..64, octet in any::<u8>()) {
        let mut file = file(11_025, 2, &[7; 10]);
        file[place] = octet;
        let _ = read_at_8_khz(&file, 100);
    }
}
