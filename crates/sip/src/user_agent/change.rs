//! New media in a call: re-INVITE and UPDATE, of both sides (RFC 3261, section 14; RFC 3311).

use core::time::Duration;

use bytes::Bytes;

use crate::message::{Method, Name, Request, Response, Status, Text};
use crate::transaction::{self, ClientId, ServerId};

use super::asked::{Change, What};
use super::compose::{SDP, plain, sdp_of_request, sdp_of_response};
use super::config::{ANSWER_WITHIN, CHANGE_WITHIN, MOST_GLARES};
use super::io::{Cause, Event, SessionId};
use super::session::{Accepted, Alarm, Asked4028, Phase, Session, Theirs};
use super::{Turn, UserAgent};

impl UserAgent {
    /// An offer of ours: sent now, or as soon as the call can take it.
    pub(super) fn offer(&mut self, id: SessionId, sdp: Bytes, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        session.waiting = Some(sdp);
        self.flush_offer(id, turn);
    }

    /// Sends the offer that waits, if nothing is in its way.
    pub(super) fn flush_offer(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.waiting.is_none() || session.theirs.is_some() || session.is_over {
            return;
        }
        let is_pausing = session.alarms.is_set(Alarm::Glare);
        let Phase::Up(call) = &session.phase else { return };
        let is_busy = call.change.is_some() || call.accepted.is_some() || call.owed_ack.is_some();
        if is_busy || is_pausing {
            return;
        }
        let sdp = session.waiting.take();
        self.send_change(id, true, sdp, true, turn);
    }

    pub(super) fn send_change(
        &mut self,
        id: SessionId,
        is_invite: bool,
        sdp: Option<Bytes>,
        is_offer: bool,
        turn: &mut Turn<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let credentials = session.credentials.clone();
        let Some(call) = session.call() else { return };
        let method = if is_invite { Method::Invite } else { Method::Update };
        let (mut request, timer) = (call.dialog.request(method), call.timer);
        if sdp.is_some() {
            call.last_sdp.clone_from(&sdp);
        }
        let dialog = call.dialog.clone();
        let flow = self.way(&dialog);
        self.introduce(&mut request.headers, &flow, false);
        timer.write_request(&mut request.headers);
        if let Some(sdp) = &sdp {
            request.set_body(SDP, sdp.clone());
        }
        let change = Change { session: id, is_offer, sdp, is_invite, dialog, ack: None, is_given_up: false };
        let client = self.ask(request, flow, What::Change(Box::new(change)), credentials, turn);
        if let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) {
            call.change = Some(client);
        }
        if is_invite {
            self.alarm(id, Alarm::Change, Some(turn.now + CHANGE_WITHIN));
        }
    }

    pub(super) fn change_responded(&mut self, client: ClientId, response: &Response, turn: &mut Turn<'_>) {
        if response.status.is_provisional() {
            return;
        }
        if !response.status.is_success() {
            return self.change_refused_by(client, response, turn);
        }
        let Some(change) = self.change(client) else { return };
        if let Some((flow, octets)) = change.ack.clone() {
            turn.out.push(super::Output::Send { flow, octets });
            return;
        }
        let (id, is_offer, is_invite, number) =
            (change.session, change.is_offer, change.is_invite, change.dialog.local_seq);
        let mut dialog = change.dialog.clone();
        dialog.refresh_target(response.contact());
        if is_invite {
            let ack = self.compose_ack(&dialog, number, None);
            turn.out.push(super::Output::Send { flow: ack.0, octets: ack.1.clone() });
            if let Some(change) = self.change(client) {
                change.ack = Some(ack);
            }
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.peer.learn(&response.headers);
        let Some(call) = session.call().filter(|it| it.change == Some(client)) else { return };
        let least_s = call.timer.least_s;
        call.change = None;
        call.glares = 0;
        call.dialog.target = dialog.target;
        let timer = self.timer_by_answer(response, least_s);
        if let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) {
            call.timer = timer;
        }
        self.alarm(id, Alarm::Change, None);
        self.wind(id, turn);
        if is_offer {
            turn.tell(Event::OfferAnswered { session: id, sdp: sdp_of_response(response) });
        }
        self.flush_offer(id, turn);
    }

    fn change_refused_by(&mut self, client: ClientId, response: &Response, turn: &mut Turn<'_>) {
        let Some(change) = self.change(client) else { return };
        let id = change.session;
        let status = response.status;
        let wait = match status {
            Status::REQUEST_PENDING => Some(self.pause_of_glare(id)),
            // It is busy with something (section 14.2), and says for how long.
            Status::SERVER_ERROR => {
                let seconds = response.number(&Name::RetryAfter).filter(|it| *it <= 10);
                seconds.map(|it| Duration::from_secs(it.max(1).into()))
            }
            Status::SESSION_INTERVAL_TOO_SMALL => {
                let least = Asked4028::of(&response.headers).least_s.unwrap_or(0);
                if let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) {
                    call.timer.least_s = call.timer.least_s.max(least).min(86_400);
                    call.timer.interval_s = call.timer.interval_s.max(call.timer.least_s);
                }
                Some(Duration::ZERO)
            }
            _ => None,
        };
        let Some(wait) = wait.filter(|_| self.counts_glare(client)) else {
            return self.change_refused(client, status, turn);
        };
        let Some(asked) = self.asked.remove(&client) else { return };
        let What::Change(change) = asked.what else { return };
        self.alarm(id, Alarm::Change, None);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(call) = session.call() {
            call.change = None;
        }
        if change.is_offer {
            // A newer offer that waits takes its place.
            session.waiting = session.waiting.take().or(change.sdp);
            self.alarm(id, Alarm::Glare, Some(turn.now + wait));
        } else {
            self.alarm(id, Alarm::Refresh, Some(turn.now + wait.max(Duration::from_secs(1))));
        }
    }

    /// Whether a change that came at a bad time may be tried again.
    fn counts_glare(&mut self, client: ClientId) -> bool {
        let Some(id) = self.change(client).filter(|it| !it.is_given_up).map(|it| it.session) else {
            return false;
        };
        let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) else { return false };
        call.glares += 1;
        call.change == Some(client) && call.glares <= MOST_GLARES
    }

    /// Section 14.1: whoever made the call waits longer, in steps of 10 ms.
    fn pause_of_glare(&mut self, id: SessionId) -> Duration {
        let is_ours = self.sessions.get_mut(&id).and_then(Session::call).is_some_and(|it| it.is_ours);
        let (least, most) = if is_ours { (210, 400) } else { (0, 200) };
        let word = self.branches.word();
        let chance = word.get(..8).and_then(|it| u64::from_str_radix(it, 16).ok()).unwrap_or(0);
        Duration::from_millis((least + chance % (most - least + 1)) * 10)
    }

    /// A change of ours came to nothing. The call goes on as it was, unless the far side is gone (section 14.1).
    pub(super) fn change_refused(&mut self, client: ClientId, status: Status, turn: &mut Turn<'_>) {
        let Some(change) = self.change(client) else { return };
        let (id, is_offer, is_given_up) = (change.session, change.is_offer, change.is_given_up);
        self.asked.remove(&client);
        let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) else { return };
        if is_given_up || call.change != Some(client) {
            return;
        }
        call.change = None;
        call.glares = 0;
        self.alarm(id, Alarm::Change, None);
        let is_gone = matches!(status, Status::REQUEST_TIMEOUT | Status::NO_SUCH_TRANSACTION);
        if is_gone || (status == Status::SERVICE_UNAVAILABLE && !is_offer) {
            return self.hang_up(id, None, Cause::Lost, turn);
        }
        if is_offer {
            turn.tell(Event::OfferRefused { session: id, status });
        } else {
            // A refusal is a sign of life as well.
            self.wind(id, turn);
        }
        self.flush_offer(id, turn);
    }

    /// Our re-INVITE rings on and on; or the far side's offer in a call of ours is never answered by an order.
    pub(super) fn change_lasts(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        self.hang_up(id, None, Cause::Lost, turn);
    }

    /// The call that a change belongs to is over.
    pub(super) fn give_up_change(&mut self, client: ClientId, turn: &mut Turn<'_>) {
        if let Some(change) = self.change(client) {
            change.is_given_up = true;
            if change.is_invite {
                self.pass(transaction::Input::Cancel { client, reason: None }, turn);
            }
        }
    }

    fn change(&mut self, client: ClientId) -> Option<&mut Change> {
        match &mut self.asked.get_mut(&client)?.what {
            What::Change(change) => Some(change),
            _ => None,
        }
    }

    /// A re-INVITE or UPDATE of the far side. The answer, or none if it waits for an order.
    pub(super) fn change_came(
        &mut self,
        id: SessionId,
        server: ServerId,
        request: &Request,
        turn: &mut Turn<'_>,
    ) -> Option<Response> {
        let is_invite = request.method == Method::Invite;
        let answer = request.respond(Status::OK, None);
        let timer = Asked4028::of(&request.headers);
        if let Err(least_s) = self.check_timer(&timer) {
            let mut response = plain(&answer, Status::SESSION_INTERVAL_TOO_SMALL);
            response.headers.push(Name::MinSe, least_s);
            return Some(response);
        }
        let sdp = sdp_of_request(request);
        let Some(session) = self.sessions.get_mut(&id) else {
            return Some(plain(&answer, Status::SERVER_ERROR));
        };
        let is_offer = is_invite || sdp.is_some();
        if is_offer && session.theirs.is_some() {
            let mut response = plain(&answer, Status::SERVER_ERROR);
            response.headers.push(Name::RetryAfter, 2);
            return Some(response);
        }
        let is_pending = match &session.phase {
            Phase::Up(call) => call.change.is_some() || call.accepted.is_some() || call.owed_ack.is_some(),
            // Before our answer there is one exchange of offer and answer at most.
            Phase::Ringing(ringing) => !ringing.is_sdp_said || is_invite,
            Phase::Calling(_) => is_invite,
        };
        if is_offer && is_pending {
            return Some(plain(&answer, Status::REQUEST_PENDING));
        }
        session.peer.learn(&request.headers);
        if let Some(call) = session.call() {
            call.dialog.refresh_target(request.contact());
        }
        let cseq = request.cseq().map_or(0, |it| it.number);
        let theirs = Theirs { server, answer, is_invite, has_offer: sdp.is_some(), cseq, timer };
        if is_offer {
            self.offer_came(id, theirs, sdp, turn);
        } else {
            self.agree(id, theirs, None, turn);
        }
        None
    }

    /// An offer of the far side, or its wish for one of ours, waits for an order from here on.
    pub(super) fn offer_came(
        &mut self,
        id: SessionId,
        theirs: Theirs,
        sdp: Option<Bytes>,
        turn: &mut Turn<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if theirs.is_invite {
            self.invites.insert(theirs.server, id);
        }
        session.theirs = Some(theirs);
        self.alarm(id, Alarm::Theirs, Some(turn.now + ANSWER_WITHIN));
        turn.tell(Event::Offer { session: id, sdp });
    }

    pub(super) fn answer_offer(&mut self, id: SessionId, sdp: Bytes, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        if let Some(theirs) = session.theirs.take() {
            self.alarm(id, Alarm::Theirs, None);
            return self.agree(id, theirs, Some(sdp), turn);
        }
        let Some(call) = session.call() else { return };
        let Some((client, number)) = call.owed_ack.take() else { return };
        call.last_sdp = Some(sdp.clone());
        let dialog = call.dialog.clone();
        self.alarm(id, Alarm::Change, None);
        self.send_first_ack(client, &dialog, number, Some(sdp), turn);
        self.flush_offer(id, turn);
    }

    /// Answers a change of the far side by 200.
    fn agree(&mut self, id: SessionId, theirs: Theirs, sdp: Option<Bytes>, turn: &mut Turn<'_>) {
        let mut response = plain(&theirs.answer, Status::OK);
        let timer = self.agree_timer(&theirs.timer);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(call) = session.call() {
            call.timer = timer;
            if sdp.is_some() {
                call.last_sdp.clone_from(&sdp);
            }
            if theirs.is_invite {
                let (server, cseq) = (theirs.server, theirs.cseq);
                let accepted = Accepted { server, cseq, is_first: false, is_offer: !theirs.has_offer };
                call.accepted = Some(accepted);
            }
            timer.write_answer(&mut response.headers, theirs.timer.is_supported);
        }
        if let Some(flow) = self.transactions.flow_of(theirs.server) {
            self.introduce(&mut response.headers, &flow, true);
        }
        if let Some(sdp) = sdp {
            response.set_body(SDP, sdp);
        }
        self.reply(theirs.server, response, turn);
        self.wind(id, turn);
        self.flush_offer(id, turn);
    }

    pub(super) fn refuse_offer(
        &mut self,
        id: SessionId,
        status: Status,
        headers: Vec<(Name, Text)>,
        turn: &mut Turn<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(theirs) = session.theirs.take() else { return self.refuse_late_offer(id, turn) };
        self.alarm(id, Alarm::Theirs, None);
        self.invites.remove(&theirs.server);
        let status = if status.code() >= 300 { status } else { Status::NOT_ACCEPTABLE_HERE };
        let mut response = plain(&theirs.answer, status);
        for (name, value) in headers {
            response.headers.push(name, value);
        }
        self.reply(theirs.server, response, turn);
        self.flush_offer(id, turn);
    }

    /// An offer in a 2xx cannot be refused: the call is confirmed and ended (RFC 3261, section 13.2.2.4).
    fn refuse_late_offer(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let is_owed =
            self.sessions.get_mut(&id).and_then(Session::call).is_some_and(|it| it.owed_ack.is_some());
        if is_owed {
            self.hang_up(id, None, Cause::Ordered, turn);
        }
    }

    /// The far side gives up its re-INVITE.
    pub(super) fn offer_canceled(&mut self, id: SessionId, server: ServerId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.theirs.as_ref().is_some_and(|it| it.server == server) {
            self.refuse_offer(id, Status::REQUEST_TERMINATED, Vec::new(), turn);
        }
    }
}
