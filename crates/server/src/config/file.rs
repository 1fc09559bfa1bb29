//! The configuration file as a list of keys and values.

use toml::{Table, Value};

use super::keys::is_section;
use super::sms;

/// Reads a file's text. Keys come with their section, such as `push.timeout_ms`.
///
/// # Errors
/// What is wrong, without the file's name.
pub fn parse(text: &str) -> Result<Vec<(String, Value)>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        format!("line {line}, column {column}: {message}")
    })?;
    let mut found = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(section) if is_section(&name) || name == sms::SECTION => {
                found.extend(section.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            value if is_section(&name) => {
                return Err(format!("{name}: {value} is not a section; write [{name}]"));
            }
            value => found.push((name, value)),
        }
    }
    Ok(found)
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
