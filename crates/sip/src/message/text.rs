//! Text that is a part of a received message, or fixed, or made anew; cloning copies no letters.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A short shared text.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    Fixed(&'static str),
    Part { whole: Arc<str>, start: u32, end: u32 },
}

impl Text {
    /// Text known when the program was written.
    #[must_use]
    pub const fn fixed(text: &'static str) -> Self {
        Self(Form::Fixed(text))
    }

    /// The part of a longer text that `range` says; empty if the range is not one of `whole`.
    pub(super) fn part(whole: &Arc<str>, range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) if whole.get(range).is_some() => {
                Self(Form::Part { whole: Arc::clone(whole), start, end })
            }
            _ => Self::fixed(""),
        }
    }

    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Fixed(text) => text,
            Form::Part { whole, start, end } => whole.get(*start as usize..*end as usize).unwrap_or(""),
        }
    }

    /// The same letters in a buffer of their own, for what outlives the message it came with.
    #[must_use]
    pub fn detached(&self) -> Self {
        match &self.0 {
            Form::Fixed(_) => self.clone(),
            Form::Part { .. } => Self::from(self.as_str()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::fixed("");
        }
        Self::part(&Arc::from(text), 0..text.len())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl From<u32> for Text {
    fn from(number: u32) -> Self {
        Self::from(number.to_string())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
