//! What the owners count. Whoever wants the figures installs a recorder before the engine starts.

use std::time::Duration;

use contact_center::Event;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::{Denial, Failure};

/// The figures of one owner; the gauges show the sum over all.
pub(crate) struct Figures {
    kept: Counter,
    refused: Counter,
    not_stored: Counter,
    batch_commands: Histogram,
    commit_seconds: Histogram,
    queue_length: Level,
    open_contacts: Level,
}

impl Figures {
    pub fn new() -> Self {
        let outcome = |outcome: &'static str| counter!("souffleur_commands_total", "outcome" => outcome);
        Self {
            kept: outcome("kept"),
            refused: outcome("refused"),
            not_stored: outcome("not_stored"),
            batch_commands: histogram!("souffleur_batch_commands"),
            commit_seconds: histogram!("souffleur_commit_seconds"),
            queue_length: Level::new(gauge!("souffleur_queue_length")),
            open_contacts: Level::new(gauge!("souffleur_open_contacts")),
        }
    }

    pub fn count_batch(&self, commands: usize) {
        self.batch_commands.record(commands as f64);
    }

    pub fn count_commit(&self, took: Duration) {
        self.commit_seconds.record(took.as_secs_f64());
    }

    pub fn count_answers<'a>(&self, answers: impl Iterator<Item = &'a Result<Vec<Event>, Denial>>) {
        let (mut kept, mut refused, mut not_stored) = (0, 0, 0);
        for answer in answers {
            match answer {
                Ok(_) => kept += 1,
                Err(Denial::Refused(_)) => refused += 1,
                Err(Denial::Failed(_)) => not_stored += 1,
            }
        }
        self.kept.increment(kept);
        self.refused.increment(refused);
        self.not_stored.increment(not_stored);
    }

    pub fn show_levels(&mut self, queue_length: usize, open_contacts: usize) {
        self.queue_length.show(queue_length);
        self.open_contacts.show(open_contacts);
    }
}

/// Counts a command that found no place.
pub(crate) fn count_turned_away(failure: Failure) {
    let outcome = match failure {
        Failure::Busy => "busy",
        Failure::NotStored => "not_stored",
        Failure::Stopped => "stopped",
    };
    counter!("souffleur_commands_total", "outcome" => outcome).increment(1);
}

/// One owner's part of a gauge. It is taken back when the owner ends.
struct Level {
    gauge: Gauge,
    shown: usize,
}

impl Level {
    fn new(gauge: Gauge) -> Self {
        Self { gauge, shown: 0 }
    }

    fn show(&mut self, level: usize) {
        if level != self.shown {
            self.gauge.increment(level as f64 - self.shown as f64);
            self.shown = level;
        }
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        self.show(0);
    }
}
