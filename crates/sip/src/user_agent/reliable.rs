//! Provisional answers that must arrive, and PRACK (RFC 3262).

use bytes::Bytes;

use crate::message::{Method, Name, Request, Response, Status};
use crate::transaction::{ClientId, ServerId};

use super::asked::What;
use super::compose::{plain, sdp_of_request};
use super::io::{Event, SessionId};
use super::session::{Alarm, Reliable, Theirs};
use super::{Cause, Turn, UserAgent};

/// The first pause between two copies of a provisional answer; it doubles.
const FIRST_PAUSE: core::time::Duration = core::time::Duration::from_millis(500);
/// How long a provisional answer is repeated (section 3: 64 times T1); then the call gets 504.
const PRACK_WITHIN: core::time::Duration = core::time::Duration::from_secs(32);

impl UserAgent {
    pub(super) fn ring_reliably(
        &mut self,
        id: SessionId,
        status: Status,
        sdp: Option<Bytes>,
        turn: &mut Turn<'_>,
    ) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        let sdp = sdp.filter(|_| !ringing.is_sdp_said);
        let rseq = ringing.next_rseq;
        ringing.next_rseq += 1;
        if sdp.is_some() {
            ringing.is_sdp_said = true;
            ringing.last_sdp.clone_from(&sdp);
        }
        let has_sdp = sdp.is_some();
        let Some(mut response) = self.compose_answer(id, status, sdp) else { return };
        response.headers.push(Name::Require, "100rel");
        response.headers.push(Name::RSeq, rseq);
        let Some(ringing) = self.ringing_mut(id) else { return };
        let until = turn.now + PRACK_WITHIN;
        ringing.reliable =
            Some(Reliable { rseq, response: response.clone(), pause: FIRST_PAUSE, until, has_sdp });
        let server = ringing.server;
        self.reply(server, response, turn);
        self.alarm(id, Alarm::Reliable, Some(turn.now + FIRST_PAUSE));
    }

    pub(super) fn repeat_reliable(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        let server = ringing.server;
        let Some(reliable) = &mut ringing.reliable else { return };
        if turn.now >= reliable.until {
            return self.refuse_because(id, Status::SERVER_TIMEOUT, Vec::new(), Cause::Lost, turn);
        }
        reliable.pause *= 2;
        let (response, at) = (reliable.response.clone(), reliable.until.min(turn.now + reliable.pause));
        self.reply(server, response, turn);
        self.alarm(id, Alarm::Reliable, Some(at));
    }

    /// A PRACK within a dialog: the answer, or none if it waits for an order.
    pub(super) fn prack_came(
        &mut self,
        id: SessionId,
        server: ServerId,
        request: &Request,
        turn: &mut Turn<'_>,
    ) -> Option<Response> {
        let answer = request.respond(Status::OK, None);
        let Some(ringing) = self.ringing_mut(id) else {
            return Some(plain(&answer, Status::NO_SUCH_TRANSACTION));
        };
        let acknowledges = request.headers.first(&Name::RAck).and_then(|it| RAck::parse(it));
        let cseq = ringing.cseq;
        let fits = |it: &mut Reliable| acknowledges == Some(RAck { rseq: it.rseq, cseq });
        let Some(reliable) = ringing.reliable.take_if(fits) else {
            return Some(plain(&answer, Status::NO_SUCH_TRANSACTION));
        };
        let was_offer = reliable.has_sdp && !ringing.has_offer;
        self.alarm(id, Alarm::Reliable, None);
        let sdp = sdp_of_request(request);
        let waits = sdp.is_some() && !was_offer;
        if waits {
            // A second offer, after ours was answered.
            let cseq = request.cseq().map_or(0, |it| it.number);
            let timer = super::session::Asked4028::default();
            let theirs = Theirs { server, answer, is_invite: false, has_offer: true, cseq, timer };
            self.offer_came(id, theirs, sdp, turn);
            self.after_prack(id, turn);
            return None;
        }
        if was_offer {
            turn.tell(Event::OfferAnswered { session: id, sdp });
        }
        self.reply(server, answer, turn);
        self.after_prack(id, turn);
        None
    }

    /// What waited for the PRACK.
    fn after_prack(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(ringing) = self.ringing_mut(id) else { return };
        if let Some(sdp) = ringing.held_answer.take() {
            self.answer(id, sdp, turn);
        } else if let Some((status, sdp)) = ringing.queue.pop_front() {
            self.ring_reliably(id, status, sdp, turn);
        }
    }

    /// Sends the PRACK to a provisional answer that wants one. False if it is a repetition, or comes out of order.
    pub(super) fn acknowledge_provisional(
        &mut self,
        client: ClientId,
        place: usize,
        response: &Response,
        turn: &mut Turn<'_>,
    ) -> bool {
        if !response.headers.lists(&Name::Require, "100rel") {
            return true;
        }
        let Some(rseq) = response.number(&Name::RSeq) else { return true };
        let credentials = self.asked.get(&client).and_then(|it| it.credentials.clone());
        let Some(fork) = self.fork(client) else { return false };
        let number = fork.request.cseq().map_or(1, |it| it.number);
        let Some(early) = fork.early.get_mut(place) else { return false };
        if early.last_rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        early.last_rseq = Some(rseq);
        early.dialog.refresh_target(response.contact());
        let mut request = early.dialog.request(Method::Prack);
        request.headers.push(Name::RAck, format!("{rseq} {number} INVITE"));
        let dialog = early.dialog.clone();
        let flow = self.way(&dialog);
        self.ask(request, flow, What::Aside, credentials, turn);
        true
    }
}

/// Which provisional answer a PRACK acknowledges.
#[derive(Debug, PartialEq, Eq)]
struct RAck {
    rseq: u32,
    cseq: u32,
}

impl RAck {
    fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (rseq, cseq) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let is_invite = words.next()? == "INVITE" && words.next().is_none();
        is_invite.then_some(Self { rseq, cseq })
    }
}
