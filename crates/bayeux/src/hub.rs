//! The hub: all sessions of some owners, and everything that happens to them.

use std::time::Instant;

use crate::config::Config;
use crate::io::{Input, Output};

/// A set of push sessions, driven by inputs and the time that comes with them.
#[derive(Debug)]
pub struct Hub {
    config: Config,
}

impl Hub {
    /// A hub without sessions.
    pub fn new(config: Config) -> Hub {
        Hub { config }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, _input: Input, _now: Instant, _out: &mut Vec<Output>) {
        let _ = &self.config;
    }

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        None
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        0
    }

    /// How many connects are held, on HTTP exchanges and sockets.
    pub fn held(&self) -> usize {
        0
    }

    /// How many sockets are open.
    pub fn sockets(&self) -> usize {
        0
    }

    /// How many events are kept for sessions: waiting, being written or unacknowledged.
    pub fn queued_events(&self) -> usize {
        0
    }

    /// How many bytes the kept events have; one event kept for two sessions counts twice.
    pub fn queued_bytes(&self) -> usize {
        0
    }
}
