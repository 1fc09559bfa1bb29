//! Branches, tags and Call-IDs: words that nobody had before and nobody can guess.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::message::MAGIC_COOKIE;

/// A source of words that differ over space and time (RFC 3261, 8.1.1.7 and 19.3). The randomness is in the seed.
#[derive(Clone)]
pub struct Branches {
    keyed: Hmac<Sha256>,
    count: u64,
}

impl Branches {
    /// The seed must be random, and new for each start.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        // A block of SHA-256, as HMAC would fill it up itself.
        let mut key = [0; 64];
        key[..seed.len()].copy_from_slice(&seed);
        Self { keyed: Hmac::new(&key.into()), count: 0 }
    }

    /// A word of 24 letters for tags and Call-IDs.
    pub fn word(&mut self) -> String {
        let octets = self.octets();
        octets.iter().take(12).flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect()
    }

    /// A branch for a Via.
    pub fn branch(&mut self) -> String {
        format!("{MAGIC_COOKIE}{}", self.word())
    }

    /// A number, for whoever needs one.
    pub fn number(&mut self) -> u64 {
        self.octets().iter().take(8).fold(0, |number, octet| number << 8 | u64::from(*octet))
    }

    fn octets(&mut self) -> [u8; 32] {
        self.count += 1;
        let mut keyed = self.keyed.clone();
        keyed.update(&self.count.to_be_bytes());
        keyed.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Branches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Branches({})", self.count)
    }
}

fn digit(value: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(value & 15)])
}
