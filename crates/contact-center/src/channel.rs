//! The kinds of contact an agent can work on.

use serde::{Deserialize, Serialize};

/// A channel. Chats and texts are one kind of contact with two names; calls have their own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Telephone calls.
    Voice,
    /// Web chats.
    Chat,
    /// Sessions of text messages (SMS).
    Sms,
}

impl Channel {
    /// Every channel there is.
    pub const ALL: [Self; 3] = [Self::Voice, Self::Chat, Self::Sms];

    /// Whether contacts of this channel are conversations in writing.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Chat | Self::Sms)
    }
}
