//! URIs: those of SIP in their parts, others as they came (RFC 3261, 19.1; RFC 3966).

use core::net::{IpAddr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;

use super::Text;
use super::params::Params;

/// A URI. Its text stays as it came; the parts are places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    text: Text,
    scheme_end: u32,
    sip: Option<Places>,
}

/// Where the parts of a `sip:` or `sips:` URI lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    /// Just after the `@`; the host begins here. The same as the scheme's end + 1 without a user.
    host: u32,
    host_end: u32,
    port: Option<u16>,
    /// The question mark, or the end.
    params_end: u32,
}

impl Uri {
    /// Reads a URI of any scheme. `None` if it is none at all, or one of SIP that is malformed.
    #[must_use]
    pub fn parse(text: impl Into<Text>) -> Option<Self> {
        let text = text.into();
        let scheme_end = text.find(':')?;
        let scheme = text.get(..scheme_end)?;
        let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
            && scheme.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
        let is_plain = text.bytes().all(|octet| octet > b' ' && octet != 0x7F && !b"<>\"".contains(&octet));
        let has_rest = text.len() > scheme_end + 1;
        if !is_scheme || !has_rest || (!is_plain && !has_only_quotes(&text)) {
            return None;
        }
        let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
        let sip = if is_sip { Some(places(&text, scheme_end + 1)?) } else { None };
        Some(Self { scheme_end: u32::try_from(scheme_end).ok()?, sip, text })
    }

    /// A `sip:` URI made anew. What a user may not hold is escaped.
    #[must_use]
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Option<Self> {
        let mut text = String::from("sip:");
        if let Some(user) = user {
            escape_user(user, &mut text);
            text.push('@');
        }
        text.push_str(host);
        if let Some(port) = port {
            text.push_str(&format!(":{port}"));
        }
        Self::parse(text)
    }

    /// The whole, as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The word before the first colon, as it came.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.between(0, self.scheme_end)
    }

    /// Whether it is `sip:` or `sips:`; all others are answered 416.
    #[must_use]
    pub fn is_sip(&self) -> bool {
        self.sip.is_some()
    }

    /// Whether it is `sips:`.
    #[must_use]
    pub fn is_sips(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("sips")
    }

    /// The user as it came, with escapes and without a password; of `tel:` the number.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        let start = self.scheme_end + 1;
        let Some(places) = &self.sip else {
            let number = self.as_str().get(start as usize..)?;
            let is_tel = self.scheme().eq_ignore_ascii_case("tel");
            return is_tel.then(|| number.split_once(';').map_or(number, |(number, _)| number));
        };
        let userinfo = self.between(start, places.host).strip_suffix('@')?;
        Some(userinfo.split_once(':').map_or(userinfo, |(user, _)| user))
    }

    /// The user with its escapes resolved.
    #[must_use]
    pub fn plain_user(&self) -> Option<Cow<'_, str>> {
        self.user().map(unescaped)
    }

    /// The host of a URI of SIP, IPv6 in brackets; empty for others.
    #[must_use]
    pub fn host(&self) -> &str {
        self.sip.map_or("", |places| self.between(places.host, places.host_end))
    }

    /// The host, if it is an address.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        ip_of(self.host())
    }

    /// The port, if it says one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.sip.and_then(|places| places.port)
    }

    /// The parameters of a URI of SIP.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        let Some(places) = &self.sip else { return Params("") };
        let rest = self.between(places.host_end, places.params_end);
        Params(rest.find(';').and_then(|start| rest.get(start..)).unwrap_or(""))
    }

    /// What follows the question mark: headers for the request that the URI is to become.
    #[must_use]
    pub fn headers(&self) -> Option<&str> {
        let places = self.sip?;
        self.as_str().get(places.params_end as usize + 1..)
    }

    /// The URI without what follows the question mark, as a request line may hold it.
    #[must_use]
    pub fn without_headers(&self) -> Self {
        match self.headers() {
            Some(_) => {
                let end = self.sip.map_or(0, |places| places.params_end);
                Self { text: Text::from(self.between(0, end)), ..self.clone() }
            }
            None => self.clone(),
        }
    }

    /// The address-of-record that it names: the scheme, the user without escapes, the host in small letters; no
    /// port and no parameters (RFC 3261, 10.3).
    #[must_use]
    pub fn address_of_record(&self) -> String {
        let host = self.host().to_ascii_lowercase();
        self.plain_user().map_or_else(|| format!("sip:{host}"), |user| format!("sip:{user}@{host}"))
    }

    /// Whether both name the same thing by the rules of RFC 3261, 19.1.4. URIs of other schemes are compared
    /// letter by letter.
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        if !self.is_sip() || !other.is_sip() {
            return self.as_str() == other.as_str();
        }
        self.is_sips() == other.is_sips()
            && self.plain_user() == other.plain_user()
            && self.host().eq_ignore_ascii_case(other.host())
            && self.port() == other.port()
            && self.are_params_equivalent(other)
            && self.headers().unwrap_or("") == other.headers().unwrap_or("")
    }

    fn are_params_equivalent(&self, other: &Self) -> bool {
        // These count even where one side lacks them; all others only where both have them.
        const ALWAYS: [&str; 4] = ["user", "ttl", "method", "maddr"];
        let one_side = |one: Params<'_>, two: Params<'_>| {
            one.iter().all(|(name, value)| {
                let value = unescaped(value.unwrap_or(""));
                two.value(name).map_or_else(
                    || !ALWAYS.iter().any(|always| always.eq_ignore_ascii_case(name)),
                    |other| unescaped(other).eq_ignore_ascii_case(&value),
                )
            })
        };
        one_side(self.params(), other.params()) && one_side(other.params(), self.params())
    }

    fn between(&self, start: u32, end: u32) -> &str {
        self.as_str().get(start as usize..end as usize).unwrap_or("")
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Some phones quote values of URI parameters; they harm nobody as long as there is no space or bracket.
fn has_only_quotes(text: &str) -> bool {
    text.bytes().all(|octet| octet > b' ' && octet != 0x7F && octet != b'<' && octet != b'>')
}

fn places(text: &str, start: usize) -> Option<Places> {
    let rest = text.get(start..)?;
    // A user may hold semicolons and question marks; a host cannot hold an `@`, nor may one stand after it unescaped.
    let host = start + rest.find('@').map_or(0, |at| at + 1);
    if host == start + 1 && text.as_bytes().get(start) == Some(&b'@') {
        return None;
    }
    let after = text.get(host..)?;
    let end = after.find([';', '?']).unwrap_or(after.len());
    let (name, port) = host_and_port(after.get(..end)?)?;
    let params_end = after.find('?').unwrap_or(after.len());
    Some(Places {
        host: u32::try_from(host).ok()?,
        host_end: u32::try_from(host + name.len()).ok()?,
        port,
        params_end: u32::try_from(host + params_end).ok()?,
    })
}

/// Splits `host:port`; the host is a name, an IPv4 address, or an IPv6 address in brackets.
pub(super) fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let host = text.get(..end)?;
        host.get(1..end - 1)?.parse::<Ipv6Addr>().ok()?;
        (host, text.get(end..)?.trim_start())
    } else {
        let end = text.find([':', ' ', '\t']).unwrap_or(text.len());
        let host = text.get(..end)?;
        let is_name = !host.is_empty()
            && host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b".-_".contains(&octet));
        (is_name.then_some(host)?, text.get(end..)?.trim_start())
    };
    match port.strip_prefix(':').map(str::trim) {
        None if port.is_empty() => Some((host, None)),
        None => None,
        Some(port) if port.bytes().all(|octet| octet.is_ascii_digit()) => {
            Some((host, Some(port.parse().ok().filter(|port| *port != 0)?)))
        }
        Some(_) => None,
    }
}

/// The address that a host is, with or without brackets.
#[must_use]
pub fn ip_of(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// Resolves `%41`; escapes that are none, or whose letters are no UTF-8, stay as they are.
#[must_use]
pub fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let (octets, mut plain, mut index) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(octet) = octets.get(index) {
        let digits = text.get(index + 1..index + 3).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *octet == b'%') {
            Some(value) => {
                plain.push(value);
                index += 3;
            }
            None => {
                plain.push(*octet);
                index += 1;
            }
        }
    }
    String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Writes a text so that it can stand among the headers of a URI (RFC 3261, section 19.1.1).
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&octet) {
            out.push(octet as char);
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
    out
}

fn escape_user(user: &str, out: &mut String) {
    for octet in user.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&octet) {
            out.push(octet as char);
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
}
