//! What a user may do in a call right now. The list that a user is shown and the test that an order must pass
//! are one function, so that they cannot differ.

use super::call::{Call, CallKind, CallParty, PartyState, RecordingState};
use super::hearing::sees;
use super::orders::{CallOrder, RecordingOrder};
use super::view::CallAction as A;
use crate::ContactCenter;
use crate::audience::{Mode, Part};
use crate::directory::VOICE_RECORDING;
use crate::ids::CallId;

const DATA: [A; 4] = [A::AttachUserData, A::UpdateUserData, A::DeleteUserData, A::DeleteUserDataPair];
const ONWARD: [A; 4] =
    [A::SingleStepTransfer, A::SingleStepConference, A::InitiateTransfer, A::InitiateConference];
const COMPLETE: [A; 3] = [A::SwapCalls, A::CompleteTransfer, A::CompleteConference];

impl ContactCenter {
    /// What a party of an open call may do.
    pub(super) fn call_capabilities(&self, call: &Call, party: &CallParty) -> Vec<A> {
        match party.state {
            PartyState::Dialing => [&[A::SendDtmf, A::Hangup][..], &DATA].concat(),
            PartyState::Ringing => self.when_ringing(party),
            PartyState::Established => self.when_established(call, party),
            PartyState::Held => self.when_held(call, party),
            PartyState::Released(_) => Vec::new(),
        }
    }

    fn when_ringing(&self, party: &CallParty) -> Vec<A> {
        let device = party.device.and_then(|device| self.devices().get(&device));
        let mut list = Vec::new();
        if device.is_some_and(|device| !device.is_public) {
            list.push(A::Answer);
        }
        list.extend(DATA);
        list.push(A::ClearCall);
        if party.offered_by.is_some() || party.is_supervisor() {
            list.push(A::Reject);
        }
        if party.is_supervisor() {
            // Who is only about to come in cannot end the call of others.
            list.retain(|action| *action != A::ClearCall);
        }
        list
    }

    fn when_established(&self, call: &Call, party: &CallParty) -> Vec<A> {
        let mut list = vec![A::Hangup, A::Hold, A::SendDtmf];
        list.extend(ONWARD);
        list.extend(DATA);
        if let Part::Supervisor(mode) = party.part {
            if mode != Mode::Monitor {
                list.push(microphone(party));
            }
            list.extend(self.consultation_with(call, party).map(|_| COMPLETE).into_iter().flatten());
            list.extend(supervisor(mode, party, call));
            return list;
        }
        list.push(microphone(party));
        list.push(A::ClearCall);
        if self.features().contains(VOICE_RECORDING) {
            list.extend(recording(call.recording.state));
        }
        if self.consultation_with(call, party).is_some() {
            list.extend(COMPLETE);
        }
        let others = call.present().filter(|other| other.has_joined() && sees(party, other)).count();
        if others > 1 && owner(call) == Some(party.number) {
            list.push(A::RemoveParticipantFromConference);
        }
        list
    }

    fn when_held(&self, call: &Call, party: &CallParty) -> Vec<A> {
        let mut list = match self.consultation_with(call, party) {
            Some(_) => COMPLETE.to_vec(),
            None => vec![A::Retrieve],
        };
        list.push(A::Hangup);
        list.extend(ONWARD);
        list.extend(DATA);
        if !party.is_supervisor() {
            list.push(A::ClearCall);
        }
        if self.put_aside_by_phone(party) {
            // Only the phone can take up again what it has put aside.
            list.retain(|action| !matches!(action, A::Retrieve | A::SwapCalls));
        }
        list
    }

    fn put_aside_by_phone(&self, party: &CallParty) -> bool {
        self.legs().get(&party.leg).is_some_and(|leg| leg.held_by_phone)
    }

    /// The other call of a pair that can be completed: the consultation of a call, or the call of a consultation.
    /// Whoever was asked must have answered.
    fn consultation_with(&self, call: &Call, party: &CallParty) -> Option<CallId> {
        let user = party.user?;
        let asks = |id: &CallId| {
            let consult = self.calls().get(id).filter(|consult| consult.is_open())?;
            let asker = consult.party_of(user).filter(|asker| asker.has_joined())?;
            let answered = consult.present().any(|other| other.number != asker.number && other.has_joined());
            answered.then_some(*id)
        };
        if call.kind == CallKind::Consult {
            let main = call.parent.and_then(|main| self.calls().get(&main)).filter(|main| main.is_open())?;
            main.party_of(user)?;
            return asks(&call.id).map(|_| main.id);
        }
        self.telephony.tables.consults.get(&call.id)?.iter().find_map(asks)
    }

    /// Whether a party may do what an order says.
    pub(super) fn allows(&self, call: &Call, party: &CallParty, order: &CallOrder) -> Result<(), A> {
        let action = action_of(order);
        if self.call_capabilities(call, party).contains(&action) { Ok(()) } else { Err(action) }
    }
}

/// The operation that an order is.
pub(super) fn action_of(order: &CallOrder) -> A {
    match order {
        CallOrder::Answer => A::Answer,
        CallOrder::Reject => A::Reject,
        CallOrder::Hangup => A::Hangup,
        CallOrder::Hold => A::Hold,
        CallOrder::Retrieve => A::Retrieve,
        CallOrder::SendDigits(_) => A::SendDtmf,
        CallOrder::Mute => A::MuteCall,
        CallOrder::Unmute => A::UnmuteCall,
        CallOrder::Swap { .. } => A::SwapCalls,
        CallOrder::Clear => A::ClearCall,
        CallOrder::SingleStepTransfer(_) => A::SingleStepTransfer,
        CallOrder::SingleStepConference(_) => A::SingleStepConference,
        CallOrder::InitiateTransfer(_) => A::InitiateTransfer,
        CallOrder::InitiateConference(_) => A::InitiateConference,
        CallOrder::CompleteTransfer { .. } => A::CompleteTransfer,
        CallOrder::CompleteConference { .. } => A::CompleteConference,
        CallOrder::Remove { .. } => A::RemoveParticipantFromConference,
        CallOrder::AttachData(_) => A::AttachUserData,
        CallOrder::UpdateData(_) | CallOrder::SetDisposition { .. } => A::UpdateUserData,
        CallOrder::DeleteData => A::DeleteUserData,
        CallOrder::DeleteDataPair(_) => A::DeleteUserDataPair,
        CallOrder::Record(RecordingOrder::Start) => A::StartCallRecording,
        CallOrder::Record(RecordingOrder::Stop) => A::StopCallRecording,
        CallOrder::Record(RecordingOrder::Pause) => A::PauseCallRecording,
        CallOrder::Record(RecordingOrder::Resume) => A::ResumeCallRecording,
        CallOrder::SwitchTo(Mode::Monitor) => A::SwitchToListenIn,
        CallOrder::SwitchTo(Mode::Coach) => A::SwitchToCoach,
        CallOrder::SwitchTo(Mode::BargeIn) => A::SwitchToBargeIn,
        CallOrder::MuteMonitoredUser => A::MuteMonitoredUser,
        CallOrder::UnmuteMonitoredUser => A::UnmuteMonitoredUser,
    }
}

fn microphone(party: &CallParty) -> A {
    if party.muted { A::UnmuteCall } else { A::MuteCall }
}

/// The owner of a conference: the agent who has been in it for the longest.
fn owner(call: &Call) -> Option<super::PartyNumber> {
    call.present().find(|party| party.part == Part::Agent && party.has_joined()).map(|party| party.number)
}

fn recording(state: RecordingState) -> &'static [A] {
    match state {
        RecordingState::Stopped => &[A::StartCallRecording],
        RecordingState::Recording => &[A::PauseCallRecording, A::StopCallRecording],
        RecordingState::Paused => &[A::ResumeCallRecording, A::StopCallRecording],
    }
}

/// A supervisor's switches, and what else comes with the mode.
fn supervisor(mode: Mode, party: &CallParty, call: &Call) -> Vec<A> {
    let switches = [
        (Mode::Monitor, A::SwitchToListenIn),
        (Mode::Coach, A::SwitchToCoach),
        (Mode::BargeIn, A::SwitchToBargeIn),
    ];
    let mut list = vec![A::RemoveParticipantFromConference];
    list.extend(switches.into_iter().filter(|(to, _)| *to != mode).map(|(_, switch)| switch));
    if let (Mode::BargeIn, Some(charge)) = (mode, party.charge.and_then(|charge| call.party(charge))) {
        list.push(if charge.silenced { A::UnmuteMonitoredUser } else { A::MuteMonitoredUser });
    }
    list
}
