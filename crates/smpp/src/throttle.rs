//! How fast a carrier may be given texts: its agreed rate, and less while it says that it is too much.
//!
//! Texts are spaced evenly, so that no second holds more than was agreed but for the few of 20 ms.
//! When the carrier throttles, nothing is sent for a moment, the rate is halved and then grows again.

use std::time::{Duration, Instant};

/// How far ahead of its place a text may go, so that a timer's lateness costs no text.
const AHEAD_MS: u64 = 20;
/// How long nothing is sent after the carrier throttled.
const PAUSE_MS: u64 = 1_000;
/// By how much the rate grows each second: one part in so many.
const GROWTH_PARTS: u64 = 8;
/// Rates are counted in thousandths of a text, so that slow ones can grow.
const SCALE: u64 = 1_000;
/// The slowest that a carrier can make us.
const MIN_RATE: u64 = SCALE / 4;
/// With no agreed rate, the one from which on a carrier's limit is forgotten.
const MAX_RATE: u64 = 100_000 * SCALE;

/// A bucket that fills at the carrier's rate.
#[derive(Debug, Clone)]
pub struct Throttle {
    /// What was agreed; `None` if nothing was.
    agreed: Option<u64>,
    /// What holds now; `None` for no limit.
    rate: Option<u64>,
    /// When the next text is due, if texts are spaced.
    next: Option<Instant>,
    /// Until when nothing is sent.
    paused_until: Option<Instant>,
    /// When the rate grew last.
    grown_at: Option<Instant>,
    /// Texts of the second that began then, to know what was too much.
    second: Option<(Instant, u64)>,
}

impl Throttle {
    /// For so many texts a second; 0 for no limit.
    pub fn new(per_second: u32) -> Self {
        let agreed = (per_second > 0).then_some(u64::from(per_second) * SCALE);
        Throttle { agreed, rate: agreed, next: None, paused_until: None, grown_at: None, second: None }
    }

    /// Takes leave to send one text, or says when to ask again.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.paused_until {
            if now < until {
                return Err(until);
            }
            self.paused_until = None;
        }
        self.grow(now);
        if let Some(rate) = self.rate {
            let ahead = Duration::from_millis(AHEAD_MS);
            let next = self.next.unwrap_or(now);
            if next > now + ahead {
                return Err(next.checked_sub(ahead).unwrap_or(next));
            }
            self.next = Some(next.max(now) + Duration::from_nanos(1_000_000_000 * SCALE / rate));
        }
        self.count(now);
        Ok(())
    }

    /// The carrier said that it was too much. Of several such answers at a time, the first counts.
    pub fn slow_down(&mut self, now: Instant) {
        if self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        let pause_end = now + Duration::from_millis(PAUSE_MS);
        let too_much = self.rate.unwrap_or_else(|| self.second.map_or(SCALE, |(_, texts)| texts * SCALE));
        self.rate = Some((too_much / 2).max(MIN_RATE));
        self.paused_until = Some(pause_end);
        self.grown_at = Some(pause_end);
        self.next = None;
    }

    /// How many texts a second hold now, rounded up; `None` for no limit.
    pub fn per_second(&self) -> Option<u64> {
        self.rate.map(|rate| rate.div_ceil(SCALE))
    }

    /// Comes back to what was agreed, second by second.
    fn grow(&mut self, now: Instant) {
        let (Some(mut rate), Some(mut grown_at)) = (self.rate, self.grown_at) else { return };
        let limit = self.agreed.unwrap_or(MAX_RATE);
        while rate < limit && now.saturating_duration_since(grown_at) >= Duration::from_secs(1) {
            rate += (rate / GROWTH_PARTS).max(MIN_RATE);
            grown_at += Duration::from_secs(1);
        }
        self.grown_at = Some(grown_at);
        self.rate = Some(rate);
        if rate >= limit {
            self.rate = self.agreed;
            self.grown_at = None;
        }
    }

    fn count(&mut self, now: Instant) {
        let (start, texts) = self.second.unwrap_or((now, 0));
        let is_over = now.saturating_duration_since(start) >= Duration::from_secs(1);
        self.second = Some(if is_over { (now, 1) } else { (start, texts + 1) });
    }
}
