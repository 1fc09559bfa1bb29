//! The sounds that the rules can ask for.

use contact_center::calls;
use media::sounds::{Sound, TonePlan};

/// What is played for each kind of sound. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sounds {
    /// It rings at the far end.
    pub ring_back: Sound,
    /// The music of calls that are put aside, and of queues.
    pub hold_music: Sound,
    /// The call is recorded from here on.
    pub recording_beep: Sound,
}

impl Sounds {
    /// Sounds that need no files.
    pub fn built_in(plan: TonePlan) -> Sounds {
        Sounds {
            ring_back: Sound::ring_back(plan),
            hold_music: Sound::hold_music(),
            recording_beep: Sound::beep(),
        }
    }

    /// The one that is asked for.
    pub(super) fn of(&self, sound: calls::Sound) -> Sound {
        match sound {
            calls::Sound::RingBack => self.ring_back.clone(),
            calls::Sound::HoldMusic => self.hold_music.clone(),
            calls::Sound::RecordingBeep => self.recording_beep.clone(),
        }
    }
}
