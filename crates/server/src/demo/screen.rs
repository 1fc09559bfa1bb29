//! The terminal, or whatever standard output is.

use std::io::{IsTerminal as _, Write as _};

use super::columns::{GREATEST_WIDTH, LEAST_WIDTH, Layout, Look};
use crate::failure::Failure;

/// How wide it is where nobody can tell: in a file or a pipe.
const WIDTH_OF_FILES: usize = 110;

/// Where the demo is shown.
pub struct Screen {
    /// How.
    pub layout: Layout,
}

impl Screen {
    /// Looks at standard output and at the variables `COLUMNS` and `NO_COLOR`.
    pub fn new() -> Screen {
        let is_terminal = std::io::stdout().is_terminal();
        let by_variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let by_terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = if is_terminal { by_terminal().or(by_variable) } else { by_variable };
        let width = width.unwrap_or(WIDTH_OF_FILES).clamp(LEAST_WIDTH, GREATEST_WIDTH);
        Screen { layout: Layout { width, has_color: is_terminal && !crate::logs::no_color() } }
    }

    /// Shows lines as they are.
    ///
    /// # Errors
    /// Nobody looks any more.
    pub fn show(&self, lines: &[String]) -> Result<(), Failure> {
        let mut output = std::io::stdout().lock();
        let mut show = || {
            for line in lines {
                writeln!(output, "{line}")?;
            }
            output.flush()
        };
        show().map_err(Failure::Output)
    }

    /// Tells the reader what happens.
    ///
    /// # Errors
    /// As [`Screen::show`].
    pub fn tell(&self, text: &str, look: Look) -> Result<(), Failure> {
        let mark = match look {
            Look::Told | Look::Alarm => "▸",
            _ => " ",
        };
        self.show(&self.layout.across(mark, text, look))
    }

    /// An empty line.
    ///
    /// # Errors
    /// As [`Screen::show`].
    pub fn gap(&self) -> Result<(), Failure> {
        self.show(&[String::new()])
    }
}
