//! What one client was told, as lines for its column.

use serde_json::Value;

use super::columns::{Cell, Look};

/// The state of a text that its phone has.
pub const DELIVERED: &str = "Delivered";

/// An entry of a log as one client got it, or a text on a phone in the same words.
#[derive(Debug, Clone)]
pub struct Entry(pub Value);

impl Entry {
    /// Its number in the log, the same for everybody who gets it. Phones know of no log.
    pub fn index(&self) -> Option<u64> {
        self.0["index"].as_u64()
    }

    /// What this client counts it by.
    pub fn number(&self) -> u64 {
        self.index().or_else(|| self.0["number"].as_u64()).unwrap_or(0)
    }

    /// Whether the phone's owner sent it.
    pub fn is_own(&self) -> bool {
        self.0["isOwn"] == true
    }

    /// `Text`, `ParticipantJoined`, …
    pub fn kind(&self) -> &str {
        self.0["type"].as_str().unwrap_or("")
    }

    /// Who it is from.
    pub fn from(&self) -> &str {
        self.0["from"]["nickname"].as_str().unwrap_or("")
    }

    /// What was said.
    pub fn text(&self) -> &str {
        self.0["text"].as_str().unwrap_or("")
    }

    /// Who may perceive its sender; customers are not told, as they get what all may perceive.
    pub fn visibility_of_sender(&self) -> &str {
        self.0["from"]["visibility"].as_str().unwrap_or("All")
    }

    /// Whether customers must not get it.
    pub fn is_hidden(&self) -> bool {
        self.0["visibility"].as_str().unwrap_or("All") != "All" || self.visibility_of_sender() != "All"
    }

    /// As it is shown. Typing is not shown: the line follows at once.
    pub fn cell(&self, is_new_here: bool) -> Option<Cell> {
        let from = self.from();
        let look = if self.is_hidden() { Look::Hidden } else { Look::Faint };
        let faint = |text: String| Some(Cell { label: String::new(), text, look });
        match (self.kind(), self.visibility_of_sender()) {
            ("Text", _) if self.is_hidden() => Some(Cell {
                label: format!("{from} whispers:"),
                text: self.text().to_owned(),
                look: Look::Hidden,
            }),
            ("Text", _) => {
                Some(Cell { label: format!("{from}:"), text: self.text().to_owned(), look: Look::Open })
            }
            ("Notice", _) => faint(format!("! {}", self.text())),
            ("ParticipantJoined", "All") => faint(format!("+ {from} joins")),
            ("ParticipantJoined", "Agents") => faint(format!("+ {from} joins behind the scenes")),
            ("ParticipantJoined", _) => faint(format!("+ {from} joins, seen by supervisors only")),
            ("ParticipantRejoined", "All") if is_new_here => faint(format!("+ {from} joins")),
            ("ParticipantRejoined", "All") => faint(format!("~ {from} is heard by everybody now")),
            ("ParticipantRejoined", "Agents") => faint(format!("~ {from} goes behind the scenes")),
            ("ParticipantRejoined", _) => faint(format!("~ {from} only watches now")),
            ("ParticipantLeft", _) => faint(format!("- {from} leaves")),
            _ => None,
        }
    }
}

/// What became of a text on its way to a phone.
pub fn delivery_cell(delivery: &Value) -> Cell {
    let state = delivery["state"].as_str().unwrap_or("?");
    let reason = delivery["reason"].as_str().map_or_else(String::new, |reason| format!(": {reason}"));
    let mark = if state == DELIVERED { "✓" } else { "·" };
    Cell { label: String::new(), text: format!("{mark} {}{reason}", state.to_lowercase()), look: Look::Faint }
}

/// A state of the chat for one user, as it is shown.
pub fn state_cell(state: &str) -> Cell {
    let text = match state {
        "Invited" => "[Invited] Accept or Reject?".to_owned(),
        state => format!("[{state}]"),
    };
    Cell { label: String::new(), text, look: Look::Faint }
}

/// Whether nothing comes to the user after this state.
pub fn is_last(state: &str) -> bool {
    matches!(state, "Completed" | "Revoked")
}

/// The list of those who are in the chat, as one client was told.
pub fn presence_cell(participants: &[Value]) -> Cell {
    let mut names: Vec<String> = participants
        .iter()
        .map(|participant| {
            let name = participant["nickname"].as_str().unwrap_or("?");
            match participant["visibility"].as_str() {
                Some("Agents") => format!("{name} (whispers)"),
                Some("Supervisors") => format!("{name} (unseen)"),
                _ => name.to_owned(),
            }
        })
        .collect();
    names.sort_by_key(|name| name.to_lowercase());
    Cell { label: "here:".to_owned(), text: names.join(", "), look: Look::Faint }
}
