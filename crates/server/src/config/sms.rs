//! Carriers for text messages and the routes to them: tables that can be there several times, each by a table of keys
//! of its own. They are set in the file alone; a password may stand elsewhere.

mod carrier;
mod route;
#[cfg(test)]
mod tests;

use std::path::Path;

use sms_gateway::{Config, MOST_CARRIERS, MOST_ROUTES};
use toml::Value;

use super::rows::{Row, example_table, print_row, row, tables};
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

impl SmsSettings {
    /// Takes a list of tables.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn take(&mut self, name: &str, value: &Value, path: &Path) -> Result<(), String> {
        let most = if name == CARRIERS { MOST_CARRIERS } else { MOST_ROUTES };
        let id = if name == CARRIERS { "name" } else { "prefix" };
        for (place, table) in tables(name, id, value, most)? {
            if name == CARRIERS {
                let row = row(&carrier::KEYS, CarrierSettings::default(), table, path);
                self.carriers.push(row.map_err(|complaint| format!("{place}: {complaint}"))?);
            } else {
                let row = row(&route::KEYS, RouteSettings::default(), table, path);
                self.routes.push(row.map_err(|complaint| format!("{place}: {complaint}"))?);
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
