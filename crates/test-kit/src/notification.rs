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

    /// The chat, or the session of texts, that it is about.
    #[must_use]
    pub fn chat_id(&self) -> Option<&str> {
        if let Some(id) = self.chat()["id"].as_str() {
            return Some(id);
        }
        let links = ["chatPath", "chatUri", "smssessionPath", "smssessionUri"];
        links.iter().find_map(|link| self.data[link].as_str())?.rsplit('/').next()
    }

    /// The chat's state, in notifications that carry the chat.
    #[must_use]
    pub fn state(&self) -> &str {
        self.chat()["state"].as_str().unwrap_or("")
    }

    /// The operations that the receiver may call now.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&str> {
        texts(&self.chat()["capabilities"])
    }

    /// The participants that the receiver may see.
    #[must_use]
    pub fn participants(&self) -> &[Value] {
        self.chat()["participants"].as_array().map_or(&[], Vec::as_slice)
    }

    /// One participant by nickname.
    #[must_use]
    pub fn participant(&self, nickname: &str) -> Option<&Value> {
        self.participants().iter().find(|participant| participant["nickname"] == nickname)
    }

    /// What became of texts on their way to a customer's phone.
    #[must_use]
    pub fn deliveries(&self) -> &[Value] {
        self.data["deliveries"].as_array().map_or(&[], Vec::as_slice)
    }

    /// New entries of the log.
    #[must_use]
    pub fn messages(&self) -> &[Value] {
        self.data["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The chat or session of texts, in notifications that carry it.
    fn chat(&self) -> &Value {
        match &self.data["chat"] {
            Value::Null => &self.data["smssession"],
            chat => chat,
        }
    }
}

fn texts(array: &Value) -> Vec<&str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
