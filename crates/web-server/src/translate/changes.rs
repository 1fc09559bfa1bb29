//! Bodies that describe what a contact center is made of become changes.

use contact_center::Channel;
use contact_center::people::PasswordHash;
use contact_center::provisioning::{DeviceChange, GroupChange, QueueChange, SkillChange, UserChange};
use public_api::resources::{Role, TelephonyNetwork};
use public_api::{Arguments, Problem};

use super::words;

/// A user, but for the password, which has to be hashed first.
pub fn user(given: &Arguments, password: Option<PasswordHash>) -> UserChange {
    UserChange {
        user_name: owned(given, "userName"),
        first_name: owned(given, "firstName"),
        last_name: owned(given, "lastName"),
        email_address: owned(given, "emailAddress"),
        roles: given
            .words::<Role>("roles")
            .map(|roles| roles.into_iter().map(words::role_asked_for).collect()),
        enabled: given.optional_flag("enabled"),
        must_change_password: given.optional_flag("changePasswordOnFirstLogin"),
        password,
    }
}

/// A telephone, but for what its phones sign in with.
pub fn device(given: &Arguments) -> DeviceChange {
    DeviceChange {
        phone_number: owned(given, "phoneNumber"),
        description: owned(given, "description"),
        location: owned(given, "location"),
        kind: owned(given, "type"),
        is_public: is_public(given),
        ..DeviceChange::default()
    }
}

fn is_public(given: &Arguments) -> Option<bool> {
    given.word::<TelephonyNetwork>("telephonyNetwork").map(|network| network == TelephonyNetwork::Public)
}

/// A new device for a user, of the members that such a request has.
pub fn device_of_user(given: &Arguments, owner: contact_center::UserId) -> DeviceChange {
    DeviceChange {
        phone_number: owned(given, "phoneNumber"),
        description: owned(given, "description"),
        kind: owned(given, "type"),
        is_public: is_public(given),
        owner: Some(owner),
        ..DeviceChange::default()
    }
}

pub fn skill(given: &Arguments) -> SkillChange {
    SkillChange { name: owned(given, "name"), description: owned(given, "description") }
}

pub fn queue(given: &Arguments) -> QueueChange {
    QueueChange {
        name: owned(given, "name"),
        description: owned(given, "description"),
        phone_number: owned(given, "phoneNumber"),
        internal: given.flag("internal"),
        keywords: given.list("keywords").map(|words| words.iter().cloned().collect()),
        skills: None,
    }
}

/// The channel of a queue.
///
/// # Errors
/// No channel has this name.
pub fn queue_channel(given: &Arguments) -> Result<Channel, Problem> {
    let name = given.required_text("channel");
    words::channel_named(name).ok_or_else(|| Problem::not_allowed("channel", &words::CHANNELS))
}

pub fn group(given: &Arguments) -> GroupChange {
    GroupChange {
        name: owned(given, "name"),
        is_default: given.optional_flag("defaultGroup"),
        dispositions: given.list("dispositions").map(<[String]>::to_vec),
        ..GroupChange::default()
    }
}

fn owned(given: &Arguments, name: &str) -> Option<String> {
    given.text(name).map(str::to_owned)
}
