//! WebSockets: events are pushed, a connect is a heartbeat.

use std::time::Instant;

use super::connect::Place;
use super::exchange::refusal;
use super::request::{Answered, Asked, Origin};
use super::{Hub, Socket};
use crate::id::{BrowserId, ConnectionId, Entropy, Owner};
use crate::io::{CLOSE_UNPARSABLE, Output};
use crate::message::Message;
use crate::session::Link;
use crate::table::SessionKey;

impl Hub {
    pub(super) fn socket_opened(
        &mut self,
        connection: ConnectionId,
        owner: Owner,
        browser: Option<BrowserId>,
    ) {
        assert!(!self.sockets.contains_key(&connection), "{connection:?} was used before");
        self.sockets.insert(connection, Socket::new(owner, browser));
        self.sockets_by_owner.insert((owner, connection));
    }

    pub(super) fn socket_request(
        &mut self,
        connection: ConnectionId,
        messages: &[Message],
        entropy: Option<Entropy>,
        wall_ms: u64,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(socket) = self.sockets.get(&connection).filter(|socket| !socket.closing) else { return };
        let asked = Asked {
            owner: socket.owner,
            browser: socket.browser,
            origin: Origin::Socket { connection },
            wall_ms,
            alone: messages.len() == 1,
            now,
        };
        match messages {
            [handshake] if handshake.is_handshake() => {
                let mut replies = Vec::new();
                let Ok(opened) = self.handshake(handshake, &asked, entropy.as_ref(), &mut replies, out)
                else {
                    return self.close_socket(connection, CLOSE_UNPARSABLE, out);
                };
                let session = opened.map(|opened| opened.session);
                if let Some(key) = session {
                    self.bind(key, connection, now, out);
                }
                let answered = Answered { replies, connect: session.is_some(), held: false };
                self.send_text(connection, session, &answered, false, now, out);
            }
            messages if messages.is_empty() || messages.iter().any(Message::is_handshake) => {
                self.close_socket(connection, CLOSE_UNPARSABLE, out);
            }
            messages => self.socket_messages(connection, &asked, messages, out),
        }
    }

    fn socket_messages(
        &mut self,
        connection: ConnectionId,
        asked: &Asked,
        messages: &[Message],
        out: &mut Vec<Output>,
    ) {
        let named = messages.first().and_then(Message::session);
        let session = named.and_then(|id| self.table.find(asked.owner, id));
        if let Some(key) = session {
            self.bind(key, connection, asked.now, out);
        }
        let answered = self.answer(messages, session, asked, out);
        if !answered.held {
            let pushes = self
                .session_at(session)
                .is_some_and(|session| !session.delivers_on_connect_only(&self.config));
            self.send_text(connection, session, &answered, answered.connect || pushes, asked.now, out);
        }
        if let Some(key) = session {
            self.wake(key, asked.now, out);
        }
    }

    pub(super) fn socket_written(&mut self, connection: ConnectionId, now: Instant, out: &mut Vec<Output>) {
        let Some(socket) = self.sockets.get_mut(&connection) else { return };
        let written = socket.texts.pop_front().flatten();
        if socket.texts.is_empty() && socket.texts.capacity() > 4 {
            socket.texts.shrink_to_fit();
        }
        if let Some(unwritten) = written {
            self.settle(*unwritten, true, now);
        }
        let mut index = 0;
        while let Some(key) =
            self.sockets.get(&connection).and_then(|socket| socket.sessions.get(index)).copied()
        {
            self.wake(key, now, out);
            index += 1;
        }
    }

    pub(super) fn socket_closed(&mut self, connection: ConnectionId, now: Instant, out: &mut Vec<Output>) {
        let Some(socket) = self.sockets.remove(&connection) else { return };
        self.sockets_by_owner.remove(&(socket.owner, connection));
        for key in socket.sessions {
            self.take_held(key);
            let Some(session) = self.table.session_mut(key) else { continue };
            session.link = Link::Away;
            if session.expiry.is_none() {
                self.start_expiry(key, now);
            }
        }
        // Newest first, so that each lot goes before those that were sent later.
        let mut waiting = Vec::new();
        for unwritten in socket.texts.into_iter().rev().flatten() {
            waiting.push(unwritten.session);
            self.settle(*unwritten, false, now);
        }
        for key in waiting {
            self.wake(key, now, out);
        }
    }

    /// Makes the socket the session's way out, whatever that was before.
    fn bind(&mut self, key: SessionKey, connection: ConnectionId, now: Instant, out: &mut Vec<Output>) {
        let Some(session) = self.table.session(key) else { return };
        if matches!(session.link, Link::Socket { connection: bound, .. } if bound == connection) {
            return;
        }
        let replaced = self.take_held(key);
        if let Some((Place::Exchange(exchange), _)) = replaced {
            out.push(refusal(exchange, self.config.replaced_connect_status));
        }
        self.unbind(key);
        if let Some(session) = self.table.session_mut(key) {
            session.link = Link::Socket { connection, connect: None };
        }
        if let Some(socket) = self.sockets.get_mut(&connection) {
            socket.sessions.push(key);
        }
        if replaced.is_some() {
            self.start_expiry(key, now);
        }
    }

    /// Takes the session off its socket, if it is on one.
    pub(super) fn unbind(&mut self, key: SessionKey) {
        let Some(session) = self.table.session_mut(key) else { return };
        if let Link::Socket { connection, .. } = session.link {
            session.link = Link::Away;
            if let Some(socket) = self.sockets.get_mut(&connection) {
                socket.sessions.retain(|bound| *bound != key);
            }
        }
    }

    /// Sends a text, with the session's events before the replies if they may ride along.
    pub(super) fn send_text(
        &mut self,
        connection: ConnectionId,
        session: Option<SessionKey>,
        answered: &Answered,
        rides: bool,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let (body, unwritten) = self.compose(session, answered, rides, now);
        if let Some(socket) = self.sockets.get_mut(&connection) {
            socket.texts.push_back(unwritten);
            out.push(Output::SocketText { connection, body });
        }
    }

    pub(super) fn close_socket(&mut self, connection: ConnectionId, code: u16, out: &mut Vec<Output>) {
        if let Some(socket) = self.sockets.get_mut(&connection)
            && !std::mem::replace(&mut socket.closing, true)
        {
            out.push(Output::CloseSocket { connection, code });
        }
    }

    pub(super) fn sockets_of(&self, owner: Owner) -> Vec<ConnectionId> {
        let range = (owner, ConnectionId(0))..=(owner, ConnectionId(u64::MAX));
        self.sockets_by_owner.range(range).map(|(_, connection)| *connection).collect()
    }
}
