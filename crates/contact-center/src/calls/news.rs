//! Who is told what of calls: what each user saw before is compared with what the user sees now.

use super::call::{Call, CallKind, CallParty, CallStage, PartyState};
use super::event::CallEvent;
use super::hearing::sees;
use super::view::{CallAction, CallChange, CallState, CallView, Participant};
use crate::ContactCenter;
use crate::audience::{Mode, Part};
use crate::directory::VOICE_RECORDING;
use crate::event::Event;
use crate::ids::{CallId, DeviceId, LegId, UserId};
use crate::notice::Notice;
use crate::settings::SettingName;

impl ContactCenter {
    /// A call as a user in it, or called for it, sees it.
    pub fn call_view(&self, call: &Call, user: UserId) -> Option<CallView> {
        let party = call.party_of(user).filter(|_| call.is_open())?;
        // Every user in a call is there with a device.
        party.device.map(|device| self.party_view(call, party, device))
    }

    fn party_view(&self, call: &Call, party: &CallParty, device: DeviceId) -> CallView {
        let charge = party.charge.and_then(|charge| call.party(charge));
        let supervises = match party.part {
            Part::Supervisor(mode) => Some(mode),
            _ => None,
        };
        CallView {
            id: call.id,
            device,
            own_number: party.phone_number.clone(),
            state: match party.state {
                PartyState::Dialing => CallState::Dialing,
                PartyState::Ringing => CallState::Ringing,
                PartyState::Established => CallState::Established,
                PartyState::Held => CallState::Held,
                PartyState::Released(_) => CallState::Released,
            },
            participants: participants(call, party),
            ani: call.ani.clone(),
            dnis: call.dnis.clone(),
            kind: call.kind,
            capabilities: self.call_capabilities(call, party),
            user_data: call.user_data.clone(),
            since: party.since,
            muted: party.muted || supervises == Some(Mode::Monitor),
            recording: self.features().contains(VOICE_RECORDING).then_some(call.recording.state),
            listened_in: self.is_told_of_listeners(call, party),
            monitored_user_muted: supervises.is_some() && charge.is_some_and(|charge| charge.silenced),
            supervises,
            parent: call.parent.filter(|_| call.kind == CallKind::Consult),
            from_queue: party.offered_by.is_some(),
            wrap_up_seconds: u32::try_from(self.settings.value(SettingName::VoiceWrapUpSeconds)).unwrap_or(0),
        }
    }

    /// Whether the contact center lets an agent know that a supervisor listens, and one does.
    fn is_told_of_listeners(&self, call: &Call, party: &CallParty) -> bool {
        let listens = |other: &CallParty| {
            other.part == Part::Supervisor(Mode::Monitor)
                && other.has_joined()
                && other.charge == Some(party.number)
        };
        self.settings.is_on(SettingName::VoiceListeningInShown) && call.present().any(listens)
    }
}

/// The other parties whom a party perceives. Who is being called is shown where there is nobody else to show.
fn participants(call: &Call, viewer: &CallParty) -> Vec<Participant> {
    let shown = |other: &&CallParty| (other.announced || other.has_joined()) && sees(viewer, other);
    let mut shown: Vec<_> = call
        .present()
        .filter(shown)
        .filter(|other| !other.is_supervisor() || other.has_joined())
        .map(|other| Participant { phone_number: other.phone_number.clone() })
        .collect();
    if shown.is_empty()
        && let Some(dials) = call.dials.clone()
    {
        shown.push(Participant { phone_number: dials });
    }
    shown
}

/// What is remembered of calls from before a change.
#[derive(Debug)]
pub(crate) struct CallGlimpse {
    calls: Vec<Before>,
    legs: Vec<LegId>,
}

#[derive(Debug)]
struct Before {
    id: CallId,
    data_version: u32,
    views: Vec<(UserId, CallView)>,
}

impl CallGlimpse {
    /// Looks at the calls that the events are about, before they are applied.
    pub fn before(center: &ContactCenter, events: &[Event]) -> Self {
        let mut glimpse = Self { calls: Vec::new(), legs: Vec::new() };
        for event in events {
            match event {
                Event::Call(CallEvent::CallKept(call))
                    if glimpse.calls.iter().all(|one| one.id != call.id) =>
                {
                    glimpse.look_at(center, call.id);
                    // What can be done in a call depends on its consultations, and theirs on it.
                    let consults = center.telephony.tables.consults.get(&call.id);
                    for other in consults.into_iter().flatten().copied().chain(call.parent) {
                        glimpse.look_at(center, other);
                    }
                }
                Event::Call(CallEvent::LegKept(leg)) => {
                    glimpse.legs.push(leg.id);
                    let calls = center.telephony.tables.of_leg.get(&leg.id);
                    for call in calls.into_iter().flatten() {
                        glimpse.look_at(center, *call);
                    }
                }
                _ => {}
            }
        }
        glimpse
    }

    fn look_at(&mut self, center: &ContactCenter, id: CallId) {
        if self.calls.iter().any(|one| one.id == id) {
            return;
        }
        let call = center.calls().get(&id);
        let views = call.into_iter().flat_map(|call| {
            let users = call.present().filter_map(|party| party.user);
            users.filter_map(|user| Some((user, center.call_view(call, user)?)))
        });
        let views = views.collect();
        self.calls.push(Before { id, data_version: call.map_or(0, |call| call.data_version), views });
    }

    /// Looks again, after they were applied, and says who is to be told what.
    pub fn after(mut self, center: &ContactCenter, events: &[Event], notices: &mut Vec<Notice>) {
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for before in &self.calls {
            let Some(call) = center.calls().get(&before.id) else { continue };
            self.legs.extend(call.parties.iter().map(|party| party.leg));
            before.compare(center, call, &mut first, &mut rest);
        }
        // Whoever is moved into a call is told of it before what it was in before is over.
        notices.append(&mut first);
        notices.append(&mut rest);
        tell_of_digits(center, events, notices);
        self.legs.sort_unstable();
        self.legs.dedup();
        let plans: Vec<_> = self.legs.into_iter().filter_map(|leg| center.line_plan(leg)).collect();
        if !plans.is_empty() {
            notices.push(Notice::Lines(plans));
        }
    }
}

impl Before {
    fn compare(&self, center: &ContactCenter, call: &Call, first: &mut Vec<Notice>, rest: &mut Vec<Notice>) {
        let mut users: Vec<_> = call.present().filter_map(|party| party.user).collect();
        users.extend(self.views.iter().map(|(user, _)| *user));
        let mut told: Vec<UserId> = Vec::new();
        for user in users {
            if told.contains(&user) {
                continue;
            }
            told.push(user);
            let before = self.views.iter().find(|(viewer, _)| *viewer == user).map(|(_, view)| view);
            match (before, center.call_view(call, user)) {
                (None, None) => {}
                (Some(before), None) => tell(rest, user, CallChange::Status, released(call, before)),
                // A client begins to follow a call when it rings.
                (None, Some(now)) if matches!(now.state, CallState::Established | CallState::Held) => {
                    let ringing = CallView {
                        state: CallState::Ringing,
                        capabilities: vec![CallAction::ClearCall],
                        ..now.clone()
                    };
                    tell(first, user, CallChange::Status, ringing);
                    tell(first, user, CallChange::Status, now);
                }
                (None, Some(now)) => tell(rest, user, CallChange::Status, now),
                (Some(before), Some(now)) => self.tell_changes(call, user, before, &now, rest),
            }
        }
    }

    fn tell_changes(
        &self,
        call: &Call,
        user: UserId,
        before: &CallView,
        now: &CallView,
        rest: &mut Vec<Notice>,
    ) {
        let mut changes = Vec::new();
        let status = (before.state, before.muted, before.supervises, before.listened_in)
            != (now.state, now.muted, now.supervises, now.listened_in);
        if status {
            changes.push(CallChange::Status);
        }
        if before.participants != now.participants {
            changes.push(CallChange::Participants);
        }
        if before.recording != now.recording {
            changes.push(CallChange::Recording);
        }
        if before.monitored_user_muted != now.monitored_user_muted {
            changes.push(CallChange::MonitoredUserMuted);
        }
        if self.data_version != call.data_version {
            changes.push(CallChange::AttachedData);
        }
        if changes.is_empty() && before != now {
            changes.push(CallChange::Status);
        }
        for change in changes {
            tell(rest, user, change, now.clone());
        }
    }
}

/// How a call looks to a user for whom it is over.
fn released(call: &Call, before: &CallView) -> CallView {
    debug_assert!(before.id == call.id);
    CallView {
        state: CallState::Released,
        participants: Vec::new(),
        capabilities: Vec::new(),
        user_data: call.user_data.clone(),
        recording: before.recording.map(|_| match call.stage {
            CallStage::Ended(_) => super::RecordingState::Stopped,
            CallStage::Open => call.recording.state,
        }),
        listened_in: false,
        monitored_user_muted: false,
        ..before.clone()
    }
}

fn tell(notices: &mut Vec<Notice>, to: UserId, change: CallChange, view: CallView) {
    notices.push(Notice::Call { to, change, view: Box::new(view) });
}

fn tell_of_digits(center: &ContactCenter, events: &[Event], notices: &mut Vec<Notice>) {
    for event in events {
        let Event::Call(CallEvent::DigitsSent { call, user, to, digits }) = event else { continue };
        notices.push(Notice::Digits { to: to.clone(), digits: digits.clone() });
        let view = center.calls().get(call).and_then(|call| center.call_view(call, *user));
        if let Some(view) = view {
            tell(notices, *user, CallChange::DigitsSent, view);
        }
    }
}
