//! HTTP: a request comes, one reply goes, and the shell says what became of it.

use std::time::Instant;

use bytes::Bytes;

use super::request::{Answered, Asked, Origin};
use super::{Exchange, Hub, Unwritten};
use crate::id::{BrowserId, Entropy, ExchangeId, Owner};
use crate::io::{Output, Transport};
use crate::message::Message;
use crate::table::SessionKey;

/// HTTP status of everything that has a Bayeux body.
const OK: u16 = 200;
/// HTTP status of a request that breaks the rules as a whole.
const BROKEN: u16 = 500;

/// What is known of a request beside its messages.
pub(super) struct HttpRequest {
    pub(super) exchange: ExchangeId,
    pub(super) transport: Transport,
    pub(super) owner: Owner,
    pub(super) browser: Option<BrowserId>,
    pub(super) wall_ms: u64,
}

impl Hub {
    pub(super) fn http_request(
        &mut self,
        request: &HttpRequest,
        messages: &[Message],
        entropy: Option<Entropy>,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let exchange = request.exchange;
        assert!(!self.exchanges.contains_key(&exchange), "{exchange:?} was used before");
        let asked = Asked {
            owner: request.owner,
            browser: request.browser,
            origin: Origin::Http { exchange, transport: request.transport },
            wall_ms: request.wall_ms,
            alone: messages.len() == 1,
            now,
        };
        match messages {
            [] => out.push(refusal(exchange, BROKEN)),
            [handshake] if handshake.is_handshake() => {
                self.http_handshake(&asked, handshake, entropy.as_ref(), exchange, out);
            }
            messages if messages.iter().any(Message::is_handshake) => out.push(refusal(exchange, BROKEN)),
            messages => self.http_messages(&asked, messages, request, out),
        }
    }

    fn http_handshake(
        &mut self,
        asked: &Asked,
        handshake: &Message,
        entropy: Option<&Entropy>,
        exchange: ExchangeId,
        out: &mut Vec<Output>,
    ) {
        let mut replies = Vec::new();
        let Ok(opened) = self.handshake(handshake, asked, entropy, &mut replies, out) else {
            return out.push(refusal(exchange, BROKEN));
        };
        let set_browser = opened.as_ref().and_then(|opened| opened.new_browser);
        let session = opened.map(|opened| opened.session);
        let answered = Answered { replies, connect: session.is_some(), held: false };
        self.send_reply(exchange, session, answered, false, asked.now, out);
        if let Some(Output::Reply { set_browser: cookie, .. }) = out.last_mut() {
            *cookie = set_browser;
        }
    }

    fn http_messages(
        &mut self,
        asked: &Asked,
        messages: &[Message],
        request: &HttpRequest,
        out: &mut Vec<Output>,
    ) {
        let named = messages.first().and_then(Message::session);
        let session = named.and_then(|id| self.table.find(request.owner, id)).filter(|key| {
            // A session is bound to the browser that did the handshake, or to none at all.
            let bound = self.table.session(*key).and_then(|session| session.browser);
            self.config.trust_client_session || (bound.is_some() && bound == request.browser)
        });
        let answered = self.answer(messages, session, asked, out);
        if answered.held {
            return;
        }
        let rides = answered.connect || {
            let only_on_connect =
                self.session_at(session).is_none_or(|session| session.delivers_on_connect_only(&self.config));
            !only_on_connect && request.transport != Transport::CallbackPolling
        };
        self.send_reply(request.exchange, session, answered, rides, asked.now, out);
        if let Some(key) = session {
            self.wake(key, asked.now, out);
        }
    }

    /// Answers an exchange, with the session's events before the replies if they may ride along.
    pub(super) fn send_reply(
        &mut self,
        exchange: ExchangeId,
        session: Option<SessionKey>,
        answered: Answered,
        rides: bool,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let (body, unwritten) = self.compose(session, &answered, rides, now);
        let report = unwritten.is_some();
        if let Some(unwritten) = unwritten {
            self.exchanges.insert(exchange, Exchange::Writing(unwritten));
        }
        out.push(Output::Reply { exchange, status: OK, body, set_browser: None, report });
    }

    pub(super) fn exchange_written(&mut self, exchange: ExchangeId, now: Instant) {
        match self.exchanges.remove(&exchange) {
            Some(Exchange::Writing(unwritten)) => self.settle(*unwritten, true, now),
            // Nothing was sent yet, so nothing can have been written.
            Some(held @ Exchange::Held(_)) => {
                self.exchanges.insert(exchange, held);
            }
            None => {}
        }
    }

    pub(super) fn exchange_closed(&mut self, exchange: ExchangeId, now: Instant, out: &mut Vec<Output>) {
        match self.exchanges.remove(&exchange) {
            Some(Exchange::Held(key)) => {
                self.take_held(key);
                self.start_expiry(key, now);
            }
            Some(Exchange::Writing(unwritten)) => {
                let key = unwritten.session;
                self.settle(*unwritten, false, now);
                self.wake(key, now, out);
            }
            None => {}
        }
    }

    /// Handles the end of a reply's or frame's writing.
    pub(super) fn settle(&mut self, unwritten: Unwritten, written: bool, now: Instant) {
        let Unwritten { session: key, round, events } = unwritten;
        let Some(session) = self.table.session_mut(key) else { return };
        if written {
            let freed = crate::session::Kept::of(&events);
            session.kept.subtract(freed);
            self.kept.subtract(freed);
        } else {
            session.put_back(events);
        }
        if round == Some(session.round) && session.held().is_none() {
            self.start_expiry(key, now);
        }
    }
}

/// A response without a Bayeux body.
pub(super) fn refusal(exchange: ExchangeId, status: u16) -> Output {
    Output::Reply { exchange, status, body: Bytes::new(), set_browser: None, report: false }
}

impl Unwritten {
    pub(super) fn new(session: SessionKey, round: Option<u32>) -> Unwritten {
        Unwritten { session, round, events: std::collections::VecDeque::new() }
    }
}
