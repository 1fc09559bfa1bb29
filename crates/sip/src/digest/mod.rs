//! Who may register and call: digest authentication with a password that never travels (RFC 7616 and RFC 8760 in SIP's use
//! of it, RFC 3261, section 22).
//!
//! Both sides: `Authenticator` challenges and judges, `Challenge` is answered. `Guesses` counts wrong passwords. MD5 is
//! offered because phones know nothing else; SHA-256 stands before it. Left out: `auth-int`, session variants, hashed user
//! names.

mod answering;
mod guesses;
mod nonces;
mod words;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

pub use answering::{Challenge, Login};
pub use guesses::{Guesses, Limits, Locked};
use nonces::{Nonces, Use};

use crate::message::{Method, Name, Request};

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// What every phone knows.
    Md5,
    /// What every phone should know (RFC 8760).
    Sha256,
}

impl Algorithm {
    /// Its name in headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Md5, Self::Sha256].into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word))
    }

    /// The hash of these words with colons between them, in small hex digits.
    fn hash(self, words: &[&str]) -> String {
        words::hash(self, words)
    }
}

/// What is kept of a password: `H(user:realm:password)` in small hex digits, for each algorithm.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Secret {
    /// By MD5.
    pub md5: String,
    /// By SHA-256.
    pub sha256: String,
}

impl Secret {
    /// The secret of a user's password in a realm.
    #[must_use]
    pub fn of(user: &str, realm: &str, password: &str) -> Self {
        let words = [user, realm, password];
        Self { md5: Algorithm::Md5.hash(&words), sha256: Algorithm::Sha256.hash(&words) }
    }

    fn by(&self, algorithm: Algorithm) -> &str {
        match algorithm {
            Algorithm::Md5 => &self.md5,
            Algorithm::Sha256 => &self.sha256,
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The value of an Authorization or Proxy-Authorization header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Who it claims to be.
    pub user: Cow<'a, str>,
    /// Where.
    pub realm: Cow<'a, str>,
    nonce: &'a str,
    uri: &'a str,
    response: &'a str,
    algorithm: Option<Algorithm>,
    /// The quality, the count as it is written, and the client's own nonce.
    quality: Option<(&'a str, &'a str, &'a str)>,
}

impl<'a> Authorization<'a> {
    /// Reads a header's value; `None` if it is malformed, or no digest.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let params = words::params_of_digest(value)?;
        let param = |name| words::find(&params, name);
        let quality = match param("qop") {
            Some(quality) => Some((quality, param("nc")?, param("cnonce")?)),
            None => None,
        };
        Some(Self {
            user: words::unescaped(param("username")?),
            realm: words::unescaped(param("realm")?),
            nonce: param("nonce")?,
            uri: param("uri")?,
            response: param("response")?,
            algorithm: param("algorithm").map_or(Some(Algorithm::Md5), Algorithm::named),
            quality,
        })
    }

    /// The digest for a realm that a request brings along, for us as user agent (`Authorization`) or as proxy.
    #[must_use]
    pub fn of(request: &'a Request, realm: &str) -> Option<Self> {
        let fields = [Name::Authorization, Name::ProxyAuthorization];
        let values = fields.iter().flat_map(|name| request.headers.all(name));
        values.filter_map(|value| Self::parse(value)).find(|it| it.realm == realm)
    }

    /// What `response` must be.
    fn expected(&self, algorithm: Algorithm, secret: &str, method: &Method) -> String {
        let asked = algorithm.hash(&[method.as_str(), self.uri]);
        match self.quality {
            Some((quality, count, own)) => algorithm.hash(&[secret, self.nonce, count, own, quality, &asked]),
            None => algorithm.hash(&[secret, self.nonce, &asked]),
        }
    }
}

/// What is thought of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Whoever sent it knows the password, and the digest was not seen before.
    Right,
    /// The password is right, but the nonce is old, unknown or used up: challenge again, and say so.
    Stale,
    /// The password is wrong, or there is no such user.
    Wrong,
}

/// Settings of an `Authenticator`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The realm that phones show.
    pub realm: String,
    /// The algorithms offered, the preferred first.
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce is good.
    pub nonce_lives: Duration,
    /// The most nonces whose use is remembered. The oldest goes first, and is stale from then on.
    pub most_nonces: usize,
}

impl Config {
    /// The usual settings for a realm.
    #[must_use]
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            nonce_lives: Duration::from_secs(300),
            most_nonces: 100_000,
        }
    }
}

/// Challenges, and judges what comes back.
#[derive(Debug)]
pub struct Authenticator {
    config: Config,
    nonces: Nonces,
}

impl Authenticator {
    /// The secret must be random, and is best new for each start.
    #[must_use]
    pub fn new(config: Config, secret: [u8; 32], now: Instant) -> Self {
        let nonces = Nonces::new(secret, config.nonce_lives, config.most_nonces, now);
        Self { config, nonces }
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.config.realm
    }

    /// Values for WWW-Authenticate (or Proxy-Authenticate) headers, one field each, the preferred first.
    pub fn challenges(&mut self, is_stale: bool, now: Instant) -> Vec<String> {
        let nonce = self.nonces.issue(now);
        let realm = words::escaped(&self.config.realm);
        let stale = if is_stale { ", stale=true" } else { "" };
        let challenge = |algorithm: &Algorithm| {
            let algorithm = algorithm.as_str();
            format!(r#"Digest realm="{realm}", nonce="{nonce}"{stale}, algorithm={algorithm}, qop="auth""#)
        };
        self.config.algorithms.iter().map(challenge).collect()
    }

    /// Judges a digest for a request of this method. `secret` is that of the user it names, if there is one. That `uri` is
    /// the request's is not asked: proxies may have changed that, and the counts keep a digest from being used twice.
    pub fn judge(
        &mut self,
        method: &Method,
        authorization: &Authorization<'_>,
        secret: Option<&Secret>,
        now: Instant,
    ) -> Verdict {
        let algorithm = authorization.algorithm.filter(|it| self.config.algorithms.contains(it));
        let algorithm = algorithm.filter(|_| authorization.realm == self.config.realm);
        let Some(algorithm) = algorithm else { return Verdict::Wrong };
        let quality = authorization.quality;
        if quality.is_some_and(|(quality, ..)| quality != "auth") {
            return Verdict::Wrong;
        }
        // Hashed even for nobody, so that time does not tell which users there are.
        let expected = authorization.expected(algorithm, secret.map_or("", |it| it.by(algorithm)), method);
        let response = authorization.response.to_ascii_lowercase();
        let is_right = bool::from(expected.as_bytes().ct_eq(response.as_bytes()));
        if !is_right || secret.is_none() {
            return Verdict::Wrong;
        }
        let count = match quality {
            Some((_, count, _)) => match count_of(count) {
                Some(count) => count,
                None => return Verdict::Wrong,
            },
            // Without a count a nonce is good for one request.
            None => u32::MAX,
        };
        match self.nonces.note(authorization.nonce, count, now) {
            Use::First => Verdict::Right,
            Use::Repeated | Use::Old | Use::Unknown => Verdict::Stale,
        }
    }
}

/// Eight hex digits (RFC 7616, 3.4); zero is no count.
fn count_of(text: &str) -> Option<u32> {
    let is_hex = (1..=8).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|count| is_hex && *count > 0)
}

#[cfg(test)]
mod tests;
