//! What the session cookie says: who signed in, signed by this server, so that a session survives a restart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contact_center::{ContactCenterId, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::caller::SessionId;

/// The content of a cookie. Times are seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) session: SessionId,
    pub(crate) center: ContactCenterId,
    pub(crate) user: UserId,
    pub(crate) password_version: u32,
    /// When the session began.
    pub(crate) began_s: u64,
    /// When this cookie was made.
    pub(crate) issued_s: u64,
}

/// The keys that are made of the server's secret.
pub(crate) struct Keys {
    cookie: [u8; 32],
    csrf: [u8; 32],
}

const TOKEN_BYTES: usize = 16 + 16 + 16 + 4 + 8 + 8;
const SIGNED_BYTES: usize = TOKEN_BYTES + 32;

impl Keys {
    pub(crate) fn new(secret: &[u8; 32]) -> Keys {
        Keys { cookie: keyed_hash(secret, &[b"cookie"]), csrf: keyed_hash(secret, &[b"csrf"]) }
    }

    /// The cookie's value.
    pub(crate) fn seal(&self, token: &Token) -> String {
        let mut bytes = Vec::with_capacity(SIGNED_BYTES);
        bytes.extend_from_slice(&token.session.0.to_be_bytes());
        bytes.extend_from_slice(&token.center.0.to_be_bytes());
        bytes.extend_from_slice(&token.user.0.to_be_bytes());
        bytes.extend_from_slice(&token.password_version.to_be_bytes());
        bytes.extend_from_slice(&token.began_s.to_be_bytes());
        bytes.extend_from_slice(&token.issued_s.to_be_bytes());
        let signature = keyed_hash(&self.cookie, &[&bytes]);
        bytes.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a cookie says, if this server has said it.
    pub(crate) fn open(&self, cookie: &str) -> Option<Token> {
        let mut bytes = [0; SIGNED_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(cookie, &mut bytes).ok()?;
        let (mut content, signature) = bytes.split_at(TOKEN_BYTES);
        let genuine = keyed_hash(&self.cookie, &[content]).ct_eq(signature);
        if length != SIGNED_BYTES || !bool::from(genuine) {
            return None;
        }
        Some(Token {
            session: SessionId(u128::from_be_bytes(*take(&mut content)?)),
            center: ContactCenterId(u128::from_be_bytes(*take(&mut content)?)),
            user: UserId(u128::from_be_bytes(*take(&mut content)?)),
            password_version: u32::from_be_bytes(*take(&mut content)?),
            began_s: u64::from_be_bytes(*take(&mut content)?),
            issued_s: u64::from_be_bytes(*take(&mut content)?),
        })
    }

    /// What changes in a session have to carry, in the shape of a UUID.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        let hash = keyed_hash(&self.csrf, &[&session.0.to_be_bytes()]);
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        ContactCenterId(u128::from_be_bytes(half)).to_string()
    }

    pub(crate) fn is_csrf_token(&self, session: SessionId, token: &[u8]) -> bool {
        self.csrf_token(session).as_bytes().ct_eq(token).into()
    }
}

/// HMAC-SHA256 over parts, each preceded by its length so that no two lists of parts look alike.
pub(crate) fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn take<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Token = Token {
        session: SessionId(1 << 100),
        center: ContactCenterId(2),
        user: UserId(3),
        password_version: 4,
        began_s: 5,
        issued_s: 6,
    };

    #[track_caller]
    fn check(cookie: &str, token: Option<Token>) {
        assert_eq!(Keys::new(&[7; 32]).open(cookie), token);
    }

    #[test]
    fn a_cookie_says_what_was_sealed() {
        check(&Keys::new(&[7; 32]).seal(&TOKEN), Some(TOKEN));
    }

    #[test]
    fn a_cookie_of_another_server_says_nothing() {
        check(&Keys::new(&[8; 32]).seal(&TOKEN), None);
    }

    #[test]
    fn a_cookie_with_any_byte_changed_says_nothing() {
        let cookie = Keys::new(&[7; 32]).seal(&TOKEN);
        for at in 0..cookie.len() {
            let mut forged = cookie.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            check(std::str::from_utf8(&forged).unwrap(), None);
        }
        for text in ["", "x", "é", &cookie[1..], &cookie[..cookie.len() - 1], &format!("{cookie}AAAA")] {
            check(text, None);
        }
    }

    #[test]
    fn a_csrf_token_is_good_for_one_session() {
        let keys = Keys::new(&[7; 32]);
        let token = keys.csrf_token(SessionId(1));
        assert_eq!(token.len(), 36);
        assert!(keys.is_csrf_token(SessionId(1), token.as_bytes()));
        assert!(!keys.is_csrf_token(SessionId(2), token.as_bytes()));
        assert!(!keys.is_csrf_token(SessionId(1), b""));
    }
}
