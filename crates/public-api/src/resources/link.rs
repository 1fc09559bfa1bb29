//! The two self-links of a resource.

use std::fmt::{Display, Formatter};

use serde::ser::{Serialize, Serializer};

/// The address of one resource, from which both of its links are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    base: &'a str,
    collection: &'a str,
    id: &'a str,
}

impl<'a> Link<'a> {
    /// The address of `id` in `collection`; `base` is the configured public address, ending in `/api/v2`.
    #[must_use]
    pub const fn new(base: &'a str, collection: &'a str, id: &'a str) -> Self {
        Self { base, collection, id }
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
        out.write_str(self.0.id)
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
