//! Queues at work: which contact waits where, which agent gets it, what is due when.
//!
//! The agent with the fewest contacts on the channel gets the next one; among equals the one who
//! has been idle for the longest. Agents qualify for a queue by its skills and, if business units
//! list the queue, by being in one of them.

use crate::channel::Channel;
use crate::command::{Duty, Target};
use crate::contact::{Contact, Invitation, OfferEnd, Place, Stage};
use crate::directory::Queue;
use crate::draft::Draft;
use crate::event::Event;
use crate::ids::{ContactId, QueueId, UserId};
use crate::moment::{Moment, Timestamp};
use crate::refusal::Refusal;
use crate::settings::SettingName;
use crate::texting::TextDeadline;
use crate::{ContactCenter, GroupKind};

impl ContactCenter {
    /// The queue of this name or ID on the channel.
    ///
    /// # Errors
    /// [`Refusal::UnknownQueue`].
    pub fn queue_named(&self, channel: Channel, name: &str) -> Result<&Queue, Refusal> {
        let by_id = name.parse::<QueueId>().ok().and_then(|id| self.queues.get(&id));
        by_id
            .or_else(|| self.queues.values().find(|queue| queue.channel == channel && queue.name == name))
            .filter(|queue| queue.channel == channel)
            .ok_or(Refusal::UnknownQueue)
    }

    /// Where contacts of the channel without a queue of their own go.
    ///
    /// # Errors
    /// [`Refusal::UnknownQueue`], which does not happen: every contact center is born with one.
    pub fn default_queue(&self, channel: Channel) -> Result<&Queue, Refusal> {
        self.queues
            .values()
            .find(|queue| queue.channel == channel && queue.is_default)
            .ok_or(Refusal::UnknownQueue)
    }

    /// The contacts waiting in a queue, the next one first.
    pub fn waiting_in(&self, queue: QueueId) -> impl Iterator<Item = ContactId> + '_ {
        self.tables.waiting.get(&queue).into_iter().flat_map(|line| line.values().copied())
    }

    /// The queue that a target means, if it means one.
    pub(crate) fn target_queue(&self, channel: Channel, target: &Target) -> Result<Option<QueueId>, Refusal> {
        match target {
            Target::User(_) => Ok(None),
            Target::Queue(id) => self.queue_named(channel, &id.to_string()).map(|queue| Some(queue.id)),
            Target::QueueNamed(name) => self.queue_named(channel, name).map(|queue| Some(queue.id)),
        }
    }

    /// The last place of a queue. `ahead` counts places given by the same decision before.
    pub(crate) fn last_place(&self, queue: QueueId) -> Place {
        Place { queue, rank: self.next_rank }
    }

    /// A place in front of everybody who waits in the queue.
    pub(crate) fn first_place(&self, queue: QueueId, decided: usize) -> Place {
        let first = self.tables.waiting.get(&queue).and_then(|line| line.keys().next().copied());
        // Several contacts can be handed back by one decision; each needs a rank of its own.
        let rank = first.unwrap_or(self.next_rank).min(0) - 1 - i64::try_from(decided).unwrap_or(0);
        Place { queue, rank }
    }

    /// Puts an orphaned contact back to the front of its queue, or ends it if the customer has gone
    /// and nobody put it aside on purpose.
    pub(crate) fn hand_back(&self, draft: &mut Draft, decided: usize) {
        if draft.contact.is_open() {
            let place = self.first_place(draft.contact.origin, decided);
            draft.enqueue(place);
        } else {
            draft.end();
        }
    }

    /// Whether the agent serves the queue.
    pub fn serves(&self, user: UserId, queue: &Queue) -> bool {
        let Some(user) = self.users.get(&user) else { return false };
        let able = queue
            .skills
            .iter()
            .all(|(skill, least)| user.skills.get(skill).is_some_and(|level| level >= least));
        let mut units = self
            .groups
            .values()
            .filter(|group| group.id.kind == GroupKind::BusinessUnit && group.queues.contains(&queue.id))
            .peekable();
        able && (units.peek().is_none() || units.any(|unit| unit.users.contains(&user.id)))
    }

    /// The agent who gets the contact from this queue now, if there is one.
    pub(crate) fn candidate(&self, queue: QueueId, contact: &Contact, now: Timestamp) -> Option<UserId> {
        let queue = self.queues.get(&queue)?;
        let ready = self.tables.available.get(&queue.channel)?;
        ready.iter().map(|(_, _, user)| *user).find(|user| {
            let refused = contact.refused.iter().any(|(refuser, until)| refuser == user && *until > now);
            !refused && contact.state_of(*user).is_none() && self.serves(*user, queue)
        })
    }

    /// What the contact center owes at `now`. To be asked again after each command and each duty
    /// until nothing is left.
    pub fn due(&mut self, now: Timestamp) -> Option<Duty> {
        while let Some((at, duty)) = self.tables.deadlines.first().copied() {
            if at > now {
                break;
            }
            match duty {
                Deadline::Reexamine(_, queue) => {
                    self.tables.deadlines.remove(&(at, duty));
                    self.tables.unexamined.insert(queue);
                }
                Deadline::Offer(contact, user) => return Some(Duty::LapseOffer(contact, user)),
                Deadline::Silence(contact) => return Some(Duty::EndSilence(contact)),
                Deadline::Forget(contact) => return Some(Duty::Forget(contact)),
            }
        }
        if let Some(duty) = self.due_about_calls(now) {
            return Some(Duty::Call(duty));
        }
        if let Some((at, due)) = self.texting.first_deadline()
            && at <= now
        {
            return Some(Duty::Text(due));
        }
        while let Some(queue) = self.tables.unexamined.first().copied() {
            if let Some(duty) = self.route(queue, now) {
                return Some(duty);
            }
            self.tables.unexamined.remove(&queue);
        }
        None
    }

    /// The next offer from a queue. A contact that nobody can take now does not hold up those
    /// behind it for more than [`LOOK_AHEAD`] places.
    fn route(&self, queue: QueueId, now: Timestamp) -> Option<Duty> {
        let channel = self.queues.get(&queue)?.channel;
        if self.tables.available.get(&channel).is_none_or(std::collections::BTreeSet::is_empty) {
            return None;
        }
        if channel == Channel::Voice {
            return self.route_calls(queue, now).map(Duty::Call);
        }
        self.waiting_in(queue).take(LOOK_AHEAD).find_map(|id| {
            let contact = self.contacts.get(&id)?;
            self.candidate(queue, contact, now).map(|user| Duty::Offer(id, user))
        })
    }

    /// When [`ContactCenter::due`] has to be asked next without a command, and why.
    pub fn deadline(&self) -> Option<(Timestamp, &'static str)> {
        let contacts = self.tables.deadlines.first().map(|(at, deadline)| {
            let why = match deadline {
                Deadline::Offer(..) => "an offer lapses",
                Deadline::Silence(_) => "a conversation has fallen silent",
                Deadline::Forget(_) => "an ended contact is forgotten",
                Deadline::Reexamine(..) => "an agent may be offered a refused contact again",
            };
            (*at, why)
        });
        let texts = self.texting.first_deadline().map(|(at, deadline)| {
            let why = match deadline {
                TextDeadline::GiveUpParts(_) => "parts of a text have not come",
                TextDeadline::Expire(_) => "a text has waited for too long",
            };
            (at, why)
        });
        contacts.into_iter().chain(texts).chain(self.call_deadline()).min()
    }

    pub(crate) fn do_duty(&self, duty: Duty, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let now = moment.now;
        let id = match duty {
            Duty::Call(duty) => return self.do_call_duty(duty, moment),
            Duty::Text(TextDeadline::GiveUpParts(id)) => return self.give_up_on(id, moment),
            Duty::Text(TextDeadline::Expire(id)) => return Ok(self.expire_text(id)),
            Duty::Offer(id, _) | Duty::LapseOffer(id, _) | Duty::EndSilence(id) | Duty::Forget(id) => id,
        };
        let contact = self.contacts.get(&id).ok_or(Refusal::UnknownContact)?;
        let mut draft = Draft::new(contact, now);
        let mut aside = Vec::new();
        match duty {
            Duty::Offer(_, user) => {
                let lapse_ms = self.settings.ms(SettingName::OfferLapseSeconds);
                draft.offer(user, Invitation::Routed, lapse_ms);
            }
            Duty::LapseOffer(_, user) => {
                let routed = draft.contact.offer_of(user).map(|offer| offer.invitation);
                self.refuse_offer(&mut draft, user, OfferEnd::Lapsed);
                if routed == Some(Invitation::Routed) {
                    aside = self.after_lapse(user, contact.channel, now);
                }
            }
            // Nobody waits at the other end: a session of texts is over for its agents as well.
            Duty::EndSilence(_) if contact.channel == Channel::Sms => draft.end(),
            Duty::EndSilence(_) => self.customer_goes(&mut draft),
            Duty::Text(_) | Duty::Call(_) => {}
            Duty::Forget(_) => draft.push(crate::contact::ContactEvent::Forgotten),
        }
        draft.events.append(&mut aside);
        Ok(draft.events)
    }

    /// An offer ends without being taken; the contact goes back if it depended on it.
    pub(crate) fn refuse_offer(&self, draft: &mut Draft, user: UserId, end: OfferEnd) {
        let Some(offer) = draft.contact.offer_of(user).cloned() else { return };
        let pause_ms = self.settings.ms(SettingName::ReofferPauseSeconds);
        let not_before = offer.invitation.hands_over().then(|| draft.now.plus_ms(pause_ms));
        draft.end_offer(user, end, not_before);
        if draft.is_orphaned() {
            let place = self.first_place(draft.contact.origin, 0);
            draft.enqueue(place);
        }
    }

    pub(crate) fn after_lapse(&self, user: UserId, channel: Channel, now: Timestamp) -> Vec<Event> {
        let not_ready = self.state_entered_by("NotReady");
        match (
            self.settings.is_on(SettingName::NotReadyAfterLapse),
            not_ready,
            self.channel_of(user, channel),
        ) {
            (true, Some(state), Some(_)) => {
                vec![Event::StateChanged { user, channel, state: state.clone(), at: now }]
            }
            _ => Vec::new(),
        }
    }
}

/// How many waiting contacts of a queue are looked at for one that an agent can take.
pub(crate) const LOOK_AHEAD: usize = 50;

/// Something that becomes due. Derived from the state, never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    Offer(ContactId, UserId),
    Silence(ContactId),
    Forget(ContactId),
    Reexamine(ContactId, QueueId),
}

impl ContactCenter {
    /// The deadlines of a contact as it stands.
    pub(crate) fn deadlines_of(&self, contact: &Contact) -> Vec<(Timestamp, Deadline)> {
        if let Stage::Ended(at) = contact.stage {
            let readable_ms = self.settings.ms(SettingName::EndedReadableSeconds);
            return vec![(at.plus_ms(readable_ms), Deadline::Forget(contact.id))];
        }
        let offers =
            contact.offers.iter().map(|offer| (offer.lapses_at, Deadline::Offer(contact.id, offer.user)));
        let refusals = match contact.stage {
            Stage::Waiting(_) => contact.refused.as_slice(),
            _ => &[],
        };
        let again =
            refusals.iter().map(|(_, until)| (*until, Deadline::Reexamine(contact.id, contact.origin)));
        let silence_ms = self.settings.ms(match contact.channel {
            Channel::Sms => SettingName::SmsSilenceEndSeconds,
            Channel::Chat | Channel::Voice => SettingName::SilenceEndSeconds,
        });
        let silence = contact
            .is_open()
            .then(|| (contact.last_activity.plus_ms(silence_ms), Deadline::Silence(contact.id)));
        offers.chain(again).chain(silence).collect()
    }
}
