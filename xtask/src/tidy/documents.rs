//! Documents that name files name files that exist.

use super::files::{files, read};
use super::{assert_none, relative};
use crate::shell::root;

/// Top-level places; a path in a document that starts elsewhere is somebody else's.
const OUR_PLACES: [&str; 7] = ["crates/", "docs/", "xtask/", "fuzz/", "web-ui/", ".ci/", ".cargo/"];

#[test]
fn every_crate_is_on_the_map() {
    let Ok(map) = std::fs::read_to_string(root().join("ARCHITECTURE.md")) else { return };
    let folders = std::fs::read_dir(root().join("crates")).expect("crates/").flatten();
    let names =
        folders.filter(|it| it.path().is_dir()).map(|it| it.file_name().to_string_lossy().into_owned());
    let missing =
        names.filter(|name| !map.contains(&format!("{name}/")) && !map.contains(&format!("`{name}`")));
    assert_none("ARCHITECTURE.md lists every crate", &missing.collect::<Vec<_>>());
}

#[test]
fn files_that_documents_name_exist() {
    let all: Vec<String> = files(&[""]).iter().map(|path| relative(path)).collect();
    let mut complaints = Vec::new();
    for path in files(&[".md"]) {
        let (document, text) = (relative(&path), read(&path));
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for name in named_files(&text) {
            let beside = format!("{folder}/{name}");
            // A source may be named by its crate, as people say it: bayeux/hub.rs.
            let (first, rest) = name.split_once('/').unwrap_or(("", &name));
            let in_crate = format!("crates/{first}/src/{rest}");
            let exists = |path: &str| {
                let path = path.trim_matches('/');
                all.iter().any(|file| {
                    file == path
                        || file.ends_with(&format!("/{path}"))
                        || file.starts_with(&format!("{path}/"))
                })
            };
            if ![&name, &beside, &in_crate].into_iter().any(|path| exists(path)) {
                complaints.push(format!("{document}: {name}"));
            }
        }
    }
    assert_none("A file that a document names exists", &complaints);
}

/// Paths of ours and sources, in code spans and in links.
fn named_files(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut is_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        }
        if is_block {
            continue;
        }
        let spans = line.split('`').skip(1).step_by(2).filter(|span| is_file_of_ours(span));
        names.extend(spans.map(str::to_owned));
        let links = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let links =
            links.filter(|link| !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:"));
        names.extend(links.map(str::to_owned));
    }
    names
}

fn is_file_of_ours(span: &str) -> bool {
    let is_plain = span.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it));
    let is_ours = OUR_PLACES.iter().any(|place| span.starts_with(place));
    is_plain && !span.starts_with('/') && (is_ours || span.ends_with(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_spans_and_links_but_not_in_blocks() {
        let text = "See `crates/bus/`, `audience.rs` and [why](design/owner.md#x).\n```\n`crates/no/`\n```\n`GET /me` [a](https://x)";
        assert_eq!(named_files(text), ["crates/bus/", "audience.rs", "design/owner.md"]);
    }
}
