//! Consulting, transferring, conferring.

use std::sync::Arc;

use super::call::{CallKind, CallParty, PartyNumber, PartyState};
use super::connect::{check_data, checked_number};
use super::draft::{CallDraft, Newcomer};
use super::leg::Cause;
use super::numbers::Line;
use super::orders::Destination;
use super::progress::put_aside;
use super::view::CallAction;
use crate::ContactCenter;
use crate::audience::Part;
use crate::ids::CallId;
use crate::refusal::Refusal;

/// A party of a call.
type In = (CallId, PartyNumber);

impl ContactCenter {
    /// Where a destination leads, if it leads anywhere.
    fn destination(
        &self,
        draft: &CallDraft<'_>,
        id: CallId,
        to: &Destination,
    ) -> Result<(Arc<str>, Line), Refusal> {
        let number = checked_number(&to.phone_number)?;
        check_data(&to.user_data)?;
        let line = self.line_of(number, true).map_err(|cause| match cause {
            Cause::Unavailable => Refusal::NotRegistered(number.to_owned()),
            Cause::NoSuchNumber => Refusal::UnknownNumber(number.to_owned()),
            _ => Refusal::TargetUnavailable,
        })?;
        let present =
            |device| draft.seen(id).is_some_and(|call| call.present().any(|it| it.device == Some(device)));
        if let Line::Device(device) = line
            && present(device)
        {
            return Err(Refusal::TargetIsSelf);
        }
        Ok((Arc::from(number), line))
    }

    pub(super) fn single_step_transfer(
        &self,
        draft: &mut CallDraft<'_>,
        (id, number): In,
        to: &Destination,
    ) -> Result<(), Refusal> {
        let (dialled, _) = self.destination(draft, id, to)?;
        super::data::attach(draft, id, &to.user_data)?;
        let before = draft.call(id).present().count();
        self.hand_on(draft, id, number, &dialled);
        let moved = draft.party(id, number).is_gone();
        if moved || before == 0 { Ok(()) } else { Err(Refusal::TargetUnavailable) }
    }

    pub(super) fn single_step_conference(
        &self,
        draft: &mut CallDraft<'_>,
        (id, number): In,
        to: &Destination,
    ) -> Result<(), Refusal> {
        let (_, line) = self.destination(draft, id, to)?;
        if matches!(line, Line::Queue(_)) {
            // A conversation cannot wait in a queue while it goes on.
            return Err(Refusal::TargetUnavailable);
        }
        super::data::attach(draft, id, &to.user_data)?;
        let own = draft.party(id, number).phone_number.clone();
        self.bring(draft, id, &line, &own).map(drop).map_err(|_| Refusal::TargetUnavailable)
    }

    /// Puts the call aside and calls somebody else, on the same line of the agent's.
    pub(super) fn consult(
        &self,
        draft: &mut CallDraft<'_>,
        (id, number): In,
        to: &Destination,
    ) -> Result<(), Refusal> {
        let (dialled, line) = self.destination(draft, id, to)?;
        if self.calls_at_leg(draft, id, number) >= crate::limits::CALLS_PER_DEVICE {
            let limit = crate::limits::CALLS_PER_DEVICE;
            return Err(Refusal::LimitReached { of: "calls of a device", limit });
        }
        let party = draft.party(id, number);
        let (user, device, leg) = (party.user, party.device, party.leg);
        let own = party.phone_number.clone();
        put_aside(draft, id, leg);
        self.claim_line(draft, id, leg);
        let data = Arc::clone(&draft.call(id).user_data);
        let consult = draft.new_call(CallKind::Consult, Some(id), &dialled)?;
        draft.call(consult).user_data = data;
        super::data::attach(draft, consult, &to.user_data)?;
        let asker = Newcomer {
            part: Part::Agent,
            user,
            device,
            phone_number: own.clone(),
            leg,
            state: PartyState::Dialing,
            rings_until: None,
        };
        draft.add(consult, asker)?;
        self.bring(draft, consult, &line, &own).map(drop).map_err(|_| Refusal::TargetUnavailable)
    }

    fn calls_at_leg(&self, draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber) -> usize {
        let leg = draft.party(id, number).leg;
        draft.calls_with(leg).len()
    }

    /// The call and the consultation that an order to complete means, wherever it was posted.
    fn pair(
        &self,
        draft: &CallDraft<'_>,
        id: CallId,
        consult: Option<CallId>,
        action: CallAction,
    ) -> Result<(CallId, CallId), Refusal> {
        let not_now = Refusal::CallNotAllowedNow(action);
        let posted = draft.seen(id).ok_or(Refusal::UnknownCall)?;
        let open = |call: CallId| draft.seen(call).is_some_and(super::Call::is_open);
        if let Some(main) = posted.parent.filter(|main| open(*main)) {
            return match consult {
                Some(named) if named != id && named != main => Err(Refusal::UnknownCall),
                _ => Ok((main, id)),
            };
        }
        let consults = self.telephony.tables.consults.get(&id);
        let mut consults = consults.into_iter().flatten().copied();
        let found = match consult {
            Some(named) => consults.find(|one| *one == named).ok_or(Refusal::UnknownCall)?,
            None => consults.next().ok_or(not_now)?,
        };
        Ok((id, found))
    }

    pub(super) fn complete_transfer(
        &self,
        draft: &mut CallDraft<'_>,
        user: crate::ids::UserId,
        id: CallId,
        consult: Option<CallId>,
    ) -> Result<(), Refusal> {
        let action = CallAction::CompleteTransfer;
        let (main, consult) = self.pair(draft, id, consult, action)?;
        let own = |draft: &mut CallDraft<'_>, id| draft.call(id).party_of(user).map(|party| party.number);
        let (Some(in_main), Some(in_consult)) = (own(draft, main), own(draft, consult)) else {
            return Err(Refusal::CallNotAllowedNow(action));
        };
        self.connect_through(draft, (main, in_main), (consult, in_consult));
        Ok(())
    }

    /// Everybody of the consultation but the asker comes into the main call; the asker leaves both.
    pub(super) fn connect_through(&self, draft: &mut CallDraft<'_>, main: In, consult: In) {
        let moved = self.move_over(draft, consult, main.0);
        draft.release(main.0, main.1, Cause::HungUp);
        draft.end(consult.0, Cause::HungUp);
        for number in moved {
            if draft.party(main.0, number).state == PartyState::Established {
                self.joins(draft, main.0, number);
            }
        }
        draft.settle(main.0, Cause::HungUp);
        self.wrap_up(draft, main.0);
    }

    pub(super) fn complete_conference(
        &self,
        draft: &mut CallDraft<'_>,
        user: crate::ids::UserId,
        id: CallId,
        consult: Option<CallId>,
    ) -> Result<(), Refusal> {
        let action = CallAction::CompleteConference;
        let (main, consult) = self.pair(draft, id, consult, action)?;
        // The consultation is told of first.
        let in_consult = draft.call(consult).party_of(user).map(|party| party.number);
        let in_main = draft.call(main).party_of(user).map(|party| party.number);
        let (Some(in_main), Some(in_consult)) = (in_main, in_consult) else {
            return Err(Refusal::CallNotAllowedNow(action));
        };
        let moved = self.move_over(draft, (consult, in_consult), main);
        draft.end(consult, Cause::HungUp);
        let own = draft.party(main, in_main);
        own.state = PartyState::Established;
        let leg = own.leg;
        self.claim_line(draft, main, leg);
        for number in moved {
            if draft.party(main, number).state == PartyState::Established {
                self.joins(draft, main, number);
            }
        }
        draft.settle(main, Cause::HungUp);
        Ok(())
    }

    /// Brings the parties of a consultation, but the asker and supervisors, into the main call with their lines.
    fn move_over(&self, draft: &mut CallDraft<'_>, (consult, asker): In, main: CallId) -> Vec<PartyNumber> {
        let family = draft.call(main).family;
        let call = draft.call(consult);
        call.family = family;
        let place = call.place.take();
        let origin = call.origin;
        let moving: Vec<CallParty> =
            call.present().filter(|party| party.number != asker && !party.is_supervisor()).cloned().collect();
        let mut moved = Vec::new();
        for party in moving {
            let announced = party.announced || party.has_joined();
            let newcomer = Newcomer {
                part: party.part,
                user: party.user,
                device: party.device,
                phone_number: party.phone_number,
                leg: party.leg,
                state: party.state,
                rings_until: party.rings_until,
            };
            let Ok(number) = draft.add(main, newcomer) else { continue };
            let came = draft.party(main, number);
            came.offered_by = party.offered_by;
            came.announced = announced;
            moved.push(number);
        }
        // Whoever was asked still waits in a queue: now the main call does.
        if let Some(place) = place {
            let call = draft.call(main);
            call.place = Some(place);
            call.origin = origin;
        }
        moved
    }
}
