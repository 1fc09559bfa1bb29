//! The calls of a contact center, the telephones' lines, and how events change them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::call::{Call, CallStage, PartyState};
use super::event::CallEvent;
use super::leg::Leg;
use super::standing::StandingOrder;
use crate::ContactCenter;
use crate::channel::Channel;
use crate::ids::{CallId, DeviceId, LegId, QueueId, UserId};
use crate::moment::Timestamp;
use crate::settings::SettingName;

/// Everything about calls.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Telephony {
    pub calls: BTreeMap<CallId, Arc<Call>>,
    pub legs: BTreeMap<LegId, Leg>,
    /// By the supervisor's device.
    pub standing: BTreeMap<DeviceId, StandingOrder>,
    pub phones: BTreeMap<DeviceId, Arc<str>>,
    pub wrap_ups: BTreeMap<UserId, Timestamp>,

    /// Derived from all the above.
    #[serde(skip)]
    pub tables: CallTables,
}

/// What is derived, for speed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CallTables {
    /// The open calls that a user is in or called for.
    pub of_user: BTreeMap<UserId, BTreeSet<CallId>>,
    /// The open calls that a line belongs to.
    pub of_leg: BTreeMap<LegId, BTreeSet<CallId>>,
    /// The open consultations of a call.
    pub consults: BTreeMap<CallId, BTreeSet<CallId>>,
    /// Waiting calls by rank.
    pub waiting: BTreeMap<QueueId, BTreeMap<i64, CallId>>,
    /// Standing orders by what they are for: the supervisors' devices.
    pub watched: BTreeMap<super::SupervisionTarget, BTreeSet<DeviceId>>,
    pub deadlines: BTreeSet<(Timestamp, CallDuty)>,
    /// Calls that are over, the oldest first.
    pub ended: BTreeSet<(Timestamp, CallId)>,
    pub open_calls: usize,
}

/// What a contact center owes about calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallDuty {
    /// Offer a waiting call to an agent.
    Offer(CallId, UserId),
    /// Somebody has rung for long enough.
    StopRinging(CallId, super::PartyNumber),
    /// Offer a call again to whoever refused it.
    Reexamine(CallId),
    /// Drop a call that is over.
    Forget(CallId),
    /// An agent's time after a call is over.
    EndWrapUp(UserId),
}

impl ContactCenter {
    /// Its calls by ID, those that are over and not yet forgotten included.
    pub fn calls(&self) -> &BTreeMap<CallId, Arc<Call>> {
        &self.telephony.calls
    }

    /// The telephones' lines.
    pub fn legs(&self) -> &BTreeMap<LegId, Leg> {
        &self.telephony.legs
    }

    /// The registered phones of each device, in the gateway's own form.
    pub fn phones(&self) -> &BTreeMap<DeviceId, Arc<str>> {
        &self.telephony.phones
    }

    /// The standing order on a supervisor's device.
    pub fn standing_order(&self, device: DeviceId) -> Option<&StandingOrder> {
        self.telephony.standing.get(&device)
    }

    /// How many calls are not over.
    pub fn open_calls(&self) -> usize {
        self.telephony.tables.open_calls
    }

    /// The open calls that a user is in or called for.
    pub fn calls_of(&self, user: UserId) -> Vec<CallId> {
        let calls = self.telephony.tables.of_user.get(&user);
        calls.map(|calls| calls.iter().copied().collect()).unwrap_or_default()
    }

    /// The calls waiting in a queue, the next one first.
    pub fn calls_waiting_in(&self, queue: QueueId) -> impl Iterator<Item = CallId> + '_ {
        self.telephony.tables.waiting.get(&queue).into_iter().flat_map(|line| line.values().copied())
    }

    pub(crate) fn apply_to_calls(&mut self, event: &CallEvent) {
        let telephony = &mut self.telephony;
        match event {
            CallEvent::CallKept(call) => self.keep_call(call),
            CallEvent::CallForgotten(id) => {
                self.unlist_call(*id);
                self.telephony.calls.remove(id);
            }
            CallEvent::LegKept(leg) => drop(telephony.legs.insert(leg.id, (**leg).clone())),
            CallEvent::LegGone(id) => drop(telephony.legs.remove(id)),
            CallEvent::StandingKept(device, order) => {
                telephony.unwatch(*device);
                telephony.tables.watched.entry(order.target).or_default().insert(*device);
                telephony.standing.insert(*device, order.clone());
            }
            CallEvent::StandingEnded(device) => {
                telephony.unwatch(*device);
                telephony.standing.remove(device);
            }
            CallEvent::PhonesKept(device, Some(phones)) => {
                telephony.phones.insert(*device, phones.clone());
                // A phone that comes back may take what waits.
                self.examine(Channel::Voice);
            }
            CallEvent::PhonesKept(device, None) => drop(telephony.phones.remove(device)),
            CallEvent::WrapUp(user, until) => {
                let old = match until {
                    Some(until) => telephony.wrap_ups.insert(*user, *until),
                    None => telephony.wrap_ups.remove(user),
                };
                let deadlines = &mut telephony.tables.deadlines;
                if let Some(old) = old {
                    deadlines.remove(&(old, CallDuty::EndWrapUp(*user)));
                }
                deadlines.extend(until.map(|until| (until, CallDuty::EndWrapUp(*user))));
            }
            CallEvent::DigitsSent { .. } | CallEvent::RecordingLost { .. } => {}
        }
    }

    fn keep_call(&mut self, call: &Arc<Call>) {
        self.unlist_call(call.id);
        if let Some(place) = call.place {
            self.next_rank = self.next_rank.max(place.rank + 1);
        }
        self.telephony.calls.insert(call.id, call.clone());
        self.list_call(call.id);
    }

    /// Enters a call into the derived tables.
    fn list_call(&mut self, id: CallId) {
        let Some(call) = self.telephony.calls.get(&id).cloned() else { return };
        let deadlines = self.deadlines_of_call(&call);
        let tables = &mut self.telephony.tables;
        tables.deadlines.extend(deadlines);
        if let CallStage::Ended(at) = call.stage {
            tables.ended.insert((at, id));
            return;
        }
        tables.open_calls += 1;
        if let Some(parent) = call.parent {
            tables.consults.entry(parent).or_default().insert(id);
        }
        if let Some(place) = call.place {
            tables.waiting.entry(place.queue).or_default().insert(place.rank, id);
            self.tables.unexamined.insert(place.queue);
        }
        for party in call.present() {
            self.telephony.tables.of_leg.entry(party.leg).or_default().insert(id);
            let Some(user) = party.user else { continue };
            self.telephony.tables.of_user.entry(user).or_default().insert(id);
            if !party.is_supervisor() {
                self.add_load(user, Channel::Voice, 1);
            }
        }
    }

    /// Takes a call out of the derived tables. The exact reverse of [`Self::list_call`].
    fn unlist_call(&mut self, id: CallId) {
        let Some(call) = self.telephony.calls.get(&id).cloned() else { return };
        let deadlines = self.deadlines_of_call(&call);
        let tables = &mut self.telephony.tables;
        for deadline in deadlines {
            tables.deadlines.remove(&deadline);
        }
        if let CallStage::Ended(at) = call.stage {
            tables.ended.remove(&(at, id));
            return;
        }
        tables.open_calls -= 1;
        if let Some(parent) = call.parent {
            remove_from(&mut tables.consults, parent, id);
        }
        if let Some(place) = call.place
            && let Some(line) = tables.waiting.get_mut(&place.queue)
        {
            // A consultation's place may have passed to its main call already.
            if line.get(&place.rank) == Some(&id) {
                line.remove(&place.rank);
            }
            if line.is_empty() {
                tables.waiting.remove(&place.queue);
            }
        }
        for party in call.present() {
            remove_from(&mut self.telephony.tables.of_leg, party.leg, id);
            let Some(user) = party.user else { continue };
            remove_from(&mut self.telephony.tables.of_user, user, id);
            if !party.is_supervisor() {
                self.add_load(user, Channel::Voice, -1);
            }
        }
    }

    fn deadlines_of_call(&self, call: &Call) -> Vec<(Timestamp, CallDuty)> {
        if let CallStage::Ended(at) = call.stage {
            let readable_ms = self.settings.ms(SettingName::EndedReadableSeconds);
            return vec![(at.plus_ms(readable_ms), CallDuty::Forget(call.id))];
        }
        let ringing = call.present().filter(|party| party.state == PartyState::Ringing);
        let ringing = ringing
            .filter_map(|party| Some((party.rings_until?, CallDuty::StopRinging(call.id, party.number))));
        let refused = call.refused.iter().filter(|_| call.place.is_some());
        ringing.chain(refused.map(|(_, until)| (*until, CallDuty::Reexamine(call.id)))).collect()
    }

    pub(crate) fn reindex_calls(&mut self) {
        self.telephony.tables = CallTables::default();
        for id in self.telephony.calls.keys().copied().collect::<Vec<_>>() {
            self.list_call(id);
        }
        let telephony = &mut self.telephony;
        for (device, order) in &telephony.standing {
            telephony.tables.watched.entry(order.target).or_default().insert(*device);
        }
        let wrap_ups = telephony.wrap_ups.iter().map(|(user, until)| (*until, CallDuty::EndWrapUp(*user)));
        telephony.tables.deadlines.extend(wrap_ups);
    }
}

impl Telephony {
    fn unwatch(&mut self, device: DeviceId) {
        if let Some(order) = self.standing.get(&device) {
            remove_from(&mut self.tables.watched, order.target, device);
        }
    }
}

fn remove_from<K: Ord, V: Ord>(table: &mut BTreeMap<K, BTreeSet<V>>, key: K, value: V) {
    if let Some(values) = table.get_mut(&key) {
        values.remove(&value);
        if values.is_empty() {
            table.remove(&key);
        }
    }
}

#[cfg(test)]
impl CallTables {
    /// The tables but for the hints of what to look at again, which are made anew when they are lost.
    pub fn without_hints(&self) -> Self {
        let mut tables = self.clone();
        tables.deadlines.retain(|(_, duty)| !matches!(duty, CallDuty::Reexamine(_)));
        tables
    }
}
