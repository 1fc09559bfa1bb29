//! The names of things: exchanges, connections, owners, sessions, browsers.
//!
//! The shell chooses the first three, the hub makes the others out of entropy that the shell draws.
//! A session's and a browser's name are secrets of their holder: `Debug` shows their beginning only.

use std::fmt;

/// One HTTP request and its response; chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(pub u64);

/// One WebSocket; chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// The authenticated user that sessions belong to. A session is invisible to every other owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner(pub u128);

/// Fresh random bytes of the shell, enough for one handshake. Never hand in the same twice.
#[derive(Clone)]
pub struct Entropy(pub [u8; 32]);

/// The name of a push session: the `clientId` of the wire, 24 characters of base 36 (124 bits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u64; 2]);

/// The value of the cookie `BAYEUX_BROWSER`: 16 characters of base 36 (82 bits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrowserId([u64; 2]);

/// Name of the cookie that binds HTTP requests to the browser that did the handshake.
pub const BROWSER_COOKIE: &str = "BAYEUX_BROWSER";

const SESSION_HALF: usize = 12;
const BROWSER_HALF: usize = 8;

impl SessionId {
    pub(crate) const FIRST: SessionId = SessionId([0; 2]);
    pub(crate) const LAST: SessionId = SessionId([u64::MAX; 2]);

    /// The session named so on the wire; `None` for a text that no hub has ever given out.
    pub fn parse(text: &str) -> Option<SessionId> {
        parse_halves(text, SESSION_HALF).map(SessionId)
    }

    pub(crate) fn from_entropy(entropy: &Entropy) -> SessionId {
        SessionId([half(&entropy.0, 0, SESSION_HALF), half(&entropy.0, 8, SESSION_HALF)])
    }

    /// A number that differs from session to session and from round to round, to spread deadlines.
    pub(crate) fn spread(self, round: u32) -> u64 {
        let mixed = (self.0[1] ^ u64::from(round)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed >> 32
    }
}

impl BrowserId {
    /// The browser named so in the cookie; `None` for a text that no hub has ever given out.
    pub fn parse(text: &str) -> Option<BrowserId> {
        parse_halves(text, BROWSER_HALF).map(BrowserId)
    }

    pub(crate) fn from_entropy(entropy: &Entropy) -> BrowserId {
        BrowserId([half(&entropy.0, 16, BROWSER_HALF), half(&entropy.0, 24, BROWSER_HALF)])
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_halves(f, self.0, SESSION_HALF)
    }
}

impl fmt::Display for BrowserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_halves(f, self.0, BROWSER_HALF)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({:.4}…)", self.to_string())
    }
}

impl fmt::Debug for BrowserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrowserId({:.4}…)", self.to_string())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

fn half(bytes: &[u8; 32], start: usize, digits: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[start..start + 8]);
    u64::from_le_bytes(word) % 36_u64.pow(digits as u32)
}

fn parse_halves(text: &str, digits: usize) -> Option<[u64; 2]> {
    let bytes = text.as_bytes();
    if bytes.len() != 2 * digits {
        return None;
    }
    Some([parse_half(&bytes[..digits])?, parse_half(&bytes[digits..])?])
}

/// At most twelve digits, which fit a `u64`.
fn parse_half(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value * 36 + u64::from(digit))
    })
}

fn write_halves(f: &mut fmt::Formatter<'_>, halves: [u64; 2], digits: usize) -> fmt::Result {
    let mut text = [b'0'; 24];
    for (index, half) in halves.into_iter().enumerate() {
        let mut rest = half;
        for place in text[index * digits..(index + 1) * digits].iter_mut().rev() {
            *place = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize];
            rest /= 36;
        }
    }
    let Ok(text) = std::str::from_utf8(&text[..2 * digits]) else { return Err(fmt::Error) };
    f.write_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, known: bool) {
        assert_eq!(SessionId::parse(text).map(|id| id.to_string()), known.then(|| text.to_owned()));
    }

    #[test]
    fn a_session_name_reads_back_as_itself() {
        let id = SessionId::from_entropy(&Entropy([0xA7; 32]));
        check(&id.to_string(), true);
        check("zzzzzzzzzzzzzzzzzzzzzzzz", true);
        check("000000000000000000000000", true);
    }

    #[test]
    fn a_text_of_another_shape_names_no_session() {
        for text in [
            "",
            "1",
            "zzzzzzzzzzzzzzzzzzzzzzz",
            "ZZZZZZZZZZZZZZZZZZZZZZZZ",
            "00000000000000000000000é",
            "-00000000000000000000000",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn debug_does_not_tell_the_whole_name() {
        let id = SessionId::from_entropy(&Entropy([0xA7; 32]));
        assert!(!format!("{id:?}").contains(&id.to_string()));
        let browser = BrowserId::from_entropy(&Entropy([0xA7; 32]));
        assert_eq!(BrowserId::parse(&browser.to_string()), Some(browser));
        assert!(!format!("{browser:?}").contains(&browser.to_string()));
    }
}
