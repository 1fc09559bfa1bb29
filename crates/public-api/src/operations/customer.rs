//! What customers ask: a chat, and what they do in it.

use crate::operation::{Kind, Operation, Parameter};
use crate::resources::{Capability, FeatureId};
use crate::word::words;

words! {
    /// The operations of [`CUSTOMER_CHATS`].
    pub enum CustomerChatsOperation {
        RequestChat = "RequestChat",
    }
}

words! {
    /// The operations of [`CUSTOMER_CHAT`].
    pub enum CustomerChatOperation {
        SendMessage = "SendMessage",
        SendStartTypingNotification = "SendStartTypingNotification",
        SendStopTypingNotification = "SendStopTypingNotification",
        Complete = "Complete",
    }
}

/// Operations of `/chats` at the customers' door.
pub static CUSTOMER_CHATS: &[Operation] = &[Operation::new("RequestChat", "Asks for a chat.")
    .takes(&[
        Parameter::name("nickname", "The name that is shown.").required(),
        Parameter::name("subject", "What it is about."),
        Parameter::name("endpoint", "The queue to begin in; the configured one by default."),
        Parameter::new("userData", Kind::UserData, "Data to attach."),
    ])
    .needs(&[FeatureId::Multimedia])];

/// Operations of `/chats/{id}` at the customers' door.
pub static CUSTOMER_CHAT: &[Operation] = &[
    Operation::new("SendMessage", "Sends a text.")
        .takes(&[Parameter::text("text", "The text.").required()])
        .listed_as(Capability::SendMessage)
        .needs(&[FeatureId::Multimedia]),
    Operation::new("SendStartTypingNotification", "Shows that the customer types.")
        .takes(&[Parameter::text("text", "What has been typed so far.")])
        .listed_as(Capability::SendStartTypingNotification)
        .needs(&[FeatureId::Multimedia]),
    Operation::new("SendStopTypingNotification", "Shows that the customer has stopped typing.")
        .listed_as(Capability::SendStopTypingNotification)
        .needs(&[FeatureId::Multimedia]),
    Operation::new("Complete", "Ends the chat.")
        .listed_as(Capability::Complete)
        .needs(&[FeatureId::Multimedia]),
];
