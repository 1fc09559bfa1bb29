//! What telephones do: they ring, are answered, put aside, handed on and hung up.

use std::sync::Arc;

use super::call::{CallParty, PartyNumber, PartyState};
use super::draft::CallDraft;
use super::event::CallEvent;
use super::leg::{Cause, LegState};
use super::orders::LineReport;
use crate::ContactCenter;
use crate::audience::Part;
use crate::channel::Channel;
use crate::event::Event;
use crate::ids::{CallId, LegId};
use crate::limits;
use crate::moment::Moment;
use crate::settings::SettingName;

impl ContactCenter {
    pub(super) fn report(&self, report: &LineReport, moment: &Moment) -> Vec<Event> {
        let mut draft = CallDraft::new(self, moment);
        match report {
            LineReport::Arrived(arrival) => return self.arrived(arrival, moment),
            LineReport::Ringing { leg, early_media } => {
                let early_media = *early_media;
                draft.change_leg(*leg, |leg| {
                    if matches!(leg.state, LegState::Calling | LegState::Ringing { .. }) {
                        leg.state = LegState::Ringing { early_media };
                    }
                });
            }
            LineReport::Answered { leg, dialog } => self.answered(&mut draft, *leg, dialog),
            LineReport::DialogChanged { leg, dialog } => {
                draft.change_leg(*leg, |leg| leg.dialog = kept(dialog));
            }
            LineReport::Held { leg, held } => held_by_phone(&mut draft, *leg, *held),
            LineReport::Referred { leg, to, replaces } => self.referred(&mut draft, *leg, to, *replaces),
            LineReport::Ended { leg, cause } => self.line_ended(&mut draft, *leg, *cause),
            LineReport::Registered { device, phones } => {
                let known = self.devices().contains_key(device) || phones.is_none();
                let phones = phones.as_ref().filter(|phones| phones.len() <= limits::GATEWAY_RECORD_BYTES);
                if known && self.phones().get(device) != phones {
                    draft.push(CallEvent::PhonesKept(*device, phones.cloned()));
                }
            }
            LineReport::RecordingLost { call, lost_ms } => {
                draft.push(CallEvent::RecordingLost { call: *call, lost_ms: *lost_ms });
            }
            LineReport::Recovered => self.recover_calls(&mut draft),
        }
        draft.finish()
    }

    /// No line stands any more: every call is over.
    fn recover_calls(&self, draft: &mut CallDraft<'_>) {
        for call in self.calls().values().filter(|call| call.is_open()) {
            draft.end(call.id, Cause::Restarted);
        }
        for leg in self.legs().keys() {
            draft.drop_leg(*leg);
        }
    }

    fn answered(&self, draft: &mut CallDraft<'_>, id: LegId, dialog: &Arc<str>) {
        draft.change_leg(id, |leg| {
            leg.state = LegState::Up;
            leg.dialog = kept(dialog);
        });
        for call in draft.calls_with(id) {
            let with_line = |party: &&CallParty| party.leg == id;
            let Some(party) = draft.call(call).present().find(with_line) else { continue };
            match (party.state, party.number) {
                (PartyState::Ringing, number) => self.joins(draft, call, number),
                (PartyState::Dialing, _) => self.dial_on(draft, call),
                _ => {}
            }
        }
    }

    /// Whoever rang has answered.
    pub(super) fn joins(&self, draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber) {
        let party = draft.party(id, number);
        party.state = PartyState::Established;
        party.announced = true;
        party.rings_until = None;
        party.falls_back_to = None;
        if party.is_supervisor() {
            return;
        }
        let leg = party.leg;
        let call = draft.call(id);
        for dialing in call.parties.iter_mut().filter(|party| party.state == PartyState::Dialing) {
            dialing.state = PartyState::Established;
        }
        self.claim_line(draft, id, leg);
        draft.settle(id, Cause::HungUp);
        self.call_supervisors(draft, id);
    }

    /// A line can be heard in one call only: what it was heard in before is put aside, and what it called is
    /// given up.
    pub(super) fn claim_line(&self, draft: &mut CallDraft<'_>, id: CallId, leg: LegId) {
        for other in draft.calls_with(leg).into_iter().filter(|other| *other != id) {
            put_aside(draft, other, leg);
            let dials = |party: &&CallParty| party.leg == leg && party.state == PartyState::Dialing;
            let dialing = draft.call(other).present().find(dials).map(|party| party.number);
            if let Some(number) = dialing {
                self.leaves(draft, other, number, Cause::GivenUp);
            }
        }
    }

    /// Whoever rang has not answered, and does not ring any more.
    pub(super) fn not_answered(
        &self,
        draft: &mut CallDraft<'_>,
        id: CallId,
        number: PartyNumber,
        cause: Cause,
    ) {
        let party = draft.party(id, number);
        let (user, queue, falls_back_to) = (party.user, party.offered_by, party.falls_back_to);
        draft.release(id, number, cause);
        if let Some(queue) = queue {
            let pause_ms = self.settings.ms(SettingName::ReofferPauseSeconds);
            let not_before = draft.now.plus_ms(pause_ms);
            let place = draft.front_of(queue);
            let call = draft.call(id);
            call.place = Some(place);
            if let Some(user) = user {
                call.refused.retain(|(refuser, _)| *refuser != user);
                call.refused.push((user, not_before));
            }
            if let (Cause::NoAnswer, Some(user)) = (cause, user) {
                let mut aside = self.after_lapse(user, Channel::Voice, draft.now);
                draft.events.append(&mut aside);
            }
        } else if let Some(device) = falls_back_to {
            self.recall(draft, id, device);
        }
        draft.settle(id, cause);
    }

    /// A call that was handed on and not answered goes back: to its queue, or to whoever handed it on.
    fn recall(&self, draft: &mut CallDraft<'_>, id: CallId, device: crate::ids::DeviceId) {
        if let Some(queue) = draft.call(id).origin {
            let place = draft.front_of(queue);
            draft.call(id).place = Some(place);
            return;
        }
        let caller = draft.call(id).present().find(|party| !party.is_supervisor());
        let Some(caller) = caller.map(|caller| caller.phone_number.clone()) else { return };
        if self.is_registered(device) {
            let ring_ms = self.settings.ms(SettingName::VoiceRingSeconds);
            // Without room for it the call is over, which settling finds out.
            drop(self.ring(draft, id, device, &caller, ring_ms));
        }
    }

    fn line_ended(&self, draft: &mut CallDraft<'_>, leg: LegId, cause: Cause) {
        for id in draft.calls_with(leg) {
            let with_line = |party: &&CallParty| party.leg == leg;
            let Some(party) = draft.call(id).present().find(with_line) else { continue };
            let (number, state, supervisor) = (party.number, party.state, party.is_supervisor());
            match state {
                PartyState::Ringing if !supervisor => self.not_answered(draft, id, number, cause),
                PartyState::Held => self.goes_while_aside(draft, id, number, cause),
                _ => self.leaves(draft, id, number, cause),
            }
        }
        draft.drop_leg(leg);
    }

    /// Somebody goes from a conversation.
    pub(super) fn leaves(&self, draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber, cause: Cause) {
        draft.release(id, number, cause);
        draft.settle(id, cause);
        self.wrap_up(draft, id);
    }

    /// Somebody goes who has put a call aside. A customer who came by a queue is not lost by that.
    fn goes_while_aside(&self, draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber, cause: Cause) {
        draft.release(id, number, cause);
        let call = draft.call(id);
        let alone = call.present().filter(|party| !party.is_supervisor()).count() == 1;
        let queue = call.origin.filter(|_| alone && call.customer().is_some_and(CallParty::has_joined));
        if let Some(queue) = queue.filter(|_| cause != Cause::Restarted) {
            let place = draft.front_of(queue);
            draft.call(id).place = Some(place);
        }
        draft.settle(id, cause);
        self.wrap_up(draft, id);
    }

    /// Agents whose call from a queue is over for them get time for what is left to do.
    pub(super) fn wrap_up(&self, draft: &mut CallDraft<'_>, id: CallId) {
        let wrap_up_ms = self.settings.ms(SettingName::VoiceWrapUpSeconds);
        let Some(state) = self.state_entered_by("AfterCallWork").filter(|_| wrap_up_ms > 0) else { return };
        let before = self.calls().get(&id);
        let was_in = |number: PartyNumber| {
            before.and_then(|call| call.party(number)).is_some_and(CallParty::has_joined)
        };
        let call = draft.call(id);
        if call.origin.is_none() {
            return;
        }
        let gone = call.parties.iter().filter(|party| party.is_gone() && party.part == Part::Agent);
        let users: Vec<_> =
            gone.filter(|party| was_in(party.number)).filter_map(|party| party.user).collect();
        for user in users {
            let ready =
                self.channel_of(user, Channel::Voice).is_some_and(crate::agent::OpenChannel::is_ready);
            if ready {
                let (channel, state, at) = (Channel::Voice, state.clone(), draft.now);
                draft.events.push(Event::StateChanged { user, channel, state, at });
                draft.push(CallEvent::WrapUp(user, Some(at.plus_ms(wrap_up_ms))));
            }
        }
    }

    /// A phone hands its call on.
    fn referred(&self, draft: &mut CallDraft<'_>, leg: LegId, to: &str, replaces: Option<LegId>) {
        let talking = |draft: &mut CallDraft<'_>, leg: LegId| {
            draft.calls_with(leg).into_iter().find_map(|id| {
                let has =
                    |party: &&CallParty| party.leg == leg && party.has_joined() && !party.is_supervisor();
                draft.call(id).present().find(has).map(|party| (id, party.number))
            })
        };
        let Some((main, number)) = talking(draft, leg) else { return };
        match replaces {
            Some(other) => {
                if let Some((consult, asker)) = talking(draft, other).filter(|(consult, _)| *consult != main)
                {
                    self.connect_through(draft, (main, number), (consult, asker));
                }
            }
            None => self.hand_on(draft, main, number, to),
        }
    }

    /// Hands a call on without asking: whoever hands on is gone at once.
    pub(super) fn hand_on(&self, draft: &mut CallDraft<'_>, id: CallId, number: PartyNumber, to: &str) {
        let party = draft.party(id, number);
        let own = party.phone_number.clone();
        let device = party.device.filter(|_| !party.is_supervisor());
        let customer =
            draft.call(id).present().find(|party| party.number != number && !party.is_supervisor());
        let shown = customer.map_or(own, |customer| customer.phone_number.clone());
        let brought = self.line_of(to, true).and_then(|line| self.bring(draft, id, &line, &shown));
        match brought {
            Ok(Some(target)) => {
                draft.party(id, target).falls_back_to = device;
                draft.party(id, target).announced = true;
            }
            Ok(None) => {}
            // The call stays where it is.
            Err(_) => return,
        }
        self.leaves(draft, id, number, Cause::HungUp);
    }
}

/// A line's calls are put aside or taken up by the phone itself.
fn held_by_phone(draft: &mut CallDraft<'_>, leg: LegId, held: bool) {
    draft.change_leg(leg, |leg| leg.held_by_phone = held);
    let calls = draft.calls_with(leg);
    if held {
        for id in calls {
            put_aside(draft, id, leg);
        }
    } else if let [only] = calls.as_slice() {
        let call = draft.call(*only);
        for party in call.parties.iter_mut().filter(|party| party.leg == leg) {
            if party.state == PartyState::Held {
                party.state = PartyState::Established;
            }
        }
    }
}

/// What a line was heard in is put aside.
pub(super) fn put_aside(draft: &mut CallDraft<'_>, id: CallId, leg: LegId) {
    for party in draft.call(id).parties.iter_mut().filter(|party| party.leg == leg) {
        if party.state == PartyState::Established {
            party.state = PartyState::Held;
        }
    }
}

fn kept(dialog: &Arc<str>) -> Option<Arc<str>> {
    Some(dialog.clone()).filter(|dialog| dialog.len() <= limits::GATEWAY_RECORD_BYTES)
}
