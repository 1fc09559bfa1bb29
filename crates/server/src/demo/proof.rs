//! What the customer got, against what was said behind the scenes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::view::Entry;

/// Collects what must not meet.
#[derive(Default)]
pub struct Proof {
    /// What the customer received, by number: told along, and read again at the end.
    received: BTreeMap<u64, Entry>,
    /// What was said to agents alone.
    said_hidden: BTreeSet<String>,
    /// The numbers of entries that are not for customers, as the desks got them.
    hidden: BTreeSet<u64>,
}

impl Proof {
    /// The customer received this.
    pub fn customer_received(&mut self, entry: &Entry) {
        if !entry.is_own() {
            self.received.insert(entry.number(), entry.clone());
        }
    }

    /// A desk received this.
    pub fn desk_received(&mut self, entry: &Entry) {
        if entry.is_hidden() {
            self.hidden.extend(entry.index());
            self.said_hidden(entry.text());
        }
    }

    /// Somebody said this behind the scenes.
    pub fn said_hidden(&mut self, text: &str) {
        if !text.is_empty() {
            self.said_hidden.insert(text.to_owned());
        }
    }

    /// What the customer should not have received.
    pub fn leaks(&self) -> Vec<String> {
        let is_leak = |entry: &&Entry| {
            let has_text = self.said_hidden.iter().any(|text| holds(&entry.0, text));
            has_text || entry.index().is_some_and(|index| self.hidden.contains(&index))
        };
        self.received.values().filter(is_leak).map(|entry| entry.0.to_string()).collect()
    }

    /// The result in one line.
    pub fn sentence(&self, receiver: &str) -> String {
        let (received, said, leaked) = (self.received.len(), self.said_hidden.len(), self.leaks().len());
        let of_said = if leaked == 0 {
            format!("none of the {said} things said behind the scenes")
        } else {
            format!("{leaked} of them from behind the scenes")
        };
        let is_phone = self.received.values().all(|entry| entry.index().is_none());
        let what = if is_phone { "texts" } else { "entries" };
        format!("Proof: {receiver} received {received} {what}, {of_said}.")
    }
}

/// Whether some text inside a value holds another.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own.contains(text),
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(members) => members.values().any(|value| holds(value, text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proof(customer_entry: Value) -> Proof {
        let mut proof = Proof::default();
        proof.said_hidden("Stuck in Graz");
        let entry = json!({"index": 4, "visibility": "All", "from": {"visibility": "Agents"}});
        proof.desk_received(&Entry(entry));
        proof.customer_received(&Entry(customer_entry));
        proof
    }

    #[test]
    fn what_everybody_may_know_is_no_leak() {
        let proof = proof(json!({"index": 3, "text": "Hello"}));
        assert!(proof.leaks().is_empty());
        let sentence = "Proof: Milo received 1 entries, none of the 1 things said behind the scenes.";
        assert_eq!(proof.sentence("Milo"), sentence);
    }

    #[test]
    fn a_hidden_text_is_a_leak_wherever_it_stands() {
        assert_eq!(proof(json!({"index": 3, "from": {"nickname": "Stuck in Graz!"}})).leaks().len(), 1);
    }

    #[test]
    fn a_hidden_entry_is_a_leak_even_without_text() {
        assert_eq!(proof(json!({"index": 4, "type": "ParticipantRejoined"})).leaks().len(), 1);
    }

    #[test]
    fn a_phone_counts_texts_in_its_own_way_and_a_whisper_on_it_is_a_leak() {
        let text = |text: &str| json!({"number": 4, "type": "Text", "text": text});
        let clean = proof(text("Hello"));
        assert!(clean.leaks().is_empty(), "the fourth text on a phone is not the fourth entry of a log");
        let sentence = "Proof: Nora's phone received 1 texts, none of the 1 things said behind the scenes.";
        assert_eq!(clean.sentence("Nora's phone"), sentence);
        let leaked = proof(text("Hello. Stuck in Graz"));
        assert_eq!(leaked.leaks().len(), 1);
        let sentence = "Proof: Nora's phone received 1 texts, 1 of them from behind the scenes.";
        assert_eq!(leaked.sentence("Nora's phone"), sentence);
    }

    #[test]
    fn what_the_phone_sent_it_has_not_received() {
        assert!(proof(json!({"number": 1, "isOwn": true, "text": "Stuck in Graz"})).leaks().is_empty());
    }

    #[test]
    fn what_a_desk_was_told_behind_the_scenes_must_not_be_on_a_phone() {
        let mut proof = proof(json!({"number": 1, "text": "She has opted out"}));
        proof.desk_received(&Entry(json!({"index": 9, "visibility": "Agents", "text": "She has opted out"})));
        assert_eq!(proof.leaks().len(), 1);
    }
}
