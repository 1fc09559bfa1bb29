//! Agents at work: which channels they have open, in which state, and how much they handle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ContactCenter;
use crate::audience::Part;
use crate::channel::Channel;
use crate::contact::{Departure, Standing};
use crate::directory::{AGENT_CONTROL, AgentState, Device, MULTIMEDIA, Readiness, VOICE};
use crate::draft::Draft;
use crate::event::Event;
use crate::ids::{ContactId, DeviceId, UserId};
use crate::moment::{Moment, Timestamp};
use crate::people::Role;
use crate::refusal::Refusal;

/// An agent's open channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChannel {
    /// The state.
    pub state: AgentState,
    /// Whether the agent is not to be disturbed.
    pub do_not_disturb: bool,
    /// The device, for calls.
    pub device: Option<DeviceId>,
    /// Since when the agent has had nothing new to do.
    pub idle_since: Timestamp,
}

impl OpenChannel {
    /// Whether contacts may be offered, room provided.
    pub fn is_ready(&self) -> bool {
        self.state.readiness == Readiness::Ready && !self.do_not_disturb
    }
}

/// An agent's open channels.
pub type OpenChannels = BTreeMap<Channel, OpenChannel>;

impl ContactCenter {
    /// The channels that a user has open.
    pub fn channels_of(&self, user: UserId) -> Option<&OpenChannels> {
        self.open_channels.get(&user).filter(|channels| !channels.is_empty())
    }

    /// A user's open channel.
    pub fn channel_of(&self, user: UserId, channel: Channel) -> Option<&OpenChannel> {
        self.open_channels.get(&user)?.get(&channel)
    }

    /// The states agents can be in: the built-in ones first.
    pub fn agent_states(&self) -> impl Iterator<Item = &AgentState> {
        self.states.iter()
    }

    /// The state that an operation enters.
    pub fn state_entered_by(&self, operation: &str) -> Option<&AgentState> {
        self.states.iter().find(|state| state.operation_name == operation)
    }

    /// The user's devices.
    pub fn devices_of(&self, user: UserId) -> impl Iterator<Item = &Device> {
        self.devices.values().filter(move |device| device.owner == Some(user))
    }

    pub(crate) fn open_channel(
        &self,
        by: UserId,
        channel: Channel,
        device: Option<DeviceId>,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let user = self.user(by)?;
        if !user.is(Role::Agent) && !user.is(Role::Supervisor) {
            return Err(Refusal::RoleMissing(Role::Agent));
        }
        self.require_feature(if channel == Channel::Voice { VOICE } else { MULTIMEDIA })?;
        if self.channel_of(by, channel).is_some() {
            return Ok(Vec::new());
        }
        let device = if channel == Channel::Voice { Some(self.device_for(by, device)?) } else { None };
        let state = self.state_entered_by("NotReady").ok_or(Refusal::UnknownState)?.clone();
        Ok(vec![Event::ChannelOpened { user: by, channel, state, device, at: moment.now }])
    }

    /// The device that a user takes calls with: the one asked for, the only one, or the only one of
    /// the kind `ACDPosition`.
    fn device_for(&self, user: UserId, wanted: Option<DeviceId>) -> Result<DeviceId, Refusal> {
        if let Some(wanted) = wanted {
            let device = self.devices.get(&wanted).ok_or(Refusal::UnknownDevice)?;
            return if device.owner == Some(user) {
                Ok(wanted)
            } else {
                Err(Refusal::AlreadyInUse("device"))
            };
        }
        let own: Vec<_> = self.devices_of(user).collect();
        let positions: Vec<_> = own.iter().filter(|device| device.kind == "ACDPosition").collect();
        match (own.as_slice(), positions.as_slice()) {
            ([only], _) => Ok(only.id),
            (_, [only]) => Ok(only.id),
            _ => Err(Refusal::NoDevice),
        }
    }

    pub(crate) fn enter_state(
        &self,
        by: UserId,
        of: UserId,
        channel: Option<Channel>,
        operation: &str,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let channels = self.steered_channels(by, of, channel)?;
        let state = self.state_entered_by(operation).ok_or(Refusal::UnknownState)?;
        let mut events = Vec::new();
        for channel in channels {
            if state.readiness == Readiness::LoggedOut {
                events.extend(self.close_channel(of, channel, moment)?);
                continue;
            }
            let disturbed = self.channel_of(of, channel).is_some_and(|open| open.do_not_disturb);
            if state.readiness == Readiness::Ready && disturbed {
                events.push(Event::DisturbanceSwitched { user: of, channel, on: false, at: moment.now });
            }
            events.push(Event::StateChanged { user: of, channel, state: state.clone(), at: moment.now });
            // Whoever chooses a state keeps it.
            if channel == Channel::Voice {
                events.extend(self.wrap_up_void(of));
            }
        }
        Ok(events)
    }

    pub(crate) fn switch_disturbance(
        &self,
        by: UserId,
        of: UserId,
        channel: Option<Channel>,
        on: bool,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let channels = self.steered_channels(by, of, channel)?;
        Ok(channels
            .into_iter()
            .map(|channel| Event::DisturbanceSwitched { user: of, channel, on, at: moment.now })
            .collect())
    }

    /// The open channels meant, if the caller may steer them: one's own, or those of one's agents.
    fn steered_channels(
        &self,
        by: UserId,
        of: UserId,
        channel: Option<Channel>,
    ) -> Result<Vec<Channel>, Refusal> {
        self.user(by)?;
        if by != of {
            self.require_feature(AGENT_CONTROL)?;
            self.may_supervise(by, of)?;
        }
        let open = self.channels_of(of);
        match channel {
            Some(channel) if open.is_some_and(|open| open.contains_key(&channel)) => Ok(vec![channel]),
            Some(channel) => Err(Refusal::ChannelNotOpen(channel)),
            None => {
                open.map(|open| open.keys().copied().collect()).ok_or(Refusal::ChannelNotOpen(Channel::Chat))
            }
        }
    }

    pub(crate) fn close_channels(&self, by: UserId, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        self.user(by)?;
        let mut events = Vec::new();
        for channel in self.channels_of(by).into_iter().flat_map(|open| open.keys().copied()) {
            events.extend(self.close_channel(by, channel, moment)?);
        }
        Ok(events)
    }

    /// Closes one channel: the user leaves every contact on it. A contact that nobody else handles
    /// goes back to its queue if its customer is still there, and ends if not. What the user armed
    /// as a supervisor on this channel ends as well.
    fn close_channel(&self, user: UserId, channel: Channel, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        for id in self.contacts_of(user) {
            let Some(contact) = self.contacts.get(&id).filter(|contact| contact.channel == channel) else {
                continue;
            };
            let mut draft = Draft::new(contact, moment.now);
            self.drop_out(&mut draft, user, events.len());
            events.append(&mut draft.events);
        }
        for (agent, subscriptions) in &self.subscriptions {
            let armed = subscriptions.iter().any(|one| one.supervisor == user && one.channel == channel);
            if armed {
                events.push(Event::MonitoringEnded { agent: *agent, channel, supervisor: user });
            }
        }
        if channel == Channel::Voice {
            events.extend(self.leave_calls(user, moment));
        }
        events.push(Event::ChannelClosed { user, channel });
        Ok(events)
    }

    fn drop_out(&self, draft: &mut Draft, user: UserId, decided: usize) {
        if draft.contact.offer_of(user).is_some() {
            draft.end_offer(user, crate::contact::OfferEnd::Withdrawn, None);
        }
        let party = draft.contact.party_of(user).map(|party| (party.id, party.part));
        if let Some((party, part)) = party {
            let departure = match part {
                Part::Supervisor(_) => Departure::Completed,
                _ => Departure::Revoked,
            };
            draft.leave(party, Standing::Gone, Some(departure));
        }
        if draft.is_orphaned() {
            self.hand_back(draft, decided);
        }
    }

    /// The contacts that a user is in or invited to.
    pub fn contacts_of(&self, user: UserId) -> Vec<ContactId> {
        self.tables.involved.get(&user).map(|contacts| contacts.iter().copied().collect()).unwrap_or_default()
    }
}
