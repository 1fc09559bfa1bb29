//! How long to wait before connecting again.

use std::time::Duration;

/// A connection that stood for so long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(10);

/// Pauses that grow, each other than planned by chance: connections that broke together do not come back together.
#[derive(Debug)]
pub(super) struct Pauses {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pauses {
    pub fn new(first: Duration, longest: Duration) -> Pauses {
        Pauses { first, longest: longest.max(first), next: first }
    }

    /// The pause after a connection that took so long, by a random number: between half of what is planned and all.
    pub fn after(&mut self, was_bound: bool, took: Duration, random: u64) -> Duration {
        if was_bound && took >= GOOD {
            self.next = self.first;
        }
        let planned = self.next;
        self.next = (planned * 2).min(self.longest);
        let part = (random % 1_000) as u32;
        planned / 2 + planned / 2 * part / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pauses: &mut Pauses, was_bound: bool, took_s: u64, wanted_ms: u128) {
        let longest = pauses.after(was_bound, Duration::from_secs(took_s), 999);
        assert_eq!(longest.as_millis().next_multiple_of(500), wanted_ms);
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again_after_a_good_connection() {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(5));
        for wanted_ms in [1_000, 2_000, 4_000, 5_000, 5_000] {
            check(&mut pauses, false, 60, wanted_ms);
        }
        check(&mut pauses, true, 9, 5_000);
        check(&mut pauses, true, 10, 1_000);
        check(&mut pauses, true, 0, 2_000);
    }

    #[test]
    fn a_pause_is_at_least_half_of_what_is_planned() {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(1));
        assert_eq!(pauses.after(false, Duration::ZERO, 0), Duration::from_millis(500));
    }
}
