//! Attached data: what systems and agents note on a conversation.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};

/// One attached value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserDataValue<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// An integer.
    Integer(i64),
    /// An explicit `null`.
    Null,
    /// A truth value, a list or an object, without decimal numbers in it: in calls only.
    Other(Cow<'a, Value>),
}

/// Attached data, in the order in which it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserData<'a>(pub Vec<(Cow<'a, str>, UserDataValue<'a>)>);

impl<'a> FromIterator<(&'a str, UserDataValue<'a>)> for UserData<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, UserDataValue<'a>)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
    }
}

impl UserData<'_> {
    /// Whether nothing is attached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for UserDataValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Null => serializer.serialize_unit(),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl Serialize for UserData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl utoipa::PartialSchema for UserData<'_> {
    fn schema() -> RefOr<Schema> {
        let value = ObjectBuilder::new().schema_type(SchemaType::from_iter([
            Type::String,
            Type::Integer,
            Type::Null,
            Type::Boolean,
            Type::Array,
            Type::Object,
        ]));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::from(value)))
            .description(Some("Attached data by key: strings, integers or null; of calls, also truth values, lists and objects."))
            .into()
    }
}

impl utoipa::ToSchema for UserData<'_> {}
