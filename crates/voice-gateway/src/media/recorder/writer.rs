//! The thread that writes recordings. Nobody waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use media::codec::{Rate, Resampler};
use tokio::sync::mpsc;

use super::super::clock::{Clock, unix_seconds};
use super::super::event::{MediaEvent, RecordingError};
use super::super::inbox::Inbox;
use super::sheet::{Sheet, TrackSheet, VERSION};
use super::track::{Spoken, Track};
use super::{
    FRAME_SAMPLES, Frame, LONGEST, MOST_NAME_BYTES, MOST_RECORDINGS, MOST_SAME_NAME, Order, RecordingNumber,
};

/// How long orders wait if no frames come.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often files are made whole, so that a crash costs this much.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// How long frames of a recording may still be on their way when it is over.
const STRAGGLING: Duration = Duration::from_secs(1);

/// All recordings that run.
pub(super) struct Writer {
    folder: PathBuf,
    clock: Clock,
    events: mpsc::Sender<MediaEvent>,
    orders: Arc<Inbox<Order>>,
    taken: VecDeque<Order>,
    recordings: BTreeMap<RecordingNumber, Recording>,
    /// When the newest frame was spoken that was written.
    progress: Duration,
    flushed: Duration,
}

impl Writer {
    pub fn new(
        folder: PathBuf,
        clock: Clock,
        events: mpsc::Sender<MediaEvent>,
        orders: Arc<Inbox<Order>>,
    ) -> Writer {
        let (taken, recordings) = (VecDeque::new(), BTreeMap::new());
        let progress = Duration::ZERO;
        Writer { folder, clock, events, orders, taken, recordings, progress, flushed: clock.now() }
    }

    /// Writes until nobody can send frames any more.
    pub fn run(mut self, frames: &Receiver<Frame>) {
        loop {
            let received = frames.recv_timeout(PATIENCE);
            self.obey();
            match received {
                Ok(frame) => self.keep(&frame),
                Err(RecvTimeoutError::Timeout) => self.progress = self.clock.now(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look_after();
        }
        let (now, numbers) = (self.clock.now(), self.recordings.keys().copied().collect::<Vec<_>>());
        numbers.into_iter().for_each(|number| self.finish(number, now));
    }

    fn obey(&mut self) {
        self.orders.take(&mut self.taken);
        while let Some(order) = self.taken.pop_front() {
            match order {
                Order::Begin { recording, name, at } => self.begin(recording, name, at),
                Order::Party { recording, party, label, is_customer } => {
                    if let Some(recording) = self.recordings.get_mut(&recording) {
                        recording.parties.entry(party).or_insert(Party { label, is_customer, voice: None });
                    }
                }
                Order::End { recording, at } => {
                    if let Some(recording) = self.recordings.get_mut(&recording) {
                        recording.ends = Some(at);
                    }
                }
            }
        }
    }

    fn begin(&mut self, number: RecordingNumber, name: Arc<str>, at: Duration) {
        let made = match self.recordings.len() < MOST_RECORDINGS {
            true => make_folder(&self.folder, &name),
            false => Err(RecordingError::Limit),
        };
        let began = made.and_then(|folder| {
            let (parties, began) = (BTreeMap::new(), unix_seconds());
            let recording =
                Recording { name: Arc::clone(&name), folder, at, began, parties, ends: None, lost: 0 };
            recording.write_sheet(Duration::ZERO, false)?;
            Ok(recording)
        });
        match began {
            Ok(recording) => {
                self.recordings.insert(number, recording);
            }
            Err(cause) => self.tell(MediaEvent::RecordingFailed { recording: name, cause }),
        }
    }

    fn keep(&mut self, frame: &Frame) {
        self.progress = self.progress.max(frame.spoken_at);
        let Some(recording) = self.recordings.get_mut(&frame.recording) else { return };
        if let Err(cause) = recording.keep(frame) {
            self.fail(frame.recording, cause);
        }
    }

    /// Ends what is to end, and makes files whole now and then.
    fn look_after(&mut self) {
        let progress = self.progress;
        let is_over = |recording: &Recording| recording.ends.is_some_and(|at| progress >= at + STRAGGLING);
        while let Some((number, at)) =
            self.recordings.iter().find(|it| is_over(it.1)).map(|(number, it)| (*number, it.ends))
        {
            self.finish(number, at.unwrap_or(progress));
        }
        let now = self.clock.now();
        if now < self.flushed + FLUSH_EVERY {
            return;
        }
        self.flushed = now;
        for number in self.recordings.keys().copied().collect::<Vec<_>>() {
            let Some(recording) = self.recordings.get_mut(&number) else { continue };
            let flushed = recording.flush(now);
            let lost = std::mem::take(&mut recording.lost);
            let name = Arc::clone(&recording.name);
            self.tell_lost(name, lost);
            if let Err(cause) = flushed {
                self.fail(number, cause);
            }
        }
    }

    fn finish(&mut self, number: RecordingNumber, at: Duration) {
        let Some(mut recording) = self.recordings.remove(&number) else { return };
        let finished = recording.finish(at);
        self.tell_lost(Arc::clone(&recording.name), recording.lost);
        let name = recording.name;
        self.tell(match finished {
            Ok(()) => MediaEvent::RecordingEnded { recording: name, folder: recording.folder },
            Err(cause) => MediaEvent::RecordingFailed { recording: name, cause },
        });
    }

    fn fail(&mut self, number: RecordingNumber, cause: RecordingError) {
        let Some(mut recording) = self.recordings.remove(&number) else { return };
        if let Err(error) = recording.finish(self.progress) {
            tracing::debug!(%error, "what there is of a failed recording could not be made whole");
        }
        self.tell(MediaEvent::RecordingFailed { recording: recording.name, cause });
    }

    fn tell_lost(&self, recording: Arc<str>, frames: u64) {
        if frames > 0 {
            metrics::counter!("souffleur_recording_lost_frames_total").increment(frames);
            self.tell(MediaEvent::RecordingLost { recording, frames });
        }
    }

    fn tell(&self, event: MediaEvent) {
        if let Err(error) = self.events.try_send(event) {
            tracing::warn!(%error, "news of a recording had no taker");
        }
    }
}

/// A recording that runs.
struct Recording {
    name: Arc<str>,
    folder: PathBuf,
    at: Duration,
    began: u64,
    parties: BTreeMap<u8, Party>,
    ends: Option<Duration>,
    /// Frames that the disk's slowness cost since it was told last.
    lost: u64,
}

struct Party {
    label: Arc<str>,
    is_customer: bool,
    /// None before the first sound.
    voice: Option<Voice>,
}

struct Voice {
    file: String,
    track: Track<File>,
    /// From the rate of the codec, if that changed since the file was begun.
    resampler: Option<(Rate, Resampler)>,
}

impl Recording {
    fn keep(&mut self, frame: &Frame) -> Result<(), RecordingError> {
        let Some(since) = frame.spoken_at.checked_sub(self.at) else { return Ok(()) };
        if since > LONGEST {
            return Err(RecordingError::TooLong);
        }
        let (Some(party), Some(rate)) = (self.parties.get_mut(&frame.party), rate_of(frame.rate)) else {
            return Ok(());
        };
        self.lost += u64::from(frame.lost_before);
        let voice = match &mut party.voice {
            Some(voice) => voice,
            none => none.insert(Voice::begin(&self.folder, frame.party, &party.label, rate)?),
        };
        let kept = voice.keep(frame, rate, since);
        kept.map_err(|cause| disk(&self.folder.join(&voice.file), cause))
    }

    fn flush(&mut self, now: Duration) -> Result<(), RecordingError> {
        for voice in self.parties.values_mut().filter_map(|party| party.voice.as_mut()) {
            voice.track.flush().map_err(|cause| disk(&self.folder.join(&voice.file), cause))?;
        }
        self.write_sheet(now.saturating_sub(self.at), false)
    }

    /// Brings all tracks to one length.
    fn finish(&mut self, at: Duration) -> Result<(), RecordingError> {
        let voices = || self.parties.values().filter_map(|party| party.voice.as_ref());
        let spoken = voices().map(|voice| voice.track.end() * 1_000 / u64::from(voice.track.rate())).max();
        let length_ms = (at.saturating_sub(self.at).as_millis() as u64).max(spoken.unwrap_or_default());
        for voice in self.parties.values_mut().filter_map(|party| party.voice.as_mut()) {
            let length = length_ms * u64::from(voice.track.rate()) / 1_000;
            voice.track.finish(length).map_err(|cause| disk(&self.folder.join(&voice.file), cause))?;
        }
        self.write_sheet(Duration::from_millis(length_ms), true)
    }

    fn write_sheet(&self, length: Duration, is_complete: bool) -> Result<(), RecordingError> {
        let tracks = self.parties.iter().filter_map(|(number, party)| {
            let voice = party.voice.as_ref()?;
            Some(TrackSheet {
                party: *number,
                label: party.label.to_string(),
                is_customer: party.is_customer,
                file: voice.file.clone(),
                sample_rate: voice.track.rate(),
                samples: voice.track.end(),
                gaps: voice.track.gaps().to_vec(),
                heard: voice.track.heard(),
            })
        });
        let sheet = Sheet {
            version: VERSION,
            is_complete,
            began_unix_seconds: self.began,
            length_ms: length.as_millis() as u64,
            tracks: tracks.collect(),
        };
        sheet.write(&self.folder).map_err(|cause| disk(&self.folder, cause))
    }
}

impl Voice {
    fn begin(folder: &Path, party: u8, label: &str, rate: Rate) -> Result<Voice, RecordingError> {
        let file = format!("{party}-{}.wav", safe(label));
        let path = folder.join(&file);
        let made = File::create_new(&path).and_then(|file| Track::create(file, rate.hz()));
        Ok(Voice { file, track: made.map_err(|cause| disk(&path, cause))?, resampler: None })
    }

    fn keep(&mut self, frame: &Frame, rate: Rate, since: Duration) -> io::Result<()> {
        let samples = &frame.samples[..usize::from(frame.count).min(FRAME_SAMPLES)];
        let own = self.track.rate();
        let at = (since.as_nanos() * u128::from(own) / 1_000_000_000) as u64;
        let spoken = Spoken { at, samples, by: frame.by, lost_before: frame.lost_before };
        if own == rate.hz() {
            self.resampler = None;
            return self.track.place(spoken);
        }
        let Some(to) = rate_of(own) else { return Ok(()) };
        if self.resampler.as_ref().is_none_or(|(from, _)| *from != rate) {
            self.resampler = Some((rate, Resampler::new(rate, to)));
        }
        let mut converted = [0; FRAME_SAMPLES * 6];
        let Some((_, resampler)) = &mut self.resampler else { return Ok(()) };
        let count = resampler.process(samples, &mut converted);
        self.track.place(Spoken { samples: &converted[..count], ..spoken })
    }
}

fn rate_of(hz: u32) -> Option<Rate> {
    Rate::ALL.into_iter().find(|rate| rate.hz() == hz)
}

fn disk(path: &Path, cause: io::Error) -> RecordingError {
    RecordingError::Disk { path: path.to_owned(), cause }
}

/// A new folder for a recording; the folder of all recordings has to be there.
fn make_folder(all: &Path, name: &str) -> Result<PathBuf, RecordingError> {
    if name.is_empty() || name.len() > MOST_NAME_BYTES || name != safe(name) {
        return Err(RecordingError::Name);
    }
    for number in 1..=MOST_SAME_NAME {
        let folder = all.join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(disk(&folder, cause)),
        }
    }
    Err(RecordingError::NameTaken)
}

/// A label as part of a file's name.
fn safe(label: &str) -> String {
    let letter = |it: char| if it.is_ascii_alphanumeric() || it == '-' { it } else { '_' };
    label.chars().take(MOST_NAME_BYTES).map(letter).collect()
}
