//! Calls whose far side says anything: histories of messages, answers and orders that the input spells, after which nothing may be
//! left but what has been told.

#![no_main]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sip::message::{Message, Name, Request, Status, Text};
use sip::user_agent::{
    Config, Event, Input, Invite, Listener, Order, Output, RequestId, SessionId, Target, UserAgent,
};
use sip::{Flow, ListenerId, Transport, transaction};

/// What the far side asks: `~` is our tag, `^` the number of the step.
const ASKED: [&str; 8] = [
    "INVITE sip:1@h SIP/2.0\r\nRequire: 100rel\r\n",
    "INVITE sip:1@h SIP/2.0\r\nSupported: timer\r\n",
    "ACK sip:1@h SIP/2.0\r\n",
    "BYE sip:1@h SIP/2.0\r\n",
    "PRACK sip:1@h SIP/2.0\r\nRAck: 1 1 INVITE\r\n",
    "UPDATE sip:1@h SIP/2.0\r\nSession-Expires: 90\r\n",
    "REFER sip:1@h SIP/2.0\r\nRefer-To: <sip:1@h?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n",
    "CANCEL sip:1@h SIP/2.0\r\n",
];
const STATUSES: [&str; 8] = ["100", "180", "183", "200", "401", "422", "486", "491"];
const STEPS: usize = 200;

struct Play {
    agent: UserAgent,
    now: Instant,
    asked: Vec<Request>,
    tags: Vec<String>,
    sessions: Vec<SessionId>,
    requests: Vec<RequestId>,
    ended: BTreeSet<SessionId>,
    begun: BTreeSet<SessionId>,
    count: u64,
}

fuzz_target!(|input: &[u8]| {
    #[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
    let now = Instant::now();
    let address = SocketAddr::from(([192, 0, 2, 1], 5060));
    let listener = Listener { id: ListenerId(0), transport: Transport::Udp, address, is_symmetric: true };
    let agent = UserAgent::new(Config::new(vec![listener]), transaction::Config::default(), [3; 32]);
    let mut play = Play {
        agent,
        now,
        asked: Vec::new(),
        tags: Vec::new(),
        sessions: Vec::new(),
        requests: Vec::new(),
        ended: BTreeSet::new(),
        begun: BTreeSet::new(),
        count: 0,
    };
    for step in input.chunks(3).take(STEPS) {
        let octet = |at: usize| step.get(at).copied().unwrap_or(0);
        play.step(octet(0), usize::from(octet(1)), usize::from(octet(2)));
    }
    play.end();
});

fn flow() -> Flow {
    Flow::udp(ListenerId(0), SocketAddr::from(([198, 51, 100, 1], 5060)))
}

impl Play {
    fn step(&mut self, kind: u8, one: usize, two: usize) {
        match kind % 4 {
            0 => self.ask(one, two),
            1 => self.answer(one, two),
            2 => self.order(one, two),
            _ => self.pass(Duration::from_millis(one as u64 * one as u64)),
        }
    }

    fn ask(&mut self, one: usize, two: usize) {
        self.count += 1;
        let count = self.count;
        let first = ASKED[one % ASKED.len()];
        let method = first.split(' ').next().unwrap_or("");
        let tag = match self.tags.get(two) {
            Some(tag) => format!(";tag={tag}"),
            None => String::new(),
        };
        // ACK, CANCEL and PRACK mean an INVITE of before.
        let number = if two % 2 == 0 { count } else { count.saturating_sub(1 + (one / 8) as u64) };
        let body = if one & 64 == 0 { "" } else { "v=0\r\n" };
        let text = format!(
            "{first}Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK{number}\r\nFrom: <sip:a@h>;tag=far\r\nTo: <sip:b@h>{tag}\r\n\
             Call-ID: call\r\nCSeq: {number} {method}\r\nContact: <sip:a@198.51.100.1>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let Ok(message) = Message::parse(text.as_bytes()) else { return };
        self.give(Input::Received { flow: flow(), message });
    }

    fn answer(&mut self, one: usize, two: usize) {
        let Some(request) = self.asked.len().checked_sub(1 + one % 16).and_then(|at| self.asked.get(at))
        else {
            return;
        };
        let header = |name: &Name| request.headers.first(name).map_or("", |it| it.as_str()).to_owned();
        let (via, from, to) = (header(&Name::Via), header(&Name::From), header(&Name::To));
        let (call, cseq) = (header(&Name::CallId), header(&Name::CSeq));
        let tag = if to.contains("tag=") { String::new() } else { format!(";tag={}", two / 64) };
        let status = STATUSES[two % STATUSES.len()];
        let text = format!(
            "SIP/2.0 {status} X\r\nVia: {via}\r\nFrom: {from}\r\nTo: {to}{tag}\r\nCall-ID: {call}\r\nCSeq: {cseq}\r\n\
             Contact: <sip:a@198.51.100.1>\r\nRequire: 100rel\r\nRSeq: {}\r\nMin-SE: 200\r\nContent-Length: 0\r\n\r\n",
            two / 8
        );
        let Ok(message) = Message::parse(text.as_bytes()) else { return };
        self.give(Input::Received { flow: flow(), message });
    }

    fn order(&mut self, one: usize, two: usize) {
        let session = self.sessions.get(two % 8).copied().unwrap_or(SessionId(two as u64));
        let sdp = (two & 16 == 0).then(|| Bytes::from_static(b"v=0\r\n"));
        let order = match one % 10 {
            0 => return self.call(two),
            1 => Order::Ring { session, status: Status::RINGING, sdp },
            2 => Order::Answer { session, sdp },
            3 => Order::Refuse { session, status: Status::BUSY_HERE, headers: Vec::new() },
            4 => Order::HangUp { session, reason: None },
            5 => Order::Offer { session, sdp: Bytes::from_static(b"v=0\r\n") },
            6 => Order::AnswerOffer { session, sdp: Bytes::from_static(b"v=0\r\n") },
            7 => Order::RefuseOffer { session, status: Status::NOT_ACCEPTABLE_HERE, headers: Vec::new() },
            8 => Order::Talk { session, event: "talk" },
            _ => return self.give(Input::FlowLost { flow: flow() }),
        };
        self.give(Input::Order(order));
    }

    fn call(&mut self, two: usize) {
        self.count += 1;
        let session = SessionId(1_000 + self.count);
        let target = Target {
            uri: Text::fixed("sip:a@198.51.100.1"),
            flow: flow(),
            route: Vec::new(),
            is_symmetric: true,
            headers: Vec::new(),
        };
        self.begun.insert(session);
        self.sessions.push(session);
        self.give(Input::Order(Order::Invite(Box::new(Invite {
            session,
            targets: vec![target; two % 3],
            from: Text::fixed("<sip:b@h>"),
            to: None,
            headers: Vec::new(),
            sdp: (two & 4 == 0).then(|| Bytes::from_static(b"v=0\r\n")),
            credentials: None,
            ring_limit: Duration::from_secs(60),
        }))));
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.agent.deadline().filter(|it| it.0 <= until) {
            self.now = self.now.max(at);
            self.give(Input::Tick);
        }
        self.now = until;
    }

    fn give(&mut self, input: Input) {
        let mut out = Vec::new();
        self.agent.handle(input, self.now, &mut out);
        for output in out {
            match output {
                Output::Event(event) => self.told(&event),
                Output::Send { octets, .. } => {
                    match Message::parse(&octets).expect("what we write can be read") {
                        Message::Request(request) => self.asked.push(request),
                        Message::Response(response) => {
                            if let Some(tag) = response.to().and_then(|it| it.tag()) {
                                self.tags.push(tag.to_owned());
                            }
                        }
                    }
                }
            }
        }
    }

    fn told(&mut self, event: &Event) {
        match event {
            Event::Offered(offered) => {
                assert!(self.begun.insert(offered.session));
                self.sessions.push(offered.session);
            }
            Event::Ended { session, .. } => assert!(self.ended.insert(*session), "{session:?} ends twice"),
            Event::Request { id, .. } => self.requests.push(*id),
            _ => {}
        }
    }

    fn end(&mut self) {
        for session in self.sessions.clone() {
            self.give(Input::Order(Order::HangUp { session, reason: None }));
        }
        self.pass(Duration::from_secs(400));
        assert_eq!(self.begun, self.ended, "each call ends once");
        assert!(self.agent.is_empty(), "{:#?}", self.agent);
    }
}
