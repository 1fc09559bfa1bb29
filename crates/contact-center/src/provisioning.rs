//! What administrators change: who may, what is checked, what follows from it.

mod change;
mod devices;
mod own_settings;
mod people;
mod queues;

use std::collections::{BTreeMap, BTreeSet};

pub use change::{Change, DeviceChange, GroupChange, Member, QueueChange, SkillChange, UserChange};

use crate::ContactCenter;
use crate::channel::Channel;
use crate::directory::{AgentState, FEATURES, PROVISIONING_WRITE, Queue};
use crate::event::Event;
use crate::ids::{ContactCenterId, DeviceId, GroupId, GroupNumber, QueueId, SkillId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::people::Role;
use crate::refusal::Refusal;
use queues::INTERNAL_NUMBERS;

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
            Change::SetQueueSkill(queue, skill, level) => self.set_queue_skill(*queue, *skill, *level),
            Change::DeleteQueue(id) => self.delete_queue(*id),
            Change::CreateGroup(kind, new) => {
                self.keep_group(None, GroupId { kind: *kind, number: GroupNumber(id) }, new)
            }
            Change::ChangeGroup(id, new) => {
                self.keep_group(Some(self.groups.get(id).ok_or(Refusal::UnknownGroup)?), *id, new)
            }
            Change::SetGroupMember(group, member, belongs) => {
                self.set_group_member(*group, *member, *belongs)
            }
            Change::DeleteGroup(id) => {
                self.groups.get(id).ok_or(Refusal::UnknownGroup)?;
                Ok(vec![Event::GroupDeleted(*id)])
            }
            Change::Suppress(requests) => self.suppress(requests, moment.now),
            Change::Unsuppress(number) => self.unsuppress(number),
            Change::KeepKeywords(families) => self.keep_keywords(families),
            _ => self.provision_settings(change),
        }
    }

    /// Whether the caller may make this change: administrators every one, users those to
    /// themselves, supervisors those to the skills of their agents.
    fn may_change(&self, by: Option<UserId>, change: &Change) -> Result<(), Refusal> {
        let Some(by) = by else { return Ok(()) };
        let own = match change {
            Change::ChangeOwnPassword(_) => true,
            Change::CreateCustomGroup { owner, .. }
            | Change::DeleteCustomGroup(owner, _)
            | Change::KeepCustomEntry { owner, .. }
            | Change::DeleteCustomEntry { owner, .. } => *owner == Some(by),
            _ => false,
        };
        if own {
            return self.user(by).map(|_| ());
        }
        // Whoever watches over conversations also keeps customers from being texted.
        if matches!(change, Change::Suppress(_) | Change::Unsuppress(_))
            && self.require(by, Role::Supervisor).is_ok()
        {
            return Ok(());
        }
        // Without the feature an administrator could not give it back.
        if !matches!(change, Change::SwitchFeature(..)) {
            self.require_feature(PROVISIONING_WRITE)?;
        }
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
                keywords: BTreeSet::new(),
                skills: BTreeMap::new(),
                is_default: true,
            }));
        }
        events.extend(self.keep_user(None, UserId(moment.random[0]), administrator)?);
        Ok(events)
    }
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
