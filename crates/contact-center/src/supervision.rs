//! Supervision: who waits for whose contacts, and how a supervisor gets into one. The rule is the
//! same on every channel.

use crate::ContactCenter;
use crate::audience::{Mode, Part};
use crate::capability::Action;
use crate::channel::Channel;
use crate::contact::{Invitation, Standing};
use crate::directory::MULTIMEDIA;
use crate::draft::Draft;
use crate::event::Event;
use crate::ids::{ContactId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::settings::SettingName;
pub use crate::subscription::{MonitoringRequest, Scope, Subscription};

/// What a command to come into a running contact asks for.
pub(crate) struct Intrusion<'a> {
    pub by: UserId,
    pub agent: UserId,
    pub contact: ContactId,
    pub mode: Option<Mode>,
    pub at_once: bool,
    pub nickname: Option<&'a str>,
}

impl ContactCenter {
    /// The subscription of a supervisor to an agent's channel.
    pub fn subscription(&self, agent: UserId, channel: Channel, supervisor: UserId) -> Option<&Subscription> {
        let subscriptions = self.subscriptions.get(&agent)?;
        subscriptions.iter().find(|one| one.supervisor == supervisor && one.channel == channel)
    }

    pub(crate) fn monitor(
        &self,
        by: UserId,
        agent: UserId,
        channel: Channel,
        request: &MonitoringRequest,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.may_supervise(by, agent)?;
        self.require_feature(MULTIMEDIA)?;
        if by == agent {
            return Err(Refusal::SupervisesSelf);
        }
        let nickname = match &request.nickname {
            Some(nickname) => nickname.clone(),
            None => self.user(by)?.user_name.clone(),
        };
        if request.scope == Scope::CurrentContacts {
            return self.join_current(by, agent, channel, request.mode, &nickname, moment);
        }
        let armed = self.subscriptions.get(&agent).map_or(0, Vec::len);
        if armed >= limits::SUBSCRIPTIONS_PER_AGENT && self.subscription(agent, channel, by).is_none() {
            let limit = limits::SUBSCRIPTIONS_PER_AGENT;
            return Err(Refusal::LimitReached { of: "subscriptions to one agent", limit });
        }
        let once = request.scope == Scope::NextContact;
        let subscription = Subscription { supervisor: by, channel, mode: request.mode, once, nickname };
        Ok(vec![Event::MonitoringArmed { agent, subscription }])
    }

    /// Joins every conversation that the agent is in now.
    fn join_current(
        &self,
        by: UserId,
        agent: UserId,
        channel: Channel,
        mode: Mode,
        nickname: &str,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.channel_of(by, channel).ok_or(Refusal::ChannelNotOpen(channel))?;
        let mut events = Vec::new();
        let mut running = false;
        for contact in self.contacts_of(agent).into_iter().filter_map(|id| self.contacts.get(&id)) {
            let handled = contact
                .handlers()
                .any(|party| party.user == Some(agent) && party.standing == Standing::Present);
            if contact.channel != channel || !handled {
                continue;
            }
            running = true;
            if contact.state_of(by).is_none() {
                let mut draft = Draft::new(contact, moment.now);
                self.join_as_supervisor(&mut draft, by, nickname, mode)?;
                events.append(&mut draft.events);
            }
        }
        match (running, events.is_empty()) {
            (false, _) => Err(Refusal::NoRunningContact),
            (true, true) => Err(Refusal::AlreadyInContact),
            (true, false) => Ok(events),
        }
    }

    fn join_as_supervisor(
        &self,
        draft: &mut Draft,
        user: UserId,
        nickname: &str,
        mode: Mode,
    ) -> Result<(), Refusal> {
        if self.contacts_of(user).len() >= limits::CONTACTS_PER_SUPERVISOR {
            let limit = limits::CONTACTS_PER_SUPERVISOR;
            return Err(Refusal::LimitReached { of: "contacts of a supervisor", limit });
        }
        draft.join(Some(user), nickname, Part::Supervisor(mode))
    }

    pub(crate) fn cancel_monitoring(
        &self,
        by: UserId,
        agent: UserId,
        channel: Channel,
    ) -> Result<Vec<Event>, Refusal> {
        // A supervisor who lost the agent must still be able to stop.
        self.require(by, crate::people::Role::Supervisor)?;
        self.user(agent)?;
        self.subscription(agent, channel, by).ok_or(Refusal::NothingMonitored)?;
        Ok(vec![Event::MonitoringEnded { agent, channel, supervisor: by }])
    }

    /// Brings in those who wait for the contacts of an agent who has just joined one. Returns the
    /// subscriptions that this uses up.
    pub(crate) fn bring_supervisors(&self, draft: &mut Draft, agent: UserId) -> Result<Vec<Event>, Refusal> {
        let channel = draft.contact.channel;
        let mut used_up = Vec::new();
        let waiting = self.subscriptions.get(&agent).into_iter().flatten();
        for subscription in waiting.filter(|one| one.channel == channel) {
            let supervisor = subscription.supervisor;
            let may_join = self.channel_of(supervisor, channel).is_some()
                && self.may_supervise(supervisor, agent).is_ok();
            if !may_join {
                continue;
            }
            let intrudes = draft
                .contact
                .offer_of(supervisor)
                .is_some_and(|offer| matches!(offer.invitation, Invitation::Intrusion(_)));
            if intrudes {
                draft.end_offer(supervisor, crate::contact::OfferEnd::Accepted, None);
            }
            if draft.contact.state_of(supervisor).is_none() {
                let joined =
                    self.join_as_supervisor(draft, supervisor, &subscription.nickname, subscription.mode);
                // An agent must be able to accept even when a supervisor has no room.
                if joined.is_err() {
                    continue;
                }
            }
            if subscription.once {
                used_up.push(Event::MonitoringEnded { agent, channel, supervisor });
            }
        }
        Ok(used_up)
    }

    pub(crate) fn intrude(&self, order: &Intrusion<'_>, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        self.may_supervise(order.by, order.agent)?;
        self.require_feature(MULTIMEDIA)?;
        if order.by == order.agent {
            return Err(Refusal::SupervisesSelf);
        }
        let contact = self.contact_of(order.agent, order.contact)?;
        let handles = contact.handlers().find(|party| party.user == Some(order.agent));
        // Another supervisor's contacts are none of those that the agent handles.
        let handles = handles.ok_or(Refusal::UnknownContact)?;
        if handles.standing != Standing::Present {
            return Err(Refusal::ContactNotRunning);
        }
        if contact.state_of(order.by).is_some() {
            return Err(Refusal::AlreadyInContact);
        }
        self.channel_of(order.by, contact.channel).ok_or(Refusal::ChannelNotOpen(contact.channel))?;
        let subscribed = || self.subscription(order.agent, contact.channel, order.by).map(|one| one.mode);
        let mode = order.mode.or_else(subscribed).ok_or(Refusal::NothingMonitored)?;
        let mut draft = Draft::new(contact, moment.now);
        if order.at_once {
            let nickname = order.nickname.unwrap_or(&self.user(order.by)?.user_name);
            self.join_as_supervisor(&mut draft, order.by, nickname, mode)?;
        } else if draft.contact.offers.len() >= limits::OFFERS_PER_CONTACT {
            return Err(Refusal::NotAllowedNow(Action::Accept));
        } else {
            draft.offer(
                order.by,
                Invitation::Intrusion(mode),
                self.settings.ms(SettingName::OfferLapseSeconds),
            );
        }
        Ok(draft.events)
    }
}
