//! Calls of the far side, until they are answered (RFC 3261, section 13.3).

use core::net::IpAddr;
use std::collections::VecDeque;

use bytes::Bytes;

use crate::Flow;
use crate::message::{Name, Request, Response, Status, Text};
use crate::transaction::{self, ServerId};

use super::compose::{SDP, plain, sdp_of_request};
use super::config::RING_AT_MOST;
use super::dialog::Dialog;
use super::inside::Replaces;
use super::io::{Cause, Event, Offered, SessionId};
use super::session::{Accepted, Alarm, Asked4028, Call, Phase, Ringing, Session};
use super::{Turn, UserAgent};

/// How often a caller is told again that it still rings.
const REMIND_AFTER: core::time::Duration = core::time::Duration::from_secs(60);
/// The most provisional answers that wait for a PRACK; further ones are left out.
const MOST_QUEUED: usize = 8;

impl UserAgent {
    /// An INVITE outside of any dialog, whose method, URI and extensions are fine. The answer is a refusal.
    pub(super) fn call_came(
        &mut self,
        server: ServerId,
        flow: Flow,
        request: Request,
        turn: &mut Turn<'_>,
    ) -> Result<(), Response> {
        let from_tag = request.from().and_then(|it| it.tag()).unwrap_or("");
        let merge_key = (Text::from(request.call_id()), Text::from(from_tag));
        let cseq = request.cseq().map_or(0, |it| it.number);
        let refuse = |status: Status| request.respond(status, Some("refused"));
        if self.ringing.get(&merge_key).is_some_and(|it| it.1 == cseq) {
            return Err(refuse(Status::LOOP_DETECTED));
        }
        let source = flow.peer.ip();
        if self.is_draining || !self.has_room(source) {
            let mut response = refuse(Status::SERVICE_UNAVAILABLE);
            response.headers.push(Name::RetryAfter, self.config.retry_after_s);
            return Err(response);
        }
        let timer = Asked4028::of(&request.headers);
        self.check_timer(&timer).map_err(|least_s| {
            let mut response = refuse(Status::SESSION_INTERVAL_TOO_SMALL);
            response.headers.push(Name::MinSe, least_s);
            response
        })?;
        let replaces = self.replaced_by(&request).map_err(refuse)?;
        let id = SessionId(self.last_offered);
        let tag = self.tag(id);
        let is_symmetric = self.is_symmetric(&flow);
        let Some(dialog) = Dialog::of_request(&request, &tag, flow, is_symmetric) else {
            return Err(refuse(Status::BAD_REQUEST));
        };
        self.last_offered += 1;
        let sdp = sdp_of_request(&request);
        let ringing = Ringing {
            server,
            dialog,
            answer: request.respond(Status::RINGING, Some(&tag)),
            tag: Text::from(tag),
            cseq,
            merge_key: merge_key.clone(),
            has_offer: sdp.is_some(),
            is_sdp_said: false,
            last_sdp: None,
            wants_reliable: request.headers.lists(&Name::Require, "100rel"),
            reliable: None,
            next_rseq: 1,
            queue: VecDeque::new(),
            held_answer: None,
            last_provisional: None,
            ring_until: turn.now + RING_AT_MOST,
            replaces,
            timer,
        };
        let mut session = Session::new(Phase::Ringing(Box::new(ringing)), None);
        session.peer.learn(&request.headers);
        session.source = Some(source);
        let peer = session.peer;
        *self.sources.entry(source).or_default() += 1;
        self.sessions.insert(id, session);
        self.invites.insert(server, id);
        self.ringing.insert(merge_key, (id, cseq));
        self.list_connection(id, &flow);
        self.alarm(id, Alarm::Ring, Some(turn.now + RING_AT_MOST));
        turn.tell(Event::Offered(Box::new(Offered { session: id, flow, request, sdp, replaces, peer })));
        Ok(())
    }

    fn has_room(&self, source: IpAddr) -> bool {
        let most = if self.config.trusted.contains(&source) {
            self.config.most_sessions_of_trusted
        } else {
            self.config.most_sessions_of_source
        };
        let is_free = self.sources.get(&source).is_none_or(|count| *count < most);
        is_free && self.sessions.len() < self.config.most_sessions
    }

    pub(super) fn leave_source(&mut self, source: IpAddr) {
        if let Some(count) = self.sources.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// Which session the call wants to take the place of (RFC 3891, section 3).
    fn replaced_by(&self, request: &Request) -> Result<Option<SessionId>, Status> {
        let mut values = request.headers.all(&Name::Replaces);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Status::BAD_REQUEST);
        }
        let replaces = Replaces::parse(value).ok_or(Status::BAD_REQUEST)?;
        let id = self.session_replaced(&replaces).ok_or(Status::NO_SUCH_TRANSACTION)?;
        let session = self.sessions.get(&id).filter(|it| !it.is_over).ok_or(Status::DECLINE)?;
        match session.phase {
            Phase::Up(_) if replaces.is_early_only => Err(Status::BUSY_HERE),
            // A call that rings here is not the other side's to answer.
            Phase::Ringing(_) => Err(Status::NO_SUCH_TRANSACTION),
            Phase::Up(_) | Phase::Calling(_) => Ok(Some(id)),
        }
    }

    pub(super) fn ring(&mut self, id: SessionId, status: Status, sdp: Option<Bytes>, turn: &mut Turn<'_>) {
        let is_fit = (101..200).contains(&status.code());
        let status = if is_fit { status } else { Status::RINGING };
        let Some(ringing) = self.ringing_mut(id) else { return };
        if ringing.held_answer.is_some() {
            return;
        }
        if ringing.wants_reliable {
            if ringing.reliable.is_none() {
                self.ring_reliably(id, status, sdp, turn);
            } else if ringing.queue.len() < MOST_QUEUED {
                ringing.queue.push_back((status, sdp));
            }
            return;
        }
        // An offer of ours may not come unreliably (RFC 3262, section 5).
        let sdp = sdp.filter(|_| ringing.has_offer);
        let response = self.compose_answer(id, status, sdp);
        let Some(response) = response else { return };
        if let Some(ringing) = self.ringing_mut(id) {
            ringing.last_provisional = Some(response.clone());
            let (server, until) = (ringing.server, ringing.ring_until);
            self.reply(server, response, turn);
            self.alarm(id, Alarm::Ring, Some(until.min(turn.now + REMIND_AFTER)));
        }
    }

    /// Says once more that it rings.
    pub(super) fn remind(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        let (server, until) = (ringing.server, ringing.ring_until);
        let last = ringing.last_provisional.clone();
        if let Some(response) = last {
            self.reply(server, response, turn);
        }
        self.alarm(id, Alarm::Ring, Some(until.min(turn.now + REMIND_AFTER)));
    }

    /// An answer to the INVITE of a call that rings, with our Contact.
    pub(super) fn compose_answer(
        &mut self,
        id: SessionId,
        status: Status,
        sdp: Option<Bytes>,
    ) -> Option<Response> {
        let flow = self.ringing_mut(id)?.dialog.flow;
        let mut response = plain(&self.ringing_mut(id)?.answer, status);
        self.introduce(&mut response.headers, &flow, true);
        response.headers.push(Name::Server, self.config.product.clone());
        if let Some(sdp) = sdp {
            response.set_body(SDP, sdp);
        }
        Some(response)
    }

    pub(super) fn answer(&mut self, id: SessionId, sdp: Option<Bytes>, turn: &mut Turn<'_>) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        if ringing.reliable.is_some() {
            // Offer and answer are settled first (RFC 3262, section 3).
            ringing.queue.clear();
            ringing.held_answer = Some(sdp);
            return;
        }
        let sdp = sdp.filter(|_| !ringing.is_sdp_said);
        let (timer, peer_timer) = (ringing.timer, ringing.timer.is_supported);
        let Some(mut response) = self.compose_answer(id, Status::OK, sdp.clone()) else { return };
        let agreed = self.agree_timer(&timer);
        agreed.write_answer(&mut response.headers, peer_timer);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Phase::Ringing(ringing) = &mut session.phase else { return };
        let accepted = Accepted {
            server: ringing.server,
            cseq: ringing.cseq,
            is_first: true,
            is_offer: !ringing.has_offer && !ringing.is_sdp_said,
        };
        let call = Call {
            dialog: ringing.dialog.clone(),
            tag: ringing.tag.clone(),
            is_ours: false,
            change: None,
            glares: 0,
            accepted: Some(accepted),
            owed_ack: None,
            ending: None,
            last_sdp: sdp.or_else(|| ringing.last_sdp.take()),
            timer: agreed,
        };
        let (merge_key, replaces) = (ringing.merge_key.clone(), ringing.replaces);
        let record = Box::new(call.dialog.record());
        session.phase = Phase::Up(Box::new(call));
        self.ringing.remove(&merge_key);
        self.alarm(id, Alarm::Ring, None);
        self.reply(accepted.server, response, turn);
        self.wind(id, turn);
        turn.tell(Event::Accepted { session: id, record });
        if let Some(replaced) = replaces {
            self.hang_up(replaced, None, Cause::Replaced { by: id }, turn);
        }
    }

    pub(super) fn refuse(
        &mut self,
        id: SessionId,
        status: Status,
        headers: Vec<(Name, Text)>,
        turn: &mut Turn<'_>,
    ) {
        self.refuse_because(id, status, headers, Cause::Ordered, turn);
    }

    pub(super) fn refuse_because(
        &mut self,
        id: SessionId,
        status: Status,
        headers: Vec<(Name, Text)>,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        let status = if status.code() >= 300 { status } else { Status::SERVER_ERROR };
        let (server, mut response) = (ringing.server, plain(&ringing.answer, status));
        for (name, value) in headers {
            response.headers.push(name, value);
        }
        self.reply(server, response, turn);
        self.ended(id, cause, None, turn);
    }

    /// The caller gave up. Its CANCEL is answered already.
    pub(super) fn canceled(&mut self, server: ServerId, request: &Request, turn: &mut Turn<'_>) {
        let Some(id) = self.invites.get(&server).copied() else { return };
        let reason = request.headers.first(&Name::Reason).map(Text::detached);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &session.phase {
            Phase::Ringing(ringing) => {
                let response = plain(&ringing.answer, Status::REQUEST_TERMINATED);
                self.reply(server, response, turn);
                self.ended(id, Cause::Canceled, reason, turn);
            }
            Phase::Up(_) => self.offer_canceled(id, server, turn),
            Phase::Calling(_) => {}
        }
    }

    /// The ACK to a 2xx of ours (RFC 3261, section 13.3.1.4); any other one is passed over.
    pub(super) fn acknowledged(&mut self, flow: Flow, request: &Request, turn: &mut Turn<'_>) {
        let Some(id) = self.dialog_of(request) else { return };
        let cseq = request.cseq().map_or(0, |it| it.number);
        let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) else { return };
        let Some(accepted) = call.accepted.take_if(|it| it.cseq == cseq) else { return };
        let ending = call.ending.take();
        self.invites.remove(&accepted.server);
        self.pass(transaction::Input::Acknowledged(accepted.server), turn);
        self.moved(id, &flow);
        if let Some(reason) = ending {
            self.send_bye(id, reason, turn);
            return self.ended(id, Cause::Ordered, None, turn);
        }
        if accepted.is_first {
            turn.tell(Event::Confirmed { session: id });
        }
        if accepted.is_offer {
            turn.tell(Event::OfferAnswered { session: id, sdp: sdp_of_request(request) });
        }
        self.flush_offer(id, turn);
    }

    pub(super) fn ringing_mut(&mut self, id: SessionId) -> Option<&mut Ringing> {
        match &mut self.sessions.get_mut(&id)?.phase {
            Phase::Ringing(ringing) => Some(ringing),
            Phase::Calling(_) | Phase::Up(_) => None,
        }
    }
}
