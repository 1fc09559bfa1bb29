//! Delivery receipts: the optional parameters, and the text of SMPP 3.4, Appendix B, in the forms carriers give it.
//!
//! A carrier may name a text in its receipt otherwise than it did in its answer: in hexadecimal instead of decimal, with
//! or without leading zeros, in capitals. So a receipt names all the forms to look for, the exact one first; since another
//! text may bear one of the later forms, whoever looks also compares the numbers of both ends. Where parameters and text
//! differ, the parameters count.

use std::fmt;

use crate::alphabet::{DefaultAlphabet, decode};
use crate::content::ReceivedBody;

/// Octets of an ID that is looked for; the standard has 64 (SMPP 3.4, section 4.4.2).
pub const MAX_MESSAGE_ID_OCTETS: usize = 255;
/// Letters of an error code or a state that are kept.
const MAX_WORD_LETTERS: usize = 32;
/// Letters of the text's beginning that are kept.
const MAX_BEGINNING_LETTERS: usize = 20;

/// What became of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What the text's ID may be, the likeliest form first; empty if the receipt does not say.
    pub ids: Vec<String>,
    /// What became of it. A receipt that does not say is [`ReceiptState::Enroute`], which decides nothing.
    pub state: ReceiptState,
    /// The error, if there was one, as the carrier writes it.
    pub error: Option<String>,
    /// The reference that the text was sent with.
    pub reference: Option<u16>,
    /// How the text begins.
    pub text: Option<String>,
    /// Whether the receipt said a state that is known here.
    pub says_state: bool,
}

/// The state of a text (SMPP 3.4, section 5.2.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptState {
    /// On its way.
    Enroute,
    /// On the phone.
    Delivered,
    /// Its time ran out before it could be delivered.
    Expired,
    /// Taken back.
    Deleted,
    /// Will never be delivered.
    Undeliverable,
    /// Read by the carrier's people for the subscriber.
    Accepted,
    /// The carrier does not know.
    Unknown,
    /// Refused on the way.
    Rejected,
}

impl ReceiptState {
    /// All of them.
    pub const ALL: [ReceiptState; 8] = [
        ReceiptState::Enroute,
        ReceiptState::Delivered,
        ReceiptState::Expired,
        ReceiptState::Deleted,
        ReceiptState::Undeliverable,
        ReceiptState::Accepted,
        ReceiptState::Unknown,
        ReceiptState::Rejected,
    ];

    /// The value of `message_state`.
    pub fn code(self) -> u8 {
        match self {
            ReceiptState::Enroute => 1,
            ReceiptState::Delivered => 2,
            ReceiptState::Expired => 3,
            ReceiptState::Deleted => 4,
            ReceiptState::Undeliverable => 5,
            ReceiptState::Accepted => 6,
            ReceiptState::Unknown => 7,
            ReceiptState::Rejected => 8,
        }
    }

    /// The word after `stat:`.
    pub fn word(self) -> &'static str {
        match self {
            ReceiptState::Enroute => "ENROUTE",
            ReceiptState::Delivered => "DELIVRD",
            ReceiptState::Expired => "EXPIRED",
            ReceiptState::Deleted => "DELETED",
            ReceiptState::Undeliverable => "UNDELIV",
            ReceiptState::Accepted => "ACCEPTD",
            ReceiptState::Unknown => "UNKNOWN",
            ReceiptState::Rejected => "REJECTD",
        }
    }

    /// Of a `message_state`, with the two states that SMPP 5.0 added.
    pub fn of_code(code: u8) -> Option<ReceiptState> {
        match code {
            0 => Some(ReceiptState::Enroute),
            9 => Some(ReceiptState::Rejected),
            _ => Self::ALL.into_iter().find(|state| state.code() == code),
        }
    }

    /// Of the word after `stat:`, in the spellings that carriers use.
    pub fn of_word(word: &str) -> Option<ReceiptState> {
        if let Ok(code) = word.parse() {
            return ReceiptState::of_code(code);
        }
        let word = word.to_ascii_uppercase();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|it| word.starts_with(it));
        Some(match () {
            () if begins(&["DELIV"]) => ReceiptState::Delivered,
            () if begins(&["EXPIR"]) => ReceiptState::Expired,
            () if begins(&["DELET", "CANCEL"]) => ReceiptState::Deleted,
            () if begins(&["UNDEL", "FAIL"]) => ReceiptState::Undeliverable,
            () if begins(&["ACCEP", "ACKED"]) => ReceiptState::Accepted,
            () if begins(&["UNKNOW"]) => ReceiptState::Unknown,
            () if begins(&["REJEC", "SKIP", "BLOCK"]) => ReceiptState::Rejected,
            () if begins(&["ENROU", "EN_ROU", "SCHED", "BUFFER", "SENT", "PENDING"]) => ReceiptState::Enroute,
            () => return None,
        })
    }
}

impl Receipt {
    /// What a message says that its carrier calls a receipt; `octets` are its text without a header.
    pub(crate) fn read(body: &ReceivedBody<'_>, octets: &[u8], default: DefaultAlphabet) -> Receipt {
        // Many carriers write receipts in ASCII and call it their default alphabet, where an underscore differs: words
        // are read from the octets as they are. The text's beginning is in the alphabet that the receipt names.
        let ascii = String::from_utf8_lossy(octets);
        let decoded = String::from_utf16_lossy(&decode(body.data_coding, octets, default));
        let (plain, fields) = (Fields::find(&ascii), Fields::find(&decoded));
        let named = body.receipted_message_id.map(String::from_utf8_lossy);
        let mut ids = Vec::new();
        for id in [named.as_deref(), plain.id, fields.id].into_iter().flatten() {
            add_forms(id, &mut ids);
        }
        let written = || [plain.state, fields.state].into_iter().flatten().find_map(ReceiptState::of_word);
        let state = body.message_state.and_then(ReceiptState::of_code).or_else(written);
        let error = plain.error.or(fields.error).filter(|code| is_error(code)).map(str::to_owned);
        let by_network = body.network_error_code.filter(|(_, error)| *error != 0);
        Receipt {
            ids,
            state: state.unwrap_or(ReceiptState::Enroute),
            error: error.or(by_network.map(|(_, error)| error.to_string())),
            reference: body.user_message_reference,
            text: fields.text.or(plain.text).map(|text| text.chars().take(MAX_BEGINNING_LETTERS).collect()),
            says_state: state.is_some(),
        }
    }

    /// Whether it does not say what became of which text.
    pub fn is_incomplete(&self) -> bool {
        !self.says_state || (self.ids.is_empty() && self.reference.is_none())
    }
}

/// Whether a carrier's code says that something went wrong.
fn is_error(code: &str) -> bool {
    code.bytes().any(|octet| octet != b'0')
}

/// The fields of the text form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fields<'a> {
    id: Option<&'a str>,
    state: Option<&'a str>,
    error: Option<&'a str>,
    text: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// In any order and any letters; of a field that comes twice, the first counts. What follows `text:` is somebody's
    /// message, and no field.
    fn find(receipt: &'a str) -> Fields<'a> {
        let (head, text) = match key(receipt, &["text"]) {
            Some((start, end)) => (&receipt[..start], Some(&receipt[end..])),
            None => (receipt, None),
        };
        let word = |names: &[&str], most: usize| {
            let (_, end) = key(head, names)?;
            let value = head[end..].trim_start();
            let length = value.find(|it: char| it.is_whitespace() || it == ',' || it == ';');
            Some(&value[..length.unwrap_or(value.len())]).filter(|it| !it.is_empty() && it.len() <= most)
        };
        Fields {
            id: word(&["id", "msgid", "messageid"], MAX_MESSAGE_ID_OCTETS),
            state: word(&["stat", "state", "status"], MAX_WORD_LETTERS),
            error: word(&["err", "error"], MAX_WORD_LETTERS),
            text,
        }
    }
}

/// Where the first of these keys stands: its start, and the end of its colon.
fn key(text: &str, names: &[&str]) -> Option<(usize, usize)> {
    text.match_indices(':').find_map(|(colon, _)| {
        let before = text[..colon].trim_end();
        let letters = before.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        let start = before.len() - letters;
        let name = &before[start..];
        names.iter().any(|it| it.eq_ignore_ascii_case(name)).then_some((start, colon + 1))
    })
}

/// Adds what an ID may look like elsewhere, the likeliest form first.
fn add_forms(id: &str, forms: &mut Vec<String>) {
    let id = id.trim_matches(|it: char| it.is_whitespace() || it == '\0');
    if id.is_empty() || id.len() > MAX_MESSAGE_ID_OCTETS {
        return;
    }
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    add(id.to_owned());
    add(id.to_ascii_uppercase());
    add(id.to_ascii_lowercase());
    let bare = id.trim_start_matches('0');
    if bare.is_empty() || !bare.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return;
    }
    // Numbers only from here on: without leading zeros, with those of a C program, and in the other base.
    for digits in [bare.to_owned(), bare.to_ascii_uppercase(), bare.to_ascii_lowercase()] {
        add(digits.clone());
        add(format!("{digits:0>8}"));
        add(format!("{digits:0>10}"));
    }
    if let Ok(number) = bare.parse::<u128>() {
        [format!("{number:X}"), format!("{number:x}"), format!("{number:08X}"), format!("{number:08x}")]
            .into_iter()
            .for_each(&mut add);
    }
    if let Ok(number) = u128::from_str_radix(bare, 16) {
        [format!("{number}"), format!("{number:010}")].into_iter().for_each(&mut add);
    }
}

/// A receipt to write, in the text form of Appendix B. It has no `Debug` form, since it holds a text.
#[derive(Clone, Copy)]
pub struct ReceiptText<'a> {
    /// The text's ID, as its answer had it.
    pub id: &'a str,
    /// When it was submitted: `YYMMDDhhmm`.
    pub submitted: &'a str,
    /// When it came to its state: `YYMMDDhhmm`.
    pub done: &'a str,
    /// What became of it.
    pub state: ReceiptState,
    /// The carrier's error code; `000` for none.
    pub error: &'a str,
    /// The text, of which the first twenty letters are shown.
    pub text: &'a str,
}

impl fmt::Display for ReceiptText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivered = u8::from(self.state == ReceiptState::Delivered);
        let beginning: String = self.text.chars().take(MAX_BEGINNING_LETTERS).collect();
        write!(
            f,
            "id:{} sub:001 dlvrd:{delivered:03} submit date:{} done date:{} stat:{} err:{} text:{beginning}",
            self.id,
            self.submitted,
            self.done,
            self.state.word(),
            self.error
        )
    }
}

/// Without the text: logs hold none.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id", &self.ids.first())
            .field("state", &self.state)
            .field("error", &self.error)
            .field("reference", &self.reference)
            .finish()
    }
}
