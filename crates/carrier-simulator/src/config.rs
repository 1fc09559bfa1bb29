//! What a simulated carrier is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use smpp::{Credentials, LongTexts};

use crate::faults::Faults;
use crate::numbers::canonical;

/// How many accounts a carrier may have.
const MOST_ACCOUNTS: usize = 1_000;
/// How many numbers its accounts may own.
const MOST_NUMBERS: usize = 100_000;

/// How a simulated carrier behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it speaks SMPP; port 0 is any free one.
    pub smpp: SocketAddr,
    /// Where its phones are, if anybody may use them by HTTP.
    pub http: Option<SocketAddr>,
    /// The certificate of the SMPP port, if it is encrypted.
    pub tls: Option<Tls>,
    /// Who may bind.
    pub accounts: Vec<Account>,
    /// The numbers of the accounts. If there are none, every number is the first account's.
    pub numbers: Vec<OwnedNumber>,
    /// What goes wrong from the start.
    pub faults: Faults,
    /// What goes wrong when, follows from this.
    pub seed: u64,
    /// How long texts of phones are cut.
    pub long_texts: LongTexts,
    /// How many parts a text of a phone may have.
    pub most_parts: u8,
    /// How many texts and receipts may be on their way over one connection without an answer.
    pub window: usize,
    /// How many texts and receipts wait for an account that is not bound as a receiver.
    pub most_waiting: usize,
    /// How many connections there may be.
    pub most_connections: usize,
    /// How many texts each phone keeps; with 0 no text is looked at at all.
    pub keep_texts: usize,
    /// How many phones are remembered.
    pub most_phones: usize,
    /// Seconds of silence after which the carrier asks whether its customer is still there.
    pub enquire_link_s: u32,
    /// Seconds that a customer may take for an answer.
    pub response_timeout_s: u32,
    /// Milliseconds until a text is delivered again that the customer could not take.
    pub retry_ms: u32,
    /// The ID of the first text; by default one that no earlier run has used.
    pub first_id: Option<u64>,
}

impl Default for Config {
    /// A carrier on a free port of this machine, without faults, with the account `demo`, password `demo`.
    fn default() -> Config {
        Config {
            smpp: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            http: None,
            tls: None,
            accounts: vec![Account { system_id: "demo".to_owned(), password: "demo".to_owned() }],
            numbers: Vec::new(),
            faults: Faults::default(),
            seed: 1,
            long_texts: LongTexts::Udh8,
            most_parts: 100,
            window: 100,
            most_waiting: 100_000,
            most_connections: 256,
            keep_texts: 1_000,
            most_phones: 10_000,
            enquire_link_s: 30,
            response_timeout_s: 10,
            retry_ms: 1_000,
            first_id: None,
        }
    }
}

/// The files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those above it, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// A customer of the carrier.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub system_id: String,
    /// Its password.
    pub password: String,
}

/// Without the password.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("system_id", &self.system_id).finish_non_exhaustive()
    }
}

impl FromStr for Account {
    type Err = String;

    /// Reads "system_id:password".
    fn from_str(text: &str) -> Result<Account, String> {
        let Some((system_id, password)) = text.split_once(':').filter(|(system_id, _)| !system_id.is_empty())
        else {
            return Err("is not a system ID and a password with a colon between them".to_owned());
        };
        let account = Account { system_id: system_id.to_owned(), password: password.to_owned() };
        account.check().map(|()| account)
    }
}

impl Account {
    fn check(&self) -> Result<(), String> {
        Credentials::new(&self.system_id, &self.password, "").map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// A number and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedNumber {
    /// The number as people write it.
    pub number: String,
    /// The `system_id` of its account; without one, the first account has it.
    pub account: Option<String>,
}

impl FromStr for OwnedNumber {
    type Err = String;

    /// Reads "+4930123456" or "+4930123456:system_id".
    fn from_str(text: &str) -> Result<OwnedNumber, String> {
        let (number, account) = match text.split_once(':') {
            Some((number, account)) => (number, Some(account.to_owned())),
            None => (text, None),
        };
        Ok(OwnedNumber { number: self::number(number)?, account })
    }
}

/// Reads a number as people write it, and gives it in its one form.
///
/// # Errors
/// It is none.
pub fn number(text: &str) -> Result<String, String> {
    canonical(text).map(|(_, number)| number).map_err(|error| error.to_string())
}

/// Reads the way in which long texts are cut.
///
/// # Errors
/// The word is none of them.
pub fn long_texts(text: &str) -> Result<LongTexts, String> {
    match text.to_ascii_lowercase().as_str() {
        "udh8" => Ok(LongTexts::Udh8),
        "udh16" => Ok(LongTexts::Udh16),
        "sar" => Ok(LongTexts::Sar),
        "payload" => Ok(LongTexts::Payload),
        _ => Err("is none of udh8, udh16, sar or payload".to_owned()),
    }
}

impl Config {
    /// Whether a carrier can be started with this.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.accounts.is_empty() || self.accounts.len() > MOST_ACCOUNTS {
            return Err(format!("a carrier has from 1 to {MOST_ACCOUNTS} accounts"));
        }
        if self.numbers.len() > MOST_NUMBERS {
            return Err(format!("a carrier has at most {MOST_NUMBERS} numbers"));
        }
        for (place, account) in self.accounts.iter().enumerate() {
            account.check().map_err(|complaint| format!("account {}: {complaint}", account.system_id))?;
            if self.accounts[..place].iter().any(|other| other.system_id == account.system_id) {
                return Err(format!("account {} is there twice", account.system_id));
            }
        }
        let (mut known, mut place) = (std::collections::BTreeSet::new(), 0);
        for OwnedNumber { number, account } in &self.numbers {
            place += 1;
            // By its place, since numbers stay out of messages that may end in a log.
            let (_, number) = canonical(number).map_err(|error| format!("number {place}: {error}"))?;
            if !known.insert(number) {
                return Err(format!("number {place} is there twice"));
            }
            if let Some(account) = account.as_ref().filter(|name| self.account(name).is_none()) {
                return Err(format!("number {place}: there is no account {account}"));
            }
        }
        let least_one = [
            ("window", self.window),
            ("most_connections", self.most_connections),
            ("most_parts", self.most_parts.into()),
            ("enquire_link_s", self.enquire_link_s as usize),
            ("response_timeout_s", self.response_timeout_s as usize),
        ];
        if let Some((name, _)) = least_one.iter().find(|(_, value)| *value == 0) {
            return Err(format!("{name} is 1 at least"));
        }
        self.faults.check()
    }

    /// The place of an account.
    pub(crate) fn account(&self, system_id: &str) -> Option<usize> {
        self.accounts.iter().position(|account| account.system_id == system_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accounts: &[&str], numbers: &[&str], expected: Result<(), &str>) {
        let config = Config {
            accounts: accounts.iter().map(|text| text.parse().unwrap()).collect(),
            numbers: numbers.iter().map(|text| text.parse().unwrap()).collect(),
            ..Config::default()
        };
        assert_eq!(config.check(), expected.map_err(str::to_owned));
    }

    #[test]
    fn accounts_and_numbers_must_fit_together() {
        check(&["acme:secret"], &["+4930123456", "72800:acme"], Ok(()));
        check(&[], &[], Err("a carrier has from 1 to 1000 accounts"));
        check(&["acme:a", "acme:b"], &[], Err("account acme is there twice"));
        check(&["acme:a"], &["72800:other"], Err("number 1: there is no account other"));
        check(&["acme:a"], &["+4930123456", "4930123456"], Err("number 2 is there twice"));
    }

    #[test]
    fn accounts_and_numbers_are_read_as_they_are_written() {
        let account: Account = "acme:a:b".parse().unwrap();
        assert_eq!((account.system_id.as_str(), account.password.as_str()), ("acme", "a:b"));
        assert!(!format!("{account:?}").contains("a:b"));
        for wrong in ["", "acme", ":secret", "acme:123456789", "a-name-that-is-too-long:x"] {
            assert!(wrong.parse::<Account>().is_err(), "{wrong}");
        }
        for wrong in ["", "+49 30", "+"] {
            assert!(wrong.parse::<OwnedNumber>().is_err(), "{wrong}");
        }
        assert_eq!(long_texts("UDH16"), Ok(LongTexts::Udh16));
        assert!(long_texts("fax").is_err());
    }
}
