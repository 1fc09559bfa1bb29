//! Events on their way from a publisher to a response or frame.

use std::time::Instant;

use bytes::Bytes;

use super::connect::Outcome;
use super::request::Answered;
use super::{Hub, Unwritten};
use crate::channel::Channel;
use crate::id::Owner;
use crate::io::{CloseReason, Output};
use crate::reply::array;
use crate::session::{Link, Session};
use crate::table::SessionKey;

impl Hub {
    pub(super) fn publish(
        &mut self,
        owner: Owner,
        channel: &Channel,
        event: &Bytes,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        let readers = self.table.of_owner(owner).filter(|key| self.reads(*key, channel)).collect::<Vec<_>>();
        for key in readers {
            self.deliver(key, event, now, out);
        }
    }

    pub(super) fn publish_all(
        &mut self,
        channel: &Channel,
        event: &Bytes,
        now: Instant,
        out: &mut Vec<Output>,
    ) {
        for key in self.topics.readers(channel) {
            self.deliver(key, event, now, out);
        }
    }

    fn reads(&self, key: SessionKey, channel: &Channel) -> bool {
        self.table.session(key).is_some_and(|session| session.is_subscribed_to(channel))
    }

    fn deliver(&mut self, key: SessionKey, event: &Bytes, now: Instant, out: &mut Vec<Output>) {
        let Some(session) = self.table.session_mut(key) else { return };
        let full = session.kept.events >= self.config.max_queue_events
            || session.kept.bytes + event.len() > self.config.max_queue_bytes;
        if full {
            return self.remove(key, CloseReason::Overflow, now, out);
        }
        session.queue.push_back(event.clone());
        session.kept.add(event);
        self.kept.add(event);
        if self.answering != Some(key) {
            self.wake(key, now, out);
        }
    }

    /// Sends what waits for a session, if there is a way.
    pub(super) fn wake(&mut self, key: SessionKey, now: Instant, out: &mut Vec<Output>) {
        let Some(session) = self.table.session(key).filter(|session| !session.queue.is_empty()) else {
            return;
        };
        match &session.link {
            Link::Away => {}
            Link::Socket { connection, .. } if !session.delivers_on_connect_only(&self.config) => {
                let connection = *connection;
                // While a text is on its way events gather, to leave in one frame.
                if self.sockets.get(&connection).is_some_and(|socket| socket.texts.is_empty()) {
                    self.send_text(connection, Some(key), &Answered::default(), true, now, out);
                }
            }
            Link::Held { .. } | Link::Socket { .. } => {
                self.release(key, Outcome::Continue, now, out);
            }
        }
    }

    /// The body of a response or frame, and what to remember until it is written.
    pub(super) fn compose(
        &mut self,
        key: Option<SessionKey>,
        answered: &Answered,
        rides: bool,
        now: Instant,
    ) -> (Bytes, Option<Box<Unwritten>>) {
        let config = &self.config;
        let session = key.and_then(|key| Some((key, self.table.session_mut(key)?)));
        let Some((key, session)) = session else { return (array([].iter(), &answered.replies), None) };
        let mut unwritten = Unwritten::new(key, answered.connect.then_some(session.round));
        let body = if !rides {
            array([].iter(), &answered.replies)
        } else if session.acknowledgement.is_some() {
            acknowledged_array(session, &answered.replies)
        } else {
            unwritten.events = std::mem::take(&mut session.queue);
            array(unwritten.events.iter(), &answered.replies)
        };
        if answered.connect {
            // Until the shell reports the writing; it may never.
            session.start_expiry(config, now + config.write_timeout);
            self.schedule(key);
        }
        let matters = answered.connect || !unwritten.events.is_empty();
        (body, matters.then(|| Box::new(unwritten)))
    }
}

/// All that the client has not acknowledged, and the replies.
fn acknowledged_array(session: &mut Session, replies: &[u8]) -> Bytes {
    let sent = session.seal_batch();
    array(sent.into_iter().flatten().map(|(_, event)| event), replies)
}
