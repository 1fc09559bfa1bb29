//! What carriers bring: texts and receipts go to the contact center in their order, verdicts go back when they are kept.

use std::time::{Duration, Instant};

use contact_center::texting::DeliveryReport;
use contact_center::{Command, Refusal};
use engine::{Denial, Failure};

use super::Courier;
use super::orders::{Answered, Purpose, Waiter};
use crate::clock;
use crate::message::{Brought, Freight, LineId, Verdict};

/// How long a receipt is kept that may have overtaken the answer to its text.
const EARLY: Duration = Duration::from_secs(5);
/// How long until such a receipt is tried again.
const EARLY_PAUSE: Duration = Duration::from_millis(500);
/// Most such receipts.
const MOST_EARLY: usize = 1_000;

/// How often it is said at most why texts are not taken.
const COMPLAINT_PAUSE: Duration = Duration::from_secs(60);

/// A receipt on its way to the contact center.
#[derive(Debug)]
pub(super) struct ReceiptUnderWay {
    waiter: Waiter,
    report: Box<DeliveryReport>,
    /// When it was handed in, the contact center may not have known yet that its text was taken.
    may_be_early: bool,
    /// How long it is tried, if it was tried before.
    until: Option<Instant>,
}

/// A receipt that was for no text so far.
pub(super) struct EarlyReceipt {
    waiter: Waiter,
    report: Box<DeliveryReport>,
    pub again_at: Instant,
    until: Instant,
}

impl Courier {
    pub(super) fn brought(&mut self, line: LineId, brought: Vec<Brought>) {
        // What became of texts goes before receipts for them.
        self.flush_settlements();
        let Some(connection) = self.lines[line].connection else { return };
        let desk = &self.desks[self.lines[line].carrier];
        let now = clock::wall();
        let settled = desk.settled(&self.lines, line, now);
        for Brought { ticket, what } in brought {
            let waiter = Waiter { line, connection, ticket };
            match what {
                Freight::Text(mut arrival) => {
                    arrival.origin.settled.clone_from(&settled);
                    self.lines[line].brought_text(ticket, now);
                    self.orders.hand_in(Command::ReceiveText(arrival), Purpose::Arrival(waiter));
                }
                Freight::Receipt(report) => self.report(waiter, Box::new(report), None),
            }
        }
    }

    fn report(&mut self, waiter: Waiter, report: Box<DeliveryReport>, until: Option<Instant>) {
        let carrier = self.desks[self.lines[waiter.line].carrier].name.clone();
        let command = Command::ReportTexts { carrier, reports: vec![(*report).clone()] };
        // Orders are carried out as they are handed in: it can only have overtaken what follows it. Nothing else can
        // be for a text whose answer is on its way. Others would keep the carrier waiting.
        let may_be_early = self.waiting.holds(&report.thread) || self.settling.has_gathered();
        let receipt = ReceiptUnderWay { waiter, report, may_be_early, until };
        self.orders.hand_in(command, Purpose::Receipt(receipt));
    }

    pub(super) fn arrival_answered(&mut self, waiter: Waiter, answered: &Answered) {
        let figures = &self.desks[self.lines[waiter.line].carrier].figures;
        let verdict = match answered {
            Ok(events) if events.is_empty() => {
                figures.repeated.increment(1);
                Verdict::Kept
            }
            Ok(_) => {
                figures.received.increment(1);
                Verdict::Kept
            }
            Err(denial) => {
                figures.put_off.increment(1);
                self.complain(denial);
                verdict(denial)
            }
        };
        self.answer(waiter, verdict);
    }

    pub(super) fn receipt_answered(&mut self, receipt: ReceiptUnderWay, answered: &Answered) {
        let ReceiptUnderWay { waiter, report, may_be_early, until } = receipt;
        let desk = &self.desks[self.lines[waiter.line].carrier];
        match answered {
            Ok(events) if !events.is_empty() => desk.figures.receipts.increment(1),
            Ok(_) => {
                let now = clock::now();
                let until = until.unwrap_or(now + EARLY);
                // What went before it and could not be kept has gathered again.
                let may_be_early = may_be_early || self.settling.has_gathered();
                if may_be_early && now < until && self.early.len() < MOST_EARLY && !self.stopping {
                    let again_at = now + EARLY_PAUSE;
                    return self.early.push_back(EarlyReceipt { waiter, report, again_at, until });
                }
                desk.figures.receipts_unknown.increment(1);
            }
            Err(denial) => {
                desk.figures.put_off.increment(1);
                return self.answer(waiter, verdict(denial));
            }
        }
        self.answer(waiter, Verdict::Kept);
    }

    /// Tries those receipts again whose time has come.
    pub(super) fn try_early_receipts(&mut self, now: Instant) {
        let stopping = self.stopping;
        while let Some(early) = self.early.pop_front_if(|it| it.again_at <= now || stopping) {
            self.report(early.waiter, early.report, Some(early.until));
        }
    }

    /// Says why texts are not taken, now and then: carriers bring them again and again.
    fn complain(&mut self, denial: &Denial) {
        let now = clock::now();
        if self.complained.is_none_or(|at| now - at >= COMPLAINT_PAUSE) {
            self.complained = Some(now);
            tracing::warn!(center = %self.center.id(), ?denial, "texts of customers cannot be taken");
        }
    }

    fn answer(&mut self, waiter: Waiter, verdict: Verdict) {
        self.lines[waiter.line].answer(waiter.connection, waiter.ticket, verdict);
    }
}

/// What a carrier is told whose text or receipt was not kept: always to bring it again.
fn verdict(denial: &Denial) -> Verdict {
    match denial {
        Denial::Refused(Refusal::LimitReached { .. }) | Denial::Failed(Failure::Busy) => Verdict::Full,
        Denial::Failed(Failure::NotStored) => Verdict::NotKept,
        Denial::Failed(Failure::Stopped) => Verdict::NotNow,
        Denial::Refused(_) => Verdict::NotNow,
    }
}
