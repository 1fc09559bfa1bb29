//! Where the phones of each address-of-record are (RFC 3261, section 10; Path: RFC 3327).
//!
//! A phone is reached the way that its REGISTER came, so that it may sit behind a NAT; its Contact is kept and given back
//! as it came. A request is taken as a whole or not at all. Left out: who may register, which is asked before.

mod binding;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

pub use binding::Binding;
use binding::Wanted;
pub use record::Record;

use crate::flow::{ConnectionId, Flow};
use crate::message::{Name, Request, Response, Status};

/// The longest Contact that is kept, in octets.
pub const MOST_CONTACT_OCTETS: usize = 1024;
/// The most Path values that are kept of a binding.
pub const MOST_PATHS: usize = 8;
/// Up to here, a time that is too short for us is refused rather than lengthened (RFC 3261, 10.3).
const HOUR_S: u32 = 3600;

/// Times and limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Shorter times are refused, in seconds.
    pub min_expires_s: u32,
    /// Longer times are shortened, in seconds.
    pub max_expires_s: u32,
    /// The time of phones that say none, in seconds.
    pub default_expires_s: u32,
    /// The most contacts of an address-of-record. A new one displaces the one that was refreshed longest ago.
    pub most_contacts: usize,
    /// The most addresses-of-record that have contacts.
    pub most_addresses: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            min_expires_s: 60,
            max_expires_s: 3600,
            default_expires_s: 600,
            most_contacts: 10,
            most_addresses: 100_000,
        }
    }
}

/// Why the phones of an address-of-record are others now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A phone registered, or refreshed its registration.
    Registered,
    /// A phone said that it is gone.
    Unregistered,
    /// A phone did not refresh its registration in time.
    Expired,
    /// Others took its place.
    Displaced,
    /// The only way to it is lost.
    ConnectionLost,
}

/// News of one address-of-record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it was given to `register`.
    pub address: String,
    /// What happened.
    pub why: Why,
    /// How many contacts there were before.
    pub before: usize,
    /// How many there are now: none means that it is unreachable.
    pub now: usize,
}

/// All bindings.
#[derive(Debug, Default)]
pub struct Registrar {
    config: Config,
    bindings: BTreeMap<String, Vec<Binding>>,
    ends: BTreeSet<(Instant, u64, String)>,
    connections: BTreeMap<ConnectionId, BTreeSet<String>>,
    last_serial: u64,
}

impl Registrar {
    /// No bindings yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Takes a REGISTER for an address-of-record whose user has proved to be one that may. Without a Contact it only asks
    /// (RFC 3261, 10.2.3). `tag` goes into the answer.
    pub fn register(
        &mut self,
        address: &str,
        request: &Request,
        flow: Flow,
        tag: &str,
        now: Instant,
        changes: &mut Vec<Change>,
    ) -> Response {
        let taken = self.take(address, request, flow, now, changes);
        if let Err(status) = taken {
            let mut response = request.respond(status, Some(tag));
            match status {
                Status::INTERVAL_TOO_BRIEF => {
                    response.headers.push(Name::MinExpires, self.config.min_expires_s);
                }
                Status::SERVICE_UNAVAILABLE | Status::SERVER_ERROR => {
                    response.headers.push(Name::RetryAfter, 30);
                }
                _ => {}
            }
            return response;
        }
        let mut response = request.respond(Status::OK, Some(tag));
        for binding in self.bindings(address) {
            response.headers.push(Name::Contact, binding.contact_with_expiry(now));
        }
        for path in request.headers.values(&Name::Path).take(MOST_PATHS) {
            response.headers.push(Name::Path, path);
        }
        response
    }

    /// The phones of an address-of-record, the preferred first (by `q`), of equals the one refreshed last.
    #[must_use]
    pub fn bindings(&self, address: &str) -> &[Binding] {
        self.bindings.get(address).map_or(&[], Vec::as_slice)
    }

    /// How many addresses-of-record have phones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// When to call `tick`, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        self.ends.first().map(|(at, ..)| (*at, "a registration ends"))
    }

    /// Takes away what was not refreshed in time.
    pub fn tick(&mut self, now: Instant, changes: &mut Vec<Change>) {
        while let Some((_, serial, address)) = self.ends.first().filter(|(at, ..)| *at <= now).cloned() {
            self.remove(&address, Why::Expired, changes, |binding| binding.serial == serial);
        }
    }

    /// A connection is gone. Phones that only it led to are gone with it; others are called anew where their Contact says.
    pub fn lost(&mut self, connection: ConnectionId, changes: &mut Vec<Change>) {
        for address in self.connections.remove(&connection).unwrap_or_default() {
            for binding in self.bindings.get_mut(&address).into_iter().flatten() {
                if binding.flow.connection == Some(connection) && binding.direct.is_some() {
                    binding.go_direct();
                }
            }
            let is_lost = |binding: &Binding| binding.flow.connection == Some(connection);
            self.remove(&address, Why::ConnectionLost, changes, is_lost);
        }
    }

    /// Takes all phones of an address-of-record away, since it is no more.
    pub fn forget(&mut self, address: &str, changes: &mut Vec<Change>) {
        self.remove(address, Why::Unregistered, changes, |_| true);
    }

    /// What is kept of an address-of-record over a restart; empty when it has no phones.
    #[must_use]
    pub fn records(&self, address: &str, now: Instant) -> Vec<Record> {
        self.bindings(address).iter().map(|binding| Record::of(address, binding, now)).collect()
    }

    /// All that is kept over a restart.
    #[must_use]
    pub fn all_records(&self, now: Instant) -> Vec<Record> {
        let all =
            self.bindings.iter().flat_map(|(address, bindings)| bindings.iter().map(move |it| (address, it)));
        all.map(|(address, binding)| Record::of(address, binding, now)).collect()
    }

    /// Takes back what was kept, `age` after it was written down. What has ended since, or was reached by a connection
    /// only, is left out.
    pub fn restore(&mut self, records: Vec<Record>, age: Duration, now: Instant) {
        for record in records {
            self.last_serial += 1;
            let Some(binding) = record.binding(self.last_serial, age, now) else { continue };
            if self.bindings.len() >= self.config.most_addresses
                && !self.bindings.contains_key(&record.address)
            {
                continue;
            }
            if self.bindings(&record.address).len() < self.config.most_contacts {
                self.insert(&record.address, binding);
            }
        }
    }

    fn take(
        &mut self,
        address: &str,
        request: &Request,
        flow: Flow,
        now: Instant,
        changes: &mut Vec<Change>,
    ) -> Result<(), Status> {
        let cseq = request.cseq().ok_or(Status::BAD_REQUEST)?.number;
        let wanted = binding::wanted(request, &self.config)?;
        let known = self.bindings(address);
        let is_late = |binding: &&Binding| binding.call_id == *request.call_id() && binding.cseq >= cseq;
        match wanted {
            Wanted::Nothing => Ok(()),
            Wanted::NoneAnyMore => {
                if known.iter().any(|binding| is_late(&binding)) {
                    return Err(Status::SERVER_ERROR);
                }
                self.remove(address, Why::Unregistered, changes, |_| true);
                Ok(())
            }
            Wanted::Contacts(contacts) => {
                if contacts.len() > self.config.most_contacts {
                    return Err(Status::FORBIDDEN);
                }
                let same = contacts.iter().filter_map(|it| known.iter().find(|known| it.is_of(known)));
                if same.into_iter().any(|binding| is_late(&binding)) {
                    return Err(Status::SERVER_ERROR);
                }
                let has_room = !known.is_empty() || self.bindings.len() < self.config.most_addresses;
                if !has_room && contacts.iter().any(|it| it.expires_s > 0) {
                    return Err(Status::SERVICE_UNAVAILABLE);
                }
                self.take_contacts(address, request, (flow, cseq), contacts, now, changes);
                Ok(())
            }
        }
    }

    fn take_contacts(
        &mut self,
        address: &str,
        request: &Request,
        (flow, cseq): (Flow, u32),
        contacts: Vec<binding::Contact>,
        now: Instant,
        changes: &mut Vec<Change>,
    ) {
        for contact in contacts {
            if contact.expires_s == 0 {
                self.remove(address, Why::Unregistered, changes, |known| contact.is_of(known));
                continue;
            }
            let before = self.bindings(address).len();
            // Not told: it is there again at once.
            self.remove(address, Why::Registered, &mut Vec::new(), |known| contact.is_of(known));
            if self.bindings(address).len() >= self.config.most_contacts {
                let oldest = self.bindings(address).iter().map(|binding| binding.serial).min();
                self.remove(address, Why::Displaced, changes, |known| Some(known.serial) == oldest);
            }
            self.last_serial += 1;
            let binding = contact.into_binding(request, flow, cseq, self.last_serial, now);
            self.insert(address, binding);
            let address = address.to_owned();
            let count = self.bindings(&address).len();
            changes.push(Change { address, why: Why::Registered, before, now: count });
        }
    }

    fn insert(&mut self, address: &str, binding: Binding) {
        self.ends.insert((binding.ends, binding.serial, address.to_owned()));
        if let Some(connection) = binding.flow.connection {
            self.connections.entry(connection).or_default().insert(address.to_owned());
        }
        let bindings = self.bindings.entry(address.to_owned()).or_default();
        let place = bindings.iter().position(|other| other.q_permille <= binding.q_permille);
        bindings.insert(place.unwrap_or(bindings.len()), binding);
    }

    fn remove(
        &mut self,
        address: &str,
        why: Why,
        changes: &mut Vec<Change>,
        is_meant: impl Fn(&Binding) -> bool,
    ) {
        let Some(bindings) = self.bindings.get_mut(address) else { return };
        let before = bindings.len();
        let removed: Vec<Binding> = bindings.extract_if(.., |binding| is_meant(binding)).collect();
        let now = bindings.len();
        for binding in &removed {
            self.ends.remove(&(binding.ends, binding.serial, address.to_owned()));
            let Some(connection) = binding.flow.connection else { continue };
            if bindings.iter().any(|other| other.flow.connection == Some(connection)) {
                continue;
            }
            if let Some(addresses) = self.connections.get_mut(&connection) {
                addresses.remove(address);
                if addresses.is_empty() {
                    self.connections.remove(&connection);
                }
            }
        }
        if bindings.is_empty() {
            self.bindings.remove(address);
        }
        if now < before {
            changes.push(Change { address: address.to_owned(), why, before, now });
        }
    }
}

#[cfg(test)]
mod tests;
