//! What administrators change: who may, what is checked, what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::ContactCenter;
use crate::channel::Channel;
use crate::directory::{
    AgentState, CustomGroup, Device, FEATURES, Group, PROVISIONING_WRITE, Queue, Readiness, Skill,
};
use crate::event::Event;
use crate::ids::{ContactCenterId, DeviceId, GroupId, GroupKind, GroupNumber, QueueId, SkillId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::people::{PasswordHash, Role, User};
use crate::refusal::Refusal;
use crate::settings::SettingName;

/// A change. Fields that are absent stay as they are; on creation they take their first value.
#[derive(Debug, Clone)]
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
    /// A queue goes.
    DeleteQueue(QueueId),
    /// A new group.
    CreateGroup(GroupKind, GroupChange),
    /// Something about a group.
    ChangeGroup(GroupId, GroupChange),
    /// A group goes.
    DeleteGroup(GroupId),
    /// A feature is switched.
    SwitchFeature(String, bool),
    /// A setting takes a value.
    SetSetting(SettingName, i64),
    /// Dispositions are kept under this key.
    SetDispositionKey(String),
    /// An agent state, new or changed, known by its operation name.
    KeepState(AgentState),
    /// An agent state goes.
    DeleteState(String),
    /// A client's own group of settings, new or changed; of one user or of all.
    KeepCustomGroup(Option<UserId>, CustomGroup),
    /// It goes.
    DeleteCustomGroup(Option<UserId>, String),
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

/// The numbers of internal queues.
const INTERNAL_NUMBERS: std::ops::RangeInclusive<u32> = 4_000..=9_999;

impl ContactCenter {
    /// Whether the contact center has a feature.
    ///
    /// # Errors
    /// [`Refusal::FeatureMissing`] if not.
    pub fn require_feature(&self, feature: &'static str) -> Result<(), Refusal> {
        if self.features.contains(feature) { Ok(()) } else { Err(Refusal::FeatureMissing(feature)) }
    }

    pub(crate) fn provision(
        &self,
        by: Option<UserId>,
        change: &Change,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.may_change(by, change)?;
        let id = moment.random[0];
        match change {
            Change::Found { id, name, administrator } => self.found(*id, name, administrator, moment),
            Change::CreateUser(new) => self.keep_user(None, UserId(id), new),
            Change::ChangeUser(id, new) => self.keep_user(Some(self.user(*id)?), *id, new),
            Change::ChangeOwnPassword(password) => {
                let own = by.ok_or(Refusal::UnknownUser)?;
                let new = UserChange {
                    password: Some(password.clone()),
                    must_change_password: Some(false),
                    ..UserChange::default()
                };
                self.keep_user(Some(self.user(own)?), own, &new)
            }
            Change::DeleteUser(id) => self.delete_user(by, *id, moment),
            Change::SetSkill(user, skill, level) => self.set_skill(*user, *skill, *level),
            Change::CreateDevice(new) => self.keep_device(None, DeviceId(id), new),
            Change::ChangeDevice(id, new) => {
                let device = self.devices.get(id).ok_or(Refusal::UnknownDevice)?;
                self.keep_device(Some(device), *id, new)
            }
            Change::DeleteDevice(id) => self.delete_device(*id),
            Change::AssignDevice(id, owner) => self.assign_device(*id, *owner),
            Change::CreateSkill(new) => self.keep_skill(None, SkillId(id), new),
            Change::ChangeSkill(id, new) => {
                self.keep_skill(Some(self.skills.get(id).ok_or(Refusal::UnknownSkill)?), *id, new)
            }
            Change::DeleteSkill(id) => self.delete_skill(*id),
            Change::CreateQueue(channel, new) => self.keep_queue(None, QueueId(id), *channel, new),
            Change::ChangeQueue(id, new) => {
                let queue = self.queues.get(id).ok_or(Refusal::UnknownQueue)?;
                self.keep_queue(Some(queue), *id, queue.channel, new)
            }
            Change::DeleteQueue(id) => self.delete_queue(*id),
            Change::CreateGroup(kind, new) => {
                self.keep_group(None, GroupId { kind: *kind, number: GroupNumber(id) }, new)
            }
            Change::ChangeGroup(id, new) => {
                self.keep_group(Some(self.groups.get(id).ok_or(Refusal::UnknownGroup)?), *id, new)
            }
            Change::DeleteGroup(id) => {
                self.groups.get(id).ok_or(Refusal::UnknownGroup)?;
                Ok(vec![Event::GroupDeleted(*id)])
            }
            _ => self.provision_settings(change),
        }
    }

    fn provision_settings(&self, change: &Change) -> Result<Vec<Event>, Refusal> {
        match change {
            Change::SwitchFeature(feature, on) => {
                FEATURES.iter().find(|known| known.id == feature).ok_or(Refusal::UnknownFeature)?;
                Ok(vec![Event::FeatureSwitched { feature: feature.clone(), on: *on }])
            }
            Change::SetSetting(name, value) => {
                let definition = name.definition();
                if !(definition.least..=definition.greatest).contains(value) {
                    let allowed = format!("{} to {}", definition.least, definition.greatest);
                    return Err(Refusal::OutOfRange { parameter: "value", allowed });
                }
                Ok(vec![Event::SettingChanged(*name, *value)])
            }
            Change::SetDispositionKey(key) => {
                checked_name("value", Some(key), "")?;
                Ok(vec![Event::DispositionKeyChanged(key.clone())])
            }
            Change::KeepState(state) => self.keep_state(state),
            Change::DeleteState(operation) => {
                if self.state_entered_by(operation).is_none() {
                    return Err(Refusal::UnknownState);
                }
                if is_built_in(operation) {
                    return Err(Refusal::Unchangeable("built-in agent state"));
                }
                Ok(vec![Event::StateDeleted(operation.clone())])
            }
            Change::KeepCustomGroup(owner, group) => self.keep_custom_group(*owner, group),
            Change::DeleteCustomGroup(owner, name) => {
                self.custom_group(*owner, name).ok_or(Refusal::UnknownSetting)?;
                Ok(vec![Event::CustomGroupDeleted(*owner, name.clone())])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether the caller may make this change: administrators every one, users those to
    /// themselves, supervisors those to the skills of their agents.
    fn may_change(&self, by: Option<UserId>, change: &Change) -> Result<(), Refusal> {
        let Some(by) = by else { return Ok(()) };
        let own = match change {
            Change::ChangeOwnPassword(_) => true,
            Change::KeepCustomGroup(Some(owner), _) | Change::DeleteCustomGroup(Some(owner), _) => {
                *owner == by
            }
            _ => false,
        };
        if own {
            return self.user(by).map(|_| ());
        }
        self.require_feature(PROVISIONING_WRITE)?;
        match change {
            Change::SetSkill(user, ..) if self.require(by, Role::Admin).is_err() => {
                self.may_supervise(by, *user)
            }
            _ => self.require(by, Role::Admin).map(|_| ()),
        }
    }

    fn found(
        &self,
        id: ContactCenterId,
        name: &str,
        administrator: &UserChange,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        checked_name("name", Some(name), "")?;
        let mut events = vec![Event::Founded { id, name: name.to_owned(), at: moment.now }];
        let features = FEATURES.iter().filter(|feature| feature.assigned_first);
        events.extend(
            features.map(|feature| Event::FeatureSwitched { feature: feature.id.to_owned(), on: true }),
        );
        events.extend(AgentState::built_in().into_iter().map(Event::StateKept));
        for (number, channel) in Channel::ALL.into_iter().enumerate() {
            let name = match channel {
                Channel::Voice => "Calls",
                Channel::Chat => "Chats",
                Channel::Sms => "Texts",
            };
            let internal_number = INTERNAL_NUMBERS.start() + u32::try_from(number).unwrap_or(0);
            events.push(Event::QueueKept(Queue {
                id: QueueId(moment.random[1] ^ number as u128),
                name: name.to_owned(),
                description: "Where everything goes that has no queue of its own".to_owned(),
                channel,
                phone_number: (channel == Channel::Voice).then(|| format!("{internal_number:05}")),
                internal: true,
                skills: BTreeMap::new(),
                is_default: true,
            }));
        }
        events.extend(self.keep_user(None, UserId(moment.random[0]), administrator)?);
        Ok(events)
    }

    fn keep_user(&self, old: Option<&User>, id: UserId, new: &UserChange) -> Result<Vec<Event>, Refusal> {
        check_count("users", self.users.len(), limits::USERS, old.is_none())?;
        let user_name =
            checked_name("userName", new.user_name.as_deref(), old.map_or("", |old| &old.user_name))?;
        if self.user_named(&user_name).is_some_and(|other| other.id != id) {
            return Err(Refusal::AlreadyExists { what: "user", name: user_name });
        }
        let first_name =
            checked_name("firstName", new.first_name.as_deref(), old.map_or("", |old| &old.first_name))?;
        let last_name =
            checked_name("lastName", new.last_name.as_deref(), old.map_or("", |old| &old.last_name))?;
        let mut roles = match (&new.roles, old) {
            (Some(roles), _) => roles.clone(),
            (None, Some(old)) => old.roles.clone(),
            (None, None) => return Err(Refusal::Missing("roles")),
        };
        roles.sort_unstable();
        roles.dedup();
        let password = new.password.clone().or_else(|| old.map(|old| old.password.clone()));
        let version = old.map_or(0, |old| old.password_version) + u32::from(new.password.is_some());
        Ok(vec![Event::UserKept(Box::new(User {
            id,
            user_name,
            first_name,
            last_name,
            email_address: or_old(&new.email_address, old.map(|old| &old.email_address)),
            roles,
            enabled: new.enabled.or(old.map(|old| old.enabled)).unwrap_or(true),
            must_change_password: new
                .must_change_password
                .or(old.map(|old| old.must_change_password))
                .unwrap_or(false),
            password: password.ok_or(Refusal::Missing("password"))?,
            password_version: version,
            skills: old.map(|old| old.skills.clone()).unwrap_or_default(),
        }))])
    }

    fn delete_user(&self, by: Option<UserId>, id: UserId, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        self.user(id)?;
        if by == Some(id) {
            return Err(Refusal::Unchangeable("the administrator's own account"));
        }
        let mut events = self.close_channels(id, moment)?;
        for (agent, subscriptions) in &self.subscriptions {
            for one in subscriptions.iter().filter(|one| *agent == id || one.supervisor == id) {
                let (channel, supervisor) = (one.channel, one.supervisor);
                events.push(Event::MonitoringEnded { agent: *agent, channel, supervisor });
            }
        }
        for device in self.devices_of(id) {
            events.push(Event::DeviceKept(Device { owner: None, ..device.clone() }));
        }
        for group in self.groups.values() {
            if group.users.contains(&id) || group.supervisors.contains(&id) {
                let mut group = group.clone();
                group.users.remove(&id);
                group.supervisors.remove(&id);
                events.push(Event::GroupKept(group));
            }
        }
        events.push(Event::UserDeleted(id));
        Ok(events)
    }

    fn set_skill(&self, user: UserId, skill: SkillId, level: Option<u32>) -> Result<Vec<Event>, Refusal> {
        let mut user = self.user(user)?.clone();
        self.skills.get(&skill).ok_or(Refusal::UnknownSkill)?;
        match level {
            Some(level) => drop(user.skills.insert(skill, level)),
            None => {
                user.skills.remove(&skill).ok_or(Refusal::UnknownSkill)?;
            }
        }
        Ok(vec![Event::UserKept(Box::new(user))])
    }

    fn keep_device(
        &self,
        old: Option<&Device>,
        id: DeviceId,
        new: &DeviceChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("devices", self.devices.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let number = checked_name(
            "phoneNumber",
            new.phone_number.as_deref(),
            old.map_or("", |old| &old.phone_number),
        )?;
        if self.devices.values().any(|other| other.phone_number == number && other.id != id) {
            return Err(Refusal::AlreadyInUse("phoneNumber"));
        }
        if let Some(owner) = new.owner {
            self.user(owner)?;
        }
        Ok(vec![Event::DeviceKept(Device {
            id,
            phone_number: number,
            description: or_old(&new.description, old.map(|old| &old.description)),
            location: or_old(&new.location, old.map(|old| &old.location)),
            kind: or_old(&new.kind, old.map(|old| &old.kind)),
            owner: new.owner.or(old.and_then(|old| old.owner)),
            do_not_disturb: new.do_not_disturb.or(old.map(|old| old.do_not_disturb)).unwrap_or(false),
        })])
    }

    fn delete_device(&self, id: DeviceId) -> Result<Vec<Event>, Refusal> {
        let device = self.devices.get(&id).ok_or(Refusal::UnknownDevice)?;
        self.not_in_use(device)?;
        Ok(vec![Event::DeviceDeleted(id)])
    }

    fn assign_device(&self, id: DeviceId, owner: Option<UserId>) -> Result<Vec<Event>, Refusal> {
        let device = self.devices.get(&id).ok_or(Refusal::UnknownDevice)?;
        if device.owner == owner {
            return Ok(Vec::new());
        }
        self.not_in_use(device)?;
        if let Some(owner) = owner
            && !self.user(owner)?.is(Role::Agent)
        {
            return Err(Refusal::RoleMissing(Role::Agent));
        }
        Ok(vec![Event::DeviceKept(Device { owner, ..device.clone() })])
    }

    /// A device cannot be taken from under an agent who works with it.
    fn not_in_use(&self, device: &Device) -> Result<(), Refusal> {
        let voice = device.owner.and_then(|owner| self.channel_of(owner, Channel::Voice));
        if voice.is_some_and(|open| open.device == Some(device.id)) {
            return Err(Refusal::AlreadyInUse("device"));
        }
        Ok(())
    }

    fn keep_skill(&self, old: Option<&Skill>, id: SkillId, new: &SkillChange) -> Result<Vec<Event>, Refusal> {
        check_count("skills", self.skills.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        if self.skills.values().any(|other| other.name == name && other.id != id) {
            return Err(Refusal::AlreadyExists { what: "skill", name });
        }
        let description = or_old(&new.description, old.map(|old| &old.description));
        Ok(vec![Event::SkillKept(Skill { id, name, description })])
    }

    fn delete_skill(&self, id: SkillId) -> Result<Vec<Event>, Refusal> {
        self.skills.get(&id).ok_or(Refusal::UnknownSkill)?;
        if self.queues.values().any(|queue| queue.skills.contains_key(&id)) {
            return Err(Refusal::AlreadyInUse("skill"));
        }
        let mut events = Vec::new();
        for user in self.users.values().filter(|user| user.skills.contains_key(&id)) {
            let mut user = user.clone();
            user.skills.remove(&id);
            events.push(Event::UserKept(Box::new(user)));
        }
        for group in self.groups.values().filter(|group| group.skills.contains(&id)) {
            let mut group = group.clone();
            group.skills.remove(&id);
            events.push(Event::GroupKept(group));
        }
        events.push(Event::SkillDeleted(id));
        Ok(events)
    }

    fn keep_queue(
        &self,
        old: Option<&Queue>,
        id: QueueId,
        channel: Channel,
        new: &QueueChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("queues", self.queues.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        if self.queues.values().any(|other| other.channel == channel && other.name == name && other.id != id)
        {
            return Err(Refusal::AlreadyExists { what: "queue", name });
        }
        let skills = new.skills.clone().or_else(|| old.map(|old| old.skills.clone())).unwrap_or_default();
        if skills.keys().any(|skill| !self.skills.contains_key(skill)) {
            return Err(Refusal::UnknownSkill);
        }
        let internal = new.internal || old.is_some_and(|old| old.internal);
        let phone_number = match (&new.phone_number, old) {
            (Some(_), _) if new.internal => {
                let allowed = "either phoneNumber or internal, not both".to_owned();
                return Err(Refusal::OutOfRange { parameter: "phoneNumber", allowed });
            }
            (Some(number), _) => Some(self.free_number(number, id)?),
            (None, Some(old)) => old.phone_number.clone(),
            (None, None) if internal => Some(self.internal_number()?),
            (None, None) if channel == Channel::Voice => return Err(Refusal::Missing("phoneNumber")),
            (None, None) => None,
        };
        let description = or_old(&new.description, old.map(|old| &old.description));
        let is_default = old.is_some_and(|old| old.is_default);
        Ok(vec![Event::QueueKept(Queue {
            id,
            name,
            description,
            channel,
            phone_number,
            internal,
            skills,
            is_default,
        })])
    }

    fn free_number(&self, number: &str, of: QueueId) -> Result<String, Refusal> {
        let number = checked_name("phoneNumber", Some(number), "")?;
        let taken = |queue: &&Queue| queue.phone_number.as_ref() == Some(&number) && queue.id != of;
        if self.queues.values().any(|queue| taken(&queue)) {
            return Err(Refusal::AlreadyInUse("phoneNumber"));
        }
        Ok(number)
    }

    fn internal_number(&self) -> Result<String, Refusal> {
        let taken: BTreeSet<&str> =
            self.queues.values().filter_map(|queue| queue.phone_number.as_deref()).collect();
        INTERNAL_NUMBERS
            .map(|number| format!("{number:05}"))
            .find(|number| !taken.contains(number.as_str()))
            .ok_or(Refusal::LimitReached { of: "internal queue numbers", limit: INTERNAL_NUMBERS.count() })
    }

    fn delete_queue(&self, id: QueueId) -> Result<Vec<Event>, Refusal> {
        let queue = self.queues.get(&id).ok_or(Refusal::UnknownQueue)?;
        if queue.is_default {
            return Err(Refusal::Unchangeable("default queue"));
        }
        if self
            .contacts
            .values()
            .any(|contact| contact.origin == id && !matches!(contact.stage, crate::contact::Stage::Ended(_)))
        {
            return Err(Refusal::AlreadyInUse("queue"));
        }
        let mut events = Vec::new();
        for group in self.groups.values().filter(|group| group.queues.contains(&id)) {
            let mut group = group.clone();
            group.queues.remove(&id);
            events.push(Event::GroupKept(group));
        }
        events.push(Event::QueueDeleted(id));
        Ok(events)
    }

    fn keep_group(&self, old: Option<&Group>, id: GroupId, new: &GroupChange) -> Result<Vec<Event>, Refusal> {
        check_count("groups", self.groups.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let name = checked_name("name", new.name.as_deref(), old.map_or("", |old| &old.name))?;
        let twin = |other: &&Group| other.id.kind == id.kind && other.name == name && other.id != id;
        if self.groups.values().any(|other| twin(&other)) {
            return Err(Refusal::AlreadyExists { what: "group", name });
        }
        let group = Group {
            id,
            name,
            users: new.users.clone().or_else(|| old.map(|old| old.users.clone())).unwrap_or_default(),
            supervisors: new
                .supervisors
                .clone()
                .or_else(|| old.map(|old| old.supervisors.clone()))
                .unwrap_or_default(),
            skills: new.skills.clone().or_else(|| old.map(|old| old.skills.clone())).unwrap_or_default(),
            queues: new.queues.clone().or_else(|| old.map(|old| old.queues.clone())).unwrap_or_default(),
            dispositions: new
                .dispositions
                .clone()
                .or_else(|| old.map(|old| old.dispositions.clone()))
                .unwrap_or_default(),
            is_default: new.is_default.or(old.map(|old| old.is_default)).unwrap_or(false),
        };
        if group.users.iter().chain(&group.supervisors).any(|user| !self.users.contains_key(user)) {
            return Err(Refusal::UnknownUser);
        }
        if group.skills.iter().any(|skill| !self.skills.contains_key(skill)) {
            return Err(Refusal::UnknownSkill);
        }
        if group.queues.iter().any(|queue| !self.queues.contains_key(queue)) {
            return Err(Refusal::UnknownQueue);
        }
        Ok(vec![Event::GroupKept(group)])
    }

    fn keep_state(&self, state: &AgentState) -> Result<Vec<Event>, Refusal> {
        checked_name("operationName", Some(&state.operation_name), "")?;
        checked_name("displayName", Some(&state.display_name), "")?;
        if is_built_in(&state.operation_name) {
            return Err(Refusal::Unchangeable("built-in agent state"));
        }
        if state.readiness == Readiness::LoggedOut {
            let allowed = "Ready, NotReady".to_owned();
            return Err(Refusal::OutOfRange { parameter: "state", allowed });
        }
        let twin = |other: &&AgentState| {
            other.id.eq_ignore_ascii_case(&state.id) && other.operation_name != state.operation_name
        };
        if self.states.iter().any(|other| twin(&other)) {
            return Err(Refusal::AlreadyExists { what: "agent state", name: state.id.clone() });
        }
        check_count("agent states", self.states.len(), limits::SETTING_ENTRIES, true)?;
        Ok(vec![Event::StateKept(state.clone())])
    }

    /// A client's own group of settings, of one user or of all.
    pub fn custom_group(&self, owner: Option<UserId>, name: &str) -> Option<&CustomGroup> {
        self.custom_groups(owner).find(|group| group.name == name)
    }

    fn keep_custom_group(&self, owner: Option<UserId>, group: &CustomGroup) -> Result<Vec<Event>, Refusal> {
        if let Some(owner) = owner {
            self.user(owner)?;
        }
        checked_name("name", Some(&group.name), "")?;
        checked_name("key", Some(&group.key), "")?;
        let is_new = self.custom_group(owner, &group.name).is_none();
        check_count(
            "groups of settings",
            self.custom_groups(owner).count(),
            limits::SETTING_ENTRIES,
            is_new,
        )?;
        check_count(
            "entries of a group of settings",
            group.entries.len(),
            limits::SETTING_ENTRIES + 1,
            true,
        )?;
        if group.entries.values().any(|entry| entry.len() > limits::SETTING_BYTES) {
            let allowed = format!("at most {} bytes an entry", limits::SETTING_BYTES);
            return Err(Refusal::OutOfRange { parameter: "settings", allowed });
        }
        Ok(vec![Event::CustomGroupKept(owner, group.clone())])
    }
}

fn is_built_in(operation: &str) -> bool {
    AgentState::built_in().iter().any(|state| state.operation_name == operation)
}

fn or_old(new: &Option<String>, old: Option<&String>) -> String {
    new.as_ref().or(old).cloned().unwrap_or_default()
}

/// A name that must not be empty: the new one, or the old one.
fn checked_name(parameter: &'static str, new: Option<&str>, old: &str) -> Result<String, Refusal> {
    let name = new.unwrap_or(old);
    if name.trim().is_empty() {
        return Err(Refusal::Missing(parameter));
    }
    if name.len() > limits::NAME_BYTES || name.chars().any(char::is_control) {
        let allowed = format!("at most {} bytes, no control characters", limits::NAME_BYTES);
        return Err(Refusal::OutOfRange { parameter, allowed });
    }
    Ok(name.to_owned())
}

fn check_count(of: &'static str, count: usize, limit: usize, grows: bool) -> Result<(), Refusal> {
    if grows && count >= limit { Err(Refusal::LimitReached { of, limit }) } else { Ok(()) }
}
