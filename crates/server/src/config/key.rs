//! One key: its name, what it does, which values it takes, and where the value goes.

use std::fmt;
use std::time::Duration;

use super::{PREFIX, Settings};

/// Stands for a secret that is set.
const HIDDEN: &str = "(hidden)";

/// One row of a table, for what can be set in a `T`.
pub struct Key<T = Settings> {
    /// Section and name, such as `push.timeout_ms`.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Which values it takes, and where they go.
    pub kind: Kind<T>,
}

/// Which values a key takes, and where they go.
pub enum Kind<T = Settings> {
    /// A whole number: the least, the greatest.
    Number(u64, u64, fn(&mut T) -> Number<'_>),
    /// `true` or `false`.
    Switch(fn(&mut T) -> &mut bool),
    /// One of a few words.
    Word(&'static [&'static str], fn(&T) -> &'static str, fn(&mut T, &str)),
    /// Text; the last function answers whether it was taken, the first words say what is taken.
    Text(&'static str, fn(&T) -> String, fn(&mut T, &str) -> bool),
    /// Text that is never shown: whether there is one, and where it goes.
    Secret(&'static str, fn(&T) -> bool, fn(&mut T, &str) -> bool),
    /// A list of texts.
    List(&'static str, fn(&mut T) -> &mut Vec<String>, fn(&str) -> bool),
}

/// Where a number goes. The key's name ends in the unit.
pub enum Number<'a> {
    /// Milliseconds.
    Milliseconds(&'a mut Duration),
    /// Seconds.
    Seconds(&'a mut Duration),
    /// Bytes, or a length.
    Size(&'a mut usize),
    /// How many.
    Count(&'a mut u32),
    /// How many, 0 for no limit.
    CountOrNone(&'a mut Option<u32>),
    /// An HTTP status.
    Status(&'a mut u16),
    /// A share of a hundred.
    Percent(&'a mut u8),
    /// How many, of few.
    Few(&'a mut u8),
    /// How many, or the number of a port.
    Short(&'a mut u16),
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Number(u64),
    /// `true` or `false`.
    Switch(bool),
    /// Text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// What no key takes, as it stands in the file.
    Other(String),
}

// Whatever is set, a row is a name and some functions.
impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> Clone for Kind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kind<T> {}

impl<T: Clone> Key<T> {
    /// The variable of the environment that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Section (empty for none) and the rest of the name.
    pub fn section_and_name(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }

    /// Sets it.
    ///
    /// # Errors
    /// Why the value cannot be taken, and what can.
    pub fn put(&self, settings: &mut T, value: &Value) -> Result<(), String> {
        let taken = match (&self.kind, value) {
            (Kind::Number(least, greatest, place), Value::Number(number))
                if (least..=greatest).contains(&number) =>
            {
                place(settings).put(*number)
            }
            (Kind::Switch(place), Value::Switch(on)) => {
                *place(settings) = *on;
                true
            }
            (Kind::Word(allowed, _, put), Value::Text(word)) if allowed.contains(&word.as_str()) => {
                put(settings, word);
                true
            }
            (Kind::Text(_, _, put) | Kind::Secret(_, _, put), Value::Text(text)) => put(settings, text),
            (Kind::List(_, place, fits), Value::List(texts)) if texts.iter().all(|text| fits(text)) => {
                place(settings).clone_from(texts);
                true
            }
            _ => false,
        };
        match self.kind {
            _ if taken => Ok(()),
            Kind::Secret(..) => Err(format!("the value {}", self.complaint())),
            _ => Err(format!("{value} {}", self.complaint())),
        }
    }

    /// The value in force.
    pub fn value(&self, settings: &T) -> Value {
        match &self.kind {
            Kind::Number(_, _, place) => Value::Number(place(&mut settings.clone()).read()),
            Kind::Switch(place) => Value::Switch(*place(&mut settings.clone())),
            Kind::Word(_, read, _) => Value::Text(read(settings).to_owned()),
            Kind::Text(_, read, _) => Value::Text(read(settings)),
            Kind::Secret(_, is_set, _) => Value::Text(if is_set(settings) { HIDDEN } else { "" }.to_owned()),
            Kind::List(_, place, _) => Value::List(place(&mut settings.clone()).clone()),
        }
    }

    /// Reads what a flag or a variable says in the way this key needs.
    pub fn value_of_text(&self, text: &str) -> Value {
        let as_text = || Value::Text(text.to_owned());
        match &self.kind {
            Kind::Number(..) => text.parse().map_or_else(|_| as_text(), Value::Number),
            Kind::Switch(_) => text.parse().map_or_else(|_| as_text(), Value::Switch),
            Kind::Word(..) | Kind::Text(..) | Kind::Secret(..) => as_text(),
            Kind::List(..) => {
                let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                Value::List(entries.map(str::to_owned).collect())
            }
        }
    }

    /// Which values it takes, for documents.
    pub fn allowed(&self) -> String {
        match &self.kind {
            Kind::Number(least, greatest, _) => format!("{least} to {greatest}"),
            Kind::Switch(_) => "true or false".to_owned(),
            Kind::Word(words, ..) => quoted(words),
            Kind::Text(allowed, ..) | Kind::Secret(allowed, ..) => (*allowed).to_owned(),
            Kind::List(allowed, ..) => format!("a list; each entry is {allowed}"),
        }
    }

    fn complaint(&self) -> String {
        match &self.kind {
            Kind::Number(least, greatest, _) => format!("is not a whole number from {least} to {greatest}"),
            Kind::Switch(_) => "is neither true nor false".to_owned(),
            Kind::Word(words, ..) => format!("is not one of {}", quoted(words)),
            Kind::Text(allowed, ..) | Kind::Secret(allowed, ..) => format!("is not {allowed}"),
            Kind::List(allowed, ..) => format!("is not a list whose entries are each {allowed}"),
        }
    }
}

impl Number<'_> {
    fn put(self, number: u64) -> bool {
        let count = u32::try_from(number).unwrap_or(u32::MAX);
        match self {
            Number::Milliseconds(place) => *place = Duration::from_millis(number),
            Number::Seconds(place) => *place = Duration::from_secs(number),
            Number::Size(place) => *place = usize::try_from(number).unwrap_or(usize::MAX),
            Number::Count(place) => *place = count,
            Number::CountOrNone(place) => *place = (count > 0).then_some(count),
            Number::Status(place) | Number::Short(place) => {
                *place = u16::try_from(number).unwrap_or(u16::MAX);
            }
            Number::Percent(place) | Number::Few(place) => *place = u8::try_from(number).unwrap_or(u8::MAX),
        }
        true
    }

    fn read(self) -> u64 {
        match self {
            Number::Milliseconds(place) => u64::try_from(place.as_millis()).unwrap_or(u64::MAX),
            Number::Seconds(place) => place.as_secs(),
            Number::Size(place) => *place as u64,
            Number::Count(place) => u64::from(*place),
            Number::CountOrNone(place) => u64::from(place.unwrap_or(0)),
            Number::Status(place) | Number::Short(place) => u64::from(*place),
            Number::Percent(place) | Number::Few(place) => u64::from(*place),
        }
    }
}

impl Value {
    /// Reads what the file says.
    pub fn of_toml(value: &toml::Value) -> Value {
        match value {
            toml::Value::Integer(number) if *number >= 0 => Value::Number(number.unsigned_abs()),
            toml::Value::Boolean(on) => Value::Switch(*on),
            toml::Value::String(text) => Value::Text(text.clone()),
            toml::Value::Array(entries) if entries.iter().all(toml::Value::is_str) => {
                Value::List(entries.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
            }
            other => Value::Other(other.to_string().replace('\n', " ")),
        }
    }
}

/// As TOML writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Switch(on) => write!(f, "{on}"),
            Value::Text(text) => f.write_str(&in_quotes(text)),
            Value::List(texts) => {
                let entries: Vec<String> = texts.iter().map(|text| in_quotes(text)).collect();
                write!(f, "[{}]", entries.join(", "))
            }
            Value::Other(text) => f.write_str(text),
        }
    }
}

/// On one line, whatever it holds.
fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if letter.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| in_quotes(word)).collect::<Vec<_>>().join(", ")
}
