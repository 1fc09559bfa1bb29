//! A telephone: one socket for SIP, one for sound, and the same user agent that we have, on the other side.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use sip::digest::Login;
use sip::message::{Message, Method, Name, Request, Response, Status, Text, Uri};
use sip::sdp::{Agreed, Codec, Description, Direction, LocalMedia, Negotiation, Security};
use sip::user_agent::{
    Config, Event, Input, Invite, Listener, Offered, Order, Output, SessionId, Target, Ticket, UserAgent,
};
use sip::{Flow, ListenerId, Transport, transaction};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout_at;

use crate::{PATIENCE, now};

pub struct Telephone {
    pub number: String,
    pub address: SocketAddr,
    server: SocketAddr,
    orders: mpsc::Sender<Order>,
    events: mpsc::Receiver<Event>,
    /// What happened and was not waited for yet.
    kept: Vec<Event>,
    told_to_talk: mpsc::Receiver<()>,
    line: JoinHandle<()>,
    sound: UdpSocket,
    pub codecs: Vec<Codec>,
    pub direction: Direction,
    negotiation: Negotiation,
    pub agreed: Option<Agreed>,
    last_session: u64,
    last_ticket: u64,
    sequence: u16,
}

/// An unguessable seed is of no use to a test.
fn seed(number: &str, address: SocketAddr) -> [u8; 32] {
    let mut seed = [0; 32];
    for (place, octet) in format!("{number}{address}").bytes().enumerate() {
        seed[place % 32] ^= octet;
    }
    seed
}

impl Telephone {
    pub async fn new(server: SocketAddr, number: &str) -> Telephone {
        Telephone::at(server, number, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    pub async fn at(server: SocketAddr, number: &str, own: SocketAddr) -> Telephone {
        Telephone::of(server, number, own, false).await
    }

    /// A phone that can be told to answer.
    pub async fn that_talks(server: SocketAddr, number: &str) -> Telephone {
        Telephone::of(server, number, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), true).await
    }

    async fn of(server: SocketAddr, number: &str, own: SocketAddr, talks: bool) -> Telephone {
        let socket = UdpSocket::bind(own).await.unwrap();
        let address = socket.local_addr().unwrap();
        let listener = Listener { id: ListenerId(0), transport: Transport::Udp, address, is_symmetric: true };
        let config = Config { user: Text::from(number), ..Config::new(vec![listener]) };
        let agent = UserAgent::new(config, transaction::Config::default(), seed(number, address));
        let (orders, ordered) = mpsc::channel(100);
        let (happened, events) = mpsc::channel(1_000);
        let (tell, told_to_talk) = mpsc::channel(10);
        let line = Line { socket, agent, outputs: Vec::new(), happened, talks: talks.then_some(tell) };
        Telephone {
            number: number.to_owned(),
            server,
            address,
            orders,
            events,
            kept: Vec::new(),
            told_to_talk,
            line: crate::start(line.run(ordered)),
            sound: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(),
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            direction: Direction::SendReceive,
            negotiation: Negotiation::new(1),
            agreed: None,
            last_session: 0,
            last_ticket: 0,
            sequence: 0,
        }
    }

    fn flow(&self) -> Flow {
        Flow::udp(ListenerId(0), self.server)
    }

    fn login(&self) -> Login {
        Login { user: self.number.clone(), password: format!("{0}{0}", self.number) }
    }

    /// Registers, or says goodbye with 0 seconds.
    pub async fn register(&mut self, expires_s: u32) -> Status {
        let login = self.login();
        self.register_as(login, expires_s).await
    }

    pub async fn register_as(&mut self, login: Login, expires_s: u32) -> Status {
        let address = format!("<sip:{}@{}>", login.user, self.server);
        let mut request = Request::new(Method::Register, Uri::parse(format!("sip:{}", self.server)).unwrap());
        request.headers.push(Name::From, address.clone());
        request.headers.push(Name::To, address);
        request.headers.push(Name::Expires, expires_s);
        self.ask(request, Some(login)).await.map_or(Status::REQUEST_TIMEOUT, |it| it.status)
    }

    /// A request outside of calls, and its answer.
    pub async fn ask(&mut self, request: Request, credentials: Option<Login>) -> Option<Response> {
        self.last_ticket += 1;
        let (ticket, flow) = (Ticket(self.last_ticket), self.flow());
        self.order(Order::Send { ticket, flow, request: Box::new(request), credentials }).await;
        self.until("no answer", |event| match event {
            Event::Responded { ticket: answered, response } if *answered == ticket => {
                Some(response.as_deref().cloned())
            }
            _ => None,
        })
        .await
    }

    /// Calls.
    pub async fn call(&mut self, number: &str) -> SessionId {
        let login = self.login();
        self.call_as(number, Some(login), Vec::new()).await
    }

    pub async fn call_as(
        &mut self,
        number: &str,
        credentials: Option<Login>,
        headers: Vec<(Name, Text)>,
    ) -> SessionId {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        let local = self.local();
        self.negotiation = Negotiation::new(self.last_session);
        let sdp = Bytes::from(self.negotiation.offer(&local));
        let target = Target {
            uri: Text::from(format!("sip:{number}@{}", self.server)),
            flow: self.flow(),
            route: Vec::new(),
            is_symmetric: true,
            headers: Vec::new(),
        };
        self.order(Order::Invite(Box::new(Invite {
            session,
            targets: vec![target],
            from: Text::from(format!("<sip:{}@{}>", self.number, self.server)),
            to: None,
            headers,
            sdp: Some(sdp),
            credentials,
            ring_limit: Duration::from_secs(60),
        })))
        .await;
        session
    }

    /// Waits for a call.
    pub async fn rings(&mut self) -> Offered {
        let offered = self
            .until("nobody calls", |event| match event {
                Event::Offered(offered) => Some((**offered).clone()),
                _ => None,
            })
            .await;
        self.order(Order::Ring { session: offered.session, status: Status::RINGING, sdp: None }).await;
        offered
    }

    /// Takes a call.
    pub async fn answer(&mut self, offered: &Offered) {
        let local = self.local();
        self.negotiation = Negotiation::new(7);
        let description = Description::read(offered.sdp.as_ref().expect("an offer")).unwrap();
        let (text, agreed) = self.negotiation.answer(&description, &local).unwrap();
        self.agreed = Some(agreed);
        let session = offered.session;
        self.order(Order::Answer { session, sdp: Some(Bytes::from(text)) }).await;
        self.until("our answer is not confirmed", |event| match event {
            Event::Confirmed { session: confirmed } if *confirmed == session => Some(()),
            _ => None,
        })
        .await;
    }

    /// Waits until a call of ours is taken.
    pub async fn is_answered(&mut self, session: SessionId) {
        let sdp = self
            .until("nobody answers", |event| match event {
                Event::Answered { session: answered, sdp, .. } if *answered == session => Some(sdp.clone()),
                Event::Ended { session: ended, cause, .. } if *ended == session => panic!("{cause:?}"),
                _ => None,
            })
            .await;
        if let Some(sdp) = sdp {
            let answer = Description::read(&sdp).unwrap();
            self.agreed = Some(self.negotiation.accept(&answer).unwrap());
        }
    }

    /// Puts the other side aside or takes it up again.
    pub async fn change(&mut self, session: SessionId, direction: Direction) {
        self.direction = direction;
        let local = self.local();
        let sdp = Bytes::from(self.negotiation.offer(&local));
        self.order(Order::Offer { session, sdp }).await;
        let sdp = self
            .until("the change is not answered", |event| match event {
                Event::OfferAnswered { session: answered, sdp } if *answered == session => Some(sdp.clone()),
                _ => None,
            })
            .await;
        let answer = Description::read(&sdp.unwrap()).unwrap();
        self.agreed = Some(self.negotiation.accept(&answer).unwrap());
    }

    /// Waits until a call is over.
    pub async fn ends(&mut self, session: SessionId) -> sip::user_agent::Cause {
        self.until("the call does not end", |event| match event {
            Event::Ended { session: ended, cause, .. } if *ended == session => Some(cause.clone()),
            _ => None,
        })
        .await
    }

    pub async fn hang_up(&mut self, session: SessionId) {
        self.order(Order::HangUp { session, reason: None }).await;
        self.ends(session).await;
    }

    /// Waits until we are told to answer.
    pub async fn is_told_to_talk(&mut self) {
        match timeout_at((now() + PATIENCE).into(), self.told_to_talk.recv()).await {
            Ok(Some(())) => {}
            _ => panic!("{}: nobody tells us to answer; there was {:?}", self.number, self.kept),
        }
    }

    /// Asks for a call to be handed on.
    pub async fn refer(&mut self, session: SessionId, to: &str) -> Status {
        let to = Text::from(format!("sip:{to}@{}", self.server));
        self.order(Order::Refer { session, to, replaces: None }).await;
        self.until("the transfer is not answered", |event| match event {
            Event::Notified { session: of, status } if *of == session => Some(*status),
            _ => None,
        })
        .await
    }

    /// Says a packet of sound: all octets alike.
    pub async fn say(&mut self, octet: u8) {
        let agreed = self.agreed.clone().expect("somebody to speak to");
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = vec![0x80, agreed.payload_type];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend(u32::from(self.address.port()).to_be_bytes());
        packet.extend([octet; 160]);
        self.sound.send_to(&packet, agreed.remote).await.unwrap();
    }

    /// Whether this is heard within so long, of whatever else there is.
    pub async fn hears(&mut self, octet: u8, within: Duration) -> bool {
        let end = now() + within;
        let mut packet = [0; 2_048];
        loop {
            match timeout_at(end.into(), self.sound.recv(&mut packet)).await {
                Ok(Ok(length)) if length > 12 && packet[12..length].iter().all(|it| *it == octet) => {
                    return true;
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// Whether a packet comes within so long that is not all of one of these octets.
    pub async fn hears_any_but(&mut self, octets: &[u8], within: Duration) -> bool {
        let end = now() + within;
        let mut packet = [0; 2_048];
        loop {
            let Ok(received) = timeout_at(end.into(), self.sound.recv(&mut packet)).await else {
                return false;
            };
            let sound = packet.get(12..received.unwrap_or(0)).unwrap_or_default();
            let is_one = |octet: &u8| sound.iter().all(|it| it == octet);
            if !sound.is_empty() && !octets.iter().any(is_one) {
                return true;
            }
        }
    }

    fn local(&self) -> LocalMedia {
        let sound = self.sound.local_addr().unwrap();
        LocalMedia {
            address: sound.ip(),
            port: sound.port(),
            codecs: self.codecs.clone(),
            ptime_ms: 20,
            direction: self.direction,
            security: Security::Plain,
        }
    }

    pub async fn order(&self, order: Order) {
        self.orders.send(order).await.unwrap();
    }

    /// Waits for something; what else happens is kept.
    pub async fn until<T>(&mut self, what: &str, look: impl Fn(&Event) -> Option<T>) -> T {
        let end = now() + PATIENCE;
        loop {
            if let Some(place) = self.kept.iter().position(|event| look(event).is_some()) {
                let event = self.kept.remove(place);
                return look(&event).unwrap();
            }
            match timeout_at(end.into(), self.events.recv()).await {
                Ok(event) => self.kept.extend(event),
                Err(_) => panic!("{}: {what}; there was {:?}", self.number, self.kept),
            }
        }
    }
}

impl Drop for Telephone {
    fn drop(&mut self) {
        self.line.abort();
    }
}

/// What goes on inside of a phone.
struct Line {
    socket: UdpSocket,
    agent: UserAgent,
    outputs: Vec<Output>,
    happened: mpsc::Sender<Event>,
    /// Whom to tell that we are told to answer, if we can be.
    talks: Option<mpsc::Sender<()>>,
}

impl Line {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut buffer = vec![0; 65_535];
        loop {
            let deadline = self.agent.deadline().map_or(now() + PATIENCE, |(at, _)| at);
            tokio::select! {
                Some(order) = orders.recv() => {
                    self.agent.handle(Input::Order(order), now(), &mut self.outputs);
                }
                Ok((length, peer)) = self.socket.recv_from(&mut buffer) => {
                    let message = Message::parse(&buffer[..length]).unwrap();
                    if let (Some(tell), Some(answer)) = (&self.talks, answer_to_talk(&message)) {
                        self.socket.send_to(&answer, peer).await.unwrap();
                        tell.send(()).await.unwrap();
                        continue;
                    }
                    let flow = Flow::udp(ListenerId(0), peer);
                    self.agent.handle(Input::Received { flow, message }, now(), &mut self.outputs);
                }
                () = tokio::time::sleep_until(deadline.into()) => {
                    self.agent.handle(Input::Tick, now(), &mut self.outputs);
                }
            }
            for output in std::mem::take(&mut self.outputs) {
                match output {
                    Output::Send { flow, octets } => {
                        let octets = if self.talks.is_some() { with_talk(&octets) } else { octets };
                        self.socket.send_to(&octets, flow.peer).await.unwrap();
                    }
                    Output::Event(event) => {
                        if self.happened.send(event).await.is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }
}

/// The same message of a phone that can be told to answer.
fn with_talk(octets: &Bytes) -> Bytes {
    let mut message = Message::parse(octets).unwrap();
    if let Message::Response(response) = &mut message {
        response.headers.push(Name::AllowEvents, "talk, hold");
    }
    message.to_bytes()
}

/// The answer to whoever tells us to answer.
fn answer_to_talk(message: &Message) -> Option<Bytes> {
    let Message::Request(request) = message else { return None };
    let is_talk = request.headers.first(&Name::Event).is_some_and(|event| *event == "talk");
    (request.method == Method::Notify && is_talk).then(|| request.respond(Status::OK, None).to_bytes())
}
