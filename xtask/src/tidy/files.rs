//! All files of the project, and what none of them may hold.

use std::path::{Path, PathBuf};

use super::{assert_none, is_tests, relative};
use crate::shell::root;

/// Directories that are not the project's text.
const SKIPPED: [&str; 6] = [".git", "target", "node_modules", "souffleur-data", "corpus", "artifacts"];

/// Every file with one of these endings, sorted.
pub fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    found.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        endings.iter().any(|ending| name.ends_with(ending))
    });
    found.sort();
    found
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if !path.is_dir() {
            found.push(path);
        } else if !SKIPPED.iter().any(|&skipped| name == skipped) {
            collect(&path, found);
        }
    }
}

#[test]
fn no_file_names_a_place_outside_the_project() {
    // Written in halves, so that this file passes its own rule.
    let places =
        [concat!("../", "shared"), concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let mut complaints = Vec::new();
    for path in files(&[".rs", ".md", ".toml", ".mjs", ".json", ".js", ".ts", ".yml", "run"]) {
        for (number, line) in read(&path).lines().enumerate() {
            for place in places.iter().filter(|place| line.contains(**place)) {
                complaints.push(format!("{}:{}: {place}", relative(&path), number + 1));
            }
            if let Some(issue) = issue_number(line) {
                complaints.push(format!("{}:{}: {issue}", relative(&path), number + 1));
            }
        }
    }
    assert_none("The project is understood without its tracker and without our machines", &complaints);
}

/// The word "issue" with its number, if the line holds such.
fn issue_number(line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let (_, rest) = lower.split_once("issue ")?;
    let number: String = rest.trim_start_matches('#').chars().take_while(char::is_ascii_digit).collect();
    (!number.is_empty()).then(|| format!("issue {number}"))
}

#[test]
fn lock_files_name_no_mirror() {
    let mut complaints = Vec::new();
    for path in files(&["Cargo.lock", "package-lock.json"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let Some((_, source)) =
                ["source = \"", "\"resolved\": \""].iter().find_map(|key| line.split_once(key))
            else {
                continue;
            };
            let is_known = source.starts_with("registry+https://github.com/rust-lang/crates.io-index")
                || source.starts_with("https://registry.npmjs.org/");
            if !is_known {
                complaints.push(format!("{}:{}: {source}", relative(&path), number + 1));
            }
        }
    }
    assert_none("Lock files hold public sources only", &complaints);
}

#[test]
fn every_module_says_what_it_is() {
    let is_documented =
        |text: &str| text.lines().any(|line| line.starts_with("//!") || line.starts_with("#![doc"));
    let modules = files(&[".rs"]).into_iter().filter(|path| !is_tests(&relative(path)));
    let undocumented = modules.filter(|path| !is_documented(&read(path)));
    let complaints: Vec<String> = undocumented.map(|path| relative(&path)).collect();
    assert_none("A module opens with //!", &complaints);
}

#[test]
fn no_test_is_switched_off() {
    let needle = concat!("#[ig", "nore");
    let off = files(&[".rs"]).into_iter().filter(|path| read(path).contains(needle));
    let complaints: Vec<String> = off.map(|path| relative(&path)).collect();
    assert_none("Assert today's wrong answer instead of ignoring the test", &complaints);
}
