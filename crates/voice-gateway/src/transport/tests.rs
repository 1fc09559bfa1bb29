//! Over real sockets; where time passes, over a pipe and on the virtual clock.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{CertificateParams, KeyPair};
use sip::{Flow, ListenerId, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::connections::Connections;
use super::figures::Figures;
use super::stream::{Line, carry};
use super::{Config, Limits, Listener, Received, Transports, encryption};
use crate::clock;
use crate::tasks::Task;

/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn request(call: &str, body: &str) -> String {
    format!(
        "OPTIONS sip:all@example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP client.example.com;branch=z9hG4bK{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:all@example.com>\r\n\
         Call-ID: {call}\r\nCSeq: 1 OPTIONS\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn config(transports: &[Transport], limits: Limits) -> Config {
    let listener = |transport: &Transport| Listener { transport: *transport, address: LOOPBACK };
    Config { listeners: transports.iter().map(listener).collect(), limits, ..Config::default() }
}

async fn open(transport: Transport, limits: Limits) -> (Transports, SocketAddr) {
    let transports = Transports::open(&config(&[transport], limits)).await.expect("sockets");
    let address = transports.addresses()[0].address;
    (transports, address)
}

async fn message(transports: &mut Transports) -> (Flow, String) {
    match timeout(PATIENCE, transports.receive()).await.expect("something comes") {
        Received::Message { flow, message: sip::message::Message::Request(request) } => {
            (flow, request.call_id().to_owned())
        }
        other => panic!("no request: {other:?}"),
    }
}

async fn loss(transports: &mut Transports) -> Flow {
    match timeout(PATIENCE, transports.receive()).await.expect("something comes") {
        Received::Lost(flow) => flow,
        other @ Received::Message { .. } => panic!("not lost: {other:?}"),
    }
}

#[tokio::test]
async fn a_datagram_comes_with_its_way_back() {
    let (mut transports, address) = open(Transport::Udp, Limits::default()).await;
    let phone = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    // Keep-alives and noise are no messages.
    for datagram in ["\r\n\r\n", "\0", "not SIP", &request("one", "")] {
        phone.send_to(datagram.as_bytes(), address).await.expect("sent");
    }
    let (flow, call) = message(&mut transports).await;
    assert_eq!(call, "one");
    assert_eq!(flow, Flow::udp(ListenerId(0), phone.local_addr().expect("an address")));
    let answer = Bytes::from(vec![b'x'; 60_000]);
    transports.send(&flow, answer.clone());
    let mut buffer = vec![0; 65_535];
    let (length, from) =
        timeout(PATIENCE, phone.recv_from(&mut buffer)).await.expect("in time").expect("heard");
    assert_eq!((from, buffer[..length].to_vec()), (address, answer.to_vec()));
}

#[tokio::test]
async fn listening_survives_phones_that_are_gone() {
    let (mut transports, address) = open(Transport::Udp, Limits::default()).await;
    let gone = {
        let gone = UdpSocket::bind(LOOPBACK).await.expect("a socket");
        gone.local_addr().expect("an address")
    };
    let phone = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    for round in 0..50 {
        transports.send(&Flow::udp(ListenerId(0), gone), Bytes::from_static(b"is anybody there"));
        let call = format!("round{round}");
        phone.send_to(request(&call, "").as_bytes(), address).await.expect("sent");
        let (flow, heard) = message(&mut transports).await;
        assert_eq!(heard, call);
        transports.send(&flow, Bytes::from_static(b"yes"));
        let mut buffer = [0; 16];
        let length = timeout(PATIENCE, phone.recv(&mut buffer)).await.expect("in time").expect("heard");
        assert_eq!(&buffer[..length], b"yes");
    }
}

#[tokio::test]
async fn a_stream_is_cut_into_messages_and_answered_on_its_connection() {
    let (mut transports, address) = open(Transport::Tcp, Limits::default()).await;
    let mut phone = TcpStream::connect(address).await.expect("connected");
    let both = format!("{}{}", request("one", "body"), request("two", ""));
    let (first, second) = both.split_at(both.len() - 30);
    phone.write_all(first.as_bytes()).await.expect("written");
    let (flow, call) = message(&mut transports).await;
    assert_eq!(call, "one");
    phone.write_all(second.as_bytes()).await.expect("written");
    let (same, call) = message(&mut transports).await;
    assert_eq!((same, call.as_str()), (flow, "two"));
    assert_eq!(flow.peer, phone.local_addr().expect("an address"));
    transports.send(&flow, Bytes::from_static(b"answer"));
    let mut answer = [0; 6];
    phone.read_exact(&mut answer).await.expect("read");
    assert_eq!(&answer, b"answer");
    // A question for a sign of life is answered here.
    phone.write_all(b"\r\n\r\n").await.expect("written");
    let mut pong = [0; 2];
    timeout(PATIENCE, phone.read_exact(&mut pong)).await.expect("in time").expect("read");
    assert_eq!(&pong, b"\r\n");
    drop(phone);
    assert_eq!(loss(&mut transports).await, flow);
}

#[tokio::test]
async fn whoever_never_reads_hurts_nobody_else() {
    let (mut transports, address) = open(Transport::Tcp, Limits::default()).await;
    let mut deaf = TcpStream::connect(address).await.expect("connected");
    let mut phone = TcpStream::connect(address).await.expect("connected");
    deaf.write_all(request("deaf", "").as_bytes()).await.expect("written");
    let (to_deaf, _) = message(&mut transports).await;
    phone.write_all(request("phone", "").as_bytes()).await.expect("written");
    let (to_phone, _) = message(&mut transports).await;
    let long = Bytes::from(vec![b'x'; 60_000]);
    // The system's own buffers come before ours.
    for round in 0..1_000 {
        transports.send(&to_deaf, long.clone());
        let call = format!("round{round}");
        phone.write_all(request(&call, "").as_bytes()).await.expect("written");
        match timeout(PATIENCE, transports.receive()).await.expect("something comes") {
            Received::Lost(flow) => {
                assert_eq!(flow, to_deaf);
                // The other one is still served.
                assert_eq!(message(&mut transports).await, (to_phone, call));
                return;
            }
            Received::Message { flow, .. } => assert_eq!(flow, to_phone),
        }
        transports.send(&to_phone, Bytes::from_static(b"answer"));
        let mut answer = [0; 6];
        timeout(PATIENCE, phone.read_exact(&mut answer)).await.expect("in time").expect("read");
    }
    panic!("what is never read was taken for ever");
}

#[tokio::test]
async fn one_source_has_so_many_connections_and_no_more() {
    let limits = Limits { connections_per_source: 2, ..Limits::default() };
    let (mut transports, address) = open(Transport::Tcp, limits).await;
    let mut phones = Vec::new();
    for call in ["one", "two"] {
        let mut phone = TcpStream::connect(address).await.expect("connected");
        phone.write_all(request(call, "").as_bytes()).await.expect("written");
        assert_eq!(message(&mut transports).await.1, call);
        phones.push(phone);
    }
    let mut third = TcpStream::connect(address).await.expect("connected");
    assert_eq!(timeout(PATIENCE, third.read(&mut [0; 1])).await.expect("in time").unwrap_or(0), 0);
    // The place of one that goes is free again.
    phones.pop();
    loss(&mut transports).await;
    let mut fourth = TcpStream::connect(address).await.expect("connected");
    fourth.write_all(request("four", "").as_bytes()).await.expect("written");
    assert_eq!(message(&mut transports).await.1, "four");
}

#[tokio::test]
async fn a_connection_is_made_once_and_its_failure_is_told() {
    let (mut far, address) = open(Transport::Tcp, Limits::default()).await;
    let (mut near, _) = open(Transport::Tcp, Limits::default()).await;
    let flow = near.connect(Transport::Tcp, ListenerId(0), address, None).expect("room");
    assert_eq!(near.connect(Transport::Tcp, ListenerId(0), address, None), Some(flow));
    // Sent before the connection stands.
    near.send(&flow, Bytes::from(request("out", "")));
    let (back, call) = message(&mut far).await;
    assert_eq!(call, "out");
    far.send(&back, Bytes::from(request("in", "")));
    assert_eq!(message(&mut near).await, (flow, "in".to_owned()));
    drop(far);
    assert_eq!(loss(&mut near).await, flow);
    let again = near.connect(Transport::Tcp, ListenerId(0), address, None).expect("room");
    assert_ne!(again, flow);
    assert_eq!(loss(&mut near).await, again);
    near.send(&again, Bytes::from_static(b"too late"));
    assert_eq!(loss(&mut near).await, again);
}

#[tokio::test]
async fn tls_is_spoken_in_both_directions() {
    let folder = std::env::temp_dir().join(format!("voice-gateway-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["phones.example".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let files = super::Certificate { certificate: folder.join("it.pem"), key: folder.join("it.key") };
    std::fs::write(&files.certificate, certificate.pem()).expect("written");
    std::fs::write(&files.key, key.serialize_pem()).expect("written");
    let listening =
        Config { certificate: Some(files.clone()), ..config(&[Transport::Tls], Limits::default()) };
    let mut far = Transports::open(&listening).await.expect("sockets");
    let address = far.addresses()[0].address;
    let (mut near, _) = open(Transport::Tcp, Limits::default()).await;
    let trusted = encryption(Some(&files.certificate), "phones.example").expect("encryption");
    let flow = near.connect(Transport::Tls, ListenerId(0), address, Some(trusted)).expect("room");
    near.send(&flow, Bytes::from(request("secret", "")));
    let (back, call) = message(&mut far).await;
    assert_eq!((back.transport, call.as_str()), (Transport::Tls, "secret"));
    far.send(&back, Bytes::from(request("as well", "").replace("as well", "aswell")));
    assert_eq!(message(&mut near).await.1, "aswell");
    // Somebody else's certificate is not taken.
    near.connections.close(flow.connection.expect("a connection"), "test");
    assert_eq!(loss(&mut near).await, flow);
    let wrong = encryption(Some(&files.certificate), "others.example").expect("encryption");
    let flow = near.connect(Transport::Tls, ListenerId(0), address, Some(wrong)).expect("room");
    assert_eq!(loss(&mut near).await, flow);
    std::fs::remove_dir_all(&folder).expect("removed");
    assert!(matches!(
        Transports::open(&config(&[Transport::Tls], Limits::default())).await.err(),
        Some(super::OpenError::NoCertificate(_))
    ));
}

/// One connection over a pipe.
struct Pipe {
    phone: DuplexStream,
    connections: Arc<Connections>,
    received: tokio::sync::mpsc::Receiver<Received>,
    flow: Flow,
}

fn pipe(limits: &Limits) -> Pipe {
    let figures = Arc::new(Figures::new());
    let connections = Arc::new(Connections::new(limits.clone(), Arc::clone(&figures)));
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 5060));
    let (place, inbox) = connections.enter(Transport::Tcp, ListenerId(0), peer, false).expect("room");
    let (to, received) = tokio::sync::mpsc::channel(100);
    let (phone, stream) = duplex(1_000);
    let flow = place.flow;
    let id = place.id;
    let line = Line {
        place,
        inbox,
        received: to,
        limits: limits.clone(),
        is_trusted: false,
        is_made: false,
        began: clock::now(),
        figures,
    };
    connections.own(id, Task::start(carry(stream, line)));
    Pipe { phone, connections, received, flow }
}

impl Pipe {
    /// How many seconds until the connection ends.
    async fn ends_after_s(&mut self) -> u64 {
        let began = clock::now();
        loop {
            if let Some(flow) = self.connections.take_lost() {
                assert_eq!(flow, self.flow);
                return (clock::now() - began).as_secs();
            }
            self.connections.news.notified().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_message_ends_soon() {
    assert_eq!(pipe(&Limits::default()).ends_after_s().await, 10);
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_a_message_octet_by_octet_is_not_waited_for() {
    let mut pipe = pipe(&Limits::default());
    let text = request("slow", "");
    let began = clock::now();
    for octet in text.as_bytes() {
        clock::wait_until(Some(clock::now() + Duration::from_secs(1))).await;
        if pipe.phone.write_all(&[*octet]).await.is_err() {
            break;
        }
    }
    assert_eq!((clock::now() - began).as_secs(), 12);
    assert!(pipe.received.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_strangers_silence_is_shorter_than_that_of_somebody_known() {
    let mut stranger = pipe(&Limits::default());
    stranger.phone.write_all(request("one", "").as_bytes()).await.expect("written");
    assert_eq!(stranger.ends_after_s().await, 60);
    let mut known = pipe(&Limits::default());
    known.phone.write_all(request("one", "").as_bytes()).await.expect("written");
    assert!(known.received.recv().await.is_some());
    known.connections.keep(known.flow.connection.expect("a connection"));
    assert_eq!(known.ends_after_s().await, 3_900);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_read_in_time_ends_the_connection() {
    let mut pipe = pipe(&Limits::default());
    pipe.phone.write_all(request("one", "").as_bytes()).await.expect("written");
    assert!(pipe.received.recv().await.is_some());
    let id = pipe.flow.connection.expect("a connection");
    pipe.connections.send(id, Bytes::from(vec![b'x'; 5_000])).expect("it stands");
    assert_eq!(pipe.ends_after_s().await, 10);
}

#[tokio::test(start_paused = true)]
async fn whoever_sends_too_much_is_read_more_slowly() {
    let limits = Limits { messages_per_second: 10, burst_s: 1, ..Limits::default() };
    let mut pipe = pipe(&limits);
    let began = clock::now();
    for number in 0..30 {
        pipe.phone.write_all(request(&format!("call{number}"), "").as_bytes()).await.expect("written");
    }
    for _ in 0..30 {
        assert!(pipe.received.recv().await.is_some());
    }
    assert_eq!((clock::now() - began).as_millis(), 2_000);
}
