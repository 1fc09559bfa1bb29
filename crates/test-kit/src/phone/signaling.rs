//! The task of a phone: its user agent, its registration and its calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sip::digest::Login;
use sip::message::{
    CSeq, Message, Method, Name, Params, Request, Response, Status, Text, Uri, is_keep_alive,
};
use sip::user_agent::{
    Config, Event, Input, Invite, Listener, Offered, Order, Output, SessionId, Target, Ticket, UserAgent,
};
use sip::{Flow, ListenerId, Transport, transaction};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

use super::call::Call;
use super::config::{Answering, PhoneConfig};
use super::sound::{Line, Room};
use super::view::{CallState, CallView, Ending, PhoneCall, Registration, View};
use super::{clock, random};

/// The longest message.
const MOST_OCTETS: usize = 16_384;
/// Calls at once; further ones are turned away.
const MOST_CALLS: usize = 8;
/// Calls that have ended and can still be seen.
const MOST_ENDED: usize = 64;
/// For how long a phone registers, in seconds.
const REGISTERS_FOR_S: u32 = 600;
/// A request may be said several times, with a number of its own each time.
const NUMBERS_OF_A_REQUEST: u32 = 10;
/// For how long a call may ring.
const RING_LIMIT: Duration = Duration::from_secs(180);

/// What a phone is told, with where the outcome is to be told.
pub(super) enum Ask {
    Register { is_wanted: bool, done: oneshot::Sender<Result<(), u16>> },
    Call { number: String, done: oneshot::Sender<PhoneCall> },
    Answer(PhoneCall),
    HangUp(PhoneCall),
    Refuse(PhoneCall, u16),
    Hold { call: PhoneCall, is_wanted: bool, done: oneshot::Sender<Result<(), u16>> },
    Transfer { call: PhoneCall, to: Whom, done: oneshot::Sender<Result<(), u16>> },
}

/// To whom a call is handed.
pub(super) enum Whom {
    Number(String),
    Call(PhoneCall),
}

/// The sounds of all calls, by call.
pub(super) type Lines = Mutex<BTreeMap<PhoneCall, Arc<Line>>>;

/// Everything that a phone's task owns.
pub(super) struct Signaling {
    config: PhoneConfig,
    socket: UdpSocket,
    agent: UserAgent,
    outputs: Vec<Output>,
    calls: BTreeMap<PhoneCall, Call>,
    last_call: u64,
    registering: Registering,
    view: watch::Sender<View>,
    room: Arc<Room>,
    lines: Arc<Lines>,
    asks: mpsc::Receiver<Ask>,
}

/// The registration.
struct Registering {
    call_id: String,
    number: u32,
    last_ticket: u64,
    /// Who waits for the answer to the newest request.
    done: Option<oneshot::Sender<Result<(), u16>>>,
    is_wanted: bool,
    again_at: Option<Instant>,
}

/// What a phone's task shares with whoever holds the phone.
pub(super) struct Shared {
    pub view: watch::Sender<View>,
    pub room: Arc<Room>,
    pub lines: Arc<Lines>,
    pub asks: mpsc::Receiver<Ask>,
}

impl Signaling {
    pub fn new(config: PhoneConfig, socket: UdpSocket, address: SocketAddr, shared: Shared) -> Signaling {
        let listener = Listener { id: ListenerId(0), transport: Transport::Udp, address, is_symmetric: true };
        let user = Text::from(config.number.as_str());
        let product = Text::fixed("Souffleur simulated phone");
        let agent = Config { user, product, ..Config::new(vec![listener]) };
        Signaling {
            agent: UserAgent::new(agent, transaction::Config::default(), random::seed()),
            config,
            socket,
            outputs: Vec::new(),
            calls: BTreeMap::new(),
            last_call: 0,
            registering: Registering {
                call_id: format!("{:016x}", random::number()),
                number: 0,
                last_ticket: 0,
                done: None,
                is_wanted: false,
                again_at: None,
            },
            view: shared.view,
            room: shared.room,
            lines: shared.lines,
            asks: shared.asks,
        }
    }

    /// Works until nobody holds the phone any more.
    pub async fn run(mut self) {
        let mut buffer = vec![0; MOST_OCTETS];
        loop {
            let answers = self.calls.values().filter_map(|call| call.answer_at);
            let deadlines = answers.chain(self.registering.again_at);
            let deadline = deadlines.chain(self.agent.deadline().map(|it| it.0)).min();
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, peer)) = received {
                        self.receive(buffer.get(..length).unwrap_or_default(), peer);
                    }
                }
                ask = self.asks.recv() => match ask {
                    Some(ask) => self.asked(ask),
                    None => return,
                },
                () = clock::wait_until(deadline) => self.tick(),
            }
            self.settle().await;
        }
    }

    fn receive(&mut self, datagram: &[u8], peer: SocketAddr) {
        if is_keep_alive(datagram) {
            return;
        }
        // What is no SIP is not heard.
        let Ok(message) = Message::parse(datagram) else { return };
        let flow = Flow::udp(ListenerId(0), peer);
        self.give(Input::Received { flow, message });
    }

    fn tick(&mut self) {
        let now = clock::now();
        let is_due = |call: &&Call| call.answer_at.is_some_and(|at| at <= now);
        let due: Vec<PhoneCall> = self.calls.values().filter(is_due).map(|call| call.id).collect();
        for call in due {
            self.answer(call);
        }
        if self.registering.again_at.is_some_and(|at| at <= now) {
            self.register(self.registering.is_wanted);
        }
        self.give(Input::Tick);
    }

    fn asked(&mut self, ask: Ask) {
        match ask {
            Ask::Register { is_wanted, done } => {
                self.registering.done = Some(done);
                self.register(is_wanted);
            }
            Ask::Call { number, done } => {
                let call = self.call(&number);
                // Nobody may wait for its name any more.
                let _ = done.send(call);
            }
            Ask::Answer(call) => self.answer(call),
            Ask::HangUp(call) => self.order(Order::HangUp { session: SessionId(call.0), reason: None }),
            Ask::Refuse(call, status) => self.refuse(call, status),
            Ask::Hold { call, is_wanted, done } => {
                let Some(found) = self.calls.get_mut(&call) else { return };
                let offer = found.offer_hold(is_wanted, done);
                self.order(Order::Offer { session: SessionId(call.0), sdp: offer });
            }
            Ask::Transfer { call, to, done } => {
                let (to, replaces) = match to {
                    Whom::Number(number) => (self.uri(&number), None),
                    Whom::Call(other) => (self.uri(&self.peer_of(other)), Some(SessionId(other.0))),
                };
                let Some(found) = self.calls.get_mut(&call) else { return };
                found.transferring = Some(done);
                self.order(Order::Refer { session: SessionId(call.0), to: to.into(), replaces });
            }
        }
    }

    fn uri(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.config.domain())
    }

    fn peer_of(&self, call: PhoneCall) -> String {
        self.view.borrow().calls.get(&call).map_or_else(String::new, |it| it.peer.clone())
    }

    fn login(&self) -> Option<Login> {
        let password = self.config.password.clone()?;
        Some(Login { user: self.config.number.clone(), password })
    }

    fn flow(&self) -> Flow {
        Flow::udp(ListenerId(0), self.config.server)
    }

    fn register(&mut self, is_wanted: bool) {
        let own = format!("<{}>", self.uri(&self.config.number));
        let Some(uri) = Uri::parse(format!("sip:{}", self.config.domain())) else { return };
        let registering = &mut self.registering;
        registering.is_wanted = is_wanted;
        registering.again_at = None;
        registering.number += NUMBERS_OF_A_REQUEST;
        registering.last_ticket += 1;
        let ticket = Ticket(registering.last_ticket);
        let mut request = Request::new(Method::Register, uri);
        request.headers.push(Name::From, own.clone());
        request.headers.push(Name::To, own);
        request.headers.push(Name::CallId, registering.call_id.clone());
        let number = CSeq { number: registering.number, method: Method::Register };
        request.headers.push(Name::CSeq, number.to_string());
        request.headers.push(Name::Expires, if is_wanted { REGISTERS_FOR_S } else { 0 });
        let (flow, credentials) = (self.flow(), self.login());
        self.order(Order::Send { ticket, flow, request: Box::new(request), credentials });
    }

    fn registered(&mut self, ticket: Ticket, response: Option<&Response>) {
        if ticket.0 != self.registering.last_ticket {
            return;
        }
        let status = response.map_or(Status::REQUEST_TIMEOUT, |it| it.status);
        let is_wanted = self.registering.is_wanted;
        if status.is_success() && is_wanted {
            let lasts_s = response.map_or(REGISTERS_FOR_S, lasts_s);
            self.registering.again_at = Some(clock::now() + Duration::from_secs(u64::from(lasts_s / 2)));
        }
        self.view.send_modify(|view| {
            view.registration = match (status.is_success(), is_wanted) {
                (true, true) => Registration::Registered,
                (true, false) => Registration::None,
                (false, _) => Registration::Refused(status.code()),
            };
        });
        if let Some(done) = self.registering.done.take() {
            // Nobody may wait any more.
            let _ = done.send(if status.is_success() { Ok(()) } else { Err(status.code()) });
        }
    }

    fn call(&mut self, number: &str) -> PhoneCall {
        self.last_call += 1;
        let id = PhoneCall(self.last_call);
        let view = CallView {
            state: CallState::Calling { progress: None },
            is_incoming: false,
            peer: number.to_owned(),
            is_holding: false,
            is_held: false,
        };
        let Ok(mut call) = Call::open(id, &self.config, &self.room) else {
            let ended = CallState::Ended(Ending::Broken("no socket".to_owned()));
            self.show(id, CallView { state: ended, ..view });
            return id;
        };
        let sdp = call.offer();
        self.show(id, view);
        self.keep(call);
        let target = Target {
            uri: self.uri(number).into(),
            flow: self.flow(),
            route: Vec::new(),
            is_symmetric: true,
            headers: Vec::new(),
        };
        let invite = Invite {
            session: SessionId(id.0),
            targets: vec![target],
            from: format!("<{}>", self.uri(&self.config.number)).into(),
            to: None,
            headers: Vec::new(),
            sdp: Some(sdp),
            credentials: self.login(),
            ring_limit: RING_LIMIT,
        };
        self.order(Order::Invite(Box::new(invite)));
        id
    }

    fn offered(&mut self, offered: &Offered) {
        let session = offered.session;
        let refusal = match self.config.answering {
            Answering::Refuse(status) => Status::of(status).unwrap_or(Status::BUSY_HERE),
            _ => Status::BUSY_HERE,
        };
        let is_refused =
            matches!(self.config.answering, Answering::Refuse(_)) || self.calls.len() >= MOST_CALLS;
        let id = PhoneCall(session.0);
        let call = Call::open(id, &self.config, &self.room).ok().filter(|_| !is_refused);
        let Some(mut call) = call else {
            self.order(Order::Refuse { session, status: refusal, headers: Vec::new() });
            return;
        };
        call.theirs = offered.sdp.clone();
        call.answer_at = match self.config.answering {
            Answering::After(pause) => Some(clock::now() + pause),
            Answering::OnOrder | Answering::Refuse(_) => None,
        };
        let from = offered.request.from().and_then(|it| Uri::parse(it.uri));
        let peer = from.and_then(|it| it.plain_user().map(|user| user.into_owned()));
        let view = CallView {
            state: CallState::Ringing,
            is_incoming: true,
            peer: peer.unwrap_or_default(),
            is_holding: false,
            is_held: false,
        };
        self.show(id, view);
        self.keep(call);
        self.order(Order::Ring { session, status: Status::RINGING, sdp: None });
    }

    fn keep(&mut self, call: Call) {
        self.lines.lock().insert(call.id, Arc::clone(call.sound.line()));
        self.calls.insert(call.id, call);
    }

    fn show(&self, id: PhoneCall, view: CallView) {
        self.view.send_modify(|shown| {
            shown.calls.insert(id, view);
            let is_over = |it: &CallView| matches!(it.state, CallState::Ended(_));
            let over = shown.calls.iter().filter(|(_, it)| is_over(it)).map(|(id, _)| *id);
            let over: Vec<PhoneCall> = over.collect();
            for old in over.iter().take(over.len().saturating_sub(MOST_ENDED)) {
                shown.calls.remove(old);
            }
        });
    }

    fn answer(&mut self, id: PhoneCall) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let session = SessionId(id.0);
        call.answer_at = None;
        match call.answer() {
            Ok(sdp) => self.order(Order::Answer { session, sdp: Some(sdp) }),
            Err(status) => self.order(Order::Refuse { session, status, headers: Vec::new() }),
        }
    }

    fn refuse(&mut self, id: PhoneCall, status: u16) {
        let status = Status::of(status).unwrap_or(Status::DECLINE);
        self.order(Order::Refuse { session: SessionId(id.0), status, headers: Vec::new() });
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Offered(offered) => self.offered(&offered),
            Event::Responded { ticket, response } => self.registered(ticket, response.as_deref()),
            Event::Request { id, .. } => {
                self.order(Order::Respond { request: id, status: Status::OK, headers: Vec::new() });
            }
            Event::Progress { session, status, sdp, .. } => {
                self.learn(session, sdp.as_deref());
                let progress = Some(status.code());
                self.see(session, |call| call.state = CallState::Calling { progress });
            }
            Event::Answered { session, sdp, .. } => {
                self.learn(session, sdp.as_deref());
                self.see(session, |call| call.state = CallState::Established);
            }
            Event::Accepted { session, .. } => self.see(session, |call| call.state = CallState::Established),
            Event::Offer { session, sdp } => self.change(session, sdp.as_deref()),
            Event::OfferAnswered { session, sdp } => {
                self.learn(session, sdp.as_deref());
                self.change_settled(session, Ok(()));
            }
            Event::OfferRefused { session, status } => self.change_settled(session, Err(status.code())),
            Event::Notified { session, status } => {
                let done = self.calls.get_mut(&PhoneCall(session.0)).and_then(|it| it.transferring.take());
                if let Some(done) = done {
                    // Nobody may wait any more.
                    let _ = done.send(if status.is_success() { Ok(()) } else { Err(status.code()) });
                }
            }
            Event::Digit { digit, .. } => self.room.hearing.lock().digit(digit),
            Event::Referred(referred) => {
                let (session, refer) = (referred.session, referred.refer);
                self.order(Order::AnswerRefer { session, refer, status: Status::DECLINE });
            }
            Event::Ended { session, cause, .. } => self.ended(PhoneCall(session.0), cause),
            Event::Confirmed { .. } => {}
        }
    }

    /// The far side's answer to our offer, if there is one.
    fn learn(&mut self, session: SessionId, sdp: Option<&[u8]>) {
        let Some(call) = self.calls.get_mut(&PhoneCall(session.0)) else { return };
        let is_held = sdp.and_then(|sdp| call.accept(sdp));
        if let Some(is_held) = is_held {
            self.see(session, |call| call.is_held = is_held);
        }
    }

    /// The far side wants to change something.
    fn change(&mut self, session: SessionId, sdp: Option<&[u8]>) {
        let Some(call) = self.calls.get_mut(&PhoneCall(session.0)) else { return };
        let answer = match sdp {
            Some(sdp) => call.answer_offer(sdp),
            None => Ok((call.offer(), false)),
        };
        match answer {
            Ok((sdp, is_held)) => {
                self.order(Order::AnswerOffer { session, sdp });
                self.see(session, |call| call.is_held = is_held);
            }
            Err(status) => self.order(Order::RefuseOffer { session, status, headers: Vec::new() }),
        }
    }

    fn change_settled(&mut self, session: SessionId, outcome: Result<(), u16>) {
        let Some(call) = self.calls.get_mut(&PhoneCall(session.0)) else { return };
        let is_holding = call.settle(outcome.is_ok());
        let done = call.changing.take();
        self.see(session, |call| call.is_holding = is_holding);
        if let Some(done) = done {
            // Nobody may wait any more.
            let _ = done.send(outcome);
        }
    }

    fn ended(&mut self, id: PhoneCall, cause: sip::user_agent::Cause) {
        use sip::user_agent::Cause;
        self.calls.remove(&id);
        self.lines.lock().remove(&id);
        let ending = match cause {
            Cause::Ordered => Ending::Here,
            Cause::HungUp => Ending::There,
            Cause::Canceled => Ending::Canceled,
            Cause::Refused { status, .. } => Ending::Refused(status.code()),
            other => Ending::Broken(format!("{other:?}")),
        };
        self.see(SessionId(id.0), |call| call.state = CallState::Ended(ending));
    }

    fn see(&self, session: SessionId, change: impl FnOnce(&mut CallView)) {
        let id = PhoneCall(session.0);
        let changed = self.view.borrow().calls.get(&id).cloned();
        if let Some(mut call) = changed {
            change(&mut call);
            self.show(id, call);
        }
    }

    fn order(&mut self, order: Order) {
        self.give(Input::Order(order));
    }

    fn give(&mut self, input: Input) {
        self.agent.handle(input, clock::now(), &mut self.outputs);
    }

    /// Does what the user agent wants, until it wants nothing more.
    async fn settle(&mut self) {
        while !self.outputs.is_empty() {
            for output in std::mem::take(&mut self.outputs) {
                match output {
                    Output::Send { flow, octets } => {
                        // What the system does not take is lost, as on any network.
                        let _ = self.socket.send_to(&octets, flow.peer).await;
                    }
                    Output::Event(event) => self.happened(event),
                }
            }
        }
    }
}

/// For how long a registration lasts, as the registrar says.
fn lasts_s(response: &Response) -> u32 {
    let of_contacts = response.headers.values(&Name::Contact).filter_map(|contact| {
        let (_, params) = contact.rsplit_once('>')?;
        Params::of(params.trim_start_matches(';')).value("expires")?.parse().ok()
    });
    of_contacts.min().or_else(|| response.number(&Name::Expires)).unwrap_or(REGISTERS_FOR_S).max(2)
}
