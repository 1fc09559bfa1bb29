//! Keys for SRTP in the description: `a=crypto` (RFC 4568).

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Octets of a master key with its salt, for the suites we know (RFC 4568, section 6.2).
pub const KEY_OCTETS: usize = 30;

/// A master key of 16 octets and its salt of 14.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyAndSalt(pub [u8; KEY_OCTETS]);

impl fmt::Debug for KeyAndSalt {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("KeyAndSalt(..)")
    }
}

/// How packets are protected: AES in counter mode with 128 bits, and a tag by HMAC-SHA1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`: a tag of 80 bits.
    AesCm128Sha1Tag80,
    /// `AES_CM_128_HMAC_SHA1_32`: a tag of 32 bits on RTP, of 80 on RTCP.
    AesCm128Sha1Tag32,
}

impl Suite {
    /// In the order in which we offer them.
    pub const ALL: [Self; 2] = [Self::AesCm128Sha1Tag80, Self::AesCm128Sha1Tag32];

    /// Its name in `a=crypto`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// What both sides encrypt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crypto {
    /// How.
    pub suite: Suite,
    /// We encrypt by this.
    pub ours: KeyAndSalt,
    /// The far side encrypts by this.
    pub theirs: KeyAndSalt,
}

/// One usable `a=crypto` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CryptoLine {
    pub tag: u32,
    pub suite: Suite,
    pub key: KeyAndSalt,
}

impl CryptoLine {
    /// Reads `1 AES_CM_128_HMAC_SHA1_80 inline:<key>|2^31`. None if we cannot do as it says: an unknown suite, a key
    /// identifier in each packet (MKI), or session parameters, which are binding (RFC 4568, section 6.3).
    pub fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let name = words.next()?;
        let suite = Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
        let keys = words.next()?;
        if words.next().is_some() || keys.contains(';') {
            return None;
        }
        let mut parts = keys.split_once(':').filter(|it| it.0.eq_ignore_ascii_case("inline"))?.1.split('|');
        let octets = STANDARD.decode(parts.next()?).ok()?;
        // What follows may be a lifetime (`2^20` or `1048576`), and an MKI with its length (`1:4`).
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        Some(Self { tag, suite, key: KeyAndSalt(octets.try_into().ok()?) })
    }
}

impl fmt::Display for CryptoLine {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.key.0))
    }
}
