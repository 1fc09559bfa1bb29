//! The alphabet of GSM 03.38 (3GPP TS 23.038, section 6.2.1): 128 characters and an extension table behind an
//! escape.
//!
//! Septets are unpacked, one in an octet, as SMPP carriers exchange them. The crate `rusmpp-extra` 0.4 was weighed
//! for alphabets and parts: it encodes but does not decode, knows no form feed, refuses every character beyond the
//! first plane in UCS-2 (so no emoji) and builds `submit_sm` itself. Hence these tables.

mod national;

pub(crate) use national::Shifts;

/// Announces a character of the extension table.
pub(crate) const ESCAPE: u8 = 0x1B;

/// The default alphabet by septet. The escape's own place is only shown when nothing follows: as a space, which is
/// what the standard asks of receivers that do not know an extension.
pub(crate) const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table: septet after the escape, character.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// A character as septets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Septets {
    /// One, of the default alphabet.
    One(u8),
    /// The escape and one of the extension table.
    Escaped(u8),
}

/// The septets of a character, if the alphabet has it.
pub(crate) fn septets(character: char) -> Option<Septets> {
    // Most of what people write stands where ASCII has it.
    if matches!(character, ' '..='#' | '%'..='?' | 'A'..='Z' | 'a'..='z') {
        return u8::try_from(character).ok().map(Septets::One);
    }
    let by_default = DEFAULT.iter().position(|it| *it == character).and_then(|at| u8::try_from(at).ok());
    let extended = || EXTENSION.iter().find(|(_, it)| *it == character).map(|(septet, _)| *septet);
    by_default.map(Septets::One).or_else(|| extended().map(Septets::Escaped))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, ESCAPE, EXTENSION, Septets, septets};

    #[test]
    fn every_place_of_both_tables_leads_back_to_itself() {
        for (septet, character) in (0u8..).zip(DEFAULT).filter(|(septet, _)| *septet != ESCAPE) {
            assert_eq!(septets(character), Some(Septets::One(septet)), "{character}");
        }
        for (septet, character) in EXTENSION {
            assert_eq!(septets(character), Some(Septets::Escaped(septet)), "{character}");
        }
        assert_eq!(septets('ç'), None, "the standard's letter is the capital one");
        assert_eq!(septets('`'), None);
        assert_eq!(septets('\u{1B}'), None, "nobody writes an escape");
    }
}
