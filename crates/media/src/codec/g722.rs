//! G.722 at 64 kbit/s, 16,000 samples a second: two bands, each by adaptive differences, two samples an octet.
//!
//! Names in capitals are the blocks of the Recommendation (11/88), section 6.2. RTP counts its clock at 8,000 Hz all the same
//! (RFC 3551, section 4.5.2).

/// The low band's decision levels (QUANTL).
const DECISIONS: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121,
    1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// The low band's code words below and above zero, by decision level.
const NEGATIVE_CODES: [u8; 31] = [
    0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8,
    7, 6, 5, 4,
];
const POSITIVE_CODES: [u8; 31] = [
    0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37,
    36, 35, 34, 33, 32,
];
/// The high band's decision between its two magnitudes (QUANTH).
const HIGH_DECISION: i32 = 564;
/// Logarithms to adapt the low band's step by (LOGSCL), by the four high bits of its code word.
const LOW_LOGS: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
/// Logarithms to adapt the high band's step by (LOGSCH).
const HIGH_LOGS: [i32; 4] = [798, -214, 798, -214];
/// Antilogarithms (SCALEL, SCALEH).
const ANTILOGS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// The high band's steps (INVQAH).
const STEPS_OF_2_BITS: [i32; 4] = [-7408, -1616, 7408, 1616];
/// The low band's steps that both ends adapt by (INVQAL).
const STEPS_OF_4_BITS: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
/// The low band's steps that are heard (INVQBL).
const STEPS_OF_6_BITS: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
    -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
    -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856,
    7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
    -432, -136,
];
/// Half of the quadrature mirror filter, whose other half is its mirror image.
const MIRROR_TAPS: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// The filter's length in samples.
const MIRROR_SAMPLES: usize = 2 * MIRROR_TAPS.len();

/// From samples to octets.
#[derive(Debug, Clone)]
pub struct Encoder {
    low: Band,
    high: Band,
    heard: [i32; MIRROR_SAMPLES],
}

impl Encoder {
    /// As the Recommendation has both ends start.
    pub const fn new() -> Encoder {
        Encoder { low: Band::new(LOW_STEP), high: Band::new(HIGH_STEP), heard: [0; MIRROR_SAMPLES] }
    }

    /// Encodes each pair of samples into one octet, as many as both slices hold.
    pub fn encode(&mut self, samples: &[i16], octets: &mut [u8]) {
        for (octet, pair) in octets.iter_mut().zip(samples.chunks_exact(2)) {
            *octet = self.encode_pair([i32::from(pair[0]), i32::from(pair[1])]);
        }
    }

    fn encode_pair(&mut self, pair: [i32; 2]) -> u8 {
        let (even, odd) = mirror(&mut self.heard, pair);
        let (low, high) = ((even + odd) >> 14, (even - odd) >> 14);
        let low_code = quantize_low(saturated(low - self.low.predicted), self.low.step);
        self.low.adapt_low(low_code >> 2);
        let high_code = quantize_high(saturated(high - self.high.predicted), self.high.step);
        self.high.adapt_high(high_code);
        (high_code << 6) | low_code
    }
}

/// From octets to samples.
#[derive(Debug, Clone)]
pub struct Decoder {
    low: Band,
    high: Band,
    played: [i32; MIRROR_SAMPLES],
}

impl Decoder {
    /// As the Recommendation has both ends start.
    pub const fn new() -> Decoder {
        Decoder { low: Band::new(LOW_STEP), high: Band::new(HIGH_STEP), played: [0; MIRROR_SAMPLES] }
    }

    /// Decodes each octet into two samples, as many as both slices hold.
    pub fn decode(&mut self, octets: &[u8], samples: &mut [i16]) {
        for (pair, octet) in samples.chunks_exact_mut(2).zip(octets) {
            let (first, second) = self.decode_octet(*octet);
            pair[0] = first;
            pair[1] = second;
        }
    }

    fn decode_octet(&mut self, octet: u8) -> (i16, i16) {
        let (low_code, high_code) = (octet & 63, octet >> 6);
        let heard = (self.low.step * STEPS_OF_6_BITS[usize::from(low_code)]) >> 15;
        let low = limited(self.low.predicted + heard);
        self.low.adapt_low(low_code >> 2);
        let heard = (self.high.step * STEPS_OF_2_BITS[usize::from(high_code)]) >> 15;
        let high = limited(self.high.predicted + heard);
        self.high.adapt_high(high_code);
        let (first, second) = mirror(&mut self.played, [low + high, low - high]);
        (saturated(first >> 11) as i16, saturated(second >> 11) as i16)
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

/// The steps that both ends start with.
const LOW_STEP: i32 = 32;
const HIGH_STEP: i32 = 8;

/// What both ends know of one band: its predictor of two poles and six zeros, and its step.
#[derive(Debug, Clone)]
struct Band {
    /// What the next sample is expected to be, and the zeros' share of that.
    predicted: i32,
    predicted_by_zeros: i32,
    /// The two last samples as rebuilt, twofold; newest first, as all that follows.
    rebuilt: [i32; 2],
    /// The two last sums of difference and zeros' share.
    partial: [i32; 2],
    poles: [i32; 2],
    differences: [i32; 6],
    zeros: [i32; 6],
    step_log: i32,
    step: i32,
}

impl Band {
    const fn new(step: i32) -> Band {
        Band {
            predicted: 0,
            predicted_by_zeros: 0,
            rebuilt: [0; 2],
            partial: [0; 2],
            poles: [0; 2],
            differences: [0; 6],
            zeros: [0; 6],
            step_log: 0,
            step,
        }
    }

    fn adapt_low(&mut self, code: u8) {
        let code = usize::from(code);
        let difference = (self.step * STEPS_OF_4_BITS[code]) >> 15;
        self.step_log = (((self.step_log * 127) >> 7) + LOW_LOGS[code]).clamp(0, 18_432);
        self.step = step_of(self.step_log, 8);
        self.predict(difference);
    }

    fn adapt_high(&mut self, code: u8) {
        let code = usize::from(code);
        let difference = (self.step * STEPS_OF_2_BITS[code]) >> 15;
        self.step_log = (((self.step_log * 127) >> 7) + HIGH_LOGS[code]).clamp(0, 22_528);
        self.step = step_of(self.step_log, 10);
        self.predict(difference);
    }

    /// RECONS, PARREC, UPPOL, UPZERO, FILTEP, FILTEZ, PREDIC.
    fn predict(&mut self, difference: i32) {
        let rebuilt = saturated(self.predicted + difference);
        let partial = saturated(self.predicted_by_zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.partial = [partial, self.partial[0]];
        self.rebuilt = [saturated(2 * rebuilt), self.rebuilt[0]];
        let by_poles =
            saturated(((self.poles[0] * self.rebuilt[0]) >> 15) + ((self.poles[1] * self.rebuilt[1]) >> 15));
        let by_zeros = self.zeros.iter().zip(&self.differences);
        let by_zeros: i32 = by_zeros.map(|(zero, past)| (zero * saturated(2 * past)) >> 15).sum();
        self.predicted_by_zeros = saturated(by_zeros);
        self.predicted = saturated(by_poles + self.predicted_by_zeros);
    }

    fn adapt_poles(&mut self, partial: i32) {
        let is_same = |other: i32| (partial < 0) == (other < 0);
        let by_first = saturated(4 * self.poles[0]);
        let by_first = if is_same(self.partial[0]) { (-by_first).min(32_767) } else { by_first };
        let toward = if is_same(self.partial[1]) { 128 } else { -128 };
        let second = (by_first >> 7) + toward + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let toward = if is_same(self.partial[0]) { 192 } else { -192 };
        let first = saturated(toward + ((self.poles[0] * 32_640) >> 15));
        let most = saturated(15_360 - second);
        self.poles = [first.clamp(-most, most), second];
    }

    fn adapt_zeros(&mut self, difference: i32) {
        let pull = if difference == 0 { 0 } else { 128 };
        for (zero, past) in self.zeros.iter_mut().zip(&self.differences) {
            let toward = if (difference < 0) == (*past < 0) { pull } else { -pull };
            *zero = saturated(toward + ((*zero * 32_640) >> 15));
        }
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
    }
}

/// QUANTL.
fn quantize_low(difference: i32, step: i32) -> u8 {
    let magnitude = if difference < 0 { !difference } else { difference };
    let level = DECISIONS.iter().skip(1).take_while(|level| magnitude >= (**level * step) >> 12).count();
    if difference < 0 { NEGATIVE_CODES[level + 1] } else { POSITIVE_CODES[level + 1] }
}

/// QUANTH.
fn quantize_high(difference: i32, step: i32) -> u8 {
    let magnitude = if difference < 0 { !difference } else { difference };
    let is_large = magnitude >= (HIGH_DECISION * step) >> 12;
    match (difference < 0, is_large) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// SCALEL, SCALEH.
fn step_of(log: i32, shift: i32) -> i32 {
    let antilog = ANTILOGS[((log >> 6) & 31) as usize];
    let shift = shift - (log >> 11);
    (if shift < 0 { antilog << -shift } else { antilog >> shift }) << 2
}

/// Takes a pair into the filter's memory; the sums over its newer and older samples of each pair.
fn mirror(memory: &mut [i32; MIRROR_SAMPLES], pair: [i32; 2]) -> (i32, i32) {
    memory.copy_within(2.., 0);
    memory[MIRROR_SAMPLES - 2..].copy_from_slice(&pair);
    let (mut even, mut odd) = (0, 0);
    for (index, pair) in memory.chunks_exact(2).enumerate() {
        odd += pair[0] * MIRROR_TAPS[index];
        even += pair[1] * MIRROR_TAPS[MIRROR_TAPS.len() - 1 - index];
    }
    (even, odd)
}

fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

fn limited(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

#[cfg(test)]
mod tests {
    use ezk_g722::libg722::{Bitrate, decoder, encoder};
    use proptest::prelude::*;

    use super::*;

    /// The judge begins with a step of 0, against table 9 of the Recommendation; the second sample on, all is equal.
    fn as_the_judge() -> (Encoder, Decoder) {
        let mut encoder = Encoder::new();
        let mut decoder = Decoder::new();
        for band in [&mut encoder.low, &mut encoder.high, &mut decoder.low, &mut decoder.high] {
            band.step = 0;
        }
        (encoder, decoder)
    }

    proptest! {
        #[test]
        fn any_sound_becomes_the_octets_that_others_make(samples in prop::collection::vec(any::<i16>(), 0..2_000)) {
            let samples = &samples[..samples.len() / 2 * 2];
            let expected = encoder::Encoder::new(Bitrate::Mode1_64000, false, false).encode(samples);
            let mut octets = vec![0; samples.len() / 2];
            as_the_judge().0.encode(samples, &mut octets);
            prop_assert_eq!(octets, expected);
        }

        #[test]
        fn any_octets_become_the_sound_that_others_make(octets in prop::collection::vec(any::<u8>(), 0..1_000)) {
            let expected = decoder::Decoder::new(Bitrate::Mode1_64000, false, false).decode(&octets);
            let mut samples = vec![0; octets.len() * 2];
            as_the_judge().1.decode(&octets, &mut samples);
            prop_assert_eq!(samples, expected);
        }
    }
}
