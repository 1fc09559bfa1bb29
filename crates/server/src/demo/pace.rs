//! How fast people are.

use std::time::Duration;

/// What somebody needs to think of something to say, in milliseconds.
const THINKING_MS: f64 = 900.0;
/// What it takes to type a letter, and the longest anybody waits for the end of a sentence, in milliseconds.
const LETTER_MS: f64 = 28.0;
const TYPING_LIMIT_MS: f64 = 3_600.0;

/// How fast people are.
#[derive(Clone, Copy)]
pub struct Pace {
    /// How many times faster than people.
    pub speed: f64,
}

impl Pace {
    /// Waits as long as somebody thinks of a text and types it.
    pub async fn typing(self, text: &str) {
        let typing = LETTER_MS * text.chars().count() as f64;
        self.pause(THINKING_MS + typing.min(TYPING_LIMIT_MS)).await;
    }

    /// Waits for so many milliseconds of human time.
    pub async fn pause(self, duration_ms: f64) {
        wait(Duration::from_secs_f64(duration_ms / 1000.0 / self.speed)).await;
    }
}

/// Waits in real time.
pub async fn wait(duration: Duration) {
    tokio::time::sleep_until((crate::clock::now() + duration).into()).await;
}
