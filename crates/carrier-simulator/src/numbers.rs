//! Numbers that always meet the same fate, whatever the faults, so that a person can see each one at will.

use smpp::{Address, AddressError};

/// What always happens to texts to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    /// Taken, and no receipt ever comes.
    NoReceipt,
    /// Taken, and then the receipt says UNDELIV.
    Undeliverable,
    /// Refused with `ESME_RINVDSTADR`.
    InvalidDestination,
    /// Taken, and then the receipt says EXPIRED.
    Expired,
    /// Taken, and then the receipt says REJECTD.
    Rejected,
    /// Refused with `ESME_RTHROTTLED`.
    Throttled,
    /// Refused with `ESME_RSYSERR`.
    SystemError,
    /// Never answered, and no phone gets it.
    NoAnswer,
}

/// By the end of the number; like the status codes of HTTP, as far as there is one.
const SPECIAL: [(&str, Special); 8] = [
    ("204", Special::NoReceipt),
    ("403", Special::Rejected),
    ("404", Special::Undeliverable),
    ("405", Special::InvalidDestination),
    ("408", Special::Expired),
    ("429", Special::Throttled),
    ("500", Special::SystemError),
    ("504", Special::NoAnswer),
];

impl Special {
    /// What always happens to texts to this number, if it is one of those.
    pub(crate) fn of(number: &str) -> Option<Special> {
        SPECIAL.iter().find(|(end, _)| number.ends_with(end)).map(|(_, special)| *special)
    }
}

/// The one way to write a number here, so that a phone is found by each.
pub(crate) fn canonical(number: &str) -> Result<(Address, String), AddressError> {
    let canonical = Address::of_number(number.trim())?.number();
    // Of this form, so that one phone has one address on the wire, too.
    Ok((Address::of_number(&canonical)?, canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_number_decides() {
        assert_eq!(Special::of("+491700000404"), Some(Special::Undeliverable));
        assert_eq!(Special::of("429"), Some(Special::Throttled));
        assert_eq!(Special::of("+491704040000"), None);
        assert_eq!(Special::of(""), None);
    }

    #[test]
    fn a_number_has_one_form() {
        let form = |text| canonical(text).map(|(_, canonical)| canonical).ok();
        assert_eq!(form("491701234567").as_deref(), Some("+491701234567"));
        assert_eq!(form(" +491701234567 ").as_deref(), Some("+491701234567"));
        assert_eq!(form("72800").as_deref(), Some("72800"));
        assert_eq!(form("+49 170"), None);
    }
}
