//! What one of the three columns has been told of the chat.

use std::collections::BTreeMap;

use serde_json::Value;
use test_kit::Notification;

use super::columns::Cell;
use super::screen::Screen;
use super::view::{Entry, is_last, presence_cell, state_cell};
use crate::failure::Failure;

/// What stands in the three columns.
type Row = [Option<Cell>; 3];

/// What one of the three has been told of the chat.
#[derive(Default)]
pub struct Viewer {
    /// How many notifications were looked at.
    pub position: usize,
    log: Vec<Entry>,
    states: Vec<String>,
    participants: Vec<Value>,
    /// Not shown yet.
    fresh_entries: BTreeMap<u64, Cell>,
    fresh_states: Vec<String>,
}

impl Viewer {
    /// Takes a notification about the chat.
    pub fn notice(&mut self, notification: &Notification) {
        match notification.kind() {
            "StatusChange" => {
                self.states.push(notification.state().to_owned());
                self.fresh_states.push(notification.state().to_owned());
            }
            "ParticipantsUpdated" => self.participants = notification.participants().to_vec(),
            _ => {}
        }
        for entry in notification.messages() {
            self.take(Entry(entry.clone()));
        }
    }

    /// Takes an entry of the log.
    pub fn take(&mut self, entry: Entry) {
        let presence =
            |known: &&Entry| known.from() == entry.from() && known.kind().starts_with("Participant");
        let is_new_here = self.log.iter().rfind(presence).is_none_or(|last| last.kind() == "ParticipantLeft");
        if let Some(cell) = entry.cell(is_new_here) {
            self.fresh_entries.insert(entry.index(), cell);
        }
        self.log.push(entry);
    }

    /// Takes the list of those who are in the chat.
    pub fn set_participants(&mut self, participants: Vec<Value>) {
        self.participants = participants;
    }

    /// Whether the list of participants is still kept up to date.
    fn is_in_chat(&self) -> bool {
        !self.participants.is_empty() && !is_last(self.state())
    }

    /// The chat's state for this user.
    pub fn state(&self) -> &str {
        self.states.last().map_or("", String::as_str)
    }

    /// Whether a text has come.
    pub fn has_text(&self, text: &str) -> bool {
        self.log.iter().any(|entry| entry.kind() == "Text" && entry.text() == text)
    }

    /// How many entries of a kind have come from somebody.
    pub fn count(&self, kind: &str, from: &str) -> usize {
        self.log.iter().filter(|entry| entry.kind() == kind && entry.from() == from).count()
    }
}

/// Shows what is new to the three. What is one entry of the log stands in one row.
///
/// # Errors
/// Nobody looks.
pub fn show_news(screen: &Screen, viewers: &mut [Viewer; 3]) -> Result<(), Failure> {
    let fresh = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_entries));
    let states = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_states));
    let mut indices: Vec<u64> = fresh.iter().flat_map(|cells| cells.keys().copied()).collect();
    indices.sort_unstable();
    indices.dedup();
    let mut rows = state_rows(&states, false);
    rows.extend(indices.iter().map(|index| fresh.each_ref().map(|cells| cells.get(index).cloned())));
    rows.extend(state_rows(&states, true));
    for row in joined(rows) {
        screen.show(&screen.layout.row(row.each_ref().map(Option::as_ref)))?;
    }
    Ok(())
}

/// Shows who is in the chat, as each of those who are in it was told.
///
/// # Errors
/// Nobody looks.
pub fn show_participants(screen: &Screen, viewers: &[Viewer; 3]) -> Result<(), Failure> {
    let cell = |viewer: &Viewer| viewer.is_in_chat().then(|| presence_cell(&viewer.participants));
    let cells = viewers.each_ref().map(cell);
    screen.show(&screen.layout.row(cells.each_ref().map(Option::as_ref)))
}

/// Changes of state, those after which nothing comes apart from the others.
fn state_rows(states: &[Vec<String>; 3], last: bool) -> Vec<Row> {
    let mut chosen = states
        .each_ref()
        .map(|states| states.iter().filter(|state| is_last(state) == last).map(|it| state_cell(it)));
    let mut rows = Vec::new();
    loop {
        let row = chosen.each_mut().map(Iterator::next);
        if row.iter().all(Option::is_none) {
            return rows;
        }
        rows.push(row);
    }
}

/// Puts rows together that are no speech and have no column in common: one thing as different people see it.
fn joined(rows: Vec<Row>) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::new();
    for row in rows {
        let is_speech = |row: &Row| row.iter().flatten().any(|cell| !cell.label.is_empty());
        match joined.last_mut() {
            Some(last)
                if !is_speech(last)
                    && !is_speech(&row)
                    && last.iter().zip(&row).all(|(above, below)| above.is_none() || below.is_none()) =>
            {
                for (above, below) in last.iter_mut().zip(row) {
                    *above = above.take().or(below);
                }
            }
            _ => joined.push(row),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::columns::Look;

    fn cell(label: &str, text: &str) -> Option<Cell> {
        Some(Cell { label: label.to_owned(), text: text.to_owned(), look: Look::Open })
    }

    #[test]
    fn one_thing_that_people_see_differently_is_one_row() {
        let seen = [None, cell("", "~ sam goes behind the scenes"), cell("", "~ sam goes behind the scenes")];
        let missed = [cell("", "- sam leaves"), None, None];
        assert_eq!(joined(vec![seen.clone(), missed.clone()]).len(), 1);
        assert_eq!(joined(vec![seen.clone(), seen]).len(), 2);
        let whisper = [None, cell("sam whispers:", "Psst"), cell("sam whispers:", "Psst")];
        assert_eq!(joined(vec![whisper, missed]).len(), 2, "speech stands alone");
    }
}
