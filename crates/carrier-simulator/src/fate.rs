//! What happens to each text and each acknowledgement: a machine without sockets and clocks, whose faults
//! follow from a seed.

use std::time::{Duration, Instant};

use smpp::{ReceiptState, Status};

use crate::faults::{Faults, ReceiptForm, ReceiptIds, Span};
use crate::numbers::Special;
use crate::random::Random;

/// What the receipts of failed texts say.
const FAILURES: [ReceiptState; 3] =
    [ReceiptState::Undeliverable, ReceiptState::Expired, ReceiptState::Rejected];
const ID_FORMS: [ReceiptIds; 4] =
    [ReceiptIds::Same, ReceiptIds::Decimal, ReceiptIds::Zeros, ReceiptIds::Upper];
const RECEIPT_FORMS: [ReceiptForm; 3] = [ReceiptForm::Text, ReceiptForm::Tlv, ReceiptForm::Both];

/// What happens to one submitted text, or part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// What is answered, and when.
    pub(crate) answer: Answer,
    /// Whether its phone gets it.
    pub(crate) is_delivered: bool,
    /// The receipt, if one comes.
    pub(crate) receipt: Option<PlannedReceipt>,
}

/// What a submitted text is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing.
    Never,
    /// It is taken.
    Accept(Instant),
    /// It is not.
    Refuse(Instant, Status),
}

/// A receipt that will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlannedReceipt {
    /// When.
    pub(crate) at: Instant,
    /// What it says.
    pub(crate) state: ReceiptState,
    /// How it writes the ID; one of the definite ways.
    pub(crate) ids: ReceiptIds,
    /// Its form; a definite one.
    pub(crate) form: ReceiptForm,
    /// Whether it comes before the answer to its text.
    pub(crate) is_early: bool,
    /// When it is sent a second time, if it is.
    pub(crate) again_at: Option<Instant>,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It is dropped; whether what was written before still goes out.
    Disconnect {
        /// If not, the customer does not learn what was answered last.
        flush: bool,
    },
    /// The carrier does not read for so long.
    Pause(Duration),
}

/// Decides for one connection.
#[derive(Debug)]
pub(crate) struct FaultEngine {
    faults: Faults,
    random: Random,
    /// When the answer and the receipt are due that come last, so that nothing overtakes by itself.
    last_answer: Option<Instant>,
    last_receipt: Option<Instant>,
}

impl FaultEngine {
    /// Faults for the connection with this number, out of a seed.
    pub(crate) fn new(faults: Faults, seed: u64, connection: u64) -> FaultEngine {
        FaultEngine { faults, random: Random::new(seed, connection), last_answer: None, last_receipt: None }
    }

    /// From now on these faults.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// What happens to a text to `number` that asks for receipts with these bits of `registered_delivery`
    /// (SMPP 3.4, 5.2.17). Whether it is one too many this second, its account knows.
    pub(crate) fn judge(
        &mut self,
        number: &str,
        registered_delivery: u8,
        is_too_many: bool,
        now: Instant,
    ) -> Fate {
        let refused = |engine: &mut FaultEngine, status| Fate {
            answer: Answer::Refuse(engine.answer_at(now), status),
            is_delivered: false,
            receipt: None,
        };
        let special = Special::of(number);
        match special {
            Some(Special::Throttled) => return refused(self, Status::THROTTLED),
            Some(Special::InvalidDestination) => return refused(self, Status::INVALID_DESTINATION),
            Some(Special::SystemError) => return refused(self, Status::SYSTEM_ERROR),
            _ if is_too_many => return refused(self, Status::THROTTLED),
            _ => {}
        }
        if special == Some(Special::NoAnswer) || self.random.falls_into(self.faults.loss) {
            return Fate { answer: Answer::Never, is_delivered: false, receipt: None };
        }
        if self.random.falls_into(self.faults.errors) {
            let status = Status(self.random.one_of(self.faults.error_status.numbers()));
            return refused(self, status);
        }
        let is_answered = !self.random.falls_into(self.faults.lost_answers);
        let state = self.state(special);
        let answer_at = self.answer_at(now);
        let wants_receipt = match registered_delivery & 0b11 {
            0 => false,
            1 => true,
            2 => state != ReceiptState::Delivered,
            _ => state == ReceiptState::Delivered,
        };
        Fate {
            answer: if is_answered { Answer::Accept(answer_at) } else { Answer::Never },
            is_delivered: state == ReceiptState::Delivered,
            receipt: if wants_receipt { self.receipt(special, state, now, answer_at) } else { None },
        }
    }

    /// When a text of a phone is delivered once more although it was acknowledged, if it is.
    pub(crate) fn judge_delivery(&mut self, now: Instant) -> Option<Instant> {
        let is_repeated = self.random.falls_into(self.faults.duplicate_texts);
        is_repeated.then(|| now + self.drawn(self.faults.receipt_delay_ms))
    }

    /// What happens to the connection after a text or an acknowledgement.
    pub(crate) fn mishap(&mut self) -> Option<Mishap> {
        if self.random.falls_into(self.faults.disconnects) {
            return Some(Mishap::Disconnect { flush: self.random.between(0, 1) == 1 });
        }
        let is_pause = self.random.falls_into(self.faults.pauses);
        is_pause.then(|| Mishap::Pause(Duration::from_millis(self.faults.pause_ms.into())))
    }

    /// Texts a second that an account may submit; 0 for any number.
    pub(crate) fn throttle(&self) -> u32 {
        self.faults.throttle
    }

    fn state(&mut self, special: Option<Special>) -> ReceiptState {
        match special {
            Some(Special::Undeliverable) => ReceiptState::Undeliverable,
            Some(Special::Expired) => ReceiptState::Expired,
            Some(Special::Rejected) => ReceiptState::Rejected,
            _ if self.random.falls_into(self.faults.failed_receipts) => self.random.one_of(&FAILURES),
            _ => ReceiptState::Delivered,
        }
    }

    fn receipt(
        &mut self,
        special: Option<Special>,
        state: ReceiptState,
        now: Instant,
        answer_at: Instant,
    ) -> Option<PlannedReceipt> {
        if special == Some(Special::NoReceipt) || self.random.falls_into(self.faults.lost_receipts) {
            return None;
        }
        let is_early = self.random.falls_into(self.faults.early_receipts);
        let at = if is_early {
            now
        } else {
            let at = answer_at + self.drawn(self.faults.receipt_delay_ms);
            let held_back = self.held_back();
            ordered(&mut self.last_receipt, held_back, at)
        };
        let is_repeated = self.random.falls_into(self.faults.duplicate_receipts);
        let again_at = is_repeated.then(|| at + self.drawn(self.faults.receipt_delay_ms));
        let ids = match self.faults.receipt_ids {
            ReceiptIds::Mixed => self.random.one_of(&ID_FORMS),
            definite => definite,
        };
        let form = match self.faults.receipt_form {
            ReceiptForm::Mixed => self.random.one_of(&RECEIPT_FORMS),
            definite => definite,
        };
        Some(PlannedReceipt { at, state, ids, form, is_early, again_at })
    }

    fn answer_at(&mut self, now: Instant) -> Instant {
        let at = now + self.drawn(self.faults.delay_ms);
        let held_back = self.held_back();
        ordered(&mut self.last_answer, held_back, at)
    }

    /// How long something is held back so that others overtake it; `None` for what stays in its order.
    fn held_back(&mut self) -> Option<Duration> {
        let is_held_back = self.random.falls_into(self.faults.reorder);
        is_held_back.then(|| Duration::from_millis(self.faults.reorder_ms.into()))
    }

    fn drawn(&mut self, span: Span) -> Duration {
        if span.most_ms() == 0 {
            return Duration::ZERO;
        }
        Duration::from_millis(self.random.between(span.least_ms(), span.most_ms()).into())
    }
}

/// A time that keeps the order of things, unless one is held back.
fn ordered(last: &mut Option<Instant>, held_back: Option<Duration>, at: Instant) -> Instant {
    if let Some(held_back) = held_back {
        return at + held_back;
    }
    let at = last.map_or(at, |last| last.max(at));
    *last = Some(at);
    at
}

/// How many texts an account may submit in a second: a bucket that holds a second's worth.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// When the bucket will be full again.
    full_at: Option<Instant>,
}

impl Bucket {
    /// Takes a place for a text; false if there is none.
    pub(crate) fn take(&mut self, per_second: u32, now: Instant) -> bool {
        if per_second == 0 {
            return true;
        }
        let full_at = self.full_at.map_or(now, |at| at.max(now)) + Duration::from_secs(1) / per_second;
        let has_place = full_at.saturating_duration_since(now) <= Duration::from_secs(1);
        if has_place {
            self.full_at = Some(full_at);
        }
        has_place
    }
}

#[cfg(test)]
mod tests;
