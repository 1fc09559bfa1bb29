//! The header fields of a message, in the order in which they came.

use super::params::split_outside_quotes;
use super::{Name, Text};

/// Header fields in order. Values are single lines: folded ones are unfolded when read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<(Name, Text)>,
}

impl Headers {
    /// No fields yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn with_capacity(fields: usize) -> Self {
        Self { fields: Vec::with_capacity(fields) }
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn first(&self, name: &Name) -> Option<&Text> {
        self.all(name).next()
    }

    /// The values of all fields of that name, as they came: each may be a list.
    pub fn all(&self, name: &Name) -> impl Iterator<Item = &Text> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value)
    }

    /// Every single value of that name: of several fields, and of lists after commas. Where commas belong to a
    /// value (challenges, dates), each field is one value.
    pub fn values(&self, name: &Name) -> impl Iterator<Item = &str> {
        let separator = if name.is_list() { Some(',') } else { None };
        let values = self.all(name).flat_map(move |value| split_outside_quotes(value, separator));
        values.map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether one of the values is this word, in any case: for lists of option tags and the like.
    #[must_use]
    pub fn lists(&self, name: &Name, word: &str) -> bool {
        self.values(name).any(|value| value.eq_ignore_ascii_case(word))
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn contains(&self, name: &Name) -> bool {
        self.first(name).is_some()
    }

    /// Adds a field at the end. Line breaks in the value become spaces, so that no value makes a second field.
    pub fn push(&mut self, name: Name, value: impl Into<Text>) {
        self.fields.push((name, one_line(value.into())));
    }

    /// Adds a field whose value is known to be one line.
    pub(super) fn push_line(&mut self, name: Name, value: Text) {
        self.fields.push((name, value));
    }

    /// Adds a field before all others.
    pub fn push_front(&mut self, name: Name, value: impl Into<Text>) {
        self.fields.insert(0, (name, one_line(value.into())));
    }

    /// Puts this field in the place of all of its name.
    pub fn set(&mut self, name: Name, value: impl Into<Text>) {
        let value = one_line(value.into());
        let Some(place) = self.fields.iter().position(|(known, _)| *known == name) else {
            self.fields.push((name, value));
            return;
        };
        let mut index = 0;
        self.fields.retain(|(known, _)| {
            index += 1;
            *known != name || index == place + 1
        });
        if let Some(field) = self.fields.get_mut(place) {
            field.1 = value;
        }
    }

    /// Puts another value into the first field of that name.
    pub(super) fn replace_first(&mut self, name: &Name, value: Text) {
        if let Some(field) = self.fields.iter_mut().find(|(known, _)| known == name) {
            field.1 = value;
        }
    }

    /// Takes all fields of that name away.
    pub fn remove(&mut self, name: &Name) {
        self.fields.retain(|(known, _)| known != name);
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Text)> {
        self.fields.iter().map(|(name, value)| (name, value))
    }

    /// How many fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.fields {
            if *name == Name::ContentLength {
                continue;
            }
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Whether there are letters that no line may hold.
pub(super) fn has_breaks(value: &str) -> bool {
    value.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

fn one_line(value: Text) -> Text {
    if has_breaks(&value) {
        return Text::from(value.replace(['\r', '\n', '\0'], " "));
    }
    value
}
