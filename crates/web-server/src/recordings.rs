//! The folder that the telephone gateway records calls into: one folder for each recording, with a sheet and a
//! file for each party. Read only; who may read is asked elsewhere.
//!
//! What always holds: no name from outside leads out of the folder, and a file is sent piece by piece, however
//! long it is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::{Semaphore, TryAcquireError};

use crate::config::RecordingsConfig;

/// What a recording's sheet says, as far as it is told.
#[derive(Debug, Deserialize)]
pub(crate) struct Sheet {
    /// Whether the recording ended in order.
    pub is_complete: bool,
    /// When it began.
    pub began_unix_seconds: i64,
    /// How long it is.
    pub length_ms: u64,
    /// One for each party.
    pub tracks: Vec<Track>,
}

/// The voice of one party.
#[derive(Debug, Deserialize)]
pub(crate) struct Track {
    /// The party's number in the recording.
    pub party: u8,
    /// The party's number in the call, its part and its telephone number.
    pub label: String,
    /// Whether it is the customer's.
    pub is_customer: bool,
    file: String,
    /// Samples a second.
    pub sample_rate: u32,
}

/// A recording that was found.
#[derive(Debug)]
pub(crate) struct Recording {
    /// Its name.
    pub name: String,
    /// What its sheet says.
    pub sheet: Sheet,
}

/// A file to send.
#[derive(Debug)]
pub(crate) struct Sound {
    file: File,
    /// How long it is.
    pub bytes: u64,
}

/// Why there is no sound.
#[derive(Debug)]
pub(crate) enum Silence {
    /// There is no such recording or party.
    Unknown,
    /// Too many are being rendered.
    Busy,
    /// The disk failed, or the recording is damaged.
    Failed(io::Error),
}

/// The recordings of a contact center.
pub(crate) struct Recordings {
    config: RecordingsConfig,
    renderings: Semaphore,
    rendered: AtomicU64,
}

impl Recordings {
    pub fn new(config: RecordingsConfig) -> Recordings {
        Recordings { config, renderings: Semaphore::new(MAX_RENDERINGS), rendered: AtomicU64::new(0) }
    }

    /// The names of the recordings, of one call or of all, the latest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn names(&self, call: Option<&str>) -> io::Result<Vec<String>> {
        let (folder, call) = (self.config.folder.clone(), call.map(str::to_owned));
        let read = tokio::task::spawn_blocking(move || names_in(&folder, call.as_deref()));
        read.await.map_err(io::Error::other)?
    }

    /// One recording.
    pub async fn find(&self, name: &str) -> Option<Recording> {
        let text = tokio::fs::read(self.folder_of(name)?.join(SHEET)).await.ok()?;
        let sheet = serde_json::from_slice(&text).ok()?;
        Some(Recording { name: name.to_owned(), sheet })
    }

    /// What a party said.
    ///
    /// # Errors
    /// There is no such track, or it cannot be read.
    pub async fn track(&self, name: &str, party: u8) -> Result<Sound, Silence> {
        let folder = self.folder_of(name).ok_or(Silence::Unknown)?;
        let recording = self.find(name).await.ok_or(Silence::Unknown)?;
        let track = recording.sheet.tracks.iter().find(|track| track.party == party);
        let file = track.map(|track| track.file.as_str()).filter(|file| is_file_name(file));
        Sound::open(&folder.join(file.ok_or(Silence::Unknown)?)).await.map_err(Silence::Failed)
    }

    /// What a party heard.
    ///
    /// # Errors
    /// There is no such party; too many are being rendered; the recording cannot be read.
    pub async fn heard_by(&self, name: &str, party: u8) -> Result<Sound, Silence> {
        let folder = self.folder_of(name).ok_or(Silence::Unknown)?;
        self.find(name).await.ok_or(Silence::Unknown)?;
        let _turn = self.renderings.try_acquire().map_err(|error| match error {
            TryAcquireError::NoPermits | TryAcquireError::Closed => Silence::Busy,
        })?;
        let number = self.rendered.fetch_add(1, Ordering::Relaxed);
        let out = folder.join(format!("heard-{}-{number}.wav.new", std::process::id()));
        let (render, into) = (Arc::clone(&self.config.render), out.clone());
        let rendered = tokio::task::spawn_blocking(move || render(&folder, party, &into)).await;
        let sound = match rendered {
            Ok(Ok(())) => Sound::open(&out).await,
            Ok(Err(error)) => Err(error),
            Err(panicked) => Err(io::Error::other(panicked)),
        };
        // Whoever sends it holds it open; it needs no name any more.
        let _ = tokio::fs::remove_file(&out).await;
        sound.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Silence::Unknown,
            _ => Silence::Failed(error),
        })
    }

    fn folder_of(&self, name: &str) -> Option<PathBuf> {
        is_name(name).then(|| self.config.folder.join(name))
    }
}

impl Sound {
    async fn open(path: &Path) -> io::Result<Sound> {
        let file = File::open(path).await?;
        let bytes = file.metadata().await?.len();
        Ok(Sound { file, bytes })
    }

    /// Its bytes, piece by piece, and no more than there were when it was opened.
    pub fn pieces(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        futures_util::stream::try_unfold((self.file, self.bytes), async |(mut file, left)| {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let mut piece = vec![0; most];
            let read = file.read(&mut piece).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            piece.truncate(read);
            Ok(Some((Bytes::from(piece), (file, left - read as u64))))
        })
    }
}

fn names_in(folder: &Path, call: Option<&str>) -> io::Result<Vec<String>> {
    let mut found: Vec<(SystemTime, String)> = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(MAX_LISTED) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_of_call = call.is_none_or(|call| name.split('-').next() == Some(call));
        if !is_of_call || !is_name(&name) {
            continue;
        }
        // The sheet is written when the recording begins, and again when it ends.
        let Ok(sheet) = std::fs::metadata(entry.path().join(SHEET)) else { continue };
        found.push((sheet.modified().unwrap_or(SystemTime::UNIX_EPOCH), name));
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

/// Whether the gateway may have given this name to a folder.
fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.bytes().all(known)
}

/// Whether this is a file in the same folder.
fn is_file_name(file: &str) -> bool {
    file.strip_suffix(".wav").is_some_and(is_name)
}

/// What the gateway calls the sheet of a recording.
const SHEET: &str = "recording.json";
/// Longer than any name that the gateway gives, with the number of a repetition.
const MAX_NAME_BYTES: usize = 128;
/// As many folders are looked at for a list.
const MAX_LISTED: usize = 100_000;
/// As many are rendered side by side; each reads and writes as fast as the disk.
const MAX_RENDERINGS: usize = 2;
/// What is read of a file at a time.
const PIECE_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["", ".", "..", "a/b", "a\\b", "../a", "a.b", "a\0", "ä", &"x".repeat(129)] {
            assert!(!is_name(name), "{name:?}");
            assert!(!is_file_name(&format!("{name}.wav")), "{name:?}");
        }
        assert!(is_name("0QH4T7V1C9E2P8K3S5W6AB0000000042-1-2"));
        assert!(is_file_name("1_1-agent-7101.wav") && !is_file_name("recording.json"));
    }
}
