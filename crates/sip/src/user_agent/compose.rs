//! Requests and answers as we write them, and the way they take.

use core::net::SocketAddr;

use bytes::Bytes;

use crate::message::{Address, Method, Name, Request, Response, Status, Text, Uri};
use crate::{Flow, Transport};

use super::UserAgent;
use super::dialog::Dialog;
use super::io::{ALLOW, Peer};

pub const SDP: &str = "application/sdp";
/// The extensions we speak, for `Supported` and `Require`.
pub const EXTENSIONS: [&str; 4] = ["timer", "replaces", "100rel", "norefersub"];
const SUPPORTED: &str = "timer, replaces, norefersub, 100rel";
/// Without an offer, a reliable provisional answer could bring one, and PRACK would have to answer.
const SUPPORTED_WITHOUT_OFFER: &str = "timer, replaces, norefersub";
const MAX_FORWARDS: &str = "70";

impl UserAgent {
    /// Adds the Via of a new transaction, and what every request has.
    pub(super) fn complete(&mut self, request: &mut Request, flow: &Flow) {
        let branch = self.branches.branch();
        let via = format!("SIP/2.0/{} {};branch={branch};rport", flow.transport.as_str(), self.sent_by(flow));
        request.headers.push_front(Name::Via, via);
        if !request.headers.contains(&Name::MaxForwards) {
            request.headers.push(Name::MaxForwards, Text::fixed(MAX_FORWARDS));
        }
    }

    /// Puts a new branch in the place of the old one: for a request that is sent once more, changed.
    pub(super) fn renew_branch(&mut self, request: &mut Request, flow: &Flow) {
        request.headers.remove(&Name::Via);
        self.complete(request, flow);
    }

    fn sent_by(&self, flow: &Flow) -> SocketAddr {
        let listener = self.config.listeners.iter().find(|it| it.id == flow.local);
        listener.map_or_else(|| SocketAddr::from(([127, 0, 0, 1], 5060)), |it| it.address)
    }

    pub(super) fn is_symmetric(&self, flow: &Flow) -> bool {
        self.config.listeners.iter().find(|it| it.id == flow.local).is_none_or(|it| it.is_symmetric)
    }

    /// The value of our Contact for this flow.
    pub(super) fn contact(&self, flow: &Flow) -> Text {
        let (user, address) = (&self.config.user, self.sent_by(flow));
        match flow.transport {
            Transport::Udp => Text::from(format!("<sip:{user}@{address}>")),
            other => Text::from(format!("<sip:{user}@{address};transport={}>", other.in_uri())),
        }
    }

    /// What requests and answers that make or refresh a dialog say of us.
    pub(super) fn introduce(&self, headers: &mut crate::message::Headers, flow: &Flow, has_offer: bool) {
        headers.push(Name::Contact, self.contact(flow));
        headers.push(Name::Allow, Text::fixed(ALLOW));
        let supported = if has_offer { SUPPORTED } else { SUPPORTED_WITHOUT_OFFER };
        headers.push(Name::Supported, Text::fixed(supported));
    }

    /// Where a request within a dialog goes (RFC 3261, section 8.1.2, as far as addresses say it).
    pub(super) fn way(&self, dialog: &Dialog) -> Flow {
        if dialog.is_symmetric {
            return dialog.flow;
        }
        let route = dialog.routes.first().and_then(|it| Address::parse(it)).map(|it| Text::from(it.uri));
        let routed = route.and_then(Uri::parse);
        let uri = routed.as_ref().unwrap_or(&dialog.target);
        let Some(address) = uri.ip() else { return dialog.flow };
        let named = uri.params().value("transport").and_then(Transport::named);
        let transport = named.unwrap_or(if uri.is_sips() { Transport::Tls } else { Transport::Udp });
        let peer = SocketAddr::new(address, uri.port().unwrap_or(transport.default_port()));
        if transport == dialog.flow.transport && peer == dialog.flow.peer {
            return dialog.flow;
        }
        let fits =
            |it: &&super::Listener| it.transport == transport && it.address.is_ipv4() == address.is_ipv4();
        let same = self.config.listeners.iter().find(|it| it.id == dialog.flow.local).filter(fits);
        let listener = same.or_else(|| self.config.listeners.iter().find(fits));
        listener.map_or(dialog.flow, |it| Flow { transport, local: it.id, peer, connection: None })
    }
}

/// A final answer with nothing but its status.
pub fn plain(answer: &Response, status: Status) -> Response {
    let mut response = answer.clone();
    response.status = status;
    response.reason = Text::fixed(status.reason());
    if status.code() >= 300 {
        response.headers.remove(&Name::RecordRoute);
    }
    response
}

/// The SDP of a message, if it has one.
pub fn sdp_of_request(request: &Request) -> Option<Bytes> {
    request.is_body_of(SDP).then(|| request.body.clone())
}

pub fn sdp_of_response(response: &Response) -> Option<Bytes> {
    response.is_body_of(SDP).then(|| response.body.clone())
}

impl Peer {
    /// Learns from the headers of a request or an answer.
    pub(super) fn learn(&mut self, headers: &crate::message::Headers) {
        if headers.contains(&Name::Allow) {
            self.updates = headers.lists(&Name::Allow, Method::Update.as_str());
            self.refers = headers.lists(&Name::Allow, Method::Refer.as_str());
        }
        if headers.contains(&Name::AllowEvents) {
            self.talks = headers.lists(&Name::AllowEvents, "talk");
        }
    }
}
