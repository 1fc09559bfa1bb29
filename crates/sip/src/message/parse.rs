//! From octets to messages. Never panics, never reads more than its limits say.

use std::sync::Arc;

use bytes::Bytes;

use super::headers::has_breaks;
use super::{
    Address, CSeq, Headers, MAX_HEADERS, MAX_LINE_OCTETS, MAX_MESSAGE_OCTETS, Message, Method, Name, Request,
    Response, Status, Text, Uri, Via,
};

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Longer than `MAX_MESSAGE_OCTETS`.
    #[error("the message is too long")]
    TooLong,
    /// Nothing but line ends, or nothing.
    #[error("there is no message")]
    Empty,
    /// The empty line after the header fields is missing.
    #[error("the header fields do not end")]
    Unended,
    /// Neither a request line nor a status line.
    #[error("the first line is none of SIP")]
    StartLine,
    /// Another version than 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// The request's URI is none.
    #[error("the Request-URI is malformed")]
    RequestUri,
    /// More than `MAX_HEADERS` fields.
    #[error("there are too many header fields")]
    TooManyHeaders,
    /// A line is longer than `MAX_LINE_OCTETS`.
    #[error("a line is too long")]
    LineTooLong,
    /// A line that is no header field.
    #[error("a line is no header field")]
    HeaderLine,
    /// A field that every message needs is missing, doubled or malformed.
    #[error("{0} is missing, doubled or malformed")]
    Essential(&'static str),
    /// The method in CSeq is not the request's.
    #[error("CSeq names another method")]
    Method,
    /// Content-Length is no number, or there are two of them.
    #[error("Content-Length is malformed")]
    ContentLength,
    /// Content-Length says more octets than came.
    #[error("the body is cut off")]
    BodyCutOff,
}

/// A message that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Malformed {
    /// What is wrong.
    pub fault: Fault,
    /// The answer that the sender gets, if it was a request and says where answers go: to be sent without a
    /// transaction (RFC 3261, 8.2.7).
    pub answer: Option<Box<Response>>,
}

/// Whether a datagram holds line ends only: a phone keeps its way through a NAT open (RFC 5626, 3.5.1).
#[must_use]
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram.iter().all(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

/// A word of RFC 3261, 25.1.
pub(super) fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&it))
}

/// Where the header fields end and the body begins.
pub(crate) fn head_end(octets: &[u8], from: usize) -> Option<usize> {
    let mut index = from;
    loop {
        index += octets.get(index..)?.iter().position(|octet| *octet == b'\n')?;
        match octets.get(index + 1..)? {
            [b'\n', ..] => return Some(index + 2),
            [b'\r', b'\n', ..] => return Some(index + 3),
            _ => index += 1,
        }
    }
}

pub(super) fn message(octets: &[u8]) -> Result<Message, Malformed> {
    let refused = |fault| Malformed { fault, answer: None };
    if octets.len() > MAX_MESSAGE_OCTETS {
        return Err(refused(Fault::TooLong));
    }
    let start = octets.iter().position(|octet| !matches!(octet, b'\r' | b'\n' | 0));
    let octets = start.and_then(|start| octets.get(start..)).ok_or_else(|| refused(Fault::Empty))?;
    let end = head_end(octets, 0).ok_or_else(|| refused(Fault::Unended))?;
    let (head, rest) = octets.split_at(end);
    let head = Head::parse(head).map_err(refused)?;
    // What comes after the length is not ours (RFC 3261, 18.3).
    let body = match head.content_length() {
        Ok(None) => Ok(rest),
        Ok(Some(length)) => rest.get(..length).ok_or(Fault::BodyCutOff),
        Err(fault) => Err(fault),
    };
    head.with_body(body.map(Bytes::copy_from_slice))
}

/// A message up to its body.
#[derive(Debug)]
pub(crate) struct Head {
    start_line: StartLine,
    headers: Headers,
    fault: Option<Fault>,
}

impl Head {
    /// Reads all lines up to the empty one. Fails if the first is none of SIP; what is wrong with the others is known
    /// by `with_body`, together with the answer that it gets.
    pub fn parse(octets: &[u8]) -> Result<Self, Fault> {
        // What is no UTF-8 is mostly an old phone's display name: shown with marks, but not worth a call.
        let head: Arc<str> = Arc::from(String::from_utf8_lossy(octets));
        let (first, rest) = head.split_once('\n').unwrap_or((&head, ""));
        let rest_start = head.len() - rest.len();
        let start_line = start_line(first.strip_suffix('\r').unwrap_or(first), &head)?;
        let mut headers = Headers::with_capacity(16);
        let fault = fields(&head, rest_start, &mut headers).err();
        let fault = fault.or_else(|| essentials(&start_line, &headers).err());
        Ok(Self { start_line, headers, fault })
    }

    /// The length of the body that the fields say; `None` if they say nothing.
    pub fn content_length(&self) -> Result<Option<usize>, Fault> {
        let mut lengths = self.headers.all(&Name::ContentLength);
        let Some(length) = lengths.next() else { return Ok(None) };
        let is_number = !length.is_empty() && length.bytes().all(|octet| octet.is_ascii_digit());
        if !is_number || lengths.any(|other| other != length) {
            return Err(Fault::ContentLength);
        }
        // A number beyond all numbers is still a number: more than any message has.
        Ok(Some(length.parse().unwrap_or(usize::MAX)))
    }

    /// The message, or what is wrong with it.
    pub fn with_body(self, body: Result<Bytes, Fault>) -> Result<Message, Malformed> {
        let Self { start_line, headers, fault } = self;
        let (body, cut) = match body {
            Ok(body) => (body, None),
            Err(fault) => (Bytes::new(), Some(fault)),
        };
        match (start_line, fault.or(cut)) {
            (StartLine::Request { method, uri: Ok(uri) }, None) => {
                Ok(Message::Request(Request { method, uri, headers, body }))
            }
            (StartLine::Response { status, reason }, None) => {
                Ok(Message::Response(Response { status, reason, headers, body }))
            }
            (StartLine::Request { method, uri }, fault) => {
                let fault = uri.err().or(fault).unwrap_or(Fault::RequestUri);
                let is_answerable = method != Method::Ack;
                Err(Malformed { fault, answer: answer(fault, &headers).filter(|_| is_answerable) })
            }
            (StartLine::Response { .. }, Some(fault)) => Err(Malformed { fault, answer: None }),
        }
    }
}

#[derive(Debug)]
enum StartLine {
    Request { method: Method, uri: Result<Uri, Fault> },
    Response { status: Status, reason: Text },
}

fn start_line(line: &str, head: &Arc<str>) -> Result<StartLine, Fault> {
    if line.len() > MAX_LINE_OCTETS {
        return Err(Fault::LineTooLong);
    }
    let starts_as_response = line.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SIP/"));
    if starts_as_response {
        let (version, rest) = line.split_once(' ').ok_or(Fault::StartLine)?;
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_code = code.len() == 3 && code.bytes().all(|octet| octet.is_ascii_digit());
        let status = code.parse().ok().filter(|_| is_code).and_then(Status::of).ok_or(Fault::StartLine)?;
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            return Err(Fault::Version);
        }
        return Ok(StartLine::Response { status, reason: part_of(head, reason.trim()) });
    }
    let (method, rest) = line.split_once(' ').ok_or(Fault::StartLine)?;
    let (uri, version) = rest.rsplit_once(' ').ok_or(Fault::StartLine)?;
    let is_sip = version.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SIP/"));
    if !is_token(method) || (!is_sip && !version.is_empty()) {
        return Err(Fault::StartLine);
    }
    let method = Method::listed(method).unwrap_or_else(|| Method::Other(part_of(head, method)));
    let uri = match version {
        _ if version.eq_ignore_ascii_case("SIP/2.0") => {
            Uri::parse(part_of(head, uri)).ok_or(Fault::RequestUri)
        }
        "" => Err(Fault::StartLine),
        _ => Err(Fault::Version),
    };
    Ok(StartLine::Request { method, uri })
}

/// A slice of the head as a text that shares it.
fn part_of(head: &Arc<str>, part: &str) -> Text {
    let start = (part.as_ptr() as usize).wrapping_sub(head.as_ptr() as usize);
    Text::part(head, start..start.wrapping_add(part.len()))
}

fn fields(head: &Arc<str>, start: usize, headers: &mut Headers) -> Result<(), Fault> {
    let mut rest = head.get(start..).unwrap_or("");
    let mut count = 0;
    while !rest.is_empty() {
        let (line, after) = one_field(rest);
        rest = after;
        if line.is_empty() {
            break;
        }
        count += 1;
        if count > MAX_HEADERS {
            return Err(Fault::TooManyHeaders);
        }
        if line.len() > MAX_LINE_OCTETS {
            return Err(Fault::LineTooLong);
        }
        let (name, value) = line.split_once(':').ok_or(Fault::HeaderLine)?;
        let name = name.trim_end_matches([' ', '\t']);
        if !is_token(name) {
            return Err(Fault::HeaderLine);
        }
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        let name = Name::listed(name).unwrap_or_else(|| Name::Other(part_of(head, name)));
        let value = if has_breaks(value) { Text::from(unfolded(value)) } else { part_of(head, value) };
        headers.push_line(name, value);
    }
    Ok(())
}

/// The first field with its folded lines, and what follows it.
fn one_field(text: &str) -> (&str, &str) {
    let octets = text.as_bytes();
    let mut from = 0;
    loop {
        let Some(end) = octets.get(from..).and_then(|it| it.iter().position(|octet| *octet == b'\n')) else {
            return (text, "");
        };
        let end = from + end;
        let is_empty_line = matches!(octets.get(..end), Some([] | [b'\r']));
        if !is_empty_line && matches!(octets.get(end + 1), Some(b' ' | b'\t')) {
            from = end + 1;
            continue;
        }
        let line = text.get(..end).unwrap_or("");
        return (line.strip_suffix('\r').unwrap_or(line), text.get(end + 1..).unwrap_or(""));
    }
}

/// A folded value in one line: each break with the spaces around it is one space (RFC 3261, 7.3.1).
fn unfolded(value: &str) -> String {
    let lines = value.split(['\r', '\n', '\0']).map(|line| line.trim_matches([' ', '\t']));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn essentials(start_line: &StartLine, headers: &Headers) -> Result<(), Fault> {
    for (name, word) in
        [(Name::From, "From"), (Name::To, "To"), (Name::CallId, "Call-ID"), (Name::CSeq, "CSeq")]
    {
        if headers.all(&name).count() != 1 {
            return Err(Fault::Essential(word));
        }
    }
    if headers.all(&Name::MaxForwards).count() > 1 {
        return Err(Fault::Essential("Max-Forwards"));
    }
    let first = |name| headers.first(&name).map_or("", Text::as_str);
    let mut vias = headers.values(&Name::Via).map(Via::parse).peekable();
    if vias.peek().is_none() || vias.any(|via| via.is_none()) {
        return Err(Fault::Essential("Via"));
    }
    Address::parse(first(Name::From)).ok_or(Fault::Essential("From"))?;
    Address::parse(first(Name::To)).ok_or(Fault::Essential("To"))?;
    let call_id = first(Name::CallId);
    if call_id.is_empty() || call_id.bytes().any(|octet| octet <= b' ' || octet == 0x7F) {
        return Err(Fault::Essential("Call-ID"));
    }
    let cseq = CSeq::parse(first(Name::CSeq)).ok_or(Fault::Essential("CSeq"))?;
    match start_line {
        StartLine::Request { method, .. } if *method != cseq.method => Err(Fault::Method),
        _ => Ok(()),
    }
}

fn answer(fault: Fault, headers: &Headers) -> Option<Box<Response>> {
    headers.values(&Name::Via).next().and_then(Via::parse)?;
    let status = match fault {
        Fault::Version => Status::VERSION_NOT_SUPPORTED,
        _ => Status::BAD_REQUEST,
    };
    let mut response = super::answer::answer_from(headers, status, Some("malformed"));
    if status == Status::BAD_REQUEST {
        response.reason = Text::from(format!("Bad Request: {fault}"));
    }
    Some(Box::new(response))
}
