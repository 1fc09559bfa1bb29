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
    /// An object.
    Object(Arguments),
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
            Kind::UserData => user_data(name, value, plain).map(Self::UserData),
            Kind::CallData => user_data(name, value, any).map(Self::UserData),
            Kind::Keys { max } => keys(name, value, max).map(Self::Text),
            Kind::Target(kinds) => target(name, value, kinds).map(Self::Target),
            Kind::Object(fields) => object(name, value, fields).map(Self::Object),
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

fn keys(name: &str, value: Value, max: usize) -> Result<String, Problem> {
    let keys = text(name, value, max, true)?;
    let is_key = |key: char| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d');
    if keys.chars().all(is_key) {
        Ok(keys.to_ascii_uppercase())
    } else {
        Err(Problem::out_of_range(name, "0 to 9, *, # and A to D"))
    }
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

fn object(name: &str, value: Value, fields: &'static [Parameter]) -> Result<Arguments, Problem> {
    match value {
        Value::Object(members) => Arguments::take(fields, &[], members, Demand::Whole),
        _ => Err(Problem::wrong_type(name, "an object")),
    }
}

fn objects(name: &str, value: Value, fields: &'static [Parameter]) -> Result<Vec<Arguments>, Problem> {
    array(name, value, "objects", |item| match item {
        Value::Object(members) => Arguments::take(fields, &[], members, Demand::Whole),
        _ => Err(Problem::wrong_type(name, "an array of objects")),
    })
}

fn user_data(
    name: &str,
    value: Value,
    attached: fn(&str, Value) -> Result<UserDataValue<'static>, Problem>,
) -> Result<UserData<'static>, Problem> {
    let Value::Object(members) = value else { return Err(Problem::wrong_type(name, "an object")) };
    if members.len() > limits::USER_DATA_ENTRIES {
        let limit = limits::USER_DATA_ENTRIES;
        return Err(Problem::out_of_range(name, format_args!("at most {limit} entries")));
    }
    check_sizes(name, &members)?;
    let entries = members.into_iter().map(|(key, value)| Ok((Cow::Owned(key), attached(name, value)?)));
    entries.collect::<Result<_, _>>().map(UserData)
}

fn plain(name: &str, value: Value) -> Result<UserDataValue<'static>, Problem> {
    match any(name, value)? {
        UserDataValue::Other(_) => Err(Problem::wrong_type(name, "an object of strings, integers and nulls")),
        plain => Ok(plain),
    }
}

fn any(name: &str, value: Value) -> Result<UserDataValue<'static>, Problem> {
    Ok(match value {
        Value::String(text) => UserDataValue::Text(Cow::Owned(text)),
        Value::Null => UserDataValue::Null,
        other => match other.as_i64() {
            Some(number) => UserDataValue::Integer(number),
            None if has_decimals(&other) => {
                return Err(Problem::wrong_type(name, "an object without decimal numbers"));
            }
            None => UserDataValue::Other(Cow::Owned(other)),
        },
    })
}

fn has_decimals(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_none(),
        Value::Array(items) => items.iter().any(has_decimals),
        Value::Object(members) => members.values().any(has_decimals),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn check_sizes(name: &str, members: &Map<String, Value>) -> Result<(), Problem> {
    let mut total = 0;
    for (key, value) in members {
        let bytes = size(value);
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

// Recursion is bounded, as the body's nesting is.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 1 + size(item)).sum(),
        Value::Object(members) => members.iter().map(|(key, value)| 1 + key.len() + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn target(name: &str, value: Value, kinds: &[TargetKind]) -> Result<Target, Problem> {
    let address = text(name, value, limits::URI_BYTES, true)?;
    let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let only = match kinds {
        [only] => Target::of(*only, &address),
        _ => None,
    };
    Target::parse(&address)
        .or(only)
        .filter(|target| kinds.contains(&target.kind()))
        .ok_or_else(|| Problem::wrong_type(name, &format!("the address of one of: {}", words.join(", "))))
}
