//! Conventions of reads: which fields, which subresources, which entries, which page.
//!
//! Parameters that are neither known here nor members of the resource (such as the `_=` that some clients
//! add against caches) are ignored. Reads never fail because of their query string.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::answer::{answer, to_json};
use crate::status::Problem;

/// A query string, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    fields: Option<Selection>,
    subresources: Option<Selection>,
    offset: usize,
    limit: Option<usize>,
    parameters: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Names(Vec<String>),
}

impl Query {
    /// Takes apart what follows the `?`, percent-encoded as it came.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()).take(MAX_PARAMETERS) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name), decode(value));
            match name.as_ref() {
                "fields" => parsed.fields = Selection::parse(&value),
                // The older spelling of `fields=*`.
                "resolveUris" if value == "true" => parsed.fields = Some(Selection::All),
                "subresources" => parsed.subresources = Selection::parse(&value),
                "offset" => parsed.offset = value.parse().unwrap_or(0),
                "limit" => parsed.limit = value.parse().ok(),
                "_" => {}
                _ => parsed.parameters.push((name.into_owned(), value.into_owned())),
            }
        }
        parsed
    }

    /// Whether objects are wanted rather than links to them.
    #[must_use]
    pub fn wants_objects(&self) -> bool {
        self.fields.is_some() || self.subresources.is_some()
    }

    /// Whether the subresource of this name is wanted.
    #[must_use]
    pub fn wants_subresource(&self, name: &str) -> bool {
        self.subresources.as_ref().is_some_and(|selection| selection.has(name))
    }

    /// The value of another parameter, such as `startIndex` or `type`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Takes another parameter out, so that it filters no more: for reads that give it a meaning of their own.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let value = self.parameter(name).map(str::to_owned);
        self.parameters.retain(|(given, _)| given != name);
        value
    }

    /// The value of another parameter, as a number that is not negative.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        let parse = |value: &str| value.parse().map_err(|_| Problem::out_of_range(name, "0 and above"));
        self.parameter(name).filter(|value| !value.is_empty()).map(parse).transpose()
    }

    /// Whether the answer is a page and so tells the `totalCount`.
    #[must_use]
    pub fn is_paged(&self) -> bool {
        self.offset > 0 || self.limit.is_some()
    }

    /// The answer to the read of one object: `{"statusCode":0,"<key>":{…}}`, with the wanted fields.
    #[must_use]
    pub fn answer_object<T: Serialize>(&self, key: &str, object: &T) -> Vec<u8> {
        match &self.fields {
            Some(Selection::Names(_)) => {
                let text = to_json(object);
                answer(key, &self.select(serde_json::from_slice(&text).unwrap_or_default()))
            }
            _ => answer(key, object),
        }
    }

    /// The answer to the read of a collection: links under `uris`, or objects under `key`, of those entries
    /// that the filters leave, and of the wanted page. Contacts and others that `always_count` tell the
    /// `totalCount` even without paging.
    #[must_use]
    pub fn answer_collection<T: Serialize>(&self, key: &str, objects: &[T], always_count: bool) -> Vec<u8> {
        let texts: Vec<Vec<u8>> = objects.iter().map(|object| to_json(object)).collect();
        let mut kept: Vec<Members<'_>> =
            texts.iter().filter_map(|text| serde_json::from_slice(text).ok()).collect();
        for (name, wanted) in &self.parameters {
            // What no entry has is no member of this resource, and so no filter.
            if kept.iter().any(|members| members.find(name).is_some()) {
                kept.retain(|members| members.find(name).is_some_and(|value| is_value(value, wanted)));
            }
        }
        let total_count = (always_count || self.is_paged()).then_some(kept.len());
        let limit = self.limit.unwrap_or(usize::MAX);
        self.collection(key, kept.into_iter().skip(self.offset).take(limit), total_count)
    }

    /// The same for a list that is too long to be printed whole: of `count` entries only the page is made
    /// and given, of as many entries as [`Query::page`] says. The members filter nothing.
    #[must_use]
    pub fn answer_page<T: Serialize>(&self, key: &str, page: &[T], count: usize) -> Vec<u8> {
        let texts: Vec<Vec<u8>> = page.iter().map(|object| to_json(object)).collect();
        let page = texts.iter().filter_map(|text| serde_json::from_slice(text).ok());
        self.collection(key, page, Some(count))
    }

    /// How many entries the page leaves out at the beginning, and how many it has at most.
    #[must_use]
    pub fn page(&self, most: usize) -> (usize, usize) {
        (self.offset, self.limit.map_or(most, |limit| limit.min(most)))
    }

    fn collection<'a>(
        &self,
        key: &str,
        page: impl Iterator<Item = Members<'a>>,
        total_count: Option<usize>,
    ) -> Vec<u8> {
        if self.wants_objects() {
            let page: Vec<_> = page.map(|members| self.select(members)).collect();
            to_json(&Collection { key, entries: &page, total_count })
        } else {
            let page: Vec<_> = page.filter_map(|members| members.find("uri")).collect();
            to_json(&Collection { key: "uris", entries: &page, total_count })
        }
    }

    fn select<'a>(&self, members: Members<'a>) -> Members<'a> {
        let Some(Selection::Names(names)) = &self.fields else { return members };
        let keep = |name: &str| names.iter().any(|wanted| wanted == name) || self.is_named_subresource(name);
        Members(members.0.into_iter().filter(|(name, _)| keep(name)).collect())
    }

    // A subresource that was asked for by name is not one of the fields, and wanted all the same.
    fn is_named_subresource(&self, name: &str) -> bool {
        matches!(&self.subresources, Some(Selection::Names(names)) if names.iter().any(|wanted| wanted == name))
    }
}

impl Selection {
    fn parse(value: &str) -> Option<Self> {
        let names: Vec<_> = value.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return None;
        }
        if names.contains(&"*") {
            return Some(Self::All);
        }
        Some(Self::Names(names.into_iter().map(str::to_owned).collect()))
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|wanted| wanted == name),
        }
    }
}

/// The members of a JSON object, in order and unread.
#[derive(Default)]
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
            members.push((Cow::Owned(member.0), member.1));
        }
        Ok(Members(members))
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct Collection<'c, T> {
    key: &'c str,
    entries: &'c [T],
    total_count: Option<usize>,
}

impl<T: Serialize> Serialize for Collection<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_map(None)?;
        envelope.serialize_entry("statusCode", &0)?;
        if let Some(count) = self.total_count {
            envelope.serialize_entry("totalCount", &count)?;
        }
        envelope.serialize_entry(self.key, self.entries)?;
        envelope.end()
    }
}

/// Whether a member is this text, number or truth value. An array is if one of its entries is.
fn is_value(value: &RawValue, wanted: &str) -> bool {
    let text = value.get();
    if text.starts_with('"') {
        return serde_json::from_str::<String>(text).is_ok_and(|text| text == wanted);
    }
    if text.starts_with('[') {
        return serde_json::from_str::<Vec<&RawValue>>(text).is_ok_and(|items| {
            items.into_iter().any(|item| !item.get().starts_with('[') && is_value(item, wanted))
        });
    }
    text == wanted
}

/// Undoes percent-encoding. What is not properly encoded stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let [byte, after @ ..] = rest {
        let (plain, taken) = match (byte, after) {
            (b'+', _) => (b' ', 0),
            (b'%', [high, low, ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 2),
                _ => (b'%', 0),
            },
            _ => (*byte, 0),
        };
        decoded.push(plain);
        rest = &after[taken..];
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// More parameters than any read has.
const MAX_PARAMETERS: usize = 64;

#[cfg(test)]
mod tests;
