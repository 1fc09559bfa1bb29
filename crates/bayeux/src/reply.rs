//! The text of replies, assembled without a detour through a tree.
//!
//! Events are never serialized here: an array is their bytes, commas, and the replies.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::message::{Echo, Target, TimeSync};

/// What clients are told to do next.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Advice {
    pub(crate) reconnect: &'static str,
    pub(crate) multiple_clients: Option<bool>,
    pub(crate) interval: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
}

/// The time synchronization of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) client: TimeSync,
    pub(crate) received_wall_ms: u64,
    pub(crate) received: Instant,
}

/// One reply on its way into a buffer of replies. Members in the order of the calls.
pub(crate) struct Reply<'a> {
    json: &'a mut Vec<u8>,
}

/// Least deviation of a client's clock that is worth telling it, in milliseconds.
const NOTABLE_DEVIATION_MS: i64 = 25;

impl<'a> Reply<'a> {
    /// Begins a reply behind those that are there; `channel` is JSON.
    pub(crate) fn open(
        json: &'a mut Vec<u8>,
        id: Option<&Echo>,
        channel: &str,
        successful: bool,
    ) -> Reply<'a> {
        if !json.is_empty() {
            json.push(b',');
        }
        json.push(b'{');
        if let Some(id) = id {
            json.extend_from_slice(b"\"id\":");
            json.extend_from_slice(id.as_str().as_bytes());
            json.push(b',');
        }
        if !channel.is_empty() {
            json.extend_from_slice(b"\"channel\":");
            json.extend_from_slice(channel.as_bytes());
            json.push(b',');
        }
        json.extend_from_slice(if successful {
            &b"\"successful\":true"[..]
        } else {
            b"\"successful\":false"
        });
        Reply { json }
    }

    /// A member whose value is JSON.
    pub(crate) fn member(self, name: &str, value: &str) -> Reply<'a> {
        for part in [",\"", name, "\":", value] {
            self.json.extend_from_slice(part.as_bytes());
        }
        self
    }

    /// A member whose value is text without anything to escape.
    pub(crate) fn text(self, name: &str, value: &str) -> Reply<'a> {
        for part in [",\"", name, "\":\"", value, "\""] {
            self.json.extend_from_slice(part.as_bytes());
        }
        self
    }

    pub(crate) fn advice(self, advice: Advice) -> Reply<'a> {
        self.json.extend_from_slice(b",\"advice\":{\"reconnect\":\"");
        self.json.extend_from_slice(advice.reconnect.as_bytes());
        self.json.push(b'"');
        if let Some(multiple) = advice.multiple_clients {
            self.json.extend_from_slice(b",\"multiple-clients\":");
            self.json.extend_from_slice(if multiple { &b"true"[..] } else { b"false" });
        }
        if let Some(interval) = advice.interval {
            self.json.extend_from_slice(format!(",\"interval\":{}", interval.as_millis()).as_bytes());
        }
        if let Some(timeout) = advice.timeout {
            self.json.extend_from_slice(format!(",\"timeout\":{}", timeout.as_millis()).as_bytes());
        }
        self.json.push(b'}');
        self
    }

    /// Ends the reply with what the extensions say; `ack` is JSON.
    pub(crate) fn close(self, ack: Option<&str>, clock: Option<&Clock>, now: Instant) {
        let sync = clock.and_then(|clock| clock.answer(now));
        if ack.is_some() || sync.is_some() {
            self.json.extend_from_slice(b",\"ext\":{");
            if let Some(ack) = ack {
                self.json.extend_from_slice(b"\"ack\":");
                self.json.extend_from_slice(ack.as_bytes());
            }
            if let Some(sync) = sync {
                let comma = if ack.is_some() { "," } else { "" };
                self.json.extend_from_slice(comma.as_bytes());
                self.json.extend_from_slice(sync.as_bytes());
            }
            self.json.push(b'}');
        }
        self.json.push(b'}');
    }
}

impl Target {
    /// The channel as JSON; empty if there was none.
    pub(crate) fn json(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Target::Handshake => "\"/meta/handshake\"".into(),
            Target::Connect => "\"/meta/connect\"".into(),
            Target::Subscribe => "\"/meta/subscribe\"".into(),
            Target::Unsubscribe => "\"/meta/unsubscribe\"".into(),
            Target::Disconnect => "\"/meta/disconnect\"".into(),
            Target::Publish(channel) => format!("\"{}\"", channel.as_str()).into(),
            Target::Invalid(echo) => echo.as_str().into(),
            Target::Missing => "".into(),
        }
    }
}

impl Clock {
    /// The extension's member, unless the client's clock is known to be right.
    fn answer(&self, now: Instant) -> Option<String> {
        let TimeSync { tc, lag_ms, offset_ms } = self.client;
        let (ts, spent) = (self.received_wall_ms, now.saturating_duration_since(self.received).as_millis());
        let Some(lag) = lag_ms else {
            return Some(format!("\"timesync\":{{\"tc\":{tc},\"ts\":{ts},\"p\":{spent}}}"));
        };
        let estimate = tc.saturating_add(offset_ms.unwrap_or(0)).saturating_add(lag);
        let deviation = estimate.saturating_sub_unsigned(ts);
        let notable = lag == 0 || deviation.saturating_abs() >= NOTABLE_DEVIATION_MS;
        notable.then(|| format!("\"timesync\":{{\"tc\":{tc},\"ts\":{ts},\"p\":{spent},\"a\":{deviation}}}"))
    }
}

/// The array of a response: events, then replies.
pub(crate) fn array<'e>(events: impl Iterator<Item = &'e Bytes> + Clone, replies: &[u8]) -> Bytes {
    let size: usize = events.clone().map(|event| event.len() + 1).sum();
    let mut json = Vec::with_capacity(size + replies.len() + 2);
    json.push(b'[');
    for event in events {
        json.extend_from_slice(event);
        json.push(b',');
    }
    json.extend_from_slice(replies);
    if json.len() > 1 && replies.is_empty() {
        json.pop();
    }
    json.push(b']');
    Bytes::from(json)
}
