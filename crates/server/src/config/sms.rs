//! Carriers for text messages and the routes to them: tables that can be there several times, each by a table of keys
//! of its own. They are set in the file alone; a password may stand elsewhere.

mod carrier;
mod route;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use sms_gateway::{Config, MOST_CARRIERS, MOST_ROUTES};
use toml::Value;

use super::example::comment;
use super::key::{self, Key};
use super::nearest::unknown_among;
use super::{Source, print};
use carrier::CarrierSettings;
use route::RouteSettings;

/// The section that holds nothing but such tables.
pub const SECTION: &str = "sms";
const CARRIERS: &str = "sms.carrier";
const ROUTES: &str = "sms.route";
/// The tables.
pub const TABLES: [&str; 2] = [CARRIERS, ROUTES];

const CARRIERS_DOC: &str = "A carrier that takes and brings text messages over SMPP 3.4; one such table for each. \
                            docs/text-messages.md explains them.";
const ROUTES_DOC: &str = "Which carriers texts to numbers with this beginning go over; one such table for each \
                          beginning. Without any, all go over the first carrier that is there.";

/// What is set about text messages.
#[derive(Clone, Default)]
pub struct SmsSettings {
    carriers: Vec<Row<CarrierSettings>>,
    routes: Vec<Row<RouteSettings>>,
}

/// One table of the file.
#[derive(Clone)]
struct Row<T> {
    value: T,
    sources: Vec<Source>,
}

impl SmsSettings {
    /// Takes a list of tables.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn take(&mut self, name: &str, value: &Value, path: &Path) -> Result<(), String> {
        let not_tables = || format!("{name}: this is a list of tables; write [[{name}]]");
        let tables = value.as_array().ok_or_else(not_tables)?;
        let most = if name == CARRIERS { MOST_CARRIERS } else { MOST_ROUTES };
        if tables.len() > most {
            return Err(format!("{name}: there are {} tables, and {most} are the most", tables.len()));
        }
        for (place, table) in tables.iter().enumerate() {
            let table = table.as_table().ok_or_else(not_tables)?;
            let place = |id: &str| match table.get(id).and_then(Value::as_str) {
                Some(id) => format!("{name} {id:?}"),
                None => format!("{name} {}", place + 1),
            };
            if name == CARRIERS {
                let row = row(&carrier::KEYS, CarrierSettings::default(), table, path);
                self.carriers.push(row.map_err(|complaint| format!("{}: {complaint}", place("name")))?);
            } else {
                let row = row(&route::KEYS, RouteSettings::default(), table, path);
                self.routes.push(row.map_err(|complaint| format!("{}: {complaint}", place("prefix")))?);
            }
        }
        Ok(())
    }

    /// Fetches passwords, and checks what the tables owe to each other.
    ///
    /// # Errors
    /// What is wrong.
    pub fn complete(&mut self, path: &Path, variables: &[(String, String)]) -> Result<(), String> {
        for place in 0..self.carriers.len() {
            let (before, rest) = self.carriers.split_at_mut(place);
            let Some(carrier) = rest.first_mut() else { break };
            let name = carrier.value.name().to_owned();
            if name.is_empty() {
                return Err(format!("{CARRIERS} {}: name: it needs one", place + 1));
            }
            if before.iter().any(|it| it.value.name() == name) {
                return Err(format!("{CARRIERS} {name:?}: name: another one has the same"));
            }
            let complaint = |complaint| format!("{CARRIERS} {name:?}: {complaint}");
            carrier.value.complete(path, variables).map_err(complaint)?;
        }
        for (place, Row { value: RouteSettings(route), .. }) in self.routes.iter().enumerate() {
            let complain = |complaint: String| Err(format!("{ROUTES} {:?}: {complaint}", route.prefix));
            let is_same = |it: &Row<RouteSettings>| {
                (&it.value.0.prefix, &it.value.0.from) == (&route.prefix, &route.from)
            };
            if self.routes[..place].iter().any(is_same) {
                return complain("prefix: another route has the same".to_owned());
            }
            if route.carriers.is_empty() {
                return complain("carriers: it needs one at least".to_owned());
            }
            let known = |name: &String| self.carriers.iter().any(|it| it.value.name() == name);
            if let Some(unknown) = route.carriers.iter().find(|name| !known(name)) {
                return complain(format!("carriers: there is no [[{CARRIERS}]] with the name {unknown:?}"));
            }
        }
        Ok(())
    }

    /// What the gateway is given.
    pub fn config(&self) -> Config {
        Config {
            carriers: self.carriers.iter().map(|row| row.value.carrier.clone()).collect(),
            routes: self.routes.iter().map(|row| row.value.0.clone()).collect(),
        }
    }

    /// Adds the tables in force.
    pub fn print(&self, text: &mut String) {
        self.carriers.iter().for_each(|row| print_row(CARRIERS, &carrier::KEYS, row, text));
        self.routes.iter().for_each(|row| print_row(ROUTES, &route::KEYS, row, text));
    }
}

/// Every key of the tables, with what it does.
pub fn example() -> String {
    let mut text = String::new();
    example_table(CARRIERS, CARRIERS_DOC, &carrier::KEYS, &CarrierSettings::example(), &mut text);
    example_table(ROUTES, ROUTES_DOC, &route::KEYS, &RouteSettings::example(), &mut text);
    text
}

fn row<T: Clone>(keys: &[Key<T>], mut value: T, table: &toml::Table, path: &Path) -> Result<Row<T>, String> {
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

fn print_row<T: Clone>(table: &str, keys: &[Key<T>], row: &Row<T>, text: &mut String) {
    text.push_str(&format!("\n[[{table}]]\n"));
    for (key, source) in keys.iter().zip(&row.sources) {
        text.push_str(&print::line(key.name, &key.value(&row.value), source));
    }
}

fn example_table<T: Clone>(table: &str, doc: &str, keys: &[Key<T>], example: &T, text: &mut String) {
    text.push_str(&format!("\n{}#[[{table}]]\n", comment(doc)));
    for key in keys {
        let doc = comment(&format!("{} ({})", key.doc, key.allowed()));
        text.push_str(&format!("\n{doc}#{} = {}\n", key.name, key.value(example)));
    }
}
