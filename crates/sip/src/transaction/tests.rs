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

#[test]
fn timers_a_and_b_repeat_an_unheard_invite_and_give_up() {
    check(
        UDP,
        &[(0, Ask("INVITE"))],
        "0 > INVITE, 500 > INVITE, 1500 > INVITE, 3500 > INVITE, 7500 > INVITE, 15500 > INVITE, \
         31500 > INVITE, 32000 timed out, 32000 over",
    );
    check(TCP, &[(0, Ask("INVITE"))], "0 > INVITE, 32000 timed out, 32000 over");
}

#[test]
fn a_leg_may_ring_for_three_minutes_since_timer_b_ends_with_the_first_answer() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (600, Answers(180, "INVITE")),
            (90_000, Answers(180, "INVITE")),
            (180_000, Answers(200, "INVITE")),
        ],
        "0 > INVITE, 500 > INVITE, 600 answered 180, 90000 answered 180, 180000 answered 200, 212000 over",
    );
}

#[test]
fn a_refused_invite_is_acknowledged_as_often_as_it_is_refused_until_timer_d() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (100, Answers(486, "INVITE")),
            (600, Answers(486, "INVITE")),
            (700, Answers(180, "INVITE")),
            (32_099, Answers(486, "INVITE")),
            (32_101, Answers(486, "INVITE")),
        ],
        "0 > INVITE, 100 > ACK, 100 answered 486, 600 > ACK, 32099 > ACK, 32100 over",
    );
    check(
        TCP,
        &[(0, Ask("INVITE")), (100, Answers(486, "INVITE")), (600, Answers(486, "INVITE"))],
        "0 > INVITE, 100 > ACK, 100 answered 486, 100 over",
    );
}

#[test]
fn every_success_is_told_until_timer_m_and_strays_afterwards() {
    for transport in [UDP, TCP] {
        check(
            transport,
            &[
                (0, Ask("INVITE")),
                (100, Answers(200, "INVITE")),
                (600, Answers(200, "INVITE")),
                (700, Answers(486, "INVITE")),
                (800, Answers(180, "INVITE")),
                (33_000, Answers(200, "INVITE")),
                (33_100, Answers(486, "INVITE")),
            ],
            "0 > INVITE, 100 answered 200, 600 answered 200, 32100 over, 33000 stray 200",
        );
    }
}

#[test]
fn timers_e_and_f_repeat_an_unheard_request_and_give_up() {
    check(
        UDP,
        &[(0, Ask("BYE"))],
        "0 > BYE, 500 > BYE, 1500 > BYE, 3500 > BYE, 7500 > BYE, 11500 > BYE, 15500 > BYE, 19500 > BYE, \
         23500 > BYE, 27500 > BYE, 31500 > BYE, 32000 timed out, 32000 over",
    );
    check(TCP, &[(0, Ask("BYE"))], "0 > BYE, 32000 timed out, 32000 over");
}

#[test]
fn a_provisional_answer_slows_timer_e_but_does_not_stop_timer_f() {
    check(
        UDP,
        &[(0, Ask("BYE")), (100, Answers(100, "BYE"))],
        "0 > BYE, 100 answered 100, 500 > BYE, 4500 > BYE, 8500 > BYE, 12500 > BYE, 16500 > BYE, \
         20500 > BYE, 24500 > BYE, 28500 > BYE, 32000 timed out, 32000 over",
    );
}

#[test]
fn timer_k_absorbs_repeated_answers() {
    check(
        UDP,
        &[
            (0, Ask("BYE")),
            (100, Answers(200, "BYE")),
            (200, Answers(200, "BYE")),
            (6_000, Answers(200, "BYE")),
        ],
        "0 > BYE, 100 answered 200, 5100 over",
    );
    check(
        TCP,
        &[(0, Ask("BYE")), (100, Answers(200, "BYE")), (200, Answers(200, "BYE"))],
        "0 > BYE, 100 answered 200, 100 over",
    );
}

#[test]
fn a_silent_user_gets_a_100_said_for_it_and_repetitions_get_the_last_answer() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Asks("INVITE")),
            (500, Asks("INVITE")),
            (600, Answer(180)),
            (1500, Asks("INVITE")),
            (2000, Answer(486)),
            (2100, Asks("INVITE")),
            (2200, Asks("ACK")),
            (2300, Asks("ACK")),
            (2400, Asks("INVITE")),
        ],
        "0 asked INVITE, 200 > 100 INVITE, 500 > 100 INVITE, 600 > 180 INVITE, 1500 > 180 INVITE, \
         2000 > 486 INVITE, 2100 > 486 INVITE, 7200 server over",
    );
}

#[test]
fn timers_g_and_h_repeat_a_refusal_that_nobody_acknowledges() {
    check(
        UDP,
        &[(0, Asks("INVITE")), (100, Answer(486))],
        "0 asked INVITE, 100 > 486 INVITE, 600 > 486 INVITE, 1600 > 486 INVITE, 3600 > 486 INVITE, \
         7600 > 486 INVITE, 11600 > 486 INVITE, 15600 > 486 INVITE, 19600 > 486 INVITE, 23600 > 486 INVITE, \
         27600 > 486 INVITE, 31600 > 486 INVITE, 32100 ack missing, 32100 server over",
    );
    check(
        TCP,
        &[(0, Asks("INVITE")), (100, Answer(486))],
        "0 asked INVITE, 100 > 486 INVITE, 32100 ack missing, 32100 server over",
    );
    check(
        TCP,
        &[(0, Asks("INVITE")), (100, Answer(486)), (200, Asks("ACK"))],
        "0 asked INVITE, 100 > 486 INVITE, 200 server over",
    );
}

#[test]
fn a_success_is_repeated_over_every_transport_until_it_is_acknowledged() {
    for transport in [UDP, TCP] {
        check(
            transport,
            &[(0, Asks("INVITE")), (100, Answer(200)), (700, Acknowledged), (800, Asks("INVITE"))],
            "0 asked INVITE, 100 > 200 INVITE, 600 > 200 INVITE, 32100 server over",
        );
        check(
            transport,
            &[(0, Asks("INVITE")), (100, Answer(200))],
            "0 asked INVITE, 100 > 200 INVITE, 600 > 200 INVITE, 1600 > 200 INVITE, 3600 > 200 INVITE, \
             7600 > 200 INVITE, 11600 > 200 INVITE, 15600 > 200 INVITE, 19600 > 200 INVITE, \
             23600 > 200 INVITE, 27600 > 200 INVITE, 31600 > 200 INVITE, 32100 ack missing, \
             32100 server over",
        );
    }
}

#[test]
fn an_ack_to_a_success_is_told_even_with_the_branch_of_its_invite() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Answer(200)),
            (150, Asks("ACK")),
            (151, Acknowledged),
            (200, Asks("ACK")),
        ],
        "0 asked INVITE, 100 > 200 INVITE, 150 ack, 200 ack, 32100 server over",
    );
    check(UDP, &[(0, Asks("ACK"))], "0 ack");
}

#[test]
fn an_ack_that_overtakes_the_answer_changes_nothing() {
    check(
        UDP,
        &[(0, Asks("INVITE")), (50, Asks("ACK")), (100, Answer(486)), (200, Asks("ACK"))],
        "0 asked INVITE, 100 > 486 INVITE, 5200 server over",
    );
}

#[test]
fn timer_j_repeats_the_answer_to_repeated_requests() {
    check(
        UDP,
        &[(0, Asks("BYE")), (10, Asks("BYE")), (100, Answer(200)), (500, Asks("BYE")), (32_099, Asks("BYE"))],
        "0 asked BYE, 100 > 200 INVITE, 500 > 200 INVITE, 32099 > 200 INVITE, 32100 server over",
    );
    check(TCP, &[(0, Asks("BYE")), (100, Answer(200))], "0 asked BYE, 100 > 200 INVITE, 100 server over");
}

#[test]
fn a_cancel_in_time_is_answered_and_told_once() {
    check(
        UDP,
        &[
            (0, Asks("INVITE")),
            (100, Answer(180)),
            (1000, Asks("CANCEL")),
            (1001, Answer(487)),
            (1010, Asks("CANCEL")),
            (1100, Asks("ACK")),
        ],
        "0 asked INVITE, 100 > 180 INVITE, 1000 > 200 CANCEL, 1000 cancelled, 1001 > 487 INVITE, \
         1010 > 200 CANCEL, 6100 server over, 33000 server over",
    );
}

#[test]
fn a_cancel_that_meets_the_answer_is_confirmed_and_changes_nothing() {
    for code in [200, 486] {
        let mut bench = Bench::new(TCP);
        for (ms, what) in [(0, Asks("INVITE")), (100, Answer(code)), (110, Asks("CANCEL"))] {
            bench.run_until(ms);
            bench.act(what);
        }
        bench.run_until(LATER);
        assert!(!bench.history.contains("cancelled"), "{}", bench.history);
        assert!(bench.history.contains("110 > 200 CANCEL\n"), "{}", bench.history);
        assert!(bench.history.ends_with("32100 ack missing\n32100 server over\n"), "{}", bench.history);
        bench.assert_empty();
    }
}

#[test]
fn a_cancel_of_nothing_is_answered_481() {
    check(UDP, &[(0, Asks("CANCEL"))], "0 > 481 CANCEL, 32000 server over");
}

#[test]
fn our_cancel_waits_for_the_first_answer_and_leaves_once() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (10, Cancel),
            (20, Cancel),
            (600, Answers(180, "INVITE")),
            (700, Answers(180, "INVITE")),
            (800, Answers(200, "CANCEL")),
            (900, Answers(487, "INVITE")),
        ],
        "0 > INVITE, 500 > INVITE, 600 > CANCEL, 600 answered 180, 700 answered 180, 900 > ACK, \
         900 answered 487, 32900 over",
    );
}

#[test]
fn our_cancel_that_meets_a_success_leaves_the_success_to_the_user() {
    check(
        UDP,
        &[
            (0, Ask("INVITE")),
            (100, Answers(180, "INVITE")),
            (200, Cancel),
            (210, Answers(200, "INVITE")),
            (220, Answers(481, "CANCEL")),
        ],
        "0 > INVITE, 100 answered 180, 200 > CANCEL, 210 answered 200, 32210 over",
    );
}

#[test]
fn a_cancelled_invite_that_nobody_ends_counts_as_ended() {
    check(
        TCP,
        &[(0, Ask("INVITE")), (100, Answers(180, "INVITE")), (200, Cancel), (300, Answers(200, "CANCEL"))],
        "0 > INVITE, 100 answered 180, 200 > CANCEL, 32200 timed out, 32200 over",
    );
    // Nobody answers the CANCEL either: its repetitions end with it.
    let mut bench = Bench::new(UDP);
    for (ms, what) in [(0, Ask("INVITE")), (100, Answers(180, "INVITE")), (200, Cancel)] {
        bench.run_until(ms);
        bench.act(what);
    }
    bench.run_until(LATER);
    assert_eq!(bench.history.matches("timed out").count(), 1, "{}", bench.history);
    bench.assert_empty();
}

#[test]
fn a_cancel_after_the_end_or_of_another_request_is_nothing() {
    check(
        UDP,
        &[(0, Ask("INVITE")), (10, Answers(200, "INVITE")), (20, Cancel)],
        "0 > INVITE, 10 answered 200, 32010 over",
    );
    check(
        TCP,
        &[(0, Ask("BYE")), (1, Cancel), (10, Answers(200, "BYE")), (20, Cancel)],
        "0 > BYE, 10 answered 200, 10 over",
    );
}

#[test]
fn late_and_strange_answers_are_absorbed() {
    check(UDP, &[(0, Answers(180, "INVITE")), (1, Answers(486, "INVITE")), (2, Answers(200, "BYE"))], "");
    check(UDP, &[(0, Answers(200, "INVITE"))], "0 stray 200");
    // An answer to another method of the same branch.
    check(
        TCP,
        &[(0, Ask("BYE")), (1, Answers(200, "INFO")), (2, Answers(200, "BYE"))],
        "0 > BYE, 2 answered 200, 2 over",
    );
}

#[test]
fn a_lost_connection_ends_what_it_carried() {
    check(TCP, &[(0, Ask("INVITE")), (1, Lost), (2, Lost)], "0 > INVITE, 1 failed, 1 over");
    check(
        TCP,
        &[(0, Asks("INVITE")), (1, Lost), (2, Answer(200))],
        "0 asked INVITE, 1 server failed, 1 server over",
    );
    check(
        TCP,
        &[(0, Ask("INVITE")), (1, Answers(200, "INVITE")), (2, Lost)],
        "0 > INVITE, 1 answered 200, 2 over",
    );
}

#[test]
fn a_connection_that_is_lost_while_it_opens_fails_what_opened_it() {
    let mut bench = Bench::new(TCP);
    let flow = Flow { connection: None, ..bench.flow() };
    bench.step(Input::Request { client: CLIENT, flow, request: Box::new(request("OPTIONS", "ours")) });
    bench.act(Lost);
    assert_eq!(bench.history, "0 > OPTIONS\n0 failed\n0 over\n");
    bench.assert_empty();
}

#[test]
fn the_ack_to_a_refusal_has_the_tag_of_the_answer_and_the_routes_of_the_invite() {
    let mut machine = Transactions::new(Config::default());
    let (now, mut out) = (start(), Vec::new());
    let flow = Bench::new(UDP).flow();
    machine.handle(
        Input::Request { client: CLIENT, flow, request: Box::new(request("INVITE", "ours")) },
        now,
        &mut out,
    );
    let response = request("INVITE", "ours").respond(Status::BUSY_HERE, Some("far"));
    out.clear();
    machine.handle(Input::Received { flow, message: Message::Response(response) }, now, &mut out);
    let Some(Output::Send { bytes, .. }) = out.first() else { panic!("{out:?}") };
    let Message::Request(ack) = Message::parse(bytes).unwrap() else { panic!("no request") };
    assert_eq!((ack.method.as_str(), ack.uri.as_str()), ("ACK", "sip:bob@example.com"));
    assert_eq!(ack.to().unwrap().tag(), Some("far"));
    assert_eq!(ack.via().unwrap().branch(), Some("z9hG4bKours"));
    assert_eq!(ack.headers.first(&Name::Route).unwrap(), "<sip:proxy.example.com;lr>");
    assert_eq!(ack.cseq().unwrap().to_string(), "5 ACK");
}

#[test]
fn the_cancel_has_the_reason_and_no_tag_of_an_answer() {
    let mut bench = Bench::new(UDP);
    bench.act(Ask("INVITE"));
    bench.act(Answers(180, "INVITE"));
    let (mut out, reason) = (Vec::new(), Some(Text::fixed("SIP;cause=200")));
    bench.machine.handle(Input::Cancel { client: CLIENT, reason }, bench.now, &mut out);
    let Some(Output::Send { bytes, .. }) = out.first() else { panic!("{out:?}") };
    let Message::Request(cancel) = Message::parse(bytes).unwrap() else { panic!("no request") };
    assert_eq!(cancel.to().unwrap().tag(), None);
    assert_eq!(cancel.headers.first(&Name::Reason).unwrap(), "SIP;cause=200");
    assert_eq!(cancel.headers.first(&Name::Route).unwrap(), "<sip:proxy.example.com;lr>");
}

#[test]
fn the_answer_to_a_cancel_has_the_tag_of_the_invites_answers() {
    let mut bench = Bench::new(UDP);
    bench.act(Asks("INVITE"));
    bench.act(Answer(180));
    let message = Message::Request(request("CANCEL", "theirs"));
    let (mut out, flow) = (Vec::new(), bench.flow());
    bench.machine.handle(Input::Received { flow, message }, bench.now, &mut out);
    let Some(Output::Send { bytes, .. }) = out.first() else { panic!("{out:?}") };
    let Message::Response(answer) = Message::parse(bytes).unwrap() else { panic!("no answer") };
    assert_eq!(answer.to().unwrap().tag(), Some("near"));
}

#[test]
fn requests_of_the_old_standard_are_told_apart_by_their_call() {
    let old = |method: &str, number: u32, to: &str| {
        let text = format!(
            "{method} sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@example.com>;tag=1\r\n\
             To: {to}\r\nCall-ID: x\r\nCSeq: {number} {method}\r\n\r\n"
        );
        Message::parse(text.as_bytes()).unwrap()
    };
    let mut bench = Bench::new(UDP);
    let flow = bench.flow();
    bench.step(Input::Received { flow, message: old("INVITE", 1, "<sip:bob@example.com>") });
    bench.step(Input::Received { flow, message: old("INVITE", 1, "<sip:bob@example.com>") });
    bench.act(Answer(486));
    bench.step(Input::Received { flow, message: old("ACK", 1, "<sip:bob@example.com>;tag=near") });
    bench.step(Input::Received { flow, message: old("INVITE", 2, "<sip:bob@example.com>") });
    assert_eq!(bench.history, "0 asked INVITE\n0 > 486 INVITE\n0 asked INVITE\n");
}

#[test]
fn requests_beyond_the_limit_of_a_source_are_refused_and_trusted_sources_have_their_own() {
    let config = Config { most_per_source: 2, most_per_trusted_source: 3, ..Config::default() };
    for (is_trusted, most) in [(false, 2), (true, 3)] {
        let mut machine = Transactions::new(config.clone());
        let flow = Bench::new(UDP).flow();
        if is_trusted {
            machine.trust([flow.peer.ip()].into());
        }
        let mut out = Vec::new();
        for count in 0..5 {
            let message = Message::Request(request("OPTIONS", &format!("b{count}")));
            machine.handle(Input::Received { flow, message }, start(), &mut out);
        }
        assert_eq!(machine.len(), most);
        assert_eq!(out.iter().filter(|it| matches!(it, Output::Refused(_))).count(), 5 - most);
        assert_eq!(out.iter().filter(|it| said(it) == "> 503 OPTIONS").count(), 5 - most);
    }
}

#[test]
fn our_own_requests_have_a_limit_too_and_need_a_branch_of_their_own() {
    let mut machine = Transactions::new(Config { most: 1, ..Config::default() });
    let (flow, mut out) = (Bench::new(UDP).flow(), Vec::new());
    for (client, branch) in [(1, "a"), (1, "b"), (2, "a"), (3, "c")] {
        let request = Box::new(request("OPTIONS", branch));
        machine.handle(Input::Request { client: ClientId(client), flow, request }, start(), &mut out);
    }
    let said: Vec<String> = out.iter().map(said).collect();
    assert_eq!(said, ["> OPTIONS", "failed", "over", "failed", "over", "failed", "over"]);
}

#[test]
fn an_answer_finds_back_through_a_nat_and_to_the_named_port_without_one() {
    let cases = [
        // Via, where the request came from, where the answer goes, what Via says then.
        (
            "10.0.0.5:5060;rport;branch=z9hG4bK1",
            "192.0.2.9:40000",
            "192.0.2.9:40000",
            "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;received=192.0.2.9;rport=40000",
        ),
        (
            "10.0.0.5;branch=z9hG4bK1",
            "192.0.2.9:40000",
            "192.0.2.9:40000",
            "SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1;received=192.0.2.9",
        ),
        (
            "192.0.2.9:5070;branch=z9hG4bK1",
            "192.0.2.9:40000",
            "192.0.2.9:5070",
            "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1",
        ),
        (
            "192.0.2.9;branch=z9hG4bK1",
            "192.0.2.9:40000",
            "192.0.2.9:5060",
            "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        ),
        (
            "phone.example;received=1.1.1.1;branch=z9hG4bK1",
            "192.0.2.9:5060",
            "192.0.2.9:5060",
            "SIP/2.0/UDP phone.example;branch=z9hG4bK1;received=192.0.2.9",
        ),
    ];
    for (via, from, to, said) in cases {
        let mut asked = request("OPTIONS", "x");
        asked.headers.set(Name::Via, format!("SIP/2.0/UDP {via}"));
        let flow = Flow::udp(ListenerId(1), from.parse().unwrap());
        let (mut machine, mut out) = (Transactions::new(Config::default()), Vec::new());
        machine.handle(Input::Received { flow, message: Message::Request(asked) }, start(), &mut out);
        let Some(Output::Request { server, request, .. }) = out.first() else { panic!("{out:?}") };
        assert_eq!(machine.flow_of(*server).unwrap().peer, to.parse().unwrap(), "{via}");
        assert_eq!(request.headers.first(&Name::Via).unwrap(), said);
    }
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
