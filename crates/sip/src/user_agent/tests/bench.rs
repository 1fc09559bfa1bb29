//! One user agent, and phones that say what a test lets them say.

use core::net::SocketAddr;
use std::time::{Duration, Instant};

use super::super::*;
use crate::message::{Message, Name, Request, Response};
use crate::{ConnectionId, Flow, ListenerId, Transport};

/// The user agent's address.
pub const US: &str = "192.0.2.1:5060";

pub struct Bench {
    pub agent: UserAgent,
    pub now: Instant,
    /// What was sent since it was last looked at, with the flow.
    pub sent: Vec<(Flow, Message)>,
    pub events: Vec<Event>,
    branch: u64,
}

pub fn config() -> Config {
    let address: SocketAddr = US.parse().expect("an address");
    let listener =
        |id: u16, transport| Listener { id: ListenerId(id), transport, address, is_symmetric: true };
    Config::new(vec![listener(0, Transport::Udp), listener(1, Transport::Tcp)])
}

/// The flow of a phone with this last number in its address.
pub fn phone(number: u8) -> Flow {
    Flow::udp(ListenerId(0), SocketAddr::from(([198, 51, 100, number], 5060)))
}

/// The same over TCP.
pub fn connected(number: u8, connection: u64) -> Flow {
    Flow {
        transport: Transport::Tcp,
        local: ListenerId(1),
        connection: Some(ConnectionId(connection)),
        ..phone(number)
    }
}

impl Bench {
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: Config) -> Self {
        Self {
            agent: UserAgent::new(config, transaction::Config::default(), [7; 32]),
            now: super::beginning(),
            sent: Vec::new(),
            events: Vec::new(),
            branch: 0,
        }
    }

    pub fn give(&mut self, input: Input) {
        let mut out = Vec::new();
        self.agent.handle(input, self.now, &mut out);
        for output in out {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Send { flow, octets } => {
                    self.sent.push((flow, Message::parse(&octets).expect("what we write can be read")));
                }
            }
        }
    }

    pub fn order(&mut self, order: Order) {
        self.give(Input::Order(order));
    }

    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.agent.deadline().filter(|it| it.0 <= until) {
            self.now = self.now.max(at);
            self.give(Input::Tick);
        }
        self.now = until;
    }

    pub fn receive(&mut self, flow: Flow, text: &str) {
        let text = text.replace('\n', "\r\n");
        let message = Message::parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault:?}: {text}"));
        self.give(Input::Received { flow, message });
    }

    /// A phone asks something outside of any dialog: its headers after the usual ones, and a body.
    pub fn ask(&mut self, flow: Flow, first: &str, headers: &str, body: &str) {
        let text = self.words(flow, first, "To: <sip:200@example.org>\n", headers, body);
        self.receive(flow, &text);
    }

    fn words(&mut self, flow: Flow, first: &str, to: &str, headers: &str, body: &str) -> String {
        self.branch += 1;
        let (branch, peer) = (self.branch, flow.peer);
        let method = first.split(' ').next().unwrap_or("");
        let has = |name: &str| headers.contains(&format!("{name}:"));
        let cseq = if has("CSeq") { String::new() } else { format!("CSeq: {branch} {method}\n") };
        let call_id = if has("Call-ID") { "" } else { "Call-ID: phone-call\n" };
        let contact = if has("Contact") { String::new() } else { format!("Contact: <sip:phone@{peer}>\n") };
        let content =
            if body.is_empty() || has("Content-Type") { "" } else { "Content-Type: application/sdp\n" };
        let transport = flow.transport.as_str();
        let length = body.len();
        format!(
            "{first} SIP/2.0\nVia: SIP/2.0/{transport} {peer};branch=z9hG4bKphone{branch};rport\n\
             From: <sip:phone@example.org>;tag=phone\n{to}{call_id}{cseq}Max-Forwards: 70\n{contact}{content}{headers}\
             Content-Length: {length}\n\n{body}"
        )
    }

    /// A phone asks something in the dialog that a message of ours belongs to.
    pub fn ask_within(&mut self, flow: Flow, method: &str, dialog: &Dialogs, headers: &str, body: &str) {
        let Dialogs { call_id, ours, theirs } = dialog;
        let from = format!("From: <sip:phone@example.org>;tag={theirs}\n");
        let headers = format!("Call-ID: {call_id}\n{headers}");
        let to = format!("To: <sip:us@example.org>;tag={ours}\n");
        let text = self.words(flow, &format!("{method} sip:souffleur@{US}"), &to, &headers, body);
        let text = text.replacen("From: <sip:phone@example.org>;tag=phone\n", &from, 1);
        self.receive(flow, &text);
    }

    /// A phone answers a request of ours.
    pub fn reply(
        &mut self,
        flow: Flow,
        request: &Request,
        status: &str,
        tag: &str,
        headers: &str,
        body: &str,
    ) {
        let header = |name: &Name| request.headers.first(name).map_or("", |it| it.as_str()).to_owned();
        let mut text = format!("SIP/2.0 {status}\n");
        for name in [Name::Via, Name::From, Name::CallId, Name::CSeq] {
            text.push_str(&format!("{name}: {}\n", header(&name)));
        }
        let to = header(&Name::To);
        let tag = if tag.is_empty() || to.contains("tag=") { String::new() } else { format!(";tag={tag}") };
        let contact = if headers.contains("Contact:") {
            String::new()
        } else {
            format!("Contact: <sip:phone@{}>\n", flow.peer)
        };
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
        text.push_str(&format!(
            "To: {to}{tag}\n{contact}{content}{headers}Content-Length: {}\n\n{body}",
            body.len()
        ));
        self.receive(flow, &text);
    }

    /// All requests with this method that were sent since this was last asked; everything else is forgotten.
    pub fn requests(&mut self, method: &str) -> Vec<Request> {
        let sent = core::mem::take(&mut self.sent).into_iter().filter_map(|it| match it.1 {
            Message::Request(request) if request.method.as_str() == method => Some(request),
            _ => None,
        });
        sent.collect()
    }

    pub fn request(&mut self, method: &str) -> Request {
        let requests = self.requests(method);
        assert_eq!(requests.len(), 1, "one {method}: {requests:#?}");
        requests.into_iter().next().expect("one")
    }

    /// What was sent since this was last asked, in short.
    pub fn said(&mut self) -> Vec<String> {
        let sent = core::mem::take(&mut self.sent).into_iter().map(|it| match it.1 {
            Message::Request(request) => request.method.to_string(),
            Message::Response(response) => response.status.code().to_string(),
        });
        sent.collect()
    }

    /// The last answer that was sent.
    pub fn response(&mut self) -> Response {
        let sent = core::mem::take(&mut self.sent).into_iter().filter_map(|it| match it.1 {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        });
        sent.last().expect("an answer")
    }

    pub fn event(&mut self) -> Event {
        assert_eq!(self.events.len(), 1, "{:#?}", self.events);
        self.events.remove(0)
    }

    pub fn causes(&self) -> Vec<Cause> {
        let causes = self.events.iter().filter_map(|it| match it {
            Event::Ended { cause, .. } => Some(cause.clone()),
            _ => None,
        });
        causes.collect()
    }

    /// Calls phones, and gives the INVITEs.
    pub fn call(&mut self, phones: &[Flow], change: impl FnOnce(&mut Invite)) -> Vec<Request> {
        let mut invite = super::pair::invite(SessionId(1), 0);
        let target = |flow: &Flow| Target {
            uri: Text::from(format!("sip:phone@{}", flow.peer)),
            flow: *flow,
            ..super::pair::target(0)
        };
        invite.targets = phones.iter().map(target).collect();
        change(&mut invite);
        self.order(Order::Invite(Box::new(invite)));
        self.requests("INVITE")
    }

    /// A phone calls us, and we answer and are confirmed: the session and its dialog.
    pub fn taken(&mut self, flow: Flow, headers: &str) -> (SessionId, Dialogs) {
        self.ask(flow, "INVITE sip:200@example.org", headers, "offer");
        let Some(Event::Offered(offered)) = self.events.pop() else { panic!("no call: {:?}", self.sent) };
        let session = offered.session;
        self.order(Order::Answer { session, sdp: Some(super::pair::sdp("answer")) });
        let dialog = Dialogs::of_answer(&self.response());
        let number = offered.request.cseq().expect("a number").number;
        self.ask_within(flow, "ACK", &dialog, &format!("CSeq: {number} ACK\n"), "");
        self.events.clear();
        self.sent.clear();
        (session, dialog)
    }
}

/// A dialog as a phone knows it.
#[derive(Debug, Clone)]
pub struct Dialogs {
    pub call_id: String,
    pub ours: String,
    pub theirs: String,
}

impl Dialogs {
    /// By our answer to a phone's request.
    pub fn of_answer(response: &Response) -> Self {
        let tag =
            |it: Option<crate::message::Address<'_>>| it.and_then(|it| it.tag()).unwrap_or("").to_owned();
        Self {
            call_id: response.call_id().to_owned(),
            ours: tag(response.to()),
            theirs: tag(response.from()),
        }
    }
}
