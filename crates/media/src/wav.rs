//! Files of WAV: written as they grow, and read.

use core::f64::consts::PI;

use crate::codec::Law;

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

const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
/// The format proper follows further on.
const EXTENSIBLE: u16 = 0xFFFE;

/// Channels and rates that are read.
const MAX_CHANNELS: u16 = 32;
const MIN_RATE_HZ: u32 = 4_000;
const MAX_RATE_HZ: u32 = 192_000;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// Samples a second in each channel.
    pub rate_hz: u32,
    /// How many channels.
    pub channels: usize,
    /// The first sample of each channel, then the second of each.
    pub samples: Vec<i16>,
}

impl Wav {
    /// Reads a file of PCM of 16 bits or of G.711, as far as it goes, if it was cut off.
    ///
    /// # Errors
    /// When it is no such file, or has more than `most_samples` in all channels together.
    pub fn read(file: &[u8], most_samples: usize) -> Result<Wav, WavError> {
        let Some((riff, chunks)) = file.split_first_chunk::<12>() else { return Err(WavError::NotWav) };
        if !riff.starts_with(b"RIFF") || !riff.ends_with(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let format = Format::parse(chunk(chunks, b"fmt ").ok_or(WavError::NotWav)?)?;
        let data = chunk(chunks, b"data").ok_or(WavError::NotWav)?;
        let count = data.len() / format.octets;
        // A frame that was cut off is left out.
        let count = count - count % format.channels;
        if count > most_samples {
            return Err(WavError::TooLong);
        }
        let samples = match format.coding {
            Coding::Pcm => {
                data.as_chunks::<2>().0.iter().take(count).map(|octets| i16::from_le_bytes(*octets)).collect()
            }
            Coding::G711(law) => data.iter().take(count).map(|octet| law.decode_one(*octet)).collect(),
        };
        Ok(Wav { rate_hz: format.rate_hz, channels: format.channels, samples })
    }

    /// The samples of one channel; none, if there is no such channel.
    pub fn channel(&self, index: usize) -> impl Iterator<Item = i16> {
        let begin = if index < self.channels { index } else { self.samples.len() };
        self.samples.iter().skip(begin).step_by(self.channels.max(1)).copied()
    }

    /// All channels in one: their mean.
    pub fn mixed(&self) -> impl Iterator<Item = i16> {
        let count = self.channels.max(1);
        self.samples.chunks_exact(count).map(move |frame| {
            let sum: i64 = frame.iter().map(|sample| i64::from(*sample)).sum();
            (sum / count as i64) as i16
        })
    }
}

enum Coding {
    Pcm,
    G711(Law),
}

struct Format {
    coding: Coding,
    channels: usize,
    rate_hz: u32,
    /// Of one sample.
    octets: usize,
}

impl Format {
    fn parse(chunk: &[u8]) -> Result<Format, WavError> {
        let field = |at: usize| chunk.get(at..at + 2).map(|it| u16::from_le_bytes([it[0], it[1]]));
        let need = |at: usize| field(at).ok_or(WavError::NotWav);
        let (tag, channels, bits) = (need(0)?, need(2)?, need(14)?);
        let rate_hz = u32::from(need(4)?) | u32::from(need(6)?) << 16;
        let tag = if tag == EXTENSIBLE { need(24)? } else { tag };
        let (coding, octets) = match (tag, bits) {
            (PCM, 16) => (Coding::Pcm, 2),
            (A_LAW, 8) => (Coding::G711(Law::A), 1),
            (MU_LAW, 8) => (Coding::G711(Law::Mu), 1),
            _ => return Err(WavError::UnknownFormat),
        };
        let is_in_range =
            (1..=MAX_CHANNELS).contains(&channels) && (MIN_RATE_HZ..=MAX_RATE_HZ).contains(&rate_hz);
        if !is_in_range {
            return Err(WavError::OutOfRange);
        }
        Ok(Format { coding, channels: usize::from(channels), rate_hz, octets })
    }
}

/// The contents of the first chunk of this name, as far as the file goes.
fn chunk<'a>(mut chunks: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let (head, rest) = chunks.split_first_chunk::<8>()?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let is_it = head.starts_with(name);
        if is_it && name == b"data" && (size == 0 || size > rest.len()) {
            // A recorder that was cut off, or a stream, never came to write the size.
            return Some(rest);
        }
        let contents = rest.get(..size);
        if is_it {
            return contents;
        }
        // Chunks begin at even places.
        chunks = rest.get(size.checked_add(size % 2)?..)?;
    }
}

/// Reads a file, mixes its channels and converts them to 8 kHz.
///
/// # Errors
/// As [`Wav::read`]; and when it is longer than `most_samples` at 8 kHz.
pub(crate) fn read_at_8_khz(file: &[u8], most_samples: usize) -> Result<Vec<i16>, WavError> {
    let wav = Wav::read(file, usize::MAX)?;
    let frames = wav.samples.len() / wav.channels;
    if frames as u64 * 8_000 > most_samples as u64 * u64::from(wav.rate_hz) {
        return Err(WavError::TooLong);
    }
    let mixed: Vec<i16> = wav.mixed().collect();
    Ok(match wav.rate_hz {
        8_000 => mixed,
        rate_hz => resampled(&mixed, rate_hz, 8_000),
    })
}

/// What a sample is made of: so many of its neighbors on either side, at the lower of the two rates.
const NEIGHBORS: f64 = 24.0;
/// The filter is halfway down at this share of the lower rate.
const CUTOFF: f64 = 0.455;
/// Places at which the filter is known between two neighbors; between those it is taken as straight.
const PLACES: usize = 512;

/// Any rate to any other, the whole sound at once: for files, whose rates are not ours.
fn resampled(sound: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    let (from, to) = (f64::from(from_hz), f64::from(to_hz));
    let lower = from.min(to);
    let filter = half_filter();
    let reach = NEIGHBORS * from / lower;
    let count = (sound.len() as u64 * u64::from(to_hz) / u64::from(from_hz)) as usize;
    let mut out = Vec::with_capacity(count);
    for index in 0..count {
        let middle = index as f64 * from / to;
        let first = (middle - reach).ceil().max(0.0) as usize;
        let last = ((middle + reach).floor() as usize).min(sound.len().saturating_sub(1));
        let mut sum = 0.0;
        for (offset, sample) in sound[first.min(last)..=last].iter().enumerate() {
            let distance = ((first + offset) as f64 - middle).abs() * lower / from * PLACES as f64;
            let place = distance as usize;
            let share = distance - place as f64;
            if let Some([here, next]) = filter.get(place..place + 2) {
                sum += f64::from(*sample) * (here + (next - here) * share);
            }
        }
        out.push((sum * lower / from).round() as i16);
    }
    out
}

/// A windowed sinc from its middle outward, by [`PLACES`] between two neighbors.
fn half_filter() -> Vec<f64> {
    let end = NEIGHBORS * PLACES as f64;
    (0..=end as usize)
        .map(|place| {
            let angle = 2.0 * PI * CUTOFF * place as f64 / PLACES as f64;
            let sinc = if place == 0 { 1.0 } else { angle.sin() / angle };
            // Blackman's window: 74 dB.
            let turn = PI * place as f64 / end;
            2.0 * CUTOFF * sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
        })
        .collect()
}

#[cfg(test)]
mod tests;
