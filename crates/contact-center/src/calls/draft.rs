//! A decision in the making about calls: what is decided next sees what was decided before. Nothing here
//! touches the calls themselves.

use std::sync::Arc;

use super::call::{Call, CallKind, CallParty, CallStage, PartyNumber, PartyState, Recording, RecordingState};
use super::event::CallEvent;
use super::leg::{Cause, Leg, LegState, Reach};
use super::standing::SupervisionScope;
use crate::ContactCenter;
use crate::audience::Part;
use crate::contact::Place;
use crate::event::Event;
use crate::ids::{CallId, DeviceId, LegId, QueueId, UserId};
use crate::limits;
use crate::moment::{Moment, Timestamp};
use crate::refusal::Refusal;

/// Who comes into a call.
pub(super) struct Newcomer {
    pub part: Part,
    pub user: Option<UserId>,
    pub device: Option<DeviceId>,
    pub phone_number: Arc<str>,
    pub leg: LegId,
    pub state: PartyState,
    pub rings_until: Option<Timestamp>,
}

/// Calls and lines as they will be, and what else will have happened.
pub(super) struct CallDraft<'a> {
    pub center: &'a ContactCenter,
    pub now: Timestamp,
    pub events: Vec<Event>,
    /// In the order in which people are told.
    calls: Vec<Call>,
    legs: Vec<(LegId, Option<Leg>)>,
    random: [u128; 2],
    made: u128,
}

impl<'a> CallDraft<'a> {
    pub fn new(center: &'a ContactCenter, moment: &Moment) -> Self {
        let (now, random) = (moment.now, moment.random);
        Self { center, now, events: Vec::new(), calls: Vec::new(), legs: Vec::new(), random, made: 0 }
    }

    /// What has changed.
    pub fn finish(self) -> Vec<Event> {
        let Self { center, mut events, calls, legs, .. } = self;
        let kept =
            calls.into_iter().filter(|call| center.calls().get(&call.id).is_none_or(|old| **old != *call));
        let mut all: Vec<_> = kept.map(|call| CallEvent::CallKept(Arc::new(call))).collect();
        for (id, leg) in legs {
            match (center.legs().get(&id), leg) {
                (old, Some(leg)) if old != Some(&leg) => all.push(CallEvent::LegKept(Box::new(leg))),
                (Some(_), None) => all.push(CallEvent::LegGone(id)),
                _ => {}
            }
        }
        let mut all: Vec<_> = all.into_iter().map(Event::Call).collect();
        all.append(&mut events);
        all
    }

    pub fn push(&mut self, event: CallEvent) {
        self.events.push(Event::Call(event));
    }

    /// A call as it stands in the draft.
    pub fn seen(&self, id: CallId) -> Option<&Call> {
        let drafted = self.calls.iter().find(|call| call.id == id);
        drafted.or_else(|| self.center.calls().get(&id).map(Arc::as_ref))
    }

    /// A call to be changed. People are told of calls in the order in which they were first asked for here.
    pub fn call(&mut self, id: CallId) -> &mut Call {
        let position = self.calls.iter().position(|call| call.id == id).unwrap_or_else(|| {
            let Some(call) = self.center.calls().get(&id) else { unreachable!("there is no call {id}") };
            self.calls.push((**call).clone());
            self.calls.len() - 1
        });
        &mut self.calls[position]
    }

    /// A party of a call, to be changed.
    pub fn party(&mut self, id: CallId, number: PartyNumber) -> &mut CallParty {
        let party = self.call(id).parties.iter_mut().find(|party| party.number == number);
        let Some(party) = party else { unreachable!("call {id} has no party {number:?}") };
        party
    }

    /// A line as it stands in the draft.
    pub fn leg_seen(&self, id: LegId) -> Option<&Leg> {
        match self.legs.iter().find(|(other, _)| *other == id) {
            Some((_, leg)) => leg.as_ref(),
            None => self.center.legs().get(&id),
        }
    }

    /// Changes a line, if there is one.
    pub fn change_leg(&mut self, id: LegId, change: impl FnOnce(&mut Leg)) {
        let Some(mut leg) = self.leg_seen(id).cloned() else { return };
        change(&mut leg);
        self.put_leg(id, Some(leg));
    }

    fn put_leg(&mut self, id: LegId, leg: Option<Leg>) {
        match self.legs.iter_mut().find(|(other, _)| *other == id) {
            Some((_, old)) => *old = leg,
            None => self.legs.push((id, leg)),
        }
    }

    /// A line is gone.
    pub fn drop_leg(&mut self, id: LegId) {
        self.put_leg(id, None);
    }

    /// A line that somebody opened to us.
    pub fn arrived_leg(&mut self, id: LegId, reach: Reach, caller: Arc<str>) {
        let state = LegState::Arrived;
        self.put_leg(id, Some(leg(id, reach, state, caller)));
    }

    /// A line that we open.
    pub fn new_leg(&mut self, reach: Reach, caller: Arc<str>) -> LegId {
        self.made += 1;
        let id = LegId(self.random[1].wrapping_add(self.made));
        self.put_leg(id, Some(leg(id, reach, LegState::Calling, caller)));
        id
    }

    /// A new call without parties.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn new_call(
        &mut self,
        kind: CallKind,
        parent: Option<CallId>,
        dnis: &str,
    ) -> Result<CallId, Refusal> {
        if self.center.open_calls() >= limits::OPEN_CALLS {
            return Err(Refusal::LimitReached { of: "open calls", limit: limits::OPEN_CALLS });
        }
        self.made += 1;
        let id = CallId(self.random[0].wrapping_add(self.made));
        let family = parent.and_then(|parent| self.seen(parent)).map_or(id, |parent| parent.family);
        self.calls.push(Call {
            id,
            family,
            kind,
            parent,
            ani: None,
            dnis: Arc::from(dnis),
            dials: None,
            shows: None,
            parties: Vec::new(),
            user_data: Arc::default(),
            data_version: 0,
            place: None,
            origin: None,
            refused: Vec::new(),
            recording: Recording::default(),
            began_at: self.now,
            stage: CallStage::Open,
        });
        Ok(id)
    }

    /// Somebody comes into a call.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn add(&mut self, id: CallId, newcomer: Newcomer) -> Result<PartyNumber, Refusal> {
        let now = self.now;
        let call = self.call(id);
        let full = |limit| Err(Refusal::LimitReached { of: "parties of a call", limit });
        if call.present().count() >= limits::PARTIES_PER_CALL {
            return full(limits::PARTIES_PER_CALL);
        }
        if call.parties.len() >= limits::PARTIES_EVER_PER_CALL {
            return full(limits::PARTIES_EVER_PER_CALL);
        }
        let number = PartyNumber(u16::try_from(call.parties.len() + 1).unwrap_or(u16::MAX));
        let announced = call.present().count() < 2 && !matches!(newcomer.part, Part::Supervisor(_));
        call.parties.push(CallParty {
            number,
            part: newcomer.part,
            user: newcomer.user,
            device: newcomer.device,
            phone_number: newcomer.phone_number,
            leg: newcomer.leg,
            state: newcomer.state,
            since: now,
            muted: false,
            silenced: false,
            announced,
            rings_until: newcomer.rings_until,
            offered_by: None,
            falls_back_to: None,
            charge: None,
            scope: None,
            ordered_on: None,
        });
        Ok(number)
    }

    /// A party goes. Its line ends, unless another call needs it. Supervisors who came for it alone go as well.
    pub fn release(&mut self, id: CallId, number: PartyNumber, cause: Cause) {
        let party = self.party(id, number);
        if party.is_gone() {
            return;
        }
        party.state = PartyState::Released(cause);
        party.rings_until = None;
        let (leg, supervisor, ordered_on) = (party.leg, party.is_supervisor(), party.ordered_on);
        let (silencer, charge) =
            (party.part == Part::Supervisor(crate::audience::Mode::BargeIn), party.charge);
        if !self.is_needed(leg) {
            self.change_leg(leg, |leg| leg.ends = leg.ends.or(Some(cause)));
        }
        if let (true, Some(device)) = (supervisor, ordered_on) {
            self.use_up(id, device);
        }
        if let (true, Some(charge)) = (silencer, charge) {
            self.lift_silence(id, charge);
        }
        if !supervisor {
            self.leave_alone(id, number);
        }
    }

    /// Supervisors of somebody who has gone: some go as well, some wait for whoever handles the call next.
    fn leave_alone(&mut self, id: CallId, gone: PartyNumber) {
        let of_gone = |party: &&CallParty| party.charge == Some(gone);
        let supervisors: Vec<_> =
            self.call(id).present().filter(of_gone).map(|party| (party.number, party.scope)).collect();
        for (number, scope) in supervisors {
            self.party(id, number).charge = None;
            if scope != Some(SupervisionScope::Call) {
                self.release(id, number, Cause::HungUp);
            }
        }
    }

    /// Lets somebody speak again whom no supervisor silences any more.
    pub fn lift_silence(&mut self, id: CallId, charge: PartyNumber) {
        let barging = |party: &CallParty| {
            party.part == Part::Supervisor(crate::audience::Mode::BargeIn) && party.charge == Some(charge)
        };
        if !self.call(id).present().any(barging) && self.call(id).party(charge).is_some() {
            self.party(id, charge).silenced = false;
        }
    }

    /// An order that one call uses up is over with that call.
    fn use_up(&mut self, id: CallId, device: DeviceId) {
        let order = self.center.standing_order(device);
        if order.is_some_and(|order| order.once && order.used_by == Some(id)) {
            self.push(CallEvent::StandingEnded(device));
        }
    }

    /// Whether a party that has not gone has this line.
    pub fn is_needed(&self, leg: LegId) -> bool {
        self.calls_with(leg).iter().any(|id| {
            self.seen(*id).is_some_and(|call| call.is_open() && call.present().any(|party| party.leg == leg))
        })
    }

    /// The calls in which a line has a party that has not gone.
    pub fn calls_with(&self, leg: LegId) -> Vec<CallId> {
        let known = self.center.telephony.tables.of_leg.get(&leg);
        let mut ids: Vec<_> = known.map(|calls| calls.iter().copied().collect()).unwrap_or_default();
        ids.extend(self.calls.iter().map(|call| call.id));
        ids.sort_unstable();
        ids.dedup();
        let has = |id: &CallId| {
            self.seen(*id).is_some_and(|call| call.is_open() && call.present().any(|party| party.leg == leg))
        };
        ids.retain(has);
        ids
    }

    /// A place in front of every call that waits in the queue.
    pub fn front_of(&self, queue: QueueId) -> Place {
        let waiting = self.center.telephony.tables.waiting.get(&queue);
        let first = waiting.and_then(|line| line.keys().next().copied());
        let drafted = self.calls.iter().filter_map(|call| call.place).filter(|place| place.queue == queue);
        let ranks = drafted.map(|place| place.rank).chain(first);
        Place { queue, rank: ranks.min().unwrap_or(self.center.next_rank).min(0) - 1 }
    }

    /// Ends a call for everybody.
    pub fn end(&mut self, id: CallId, cause: Cause) {
        let numbers: Vec<_> = self.call(id).present().map(|party| party.number).collect();
        for number in numbers {
            self.release(id, number, cause);
        }
        let now = self.now;
        let call = self.call(id);
        call.place = None;
        call.dials = None;
        call.recording.state = RecordingState::Stopped;
        if call.is_open() {
            call.stage = CallStage::Ended(now);
        }
    }

    /// After any change of who is in a call: it ends if there is nobody left to talk with, and supervisors who
    /// lost their agent get whoever handles it now.
    pub fn settle(&mut self, id: CallId, cause: Cause) {
        let call = self.call(id);
        if !call.is_open() {
            return;
        }
        let principals = call.present().filter(|party| !party.is_supervisor()).count();
        let expected = usize::from(call.place.is_some() || call.dials.is_some());
        if principals == 0 || principals + expected < 2 {
            self.end(id, cause);
            return;
        }
        let handler = call
            .present()
            .filter(|party| party.part == Part::Agent && party.has_joined())
            .map(|party| party.number)
            .last();
        if let Some(handler) = handler {
            for party in call.parties.iter_mut().filter(|party| party.is_supervisor() && !party.is_gone()) {
                party.charge = party.charge.or(Some(handler));
            }
        }
    }
}

fn leg(id: LegId, reach: Reach, state: LegState, caller: Arc<str>) -> Leg {
    Leg {
        id,
        reach,
        state,
        incoming: state == LegState::Arrived,
        held_by_phone: false,
        answers_itself: false,
        caller,
        dialog: None,
        ends: None,
    }
}
