//! A recording as one of its parties heard it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::sheet::{Run, Sheet, TrackSheet, VERSION};
use super::wave;

/// What is mixed at a time, of each track.
const CHUNK_MS: u64 = 1_000;
/// Samples a second that a sheet may name.
const RATES: [u32; 4] = [8_000, 16_000, 32_000, 48_000];

/// Why a recording cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The sheet or a track cannot be read, or the result not be written.
    #[error("{what}")]
    Io {
        /// Which file.
        what: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The sheet was written by another release, or not by us.
    #[error("the sheet is of form {0}, which this release cannot read")]
    Form(u32),
    /// The sheet names something that a sheet of ours never does.
    #[error("the sheet is damaged: {0}")]
    Damaged(String),
    /// Nobody of this number was recorded.
    #[error("the recording has no party {0}")]
    NoSuchParty(u8),
}

/// Writes what the party `ear` heard of the others into the WAV file `out`. What no run says it heard is silence.
///
/// # Errors
/// The recording is damaged, does not know the party, or a file cannot be read or written.
pub fn render_as_heard(folder: &Path, ear: u8, out: &Path) -> Result<Sheet, RenderError> {
    let sheet = Sheet::read(folder).map_err(|cause| failed(folder, cause))?;
    check(&sheet, ear)?;
    let rate = sheet.tracks.iter().map(|track| track.sample_rate).max().unwrap_or(RATES[0]);
    let mut voices = Vec::new();
    for track in sheet.tracks.iter().filter(|track| track.party != ear) {
        let path = folder.join(&track.file);
        let voice = Voice::open(track, ear, rate, &path).map_err(|cause| failed(&path, cause))?;
        voices.extend(voice);
    }
    mix(&mut voices, sheet.length_ms, rate, out)?;
    Ok(sheet)
}

fn check(sheet: &Sheet, ear: u8) -> Result<(), RenderError> {
    if sheet.version != VERSION {
        return Err(RenderError::Form(sheet.version));
    }
    for track in &sheet.tracks {
        if !RATES.contains(&track.sample_rate) {
            return Err(RenderError::Damaged(format!("{} samples a second", track.sample_rate)));
        }
        // A sheet names files beside it, and no others.
        if track.file.contains(['/', '\\']) || track.file.starts_with('.') {
            return Err(RenderError::Damaged("a track outside the folder".to_owned()));
        }
        let ordered = track.heard.windows(2).all(|pair| pair[0].until <= pair[1].from);
        if !ordered || track.heard.iter().any(|run| run.until < run.from) {
            return Err(RenderError::Damaged(format!("the runs of party {}", track.party)));
        }
    }
    match sheet.tracks.iter().any(|track| track.party == ear) {
        true => Ok(()),
        false => Err(RenderError::NoSuchParty(ear)),
    }
}

fn mix(voices: &mut [Voice], length_ms: u64, rate: u32, out: &Path) -> Result<(), RenderError> {
    let write_failed = |cause| failed(out, cause);
    let mut file = BufWriter::new(File::create(out).map_err(write_failed)?);
    let length = length_ms * u64::from(rate) / 1_000;
    file.write_all(&wave::header(rate, length)).map_err(write_failed)?;
    let chunk = CHUNK_MS * u64::from(rate) / 1_000;
    let (mut sum, mut own) = (Vec::new(), Vec::new());
    for from in (0..length).step_by(chunk as usize) {
        let count = chunk.min(length - from) as usize;
        sum.clear();
        sum.resize(count, 0i32);
        for voice in voices.iter_mut() {
            own.clear();
            own.resize(count, 0i16);
            voice.read(from, &mut own).map_err(|cause| failed(out, cause))?;
            sum.iter_mut().zip(&own).for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
        for sample in &sum {
            let sample = i16::try_from(*sample).unwrap_or(if *sample < 0 { i16::MIN } else { i16::MAX });
            file.write_all(&sample.to_le_bytes()).map_err(write_failed)?;
        }
    }
    file.flush().map_err(write_failed)
}

fn failed(path: &Path, cause: io::Error) -> RenderError {
    RenderError::Io { what: path.display().to_string(), cause }
}

/// A track as far as one ear heard it.
struct Voice {
    file: BufReader<File>,
    /// How many samples of the result there are for one of the track.
    factor: u64,
    /// What the ear heard, in samples of the track.
    heard: Vec<Run>,
    /// The last sample of the track that was read, where the next one begins to be drawn from.
    last: i16,
}

impl Voice {
    /// None if the ear never heard this track: then its file is not even opened.
    fn open(track: &TrackSheet, ear: u8, rate: u32, path: &Path) -> io::Result<Option<Voice>> {
        let heard: Vec<Run> = track.heard.iter().filter(|run| run.by.contains(&ear)).cloned().collect();
        if heard.is_empty() {
            return Ok(None);
        }
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(wave::offset(0)))?;
        let factor = u64::from((rate / track.sample_rate).max(1));
        Ok(Some(Voice { file, factor, heard, last: 0 }))
    }

    /// The samples of the result from `from` on; chunks are asked for in order.
    fn read(&mut self, from: u64, out: &mut [i16]) -> io::Result<()> {
        let first = from / self.factor;
        let count = (out.len() as u64).div_ceil(self.factor) as usize;
        let mut samples = vec![0; count];
        wave::read(&mut self.file.by_ref(), &mut samples)?;
        for (position, sample) in (first..).zip(samples.iter_mut()) {
            let run = self.heard.partition_point(|run| run.until <= position);
            if self.heard.get(run).is_none_or(|run| position < run.from) {
                *sample = 0;
            }
        }
        for (index, out) in out.iter_mut().enumerate() {
            let (whole, part) = (index / self.factor as usize, index as u64 % self.factor + 1);
            let before = if whole == 0 { self.last } else { samples[whole - 1] };
            let step = i64::from(samples[whole]) - i64::from(before);
            let drawn = i64::from(before) + step * part as i64 / self.factor as i64;
            *out = drawn as i16;
        }
        self.last = samples.last().copied().unwrap_or_default();
        Ok(())
    }
}
