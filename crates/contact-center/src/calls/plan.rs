//! What the telephone gateway has to bring about.

use std::sync::Arc;

use super::call::{Call, CallParty, PartyState, RecordingState};
use super::hearing;
use super::leg::{Cause, Leg, LegState, Reach};
use crate::ContactCenter;
use crate::audience::Part;
use crate::ids::{CallId, LegId};

/// What a line is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegWants {
    /// For a line that arrived: nothing yet.
    Wait,
    /// Call the phone and let it ring; for a line that arrived: say that it rings.
    Ring,
    /// Have the phone answer by itself; for a line that arrived: answer.
    Answer,
    /// Leave it as it is: it stands.
    Talk,
    /// End it.
    Gone(Cause),
}

/// Something else than voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// It rings at the far end.
    RingBack,
    /// The music of calls that are put aside, and of queues.
    HoldMusic,
    /// The call is recorded from here on: once.
    RecordingBeep,
}

/// Who is calling, for the phone's display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The number.
    pub number: Arc<str>,
}

/// The place of a line in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The recorded call.
    pub call: CallId,
    /// The name of the recording, without folder and ending.
    pub recording: Arc<str>,
    /// What the track is called: the party's number in the call, its part and its telephone number.
    pub label: Arc<str>,
    /// Whether nothing is recorded for now.
    pub paused: bool,
    /// Whether this line is the customer's.
    pub is_customer: bool,
}

/// The plan of one line. It replaces the line's earlier plan as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegPlan {
    /// The line.
    pub leg: LegId,
    /// The family of calls: lines of one family may come to hear each other.
    pub family: CallId,
    /// Whether they called us.
    pub incoming: bool,
    /// Where it leads.
    pub reach: Reach,
    /// Who calls, for the phone's display.
    pub caller: Caller,
    /// What it is wanted for.
    pub wants: LegWants,
    /// The lines it hears: these and no other. The first one sets the pace.
    pub hears: Vec<LegId>,
    /// What it hears else.
    pub plays: Option<Sound>,
    /// Its place in a recording.
    pub track: Option<Track>,
    /// What was kept of its dialog.
    pub dialog: Option<Arc<str>>,
}

impl ContactCenter {
    /// What every line is wanted for now: for a gateway that begins, or has missed something.
    pub fn line_plans(&self) -> Vec<LegPlan> {
        self.legs().keys().filter_map(|leg| self.line_plan(*leg)).collect()
    }

    /// What a line is wanted for now.
    pub fn line_plan(&self, id: LegId) -> Option<LegPlan> {
        let leg = self.legs().get(&id)?;
        let calls: Vec<&Call> = self
            .telephony
            .tables
            .of_leg
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|call| self.calls().get(call).map(AsRef::as_ref))
            .collect();
        let party_in = |call: &&Call| call.present().find(|party| party.leg == id).cloned();
        let parties: Vec<_> = calls.iter().filter_map(|call| Some((*call, party_in(call)?))).collect();
        // A line is audible in one call at most.
        let audible = parties
            .iter()
            .find(|(_, party)| matches!(party.state, PartyState::Established | PartyState::Dialing));
        let mut hears = audible.map(|(call, party)| self.heard(call, party)).unwrap_or_default();
        let plays = audible.and_then(|(call, party)| self.played(call, party, !hears.is_empty()));
        if leg.ends.is_some() || leg.held_by_phone {
            hears.clear();
        }
        let track = parties.iter().find_map(|(call, party)| track(call, party));
        Some(LegPlan {
            leg: id,
            family: parties.first().map_or(CallId(id.0), |(call, _)| call.family),
            incoming: leg.incoming,
            reach: leg.reach.clone(),
            caller: Caller { number: leg.caller.clone() },
            wants: self.wanted(leg, &parties),
            hears,
            plays,
            track,
            dialog: leg.dialog.clone(),
        })
    }

    fn wanted(&self, leg: &Leg, parties: &[(&Call, CallParty)]) -> LegWants {
        if let Some(cause) = leg.ends {
            return LegWants::Gone(cause);
        }
        match leg.state {
            LegState::Up => LegWants::Talk,
            LegState::Calling | LegState::Ringing { .. } if leg.answers_itself => LegWants::Answer,
            LegState::Calling | LegState::Ringing { .. } => LegWants::Ring,
            LegState::Arrived if parties.iter().any(|(_, party)| party.has_joined()) => LegWants::Answer,
            LegState::Arrived => {
                let rings = parties.iter().any(|(call, _)| call.present().any(|other| self.rings(other)));
                if rings { LegWants::Ring } else { LegWants::Wait }
            }
        }
    }

    fn rings(&self, party: &CallParty) -> bool {
        let state = self.legs().get(&party.leg).map(|leg| leg.state);
        party.state == PartyState::Ringing && matches!(state, Some(LegState::Ringing { .. }))
    }

    /// The lines that a party hears now, the customer first.
    fn heard(&self, call: &Call, listener: &CallParty) -> Vec<LegId> {
        let mut speakers: Vec<_> = call
            .present()
            .filter(|speaker| hearing::hears(listener, speaker) && self.is_audible(listener, speaker))
            .collect();
        speakers.sort_by_key(|speaker| (speaker.part, speaker.number));
        speakers.into_iter().map(|speaker| speaker.leg).collect()
    }

    /// Whether the lines let a listener hear a speaker: both stand, or the speaker can be heard early.
    fn is_audible(&self, listener: &CallParty, speaker: &CallParty) -> bool {
        let Some(line) = self.legs().get(&speaker.leg) else { return false };
        let early = line.state == LegState::Ringing { early_media: true };
        match (listener.state, speaker.state) {
            (PartyState::Established, PartyState::Established) => line.is_up() && !line.held_by_phone,
            (PartyState::Dialing, PartyState::Ringing) => early && line.ends.is_none(),
            _ => false,
        }
    }

    /// What a party hears besides voices.
    fn played(&self, call: &Call, listener: &CallParty, hears_somebody: bool) -> Option<Sound> {
        if hears_somebody || listener.is_supervisor() {
            return None;
        }
        let others =
            || call.present().filter(|other| other.number != listener.number && !other.is_supervisor());
        let up = self.legs().get(&listener.leg).is_some_and(Leg::is_up);
        let queued =
            call.place.is_some() || others().any(|other| other.offered_by.is_some() && !other.has_joined());
        if queued {
            return Some(Sound::HoldMusic);
        }
        if others().any(|other| self.rings(other)) {
            return up.then_some(Sound::RingBack);
        }
        let aside = others().any(|other| other.state == PartyState::Held);
        (aside && listener.state == PartyState::Established).then_some(Sound::HoldMusic)
    }
}

fn track(call: &Call, party: &CallParty) -> Option<Track> {
    if call.recording.state == RecordingState::Stopped || !party.has_joined() {
        return None;
    }
    let part = match party.part {
        Part::Customer | Part::External => "customer",
        Part::Agent | Part::Consultant => "agent",
        Part::Supervisor(_) => "supervisor",
    };
    Some(Track {
        call: call.id,
        recording: call.recording.name.clone(),
        label: Arc::from(format!("{}-{part}-{}", party.number.0, party.phone_number)),
        paused: call.recording.state == RecordingState::Paused,
        is_customer: party.part == Part::Customer,
    })
}
