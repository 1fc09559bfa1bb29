//! The tables of languages that a user data header may name (3GPP TS 23.038, annex A): read, never written.
//!
//! Turkish, Spanish and Portuguese are complete. Of the others, whose tables hold other scripts, only what stands at
//! the same place in all of them is read: the rest is shown as unreadable rather than as wrong letters.

use super::{DEFAULT, EXTENSION};

/// The languages that a header names: one for the alphabet itself, one for what follows an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shifts {
    /// Information element 0x25; 0 for none.
    pub locking: u8,
    /// Information element 0x24; 0 for none.
    pub single: u8,
}

impl Shifts {
    /// Whether every character can be read.
    pub fn are_known(self) -> bool {
        self.locking <= PORTUGUESE && self.single <= PORTUGUESE
    }

    /// The character of a septet; `None` for what is no septet or cannot be told.
    pub fn character(self, septet: u8) -> Option<char> {
        let own = match self.locking {
            TURKISH => found(&TURKISH_LOCKING, septet),
            PORTUGUESE => found(&PORTUGUESE_LOCKING, septet),
            _ => None,
        };
        let is_shared = self.locking <= PORTUGUESE || is_in_all_alphabets(septet);
        own.or_else(|| is_shared.then(|| DEFAULT.get(usize::from(septet)).copied()).flatten())
    }

    /// The character of a septet behind an escape. Where the table has none, the alphabet's own is shown (3GPP TS
    /// 23.038, section 6.2.1.1).
    pub fn escaped(self, septet: u8) -> Option<char> {
        let own = match self.single {
            TURKISH => found(&TURKISH_SINGLE, septet),
            SPANISH => found(&SPANISH_SINGLE, septet),
            PORTUGUESE => found(&PORTUGUESE_SINGLE, septet),
            _ => None,
        };
        own.or_else(|| found(&EXTENSION, septet)).or_else(|| match self.single {
            ..=PORTUGUESE => self.character(septet),
            // The scripts without capitals of their own keep the Latin ones here.
            _ => septet.is_ascii_uppercase().then(|| char::from(septet)),
        })
    }
}

const TURKISH: u8 = 1;
const SPANISH: u8 = 2;
const PORTUGUESE: u8 = 3;

fn found(table: &[(u8, char)], septet: u8) -> Option<char> {
    table.iter().find(|(it, _)| *it == septet).map(|(_, character)| *character)
}

/// Line ends, space, digits, small Latin letters and some marks stand everywhere at the same place.
fn is_in_all_alphabets(septet: u8) -> bool {
    matches!(septet, b'\n' | b'\r' | b' ' | b'!' | b',' | b'.' | b'0'..=b';' | b'?' | b'a'..=b'z')
}

/// Where the Turkish alphabet differs (section A.3.1).
const TURKISH_LOCKING: [(u8, char); 8] =
    [(0x04, '€'), (0x07, 'ı'), (0x0B, 'Ğ'), (0x0C, 'ğ'), (0x1C, 'Ş'), (0x1D, 'ş'), (0x40, 'İ'), (0x60, 'ç')];

/// Where the Portuguese alphabet differs (section A.3.3).
const PORTUGUESE_LOCKING: [(u8, char); 30] = [
    (0x04, 'ê'),
    (0x06, 'ú'),
    (0x07, 'í'),
    (0x08, 'ó'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x12, 'ª'),
    (0x13, 'Ç'),
    (0x14, 'À'),
    (0x15, '∞'),
    (0x16, '^'),
    (0x17, '\\'),
    (0x18, '€'),
    (0x19, 'Ó'),
    (0x1A, '|'),
    (0x1C, 'Â'),
    (0x1D, 'â'),
    (0x1E, 'Ê'),
    (0x24, 'º'),
    (0x40, 'Í'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x5D, 'Ú'),
    (0x60, '~'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7D, '`'),
];

/// What the Turkish extension table adds (section A.2.1).
const TURKISH_SINGLE: [(u8, char); 7] =
    [(0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş')];

/// What the Spanish extension table adds (section A.2.2).
const SPANISH_SINGLE: [(u8, char); 9] = [
    (0x09, 'ç'),
    (0x41, 'Á'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x61, 'á'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
];

/// What the Portuguese extension table adds (section A.2.3).
const PORTUGUESE_SINGLE: [(u8, char); 27] = [
    (0x05, 'ê'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x12, 'Φ'),
    (0x13, 'Γ'),
    (0x15, 'Ω'),
    (0x16, 'Π'),
    (0x17, 'Ψ'),
    (0x18, 'Σ'),
    (0x19, 'Θ'),
    (0x1F, 'Ê'),
    (0x41, 'À'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x61, 'Â'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7F, 'â'),
];
