//! Wrong passwords, counted for each source and each account: who guesses too often is locked out for a while.

use core::net::{IpAddr, Ipv6Addr};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How many guesses are borne.
#[derive(Debug, Clone)]
pub struct Limits {
    /// So many wrong passwords of one source lock it out.
    pub most_of_source: u32,
    /// So many wrong passwords for one account lock it, but for the source that had it right last.
    pub most_of_account: u32,
    /// Wrong passwords are forgotten after this time without another one.
    pub remembered_for: Duration,
    /// How long a lock holds.
    pub locked_for: Duration,
    /// The most sources and accounts remembered, together. The one whose time is up first goes first.
    pub most_remembered: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            most_of_source: 20,
            most_of_account: 10,
            remembered_for: Duration::from_secs(300),
            locked_for: Duration::from_secs(300),
            most_remembered: 100_000,
        }
    }
}

/// What was locked just now; worth a line in the log that a firewall may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locked {
    /// Nothing more is heard of this source; of IPv6, of its network of 64 bits.
    Source(IpAddr),
    /// Nobody but its last right source gets into this account.
    Account(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Source(IpAddr),
    Account(String),
}

#[derive(Debug)]
struct Entry {
    wrong: u32,
    is_locked: bool,
    /// The entry is gone then.
    until: Instant,
}

/// The counts.
#[derive(Debug, Default)]
pub struct Guesses {
    limits: Limits,
    entries: BTreeMap<Key, Entry>,
    ends: BTreeSet<(Instant, Key)>,
    /// From where each account was entered last; bounded by the accounts there are, since wrong passwords enter none.
    right: BTreeMap<String, IpAddr>,
}

impl Guesses {
    /// No guesses yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether requests from here for this account are refused unread.
    pub fn is_locked(&mut self, source: IpAddr, account: &str, now: Instant) -> bool {
        self.forget(now);
        let source = network(source);
        let is_locked = |key: &Key| self.entries.get(key).is_some_and(|entry| entry.is_locked);
        if is_locked(&Key::Source(source)) {
            return true;
        }
        self.right.get(account) != Some(&source) && is_locked(&Key::Account(account.to_owned()))
    }

    /// Notes a wrong password, and says what is locked because of it.
    pub fn wrong(&mut self, source: IpAddr, account: &str, now: Instant) -> Vec<Locked> {
        self.forget(now);
        let source = network(source);
        let mut locked = Vec::new();
        if self.count(Key::Source(source), self.limits.most_of_source, now) {
            locked.push(Locked::Source(source));
        }
        if self.count(Key::Account(account.to_owned()), self.limits.most_of_account, now) {
            locked.push(Locked::Account(account.to_owned()));
        }
        locked
    }

    /// Notes a right password. The source's wrong ones stay, lest one right password pay for many guesses.
    pub fn right(&mut self, source: IpAddr, account: &str) {
        if self.right.get(account) != Some(&network(source)) {
            self.right.insert(account.to_owned(), network(source));
        }
    }

    /// Forgets an account that is no more.
    pub fn forget_account(&mut self, account: &str) {
        self.right.remove(account);
    }

    /// How many sources and accounts are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the lock is set now.
    fn count(&mut self, key: Key, most: u32, now: Instant) -> bool {
        let (remembered_for, locked_for) = (self.limits.remembered_for, self.limits.locked_for);
        let entry =
            self.entries.entry(key.clone()).or_insert(Entry { wrong: 0, is_locked: false, until: now });
        self.ends.remove(&(entry.until, key.clone()));
        entry.wrong = entry.wrong.saturating_add(1);
        let is_locked_now = !entry.is_locked && entry.wrong >= most;
        entry.is_locked |= is_locked_now;
        if is_locked_now {
            entry.until = now + locked_for;
        } else if !entry.is_locked {
            entry.until = now + remembered_for;
        }
        self.ends.insert((entry.until, key));
        if self.entries.len() > self.limits.most_remembered
            && let Some((_, oldest)) = self.ends.pop_first()
        {
            self.entries.remove(&oldest);
        }
        is_locked_now
    }

    fn forget(&mut self, now: Instant) {
        while let Some((_, key)) = self.ends.first().filter(|(until, _)| *until <= now).cloned() {
            self.ends.pop_first();
            self.entries.remove(&key);
        }
    }
}

/// Whoever has one address of IPv6 has its whole network.
fn network(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
        },
    }
}
