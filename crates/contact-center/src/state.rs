//! The state of a contact center and how events change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::agent::{OpenChannel, OpenChannels};
use crate::audience::Part;
use crate::calls::Telephony;
use crate::channel::Channel;
use crate::contact::{Contact, ContactEvent};
use crate::directory::{AgentState, CustomGroup, Device, Group, Queue, Skill};
use crate::event::Event;
use crate::ids::{ContactCenterId, ContactId, DeviceId, GroupId, QueueId, SkillId, UserId};
use crate::moment::Timestamp;
use crate::people::User;
use crate::settings::Settings;
use crate::subscription::Subscription;
use crate::tables::Tables;
use crate::texting::Texting;

/// A contact center.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ContactCenter {
    pub(crate) id: Option<ContactCenterId>,
    pub(crate) name: String,
    pub(crate) founded_at: Timestamp,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) devices: BTreeMap<DeviceId, Device>,
    pub(crate) skills: BTreeMap<SkillId, Skill>,
    pub(crate) queues: BTreeMap<QueueId, Queue>,
    pub(crate) groups: BTreeMap<GroupId, Group>,
    pub(crate) features: BTreeSet<String>,
    pub(crate) settings: Settings,
    pub(crate) states: Vec<AgentState>,
    shared_groups: Vec<CustomGroup>,
    own_groups: BTreeMap<UserId, Vec<CustomGroup>>,
    pub(crate) open_channels: BTreeMap<UserId, OpenChannels>,
    pub(crate) subscriptions: BTreeMap<UserId, Vec<Subscription>>,
    /// Shared, so that a snapshot of the state costs no copy of all that was said: a contact is copied when it changes
    /// while a snapshot has it.
    pub(crate) contacts: BTreeMap<ContactId, Arc<Contact>>,
    /// The rank of the next contact that queues up behind the others.
    pub(crate) next_rank: i64,
    #[serde(default)]
    pub(crate) texting: Texting,
    #[serde(default)]
    pub(crate) telephony: Telephony,

    /// Derived from all the above.
    #[serde(skip)]
    pub(crate) tables: Tables,
}

impl ContactCenter {
    /// Its ID; none before it was founded.
    pub fn id(&self) -> Option<ContactCenterId> {
        self.id
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its users by ID.
    pub fn users(&self) -> &BTreeMap<UserId, User> {
        &self.users
    }

    /// Its devices by ID.
    pub fn devices(&self) -> &BTreeMap<DeviceId, Device> {
        &self.devices
    }

    /// Its skills by ID.
    pub fn skills(&self) -> &BTreeMap<SkillId, Skill> {
        &self.skills
    }

    /// Its queues by ID.
    pub fn queues(&self) -> &BTreeMap<QueueId, Queue> {
        &self.queues
    }

    /// Its groups by ID.
    pub fn groups(&self) -> &BTreeMap<GroupId, Group> {
        &self.groups
    }

    /// The IDs of the features it has.
    pub fn features(&self) -> &BTreeSet<String> {
        &self.features
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its contacts by ID, ended ones that can still be read included.
    pub fn contacts(&self) -> &BTreeMap<ContactId, Arc<Contact>> {
        &self.contacts
    }

    /// The groups of settings that clients made, of one user or of all.
    pub fn custom_groups(&self, owner: Option<UserId>) -> impl Iterator<Item = &CustomGroup> {
        match owner {
            None => self.shared_groups.iter(),
            Some(owner) => self.own_groups.get(&owner).map(Vec::as_slice).unwrap_or_default().iter(),
        }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Founded { id, name, at } => {
                self.id = Some(*id);
                self.name = name.clone();
                self.founded_at = *at;
            }
            Event::Contact(id, event) => self.apply_to_contact(*id, event),
            Event::Text(event) => self.apply_to_texts(event),
            Event::Call(event) => self.apply_to_calls(event),
            Event::ChannelOpened { .. }
            | Event::ChannelClosed { .. }
            | Event::StateChanged { .. }
            | Event::DisturbanceSwitched { .. } => self.apply_to_agent(event),
            Event::MonitoringArmed { agent, subscription } => {
                let subscriptions = self.subscriptions.entry(*agent).or_default();
                subscriptions.retain(|one| {
                    one.supervisor != subscription.supervisor || one.channel != subscription.channel
                });
                subscriptions.push(subscription.clone());
            }
            Event::MonitoringEnded { agent, channel, supervisor } => {
                if let Some(subscriptions) = self.subscriptions.get_mut(agent) {
                    subscriptions.retain(|one| one.supervisor != *supervisor || one.channel != *channel);
                    if subscriptions.is_empty() {
                        self.subscriptions.remove(agent);
                    }
                }
            }
            _ => self.apply_to_directory(event),
        }
    }

    fn apply_to_directory(&mut self, event: &Event) {
        match event {
            Event::UserKept(user) => {
                if let Some(old) = self.users.insert(user.id, (**user).clone()) {
                    self.tables.user_names.remove(&old.user_name.to_lowercase());
                }
                self.tables.user_names.insert(user.user_name.to_lowercase(), user.id);
            }
            Event::UserDeleted(id) => {
                if let Some(old) = self.users.remove(id) {
                    self.tables.user_names.remove(&old.user_name.to_lowercase());
                }
                self.own_groups.remove(id);
            }
            Event::DeviceKept(device) => {
                if let Some(old) = self.devices.insert(device.id, device.clone()) {
                    self.tables.device_numbers.remove(&old.phone_number);
                }
                self.tables.device_numbers.insert(device.phone_number.clone(), device.id);
            }
            Event::DeviceDeleted(id) => {
                if let Some(old) = self.devices.remove(id) {
                    self.tables.device_numbers.remove(&old.phone_number);
                }
            }
            Event::SkillKept(skill) => drop(self.skills.insert(skill.id, skill.clone())),
            Event::SkillDeleted(id) => drop(self.skills.remove(id)),
            Event::QueueKept(queue) => drop(self.queues.insert(queue.id, queue.clone())),
            Event::QueueDeleted(id) => drop(self.queues.remove(id)),
            Event::GroupKept(group) => drop(self.groups.insert(group.id, group.clone())),
            Event::GroupDeleted(id) => drop(self.groups.remove(id)),
            _ => return self.apply_to_settings(event),
        }
        self.examine_all();
    }

    fn apply_to_settings(&mut self, event: &Event) {
        match event {
            Event::FeatureSwitched { feature, on: true } => drop(self.features.insert(feature.clone())),
            Event::FeatureSwitched { feature, on: false } => drop(self.features.remove(feature)),
            Event::SettingChanged(name, value) => {
                self.settings.put(*name, *value);
                self.reindex();
            }
            Event::DispositionKeyChanged(key) => self.settings.disposition_key = key.clone(),
            Event::StateKept(state) => {
                match self.states.iter_mut().find(|old| old.operation_name == state.operation_name) {
                    Some(old) => *old = state.clone(),
                    None => self.states.push(state.clone()),
                }
            }
            Event::StateDeleted(operation) => self.states.retain(|state| state.operation_name != *operation),
            Event::CustomGroupKept(owner, group) => {
                let groups = self.custom_groups_mut(*owner);
                match groups.iter_mut().find(|old| old.name == group.name) {
                    Some(old) => *old = group.clone(),
                    None => groups.push(group.clone()),
                }
            }
            Event::CustomGroupDeleted(owner, name) => {
                self.custom_groups_mut(*owner).retain(|group| group.name != *name);
            }
            _ => {}
        }
    }

    fn custom_groups_mut(&mut self, owner: Option<UserId>) -> &mut Vec<CustomGroup> {
        match owner {
            None => &mut self.shared_groups,
            Some(owner) => self.own_groups.entry(owner).or_default(),
        }
    }

    fn apply_to_agent(&mut self, event: &Event) {
        let (user, channel) = match event {
            Event::ChannelOpened { user, channel, state, device, at } => {
                self.set_available(*user, *channel, false);
                let open = OpenChannel {
                    state: state.clone(),
                    do_not_disturb: false,
                    device: *device,
                    idle_since: *at,
                };
                self.open_channels.entry(*user).or_default().insert(*channel, open);
                (*user, *channel)
            }
            Event::ChannelClosed { user, channel } => {
                self.set_available(*user, *channel, false);
                if let Some(open) = self.open_channels.get_mut(user) {
                    open.remove(channel);
                    if open.is_empty() {
                        self.open_channels.remove(user);
                    }
                }
                return;
            }
            Event::StateChanged { user, channel, state, at } => {
                self.change_channel(*user, *channel, |open| {
                    if open.state.readiness != state.readiness {
                        open.idle_since = *at;
                    }
                    open.state = state.clone();
                });
                (*user, *channel)
            }
            Event::DisturbanceSwitched { user, channel, on, .. } => {
                self.change_channel(*user, *channel, |open| open.do_not_disturb = *on);
                (*user, *channel)
            }
            _ => return,
        };
        self.set_available(user, channel, true);
    }

    /// Changes an open channel while its agent is out of the line of those available.
    pub(crate) fn change_channel(
        &mut self,
        user: UserId,
        channel: Channel,
        change: impl FnOnce(&mut OpenChannel),
    ) {
        self.set_available(user, channel, false);
        if let Some(open) = self.open_channels.get_mut(&user).and_then(|open| open.get_mut(&channel)) {
            change(open);
        }
    }

    fn apply_to_contact(&mut self, id: ContactId, event: &ContactEvent) {
        match event {
            ContactEvent::Requested(contact) => {
                self.tables.customers.insert(contact.customer_key, id);
                self.contacts.insert(id, Arc::new((**contact).clone()));
                self.list(id);
            }
            ContactEvent::Forgotten => {
                self.unlist(id);
                if let Some(contact) = self.contacts.remove(&id) {
                    self.tables.customers.remove(&contact.customer_key);
                }
            }
            // Most events by far: only the time of silence moves.
            ContactEvent::Logged(entry) => {
                self.relog(id, event);
                self.owe_entry(id, entry);
            }
            // No table knows of these: parts change among supervisors, and among handlers.
            ContactEvent::Renamed(..)
            | ContactEvent::PartChanged(..)
            | ContactEvent::DataChanged(_)
            | ContactEvent::OptedOut(_) => self.apply_in_place(id, event),
            _ => {
                self.unlist(id);
                if let Some(contact) = self.contacts.get_mut(&id) {
                    Arc::make_mut(contact).apply(event);
                    if let ContactEvent::Queued(place) = event {
                        self.next_rank = self.next_rank.max(place.rank + 1);
                    }
                }
                self.list(id);
                self.note_work(id, event);
                self.note_agent_of_thread(id, event);
            }
        }
    }

    /// The agent of a session of texts is remembered with its thread.
    fn note_agent_of_thread(&mut self, id: ContactId, event: &ContactEvent) {
        let (Some(contact), ContactEvent::Joined(party)) = (self.contacts.get(&id), event) else { return };
        if let (Some(thread), Part::Agent, Some(agent)) = (&contact.thread, party.part, party.user) {
            self.texting.remember_agent(thread, agent, contact.last_activity);
        }
    }

    fn apply_in_place(&mut self, id: ContactId, event: &ContactEvent) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            Arc::make_mut(contact).apply(event);
        }
    }
}
