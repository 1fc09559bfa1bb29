//! The house rules that a program can check, as tests. When a rule is wrong, it is changed here, in a commit
//! of its own that says why.

mod crates;
mod documents;
mod files;
mod names;
mod sizes;

use std::path::Path;

/// Fails with one line for each complaint.
#[track_caller]
fn assert_none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}

/// Whether a file holds tests and nothing else.
fn is_tests(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

/// The part of a source file before its tests, which stand last.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |start| &text[..start])
}

/// A path as the rules and complaints write it: from the root, with slashes.
fn relative(path: &Path) -> String {
    let root = crate::shell::root();
    let relative = path.strip_prefix(&root).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}
