//! A carrier that does what a test tells it to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use smpp::smsc::{Config, DeliverResult, Delivery, Input, Output, Smsc, Submitted};
use smpp::{Address, Alphabet, BindAs, DefaultAlphabet, Part, ReceiptState, ReceiptText, Status};
use sms_gateway::{Carrier, Credentials};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::{PATIENCE, now, start};

pub const PASSWORD: &str = "hush";
/// What the tests send and expect in a burst.
const MANY: usize = 100_000;

/// What a carrier does with what it is given.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Takes everything, each text by a number of its own.
    Accept,
    /// Takes everything, and sends a receipt for it first.
    ReceiptFirst,
    /// Answers nothing.
    Silent,
    /// Refuses everything.
    Refuse(Status),
    /// Another manner for each text, by how many came before it.
    ByTurn(fn(u64) -> Manner),
}

/// What a carrier saw.
#[derive(Debug)]
pub enum Seen {
    Bound(u64, BindAs),
    Submitted(Submitted),
    Delivered(u64, DeliverResult),
    Closed,
}

/// A text as a carrier got it.
#[derive(Debug, Clone)]
pub struct Sighting {
    pub words: String,
    pub at: Instant,
    /// Whether the carrier said that it does not take it.
    pub refused: bool,
}

/// What a test tells a connection.
enum Order {
    Deliver(u64, Box<Delivery>),
    Break,
}

pub struct TestCarrier {
    pub port: u16,
    shared: Arc<Shared>,
    seen: mpsc::Receiver<Seen>,
}

struct Shared {
    manner: Mutex<Manner>,
    connections: Mutex<Vec<mpsc::Sender<Order>>>,
    tickets: AtomicU64,
    names: AtomicU64,
    turns: AtomicU64,
    sightings: Mutex<Vec<Sighting>>,
    seen: mpsc::Sender<Seen>,
    tls: Option<TlsAcceptor>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl TestCarrier {
    pub async fn open(manner: Manner) -> TestCarrier {
        TestCarrier::open_over(manner, None).await
    }

    pub async fn open_over(manner: Manner, tls: Option<TlsAcceptor>) -> TestCarrier {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, seen) = mpsc::channel(MANY);
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            connections: Mutex::default(),
            tickets: AtomicU64::new(1),
            names: AtomicU64::new(1),
            turns: AtomicU64::new(0),
            sightings: Mutex::default(),
            seen: sender,
            tls,
        });
        let port = listener.local_addr().unwrap().port();
        start(listen(listener, shared.clone()));
        TestCarrier { port, shared, seen }
    }

    /// How the gateway is told of it.
    pub fn config(&self, name: &str) -> Carrier {
        let credentials = Credentials::new("souffleur", PASSWORD, "").unwrap();
        let mut carrier = Carrier::new(name, "127.0.0.1", self.port, credentials);
        carrier.reconnect = std::time::Duration::from_millis(20);
        carrier.most_reconnect = std::time::Duration::from_millis(100);
        carrier.response_timeout = std::time::Duration::from_secs(2);
        carrier
    }

    /// Every text that it got, in order.
    pub fn sightings(&self) -> Vec<Sighting> {
        self.shared.sightings.lock().unwrap().clone()
    }

    /// What it has seen, if anything.
    pub fn seen(&mut self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }

    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    #[track_caller]
    pub fn next(&mut self) -> impl Future<Output = Seen> {
        let place = std::panic::Location::caller();
        async move {
            match tokio::time::timeout_at((now() + PATIENCE).into(), self.seen.recv()).await {
                Ok(Some(seen)) => seen,
                _ => panic!("{place}: the carrier saw nothing"),
            }
        }
    }

    /// Waits for a bind.
    #[track_caller]
    pub fn bound(&mut self) -> impl Future<Output = u64> {
        let place = std::panic::Location::caller();
        async move {
            loop {
                match self.next().await {
                    Seen::Bound(connection, _) => return connection,
                    Seen::Closed => {}
                    other => panic!("{place}: {other:?}"),
                }
            }
        }
    }

    /// Waits for a bind, and says which way texts go.
    pub async fn bound_as(&mut self) -> BindAs {
        loop {
            if let Seen::Bound(_, bind) = self.next().await {
                return bind;
            }
        }
    }

    /// Waits for the end of a connection.
    pub async fn closed(&mut self) {
        while !matches!(self.next().await, Seen::Closed) {}
    }

    /// Waits for a text.
    pub async fn submitted(&mut self) -> Submitted {
        loop {
            if let Seen::Submitted(submitted) = self.next().await {
                return submitted;
            }
        }
    }

    /// Waits for the answer to what was brought.
    pub async fn delivered(&mut self, wanted: u64) -> DeliverResult {
        loop {
            match self.next().await {
                Seen::Delivered(ticket, result) if ticket == wanted => return result,
                _ => {}
            }
        }
    }

    /// Whether it has seen anything that was not looked at.
    pub fn has_seen_a_text(&mut self) -> bool {
        while let Ok(seen) = self.seen.try_recv() {
            if matches!(seen, Seen::Submitted(_)) {
                return true;
            }
        }
        false
    }

    /// Brings something over the newest connection.
    pub fn bring(&self, delivery: Delivery) -> u64 {
        let ticket = self.shared.tickets.fetch_add(1, Ordering::Relaxed);
        assert!(self.order(Order::Deliver(ticket, Box::new(delivery))), "there is no connection");
        ticket
    }

    /// Brings something over the newest connection, if there is one.
    pub fn try_bring(&self, delivery: Delivery) -> Option<u64> {
        let ticket = self.shared.tickets.fetch_add(1, Ordering::Relaxed);
        self.order(Order::Deliver(ticket, Box::new(delivery))).then_some(ticket)
    }

    /// Brings a short text.
    pub fn text(&self, from: &str, to: &str, text: &str) -> u64 {
        self.bring(text_of(from, to, text))
    }

    /// Ends the newest connection without a word.
    pub fn break_off(&self) {
        self.order(Order::Break);
    }

    /// Whether a connection took the order.
    fn order(&self, order: Order) -> bool {
        let connections = self.shared.connections.lock().unwrap();
        connections.last().is_some_and(|newest| newest.try_send(order).is_ok())
    }
}

pub fn text_of(from: &str, to: &str, text: &str) -> Delivery {
    let alphabet = Alphabet::choose(text, &[Alphabet::Gsm7], DefaultAlphabet::Gsm7);
    let part = Part {
        esm_class: 0,
        data_coding: alphabet.data_coding(),
        short_message: alphabet.encode(text, DefaultAlphabet::Gsm7).unwrap(),
        payload: None,
        sar: None,
    };
    Delivery::text(Address::of_number(from).unwrap(), Address::of_number(to).unwrap(), part)
}

/// The receipt for a text.
pub fn receipt_for(submitted: &Submitted, id: &str, state: ReceiptState) -> Delivery {
    let (date, error) = ("2601010000", if state == ReceiptState::Delivered { "000" } else { "011" });
    let text = ReceiptText { id, submitted: date, done: date, state, error, text: "" }.to_string();
    let part =
        Part { esm_class: 4, data_coding: 0, short_message: text.into_bytes(), payload: None, sar: None };
    Delivery::text(submitted.to.clone(), submitted.from.clone(), part)
}

/// What a part says.
pub fn words(part: &Part) -> String {
    let octets = part.payload.as_ref().unwrap_or(&part.short_message);
    let header = if part.esm_class & 0x40 == 0 { 0 } else { usize::from(octets[0]) + 1 };
    String::from_utf16_lossy(&smpp::decode(part.data_coding, &octets[header..], DefaultAlphabet::Gsm7))
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        start(serve(stream, shared.clone()));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    stream.set_nodelay(true).unwrap();
    let mut stream: Box<dyn Stream> = match &shared.tls {
        None => Box::new(stream),
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
    };
    let (sender, mut orders) = mpsc::channel(MANY);
    let number = {
        let mut connections = shared.connections.lock().unwrap();
        connections.push(sender);
        connections.len() as u64
    };
    let config = Config { window: 1_000, most_waiting: MANY, most_unanswered: MANY, ..Config::default() };
    let mut connection = Connection { number, smsc: Smsc::new(config), shared };
    let mut buffer = vec![0; 64 * 1024];
    let mut unwritten = connection.feed(Input::Connected).unwrap_or_default();
    loop {
        let due = connection.smsc.deadline().map(|(at, _)| at);
        if !unwritten.is_empty() && stream.write_all(&unwritten).await.is_err() {
            break;
        }
        let fed = tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(count) => connection.feed(Input::Octets(&buffer[..count])),
            },
            order = orders.recv() => match order {
                Some(Order::Deliver(ticket, delivery)) => {
                    connection.feed(Input::Deliver { ticket, delivery: *delivery })
                }
                Some(Order::Break) | None => break,
            },
            () = async { tokio::time::sleep_until(due.unwrap().into()).await }, if due.is_some() => {
                connection.feed(Input::Tick)
            }
        };
        match fed {
            Some(octets) => unwritten = octets,
            None => break,
        }
    }
    connection.feed(Input::Closed);
    orders.close();
    while let Ok(order) = orders.try_recv() {
        if let Order::Deliver(ticket, _) = order {
            connection.see(Seen::Delivered(ticket, DeliverResult::NotSent));
        }
    }
    drop(connection.shared.seen.try_send(Seen::Closed));
}

struct Connection {
    number: u64,
    smsc: Smsc,
    shared: Arc<Shared>,
}

impl Connection {
    /// What is to be written; nothing if the connection ends.
    fn feed(&mut self, input: Input<'_>) -> Option<Vec<u8>> {
        let mut outputs = Vec::new();
        let mut octets = Vec::new();
        self.smsc.handle(input, now(), &mut outputs);
        let mut place = 0;
        let mut open = true;
        while place < outputs.len() {
            let output = outputs[place].clone();
            place += 1;
            match output {
                Output::Send(sent) => octets.extend(sent),
                Output::BindAsked(asked) => {
                    let right = asked.password == PASSWORD;
                    let status = if right { Status::OK } else { Status::INVALID_PASSWORD };
                    self.smsc.handle(Input::AnswerBind(status), now(), &mut outputs);
                    if right {
                        self.see(Seen::Bound(self.number, asked.bind));
                    }
                }
                Output::Submitted(submitted) => self.submitted(submitted, &mut outputs),
                Output::Delivered { ticket, result } => self.see(Seen::Delivered(ticket, result)),
                Output::Fault(_) => {}
                Output::Close(_) => open = false,
            }
        }
        open.then_some(octets)
    }

    fn submitted(&mut self, submitted: Submitted, outputs: &mut Vec<Output>) {
        let mut manner = *self.shared.manner.lock().unwrap();
        if let Manner::ByTurn(choose) = manner {
            manner = choose(self.shared.turns.fetch_add(1, Ordering::Relaxed));
        }
        let refused = matches!(manner, Manner::Refuse(_));
        let sighting = Sighting { words: words(&submitted.part), at: now(), refused };
        self.shared.sightings.lock().unwrap().push(sighting);
        let name = || self.shared.names.fetch_add(1, Ordering::Relaxed).to_string();
        let ticket = submitted.ticket;
        match manner {
            Manner::Accept => {
                let input = Input::AnswerSubmit { ticket, result: Ok(name()) };
                self.smsc.handle(input, now(), outputs);
            }
            Manner::ReceiptFirst => {
                let id = name();
                let delivery = receipt_for(&submitted, &id, ReceiptState::Delivered);
                let ticket_of_receipt = self.shared.tickets.fetch_add(1, Ordering::Relaxed);
                let input = Input::Deliver { ticket: ticket_of_receipt, delivery };
                self.smsc.handle(input, now(), outputs);
                self.smsc.handle(Input::AnswerSubmit { ticket, result: Ok(id) }, now(), outputs);
            }
            Manner::Silent | Manner::ByTurn(_) => {}
            Manner::Refuse(status) => {
                self.smsc.handle(Input::AnswerSubmit { ticket, result: Err(status) }, now(), outputs);
            }
        }
        self.see(Seen::Submitted(submitted));
    }

    fn see(&self, seen: Seen) {
        self.shared.seen.try_send(seen).unwrap();
    }
}
