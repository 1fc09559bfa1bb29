use core::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::flow::{ListenerId, Transport};
use crate::message::Message;

const SAM: &str = "sip:sam@example.com";

#[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
fn start() -> Instant {
    Instant::now()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn peer() -> SocketAddr {
    "192.0.2.7:40000".parse().unwrap()
}

fn udp() -> Flow {
    Flow::udp(ListenerId(1), peer())
}

fn tcp(connection: u64) -> Flow {
    let connection = Some(ConnectionId(connection));
    Flow { transport: Transport::Tcp, local: ListenerId(2), peer: peer(), connection }
}

/// A REGISTER of call `c` with these lines.
fn request(call: &str, cseq: u32, lines: &str) -> Request {
    let text = format!(
        "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nFrom: <{SAM}>;tag=1\r\n\
         To: <{SAM}>\r\nCall-ID: {call}\r\nCSeq: {cseq} REGISTER\r\n{lines}\r\n"
    );
    match Message::parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!(),
    }
}

struct Bench {
    registrar: Registrar,
    start: Instant,
    at_s: u64,
    changes: Vec<Change>,
}

impl Bench {
    fn new() -> Self {
        let config = Config { most_contacts: 3, most_addresses: 2, ..Config::default() };
        Self { registrar: Registrar::new(config), start: start(), at_s: 0, changes: Vec::new() }
    }

    fn now(&self) -> Instant {
        self.start + seconds(self.at_s)
    }

    fn register(&mut self, call: &str, cseq: u32, lines: &str) -> Response {
        self.register_over(udp(), SAM, call, cseq, lines)
    }

    fn register_over(&mut self, flow: Flow, address: &str, call: &str, cseq: u32, lines: &str) -> Response {
        let (request, now) = (request(call, cseq, lines), self.now());
        self.registrar.register(address, &request, flow, "t", now, &mut self.changes)
    }

    /// The status and the contacts of the answer.
    #[track_caller]
    fn check(&mut self, call: &str, cseq: u32, lines: &str, status: u16, contacts: &[&str]) {
        let response = self.register(call, cseq, lines);
        assert_eq!(response.status.code(), status, "{lines}");
        let given: Vec<&str> = response.headers.all(&Name::Contact).map(|it| it.as_str()).collect();
        assert_eq!(given, contacts, "{lines}");
    }

    fn news(&mut self) -> Vec<(Why, usize, usize)> {
        self.changes.drain(..).map(|it| (it.why, it.before, it.now)).collect()
    }

    fn assert_consistent(&self) {
        let it = &self.registrar;
        let bindings: Vec<_> =
            it.bindings.iter().flat_map(|(aor, all)| all.iter().map(move |b| (aor, b))).collect();
        assert_eq!(it.ends.len(), bindings.len());
        for (address, binding) in &bindings {
            assert!(it.ends.contains(&(binding.ends, binding.serial, (*address).clone())));
        }
        for (connection, addresses) in &it.connections {
            for address in addresses {
                assert!(it.bindings(address).iter().any(|b| b.flow.connection == Some(*connection)));
            }
        }
        assert!(it.bindings.values().all(|all| !all.is_empty() && all.len() <= it.config.most_contacts));
        assert!(it.bindings.len() <= it.config.most_addresses);
    }
}

#[test]
fn a_phone_registers_refreshes_asks_and_leaves() {
    let mut bench = Bench::new();
    bench.check(
        "c",
        1,
        "Contact: <sip:sam@10.0.0.1:5062>;expires=120\r\n",
        200,
        &["<sip:sam@10.0.0.1:5062>;expires=120"],
    );
    bench.at_s = 100;
    bench.check("c", 2, "", 200, &["<sip:sam@10.0.0.1:5062>;expires=20"]);
    bench.check(
        "c",
        3,
        "Contact: sip:sam@10.0.0.1:5062\r\nExpires: 300\r\n",
        200,
        &["<sip:sam@10.0.0.1:5062>;expires=300"],
    );
    bench.check("c", 4, "Contact: <sip:sam@10.0.0.1:5062>\r\nExpires: 0\r\n", 200, &[]);
    assert_eq!(bench.news(), [(Why::Registered, 0, 1), (Why::Registered, 1, 1), (Why::Unregistered, 1, 0)]);
    bench.assert_consistent();
    assert!(bench.registrar.is_empty() && bench.registrar.deadline().is_none());
}

#[test]
fn the_contact_is_given_back_as_it_came_and_reached_the_way_it_came() {
    let mut bench = Bench::new();
    let contact = r#""Sam" <sip:sam@10.0.0.1;transport=udp;ob>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1"#;
    let given =
        r#"<sip:sam@10.0.0.1;transport=udp;ob>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1;expires=600"#;
    bench.check(
        "c",
        1,
        &format!("Contact: {contact}\r\nSupported: path, outbound\r\nPath: <sip:p;lr>\r\n"),
        200,
        &[given],
    );
    let [binding] = bench.registrar.bindings(SAM) else { panic!("one binding") };
    assert_eq!(binding.contact.as_str(), "sip:sam@10.0.0.1;transport=udp;ob");
    assert_eq!((binding.flow, binding.q_permille), (udp(), 500));
    assert_eq!(binding.path, ["<sip:p;lr>"]);
    // The same instance from another address is the same phone.
    bench.check(
        "d",
        1,
        &format!("Contact: {}\r\n", contact.replace("10.0.0.1", "10.0.0.2")),
        200,
        &[&given.replace("10.0.0.1", "10.0.0.2")],
    );
}

#[test]
fn several_phones_stand_by_preference_and_end_each_in_its_time() {
    let mut bench = Bench::new();
    bench.register(
        "a",
        1,
        "Contact: <sip:a@10.0.0.1>;q=0.2;expires=100, <sip:b@10.0.0.1>;q=0.9;expires=200\r\n",
    );
    bench.register("b", 1, "Contact: <sip:c@10.0.0.1>;expires=300\r\n");
    let users = |bench: &Bench| -> Vec<String> {
        bench.registrar.bindings(SAM).iter().map(|it| it.contact.user().unwrap().to_owned()).collect()
    };
    assert_eq!(users(&bench), ["c", "b", "a"]);
    for (at_s, left) in [(99, 3), (100, 2), (200, 1), (299, 1), (300, 0)] {
        bench.at_s = at_s;
        let now = bench.now();
        bench.registrar.tick(now, &mut bench.changes);
        assert_eq!(users(&bench).len(), left, "{at_s}");
        bench.assert_consistent();
    }
    assert_eq!(bench.news().last(), Some(&(Why::Expired, 1, 0)));
}

#[test]
fn a_star_takes_all_away_only_alone_and_with_zero() {
    let mut bench = Bench::new();
    bench.register("a", 5, "Contact: <sip:a@10.0.0.1>, <sip:b@10.0.0.1>\r\n");
    for lines in
        ["Contact: *\r\n", "Contact: *\r\nExpires: 60\r\n", "Contact: *, <sip:a@10.0.0.1>\r\nExpires: 0\r\n"]
    {
        assert_eq!(bench.register("a", 6, lines).status, Status::BAD_REQUEST, "{lines}");
    }
    assert_eq!(bench.register("a", 5, "Contact: *\r\nExpires: 0\r\n").status, Status::SERVER_ERROR);
    assert_eq!(bench.registrar.bindings(SAM).len(), 2);
    bench.check("z", 1, "Contact: *\r\nExpires: 0\r\n", 200, &[]);
    bench.assert_consistent();
}

#[test]
fn times_are_lengthened_by_nobody_shortened_to_the_limit_and_refused_if_too_short() {
    let mut bench = Bench::new();
    let refused = bench.register("a", 1, "Contact: <sip:a@10.0.0.1>;expires=59\r\n");
    assert_eq!((refused.status, refused.number(&Name::MinExpires)), (Status::INTERVAL_TOO_BRIEF, Some(60)));
    assert!(bench.registrar.is_empty() && bench.changes.is_empty());
    bench.check(
        "a",
        2,
        "Contact: <sip:a@10.0.0.1>;expires=99999999999\r\n",
        200,
        &["<sip:a@10.0.0.1>;expires=3600"],
    );
    bench.check("a", 3, "Contact: <sip:a@10.0.0.1>;expires=soon\r\n", 200, &["<sip:a@10.0.0.1>;expires=600"]);
}

#[test]
fn a_late_request_changes_nothing() {
    let mut bench = Bench::new();
    bench.register("a", 7, "Contact: <sip:a@10.0.0.1>;expires=100\r\n");
    for cseq in [6, 7] {
        let lines = "Contact: <sip:n@10.0.0.1>, <sip:a@10.0.0.1>;expires=0\r\n";
        assert_eq!(bench.register("a", cseq, lines).status, Status::SERVER_ERROR);
    }
    assert_eq!(bench.registrar.bindings(SAM).len(), 1);
    // Another call has its own count: the phone has started anew.
    assert_eq!(bench.register("b", 1, "Contact: <sip:a@10.0.0.1>\r\n").status, Status::OK);
}

#[test]
fn what_is_no_sip_contact_is_refused_as_a_whole() {
    let mut bench = Bench::new();
    for contact in ["<mailto:a@b>", "<sip:>", "<sip:a@10.0.0.1>, \"x", "<sip:a@10.0.0.1>;q=1, tel:1"] {
        let status = bench.register("a", 1, &format!("Contact: {contact}\r\n")).status;
        assert_eq!(status, Status::BAD_REQUEST, "{contact}");
    }
    let long = format!("Contact: <sip:{}@10.0.0.1>\r\n", "a".repeat(MOST_CONTACT_OCTETS));
    assert_eq!(bench.register("a", 1, &long).status, Status::BAD_REQUEST);
    assert!(bench.registrar.is_empty());
}

#[test]
fn limits_hold_and_a_new_phone_displaces_the_oldest() {
    let mut bench = Bench::new();
    for user in ["a", "b", "c", "d"] {
        assert_eq!(
            bench.register(user, 1, &format!("Contact: <sip:{user}@10.0.0.1>\r\n")).status,
            Status::OK
        );
    }
    let users: Vec<_> = bench.registrar.bindings(SAM).iter().map(|it| it.contact.user().unwrap()).collect();
    assert_eq!(users, ["d", "c", "b"]);
    assert!(bench.news().contains(&(Why::Displaced, 3, 2)));
    let many = "Contact: <sip:e@h>, <sip:f@h>, <sip:g@h>, <sip:h@h>\r\n";
    assert_eq!(bench.register("e", 1, many).status, Status::FORBIDDEN);
    let lines = "Contact: <sip:a@10.0.0.1>\r\n";
    assert_eq!(bench.register_over(udp(), "sip:kim@example.com", "k", 1, lines).status, Status::OK);
    let refused = bench.register_over(udp(), "sip:lee@example.com", "l", 1, lines);
    assert_eq!((refused.status, refused.number(&Name::RetryAfter)), (Status::SERVICE_UNAVAILABLE, Some(30)));
    bench.assert_consistent();
}

#[test]
fn a_lost_connection_takes_phones_behind_a_nat_with_it_and_others_are_called_anew() {
    let mut bench = Bench::new();
    bench.register_over(tcp(1), SAM, "a", 1, "Contact: <sip:a@10.0.0.1>\r\n");
    bench.register_over(tcp(1), SAM, "b", 1, "Contact: <sip:b@192.0.2.7:5070;transport=tcp>\r\n");
    bench.register_over(tcp(2), SAM, "c", 1, "Contact: <sip:c@10.0.0.1>\r\n");
    bench.registrar.lost(ConnectionId(1), &mut bench.changes);
    bench.assert_consistent();
    let found: Vec<_> =
        bench.registrar.bindings(SAM).iter().map(|it| (it.contact.user().unwrap(), it.flow)).collect();
    let direct = Flow { connection: None, peer: "192.0.2.7:5070".parse().unwrap(), ..tcp(1) };
    assert_eq!(found, [("c", tcp(2)), ("b", direct)]);
    assert_eq!(bench.news().last(), Some(&(Why::ConnectionLost, 3, 2)));
}

#[test]
fn bindings_survive_on_paper_but_connections_do_not() {
    let mut bench = Bench::new();
    bench.register_over(
        udp(),
        SAM,
        "a",
        7,
        "Contact: <sip:a@10.0.0.1>;expires=100;q=0.7\r\nUser-Agent: P\r\n",
    );
    bench.register_over(udp(), SAM, "b", 1, "Contact: <sip:b@10.0.0.1>;expires=60\r\n");
    bench.register_over(tcp(1), SAM, "c", 1, "Contact: <sip:c@10.0.0.1>\r\n");
    let records = bench.registrar.all_records(bench.now() + seconds(10));
    let paper = serde_json::to_string(&records).unwrap();
    let records: Vec<Record> = serde_json::from_str(&paper).unwrap();
    let mut after = Bench::new();
    after.at_s = 5;
    let now = after.now();
    after.registrar.restore(records, seconds(50), now);
    after.assert_consistent();
    after.check("x", 1, "", 200, &["<sip:a@10.0.0.1>;q=0.7;expires=40"]);
    assert_eq!(after.registrar.bindings(SAM)[0].flow, udp());
    // The count goes on.
    assert_eq!(after.register("a", 7, "Contact: <sip:a@10.0.0.1>\r\n").status, Status::SERVER_ERROR);
    assert_eq!(after.register("a", 8, "Contact: <sip:a@10.0.0.1>\r\n").status, Status::OK);
}

proptest! {
    #[test]
    fn whatever_is_registered_the_tables_agree_and_empty_themselves(
        acts in prop::collection::vec((0_u8..5, 0_u8..4, 0_u32..5, 0_u64..200, 0_u64..3), 0..60),
    ) {
        let mut bench = Bench::new();
        for (count, (act, user, time, pause, connection)) in (1_u32..).zip(acts) {
            bench.at_s += pause;
            let now = bench.now();
            bench.registrar.tick(now, &mut bench.changes);
            let address = format!("sip:{}@example.com", pause % 4);
            let flow = if connection == 0 { udp() } else { tcp(connection) };
            match act {
                0 => bench.registrar.lost(ConnectionId(connection), &mut bench.changes),
                1 => drop(bench.register_over(flow, &address, "z", count, "Contact: *\r\nExpires: 0\r\n")),
                2 => bench.registrar.forget(&address, &mut bench.changes),
                _ => {
                    let host = if act == 3 { "10.0.0.1" } else { "192.0.2.7" };
                    let lines = format!("Contact: <sip:{user}@{host}>;expires={}\r\n", time * 60);
                    bench.register_over(flow, &address, "y", count, &lines);
                }
            }
            bench.assert_consistent();
        }
        let end = bench.now() + seconds(3600);
        bench.registrar.tick(end, &mut bench.changes);
        prop_assert!(bench.registrar.is_empty() && bench.registrar.connections.is_empty());
    }
}
