//! Which keys somebody may have meant.

use super::keys::KEYS;
use super::{sms, voice};

/// How many keys are named.
const NAMED: usize = 3;
/// A variable this many letters away from a key is a misspelling, and not somebody else's variable.
const MISSPELLED: usize = 2;

/// The complaint about a key that does not exist.
pub fn unknown(key: &str) -> String {
    unknown_among(key, KEYS.iter().map(|key| key.name).chain(sms::TABLES).chain(voice::TABLES))
}

/// The complaint about a key that is none of these.
pub fn unknown_among(key: &str, known: impl Iterator<Item = &'static str>) -> String {
    let (section, name) = split(key);
    let mut ranked: Vec<(usize, &str)> = known
        .map(|known| {
            let (known_section, known_name) = split(known);
            // The right name in the wrong section, and a part of a name, are nearer than a similar name.
            let names = match known_name.find(name) {
                Some(0) => usize::from(name != known_name),
                Some(_) if name.len() > 3 => 2,
                _ => 2 * distance(name, known_name),
            };
            (names + usize::from(section != known_section), known)
        })
        .collect();
    ranked.sort();
    let near: Vec<&str> = ranked
        .iter()
        .filter(|(rank, _)| *rank <= name.len() + 1)
        .take(NAMED)
        .map(|(_, known)| *known)
        .collect();
    match near.as_slice() {
        [] => format!("{key}: unknown key; `souffleur check-config --example` lists all"),
        near => format!("{key}: unknown key; the nearest are {}", near.join(", ")),
    }
}

/// The key that a variable, without its prefix, was probably meant to set.
pub fn misspelled(variable: &str) -> Option<&'static str> {
    let lower = variable.to_lowercase();
    let ranked = KEYS.iter().map(|key| (distance(&lower, &key.name.replace('.', "_")), key.name));
    ranked.min().filter(|(rank, _)| *rank <= MISSPELLED).map(|(_, name)| name)
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

/// How many letters have to be added, removed or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = position + 1;
        for column in 1..row.len() {
            let replaced = diagonal + usize::from(letter != to[column - 1]);
            diagonal = row[column];
            row[column] = replaced.min(row[column] + 1).min(row[column - 1] + 1);
        }
    }
    row[to.len()]
}
