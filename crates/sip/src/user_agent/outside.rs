//! Requests outside of calls: those of others are handed on, ours are completed.

use crate::Flow;
use crate::digest::Login;
use crate::message::{CSeq, Name, Request, Response, Status, Text};
use crate::transaction::ServerId;

use super::asked::What;
use super::compose::plain;
use super::config::ANSWER_WITHIN;
use super::io::{Event, RequestId, Ticket};
use super::{Due, Turn, UserAgent};

impl UserAgent {
    pub(super) fn hand_on(
        &mut self,
        server: ServerId,
        flow: Flow,
        request: Request,
        turn: &mut Turn<'_>,
    ) -> Result<(), Response> {
        let tag = self.branches.word();
        let answer = request.respond(Status::OK, Some(&tag));
        if self.requests.len() >= self.config.most_requests {
            let mut response = plain(&answer, Status::SERVICE_UNAVAILABLE);
            response.headers.push(Name::RetryAfter, self.config.retry_after_s);
            return Err(response);
        }
        let (id, until) = (RequestId(server.0), turn.now + ANSWER_WITHIN);
        self.requests.insert(id, (answer, until));
        self.agenda.insert((until, Due::Request(id)));
        turn.tell(Event::Request { id, flow, request: Box::new(request) });
        Ok(())
    }

    pub(super) fn respond_outside(
        &mut self,
        id: RequestId,
        status: Status,
        headers: Vec<(Name, Text)>,
        turn: &mut Turn<'_>,
    ) {
        let Some(answer) = self.forget_request(id) else { return };
        let status = if status.is_final() { status } else { Status::SERVER_ERROR };
        let mut response = plain(&answer, status);
        for (name, value) in headers {
            response.headers.push(name, value);
        }
        self.reply(ServerId(id.0), response, turn);
    }

    /// Nobody has answered it.
    pub(super) fn give_up_request(&mut self, id: RequestId, turn: &mut Turn<'_>) {
        if let Some(answer) = self.forget_request(id) {
            self.reply_plain(ServerId(id.0), &answer, Status::SERVER_ERROR, turn);
        }
    }

    pub(super) fn forget_request(&mut self, id: RequestId) -> Option<Response> {
        let (answer, until) = self.requests.remove(&id)?;
        self.agenda.remove(&(until, Due::Request(id)));
        Some(answer)
    }

    pub(super) fn send_outside(
        &mut self,
        ticket: Ticket,
        flow: Flow,
        mut request: Request,
        credentials: Option<Login>,
        turn: &mut Turn<'_>,
    ) {
        if request.from().is_some_and(|it| it.tag().is_none()) {
            let from = request.headers.first(&Name::From).map_or("", Text::as_str);
            let from = format!("{from};tag={}", self.branches.word());
            request.headers.set(Name::From, from);
        }
        if !request.headers.contains(&Name::CallId) {
            request.headers.push(Name::CallId, self.branches.word());
        }
        if !request.headers.contains(&Name::CSeq) {
            let cseq = CSeq { number: 1, method: request.method.clone() };
            request.headers.push(Name::CSeq, cseq.to_string());
        }
        if !request.headers.contains(&Name::Contact) {
            request.headers.push(Name::Contact, self.contact(&flow));
        }
        if !request.headers.contains(&Name::UserAgent) {
            request.headers.push(Name::UserAgent, self.config.product.clone());
        }
        self.ask(request, flow, What::Outside(ticket), credentials, turn);
    }
}
