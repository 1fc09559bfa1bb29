//! One value of a Via header (RFC 3261, 20.42; RFC 3581).

use super::params::Params;
use super::uri::host_and_port;

/// What branches of RFC 3261 begin with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop: `SIP/2.0/UDP host:port;branch=...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// The transport's word, such as `UDP`.
    pub transport: &'a str,
    /// The host that it was sent by: a name or an address, IPv6 in brackets.
    pub host: &'a str,
    /// Its port, if it says one.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` and others.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Reads one value; `None` if it is malformed.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let (name, rest) = value.trim_start().split_once('/')?;
        let (version, rest) = rest.trim_start().split_once('/')?;
        if !name.trim_end().eq_ignore_ascii_case("SIP") || version.trim_end() != "2.0" {
            return None;
        }
        let rest = rest.trim_start();
        let (transport, rest) = rest.split_at(rest.find([' ', '\t'])?);
        let end = rest.find(';').unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at(end);
        let (host, port) = host_and_port(sent_by.trim())?;
        (!transport.is_empty()).then_some(Self { transport, host, port, params: Params(params) })
    }

    /// The ID of the transaction; `None` with one that has none.
    #[must_use]
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch").filter(|branch| !branch.is_empty())
    }

    /// Whether the branch is unique over space and time, as RFC 3261 makes them.
    #[must_use]
    pub fn is_of_rfc_3261(&self) -> bool {
        // The cookie alone says nothing of the transaction (RFC 4475, 3.2.1).
        let parts = self.branch().and_then(|branch| branch.split_at_checked(MAGIC_COOKIE.len()));
        parts.is_some_and(|(magic, own)| magic.eq_ignore_ascii_case(MAGIC_COOKIE) && !own.is_empty())
    }
}
