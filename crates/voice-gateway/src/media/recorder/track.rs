//! One party's track: samples at their place on the time line of the recording, silence where there are none.
//!
//! What always holds: samples are written once, together with who heard them. What comes later, yet belongs before
//! them, is left out.

use std::io::{self, Seek, SeekFrom, Write};

use super::sheet::{Gap, Run};
use super::wave;

/// Sound that begins this near the end of what is there goes on from there: positions are rounded.
const SNAP_MS: u64 = 1;
/// What is kept back, so that the disk is written to in large pieces.
const BUFFER_MS: u64 = 1_000;
/// Silence up to this length is written; a longer one is left as a hole in the file.
const MOST_WRITTEN_SILENCE_MS: u64 = 2_000;
/// Changes of who hears, over a whole track. Behind the last one nobody is said to have heard anything.
pub const MOST_RUNS: usize = 50_000;
/// Gaps that are listed one by one; further ones are added to the last.
pub const MOST_GAPS: usize = 10_000;

/// Parties, by their numbers in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parties(pub u64);

impl Parties {
    /// The most parties that one recording can have.
    pub const MOST: u8 = 64;

    /// With this party too.
    pub fn with(self, party: u8) -> Parties {
        Parties(self.0 | 1u64.checked_shl(u32::from(party)).unwrap_or_default())
    }

    /// Their numbers.
    pub fn numbers(self) -> Vec<u8> {
        (0..Self::MOST).filter(|party| self.0 >> party & 1 == 1).collect()
    }
}

/// Samples, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// When the first one was spoken, in samples since the recording began.
    pub at: u64,
    pub samples: &'a [i16],
    /// Who heard them.
    pub by: Parties,
    /// Frames that the disk's slowness cost before these.
    pub lost_before: u32,
}

/// A track and its file.
#[derive(Debug)]
pub struct Track<W> {
    file: W,
    rate: u32,
    /// Samples before those of `buffer` are in the file.
    written: u64,
    buffer: Vec<i16>,
    runs: Vec<(u64, u64, Parties)>,
    gaps: Vec<Gap>,
    bytes: Vec<u8>,
}

impl<W: Write + Seek> Track<W> {
    /// A track of a file that is empty so far.
    pub fn create(mut file: W, rate: u32) -> io::Result<Track<W>> {
        file.write_all(&wave::header(rate, 0))?;
        let (buffer, runs, gaps, bytes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Track { file, rate, written: 0, buffer, runs, gaps, bytes })
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Where the last sample ends.
    pub fn end(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Puts samples in their place; those that belong before what is there already are left out.
    pub fn place(&mut self, spoken: Spoken<'_>) -> io::Result<()> {
        let end = self.end();
        let is_next = spoken.at.abs_diff(end) <= self.samples_of(SNAP_MS);
        let at = if is_next { end } else { spoken.at };
        if spoken.lost_before > 0 {
            self.note_gap(at.max(end), spoken.lost_before);
        }
        let too_late = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let samples = spoken.samples.get(too_late..).unwrap_or_default();
        if samples.is_empty() {
            self.note_gap(end, 1);
            return Ok(());
        }
        let from = at.max(end);
        self.note_run(from, from + samples.len() as u64, spoken.by);
        if from - end > self.samples_of(MOST_WRITTEN_SILENCE_MS) {
            self.write()?;
            self.written = from;
        }
        self.buffer.resize((from - self.written) as usize, 0);
        self.buffer.extend_from_slice(samples);
        if self.buffer.len() as u64 > self.samples_of(BUFFER_MS) {
            self.write()?;
        }
        Ok(())
    }

    /// Makes the file whole as it is now, so that a crash costs what follows only.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.write_header(self.end())
    }

    /// Ends the track at `length` samples, in silence if need be.
    pub fn finish(&mut self, length: u64) -> io::Result<()> {
        self.write()?;
        if length > self.written {
            self.file.seek(SeekFrom::Start(wave::offset(length - 1)))?;
            self.file.write_all(&[0, 0])?;
            self.written = length;
        }
        self.write_header(self.written)?;
        self.file.flush()
    }

    /// Who heard what.
    pub fn heard(&self) -> Vec<Run> {
        let audible = self.runs.iter().filter(|(_, _, by)| *by != Parties::default());
        audible.map(|(from, until, by)| Run { from: *from, until: *until, by: by.numbers() }).collect()
    }

    /// What is missing.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn note_gap(&mut self, before: u64, frames: u32) {
        let is_full = self.gaps.len() >= MOST_GAPS;
        match self.gaps.last_mut() {
            Some(last) if last.before == before || is_full => {
                last.frames = last.frames.saturating_add(frames);
            }
            _ => self.gaps.push(Gap { before, frames }),
        }
    }

    fn note_run(&mut self, from: u64, until: u64, by: Parties) {
        let is_full = self.runs.len() >= MOST_RUNS;
        match self.runs.last_mut() {
            // When in doubt, silence: nobody is said to have heard what has no run.
            Some((_, end, same)) if *same == by && !is_full => *end = until,
            _ if is_full => {}
            _ => self.runs.push((from, until, by)),
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.bytes.clear();
        self.bytes.extend(self.buffer.iter().flat_map(|sample| sample.to_le_bytes()));
        self.file.seek(SeekFrom::Start(wave::offset(self.written)))?;
        self.file.write_all(&self.bytes)?;
        self.written = self.end();
        self.buffer.clear();
        Ok(())
    }

    fn write_header(&mut self, samples: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&wave::header(self.rate, samples))
    }

    fn samples_of(&self, ms: u64) -> u64 {
        ms * u64::from(self.rate) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    const AGENT: Parties = Parties(0b10);
    const BOTH: Parties = Parties(0b110);

    fn track() -> Track<Cursor<Vec<u8>>> {
        Track::create(Cursor::new(Vec::new()), 8_000).unwrap()
    }

    fn spoken(at: u64, samples: &[i16], by: Parties) -> Spoken<'_> {
        Spoken { at, samples, by, lost_before: 0 }
    }

    fn samples(track: Track<Cursor<Vec<u8>>>) -> Vec<i16> {
        let bytes = track.file.into_inner();
        bytes[wave::HEADER_BYTES..].chunks(2).map(|it| i16::from_le_bytes([it[0], it[1]])).collect()
    }

    #[test]
    fn sound_stands_where_it_was_spoken() {
        let mut track = track();
        track.place(spoken(1_000, &[1; 160], AGENT)).unwrap();
        track.place(spoken(1_161, &[2; 160], AGENT)).unwrap();
        track.place(spoken(1_480, &[3; 160], AGENT)).unwrap();
        track.finish(2_000).unwrap();
        assert_eq!(track.heard(), [Run { from: 1_000, until: 1_640, by: vec![1] }]);
        let samples = samples(track);
        assert_eq!(samples.len(), 2_000);
        assert_eq!(samples[1_000..1_640].chunks(160).map(|it| it[0]).collect::<Vec<_>>(), [1, 2, 0, 3]);
        assert!(samples[..1_000].iter().chain(&samples[1_640..]).all(|it| *it == 0));
    }

    #[test]
    fn what_comes_too_late_is_left_out() {
        let mut track = track();
        track.place(spoken(320, &[3; 160], BOTH)).unwrap();
        track.place(spoken(0, &[1; 160], AGENT)).unwrap();
        track.place(spoken(400, &[4; 160], AGENT)).unwrap();
        track.finish(0).unwrap();
        let heard =
            [Run { from: 320, until: 480, by: vec![1, 2] }, Run { from: 480, until: 560, by: vec![1] }];
        assert_eq!(track.heard(), heard);
        assert_eq!(track.gaps(), [Gap { before: 480, frames: 1 }]);
        let samples = samples(track);
        assert_eq!((samples[0], samples[479], samples[480]), (0, 3, 4));
    }

    #[test]
    fn lost_frames_are_marked_where_sound_goes_on() {
        let mut track = track();
        track.place(spoken(0, &[1; 160], AGENT)).unwrap();
        track.place(Spoken { lost_before: 10, ..spoken(1_760, &[2; 160], AGENT) }).unwrap();
        assert_eq!(track.gaps(), [Gap { before: 1_760, frames: 10 }]);
    }

    #[test]
    fn hours_of_silence_take_no_memory() {
        let mut track = track();
        track.place(spoken(0, &[1; 160], AGENT)).unwrap();
        track.place(spoken(3_600 * 8_000, &[2; 160], AGENT)).unwrap();
        assert!(track.buffer.len() < 32_000);
        assert_eq!(track.end(), 3_600 * 8_000 + 160);
    }

    #[test]
    fn a_file_that_was_not_finished_can_be_read_up_to_the_last_flush() {
        let mut track = track();
        track.place(spoken(0, &[1; 160], AGENT)).unwrap();
        track.flush().unwrap();
        let bytes = track.file.into_inner();
        assert_eq!(bytes[..wave::HEADER_BYTES], wave::header(8_000, 160));
        assert_eq!(bytes.len(), wave::HEADER_BYTES + 320);
    }

    #[test]
    fn beyond_the_last_run_nobody_is_said_to_have_heard_anything() {
        let mut track = track();
        for at in 0..MOST_RUNS as u64 + 10 {
            let by = if at % 2 == 0 { AGENT } else { BOTH };
            track.note_run(at, at + 1, by);
        }
        assert_eq!(track.heard().len(), MOST_RUNS);
    }

    proptest! {
        /// Each sample carries who heard it; in whatever order frames come, a run claims no sample of others.
        #[test]
        fn no_run_holds_what_its_listeners_did_not_hear(
            frames in proptest::collection::vec((0u64..9_600, 0u16..3), 1..120),
        ) {
            let mut track = track();
            for (at, by) in frames {
                let samples = [by as i16 + 1; 160];
                track.place(spoken(at, &samples, Parties(u64::from(by)))).unwrap();
            }
            let runs = track.runs.clone();
            track.finish(0).unwrap();
            let samples = samples(track);
            let mut last = 0;
            for (from, until, by) in runs {
                prop_assert!(from >= last && until > from);
                last = until;
                for sample in &samples[from as usize..until as usize] {
                    prop_assert!(*sample == 0 || *sample == by.0 as i16 + 1);
                }
            }
        }
    }
}
