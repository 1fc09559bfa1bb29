//! What is known of legs outside of the media threads: their names there, their threads, and what was asked for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contact_center::calls::{Sound, Track};
use contact_center::{CallId, LegId};
use media::bridge::LegKey;

use super::order::{Plays, Row};
use super::recorder::{Parties, RecordingNumber};

/// All that one leg hears, and its place in a recording. It replaces what was asked for the leg before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarPlan {
    /// Whose ear.
    pub leg: LegId,
    /// The family of calls that the leg belongs to from now on.
    pub family: CallId,
    /// The legs it hears: these and no other. The first one sets the pace.
    pub hears: Vec<LegId>,
    /// What it hears else. A sound that was asked for before goes on.
    pub plays: Option<Sound>,
    /// Its place in a recording.
    pub track: Option<Track>,
}

/// What the recorder has to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Begin { recording: RecordingNumber, name: Arc<str> },
    Party { recording: RecordingNumber, party: u8, label: Arc<str>, is_customer: bool },
    End { recording: RecordingNumber },
}

/// A leg goes to another family.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moving {
    pub leg: LegKey,
    pub from_thread: usize,
    pub to_thread: usize,
    pub to: CallId,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub(super) struct Registry {
    legs: BTreeMap<LegId, Known>,
    families: BTreeMap<CallId, Kin>,
    recordings: BTreeMap<Arc<str>, Recording>,
    last_key: u64,
    last_order: u64,
    last_recording: RecordingNumber,
}

/// A leg that is open, or of which something was asked before it is.
#[derive(Debug)]
struct Known {
    key: LegKey,
    family: CallId,
    is_open: bool,
    asked: Option<Asked>,
}

/// What was asked for a leg.
#[derive(Debug)]
struct Asked {
    hears: Vec<LegId>,
    plays: Option<Plays>,
    track: Option<Track>,
}

/// A family and its thread.
#[derive(Debug)]
struct Kin {
    thread: usize,
    legs: BTreeSet<LegId>,
}

/// A recording that runs.
#[derive(Debug)]
struct Recording {
    number: RecordingNumber,
    /// Each with the number that it has in the recording.
    parties: BTreeMap<Arc<str>, u8>,
    legs: BTreeSet<LegId>,
}

impl Registry {
    /// The thread of a family; it stays there as long as it has a leg.
    pub fn thread_of(&self, family: CallId) -> Option<usize> {
        self.families.get(&family).map(|kin| kin.thread)
    }

    /// How many legs a thread has.
    pub fn load_of(&self, thread: usize) -> usize {
        self.families.values().filter(|kin| kin.thread == thread).map(|kin| kin.legs.len()).sum()
    }

    /// Whether the leg has ports.
    pub fn is_open(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|known| known.is_open)
    }

    /// The name and the thread of an open leg.
    pub fn place_of(&self, leg: LegId) -> Option<(LegKey, usize)> {
        let known = self.legs.get(&leg).filter(|known| known.is_open)?;
        Some((known.key, self.thread_of(known.family)?))
    }

    /// Notes that a leg has ports; `thread` is the family's unless that has one.
    pub fn open(&mut self, leg: LegId, family: CallId, thread: usize) -> LegKey {
        // Nothing is open yet, so nothing moves.
        self.enter(leg, family, thread);
        let known = self.legs.get_mut(&leg);
        known.map_or(LegKey(u64::MAX), |known| {
            known.is_open = true;
            known.key
        })
    }

    /// Forgets a leg and all that was asked for it.
    pub fn close(&mut self, leg: LegId, changes: &mut Vec<Change>) {
        self.change_track(leg, None, changes);
        let Some(known) = self.legs.remove(&leg) else { return };
        self.leave(leg, known.family);
    }

    /// Notes what is asked for a leg. `thread` is the family's unless that has one.
    pub fn ask(&mut self, plan: &EarPlan, thread: usize, changes: &mut Vec<Change>) -> Option<Moving> {
        let moving = self.enter(plan.leg, plan.family, thread);
        self.change_track(plan.leg, plan.track.as_ref(), changes);
        let known = self.legs.get_mut(&plan.leg)?;
        let plays = plan.plays.map(|sound| {
            let before = known.asked.as_ref().and_then(|asked| asked.plays);
            before.filter(|before| before.sound == sound).unwrap_or_else(|| {
                self.last_order += 1;
                Plays { sound, order: self.last_order }
            })
        });
        known.asked = Some(Asked { hears: plan.hears.clone(), plays, track: plan.track.clone() });
        moving
    }

    /// The whole table of a family, as far as its legs are open.
    pub fn rows(&self, family: CallId) -> Vec<Row> {
        let legs = self.families.get(&family).into_iter().flat_map(|kin| &kin.legs);
        let row = |leg: &LegId| {
            let known = self.legs.get(leg).filter(|known| known.is_open)?;
            let asked = known.asked.as_ref()?;
            let key = |leg: &LegId| {
                let known = self.legs.get(leg)?;
                (known.is_open && known.family == family).then_some(known.key)
            };
            let hears = asked.hears.iter().filter_map(key).collect();
            let voice = asked.track.as_ref().and_then(|track| self.voice(track));
            Some(Row { leg: known.key, hears, plays: asked.plays, voice })
        };
        legs.filter_map(row).collect()
    }

    /// The number of a party in a recording that is not paused.
    fn voice(&self, track: &Track) -> Option<(RecordingNumber, u8)> {
        let recording = self.recordings.get(&track.recording).filter(|_| !track.paused)?;
        Some((recording.number, *recording.parties.get(&track.label)?))
    }

    /// Has a leg belong to a family.
    fn enter(&mut self, leg: LegId, family: CallId, thread: usize) -> Option<Moving> {
        let before = self.legs.get(&leg).map(|known| known.family);
        if before == Some(family) {
            return None;
        }
        let from_thread = before.and_then(|before| self.thread_of(before));
        if let Some(before) = before {
            self.leave(leg, before);
        }
        let kin = self.families.entry(family).or_insert(Kin { thread, legs: BTreeSet::new() });
        kin.legs.insert(leg);
        let to_thread = kin.thread;
        let last_key = &mut self.last_key;
        let known = self.legs.entry(leg).or_insert_with(|| {
            *last_key += 1;
            Known { key: LegKey(*last_key), family, is_open: false, asked: None }
        });
        known.family = family;
        let from_thread = from_thread.filter(|_| known.is_open)?;
        Some(Moving { leg: known.key, from_thread, to_thread, to: family })
    }

    fn leave(&mut self, leg: LegId, family: CallId) {
        let Some(kin) = self.families.get_mut(&family) else { return };
        kin.legs.remove(&leg);
        if kin.legs.is_empty() {
            self.families.remove(&family);
        }
    }

    /// Begins and ends recordings as legs come into them and go.
    fn change_track(&mut self, leg: LegId, track: Option<&Track>, changes: &mut Vec<Change>) {
        let before = self.legs.get(&leg).and_then(|known| known.asked.as_ref()?.track.clone());
        if let Some(track) = track {
            self.begin_track(leg, track, changes);
        }
        let Some(before) = before.filter(|it| track.is_none_or(|track| track.recording != it.recording))
        else {
            return;
        };
        let Some(recording) = self.recordings.get_mut(&before.recording) else { return };
        recording.legs.remove(&leg);
        if recording.legs.is_empty() {
            changes.push(Change::End { recording: recording.number });
            self.recordings.remove(&before.recording);
        }
    }

    fn begin_track(&mut self, leg: LegId, track: &Track, changes: &mut Vec<Change>) {
        let recording = self.recordings.entry(Arc::clone(&track.recording)).or_insert_with(|| {
            self.last_recording = self.last_recording.wrapping_add(1);
            let (number, name) = (self.last_recording, Arc::clone(&track.recording));
            changes.push(Change::Begin { recording: number, name });
            Recording { number, parties: BTreeMap::new(), legs: BTreeSet::new() }
        });
        recording.legs.insert(leg);
        let party = u8::try_from(recording.parties.len()).unwrap_or(u8::MAX);
        // Further parties are heard as ever, and not recorded.
        if recording.parties.contains_key(&track.label) || party >= Parties::MOST {
            return;
        }
        recording.parties.insert(Arc::clone(&track.label), party);
        let (number, label) = (recording.number, Arc::clone(&track.label));
        changes.push(Change::Party { recording: number, party, label, is_customer: track.is_customer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOMER: LegId = LegId(1);
    const AGENT: LegId = LegId(2);
    const FAMILY: CallId = CallId(7);
    const OTHER: CallId = CallId(8);

    fn plan(leg: LegId, hears: &[LegId]) -> EarPlan {
        EarPlan { leg, family: FAMILY, hears: hears.to_vec(), plays: None, track: None }
    }

    fn track(label: &str) -> Option<Track> {
        let (recording, label) = (Arc::from("r"), Arc::from(label));
        Some(Track { call: FAMILY, recording, label, paused: false, is_customer: false })
    }

    fn check(registry: &mut Registry, plan: &EarPlan, expected: &[Change]) {
        let mut changes = Vec::new();
        registry.ask(plan, 0, &mut changes);
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_mouth_is_in_the_table_once_it_is_open() {
        let mut registry = Registry::default();
        check(&mut registry, &plan(CUSTOMER, &[AGENT]), &[]);
        assert!(registry.rows(FAMILY).is_empty());
        let customer = registry.open(CUSTOMER, FAMILY, 0);
        assert!(registry.rows(FAMILY)[0].hears.is_empty());
        let agent = registry.open(AGENT, FAMILY, 0);
        let rows = registry.rows(FAMILY);
        assert_eq!((rows.len(), rows[0].leg, &rows[0].hears), (1, customer, &vec![agent]));
    }

    #[test]
    fn a_mouth_of_another_family_is_not_in_the_table() {
        let mut registry = Registry::default();
        registry.open(CUSTOMER, FAMILY, 0);
        registry.open(AGENT, OTHER, 0);
        check(&mut registry, &plan(CUSTOMER, &[AGENT]), &[]);
        assert!(registry.rows(FAMILY)[0].hears.is_empty());
    }

    #[test]
    fn a_sound_goes_on_as_long_as_it_is_asked_for() {
        let mut registry = Registry::default();
        registry.open(CUSTOMER, FAMILY, 0);
        let mut order = |sound: Option<Sound>| {
            check(&mut registry, &EarPlan { plays: sound, ..plan(CUSTOMER, &[]) }, &[]);
            registry.rows(FAMILY)[0].plays.map(|plays| plays.order)
        };
        let first = order(Some(Sound::HoldMusic));
        assert_eq!(order(Some(Sound::HoldMusic)), first);
        assert_ne!(order(Some(Sound::RingBack)), first);
        assert_eq!(order(None), None);
        assert_ne!(order(Some(Sound::HoldMusic)), first);
    }

    #[test]
    fn a_leg_takes_its_ports_into_another_family() {
        let mut registry = Registry::default();
        let key = registry.open(AGENT, FAMILY, 0);
        registry.open(CUSTOMER, OTHER, 1);
        let moving = registry.ask(&EarPlan { family: OTHER, ..plan(AGENT, &[CUSTOMER]) }, 0, &mut Vec::new());
        assert_eq!(moving, Some(Moving { leg: key, from_thread: 0, to_thread: 1, to: OTHER }));
        assert_eq!(registry.rows(OTHER)[0].hears.len(), 1);
        assert_eq!((registry.thread_of(FAMILY), registry.place_of(AGENT)), (None, Some((key, 1))));
    }

    #[test]
    fn a_recording_lasts_as_long_as_a_leg_is_in_it() {
        let mut registry = Registry::default();
        registry.open(CUSTOMER, FAMILY, 0);
        registry.open(AGENT, FAMILY, 0);
        let customer = EarPlan { track: track("customer"), ..plan(CUSTOMER, &[]) };
        let agent = EarPlan { track: track("agent"), ..plan(AGENT, &[]) };
        let party = |party, label: &str| Change::Party {
            recording: 1,
            party,
            label: label.into(),
            is_customer: false,
        };
        check(
            &mut registry,
            &customer,
            &[Change::Begin { recording: 1, name: "r".into() }, party(0, "customer")],
        );
        check(&mut registry, &agent, &[party(1, "agent")]);
        check(&mut registry, &agent, &[]);
        assert_eq!(registry.rows(FAMILY)[1].voice, Some((1, 1)));
        check(&mut registry, &plan(CUSTOMER, &[]), &[]);
        let mut changes = Vec::new();
        registry.close(AGENT, &mut changes);
        assert_eq!(changes, [Change::End { recording: 1 }]);
        check(
            &mut registry,
            &customer,
            &[
                Change::Begin { recording: 2, name: "r".into() },
                Change::Party { recording: 2, party: 0, label: "customer".into(), is_customer: false },
            ],
        );
    }

    #[test]
    fn a_paused_track_is_not_recorded() {
        let mut registry = Registry::default();
        registry.open(CUSTOMER, FAMILY, 0);
        let mut paused = track("customer");
        paused.as_mut().unwrap().paused = true;
        registry.ask(&EarPlan { track: paused, ..plan(CUSTOMER, &[]) }, 0, &mut Vec::new());
        assert_eq!(registry.rows(FAMILY)[0].voice, None);
    }

    #[test]
    fn nothing_is_left_of_closed_legs() {
        let mut registry = Registry::default();
        registry.open(CUSTOMER, FAMILY, 0);
        check(&mut registry, &plan(AGENT, &[CUSTOMER]), &[]);
        registry.close(CUSTOMER, &mut Vec::new());
        registry.close(AGENT, &mut Vec::new());
        registry.close(AGENT, &mut Vec::new());
        assert!(registry.legs.is_empty() && registry.families.is_empty() && registry.load_of(0) == 0);
    }
}
