//! The leak proof by signal: whatever happens to a call, no ear hears what it has no right to, and everybody who must be heard is.

use media::codec::Codec;

use crate::simulation::{CALM, EarState, Network, PARTIES, ROUGH, Row, World};

/// Who is who.
const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const SUPERVISOR: usize = 2;
const COLLEAGUE: usize = 3;
const OTHER_CUSTOMER: usize = 4;

/// Switches of all worlds together, unless the environment names another number.
const SWITCHES: u64 = 10_000;
/// The long form's number of switches.
const VARIABLE: &str = "SOUFFLEUR_LEAK_SWITCHES";

/// How a supervisor takes part.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Absent,
    Monitor,
    Coach,
    BargeIn,
    Muted,
}

const MODES: [Mode; 5] = [Mode::Absent, Mode::Monitor, Mode::Coach, Mode::BargeIn, Mode::Muted];

/// What the call is at.
#[derive(Clone, Copy)]
enum Stage {
    Talk,
    Hold,
    Consult,
    Conference,
    Transferred,
    Swapped,
    Nobody,
}

const STAGES: [Stage; 7] = [
    Stage::Talk,
    Stage::Hold,
    Stage::Consult,
    Stage::Conference,
    Stage::Transferred,
    Stage::Swapped,
    Stage::Nobody,
];

/// Who hears whom: written down from what the modes mean, without the code that is tested.
fn rows(stage: Stage, mode: Mode) -> Vec<Row> {
    let (talking, held): (&[usize], &[usize]) = match stage {
        Stage::Talk => (&[CUSTOMER, AGENT], &[]),
        Stage::Hold => (&[AGENT], &[CUSTOMER]),
        Stage::Consult => (&[AGENT, COLLEAGUE], &[CUSTOMER]),
        Stage::Conference => (&[CUSTOMER, AGENT, COLLEAGUE], &[]),
        Stage::Transferred => (&[CUSTOMER, COLLEAGUE], &[]),
        Stage::Swapped => (&[OTHER_CUSTOMER, AGENT], &[CUSTOMER]),
        Stage::Nobody => (&[], &[CUSTOMER]),
    };
    let mut rows = vec![Row::default(); PARTIES];
    for ear in talking {
        rows[*ear].hears = talking.iter().copied().filter(|mouth| mouth != ear).collect();
        let is_customer = [CUSTOMER, OTHER_CUSTOMER].contains(ear);
        if mode == Mode::BargeIn || (mode == Mode::Coach && !is_customer) {
            rows[*ear].hears.push(SUPERVISOR);
        }
    }
    if mode != Mode::Absent {
        rows[SUPERVISOR].hears = talking.to_vec();
    }
    held.iter().for_each(|ear| rows[*ear].plays = true);
    rows
}

/// Lives through `percent` of all switches.
fn live_through(percent: u64, codecs: [Codec; PARTIES], networks: [Network; PARTIES]) {
    let switches =
        std::env::var(VARIABLE).ok().and_then(|it| it.parse().ok()).unwrap_or(SWITCHES) * percent / 100;
    let (mut it, mut ears) = World::new(percent, codecs, networks);
    // As in a call, streams run before anybody listens.
    it.run(200_000, &mut ears);
    let (mut stage, mut mode) = (Stage::Talk, Mode::Absent);
    for _ in 0..switches {
        switch(&mut it, &mut ears, &mut stage, &mut mode);
        let longest = if it.dice.percent(5) { 600_000 } else { 120_000 };
        let lasts = 10_000 + it.dice.below(longest);
        it.run(lasts, &mut ears);
    }
    assert!(ears.iter().map(|ear| ear.packets).sum::<u64>() > 5 * switches, "everybody was sent something");
}

fn switch(it: &mut World, ears: &mut [EarState], stage: &mut Stage, mode: &mut Mode) {
    match it.dice.below(10) {
        0..5 => *mode = MODES[it.dice.below(5) as usize],
        5..9 => *stage = STAGES[it.dice.below(7) as usize],
        _ => {
            *stage = STAGES[it.dice.below(7) as usize];
            *mode = MODES[it.dice.below(5) as usize];
        }
    }
    match it.dice.below(50) {
        0 => {
            let party = it.dice.below(PARTIES as u64) as usize;
            it.call_again(party, ears);
        }
        1 => {
            let party = it.dice.below(PARTIES as u64) as usize;
            it.begin_another_stream(party);
        }
        _ => {}
    }
    let mut rows = rows(*stage, *mode);
    // Whose arrivals clock a mix makes no difference to who may hear whom.
    for row in &mut rows {
        if it.dice.percent(30) {
            row.hears.reverse();
        }
    }
    it.score(rows);
}

use Codec::{G722, Pcma, Pcmu};

#[test]
fn nobody_hears_too_much_or_too_little_on_a_calm_network() {
    live_through(28, [Pcmu; PARTIES], [CALM; PARTIES]);
}

#[test]
fn nobody_hears_too_much_or_too_little_on_a_rough_network() {
    live_through(32, [Pcma; PARTIES], [ROUGH; PARTIES]);
}

#[test]
fn nobody_hears_too_much_or_too_little_where_codecs_differ() {
    live_through(30, [Pcmu, Pcma, Pcmu, Pcma, Pcmu], [ROUGH, CALM, ROUGH, CALM, CALM]);
}

#[test]
fn nobody_hears_too_much_or_too_little_where_some_are_wideband() {
    live_through(10, [Pcma, G722, G722, Pcma, Pcma], [CALM, CALM, ROUGH, ROUGH, CALM]);
}
