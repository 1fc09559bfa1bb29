//! Numbers that texts come from and go to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long a number is at most, with its plus sign: what SMPP's address holds, section 5.2.9.
const LONGEST: usize = 21;
/// The fewest digits with which a number without a plus is taken for an international one; carriers
/// leave the plus out, and spreadsheets lose it.
const LEAST_INTERNATIONAL_DIGITS: usize = 7;
/// How much of a masked number is shown.
const SHOWN_DIGITS: usize = 3;

/// The text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number: + and digits, a short code, or up to 20 letters and digits")]
pub struct MalformedNumber;

/// A number of the telephone network in the form `+491701234567`, a short code, or a sender's name
/// in letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Arc<str>);

impl PhoneNumber {
    /// The number as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people without the right to see the number are shown: its last three characters.
    pub fn masked(&self) -> Arc<str> {
        let hidden = self.0.len().saturating_sub(SHOWN_DIGITS);
        Arc::from(format!("{}{}", "*".repeat(hidden), &self.0[hidden..]))
    }

    /// Nobody's number, which is before every other in their order.
    pub fn nobody() -> Self {
        Self(Arc::from(""))
    }

    /// The number as a nickname, without a copy.
    pub(crate) fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl FromStr for PhoneNumber {
    type Err = MalformedNumber;

    /// Reads a number; spaces, dashes, dots and brackets between digits are passed over. An
    /// international number gets its plus, so that one phone has one number however it is written:
    /// instead of `00`, and before seven digits or more, unless they begin with zero as numbers
    /// within a country do.
    fn from_str(text: &str) -> Result<Self, MalformedNumber> {
        let written = |letter: &char| !matches!(letter, ' ' | '-' | '.' | '(' | ')' | '/');
        let number: String = text.trim().chars().filter(written).collect();
        let (digits, international) = match number.strip_prefix('+') {
            Some(digits) => (digits, true),
            None => (number.as_str(), false),
        };
        let fits = !digits.is_empty() && number.len() <= LONGEST;
        let right = if international {
            digits.bytes().all(|byte| byte.is_ascii_digit())
        } else {
            digits.len() < LONGEST && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !fits || !right {
            return Err(MalformedNumber);
        }
        let without_plus = match number.strip_prefix("00") {
            Some(digits) => Some(digits),
            None if number.starts_with('0') => None,
            None => Some(number.as_str()),
        };
        let is_international = |digits: &&str| {
            digits.len() >= LEAST_INTERNATIONAL_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        Ok(match without_plus.filter(is_international) {
            Some(digits) => Self(Arc::from(format!("+{digits}"))),
            None => Self(Arc::from(number)),
        })
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    /// Numbers of people are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Two numbers between which texts go to and fro. Printed as `customer>ours`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thread {
    /// The customer's number. First, so that the threads of a customer lie side by side.
    pub customer: PhoneNumber,
    /// The contact center's number.
    pub ours: PhoneNumber,
}

impl Serialize for Thread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}>{}", self.customer, self.ours))
    }
}

impl<'de> Deserialize<'de> for Thread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let malformed = || serde::de::Error::custom("not two numbers with > between them");
        let (customer, ours) = text.split_once('>').ok_or_else(malformed)?;
        let number = |text: &str| text.parse().map_err(serde::de::Error::custom);
        Ok(Self { customer: number(customer)?, ours: number(ours)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, number: Option<&str>, masked: &str) {
        let read = text.parse::<PhoneNumber>().ok();
        assert_eq!(read.as_ref().map(PhoneNumber::as_str), number, "{text}");
        assert_eq!(read.map(|read| read.masked().to_string()).unwrap_or_default(), masked, "{text}");
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        check("+49 (170) 123-4567", Some("+491701234567"), "**********567");
        check("12345", Some("12345"), "**345");
        check("491701234567", Some("+491701234567"), "**********567");
        check("0049 170 1234567", Some("+491701234567"), "**********567");
        check("0170 1234567", Some("01701234567"), "********567");
        check("1234567a", Some("1234567a"), "*****67a");
        check("001234", Some("001234"), "***234");
        check("Souffleur", Some("Souffleur"), "******eur");
        check("42", Some("42"), "42");
        check("", None, "");
        check("+", None, "");
        check("+49x", None, "");
        check("a>b", None, "");
        check("ÄÖÜ", None, "");
        check("123456789012345678901", None, "");
        check("+12345678901234567890", Some("+12345678901234567890"), "******************890");
        check("+123456789012345678901", None, "");
    }

    #[test]
    fn a_number_is_masked_where_it_is_debugged() {
        let number: PhoneNumber = "+491701234567".parse().unwrap();
        assert_eq!(format!("{number:?}"), "**********567");
    }

    #[test]
    fn a_thread_survives_being_written() {
        let thread = Thread { customer: "+4917".parse().unwrap(), ours: "12345".parse().unwrap() };
        let written = serde_json::to_string(&thread).unwrap();
        assert_eq!(written, "\"+4917>12345\"");
        assert_eq!(serde_json::from_str::<Thread>(&written).unwrap(), thread);
    }
}
