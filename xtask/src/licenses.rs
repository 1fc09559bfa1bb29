//! `cargo xtask licenses`: what may come into the dependency graph, as `deny.toml` has it.
//!
//! `cargo deny` does it where it is installed. Elsewhere our own check reads the same file and covers
//! licenses, banned crates and sources; advisories need a copy of the advisory database, which neither of
//! the two fetches.

use std::collections::BTreeMap;

use crate::metadata::{Package, packages};
use crate::shell::{Failure, Step, root};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn run() -> Result<(), Failure> {
    if Step::cargo(&["deny", "--version"]).output().is_ok() {
        return Step::cargo(&["deny", "--offline", "check", "licenses", "bans", "sources"]).run();
    }
    let path = root().join("deny.toml");
    let rules = std::fs::read_to_string(&path).map_err(|error| Failure(format!("deny.toml: {error}")))?;
    let packages = packages(true)?;
    let complaints = complaints(&rules, &packages);
    if !complaints.is_empty() {
        return Err(Failure(format!("deny.toml does not allow:\n{}", complaints.join("\n"))));
    }
    println!(
        "cargo-deny is not installed, so our own check read deny.toml: licenses, bans and sources of {} crates \
         are fine; {} come in more than one version; advisories were not looked at",
        packages.len(),
        in_several_versions(&packages)
    );
    Ok(())
}

fn complaints(rules: &str, packages: &[Package]) -> Vec<String> {
    let allowed = quoted_in_list(rules, "allow");
    let banned = quoted_in_list(rules, "deny");
    let mut complaints = Vec::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        if banned.contains(&package.name.as_str()) {
            complaints.push(format!("{name}: banned"));
        }
        let Some(source) = &package.source else { continue };
        if source != CRATES_IO {
            complaints.push(format!("{name}: comes from {source}"));
        }
        if !is_allowed(&package.license, &allowed) {
            complaints.push(format!("{name}: license {:?}", package.license));
        }
    }
    complaints
}

fn in_several_versions(packages: &[Package]) -> usize {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for package in packages {
        *versions.entry(&package.name).or_default() += 1;
    }
    versions.values().filter(|&&count| count > 1).count()
}

/// The strings of a list that starts with `key = [` and ends with a line `]`.
fn quoted_in_list<'a>(toml: &'a str, key: &str) -> Vec<&'a str> {
    let start = format!("{key} = [");
    let lines = toml.lines().skip_while(|line| !line.starts_with(&start)).take_while(|line| *line != "]");
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    lines.filter_map(|line| line.split('"').nth(1)).collect()
}

/// Whether an SPDX expression can be met by allowed licenses alone; a slash is an old way to write OR.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words, allowed) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut is_met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        is_met |= all_of(words, allowed);
    }
    is_met
}

fn all_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut is_met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        is_met &= one(words, allowed);
    }
    is_met
}

fn one(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let is_met = any_of(words, allowed);
        return words.next_if_eq(&")").is_some() && is_met;
    }
    let Some(license) = words.next() else { return false };
    if words.next_if_eq(&"WITH").is_none() {
        return allowed.contains(&license);
    }
    let exception = words.next().unwrap_or("");
    allowed.contains(&format!("{license} WITH {exception}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_met_when_some_choice_is_allowed() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];
        let met = [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ];
        for expression in met {
            assert!(is_allowed(expression, &allowed), "{expression}");
        }
        for expression in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND NCSA", "MIT WITH x", "(MIT"]
        {
            assert!(!is_allowed(expression, &allowed), "{expression}");
        }
    }

    #[test]
    fn lists_are_read_from_deny_toml() {
        let rules = "[licenses]\nallow = [\n  \"MIT\",\n  # not this: \"GPL\"\n  \"ISC\",\n]\n[bans]\ndeny = [\n  { crate = \"x\" },\n]\n";
        assert_eq!(quoted_in_list(rules, "allow"), ["MIT", "ISC"]);
        assert_eq!(quoted_in_list(rules, "deny"), ["x"]);
    }
}
