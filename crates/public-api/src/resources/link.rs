//! IDs, and the two self-links of a resource.

use std::fmt::{Display, Formatter, Write};

use serde::ser::{Serialize, Serializer};

/// An ID as it is printed: borrowed, or printed into the value itself, so that no view of a resource has to
/// keep strings alive or allocate them.
#[derive(Clone, Copy)]
pub struct Id<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    Borrowed(&'a str),
    Printed { length: u8, bytes: [u8; PRINTED_ID_BYTES] },
}

/// The length of a group's ID, a dashed UUID behind a prefix: the longest that we print.
pub const PRINTED_ID_BYTES: usize = 38;

impl Id<'_> {
    /// Prints an ID.
    ///
    /// # Panics
    ///
    /// When it has more than [`PRINTED_ID_BYTES`] bytes, as no ID of ours has.
    #[must_use]
    pub fn print(id: &impl Display) -> Self {
        let mut room = Room { length: 0, bytes: [0; PRINTED_ID_BYTES] };
        let printed = write!(room, "{id}");
        assert!(printed.is_ok(), "an ID of more than {PRINTED_ID_BYTES} bytes");
        Self(Form::Printed { length: room.length, bytes: room.bytes })
    }

    /// The text of the ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Borrowed(text) => text,
            // Only whole strings are ever copied in.
            Form::Printed { length, bytes } => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default()
            }
        }
    }
}

impl<'a> From<&'a str> for Id<'a> {
    fn from(text: &'a str) -> Self {
        Self(Form::Borrowed(text))
    }
}

impl PartialEq for Id<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Id<'_> {}

impl std::fmt::Debug for Id<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), out)
    }
}

impl Display for Id<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

struct Room {
    length: u8,
    bytes: [u8; PRINTED_ID_BYTES],
}

impl Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let start = usize::from(self.length);
        let end = start + text.len();
        let free = self.bytes.get_mut(start..end).ok_or(std::fmt::Error)?;
        free.copy_from_slice(text.as_bytes());
        self.length = u8::try_from(end).map_err(|_| std::fmt::Error)?;
        Ok(())
    }

    // Padded numbers come digit by digit.
    fn write_char(&mut self, letter: char) -> std::fmt::Result {
        if !letter.is_ascii() {
            return self.write_str(letter.encode_utf8(&mut [0; 4]));
        }
        let place = self.bytes.get_mut(usize::from(self.length)).ok_or(std::fmt::Error)?;
        *place = u8::try_from(letter).map_err(|_| std::fmt::Error)?;
        self.length += 1;
        Ok(())
    }
}

/// The address of one resource, from which both of its links are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    base: &'a str,
    collection: &'a str,
    id: Id<'a>,
}

impl<'a> Link<'a> {
    /// The address of `id` in `collection`; `base` is the configured public address, ending in `/api/v2`.
    #[must_use]
    pub fn new(base: &'a str, collection: &'a str, id: impl Into<Id<'a>>) -> Self {
        Self { base, collection, id: id.into() }
    }

    /// The absolute link.
    #[must_use]
    pub const fn uri(self) -> Uri<'a> {
        Uri(self)
    }

    /// The link relative to the API's base.
    #[must_use]
    pub const fn path(self) -> Path<'a> {
        Path(self)
    }
}

/// An absolute link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a>(Link<'a>);

/// A link relative to the API's base; begins with `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<'a>(Link<'a>);

impl Display for Uri<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0.base)?;
        Path(self.0).fmt(out)
    }
}

impl Display for Path<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str("/")?;
        out.write_str(self.0.collection)?;
        out.write_str("/")?;
        out.write_str(self.0.id.as_str())
    }
}

impl Serialize for Uri<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Path<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: Link<'_>, uri: &str, path: &str) {
        assert_eq!(link.uri().to_string(), uri);
        assert_eq!(link.path().to_string(), path);
    }

    #[test]
    fn the_path_is_the_uri_without_the_base() {
        check(Link::new("http://h:1/api/v2", "chats", "7Q2M"), "http://h:1/api/v2/chats/7Q2M", "/chats/7Q2M");
    }

    #[test]
    fn a_printed_id_is_like_a_borrowed_one() {
        assert_eq!(Id::print(&42), Id::from("42"));
        assert_eq!(Id::print(&format_args!("{:08x}ä{}", 42, 'ö')), Id::from("0000002aäö"));
        let longest = "2-0b6c2f0e-5d1a-4a53-9a0f-8f0e6a1d7b21";
        let path = format!("/groups/{longest}");
        check(Link::new("", "groups", Id::print(&longest)), &path, &path);
    }

    #[test]
    #[should_panic(expected = "more than 38 bytes")]
    fn an_id_that_is_too_long_is_a_bug() {
        let _ = Id::print(&"x".repeat(39));
    }
}
