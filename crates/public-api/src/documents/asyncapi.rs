//! The AsyncAPI document of the notifications.

use serde_json::{Map, Value, json};

use super::schemas::schemas;
use crate::dialect::{Dialect, SMS};
use crate::notifications::{CallChange, DELIVERY_MESSAGE_TYPE, DELIVERY_NOTIFICATION_TYPE, SessionChange};
use crate::word::Word;

/// One kind of notification, for the documents.
pub(super) struct Told {
    pub(super) topic: &'static str,
    pub(super) message_type: &'static str,
    pub(super) doc: &'static str,
    pub(super) payload: Value,
}

/// The AsyncAPI 3.0 document of every notification channel and payload.
#[must_use]
pub fn asyncapi() -> Value {
    let told = notifications();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for news in &told {
        let (channel, message) = (name_of(news.topic), message_name(news));
        messages.insert(
            message.clone(),
            json!({"name": news.message_type, "summary": news.doc, "payload": event_schema(news)}),
        );
        let entry =
            channels.entry(channel.clone()).or_insert_with(|| json!({"address": news.topic, "messages": {}}));
        entry["messages"][&message] = json!({"$ref": format!("#/components/messages/{message}")});
        operations.insert(
            format!("tell{channel}"),
            json!({"action": "send", "channel": {"$ref": format!("#/channels/{channel}")}}),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {"title": "Contact center notifications", "version": "2", "description": INTRODUCTION},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas()}
    })
}

/// Every kind of notification.
pub(super) fn notifications() -> Vec<Told> {
    let mut told: Vec<_> = Dialect::ALL.into_iter().flat_map(session_news).collect();
    told.push(delivery_news(&SMS));
    told.extend(device_news());
    told.push(call_news());
    told.push(Told {
        topic: "/v2/me/channels",
        message_type: "ChannelStateChangeMessageV2",
        doc: "The states of the user's channels changed.",
        payload: payload(
            "ChannelStateChangeMessageV2",
            &["channels"],
            json!({"channels": list_of("ChannelState")}),
        ),
    });
    told.push(Told {
        topic: "/notifications/services",
        message_type: "ServiceStateChangeMessage",
        doc: "Something behind the server began or ceased to work.",
        payload: payload("ServiceStateChangeMessage", &["services"], json!({"services": list_of("Service")})),
    });
    told.extend(password_news("/v2/me", json!({})));
    told.extend(password_news(
        "/v2/users",
        json!({"userUri": {"type": "string"}, "userId": {"type": "string"}}),
    ));
    told
}

fn session_news(dialect: &'static Dialect) -> [Told; 2] {
    let changed = json!({
        "notificationType": {"type": "string", "enum": SessionChange::SPELLINGS},
        dialect.resource_key: {"$ref": "#/components/schemas/Interaction"},
        "referenceId": {"type": "integer", "description": "For the requester of the operation that caused it."}
    });
    let logged = json!({
        "notificationType": {"type": "string", "const": "NewMessages"},
        "messages": list_of("Message"),
        dialect.uri_key: {"type": "string"},
        dialect.path_key: {"type": "string"}
    });
    let message_type = dialect.state_message_type;
    [
        Told {
            topic: dialect.topic,
            message_type,
            doc: "A session of the user changed: its state, who is in it, or its attached data.",
            payload: payload(message_type, &["notificationType", dialect.resource_key], changed),
        },
        Told {
            topic: dialect.topic,
            message_type: "MessageLogUpdated",
            doc: "The log of a session grew by entries that the user may see.",
            payload: payload(
                "MessageLogUpdated",
                &["notificationType", "messages", dialect.uri_key, dialect.path_key],
                logged,
            ),
        },
    ]
}

fn delivery_news(dialect: &'static Dialect) -> Told {
    let members = json!({
        "notificationType": {"type": "string", "const": DELIVERY_NOTIFICATION_TYPE},
        "deliveries": list_of("MessageDelivery"),
        dialect.uri_key: {"type": "string"},
        dialect.path_key: {"type": "string"}
    });
    Told {
        topic: dialect.topic,
        message_type: DELIVERY_MESSAGE_TYPE,
        doc: "Ours: texts of a session got further on their way to the customer's phone, or will get no further.",
        payload: payload(
            DELIVERY_MESSAGE_TYPE,
            &["notificationType", "deliveries", dialect.uri_key, dialect.path_key],
            members,
        ),
    }
}

fn device_news() -> [Told; 2] {
    let text = json!({"type": "string"});
    [
        Told {
            topic: "/v2/me/devices",
            message_type: "DeviceStateChangeMessage",
            doc: "A telephone of the user changed.",
            payload: payload("DeviceStateChangeMessage", &["devices"], json!({"devices": list_of("Device")})),
        },
        Told {
            topic: "/v2/me/devices",
            message_type: "ErrorMessage",
            doc: "Something asked of a telephone failed after it was answered.",
            payload: payload(
                "ErrorMessage",
                &["devicePath", "deviceUri"],
                json!({"devicePath": text, "deviceUri": text, "errorMessage": text}),
            ),
        },
    ]
}

fn call_news() -> Told {
    let integer = |doc: &str| json!({"type": "integer", "minimum": 0, "description": doc});
    let members = json!({
        "notificationType": {"type": "string", "enum": CallChange::SPELLINGS},
        "call": {"$ref": "#/components/schemas/Call"},
        "phoneNumber": {"type": "string", "description": "The number of the user's own telephone."},
        "extensions": {
            "type": "object",
            "properties": {
                "BusinessCall": integer("1 for calls from or to the outside, 0 for others."),
                "WrapUpTime": integer("After how many seconds the user is ready again after the call.")
            }
        },
        "errorMessage": {"type": "string", "description": "Of errors: what went wrong."}
    });
    Told {
        topic: "/v2/me/calls",
        message_type: "CallStateChangeMessage",
        doc: "A call of the user changed: its state, who is in it, its data, or what can be done with it.",
        payload: payload("CallStateChangeMessage", &["notificationType", "call", "phoneNumber"], members),
    }
}

fn password_news(topic: &'static str, whose: Value) -> [Told; 2] {
    let with = |word: &str, more: Value| {
        let mut members = whose.clone();
        members["notificationType"] = json!({"type": "string", "const": word});
        if let (Value::Object(members), Value::Object(more)) = (&mut members, more) {
            members.extend(more);
        }
        payload(word, &["notificationType"], members)
    };
    let error = json!({
        "errorMessage": {"type": "string"},
        "errorCode": {
            "type": "integer", "enum": [1, 2, 3],
            "description": "1: not good enough. 2: the old password is wrong. 3: the server failed."
        }
    });
    [
        Told {
            topic,
            message_type: "PasswordChangeSuccessful",
            doc: "A password was changed.",
            payload: with("PasswordChangeSuccessful", json!({})),
        },
        Told {
            topic,
            message_type: "PasswordChangeError",
            doc: "A password was not changed.",
            payload: with("PasswordChangeError", error),
        },
    ]
}

fn payload(message_type: &str, required: &[&str], mut members: Value) -> Value {
    members["messageType"] = json!({"type": "string", "const": message_type});
    let required: Vec<_> = std::iter::once("messageType").chain(required.iter().copied()).collect();
    json!({"type": "object", "properties": members, "required": required})
}

fn event_schema(news: &Told) -> Value {
    json!({
        "type": "object",
        "properties": {"channel": {"type": "string", "const": news.topic}, "data": news.payload},
        "required": ["channel", "data"]
    })
}

fn list_of(schema: &str) -> Value {
    json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{schema}")}})
}

/// A name for generated code, such as `V2MeChats`.
fn name_of(topic: &str) -> String {
    topic.split('/').filter(|word| !word.is_empty()).map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

fn message_name(news: &Told) -> String {
    format!("{}{}", name_of(news.topic), news.message_type)
}

const INTRODUCTION: &str = "\
Notifications come by the Bayeux protocol at `/api/v2/notifications`: long polling, or WebSocket. Each user gets \
their own, although all users share the names of the channels. Subscribe to single names, to `/v2/me/*` or to \
`/**`. What happened before a subscription is read by GET; resources have the same shape there.";
