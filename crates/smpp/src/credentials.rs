//! Who signs in at a carrier, and as what: checked once, so that no session can fail over it.

use std::fmt;

/// The most characters of a system id (SMPP 3.4, 5.2.1).
pub const MOST_SYSTEM_ID_CHARACTERS: usize = 15;
/// The most characters of a password (SMPP 3.4, 5.2.2).
pub const MOST_PASSWORD_CHARACTERS: usize = 8;
/// The most characters of a system type (SMPP 3.4, 5.2.3).
pub const MOST_SYSTEM_TYPE_CHARACTERS: usize = 12;

/// What a carrier knows its customer by; every value can be written on the wire. By default all are empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    system_id: String,
    password: String,
    system_type: String,
}

/// Why a sign-in cannot be written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {field} has at most {most} printable ASCII characters")]
pub struct CredentialsError {
    /// Which of the three.
    pub field: &'static str,
    /// How long it may be, in characters.
    pub most: usize,
}

impl Credentials {
    /// Checks that all three can be written in a bind.
    pub fn new(system_id: &str, password: &str, system_type: &str) -> Result<Credentials, CredentialsError> {
        check("system ID", system_id, MOST_SYSTEM_ID_CHARACTERS)?;
        check("password", password, MOST_PASSWORD_CHARACTERS)?;
        check("system type", system_type, MOST_SYSTEM_TYPE_CHARACTERS)?;
        let [system_id, password, system_type] = [system_id, password, system_type].map(str::to_owned);
        Ok(Credentials { system_id, password, system_type })
    }

    /// The customer's name.
    pub fn system_id(&self) -> &str {
        &self.system_id
    }

    /// The secret that proves it.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The kind of system; most carriers want it empty.
    pub fn system_type(&self) -> &str {
        &self.system_type
    }
}

/// Without the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").field("system_id", &self.system_id).finish_non_exhaustive()
    }
}

fn check(field: &'static str, value: &str, most: usize) -> Result<(), CredentialsError> {
    let is_printable = value.bytes().all(|octet| (0x20..0x7F).contains(&octet));
    if is_printable && value.len() <= most { Ok(()) } else { Err(CredentialsError { field, most }) }
}

/// In which directions a session carries texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindAs {
    /// Both ways.
    Transceiver,
    /// To the carrier only.
    Transmitter,
    /// From the carrier only; receipts come this way, too.
    Receiver,
}

impl BindAs {
    /// Whether texts can be submitted.
    pub fn submits(self) -> bool {
        self != BindAs::Receiver
    }

    /// Whether texts and receipts can come in.
    pub fn receives(self) -> bool {
        self != BindAs::Transmitter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_all(system_id: &str, password: &str, system_type: &str, wrong: Option<&str>) {
        let found = Credentials::new(system_id, password, system_type);
        assert_eq!(found.err().map(|error| error.field), wrong, "{system_id} {system_type}");
    }

    #[test]
    fn only_what_fits_the_wire_is_taken() {
        check_all("souffleur", "secret08", "", None);
        check_all("", "", "", None);
        check_all("sixteen-letters!", "", "", Some("system ID"));
        check_all("a", "nine-long", "", Some("password"));
        check_all("a", "", "thirteen-long", Some("system type"));
        check_all("na\u{ef}ve", "", "", Some("system ID"));
        check_all("a", "b\0c", "", Some("password"));
    }

    #[test]
    fn the_password_is_not_shown() {
        let credentials = Credentials::new("souffleur", "hush", "").unwrap();
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
