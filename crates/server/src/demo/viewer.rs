//! What one of the three columns has been told of the chat.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use test_kit::Notification;

use super::columns::Cell;
use super::screen::Screen;
use super::view::{DELIVERED, Entry, delivery_cell, is_last, presence_cell, state_cell};
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
    /// What became of entries on their way to a phone, by their numbers in the log.
    deliveries: BTreeMap<u64, Value>,
    /// Not shown yet.
    fresh_entries: BTreeMap<u64, Cell>,
    fresh_deliveries: BTreeMap<u64, Cell>,
    fresh_states: Vec<String>,
    /// Texts on a phone, which knows nothing of their numbers in the log.
    fresh_texts: Vec<Cell>,
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
        for told in notification.deliveries() {
            let index = told["index"].as_u64().unwrap_or(0);
            self.fresh_deliveries.insert(index, delivery_cell(told));
            self.deliveries.insert(index, told.clone());
        }
    }

    /// Takes an entry of the log, or a text on a phone.
    pub fn take(&mut self, entry: Entry) {
        let presence =
            |known: &&Entry| known.from() == entry.from() && known.kind().starts_with("Participant");
        let is_new_here = self.log.iter().rfind(presence).is_none_or(|last| last.kind() == "ParticipantLeft");
        match (entry.cell(is_new_here), entry.index()) {
            (Some(cell), Some(index)) => {
                self.fresh_entries.insert(index, cell);
            }
            (Some(cell), None) => self.fresh_texts.push(cell),
            (None, _) => {}
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

    /// What a phone received, oldest first.
    pub fn received(&self) -> impl Iterator<Item = &str> {
        self.log.iter().filter(|entry| !entry.is_own()).map(Entry::text)
    }

    /// Whether it is known that the customer's phone has a text.
    pub fn knows_delivered(&self, text: &str) -> bool {
        let entries = self.log.iter().filter(|entry| entry.text() == text);
        let mut deliveries = entries.filter_map(|entry| self.deliveries.get(&entry.index()?));
        deliveries.any(|delivery| delivery["state"] == DELIVERED)
    }

    /// How many entries of a kind have come from somebody.
    pub fn count(&self, kind: &str, from: &str) -> usize {
        self.log.iter().filter(|entry| entry.kind() == kind && entry.from() == from).count()
    }
}

/// Shows what is new to the three. What is one entry of the log stands in one row, and what became of it below.
///
/// # Errors
/// Nobody looks.
pub fn show_news(screen: &Screen, viewers: &mut [Viewer; 3]) -> Result<(), Failure> {
    let mut fresh = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_entries));
    let texts = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_texts));
    let deliveries = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_deliveries));
    let states = viewers.each_mut().map(|viewer| std::mem::take(&mut viewer.fresh_states));
    let mut rows = placed(texts, &mut fresh);
    rows.extend(state_rows(&states, false));
    let indices: BTreeSet<u64> =
        fresh.iter().chain(&deliveries).flat_map(|cells| cells.keys().copied()).collect();
    for index in indices {
        let of_index = |cells: &BTreeMap<u64, Cell>| cells.get(&index).cloned();
        rows.push(fresh.each_ref().map(of_index));
        rows.push(deliveries.each_ref().map(of_index));
    }
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

/// Puts texts on a phone beside the entries that say the same to others; answers rows for those that no entry does,
/// or not yet.
fn placed(texts: [Vec<Cell>; 3], fresh: &mut [BTreeMap<u64, Cell>; 3]) -> Vec<Row> {
    let mut alone = Vec::new();
    for (column, texts) in texts.into_iter().enumerate() {
        for cell in texts {
            let entries = fresh.iter().flatten();
            let same = entries.filter(|(_, entry)| !entry.label.is_empty() && entry.text == cell.text);
            let free = same.map(|(index, _)| *index).find(|index| !fresh[column].contains_key(index));
            match free {
                Some(index) => {
                    fresh[column].insert(index, cell);
                }
                None => {
                    let mut row = Row::default();
                    row[column] = Some(cell);
                    alone.push(row);
                }
            }
        }
    }
    alone
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
    for row in rows.into_iter().filter(|row| row.iter().any(Option::is_some)) {
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

    #[test]
    fn a_text_on_the_phone_stands_beside_the_entry_that_says_the_same() {
        let told = [(3, cell("+49:", "STOP")), (4, cell("", "! STOP"))];
        let desk: BTreeMap<u64, Cell> =
            told.into_iter().filter_map(|(index, cell)| Some((index, cell?))).collect();
        let mut fresh = [BTreeMap::new(), desk.clone(), desk];
        let on_phone: Vec<Cell> =
            [cell("Nora:", "STOP"), cell("Nora:", "STOP")].into_iter().flatten().collect();
        let alone = placed([on_phone, Vec::new(), Vec::new()], &mut fresh);
        assert_eq!(fresh[0].keys().collect::<Vec<_>>(), [&3]);
        assert_eq!(
            alone,
            [[cell("Nora:", "STOP"), None, None]],
            "of the second one the desks know nothing yet"
        );
    }
}
