//! Requests off the wire, parsed into what cannot be wrong.
//!
//! What a client got wrong in one message (a bad channel, a strange `id`) is kept as such, because it is
//! answered in place while its neighbors proceed. What makes the body as a whole no request is a
//! [`ParseError`], for which the shell answers HTTP 400. Everything that a reply echoes is kept as JSON text
//! without markup characters.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::channel::{Channel, Kind, Pattern};
use crate::id::SessionId;

/// Messages in one request that the shell should accept, if it has no reason to choose otherwise.
pub const MAX_MESSAGES_PER_REQUEST: usize = 64;
/// Longest `id` of a message, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// One message of a client.
#[derive(Debug, Clone)]
pub struct Message {
    pub(crate) target: Target,
    pub(crate) id: Option<Echo>,
    pub(crate) id_is_valid: bool,
    pub(crate) client: Client,
    pub(crate) subscription: Option<Subscription>,
    pub(crate) advice: Option<RequestAdvice>,
    pub(crate) ext: Option<Box<Ext>>,
    pub(crate) data: Option<Box<RawValue>>,
}

/// Why a body is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No JSON, or neither an object nor an array of objects.
    #[error("the body is no JSON array of messages")]
    NotMessages,
    /// A request without a message.
    #[error("the request is empty")]
    Empty,
    /// More messages than the shell allows.
    #[error("more than {limit} messages in one request")]
    TooMany {
        /// What was allowed.
        limit: usize,
    },
}

/// Where a message wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Handshake,
    Connect,
    Subscribe,
    Unsubscribe,
    Disconnect,
    /// Anything else that is well formed, unknown meta channels included.
    Publish(Channel),
    /// The `channel` as it came.
    Invalid(Echo),
    Missing,
}

/// JSON text that may be copied into a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Echo(Box<str>);

/// Which session a message says it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Absent,
    /// Something that no hub ever gave out.
    Unknown,
    Named(SessionId),
}

#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) echo: Echo,
    /// In the order of the request; `None` for what is no pattern.
    pub(crate) patterns: Vec<Option<Pattern>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RequestAdvice {
    pub(crate) timeout: Option<Duration>,
    pub(crate) interval: Option<Duration>,
}

#[derive(Debug, Clone)]
pub(crate) struct Ext {
    pub(crate) ack: Option<Ack>,
    pub(crate) timesync: Option<TimeSync>,
    /// The whole member, for copies of a published message.
    pub(crate) raw: Box<RawValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    Offer(bool),
    Batch(u64),
}

/// The client's clock, lag and offset, all in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct TimeSync {
    pub(crate) tc: i64,
    #[serde(rename = "l", default)]
    pub(crate) lag_ms: Option<i64>,
    #[serde(rename = "o", default)]
    pub(crate) offset_ms: Option<i64>,
}

/// The messages of a body: a JSON array of at most `max_messages` objects, or a lone object.
///
/// Unknown members are tolerated, `data` and `ext` are kept unparsed. The shell bounds the length of `body`
/// and decodes charsets other than UTF-8.
pub fn parse(body: &[u8], max_messages: usize) -> Result<Vec<Message>, ParseError> {
    let text = std::str::from_utf8(body).map_err(|_| ParseError::NotMessages)?;
    let mut messages = Vec::new();
    parse_into(text, max_messages, &mut messages)?;
    Ok(messages)
}

/// As [`parse`], behind the messages that are there already.
pub(crate) fn parse_into(text: &str, limit: usize, messages: &mut Vec<Message>) -> Result<(), ParseError> {
    if text.trim_start().starts_with('{') {
        let wire: Wire = serde_json::from_str(text).map_err(|_| ParseError::NotMessages)?;
        messages.push(Message::from(wire));
    } else {
        let mut json = serde_json::Deserializer::from_str(text);
        let seed = Messages { limit, messages: &mut *messages };
        let parsed = seed.deserialize(&mut json).and_then(|()| json.end());
        // The seed keeps one message above the limit, to tell this error from bad JSON.
        if messages.len() > limit {
            return Err(ParseError::TooMany { limit });
        }
        parsed.map_err(|_| ParseError::NotMessages)?;
    }
    match messages.len() {
        0 => Err(ParseError::Empty),
        count if count > limit => Err(ParseError::TooMany { limit }),
        _ => Ok(()),
    }
}

impl Message {
    /// Whether it asks for a new session, for which the hub needs entropy.
    pub fn is_handshake(&self) -> bool {
        self.target == Target::Handshake
    }

    /// Whether it asks to be held until something happens.
    pub fn is_connect(&self) -> bool {
        self.target == Target::Connect
    }

    /// The session it names, if the name has the right form.
    pub fn session(&self) -> Option<SessionId> {
        match self.client {
            Client::Named(session) => Some(session),
            Client::Absent | Client::Unknown => None,
        }
    }
}

impl Echo {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A string as JSON, with markup characters escaped so that no reader sees a tag.
    fn string(text: &str) -> Echo {
        let plain = |byte: u8| byte >= 0x20 && !b"\"\\<>&\x7f".contains(&byte);
        let mut json = String::with_capacity(text.len() + 2);
        json.push('"');
        if text.bytes().all(plain) {
            json.push_str(text);
        } else {
            for character in text.chars() {
                match character {
                    '"' | '\\' => json.extend(['\\', character]),
                    '<' | '>' | '&' | '\0'..='\u{1f}' | '\x7f' => {
                        json.push_str(&format!("\\u{:04x}", u32::from(character)));
                    }
                    _ => json.push(character),
                }
            }
        }
        json.push('"');
        Echo(json.into_boxed_str())
    }
}

impl Ack {
    fn from_raw(raw: &RawValue) -> Option<Ack> {
        match raw.get() {
            "true" => Some(Ack::Offer(true)),
            "false" => Some(Ack::Offer(false)),
            number => number.parse().ok().map(Ack::Batch),
        }
    }
}

/// The members of a message that matter here; the last of several with one name wins.
#[derive(Default)]
struct Wire<'a> {
    channel: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    client_id: Option<&'a RawValue>,
    subscription: Option<&'a RawValue>,
    advice: Option<&'a RawValue>,
    ext: Option<&'a RawValue>,
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Channel,
    Id,
    ClientId,
    Subscription,
    Advice,
    Ext,
    Data,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct WireExt<'a> {
    #[serde(borrow, default)]
    ack: Option<&'a RawValue>,
    #[serde(borrow, default)]
    timesync: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireAdvice {
    #[serde(default)]
    timeout: Option<serde_json::Value>,
    #[serde(default)]
    interval: Option<serde_json::Value>,
}

impl From<Wire<'_>> for Message {
    fn from(wire: Wire<'_>) -> Message {
        let id = wire.id.and_then(echo_id);
        Message {
            target: target(wire.channel),
            id_is_valid: wire.id.is_none() || id.as_ref().is_some_and(|(_, valid)| *valid),
            id: id.map(|(echo, _)| echo),
            client: match wire.client_id {
                None => Client::Absent,
                Some(raw) => {
                    let id = string(raw).and_then(|text| SessionId::parse(&text));
                    id.map_or(Client::Unknown, Client::Named)
                }
            },
            subscription: wire.subscription.map(subscription),
            advice: wire.advice.map(advice),
            ext: wire.ext.map(|raw| Box::new(ext(raw))),
            data: wire.data.map(ToOwned::to_owned),
        }
    }
}

fn target(channel: Option<&RawValue>) -> Target {
    let Some(raw) = channel else { return Target::Missing };
    let Some(text) = string(raw) else { return Target::Invalid(Echo::string(raw.get())) };
    // The five names that nearly all messages have, before anything is allocated.
    if let Some(meta) = meta_target(&text) {
        return meta;
    }
    match Channel::parse(&text) {
        Ok(channel) if channel.kind() == Kind::Meta => {
            meta_target(channel.as_str()).unwrap_or(Target::Publish(channel))
        }
        Ok(channel) => Target::Publish(channel),
        Err(_) => Target::Invalid(Echo::string(&text)),
    }
}

fn meta_target(name: &str) -> Option<Target> {
    match name {
        "/meta/handshake" => Some(Target::Handshake),
        "/meta/connect" => Some(Target::Connect),
        "/meta/subscribe" => Some(Target::Subscribe),
        "/meta/unsubscribe" => Some(Target::Unsubscribe),
        "/meta/disconnect" => Some(Target::Disconnect),
        _ => None,
    }
}

/// The `id` as a reply gives it back, and whether it is one; numbers are echoed as numbers.
fn echo_id(raw: &RawValue) -> Option<(Echo, bool)> {
    let text = raw.get();
    if text.len() > MAX_ID_BYTES {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((Echo(text.into()), true));
    }
    let id = string(raw)?;
    let valid = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_!~()$@/.:, ".contains(&byte));
    Some((Echo::string(&id), valid))
}

fn subscription(raw: &RawValue) -> Subscription {
    if let Some(text) = string(raw) {
        return Subscription { echo: Echo::string(&text), patterns: vec![Pattern::parse(&text).ok()] };
    }
    let Ok(entries) = serde_json::from_str::<Vec<Cow<'_, str>>>(raw.get()) else {
        return Subscription { echo: Echo::string(raw.get()), patterns: vec![None] };
    };
    let mut echo = String::from("[");
    for entry in &entries {
        if echo.len() > 1 {
            echo.push(',');
        }
        echo.push_str(Echo::string(entry).as_str());
    }
    echo.push(']');
    let patterns = entries.iter().map(|entry| Pattern::parse(entry).ok()).collect();
    Subscription { echo: Echo(echo.into_boxed_str()), patterns }
}

fn advice(raw: &RawValue) -> RequestAdvice {
    let Ok(advice) = serde_json::from_str::<WireAdvice>(raw.get()) else { return RequestAdvice::default() };
    // What is no count of milliseconds means: as the server likes.
    let duration = |value: Option<serde_json::Value>| {
        let milliseconds = value?.as_f64().filter(|ms| *ms >= 0.0)?;
        Some(Duration::from_millis(milliseconds as u64))
    };
    RequestAdvice { timeout: duration(advice.timeout), interval: duration(advice.interval) }
}

fn ext(raw: &RawValue) -> Ext {
    let known = serde_json::from_str(raw.get()).unwrap_or(WireExt { ack: None, timesync: None });
    Ext {
        ack: known.ack.and_then(Ack::from_raw),
        timesync: known.timesync.and_then(|raw| serde_json::from_str(raw.get()).ok()),
        raw: raw.to_owned(),
    }
}

/// The string in a raw value, without a copy where nothing is escaped.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let quoted = raw.get();
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

impl<'de> Deserialize<'de> for Wire<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Wire<'de>, D::Error> {
        deserializer.deserialize_map(WireVisitor)
    }
}

/// Written by hand because a derived struct would take an array for an object.
struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Wire<'de>, A::Error> {
        let mut wire = Wire::default();
        while let Some(member) = object.next_key()? {
            let slot = match member {
                Member::Channel => &mut wire.channel,
                Member::Id => &mut wire.id,
                Member::ClientId => &mut wire.client_id,
                Member::Subscription => &mut wire.subscription,
                Member::Advice => &mut wire.advice,
                Member::Ext => &mut wire.ext,
                Member::Data => &mut wire.data,
                Member::Unknown => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = object.next_value()?;
        }
        Ok(wire)
    }
}

/// Reads an array of messages, one more than the limit at most.
struct Messages<'a> {
    limit: usize,
    messages: &'a mut Vec<Message>,
}

impl<'de> DeserializeSeed<'de> for Messages<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(wire) = array.next_element::<Wire<'de>>()? {
            self.messages.push(Message::from(wire));
            if self.messages.len() > self.limit {
                return Err(serde::de::Error::custom("too many messages"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Result<&[Target], ParseError>) {
        let targets = parse(body.as_bytes(), 3)
            .map(|messages| messages.into_iter().map(|message| message.target).collect::<Vec<_>>());
        assert_eq!(targets.as_deref().map_err(|error| *error), expected);
    }

    #[test]
    fn an_array_and_a_lone_object_are_requests() {
        check(r#" [{"channel":"/meta/connect"}] "#, Ok(&[Target::Connect]));
        check(r#"{"channel":"/meta/connect","unknown":{"a":[1]}}"#, Ok(&[Target::Connect]));
    }

    #[test]
    fn what_is_no_array_of_objects_is_no_request() {
        for body in
            ["", "[", "7", "null", "[7]", "[[]]", "[null]", "[{}", "{}{}", "[{}]x", "\"[]\"", "{\"a\"}"]
        {
            check(body, Err(ParseError::NotMessages));
        }
        assert_eq!(parse(b"[{\"channel\":\"\xff\"}]", 3).unwrap_err(), ParseError::NotMessages);
    }

    #[test]
    fn an_empty_array_and_a_long_one_are_told_apart() {
        check("[]", Err(ParseError::Empty));
        check("[{},{},{},{}]", Err(ParseError::TooMany { limit: 3 }));
        check("[{},{},{},{},7", Err(ParseError::TooMany { limit: 3 }));
    }

    #[test]
    fn meta_channels_are_recognized_exactly() {
        check(r#"[{"channel":"/meta/subscribe/"}]"#, Ok(&[Target::Subscribe]));
        check(r#"[{"channel":"\/meta\/disconnect"}]"#, Ok(&[Target::Disconnect]));
        let near = "/meta/subscribe/x";
        check(r#"[{"channel":"/meta/subscribe/x"}]"#, Ok(&[Target::Publish(Channel::parse(near).unwrap())]));
        check(
            r#"[{"channel":"/meta//subscribe"}]"#,
            Ok(&[Target::Invalid(Echo::string("/meta//subscribe"))]),
        );
    }

    #[test]
    fn a_channel_of_another_type_is_invalid_and_no_channel_is_missing() {
        check(r#"[{"channel":7},{}]"#, Ok(&[Target::Invalid(Echo::string("7")), Target::Missing]));
        check(r#"[{"channel":"/a/*"}]"#, Ok(&[Target::Invalid(Echo::string("/a/*"))]));
    }

    #[test]
    fn markup_is_never_echoed_as_such() {
        let echo = Echo::string("<b>&\"\\\u{1}é");
        assert_eq!(echo.as_str(), r#""\u003cb\u003e\u0026\"\\\u0001é""#);
        assert_eq!(serde_json::from_str::<String>(echo.as_str()).unwrap(), "<b>&\"\\\u{1}é");
    }

    #[test]
    fn ids_are_echoed_in_their_own_type() {
        let ids = |body: &str| {
            let message = parse(body.as_bytes(), 1).unwrap().remove(0);
            (message.id.map(|echo| echo.as_str().to_owned()), message.id_is_valid)
        };
        assert_eq!(ids(r#"{"id":"a1"}"#), (Some("\"a1\"".into()), true));
        assert_eq!(ids(r#"{"id":7}"#), (Some("7".into()), true));
        assert_eq!(ids("{}"), (None, true));
        assert_eq!(ids(r#"{"id":[]}"#), (None, false));
        assert_eq!(ids(r#"{"id":"<i>"}"#), (Some(r#""\u003ci\u003e""#.into()), false));
        assert_eq!(ids(&format!(r#"{{"id":"{}"}}"#, "a".repeat(200))), (None, false));
    }

    #[test]
    fn advice_that_is_no_duration_is_no_wish() {
        let advice = |body: &str| parse(body.as_bytes(), 1).unwrap()[0].advice;
        assert_eq!(advice("{}"), None);
        assert_eq!(advice(r#"{"advice":{"timeout":0}}"#).unwrap().timeout, Some(Duration::ZERO));
        assert_eq!(advice(r#"{"advice":{"timeout":-1,"interval":1e300}}"#).unwrap().timeout, None);
        assert_eq!(advice(r#"{"advice":{"timeout":"5"}}"#), Some(RequestAdvice::default()));
        assert_eq!(advice(r#"{"advice":[]}"#), Some(RequestAdvice::default()));
    }

    #[test]
    fn extensions_are_read_where_they_make_sense() {
        let ext = |body: &str| parse(body.as_bytes(), 1).unwrap().remove(0).ext.unwrap();
        assert_eq!(ext(r#"{"ext":{"ack":true}}"#).ack, Some(Ack::Offer(true)));
        assert_eq!(ext(r#"{"ext":{"ack":7}}"#).ack, Some(Ack::Batch(7)));
        assert_eq!(ext(r#"{"ext":{"ack":"true"}}"#).ack, None);
        assert_eq!(ext(r#"{"ext":7}"#).ack, None);
        let timesync = ext(r#"{"ext":{"timesync":{"tc":9,"l":2,"o":-3}}}"#).timesync.unwrap();
        assert_eq!((timesync.tc, timesync.lag_ms, timesync.offset_ms), (9, Some(2), Some(-3)));
        assert_eq!(ext(r#"{"ext":{"timesync":{"tc":"x"}}}"#).timesync, None);
    }
}
