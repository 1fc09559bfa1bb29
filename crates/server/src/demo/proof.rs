//! What the customer got, against what was said behind the scenes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::view::Entry;

/// Collects what must not meet.
#[derive(Default)]
pub struct Proof {
    /// What the customer received, by number: pushed along, and read again at the end.
    received: BTreeMap<u64, Value>,
    /// What was said to agents alone.
    said_hidden: Vec<String>,
    /// The numbers of entries that are not for customers, as the desks got them.
    hidden: BTreeSet<u64>,
}

impl Proof {
    /// The customer received this.
    pub fn customer_received(&mut self, entry: &Value) {
        self.received.insert(entry["index"].as_u64().unwrap_or(0), entry.clone());
    }

    /// A desk received this.
    pub fn desk_received(&mut self, entry: &Entry) {
        if entry.is_hidden() {
            self.hidden.insert(entry.index());
        }
    }

    /// Somebody said this behind the scenes.
    pub fn said_hidden(&mut self, text: &str) {
        self.said_hidden.push(text.to_owned());
    }

    /// What the customer should not have received.
    pub fn leaks(&self) -> Vec<String> {
        let leaks = |(index, entry): (&u64, &Value)| {
            let has_text = self.said_hidden.iter().any(|text| holds(entry, text));
            (has_text || self.hidden.contains(index)).then(|| entry.to_string())
        };
        self.received.iter().filter_map(leaks).collect()
    }

    /// The result in one line.
    pub fn sentence(&self, customer: &str) -> String {
        let (received, said, leaked) = (self.received.len(), self.said_hidden.len(), self.leaks().len());
        let of_said = if leaked == 0 {
            format!("none of the {said} things said behind the scenes")
        } else {
            format!("{leaked} of them from behind the scenes")
        };
        format!("Proof: {customer} received {received} entries, {of_said}.")
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

    fn proof(customer_entry: &Value) -> Proof {
        let mut proof = Proof::default();
        proof.said_hidden("Stuck in Graz");
        let entry = json!({"index": 4, "visibility": "All", "from": {"visibility": "Agents"}});
        proof.desk_received(&Entry(entry));
        proof.customer_received(customer_entry);
        proof
    }

    #[test]
    fn what_everybody_may_know_is_no_leak() {
        let proof = proof(&json!({"index": 3, "text": "Hello"}));
        assert!(proof.leaks().is_empty());
        let sentence = "Proof: Milo received 1 entries, none of the 1 things said behind the scenes.";
        assert_eq!(proof.sentence("Milo"), sentence);
    }

    #[test]
    fn a_hidden_text_is_a_leak_wherever_it_stands() {
        assert_eq!(proof(&json!({"index": 3, "from": {"nickname": "Stuck in Graz!"}})).leaks().len(), 1);
    }

    #[test]
    fn a_hidden_entry_is_a_leak_even_without_text() {
        assert_eq!(proof(&json!({"index": 4, "type": "ParticipantRejoined"})).leaks().len(), 1);
    }
}
