//! What a `targetUri` or `targetPath` points at.
//!
//! Only the last two path segments count. The host is never compared: clients reach us by names that we do
//! not know of.

use crate::word::{Word, words};

words! {
    /// The collections a target may be in.
    pub enum TargetKind {
        User = "users",
        Queue = "queues",
        Contact = "contacts",
        Device = "devices",
        Skill = "skills",
        Group = "groups",
        Call = "calls",
    }
}

/// Somebody or something that a request points at by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A user.
    User(String),
    /// A queue.
    Queue(String),
    /// An entry of the directory: a user or a queue.
    Contact(String),
    /// A device.
    Device(String),
    /// A skill.
    Skill(String),
    /// A group.
    Group(String),
    /// A call.
    Call(String),
}

impl Target {
    /// Takes the address apart; a URI, a path with or without the API's prefix, with or without `/me`.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        let (rest, id) = path.rsplit_once('/')?;
        let collection = rest.rsplit('/').next()?;
        Self::of(TargetKind::parse(collection)?, id)
    }

    /// What has this ID in the collection, if it can be one.
    #[must_use]
    pub fn of(kind: TargetKind, id: &str) -> Option<Self> {
        if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(is_id_byte) {
            return None;
        }
        let id = id.to_owned();
        Some(match kind {
            TargetKind::User => Self::User(id),
            TargetKind::Queue => Self::Queue(id),
            TargetKind::Contact => Self::Contact(id),
            TargetKind::Device => Self::Device(id),
            TargetKind::Skill => Self::Skill(id),
            TargetKind::Group => Self::Group(id),
            TargetKind::Call => Self::Call(id),
        })
    }

    /// The collection it is in.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::User(_) => TargetKind::User,
            Self::Queue(_) => TargetKind::Queue,
            Self::Contact(_) => TargetKind::Contact,
            Self::Device(_) => TargetKind::Device,
            Self::Skill(_) => TargetKind::Skill,
            Self::Group(_) => TargetKind::Group,
            Self::Call(_) => TargetKind::Call,
        }
    }

    /// The ID within its collection.
    #[must_use]
    pub fn id(&self) -> &str {
        let (Self::User(id)
        | Self::Queue(id)
        | Self::Contact(id)
        | Self::Device(id)
        | Self::Skill(id)
        | Self::Group(id)
        | Self::Call(id)) = self;
        id
    }
}

/// No ID of ours is longer.
pub const MAX_ID_BYTES: usize = 128;

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'@' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, target: Option<Target>) {
        assert_eq!(Target::parse(address), target, "{address}");
    }

    #[test]
    fn the_host_and_the_prefix_do_not_matter() {
        let user = || Some(Target::User("90cc".to_owned()));
        check("http://10.10.15.212:9090/api/v2/users/90cc", user());
        check("https://elsewhere.example/users/90cc/", user());
        check("/users/90cc", user());
        check("users/90cc", user());
        check("/api/v2/users/90cc?fields=*", user());
        check("http://h/api/v2/me/devices/d-1", Some(Target::Device("d-1".to_owned())));
    }

    #[test]
    fn what_points_at_nothing_is_no_target() {
        for address in
            ["", "/", "users", "/users/", "/users//", "/chats/7", "/users/a b", "/users/a%2Fb", "👩"]
        {
            check(address, None);
        }
        check(&format!("/users/{}", "x".repeat(MAX_ID_BYTES + 1)), None);
    }
}
