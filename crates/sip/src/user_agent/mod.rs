//! The user agent: any number of calls, each with its dialogs, on top of transactions. Neither sockets nor clocks.
//!
//! What always holds: each [`Order::Invite`] and each [`Event::Offered`] is followed by exactly one [`Event::Ended`]; each request
//! that comes gets a final answer; nothing of a call stays when its last transaction is over. SDP passes through unread.
//!
//! Spoken are RFC 3261 (dialogs, sessions, forking at either side), 3262 (reliable provisional answers), 3311 (UPDATE), 3326
//! (Reason), 3515 and 4488 (REFER), 3891 (Replaces), 4028 (session timers) and 6026.
//!
//! Left out: subscriptions other than the one that REFER makes, name look-ups, proxies.

mod chance;
mod config;
mod dialog;
mod io;
mod record;

use std::time::Instant;

pub use config::{ANSWER_WITHIN, Config, MOST_EARLY_DIALOGS, MOST_REFERS, MOST_TARGETS, RING_AT_MOST};
pub use io::{
    Cause, Credentials, Event, Input, Invite, Listener, Offered, Order, Output, Peer, ReferId, Referred,
    RequestId, SessionId, Target, Ticket,
};
pub use record::DialogRecord;

use chance::Chance;

/// All calls of one server, driven by inputs and the time that comes with them.
#[derive(Debug)]
pub struct UserAgent {
    config: Config,
    chance: Chance,
}

impl UserAgent {
    /// A user agent without calls. All its tags and numbers come from `seed`, which has to be random and kept to ourselves.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        Self { config, chance: Chance::new(seed) }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Instant, out: &mut Vec<Output>) {
        let _ = (&self.config, &mut self.chance, input, now, out);
    }

    /// When to hand in [`Input::Tick`], and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        None
    }
}
