//! Our requests that are under way: what each was for, and what its answer means.

use bytes::Bytes;

use crate::Flow;
use crate::digest::{Challenge, Login};
use crate::message::{CSeq, Method, Name, Request, Response, Status};
use crate::transaction::{self, ClientId};

use super::dialog::Dialog;
use super::io::{Event, SessionId, Ticket};
use super::session::Fork;
use super::{Turn, UserAgent};

/// How often a request is sent once more because the far side asks for a password, or for another session timer.
pub const MOST_TRIES: u8 = 3;

/// A request of ours.
#[derive(Debug)]
pub struct Asked {
    pub what: What,
    pub flow: Flow,
    pub tries: u8,
    pub credentials: Option<Login>,
    /// To be sent once more, with a password; kept if there is one.
    pub request: Option<Box<Request>>,
}

/// What it is for.
#[derive(Debug)]
pub enum What {
    /// A call.
    Invite(Box<Fork>),
    /// New media in a call, or a refresh of its timer.
    Change(Box<Change>),
    /// `Event: talk`.
    Talk(SessionId),
    /// Reports of transfers, INFO: nobody waits for it, but silence says that the far side is gone.
    Within(SessionId),
    /// PRACK, which may go to a phone that loses the race; BYE. Nothing hangs by it.
    Aside,
    /// Something outside of calls.
    Outside(Ticket),
}

/// A re-INVITE or UPDATE of ours.
#[derive(Debug)]
pub struct Change {
    pub session: SessionId,
    /// It was ordered; a refresh is our own.
    pub is_offer: bool,
    pub sdp: Option<Bytes>,
    pub is_invite: bool,
    /// As it was when the request left, for the ACK.
    pub dialog: Dialog,
    pub ack: Option<(Flow, Bytes)>,
    /// We have given it up.
    pub is_given_up: bool,
}

impl UserAgent {
    /// Sends a request, completed by Via and Max-Forwards.
    pub(super) fn ask(
        &mut self,
        mut request: Request,
        flow: Flow,
        what: What,
        credentials: Option<Login>,
        turn: &mut Turn<'_>,
    ) -> ClientId {
        self.complete(&mut request, &flow);
        let kept = credentials.is_some().then(|| Box::new(request.clone()));
        let asked = Asked { what, flow, tries: 1, credentials, request: kept };
        self.send(request, asked, turn)
    }

    /// Sends a request that is complete.
    pub(super) fn send(&mut self, request: Request, asked: Asked, turn: &mut Turn<'_>) -> ClientId {
        self.last_client += 1;
        let (client, flow) = (ClientId(self.last_client), asked.flow);
        self.asked.insert(client, asked);
        self.pass(transaction::Input::Request { client, flow, request: Box::new(request) }, turn);
        client
    }

    pub(super) fn responded(
        &mut self,
        client: ClientId,
        flow: Flow,
        response: &Response,
        turn: &mut Turn<'_>,
    ) {
        let Some(kind) = self.asked.get(&client).map(kind) else { return };
        let wants_password =
            matches!(response.status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        if wants_password && self.try_again(client, response, turn) {
            return;
        }
        match kind {
            Kind::Invite => self.invite_responded(client, flow, response, turn),
            Kind::Change => self.change_responded(client, response, turn),
            Kind::Other if response.status.is_final() => {
                self.settle(client, response.status, Some(response), turn);
            }
            Kind::Other => {}
        }
    }

    pub(super) fn unanswered(&mut self, client: ClientId, status: Status, turn: &mut Turn<'_>) {
        let Some(kind) = self.asked.get(&client).map(kind) else { return };
        match kind {
            Kind::Invite => self.fork_refused(client, status, None, turn),
            Kind::Change => self.change_refused(client, status, turn),
            Kind::Other => self.settle(client, status, None, turn),
        }
    }

    /// The end of a request that is neither INVITE nor a change.
    fn settle(&mut self, client: ClientId, status: Status, response: Option<&Response>, turn: &mut Turn<'_>) {
        let Some(asked) = self.asked.remove(&client) else { return };
        match asked.what {
            What::Outside(ticket) => {
                turn.tell(Event::Responded { ticket, response: response.map(|it| Box::new(it.clone())) });
            }
            What::Talk(session) if self.sessions.get(&session).is_some_and(|it| !it.is_over) => {
                turn.tell(Event::Notified { session, status });
            }
            What::Within(session) => self.within_settled(session, status, turn),
            What::Talk(_) | What::Aside | What::Invite(_) | What::Change(_) => {}
        }
    }

    /// Sends a request once more with an answer to a challenge. False if there is nothing to answer with, or no use in it.
    fn try_again(&mut self, client: ClientId, response: &Response, turn: &mut Turn<'_>) -> bool {
        let Some(asked) = self.asked.get(&client) else { return false };
        let is_wanted = match &asked.what {
            What::Invite(fork) => !fork.is_lost,
            What::Change(change) => !change.is_given_up,
            _ => true,
        };
        let (Some(credentials), true) = (&asked.credentials, is_wanted && asked.tries < MOST_TRIES) else {
            return false;
        };
        let request = match &asked.what {
            What::Invite(fork) => Some(&fork.request),
            _ => asked.request.as_deref(),
        };
        let Some(mut request) = request.cloned() else { return false };
        let own = self.branches.word();
        if !answer_challenge(&mut request, response, credentials, &own) {
            return false;
        }
        self.repeat(client, request, turn);
        true
    }

    /// Sends a changed request in the place of one that was refused: with the next number and a new branch.
    pub(super) fn repeat(&mut self, client: ClientId, mut request: Request, turn: &mut Turn<'_>) {
        let Some(mut asked) = self.asked.remove(&client) else { return };
        let number = self.next_number(&asked, &request);
        let cseq = CSeq { number, method: request.method.clone() };
        request.headers.set(Name::CSeq, cseq.to_string());
        self.renew_branch(&mut request, &asked.flow);
        asked.tries += 1;
        if asked.request.is_some() {
            asked.request = Some(Box::new(request.clone()));
        }
        let session = match &mut asked.what {
            What::Invite(fork) => {
                fork.request = request.clone();
                fork.early.clear();
                Some(fork.session)
            }
            What::Change(change) => {
                change.dialog.local_seq = number;
                Some(change.session)
            }
            _ => None,
        };
        let fresh = self.send(request, asked, turn);
        let Some(session) = session.and_then(|id| self.sessions.get_mut(&id)) else { return };
        match &mut session.phase {
            super::session::Phase::Calling(calling) => {
                calling.forks.iter_mut().filter(|it| **it == client).for_each(|it| *it = fresh);
            }
            super::session::Phase::Up(call) if call.change == Some(client) => call.change = Some(fresh),
            _ => {}
        }
    }

    /// The next number of the dialog that a request belongs to.
    fn next_number(&mut self, asked: &Asked, request: &Request) -> u32 {
        let after = request.cseq().map_or(1, |it| it.number.saturating_add(1));
        let id = match &asked.what {
            What::Change(change) => change.session,
            What::Talk(id) | What::Within(id) => *id,
            What::Invite(_) | What::Aside | What::Outside(_) => return after,
        };
        let Some(call) = self.sessions.get_mut(&id).and_then(super::session::Session::call) else {
            return after;
        };
        call.dialog.local_seq = call.dialog.local_seq.saturating_add(1).max(after);
        call.dialog.local_seq
    }

    /// A request within a call by which nothing hangs.
    pub(super) fn ask_within(&mut self, id: SessionId, request: Request, flow: Flow, turn: &mut Turn<'_>) {
        let credentials = self.sessions.get(&id).and_then(|it| it.credentials.clone());
        self.ask(request, flow, What::Within(id), credentials, turn);
    }
}

/// Adds the answer to a challenge. False if there is none that we can answer, or our password was wrong.
fn answer_challenge(request: &mut Request, response: &Response, login: &Login, own: &str) -> bool {
    let Some(mut challenge) = Challenge::of(response) else { return false };
    let (name, value) = challenge.answer(login, &request.method, request.uri.as_str(), own);
    if request.headers.contains(&name) && !challenge.is_stale {
        return false;
    }
    request.headers.set(name, value);
    true
}

/// How the answers of a request are dealt with.
#[derive(Clone, Copy)]
enum Kind {
    Invite,
    Change,
    Other,
}

fn kind(asked: &Asked) -> Kind {
    match asked.what {
        What::Invite(_) => Kind::Invite,
        What::Change(_) => Kind::Change,
        What::Talk(_) | What::Within(_) | What::Aside | What::Outside(_) => Kind::Other,
    }
}

/// An ACK to a 2xx: the numbers of its INVITE, no transaction of its own (RFC 3261, section 13.2.2.4).
pub fn ack(dialog: &Dialog, number: u32) -> Request {
    dialog.request_numbered(Method::Ack, number)
}
