//! One phone of an address-of-record, and what a REGISTER wants.

use core::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Config, HOUR_S, MOST_CONTACT_OCTETS, MOST_PATHS};
use crate::flow::{Flow, Transport};
use crate::message::{Address, Name, Request, Status, Text, Uri};

/// Where one phone is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Its Contact, as it came: what a request to it has as its URI.
    pub contact: Uri,
    /// The way that requests to it take.
    pub flow: Flow,
    /// The proxies before it: the Route of requests to it.
    pub path: Vec<Text>,
    /// The phone's name, for people.
    pub user_agent: Text,
    /// How much it is preferred, 0 to 1000.
    pub q_permille: u16,
    /// When it ends.
    pub ends: Instant,
    /// The parameters of the Contact header but `expires`, with their semicolons.
    pub(super) params: Text,
    /// `+sip.instance` and `reg-id`, if the phone has them (RFC 5626).
    pub(super) instance: Option<Text>,
    pub(super) call_id: Text,
    pub(super) cseq: u32,
    pub(super) serial: u64,
    /// Where its Contact says it is, if no NAT lies between.
    pub(super) direct: Option<SocketAddr>,
}

impl Binding {
    /// A value for a Contact header.
    pub(super) fn contact_with_expiry(&self, now: Instant) -> String {
        let left = self.ends.saturating_duration_since(now);
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        format!("<{}>{};expires={seconds}", self.contact, self.params)
    }

    /// From now on, a connection to its Contact is opened.
    pub(super) fn go_direct(&mut self) {
        self.flow.connection = None;
        if let Some(peer) = self.direct {
            self.flow.peer = peer;
        }
    }
}

/// What a REGISTER wants.
#[derive(Debug)]
pub(super) enum Wanted {
    /// To know.
    Nothing,
    /// `Contact: *`.
    NoneAnyMore,
    Contacts(Vec<Contact>),
}

/// One Contact of a REGISTER.
#[derive(Debug)]
pub(super) struct Contact {
    uri: Uri,
    params: Text,
    instance: Option<Text>,
    q_permille: u16,
    pub expires_s: u32,
}

impl Contact {
    /// Whether both mean the same phone.
    pub fn is_of(&self, binding: &Binding) -> bool {
        let is_same_instance = self.instance.is_some() && self.instance == binding.instance;
        is_same_instance || self.uri.is_equivalent(&binding.contact)
    }

    pub fn into_binding(
        self,
        request: &Request,
        flow: Flow,
        cseq: u32,
        serial: u64,
        now: Instant,
    ) -> Binding {
        let user_agent = request.headers.first(&Name::UserAgent).map_or("", Text::as_str);
        let user_agent: String = user_agent.chars().take(128).collect();
        Binding {
            direct: direct(&self.uri, &flow),
            contact: self.uri,
            flow,
            path: request.headers.values(&Name::Path).take(MOST_PATHS).map(Text::from).collect(),
            user_agent: Text::from(user_agent),
            q_permille: self.q_permille,
            ends: now + Duration::from_secs(u64::from(self.expires_s)),
            params: self.params,
            instance: self.instance,
            call_id: Text::from(request.call_id()),
            cseq,
            serial,
        }
    }
}

/// Where a connection to a phone is opened, if its Contact names the address that it came from.
pub(super) fn direct(contact: &Uri, flow: &Flow) -> Option<SocketAddr> {
    let is_there = contact.ip() == Some(flow.peer.ip()) && flow.transport != Transport::Udp;
    is_there.then(|| SocketAddr::new(flow.peer.ip(), contact.port().unwrap_or(flow.transport.default_port())))
}

/// What the header fields say, as far as it can be granted.
pub(super) fn wanted(request: &Request, config: &Config) -> Result<Wanted, Status> {
    let values: Vec<&str> = request.headers.values(&Name::Contact).collect();
    let for_all = request.headers.first(&Name::Expires).map(|value| seconds(value, config));
    if values.is_empty() {
        return Ok(Wanted::Nothing);
    }
    if values.contains(&"*") {
        // Alone, and with an Expires of zero (RFC 3261, 10.3, step 6).
        let is_plain = values.len() == 1 && for_all == Some(0);
        return if is_plain { Ok(Wanted::NoneAnyMore) } else { Err(Status::BAD_REQUEST) };
    }
    let contacts = values.into_iter().map(|value| contact(value, for_all, config));
    Ok(Wanted::Contacts(contacts.collect::<Result<_, _>>()?))
}

fn contact(value: &str, for_all: Option<u32>, config: &Config) -> Result<Contact, Status> {
    let address = Address::parse(value).filter(|_| value.len() <= MOST_CONTACT_OCTETS);
    let address = address.ok_or(Status::BAD_REQUEST)?;
    let uri = Uri::parse(address.uri).filter(Uri::is_sip).ok_or(Status::BAD_REQUEST)?;
    let own = address.params.value("expires").map(|value| seconds(value, config));
    let expires_s = own.or(for_all).unwrap_or(config.default_expires_s);
    if expires_s > 0 && expires_s < config.min_expires_s.min(HOUR_S) {
        return Err(Status::INTERVAL_TOO_BRIEF);
    }
    let instance = address.params.value("+sip.instance");
    let instance = instance.map(|it| format!("{it} {}", address.params.value("reg-id").unwrap_or("")));
    Ok(Contact {
        uri,
        params: Text::from(params_but_expires(address.params.as_str())),
        instance: instance.map(Text::from),
        q_permille: address.params.value("q").map_or(1000, permille),
        expires_s: expires_s.min(config.max_expires_s),
    })
}

/// Malformed times count as none said (RFC 3261, 10.2.1.1 and 20.19).
fn seconds(value: &str, config: &Config) -> u32 {
    let value = value.trim();
    let is_number = !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit());
    if is_number { value.parse().unwrap_or(u32::MAX) } else { config.default_expires_s }
}

/// `0.75` is 750.
fn permille(value: &str) -> u16 {
    let (whole, part) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if whole == "1" {
        return 1000;
    }
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(0)
}

fn params_but_expires(params: &str) -> String {
    let parts = crate::message::split_outside_quotes(params, Some(';')).map(str::trim);
    let is_kept = |part: &&str| {
        let name = part.split('=').next().unwrap_or("").trim_end();
        !part.is_empty() && !name.eq_ignore_ascii_case("expires")
    };
    parts.filter(is_kept).fold(String::new(), |text, part| text + ";" + part)
}
