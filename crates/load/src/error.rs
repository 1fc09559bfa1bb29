//! Why a measurement could not be made.

use std::io;

/// Ends the run; the message is all the user gets.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("could not start {program}: {source}")]
    Start { program: String, source: io::Error },
    #[error("{program} ended before it printed its address; it said: {output}")]
    NoAddress { program: String, output: String },
    #[error("{target} does not speak {transport}")]
    NotSpoken { target: &'static str, transport: &'static str },
    #[error("the peer answered with something that is not {expected}: {got}")]
    Wire { expected: &'static str, got: String },
    #[error("the peer closed a connection")]
    Closed,
    #[error("only {done} of {wanted} sessions were set up within {waited_s} s")]
    SetUp { done: usize, wanted: usize, waited_s: u64 },
    #[error("{method} {path} was refused: {status} {answer}")]
    Refused { method: &'static str, path: String, status: u16, answer: String },
    #[error("no chat reached agent {agent} within {waited_s} s")]
    NotRouted { agent: String, waited_s: u64 },
    #[error("there was no {what} within {waited_s} s")]
    NotThere { what: &'static str, waited_s: u64 },
    #[error("peers are not installed: run `npm ci` in {folder}")]
    PeersMissing { folder: String },
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl LoadError {
    /// A wire error that shows the beginning of what came.
    pub fn wire(expected: &'static str, got: &[u8]) -> LoadError {
        let shown = &got[..got.len().min(300)];
        LoadError::Wire { expected, got: String::from_utf8_lossy(shown).into_owned() }
    }
}
