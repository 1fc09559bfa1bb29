//! Calls in queues, and what becomes due.

use super::CallDuty;
use super::call::{CallParty, PartyState};
use super::draft::CallDraft;
use super::event::CallEvent;
use super::leg::Cause;
use crate::ContactCenter;
use crate::agent::OpenChannel;
use crate::channel::Channel;
use crate::event::Event;
use crate::ids::{CallId, QueueId, UserId};
use crate::limits;
use crate::moment::{Moment, Timestamp};
use crate::refusal::Refusal;
use crate::routing::LOOK_AHEAD;
use crate::settings::SettingName;

impl ContactCenter {
    /// The next offer of a call from a queue.
    pub(crate) fn route_calls(&self, queue: QueueId, now: Timestamp) -> Option<CallDuty> {
        let definition = self.queues().get(&queue)?;
        let ready = self.tables.available.get(&Channel::Voice)?;
        self.calls_waiting_in(queue).take(LOOK_AHEAD).find_map(|id| {
            let call = self.calls().get(&id)?;
            let fits = |user: &UserId| {
                let refused = call.refused.iter().any(|(refuser, until)| refuser == user && *until > now);
                !refused
                    && self.can_ring(*user)
                    && self.serves(*user, definition)
                    && call.party_of(*user).is_none()
            };
            ready.iter().map(|(_, _, user)| *user).find(fits).map(|user| CallDuty::Offer(id, user))
        })
    }

    /// Whether the phone with which an agent works is registered and takes calls.
    fn can_ring(&self, user: UserId) -> bool {
        let device = self.channel_of(user, Channel::Voice).and_then(|open| open.device);
        let device = device.and_then(|device| self.devices().get(&device));
        device.is_some_and(|it| !it.do_not_disturb && it.forward_to.is_none() && self.is_registered(it.id))
    }

    /// What is due about calls.
    pub(crate) fn due_about_calls(&mut self, now: Timestamp) -> Option<CallDuty> {
        let ended = &self.telephony.tables.ended;
        if let Some((_, oldest)) = ended.first().filter(|_| ended.len() > limits::ENDED_CALLS) {
            return Some(CallDuty::Forget(*oldest));
        }
        while let Some((at, duty)) = self.telephony.tables.deadlines.first().copied() {
            if at > now {
                break;
            }
            let CallDuty::Reexamine(call) = duty else { return Some(duty) };
            self.telephony.tables.deadlines.remove(&(at, duty));
            let place = self.calls().get(&call).and_then(|call| call.place);
            self.tables.unexamined.extend(place.map(|place| place.queue));
        }
        None
    }

    /// When something about calls becomes due next, and why.
    pub(crate) fn call_deadline(&self) -> Option<(Timestamp, &'static str)> {
        let (at, duty) = self.telephony.tables.deadlines.first()?;
        let why = match duty {
            CallDuty::Offer(..) => "a call is offered",
            CallDuty::StopRinging(..) => "a phone has rung for long enough",
            CallDuty::Reexamine(_) => "an agent may be offered a refused call again",
            CallDuty::Forget(_) => "a call that is over is forgotten",
            CallDuty::EndWrapUp(_) => "the time after a call is over",
        };
        Some((*at, why))
    }

    pub(crate) fn do_call_duty(&self, duty: CallDuty, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let mut draft = CallDraft::new(self, moment);
        match duty {
            CallDuty::Offer(id, user) => self.offer_call(&mut draft, id, user)?,
            CallDuty::StopRinging(id, number) => {
                let call = self.calls().get(&id).ok_or(Refusal::UnknownCall)?;
                if call.party(number).is_some_and(CallParty::is_supervisor) {
                    draft.release(id, number, Cause::NoAnswer);
                } else {
                    self.not_answered(&mut draft, id, number, Cause::NoAnswer);
                }
            }
            CallDuty::Forget(id) => draft.push(CallEvent::CallForgotten(id)),
            CallDuty::EndWrapUp(user) => self.end_wrap_up(&mut draft, user),
            CallDuty::Reexamine(_) => {}
        }
        Ok(draft.finish())
    }

    fn offer_call(&self, draft: &mut CallDraft<'_>, id: CallId, user: UserId) -> Result<(), Refusal> {
        let waiting = self.calls().get(&id).ok_or(Refusal::UnknownCall)?;
        let place = waiting.place.ok_or(Refusal::UnknownCall)?;
        let open = self.channel_of(user, Channel::Voice);
        let device = open.and_then(|open| open.device).ok_or(Refusal::NoDevice)?;
        let caller = waiting.present().find(|party| !party.is_supervisor());
        let caller = caller.ok_or(Refusal::UnknownCall)?.phone_number.clone();
        draft.call(id).place = None;
        let lapse_ms = self.settings.ms(SettingName::OfferLapseSeconds);
        let number = self.ring(draft, id, device, &caller, lapse_ms)?;
        let party = draft.party(id, number);
        party.offered_by = Some(place.queue);
        party.announced = true;
        Ok(())
    }

    /// A user takes time for what is left to do after a call.
    pub(crate) fn take_wrap_up(
        &self,
        by: UserId,
        seconds: u32,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let mut events = self.enter_state(by, by, Some(Channel::Voice), "AfterCallWork", moment)?;
        let until = moment.now.plus_ms(u64::from(seconds) * 1_000);
        events.push(Event::Call(CallEvent::WrapUp(by, Some(until))));
        Ok(events)
    }

    /// The user's time after a call has no end any more, if it had one.
    pub(crate) fn wrap_up_void(&self, user: UserId) -> Option<Event> {
        let pending = self.telephony.wrap_ups.contains_key(&user);
        pending.then_some(Event::Call(CallEvent::WrapUp(user, None)))
    }

    fn end_wrap_up(&self, draft: &mut CallDraft<'_>, user: UserId) {
        draft.push(CallEvent::WrapUp(user, None));
        let working = |open: &&OpenChannel| open.state.operation_name == "AfterCallWork";
        if let (Some(_), Some(ready)) =
            (self.channel_of(user, Channel::Voice).filter(working), self.state_entered_by("Ready"))
        {
            let (channel, state, at) = (Channel::Voice, ready.clone(), draft.now);
            draft.events.push(Event::StateChanged { user, channel, state, at });
        }
    }

    /// A user stops working on calls: what the user handled goes on without, or back to its queue.
    pub(crate) fn leave_calls(&self, user: UserId, moment: &Moment) -> Vec<Event> {
        let mut draft = CallDraft::new(self, moment);
        for id in self.calls_of(user) {
            let Some(party) = self.calls().get(&id).and_then(|call| call.party_of(user)) else { continue };
            let number = party.number;
            match party.state {
                PartyState::Ringing if !party.is_supervisor() => {
                    self.not_answered(&mut draft, id, number, Cause::Declined);
                }
                _ => {
                    draft.release(id, number, Cause::HungUp);
                    let call = draft.call(id);
                    let customer = call.customer().is_some_and(CallParty::has_joined);
                    let others = call.present().filter(|party| !party.is_supervisor()).count();
                    if let (Some(queue), true, 1) = (call.origin, customer, others) {
                        let place = draft.front_of(queue);
                        draft.call(id).place = Some(place);
                    }
                    draft.settle(id, Cause::HungUp);
                }
            }
        }
        self.end_orders_of(&mut draft, user);
        draft.events.extend(self.wrap_up_void(user));
        draft.finish()
    }
}
