//! The tables that are derived from the state, for speed: who is in which contact, what waits where,
//! who is available, what becomes due when. Never kept; made anew on loading, and always the same as
//! if they had just been.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ContactCenter;
use crate::channel::Channel;
use crate::contact::{ContactEvent, Stage};
use crate::ids::{ContactId, CustomerKey, DeviceId, QueueId, UserId};
use crate::moment::Timestamp;
use crate::routing::Deadline;
use crate::texting::Thread;

/// The derived tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub user_names: BTreeMap<String, UserId>,
    pub device_numbers: BTreeMap<String, DeviceId>,
    pub customers: BTreeMap<CustomerKey, ContactId>,
    /// The sessions of texts whose customer can still be talked with.
    pub threads: BTreeMap<Thread, ContactId>,
    /// The contacts that a user is in or invited to.
    pub involved: BTreeMap<UserId, BTreeSet<ContactId>>,
    /// Waiting contacts by rank.
    pub waiting: BTreeMap<QueueId, BTreeMap<i64, ContactId>>,
    /// How many contacts of a channel each agent handles.
    pub loads: BTreeMap<(UserId, Channel), u32>,
    /// Ready agents with room, the one to be asked first at the front.
    pub available: BTreeMap<Channel, BTreeSet<(u32, Timestamp, UserId)>>,
    pub deadlines: BTreeSet<(Timestamp, Deadline)>,
    /// Queues in which a contact may now meet an agent. A hint: lost ones are made anew.
    pub unexamined: BTreeSet<QueueId>,
    pub open_contacts: usize,
}

impl ContactCenter {
    /// How many contacts have not ended.
    pub fn open_contacts(&self) -> usize {
        self.tables.open_contacts
    }

    /// How many contacts of a channel an agent handles.
    pub fn load_of(&self, user: UserId, channel: Channel) -> u32 {
        self.tables.loads.get(&(user, channel)).copied().unwrap_or(0)
    }

    /// Puts an agent into the line of those available, if ready and with room, or takes it out.
    pub(crate) fn set_available(&mut self, user: UserId, channel: Channel, wanted: bool) {
        let load = self.load_of(user, channel);
        let room = load < self.settings.capacity(channel);
        let Some(open) = self.open_channels.get(&user).and_then(|open| open.get(&channel)) else { return };
        let place = (load, open.idle_since, user);
        let ready = open.is_ready();
        let line = self.tables.available.entry(channel).or_default();
        if wanted && ready && room {
            line.insert(place);
            self.examine(channel);
        } else {
            line.remove(&place);
        }
    }

    pub(crate) fn examine(&mut self, channel: Channel) {
        if channel == Channel::Voice {
            self.tables.unexamined.extend(self.telephony.tables.waiting.keys().copied());
            return;
        }
        let queues =
            self.tables.waiting.keys().filter(|id| self.queues.get(id).is_some_and(|q| q.channel == channel));
        self.tables.unexamined.extend(queues.copied());
    }

    pub(crate) fn examine_all(&mut self) {
        self.tables.unexamined.extend(self.tables.waiting.keys().copied());
        self.tables.unexamined.extend(self.telephony.tables.waiting.keys().copied());
    }

    pub(crate) fn relog(&mut self, id: ContactId, event: &ContactEvent) {
        let Some(contact) = self.contacts.get(&id) else { return };
        for deadline in self.deadlines_of(contact) {
            self.tables.deadlines.remove(&deadline);
        }
        if let Some(contact) = self.contacts.get_mut(&id) {
            Arc::make_mut(contact).apply(event);
        }
        if let Some(contact) = self.contacts.get(&id) {
            let deadlines = self.deadlines_of(contact);
            self.tables.deadlines.extend(deadlines);
        }
    }

    /// Whoever gets or loses work has been idle since then.
    pub(crate) fn note_work(&mut self, id: ContactId, event: &ContactEvent) {
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
    pub(crate) fn list(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let deadlines = self.deadlines_of(contact);
        let (channel, stage) = (contact.channel, contact.stage);
        let users: Vec<_> = contact.users().into_iter().map(|user| (user, contact.occupies(user))).collect();
        if let Some(thread) = contact.thread.as_ref().filter(|_| contact.is_open()) {
            self.tables.threads.insert(thread.clone(), id);
        }
        self.tables.deadlines.extend(deadlines);
        match stage {
            Stage::Ended(_) => return,
            Stage::Waiting(place) => {
                self.tables.waiting.entry(place.queue).or_default().insert(place.rank, id);
                self.tables.unexamined.insert(place.queue);
            }
            Stage::Assigned => {}
        }
        self.tables.open_contacts += 1;
        for (user, occupied) in users {
            self.tables.involved.entry(user).or_default().insert(id);
            if occupied {
                self.add_load(user, channel, 1);
            }
        }
    }

    /// Takes a contact out of the derived tables. The exact reverse of [`Self::list`].
    pub(crate) fn unlist(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let deadlines = self.deadlines_of(contact);
        let (channel, stage) = (contact.channel, contact.stage);
        let users: Vec<_> = contact.users().into_iter().map(|user| (user, contact.occupies(user))).collect();
        if let Some(thread) = contact.thread.as_ref().filter(|_| contact.is_open())
            && self.tables.threads.get(thread) == Some(&id)
        {
            self.tables.threads.remove(thread);
        }
        for deadline in deadlines {
            self.tables.deadlines.remove(&deadline);
        }
        match stage {
            Stage::Ended(_) => return,
            Stage::Waiting(place) => {
                if let Some(line) = self.tables.waiting.get_mut(&place.queue) {
                    line.remove(&place.rank);
                    if line.is_empty() {
                        self.tables.waiting.remove(&place.queue);
                    }
                }
            }
            Stage::Assigned => {}
        }
        self.tables.open_contacts -= 1;
        for (user, occupied) in users {
            if let Some(contacts) = self.tables.involved.get_mut(&user) {
                contacts.remove(&id);
                if contacts.is_empty() {
                    self.tables.involved.remove(&user);
                }
            }
            if occupied {
                self.add_load(user, channel, -1);
            }
        }
    }

    pub(crate) fn add_load(&mut self, user: UserId, channel: Channel, change: i32) {
        self.set_available(user, channel, false);
        let load = self.load_of(user, channel).saturating_add_signed(change);
        if load == 0 {
            self.tables.loads.remove(&(user, channel));
        } else {
            self.tables.loads.insert((user, channel), load);
        }
        self.set_available(user, channel, true);
    }

    /// Makes the derived tables anew. To be called after loading a state.
    pub fn reindex(&mut self) {
        self.tables.user_names =
            self.users.values().map(|user| (user.user_name.to_lowercase(), user.id)).collect();
        self.tables.device_numbers =
            self.devices.values().map(|device| (device.phone_number.clone(), device.id)).collect();
        self.tables.customers =
            self.contacts.values().map(|contact| (contact.customer_key, contact.id)).collect();
        self.tables.threads.clear();
        self.tables.involved.clear();
        self.tables.waiting.clear();
        self.tables.loads.clear();
        self.tables.available.clear();
        self.tables.deadlines.clear();
        self.tables.open_contacts = 0;
        for id in self.contacts.keys().copied().collect::<Vec<_>>() {
            self.list(id);
        }
        self.reindex_calls();
        let open: Vec<_> = self
            .open_channels
            .iter()
            .flat_map(|(user, channels)| channels.keys().map(|channel| (*user, *channel)))
            .collect();
        for (user, channel) in open {
            self.set_available(user, channel, true);
        }
        self.examine_all();
        self.reindex_texts();
    }

    /// Whether an agent is ready with room for another contact.
    pub(crate) fn is_available(&self, user: UserId, channel: Channel) -> bool {
        let open = self.channel_of(user, channel).filter(|open| open.is_ready());
        open.is_some() && self.load_of(user, channel) < self.settings.capacity(channel)
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
            let kept = |one: &&(Timestamp, Deadline)| !matches!(one.1, Deadline::Reexamine(..));
            deadlines.iter().filter(kept).copied().collect::<Vec<_>>()
        };
        self.tables.user_names == other.tables.user_names
            && self.tables.device_numbers == other.tables.device_numbers
            && self.tables.customers == other.tables.customers
            && self.tables.threads == other.tables.threads
            && self.texting.tables_equal(&other.texting)
            && self.telephony.tables.without_hints() == other.telephony.tables.without_hints()
            && self.tables.involved == other.tables.involved
            && self.tables.waiting == other.tables.waiting
            && self.tables.loads == other.tables.loads
            && full(&self.tables.available) == full(&other.tables.available)
            && reexamined(&self.tables.deadlines) == reexamined(&other.tables.deadlines)
            && self.tables.open_contacts == other.tables.open_contacts
    }
}
