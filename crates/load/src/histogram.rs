//! Latencies in buckets whose width grows with the value: at most 1.6 % wrong, of fixed size.

const SUB_BUCKETS: u64 = 64;
const SUB_BUCKET_BITS: u32 = 6;
const BUCKETS: usize = 64 * 59;

/// Counts values and answers percentiles.
#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], total: 0 }
    }

    /// Counts one value.
    pub fn record(&mut self, value: u64) {
        self.counts[bucket(value)] += 1;
        self.total += 1;
    }

    /// How many values were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value that `share` (0 to 1) of all values do not exceed; 0 if there is none.
    pub fn percentile(&self, share: f64) -> u64 {
        let wanted = (share * self.total as f64).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return highest(index);
            }
        }
        0
    }

    /// The percentile of nanoseconds, as milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        self.percentile(share) as f64 / 1e6
    }
}

fn bucket(value: u64) -> usize {
    if value < SUB_BUCKETS {
        return value as usize;
    }
    let shift = u64::BITS - 1 - value.leading_zeros() - SUB_BUCKET_BITS;
    ((u64::from(shift) + 1) * SUB_BUCKETS + (value >> shift) - SUB_BUCKETS) as usize
}

fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB_BUCKETS {
        return bucket;
    }
    let shift = bucket / SUB_BUCKETS - 1;
    let lowest = u128::from(bucket % SUB_BUCKETS + SUB_BUCKETS) << shift;
    u64::try_from(lowest + (1 << shift) - 1).unwrap_or(u64::MAX)
}

/// The middle value; of an even number of values the lower of the two in the middle.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_within_two_percent() {
        for value in (0..64).flat_map(|bits| [(1u64 << bits) - 1, 1 << bits, (1 << bits) | ((1 << bits) / 3)])
        {
            let top = highest(bucket(value));
            assert!(top >= value, "{value} is above its bucket {top}");
            assert!(top - value <= value / 50, "{value} is far below its bucket {top}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut histogram = Histogram::new();
        for value in 1..=1000 {
            histogram.record(value * 1000);
        }
        for (share, expected) in [(0.5, 500_000), (0.99, 990_000), (1.0, 1_000_000)] {
            let got = histogram.percentile(share);
            assert!(got >= expected && got <= expected + expected / 50, "{share}: {got}");
        }
        assert_eq!(Histogram::new().percentile(0.5), 0);
    }

    #[test]
    fn the_median_is_a_measured_value() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(vec![f64::NAN]), None);
    }
}
