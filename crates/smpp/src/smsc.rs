//! The carrier's side of a session (an SMSC in the words of SMPP), without its socket: for simulated carriers,
//! load generators and tests.

mod io;

use std::time::Instant;

pub use io::{BindAsked, Config, DeliverResult, Delivery, Input, Output, Submitted};

/// One session with a customer, from the connection to its end.
#[derive(Debug)]
pub struct Smsc {
    config: Config,
}

impl Smsc {
    /// A session that is not yet connected.
    pub fn new(config: Config) -> Smsc {
        Smsc { config }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, _input: Input<'_>, _now: Instant, _out: &mut Vec<Output>) {}

    /// When to hand in [`Input::Tick`] at the latest, and why.
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        None
    }

    /// How many texts and receipts would go out at once; none before the customer has bound as a receiver.
    pub fn room(&self) -> usize {
        self.config.window
    }

    /// Whether texts can flow.
    pub fn is_bound(&self) -> bool {
        false
    }
}
