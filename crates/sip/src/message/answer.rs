//! Answers to requests: what a response has from its request (RFC 3261, 8.2.6; RFC 3581).

use core::net::SocketAddr;

use bytes::Bytes;

use super::params::split_outside_quotes;
use super::{Headers, Method, Name, Request, Response, Status, Text};

impl Request {
    /// The response with this status: Via, From, To, Call-ID and CSeq as they came. `tag` is ours for the dialog or
    /// the answer; it is put into To unless there is one already, and never into a 100.
    #[must_use]
    pub fn respond(&self, status: Status, tag: Option<&str>) -> Response {
        let mut response = answer_from(&self.headers, status, tag);
        let makes_dialog = matches!(self.method, Method::Invite | Method::Subscribe | Method::Refer);
        if makes_dialog && status != Status::TRYING && status.code() < 300 {
            for value in self.headers.all(&Name::RecordRoute) {
                response.headers.push(Name::RecordRoute, value.clone());
            }
        }
        response
    }

    /// Notes in the top Via where the request really came from, so that the answer finds back: `received` where
    /// the sender names another host, and `rport` where it asks for it (RFC 3261, 18.2.1; RFC 3581, 4).
    pub fn note_source(&mut self, peer: SocketAddr) {
        let Some(field) = self.headers.first(&Name::Via).cloned() else { return };
        let Some(via) = self.via() else { return };
        let wants_port = via.params.has("rport");
        let is_named = super::ip_of(via.host) == Some(peer.ip());
        if is_named && !wants_port {
            return;
        }
        let mut text = format!("SIP/2.0/{} {}", via.transport, via.host);
        if let Some(port) = via.port {
            text.push_str(&format!(":{port}"));
        }
        for part in split_outside_quotes(via.params.as_str(), Some(';')).map(str::trim) {
            let name = part.split('=').next().unwrap_or("").trim();
            let is_ours = name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("rport");
            if !part.is_empty() && !is_ours {
                text.push(';');
                text.push_str(part);
            }
        }
        text.push_str(&format!(";received={}", peer.ip()));
        if wants_port {
            text.push_str(&format!(";rport={}", peer.port()));
        }
        let mut values = split_outside_quotes(&field, Some(','));
        values.next();
        for further in values {
            text.push_str(", ");
            text.push_str(further.trim());
        }
        self.headers.replace_first(&Name::Via, Text::from(text));
    }

    /// Where the answer goes to over UDP, for a request from `peer`: back to where it came from, if the sender asks
    /// for that or sits behind a NAT; else to the port that it names (RFC 3261, 18.2.2; RFC 3581, 4).
    #[must_use]
    pub fn answer_address(&self, peer: SocketAddr) -> SocketAddr {
        let Some(via) = self.via() else { return peer };
        let is_behind_nat = super::ip_of(via.host) != Some(peer.ip());
        if via.params.has("rport") || is_behind_nat {
            return peer;
        }
        SocketAddr::new(peer.ip(), via.port.unwrap_or(5060))
    }
}

pub(super) fn answer_from(request: &Headers, status: Status, tag: Option<&str>) -> Response {
    let mut headers = Headers::with_capacity(8);
    for (name, value) in request.iter() {
        match name {
            Name::To => headers.push(Name::To, tagged(value, tag.filter(|_| status != Status::TRYING))),
            Name::Via | Name::From | Name::CallId | Name::CSeq => {
                headers.push_line(name.clone(), value.clone());
            }
            Name::Timestamp if status == Status::TRYING => headers.push(Name::Timestamp, value.clone()),
            _ => {}
        }
    }
    Response { status, reason: Text::fixed(status.reason()), headers, body: Bytes::new() }
}

/// The value of To, with a tag.
fn tagged(value: &Text, tag: Option<&str>) -> Text {
    let has_tag = super::Address::parse(value).is_some_and(|address| address.tag().is_some());
    match tag.filter(|_| !has_tag) {
        Some(tag) => Text::from(format!("{value};tag={tag}")),
        None => value.clone(),
    }
}
