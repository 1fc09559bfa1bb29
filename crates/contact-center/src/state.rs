//! The state of a contact center and how events change it. What is kept is kept by events; the
//! tables at the end are derived from it, for speed, and made anew on loading.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::agent::{OpenChannel, OpenChannels};
use crate::channel::Channel;
use crate::contact::{Contact, ContactEvent, Stage};
use crate::directory::{AgentState, CustomGroup, Device, Group, Queue, Skill};
use crate::event::Event;
use crate::ids::{ContactCenterId, ContactId, CustomerKey, DeviceId, GroupId, QueueId, SkillId, UserId};
use crate::moment::Timestamp;
use crate::people::User;
use crate::routing::Deadline;
use crate::settings::Settings;
use crate::supervision::Subscription;

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
    pub(crate) contacts: BTreeMap<ContactId, Contact>,
    /// The rank of the next contact that queues up behind the others.
    pub(crate) next_rank: i64,

    #[serde(skip)]
    pub(crate) user_names: BTreeMap<String, UserId>,
    #[serde(skip)]
    pub(crate) customers: BTreeMap<CustomerKey, ContactId>,
    #[serde(skip)]
    pub(crate) involved: BTreeMap<UserId, BTreeSet<ContactId>>,
    #[serde(skip)]
    pub(crate) waiting: BTreeMap<QueueId, BTreeMap<i64, ContactId>>,
    /// How many contacts of a channel each agent handles.
    #[serde(skip)]
    loads: BTreeMap<(UserId, Channel), u32>,
    /// Ready agents with room, the one to be asked first at the front.
    #[serde(skip)]
    pub(crate) available: BTreeMap<Channel, BTreeSet<(u32, Timestamp, UserId)>>,
    #[serde(skip)]
    pub(crate) deadlines: BTreeSet<(Timestamp, Deadline)>,
    /// Queues in which a contact may now meet an agent.
    #[serde(skip)]
    pub(crate) unexamined: BTreeSet<QueueId>,
    #[serde(skip)]
    pub(crate) open_contacts: usize,
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
    pub fn contacts(&self) -> &BTreeMap<ContactId, Contact> {
        &self.contacts
    }

    /// How many contacts have not ended.
    pub fn open_contacts(&self) -> usize {
        self.open_contacts
    }

    /// How many contacts of a channel an agent handles.
    pub fn load_of(&self, user: UserId, channel: Channel) -> u32 {
        self.loads.get(&(user, channel)).copied().unwrap_or(0)
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
                    self.user_names.remove(&old.user_name.to_lowercase());
                }
                self.user_names.insert(user.user_name.to_lowercase(), user.id);
            }
            Event::UserDeleted(id) => {
                if let Some(old) = self.users.remove(id) {
                    self.user_names.remove(&old.user_name.to_lowercase());
                }
                self.own_groups.remove(id);
            }
            Event::DeviceKept(device) => drop(self.devices.insert(device.id, device.clone())),
            Event::DeviceDeleted(id) => drop(self.devices.remove(id)),
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
    fn change_channel(&mut self, user: UserId, channel: Channel, change: impl FnOnce(&mut OpenChannel)) {
        self.set_available(user, channel, false);
        if let Some(open) = self.open_channels.get_mut(&user).and_then(|open| open.get_mut(&channel)) {
            change(open);
        }
    }

    /// Puts an agent into the line of those available, if ready and with room, or takes it out.
    fn set_available(&mut self, user: UserId, channel: Channel, wanted: bool) {
        let load = self.load_of(user, channel);
        let room = load < self.settings.capacity(channel);
        let Some(open) = self.open_channels.get(&user).and_then(|open| open.get(&channel)) else { return };
        let place = (load, open.idle_since, user);
        let ready = open.is_ready();
        let line = self.available.entry(channel).or_default();
        if wanted && ready && room {
            line.insert(place);
            self.examine(channel);
        } else {
            line.remove(&place);
        }
    }

    fn examine(&mut self, channel: Channel) {
        let queues =
            self.waiting.keys().filter(|id| self.queues.get(id).is_some_and(|q| q.channel == channel));
        self.unexamined.extend(queues.copied());
    }

    fn examine_all(&mut self) {
        self.unexamined.extend(self.waiting.keys().copied());
    }

    fn apply_to_contact(&mut self, id: ContactId, event: &ContactEvent) {
        match event {
            ContactEvent::Requested(contact) => {
                self.customers.insert(contact.customer_key, id);
                self.contacts.insert(id, (**contact).clone());
                self.list(id);
            }
            ContactEvent::Forgotten => {
                self.unlist(id);
                if let Some(contact) = self.contacts.remove(&id) {
                    self.customers.remove(&contact.customer_key);
                }
            }
            // Most events by far: only the time of silence moves.
            ContactEvent::Logged(_) => self.relog(id, event),
            ContactEvent::Renamed(..) | ContactEvent::DataChanged(_) => {
                if let Some(contact) = self.contacts.get_mut(&id) {
                    contact.apply(event);
                }
            }
            _ => {
                self.unlist(id);
                if let Some(contact) = self.contacts.get_mut(&id) {
                    contact.apply(event);
                    if let ContactEvent::Queued(place) = event {
                        self.next_rank = self.next_rank.max(place.rank + 1);
                    }
                }
                self.list(id);
                self.note_work(id, event);
            }
        }
    }

    fn relog(&mut self, id: ContactId, event: &ContactEvent) {
        let Some(contact) = self.contacts.get(&id) else { return };
        for deadline in self.deadlines_of(contact) {
            self.deadlines.remove(&deadline);
        }
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.apply(event);
        }
        if let Some(contact) = self.contacts.get(&id) {
            let deadlines = self.deadlines_of(contact);
            self.deadlines.extend(deadlines);
        }
    }

    /// Whoever gets or loses work has been idle since then.
    fn note_work(&mut self, id: ContactId, event: &ContactEvent) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let channel = contact.channel;
        let at = contact.last_activity;
        let user = match event {
            ContactEvent::Joined(party) => party.user,
            ContactEvent::Stands(party, ..) => {
                contact.parties.iter().find(|one| one.id == *party).and_then(|one| one.user)
            }
            _ => None,
        };
        if let Some(user) = user {
            self.change_channel(user, channel, |open| open.idle_since = open.idle_since.max(at));
            self.set_available(user, channel, true);
        }
    }

    /// Enters a contact into the derived tables.
    fn list(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let deadlines = self.deadlines_of(contact);
        let (channel, stage) = (contact.channel, contact.stage);
        let users: Vec<_> = contact.users().into_iter().map(|user| (user, contact.occupies(user))).collect();
        self.deadlines.extend(deadlines);
        match stage {
            Stage::Ended(_) => return,
            Stage::Waiting(place) => {
                self.waiting.entry(place.queue).or_default().insert(place.rank, id);
                self.unexamined.insert(place.queue);
            }
            Stage::Assigned => {}
        }
        self.open_contacts += 1;
        for (user, occupied) in users {
            self.involved.entry(user).or_default().insert(id);
            if occupied {
                self.add_load(user, channel, 1);
            }
        }
    }

    /// Takes a contact out of the derived tables. The exact reverse of [`Self::list`].
    fn unlist(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let deadlines = self.deadlines_of(contact);
        let (channel, stage) = (contact.channel, contact.stage);
        let users: Vec<_> = contact.users().into_iter().map(|user| (user, contact.occupies(user))).collect();
        for deadline in deadlines {
            self.deadlines.remove(&deadline);
        }
        match stage {
            Stage::Ended(_) => return,
            Stage::Waiting(place) => {
                if let Some(line) = self.waiting.get_mut(&place.queue) {
                    line.remove(&place.rank);
                    if line.is_empty() {
                        self.waiting.remove(&place.queue);
                    }
                }
            }
            Stage::Assigned => {}
        }
        self.open_contacts -= 1;
        for (user, occupied) in users {
            if let Some(contacts) = self.involved.get_mut(&user) {
                contacts.remove(&id);
                if contacts.is_empty() {
                    self.involved.remove(&user);
                }
            }
            if occupied {
                self.add_load(user, channel, -1);
            }
        }
    }

    fn add_load(&mut self, user: UserId, channel: Channel, change: i32) {
        self.set_available(user, channel, false);
        let load = self.load_of(user, channel).saturating_add_signed(change);
        if load == 0 {
            self.loads.remove(&(user, channel));
        } else {
            self.loads.insert((user, channel), load);
        }
        self.set_available(user, channel, true);
    }

    /// Makes the derived tables anew. To be called after loading a state.
    pub fn reindex(&mut self) {
        self.user_names = self.users.values().map(|user| (user.user_name.to_lowercase(), user.id)).collect();
        self.customers = self.contacts.values().map(|contact| (contact.customer_key, contact.id)).collect();
        self.involved.clear();
        self.waiting.clear();
        self.loads.clear();
        self.available.clear();
        self.deadlines.clear();
        self.open_contacts = 0;
        for id in self.contacts.keys().copied().collect::<Vec<_>>() {
            self.list(id);
        }
        let open: Vec<_> = self
            .open_channels
            .iter()
            .flat_map(|(user, channels)| channels.keys().map(|channel| (*user, *channel)))
            .collect();
        for (user, channel) in open {
            self.set_available(user, channel, true);
        }
        self.examine_all();
    }
}

#[cfg(test)]
impl ContactCenter {
    /// Whether the derived tables are the same, but for the hints of what to look at next.
    pub(crate) fn tables_equal(&self, other: &Self) -> bool {
        let full = |lines: &BTreeMap<Channel, BTreeSet<_>>| {
            lines
                .iter()
                .filter(|(_, line)| !line.is_empty())
                .map(|(c, line)| (*c, line.clone()))
                .collect::<Vec<_>>()
        };
        let reexamined = |deadlines: &BTreeSet<(Timestamp, Deadline)>| {
            let kept = |one: &&(Timestamp, Deadline)| !matches!(one.1, Deadline::Reexamine(_));
            deadlines.iter().filter(kept).copied().collect::<Vec<_>>()
        };
        self.user_names == other.user_names
            && self.customers == other.customers
            && self.involved == other.involved
            && self.waiting == other.waiting
            && self.loads == other.loads
            && full(&self.available) == full(&other.available)
            && reexamined(&self.deadlines) == reexamined(&other.deadlines)
            && self.open_contacts == other.open_contacts
    }
}
