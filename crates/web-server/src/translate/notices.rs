//! What the contact center tells its users becomes push events.

use std::sync::{Arc, Weak};

use bus::{Announcement, Listener};
use bytes::Bytes;
use contact_center::contact::Entry;
use contact_center::notice::Notice;
use contact_center::{DeviceId, Timestamp, UserId};
use public_api::notifications::{
    ChannelStatesChanged, DeliveriesUpdated, DeviceFailed, DeviceStatesChanged, MessagesLogged, Notification,
    SessionChanged,
};
use public_api::resources::{Id, Link, MessageDelivery};

use super::telephones::Telephone;
use super::{Place, agents, calls, sessions, words};
use crate::{App, clock};

/// Passes on what the contact centers announce: to the push sessions of those concerned, and to the
/// table of sign-ins.
pub struct Announcer {
    /// Not held, as the bus outlives the server and the server's engine holds the bus.
    app: Weak<App>,
}

impl Announcer {
    pub fn new(app: &Arc<App>) -> Self {
        Self { app: Arc::downgrade(app) }
    }
}

impl Listener for Announcer {
    fn hear(&self, announcement: &Announcement) {
        let Some(app) = self.app.upgrade() else { return };
        let center = announcement.center;
        let now = Timestamp(i64::try_from(clock::wall_ms()).unwrap_or(i64::MAX));
        let place = Place { base: &app.base, center, now };
        for notice in announcement.notices.iter() {
            if let Notice::SignInsVoid { user, older_than } = notice {
                app.sign_in.void(center, *user, *older_than);
            }
            // No JSON is made for users whom nobody listens for.
            let Some(owner) = recipient(notice).map(|user| (center, user)) else { continue };
            if app.push.has_sessions(owner)
                && let Some(news) = news(notice, place)
            {
                app.push.publish(owner, news.topic, news.event);
            }
        }
    }
}

/// One event for one user.
pub struct News {
    /// The notification channel.
    pub topic: &'static str,
    /// The whole event, `{"channel":…,"data":{…}}`.
    pub event: Bytes,
}

/// Who is to hear a notice, if it is news for somebody at all.
pub fn recipient(notice: &Notice) -> Option<UserId> {
    match notice {
        Notice::Contact { to, .. }
        | Notice::Entries { to, .. }
        | Notice::Channels { to, .. }
        | Notice::Devices { to, .. }
        | Notice::Call { to, .. }
        | Notice::Delivery { to, .. } => Some(*to),
        Notice::TextWaiting(_) | Notice::Lines(_) | Notice::Digits { .. } | Notice::SignInsVoid { .. } => {
            None
        }
    }
}

/// The push event that tells a notice.
pub fn news<'a>(notice: &'a Notice, place: Place<'a>) -> Option<News> {
    let base = place.base;
    match notice {
        Notice::Contact { change, view, reference, .. } => {
            let dialect = words::dialect(view.channel)?;
            let session = sessions::session(dialect, view, base);
            let change = words::session_change(*change);
            let reference_id = reference.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
            told(&Notification::SessionChanged(SessionChanged {
                dialect,
                change,
                session: &session,
                reference_id,
            }))
        }
        Notice::Entries { contact, channel, entries, deliveries, .. } => {
            let dialect = words::dialect(*channel)?;
            let message =
                |entry: &'a Arc<Entry>| sessions::message(entry, deliveries.get(&entry.index), base);
            let messages: Vec<_> = entries.iter().map(message).collect();
            let session = Link::new(base, dialect.collection, Id::print(contact));
            told(&Notification::MessagesLogged(MessagesLogged { dialect, session, messages: &messages }))
        }
        Notice::Delivery { contact, channel, index, delivery, .. } => {
            let dialect = words::dialect(*channel)?;
            let deliveries = [MessageDelivery { index: *index, delivery: sessions::delivery(delivery) }];
            let session = Link::new(base, dialect.collection, Id::print(contact));
            told(&Notification::DeliveriesUpdated(DeliveriesUpdated {
                dialect,
                session,
                deliveries: &deliveries,
            }))
        }
        Notice::Channels { channels, .. } => {
            let channels: Vec<_> = channels
                .iter()
                .map(|(channel, open)| agents::channel_state(*channel, open.as_ref(), None))
                .collect();
            told(&Notification::ChannelStatesChanged(ChannelStatesChanged { channels: &channels }))
        }
        Notice::Devices { devices, .. } => {
            let devices: Vec<_> = devices.iter().map(|view| Telephone::from(view).own(place)).collect();
            told(&Notification::DeviceStatesChanged(DeviceStatesChanged { devices: &devices }))
        }
        Notice::Call { change, view, .. } => {
            let call = calls::call(view, place);
            told(&Notification::CallStateChanged(calls::changed(*change, view, &call)))
        }
        Notice::TextWaiting(_) | Notice::Lines(_) | Notice::Digits { .. } | Notice::SignInsVoid { .. } => {
            None
        }
    }
}

/// The push event that something asked of a telephone failed.
pub fn device_failed(device: DeviceId, message: &str, base: &str) -> Option<News> {
    let device = Link::new(base, "devices", Id::print(&device));
    told(&Notification::DeviceFailed(DeviceFailed { device, error_message: Some(message.into()) }))
}

fn told(notification: &Notification<'_>) -> Option<News> {
    Some(News { topic: notification.topic(), event: Bytes::from(notification.to_event()) })
}
