//! The sheet beside the tracks of a recording: which party each is, when nobody was recorded, and who heard whom.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The sheet's name in the folder of a recording.
pub const SHEET: &str = "recording.json";
/// The sheet's form; another number means that readers must be changed.
pub const VERSION: u32 = 1;

/// A recording without its sound. Positions count samples of the named track, from the recording's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The form: [`VERSION`].
    pub version: u32,
    /// Whether the recording ended in order; one that a crash cut short has this unset.
    pub is_complete: bool,
    /// When it began, in seconds since 1970.
    pub began_unix_seconds: u64,
    /// How long it is.
    pub length_ms: u64,
    /// In the order in which parties came.
    pub tracks: Vec<TrackSheet>,
}

/// The track of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackSheet {
    /// The party's number in this recording.
    pub party: u8,
    /// What the rules call it.
    pub label: String,
    /// Whether the party is the customer.
    pub is_customer: bool,
    /// The WAV file, in the same folder.
    pub file: String,
    /// Samples a second.
    pub sample_rate: u32,
    /// How many samples the file has.
    pub samples: u64,
    /// Frames that are missing since the disk was too slow or they came too late; each is silence in the track.
    pub gaps: Vec<Gap>,
    /// Who heard this party, in ascending order. What no run covers was heard by nobody.
    pub heard: Vec<Run>,
}

/// Frames that were not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where the sound goes on behind it.
    pub before: u64,
    /// How many packets are missing.
    pub frames: u32,
}

/// A stretch of a track that the same parties heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The first sample.
    pub from: u64,
    /// The first sample behind it.
    pub until: u64,
    /// The numbers of the parties that heard it.
    pub by: Vec<u8>,
}

impl Sheet {
    /// Reads the sheet of a recording.
    ///
    /// # Errors
    /// It is not there, or is none.
    pub fn read(folder: &Path) -> std::io::Result<Sheet> {
        let text = std::fs::read(folder.join(SHEET))?;
        serde_json::from_slice(&text).map_err(std::io::Error::from)
    }

    /// Puts the sheet in the place of the one before, in one step.
    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        let draft = folder.join("recording.json.new");
        std::fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(draft, folder.join(SHEET))
    }
}
