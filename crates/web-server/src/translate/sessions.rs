//! Chats and text sessions as agents and supervisors see them.

use std::borrow::Cow;

use contact_center::audience::{self, Part};
use contact_center::contact::{Contact, DataValue, Entry, EntryKind, UserData};
use contact_center::notice::{ContactView, PartyView};
use contact_center::{PartyId, UserId, texting};
use public_api::resources::{
    Delivery, Id, Interaction, Link, Message, Participant, Perception, Said, SupervisedSession, WireTime,
};
use public_api::{Dialect, UserDataValue};
use serde_json::Value;

use super::words;

/// A session as its viewer sees it.
pub fn session<'a>(dialect: &'static Dialect, view: &'a ContactView, base: &'a str) -> Interaction<'a> {
    let link = Link::new(base, dialect.collection, Id::print(&view.id));
    Interaction {
        id: Id::print(&view.id),
        uri: link.uri(),
        path: link.path(),
        state: words::session_state(view.state),
        chat_type: words::chat_type(view.outbound),
        capabilities: Cow::Owned(view.capabilities.iter().copied().map(words::capability).collect()),
        participants: view
            .parties
            .iter()
            .map(|party| participant((party.id, party.part, party.user), &party.nickname, base))
            .collect(),
        user_data: Some(user_data(&view.user_data)),
        received_date: WireTime(view.received_at.0),
        perception: None,
    }
}

/// The same for a read: with the table of who perceives whom, if the viewer is there as supervisor.
pub fn session_read<'a>(
    dialect: &'static Dialect,
    view: &'a ContactView,
    viewer: UserId,
    base: &'a str,
) -> Interaction<'a> {
    let supervises =
        |party: &PartyView| party.user == Some(viewer) && matches!(party.part, Part::Supervisor(_));
    Interaction {
        perception: view.parties.iter().any(supervises).then(|| perception(&view.parties)),
        ..session(dialect, view, base)
    }
}

/// Who perceives whom among parties that the viewer perceives.
fn perception(parties: &[PartyView]) -> Vec<Perception<'static>> {
    let parties: Vec<_> = parties.iter().map(|party| (party.id, party.part)).collect();
    let ids = |parties: Vec<_>| parties.iter().map(Id::print).collect();
    audience::table(&parties)
        .into_iter()
        .map(|line| Perception {
            participant_id: Id::print(&line.party),
            seen_by: ids(line.seen_by),
            heard_by: ids(line.heard_by),
        })
        .collect()
}

/// A session that an agent handles, as a supervisor finds it before entering.
pub fn supervised<'a>(
    dialect: &'static Dialect,
    contact: &'a Contact,
    base: &'a str,
) -> SupervisedSession<'a> {
    let link = Link::new(base, dialect.collection, Id::print(&contact.id));
    SupervisedSession {
        id: Id::print(&contact.id),
        uri: link.uri(),
        path: link.path(),
        user_data: user_data(&contact.user_data),
        received_date: WireTime(contact.received_at.0),
        capabilities: [],
    }
}

/// An entry of the log, and what became of it if it went out as a text.
pub fn message<'a>(entry: &'a Entry, delivery: Option<&'a texting::Delivery>, base: &'a str) -> Message<'a> {
    let from = &entry.from;
    Message {
        index: entry.index,
        r#type: words::message_type(entry.kind),
        from: participant((from.party, from.part, from.user), &from.nickname, base),
        visibility: words::visibility(entry.visibility),
        timestamp: WireTime(entry.at.0),
        timestamp_seconds: entry.at.0,
        said: said(entry),
        message_type: entry.tag.as_deref().map(Cow::Borrowed),
        delivery: delivery.map(self::delivery),
    }
}

pub fn delivery(delivery: &texting::Delivery) -> Delivery<'_> {
    Delivery {
        state: words::delivery_state(delivery.state),
        parts: delivery.parts,
        reason: delivery.reason.as_deref().map(Cow::Borrowed),
    }
}

/// The member in which an entry's words stand: the kind of entry says which.
pub fn said(entry: &Entry) -> Said<'_> {
    let words = entry.text.as_deref().map(Cow::Borrowed);
    match entry.kind {
        EntryKind::PushUrl => Said { url: words, ..Said::default() },
        EntryKind::CustomNotice | EntryKind::NicknameUpdated => {
            Said { notice_text: words, ..Said::default() }
        }
        _ => Said { text: words, ..Said::default() },
    }
}

fn participant<'a>(
    (id, part, user): (PartyId, Part, Option<UserId>),
    nickname: &'a str,
    base: &'a str,
) -> Participant<'a> {
    let link = user.map(|user| Link::new(base, "users", Id::print(&user)));
    Participant {
        nickname: Cow::Borrowed(nickname),
        r#type: words::participant_type(part),
        uri: link.map(Link::uri),
        path: link.map(Link::path),
        visibility: words::visibility(part.visibility()),
        participant_id: Id::print(&id),
        id: Id::print(&id),
    }
}

/// Attached data, as it is printed.
pub fn user_data(data: &UserData) -> public_api::UserData<'_> {
    let value = |value| match value {
        &DataValue::Number(number) => UserDataValue::Integer(number),
        DataValue::Text(text) => UserDataValue::Text(Cow::Borrowed(text.as_str())),
        DataValue::Null => UserDataValue::Null,
        other => UserDataValue::Other(Cow::Owned(json(other))),
    };
    data.iter().map(|(key, one)| (key.as_str(), value(one))).collect()
}

// Recursion is bounded, as requests are not nested deeply.
fn json(value: &DataValue) -> Value {
    match value {
        DataValue::Number(number) => Value::from(*number),
        DataValue::Text(text) => Value::from(text.as_str()),
        DataValue::Flag(flag) => Value::from(*flag),
        DataValue::Null => Value::Null,
        DataValue::List(values) => values.iter().map(json).collect(),
        DataValue::Object(values) => values.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

/// Attached data, as it was given.
pub fn given_data(data: &public_api::UserData<'_>) -> UserData {
    let value = |value: &UserDataValue<'_>| match value {
        UserDataValue::Integer(number) => DataValue::Number(*number),
        UserDataValue::Text(text) => DataValue::Text(text.clone().into_owned()),
        UserDataValue::Null => DataValue::Null,
        UserDataValue::Other(value) => data_value(value),
    };
    data.0.iter().map(|(key, one)| (key.clone().into_owned(), value(one))).collect()
}

// Only whole numbers come through the contract.
fn data_value(value: &Value) -> DataValue {
    match value {
        Value::Null => DataValue::Null,
        Value::Bool(flag) => DataValue::Flag(*flag),
        Value::Number(number) => number.as_i64().map_or(DataValue::Null, DataValue::Number),
        Value::String(text) => DataValue::Text(text.clone()),
        Value::Array(values) => DataValue::List(values.iter().map(data_value).collect()),
        Value::Object(values) => {
            DataValue::Object(values.iter().map(|(key, value)| (key.clone(), data_value(value))).collect())
        }
    }
}
