//! Connects: answered at once, or held until something happens.

use std::mem;
use std::time::{Duration, Instant};

use super::exchange::refusal;
use super::request::{Answered, Asked, Origin, SESSION_UNKNOWN};
use super::{Exchange, Hub};
use crate::id::{ConnectionId, ExchangeId};
use crate::io::{CloseReason, Output, Transport};
use crate::message::{Ack, Echo, Message};
use crate::reply::{Advice, Clock, Reply};
use crate::session::{HeldConnect, Link};
use crate::table::SessionKey;

/// What the reply to a connect tells beyond success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Events or a timeout: come again.
    Continue,
    /// Another session of the browser is held: come again later.
    MultipleClients,
    /// The process goes away: come again, to another.
    Draining,
    /// The session has ended as somebody wished: do not come again.
    Ended,
    /// The session is lost: handshake.
    Lost,
}

/// Where a connect was held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Exchange(ExchangeId),
    Socket(ConnectionId),
}

/// The event before the last connect reply of a session that the server ended.
const SERVER_DISCONNECT: &[u8] = br#"{"channel":"/meta/disconnect","successful":true}"#;

impl Hub {
    /// MUST have `clientId`. Held only if alone, not the first, not told otherwise, and with nothing to deliver.
    pub(super) fn connect(
        &mut self,
        key: SessionKey,
        message: &Message,
        asked: &Asked,
        answered: &mut Answered,
        out: &mut Vec<Output>,
    ) {
        self.replace_connect(key, asked.origin, out);
        let wish = message.advice.unwrap_or_default();
        let timeout = wish.timeout.unwrap_or(self.config.timeout).min(self.config.max_timeout);
        let Some(session) = self.table.session_mut(key) else { return };
        let first = !mem::replace(&mut session.connected, true);
        session.round = session.round.wrapping_add(1);
        session.expiry = None;
        session.advise |= first || message.advice.is_some();
        session.interval = wish.interval.unwrap_or(self.config.interval).min(self.config.max_timeout);
        if let Some(Ack::Batch(batch)) = message.ext.as_ref().and_then(|ext| ext.ack) {
            self.kept.subtract(session.acknowledge(batch));
        }
        let pushes =
            matches!(asked.origin, Origin::Socket { .. }) && !session.delivers_on_connect_only(&self.config);
        let waiting = !pushes && !session.queue.is_empty();
        // What was sent and not acknowledged was probably lost, so it must not wait for a whole timeout.
        let resend = session.has_unacknowledged() && wish.timeout.is_none();
        let hold = asked.alone && !first && !timeout.is_zero() && !waiting && !resend && !self.draining;
        let outcome = if self.draining {
            Outcome::Draining
        } else if hold {
            let connect = HeldConnect {
                id: message.id.clone(),
                clock: asked.clock(message),
                until: asked.now
                    + shortened(timeout, session.id.spread(session.round), self.config.jitter_percent),
            };
            if self.hold(key, asked.origin, connect) {
                answered.held = true;
                return;
            }
            Outcome::MultipleClients
        } else {
            Outcome::Continue
        };
        answered.connect = true;
        let clock = asked.clock(message);
        self.connect_reply(
            key,
            message.id.as_ref(),
            clock.as_ref(),
            outcome,
            asked.now,
            &mut answered.replies,
        );
    }

    /// Cancels the connect that a newer one replaces, and moves the session to where that came from.
    fn replace_connect(&mut self, key: SessionKey, origin: Origin, out: &mut Vec<Output>) {
        if let Some((Place::Exchange(replaced), _)) = self.take_held(key) {
            out.push(refusal(replaced, self.config.replaced_connect_status));
        }
        if let Origin::Http { .. } = origin {
            self.unbind(key);
        }
    }

    /// Installs the waiter, unless the browser has too many.
    fn hold(&mut self, key: SessionKey, origin: Origin, connect: HeldConnect) -> bool {
        let Some(session) = self.table.session_mut(key) else { return false };
        let connect = Box::new(connect);
        match origin {
            Origin::Socket { connection } => {
                session.link = Link::Socket { connection, connect: Some(connect) }
            }
            Origin::Http { exchange, transport } => {
                let limit = match transport {
                    Transport::MultiplexedLongPolling => self.config.max_sessions_per_browser_multiplexed,
                    Transport::LongPolling | Transport::CallbackPolling => {
                        self.config.max_sessions_per_browser
                    }
                };
                // Without a cookie there is no browser to be gentle with.
                let counted = session.browser.filter(|_| limit.is_some());
                if let (Some(browser), Some(limit)) = (counted, limit) {
                    let held = self.held_by_browser.get(&browser).copied().unwrap_or(0);
                    if held >= limit {
                        return false;
                    }
                    self.held_by_browser.insert(browser, held + 1);
                }
                session.link = Link::Held { exchange, counted: counted.is_some(), connect };
                self.exchanges.insert(exchange, Exchange::Held(key));
            }
        }
        self.held += 1;
        self.schedule(key);
        true
    }

    /// Takes the waiter out, and all that was noted of it.
    pub(super) fn take_held(&mut self, key: SessionKey) -> Option<(Place, Box<HeldConnect>)> {
        let session = self.table.session_mut(key)?;
        let taken = match &mut session.link {
            Link::Away => return None,
            Link::Socket { connection, connect } => (Place::Socket(*connection), connect.take()?),
            Link::Held { .. } => {
                let Link::Held { exchange, counted, connect } = mem::replace(&mut session.link, Link::Away)
                else {
                    return None;
                };
                let browser = session.browser.filter(|_| counted);
                if let Some(browser) = browser
                    && let Some(held) = self.held_by_browser.get_mut(&browser)
                {
                    *held -= 1;
                    if *held == 0 {
                        self.held_by_browser.remove(&browser);
                    }
                }
                self.exchanges.remove(&exchange);
                (Place::Exchange(exchange), connect)
            }
        };
        self.held -= 1;
        Some(taken)
    }

    /// Answers the held connect of a session, if there is one.
    pub(super) fn release(
        &mut self,
        key: SessionKey,
        outcome: Outcome,
        now: Instant,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some((place, connect)) = self.take_held(key) else { return false };
        let mut replies = Vec::with_capacity(96);
        self.connect_reply(key, connect.id.as_ref(), connect.clock.as_ref(), outcome, now, &mut replies);
        self.send_to(
            place,
            key,
            Answered { replies, connect: true, held: false },
            outcome != Outcome::Lost,
            now,
            out,
        );
        true
    }

    /// As [`Hub::release`] for a session that the server ends: the client is told so even without a connect, if
    /// there is a socket to tell it on.
    pub(super) fn dismiss(
        &mut self,
        key: SessionKey,
        reason: CloseReason,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let held = self.take_held(key);
        let place = held.as_ref().map(|(place, _)| *place).or_else(|| match self.table.session(key)?.link {
            Link::Socket { connection, .. } => Some(Place::Socket(connection)),
            Link::Away | Link::Held { .. } => None,
        });
        let Some(place) = place else { return };
        let mut replies = Vec::new();
        if reason == CloseReason::ByServer {
            replies.extend_from_slice(SERVER_DISCONNECT);
        }
        let lost = matches!(reason, CloseReason::Overflow | CloseReason::Displaced);
        if let Some((_, connect)) = held {
            let outcome = if lost { Outcome::Lost } else { Outcome::Ended };
            self.connect_reply(key, connect.id.as_ref(), connect.clock.as_ref(), outcome, now, &mut replies);
        }
        if !replies.is_empty() {
            self.send_to(place, key, Answered { replies, connect: false, held: false }, !lost, now, out);
        }
    }

    fn send_to(
        &mut self,
        place: Place,
        key: SessionKey,
        answered: Answered,
        rides: bool,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        match place {
            Place::Exchange(exchange) => self.send_reply(exchange, Some(key), answered, rides, now, out),
            Place::Socket(connection) => self.send_text(connection, Some(key), &answered, rides, now, out),
        }
    }

    fn connect_reply(
        &mut self,
        key: SessionKey,
        id: Option<&Echo>,
        clock: Option<&Clock>,
        outcome: Outcome,
        now: Instant,
        replies: &mut Vec<u8>,
    ) {
        let config = &self.config;
        let Some(session) = self.table.session_mut(key) else { return };
        let stop = outcome == Outcome::MultipleClients && config.multi_session_interval.is_zero();
        let successful = outcome != Outcome::Lost && !stop;
        let mut reply = Reply::open(replies, id, "\"/meta/connect\"", successful);
        let advice = match outcome {
            Outcome::Continue => mem::take(&mut session.advise).then(|| Advice {
                reconnect: "retry",
                multiple_clients: mem::take(&mut session.told_multiple_clients).then_some(false),
                interval: Some(config.interval),
                timeout: Some(config.timeout),
            }),
            Outcome::MultipleClients => {
                // Clients keep what they were told last, so the next reply has to revoke this.
                session.advise = true;
                session.told_multiple_clients = true;
                session.interval = config.multi_session_interval;
                Some(Advice {
                    reconnect: if stop { "none" } else { "retry" },
                    multiple_clients: Some(true),
                    interval: Some(config.multi_session_interval),
                    timeout: None,
                })
            }
            Outcome::Draining => {
                let span = config.drain_spread.as_millis().max(1) as u64;
                let interval = Duration::from_millis(session.id.spread(session.round) % span);
                session.advise = true;
                session.interval = interval;
                Some(Advice { reconnect: "retry", interval: Some(interval), ..Advice::default() })
            }
            Outcome::Ended => Some(Advice { reconnect: "none", ..Advice::default() }),
            Outcome::Lost => {
                reply = reply.text("error", SESSION_UNKNOWN);
                Some(Advice::handshake_again())
            }
        };
        if let Some(advice) = advice {
            reply = reply.advice(advice);
        }
        let ack =
            session.acknowledgement.as_ref().filter(|_| successful).map(|state| state.batch.to_string());
        reply.close(ack.as_deref(), clock, now);
    }
}

/// Shortens a hold by up to `percent`, so that clients that came together drift apart.
fn shortened(timeout: Duration, spread: u64, percent: u8) -> Duration {
    let part = u32::from(percent.min(100)) * (spread % 65_536) as u32;
    timeout - timeout.mul_f64(f64::from(part) / (65_536.0 * 100.0))
}
