//! Nonces that say themselves when they were made, and a window of the counts that each was used with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::words::hex;

/// What comes of a nonce with a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    First,
    Repeated,
    /// Made too long ago, or long enough that its use may be forgotten.
    Old,
    /// Not ours, or of an earlier start.
    Unknown,
}

/// The counts seen: the highest, and which of the 64 below it.
#[derive(Debug, Default, Clone, Copy)]
struct Window {
    highest: u32,
    below: u64,
}

/// A nonce is its serial number and its time, 24 and 16 hex digits, and a signature of both. Nothing is kept of it until
/// it is used with the right password, so that challenges cost no memory.
#[derive(Debug)]
pub(super) struct Nonces {
    keyed: Keyed,
    lives: Duration,
    most: usize,
    start: Instant,
    serial: u64,
    used: BTreeMap<u64, Window>,
    /// Serial numbers up to here may have been forgotten.
    forgotten: u64,
}

struct Keyed(Hmac<Sha256>);

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyed")
    }
}

impl Nonces {
    pub fn new(secret: [u8; 32], lives: Duration, most: usize, start: Instant) -> Self {
        let mut key = [0; 64];
        key[..secret.len()].copy_from_slice(&secret);
        let keyed = Keyed(Hmac::new(&key.into()));
        Self { keyed, lives, most, start, serial: 0, used: BTreeMap::new(), forgotten: 0 }
    }

    pub fn issue(&mut self, now: Instant) -> String {
        self.serial += 1;
        let ms = u64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX);
        self.text(self.serial, ms)
    }

    /// Notes that a nonce was used.
    pub fn note(&mut self, nonce: &str, count: u32, now: Instant) -> Use {
        let Some((serial, made)) = self.read(nonce) else { return Use::Unknown };
        if now.saturating_duration_since(made) >= self.lives {
            self.used.remove(&serial);
            self.forgotten = self.forgotten.max(serial);
            return Use::Old;
        }
        if let Some(window) = self.used.get_mut(&serial) {
            return if window.takes(count) { Use::First } else { Use::Repeated };
        }
        if serial <= self.forgotten {
            return Use::Old;
        }
        let mut window = Window::default();
        window.takes(count);
        self.used.insert(serial, window);
        if self.used.len() > self.most
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        Use::First
    }

    fn text(&self, serial: u64, ms: u64) -> String {
        let plain = format!("{serial:016x}{ms:016x}");
        let mut keyed = self.keyed.0.clone();
        keyed.update(plain.as_bytes());
        let signature = keyed.finalize().into_bytes();
        format!("{plain}{}", hex(signature.get(..16).unwrap_or(&signature)))
    }

    fn read(&self, nonce: &str) -> Option<(u64, Instant)> {
        let serial = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let ms = u64::from_str_radix(nonce.get(16..32)?, 16).ok()?;
        let is_ours = bool::from(self.text(serial, ms).as_bytes().ct_eq(nonce.as_bytes()));
        Some((serial, self.start.checked_add(Duration::from_millis(ms))?)).filter(|_| is_ours)
    }
}

impl Window {
    /// Whether this count was not used before; it is now.
    fn takes(&mut self, count: u32) -> bool {
        if count > self.highest {
            let step = count - self.highest;
            // The former highest becomes one of those below; zero is no count, but harms nobody there.
            let shifted = self.below.checked_shl(step).unwrap_or(0);
            let former = 1_u64.checked_shl(step - 1).unwrap_or(0);
            (self.highest, self.below) = (count, shifted | former);
            return true;
        }
        let behind = self.highest - count;
        let Some(bit) = behind.checked_sub(1).and_then(|behind| 1_u64.checked_shl(behind)) else {
            return false;
        };
        let is_new = self.below & bit == 0;
        self.below |= bit;
        is_new
    }
}
