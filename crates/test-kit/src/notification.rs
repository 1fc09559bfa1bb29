//! One pushed notification, with names for the members that tests ask for.

use serde_json::Value;

/// What a subscriber got: the Bayeux channel and its data, and when in the order of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// How many came before it to the same subscriber.
    pub position: usize,
    /// The Bayeux channel.
    pub channel: String,
    /// The payload.
    pub data: Value,
}

impl Notification {
    /// `StatusChange`, `ParticipantsUpdated`, `NewMessages`, …; empty where a message has none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.data["notificationType"].as_str().unwrap_or("")
    }

    /// `ChatStateChangeMessage`, `MessageLogUpdated`, …
    #[must_use]
    pub fn message_type(&self) -> &str {
        self.data["messageType"].as_str().unwrap_or("")
    }

    /// The chat it is about.
    #[must_use]
    pub fn chat_id(&self) -> Option<&str> {
        if let Some(id) = self.data["chat"]["id"].as_str() {
            return Some(id);
        }
        self.data["chatPath"].as_str().or_else(|| self.data["chatUri"].as_str())?.rsplit('/').next()
    }

    /// The chat's state, in notifications that carry the chat.
    #[must_use]
    pub fn state(&self) -> &str {
        self.data["chat"]["state"].as_str().unwrap_or("")
    }

    /// The operations that the receiver may call now.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&str> {
        texts(&self.data["chat"]["capabilities"])
    }

    /// The participants that the receiver may see.
    #[must_use]
    pub fn participants(&self) -> &[Value] {
        self.data["chat"]["participants"].as_array().map_or(&[], Vec::as_slice)
    }

    /// One participant by nickname.
    #[must_use]
    pub fn participant(&self, nickname: &str) -> Option<&Value> {
        self.participants().iter().find(|participant| participant["nickname"] == nickname)
    }

    /// New entries of the log.
    #[must_use]
    pub fn messages(&self) -> &[Value] {
        self.data["messages"].as_array().map_or(&[], Vec::as_slice)
    }
}

fn texts(array: &Value) -> Vec<&str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
