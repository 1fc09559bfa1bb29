//! Delivery receipts, in the forms that carriers give them.

use smpp::smsc::Delivery;
use smpp::{Address, Part, ReceiptState, ReceiptText};

use crate::fate::PlannedReceipt;
use crate::faults::{ReceiptForm, ReceiptIds};

/// `esm_class` of a delivery receipt (SMPP 3.4, 5.2.12).
const ESM_CLASS_RECEIPT: u8 = 0x04;
/// Letters of a text that its receipt repeats (SMPP 3.4, appendix B).
const MOST_BEGINNING_LETTERS: usize = 20;
/// Digits of an ID that is written with zeros in front.
const DIGITS_WITH_ZEROS: usize = 20;
/// The kind of network in `network_error_code` (SMPP 3.4, 5.3.2.31): GSM.
const NETWORK_GSM: u8 = 3;
const MINUTE_MS: u64 = 60_000;

/// The text that a receipt is about.
#[derive(Debug)]
pub(crate) struct Receipted<'a> {
    /// Its ID.
    pub(crate) id: u64,
    /// The contact center's number.
    pub(crate) from: &'a Address,
    /// The phone's number.
    pub(crate) to: &'a Address,
    /// What it was submitted as.
    pub(crate) part: &'a Part,
    /// The reference that it was submitted with.
    pub(crate) reference: Option<u16>,
    /// When it was submitted, in milliseconds since 1970.
    pub(crate) submitted_ms: u64,
    /// When it got its state.
    pub(crate) done_ms: u64,
}

/// The ID as the answer to a submitted text has it.
pub(crate) fn answered_id(id: u64) -> String {
    format!("{id:x}")
}

/// The receipt as it is delivered: from the phone to the contact center's number.
pub(crate) fn delivery(text: &Receipted<'_>, planned: &PlannedReceipt) -> Delivery {
    let id = written_id(text.id, planned.ids);
    let error = error_code(planned.state);
    let has_text = planned.form != ReceiptForm::Tlv;
    let has_parameters = planned.form != ReceiptForm::Text;
    let short_message = if has_text {
        let [submitted, done] = [text.submitted_ms, text.done_ms].map(minute);
        let beginning = beginning(text.part);
        let receipt = ReceiptText {
            id: &id,
            submitted: &submitted,
            done: &done,
            state: planned.state,
            error: &format!("{error:03}"),
            text: &beginning,
        };
        receipt.to_string().into_bytes()
    } else {
        Vec::new()
    };
    Delivery {
        from: text.to.clone(),
        to: text.from.clone(),
        part: Part { esm_class: ESM_CLASS_RECEIPT, data_coding: 0, short_message, payload: None, sar: None },
        message_id: has_parameters.then_some(id),
        message_state: has_parameters.then_some(planned.state.code()),
        network_error_code: (has_parameters && error != 0).then_some((NETWORK_GSM, error)),
        reference: text.reference.filter(|_| has_parameters),
    }
}

fn written_id(id: u64, ids: ReceiptIds) -> String {
    match ids {
        ReceiptIds::Same | ReceiptIds::Mixed => answered_id(id),
        ReceiptIds::Decimal => id.to_string(),
        ReceiptIds::Zeros => format!("{id:0DIGITS_WITH_ZEROS$x}"),
        ReceiptIds::Upper => format!("{id:X}"),
    }
}

/// The carrier's error codes: 0 for none, the others like those of mobile networks.
fn error_code(state: ReceiptState) -> u16 {
    match state {
        ReceiptState::Undeliverable => 1,
        ReceiptState::Expired => 27,
        ReceiptState::Rejected => 88,
        _ => 0,
    }
}

/// The first letters, if they stand there as they are: carriers do not decode for a receipt.
fn beginning(part: &Part) -> String {
    let is_plain = |octet: &u8| octet.is_ascii_graphic() || *octet == b' ';
    let first = part.short_message.iter().take(MOST_BEGINNING_LETTERS);
    if first.clone().all(is_plain) { first.map(|octet| char::from(*octet)).collect() } else { String::new() }
}

/// `YYMMDDhhmm` in universal time.
fn minute(ms: u64) -> String {
    let minutes = ms / MINUTE_MS;
    let (days, minute) = (minutes / (24 * 60), minutes % (24 * 60));
    let (year, month, day) = civil(days);
    format!("{:02}{month:02}{day:02}{:02}{:02}", year % 100, minute / 60, minute % 60)
}

/// Year, month and day, so many days after 1970-01-01. Years begin in March here, so that the leap day is the
/// last one; 400 of them have 146,097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_0000_TO_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + DAYS_FROM_MARCH_0000_TO_1970;
    let (era, of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn receipt(state: ReceiptState, ids: ReceiptIds, form: ReceiptForm) -> Delivery {
        let part = Part {
            esm_class: 0,
            data_coding: 0,
            short_message: b"Hello, how are you today?".to_vec(),
            payload: None,
            sar: None,
        };
        let (from, to) = (Address::of_number("+49301").unwrap(), Address::of_number("+49170").unwrap());
        let text = Receipted {
            id: 0x1a2b,
            from: &from,
            to: &to,
            part: &part,
            reference: Some(7),
            submitted_ms: 1_582_934_399_999,
            done_ms: 1_582_934_400_000,
        };
        let planned = PlannedReceipt { at: clock::now(), state, ids, form, is_early: false, again_at: None };
        delivery(&text, &planned)
    }

    fn text(delivery: &Delivery) -> String {
        String::from_utf8(delivery.part.short_message.clone()).unwrap()
    }

    #[test]
    fn a_receipt_says_all_in_its_text() {
        let receipt = receipt(ReceiptState::Delivered, ReceiptIds::Same, ReceiptForm::Text);
        assert_eq!(
            text(&receipt),
            "id:1a2b sub:001 dlvrd:001 submit date:2002282359 done date:2002290000 stat:DELIVRD err:000 text:Hello, how are you t"
        );
        assert_eq!((receipt.message_id, receipt.message_state, receipt.reference), (None, None, None));
        assert_eq!(
            (receipt.from.number(), receipt.to.number(), receipt.part.esm_class),
            ("+49170".into(), "+49301".into(), 4)
        );
    }

    #[test]
    fn a_receipt_says_all_in_its_parameters() {
        let receipt = receipt(ReceiptState::Expired, ReceiptIds::Same, ReceiptForm::Tlv);
        assert_eq!(text(&receipt), "");
        assert_eq!(receipt.message_id.as_deref(), Some("1a2b"));
        assert_eq!(
            (receipt.message_state, receipt.network_error_code, receipt.reference),
            (Some(3), Some((3, 27)), Some(7))
        );
    }

    #[test]
    fn an_id_is_written_in_each_way() {
        let cases = [
            (ReceiptIds::Same, "1a2b"),
            (ReceiptIds::Decimal, "6699"),
            (ReceiptIds::Zeros, "00000000000000001a2b"),
            (ReceiptIds::Upper, "1A2B"),
        ];
        for (ids, id) in cases {
            let receipt = receipt(ReceiptState::Undeliverable, ids, ReceiptForm::Both);
            assert_eq!(receipt.message_id.as_deref(), Some(id));
            assert!(
                text(&receipt).starts_with(&format!("id:{id} "))
                    && text(&receipt).contains("stat:UNDELIV err:001")
            );
        }
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (ms, written) in [
            (0, "7001010000"),
            (951_782_400_000, "0002290000"),
            (1_709_251_199_000, "2402292359"),
            (4_102_444_800_000, "0001010000"),
        ] {
            assert_eq!(minute(ms), written);
        }
    }
}
