//! What is counted.

use serde::Serialize;

/// What a carrier has done since it was started. Parts count as texts each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Connections that came.
    pub connections: u64,
    /// Customers that bound.
    pub binds: u64,
    /// Customers that were not let in.
    pub binds_refused: u64,
    /// Texts that customers submitted.
    pub submitted: u64,
    /// Those that were taken and answered so.
    pub accepted: u64,
    /// Those that were refused, the throttled ones included.
    pub refused: u64,
    /// Those that were refused as too many.
    pub throttled: u64,
    /// Those that are never answered.
    pub unanswered: u64,
    /// Texts that phones sent, whole.
    pub texts_of_phones: u64,
    /// Texts handed out to customers, as often as they were.
    pub texts_delivered: u64,
    /// Those that customers acknowledged.
    pub texts_acknowledged: u64,
    /// Those that customers refused for good.
    pub texts_refused: u64,
    /// Receipts handed out to customers, as often as they were.
    pub receipts_delivered: u64,
    /// Those that customers acknowledged.
    pub receipts_acknowledged: u64,
    /// Those that customers refused for good.
    pub receipts_refused: u64,
    /// Texts and receipts that were handed out before and are again, since nobody acknowledged them.
    pub redelivered: u64,
    /// Texts and receipts that are handed out once more by a fault.
    pub repeated: u64,
    /// Texts and receipts that were given up: too many waited, or they were handed out too often.
    pub given_up: u64,
    /// Connections that were dropped by a fault.
    pub disconnects: u64,
    /// How often nothing was read for a while by a fault.
    pub pauses: u64,
    /// Oddities of the protocol that customers showed.
    pub protocol_faults: u64,
}

impl Counters {
    /// Adds others.
    pub(crate) fn add(&mut self, other: &Counters) {
        self.connections += other.connections;
        self.binds += other.binds;
        self.binds_refused += other.binds_refused;
        self.submitted += other.submitted;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.throttled += other.throttled;
        self.unanswered += other.unanswered;
        self.texts_of_phones += other.texts_of_phones;
        self.texts_delivered += other.texts_delivered;
        self.texts_acknowledged += other.texts_acknowledged;
        self.texts_refused += other.texts_refused;
        self.receipts_delivered += other.receipts_delivered;
        self.receipts_acknowledged += other.receipts_acknowledged;
        self.receipts_refused += other.receipts_refused;
        self.redelivered += other.redelivered;
        self.repeated += other.repeated;
        self.given_up += other.given_up;
        self.disconnects += other.disconnects;
        self.pauses += other.pauses;
        self.protocol_faults += other.protocol_faults;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_counter_is_left_out_of_a_sum() {
        let one = Counters {
            connections: 1,
            binds: 1,
            binds_refused: 1,
            submitted: 1,
            accepted: 1,
            refused: 1,
            throttled: 1,
            unanswered: 1,
            texts_of_phones: 1,
            texts_delivered: 1,
            texts_acknowledged: 1,
            texts_refused: 1,
            receipts_delivered: 1,
            receipts_acknowledged: 1,
            receipts_refused: 1,
            redelivered: 1,
            repeated: 1,
            given_up: 1,
            disconnects: 1,
            pauses: 1,
            protocol_faults: 1,
        };
        let mut sum = Counters::default();
        sum.add(&one);
        assert_eq!(sum, one);
    }
}
