//! What is told to subscribers, and the bytes that tell it.
//!
//! A notification goes to one user's own push sessions, never to everybody on its channel: all users share
//! the names `/v2/me/…`. Whom to tell is decided elsewhere.

mod people;
mod sessions;
mod voice;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use people::{
    ChannelStatesChanged, OwnPasswordNews, PASSWORD_TOPIC, PasswordError, PasswordNews, ServicesChanged,
    UserPasswordNews,
};
pub(crate) use sessions::{DELIVERY_MESSAGE_TYPE, DELIVERY_NOTIFICATION_TYPE};
pub use sessions::{DeliveriesUpdated, MessagesLogged, SessionChange, SessionChanged};
pub use voice::{CallChange, CallExtensions, CallStateChanged, DeviceFailed, DeviceStatesChanged};

/// Something to tell a user.
#[derive(Clone, Debug)]
pub enum Notification<'a> {
    /// A chat or SMS session changed for this user.
    SessionChanged(SessionChanged<'a>),
    /// A session's log grew by entries that this user may see.
    MessagesLogged(MessagesLogged<'a>),
    /// Ours: texts of an SMS session got further on their way.
    DeliveriesUpdated(DeliveriesUpdated<'a>),
    /// The user's channels changed state.
    ChannelStatesChanged(ChannelStatesChanged<'a>),
    /// The user's devices changed state.
    DeviceStatesChanged(DeviceStatesChanged<'a>),
    /// A call changed for this user.
    CallStateChanged(CallStateChanged<'a>),
    /// Something asked of a device failed later on.
    DeviceFailed(DeviceFailed<'a>),
    /// The user's own password was changed, or was not.
    OwnPassword(OwnPasswordNews<'a>),
    /// Somebody's password was changed, or was not; for administrators and supervisors.
    UserPassword(UserPasswordNews<'a>),
    /// Services behind the server changed state.
    ServicesChanged(ServicesChanged<'a>),
}

impl Notification<'_> {
    /// The notification channel.
    #[must_use]
    pub fn topic(&self) -> &'static str {
        match self {
            Self::SessionChanged(news) => news.dialect.topic,
            Self::MessagesLogged(news) => news.dialect.topic,
            Self::DeliveriesUpdated(news) => news.dialect.topic,
            Self::ChannelStatesChanged(_) => "/v2/me/channels",
            Self::CallStateChanged(_) => "/v2/me/calls",
            Self::DeviceStatesChanged(_) | Self::DeviceFailed(_) => "/v2/me/devices",
            Self::OwnPassword(_) => PASSWORD_TOPIC,
            Self::UserPassword(_) => "/v2/users",
            Self::ServicesChanged(_) => "/notifications/services",
        }
    }

    /// The whole push event, `{"channel":…,"data":{…}}`, in one pass.
    #[must_use]
    pub fn to_event(&self) -> Vec<u8> {
        let mut event = Vec::with_capacity(EVENT_BYTES);
        self.write_event(&mut event);
        event
    }

    /// Appends the whole push event.
    pub fn write_event(&self, out: &mut Vec<u8>) {
        // Writing to memory cannot fail, and no payload has a map with keys that are not strings.
        let written = serde_json::to_writer(out, &Event(self));
        debug_assert!(written.is_ok(), "a notification that is not JSON");
    }
}

impl Serialize for Notification<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::SessionChanged(news) => news.serialize(serializer),
            Self::MessagesLogged(news) => news.serialize(serializer),
            Self::DeliveriesUpdated(news) => news.serialize(serializer),
            Self::ChannelStatesChanged(news) => news.serialize(serializer),
            Self::DeviceStatesChanged(news) => news.serialize(serializer),
            Self::CallStateChanged(news) => news.serialize(serializer),
            Self::DeviceFailed(news) => news.serialize(serializer),
            Self::OwnPassword(news) => news.serialize(serializer),
            Self::UserPassword(news) => news.serialize(serializer),
            Self::ServicesChanged(news) => news.serialize(serializer),
        }
    }
}

struct Event<'n, 'a>(&'n Notification<'a>);

impl Serialize for Event<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = serializer.serialize_struct("Event", 2)?;
        event.serialize_field("channel", self.0.topic())?;
        event.serialize_field("data", self.0)?;
        event.end()
    }
}

/// Room for a session with a few participants, so that most events are written without growing.
const EVENT_BYTES: usize = 2_048;

#[cfg(test)]
mod tests;
