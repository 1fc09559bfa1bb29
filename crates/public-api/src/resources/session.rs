//! Chats and SMS sessions, as one user or the customer sees them.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Capability, Id, Path, Uri, WireTime};
use crate::user_data::UserData;
use crate::word::words;

words! {
    /// The state of a session for one user.
    pub enum SessionState {
        Invited = "Invited",
        Chatting = "Chatting",
        LeftChat = "LeftChat",
        JoinFailed = "JoinFailed",
        Completed = "Completed",
        Revoked = "Revoked",
    }
}

words! {
    /// The state of a chat for its customer.
    pub enum CustomerState {
        WaitingForAgent = "WaitingForAgent",
        Chatting = "Chatting",
        Idle = "Idle",
    }
}

words! {
    /// Who a participant is. Supervisors are `Agent`; workflows and systems are `External`.
    pub enum ParticipantType {
        Agent = "Agent",
        Customer = "Customer",
        External = "External",
    }
}

words! {
    /// Who may see a participant or a message, from everybody to supervisors only.
    pub enum Visibility {
        All = "All",
        Agents = "Agents",
        Supervisors = "Supervisors",
    }
}

words! {
    /// What an entry of the message log is.
    pub enum MessageType {
        Text = "Text",
        ParticipantJoined = "ParticipantJoined",
        ParticipantLeft = "ParticipantLeft",
        ParticipantRejoined = "ParticipantRejoined",
        TypingStarted = "TypingStarted",
        TypingStopped = "TypingStopped",
        PushUrl = "PushUrl",
        Notice = "Notice",
        CustomNotice = "CustomNotice",
        NicknameUpdated = "NicknameUpdated",
    }
}

words! {
    /// Who began a session. `Outbound` is ours.
    pub enum ChatType {
        Inbound = "Inbound",
        Outbound = "Outbound",
    }
}

words! {
    /// Ours: what became of a text on its way to the customer's phone.
    pub enum DeliveryState {
        Waiting = "Waiting",
        Sent = "Sent",
        Delivered = "Delivered",
        Failed = "Failed",
        Blocked = "Blocked",
        Unknown = "Unknown",
    }
}

words! {
    /// How a sent text is to be taken.
    pub enum TreatAs {
        Normal = "Normal",
        System = "System",
    }
}

/// A chat or an SMS session as one user sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interaction<'a> {
    /// The session's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The absolute link; has no `/me`.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The link relative to the API's base.
    #[schema(value_type = String)]
    pub path: Path<'a>,
    /// The state for this user.
    pub state: SessionState,
    /// Whether the customer or an agent began it.
    pub chat_type: ChatType,
    /// The operations that this user may do now; always there, `[]` when none.
    pub capabilities: Cow<'a, [Capability]>,
    /// Those whom this user may see; `[]` before joining.
    #[schema(value_type = Vec<Participant>)]
    pub participants: Vec<Participant<'a>>,
    /// Attached data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserData>, nullable = false)]
    pub user_data: Option<UserData<'a>>,
    /// When the customer came.
    #[schema(value_type = String)]
    pub received_date: WireTime,
    /// Ours: who perceives whom. Given to supervisors only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Perception>>, nullable = false)]
    pub perception: Option<Vec<Perception<'a>>>,
}

/// Ours: by whom one participant is seen, and by whom the participant's words are read.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Perception<'a> {
    /// The participant.
    #[schema(value_type = String)]
    pub participant_id: Id<'a>,
    /// The participants that see this one in their lists.
    #[schema(value_type = Vec<String>)]
    pub seen_by: Vec<Id<'a>>,
    /// The participants that get what this one sends to everybody it may reach.
    #[schema(value_type = Vec<String>)]
    pub heard_by: Vec<Id<'a>>,
}

/// Somebody in a session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant<'a> {
    /// The shown name.
    #[schema(value_type = String)]
    pub nickname: Cow<'a, str>,
    /// Who it is.
    pub r#type: ParticipantType,
    /// The user's absolute link; agents and supervisors only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub uri: Option<Uri<'a>>,
    /// The user's relative link; agents and supervisors only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub path: Option<Path<'a>>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Unique in the session; stays when the mode of supervision changes.
    #[schema(value_type = String)]
    pub participant_id: Id<'a>,
    /// The same value again.
    #[schema(value_type = String)]
    pub id: Id<'a>,
}

/// One entry of a session's message log.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    /// Counts all entries of the session from 1; a reader who may not see some of them finds gaps.
    pub index: u32,
    /// What the entry is.
    pub r#type: MessageType,
    /// The sender, as it was at that moment.
    #[schema(value_type = Participant)]
    pub from: Participant<'a>,
    /// Whom it is meant for. The sender's own visibility may narrow this.
    pub visibility: Visibility,
    /// When.
    #[schema(value_type = String)]
    pub timestamp: WireTime,
    /// The same moment, in milliseconds since 1970 despite the name.
    pub timestamp_seconds: i64,
    /// What it says.
    #[serde(flatten)]
    #[schema(value_type = Said)]
    pub said: Said<'a>,
    /// The sender's own tag, when the server is told to pass it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub message_type: Option<Cow<'a, str>>,
    /// Ours: what became of it; texts to the customers of SMS sessions only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Delivery>, nullable = false)]
    pub delivery: Option<Delivery<'a>>,
}

/// The words of an entry: one member at most, which the kind of entry chooses.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Said<'a> {
    /// `Text`, `Notice`; `TypingStarted` when previews are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub text: Option<Cow<'a, str>>,
    /// `PushUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub url: Option<Cow<'a, str>>,
    /// `CustomNotice`, `NicknameUpdated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub notice_text: Option<Cow<'a, str>>,
}

/// Ours: how far a text has come on its way to the customer's phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery<'a> {
    /// `Waiting` for the carrier, `Sent` (the carrier has it), `Delivered`, `Failed`, `Blocked`
    /// (never given to the carrier, because the customer has opted out), or `Unknown` (the carrier may have
    /// it; it is not sent again).
    pub state: DeliveryState,
    /// How many messages the carrier counts it as; 0 before that is known.
    pub parts: u8,
    /// Why it failed, was blocked or is unknown, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub reason: Option<Cow<'a, str>>,
}

/// Ours: the delivery of one entry of the log, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageDelivery<'a> {
    /// The entry's index.
    pub index: u32,
    /// What became of it.
    #[serde(flatten)]
    #[schema(value_type = Delivery)]
    pub delivery: Delivery<'a>,
}

/// A session of an agent, as a supervisor finds it before entering.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisedSession<'a> {
    /// The session's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
    /// Attached data.
    #[schema(value_type = UserData)]
    pub user_data: UserData<'a>,
    /// When the customer came.
    #[schema(value_type = String)]
    pub received_date: WireTime,
    /// Always empty.
    pub capabilities: [Capability; 0],
}

/// A chat as its customer sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerChat<'a> {
    /// The chat's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The state for the customer.
    pub state: CustomerState,
    /// What the customer may do now; `[]` after the end.
    pub capabilities: Cow<'a, [Capability]>,
    /// Those whom the customer may see.
    #[schema(value_type = Vec<CustomerParticipant>)]
    pub participants: Vec<CustomerParticipant<'a>>,
}

/// A participant as customers see it: nothing that identifies a user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerParticipant<'a> {
    /// The shown name.
    #[schema(value_type = String)]
    pub nickname: Cow<'a, str>,
    /// Unique in the chat.
    #[schema(value_type = String)]
    pub participant_id: Id<'a>,
    /// Who it is.
    pub r#type: ParticipantType,
}

/// A message as customers see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerMessage<'a> {
    /// The entry's number in the log; has gaps where entries are not for customers.
    pub index: u32,
    /// What the entry is.
    pub r#type: MessageType,
    /// The sender.
    #[schema(value_type = CustomerParticipant)]
    pub from: CustomerParticipant<'a>,
    /// What it says.
    #[serde(flatten)]
    #[schema(value_type = Said)]
    pub said: Said<'a>,
}
