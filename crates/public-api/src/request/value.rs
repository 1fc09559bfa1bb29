//! One member of a body, checked against its parameter.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Arguments, Demand};
use crate::operation::{Kind, Parameter, limits};
use crate::status::Problem;
use crate::target::{Target, TargetKind};
use crate::user_data::{UserData, UserDataValue};

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text.
    Text(String),
    /// A word of the parameter's set.
    Choice(&'static str),
    /// A yes or no.
    Flag(bool),
    /// A number.
    Integer(i64),
    /// Texts or words.
    List(Vec<String>),
    /// Attached data.
    UserData(UserData<'static>),
    /// What an address points at.
    Target(Target),
    /// Objects.
    Objects(Vec<Arguments>),
}

impl Argument {
    pub(super) fn check(parameter: &Parameter, value: Value) -> Result<Self, Problem> {
        let name = parameter.name;
        match parameter.kind {
            Kind::Text { max_bytes } => text(name, value, max_bytes, parameter.required).map(Self::Text),
            Kind::Choice(words) => choice(name, &value, words).map(Self::Choice),
            Kind::Flag => flag(name, &value).map(Self::Flag),
            Kind::Integer { min, max } => integer(name, &value, min, max).map(Self::Integer),
            Kind::TextList { max_bytes } => {
                array(name, value, "strings", |item| text(name, item, max_bytes, true)).map(Self::List)
            }
            Kind::ChoiceList(words) => {
                array(name, value, "strings", |item| choice(name, &item, words).map(str::to_owned))
                    .map(Self::List)
            }
            Kind::UserData => user_data(name, value).map(Self::UserData),
            Kind::Target(kinds) => target(name, value, kinds).map(Self::Target),
            Kind::Objects(fields) => objects(name, value, fields).map(Self::Objects),
        }
    }
}

fn text(name: &str, value: Value, max_bytes: usize, required: bool) -> Result<String, Problem> {
    let Value::String(text) = value else { return Err(Problem::wrong_type(name, "a string")) };
    if required && text.is_empty() {
        return Err(Problem::empty(name));
    }
    if text.len() > max_bytes {
        return Err(Problem::out_of_range(name, format_args!("at most {max_bytes} bytes")));
    }
    Ok(text)
}

fn choice(name: &str, value: &Value, words: &'static [&'static str]) -> Result<&'static str, Problem> {
    let given = value.as_str().ok_or_else(|| Problem::not_allowed(name, words))?;
    words.iter().copied().find(|word| *word == given).ok_or_else(|| Problem::not_allowed(name, words))
}

fn flag(name: &str, value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(word) if word == "true" => Ok(true),
        Value::String(word) if word == "false" => Ok(false),
        _ => Err(Problem::wrong_type(name, "true or false")),
    }
}

fn integer(name: &str, value: &Value, min: i64, max: i64) -> Result<i64, Problem> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| Problem::wrong_type(name, "an integer"))?;
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(Problem::out_of_range(name, format_args!("{min} to {max}")))
    }
}

fn array<T>(
    name: &str,
    value: Value,
    of: &str,
    item: impl FnMut(Value) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let Value::Array(items) = value else {
        return Err(Problem::wrong_type(name, &format!("an array of {of}")));
    };
    if items.len() > limits::LIST_ITEMS {
        return Err(Problem::out_of_range(name, format_args!("at most {} entries", limits::LIST_ITEMS)));
    }
    items.into_iter().map(item).collect()
}

fn objects(name: &str, value: Value, fields: &'static [Parameter]) -> Result<Vec<Arguments>, Problem> {
    array(name, value, "objects", |item| match item {
        Value::Object(members) => Arguments::take(fields, &[], members, Demand::Whole),
        _ => Err(Problem::wrong_type(name, "an array of objects")),
    })
}

fn user_data(name: &str, value: Value) -> Result<UserData<'static>, Problem> {
    let Value::Object(members) = value else { return Err(Problem::wrong_type(name, "an object")) };
    if members.len() > limits::USER_DATA_ENTRIES {
        let limit = limits::USER_DATA_ENTRIES;
        return Err(Problem::out_of_range(name, format_args!("at most {limit} entries")));
    }
    check_sizes(name, &members)?;
    let entries = members.into_iter().map(|(key, value)| {
        let value = match value {
            Value::String(text) => UserDataValue::Text(Cow::Owned(text)),
            Value::Null => UserDataValue::Null,
            Value::Number(number) => UserDataValue::Integer(number.as_i64().ok_or_else(|| not_plain(name))?),
            _ => return Err(not_plain(name)),
        };
        Ok((Cow::Owned(key), value))
    });
    entries.collect::<Result<_, _>>().map(UserData)
}

fn check_sizes(name: &str, members: &Map<String, Value>) -> Result<(), Problem> {
    let mut total = 0;
    for (key, value) in members {
        let bytes = value.as_str().map_or(0, str::len);
        total += key.len() + bytes;
        if key.len() > limits::USER_DATA_KEY_BYTES {
            let limit = limits::USER_DATA_KEY_BYTES;
            return Err(Problem::out_of_range(name, format_args!("keys of at most {limit} bytes")));
        }
        if bytes > limits::USER_DATA_VALUE_BYTES {
            let limit = limits::USER_DATA_VALUE_BYTES;
            return Err(Problem::out_of_range(name, format_args!("values of at most {limit} bytes")));
        }
    }
    if total > limits::USER_DATA_BYTES {
        return Err(Problem::out_of_range(name, format_args!("at most {} bytes", limits::USER_DATA_BYTES)));
    }
    Ok(())
}

fn not_plain(name: &str) -> Problem {
    Problem::wrong_type(name, "an object of strings, integers and nulls")
}

fn target(name: &str, value: Value, kinds: &[TargetKind]) -> Result<Target, Problem> {
    let address = text(name, value, limits::URI_BYTES, true)?;
    let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    Target::parse(&address)
        .filter(|target| kinds.contains(&target.kind()))
        .ok_or_else(|| Problem::wrong_type(name, &format!("the address of one of: {}", words.join(", "))))
}
