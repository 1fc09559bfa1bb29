//! What can be changed, as data.

use std::collections::{BTreeMap, BTreeSet};

use crate::calls::SipIdentity;
use crate::channel::Channel;
use crate::directory::AgentState;
use crate::ids::{ContactCenterId, DeviceId, GroupId, GroupKind, QueueId, SkillId, UserId};
use crate::people::{PasswordHash, Role};
use crate::settings::SettingName;
use crate::texting::{KeywordFamily, PhoneNumber, SuppressionRequest};

/// A change. Fields that are absent stay as they are; on creation they take their first value.
#[derive(Debug, Clone)]
#[expect(clippy::enum_variant_names, reason = "to change is what one does to a user")]
pub enum Change {
    /// The contact center begins, with one administrator.
    Found {
        /// Its ID.
        id: ContactCenterId,
        /// Its name, for people.
        name: String,
        /// The administrator.
        administrator: UserChange,
    },
    /// A new user.
    CreateUser(UserChange),
    /// Something about a user.
    ChangeUser(UserId, UserChange),
    /// One's own new password; the old one has been checked.
    ChangeOwnPassword(PasswordHash),
    /// A user goes.
    DeleteUser(UserId),
    /// A user's skill and level; absent: no longer.
    SetSkill(UserId, SkillId, Option<u32>),
    /// A new device.
    CreateDevice(DeviceChange),
    /// Something about a device.
    ChangeDevice(DeviceId, DeviceChange),
    /// A device goes.
    DeleteDevice(DeviceId),
    /// Who works with a device; absent: nobody.
    AssignDevice(DeviceId, Option<UserId>),
    /// A new skill.
    CreateSkill(SkillChange),
    /// Something about a skill.
    ChangeSkill(SkillId, SkillChange),
    /// A skill goes.
    DeleteSkill(SkillId),
    /// A new queue.
    CreateQueue(Channel, QueueChange),
    /// Something about a queue.
    ChangeQueue(QueueId, QueueChange),
    /// The level that a queue asks of a skill; absent: none any longer.
    SetQueueSkill(QueueId, SkillId, Option<u32>),
    /// A queue goes.
    DeleteQueue(QueueId),
    /// A new group.
    CreateGroup(GroupKind, GroupChange),
    /// Something about a group.
    ChangeGroup(GroupId, GroupChange),
    /// Whether something belongs to a group.
    SetGroupMember(GroupId, Member, bool),
    /// A group goes.
    DeleteGroup(GroupId),
    /// A feature is switched.
    SwitchFeature(String, bool),
    /// A setting takes a value.
    SetSetting(SettingName, i64),
    /// Dispositions are kept under this key.
    SetDispositionKey(String),
    /// Numbers that must not be texted.
    Suppress(Vec<SuppressionRequest>),
    /// A number that may be texted again.
    Unsuppress(PhoneNumber),
    /// The keywords of customers who text, all at once.
    KeepKeywords(Vec<KeywordFamily>),
    /// An agent state, new or changed, known by its operation name.
    KeepState(AgentState),
    /// An agent state goes.
    DeleteState(String),
    /// A client's own group of settings, without entries; of one user or of all.
    CreateCustomGroup {
        /// Whose it is; absent: everybody's.
        owner: Option<UserId>,
        /// Its name among the groups of its owner.
        name: String,
        /// For people.
        display_name: String,
        /// The member that tells entries apart.
        key: String,
    },
    /// It goes.
    DeleteCustomGroup(Option<UserId>, String),
    /// An entry of such a group, new or changed, by a caller who has looked at the group.
    KeepCustomEntry {
        /// Whose the group is; absent: everybody's.
        owner: Option<UserId>,
        /// The group's name.
        group: String,
        /// The member that tells the group's entries apart, as the caller saw it.
        member: String,
        /// What that member says in this entry.
        key: String,
        /// The entry as the caller saw it; absent: it is new.
        old: Option<String>,
        /// The entry as it shall be.
        new: String,
    },
    /// An entry of such a group goes.
    DeleteCustomEntry {
        /// Whose the group is; absent: everybody's.
        owner: Option<UserId>,
        /// The group's name.
        group: String,
        /// What tells the entry apart.
        key: String,
    },
}

/// What can belong to a group.
#[derive(Debug, Clone, Copy)]
pub enum Member {
    /// An agent.
    User(UserId),
    /// Somebody who supervises the agents.
    Supervisor(UserId),
    /// A skill.
    Skill(SkillId),
    /// A queue.
    Queue(QueueId),
}

/// What can be said of a user.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the members of the user, see `User`")]
pub struct UserChange {
    pub user_name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email_address: Option<String>,
    pub roles: Option<Vec<Role>>,
    pub enabled: Option<bool>,
    pub must_change_password: Option<bool>,
    pub password: Option<PasswordHash>,
}

/// What can be said of a device.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the members of the device, see `Device`")]
pub struct DeviceChange {
    pub phone_number: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub kind: Option<String>,
    pub do_not_disturb: Option<bool>,
    pub is_public: Option<bool>,
    /// How its phones sign in from now on.
    pub sip: Option<SipIdentity>,
    /// For whom it is created.
    pub owner: Option<UserId>,
}

/// What can be said of a skill.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the members of the skill, see `Skill`")]
pub struct SkillChange {
    pub name: Option<String>,
    pub description: Option<String>,
}

/// What can be said of a queue.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the members of the queue, see `Queue`")]
pub struct QueueChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub phone_number: Option<String>,
    pub internal: bool,
    pub keywords: Option<BTreeSet<String>>,
    pub skills: Option<BTreeMap<SkillId, u32>>,
}

/// What can be said of a group.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the members of the group, see `Group`")]
pub struct GroupChange {
    pub name: Option<String>,
    pub users: Option<BTreeSet<UserId>>,
    pub supervisors: Option<BTreeSet<UserId>>,
    pub skills: Option<BTreeSet<SkillId>>,
    pub queues: Option<BTreeSet<QueueId>>,
    pub dispositions: Option<Vec<String>>,
    pub is_default: Option<bool>,
}
