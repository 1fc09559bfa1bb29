mod clients;
mod servers;
mod wire;

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::message::Status;

const UDP: Transport = Transport::Udp;
const TCP: Transport = Transport::Tcp;
const CLIENT: ClientId = ClientId(7);
/// After all timers of a transaction that has no unanswered INVITE.
const LATER: u64 = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
fn start() -> Instant {
    Instant::now()
}

/// What happens, at which millisecond.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Do {
    /// The far side sends this request, in the transaction that all of them share.
    Asks(&'static str),
    /// The far side answers our request of this method.
    Answers(u16, &'static str),
    /// We ask.
    Ask(&'static str),
    /// We give up.
    Cancel,
    /// We answer the first request that came.
    Answer(u16),
    /// The ACK to our 2xx was seen.
    Acknowledged,
    /// The connection goes.
    Lost,
}

use Do::{Acknowledged, Answer, Answers, Ask, Asks, Cancel, Lost};

struct Bench {
    machine: Transactions,
    start: Instant,
    now: Instant,
    transport: Transport,
    history: String,
    server: Option<ServerId>,
}

impl Bench {
    fn new(transport: Transport) -> Self {
        let (machine, start) = (Transactions::new(Config::default()), start());
        Self { machine, start, now: start, transport, history: String::new(), server: None }
    }

    fn flow(&self) -> Flow {
        let connection = self.transport.is_reliable().then_some(ConnectionId(3));
        let peer = "192.0.2.1:5060".parse().unwrap();
        Flow { transport: self.transport, local: ListenerId(1), peer, connection }
    }

    /// Moves the clock from deadline to deadline.
    fn run_until(&mut self, ms: u64) {
        let end = self.start + Duration::from_millis(ms);
        while let Some((at, _)) = self.machine.deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.step(Input::Tick);
        }
        self.now = self.now.max(end);
    }

    fn act(&mut self, what: Do) {
        let flow = self.flow();
        let input = match what {
            Asks(method) => Input::Received { flow, message: Message::Request(request(method, "theirs")) },
            Answers(code, method) => {
                let tag = Some("far");
                let response = request(method, "ours").respond(Status::of(code).unwrap(), tag);
                Input::Received { flow, message: Message::Response(response) }
            }
            Ask(method) => {
                let request = Box::new(request(method, "ours"));
                Input::Request { client: CLIENT, flow, request }
            }
            Cancel => Input::Cancel { client: CLIENT, reason: Some(Text::fixed("SIP;cause=200")) },
            Answer(code) => {
                let Some(server) = self.server else { return };
                let response = request("INVITE", "theirs").respond(Status::of(code).unwrap(), Some("near"));
                Input::Respond { server, response: Box::new(response) }
            }
            Acknowledged => {
                let Some(server) = self.server else { return };
                Input::Acknowledged(server)
            }
            Lost => Input::Lost(flow),
        };
        self.step(input);
    }

    fn step(&mut self, input: Input) {
        let mut out = Vec::new();
        self.machine.handle(input, self.now, &mut out);
        for output in out {
            if let Output::Request { server, .. } = &output {
                self.server.get_or_insert(*server);
            }
            let ms = self.now.duration_since(self.start).as_millis();
            writeln!(self.history, "{ms} {}", said(&output)).unwrap();
        }
    }

    fn assert_empty(&self) {
        let it = &self.machine;
        assert!(it.is_empty() && it.server_keys.is_empty() && it.client_keys.is_empty(), "{}", self.history);
        assert!(it.ways.is_empty() && it.sources.is_empty() && it.deadlines.is_empty(), "{}", self.history);
        assert_eq!(it.deadline(), None);
    }
}

fn request(method: &str, branch: &str) -> Request {
    let octets = format!(
        "{method} sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nRoute: <sip:proxy.example.com;lr>\r\nFrom: <sip:a@example.com>;tag=1\r\n\
         To: <sip:bob@example.com>\r\nCall-ID: x\r\nCSeq: 5 {method}\r\n\r\n"
    );
    match Message::parse(octets.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!(),
    }
}

fn said(output: &Output) -> String {
    match output {
        Output::Send { bytes, .. } => match Message::parse(bytes).unwrap() {
            Message::Request(request) => format!("> {}", request.method),
            Message::Response(it) => format!("> {} {}", it.status, it.cseq().unwrap().method),
        },
        Output::Request { request, .. } => format!("asked {}", request.method),
        Output::Ack { .. } => "ack".to_owned(),
        Output::Cancelled { .. } => "cancelled".to_owned(),
        Output::Response { response, .. } => format!("answered {}", response.status),
        Output::StraySuccess { response, .. } => format!("stray {}", response.status),
        Output::TimedOut(_) => "timed out".to_owned(),
        Output::Failed(_) => "failed".to_owned(),
        Output::AckMissing(_) => "ack missing".to_owned(),
        Output::ServerFailed(_) => "server failed".to_owned(),
        Output::Over(_) => "over".to_owned(),
        Output::ServerOver(_) => "server over".to_owned(),
        Output::Refused(_) => "refused".to_owned(),
    }
}

/// Plays a script and compares all that came of it: `ms what`, one a line. Nothing may be left behind.
#[track_caller]
fn check(transport: Transport, script: &[(u64, Do)], expected: &str) {
    let mut bench = Bench::new(transport);
    for (ms, what) in script {
        bench.run_until(*ms);
        bench.act(*what);
    }
    bench.run_until(LATER);
    let expected: Vec<&str> = expected.split(',').map(str::trim).filter(|line| !line.is_empty()).collect();
    let history: Vec<&str> = bench.history.lines().collect();
    assert_eq!(history, expected, "{script:?}");
    bench.assert_empty();
}

fn any_act() -> impl Strategy<Value = Do> {
    let method = || prop_oneof![Just("INVITE"), Just("ACK"), Just("CANCEL"), Just("BYE")];
    let code = || prop_oneof![Just(100), Just(180), Just(200), Just(302), Just(486), Just(487)];
    prop_oneof![
        3 => method().prop_map(Asks),
        3 => (code(), method()).prop_map(|(code, method)| Answers(code, method)),
        2 => method().prop_map(Ask),
        1 => Just(Cancel),
        2 => code().prop_map(Answer),
        1 => Just(Acknowledged),
        1 => Just(Lost),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_nothing_is_left_and_each_transaction_ends_once(
        is_udp in any::<bool>(),
        acts in prop::collection::vec((0_u64..9_000, any_act()), 0..40),
    ) {
        let mut bench = Bench::new(if is_udp { UDP } else { TCP });
        let (mut ms, mut asked) = (0, 0);
        for (pause, what) in acts {
            ms += pause;
            bench.run_until(ms);
            bench.act(what);
            asked += u64::from(matches!(what, Ask(_)));
        }
        // Whoever lets a leg ring ends it sometime.
        bench.run_until(ms + 100_000);
        bench.act(Cancel);
        let servers = 0..=bench.machine.last_server;
        for server in servers.map(ServerId) {
            let response = Box::new(request("INVITE", "theirs").respond(Status::OK, Some("near")));
            bench.step(Input::Respond { server, response });
        }
        bench.run_until(LATER);
        bench.assert_empty();
        let count = |what: &str| bench.history.lines().filter(|it| it.ends_with(what)).count() as u64;
        prop_assert_eq!(count(" over") - count("server over"), asked);
        prop_assert_eq!(count("server over"), bench.machine.last_server);
    }
}
