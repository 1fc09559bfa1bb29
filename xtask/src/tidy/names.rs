//! Words that say nothing are no names.

use super::files::{files, read};
use super::{assert_none, relative};

/// As a part of a name, in any spelling.
const EMPTY_WORDS: [&str; 8] =
    ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"];
const DEFINITIONS: [&str; 8] = ["mod", "fn", "struct", "enum", "trait", "type", "const", "static"];

#[test]
fn names_say_something() {
    let mut complaints = Vec::new();
    for path in files(&[".rs", ".mjs", ".ts", ".tsx"]) {
        let file = relative(&path);
        let parts = file.split(['/', '.']).filter(|part| is_empty_name(part));
        complaints.extend(parts.map(|part| format!("{file}: {part}")));
        for (number, line) in read(&path).lines().enumerate() {
            let Some(name) = defined_name(line) else { continue };
            if is_empty_name(name) || (line.contains("fn ") && name.starts_with("get_")) {
                complaints.push(format!("{file}:{}: {name}", number + 1));
            }
        }
    }
    assert_none("No utils, common, helper, manager, and no get_", &complaints);
}

/// The name that a line defines.
fn defined_name(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let keyword = words.iter().position(|word| DEFINITIONS.contains(word))?;
    let is_definition = words[..keyword].iter().all(|word| {
        word.starts_with("pub") || ["async", "const", "unsafe", "export", "default"].contains(word)
    });
    let name = words.get(keyword + 1)?.split(|it: char| !it.is_alphanumeric() && it != '_').next()?;
    is_definition.then_some(name)
}

/// Whether some part of a name, snake or camel, is one of the empty words.
fn is_empty_name(name: &str) -> bool {
    let mut spaced = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() || letter == '_' || letter == '-' {
            spaced.push(' ');
        }
        spaced.extend(letter.to_lowercase().filter(|it| it.is_alphanumeric()));
    }
    spaced.split_whitespace().any(|part| EMPTY_WORDS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_words_are_found_as_parts_only() {
        assert!(is_empty_name("http_utils") && is_empty_name("SessionManager") && is_empty_name("common"));
        assert!(!is_empty_name("utilization") && !is_empty_name("commonly_held") && !is_empty_name("manage"));
        assert_eq!(defined_name("    pub async fn held_connect(&self)"), Some("held_connect"));
        assert_eq!(defined_name("the type of a helper"), None);
    }
}
