//! How calls begin: a telephone calls us, an agent dials, somebody is brought in.

use std::sync::Arc;

use super::call::{CallKind, CallParty, PartyNumber, PartyState};
use super::draft::{CallDraft, Newcomer};
use super::leg::{Cause, Reach};
use super::numbers::{Line, is_dialable};
use super::orders::{Arrival, Destination, Origin};
use crate::ContactCenter;
use crate::audience::Part;
use crate::channel::Channel;
use crate::contact::UserData;
use crate::directory::VOICE;
use crate::event::Event;
use crate::ids::{CallId, DeviceId, LegId, QueueId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::settings::SettingName;

impl ContactCenter {
    /// A telephone calls us. The caller always gets an answer, if only a refusal on the line.
    pub(super) fn arrived(&self, arrival: &Arrival, moment: &Moment) -> Vec<Event> {
        if self.legs().contains_key(&arrival.leg) {
            return Vec::new();
        }
        let mut draft = CallDraft::new(self, moment);
        let (reach, number) = match arrival.origin {
            Origin::Device(device) => {
                let number = self.devices().get(&device).map_or("", |device| &device.phone_number);
                (Reach::Device(device), Arc::from(number))
            }
            Origin::Outside => {
                let number = arrival.caller.clone().unwrap_or_default();
                (Reach::Outside(number.clone()), number)
            }
        };
        draft.arrived_leg(arrival.leg, reach, number.clone());
        let begun = match arrival.replaces {
            Some(replaced) => take_place(&mut draft, arrival, replaced),
            None => self.begin(&mut draft, arrival, number),
        };
        if let Err(cause) = begun {
            // Whatever was begun is not kept.
            let mut refused = CallDraft::new(self, moment);
            let reach = match arrival.origin {
                Origin::Device(device) => Reach::Device(device),
                Origin::Outside => Reach::Outside(arrival.caller.clone().unwrap_or_default()),
            };
            refused.arrived_leg(arrival.leg, reach, Arc::default());
            refused.change_leg(arrival.leg, |leg| leg.ends = Some(cause));
            return refused.finish();
        }
        draft.finish()
    }

    fn begin(&self, draft: &mut CallDraft<'_>, arrival: &Arrival, number: Arc<str>) -> Result<(), Cause> {
        let inside = matches!(arrival.origin, Origin::Device(_));
        let line = self.line_of(&arrival.dialled, inside)?;
        let kind = match (&arrival.origin, &line) {
            (Origin::Outside, _) => CallKind::Inbound,
            (Origin::Device(_), Line::Outside(_)) => CallKind::Outbound,
            (Origin::Device(_), _) => CallKind::Internal,
        };
        let call = draft.new_call(kind, None, &arrival.dialled).map_err(|_| Cause::Unavailable)?;
        let (part, user, device) = match arrival.origin {
            Origin::Device(device) => {
                if self.calls_at(device) >= limits::CALLS_PER_DEVICE {
                    return Err(Cause::Busy);
                }
                (Part::Agent, self.user_at(device), Some(device))
            }
            Origin::Outside => (Part::Customer, None, None),
        };
        draft.call(call).ani = arrival.caller.clone().filter(|_| !inside);
        let caller = Newcomer {
            part,
            user,
            device,
            phone_number: number.clone(),
            leg: arrival.leg,
            state: PartyState::Dialing,
            rings_until: None,
        };
        draft.add(call, caller).map_err(|_| Cause::Unavailable)?;
        self.bring(draft, call, &line, &number)?;
        Ok(())
    }

    /// Who works with a device now, or owns it.
    pub(super) fn user_at(&self, device: DeviceId) -> Option<UserId> {
        self.devices().get(&device)?.owner
    }

    /// How many open calls a device takes part in.
    pub(super) fn calls_at(&self, device: DeviceId) -> usize {
        let Some(user) = self.user_at(device) else { return 0 };
        self.calls_of(user).len()
    }

    /// Calls whoever the line leads to and has them ring in a call, or puts the call into a queue.
    ///
    /// # Errors
    /// The cause why not.
    pub(super) fn bring(
        &self,
        draft: &mut CallDraft<'_>,
        call: CallId,
        line: &Line,
        caller: &Arc<str>,
    ) -> Result<Option<PartyNumber>, Cause> {
        let ring_ms = self.settings.ms(SettingName::VoiceRingSeconds);
        match line {
            Line::Queue(queue) => {
                self.queue_up(draft, call, *queue);
                Ok(None)
            }
            Line::Device(device) => {
                let taken = draft.call(call).present().any(|party| party.device == Some(*device));
                if taken || self.calls_at(*device) >= limits::CALLS_PER_DEVICE {
                    return Err(Cause::Busy);
                }
                self.ring(draft, call, *device, caller, ring_ms).map(Some).map_err(|_| Cause::Unavailable)
            }
            Line::Outside(number) => {
                let leg = draft.new_leg(Reach::Outside(number.clone()), caller.clone());
                let newcomer = Newcomer {
                    part: Part::Customer,
                    user: None,
                    device: None,
                    phone_number: number.clone(),
                    leg,
                    state: PartyState::Ringing,
                    rings_until: Some(draft.now.plus_ms(ring_ms)),
                };
                draft.add(call, newcomer).map(Some).map_err(|_| Cause::Unavailable)
            }
        }
    }

    /// Has a device ring.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub(super) fn ring(
        &self,
        draft: &mut CallDraft<'_>,
        call: CallId,
        device: DeviceId,
        caller: &Arc<str>,
        ring_ms: u64,
    ) -> Result<PartyNumber, Refusal> {
        let number = self.devices().get(&device).map_or("", |device| &device.phone_number);
        let leg = draft.new_leg(Reach::Device(device), caller.clone());
        let newcomer = Newcomer {
            part: Part::Agent,
            user: self.user_at(device),
            device: Some(device),
            phone_number: Arc::from(number),
            leg,
            state: PartyState::Ringing,
            rings_until: Some(draft.now.plus_ms(ring_ms)),
        };
        draft.add(call, newcomer)
    }

    /// Puts a call at the end of a queue. Whoever waits is answered and hears music.
    pub(super) fn queue_up(&self, draft: &mut CallDraft<'_>, call: CallId, queue: QueueId) {
        let place = self.last_place(queue);
        let call = draft.call(call);
        call.place = Some(place);
        call.origin = Some(queue);
        for party in call.parties.iter_mut().filter(|party| party.state == PartyState::Dialing) {
            party.state = PartyState::Established;
        }
    }

    /// An agent calls somebody: the agent's own phone is called first, and answers by itself.
    pub(super) fn dial(
        &self,
        by: UserId,
        device: DeviceId,
        to: &Destination,
        caller_id: Option<&str>,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.require_feature(VOICE)?;
        self.user(by)?;
        let own = self.own_device(by, device)?;
        let number = checked_number(&to.phone_number)?;
        check_data(&to.user_data)?;
        if number == own.phone_number {
            return Err(Refusal::TargetIsSelf);
        }
        if !self.is_registered(device) {
            return Err(Refusal::NotRegistered(own.phone_number.clone()));
        }
        if self.calls_at(device) >= limits::CALLS_PER_DEVICE {
            let limit = limits::CALLS_PER_DEVICE;
            return Err(Refusal::LimitReached { of: "calls of a device", limit });
        }
        let mut draft = CallDraft::new(self, moment);
        let inside = self.device_numbered(number).is_some() || self.queue_numbered(number).is_some();
        let kind = if inside { CallKind::Internal } else { CallKind::Outbound };
        let call = draft.new_call(kind, None, number)?;
        let leg = draft.new_leg(Reach::Device(device), Arc::from(number));
        draft.change_leg(leg, |leg| leg.answers_itself = true);
        let caller = Newcomer {
            part: Part::Agent,
            user: Some(by),
            device: Some(device),
            phone_number: Arc::from(own.phone_number.as_str()),
            leg,
            state: PartyState::Dialing,
            rings_until: None,
        };
        draft.add(call, caller)?;
        let begun = draft.call(call);
        begun.dials = Some(Arc::from(number));
        begun.shows = caller_id.map(Arc::from);
        begun.user_data = Arc::new(to.user_data.clone());
        Ok(draft.finish())
    }

    /// A device of the caller's own.
    pub(super) fn own_device(
        &self,
        by: UserId,
        device: DeviceId,
    ) -> Result<&crate::directory::Device, Refusal> {
        let device = self.devices().get(&device).filter(|device| device.owner == Some(by));
        device.ok_or(Refusal::UnknownDevice)
    }

    /// The caller's own phone was answered: now whoever was dialled is called.
    pub(super) fn dial_on(&self, draft: &mut CallDraft<'_>, call: CallId) {
        let Some(number) = draft.call(call).dials.take() else { return };
        let begun = draft.call(call);
        let own = begun.present().find(|party| party.state == PartyState::Dialing);
        let Some(own) = own.map(|own| own.phone_number.clone()) else { return };
        let shown = begun.shows.clone().unwrap_or(own);
        let line = self.line_of(&number, true);
        if let Err(cause) = line.and_then(|line| self.bring(draft, call, &line, &shown)) {
            draft.settle(call, cause);
        }
    }

    /// Whether somebody can take calls on a channel opened with this device.
    pub(super) fn works_at(&self, user: UserId, device: DeviceId) -> bool {
        self.channel_of(user, Channel::Voice).is_some_and(|open| open.device == Some(device))
    }
}

/// A phone that was handed a call comes in for the line that it was handed.
fn take_place(draft: &mut CallDraft<'_>, arrival: &Arrival, replaced: LegId) -> Result<(), Cause> {
    let Origin::Device(device) = arrival.origin else { return Err(Cause::Declined) };
    let calls = draft.calls_with(replaced);
    if calls.is_empty() {
        return Err(Cause::NoSuchNumber);
    }
    let number = draft.center.devices().get(&device).map_or("", |device| &device.phone_number);
    let (number, user) = (Arc::from(number), draft.center.user_at(device));
    for id in calls {
        let call = draft.call(id);
        let Some(party) = call.parties.iter_mut().find(|party| party.leg == replaced && !party.is_gone())
        else {
            continue;
        };
        // Who supervises, or is supervised, is no matter of phones.
        if party.is_supervisor() {
            return Err(Cause::Declined);
        }
        let gone = party.number;
        let state = if party.has_joined() { party.state } else { PartyState::Established };
        // Nobody is in a call twice: who supervises it would be shown by the other party's number.
        let is_in = |other: &CallParty| other.number != gone && other.device == Some(device);
        if call.present().any(is_in) {
            return Err(Cause::Declined);
        }
        let newcomer = Newcomer {
            part: Part::Agent,
            user,
            device: Some(device),
            phone_number: Arc::clone(&number),
            leg: arrival.leg,
            state,
            rings_until: None,
        };
        let came = draft.add(id, newcomer).map_err(|_| Cause::Unavailable)?;
        draft.party(id, came).announced = true;
        draft.release(id, gone, Cause::Replaced);
        draft.settle(id, Cause::Replaced);
    }
    Ok(())
}

pub(super) fn checked_number(number: &str) -> Result<&str, Refusal> {
    let number = number.trim();
    if is_dialable(number) {
        return Ok(number);
    }
    let allowed = format!("1 to {} of the digits 0-9, +, * and #", limits::PHONE_NUMBER_BYTES);
    Err(Refusal::OutOfRange { parameter: "phoneNumber", allowed })
}

pub(super) fn check_data(data: &UserData) -> Result<(), Refusal> {
    crate::conversation::check_data(data)
}
