//! One share of the push sessions: a hub of the protocol, and those who wait for what it says.
//!
//! What the hub puts out is handed on before its lock is released, so that nothing overtakes anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use bayeux::{BrowserId, Channel, ConnectionId, ExchangeId, Hub, Input, Output, Owner};
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::outbox::Outbox;
use crate::clock;
use crate::sign_in::SessionId;

/// A hub with its lock, and the clock that drives it.
pub(super) struct Shard {
    state: Mutex<State>,
    /// Told when the hub's deadline has moved to an earlier time.
    sooner: Notify,
}

struct State {
    hub: Hub,
    outputs: Vec<Output>,
    exchanges: HashMap<ExchangeId, oneshot::Sender<Reply>>,
    sockets: HashMap<ConnectionId, Arc<Outbox>>,
    bindings: Bindings,
    /// When the hub's clock rings at the latest.
    alarm: Option<Instant>,
    /// Events that clients have published, for the other shards.
    published: Vec<(Channel, Bytes)>,
}

/// Which push sessions and sockets end with which session of sign-in.
#[derive(Default)]
struct Bindings {
    by_session: BTreeMap<(Owner, SessionId), BTreeSet<bayeux::SessionId>>,
    of_push: HashMap<bayeux::SessionId, SessionId>,
    sockets: BTreeMap<(Owner, SessionId), BTreeSet<ConnectionId>>,
}

/// What an HTTP request is answered with.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// A JSON array, or nothing if the status is not 200.
    pub(crate) body: Bytes,
    pub(crate) set_browser: Option<BrowserId>,
    /// Whether the hub wants to know what becomes of it.
    pub(super) report: bool,
}

/// The reply to a request: here already, or to come.
pub(super) enum Answer {
    Now(Reply),
    Later(oneshot::Receiver<Reply>),
}

/// Sums over a shard, for metrics.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Figures {
    /// Push sessions.
    pub(crate) sessions: usize,
    /// Held connects.
    pub(crate) held: usize,
    /// Open sockets.
    pub(crate) sockets: usize,
    /// Events kept for sessions.
    pub(crate) queued_events: usize,
    /// Bytes of them.
    pub(crate) queued_bytes: usize,
}

impl Shard {
    pub(super) fn new(config: bayeux::Config) -> Shard {
        Shard {
            state: Mutex::new(State {
                hub: Hub::new(config),
                outputs: Vec::new(),
                exchanges: HashMap::new(),
                sockets: HashMap::new(),
                bindings: Bindings::default(),
                alarm: None,
                published: Vec::new(),
            }),
            sooner: Notify::new(),
        }
    }

    /// Hands in an HTTP request of someone who signed in with `session`.
    pub(super) fn request(
        &self,
        exchange: ExchangeId,
        input: Input,
        owner: Owner,
        session: Option<SessionId>,
        push_session: Option<bayeux::SessionId>,
    ) -> (Answer, Vec<(Channel, Bytes)>) {
        let mut state = self.state.lock();
        if let (Some(session), Some(push_session)) = (session, push_session) {
            state.bindings.rebind(owner, session, push_session);
        }
        let now = state.handle(input, Some(exchange), session);
        let answer = match now {
            Some(reply) => Answer::Now(reply),
            None => {
                let (sender, receiver) = oneshot::channel();
                state.exchanges.insert(exchange, sender);
                Answer::Later(receiver)
            }
        };
        self.wind(&mut state);
        (answer, std::mem::take(&mut state.published))
    }

    /// Hands in anything but a request.
    pub(super) fn handle(&self, input: Input) {
        let mut state = self.state.lock();
        state.handle(input, None, None);
        self.wind(&mut state);
    }

    /// The peer of an exchange is gone.
    pub(super) fn close_exchange(&self, exchange: ExchangeId) {
        let mut state = self.state.lock();
        state.exchanges.remove(&exchange);
        state.handle(Input::ExchangeClosed { exchange }, None, None);
        self.wind(&mut state);
    }

    pub(super) fn open_socket(
        &self,
        connection: ConnectionId,
        owner: Owner,
        session: Option<SessionId>,
        browser: Option<BrowserId>,
        outbox: Arc<Outbox>,
    ) {
        let mut state = self.state.lock();
        state.sockets.insert(connection, outbox);
        if let Some(session) = session {
            state.bindings.sockets.entry((owner, session)).or_default().insert(connection);
        }
        state.handle(Input::SocketOpened { connection, owner, browser }, None, session);
        self.wind(&mut state);
    }

    /// Hands in a frame of a socket.
    pub(super) fn socket_request(&self, input: Input, session: Option<SessionId>) -> Vec<(Channel, Bytes)> {
        let mut state = self.state.lock();
        state.handle(input, None, session);
        self.wind(&mut state);
        std::mem::take(&mut state.published)
    }

    /// Frames of a socket were handed to the network.
    pub(super) fn socket_written(&self, connection: ConnectionId, frames: usize) {
        let mut state = self.state.lock();
        for _ in 0..frames {
            state.handle(Input::SocketWritten { connection }, None, None);
        }
        self.wind(&mut state);
    }

    pub(super) fn close_socket(&self, connection: ConnectionId, owner: Owner, session: Option<SessionId>) {
        let mut state = self.state.lock();
        state.sockets.remove(&connection);
        if let Some(session) = session {
            state.bindings.remove_socket(owner, session, connection);
        }
        state.handle(Input::SocketClosed { connection }, None, None);
        self.wind(&mut state);
    }

    /// Ends what belongs to the sessions of one owner for which `is_over` holds.
    pub(super) fn end_sessions(&self, owner: Owner, is_over: impl Fn(SessionId) -> bool) {
        let mut state = self.state.lock();
        let range = (owner, SessionId(0))..=(owner, SessionId(u128::MAX));
        let bindings = &state.bindings;
        let over = |((_, session), ids): (&(Owner, SessionId), &BTreeSet<_>)| {
            is_over(*session).then(|| ids.iter().copied().collect::<Vec<_>>())
        };
        let push_sessions: Vec<_> =
            bindings.by_session.range(range.clone()).filter_map(over).flatten().collect();
        let sockets: Vec<ConnectionId> = bindings
            .sockets
            .range(range)
            .filter(|((_, session), _)| is_over(*session))
            .flat_map(|(_, sockets)| sockets.iter().copied())
            .collect();
        for session in push_sessions {
            state.handle(Input::DisconnectSession { owner, session }, None, None);
        }
        for connection in sockets {
            if let Some(outbox) = state.sockets.get(&connection) {
                outbox.close(bayeux::CLOSE_NORMAL);
            }
        }
        self.wind(&mut state);
    }

    pub(super) fn has_sessions(&self, owner: Owner) -> bool {
        let range = (owner, SessionId(0))..=(owner, SessionId(u128::MAX));
        self.state.lock().bindings.by_session.range(range).next().is_some()
    }

    /// Hands in the time whenever the hub wants to know; never returns.
    pub(super) async fn run_clock(&self) {
        loop {
            let alarm = self.state.lock().alarm;
            match alarm {
                None => self.sooner.notified().await,
                Some(alarm) => {
                    let ring = tokio::time::sleep_until(alarm.into());
                    tokio::select! {
                        () = ring => {
                            let mut state = self.state.lock();
                            state.alarm = None;
                            state.handle(Input::Tick, None, None);
                            state.alarm = state.hub.deadline().map(|(at, _)| at);
                        }
                        () = self.sooner.notified() => {}
                    }
                }
            }
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let state = self.state.lock();
        Figures {
            sessions: state.hub.sessions(),
            held: state.hub.held(),
            sockets: state.hub.sockets(),
            queued_events: state.hub.queued_events(),
            queued_bytes: state.hub.queued_bytes(),
        }
    }

    /// Sets the alarm earlier if the hub wants it. It never needs to be set later: a tick too many is harmless.
    fn wind(&self, state: &mut State) {
        let Some((deadline, _)) = state.hub.deadline() else { return };
        if state.alarm.is_none_or(|alarm| deadline < alarm) {
            state.alarm = Some(deadline);
            self.sooner.notify_one();
        }
    }
}

impl State {
    /// Hands an input to the hub and its outputs to those they are for. Gives back the reply to `mine`, if
    /// there is one already.
    fn handle(
        &mut self,
        input: Input,
        mine: Option<ExchangeId>,
        session: Option<SessionId>,
    ) -> Option<Reply> {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.hub.handle(input, clock::now(), &mut outputs);
        let mut answered = None;
        for output in outputs.drain(..) {
            match output {
                Output::Reply { exchange, status, body, set_browser, report } => {
                    let reply = Reply { status, body, set_browser, report };
                    if Some(exchange) == mine {
                        answered = Some(reply);
                    } else if let Some(sender) = self.exchanges.remove(&exchange) {
                        // Whoever has stopped waiting says so by closing the exchange.
                        let _ = sender.send(reply);
                    }
                }
                Output::SocketText { connection, body } => {
                    if let Some(outbox) = self.sockets.get(&connection) {
                        outbox.put(body);
                    }
                }
                Output::CloseSocket { connection, code } => {
                    if let Some(outbox) = self.sockets.get(&connection) {
                        outbox.close(code);
                    }
                }
                Output::SessionOpened { owner, session: push_session } => {
                    if let Some(session) = session {
                        self.bindings.bind(owner, session, push_session);
                    }
                    metrics::counter!("souffleur_push_sessions_opened_total").increment(1);
                }
                Output::SessionClosed { owner, session: push_session, reason } => {
                    self.bindings.unbind(owner, push_session);
                    metrics::counter!("souffleur_push_sessions_closed_total", "reason" => reason.as_str())
                        .increment(1);
                }
                Output::Publish { channel, event } => self.published.push((channel, event)),
            }
        }
        self.outputs = outputs;
        answered
    }
}

impl Bindings {
    fn bind(&mut self, owner: Owner, session: SessionId, push_session: bayeux::SessionId) {
        self.of_push.insert(push_session, session);
        self.by_session.entry((owner, session)).or_default().insert(push_session);
    }

    /// A push session that is used in another session than before ends with that one from now on.
    fn rebind(&mut self, owner: Owner, session: SessionId, push_session: bayeux::SessionId) {
        match self.of_push.get(&push_session) {
            Some(bound) if *bound != session => {
                // A stranger's push session is not this owner's to take.
                let is_own = self
                    .by_session
                    .get(&(owner, *bound))
                    .is_some_and(|push_sessions| push_sessions.contains(&push_session));
                if is_own {
                    self.unbind(owner, push_session);
                    self.bind(owner, session, push_session);
                }
            }
            _ => {}
        }
    }

    fn unbind(&mut self, owner: Owner, push_session: bayeux::SessionId) {
        let Some(session) = self.of_push.remove(&push_session) else { return };
        if let Some(push_sessions) = self.by_session.get_mut(&(owner, session)) {
            push_sessions.remove(&push_session);
            if push_sessions.is_empty() {
                self.by_session.remove(&(owner, session));
            }
        }
    }

    fn remove_socket(&mut self, owner: Owner, session: SessionId, connection: ConnectionId) {
        if let Some(sockets) = self.sockets.get_mut(&(owner, session)) {
            sockets.remove(&connection);
            if sockets.is_empty() {
                self.sockets.remove(&(owner, session));
            }
        }
    }
}
