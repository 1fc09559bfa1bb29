//! From whom a leg takes packets, and how many.

use core::net::SocketAddr;
use core::time::Duration;

use super::config::{FLOOD_WINDOW, Latching, MAX_DATAGRAMS_IN_WINDOW, RELATCH_AFTER};

/// As long as so few packets have come, one from the signalled address takes the latch from another source.
const LEARNING_PACKETS: u32 = 50;

/// The one source that a leg believes.
#[derive(Debug, Clone)]
pub(super) struct Latch {
    latching: Latching,
    signalled: Option<SocketAddr>,
    source: Option<SocketAddr>,
    heard: Duration,
    taken: u32,
}

impl Latch {
    pub(super) fn new(latching: Latching, signalled: Option<SocketAddr>) -> Latch {
        Latch { latching, signalled, source: None, heard: Duration::ZERO, taken: 0 }
    }

    /// Sends to where packets came from until one comes: the far side may have moved, or not.
    pub(super) fn keep_source_of(&mut self, before: &Latch) {
        if self.signalled == before.signalled && self.latching == before.latching {
            (self.source, self.heard, self.taken) = (before.source, Duration::ZERO, 0);
        }
    }

    /// Where to send: where packets come from, else where it was signalled.
    pub(super) fn destination(&self) -> Option<SocketAddr> {
        self.source.or(self.signalled)
    }

    /// Whether a packet from there may be looked at.
    pub(super) fn admits(&self, from: SocketAddr, now: Duration) -> bool {
        match self.source {
            Some(source) if source == from => true,
            Some(_) if self.signalled == Some(from) && self.taken < LEARNING_PACKETS => true,
            Some(_) if now.saturating_sub(self.heard) < RELATCH_AFTER => false,
            _ => self.latching == Latching::FirstHeard || self.signalled == Some(from),
        }
    }

    /// A packet that was admitted proved good; whether the source is another one now than before.
    pub(super) fn confirm(&mut self, from: SocketAddr, now: Duration) -> bool {
        let is_other = self.source.is_some_and(|source| source != from);
        self.source = Some(from);
        self.heard = now;
        self.taken = self.taken.saturating_add(1);
        is_other
    }
}

/// How many datagrams came in this window.
#[derive(Debug, Clone, Default)]
pub(super) struct Flood {
    began: Duration,
    count: u16,
}

impl Flood {
    /// Whether one more is within the limit.
    pub(super) fn admits(&mut self, now: Duration) -> bool {
        if now.saturating_sub(self.began) >= FLOOD_WINDOW {
            (self.began, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        self.count <= MAX_DATAGRAMS_IN_WINDOW
    }
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
    }

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn only_the_signalled_address_is_believed_where_nothing_else_is_agreed() {
        let latch = Latch::new(Latching::Signalled, Some(address(1)));
        assert!(latch.admits(address(1), at(0)) && !latch.admits(address(2), at(60_000)));
    }

    #[test]
    fn the_first_source_is_held_until_it_is_silent() {
        let mut latch = Latch::new(Latching::FirstHeard, Some(address(1)));
        assert!(latch.admits(address(2), at(0)));
        latch.confirm(address(2), at(0));
        assert_eq!(latch.destination(), Some(address(2)));
        assert!(!latch.admits(address(3), at(2_999)) && latch.admits(address(3), at(3_000)));
        assert!(latch.confirm(address(3), at(3_000)));
        assert!(!latch.admits(address(2), at(3_001)));
    }

    #[test]
    fn who_was_faster_at_the_start_makes_way_for_the_signalled_address() {
        let mut latch = Latch::new(Latching::FirstHeard, Some(address(1)));
        latch.confirm(address(2), at(0));
        assert!(latch.admits(address(1), at(1)));
        latch.confirm(address(1), at(1));
        assert!(!latch.admits(address(2), at(2)));
    }

    #[test]
    fn a_flood_is_cut_off_for_one_window() {
        let mut flood = Flood::default();
        let admitted = (0..1_000).filter(|_| flood.admits(at(5))).count();
        assert_eq!(admitted, usize::from(MAX_DATAGRAMS_IN_WINDOW));
        assert!(flood.admits(at(30)));
    }
}
