//! The user agent: any number of calls, each with its dialogs, on top of transactions. Neither sockets nor clocks.
//!
//! What always holds: each [`Order::Invite`] and each [`Event::Offered`] is followed by exactly one [`Event::Ended`]; each request
//! that comes gets a final answer; nothing of a call stays when its last transaction is over. SDP passes through unread.
//!
//! Spoken are RFC 3261 (dialogs, sessions, forking at either side), 3262 (reliable provisional answers), 3311 (UPDATE), 3326
//! (Reason), 3515 and 4488 (REFER), 3891 (Replaces), 4028 (session timers) and 6026.
//!
//! Left out: subscriptions other than the one that REFER makes, name look-ups, proxies.

mod asked;
mod calling;
mod change;
mod compose;
mod config;
mod dialog;
mod ending;
mod inside;
mod io;
mod outside;
mod record;
mod refer;
mod refresh;
mod reliable;
mod ringing;
mod session;
mod transferring;

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub use config::{
    ANSWER_WITHIN, CHANGE_WITHIN, Config, MOST_EARLY_DIALOGS, MOST_GLARES, MOST_REFERS, MOST_TARGETS,
    RING_AT_MOST,
};
pub use io::{
    Cause, Event, Input, Invite, Listener, Offered, Order, Output, Peer, ReferId, Referred, RequestId,
    SessionId, Target, Ticket,
};
pub use record::DialogRecord;

use crate::ConnectionId;
use crate::message::{Response, Text};
use crate::transaction::{self, Branches, ClientId, ServerId, Transactions};

use asked::Asked;
use session::{Alarm, Session};

/// All calls of one server, driven by inputs and the time that comes with them.
#[derive(Debug)]
pub struct UserAgent {
    config: Config,
    branches: Branches,
    transactions: Transactions,
    /// What the transactions have said and nobody has looked at yet; empty between two inputs.
    told: Vec<transaction::Output>,
    sessions: BTreeMap<SessionId, Session>,
    /// What each request of ours was for, until its transaction is over.
    asked: BTreeMap<ClientId, Asked>,
    /// Whose INVITE each server transaction is that still waits for an answer of ours, or for an ACK.
    invites: BTreeMap<ServerId, SessionId>,
    /// Calls of the far side that are not answered yet, by Call-ID and From tag, with their numbers: a second copy of one of them
    /// came over another proxy (RFC 3261, section 8.2.2.2).
    ringing: BTreeMap<(Text, Text), (SessionId, u32)>,
    /// Requests outside of dialogs that wait for an order, with the answer but for its status.
    requests: BTreeMap<RequestId, (Response, Instant)>,
    /// How many sessions each source has.
    sources: BTreeMap<IpAddr, usize>,
    connections: BTreeSet<(ConnectionId, SessionId)>,
    agenda: BTreeSet<(Instant, Due)>,
    last_client: u64,
    last_offered: u64,
    is_draining: bool,
}

/// Whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Session(SessionId, Alarm),
    Request(RequestId),
}

impl UserAgent {
    /// A user agent without calls. All its tags and numbers come from `seed`, which has to be random and kept to ourselves.
    #[must_use]
    pub fn new(config: Config, transactions: transaction::Config, seed: [u8; 32]) -> Self {
        Self {
            config,
            branches: Branches::new(seed),
            transactions: Transactions::new(transactions),
            told: Vec::new(),
            sessions: BTreeMap::new(),
            asked: BTreeMap::new(),
            invites: BTreeMap::new(),
            ringing: BTreeMap::new(),
            requests: BTreeMap::new(),
            sources: BTreeMap::new(),
            connections: BTreeSet::new(),
            agenda: BTreeSet::new(),
            last_client: 0,
            last_offered: SessionId::FIRST_OFFERED.0,
            is_draining: false,
        }
    }

    /// Takes in what happened at `now` and appends to `out` what is to be done, in order.
    pub fn handle(&mut self, input: Input, now: Instant, out: &mut Vec<Output>) {
        let mut turn = Turn { now, out };
        match input {
            Input::Received { flow, message } => {
                self.pass(transaction::Input::Received { flow, message }, &mut turn);
            }
            Input::FlowLost { flow } => {
                self.pass(transaction::Input::Lost(flow), &mut turn);
                self.work(&mut turn);
                self.flow_lost(&flow, &mut turn);
            }
            Input::Order(order) => self.ordered(order, &mut turn),
            Input::Tick => {
                self.pass(transaction::Input::Tick, &mut turn);
                self.work(&mut turn);
                self.tick(&mut turn);
            }
        }
        self.work(&mut turn);
    }

    /// When to hand in [`Input::Tick`], and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, &'static str)> {
        let ours = self.agenda.first().map(|(at, due)| match due {
            Due::Session(_, alarm) => (*at, alarm.reason()),
            Due::Request(_) => (*at, "a request waits for its answer"),
        });
        [ours, self.transactions.deadline()].into_iter().flatten().min_by_key(|it| it.0)
    }

    /// How many calls there are, those included that wait for their last ACK.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether nothing is left: no call, no transaction, no request that waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_quiet = self.transactions.is_empty() && self.asked.is_empty() && self.invites.is_empty();
        let is_forgotten = self.ringing.is_empty() && self.sources.is_empty() && self.connections.is_empty();
        self.sessions.is_empty()
            && self.requests.is_empty()
            && self.agenda.is_empty()
            && is_quiet
            && is_forgotten
    }

    /// What a new process needs to end a call, as it is now; None before the call is answered, and after its end.
    #[must_use]
    pub fn record(&self, session: SessionId) -> Option<DialogRecord> {
        match &self.sessions.get(&session).filter(|it| !it.is_over)?.phase {
            session::Phase::Up(call) => Some(call.dialog.record()),
            session::Phase::Calling(_) | session::Phase::Ringing(_) => None,
        }
    }

    /// How many transactions there are.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.transactions.len()
    }

    /// Names the sources that many calls may come from, anew: carriers.
    pub fn trust(&mut self, sources: BTreeSet<IpAddr>) {
        self.transactions.trust(sources.clone());
        self.config.trusted = sources;
    }

    /// Gives the transactions something; what they say is looked at by [`work`](Self::work).
    fn pass(&mut self, input: transaction::Input, turn: &mut Turn<'_>) {
        self.transactions.handle(input, turn.now, &mut self.told);
    }

    /// Looks at all that the transactions have said, which may make them say more.
    fn work(&mut self, turn: &mut Turn<'_>) {
        while !self.told.is_empty() {
            let mut all = core::mem::take(&mut self.told);
            for told in all.drain(..) {
                self.hear(told, turn);
            }
            if self.told.is_empty() {
                // Room for the next input.
                self.told = all;
            }
        }
    }

    fn hear(&mut self, told: transaction::Output, turn: &mut Turn<'_>) {
        use transaction::Output as Told;
        match told {
            Told::Send { flow, bytes } => turn.out.push(Output::Send { flow, octets: bytes }),
            Told::Request { server, flow, request } => self.requested(server, flow, *request, turn),
            Told::Ack { flow, request } => self.acknowledged(flow, &request, turn),
            Told::Cancelled { server, request } => self.canceled(server, &request, turn),
            Told::Response { client, flow, response } => self.responded(client, flow, &response, turn),
            Told::StraySuccess { flow, response } => self.end_stray(&flow, &response, turn),
            Told::TimedOut(client) => self.unanswered(client, crate::message::Status::REQUEST_TIMEOUT, turn),
            Told::Failed(client) => {
                self.unanswered(client, crate::message::Status::SERVICE_UNAVAILABLE, turn);
            }
            Told::AckMissing(server) => self.not_confirmed(server, turn),
            Told::ServerFailed(server) => self.waiting_lost(server, turn),
            Told::Over(client) => {
                self.asked.remove(&client);
            }
            Told::ServerOver(server) => {
                self.invites.remove(&server);
                self.forget_request(RequestId(server.0));
            }
            Told::Refused(_) => {}
        }
    }

    fn ordered(&mut self, order: Order, turn: &mut Turn<'_>) {
        match order {
            Order::Invite(invite) => self.invite(*invite, turn),
            Order::Ring { session, status, sdp } => self.ring(session, status, sdp, turn),
            Order::Answer { session, sdp } => self.answer(session, sdp, turn),
            Order::Refuse { session, status, headers } => self.refuse(session, status, headers, turn),
            Order::HangUp { session, reason } => self.hang_up(session, reason, Cause::Ordered, turn),
            Order::Offer { session, sdp } => self.offer(session, sdp, turn),
            Order::AnswerOffer { session, sdp } => self.answer_offer(session, sdp, turn),
            Order::RefuseOffer { session, status, headers } => {
                self.refuse_offer(session, status, headers, turn);
            }
            Order::Talk { session, event } => self.talk(session, event, turn),
            Order::Digits { session, digit, duration_ms } => self.digits(session, digit, duration_ms, turn),
            Order::Refer { session, to, replaces } => self.transfer(session, &to, replaces, turn),
            Order::AnswerRefer { session, refer, status } => self.answer_refer(session, refer, status, turn),
            Order::ReportRefer { session, refer, status } => self.report_refer(session, refer, status, turn),
            Order::Send { ticket, flow, request, credentials } => {
                self.send_outside(ticket, flow, *request, credentials, turn);
            }
            Order::Respond { request, status, headers } => {
                self.respond_outside(request, status, headers, turn);
            }
            Order::EndKept { record, reason } => self.end_kept(&record, reason, turn),
            Order::Drain => self.is_draining = true,
        }
    }

    fn tick(&mut self, turn: &mut Turn<'_>) {
        while let Some((at, due)) = self.agenda.first().copied() {
            if at > turn.now {
                return;
            }
            self.agenda.pop_first();
            match due {
                Due::Session(id, alarm) => {
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.alarms.replace(alarm, None);
                    }
                    self.alarmed(id, alarm, turn);
                }
                Due::Request(id) => self.give_up_request(id, turn),
            }
            self.work(turn);
        }
    }

    fn alarmed(&mut self, id: SessionId, alarm: Alarm, turn: &mut Turn<'_>) {
        match alarm {
            Alarm::Ring => self.rang(id, turn),
            Alarm::Reliable => self.repeat_reliable(id, turn),
            Alarm::Theirs => self.refuse_offer(id, crate::message::Status::SERVER_ERROR, Vec::new(), turn),
            Alarm::Refresh => self.refresh(id, turn),
            Alarm::Expire => self.hang_up(id, None, Cause::Expired, turn),
            Alarm::Glare => self.flush_offer(id, turn),
            Alarm::Change => self.change_lasts(id, turn),
            Alarm::Refer => self.refuse_refers(id, turn),
        }
    }

    /// Sets or clears an alarm of a session.
    fn alarm(&mut self, id: SessionId, alarm: Alarm, at: Option<Instant>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(before) = session.alarms.replace(alarm, at) {
            self.agenda.remove(&(before, Due::Session(id, alarm)));
        }
        if let Some(at) = at {
            self.agenda.insert((at, Due::Session(id, alarm)));
        }
    }

    /// Answers a request.
    fn reply(&mut self, server: ServerId, response: Response, turn: &mut Turn<'_>) {
        let response = Box::new(response);
        self.pass(transaction::Input::Respond { server, response }, turn);
    }
}

/// One input: its time, and where to put what follows from it.
struct Turn<'a> {
    now: Instant,
    out: &'a mut Vec<Output>,
}

impl Turn<'_> {
    fn tell(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }
}

#[cfg(test)]
mod tests;
