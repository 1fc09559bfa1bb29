//! Files and functions that fit in one's head. Exceptions are named, and may only shrink.

use super::files::{files, read};
use super::{assert_none, is_tests, relative, without_tests};

/// Lines of a file without its tests.
const FILE_LINES: usize = 600;
/// Lines of a function, from its name to its closing brace.
const FUNCTION_LINES: usize = 70;

/// Files that are longer, with the length they may have. When one shrinks, its number follows.
const LONG_FILES: [(&str, usize); 0] = [];
/// Functions that are longer: file, name and the length they may have.
const LONG_FUNCTIONS: [(&str, &str, usize); 0] = [];

#[test]
fn files_are_short() {
    let mut complaints = Vec::new();
    for path in files(&[".rs", ".mjs", ".ts", ".tsx"]) {
        let (name, text) = (relative(&path), read(&path));
        let lines = without_tests(&text).lines().count();
        let excepted = LONG_FILES.iter().find(|(file, _)| *file == name).map(|(_, lines)| *lines);
        complaints.extend(judge(&name, lines, FILE_LINES, excepted));
    }
    assert_none("A file has 600 lines at most, its tests not counted", &complaints);
}

#[test]
fn functions_are_short() {
    let mut complaints = Vec::new();
    for path in files(&[".rs"]) {
        let (file, text) = (relative(&path), read(&path));
        if is_tests(&file) {
            continue;
        }
        for (name, lines) in functions(without_tests(&text)) {
            let excepted = LONG_FUNCTIONS.iter().find(|it| it.0 == file && it.1 == name).map(|it| it.2);
            complaints.extend(judge(&format!("{file}: {name}"), lines, FUNCTION_LINES, excepted));
        }
    }
    assert_none("A function has 70 lines at most", &complaints);
}

#[test]
fn exceptions_are_still_there() {
    let sources: Vec<String> =
        files(&[".rs", ".mjs", ".ts", ".tsx"]).iter().map(|path| relative(path)).collect();
    let named = LONG_FILES.iter().map(|it| it.0).chain(LONG_FUNCTIONS.iter().map(|it| it.0));
    let gone = named.filter(|file| !sources.iter().any(|known| known == file)).map(str::to_owned);
    assert_none("An exception whose file is gone goes too", &gone.collect::<Vec<_>>());
}

fn judge(what: &str, lines: usize, limit: usize, excepted: Option<usize>) -> Option<String> {
    match excepted {
        Some(allowed) if lines < allowed => {
            Some(format!("{what} has shrunk to {lines}: write that in the exceptions"))
        }
        Some(allowed) if lines > allowed => Some(format!("{what} has grown to {lines} from {allowed}")),
        None if lines > limit => Some(format!("{what} has {lines} lines")),
        _ => None,
    }
}

/// Names and lengths of all functions. The code is formatted, so a function ends at the first line that is
/// a closing brace under its beginning. A declaration in a trait has no body, and no length.
fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line).filter(|_| !line.ends_with(';')) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        if let Some(length) = lines[start..].iter().position(|line| *line == end) {
            found.push((name, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let words = line.trim_start();
    let (before, rest) = words.split_once("fn ")?;
    let is_definition = before.split_whitespace().all(|word| {
        ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe", "extern"].contains(&word)
    });
    let name: String = rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
    (is_definition && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_from_name_to_brace() {
        let code = "trait T {\n    fn a();\n}\nimpl A {\n    pub async fn b(\n        c: D,\n    ) {\n        if e {\n        }\n    }\n}\nfn f() {\n}\nlet fn_g = 1;\n";
        assert_eq!(functions(code), [("b".to_owned(), 6), ("f".to_owned(), 2)]);
    }
}
