//! Calls of ours: an INVITE to each target, the first to answer has the call (RFC 3261, section 13.2).

use bytes::Bytes;

use crate::Flow;
use crate::message::{Address, CSeq, Method, Name, Request, Response, Status, Text, Uri};
use crate::transaction::{self, ClientId};

use super::asked::{What, ack};
use super::compose::{SDP, sdp_of_response};
use super::config::{MOST_EARLY_DIALOGS, MOST_TARGETS};
use super::dialog::Dialog;
use super::io::{Cause, Event, Invite, SessionId, Target};
use super::session::{Alarm, Call, Calling, Early, Fork, Phase, Session};
use super::{Turn, UserAgent};

/// The reason that losers of a race are told (RFC 3326).
const ELSEWHERE: Text = Text::fixed("SIP;cause=200;text=\"Call completed elsewhere\"");
/// The most URIs that are told of a redirection.
const MOST_CONTACTS: usize = 8;

impl UserAgent {
    pub(super) fn invite(&mut self, invite: Invite, turn: &mut Turn<'_>) {
        let id = invite.session;
        if id.is_offered() || self.sessions.contains_key(&id) {
            return;
        }
        if self.is_draining || self.sessions.len() >= self.config.most_sessions {
            let cause = Cause::Refused { status: Status::SERVICE_UNAVAILABLE, contacts: Vec::new() };
            turn.tell(Event::Ended { session: id, cause, reason: None });
            return;
        }
        let calling = Calling { forks: Vec::new(), best: None };
        let session = Session::new(Phase::Calling(calling), invite.credentials.clone());
        self.sessions.insert(id, session);
        self.alarm(id, Alarm::Ring, Some(turn.now + invite.ring_limit));
        for (at, target) in invite.targets.iter().take(MOST_TARGETS).enumerate() {
            let Some(request) = self.compose_invite(&invite, target) else { continue };
            let fork = Fork {
                session: id,
                at,
                target: target.clone(),
                request: request.clone(),
                early: Vec::new(),
                is_lost: false,
                acks: Vec::new(),
            };
            let credentials = invite.credentials.clone();
            let asked = super::asked::Asked {
                what: What::Invite(Box::new(fork)),
                flow: target.flow,
                tries: 1,
                credentials,
                request: None,
            };
            let client = self.send(request, asked, turn);
            if let Some(Phase::Calling(calling)) = self.sessions.get_mut(&id).map(|it| &mut it.phase) {
                calling.forks.push(client);
            }
        }
        self.conclude(id, turn);
    }

    fn compose_invite(&mut self, invite: &Invite, target: &Target) -> Option<Request> {
        let mut request = Request::new(Method::Invite, Uri::parse(target.uri.clone())?);
        let headers = &mut request.headers;
        for route in &target.route {
            headers.push(Name::Route, route.clone());
        }
        let tag = self.tag(invite.session);
        headers.push(Name::From, format!("{};tag={tag}", invite.from));
        let to = invite.to.clone().unwrap_or_else(|| Text::from(format!("<{}>", target.uri)));
        headers.push(Name::To, to);
        headers.push(Name::CallId, self.branches.word());
        headers.push(Name::CSeq, CSeq { number: 1, method: Method::Invite }.to_string());
        self.introduce(headers, &target.flow, invite.sdp.is_some());
        headers.push(Name::SessionExpires, self.config.session_expires_s);
        headers.push(Name::MinSe, self.config.least_session_expires_s);
        headers.push(Name::UserAgent, self.config.product.clone());
        for (name, value) in invite.headers.iter().chain(&target.headers) {
            headers.push(name.clone(), value.clone());
        }
        if let Some(sdp) = &invite.sdp {
            request.set_body(SDP, sdp.clone());
        }
        self.complete(&mut request, &target.flow);
        Some(request)
    }

    pub(super) fn invite_responded(
        &mut self,
        client: ClientId,
        flow: Flow,
        response: &Response,
        turn: &mut Turn<'_>,
    ) {
        if response.status.is_provisional() {
            self.progressed(client, flow, response, turn);
        } else if response.status.is_success() {
            self.fork_answered(client, flow, response, turn);
        } else if response.status == Status::SESSION_INTERVAL_TOO_SMALL
            && self.lengthen(client, response, turn)
        {
            // Sent once more.
        } else {
            self.fork_refused(client, response.status, Some(response), turn);
        }
    }

    fn progressed(&mut self, client: ClientId, flow: Flow, response: &Response, turn: &mut Turn<'_>) {
        let Some(fork) = self.fork(client) else { return };
        let tag = response.to().and_then(|it| it.tag()).unwrap_or("");
        if response.status == Status::TRYING || fork.is_lost || !fork.acks.is_empty() {
            return;
        }
        let (id, target) = (fork.session, fork.at);
        if !tag.is_empty() {
            let place = fork.early.iter().position(|it| it.dialog.remote_tag == tag);
            let place = match place {
                Some(place) => place,
                None if fork.early.len() >= MOST_EARLY_DIALOGS => return,
                None => {
                    let flow = if fork.target.is_symmetric { flow } else { fork.target.flow };
                    let dialog = Dialog::of_response(&fork.request, response, flow, fork.target.is_symmetric);
                    let Some(dialog) = dialog else { return };
                    fork.early.push(Early { dialog, last_rseq: None });
                    fork.early.len() - 1
                }
            };
            if !self.acknowledge_provisional(client, place, response, turn) {
                return;
            }
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.peer.learn(&response.headers);
        let (status, sdp) = (response.status, sdp_of_response(response));
        turn.tell(Event::Progress { session: id, target, status, sdp, peer: session.peer });
    }

    fn fork_answered(&mut self, client: ClientId, flow: Flow, response: &Response, turn: &mut Turn<'_>) {
        let Some(fork) = self.fork(client) else { return };
        let tag = Text::from(response.to().and_then(|it| it.tag()).unwrap_or(""));
        if let Some((_, ack)) = fork.acks.iter().find(|it| it.0 == tag) {
            if let Some((flow, octets)) = ack.clone() {
                turn.out.push(super::Output::Send { flow, octets });
            }
            return;
        }
        let is_symmetric = fork.target.is_symmetric;
        let way = if is_symmetric { flow } else { fork.target.flow };
        let Some(mut dialog) = Dialog::of_response(&fork.request, response, way, is_symmetric) else {
            return;
        };
        if let Some(early) = fork.early.iter().find(|it| it.dialog.remote_tag == tag) {
            dialog.local_seq = early.dialog.local_seq.max(dialog.local_seq);
            dialog.remote_seq = early.dialog.remote_seq;
        }
        let (id, is_wanted) = (fork.session, !fork.is_lost && fork.acks.is_empty());
        let is_calling = self.sessions.get(&id).is_some_and(|it| matches!(it.phase, Phase::Calling(_)));
        if is_wanted && is_calling {
            self.won(client, dialog, response, turn);
        } else {
            self.acknowledge_and_end(client, tag, dialog, turn);
        }
    }

    /// The call stands, with the one that this fork has reached.
    fn won(&mut self, client: ClientId, dialog: Dialog, response: &Response, turn: &mut Turn<'_>) {
        let Some(fork) = self.fork(client) else { return };
        let (id, target, tag) = (fork.session, fork.at, dialog.remote_tag.clone());
        let offer = (!fork.request.body.is_empty()).then(|| fork.request.body.clone());
        let number = fork.request.cseq().map_or(1, |it| it.number);
        let our_tag = Text::from(fork.request.from().and_then(|it| it.tag()).unwrap_or(""));
        let request_least = fork.request.number(&Name::MinSe).unwrap_or(0);
        fork.early = Vec::new();
        fork.acks.push((tag, None));
        let has_offered = offer.is_some();
        if has_offered {
            self.send_first_ack(client, &dialog, number, None, turn);
        }
        let flow = self.way(&dialog);
        self.cancel_forks(id, Some(client), Some(ELSEWHERE), turn);
        let record = Box::new(dialog.record());
        let call = Call {
            dialog,
            tag: our_tag,
            is_ours: true,
            change: None,
            glares: 0,
            accepted: None,
            owed_ack: (!has_offered).then_some((client, number)),
            ending: None,
            last_sdp: offer,
            timer: self.timer_by_answer(response, request_least),
        };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.phase = Phase::Up(Box::new(call));
        session.peer.learn(&response.headers);
        let peer = session.peer;
        self.list_connection(id, &flow);
        self.alarm(id, Alarm::Ring, None);
        self.wind(id, turn);
        if !has_offered {
            self.alarm(id, Alarm::Change, Some(turn.now + super::CHANGE_WITHIN));
        }
        let identity = response.headers.first(&Name::PAssertedIdentity).map(Text::detached);
        let sdp = sdp_of_response(response);
        turn.tell(Event::Answered { session: id, target, sdp, identity, peer, record });
        self.flush_offer(id, turn);
    }

    /// Sends the ACK to the first 2xx of an INVITE, and keeps it for its repetitions.
    pub(super) fn send_first_ack(
        &mut self,
        client: ClientId,
        dialog: &Dialog,
        number: u32,
        sdp: Option<Bytes>,
        turn: &mut Turn<'_>,
    ) {
        let (flow, octets) = self.compose_ack(dialog, number, sdp);
        turn.out.push(super::Output::Send { flow, octets: octets.clone() });
        let Some(fork) = self.fork(client) else { return };
        for (tag, ack) in &mut fork.acks {
            if *tag == dialog.remote_tag {
                *ack = Some((flow, octets.clone()));
            }
        }
    }

    pub(super) fn compose_ack(&mut self, dialog: &Dialog, number: u32, sdp: Option<Bytes>) -> (Flow, Bytes) {
        let (flow, mut request) = (self.way(dialog), ack(dialog, number));
        if let Some(sdp) = sdp {
            request.set_body(SDP, sdp);
        }
        self.complete(&mut request, &flow);
        (flow, request.to_bytes())
    }

    /// Somebody answered whom nobody waits for any more.
    fn acknowledge_and_end(&mut self, client: ClientId, tag: Text, dialog: Dialog, turn: &mut Turn<'_>) {
        let credentials = self.asked.get(&client).and_then(|it| it.credentials.clone());
        let Some(fork) = self.fork(client) else { return };
        // Further ones are a flood: the first of them are ended, the others time out at the far side.
        if fork.acks.len() > MOST_EARLY_DIALOGS {
            return;
        }
        fork.acks.push((tag, None));
        let (id, number) = (fork.session, fork.request.cseq().map_or(1, |it| it.number));
        self.send_first_ack(client, &dialog, number, None, turn);
        let is_elsewhere = self.sessions.contains_key(&id);
        self.bye(dialog, is_elsewhere.then_some(ELSEWHERE), credentials, turn);
    }

    /// A 2xx to an INVITE that is over: all that is known stands in it.
    pub(super) fn end_stray(&mut self, flow: &Flow, response: &Response, turn: &mut Turn<'_>) {
        let headers = &response.headers;
        let mut invite = Request::new(
            Method::Invite,
            match response.contact().and_then(|it| Uri::parse(it.uri)) {
                Some(uri) => uri,
                None => return,
            },
        );
        for name in [Name::From, Name::CallId, Name::CSeq] {
            if let Some(value) = headers.first(&name) {
                invite.headers.push(name, value.clone());
            }
        }
        let Some(dialog) = Dialog::of_response(&invite, response, *flow, self.is_symmetric(flow)) else {
            return;
        };
        // Not one that stands: its late repetitions want their ACK only.
        let own = dialog.local.to_string();
        let tag = Address::parse(&own).and_then(|it| it.tag()).unwrap_or("").to_owned();
        let (flow, octets) = self.compose_ack(&dialog, dialog.local_seq, None);
        turn.out.push(super::Output::Send { flow, octets });
        if self.session_of_tag(&tag).is_none() {
            self.bye(dialog, None, None, turn);
        }
    }

    /// An INVITE came to nothing.
    pub(super) fn fork_refused(
        &mut self,
        client: ClientId,
        status: Status,
        response: Option<&Response>,
        turn: &mut Turn<'_>,
    ) {
        let Some(fork) = self.fork(client) else { return };
        let (id, is_lost) = (fork.session, fork.is_lost);
        if !fork.acks.is_empty() {
            return;
        }
        self.asked.remove(&client);
        let Some(session) = self.sessions.get_mut(&id).filter(|_| !is_lost) else { return };
        let Phase::Calling(calling) = &mut session.phase else { return };
        calling.forks.retain(|it| *it != client);
        if calling.best.as_ref().is_none_or(|best| is_better(status, best.0)) {
            let contacts = response.filter(|it| it.status.code() < 400).map(contacts).unwrap_or_default();
            let reason = response.and_then(|it| it.headers.first(&Name::Reason)).map(Text::detached);
            calling.best = Some((status, contacts, reason));
        }
        if status.code() >= 600 {
            self.cancel_forks(id, None, None, turn);
        }
        self.conclude(id, turn);
    }

    /// Ends a call of which no INVITE runs any more.
    fn conclude(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(Phase::Calling(calling)) = self.sessions.get_mut(&id).map(|it| &mut it.phase) else {
            return;
        };
        if calling.forks.is_empty() {
            let best = calling.best.take();
            let (status, contacts, reason) =
                best.unwrap_or((Status::TEMPORARILY_UNAVAILABLE, Vec::new(), None));
            self.ended(id, Cause::Refused { status, contacts }, reason, turn);
        }
    }

    /// Gives up the INVITEs of a call, but for one.
    pub(super) fn cancel_forks(
        &mut self,
        id: SessionId,
        but: Option<ClientId>,
        reason: Option<Text>,
        turn: &mut Turn<'_>,
    ) {
        let Some(Phase::Calling(calling)) = self.sessions.get_mut(&id).map(|it| &mut it.phase) else {
            return;
        };
        for client in core::mem::take(&mut calling.forks) {
            if Some(client) == but {
                continue;
            }
            if let Some(fork) = self.fork(client) {
                fork.is_lost = true;
            }
            self.pass(transaction::Input::Cancel { client, reason: reason.clone() }, turn);
        }
    }

    pub(super) fn fork(&mut self, client: ClientId) -> Option<&mut Fork> {
        match &mut self.asked.get_mut(&client)?.what {
            What::Invite(fork) => Some(fork),
            _ => None,
        }
    }

    /// A tag of ours, which tells the session.
    pub(super) fn tag(&mut self, id: SessionId) -> String {
        format!("{:x}.{}", id.0, self.branches.word())
    }

    /// The session that a tag of ours tells, if there is one; whether it really is its tag is not looked at.
    pub(super) fn session_of_tag(&self, tag: &str) -> Option<SessionId> {
        let (number, _) = tag.split_once('.')?;
        let id = SessionId(u64::from_str_radix(number, 16).ok()?);
        self.sessions.contains_key(&id).then_some(id)
    }
}

/// Which of two refusals says more (RFC 3261, section 16.7, step 6): those of everyone, then redirections, then what a person or
/// a phone has said; that somebody was not reached says least.
fn is_better(fresh: Status, known: Status) -> bool {
    let rank = |status: Status| match status.code() {
        600.. => 0,
        300..=399 => 1,
        486 => 2,
        408 | 480 | 481 => 5,
        400..=499 => 3,
        503 => 6,
        _ => 4,
    };
    rank(fresh) < rank(known)
}

fn contacts(response: &Response) -> Vec<Text> {
    let values = response.headers.values(&Name::Contact).filter_map(Address::parse);
    values.take(MOST_CONTACTS).map(|it| Text::from(it.uri)).collect()
}
