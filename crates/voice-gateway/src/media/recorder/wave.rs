//! WAV files of one track: 16 bits a sample, header first.

use std::io::{self, Read};

pub use media::wav::HEADER_BYTES;

const BYTES_PER_SAMPLE: u64 = 2;

/// The header of a file with so many samples.
pub fn header(rate: u32, samples: u64) -> [u8; HEADER_BYTES] {
    media::wav::header(rate, 1, samples.saturating_mul(BYTES_PER_SAMPLE))
}

/// Where a sample stands in the file.
pub fn offset(sample: u64) -> u64 {
    HEADER_BYTES as u64 + sample * BYTES_PER_SAMPLE
}

/// Fills `samples` from a file; what the file has not is silence.
pub fn read(file: &mut impl Read, samples: &mut [i16]) -> io::Result<()> {
    let mut bytes = vec![0; samples.len() * BYTES_PER_SAMPLE as usize];
    let mut have = 0;
    while have < bytes.len() {
        match file.read(&mut bytes[have..])? {
            0 => break,
            count => have += count,
        }
    }
    for (sample, bytes) in samples.iter_mut().zip(bytes.chunks_exact(2)) {
        *sample = i16::from_le_bytes([bytes[0], bytes[1]]);
    }
    Ok(())
}
