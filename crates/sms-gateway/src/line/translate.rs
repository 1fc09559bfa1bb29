//! Between what is on the wire and what the contact center knows.

use std::sync::Arc;

use contact_center::limits;
use contact_center::texting::{Arrival, Body, DeliveryReport, Origin, PhoneNumber, ReportState, Thread};
use sha2::{Digest as _, Sha256};
use smpp::esme::{Incoming, Submission, SubmitResult};
use smpp::{Address, Content, Receipt, ReceiptState, Status};

use crate::message::{Errand, Freight, PartResult, Verdict};

/// Most UTF-16 units in a part of a long text. Parts have 160 at most on the air.
const MOST_PART_UNITS: usize = 2_000;

/// What a carrier brought; or why it will never be taken.
pub(super) fn freight(incoming: Incoming, connection: u64, carrier: &Arc<str>) -> Result<Freight, Status> {
    let customer = number(&incoming.from);
    let ours = number(&incoming.to);
    let body = match incoming.content {
        Content::Text(units) => Body::Whole(String::from_utf16_lossy(&units)),
        Content::Part { reference, total, number, units } => Body::Part { reference, total, number, units },
        Content::Receipt(receipt) => return Ok(Freight::Receipt(report(receipt, customer, ours))),
    };
    let thread = Thread {
        customer: customer.ok_or(Status::INVALID_SOURCE)?,
        ours: ours.ok_or(Status::INVALID_DESTINATION)?,
    };
    let is_endless = match &body {
        Body::Whole(text) => text.len() > limits::TEXT_BYTES,
        Body::Part { units, .. } => units.len() > MOST_PART_UNITS,
    };
    if is_endless {
        return Err(Status::INVALID_MESSAGE_LENGTH);
    }
    let origin = Origin {
        connection,
        sequence: incoming.sequence,
        fingerprint: fingerprint(&incoming.fingerprint_octets),
        message_id: incoming.message_id.map(Arc::from),
        settled: Vec::new(),
    };
    Ok(Freight::Text(Box::new(Arrival { thread, carrier: carrier.clone(), origin, body })))
}

fn number(address: &Address) -> Option<PhoneNumber> {
    address.number().parse().ok()
}

fn fingerprint(octets: &[u8]) -> u128 {
    let digest = Sha256::digest(octets);
    digest.iter().take(size_of::<u128>()).fold(0, |bits, octet| bits << 8 | u128::from(*octet))
}

/// A receipt is matched by its names before all, so that odd numbers in it do no harm.
fn report(receipt: Receipt, customer: Option<PhoneNumber>, ours: Option<PhoneNumber>) -> DeliveryReport {
    let nobody = || PhoneNumber::nobody();
    let thread = Thread { customer: customer.unwrap_or_else(nobody), ours: ours.unwrap_or_else(nobody) };
    let state = match receipt.state {
        ReceiptState::Delivered => ReportState::Delivered,
        // The carrier does not say that it gave up. It may still deliver, or know no better.
        ReceiptState::Enroute | ReceiptState::Accepted | ReceiptState::Unknown => ReportState::OnItsWay,
        ReceiptState::Expired
        | ReceiptState::Deleted
        | ReceiptState::Undeliverable
        | ReceiptState::Rejected => ReportState::Failed,
    };
    let error = (state == ReportState::Failed).then(|| match &receipt.error {
        Some(error) => Arc::from(format!("{} {error}", receipt.state.word())),
        None => Arc::from(receipt.state.word()),
    });
    DeliveryReport {
        names: receipt.ids,
        thread,
        reference: receipt.reference,
        beginning: receipt.text,
        state,
        error,
    }
}

/// A part as it is submitted; or why it cannot be.
pub(super) fn submission(errand: &Errand, with_reference: bool) -> Result<Submission, PartResult> {
    let address = |number: &PhoneNumber| {
        Address::of_number(number.as_str()).map_err(|error| PartResult::Refused(error.to_string()))
    };
    let thread = &errand.text.thread;
    let (from, to) = (address(&thread.ours)?, address(&thread.customer)?);
    let part = errand.parts.get(usize::from(errand.ticket.part)).cloned();
    let part = part.ok_or(PartResult::NotSent)?;
    let reference = with_reference.then(|| errand.text.id.reference());
    Ok(Submission { from, to, part, reference, validity: None })
}

/// What became of a part.
pub(super) fn result(result: SubmitResult) -> PartResult {
    match result {
        SubmitResult::Accepted { id } => PartResult::Taken(Arc::from(id)),
        SubmitResult::Refused(status) if status.is_passing() => PartResult::NotNow {
            reason: status.to_string(),
            too_fast: matches!(status, Status::THROTTLED | Status::QUEUE_FULL),
        },
        SubmitResult::Refused(status) => PartResult::Refused(status.to_string()),
        SubmitResult::Unanswered => PartResult::Unanswered,
        SubmitResult::NotSent => PartResult::NotSent,
    }
}

/// How a carrier is told.
pub(super) fn status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Kept => Status::OK,
        Verdict::Full => Status::QUEUE_FULL,
        Verdict::NotKept => Status::SYSTEM_ERROR,
        Verdict::NotNow => Status::TEMPORARY_APPLICATION_ERROR,
    }
}
