//! Requests of the far side: which are understood, and to which call each belongs (RFC 3261, sections 8.2 and 12.2.2).

use crate::Flow;
use crate::message::{Method, Name, Params, Request, Response, Status, Text};
use crate::transaction::ServerId;

use super::compose::{EXTENSIONS, SDP, plain};
use super::dialog::Dialog;
use super::io::{ALLOW, Event, HANDED_ON, SessionId};
use super::session::{Early, Phase, Session};
use super::{Turn, UserAgent};

/// The longest pressing of a key that is told, in milliseconds.
const LONGEST_DIGIT_MS: u32 = 10_000;

impl UserAgent {
    /// Every request but ACK and CANCEL.
    pub(super) fn requested(&mut self, server: ServerId, flow: Flow, request: Request, turn: &mut Turn<'_>) {
        let refusal = match check(&request) {
            Err(response) => Some(response),
            Ok(()) if request.to().is_some_and(|it| it.tag().is_some()) => {
                self.requested_inside(server, &flow, &request, turn)
            }
            Ok(()) => self.requested_outside(server, flow, request, turn).err(),
        };
        if let Some(response) = refusal {
            self.reply(server, response, turn);
        }
    }

    fn requested_outside(
        &mut self,
        server: ServerId,
        flow: Flow,
        request: Request,
        turn: &mut Turn<'_>,
    ) -> Result<(), Response> {
        match &request.method {
            Method::Invite => self.call_came(server, flow, request, turn),
            method if HANDED_ON.contains(method) => self.hand_on(server, flow, request, turn),
            // Whoever is transferred has to talk to us.
            Method::Refer => Err(request.respond(Status::FORBIDDEN, Some("refused"))),
            _ => Err(request.respond(Status::NO_SUCH_TRANSACTION, Some("refused"))),
        }
    }

    /// A request within a dialog: its answer, or none if one was given, or follows.
    fn requested_inside(
        &mut self,
        server: ServerId,
        flow: &Flow,
        request: &Request,
        turn: &mut Turn<'_>,
    ) -> Option<Response> {
        let refuse = |status: Status| Some(request.respond(status, None));
        if [Method::Register, Method::Message, Method::Subscribe, Method::Publish].contains(&request.method) {
            let mut response = request.respond(Status::METHOD_NOT_ALLOWED, None);
            response.headers.push(Name::Allow, Text::fixed(ALLOW));
            return Some(response);
        }
        let Some(id) = self.dialog_of(request) else { return refuse(Status::NO_SUCH_TRANSACTION) };
        let is_over = self.sessions.get(&id).is_some_and(|it| it.is_over);
        if is_over && request.method != Method::Bye {
            return refuse(Status::NO_SUCH_TRANSACTION);
        }
        if !self.advance(id, request) {
            return refuse(Status::SERVER_ERROR);
        }
        self.moved(id, flow);
        match &request.method {
            Method::Bye => {
                self.reply(server, request.respond(Status::OK, None), turn);
                self.hung_up(id, request, turn);
                None
            }
            Method::Invite | Method::Update => self.change_came(id, server, request, turn),
            Method::Prack => self.prack_came(id, server, request, turn),
            Method::Refer => self.refer_came(id, server, request, turn),
            Method::Info => Some(info_came(id, request, turn)),
            Method::Options => Some(self.capabilities(request)),
            // There is no subscription of ours to tell of.
            _ => refuse(Status::NO_SUCH_TRANSACTION),
        }
    }

    pub(super) fn capabilities(&self, request: &Request) -> Response {
        let mut response = request.respond(Status::OK, None);
        response.headers.push(Name::Allow, Text::fixed(ALLOW));
        response.headers.push(Name::Accept, Text::fixed(SDP));
        response.headers.push(Name::Supported, EXTENSIONS.join(", "));
        response.headers.push(Name::Server, self.config.product.clone());
        response
    }

    /// The call whose dialog a request of the far side belongs to: by Call-ID and both tags.
    pub(super) fn dialog_of(&self, request: &Request) -> Option<SessionId> {
        let (ours, theirs) = (request.to()?.tag()?, request.from()?.tag().unwrap_or(""));
        self.session_of(request.call_id(), ours, theirs)
    }

    fn session_of(&self, call_id: &str, ours: &str, theirs: &str) -> Option<SessionId> {
        let id = self.session_of_tag(ours)?;
        let fits = |dialog: &Dialog| dialog.call_id == call_id && dialog.remote_tag == theirs;
        let is_it = match &self.sessions.get(&id)?.phase {
            Phase::Ringing(ringing) => ringing.tag == ours && fits(&ringing.dialog),
            Phase::Up(call) => call.tag == ours && fits(&call.dialog),
            Phase::Calling(calling) => calling.forks.iter().any(|client| {
                let Some(super::asked::What::Invite(fork)) = self.asked.get(client).map(|it| &it.what) else {
                    return false;
                };
                let is_ours = fork.request.from().and_then(|it| it.tag()) == Some(ours);
                is_ours && fork.early.iter().any(|it| fits(&it.dialog))
            }),
        };
        is_it.then_some(id)
    }

    /// The session whose dialog a Replaces header names. Its tags are ours and the far side's, whoever wrote it (RFC 3891, section 3).
    pub(super) fn session_replaced(&self, replaces: &Replaces<'_>) -> Option<SessionId> {
        self.session_of(replaces.call_id, replaces.to_tag, replaces.from_tag)
    }

    /// Takes the number of a request. False if it comes too late.
    fn advance(&mut self, id: SessionId, request: &Request) -> bool {
        let theirs = request.from().and_then(|it| it.tag()).unwrap_or("");
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        match &mut session.phase {
            Phase::Ringing(ringing) => ringing.dialog.advances(request),
            Phase::Up(call) => call.dialog.advances(request),
            Phase::Calling(calling) => {
                let clients = calling.forks.clone();
                clients.into_iter().any(|client| {
                    let early = self.fork(client).and_then(|it| early_of(&mut it.early, theirs));
                    early.is_some_and(|it| it.dialog.advances(request))
                })
            }
        }
    }

    /// A request of the far side came by another way, which is the one to take from here on: its address has changed behind a NAT,
    /// or it has connected anew.
    pub(super) fn moved(&mut self, id: SessionId, flow: &Flow) {
        let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) else { return };
        if call.dialog.is_symmetric && call.dialog.flow != *flow {
            call.dialog.flow = *flow;
            self.list_connection(id, flow);
        }
    }
}

fn early_of<'a>(early: &'a mut [Early], tag: &str) -> Option<&'a mut Early> {
    early.iter_mut().find(|it| it.dialog.remote_tag == tag)
}

/// What is wrong with a request, whatever it belongs to, in the order of RFC 3261, section 8.2.
fn check(request: &Request) -> Result<(), Response> {
    let refuse = |status: Status| request.respond(status, Some("refused"));
    if matches!(request.method, Method::Other(_)) {
        let mut response = refuse(Status::NOT_IMPLEMENTED);
        response.headers.push(Name::Allow, Text::fixed(ALLOW));
        return Err(response);
    }
    // We pass calls on, in our way; a request that asks for us alone may arrive with its last hop.
    if request.max_forwards() == Some(0) && request.method == Method::Invite {
        return Err(refuse(Status::TOO_MANY_HOPS));
    }
    if !request.uri.is_sip() && request.uri.scheme() != "tel" {
        return Err(refuse(Status::UNSUPPORTED_URI_SCHEME));
    }
    let unknown: Vec<&str> = request
        .headers
        .values(&Name::Require)
        .filter(|it| !EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(it)))
        .collect();
    if !unknown.is_empty() {
        let mut response = refuse(Status::BAD_EXTENSION);
        response.headers.push(Name::Unsupported, unknown.join(", "));
        return Err(response);
    }
    let carries_offer = matches!(request.method, Method::Invite | Method::Update | Method::Prack);
    if carries_offer && !request.body.is_empty() {
        return check_body(request);
    }
    Ok(())
}

fn check_body(request: &Request) -> Result<(), Response> {
    let codings = request.headers.values(&Name::ContentEncoding);
    let is_coded = codings.into_iter().any(|it| !it.eq_ignore_ascii_case("identity"));
    if is_coded || !request.is_body_of(SDP) {
        let mut response = request.respond(Status::UNSUPPORTED_MEDIA_TYPE, Some("refused"));
        response.headers.push(Name::Accept, Text::fixed(SDP));
        response.headers.push(Name::AcceptEncoding, Text::fixed("identity"));
        return Err(response);
    }
    Ok(())
}

/// Keys that were pressed, as some phones tell them.
fn info_came(id: SessionId, request: &Request, turn: &mut Turn<'_>) -> Response {
    let text = core::str::from_utf8(&request.body).unwrap_or("");
    let digit = if request.is_body_of("application/dtmf-relay") {
        let value = |name: &str| {
            let mut fields = text.lines().filter_map(|line| line.split_once('='));
            fields.find(|it| it.0.trim().eq_ignore_ascii_case(name)).map(|it| it.1.trim())
        };
        let duration = value("Duration").and_then(|it| it.parse().ok()).unwrap_or(250);
        value("Signal").and_then(digit_of).map(|it| (it, duration))
    } else if request.is_body_of("application/dtmf") {
        digit_of(text.trim()).map(|it| (it, 250))
    } else if request.body.is_empty() {
        return request.respond(Status::OK, None);
    } else {
        let mut response = request.respond(Status::UNSUPPORTED_MEDIA_TYPE, None);
        response.headers.push(Name::Accept, Text::fixed("application/dtmf-relay, application/dtmf"));
        return response;
    };
    let Some((digit, duration_ms)) = digit else { return request.respond(Status::BAD_REQUEST, None) };
    turn.tell(Event::Digit { session: id, digit, duration_ms: duration_ms.min(LONGEST_DIGIT_MS) });
    request.respond(Status::OK, None)
}

fn digit_of(word: &str) -> Option<char> {
    let mut letters = word.chars();
    let letter = letters.next()?.to_ascii_uppercase();
    let is_one = letters.next().is_none() && matches!(letter, '0'..='9' | '*' | '#' | 'A'..='D');
    // Some say star and pound by number.
    match word {
        "10" => Some('*'),
        "11" => Some('#'),
        _ => is_one.then_some(letter),
    }
}

/// The dialog that a Replaces header names (RFC 3891, section 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaces<'a> {
    pub call_id: &'a str,
    pub to_tag: &'a str,
    pub from_tag: &'a str,
    pub is_early_only: bool,
}

impl<'a> Replaces<'a> {
    pub fn parse(value: &'a str) -> Option<Self> {
        let (call_id, params) = value.split_once(';')?;
        let params = Params::of(params);
        let (to_tag, from_tag) = (params.value("to-tag")?, params.value("from-tag")?);
        let call_id = call_id.trim();
        (!call_id.is_empty() && !to_tag.is_empty()).then_some(Self {
            call_id,
            to_tag,
            from_tag,
            is_early_only: params.has("early-only"),
        })
    }
}

impl UserAgent {
    /// Refuses a request with nothing but a status.
    pub(super) fn reply_plain(
        &mut self,
        server: ServerId,
        answer: &Response,
        status: Status,
        turn: &mut Turn<'_>,
    ) {
        self.reply(server, plain(answer, status), turn);
    }
}
