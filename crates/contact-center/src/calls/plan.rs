//! What the telephone gateway has to bring about.

use std::sync::Arc;

use super::leg::{Cause, Reach};
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
