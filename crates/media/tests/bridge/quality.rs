//! How soon and how well everybody is heard.

use media::codec::Codec::{self, Pcmu};

use crate::simulation::{CALM, EarState, Network, PARTIES, ROUGH, Row, World};

const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const SUPERVISOR: usize = 2;
/// A party says one frame in so many, so that each can be told from the one before.
const BURSTS: u64 = 12;

fn coached() -> Vec<Row> {
    rows(&[(CUSTOMER, &[AGENT]), (AGENT, &[CUSTOMER, SUPERVISOR]), (SUPERVISOR, &[CUSTOMER, AGENT])])
}

fn plain() -> Vec<Row> {
    rows(&[(CUSTOMER, &[AGENT]), (AGENT, &[CUSTOMER])])
}

fn rows(named: &[(usize, &[usize])]) -> Vec<Row> {
    let mut rows = vec![Row::default(); PARTIES];
    named.iter().for_each(|(ear, hears)| rows[*ear].hears = hears.to_vec());
    rows
}

fn world(seed: u64, codecs: [Codec; PARTIES], network: Network) -> (World, Vec<EarState>) {
    let (mut it, ears) = World::new(seed, codecs, [network; PARTIES]);
    it.keeps_tones = true;
    (it, ears)
}

/// The share of `delays` below which so many percent are.
fn percentile(delays: &mut [u64], percent: usize) -> u64 {
    delays.sort_unstable();
    delays[(delays.len() - 1) * percent / 100]
}

/// The delays of both directions of direct and of mixed pairs, over many calls with phones in every phase.
fn delays_of_coached_calls(network: Network, seconds: u64) -> (Vec<u64>, Vec<u64>) {
    let (mut direct, mut mixed) = (Vec::new(), Vec::new());
    for seed in 0..40 {
        let (mut it, mut ears) = world(seed, [Pcmu; PARTIES], network);
        (0..PARTIES).for_each(|party| it.speak_in_bursts(party, BURSTS));
        it.score(coached());
        it.run(seconds * 1_000_000, &mut ears);
        direct.extend(it.delays_us(AGENT, &ears[CUSTOMER]));
        for (mouth, ear) in
            [(CUSTOMER, AGENT), (SUPERVISOR, AGENT), (CUSTOMER, SUPERVISOR), (AGENT, SUPERVISOR)]
        {
            mixed.extend(it.delays_us(mouth, &ears[ear]));
        }
        assert!(it.delays_us(SUPERVISOR, &ears[CUSTOMER]).is_empty());
    }
    (direct, mixed)
}

#[test]
fn direct_pairs_wait_for_nothing_and_mixed_ones_for_less_than_a_packet() {
    let (mut direct, mut mixed) = delays_of_coached_calls(CALM, 10);
    // The thread wakes every millisecond, and the network takes up to half of one.
    assert!(percentile(&mut direct, 99) <= 2_000, "{direct:?}");
    let (half, most) = (percentile(&mut mixed, 50), percentile(&mut mixed, 99));
    assert!(half <= 20_000 && most <= 30_000, "p50 {half} µs, p99 {most} µs");
}

#[test]
fn a_rough_network_delays_by_what_it_is_late_and_little_more() {
    let (_, mut mixed) = delays_of_coached_calls(ROUGH, 10);
    let (half, most) = (percentile(&mut mixed, 50), percentile(&mut mixed, 99));
    assert!(half <= 30_000 && most <= 90_000, "p50 {half} µs, p99 {most} µs");
}

#[test]
fn the_delay_does_not_grow_while_clocks_run_apart() {
    for millionths in [-300, 300] {
        let (mut it, mut ears) = world(1, [Pcmu; PARTIES], CALM);
        it.slow_down(CUSTOMER, 0);
        it.slow_down(SUPERVISOR, millionths);
        it.speak_in_bursts(SUPERVISOR, BURSTS);
        it.score(coached());
        // In ten minutes the clocks part by 180 ms.
        it.run(600_000_000, &mut ears);
        let mut delays = it.delays_us(SUPERVISOR, &ears[AGENT]);
        assert!(delays.len() * 100 >= it.bursts(SUPERVISOR) * 97, "{} were heard", delays.len());
        let last = delays.split_off(delays.len() - 100);
        assert!(last.iter().all(|delay| *delay <= 42_000), "{millionths}: {last:?}");
        assert!(percentile(&mut delays, 99) <= 42_000);
    }
}

/// The largest bend between three samples: what a click is heard by.
fn sharpest_bend(sound: &[i16]) -> i32 {
    let bends = sound.windows(3).map(|it| i32::from(it[0]) - 2 * i32::from(it[1]) + i32::from(it[2]));
    bends.map(i32::abs).max().unwrap_or(0)
}

#[test]
fn a_change_between_relay_and_mix_has_no_gap_and_no_click() {
    for codecs in [[Pcmu; PARTIES], [Codec::Pcma; PARTIES]] {
        let (mut it, mut ears) = world(7, codecs, CALM);
        it.keeps_samples = true;
        it.speak(SUPERVISOR, true);
        it.score(coached());
        it.run(2_000_000, &mut ears);
        let mixed = sharpest_bend(&ears[AGENT].samples[8_000..]);
        ears.iter_mut().for_each(|ear| ear.samples.clear());
        let before = ears[AGENT].packets;
        for turn in 0..40 {
            it.score(if turn % 2 == 0 { plain() } else { coached() });
            it.run(117_000, &mut ears);
        }
        // 4.68 s are 234 packets; phases and the last one may take one.
        let packets = ears[AGENT].packets - before;
        assert!((232..=236).contains(&packets), "{packets} packets");
        let bend = sharpest_bend(&ears[AGENT].samples);
        // A hard cut bends by the whole of a sample: twice as sharply.
        assert!(bend <= mixed * 3 / 2, "{bend}, {mixed} within the mix");
        // The customer's tone goes on all the while.
        let silent =
            ears[AGENT].samples.chunks(80).filter(|part| part.iter().all(|sample| sample.abs() < 400));
        assert_eq!(silent.count(), 0);
    }
}
