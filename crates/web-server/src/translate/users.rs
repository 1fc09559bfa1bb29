//! Users, with what is embedded in them on demand.

use std::borrow::Cow;

use contact_center::Channel;
use contact_center::calls::CallView;
use contact_center::contact::Contact;
use contact_center::directory::CustomGroup;
use contact_center::notice::ContactView;
use contact_center::people::User;
use contact_center::{ContactCenter, UserId};
use public_api::Query;
use public_api::resources::{
    self as wire, ChannelState, Device, Id, Link, Sessions, SettingsBySection, SettingsSection,
};
use serde_json::Value;

use super::telephones::Telephone;
use super::{Source, agents, calls, directory, sessions, words};

/// What a reader may know of a user's sessions.
#[derive(Clone, Copy)]
pub enum Involvement<'a> {
    /// Nothing.
    Hidden,
    /// One's own, whole, and one's own calls.
    Own(&'a [ContactView], &'a [CallView]),
    /// Those of an agent that a supervisor may enter.
    Supervised(&'a [&'a Contact]),
}

/// A user with the wanted subresources.
pub fn user<'a>(
    source: Source<'a>,
    user: &'a User,
    query: &Query,
    involvement: Involvement<'a>,
) -> wire::User<'a> {
    let wants = |name: &str| query.wants_subresource(name);
    let link = Link::new(source.base, "users", Id::print(&user.id));
    let channels = Some(channels_of(source.center, user.id)).filter(|all| !all.is_empty());
    let roles: Vec<wire::Role> = user.roles.iter().copied().map(words::role).collect();
    let sessions = |channel: Channel, name: &str| {
        Some(channel)
            .filter(|_| wants(name))
            .and_then(|channel| sessions_on(source, channel, user.id, involvement))
    };
    wire::User {
        id: Id::print(&user.id),
        user_name: Cow::Borrowed(&user.user_name),
        first_name: Cow::Borrowed(&user.first_name),
        last_name: Cow::Borrowed(&user.last_name),
        email_address: Cow::Borrowed(&user.email_address),
        roles: Cow::Owned(roles),
        enabled: user.enabled,
        change_password_on_first_login: user.must_change_password,
        devices: wants("devices").then(|| devices_of(source, user.id)),
        channel_states: channels.clone().filter(|_| wants("channels")),
        channels: channels.filter(|_| wants("channels")),
        features: wants("features").then(|| directory::features(source)),
        skills: wants("skills").then(|| directory::skills_of(source, user)),
        groups: wants("groups").then(|| directory::groups_of(source, user.id)),
        chats: sessions(Channel::Chat, "chats"),
        smssessions: sessions(Channel::Sms, "smssessions"),
        interactions: own_sessions(source, user.id, involvement).filter(|_| wants("interactions")),
        calls: own_calls(source, involvement).filter(|_| wants("calls")),
        settings: wants("settings").then(|| settings_of(source.center, user.id)),
        contact_center_id: Id::print(&source.center.id().unwrap_or(contact_center::ContactCenterId(0))),
        uri: link.uri(),
        path: link.path(),
    }
}

fn sessions_on<'a>(
    source: Source<'a>,
    channel: Channel,
    viewer: UserId,
    involvement: Involvement<'a>,
) -> Option<Sessions<'a>> {
    let dialect = words::dialect(channel)?;
    Some(match involvement {
        Involvement::Hidden => return None,
        Involvement::Own(views, _) => Sessions::Own(
            views
                .iter()
                .filter(|view| view.channel == channel)
                .map(|view| sessions::session_read(dialect, view, viewer, source.base))
                .collect(),
        ),
        Involvement::Supervised(contacts) => Sessions::Supervised(
            contacts
                .iter()
                .filter(|contact| contact.channel == channel)
                .map(|contact| sessions::supervised(dialect, contact, source.base))
                .collect(),
        ),
    })
}

/// One's own sessions of every channel.
fn own_sessions<'a>(
    source: Source<'a>,
    viewer: UserId,
    involvement: Involvement<'a>,
) -> Option<Vec<wire::Interaction<'a>>> {
    let Involvement::Own(views, _) = involvement else { return None };
    let session = |view: &'a ContactView| {
        words::dialect(view.channel).map(|dialect| sessions::session_read(dialect, view, viewer, source.base))
    };
    Some(views.iter().filter_map(session).collect())
}

fn own_calls<'a>(source: Source<'a>, involvement: Involvement<'a>) -> Option<Vec<wire::Call<'a>>> {
    let Involvement::Own(_, views) = involvement else { return None };
    Some(views.iter().map(|view| calls::call(view, source.place())).collect())
}

/// A user's telephones, as the user sees them.
pub fn devices_of<'a>(source: Source<'a>, user: UserId) -> Vec<Device<'a>> {
    telephones_of(source, user).map(|one| one.own(source.place())).collect()
}

/// A user's telephones.
pub fn telephones_of<'a>(source: Source<'a>, user: UserId) -> impl Iterator<Item = Telephone<'a>> {
    source.center.devices_of(user).map(move |device| Telephone::of(source.center, device))
}

/// The channels that a user has open.
pub fn channels_of(center: &ContactCenter, user: UserId) -> Vec<ChannelState<'_>> {
    let open = center.channels_of(user).into_iter().flatten();
    open.map(|(channel, _)| channel_of(center, user, *channel)).collect()
}

/// One channel of a user, open or not.
pub fn channel_of(center: &ContactCenter, user: UserId, channel: Channel) -> ChannelState<'_> {
    let open = center.channel_of(user, channel);
    let device = open.and_then(|open| open.device).and_then(|id| center.devices().get(&id));
    agents::channel_state(channel, open, device.map(|device| device.phone_number.as_str()))
}

/// A user's own settings: the groups that were made for the user, as sections of texts.
pub fn settings_of(center: &ContactCenter, user: UserId) -> SettingsBySection<'_> {
    let groups = center.custom_groups(Some(user));
    SettingsBySection(groups.map(|group| (Cow::Borrowed(group.name.as_str()), section_of(group))).collect())
}

/// Entries of free form, as texts: the member `value` if there is one, else the whole entry.
fn section_of(group: &CustomGroup) -> SettingsSection<'_> {
    let text = |entry: &str| match serde_json::from_str::<Value>(entry).ok()?.get("value")? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    group
        .entries
        .iter()
        .map(|(key, entry)| {
            (Cow::Borrowed(key.as_str()), text(entry).map_or(Cow::Borrowed(entry.as_str()), Cow::Owned))
        })
        .collect()
}
