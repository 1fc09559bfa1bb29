//! The one place of this crate that draws random numbers: from a seed, so that a run can be had again.

use crate::faults::Share;

/// Random numbers that follow from their seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Numbers of their own for each stream of a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        let mut random = Random(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        let numbers = u64::from(most.saturating_sub(least)) + 1;
        // The upper half times the count of numbers, shifted down, is nearly even and needs no division.
        least + (((self.next() >> 32) * numbers) >> 32) as u32
    }

    /// One of `several`, which is not empty.
    pub(crate) fn one_of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.between(0, several.len() as u32 - 1) as usize]
    }

    /// Whether what happens in a share of all cases happens in this one. What never happens costs no number.
    pub(crate) fn falls_into(&mut self, share: Share) -> bool {
        /// Numbers that a share is measured in: as many as a fraction holds exactly.
        const PRECISION_BITS: u32 = 53;
        let fraction =
            |number: u64| (number >> (64 - PRECISION_BITS)) as f64 / (1_u64 << PRECISION_BITS) as f64;
        share != Share::NONE && fraction(self.next()) < share.fraction()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_each_stream_its_own() {
        let numbers = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(numbers(1, 1), numbers(1, 1));
        assert_ne!(numbers(1, 1), numbers(1, 2));
        assert_ne!(numbers(1, 1), numbers(2, 1));
    }

    #[test]
    fn numbers_keep_to_their_bounds_and_reach_them() {
        let mut random = Random::new(7, 0);
        let drawn: Vec<u32> = (0..1_000).map(|_| random.between(5, 9)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&5), Some(&9)));
        assert_eq!(random.between(3, 3), 3);
        assert_eq!(Random::new(7, 0).between(0, u32::MAX), Random::new(7, 0).between(0, u32::MAX));
    }

    #[test]
    fn shares_come_out_as_asked() {
        let mut random = Random::new(7, 0);
        let mut count = |text: &str| {
            let share = text.parse().unwrap();
            (0..10_000).filter(|_| random.falls_into(share)).count()
        };
        assert_eq!(count("0"), 0);
        assert_eq!(count("1"), 10_000);
        assert!((2_300..2_700).contains(&count("0.25")));
    }
}
