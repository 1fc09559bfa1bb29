//! Our side of a session with a carrier (an ESME in the words of SMPP), without its socket.

mod io;

use std::time::Instant;

pub use io::{Config, Incoming, Input, Output, Submission, SubmitResult};

/// One session with a carrier, from the connection to its end.
#[derive(Debug)]
pub struct Esme {
    config: Config,
}

impl Esme {
    /// A session that is not yet connected.
    pub fn new(config: Config) -> Esme {
        Esme { config }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, _input: Input<'_>, _now: Instant, _out: &mut Vec<Output>) {}

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        None
    }

    /// How many submissions would go out at once.
    pub fn room(&self) -> usize {
        self.config.window
    }

    /// Whether texts can flow.
    pub fn is_bound(&self) -> bool {
        false
    }

    /// How many of our answers to incoming texts, in the order of [`Input::Answer`], have surely reached the
    /// carrier: it answered a request of ours that was written after them.
    pub fn answers_confirmed(&self) -> u64 {
        0
    }
}
