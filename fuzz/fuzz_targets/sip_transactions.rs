//! Messages, orders and pauses in any order: nothing stays in a table once all clocks have run down.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use sip::message::{Message, Method, Request, Status};
use sip::transaction::{ClientId, Config, Input, Output, ServerId, Transactions};
use sip::{ConnectionId, Flow, ListenerId, Transport};

const METHODS: [&str; 5] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"];
const CODES: [u16; 6] = [100, 180, 200, 302, 487, 603];

fuzz_target!(|input: &[u8]| {
    #[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
    let mut now = Instant::now();
    let mut machine = Transactions::new(Config { most: 64, most_per_source: 16, ..Config::default() });
    let (mut out, mut clients) = (Vec::new(), 0);
    for act in input.chunks_exact(2).take(500) {
        let (kind, what) = (act[0], usize::from(act[1]));
        let method = METHODS[what % METHODS.len()];
        let flow = flow(what / 64);
        let input = match kind % 8 {
            0 => Input::Received { flow, message: Message::Request(request(method, what / 8)) },
            1 => Input::Received { flow, message: answer(method, what) },
            2 => {
                clients += 1;
                let request = Box::new(request(method, what / 8));
                Input::Request { client: ClientId(clients), flow, request }
            }
            3 => Input::Cancel { client: ClientId(clients), reason: None },
            4 => {
                let response =
                    request(method, 0).respond(Status::of(CODES[what % 6]).expect("a status"), Some("t"));
                Input::Respond { server: ServerId(what as u64 / 6), response: Box::new(response) }
            }
            5 => Input::Acknowledged(ServerId(what as u64)),
            6 => Input::Lost(flow),
            _ => {
                now += Duration::from_millis(what as u64 * 100);
                Input::Tick
            }
        };
        machine.handle(input, now, &mut out);
    }
    // INVITEs that ring are given up by their users.
    for client in 0..=clients {
        machine.handle(Input::Cancel { client: ClientId(client), reason: None }, now, &mut out);
    }
    for server in 0..=input.len() as u64 {
        let response = Box::new(request("INVITE", 0).respond(Status::BUSY_HERE, Some("t")));
        machine.handle(Input::Respond { server: ServerId(server), response }, now, &mut out);
    }
    while let Some((at, _)) = machine.deadline() {
        machine.handle(Input::Tick, at, &mut out);
    }
    assert_eq!(machine.len(), 0);
    let over = out.iter().filter(|it| matches!(it, Output::Over(_))).count();
    assert_eq!(over as u64, clients, "each request of ours ends once");
});

fn flow(which: usize) -> Flow {
    let peer = "192.0.2.1:5060".parse().expect("an address");
    let connection = Some(ConnectionId(which as u64));
    match which % 2 {
        0 => Flow::udp(ListenerId(0), peer),
        _ => Flow { transport: Transport::Tcp, local: ListenerId(1), peer, connection },
    }
}

fn request(method: &str, branch: usize) -> Request {
    let uri = sip::message::Uri::parse("sip:b@example.com").expect("a URI");
    let mut request = Request::new(Method::of(method), uri);
    let lines = [
        ("Via", format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}")),
        ("From", "<sip:a@example.com>;tag=1".to_owned()),
        ("To", "<sip:b@example.com>".to_owned()),
        ("Call-ID", "x".to_owned()),
        ("CSeq", format!("1 {method}")),
    ];
    for (name, value) in lines {
        request.headers.push(sip::message::Name::of(name), value);
    }
    request
}

fn answer(method: &str, what: usize) -> Message {
    let status = Status::of(CODES[what % CODES.len()]).expect("a status");
    Message::Response(request(method, what / 8).respond(status, Some("far")))
}
