use super::*;

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
