//! What one client was told, as lines for its column.

use serde_json::Value;

use super::columns::{Cell, Look};

/// An entry of a chat's log as one client got it.
#[derive(Debug, Clone)]
pub struct Entry(pub Value);

impl Entry {
    /// Its number, the same for everybody who gets it.
    pub fn index(&self) -> u64 {
        self.0["index"].as_u64().unwrap_or(0)
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
