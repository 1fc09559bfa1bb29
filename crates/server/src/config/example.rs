//! A file with every key, its default and what it does, made of the table.

use super::Settings;
use super::keys::{KEYS, SECTIONS};
use super::{sms, voice};

const HEAD: &str = "\
# Everything that can be set, with its default. Made by `souffleur check-config --example`.
#
# A flag wins over a variable of the environment, that over this file, and this file over the default.
# Every key has a variable: SOUFFLEUR_ and the key in capitals, its section before it, as in
# SOUFFLEUR_PUSH_TIMEOUT_MS; the entries of a list are separated by commas. A name ends in its unit. Tables that can
# be there several times, as [[sms.carrier]], are set in the file alone.
#
# The first start makes one administrator, named by SOUFFLEUR_ADMIN_USER and SOUFFLEUR_ADMIN_PASSWORD.
";
/// Longest line of a comment.
const COLUMNS: usize = 108;

/// The text of `souffleur check-config --example`.
pub fn example() -> String {
    let defaults = Settings::default();
    let mut text = HEAD.to_owned();
    let sections = std::iter::once(("", "")).chain(SECTIONS);
    for (section, doc) in sections {
        if !section.is_empty() {
            text.push_str(&format!("\n{}[{section}]\n", comment(doc)));
        }
        for key in &KEYS {
            let (its_section, name) = key.section_and_name();
            if its_section == section {
                let doc = comment(&format!("{} ({})", key.doc, key.allowed()));
                text.push_str(&format!("\n{doc}#{name} = {}\n", key.value(&defaults)));
            }
        }
    }
    text.push_str(&voice::example());
    text.push_str(&sms::example());
    text
}

/// Text as lines of a comment.
pub(super) fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        let is_full = lines.last().is_some_and(|line| line.len() + 1 + word.len() > COLUMNS);
        if is_full {
            lines.push(String::from("#"));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
