//! The names in which chats and SMS sessions differ.
//!
//! Both are the same thing on the wire but for names of paths, members and messages. Words inside values
//! (`NextChat`, `Chatting`, `chatType`) are the same in both.

/// How one kind of text conversation is called on the wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The agents' channel, as in `/me/channels/{channel}`.
    pub channel: &'static str,
    /// The path segment of the collection and its member in collection answers and subresources.
    pub collection: &'static str,
    /// Other spellings of the path segment that are accepted.
    pub collection_aliases: &'static [&'static str],
    /// The member that holds one such conversation.
    pub resource_key: &'static str,
    /// `messageType` of notifications that carry the conversation.
    pub state_message_type: &'static str,
    /// The member that links a message log to its conversation by URI.
    pub uri_key: &'static str,
    /// The member that links a message log to its conversation by path.
    pub path_key: &'static str,
    /// The notification channel.
    pub topic: &'static str,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [&'static Self; 2] = [&CHAT, &SMS];

    /// The dialect whose collection is addressed by this path segment.
    #[must_use]
    pub fn of_collection(segment: &str) -> Option<&'static Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.collection == segment || dialect.collection_aliases.contains(&segment))
    }

    /// The dialect of an agents' channel.
    #[must_use]
    pub fn of_channel(channel: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|dialect| dialect.channel == channel)
    }
}

/// Chats of the web.
pub static CHAT: Dialect = Dialect {
    channel: "chat",
    collection: "chats",
    collection_aliases: &[],
    resource_key: "chat",
    state_message_type: "ChatStateChangeMessage",
    uri_key: "chatUri",
    path_key: "chatPath",
    topic: "/v2/me/chats",
};

/// Conversations by text message.
pub static SMS: Dialect = Dialect {
    channel: "smssession",
    collection: "smssessions",
    collection_aliases: &["smsessions", "smsssessions", "smsssession"],
    resource_key: "smssession",
    // The odd capitals are the contract.
    state_message_type: "SMSsessionStateChangeMessage",
    uri_key: "smssessionUri",
    path_key: "smssessionPath",
    topic: "/v2/me/smssessions",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segment: &str, dialect: Option<&'static Dialect>) {
        assert_eq!(Dialect::of_collection(segment), dialect);
    }

    #[test]
    fn misspelled_collections_are_found() {
        check("chats", Some(&CHAT));
        check("smssessions", Some(&SMS));
        check("smsessions", Some(&SMS));
        check("smsssession", Some(&SMS));
        check("calls", None);
    }
}
