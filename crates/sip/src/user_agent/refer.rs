//! Transfers that the far side asks for (RFC 3515, 3892, 4488), and what we tell phones within calls.

use crate::message::{Address, Method, Name, Request, Response, Status, Text, Uri, unescaped};
use crate::transaction::ServerId;

use super::asked::What;
use super::compose::plain;
use super::config::{ANSWER_WITHIN, MOST_REFERS};
use super::inside::Replaces;
use super::io::{Event, ReferId, Referred, SessionId};
use super::session::{Alarm, Phase, Refer, Session};
use super::{Turn, UserAgent};

/// How long a phone is told of a transfer, as its subscription says; in seconds.
const REPORTS_S: u32 = 180;

impl UserAgent {
    /// A REFER within a call: its answer, or none if it waits for an order.
    pub(super) fn refer_came(
        &mut self,
        id: SessionId,
        server: ServerId,
        request: &Request,
        turn: &mut Turn<'_>,
    ) -> Option<Response> {
        let refuse = |status: Status| Some(request.respond(status, None));
        let mut values = request.headers.values(&Name::ReferTo);
        let (Some(value), None) = (values.next(), values.next()) else { return refuse(Status::BAD_REQUEST) };
        let Some(uri) = Address::parse(value).and_then(|it| Uri::parse(it.uri)) else {
            return refuse(Status::BAD_REQUEST);
        };
        if !uri.is_sip() && uri.scheme() != "tel" {
            return refuse(Status::UNSUPPORTED_URI_SCHEME);
        }
        // The rest of the headers in the URI is nothing that a phone may order here (RFC 3261, section 19.1.5).
        let replaces = uri.headers().and_then(replaces_in);
        let named = replaces.as_ref().and_then(|it| Replaces::parse(it));
        let replaces_session = named.and_then(|it| self.session_replaced(&it));
        let Some(session) = self.sessions.get_mut(&id) else { return refuse(Status::SERVER_ERROR) };
        if session.refers.len() >= MOST_REFERS {
            return refuse(Status::SERVICE_UNAVAILABLE);
        }
        if !matches!(session.phase, Phase::Up(_)) || session.is_over {
            return refuse(Status::FORBIDDEN);
        }
        session.last_refer += 1;
        let refer = ReferId(session.last_refer);
        let is_silent =
            request.headers.first(&Name::ReferSub).is_some_and(|it| it.trim().eq_ignore_ascii_case("false"));
        let answer = request.respond(Status::ACCEPTED, None);
        let cseq = request.cseq().map_or(0, |it| it.number);
        session.refers.push(Refer { id: refer, open: Some((server, answer)), cseq, is_silent });
        self.alarm(id, Alarm::Refer, Some(turn.now + ANSWER_WITHIN));
        turn.tell(Event::Referred(Box::new(Referred {
            session: id,
            refer,
            to: Text::from(uri.without_headers().as_str()),
            replaces: replaces.map(Text::from),
            replaces_session,
            referred_by: request.headers.first(&Name::ReferredBy).map(Text::detached),
        })));
        None
    }

    pub(super) fn answer_refer(
        &mut self,
        id: SessionId,
        refer: ReferId,
        status: Status,
        turn: &mut Turn<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(place) = session.refers.iter().position(|it| it.id == refer && it.open.is_some()) else {
            return;
        };
        let Some(found) = session.refers.get_mut(place) else { return };
        let Some((server, answer)) = found.open.take() else { return };
        let status = if status.is_final() { status } else { Status::ACCEPTED };
        let (is_silent, is_refused) = (found.is_silent, !status.is_success());
        if is_silent || is_refused {
            session.refers.remove(place);
        }
        let mut response = plain(&answer, status);
        if is_silent && !is_refused {
            response.headers.push(Name::ReferSub, Text::fixed("false"));
        }
        if let (false, Some(call)) = (is_refused, session.call()) {
            let flow = call.dialog.flow;
            let contact = self.contact(&flow);
            response.headers.push(Name::Contact, contact);
        }
        self.reply(server, response, turn);
        if !is_silent && !is_refused {
            // The first report follows at once (RFC 3515, section 2.4.4).
            self.report_refer(id, refer, Status::TRYING, turn);
        }
    }

    pub(super) fn report_refer(
        &mut self,
        id: SessionId,
        refer: ReferId,
        status: Status,
        turn: &mut Turn<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        let known = |it: &Refer| it.id == refer && it.open.is_none();
        let Some(place) = session.refers.iter().position(known) else { return };
        let number = session.refers.get(place).map_or(0, |it| it.cseq);
        if status.is_final() {
            session.refers.remove(place);
        }
        let Some(call) = session.call() else { return };
        let mut request = call.dialog.request(Method::Notify);
        let dialog = call.dialog.clone();
        let flow = self.way(&dialog);
        request.headers.push(Name::Event, format!("refer;id={number}"));
        let state = if status.is_final() {
            "terminated;reason=noresource".to_owned()
        } else {
            format!("active;expires={REPORTS_S}")
        };
        request.headers.push(Name::SubscriptionState, state);
        request.headers.push(Name::Contact, self.contact(&flow));
        let body = format!("SIP/2.0 {} {}\r\n", status.code(), status.reason());
        request.set_body("message/sipfrag;version=2.0", body);
        self.ask_within(id, request, flow, turn);
    }

    /// Nobody has answered them.
    pub(super) fn refuse_refers(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let open: Vec<ReferId> =
            session.refers.iter().filter(|it| it.open.is_some()).map(|it| it.id).collect();
        for refer in open {
            self.answer_refer(id, refer, Status::SERVER_ERROR, turn);
        }
    }

    /// Asks a phone to answer, or to hold, by itself.
    pub(super) fn talk(&mut self, id: SessionId, event: &'static str, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        let credentials = session.credentials.clone();
        let asked = match &mut session.phase {
            Phase::Up(call) => Some((call.dialog.request(Method::Notify), call.dialog.clone())),
            Phase::Calling(calling) => {
                let clients = calling.forks.clone();
                clients.into_iter().find_map(|client| {
                    let early = self.fork(client)?.early.first_mut()?;
                    Some((early.dialog.request(Method::Notify), early.dialog.clone()))
                })
            }
            Phase::Ringing(_) => None,
        };
        let Some((mut request, dialog)) = asked else {
            turn.tell(Event::Notified { session: id, status: Status::NO_SUCH_TRANSACTION });
            return;
        };
        let flow = self.way(&dialog);
        request.headers.push(Name::Event, Text::fixed(event));
        request.headers.push(Name::SubscriptionState, Text::fixed("active"));
        request.headers.push(Name::Contact, self.contact(&flow));
        self.ask(request, flow, What::Talk(id), credentials, turn);
    }

    pub(super) fn digits(&mut self, id: SessionId, digit: char, duration_ms: u32, turn: &mut Turn<'_>) {
        if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
            return;
        }
        let Some(call) = self.sessions.get_mut(&id).filter(|it| !it.is_over).and_then(Session::call) else {
            return;
        };
        let mut request = call.dialog.request(Method::Info);
        let dialog = call.dialog.clone();
        let flow = self.way(&dialog);
        request.set_body("application/dtmf-relay", format!("Signal={digit}\r\nDuration={duration_ms}\r\n"));
        self.ask_within(id, request, flow, turn);
    }
}

/// The value of Replaces among the headers of a URI.
fn replaces_in(headers: &str) -> Option<String> {
    let fields = headers.split('&').filter_map(|it| it.split_once('='));
    let mut values = fields.filter(|it| it.0.eq_ignore_ascii_case("Replaces")).map(|it| it.1);
    values.next().map(|it| unescaped(it).into_owned())
}
