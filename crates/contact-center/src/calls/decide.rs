//! Where each order about calls is decided.

use std::sync::Arc;

use super::call::{Call, CallParty, PartyNumber, PartyState, RecordingState};
use super::directory::DeviceSwitch;
use super::draft::CallDraft;
use super::event::CallEvent;
use super::hearing;
use super::leg::Cause;
use super::orders::{CallOrder, RecordingOrder};
use super::view::{CallAction, DeviceAction};
use super::{data, supervise};
use crate::ContactCenter;
use crate::channel::Channel;
use crate::command::Command;
use crate::contact::{DataValue, UserData};
use crate::directory::{Device, VOICE, VOICE_RECORDING, VOICE_SUPERVISION};
use crate::event::Event;
use crate::ids::{CallId, DeviceId, LegId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::refusal::Refusal;

/// Where telephony servers keep what a recording does, and its name.
const RECORDING_STATE_KEY: &str = "GSIP_RECORD";
const RECORDING_NAME_KEY: &str = "GSIP_REC_FN";

impl ContactCenter {
    pub(crate) fn decide_about_calls(
        &self,
        command: &Command,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Dial { by, device, to, caller_id } => {
                self.dial(*by, *device, to, caller_id.as_deref(), moment)
            }
            Command::Call { by, call, order } => self.call_order(*by, *call, order, moment),
            Command::SwitchDevice { by, device, switch } => self.switch_device(*by, *device, switch, moment),
            Command::Supervise { by, device, request } => self.supervise(*by, *device, request, moment),
            Command::CancelSupervision { by, device } => self.cancel_supervision(*by, *device),
            Command::Line(report) => Ok(self.report(report, moment)),
            _ => Ok(Vec::new()),
        }
    }

    fn call_order(
        &self,
        by: UserId,
        id: CallId,
        order: &CallOrder,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.user(by)?;
        self.require_feature(VOICE)?;
        let call = self.calls().get(&id).ok_or(Refusal::UnknownCall)?;
        if let CallOrder::SetDisposition { disposition, key, user_data } = order {
            return self.dispose(by, call, disposition, key.as_deref(), user_data, moment);
        }
        let party = call.party_of(by).filter(|_| call.is_open()).ok_or(Refusal::UnknownCall)?;
        self.check_features(order)?;
        self.allows(call, party, order).map_err(Refusal::CallNotAllowedNow)?;
        let mut draft = CallDraft::new(self, moment);
        // Whoever gives the order is told of this call first, but where the contract has another order.
        if !matches!(order, CallOrder::CompleteConference { .. } | CallOrder::CompleteTransfer { .. }) {
            draft.call(id);
        }
        self.follow(&mut draft, by, (id, party.number), order)?;
        Ok(draft.finish())
    }

    fn check_features(&self, order: &CallOrder) -> Result<(), Refusal> {
        match order {
            CallOrder::Record(_) => self.require_feature(VOICE_RECORDING),
            CallOrder::SwitchTo(_) | CallOrder::MuteMonitoredUser => self.require_feature(VOICE_SUPERVISION),
            _ => Ok(()),
        }
    }

    fn follow(
        &self,
        draft: &mut CallDraft<'_>,
        by: UserId,
        at: (CallId, PartyNumber),
        order: &CallOrder,
    ) -> Result<(), Refusal> {
        let (id, number) = at;
        match order {
            CallOrder::Answer => {
                let leg = draft.party(id, number).leg;
                draft.change_leg(leg, |leg| leg.answers_itself = true);
            }
            CallOrder::Reject if draft.party(id, number).is_supervisor() => {
                draft.release(id, number, Cause::Declined);
            }
            CallOrder::Reject => self.not_answered(draft, id, number, Cause::Declined),
            CallOrder::Hangup => self.leaves(draft, id, number, Cause::HungUp),
            CallOrder::Hold => draft.party(id, number).state = PartyState::Held,
            CallOrder::Retrieve => {
                let leg = draft.party(id, number).leg;
                self.claim_line(draft, id, leg);
                draft.party(id, number).state = PartyState::Established;
            }
            CallOrder::SendDigits(digits) => send_digits(draft, by, at, digits)?,
            CallOrder::Mute => draft.party(id, number).muted = true,
            CallOrder::Unmute => draft.party(id, number).muted = false,
            CallOrder::Swap { other } => {
                let (taken_up, leg) = swap(draft, by, at, *other)?;
                self.claim_line(draft, taken_up, leg);
            }
            CallOrder::Clear => {
                draft.end(id, Cause::HungUp);
                self.wrap_up(draft, id);
            }
            CallOrder::SingleStepTransfer(to) => self.single_step_transfer(draft, at, to)?,
            CallOrder::SingleStepConference(to) => self.single_step_conference(draft, at, to)?,
            CallOrder::InitiateTransfer(to) | CallOrder::InitiateConference(to) => {
                self.consult(draft, at, to)?;
            }
            CallOrder::CompleteTransfer { consult } => self.complete_transfer(draft, by, id, *consult)?,
            CallOrder::CompleteConference { consult } => self.complete_conference(draft, by, id, *consult)?,
            CallOrder::Remove { participant } => self.remove(draft, at, participant)?,
            CallOrder::AttachData(pairs) | CallOrder::UpdateData(pairs) => data::attach(draft, id, pairs)?,
            CallOrder::DeleteData => data::put(draft, id, UserData::new()),
            CallOrder::DeleteDataPair(key) => {
                let mut rest = (*draft.call(id).user_data).clone();
                rest.remove(key);
                data::put(draft, id, rest);
            }
            CallOrder::SetDisposition { .. } => {}
            CallOrder::Record(order) => record(draft, id, *order),
            CallOrder::SwitchTo(mode) => supervise::change_mode(draft, id, number, *mode),
            CallOrder::MuteMonitoredUser => self.silence(draft, at, true)?,
            CallOrder::UnmuteMonitoredUser => self.silence(draft, at, false)?,
        }
        Ok(())
    }

    fn remove(
        &self,
        draft: &mut CallDraft<'_>,
        (id, number): (CallId, PartyNumber),
        participant: &str,
    ) -> Result<(), Refusal> {
        let call = draft.call(id);
        let Some(own) = call.party(number) else { return Err(Refusal::UnknownCall) };
        let meant = |party: &&CallParty| hearing::sees(own, party) && &*party.phone_number == participant;
        let found = call.present().find(meant).map(|party| party.number);
        let found = found.ok_or_else(|| Refusal::UnknownParticipant(participant.to_owned()))?;
        let supervisor = own.is_supervisor();
        draft.release(id, found, Cause::HungUp);
        if supervisor {
            self.take_over(draft, (id, number));
        }
        draft.settle(id, Cause::HungUp);
        self.wrap_up(draft, id);
        Ok(())
    }

    /// A disposition is data while the call goes on. Afterwards there is nothing left that it could change.
    fn dispose(
        &self,
        by: UserId,
        call: &Call,
        disposition: &str,
        key: Option<&str>,
        user_data: &UserData,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        if !call.parties.iter().any(|party| party.user == Some(by)) {
            return Err(Refusal::UnknownCall);
        }
        let mut pairs = user_data.clone();
        let key = key.unwrap_or(&self.settings.disposition_key);
        pairs.insert(key.to_owned(), DataValue::Text(disposition.to_owned()));
        let mut draft = CallDraft::new(self, moment);
        data::attach(&mut draft, call.id, &pairs)?;
        Ok(draft.finish())
    }

    fn switch_device(
        &self,
        by: UserId,
        device: DeviceId,
        switch: &DeviceSwitch,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.require_feature(VOICE)?;
        let device = self.own_device(by, device)?;
        let open = self.channel_of(by, Channel::Voice).filter(|open| open.device == Some(device.id));
        let disturbed = device.do_not_disturb || open.is_some_and(|open| open.do_not_disturb);
        let kept = |device: Device| Event::DeviceKept(device);
        let not_now = |action| Err(Refusal::DeviceNotAllowedNow(action));
        match switch {
            DeviceSwitch::DoNotDisturbOn if disturbed => not_now(DeviceAction::DoNotDisturbOn),
            DeviceSwitch::DoNotDisturbOff if !disturbed => not_now(DeviceAction::DoNotDisturbOff),
            DeviceSwitch::DoNotDisturbOn | DeviceSwitch::DoNotDisturbOff => {
                let on = *switch == DeviceSwitch::DoNotDisturbOn;
                let mut events = vec![kept(Device { do_not_disturb: on, ..device.clone() })];
                if open.is_some() {
                    let (user, channel, at) = (by, Channel::Voice, moment.now);
                    events.push(Event::DisturbanceSwitched { user, channel, on, at });
                }
                Ok(events)
            }
            DeviceSwitch::ForwardCallsOn(_) if device.forward_to.is_some() => {
                not_now(DeviceAction::ForwardCallsOn)
            }
            DeviceSwitch::ForwardCallsOn(number) => {
                let number = super::connect::checked_number(number)?;
                if number == device.phone_number {
                    return Err(Refusal::TargetIsSelf);
                }
                Ok(vec![kept(Device { forward_to: Some(number.to_owned()), ..device.clone() })])
            }
            DeviceSwitch::ForwardCallsOff if device.forward_to.is_none() => {
                not_now(DeviceAction::ForwardCallsOff)
            }
            DeviceSwitch::ForwardCallsOff => Ok(vec![kept(Device { forward_to: None, ..device.clone() })]),
        }
    }
}

/// Exchanges two calls of an agent. Returns the one that is taken up, and its line.
fn swap(
    draft: &mut CallDraft<'_>,
    by: UserId,
    (id, number): (CallId, PartyNumber),
    other: CallId,
) -> Result<(CallId, LegId), Refusal> {
    let there = draft.seen(other).filter(|call| call.is_open()).and_then(|call| call.party_of(by));
    let (there, state) = there.map(|party| (party.number, party.state)).ok_or(Refusal::UnknownCall)?;
    let here = draft.party(id, number).state;
    let opposite = matches!(
        (here, state),
        (PartyState::Established, PartyState::Held) | (PartyState::Held, PartyState::Established)
    );
    if !opposite || other == id {
        return Err(Refusal::CallNotAllowedNow(CallAction::SwapCalls));
    }
    draft.party(id, number).state = state;
    draft.party(other, there).state = here;
    let (call, party) = if state == PartyState::Established { (id, number) } else { (other, there) };
    Ok((call, draft.party(call, party).leg))
}

/// Digits go to whoever hears the agent, but to no supervisor.
fn send_digits(
    draft: &mut CallDraft<'_>,
    user: UserId,
    (call, number): (CallId, PartyNumber),
    digits: &str,
) -> Result<(), Refusal> {
    let known = |byte: u8| byte.is_ascii_digit() || b"*#ABCD".contains(&byte);
    if digits.is_empty() || digits.len() > limits::DIGITS || !digits.bytes().all(known) {
        let allowed = format!("1 to {} of the digits 0-9, *, # and A-D", limits::DIGITS);
        return Err(Refusal::OutOfRange { parameter: "digits", allowed });
    }
    let seen = draft.call(call);
    let Some(own) = seen.party(number) else { return Err(Refusal::UnknownCall) };
    let hear = seen.present().filter(|party| !party.is_supervisor() && hearing::hears(party, own));
    let to = hear.map(|party| party.leg).collect();
    draft.push(CallEvent::DigitsSent { call, user, to, digits: Arc::from(digits) });
    Ok(())
}

fn record(draft: &mut CallDraft<'_>, id: CallId, order: RecordingOrder) {
    let call = draft.call(id);
    let (state, word) = match order {
        RecordingOrder::Start => {
            call.recording.count += 1;
            call.recording.name = Arc::from(format!("{id}-{}", call.recording.count));
            (RecordingState::Recording, "ON")
        }
        RecordingOrder::Resume => (RecordingState::Recording, "ON"),
        RecordingOrder::Pause => (RecordingState::Paused, "PAUSED"),
        RecordingOrder::Stop => (RecordingState::Stopped, "OFF"),
    };
    call.recording.state = state;
    let mut all = (*call.user_data).clone();
    all.insert(RECORDING_STATE_KEY.to_owned(), DataValue::Text(word.to_owned()));
    all.insert(RECORDING_NAME_KEY.to_owned(), DataValue::Text(call.recording.name.to_string()));
    data::put(draft, id, all);
}
