//! What tests about chats wait for in an inbox.

use serde_json::Value;

use crate::{Inbox, Notification};

impl Inbox {
    /// Waits for the offer of a chat that is new to this desk, and answers its id.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn offered(&self) -> Notification {
        self.take("offer of a chat", |it| it.kind() == "StatusChange" && it.state() == "Invited").await
    }

    /// Waits for the next change of a chat to `state`.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn status(&self, chat: &str, state: &str) -> Notification {
        let what = format!("StatusChange of {chat} to {state}");
        let fits = |it: &Notification| {
            it.kind() == "StatusChange" && it.chat_id() == Some(chat) && it.state() == state
        };
        self.take(&what, fits).await
    }

    /// Waits for a list of a chat's participants that fits and came at `since` or later. It is not taken: one
    /// list can show several arrivals.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn participants(
        &self,
        since: usize,
        chat: &str,
        what: &str,
        fits: impl Fn(&Notification) -> bool,
    ) -> Notification {
        let what = format!("ParticipantsUpdated of {chat} with {what}");
        let fits = |it: &Notification| {
            let is_list = it.kind() == "ParticipantsUpdated" && it.chat_id() == Some(chat);
            is_list && it.position >= since && fits(it)
        };
        self.find(&what, |all| all.iter().find(|it| fits(it)).cloned()).await
    }

    /// Waits until an entry of a chat's log that fits was pushed, and answers it and its notification.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn entry(
        &self,
        chat: &str,
        what: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> (Value, Notification) {
        let look = |all: &[Notification]| {
            let of_chat = all.iter().filter(|it| it.kind() == "NewMessages" && it.chat_id() == Some(chat));
            let mut entries = of_chat.flat_map(|it| it.messages().iter().map(move |entry| (entry, it)));
            let (entry, notification) = entries.find(|(entry, _)| fits(entry))?;
            Some((entry.clone(), notification.clone()))
        };
        self.find(&format!("log entry of {chat}: {what}"), look).await
    }

    /// Waits until a text was pushed.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn text(&self, chat: &str, text: &str) -> Value {
        let fits = |entry: &Value| entry["type"] == "Text" && entry["text"] == text;
        self.entry(chat, &format!("text {text:?}"), fits).await.0
    }

    /// Waits until it was pushed that the text of this entry has got so far; answers what was said of it.
    ///
    /// # Panics
    /// When the deadline passes.
    pub async fn delivery(&self, session: &str, index: u64, state: &str) -> Value {
        let fits = |delivery: &Value| delivery["index"] == index && delivery["state"] == state;
        let look = |all: &[Notification]| {
            let mut of_session = all.iter().filter(|it| it.chat_id() == Some(session));
            of_session.find_map(|it| it.deliveries().iter().find(|delivery| fits(delivery)).cloned())
        };
        self.find(&format!("delivery of entry {index} of {session}: {state}"), look).await
    }

    /// Every entry of a chat's log that was pushed so far.
    #[must_use]
    pub fn pushed_entries(&self, chat: &str) -> Vec<Value> {
        let all = self.all();
        let of_chat = all.iter().filter(|it| it.kind() == "NewMessages" && it.chat_id() == Some(chat));
        of_chat.flat_map(|it| it.messages().to_vec()).collect()
    }
}
