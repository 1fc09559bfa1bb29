//! The client's side: answers to challenges.

use super::{Algorithm, words};
use crate::message::{Method, Name, Response, Status};

/// Who we are to somebody else, such as a trunk's registrar.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

/// A challenge that may be answered, also ahead of the next one: it counts how often it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    name: Name,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether the algorithm was named, and so is to be named back.
    says_algorithm: bool,
    pub(super) has_quality: bool,
    /// The password was right, only the nonce was old.
    pub is_stale: bool,
    count: u32,
}

impl Challenge {
    /// The strongest challenge of a 401 or 407 that we can answer.
    #[must_use]
    pub fn of(response: &Response) -> Option<Self> {
        let (asked, answered) = match response.status {
            Status::UNAUTHORIZED => (Name::WwwAuthenticate, Name::Authorization),
            Status::PROXY_AUTHENTICATION_REQUIRED => (Name::ProxyAuthenticate, Name::ProxyAuthorization),
            _ => return None,
        };
        let challenges = response.headers.all(&asked).filter_map(|value| Self::parse(value, &answered));
        // Of equals the first: the server's preferred one.
        challenges.reduce(|best, other| if other.algorithm > best.algorithm { other } else { best })
    }

    pub(super) fn parse(value: &str, answered: &Name) -> Option<Self> {
        let params = words::params_of_digest(value)?;
        let param = |name| words::find(&params, name);
        let algorithm = param("algorithm");
        let qualities = param("qop");
        let knows_auth = |list: &str| list.split(',').any(|it| it.trim().eq_ignore_ascii_case("auth"));
        if qualities.is_some_and(|list| !knows_auth(list)) {
            return None;
        }
        Some(Self {
            name: answered.clone(),
            realm: param("realm")?.to_owned(),
            nonce: param("nonce")?.to_owned(),
            opaque: param("opaque").map(str::to_owned),
            algorithm: algorithm.map_or(Some(Algorithm::Md5), Algorithm::named)?,
            says_algorithm: algorithm.is_some(),
            has_quality: qualities.is_some(),
            is_stale: param("stale").is_some_and(|it| it.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }

    /// The header that answers: for a request of this method to this URI. `own` is a random word, new for each answer.
    pub fn answer(&mut self, login: &Login, method: &Method, uri: &str, own: &str) -> (Name, String) {
        self.count = self.count.saturating_add(1);
        let (realm, nonce, count) = (&self.realm, &self.nonce, format!("{:08x}", self.count));
        let plain_realm = words::unescaped(realm);
        let secret = self.algorithm.hash(&[&login.user, &plain_realm, &login.password]);
        let asked = self.algorithm.hash(&[method.as_str(), uri]);
        let response = if self.has_quality {
            self.algorithm.hash(&[&secret, nonce, &count, own, "auth", &asked])
        } else {
            self.algorithm.hash(&[&secret, nonce, &asked])
        };
        let user = words::escaped(&login.user);
        let mut value = format!(
            r#"Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}""#
        );
        if self.says_algorithm {
            value.push_str(&format!(", algorithm={}", self.algorithm.as_str()));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(r#", opaque="{opaque}""#));
        }
        if self.has_quality {
            value.push_str(&format!(r#", qop=auth, nc={count}, cnonce="{own}""#));
        }
        (self.name.clone(), value)
    }
}
