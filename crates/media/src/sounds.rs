//! What a leg can be played: tones of the exchange, beeps, music, announcements.
//!
//! A [`Sound`] is shared by all who hear it; a [`Player`] is where one of them is in it. Stored sound is at 8 kHz: it is heard by telephones.

mod cadence;
mod music;

use std::sync::Arc;

use self::cadence::{Cadence, CadencePlayer};
use crate::codec::{Rate, Resampler};
use crate::wav::{self, WavError};

pub use self::cadence::TonePlan;

/// The longest stored sound: ten minutes.
pub const MAX_STORED_SAMPLES: usize = 600 * 8_000;

/// Something to be heard. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sound(Form);

#[derive(Debug, Clone)]
enum Form {
    Cadence(&'static Cadence),
    Stored { samples: Arc<[i16]>, repeat: Repeat },
}

/// What follows the end of a stored sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Silence; the [`Player`] has ended.
    Once,
    /// Its beginning.
    Forever,
}

impl Sound {
    /// The far telephone rings.
    pub const fn ring_back(plan: TonePlan) -> Sound {
        Sound(Form::Cadence(&plan.tones().ring_back))
    }

    /// The far telephone is in use.
    pub const fn busy(plan: TonePlan) -> Sound {
        Sound(Form::Cadence(&plan.tones().busy))
    }

    /// The way to the far telephone is not free, or there is none.
    pub const fn congestion(plan: TonePlan) -> Sound {
        Sound(Form::Cadence(&plan.tones().congestion))
    }

    /// A short beep every 15 seconds: this call is recorded.
    pub const fn recording_beeps() -> Sound {
        Sound(Form::Cadence(&cadence::RECORDING))
    }

    /// One short beep: speak now, or somebody has come in.
    pub const fn beep() -> Sound {
        Sound(Form::Cadence(&cadence::BEEP))
    }

    /// Music to wait by, made by calculation, without an end. Making it takes a tenth of a second: keep it and clone it.
    pub fn hold_music() -> Sound {
        Sound::stored(music::samples().into(), Repeat::Forever)
    }

    /// Samples at 8 kHz. Without any, there is nothing to hear, and it ends at once.
    pub const fn stored(samples: Arc<[i16]>, repeat: Repeat) -> Sound {
        Sound(Form::Stored { samples, repeat })
    }

    /// A file of WAV: PCM of 16 bits or G.711, of any number of channels, which are mixed, and any usual rate.
    ///
    /// # Errors
    /// When it is no such file, or longer than [`MAX_STORED_SAMPLES`] at 8 kHz.
    pub fn from_wav(file: &[u8], repeat: Repeat) -> Result<Sound, WavError> {
        let samples = wav::read_at_8_khz(file, MAX_STORED_SAMPLES)?;
        Ok(Sound::stored(samples.into(), repeat))
    }
}

/// Where one listener is in a [`Sound`].
#[derive(Debug, Clone)]
pub struct Player {
    form: Playing,
}

#[derive(Debug, Clone)]
enum Playing {
    Cadence(CadencePlayer),
    Stored { samples: Arc<[i16]>, repeat: Repeat, at: usize, resampler: Box<Resampler>, factor: usize },
}

/// Samples at 8 kHz that are resampled at once.
const PIECE: usize = 160;

impl Player {
    /// At the beginning, for a listener at `rate`.
    pub fn new(sound: &Sound, rate: Rate) -> Player {
        let form = match &sound.0 {
            Form::Cadence(cadence) => Playing::Cadence(CadencePlayer::new(cadence, rate)),
            Form::Stored { samples, repeat } => Playing::Stored {
                samples: samples.clone(),
                repeat: *repeat,
                at: 0,
                resampler: Box::new(Resampler::new(Rate::Narrow, rate)),
                factor: (rate.hz() / Rate::Narrow.hz()) as usize,
            },
        };
        Player { form }
    }

    /// Plays on into `out`, silence after the end; whether there is more to come.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        match &mut self.form {
            Playing::Cadence(player) => player.fill(out),
            Playing::Stored { samples, repeat, at, resampler, factor } => {
                for out in out.chunks_mut(PIECE * *factor) {
                    let mut piece = [0; PIECE];
                    let piece = &mut piece[..out.len().div_ceil(*factor)];
                    *at = copy_from(samples, *at, *repeat, piece);
                    let written = resampler.process(piece, out);
                    out[written..].fill(0);
                }
                *at < samples.len()
            }
        }
    }
}

/// Copies what follows `at` into `piece`, silence after the end; where that ends.
fn copy_from(samples: &[i16], mut at: usize, repeat: Repeat, mut piece: &mut [i16]) -> usize {
    while !piece.is_empty() {
        let rest = samples.get(at..).unwrap_or_default();
        let count = rest.len().min(piece.len());
        let (now, later) = piece.split_at_mut(count);
        now.copy_from_slice(&rest[..count]);
        piece = later;
        at += count;
        if at < samples.len() {
            continue;
        }
        if repeat == Repeat::Once || samples.is_empty() {
            piece.fill(0);
            break;
        }
        at = 0;
    }
    at
}

#[cfg(test)]
mod tests;
