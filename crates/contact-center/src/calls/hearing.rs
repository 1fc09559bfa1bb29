//! **Who hears whom in a call**: the rule of visibility, and two things more. A coach is heard by the coached
//! agent alone, and by other supervisors; and nobody is heard who is muted, put aside or not there yet.

use super::call::CallParty;
use crate::audience::{Mode, Part, perceives};

/// Whether `viewer` is aware that `other` is in the call.
pub fn sees(viewer: &CallParty, other: &CallParty) -> bool {
    let reached = perceives(viewer.part, other.part.visibility());
    // Agents who are not coached are in front of the coach's agent as customers are.
    let meant = other.part != Part::Supervisor(Mode::Coach)
        || viewer.is_supervisor()
        || other.charge == Some(viewer.number);
    viewer.number != other.number && reached && meant
}

/// Whether what `speaker` says now reaches `listener`, lines permitting.
pub fn hears(listener: &CallParty, speaker: &CallParty) -> bool {
    speaker.part.may_speak() && !speaker.muted && !speaker.silenced && sees(listener, speaker)
}
