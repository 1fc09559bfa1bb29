//! Channel names, parsed once and then trusted.
//!
//! A [`Channel`] can be published to: it has no glob, no empty segment, no trailing slash and no character
//! that could be mistaken for markup. A [`Pattern`] can be subscribed to: a channel, or one whose last
//! segment is `*` or `**`. Both are made in one place, after a trailing slash was dropped, so that `/meta/`
//! and `/service/` are recognized by their first segment and never by a prefix of the raw text.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// Longest channel name, in bytes.
pub const MAX_CHANNEL_BYTES: usize = 255;

/// The name of a channel without globs, such as `/v2/me/calls`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel(Arc<str>);

/// What a session can subscribe to: a channel, `/parent/*` or `/prefix/**`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(Arc<str>);

/// The text is no channel name, or has a glob where none may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a channel name")]
pub struct ChannelError;

/// Who may read and write a channel, told by its first segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `/meta/…`: the protocol itself.
    Meta,
    /// `/service/…`: between one client and the server.
    Service,
    /// Everything else: to all subscribers.
    Broadcast,
}

impl Channel {
    /// Parses a channel name; a trailing slash is dropped, globs are refused.
    pub fn parse(text: &str) -> Result<Channel, ChannelError> {
        let text = normalize(text)?;
        if text.ends_with('*') {
            return Err(ChannelError);
        }
        Ok(Channel(text.into()))
    }

    /// The name without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of channel it is.
    pub fn kind(&self) -> Kind {
        kind(&self.0)
    }
}

impl Pattern {
    /// Parses a channel name whose last segment may be `*` or `**`; a trailing slash is dropped.
    pub fn parse(text: &str) -> Result<Pattern, ChannelError> {
        normalize(text).map(|text| Pattern(text.into()))
    }

    /// The pattern without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of channels it covers; `/**` and `/*` cover broadcast channels alone.
    pub fn kind(&self) -> Kind {
        kind(&self.0)
    }

    /// Whether a message on `channel` goes to who subscribed to this.
    pub fn matches(&self, channel: &Channel) -> bool {
        let (pattern, name) = (&*self.0, channel.as_str());
        if let Some(prefix) = pattern.strip_suffix("**") {
            let below = name.len() > prefix.len() && name.starts_with(prefix);
            // A glob above the first segment is for broadcast channels alone.
            below && (prefix.len() > 1 || channel.kind() == Kind::Broadcast)
        } else if let Some(prefix) = pattern.strip_suffix('*') {
            name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        } else {
            pattern == name
        }
    }
}

// Both compare as their text does, so maps of patterns can be searched by text.
impl Borrow<str> for Pattern {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<Channel> for Pattern {
    fn from(channel: Channel) -> Pattern {
        Pattern(channel.0)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name without its trailing slash, if every segment is well formed and only the last is a glob.
fn normalize(text: &str) -> Result<&str, ChannelError> {
    let name = text.strip_suffix('/').unwrap_or(text);
    let Some(segments) = name.strip_prefix('/') else { return Err(ChannelError) };
    if name.len() > MAX_CHANNEL_BYTES {
        return Err(ChannelError);
    }
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        let glob = segments.peek().is_none() && matches!(segment, "*" | "**");
        if segment.is_empty() || !(glob || segment.bytes().all(is_segment_byte)) {
            return Err(ChannelError);
        }
    }
    Ok(name)
}

fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_!~()$@".contains(&byte)
}

fn kind(name: &str) -> Kind {
    match name[1..].split('/').next() {
        Some("meta") => Kind::Meta,
        Some("service") => Kind::Service,
        _ => Kind::Broadcast,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, channel: &str, matches: bool) {
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches(&Channel::parse(channel).unwrap()), matches, "{pattern:?} {channel}");
    }

    #[test]
    fn a_name_matches_itself_with_or_without_a_trailing_slash() {
        check("/a/b", "/a/b", true);
        check("/a/b/", "/a/b", true);
        check("/a/b", "/a/b/", true);
        check("/a/b", "/a/bc", false);
        check("/a/b", "/a", false);
    }

    #[test]
    fn one_star_covers_one_segment() {
        check("/v2/me/*", "/v2/me/calls", true);
        check("/v2/me/*", "/v2/me", false);
        check("/v2/me/*", "/v2/me/calls/7", false);
        check("/*", "/a", true);
        check("/v2/me/*", "/v2/men/calls", false);
    }

    #[test]
    fn two_stars_cover_any_number_of_segments_but_not_none() {
        check("/a/**", "/a/b", true);
        check("/a/**", "/a/b/c", true);
        check("/a/**", "/a", false);
        check("/a/**", "/ab/c", false);
        check("/**", "/a", true);
        check("/**", "/a/b/c", true);
    }

    #[test]
    fn the_widest_glob_covers_neither_meta_nor_service_channels() {
        check("/**", "/service/echo", false);
        check("/**", "/meta/connect", false);
        check("/**", "/metal", true);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for text in
            ["", "/", "//", "a", "a/b", "/a//b", "//a", "/a b", "/<a>", "/a/\"", "/é", "/a.b", "/a//", "/a\n"]
        {
            assert_eq!(Pattern::parse(text), Err(ChannelError), "{text:?}");
            assert_eq!(Channel::parse(text), Err(ChannelError), "{text:?}");
        }
        assert!(Channel::parse(&format!("/{}", "a".repeat(MAX_CHANNEL_BYTES))).is_err());
    }

    #[test]
    fn globs_are_legal_as_the_last_segment_of_a_pattern_only() {
        for text in ["/*/a", "/**/a", "/a*", "/a/***", "/a/*b"] {
            assert_eq!(Pattern::parse(text), Err(ChannelError), "{text:?}");
        }
        assert!(Channel::parse("/a/*").is_err());
        assert!(Channel::parse("/a/**").is_err());
    }

    #[test]
    fn the_first_segment_alone_makes_a_channel_meta() {
        assert_eq!(Channel::parse("/meta/connect/").unwrap().kind(), Kind::Meta);
        assert_eq!(Channel::parse("/meta").unwrap().kind(), Kind::Meta);
        assert_eq!(Channel::parse("/metadata/x").unwrap().kind(), Kind::Broadcast);
        assert_eq!(Channel::parse("/a/meta/connect").unwrap().kind(), Kind::Broadcast);
        assert_eq!(Pattern::parse("/meta/**").unwrap().kind(), Kind::Meta);
        assert_eq!(Pattern::parse("/service/*").unwrap().kind(), Kind::Service);
    }
}
