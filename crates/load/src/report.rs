//! Results: raw ones as JSON lines in a file, tables on standard output.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::clock;
use crate::error::LoadError;
use crate::process;

/// The file of raw results of one run; its first line tells the machine and the command.
pub struct Report {
    file: File,
}

impl Report {
    /// Creates `<folder>/<name>-<seconds>.jsonl`.
    pub fn create(folder: &Path, name: &str) -> Result<Report, LoadError> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("{name}-{}.jsonl", clock::unix_seconds()));
        let mut report = Report { file: File::create(&path)? };
        report.line(&process::machine())?;
        eprintln!("raw results: {}", path.display());
        Ok(report)
    }

    /// Writes one result.
    pub fn line(&mut self, result: &impl Serialize) -> Result<(), LoadError> {
        let mut line = serde_json::to_vec(result)?;
        line.push(b'\n');
        Ok(self.file.write_all(&line)?)
    }
}

/// A cell of a table; a dash where nothing was measured.
pub fn figure(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(value) if value.is_finite() => group_thousands(&format!("{value:.decimals$}")),
        _ => "-".to_owned(),
    }
}

fn group_thousands(number: &str) -> String {
    let (whole, fraction) =
        number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let digits = whole.trim_start_matches('-');
    let mut out = whole[..whole.len() - digits.len()].to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_by_thousands() {
        assert_eq!(figure(Some(1_234_567.0), 0), "1,234,567");
        assert_eq!(figure(Some(-1234.56), 1), "-1,234.6");
        assert_eq!(figure(Some(999.0), 0), "999");
        assert_eq!(figure(Some(f64::NAN), 2), "-");
        assert_eq!(figure(None, 2), "-");
    }
}
