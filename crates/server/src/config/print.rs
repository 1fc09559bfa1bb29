//! The configuration in force, as a file that would set it, with where each value comes from.

use super::key::Value;
use super::keys::{KEYS, SECTIONS};
use super::{Effective, Source};

/// Where the second column begins, unless the first is longer.
const VALUE_COLUMNS: usize = 48;

/// The text of `souffleur check-config`.
pub fn print(effective: &Effective) -> String {
    let mut text = String::from("# The configuration in force, and where each value comes from.\n");
    for section in std::iter::once("").chain(SECTIONS.iter().map(|(section, _)| *section)) {
        if !section.is_empty() {
            text.push_str(&format!("\n[{section}]\n"));
        }
        for (key, source) in KEYS.iter().zip(&effective.sources) {
            let (its_section, name) = key.section_and_name();
            if its_section == section {
                text.push_str(&line(name, &key.value(&effective.settings), source));
            }
        }
    }
    effective.settings.voice.print(&mut text);
    effective.settings.sms.print(&mut text);
    text
}

/// One line: a key with its value, and where it comes from.
pub(super) fn line(name: &str, value: &Value, source: &impl std::fmt::Display) -> String {
    let line = format!("{name} = {value}");
    format!("{line:<VALUE_COLUMNS$} # {source}\n")
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Variable(name) => f.write_str(name),
            Source::Flag(flag) => f.write_str(flag),
        }
    }
}
