//! How many messages a second each source may send. Time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use super::config::Limits;

/// Most sources whose messages are counted one by one. When there are more, the new ones share one allowance.
pub(super) const MOST_SOURCES: usize = 65_536;
/// Most trusted sources whose messages are counted, those included that were trusted once.
const MOST_TRUSTED: usize = 4_096;
/// How often sources that have been silent for long enough are looked for when the table is full.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);
/// Whoever has an IPv6 address has a whole network of them.
const IPV6_NETWORK_BITS: u32 = 64;

/// Where messages come from: an address, of IPv6 a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source(IpAddr);

impl Source {
    pub fn of(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(address) => Source(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << (128 - IPV6_NETWORK_BITS));
                Source(IpAddr::V6(network.into()))
            }
        }
    }
}

/// An allowance that fills up with time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// What one message costs.
    pause: Duration,
    /// How much can be saved up.
    most: Duration,
    /// When the allowance was or would have been empty.
    empty_at: Instant,
}

impl Allowance {
    /// A full one.
    pub fn new(messages_per_second: u32, burst_s: u32, now: Instant) -> Allowance {
        let most = Duration::from_secs(u64::from(burst_s.max(1)));
        let pause = Duration::from_secs(1) / messages_per_second.max(1);
        Allowance { pause, most, empty_at: now.checked_sub(most).unwrap_or(now) }
    }

    /// Takes one message's worth, or says when there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let saved = now.saturating_duration_since(self.empty_at);
        if saved > self.most {
            self.empty_at = now.checked_sub(self.most).unwrap_or(now);
        }
        if saved < self.pause {
            return Err(self.empty_at + self.pause);
        }
        self.empty_at += self.pause;
        Ok(())
    }

    fn is_full(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.empty_at) >= self.most
    }
}

/// Sources of which much may come: trunks. They change when trunks are found elsewhere.
#[derive(Debug, Default)]
pub(super) struct Trusted(RwLock<BTreeSet<Source>>);

impl Trusted {
    /// Names them anew.
    pub fn set(&self, addresses: impl IntoIterator<Item = IpAddr>) {
        *self.0.write() = addresses.into_iter().map(Source::of).collect();
    }

    /// Whether this is one of them.
    pub fn contains(&self, source: Source) -> bool {
        self.0.read().contains(&source)
    }
}

/// The allowances of all sources of datagrams.
pub(super) struct Sources {
    limits: Limits,
    trusted: Arc<Trusted>,
    /// Of those that are or were trusted.
    of_trusted: BTreeMap<Source, Allowance>,
    known: BTreeMap<Source, Allowance>,
    /// Of all who find no place in the table.
    others: Allowance,
    most: usize,
    swept_at: Option<Instant>,
}

impl Sources {
    pub fn new(limits: &Limits, trusted: Arc<Trusted>, now: Instant) -> Sources {
        Sources {
            trusted,
            of_trusted: BTreeMap::new(),
            known: BTreeMap::new(),
            others: Allowance::new(limits.messages_per_second, limits.burst_s, now),
            limits: limits.clone(),
            most: MOST_SOURCES,
            swept_at: None,
        }
    }

    /// Whether a message of this source is taken now.
    pub fn admit(&mut self, address: IpAddr, now: Instant) -> bool {
        let source = Source::of(address);
        if self.trusted.contains(source) {
            if self.of_trusted.len() >= MOST_TRUSTED {
                self.of_trusted.clear();
            }
            let rate = self.limits.trusted_messages_per_second;
            let full = || Allowance::new(rate, self.limits.burst_s, now);
            return self.of_trusted.entry(source).or_insert_with(full).take(now).is_ok();
        }
        if let Some(allowance) = self.known.get_mut(&source) {
            return allowance.take(now).is_ok();
        }
        if self.known.len() >= self.most {
            self.sweep(now);
        }
        if self.known.len() >= self.most {
            return self.others.take(now).is_ok();
        }
        let mut allowance = Allowance::new(self.limits.messages_per_second, self.limits.burst_s, now);
        let taken = allowance.take(now).is_ok();
        self.known.insert(source, allowance);
        taken
    }

    /// Forgets sources that have their whole allowance again: nothing is lost with them.
    fn sweep(&mut self, now: Instant) {
        if self.swept_at.is_some_and(|swept| now.saturating_duration_since(swept) < SWEEP_PAUSE) {
            return;
        }
        self.swept_at = Some(now);
        self.known.retain(|_, allowance| !allowance.is_full(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn limits() -> Limits {
        Limits { messages_per_second: 10, trusted_messages_per_second: 100, burst_s: 1, ..Limits::default() }
    }

    /// How many of so many messages that come at once are taken.
    fn taken(sources: &mut Sources, address: &str, messages: usize, now: Instant) -> usize {
        let address = address.parse().expect("an address");
        (0..messages).filter(|_| sources.admit(address, now)).count()
    }

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate() {
        let start = clock::now();
        let mut sources = Sources::new(&limits(), Arc::default(), start);
        assert_eq!(taken(&mut sources, "192.0.2.1", 50, start), 10);
        assert_eq!(taken(&mut sources, "192.0.2.1", 50, start + Duration::from_millis(300)), 3);
        assert_eq!(taken(&mut sources, "192.0.2.1", 50, start + Duration::from_secs(3_600)), 10);
    }

    #[test]
    fn one_source_takes_nothing_from_another() {
        let start = clock::now();
        let trusted = Arc::new(Trusted::default());
        let mut sources = Sources::new(&limits(), Arc::clone(&trusted), start);
        trusted.set(["192.0.2.9".parse().expect("an address")]);
        assert_eq!(taken(&mut sources, "192.0.2.1", 1_000, start), 10);
        assert_eq!(taken(&mut sources, "192.0.2.2", 5, start), 5);
        assert_eq!(taken(&mut sources, "192.0.2.9", 1_000, start), 100);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_source() {
        let start = clock::now();
        let mut sources = Sources::new(&limits(), Arc::default(), start);
        assert_eq!(taken(&mut sources, "2001:db8::1", 8, start), 8);
        assert_eq!(taken(&mut sources, "2001:db8::ffff", 8, start), 2);
        assert_eq!(taken(&mut sources, "2001:db8:0:1::1", 8, start), 8);
        assert_eq!(taken(&mut sources, "::ffff:192.0.2.1", 8, start), 8);
        assert_eq!(taken(&mut sources, "192.0.2.1", 8, start), 2);
    }

    #[test]
    fn a_flood_of_invented_sources_fills_no_memory_and_starves_nobody_who_was_there() {
        let start = clock::now();
        let mut sources = Sources::new(&limits(), Arc::default(), start);
        sources.most = 100;
        assert_eq!(taken(&mut sources, "192.0.2.1", 1, start), 1);
        let invented = |number: u32| IpAddr::V4((0x0a00_0000 + number).into());
        let taken_of_flood = (0..100_000).filter(|number| sources.admit(invented(*number), start)).count();
        assert_eq!(taken_of_flood, 99 + 10);
        assert_eq!(sources.known.len(), 100);
        assert_eq!(taken(&mut sources, "192.0.2.1", 9, start), 9);
        // Silent for long enough, the invented ones are forgotten, and newcomers counted one by one again.
        let later = start + Duration::from_secs(2);
        assert_eq!(taken(&mut sources, "192.0.2.77", 50, later), 10);
        assert!(sources.known.len() <= 2);
    }
}
