//! Numbers as carriers write them: type of number, numbering plan, digits (SMPP 3.4, sections 5.2.5 and 5.2.6).
//!
//! An address built here fits the 20 octets of the standard. One that came from a carrier is kept as it came.
//! Its `Debug` form shows the last three digits only, so that no log holds a number.

use std::fmt;

/// Octets of an address (SMPP 3.4, section 4.4.1: 21 with the closing zero).
pub const MAX_ADDRESS_OCTETS: usize = 20;

/// The longest number that is taken for a short code, which means something in one network only.
const MAX_SHORT_CODE_DIGITS: usize = 6;
/// The fewest digits with which a number of no stated type is taken for an international one.
const MIN_INTERNATIONAL_DIGITS: usize = 7;
/// How much of a number may be shown.
const SHOWN_DIGITS: usize = 3;

const TON_UNKNOWN: u8 = 0;
const TON_INTERNATIONAL: u8 = 1;
const TON_NETWORK_SPECIFIC: u8 = 3;
const TON_ALPHANUMERIC: u8 = 5;
const NPI_UNKNOWN: u8 = 0;
const NPI_ISDN: u8 = 1;

/// A number or name of one end of a text, as it is on the wire.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Type of number: 1 international, 3 network specific, 5 alphanumeric, …
    pub ton: u8,
    /// Numbering plan indicator: 1 is that of telephones.
    pub npi: u8,
    /// The digits or letters, without a plus.
    pub digits: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("an address needs a digit or a letter")]
    Empty,
    /// It does not fit the field.
    #[error("an address has at most {MAX_ADDRESS_OCTETS} letters or digits")]
    TooLong,
    /// Neither a number nor a name.
    #[error("an address is digits after an optional plus, or letters, digits, spaces, dots, dashes and &")]
    Character,
}

impl Address {
    /// The address of a number as people write it: `+491701234567`, `15551234567`, `72800`, `Souffleur`.
    ///
    /// A plus makes it international. Digits without one stay as they are: up to six are a short code, more have
    /// no stated type. Anything with a letter is a name.
    pub fn of_number(text: &str) -> Result<Address, AddressError> {
        let (ton, npi, digits) = match text.strip_prefix('+') {
            Some(digits) => (TON_INTERNATIONAL, NPI_ISDN, digits),
            None if !is_digits(text) => (TON_ALPHANUMERIC, NPI_UNKNOWN, text),
            None if text.len() <= MAX_SHORT_CODE_DIGITS => (TON_NETWORK_SPECIFIC, NPI_UNKNOWN, text),
            None => (TON_UNKNOWN, NPI_ISDN, text),
        };
        if digits.is_empty() {
            return Err(AddressError::Empty);
        }
        if digits.len() > MAX_ADDRESS_OCTETS {
            return Err(AddressError::TooLong);
        }
        let is_sound = if ton == TON_ALPHANUMERIC { is_name(digits) } else { is_digits(digits) };
        if !is_sound {
            return Err(AddressError::Character);
        }
        Ok(Address { ton, npi, digits: digits.to_owned() })
    }

    /// The number as people write it, so that one phone has one number however its carrier puts it.
    ///
    /// International numbers get their plus. So do those of no stated type with seven digits or more, unless they
    /// begin with zero: that would be a number within a country. All others stay as they came.
    pub fn number(&self) -> String {
        let digits = self.digits.trim();
        let bare = digits.strip_prefix('+').unwrap_or(digits);
        let is_international = is_digits(bare)
            && match self.ton {
                TON_INTERNATIONAL => true,
                TON_UNKNOWN => bare.len() >= MIN_INTERNATIONAL_DIGITS && !bare.starts_with('0'),
                _ => false,
            };
        if is_international {
            // Some carriers write the prefix that people dial, although the type says it is not part of the number.
            return format!("+{}", bare.strip_prefix("00").unwrap_or(bare));
        }
        digits.to_owned()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.digits.chars().count();
        let hidden = length.saturating_sub(SHOWN_DIGITS);
        let shown: String = self.digits.chars().skip(hidden.max(length.min(SHOWN_DIGITS))).collect();
        write!(f, "Address({}/{} {}{shown})", self.ton, self.npi, "*".repeat(length - shown.chars().count()))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b" .-_&".contains(&octet);
    text.bytes().all(allowed) && text.bytes().any(|octet| octet.is_ascii_alphabetic()) && text.trim() == text
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError};

    fn check(text: &str, wire: Result<(u8, u8, &str), AddressError>) {
        let wire = wire.map(|(ton, npi, digits)| Address { ton, npi, digits: digits.to_owned() });
        assert_eq!(Address::of_number(text), wire, "{text}");
        if let Ok(address) = wire {
            let again = address.number();
            assert!(again == text || again == format!("+{text}"), "{text} came back as {again}");
        }
    }

    #[test]
    fn numbers_and_names_have_their_types() {
        check("+491701234567", Ok((1, 1, "491701234567")));
        check("15551234567", Ok((0, 1, "15551234567")));
        check("72800", Ok((3, 0, "72800")));
        check("Souffleur", Ok((5, 0, "Souffleur")));
        check("A&B 2 Go", Ok((5, 0, "A&B 2 Go")));
    }

    #[test]
    fn what_is_no_number_and_no_name_is_refused() {
        check("", Err(AddressError::Empty));
        check("+", Err(AddressError::Empty));
        check("+49abc", Err(AddressError::Character));
        check("Grüße", Err(AddressError::Character));
        check(" A", Err(AddressError::Character));
        check("---", Err(AddressError::Character));
        check("123456789012345678901", Err(AddressError::TooLong));
    }

    #[test]
    fn one_phone_has_one_number_however_its_carrier_puts_it() {
        let number = |ton, digits: &str| Address { ton, npi: 1, digits: digits.to_owned() }.number();
        for (ton, digits) in [
            (1, "491701234567"),
            (1, "+491701234567"),
            (1, "00491701234567"),
            (0, "491701234567"),
            (0, "+491701234567"),
        ] {
            assert_eq!(number(ton, digits), "+491701234567", "{ton} {digits}");
        }
        assert_eq!(number(0, "01701234567"), "01701234567", "a number within a country stays one");
        assert_eq!(number(2, "1701234567"), "1701234567");
        assert_eq!(number(0, "72800"), "72800");
        assert_eq!(number(3, "7280000"), "7280000");
        assert_eq!(number(5, "Bank"), "Bank");
        assert_eq!(number(1, "Bank"), "Bank", "a wrong type makes no number of a name");
    }

    #[test]
    fn the_debug_form_hides_the_number() {
        let shown = |text: &str| format!("{:?}", Address::of_number(text).unwrap());
        assert_eq!(shown("+491701234567"), "Address(1/1 *********567)");
        assert_eq!(shown("72800"), "Address(3/0 ***00)");
        assert_eq!(shown("72"), "Address(3/0 **)");
    }
}
