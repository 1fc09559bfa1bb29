//! How sessions begin, expire and end.

use std::time::Instant;

use super::Hub;
use super::connect::Outcome;
use super::request::{Asked, Origin};
use crate::id::{BrowserId, Entropy, Owner, SessionId};
use crate::io::{CLOSE_GOING_AWAY, CLOSE_NORMAL, CloseReason, Output};
use crate::message::{Ack, Message};
use crate::reply::{Advice, Reply};
use crate::session::{Acknowledgement, Session};
use crate::table::SessionKey;

const HANDSHAKE_DENIED: &str = "403::handshake_denied";

/// A session that has just begun.
pub(super) struct Opened {
    pub(super) session: SessionKey,
    /// The browser's name, if it had none before.
    pub(super) new_browser: Option<BrowserId>,
}

/// The shell gave no entropy, or gave it twice: no session can be named.
pub(super) struct NoEntropy;

impl Hub {
    /// MUST be alone. Makes a new session even if the client already has one; `None` if it is refused.
    pub(super) fn handshake(
        &mut self,
        message: &Message,
        asked: &Asked,
        entropy: Option<&Entropy>,
        replies: &mut Vec<u8>,
        out: &mut Vec<Output>,
    ) -> Result<Option<Opened>, NoEntropy> {
        if !message.id_is_valid {
            self.reply(message, Err("405::message_id_invalid"), asked, replies);
            return Ok(None);
        }
        let entropy = entropy.ok_or(NoEntropy)?;
        let id = SessionId::from_entropy(entropy);
        if self.table.find(asked.owner, id).is_some() {
            return Err(NoEntropy);
        }
        if self.draining || self.table.len() >= self.config.max_sessions || !self.make_room(asked, out) {
            let channel = message.target.json();
            Reply::open(replies, message.id.as_ref(), &channel, false)
                .text("error", HANDSHAKE_DENIED)
                .advice(Advice {
                    reconnect: "handshake",
                    interval: Some(self.config.handshake_retry_interval),
                    ..Advice::default()
                })
                .close(None, asked.clock(message).as_ref(), asked.now);
            return Ok(None);
        }
        // Only an HTTP response can set a cookie.
        let http = matches!(asked.origin, Origin::Http { .. });
        let new_browser = (http && asked.browser.is_none()).then(|| BrowserId::from_entropy(entropy));
        let mut session = Session::new(asked.owner, id, asked.browser.or(new_browser));
        session.interval = self.config.interval;
        let acknowledges = self.config.acknowledgements
            && message.ext.as_ref().is_some_and(|ext| ext.ack == Some(Ack::Offer(true)));
        if acknowledges {
            session.acknowledgement = Some(Box::new(Acknowledgement { batch: 1, sent: Default::default() }));
        }
        let session = self.table.insert(session);
        out.push(Output::SessionOpened { owner: asked.owner, session: id });
        self.handshake_reply(message, id, acknowledges, asked, replies);
        Ok(Some(Opened { session, new_browser }))
    }

    fn handshake_reply(
        &self,
        message: &Message,
        id: SessionId,
        ack: bool,
        asked: &Asked,
        replies: &mut Vec<u8>,
    ) {
        let types = self.config.connection_types.iter().map(|kind| format!("\"{}\"", kind.as_str()));
        let types = format!("[{}]", types.collect::<Vec<_>>().join(","));
        Reply::open(replies, message.id.as_ref(), &message.target.json(), true)
            .text("version", "1.0")
            .text("minimumVersion", "1.0")
            .text("clientId", &id.to_string())
            .member("supportedConnectionTypes", &types)
            .advice(Advice {
                reconnect: "retry",
                interval: Some(self.config.interval),
                timeout: Some(self.config.timeout),
                multiple_clients: None,
            })
            .close(ack.then_some("true"), asked.clock(message).as_ref(), asked.now);
    }

    /// Removes the owner's session that would expire first, if there are too many; reloaded pages leave such.
    fn make_room(&mut self, asked: &Asked, out: &mut Vec<Output>) -> bool {
        if self.table.of_owner(asked.owner).count() < self.config.max_sessions_per_owner {
            return true;
        }
        let expiry = |key: SessionKey| self.table.session(key)?.expiry.map(|expiry| (expiry.at, key));
        let Some((_, oldest)) = self.table.of_owner(asked.owner).filter_map(expiry).min() else {
            return false;
        };
        self.remove(oldest, CloseReason::Displaced, asked.now, out);
        true
    }

    /// Ends a session: answers its connect, forgets its subscriptions and events.
    pub(super) fn remove(
        &mut self,
        key: SessionKey,
        reason: CloseReason,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        self.dismiss(key, reason, now, out);
        self.unbind(key);
        let Some(session) = self.table.remove(key) else { return };
        if let Some(at) = session.scheduled {
            self.deadlines.remove(&(at, key));
        }
        for pattern in &session.subscriptions {
            self.topics.unsubscribe(pattern, key);
        }
        self.kept.subtract(session.kept);
        out.push(Output::SessionClosed { owner: session.owner, session: session.id, reason });
    }

    pub(super) fn disconnect_owner(&mut self, owner: Owner, now: Instant, out: &mut Vec<Output>) {
        for key in self.table.of_owner(owner).collect::<Vec<_>>() {
            self.remove(key, CloseReason::ByServer, now, out);
        }
        for connection in self.sockets_of(owner) {
            self.close_socket(connection, CLOSE_NORMAL, out);
        }
    }

    pub(super) fn disconnect_session(
        &mut self,
        owner: Owner,
        session: SessionId,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        if let Some(key) = self.table.find(owner, session) {
            self.remove(key, CloseReason::ByServer, now, out);
        }
    }

    pub(super) fn drain(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.draining = true;
        for key in self.table.all().collect::<Vec<_>>() {
            self.release(key, Outcome::Draining, now, out);
        }
        for connection in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.close_socket(connection, CLOSE_GOING_AWAY, out);
        }
    }

    pub(super) fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some((at, key)) = self.deadlines.first().copied()
            && at <= now
        {
            self.deadlines.pop_first();
            let Some(session) = self.table.session_mut(key) else { continue };
            session.scheduled = None;
            let is_due = session.due().is_some_and(|(due, _)| due <= now);
            if is_due && !self.release(key, Outcome::Continue, now, out) {
                self.remove(key, CloseReason::Expired, now, out);
            }
            self.schedule(key);
        }
    }

    pub(super) fn start_expiry(&mut self, key: SessionKey, now: Instant) {
        if let Some(session) = self.table.session_mut(key) {
            session.start_expiry(&self.config, now);
            self.schedule(key);
        }
    }

    pub(super) fn postpone_expiry(&mut self, key: SessionKey, now: Instant) {
        if let Some(session) = self.table.session_mut(key) {
            session.postpone_expiry(&self.config, now);
        }
    }

    /// Notes when the session needs attention. An entry that is early enough is left alone, since most
    /// deadlines move further away before they come: [`Hub::tick`] looks again.
    pub(super) fn schedule(&mut self, key: SessionKey) {
        let Some(session) = self.table.session_mut(key) else { return };
        let Some((due, _)) = session.due() else { return };
        if session.scheduled.is_none_or(|at| due < at) {
            if let Some(at) = session.scheduled.replace(due) {
                self.deadlines.remove(&(at, key));
            }
            self.deadlines.insert((due, key));
        }
    }
}
