//! What asks the program to stop: SIGTERM and SIGINT.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Counts from its making on; a signal that came while nobody waited is not lost.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on signals do not end the process.
    pub fn new() -> Result<Signals, Failure> {
        let new = |kind| signal(kind).map_err(Failure::NoRuntime);
        Ok(Signals { terminate: new(SignalKind::terminate())?, interrupt: new(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
