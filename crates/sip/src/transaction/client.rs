//! Client transactions: we ask, somebody answers (RFC 3261, 17.1; RFC 6026, 7.2).

use super::*;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No answer yet: Calling or Trying.
    Calling,
    /// A provisional answer came.
    Proceeding,
    /// A final answer came; of an INVITE, not a 2xx.
    Completed,
    /// A 2xx to an INVITE came.
    Accepted,
}

/// What becomes of an INVITE that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Giving {
    /// It is still wanted.
    No,
    /// The CANCEL waits for a provisional answer.
    Waiting(Option<Text>),
    /// The CANCEL was sent.
    Sent,
}

#[derive(Debug)]
pub(super) struct Client {
    key: String,
    flow: Flow,
    state: State,
    /// The request, or the ACK of its final answer, to be repeated.
    last: Bytes,
    /// What ACK and CANCEL are made of; none for other requests.
    invite: Option<Box<Request>>,
    giving: Giving,
    pause: Duration,
    times: deadlines::Times,
}

impl Transactions {
    pub(super) fn ask(
        &mut self,
        client: ClientId,
        flow: Flow,
        request: Request,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let ticket = Ticket { client, is_cancel: false };
        let key = key::of_our_request(&request).filter(|key| !self.client_keys.contains_key(key));
        let is_new = !self.clients.contains_key(&ticket) && self.len() < self.config.most;
        let Some(key) = key.filter(|_| is_new && request.method != Method::Ack) else {
            out.push(Output::Failed(client));
            out.push(Output::Over(client));
            return;
        };
        self.begin_client(ticket, key, flow, request, now, out);
    }

    fn begin_client(
        &mut self,
        ticket: Ticket,
        key: String,
        flow: Flow,
        request: Request,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let bytes = request.to_bytes();
        let invite = (request.method == Method::Invite).then(|| {
            let mut request = request;
            request.body = Bytes::new();
            Box::new(request)
        });
        let mut it = Client {
            key: key.clone(),
            flow,
            state: State::Calling,
            last: bytes.clone(),
            invite,
            giving: Giving::No,
            pause: self.config.t1,
            times: deadlines::Times::default(),
        };
        let owner = Owner::Client(ticket);
        if !flow.transport.is_reliable() {
            // Timers A and E.
            self.deadlines.set(&mut it.times, owner, Timer::Repeat, Some(now + self.config.t1));
        }
        // Timers B and F.
        self.deadlines.set(&mut it.times, owner, Timer::End, Some(now + self.config.long()));
        self.enter(Way::of(&flow), owner);
        self.client_keys.insert(key, ticket);
        self.clients.insert(ticket, it);
        out.push(Output::Send { flow, bytes });
    }

    pub(super) fn response_came(
        &mut self,
        flow: Flow,
        response: Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        // More than one Via: it is not for us (RFC 3261, 8.1.3.3).
        if response.headers.values(&Name::Via).nth(1).is_some() {
            return;
        }
        let Some(key) = key::of_response(&response) else { return };
        let Some(ticket) = self.client_keys.get(&key).copied() else {
            if response.status.is_success() && key.starts_with("INVITE ") {
                out.push(Output::StraySuccess { flow, response: Box::new(response) });
            }
            return;
        };
        let Some(it) = self.clients.get(&ticket) else { return };
        match (it.invite.is_some(), response.status) {
            (true, status) if status.is_provisional() => self.ringing(ticket, flow, response, now, out),
            (true, status) if status.is_success() => self.accepted(ticket, flow, response, now, out),
            (true, _) => self.rejected(ticket, flow, response, now, out),
            (false, _) => self.answered(ticket, flow, response, now, out),
        }
    }

    fn ringing(
        &mut self,
        ticket: Ticket,
        flow: Flow,
        response: Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        if !matches!(it.state, State::Calling | State::Proceeding) {
            return;
        }
        if it.state == State::Calling {
            it.state = State::Proceeding;
            self.deadlines.set(&mut it.times, Owner::Client(ticket), Timer::Repeat, None);
            // Timer B watches for the first answer only; from here on it may ring as long as the user likes.
            self.deadlines.set(&mut it.times, Owner::Client(ticket), Timer::End, None);
        }
        let waiting = std::mem::replace(&mut it.giving, Giving::Sent);
        match waiting {
            Giving::Waiting(reason) => self.send_cancel(ticket.client, reason, now, out),
            other => it.giving = other,
        }
        out.push(Output::Response { client: ticket.client, flow, response: Box::new(response) });
    }

    fn accepted(
        &mut self,
        ticket: Ticket,
        flow: Flow,
        response: Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        match it.state {
            State::Calling | State::Proceeding => {
                it.state = State::Accepted;
                it.last = Bytes::new();
                // Timer M.
                let (owner, end) = (Owner::Client(ticket), now + self.config.long());
                self.deadlines.set(&mut it.times, owner, Timer::Repeat, None);
                self.deadlines.set(&mut it.times, owner, Timer::End, Some(end));
            }
            State::Accepted => {}
            // A fork accepts after another refused for all: a proxy's fault, but somebody waits for an ACK.
            State::Completed => {
                out.push(Output::StraySuccess { flow, response: Box::new(response) });
                return;
            }
        }
        out.push(Output::Response { client: ticket.client, flow, response: Box::new(response) });
    }

    fn rejected(
        &mut self,
        ticket: Ticket,
        flow: Flow,
        response: Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        match it.state {
            State::Completed => out.push(Output::Send { flow: it.flow, bytes: it.last.clone() }),
            State::Accepted => {}
            State::Calling | State::Proceeding => {
                let Some(ack) = it.invite.as_deref().map(|invite| ack_of(invite, &response)) else { return };
                it.state = State::Completed;
                it.last = ack.to_bytes();
                out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
                out.push(Output::Response { client: ticket.client, flow, response: Box::new(response) });
                if it.flow.transport.is_reliable() {
                    return self.end_client(ticket, out);
                }
                // Timer D.
                let (owner, end) = (Owner::Client(ticket), now + self.config.long());
                self.deadlines.set(&mut it.times, owner, Timer::Repeat, None);
                self.deadlines.set(&mut it.times, owner, Timer::End, Some(end));
            }
        }
    }

    /// The answer to a request other than INVITE.
    fn answered(
        &mut self,
        ticket: Ticket,
        flow: Flow,
        response: Response,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        if it.state == State::Completed {
            return;
        }
        let is_final = response.status.is_final();
        it.state = if is_final { State::Completed } else { State::Proceeding };
        if !ticket.is_cancel {
            out.push(Output::Response { client: ticket.client, flow, response: Box::new(response) });
        }
        if !is_final {
            return;
        }
        if it.flow.transport.is_reliable() {
            return self.end_client(ticket, out);
        }
        it.last = Bytes::new();
        // Timer K.
        let (owner, end) = (Owner::Client(ticket), now + self.config.t4);
        self.deadlines.set(&mut it.times, owner, Timer::Repeat, None);
        self.deadlines.set(&mut it.times, owner, Timer::End, Some(end));
    }

    pub(super) fn cancel(
        &mut self,
        client: ClientId,
        reason: Option<Text>,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let ticket = Ticket { client, is_cancel: false };
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        if it.invite.is_none() || it.giving != Giving::No {
            return;
        }
        match it.state {
            State::Calling => it.giving = Giving::Waiting(reason),
            State::Proceeding => {
                it.giving = Giving::Sent;
                self.send_cancel(client, reason, now, out);
            }
            State::Completed | State::Accepted => {}
        }
    }

    fn send_cancel(&mut self, client: ClientId, reason: Option<Text>, now: Instant, out: &mut Vec<Output>) {
        let ticket = Ticket { client, is_cancel: false };
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        let Some(invite) = it.invite.as_deref() else { return };
        let mut request = successor_of(invite, Method::Cancel);
        if let Some(to) = invite.headers.first(&Name::To) {
            request.headers.push(Name::To, to.clone());
        }
        if let Some(reason) = reason {
            request.headers.push(Name::Reason, reason);
        }
        let flow = it.flow;
        // Without a final answer by then, the INVITE counts as cancelled (RFC 3261, 9.1).
        let end = Some(now + self.config.long());
        self.deadlines.set(&mut it.times, Owner::Client(ticket), Timer::End, end);
        if let Some(key) = key::of_our_request(&request) {
            self.begin_client(Ticket { client, is_cancel: true }, key, flow, request, now, out);
        }
    }

    pub(super) fn client_timer(&mut self, ticket: Ticket, timer: Timer, now: Instant, out: &mut Vec<Output>) {
        let Some(it) = self.clients.get_mut(&ticket) else { return };
        match timer {
            Timer::Repeat => {
                let doubled = it.pause * 2;
                it.pause = match (it.invite.is_some(), it.state) {
                    // Timer A doubles without end; Timer E up to T2, and is T2 after a provisional answer.
                    (true, _) => doubled,
                    (false, State::Proceeding) => self.config.t2,
                    (false, _) => doubled.min(self.config.t2),
                };
                out.push(Output::Send { flow: it.flow, bytes: it.last.clone() });
                let at = Some(now + it.pause);
                self.deadlines.set(&mut it.times, Owner::Client(ticket), Timer::Repeat, at);
            }
            Timer::End => {
                let is_unanswered = matches!(it.state, State::Calling | State::Proceeding);
                if is_unanswered && !ticket.is_cancel {
                    out.push(Output::TimedOut(ticket.client));
                }
                self.end_client(ticket, out);
            }
            Timer::Trying => {}
        }
    }

    pub(super) fn fail_client(&mut self, ticket: Ticket, out: &mut Vec<Output>) {
        let Some(it) = self.clients.get(&ticket) else { return };
        if matches!(it.state, State::Calling | State::Proceeding) && !ticket.is_cancel {
            out.push(Output::Failed(ticket.client));
        }
        self.end_client(ticket, out);
    }

    fn end_client(&mut self, ticket: Ticket, out: &mut Vec<Output>) {
        let Some(mut it) = self.clients.remove(&ticket) else { return };
        self.deadlines.clear(&mut it.times, Owner::Client(ticket));
        self.client_keys.remove(&it.key);
        self.leave(Way::of(&it.flow), Owner::Client(ticket));
        if !ticket.is_cancel {
            out.push(Output::Over(ticket.client));
        }
    }
}

/// The ACK to a final answer that is no 2xx: To of the answer, Via and Route of the INVITE (RFC 3261, 17.1.1.3).
fn ack_of(invite: &Request, response: &Response) -> Request {
    let mut ack = successor_of(invite, Method::Ack);
    if let Some(to) = response.headers.first(&Name::To) {
        ack.headers.push(Name::To, to.clone());
    }
    ack
}

/// What ACK and CANCEL have from their INVITE; To is still missing.
fn successor_of(invite: &Request, method: Method) -> Request {
    let mut request = Request::new(method, invite.uri.clone());
    if let Some(via) = invite.headers.values(&Name::Via).next() {
        request.headers.push(Name::Via, via);
    }
    for name in [Name::From, Name::CallId] {
        if let Some(value) = invite.headers.first(&name) {
            request.headers.push(name, value.clone());
        }
    }
    let number = invite.cseq().map_or(0, |cseq| cseq.number);
    request.headers.push(Name::CSeq, format!("{number} {}", request.method));
    request.headers.push(Name::MaxForwards, "70");
    for value in invite.headers.all(&Name::Route) {
        request.headers.push(Name::Route, value.clone());
    }
    request
}
