//! The directory: users and queues as somebody who wants to reach them sees them.

use std::borrow::Cow;

use contact_center::directory::Queue;
use contact_center::people::User;
use contact_center::{ContactCenter, GroupKind};
use public_api::resources::{
    self as wire, Availability, ChannelAvailability, Contact, ContactPhoneNumber, ContactType, Id, Link,
};

use super::{Source, users, words};

pub fn of_user<'a>(source: Source<'a>, user: &'a User) -> Contact<'a> {
    let center = source.center;
    let link = Link::new(source.base, "contacts", Id::print(&user.id));
    let numbers: Vec<_> = center.devices_of(user.id).map(|device| number(&device.phone_number)).collect();
    let roles: Vec<wire::Role> = user.roles.iter().copied().map(words::role).collect();
    Contact {
        id: Id::print(&user.id),
        name: Cow::Borrowed(&user.user_name),
        r#type: ContactType::User,
        phone_numbers: Some(numbers).filter(|numbers| !numbers.is_empty()),
        user_name: Some(Cow::Borrowed(&user.user_name)),
        first_name: Some(Cow::Borrowed(&user.first_name)),
        last_name: Some(Cow::Borrowed(&user.last_name)),
        employee_id: Some(Cow::Borrowed(&user.user_name)),
        email_address: Some(Cow::Borrowed(&user.email_address)),
        availability: availability(center, user),
        business_units: Some(business_units(center, user)),
        roles: Some(Cow::Owned(roles)),
        uri: link.uri(),
        path: link.path(),
    }
}

pub fn of_queue<'a>(source: Source<'a>, queue: &'a Queue) -> Contact<'a> {
    let link = Link::new(source.base, "contacts", Id::print(&queue.id));
    Contact {
        id: Id::print(&queue.id),
        name: Cow::Borrowed(&queue.name),
        r#type: ContactType::Queue,
        phone_numbers: queue.phone_number.as_deref().map(|one| vec![number(one)]),
        user_name: None,
        first_name: None,
        last_name: None,
        employee_id: None,
        email_address: None,
        availability: None,
        business_units: None,
        roles: None,
        uri: link.uri(),
        path: link.path(),
    }
}

fn number(number: &str) -> ContactPhoneNumber<'_> {
    ContactPhoneNumber {
        phone_number: Cow::Borrowed(number),
        description: Cow::Borrowed(""),
        switch_name: Cow::Borrowed(""),
    }
}

/// By which channels a user can be reached; nothing for those who work on none.
fn availability<'a>(center: &'a ContactCenter, user: &User) -> Option<Availability<'a>> {
    let open = center.channels_of(user.id)?;
    let channels = open.iter().map(|(channel, open)| {
        let shown = users::channel_of(center, user.id, *channel);
        ChannelAvailability {
            channel: shown.channel,
            available: open.is_ready(),
            phone_number: shown.phone_number,
            user_activity: shown.user_activity,
            user_state: Some(shown.user_state),
        }
    });
    Some(Availability { channels: channels.collect() })
}

fn business_units<'a>(center: &'a ContactCenter, user: &User) -> Vec<Cow<'a, str>> {
    let units = center.groups().values().filter(|group| group.id.kind == GroupKind::BusinessUnit);
    units.filter(|unit| unit.users.contains(&user.id)).map(|unit| Cow::Borrowed(unit.name.as_str())).collect()
}
