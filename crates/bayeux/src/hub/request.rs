//! The messages of one request, answered in order.
//!
//! All that a request's messages can do to each other is here: they belong to the session of the first, and a
//! message that names another is refused in its place.

use std::time::Instant;

use super::{Hub, Socket};
use crate::channel::{Channel, Kind, Pattern};
use crate::config::PublishPolicy;
use crate::id::{BrowserId, ConnectionId, ExchangeId, Owner};
use crate::io::{CloseReason, Output, Transport};
use crate::message::{Client, Message, Target};
use crate::reply::{Advice, Clock, Reply};
use crate::session::Session;
use crate::table::SessionKey;

pub(super) const SESSION_UNKNOWN: &str = "402::session_unknown";
const CHANNEL_MISSING: &str = "400::channel_missing";
const CHANNEL_INVALID: &str = "405::channel_invalid";
const ID_INVALID: &str = "405::message_id_invalid";
const PUBLISH_DENIED: &str = "403:denied_by_security_policy:publish_denied";
const SUBSCRIBE_DENIED: &str = "403:denied_by_security_policy:subscribe_denied";
const SUBSCRIPTION_INVALID: &str = "403::subscription_invalid";
const SUBSCRIPTION_MISSING: &str = "403::subscription_missing";
const TOO_MANY_SUBSCRIPTIONS: &str = "403:too_many_subscriptions:subscribe_denied";

/// Who asks, from where, and when.
pub(super) struct Asked {
    pub(super) owner: Owner,
    pub(super) browser: Option<BrowserId>,
    pub(super) origin: Origin,
    pub(super) wall_ms: u64,
    /// Whether the request has one message only.
    pub(super) alone: bool,
    pub(super) now: Instant,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Http { exchange: ExchangeId, transport: Transport },
    Socket { connection: ConnectionId },
}

/// The replies to a request.
#[derive(Default)]
pub(super) struct Answered {
    pub(super) replies: Vec<u8>,
    /// Whether one of them ends a connect or a handshake, so that the session's expiry starts when they are
    /// written.
    pub(super) connect: bool,
    /// The connect waits; there are no replies.
    pub(super) held: bool,
}

impl Asked {
    pub(super) fn clock(&self, message: &Message) -> Option<Clock> {
        let client = message.ext.as_ref()?.timesync?;
        Some(Clock { client, received_wall_ms: self.wall_ms, received: self.now })
    }
}

impl Hub {
    pub(super) fn session_at(&self, key: Option<SessionKey>) -> Option<&Session> {
        self.table.session(key?)
    }

    /// Answers everything but handshakes for the session of the first message.
    pub(super) fn answer(
        &mut self,
        messages: &[Message],
        session: Option<SessionKey>,
        asked: &Asked,
        out: &mut Vec<Output>,
    ) -> Answered {
        let mut answered = Answered { replies: Vec::with_capacity(96), connect: false, held: false };
        self.answering = session;
        for message in messages {
            self.answer_one(message, session, asked, &mut answered, out);
        }
        self.answering = None;
        if let Some(key) = session
            && !answered.connect
            && !answered.held
        {
            self.postpone_expiry(key, asked.now);
        }
        answered
    }

    fn answer_one(
        &mut self,
        message: &Message,
        session: Option<SessionKey>,
        asked: &Asked,
        answered: &mut Answered,
        out: &mut Vec<Output>,
    ) {
        let verdict = match &message.target {
            _ if !message.id_is_valid => Err(ID_INVALID),
            Target::Missing => Err(CHANNEL_MISSING),
            Target::Invalid(_) => Err(CHANNEL_INVALID),
            target => match session.filter(|key| self.names(message, *key)) {
                None => Err(SESSION_UNKNOWN),
                Some(key) => match target {
                    Target::Connect => return self.connect(key, message, asked, answered, out),
                    Target::Subscribe => self.subscribe(key, message),
                    Target::Unsubscribe => self.unsubscribe(key, message),
                    Target::Publish(channel) => self.client_publish(message, channel, asked.now, out),
                    Target::Disconnect => {
                        self.reply(message, Ok(()), asked, &mut answered.replies);
                        return self.remove(key, CloseReason::ByClient, asked.now, out);
                    }
                    // Handshakes are answered before; all that is left is one with a bad neighbor.
                    Target::Handshake | Target::Missing | Target::Invalid(_) => Err(CHANNEL_INVALID),
                },
            },
        };
        self.reply(message, verdict, asked, &mut answered.replies);
    }

    /// Whether the message says that it belongs to this session, and the session is still there.
    fn names(&self, message: &Message, key: SessionKey) -> bool {
        self.table.session(key).is_some_and(|session| message.client == Client::Named(session.id))
    }

    pub(super) fn reply(
        &self,
        message: &Message,
        verdict: Result<(), &'static str>,
        asked: &Asked,
        replies: &mut Vec<u8>,
    ) {
        let channel = message.target.json();
        let mut reply = Reply::open(replies, message.id.as_ref(), &channel, verdict.is_ok());
        if let Some(subscription) = &message.subscription {
            reply = reply.member("subscription", subscription.echo.as_str());
        }
        if let Err(error) = verdict {
            reply = reply.text("error", error);
            // On other channels a lost session earns no advice: the connect will tell.
            if error == SESSION_UNKNOWN && message.target == Target::Connect {
                reply = reply.advice(Advice::handshake_again());
            }
        }
        reply.close(None, asked.clock(message).as_ref(), asked.now);
    }

    /// MUST have `subscription`. Stops at the first entry that is refused.
    fn subscribe(&mut self, key: SessionKey, message: &Message) -> Result<(), &'static str> {
        for pattern in subscription(message)? {
            let pattern = pattern.as_ref().ok_or(SUBSCRIPTION_INVALID)?;
            match pattern.kind() {
                Kind::Meta => return Err(SUBSCRIBE_DENIED),
                // Between one client and the server there is nothing to gate.
                Kind::Service => {}
                Kind::Broadcast => {
                    let Some(session) = self.table.session_mut(key) else { return Err(SESSION_UNKNOWN) };
                    if session.subscriptions.contains(pattern) {
                        continue;
                    }
                    if session.subscriptions.len() >= self.config.max_subscriptions_per_session {
                        return Err(TOO_MANY_SUBSCRIPTIONS);
                    }
                    session.subscriptions.push(self.topics.subscribe(pattern, key));
                }
            }
        }
        Ok(())
    }

    /// MUST have `subscription`. Not to be subscribed is fine, as long as the channel exists at all.
    fn unsubscribe(&mut self, key: SessionKey, message: &Message) -> Result<(), &'static str> {
        for pattern in subscription(message)? {
            let pattern = pattern.as_ref().ok_or(SUBSCRIPTION_INVALID)?;
            let Some(session) = self.table.session_mut(key) else { return Err(SESSION_UNKNOWN) };
            if let Some(index) = session.subscriptions.iter().position(|held| held == pattern) {
                session.subscriptions.swap_remove(index);
                self.topics.unsubscribe(pattern, key);
            } else if pattern.kind() == Kind::Broadcast && !self.topics.exists(pattern) {
                return Err(CHANNEL_MISSING);
            }
        }
        Ok(())
    }

    fn client_publish(
        &mut self,
        message: &Message,
        channel: &Channel,
        now: Instant,
        out: &mut Vec<Output>,
    ) -> Result<(), &'static str> {
        match (channel.kind(), self.config.publish) {
            (Kind::Service, _) => Ok(()),
            (Kind::Meta, _) | (Kind::Broadcast, PublishPolicy::Denied) => Err(PUBLISH_DENIED),
            (Kind::Broadcast, PublishPolicy::Allowed) => {
                let event = event(message, channel);
                self.publish_all(channel, &event, now, out);
                out.push(Output::Publish { channel: channel.clone(), event });
                Ok(())
            }
        }
    }
}

impl Advice {
    /// For a client whose session is gone.
    pub(super) fn handshake_again() -> Advice {
        Advice { reconnect: "handshake", interval: Some(std::time::Duration::ZERO), ..Advice::default() }
    }
}

impl Socket {
    pub(super) fn new(owner: Owner, browser: Option<BrowserId>) -> Socket {
        Socket {
            owner,
            browser,
            sessions: Vec::new(),
            texts: std::collections::VecDeque::new(),
            closing: false,
        }
    }
}

fn subscription(message: &Message) -> Result<&[Option<Pattern>], &'static str> {
    match &message.subscription {
        Some(subscription) if !subscription.patterns.is_empty() => Ok(&subscription.patterns),
        _ => Err(SUBSCRIPTION_MISSING),
    }
}

/// The event that a published message becomes: without its sender's name and number, and never without data,
/// which clients would take for garbage.
fn event(message: &Message, channel: &Channel) -> bytes::Bytes {
    let data = message.data.as_ref().map_or("null", |data| data.get());
    let ext = message.ext.as_ref().map(|ext| format!(",\"ext\":{}", ext.raw.get())).unwrap_or_default();
    format!("{{\"channel\":\"{}\",\"data\":{data}{ext}}}", channel.as_str()).into()
}
