//! What the media engine tells whoever started it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contact_center::LegId;
use contact_center::calls::Sound;
use media::bridge::{Figures, Refused};

/// A fact about a leg or a recording. Never one for each packet.
#[derive(Debug)]
pub enum MediaEvent {
    /// The first packet of a leg came, or the first after it had fallen silent.
    Heard {
        /// Which leg.
        leg: LegId,
    },
    /// Nothing came for as long as the leg may be silent. Told once until something comes.
    FellSilent {
        /// Which leg.
        leg: LegId,
    },
    /// The far side pressed a key, and let it go.
    Digit {
        /// Which leg.
        leg: LegId,
        /// 0 to 9, *, #, A to D.
        digit: char,
        /// How long it was pressed.
        lasted: Duration,
    },
    /// All digits that were to be sent were sent.
    DigitsSent {
        /// Which leg.
        leg: LegId,
    },
    /// A sound that ends has ended.
    SoundEnded {
        /// Whose ear.
        leg: LegId,
        /// Which sound.
        sound: Sound,
    },
    /// The far side said goodbye by RTCP.
    Goodbye {
        /// Which leg.
        leg: LegId,
    },
    /// The leg was closed; these were its figures.
    Closed {
        /// Which leg.
        leg: LegId,
        /// What was counted.
        figures: Figures,
    },
    /// What was ordered for a leg cannot be.
    Refused {
        /// Which leg.
        leg: LegId,
        /// Why.
        cause: Refused,
    },
    /// The leg met a bug of ours, and its family with it. It is closed and its ports are free; nobody hears it any more.
    Failed {
        /// Which leg.
        leg: LegId,
    },
    /// A media thread has died by a bug, and its legs with it: [`MediaEvent::Failed`] followed for each of them.
    ThreadDied {
        /// Its number.
        thread: usize,
    },
    /// The disk was too slow for a recording, which has a mark there.
    RecordingLost {
        /// Its name.
        recording: Arc<str>,
        /// How many frames of all its tracks are missing since it was told last.
        frames: u64,
    },
    /// A recording could not go on, or not begin. What was written stays.
    RecordingFailed {
        /// Its name.
        recording: Arc<str>,
        /// Why.
        cause: RecordingError,
    },
    /// A recording is complete.
    RecordingEnded {
        /// Its name.
        recording: Arc<str>,
        /// Where it is.
        folder: PathBuf,
    },
}

/// Why there is no recording, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The configuration names no folder for recordings.
    #[error("there is no folder for recordings in the configuration")]
    NotConfigured,
    /// The name is none of a folder.
    #[error("a recording's name has 1 to {} letters, digits, - and _", super::recorder::MOST_NAME_BYTES)]
    Name,
    /// As many recordings of this name are there already.
    #[error("there are {} recordings of this name", super::recorder::MOST_SAME_NAME)]
    NameTaken,
    /// As many recordings run already, or the recorder is far behind.
    #[error("the recorder is at its limit")]
    Limit,
    /// Recordings end after this time.
    #[error("a recording lasts {} h at most", super::recorder::LONGEST.as_secs() / 3_600)]
    TooLong,
    /// The folder is missing, the disk is full or broken, or nothing may be written there.
    #[error("{path} cannot be written")]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}
