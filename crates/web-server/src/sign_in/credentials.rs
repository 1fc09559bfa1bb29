//! What `Authorization: Basic` says, and which of it was found true lately.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use contact_center::ContactCenterId;
use http::HeaderValue;

use super::sessions::Person;
use super::token::keyed_hash;
use crate::config::SignInConfig;

/// A user name and a password, as a client sends them.
pub(crate) struct Basic {
    /// The contact center that the request names.
    pub(crate) center: Option<ContactCenterId>,
    pub(crate) user_name: String,
    pub(crate) password: String,
}

/// Longest user name and longest password, in bytes.
const MAX_NAME_BYTES: usize = 256;
const MAX_PASSWORD_BYTES: usize = 1_024;

/// Who credentials belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) person: Person,
    pub(crate) password_version: u32,
    pub(crate) must_change_password: bool,
}

/// Credentials that were verified lately, by a hash whose key this process alone knows.
pub(crate) struct Credentials {
    key: [u8; 32],
    lifetime: Duration,
    limit: usize,
    verified: BTreeMap<CredentialKey, (Identity, Instant)>,
    by_person: BTreeMap<Person, Vec<CredentialKey>>,
}

/// Stands for credentials without revealing them.
pub(crate) type CredentialKey = [u8; 32];

impl Basic {
    /// What the header says; `None` if it is not Basic or not sensible.
    pub(crate) fn parse(header: &HeaderValue, center: Option<ContactCenterId>) -> Option<Basic> {
        let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let encoded = encoded.trim();
        let decoded = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user_name, password) = text.split_once(':')?;
        let fits = user_name.len() <= MAX_NAME_BYTES && password.len() <= MAX_PASSWORD_BYTES;
        let sensible = fits && !user_name.is_empty();
        sensible.then(|| Basic { center, user_name: user_name.to_owned(), password: password.to_owned() })
    }
}

impl Credentials {
    pub(crate) fn new(config: &SignInConfig) -> Credentials {
        Credentials {
            key: crate::random::bytes(),
            lifetime: config.credential_lifetime,
            limit: config.max_credentials.max(1),
            verified: BTreeMap::new(),
            by_person: BTreeMap::new(),
        }
    }

    pub(crate) fn key(&self, basic: &Basic) -> CredentialKey {
        let center = basic.center.map_or([0; 16], |center| center.0.to_be_bytes());
        keyed_hash(&self.key, &[&center, basic.user_name.as_bytes(), basic.password.as_bytes()])
    }

    /// Whose they are, if they were verified lately and the password has not changed since.
    pub(crate) fn find(&self, key: &CredentialKey, now: Instant) -> Option<Identity> {
        let (identity, until) = self.verified.get(key)?;
        (*until > now).then_some(*identity)
    }

    pub(crate) fn remember(&mut self, key: CredentialKey, identity: Identity, now: Instant) {
        if self.verified.len() >= self.limit {
            self.forget_expired(now);
        }
        while self.verified.len() >= self.limit {
            let Some((any, (identity, _))) = self.verified.pop_first() else { break };
            self.unlist(&any, identity.person);
        }
        self.verified.insert(key, (identity, now + self.lifetime));
        let keys = self.by_person.entry(identity.person).or_default();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }

    /// Forgets all of a person's.
    pub(crate) fn void(&mut self, person: Person) {
        for key in self.by_person.remove(&person).unwrap_or_default() {
            self.verified.remove(&key);
        }
    }

    pub(crate) fn forget_expired(&mut self, now: Instant) {
        self.verified.retain(|_, (_, until)| *until > now);
        let Credentials { verified, by_person, .. } = self;
        by_person.retain(|_, keys| {
            keys.retain(|key| verified.contains_key(key));
            !keys.is_empty()
        });
    }

    fn unlist(&mut self, gone: &CredentialKey, person: Person) {
        let Some(keys) = self.by_person.get_mut(&person) else { return };
        keys.retain(|key| key != gone);
        if keys.is_empty() {
            self.by_person.remove(&person);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contact_center::UserId;

    #[track_caller]
    fn check(header: &str, expected: Option<(&str, &str)>) {
        let basic = Basic::parse(&HeaderValue::from_str(header).unwrap(), None);
        let found = basic.as_ref().map(|basic| (basic.user_name.as_str(), basic.password.as_str()));
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn basic_credentials_are_a_name_and_a_password() {
        check("Basic YW5uYTpzZWNyZXQ=", Some(("anna", "secret")));
        check("basic  YW5uYTpzZWNyZXQ", Some(("anna", "secret")));
        check("Basic YW5uYTphOmI6Yw==", Some(("anna", "a:b:c")));
        check("Basic YW5uYTo=", Some(("anna", "")));
    }

    #[test]
    fn what_is_no_basic_is_no_credential() {
        for header in
            ["", "Basic", "Basic ", "Basic !", "Basic YW5uYQ==", "Basic OnNlY3JldA==", "Bearer YTpi"]
        {
            check(header, None);
        }
        check(&format!("Basic {}", STANDARD.encode(format!("{}:x", "a".repeat(257)))), None);
        check(&format!("Basic {}", STANDARD.encode(b"\xff:x")), None);
    }

    fn basic(password: &str) -> Basic {
        Basic { center: None, user_name: "anna".to_owned(), password: password.to_owned() }
    }

    #[test]
    fn verified_credentials_are_found_until_they_expire_or_are_void() {
        let mut credentials = Credentials::new(&SignInConfig::default());
        let person = (ContactCenterId(1), UserId(1));
        let identity = Identity { person, password_version: 1, must_change_password: false };
        let (now, key) = (crate::clock::now(), credentials.key(&basic("secret")));
        credentials.remember(key, identity, now);
        assert_eq!(credentials.find(&key, now), Some(identity));
        assert_eq!(credentials.find(&credentials.key(&basic("other")), now), None);
        assert_eq!(credentials.find(&key, now + Duration::from_secs(300)), None);
        credentials.void(person);
        assert_eq!(credentials.find(&key, now), None);
    }

    #[test]
    fn the_memory_of_credentials_keeps_its_limit() {
        let config = SignInConfig { max_credentials: 10, ..SignInConfig::default() };
        let mut credentials = Credentials::new(&config);
        let now = crate::clock::now();
        for number in 0..100 {
            let person = (ContactCenterId(1), UserId(number));
            let identity = Identity { person, password_version: 1, must_change_password: false };
            credentials.remember(credentials.key(&basic(&number.to_string())), identity, now);
            assert!(credentials.verified.len() <= 10 && credentials.by_person.len() <= 10);
        }
    }
}
