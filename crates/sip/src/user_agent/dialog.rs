//! A dialog: what requests between two sides have in common (RFC 3261, section 12).

use crate::Flow;
use crate::message::{Address, CSeq, Method, Name, Request, Response, Text, Uri};

use super::record::{DialogRecord, KEPT_CSEQ_GAP};

/// The most proxies in a route set; further ones make the request malformed for us.
const MOST_ROUTES: usize = 16;

/// One side's view of a dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub call_id: Text,
    /// The header values with their tags: From and To of our requests.
    pub local: Text,
    pub remote: Text,
    pub remote_tag: Text,
    pub local_seq: u32,
    pub remote_seq: Option<u32>,
    /// Where the far side is reached directly.
    pub target: Uri,
    /// Values of Route, in order.
    pub routes: Vec<Text>,
    pub flow: Flow,
    pub is_symmetric: bool,
}

impl Dialog {
    /// The called side's, by the INVITE and our tag (section 12.1.1). None without a usable Contact.
    pub fn of_request(request: &Request, tag: &str, flow: Flow, is_symmetric: bool) -> Option<Self> {
        let remote_tag = Text::from(request.from()?.tag().unwrap_or(""));
        Some(Self {
            call_id: Text::from(request.call_id()),
            local: Text::from(format!("{};tag={tag}", request.headers.first(&Name::To)?)),
            remote: request.headers.first(&Name::From)?.detached(),
            remote_tag,
            local_seq: 0,
            remote_seq: request.cseq().map(|it| it.number),
            target: target(request.contact())?,
            routes: request.headers.values(&Name::RecordRoute).take(MOST_ROUTES).map(Text::from).collect(),
            flow,
            is_symmetric,
        })
    }

    /// The caller's, by its INVITE and a response with a tag (section 12.1.2).
    pub fn of_response(
        request: &Request,
        response: &Response,
        flow: Flow,
        is_symmetric: bool,
    ) -> Option<Self> {
        let remote_tag = Text::from(response.to()?.tag().unwrap_or(""));
        let mut routes: Vec<Text> =
            response.headers.values(&Name::RecordRoute).take(MOST_ROUTES).map(Text::from).collect();
        routes.reverse();
        Some(Self {
            call_id: Text::from(request.call_id()),
            local: request.headers.first(&Name::From)?.clone(),
            remote: response.headers.first(&Name::To)?.detached(),
            remote_tag,
            local_seq: request.cseq()?.number,
            remote_seq: None,
            // A provisional answer may come without; then the request's own URI has to do until a better one comes.
            target: target(response.contact()).unwrap_or_else(|| request.uri.clone()),
            routes,
            flow,
            is_symmetric,
        })
    }

    /// That of an earlier process.
    pub fn of_record(record: &DialogRecord) -> Option<Self> {
        Some(Self {
            call_id: Text::from(&record.call_id),
            local: Text::from(&record.local),
            remote: Text::from(&record.remote),
            remote_tag: Text::from(Address::parse(&record.remote)?.tag().unwrap_or("")),
            local_seq: record.local_seq.saturating_add(KEPT_CSEQ_GAP),
            remote_seq: None,
            target: Uri::parse(record.target.as_str())?,
            routes: record.routes.iter().map(Text::from).collect(),
            flow: record.flow(),
            is_symmetric: record.is_symmetric,
        })
    }

    /// For a new process.
    pub fn record(&self) -> DialogRecord {
        DialogRecord {
            call_id: self.call_id.to_string(),
            local: self.local.to_string(),
            remote: self.remote.to_string(),
            local_seq: self.local_seq,
            target: self.target.as_str().to_owned(),
            routes: self.routes.iter().map(Text::to_string).collect(),
            transport: self.flow.transport,
            listener: self.flow.local.0,
            peer: self.flow.peer,
            is_symmetric: self.is_symmetric,
        }
    }

    /// A request within the dialog with the next number; ACK and CANCEL have that of their INVITE (section 12.2.1.1).
    pub fn request(&mut self, method: Method) -> Request {
        self.local_seq = self.local_seq.saturating_add(1);
        self.request_numbered(method, self.local_seq)
    }

    pub fn request_numbered(&self, method: Method, number: u32) -> Request {
        let is_strict = self.routes.first().is_some_and(|route| !is_loose(route));
        let mut routes: Vec<Text> = self.routes.clone();
        let mut uri = self.target.clone();
        if is_strict {
            // The first proxy wants to be the Request-URI, and the target the last route.
            let first = routes.remove(0);
            if let Some(strict) = Address::parse(&first).and_then(|it| Uri::parse(it.uri)) {
                routes.push(Text::from(format!("<{}>", self.target.as_str())));
                uri = strict.without_headers();
            }
        }
        let cseq = CSeq { number, method: method.clone() };
        let mut request = Request::new(method, uri);
        for route in routes {
            request.headers.push(Name::Route, route);
        }
        request.headers.push(Name::From, self.local.clone());
        request.headers.push(Name::To, self.remote.clone());
        request.headers.push(Name::CallId, self.call_id.clone());
        request.headers.push(Name::CSeq, cseq.to_string());
        request
    }

    /// Takes the number of a request of the far side. False if it comes too late (section 12.2.2).
    pub fn advances(&mut self, request: &Request) -> bool {
        let Some(cseq) = request.cseq() else { return false };
        if self.remote_seq.is_some_and(|last| cseq.number <= last) {
            return false;
        }
        self.remote_seq = Some(cseq.number);
        true
    }

    /// Takes a new address of the far side from a request or answer that refreshes the target.
    pub fn refresh_target(&mut self, contact: Option<Address<'_>>) {
        if let Some(fresh) = target(contact) {
            self.target = fresh;
        }
    }
}

fn target(contact: Option<Address<'_>>) -> Option<Uri> {
    Uri::parse(Text::from(contact?.uri)).filter(Uri::is_sip).map(|it| it.without_headers())
}

fn is_loose(route: &Text) -> bool {
    let uri = Address::parse(route).and_then(|it| Uri::parse(Text::from(it.uri)));
    uri.is_none_or(|it| it.params().has("lr"))
}
