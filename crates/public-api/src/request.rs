//! Request bodies, parsed by the tables.
//!
//! What comes out is checked: mandatory members are there, words are of their set, numbers in their range,
//! texts within their limit. So the getters cannot fail. An explicit `null` counts as absent, members that
//! the table does not name are ignored, and of a member that is given twice the last one counts.

mod value;

use serde_json::{Map, Value};

use crate::operation::{Operation, Parameter, Rule, limits};
use crate::status::Problem;
use crate::target::Target;
use crate::user_data::UserData;
use crate::word::Word;

pub use value::Argument;

/// An operation that was asked for, with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, under its canonical name.
    pub operation: &'static Operation,
    arguments: Arguments,
}

/// What a body asks for where agents' custom states are operations, too.
#[derive(Clone, Debug)]
pub enum Request {
    /// An operation of the table.
    Call(Call),
    /// A name that is not in the table: a custom state, if there is one of this name. Otherwise answer
    /// [`Problem::unknown_operation`].
    Unknown(String),
}

/// The checked members of a body, or of an object in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    parameters: &'static [Parameter],
    given: Vec<(&'static str, Argument)>,
}

/// Parses a body that asks for an operation of the table.
pub fn parse(table: &'static [Operation], body: &[u8]) -> Result<Call, Problem> {
    match parse_or_custom_state(table, body)? {
        Request::Call(call) => Ok(call),
        Request::Unknown(name) => Err(Problem::unknown_operation(&name)),
    }
}

/// Parses a body that asks for an operation of the table, or for a custom state by its name.
pub fn parse_or_custom_state(table: &'static [Operation], body: &[u8]) -> Result<Request, Problem> {
    let mut members = members_of(body)?;
    let name = match members.remove(OPERATION_NAME) {
        Some(Value::String(name)) if !name.is_empty() => name,
        None | Some(Value::Null) => return Err(Problem::missing(OPERATION_NAME)),
        Some(Value::String(_)) => return Err(Problem::empty(OPERATION_NAME)),
        Some(_) => return Err(Problem::wrong_type(OPERATION_NAME, "a string")),
    };
    let Some(operation) = Operation::find(table, &name) else {
        return if name.len() <= limits::NAME_BYTES {
            Ok(Request::Unknown(name))
        } else {
            Err(Problem::unknown_operation(&name))
        };
    };
    let arguments = Arguments::take(operation.parameters, operation.rules, members, Demand::Whole)?;
    Ok(Request::Call(Call { operation, arguments }))
}

/// Whether a body asks for an operation at all, or describes an object. Malformed bodies do not.
#[must_use]
pub fn asks_for_operation(body: &[u8]) -> bool {
    members_of(body).is_ok_and(|members| members.get(OPERATION_NAME).is_some_and(|name| !name.is_null()))
}

/// Parses a body that describes an object to make: mandatory members must be there.
pub fn parse_object(
    fields: &'static [Parameter],
    rules: &'static [Rule],
    body: &[u8],
) -> Result<Arguments, Problem> {
    Arguments::take(fields, rules, members_of(body)?, Demand::Whole)
}

/// Parses a body that describes changes of an object: what is absent stays as it is.
pub fn parse_changes(fields: &'static [Parameter], body: &[u8]) -> Result<Arguments, Problem> {
    Arguments::take(fields, &[], members_of(body)?, Demand::Changes)
}

/// Parses a body of free form, such as an entry of custom settings: any object of bounded depth.
pub fn parse_free_object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    members_of(body)
}

impl Call {
    /// The operation as a word of its table's own set, so that a `match` can be complete.
    ///
    /// # Panics
    ///
    /// When the set is not the table's: a bug of the caller.
    #[must_use]
    pub fn operation_word<W: Word>(&self) -> W {
        let word = W::parse(self.operation.name);
        assert!(word.is_some(), "'{}' is not in the asked set of operations", self.operation.name);
        word.unwrap_or_else(|| unreachable!("asserted above"))
    }

    /// The arguments on their own.
    #[must_use]
    pub fn into_arguments(self) -> Arguments {
        self.arguments
    }
}

impl std::ops::Deref for Call {
    type Target = Arguments;

    fn deref(&self) -> &Arguments {
        &self.arguments
    }
}

/// Getters name a parameter of the table that was parsed with; another name is a bug and found by a debug
/// build.
impl Arguments {
    /// Whether the member was given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// A text; of a choice, the word or its default.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.find(name) {
            Some(Argument::Text(text)) => Some(text),
            Some(Argument::Choice(word)) => Some(word),
            Some(_) => None,
            None => self.default_of(name),
        }
    }

    /// A mandatory text.
    #[must_use]
    pub fn required_text(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A word of its set, or the default.
    #[must_use]
    pub fn word<W: Word>(&self, name: &str) -> Option<W> {
        self.text(name).and_then(W::parse)
    }

    /// A yes or no; the default, or else no, when absent.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.optional_flag(name).unwrap_or_else(|| self.default_of(name) == Some("true"))
    }

    /// A yes or no, if given.
    #[must_use]
    pub fn optional_flag(&self, name: &str) -> Option<bool> {
        match self.find(name) {
            Some(Argument::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.find(name) {
            Some(Argument::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// A list of texts or words.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.find(name) {
            Some(Argument::List(items)) => Some(items),
            _ => None,
        }
    }

    /// A list of words of one set.
    #[must_use]
    pub fn words<W: Word>(&self, name: &str) -> Option<Vec<W>> {
        self.list(name).map(|items| items.iter().filter_map(|item| W::parse(item)).collect())
    }

    /// Attached data.
    #[must_use]
    pub fn user_data(&self, name: &str) -> Option<&UserData<'static>> {
        match self.find(name) {
            Some(Argument::UserData(data)) => Some(data),
            _ => None,
        }
    }

    /// What an address points at.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Target> {
        match self.find(name) {
            Some(Argument::Target(target)) => Some(target),
            _ => None,
        }
    }

    /// An object.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Self> {
        match self.find(name) {
            Some(Argument::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// A list of objects.
    #[must_use]
    pub fn objects(&self, name: &str) -> Option<&[Arguments]> {
        match self.find(name) {
            Some(Argument::Objects(objects)) => Some(objects),
            _ => None,
        }
    }

    fn find(&self, name: &str) -> Option<&Argument> {
        debug_assert!(self.parameters.iter().any(|p| p.name == name), "no parameter is called '{name}'");
        self.given.iter().find(|(given, _)| *given == name).map(|(_, argument)| argument)
    }

    fn default_of(&self, name: &str) -> Option<&'static str> {
        self.parameters.iter().find(|parameter| parameter.name == name)?.default
    }

    fn take(
        parameters: &'static [Parameter],
        rules: &'static [Rule],
        mut members: Map<String, Value>,
        demand: Demand,
    ) -> Result<Self, Problem> {
        let mut given = Vec::new();
        for parameter in parameters {
            let value = take_member(&mut members, parameter);
            match value {
                Some(_) if parameter.read_only => return Err(Problem::read_only(parameter.name)),
                Some(value) => given.push((parameter.name, Argument::check(parameter, value)?)),
                None if parameter.required && demand == Demand::Whole => {
                    return Err(Problem::missing(parameter.name));
                }
                None => {}
            }
        }
        let arguments = Self { parameters, given };
        rules.iter().try_for_each(|rule| arguments.check(*rule))?;
        Ok(arguments)
    }

    fn check(&self, rule: Rule) -> Result<(), Problem> {
        match rule {
            Rule::AnyOf(names) if !names.iter().any(|name| self.has(name)) => {
                Err(Problem::missing_one_of(names))
            }
            Rule::ExactlyOne(names) => match names.iter().filter(|name| self.says(name)).count() {
                0 => Err(Problem::missing_one_of(names)),
                1 => Ok(()),
                _ => Err(Problem::only_one_of(names)),
            },
            Rule::OnlyWith(name, needed) if self.has(name) && !self.has(needed) => {
                Err(Problem::only_with(name, needed))
            }
            Rule::AnyOf(_) | Rule::OnlyWith(..) => Ok(()),
        }
    }

    fn says(&self, name: &str) -> bool {
        self.find(name).is_some_and(|argument| !matches!(argument, Argument::Flag(false)))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Whole,
    Changes,
}

fn take_member(members: &mut Map<String, Value>, parameter: &Parameter) -> Option<Value> {
    std::iter::once(&parameter.name)
        .chain(parameter.aliases)
        .find_map(|name| members.remove(*name).filter(|value| !value.is_null()))
}

fn members_of(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Problem::malformed(format_args!("not JSON at line {}, column {}", error.line(), error.column()))
    })?;
    if depth(&value) > limits::NESTING {
        return Err(Problem::malformed(format_args!("nested deeper than {} levels", limits::NESTING)));
    }
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::malformed("not an object")),
    }
}

// Recursion is bounded: the JSON parser itself stops at 128 levels.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

const OPERATION_NAME: &str = "operationName";

#[cfg(test)]
mod tests;
