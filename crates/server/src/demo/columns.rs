//! Three columns of text, as wide as the terminal allows.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How a piece of text looks where there are colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What everybody hears.
    Open,
    /// What is said behind the scenes.
    Hidden,
    /// What is no speech: who comes and goes.
    Faint,
    /// What the story is about.
    Title,
    /// What the reader is told.
    Told,
    /// What must never happen.
    Alarm,
}

/// What stands in one column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Who speaks; may be empty.
    pub label: String,
    /// What is said.
    pub text: String,
    /// How it looks.
    pub look: Look,
}

/// How wide everything is, and whether there are colors.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether escape sequences are understood.
    pub has_color: bool,
}

/// Below this three columns are not readable.
pub const LEAST_WIDTH: usize = 80;
/// Above this lines are too long for the eye.
pub const GREATEST_WIDTH: usize = 150;
/// Further lines of one cell begin so far to the right.
const INDENT: usize = 2;
const MARGIN: &str = " ";
const GAP: &str = " │ ";

impl Layout {
    /// The lines of a row. A column without a cell stays empty.
    pub fn row(&self, cells: [Option<&Cell>; 3]) -> Vec<String> {
        let width = self.column_width();
        let columns = cells.map(|cell| cell.map_or_else(Vec::new, |cell| self.cell(cell, width)));
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let gap = self.paint(GAP, "2");
        let line = |number: usize| {
            let parts = columns.each_ref().map(|lines| lines.get(number).cloned().unwrap_or_default());
            let [left, middle, right] = parts;
            let line =
                format!("{MARGIN}{}{gap}{}{gap}{}", left.padded(width), middle.padded(width), right.painted);
            line.trim_end().to_owned()
        };
        (0..height).map(line).collect()
    }

    /// The names of the columns, and a line below them.
    pub fn head(&self, titles: [&str; 3]) -> Vec<String> {
        let width = self.column_width();
        let cells =
            titles.map(|title| Cell { label: title.to_owned(), text: String::new(), look: Look::Open });
        let mut lines = self.row(cells.each_ref().map(Some));
        let bar = "─".repeat(width + 2);
        lines.push(self.paint(&format!("{bar}┼{bar}┼{bar}"), "2"));
        lines
    }

    /// Text over the whole width, all of its lines indented.
    pub fn across(&self, mark: &str, text: &str, look: Look) -> Vec<String> {
        let indent = mark.width() + 2 * MARGIN.len();
        let lines = wrapped(text, self.width.saturating_sub(indent + 1), 0);
        let line = |(number, line): (usize, String)| {
            let before = if number == 0 { format!("{MARGIN}{mark}{MARGIN}") } else { " ".repeat(indent) };
            self.paint(&format!("{before}{line}"), code(look))
        };
        lines.into_iter().enumerate().map(line).collect()
    }

    fn column_width(&self) -> usize {
        let width = self.width.clamp(LEAST_WIDTH, GREATEST_WIDTH);
        (width - 2 * MARGIN.len() - 2 * GAP.width()) / 3
    }

    fn cell(&self, cell: &Cell, width: usize) -> Vec<Line> {
        let whole = if cell.label.is_empty() || cell.text.is_empty() {
            format!("{}{}", cell.label, cell.text)
        } else {
            format!("{} {}", cell.label, cell.text)
        };
        let paint = |(number, line): (usize, String)| {
            let painted = match line.strip_prefix(&cell.label) {
                Some(rest) if number == 0 && !cell.label.is_empty() => {
                    // 0 would take the bold back.
                    let bold = format!("1;{}", code(cell.look));
                    let bold = bold.trim_end_matches(";0");
                    format!("{}{}", self.paint(&cell.label, bold), self.paint(rest, code(cell.look)))
                }
                _ => self.paint(&line, code(cell.look)),
            };
            Line { width: line.width(), painted }
        };
        wrapped(&whole, width, INDENT).into_iter().enumerate().map(paint).collect()
    }

    fn paint(&self, text: &str, code: &str) -> String {
        let is_plain = !self.has_color || text.trim().is_empty() || code == "0";
        if is_plain { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

/// One line of a cell, and how wide it is without its escape sequences.
#[derive(Clone, Default)]
struct Line {
    width: usize,
    painted: String,
}

impl Line {
    fn padded(&self, width: usize) -> String {
        format!("{}{}", self.painted, " ".repeat(width.saturating_sub(self.width)))
    }
}

/// The sequence that switches a look on.
fn code(look: Look) -> &'static str {
    match look {
        Look::Open => "0",
        Look::Hidden => "33",
        Look::Faint => "2",
        Look::Title => "1",
        Look::Told => "36",
        Look::Alarm => "1;31",
    }
}

/// Lines of at most `width` columns, broken between words where that is possible; all but the first begin
/// with `indent` spaces.
pub fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let is_fresh = line.trim().is_empty();
            let space = usize::from(!is_fresh);
            if line.width() + space + word.width() <= width {
                line.push_str(if is_fresh { "" } else { " " });
                line.push_str(word);
                break;
            }
            if is_fresh {
                // Longer than a line: it is broken where the line ends.
                let (fitting, rest) = word.split_at(fitting_bytes(word, width.saturating_sub(line.width())));
                line.push_str(fitting);
                word = rest;
            }
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            if word.is_empty() {
                break;
            }
        }
    }
    if !line.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// How many bytes of a word fit; at least one letter, so that wrapping always comes to an end.
fn fitting_bytes(word: &str, width: usize) -> usize {
    let mut used = 0;
    for (offset, letter) in word.char_indices() {
        used += letter.width().unwrap_or(0);
        if used > width && offset > 0 {
            return offset;
        }
    }
    word.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Layout = Layout { width: 80, has_color: false };

    fn cell(label: &str, text: &str) -> Cell {
        Cell { label: label.to_owned(), text: text.to_owned(), look: Look::Hidden }
    }

    #[track_caller]
    fn check_wrapped(text: &str, width: usize, lines: &[&str]) {
        assert_eq!(wrapped(text, width, 2), lines);
        assert!(lines.iter().all(|line| line.width() <= width));
    }

    #[test]
    fn lines_break_between_words_and_further_lines_are_indented() {
        check_wrapped("one two three four", 9, &["one two", "  three", "  four"]);
        check_wrapped("", 9, &[]);
        check_wrapped("  one   two ", 9, &["one two"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        check_wrapped("a abcdefghij b", 5, &["a", "  abc", "  def", "  ghi", "  j b"]);
    }

    #[test]
    fn wide_and_combining_letters_count_as_the_terminal_shows_them() {
        check_wrapped("包裹在哪里", 6, &["包裹在", "  哪里"]);
        check_wrapped("e\u{301}e\u{301} ab", 5, &["e\u{301}e\u{301} ab"]);
    }

    #[test]
    fn columns_stand_below_each_other() {
        let whisper = cell("sam whispers:", "Ask for the number of the order first.");
        let lines = PLAIN.row([None, Some(&whisper), Some(&cell("Milo:", "包裹"))]);
        assert_eq!(
            lines,
            [
                "                          │ sam whispers: Ask for    │ Milo: 包裹",
                "                          │   the number of the      │",
                "                          │   order first.           │",
            ]
        );
    }

    #[test]
    fn colors_take_no_room() {
        let painted = Layout { width: 80, has_color: true };
        let whisper = cell("sam whispers:", "Ask for the number of the order first.");
        let strip = |line: &String| {
            let mut parts = line.split('\u{1b}');
            let first = parts.next().unwrap_or("").to_owned();
            parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
        };
        let lines = painted.row([None, Some(&whisper), None]);
        assert!(lines[0].contains("\u{1b}[1;33msam whispers:\u{1b}[0m"), "{lines:?}");
        let stripped: Vec<String> = lines.iter().map(|line| strip(line).trim_end().to_owned()).collect();
        assert_eq!(stripped, PLAIN.row([None, Some(&whisper), None]));
    }

    #[test]
    fn the_head_is_as_wide_as_the_rows() {
        let lines = PLAIN.head(["CUSTOMER", "AGENT", "SUPERVISOR"]);
        assert_eq!(lines[0], " CUSTOMER                 │ AGENT                    │ SUPERVISOR");
        assert_eq!(
            lines[0].find('│').map(|it| lines[0][..it].width()),
            lines[1].find('┼').map(|it| lines[1][..it].width())
        );
    }
}
