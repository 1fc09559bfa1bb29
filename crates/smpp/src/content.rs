//! What a message of a carrier means: a text, a part of one, or a receipt.
//!
//! Nothing a person wrote is ever lost to a malformed message: what cannot be understood as a part is a text of its
//! own, and the fault is named so that it can be counted. A receipt is what the carrier calls one; a text that only
//! looks like one is a text, or else everybody could forge receipts.

use std::fmt;

use crate::alphabet::{DefaultAlphabet, decode_shifted, is_known};
use crate::gsm7::Shifts;
use crate::long_text::{ESM_CLASS_UDHI, IEI_CONCATENATED_8, IEI_CONCATENATED_16, Sar};
use crate::receipt::Receipt;

/// Bits of `esm_class` that hold the message type (SMPP 3.4, section 5.2.12).
const ESM_CLASS_TYPE: u8 = 0x3C;
const TYPE_RECEIPT: u8 = 0x04;
const TYPE_INTERMEDIATE_NOTIFICATION: u8 = 0x20;

/// Information elements that name a language (3GPP TS 23.040, sections 9.2.3.24.15 and 9.2.3.24.16).
const IEI_SINGLE_SHIFT: u8 = 0x24;
const IEI_LOCKING_SHIFT: u8 = 0x25;

/// The parts of a `deliver_sm`, `data_sm` or `submit_sm` that say what it carries.
#[derive(Clone, Copy, Default)]
pub struct ReceivedBody<'a> {
    /// The message mode and type.
    pub esm_class: u8,
    /// The alphabet.
    pub data_coding: u8,
    /// Header, if any, and text.
    pub short_message: &'a [u8],
    /// `message_payload`.
    pub payload: Option<&'a [u8]>,
    /// `sar_msg_ref_num`.
    pub sar_reference: Option<u16>,
    /// `sar_total_segments`.
    pub sar_total: Option<u8>,
    /// `sar_segment_seqnum`.
    pub sar_number: Option<u8>,
    /// `receipted_message_id`, without the closing zero.
    pub receipted_message_id: Option<&'a [u8]>,
    /// `message_state`.
    pub message_state: Option<u8>,
    /// `network_error_code`: network type and error.
    pub network_error_code: Option<(u8, u16)>,
    /// `user_message_reference`.
    pub user_message_reference: Option<u16>,
}

/// What a message holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A whole text, in UTF-16 units.
    Text(Vec<u16>),
    /// A part of a text. `total` is 2 at least, and `number` from 1 to `total`.
    Part {
        /// The same in all parts of a text.
        reference: u16,
        /// How many parts there are.
        total: u8,
        /// Which one this is.
        number: u8,
        /// The text of this part in UTF-16 units. A surrogate pair may begin here and end in the next part.
        units: Vec<u16>,
    },
    /// What became of a text sent earlier.
    Receipt(Receipt),
}

/// What is wrong with a message that was understood as well as it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentFault {
    /// The user data header is longer than the message, or an element longer than its header.
    Header,
    /// A part of no parts, number 0, or a number beyond the last.
    PartNumber,
    /// Some of the `sar_*` parameters without the others.
    IncompleteSar,
    /// Both `short_message` and `message_payload` hold something.
    TwoBodies,
    /// An alphabet that is not known here; the text was guessed.
    UnknownAlphabet,
    /// A receipt that does not say what became of which text.
    Receipt,
}

impl ContentFault {
    /// A short name for metrics.
    pub fn name(self) -> &'static str {
        match self {
            ContentFault::Header => "bad_user_data_header",
            ContentFault::PartNumber => "bad_part_number",
            ContentFault::IncompleteSar => "incomplete_sar",
            ContentFault::TwoBodies => "two_bodies",
            ContentFault::UnknownAlphabet => "unknown_alphabet",
            ContentFault::Receipt => "bad_receipt",
        }
    }
}

/// What a message holds, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it holds.
    pub content: Content,
    /// What was wrong, to be counted.
    pub faults: Vec<ContentFault>,
}

impl ReceivedBody<'_> {
    /// What this message holds. Never fails.
    pub fn read(&self, default: DefaultAlphabet) -> Reading {
        let mut faults = Vec::new();
        let octets = self.octets(&mut faults);
        let header =
            if self.esm_class & ESM_CLASS_UDHI == 0 { None } else { Header::parse(octets, &mut faults) };
        let Header { place, shifts, text } = header.unwrap_or(Header::none(octets));
        if self.is_receipt() {
            let receipt = Receipt::read(self, text, default);
            if receipt.is_incomplete() {
                faults.push(ContentFault::Receipt);
            }
            return Reading { content: Content::Receipt(receipt), faults };
        }
        if !is_known(self.data_coding) || !shifts.are_known() {
            faults.push(ContentFault::UnknownAlphabet);
        }
        let units = decode_shifted(self.data_coding, text, default, shifts);
        let place = place.or_else(|| self.sar(&mut faults)).and_then(|place| sound(place, &mut faults));
        let content = match place {
            Some(Sar { reference, total, number }) => Content::Part { reference, total, number, units },
            None => Content::Text(units),
        };
        Reading { content, faults }
    }

    /// Header and text, wherever they are.
    fn octets(&self, faults: &mut Vec<ContentFault>) -> &[u8] {
        let payload = self.payload.unwrap_or_default();
        if !payload.is_empty() && !self.short_message.is_empty() {
            faults.push(ContentFault::TwoBodies);
        }
        // The standard allows one only. Of two, the longer holds more of what somebody wrote.
        if payload.len() > self.short_message.len() { payload } else { self.short_message }
    }

    fn is_receipt(&self) -> bool {
        match self.esm_class & ESM_CLASS_TYPE {
            TYPE_RECEIPT | TYPE_INTERMEDIATE_NOTIFICATION => true,
            // Some carriers forget the type. No phone can set these two parameters.
            0 => self.receipted_message_id.is_some() && self.message_state.is_some(),
            _ => false,
        }
    }

    /// The place that the `sar_*` parameters give.
    fn sar(&self, faults: &mut Vec<ContentFault>) -> Option<Sar> {
        match (self.sar_reference, self.sar_total, self.sar_number) {
            (Some(reference), Some(total), Some(number)) => Some(Sar { reference, total, number }),
            (None, None, None) => None,
            _ => {
                faults.push(ContentFault::IncompleteSar);
                None
            }
        }
    }
}

/// A place that can be joined with others; `None` for the only part of its text.
fn sound(place: Sar, faults: &mut Vec<ContentFault>) -> Option<Sar> {
    let Sar { total, number, .. } = place;
    if number == 0 || number > total {
        faults.push(ContentFault::PartNumber);
        return None;
    }
    (total > 1).then_some(place)
}

/// A user data header and what follows it.
struct Header<'a> {
    place: Option<Sar>,
    shifts: Shifts,
    text: &'a [u8],
}

impl<'a> Header<'a> {
    fn none(text: &'a [u8]) -> Self {
        Header { place: None, shifts: Shifts::default(), text }
    }

    /// Takes the header off a message; `None` if the message is shorter than its header.
    ///
    /// Elements that are not known here are passed over (3GPP TS 23.040, section 9.2.3.24). Of an element that comes
    /// twice, the last one counts.
    fn parse(octets: &'a [u8], faults: &mut Vec<ContentFault>) -> Option<Self> {
        let split =
            octets.split_first().and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)));
        let Some((mut elements, text)) = split else {
            faults.push(ContentFault::Header);
            return None;
        };
        let mut header = Header::none(text);
        let mut is_sound = true;
        while let Some((kind, length, rest)) = element(elements) {
            let Some((value, others)) = rest.split_at_checked(length) else { break };
            is_sound &= header.take(kind, value);
            elements = others;
        }
        if !is_sound || !elements.is_empty() {
            faults.push(ContentFault::Header);
        }
        Some(header)
    }

    /// Takes one element; `false` if it has a length that its kind cannot have.
    fn take(&mut self, kind: u8, value: &[u8]) -> bool {
        match (kind, value) {
            (IEI_CONCATENATED_8, [reference, total, number]) => {
                self.place = Some(Sar { reference: u16::from(*reference), total: *total, number: *number });
            }
            (IEI_CONCATENATED_16, [high, low, total, number]) => {
                let reference = u16::from_be_bytes([*high, *low]);
                self.place = Some(Sar { reference, total: *total, number: *number });
            }
            (IEI_SINGLE_SHIFT, [language]) => self.shifts.single = *language,
            (IEI_LOCKING_SHIFT, [language]) => self.shifts.locking = *language,
            (IEI_CONCATENATED_8 | IEI_CONCATENATED_16 | IEI_SINGLE_SHIFT | IEI_LOCKING_SHIFT, _) => {
                return false;
            }
            _ => {}
        }
        true
    }
}

/// Kind and length of the first element, and what follows them.
fn element(elements: &[u8]) -> Option<(u8, usize, &[u8])> {
    match elements {
        [kind, length, rest @ ..] => Some((*kind, usize::from(*length), rest)),
        _ => None,
    }
}

/// Without the text: logs hold none.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Text(units) => f.debug_struct("Text").field("units", &units.len()).finish(),
            Content::Part { reference, total, number, units } => f
                .debug_struct("Part")
                .field("reference", reference)
                .field("total", total)
                .field("number", number)
                .field("units", &units.len())
                .finish(),
            Content::Receipt(receipt) => receipt.fmt(f),
        }
    }
}
