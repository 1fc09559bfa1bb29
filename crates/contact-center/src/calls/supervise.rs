//! Supervising calls: standing orders, coming into a call, changing the mode, silencing.

use std::sync::Arc;

use super::call::{Call, CallKind, CallParty, PartyNumber, PartyState};
use super::draft::{CallDraft, Newcomer};
use super::event::CallEvent;
use super::leg::Reach;
use super::standing::{StandingOrder, StandingRequest, SupervisionTarget};
use super::view::{CallAction, DeviceAction};
use crate::ContactCenter;
use crate::audience::{Mode, Part};
use crate::channel::Channel;
use crate::directory::{VOICE, VOICE_SUPERVISION};
use crate::event::Event;
use crate::ids::{CallId, DeviceId, UserId};
use crate::limits;
use crate::moment::Moment;
use crate::people::Role;
use crate::refusal::Refusal;
use crate::settings::SettingName;

impl ContactCenter {
    /// A supervisor joins calls from now on, and the one that runs already.
    pub(super) fn supervise(
        &self,
        by: UserId,
        device: DeviceId,
        request: &StandingRequest,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        self.require(by, Role::Supervisor)?;
        self.require_feature(VOICE)?;
        self.require_feature(VOICE_SUPERVISION)?;
        let own = self.own_device(by, device)?;
        let target = self.target_of(request)?;
        if let SupervisionTarget::Device(target) = target {
            let agent = self.user_at(target).ok_or(Refusal::UnknownDevice)?;
            if target == device || agent == by {
                return Err(Refusal::SupervisesSelf);
            }
            self.may_supervise(by, agent)?;
        }
        if !self.is_registered(device) {
            return Err(Refusal::NotRegistered(own.phone_number.clone()));
        }
        if !self.works_at(by, device) {
            return Err(Refusal::ChannelNotOpen(Channel::Voice));
        }
        self.check_watchers(device, target)?;
        let mut draft = CallDraft::new(self, moment);
        let mut order = StandingOrder {
            supervisor: by,
            mode: request.mode,
            target,
            once: request.once,
            scope: request.scope,
            used_by: None,
        };
        let joins = self.settings.is_on(SettingName::VoiceIntrusion);
        let running = if joins { self.running_at(target) } else { Vec::new() };
        for (call, charge) in running {
            if order.once && order.used_by.is_some() {
                break;
            }
            let there = draft.call(call).party_of(by).map(|party| (party.number, party.is_supervisor()));
            match there {
                // A new order takes the place of the old one, in the running call as well.
                Some((number, true)) => {
                    let party = draft.party(call, number);
                    party.ordered_on = Some(device);
                    party.scope = Some(order.scope);
                    party.charge = Some(charge);
                    change_mode(&mut draft, call, number, order.mode);
                }
                Some((_, false)) => continue,
                None if self.come_in(&mut draft, call, charge, device, &order) => {}
                None => continue,
            }
            if order.once {
                order.used_by = Some(call);
            }
        }
        draft.push(CallEvent::StandingKept(device, order));
        Ok(draft.finish())
    }

    fn target_of(&self, request: &StandingRequest) -> Result<SupervisionTarget, Refusal> {
        let number = request.phone_number.as_deref();
        if let Some(target) = request.target {
            let device = self.devices().get(&target).ok_or(Refusal::UnknownDevice)?;
            return match number {
                Some(number) if number != device.phone_number => {
                    Err(Refusal::UnknownNumber(number.to_owned()))
                }
                _ => Ok(SupervisionTarget::Device(target)),
            };
        }
        let number = number.ok_or(Refusal::Missing("targetDeviceUri"))?;
        if let Some(device) = self.device_numbered(number) {
            return Ok(SupervisionTarget::Device(device.id));
        }
        let queue = self.queue_numbered(number).map(SupervisionTarget::Queue);
        queue.ok_or_else(|| Refusal::UnknownNumber(number.to_owned()))
    }

    fn check_watchers(&self, device: DeviceId, target: SupervisionTarget) -> Result<(), Refusal> {
        let watchers = self.telephony.tables.watched.get(&target);
        let others = watchers.into_iter().flatten().filter(|other| **other != device).count();
        let single = self.settings.is_on(SettingName::VoiceOneSupervisorPerDevice);
        if single && others > 0 && matches!(target, SupervisionTarget::Device(_)) {
            return Err(Refusal::WatchedByAnother);
        }
        if others >= limits::SUPERVISORS_PER_TARGET {
            let limit = limits::SUPERVISORS_PER_TARGET;
            return Err(Refusal::LimitReached { of: "supervisors of one number", limit });
        }
        Ok(())
    }

    /// The calls of a target that can be joined now, each with the agent to supervise in it.
    fn running_at(&self, target: SupervisionTarget) -> Vec<(CallId, PartyNumber)> {
        let of_target = |call: &Call, party: &CallParty| match target {
            SupervisionTarget::Device(device) => party.device == Some(device),
            SupervisionTarget::Queue(queue) => call.origin == Some(queue) && party.part == Part::Agent,
        };
        let ids: Vec<_> = match target {
            SupervisionTarget::Device(device) => {
                self.user_at(device).map(|user| self.calls_of(user)).unwrap_or_default()
            }
            SupervisionTarget::Queue(_) => self.calls().keys().copied().collect(),
        };
        let calls = ids.iter().filter_map(|id| self.calls().get(id)).filter(|call| call.is_open());
        calls
            .filter(|call| self.may_be_supervised(call))
            .filter_map(|call| {
                let charge = call
                    .present()
                    .find(|party| party.has_joined() && !party.is_supervisor() && of_target(call, party))?;
                Some((call.id, charge.number))
            })
            .collect()
    }

    fn may_be_supervised(&self, call: &Call) -> bool {
        call.kind != CallKind::Consult || self.settings.is_on(SettingName::VoiceSuperviseConsultations)
    }

    /// Supervisors whose orders the agents in a call meet are called.
    pub(super) fn call_supervisors(&self, draft: &mut CallDraft<'_>, id: CallId) {
        if !self.may_be_supervised(draft.call(id)) {
            return;
        }
        let call = draft.call(id);
        let origin = call.origin;
        let agents: Vec<_> = call
            .present()
            .filter(|party| party.state == PartyState::Established && party.part == Part::Agent)
            .filter_map(|party| Some((party.number, party.device?)))
            .collect();
        let watched = &self.telephony.tables.watched;
        for (charge, agent_device) in agents {
            let of_device = watched.get(&SupervisionTarget::Device(agent_device));
            let of_queue = origin.and_then(|queue| watched.get(&SupervisionTarget::Queue(queue)));
            for device in of_device.into_iter().chain(of_queue).flatten() {
                let Some(order) = self.standing_order(*device) else { continue };
                if order.once && order.used_by.is_some() {
                    continue;
                }
                if self.come_in(draft, id, charge, *device, order) && order.once {
                    draft.push(CallEvent::StandingKept(
                        *device,
                        StandingOrder { used_by: Some(id), ..order.clone() },
                    ));
                }
            }
        }
    }

    /// Calls a supervisor's phone to bring the supervisor into a call. Not if the phone is in use.
    fn come_in(
        &self,
        draft: &mut CallDraft<'_>,
        id: CallId,
        charge: PartyNumber,
        device: DeviceId,
        order: &StandingOrder,
    ) -> bool {
        let user = order.supervisor;
        let agent = draft.party(id, charge).user;
        let reaches = agent.is_none_or(|agent| agent != user && self.may_supervise(user, agent).is_ok());
        let free = self.calls_of(user).is_empty() && draft.call(id).party_of(user).is_none();
        if !reaches || !free || !self.is_registered(device) || !self.works_at(user, device) {
            return false;
        }
        let Some(own) = self.devices().get(&device) else { return false };
        let shown = draft.party(id, charge).phone_number.clone();
        let leg = draft.new_leg(Reach::Device(device), shown);
        let lapse_ms = self.settings.ms(SettingName::OfferLapseSeconds);
        let newcomer = Newcomer {
            part: Part::Supervisor(order.mode),
            user: Some(user),
            device: Some(device),
            phone_number: Arc::from(own.phone_number.as_str()),
            leg,
            state: PartyState::Ringing,
            rings_until: Some(draft.now.plus_ms(lapse_ms)),
        };
        let Ok(number) = draft.add(id, newcomer) else { return false };
        let party = draft.party(id, number);
        party.charge = Some(charge);
        party.scope = Some(order.scope);
        party.ordered_on = Some(device);
        true
    }

    pub(super) fn cancel_supervision(&self, by: UserId, device: DeviceId) -> Result<Vec<Event>, Refusal> {
        self.require(by, Role::Supervisor)?;
        self.own_device(by, device)?;
        self.standing_order(device)
            .ok_or(Refusal::DeviceNotAllowedNow(DeviceAction::CancelSupervisorMonitoring))?;
        Ok(vec![Event::Call(CallEvent::StandingEnded(device))])
    }

    /// Orders end with the work of whoever gave them, and of whom they are for.
    pub(super) fn end_orders_of(&self, draft: &mut CallDraft<'_>, user: UserId) {
        for (device, order) in &self.telephony.standing {
            let targets = match order.target {
                SupervisionTarget::Device(target) => self.user_at(target) == Some(user),
                SupervisionTarget::Queue(_) => false,
            };
            if order.supervisor == user || targets {
                draft.push(CallEvent::StandingEnded(*device));
            }
        }
    }

    pub(super) fn silence(
        &self,
        draft: &mut CallDraft<'_>,
        (id, number): (CallId, PartyNumber),
        silenced: bool,
    ) -> Result<(), Refusal> {
        let action = if silenced { CallAction::MuteMonitoredUser } else { CallAction::UnmuteMonitoredUser };
        let charge = draft.party(id, number).charge.ok_or(Refusal::CallNotAllowedNow(action))?;
        draft.party(id, charge).silenced = silenced;
        Ok(())
    }

    /// A supervisor sends somebody away. Whoever sends away the agent and is heard by all takes the call over.
    pub(super) fn take_over(&self, draft: &mut CallDraft<'_>, (id, number): (CallId, PartyNumber)) {
        let call = draft.call(id);
        let alone = call.present().filter(|party| !party.is_supervisor()).count() < 2;
        let party = draft.party(id, number);
        if alone && party.part == Part::Supervisor(Mode::BargeIn) {
            party.part = Part::Agent;
            (party.charge, party.scope) = (None, None);
        }
    }
}

/// Puts a supervisor into another mode. Who was silenced by barging in is heard again outside of it.
pub(super) fn change_mode(draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber, mode: Mode) {
    let party = draft.party(id, number);
    party.part = Part::Supervisor(mode);
    if let (Some(charge), true) = (party.charge, mode != Mode::BargeIn) {
        draft.lift_silence(id, charge);
    }
}
