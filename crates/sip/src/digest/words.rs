//! The grammar and the hashes of digests.

use std::borrow::Cow;
use std::fmt::Write as _;

use md5::{Digest, Md5};
use sha2::Sha256;

use super::Algorithm;
use crate::message::{split_outside_quotes, unquoted};

/// The most parameters that are looked at.
const MOST_PARAMS: usize = 24;

/// Names and values without quotes; `None` if the scheme is another one.
pub(super) fn params_of_digest(value: &str) -> Option<Vec<(&str, &str)>> {
    let (scheme, rest) = value.trim_start().split_once([' ', '\t'])?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let parts = split_outside_quotes(rest, Some(',')).take(MOST_PARAMS);
    let params = parts.filter_map(|part| part.split_once('='));
    Some(params.map(|(name, value)| (name.trim(), unquoted(value.trim()))).collect())
}

pub(super) fn find<'a>(params: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// A quoted value without its escapes.
pub(super) fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let (mut plain, mut is_escaped) = (String::with_capacity(value.len()), false);
    for letter in value.chars() {
        if letter == '\\' && !is_escaped {
            is_escaped = true;
        } else {
            plain.push(letter);
            is_escaped = false;
        }
    }
    Cow::Owned(plain)
}

/// A value for quotes.
pub(super) fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

pub(super) fn hash(algorithm: Algorithm, words: &[&str]) -> String {
    match algorithm {
        Algorithm::Md5 => digest::<Md5>(words),
        Algorithm::Sha256 => digest::<Sha256>(words),
    }
}

fn digest<D: Digest>(words: &[&str]) -> String {
    let mut hash = D::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(word.as_bytes());
    }
    hex(&hash.finalize())
}

pub(super) fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    for octet in octets {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}
