//! What is counted while texts go to and fro.

use std::ops::Range;

use crate::histogram::Histogram;
use crate::stamp;

/// Counts since the start; latencies only of what was sent inside the window.
pub struct Tally {
    /// Binds that the carrier accepted.
    pub binds: u64,
    /// Requests that were posted, and how they were answered.
    pub posted: u64,
    pub accepted: u64,
    pub refused: u64,
    /// Texts that came to the carrier.
    pub submitted: u64,
    /// Texts that phones sent, and how they were answered.
    pub texted: u64,
    pub acknowledged: u64,
    pub turned_away: u64,
    /// Requests of a relay that hands texts on by HTTP.
    pub handed_on: u64,
    /// From posting to the carrier, or from the phone to the answer, in nanoseconds.
    pub latencies: Histogram,
    pub window: Range<u64>,
    stamps: Vec<u64>,
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> Tally {
        Tally {
            binds: 0,
            posted: 0,
            accepted: 0,
            refused: 0,
            submitted: 0,
            texted: 0,
            acknowledged: 0,
            turned_away: 0,
            handed_on: 0,
            latencies: Histogram::new(),
            window: 0..0,
            stamps: Vec::new(),
        }
    }

    /// A text came to the carrier.
    pub fn submit(&mut self, body: &[u8], now: u64) {
        self.submitted += 1;
        stamp::find_all(body, &mut self.stamps);
        while let Some(sent) = self.stamps.pop() {
            self.record(sent, now);
        }
    }

    /// A text of a phone was answered.
    pub fn acknowledge(&mut self, accepted: bool, sent: u64, now: u64) {
        self.acknowledged += u64::from(accepted);
        self.turned_away += u64::from(!accepted);
        self.record(sent, now);
    }

    /// A request was answered.
    pub fn answer(&mut self, accepted: bool) {
        self.accepted += u64::from(accepted);
        self.refused += u64::from(!accepted);
    }

    fn record(&mut self, sent: u64, now: u64) {
        if self.window.contains(&sent) {
            self.latencies.record(now.saturating_sub(sent));
        }
    }
}
