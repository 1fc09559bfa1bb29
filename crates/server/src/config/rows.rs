//! Tables that can be there several times, each by a table of keys of its own. They are set in the file alone.

use std::path::{Path, PathBuf};

use toml::Value;

use super::example::comment;
use super::key::{self, Key};
use super::nearest::unknown_among;
use super::{Source, print};

/// One table of the file.
#[derive(Clone)]
pub struct Row<T> {
    /// What it sets.
    pub value: T,
    /// Where its values come from, in the order of its keys.
    sources: Vec<Source>,
}

/// The tables of a list, each with its place in complaints: by the key that tells them apart, else by its number.
///
/// # Errors
/// They are none, or too many.
pub fn tables<'a>(
    name: &str,
    id: &str,
    value: &'a Value,
    most: usize,
) -> Result<Vec<(String, &'a toml::Table)>, String> {
    let not_tables = || format!("{name}: this is a list of tables; write [[{name}]]");
    let tables = value.as_array().ok_or_else(not_tables)?;
    if tables.len() > most {
        return Err(format!("{name}: there are {} tables, and {most} are the most", tables.len()));
    }
    let place = |(number, table): (usize, &'a Value)| {
        let table = table.as_table().ok_or_else(not_tables)?;
        let place = match table.get(id).and_then(Value::as_str) {
            Some(id) => format!("{name} {id:?}"),
            None => format!("{name} {}", number + 1),
        };
        Ok((place, table))
    };
    tables.iter().enumerate().map(place).collect()
}

/// Reads a table.
///
/// # Errors
/// What is wrong with it.
pub fn row<T: Clone>(
    keys: &[Key<T>],
    mut value: T,
    table: &toml::Table,
    path: &Path,
) -> Result<Row<T>, String> {
    let mut sources = vec![Source::Default; keys.len()];
    for (name, given) in table {
        let Some(position) = keys.iter().position(|key| key.name == name) else {
            return Err(unknown_among(name, keys.iter().map(|key| key.name)));
        };
        let put = keys[position].put(&mut value, &key::Value::of_toml(given));
        put.map_err(|complaint| format!("{name}: {complaint}"))?;
        sources[position] = Source::File(PathBuf::from(path));
    }
    Ok(Row { value, sources })
}

/// A table that is in force.
pub fn print_row<T: Clone>(table: &str, keys: &[Key<T>], row: &Row<T>, text: &mut String) {
    text.push_str(&format!("\n[[{table}]]\n"));
    for (key, source) in keys.iter().zip(&row.sources) {
        text.push_str(&print::line(key.name, &key.value(&row.value), source));
    }
}

/// A table with everything that it can have.
pub fn example_table<T: Clone>(table: &str, doc: &str, keys: &[Key<T>], example: &T, text: &mut String) {
    text.push_str(&format!("\n{}#[[{table}]]\n", comment(doc)));
    for key in keys {
        let doc = comment(&format!("{} ({})", key.doc, key.allowed()));
        text.push_str(&format!("\n{doc}#{} = {}\n", key.name, key.value(example)));
    }
}

/// A password that stands here, in a variable of the environment, or in a file of its own.
#[derive(Debug, Clone, Default)]
pub struct Password {
    /// Itself.
    pub given: String,
    /// The variable that holds it.
    pub variable: String,
    /// The file that holds it, as seen from the configuration file.
    pub file: String,
}

impl Password {
    /// Fetches it; empty if none is set.
    ///
    /// # Errors
    /// It is not where it should be, or stands in several places.
    pub fn fetch(&self, path: &Path, variables: &[(String, String)]) -> Result<String, String> {
        let set = [&self.given, &self.variable, &self.file];
        if set.iter().filter(|it| !it.is_empty()).count() > 1 {
            return Err("only one of password, password_env and password_file can be set".to_owned());
        }
        if !self.variable.is_empty() {
            let found = variables.iter().find(|(name, _)| *name == self.variable);
            let missing =
                || format!("password_env: there is no variable {} in the environment", self.variable);
            return found.map(|(_, value)| value.clone()).ok_or_else(missing);
        }
        if !self.file.is_empty() {
            let file = path.parent().unwrap_or(Path::new("")).join(&self.file);
            let text = std::fs::read_to_string(&file);
            let text =
                text.map_err(|error| format!("password_file: {}: cannot be read: {error}", file.display()))?;
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        Ok(self.given.clone())
    }
}
