//! A customer of the carrier: the session of `smpp` on a socket.

use std::collections::BTreeMap;
use std::time::Instant;

use carrier_simulator::Simulator;
use smpp::esme::{Config, Esme, Incoming, Input, Output, Submission, SubmitResult};
use smpp::{
    Address, Alphabet, BindAs, CloseReason, Content, Credentials, Cutting, DefaultAlphabet, LongTexts, Part,
    Receipt, Status, cut,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::SOON;

/// A connection of any kind.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A customer that is bound, or was.
pub struct Customer {
    stream: Box<dyn Stream>,
    esme: Esme,
    next_ticket: u64,
    /// What texts are answered; nothing if there is nothing.
    pub answer: Option<Status>,
    /// What came, in order.
    pub incoming: Vec<Incoming>,
    /// What became of what was submitted, by ticket.
    pub results: BTreeMap<u64, SubmitResult>,
    /// The tickets in the order in which they were answered.
    pub order: Vec<u64>,
    /// How the session went on.
    pub refused: Option<Status>,
    pub ended: Option<CloseReason>,
    pub is_gone: bool,
}

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
fn now() -> Instant {
    Instant::now()
}

impl Customer {
    /// Binds with the account that every carrier has.
    pub async fn bound(simulator: &Simulator, bind: BindAs) -> Customer {
        Customer::bind(simulator, "demo", "demo", bind).await.unwrap()
    }

    /// Binds, or is refused.
    pub async fn bind(
        simulator: &Simulator,
        system_id: &str,
        password: &str,
        bind: BindAs,
    ) -> Result<Customer, Status> {
        let stream = TcpStream::connect(simulator.smpp_address()).await.unwrap();
        Customer::bind_over(Box::new(stream), system_id, password, bind).await
    }

    /// Binds over a connection that stands.
    pub async fn bind_over(
        stream: Box<dyn Stream>,
        system_id: &str,
        password: &str,
        bind: BindAs,
    ) -> Result<Customer, Status> {
        let credentials = Credentials::new(system_id, password, "").unwrap();
        let config = Config { window: 100, most_waiting: 10_000, ..Config::new(credentials, bind) };
        let mut customer = Customer {
            stream,
            esme: Esme::new(config),
            next_ticket: 1,
            answer: Some(Status::OK),
            incoming: Vec::new(),
            results: BTreeMap::new(),
            order: Vec::new(),
            refused: None,
            ended: None,
            is_gone: false,
        };
        customer.handle(Input::Connected).await;
        customer.until(|it| it.esme.is_bound() || it.refused.is_some()).await;
        customer.refused.map_or(Ok(customer), Err)
    }

    /// Submits a text; gives the tickets of its parts.
    pub async fn submit(&mut self, from: &str, to: &str, text: &str) -> Vec<u64> {
        self.submit_as(from, to, text, LongTexts::Udh8).await
    }

    /// The same with a way for long texts.
    pub async fn submit_as(&mut self, from: &str, to: &str, text: &str, long: LongTexts) -> Vec<u64> {
        let alphabets = [Alphabet::Gsm7, Alphabet::Ucs2];
        let cutting =
            Cutting { alphabets: &alphabets, default: DefaultAlphabet::Gsm7, long, most_parts: 100 };
        let mut tickets = Vec::new();
        for part in cut(text, &cutting, self.next_ticket as u16).unwrap() {
            tickets.push(self.submit_part(from, to, part).await);
        }
        tickets
    }

    /// Submits a part as it is.
    pub async fn submit_part(&mut self, from: &str, to: &str, part: Part) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let [from, to] = [from, to].map(|number| Address::of_number(number).unwrap());
        let submission = Submission { from, to, part, reference: Some(ticket as u16), validity: None };
        self.handle(Input::Submit { ticket, submission }).await;
        ticket
    }

    /// Submits a text of one part and tells its ID.
    pub async fn submitted(&mut self, from: &str, to: &str, text: &str) -> String {
        let tickets = self.submit(from, to, text).await;
        self.until(|it| it.results.contains_key(&tickets[0])).await;
        match &self.results[&tickets[0]] {
            SubmitResult::Accepted { id } => id.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Goes on until something is so.
    pub async fn until(&mut self, is_so: impl Fn(&Customer) -> bool) {
        let became_so = timeout(SOON, async {
            while !is_so(self) {
                assert!(!self.is_gone, "the connection is gone");
                self.go_on().await;
            }
        });
        assert!(became_so.await.is_ok(), "it did not happen");
    }

    /// Goes on until the carrier has ended the connection.
    pub async fn until_gone(&mut self) {
        let gone = timeout(SOON, async {
            while !self.is_gone {
                self.go_on().await;
            }
        });
        assert!(gone.await.is_ok(), "the connection is still there");
    }

    /// Takes leave.
    pub async fn unbind(mut self) {
        self.handle(Input::Unbind).await;
        self.until_gone().await;
        assert_eq!(self.ended, Some(CloseReason::Unbound));
    }

    /// The whole texts that came; parts are texts here.
    pub fn texts(&self) -> Vec<String> {
        let text = |incoming: &Incoming| match &incoming.content {
            Content::Text(units) | Content::Part { units, .. } => Some(String::from_utf16_lossy(units)),
            Content::Receipt(_) => None,
        };
        self.incoming.iter().filter_map(text).collect()
    }

    /// The receipts that came.
    pub fn receipts(&self) -> Vec<&Receipt> {
        let contents = self.incoming.iter().map(|incoming| &incoming.content);
        contents
            .filter_map(|it| if let Content::Receipt(receipt) = it { Some(receipt) } else { None })
            .collect()
    }

    async fn go_on(&mut self) {
        let mut octets = vec![0; 64 * 1024];
        let deadline = self.esme.deadline().map_or_else(|| now() + SOON, |(at, _)| at);
        tokio::select! {
            read = self.stream.read(&mut octets) => match read {
                Ok(read) if read > 0 => self.handle(Input::Octets(&octets[..read])).await,
                _ => {
                    self.is_gone = true;
                    self.handle(Input::Closed).await;
                }
            },
            () = tokio::time::sleep_until(deadline.into()) => self.handle(Input::Tick).await,
        }
    }

    async fn handle(&mut self, input: Input<'_>) {
        let mut outputs = Vec::new();
        self.esme.handle(input, now(), &mut outputs);
        while !outputs.is_empty() {
            for output in std::mem::take(&mut outputs) {
                match output {
                    // Whether it arrives is what the tests look at.
                    Output::Send(octets) => {
                        let _ = self.stream.write_all(&octets).await;
                        let _ = self.stream.flush().await;
                    }
                    Output::BindRefused(status) => self.refused = Some(status),
                    Output::Incoming(incoming) => {
                        let ticket = incoming.ticket;
                        self.incoming.push(incoming);
                        if let Some(status) = self.answer {
                            self.esme.handle(Input::Answer { ticket, status }, now(), &mut outputs);
                        }
                    }
                    Output::Submitted { ticket, result } => {
                        self.order.push(ticket);
                        self.results.insert(ticket, result);
                    }
                    Output::Close(reason) => {
                        self.ended = Some(reason);
                        self.is_gone = true;
                    }
                    Output::Bound { .. } | Output::Fault(_) => {}
                }
            }
        }
    }
}
