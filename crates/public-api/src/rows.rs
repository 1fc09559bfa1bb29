//! Suppression lists as rows of `text/csv` (RFC 4180), as operators carry them from one system to another.
//!
//! Reading is lenient, because a number that is passed over is a customer who is texted against their will:
//! commas, semicolons or tabs; with or without a first row of names; any end of line; a mark of the byte
//! order; quotes that are never closed. A line is a row, so that one stray quote cannot swallow the rows
//! below it. Whether a number is one is not decided here.

use std::borrow::Cow;

use crate::operation::limits;
use crate::resources::WireTime;

/// The columns, in their order.
pub const COLUMNS: [&str; 3] = ["number", "reason", "since"];

/// A row of a suppression list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionRow {
    /// The line, counted from 1.
    pub line: usize,
    /// What stands where the number belongs.
    pub number: String,
    /// Why; empty if it is not said.
    pub reason: String,
    /// Since when.
    pub since: Option<WireTime>,
    /// What is wrong with the row, although its number can be used.
    pub problem: Option<&'static str>,
}

/// The rows of a file. Blank lines are passed over.
pub fn suppression_rows(file: &str) -> impl Iterator<Item = SuppressionRow> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut lines = lines(file).enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let first = lines.peek().map_or("", |(_, line)| *line);
    let separator = separator(first);
    let names = places(&cells(first, separator));
    if names.is_some() {
        lines.next();
    }
    let places = names.unwrap_or([Some(0), Some(1), Some(2)]);
    lines.map(move |(index, line)| row(index + 1, &cells(line, separator), places))
}

/// Writes the row of names, with which a file begins.
pub fn write_columns(file: &mut Vec<u8>) {
    file.extend_from_slice(COLUMNS.join(",").as_bytes());
    file.extend_from_slice(b"\r\n");
}

/// Writes a row as [`suppression_rows`] reads it.
pub fn write_row(file: &mut Vec<u8>, number: &str, reason: &str, since: WireTime) {
    for (cell, end) in [(number, ","), (reason, ",")] {
        write_cell(file, cell);
        file.extend_from_slice(end.as_bytes());
    }
    file.extend_from_slice(format!("{since}\r\n").as_bytes());
}

fn write_cell(file: &mut Vec<u8>, cell: &str) {
    let is_plain = cell.trim() == cell && !cell.contains(['"', ',', ';', '\t', '\r', '\n']);
    if is_plain {
        return file.extend_from_slice(cell.as_bytes());
    }
    // A line is a row.
    let cell = cell.replace('"', "\"\"").replace(['\r', '\n'], " ");
    file.extend_from_slice(format!("\"{cell}\"").as_bytes());
}

fn lines(file: &str) -> impl Iterator<Item = &str> {
    // `\r\n`, `\n`, or `\r` alone.
    file.split_inclusive(['\r', '\n'])
        .scan(false, |after_return, line| {
            let joins = *after_return && line == "\n";
            *after_return = line.ends_with('\r');
            Some((!joins).then(|| line.trim_end_matches(['\r', '\n'])))
        })
        .flatten()
}

/// What separates the cells: of the possible ones, the first that the line has outside of quotes.
fn separator(line: &str) -> char {
    let mut quoted = false;
    let mut outside = line.chars().filter(|letter| {
        quoted ^= *letter == '"';
        !quoted
    });
    outside.find(|letter| matches!(letter, ',' | ';' | '\t')).unwrap_or(',')
}

/// The cells of a line. Space around cells counts within quotes only.
fn cells(line: &str, separator: char) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (cell, after) = match text.trim_start_matches(' ').strip_prefix('"') {
            Some(quoted) => {
                let (cell, after) = quoted_cell(quoted);
                (Cow::Owned(cell), after.split_once(separator).map(|(_, after)| after))
            }
            None => {
                let (cell, after) = match text.split_once(separator) {
                    Some((cell, after)) => (cell, Some(after)),
                    None => (text, None),
                };
                (Cow::Borrowed(cell.trim()), after)
            }
        };
        cells.push(cell);
        rest = after;
    }
    cells
}

/// A cell after its first quote, and what follows its last one.
fn quoted_cell(text: &str) -> (String, &str) {
    let mut cell = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        cell.push_str(before);
        let Some(more) = after.strip_prefix('"') else { return (cell, after) };
        cell.push('"');
        rest = more;
    }
    cell.push_str(rest);
    (cell, "")
}

/// Where the columns are, if these cells are their names.
fn places(cells: &[Cow<'_, str>]) -> Option<[Option<usize>; 3]> {
    let places = COLUMNS.map(|name| cells.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name)));
    places[0].map(|_| places)
}

fn row(line: usize, cells: &[Cow<'_, str>], places: [Option<usize>; 3]) -> SuppressionRow {
    let [number, reason, since] =
        places.map(|place| place.and_then(|place| cells.get(place)).map_or("", |cell| cell.as_ref()));
    let kept = shortened(reason, limits::NAME_BYTES);
    let moment = WireTime::parse(since.trim());
    let problem = if kept.len() < reason.len() {
        Some("the reason is too long, and was cut")
    } else if moment.is_none() && !since.trim().is_empty() {
        Some("'since' is no time, and was left out")
    } else {
        None
    };
    SuppressionRow { line, number: number.to_owned(), reason: kept.to_owned(), since: moment, problem }
}

fn shortened(text: &str, most_bytes: usize) -> &str {
    let end = (0..=most_bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(file: &str, rows: &[(usize, &str, &str, Option<i64>)]) {
        let read: Vec<_> = suppression_rows(file).collect();
        let read: Vec<_> = read
            .iter()
            .map(|row| (row.line, row.number.as_str(), row.reason.as_str(), row.since.map(|since| since.0)))
            .collect();
        assert_eq!(read, rows, "{file:?}");
    }

    #[test]
    fn a_column_of_numbers_is_enough() {
        check("+4917\n+4918", &[(1, "+4917", "", None), (2, "+4918", "", None)]);
        check("", &[]);
        check("\r\n\r\n", &[]);
    }

    #[test]
    fn marks_ends_of_lines_and_separators_of_every_program_are_understood() {
        check("\u{feff}Number;Reason\r\n+4917;STOP\r\n", &[(2, "+4917", "STOP", None)]);
        check("+4917\tSTOP\r+4918\tStop\r", &[(1, "+4917", "STOP", None), (2, "+4918", "Stop", None)]);
        check("+4917 , STOP \n\n", &[(1, "+4917", "STOP", None)]);
    }

    #[test]
    fn names_in_the_first_row_say_where_the_columns_are() {
        check("id,since,number\n7,1970-01-02,+4917\n", &[(2, "+4917", "", Some(86_400_000))]);
        check("id,phone\n7,+4917\n", &[(1, "id", "phone", None), (2, "7", "+4917", None)]);
    }

    #[test]
    fn quotes_hold_separators_and_quotes() {
        check("\"+4917\",\"He said \"\"stop\"\", twice\"", &[(1, "+4917", "He said \"stop\", twice", None)]);
        check("\"+4917\" ,  \" STOP \"", &[(1, "+4917", " STOP ", None)]);
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_no_other_row() {
        check("+4917,\"STOP\n+4918,x", &[(1, "+4917", "STOP", None), (2, "+4918", "x", None)]);
    }

    #[test]
    fn a_row_whose_number_can_be_used_is_kept_with_its_problem() {
        let file = format!("+4917,,yesterday\n+4918,{}", "ä".repeat(limits::NAME_BYTES));
        let rows: Vec<_> = suppression_rows(&file).collect();
        assert_eq!((rows[0].since, rows[0].problem), (None, Some("'since' is no time, and was left out")));
        assert_eq!(rows[1].reason, "ä".repeat(limits::NAME_BYTES / 2));
        assert_eq!(rows[1].problem, Some("the reason is too long, and was cut"));
    }

    proptest! {
        #[test]
        fn any_file_is_read(file in "[\\PC\r\n\t\",;]{0,200}") {
            let lines = file.split(['\r', '\n']).count();
            prop_assert!(suppression_rows(&file).count() <= lines);
        }

        #[test]
        fn what_was_written_is_read(
            list in proptest::collection::vec(("[+]?[0-9]{1,20}", "[\\PC\t\",;]{0,60}", 0..4_000_000_000_000_i64), 0..8)
        ) {
            let mut file = Vec::new();
            write_columns(&mut file);
            for (number, reason, since) in &list {
                write_row(&mut file, number, reason, WireTime(*since));
            }
            let file = String::from_utf8(file).unwrap();
            let read: Vec<_> = suppression_rows(&file)
                .map(|row| (row.number, row.reason, row.since.map_or(-1, |since| since.0)))
                .collect();
            prop_assert_eq!(read, list);
        }
    }
}
