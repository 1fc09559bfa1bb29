//! Any octets, taken for what a telephone sends: coded sound, telephone events, SRTP; and for a file of WAV that somebody uploads.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use media::codec::{Codec, Decoder, Encoder, MAX_PACKET_SAMPLES, MAX_PAYLOAD_BYTES, Rate};
use media::dtmf::EventReceiver;
use media::sounds::{Player, Repeat, Sound};
use media::srtp::{MASTER_BYTES, MasterKey, Suite, Unprotect};
use media::wav::Wav;

/// Samples that a file may have.
const MOST: usize = 100_000;

fuzz_target!(|input: &[u8]| {
    let Some((choice, octets)) = input.split_first() else { return };
    match choice % 4 {
        0 => decode(*choice, octets),
        1 => keys(octets),
        2 => srtp(octets),
        _ => file(octets),
    }
});

/// A stream of payloads, each after its length; those of length 0 are lost.
fn decode(choice: u8, mut octets: &[u8]) {
    let codec = Codec::ALL[usize::from(choice >> 2) % 4];
    let rate = Rate::ALL[usize::from(choice >> 4) % 3];
    let (mut decoder, mut encoder) = (Decoder::new(codec, rate), Encoder::new(codec, rate));
    let (mut samples, mut payload) = ([0; MAX_PACKET_SAMPLES], [0; MAX_PAYLOAD_BYTES]);
    while let Some((length, rest)) = octets.split_first() {
        let (packet, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        let count = match packet {
            [] => decoder.conceal(&mut samples[..rate.samples_in(20)]),
            _ => decoder.decode(packet, &mut samples).unwrap_or(0),
        };
        let _ = encoder.encode(&samples[..count], &mut payload);
        octets = rest;
    }
}

/// Time stamp and payload by turns.
fn keys(octets: &[u8]) {
    let mut receiver = EventReceiver::new();
    for (index, packet) in octets.chunks_exact(8).enumerate() {
        let timestamp = u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]);
        let now = Duration::from_millis(20 * index as u64);
        let _ = receiver.receive(timestamp, &packet[4..], now);
        let _ = receiver.lost_end(now);
    }
}

fn srtp(octets: &[u8]) {
    for suite in Suite::ALL {
        let mut unprotect = Unprotect::new(suite, &MasterKey::from_bytes([7; MASTER_BYTES]));
        assert!(unprotect.unprotect(&mut octets.to_vec()).is_err(), "nobody guesses a tag");
        assert!(unprotect.unprotect_rtcp(&mut octets.to_vec()).is_err(), "nobody guesses a tag");
    }
}

fn file(octets: &[u8]) {
    let _ = Wav::read(octets, MOST);
    if let Ok(sound) = Sound::from_wav(octets, Repeat::Forever) {
        Player::new(&sound, Rate::Wide).fill(&mut [0; 1_000]);
    }
}
