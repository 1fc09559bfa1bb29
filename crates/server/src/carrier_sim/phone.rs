//! A phone in the terminal: lines typed are texts sent, texts received are printed.

use std::io::BufRead as _;
use std::time::Duration;

use carrier_simulator::{Direction, Simulator};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::serve::print;

/// Lines that may be typed ahead of what was sent.
const MOST_LINES_AHEAD: usize = 16;
/// How often the terminal looks after the phone without being woken.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Uses the phone `from` to text with `to`, for as long as anybody looks.
///
/// # Errors
/// Nobody reads the output.
pub async fn use_it(simulator: &Simulator, from: &str, to: &str) -> Result<(), Failure> {
    print(&format!("this is the phone {from}; a line and Enter is a text to {to}\n"))?;
    let mut lines = typed_lines()?;
    let (mut shown, mut is_typed) = (0, true);
    loop {
        tokio::select! {
            line = lines.recv(), if is_typed => match line {
                Some(line) if line.is_empty() => {}
                Some(line) => {
                    if let Err(error) = simulator.text(from, to, &line) {
                        eprintln!("not sent: {error}");
                    }
                }
                // Nothing more is typed. What comes is shown all the same.
                None => is_typed = false,
            },
            _ = simulator.wait_until(LOOK_AGAIN, |it| !it.texts_after(from, shown).is_empty()) => {
                for text in simulator.texts_after(from, shown) {
                    shown = text.index;
                    if text.direction == Direction::Received {
                        print(&format!("{}: {}\n", printable(&text.from), printable(&text.text)))?;
                    }
                }
            }
        }
    }
}

/// The lines of standard input, read by a thread of its own, since such a read cannot be ended.
fn typed_lines() -> Result<mpsc::Receiver<String>, Failure> {
    let (sender, receiver) = mpsc::channel(MOST_LINES_AHEAD);
    let read = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("stdin".to_owned()).spawn(read).map_err(Failure::NoRuntime)?;
    Ok(receiver)
}

/// A text that cannot steer the terminal.
fn printable(text: &str) -> String {
    let is_harmless = |letter: &char| *letter == '\n' || !letter.is_control();
    text.chars().map(|letter| if is_harmless(&letter) { letter } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\r"), "a\u{fffd}[2Jb\nc\u{fffd}");
    }
}
