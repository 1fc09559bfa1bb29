//! Server transactions: somebody asks, we answer (RFC 3261, 17.2; RFC 6026, 7.1).

use super::*;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No final answer yet (Trying, too).
    Proceeding,
    /// A final answer was sent; of an INVITE, not a 2xx.
    Completed,
    /// The ACK to a non-2xx came.
    Confirmed,
    /// A 2xx to an INVITE was sent.
    Accepted,
}

#[derive(Debug)]
pub(super) struct Server {
    key: String,
    pub(super) flow: Flow,
    way: Way,
    source: IpAddr,
    is_invite: bool,
    state: State,
    /// The last answer, to be repeated; empty while there is none.
    last: Bytes,
    /// The 100, until another answer is sent.
    trying: Option<Box<Response>>,
    /// To with our tag, for the answer to a CANCEL.
    to: Option<Text>,
    pause: Duration,
    times: deadlines::Times,
}

impl Transactions {
    pub(super) fn request_came(&mut self, flow: Flow, request: Request, now: Instant, out: &mut Vec<Output>) {
        let method = if request.method == Method::Ack { &Method::Invite } else { &request.method };
        let Some(key) = key::of_request(&request, method) else { return };
        match (self.server_keys.get(&key).copied(), &request.method) {
            (Some(server), Method::Ack) => self.ack_came(server, flow, request, now, out),
            (None, Method::Ack) => out.push(Output::Ack { flow, request: Box::new(request) }),
            (Some(server), _) => self.repeated(server, out),
            (None, _) => self.begin_server(key, flow, request, now, out),
        }
    }

    fn ack_came(
        &mut self,
        server: ServerId,
        flow: Flow,
        request: Request,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.servers.get_mut(&server) else { return };
        match it.state {
            State::Completed => {
                it.state = State::Confirmed;
                it.last = Bytes::new();
                if it.flow.transport.is_reliable() {
                    return self.end_server(server, out);
                }
                // Timer I.
                let (owner, end) = (Owner::Server(server), now + self.config.t4);
                self.deadlines.set(&mut it.times, owner, Timer::Repeat, None);
                self.deadlines.set(&mut it.times, owner, Timer::End, Some(end));
            }
            State::Accepted => out.push(Output::Ack { flow, request: Box::new(request) }),
            State::Proceeding | State::Confirmed => {}
        }
    }

    fn repeated(&self, server: ServerId, out: &mut Vec<Output>) {
        let Some(it) = self.servers.get(&server) else { return };
        let answers = matches!(it.state, State::Proceeding | State::Completed);
        if answers && !it.last.is_empty() {
            out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
        }
    }

    fn begin_server(
        &mut self,
        key: String,
        flow: Flow,
        mut request: Request,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        request.note_source(flow.peer);
        let mut back = flow;
        if !flow.transport.is_reliable() {
            back.peer = request.answer_address(flow.peer);
        }
        let source = flow.peer.ip();
        if !self.has_room(source) {
            let mut response = request.respond(Status::SERVICE_UNAVAILABLE, Some("busy"));
            response.headers.push(Name::RetryAfter, 10);
            out.push(Output::Send { flow: back, bytes: response.to_bytes() });
            out.push(Output::Refused(flow));
            return;
        }
        self.last_server += 1;
        let server = ServerId(self.last_server);
        let is_invite = request.method == Method::Invite;
        let mut it = Server {
            key: key.clone(),
            flow: back,
            way: Way::of(&flow),
            source,
            is_invite,
            state: State::Proceeding,
            last: Bytes::new(),
            trying: is_invite.then(|| Box::new(request.respond(Status::TRYING, None))),
            to: None,
            pause: self.config.t1,
            times: deadlines::Times::default(),
        };
        if is_invite {
            let at = now + self.config.trying_after;
            self.deadlines.set(&mut it.times, Owner::Server(server), Timer::Trying, Some(at));
        }
        self.enter(it.way, Owner::Server(server));
        *self.sources.entry(source).or_default() += 1;
        self.server_keys.insert(key, server);
        self.servers.insert(server, it);
        if request.method == Method::Cancel {
            self.cancel_came(server, request, now, out);
        } else {
            out.push(Output::Request { server, flow, request: Box::new(request) });
        }
    }

    fn has_room(&self, source: IpAddr) -> bool {
        let most = if self.config.trusted.contains(&source) {
            self.config.most_per_trusted_source
        } else {
            self.config.most_per_source
        };
        self.len() < self.config.most && self.sources.get(&source).is_none_or(|count| *count < most)
    }

    /// Answered at once (RFC 3261, 9.2), with the tag that the INVITE's answers have.
    fn cancel_came(&mut self, cancel: ServerId, request: Request, now: Instant, out: &mut Vec<Output>) {
        let invite = key::of_request(&request, &Method::Invite);
        let invite = invite.and_then(|key| self.server_keys.get(&key)).copied();
        let found = invite.and_then(|invite| self.servers.get(&invite).map(|it| (invite, it)));
        let status = if found.is_some() { Status::OK } else { Status::NO_SUCH_TRANSACTION };
        let mut response = request.respond(status, Some("cancel"));
        if let Some(to) = found.and_then(|(_, it)| it.to.clone()) {
            response.headers.set(Name::To, to);
        }
        let pending = found.filter(|(_, it)| it.state == State::Proceeding).map(|(invite, _)| invite);
        self.respond(cancel, &response, now, out);
        if let Some(server) = pending {
            out.push(Output::Cancelled { server, request: Box::new(request) });
        }
    }

    pub(super) fn respond(
        &mut self,
        server: ServerId,
        response: &Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let owner = Owner::Server(server);
        let Some(it) = self.servers.get_mut(&server) else { return };
        // The first final answer stands; of a 2xx, the user's own repetition (a reliable 2xx, a fork) may pass.
        if it.state != State::Proceeding {
            return;
        }
        it.trying = None;
        it.last = response.to_bytes();
        if it.is_invite {
            // In a buffer of its own: it stays longer than the message should.
            it.to = response.headers.first(&Name::To).map(Text::detached);
        }
        self.deadlines.set(&mut it.times, owner, Timer::Trying, None);
        out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
        if response.status.is_provisional() {
            return;
        }
        let is_reliable = it.flow.transport.is_reliable();
        it.state = match (it.is_invite, response.status.is_success()) {
            (true, true) => State::Accepted,
            _ => State::Completed,
        };
        if !it.is_invite && is_reliable {
            // Timer J is zero.
            return self.end_server(server, out);
        }
        if it.is_invite && (it.state == State::Accepted || !is_reliable) {
            // Timer G; a 2xx is repeated over reliable transports, too (RFC 3261, 13.3.1.4).
            self.deadlines.set(&mut it.times, owner, Timer::Repeat, Some(now + self.config.t1));
        }
        // Timers H, J, L.
        self.deadlines.set(&mut it.times, owner, Timer::End, Some(now + self.config.long()));
    }

    pub(super) fn acknowledged(&mut self, server: ServerId) {
        let Some(it) = self.servers.get_mut(&server).filter(|it| it.state == State::Accepted) else { return };
        it.last = Bytes::new();
        self.deadlines.set(&mut it.times, Owner::Server(server), Timer::Repeat, None);
    }

    pub(super) fn server_timer(
        &mut self,
        server: ServerId,
        timer: Timer,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.servers.get_mut(&server) else { return };
        match timer {
            Timer::Trying => {
                if let Some(trying) = it.trying.take() {
                    it.last = trying.to_bytes();
                    out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
                }
            }
            Timer::Repeat => {
                it.pause = (it.pause * 2).min(self.config.t2);
                out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
                let at = Some(now + it.pause);
                self.deadlines.set(&mut it.times, Owner::Server(server), Timer::Repeat, at);
            }
            Timer::End => {
                let is_unheard = match it.state {
                    State::Completed => it.is_invite,
                    State::Accepted => !it.last.is_empty(),
                    State::Proceeding | State::Confirmed => false,
                };
                if is_unheard {
                    out.push(Output::AckMissing(server));
                }
                self.end_server(server, out);
            }
        }
    }

    pub(super) fn end_server(&mut self, server: ServerId, out: &mut Vec<Output>) {
        let Some(mut it) = self.servers.remove(&server) else { return };
        self.deadlines.clear(&mut it.times, Owner::Server(server));
        self.server_keys.remove(&it.key);
        self.leave(it.way, Owner::Server(server));
        if let Some(count) = self.sources.get_mut(&it.source) {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(&it.source);
            }
        }
        out.push(Output::ServerOver(server));
    }
}
