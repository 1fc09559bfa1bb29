//! What agents, consultants and supervisors do in a contact they are in or invited to. Whether an
//! order is allowed at all is asked of `capability`, once, before anything else.

use std::sync::Arc;

use crate::ContactCenter;
use crate::audience::{Mode, Part, Visibility};
use crate::capability::{self, Action};
use crate::command::{Farewell, Order, Target, Words};
use crate::contact::{
    Contact, ContactEvent, DataValue, Departure, EntryKind, Invitation, OfferEnd, Party, Standing, UserData,
    UserState,
};
use crate::directory::MULTIMEDIA;
use crate::draft::{Draft, Saying};
use crate::event::Event;
use crate::ids::{ContactId, PartyId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::settings::SettingName;

/// The operation that an order is, for the test against the capabilities.
pub fn action_of(order: &Order) -> Action {
    match order {
        Order::Accept { .. } => Action::Accept,
        Order::Reject => Action::Reject,
        Order::Say(words) => action_of_words(words),
        Order::SendUrl { .. } => Action::SendUrl,
        Order::Invite(_) => Action::Invite,
        Order::Consult(_) => Action::Consult,
        Order::Transfer { .. } => Action::Transfer,
        Order::Remove { .. } => Action::RemoveParticipantFromConference,
        Order::Leave { .. } => Action::Leave,
        Order::Complete { .. } => Action::Complete,
        Order::PutData { update: false, .. } => Action::AttachUserData,
        Order::PutData { update: true, .. } => Action::UpdateUserData,
        Order::DeleteData { .. } => Action::DeleteUserData,
        Order::SetDisposition { .. } => Action::SetDisposition,
        Order::SetInFocus => Action::SetInFocus,
        Order::Switch(Mode::Monitor) => Action::SwitchToMonitor,
        Order::Switch(Mode::Coach) => Action::SwitchToCoach,
        Order::Switch(Mode::BargeIn) => Action::SwitchToBargeIn,
    }
}

fn action_of_words(words: &Words) -> Action {
    let to_all = words.to == Visibility::All;
    match words.kind {
        EntryKind::TypingStarted if to_all => Action::SendStartTypingNotification,
        EntryKind::TypingStarted => Action::SendStartTypingToAgentsNotification,
        EntryKind::TypingStopped if to_all => Action::SendStopTypingNotification,
        EntryKind::TypingStopped => Action::SendStopTypingToAgentsNotification,
        EntryKind::CustomNotice if to_all => Action::SendCustomNotice,
        EntryKind::CustomNotice => Action::SendCustomNoticeToAgents,
        EntryKind::NicknameUpdated => Action::SendNicknameUpdatedNotice,
        _ if to_all => Action::SendMessage,
        _ => Action::SendToAgents,
    }
}

impl ContactCenter {
    /// The contact, for a user who is in it or invited to it.
    ///
    /// # Errors
    /// [`Refusal::UnknownContact`] for everybody else, as if there were none.
    pub fn contact_of(&self, user: UserId, id: ContactId) -> Result<&Contact, Refusal> {
        self.contacts
            .get(&id)
            .map(Arc::as_ref)
            .filter(|contact| contact.state_of(user).is_some())
            .ok_or(Refusal::UnknownContact)
    }

    pub(crate) fn converse(
        &self,
        by: UserId,
        id: ContactId,
        order: &Order,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let contact = self.contact_of(by, id)?;
        self.require_feature(MULTIMEDIA)?;
        let action = action_of(order);
        if !capability::allows(contact, by, action) {
            return Err(why_not(contact, by, action));
        }
        let mut draft = Draft::new(contact, moment.now);
        if let Order::Accept { nickname } = order {
            return self.accept(draft, by, nickname.as_deref());
        }
        if matches!(order, Order::Reject) {
            self.refuse_offer(&mut draft, by, OfferEnd::Rejected);
            return Ok(draft.events);
        }
        let me = contact.party_of(by).ok_or(Refusal::UnknownContact)?.clone();
        match order {
            Order::Accept { .. } | Order::Reject | Order::SetInFocus => {}
            Order::Say(words) => self.say(&mut draft, &me, words)?,
            Order::SendUrl { url, text, tag } => {
                let to = Visibility::All;
                let tag = tag.clone();
                if text.is_some() {
                    let first = Words { kind: EntryKind::Text, to, text: text.clone(), tag };
                    self.say(&mut draft, &me, &first)?;
                }
                let url = Words { kind: EntryKind::PushUrl, to, text: Some(url.clone()), tag: None };
                self.say(&mut draft, &me, &url)?;
            }
            Order::Invite(target) => self.invite(&mut draft, by, target, Invitation::Conference)?,
            Order::Consult(target) => self.invite(&mut draft, by, target, Invitation::Consultation)?,
            Order::Transfer { to, farewell } => {
                self.farewell(&mut draft, &me, farewell.as_ref())?;
                self.transfer(&mut draft, &me, to)?;
            }
            Order::Remove { user, farewell } => {
                let party = removable(&draft.contact, by, *user)?;
                self.farewell(&mut draft, &me, farewell.as_ref())?;
                draft.leave(party, Standing::Gone, Some(Departure::Completed));
            }
            Order::Leave { farewell } => {
                self.farewell(&mut draft, &me, farewell.as_ref())?;
                leave(&mut draft, &me);
            }
            Order::Complete { queue, farewell } => {
                self.farewell(&mut draft, &me, farewell.as_ref())?;
                self.complete(&mut draft, &me, queue.as_deref())?;
            }
            Order::PutData { data, .. } => put_data(&mut draft, data)?,
            Order::DeleteData { keys } => delete_data(&mut draft, keys),
            Order::SetDisposition { disposition, key } => {
                let key = key.clone().unwrap_or_else(|| self.settings.disposition_key.clone());
                put_data(&mut draft, &UserData::from([(key, DataValue::Text(disposition.clone()))]))?;
            }
            Order::Switch(mode) => draft.change_part(me.id, Part::Supervisor(*mode))?,
        }
        Ok(draft.events)
    }

    fn accept(&self, mut draft: Draft, by: UserId, nickname: Option<&str>) -> Result<Vec<Event>, Refusal> {
        let Some(offer) = draft.contact.offer_of(by).cloned() else {
            return Err(Refusal::NotAllowedNow(Action::Accept));
        };
        let nickname = nickname.unwrap_or(&self.user(by)?.user_name);
        draft.end_offer(by, OfferEnd::Accepted, None);
        let part = offer.invitation.part();
        if matches!(part, Part::Supervisor(_)) {
            draft.join(Some(by), nickname, part)?;
            return Ok(draft.events);
        }
        if !draft.contact.is_open() {
            draft.join_in_vain(by, nickname, part)?;
            return Ok(draft.events);
        }
        draft.join(Some(by), nickname, part)?;
        let used_up = self.bring_supervisors(&mut draft, by)?;
        draft.events.extend(used_up);
        Ok(draft.events)
    }

    fn say(&self, draft: &mut Draft, me: &Party, words: &Words) -> Result<(), Refusal> {
        let text = match words.kind {
            EntryKind::TypingStarted if !self.settings.is_on(SettingName::TypingPreview) => None,
            _ => words.text.as_deref(),
        };
        let tag = words.tag.as_deref().filter(|_| self.settings.is_on(SettingName::IncludeMessageType));
        if let (EntryKind::NicknameUpdated, Some(nickname)) = (words.kind, text) {
            draft.push(ContactEvent::Renamed(me.id, Arc::from(nickname)));
        }
        let reaches = crate::audience::level(words.to, me.part) == Visibility::All;
        if let (true, EntryKind::Text | EntryKind::PushUrl, Some(text)) = (reaches, words.kind, text) {
            self.check_goes_out(&draft.contact, text)?;
        }
        draft.say(me.id, Saying { kind: words.kind, meant: words.to, text, tag })
    }

    /// The last words before a step. Without a customer to hear them they are not said.
    fn farewell(&self, draft: &mut Draft, me: &Party, farewell: Option<&Farewell>) -> Result<(), Refusal> {
        let Some(farewell) = farewell.filter(|_| draft.contact.is_open() && me.standing == Standing::Present)
        else {
            return Ok(());
        };
        let words = Words {
            kind: EntryKind::Text,
            to: Visibility::All,
            text: Some(farewell.text.clone()),
            tag: farewell.tag.clone(),
        };
        self.say(draft, me, &words)
    }

    fn invite(
        &self,
        draft: &mut Draft,
        by: UserId,
        target: &Target,
        invitation: Invitation,
    ) -> Result<(), Refusal> {
        let user = self.target_user(draft, by, target)?;
        if let Some(party) = draft.contact.party_of(user) {
            let consultant = (party.part == Part::Consultant).then_some(party.id);
            return match (consultant, invitation) {
                (Some(party), Invitation::Conference) => draft.change_part(party, Part::Agent),
                _ if self.perceives_party(draft, by, user) => Err(Refusal::AlreadyInContact),
                _ => Err(Refusal::TargetUnavailable),
            };
        }
        self.offer_to(draft, user, invitation)
    }

    /// The user whom a target means. A queue means the agent whom it would choose.
    fn target_user(&self, draft: &Draft, by: UserId, target: &Target) -> Result<UserId, Refusal> {
        if let Target::User(user) = target {
            self.user(*user)?;
            return if *user == by { Err(Refusal::TargetIsSelf) } else { Ok(*user) };
        }
        let queue = self.target_queue(draft.contact.channel, target)?.ok_or(Refusal::UnknownQueue)?;
        self.candidate(queue, &draft.contact, draft.now).ok_or(Refusal::TargetUnavailable)
    }

    /// Whether `viewer` is aware of `user` in the contact. Answers must not betray a monitor.
    fn perceives_party(&self, draft: &Draft, viewer: UserId, user: UserId) -> bool {
        let parties = (draft.contact.party_of(viewer), draft.contact.party_of(user));
        let (Some(viewer), Some(party)) = parties else { return false };
        crate::audience::perceives(viewer.part, party.part.visibility())
    }

    fn offer_to(&self, draft: &mut Draft, user: UserId, invitation: Invitation) -> Result<(), Refusal> {
        let ready = self.channel_of(user, draft.contact.channel).is_some_and(|open| open.is_ready());
        if !ready || draft.contact.state_of(user).is_some() {
            return Err(Refusal::TargetUnavailable);
        }
        if draft.contact.offers.len() >= limits::OFFERS_PER_CONTACT {
            return Err(Refusal::LimitReached {
                of: "offers of a contact",
                limit: limits::OFFERS_PER_CONTACT,
            });
        }
        draft.offer(user, invitation, self.settings.ms(SettingName::OfferLapseSeconds));
        Ok(())
    }

    fn transfer(&self, draft: &mut Draft, me: &Party, to: &Target) -> Result<(), Refusal> {
        let advises =
            me.part == Part::Consultant && draft.contact.handlers().any(|party| party.part == Part::Agent);
        if let Some(queue) = self.target_queue(draft.contact.channel, to)? {
            if advises {
                // The contact is the agent's: whoever only advises cannot put it away.
                return Err(Refusal::NotAllowedNow(Action::Transfer));
            }
            draft.leave(me.id, Standing::Gone, Some(Departure::Completed));
            draft.enqueue(self.last_place(queue));
            return Ok(());
        }
        let by = me.user.ok_or(Refusal::UnknownContact)?;
        let user = self.target_user(draft, by, to)?;
        let party = draft.contact.party_of(user).map(|party| (party.id, party.part));
        match party {
            Some((party, Part::Consultant)) if !advises => {
                draft.leave(me.id, Standing::Gone, Some(Departure::Completed));
                draft.change_part(party, Part::Agent)?;
            }
            Some((_, Part::Agent)) => draft.leave(me.id, Standing::Gone, Some(Departure::Completed)),
            Some(_) if self.perceives_party(draft, by, user) => return Err(Refusal::AlreadyInContact),
            Some(_) => return Err(Refusal::TargetUnavailable),
            None => {
                let invitation = if advises { Invitation::Consultation } else { Invitation::Transfer };
                self.offer_to(draft, user, invitation)?;
                draft.leave(me.id, Standing::Gone, Some(Departure::Completed));
            }
        }
        Ok(())
    }

    fn complete(&self, draft: &mut Draft, me: &Party, queue: Option<&str>) -> Result<(), Refusal> {
        let queue = queue.map(|name| self.queue_named(draft.contact.channel, name)).transpose()?;
        draft.leave(me.id, Standing::Gone, Some(Departure::Completed));
        match queue {
            Some(queue) => {
                draft.close();
                draft.enqueue(self.last_place(queue.id));
            }
            None => draft.end(),
        }
        Ok(())
    }
}

/// Why an operation is not among the capabilities: a monitor may not speak, whatever the moment.
fn why_not(contact: &Contact, by: UserId, action: Action) -> Refusal {
    let monitors = contact.party_of(by).is_some_and(|party| !party.part.may_speak());
    let speaks = matches!(
        action,
        Action::SendMessage
            | Action::SendToAgents
            | Action::SendStartTypingNotification
            | Action::SendStopTypingNotification
            | Action::SendStartTypingToAgentsNotification
            | Action::SendStopTypingToAgentsNotification
            | Action::SendUrl
            | Action::SendCustomNotice
            | Action::SendCustomNoticeToAgents
            | Action::SendNicknameUpdatedNotice
    );
    if monitors && speaks && contact.state_of(by) == Some(UserState::Chatting) {
        return Refusal::MonitorMayNotSpeak;
    }
    if contact.opted_out && matches!(action, Action::SendMessage | Action::SendUrl) {
        return Refusal::OptedOut;
    }
    Refusal::NotAllowedNow(action)
}

fn leave(draft: &mut Draft, me: &Party) {
    let handles = matches!(me.part, Part::Agent | Part::Consultant);
    let accompanied = draft.contact.handlers().any(|party| party.id != me.id);
    if !handles || accompanied {
        draft.leave(me.id, Standing::Gone, Some(Departure::Completed));
        return;
    }
    draft.leave(me.id, Standing::WrapUp, None);
    draft.close();
}

/// The party of another agent who can be sent away. Supervisors cannot, and are not told apart from
/// strangers.
fn removable(contact: &Contact, by: UserId, user: UserId) -> Result<PartyId, Refusal> {
    if by == user {
        return Err(Refusal::TargetIsSelf);
    }
    contact
        .handlers()
        .find(|party| party.user == Some(user))
        .map(|party| party.id)
        .ok_or(Refusal::NotAParticipant)
}

fn put_data(draft: &mut Draft, data: &UserData) -> Result<(), Refusal> {
    let mut all = (*draft.contact.user_data).clone();
    all.extend(data.iter().map(|(key, value)| (key.clone(), value.clone())));
    check_data(&all)?;
    draft.push(ContactEvent::DataChanged(Arc::new(all)));
    Ok(())
}

/// Whether user data keeps its limits.
///
/// # Errors
/// [`Refusal::OutOfRange`].
pub(crate) fn check_data(data: &UserData) -> Result<(), Refusal> {
    let bytes: usize = data.iter().map(|(key, value)| key.len() + value.bytes()).sum();
    if data.len() > limits::USER_DATA_KEYS || bytes > limits::USER_DATA_BYTES {
        let allowed = format!("{} keys, {} bytes in all", limits::USER_DATA_KEYS, limits::USER_DATA_BYTES);
        return Err(Refusal::OutOfRange { parameter: "userData", allowed });
    }
    Ok(())
}

fn delete_data(draft: &mut Draft, keys: &[String]) {
    let mut rest = (*draft.contact.user_data).clone();
    rest.retain(|key, _| !keys.contains(key));
    draft.push(ContactEvent::DataChanged(Arc::new(rest)));
}
