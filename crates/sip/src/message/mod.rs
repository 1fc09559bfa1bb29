//! Messages as they are on the wire: a start line, header fields in the order in which they came, a body.
//!
//! What came is kept: unknown methods, headers and URIs are answered by whoever understands messages, not lost by
//! whoever reads them. Typed views (`Via`, `Address`, `CSeq`, ...) are read where they are asked for, and borrow.

mod address;
mod answer;
mod headers;
mod method;
mod name;
mod params;
mod parse;
mod status;
mod text;
mod uri;
mod via;

use std::fmt;

use bytes::Bytes;

pub use address::Address;
pub use headers::Headers;
pub use method::Method;
pub use name::Name;
pub(crate) use params::split_outside_quotes;
pub use params::{Params, unquoted};
pub use parse::{Fault, Malformed, is_keep_alive};
pub(crate) use parse::{Head, head_end};
pub use status::Status;
pub use text::Text;
pub use uri::{Uri, escaped, ip_of, unescaped};
pub use via::{MAGIC_COOKIE, Via};

/// The longest message that is read or taken for one.
pub const MAX_MESSAGE_OCTETS: usize = 64 * 1024;
/// The most header fields of a message.
pub const MAX_HEADERS: usize = 128;
/// The longest line of a start line or a header, unfolded.
pub const MAX_LINE_OCTETS: usize = 8 * 1024;

/// A request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Somebody wants something.
    Request(Request),
    /// Somebody answers.
    Response(Response),
}

/// A request (RFC 3261, 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub method: Method,
    /// Of whom.
    pub uri: Uri,
    /// Its header fields.
    pub headers: Headers,
    /// Its body, often SDP.
    pub body: Bytes,
}

/// A response (RFC 3261, 7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The code.
    pub status: Status,
    /// The words beside the code.
    pub reason: Text,
    /// Its header fields.
    pub headers: Headers,
    /// Its body, often SDP.
    pub body: Bytes,
}

/// The number of a request within its call, and its method (RFC 3261, 20.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// Grows with every new request in a dialog.
    pub number: u32,
    /// The same as the request's.
    pub method: Method,
}

impl CSeq {
    /// Reads the value of a header.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (number, method) = value.trim().split_once([' ', '\t'])?;
        let is_number = number.bytes().all(|octet| octet.is_ascii_digit());
        // The highest bit stays free (RFC 3261, 8.1.1.5).
        let number = number.parse::<u32>().ok().filter(|it| is_number && *it < 1 << 31)?;
        let method = method.trim_start();
        parse::is_token(method).then(|| Self { number, method: Method::of(method) })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

impl Message {
    /// Reads one message from a datagram, or from what a `Framer` cut out. The fields that every message needs are
    /// there and well-formed afterwards: Via, From, To, Call-ID, CSeq.
    ///
    /// # Errors
    /// `Malformed` says what is wrong, and holds the answer that a request deserves nevertheless.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        parse::message(octets)
    }

    /// The message on the wire; Content-Length is always told, and always right.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }

    /// Its header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }
}

impl Request {
    /// A request with no header fields yet.
    #[must_use]
    pub fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: Headers::new(), body: Bytes::new() }
    }

    /// The request on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(printed_octets(&self.headers, &self.body));
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.uri.as_str().as_bytes());
        out.extend_from_slice(b" SIP/2.0\r\n");
        print_rest(&self.headers, &self.body, &mut out);
        Bytes::from(out)
    }

    /// The hops that are left, if the request says it (RFC 3261, 20.22).
    #[must_use]
    pub fn max_forwards(&self) -> Option<u8> {
        self.headers.first(&Name::MaxForwards).and_then(|value| value.trim().parse().ok())
    }
}

impl Response {
    /// The response on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(printed_octets(&self.headers, &self.body));
        out.extend_from_slice(format!("SIP/2.0 {} {}\r\n", self.status, self.reason).as_bytes());
        print_rest(&self.headers, &self.body, &mut out);
        Bytes::from(out)
    }
}

macro_rules! typed {
    ($($whole:ident)+) => {
        $(impl $whole {
            /// The last hop: the first Via.
            #[must_use]
            pub fn via(&self) -> Option<Via<'_>> {
                self.headers.values(&Name::Via).next().and_then(Via::parse)
            }

            /// Who asks.
            #[must_use]
            pub fn from(&self) -> Option<Address<'_>> {
                self.headers.first(&Name::From).and_then(|value| Address::parse(value))
            }

            /// Whom it is for.
            #[must_use]
            pub fn to(&self) -> Option<Address<'_>> {
                self.headers.first(&Name::To).and_then(|value| Address::parse(value))
            }

            /// Which call; empty if nothing says it.
            #[must_use]
            pub fn call_id(&self) -> &str {
                self.headers.first(&Name::CallId).map_or("", |value| value.trim())
            }

            /// The number of the request, and its method.
            #[must_use]
            pub fn cseq(&self) -> Option<CSeq> {
                self.headers.first(&Name::CSeq).and_then(|value| CSeq::parse(value))
            }

            /// Where the sender is reached directly; a lone `*` is none.
            #[must_use]
            pub fn contact(&self) -> Option<Address<'_>> {
                self.headers.values(&Name::Contact).find_map(Address::parse)
            }

            /// A header that is a number of seconds or of something else; parameters are passed over.
            #[must_use]
            pub fn number(&self, name: &Name) -> Option<u32> {
                let value = self.headers.first(name)?;
                value.split(';').next().and_then(|value| value.trim().parse().ok())
            }

            /// Gives the message a body; an empty type takes the header away.
            pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
                self.body = body.into();
                if content_type.is_empty() {
                    self.headers.remove(&Name::ContentType);
                } else {
                    self.headers.set(Name::ContentType, content_type);
                }
            }

            /// Whether the body is of this type, such as `application/sdp`; parameters are passed over.
            #[must_use]
            pub fn is_body_of(&self, content_type: &str) -> bool {
                let value = self.headers.first(&Name::ContentType).map_or("", Text::as_str);
                let value = value.split(';').next().unwrap_or("").trim();
                !self.body.is_empty() && value.eq_ignore_ascii_case(content_type)
            }
        })+
    };
}

typed! { Request Response }

fn printed_octets(headers: &Headers, body: &Bytes) -> usize {
    let fields: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    // The start line and Content-Length besides.
    fields + body.len() + 160
}

fn print_rest(headers: &Headers, body: &Bytes, out: &mut Vec<u8>) {
    headers.print(out);
    out.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests;
