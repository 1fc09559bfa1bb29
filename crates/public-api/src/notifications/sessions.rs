//! News of chats and SMS sessions.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::dialect::Dialect;
use crate::resources::{Interaction, Link, Message, MessageDelivery};
use crate::word::words;

words! {
    /// What changed about a session.
    pub enum SessionChange {
        StatusChange = "StatusChange",
        ParticipantsUpdated = "ParticipantsUpdated",
        PropertiesUpdated = "PropertiesUpdated",
        Error = "Error",
    }
}

/// A session changed for one user; carries it whole.
#[derive(Clone, Debug)]
pub struct SessionChanged<'a> {
    /// Chat or SMS.
    pub dialect: &'static Dialect,
    /// What changed.
    pub change: SessionChange,
    /// The session as this user now sees it.
    pub session: &'a Interaction<'a>,
    /// The number of the operation that caused it; for its requester only.
    pub reference_id: Option<u32>,
}

/// A session's log grew.
#[derive(Clone, Debug)]
pub struct MessagesLogged<'a> {
    /// Chat or SMS.
    pub dialect: &'static Dialect,
    /// The session.
    pub session: Link<'a>,
    /// The new entries that this user may see, ascending.
    pub messages: &'a [Message<'a>],
}

/// Ours: texts of a session got further on their way, or will get no further.
///
/// It has a `messageType` of its own: clients that show every entry of a `MessageLogUpdated` would show
/// the texts again.
#[derive(Clone, Debug)]
pub struct DeliveriesUpdated<'a> {
    /// SMS, as nothing else is delivered.
    pub dialect: &'static Dialect,
    /// The session.
    pub session: Link<'a>,
    /// What became of entries that this user may see.
    pub deliveries: &'a [MessageDelivery<'a>],
}

impl Serialize for SessionChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("messageType", self.dialect.state_message_type)?;
        data.serialize_entry("notificationType", &self.change)?;
        data.serialize_entry(self.dialect.resource_key, self.session)?;
        if let Some(reference_id) = self.reference_id {
            data.serialize_entry("referenceId", &reference_id)?;
        }
        data.end()
    }
}

impl Serialize for MessagesLogged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("messageType", "MessageLogUpdated")?;
        data.serialize_entry("notificationType", "NewMessages")?;
        data.serialize_entry("messages", self.messages)?;
        data.serialize_entry(self.dialect.uri_key, &self.session.uri())?;
        data.serialize_entry(self.dialect.path_key, &self.session.path())?;
        data.end()
    }
}

impl Serialize for DeliveriesUpdated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("messageType", DELIVERY_MESSAGE_TYPE)?;
        data.serialize_entry("notificationType", DELIVERY_NOTIFICATION_TYPE)?;
        data.serialize_entry("deliveries", self.deliveries)?;
        data.serialize_entry(self.dialect.uri_key, &self.session.uri())?;
        data.serialize_entry(self.dialect.path_key, &self.session.path())?;
        data.end()
    }
}

/// No client of the original knows it, and so all of them ignore it.
pub(crate) const DELIVERY_MESSAGE_TYPE: &str = "MessageDeliveryUpdated";
pub(crate) const DELIVERY_NOTIFICATION_TYPE: &str = "DeliveryUpdated";
