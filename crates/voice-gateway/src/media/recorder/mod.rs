//! Recordings: one folder each, with a WAV file for each party and a [sheet](Sheet) that says who heard whom.
//!
//! What always holds: a media thread never waits for the disk. Frames for which the queue to the writer has no room are
//! lost to the recording, counted, and marked in the sheet. Who heard a frame travels with the frame.
//!
//! Left out: sounds that we play, which are nobody's voice.

mod render;
mod sheet;
mod track;
mod wave;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::mpsc;

pub use render::{RenderError, render_as_heard};
pub use sheet::{Gap, Run, SHEET, Sheet, TrackSheet};
pub(super) use track::Parties;

use super::clock::Clock;
use super::event::MediaEvent;
use super::inbox::{Inbox, NotTaken};
use super::tasks::Thread;

/// Samples of one frame on its way to the writer; longer ones are cut.
const FRAME_SAMPLES: usize = 160;
/// Frames that may wait for the disk: at least a second of a hundred recorded calls with three parties.
pub(super) const QUEUED_FRAMES: usize = 16_384;
/// Orders that may wait for the disk.
const QUEUED_ORDERS: usize = 4_096;
/// The longest name of a recording.
pub(super) const MOST_NAME_BYTES: usize = 100;
/// Recordings of one name; from the second on, a number is added.
pub(super) const MOST_SAME_NAME: u32 = 99;
/// Recordings that run at a time.
pub const MOST_RECORDINGS: usize = 4_096;
/// After this a recording ends by itself.
pub const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// A recording, as the recorder knows it.
pub(super) type RecordingNumber = u32;

/// What the writer is told besides frames.
#[derive(Debug)]
pub(super) enum Order {
    Begin { recording: RecordingNumber, name: Arc<str>, at: Duration },
    Party { recording: RecordingNumber, party: u8, label: Arc<str>, is_customer: bool },
    End { recording: RecordingNumber, at: Duration },
}

/// What a party said in some milliseconds, and who heard it.
#[derive(Debug)]
pub(super) struct Frame {
    recording: RecordingNumber,
    party: u8,
    rate: u32,
    spoken_at: Duration,
    by: Parties,
    lost_before: u32,
    count: u16,
    samples: [i16; FRAME_SAMPLES],
}

/// The recorder and its thread, which ends when this and all taps are dropped.
#[derive(Debug)]
pub(super) struct Recorder {
    orders: Arc<Inbox<Order>>,
    tap: Tap,
    _thread: Thread,
}

impl Recorder {
    /// Starts the writer.
    pub fn start(
        folder: PathBuf,
        clock: Clock,
        events: mpsc::Sender<MediaEvent>,
    ) -> std::io::Result<Recorder> {
        let (frames, queue) = sync_channel(QUEUED_FRAMES);
        let orders = Arc::new(Inbox::new(QUEUED_ORDERS));
        let writer = writer::Writer::new(folder, clock, events, Arc::clone(&orders));
        let thread = Thread::start("recorder", move || writer.run(&queue))?;
        Ok(Recorder { orders, tap: Tap { frames }, _thread: thread })
    }

    /// A way for frames to the writer.
    pub fn tap(&self) -> Tap {
        self.tap.clone()
    }

    /// Tells the writer something.
    pub fn order(&self, order: Order) -> Result<(), NotTaken> {
        match order {
            Order::End { .. } => self.orders.put_sure(order),
            Order::Begin { .. } | Order::Party { .. } => self.orders.put(order),
        }
    }
}

/// A media thread's way to the writer.
#[derive(Debug, Clone)]
pub(super) struct Tap {
    frames: SyncSender<Frame>,
}

/// A party that is recorded, as its media thread knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Voice {
    pub recording: RecordingNumber,
    pub party: u8,
    /// Frames that had no room since the last one that had.
    pub lost: u32,
}

impl Tap {
    /// Hands sound to the writer if it has room.
    pub fn offer(&self, voice: &mut Voice, samples: &[i16], rate: u32, spoken_at: Duration, by: Parties) {
        let mut spoken_at = spoken_at;
        for samples in samples.chunks(FRAME_SAMPLES) {
            let mut frame = Frame {
                recording: voice.recording,
                party: voice.party,
                rate,
                spoken_at,
                by,
                lost_before: voice.lost,
                count: samples.len() as u16,
                samples: [0; FRAME_SAMPLES],
            };
            frame.samples[..samples.len()].copy_from_slice(samples);
            match self.frames.try_send(frame) {
                Ok(()) => voice.lost = 0,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    voice.lost = voice.lost.saturating_add(1);
                }
            }
            let nanoseconds = samples.len() as u64 * 1_000_000_000 / u64::from(rate.max(1));
            spoken_at += Duration::from_nanos(nanoseconds);
        }
    }
}

#[cfg(test)]
mod tests;
