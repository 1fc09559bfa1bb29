//! The customer's side of a conversation: a browser that shows who is there, or a phone that shows texts alone.

use serde_json::{Value, json};
use test_kit::{Customer, Desk};

use crate::center::{Center, accept_offer, is_from, is_text};
use crate::phones::Phone;

/// Where a customer sits.
pub enum CustomerSide {
    Browser(Customer),
    Phone(Phone),
}

impl CustomerSide {
    /// The browser, if it is one.
    pub fn browser(&self) -> Option<&Customer> {
        match self {
            CustomerSide::Browser(browser) => Some(browser),
            CustomerSide::Phone(_) => None,
        }
    }

    /// What agents call the customer.
    pub fn nickname(&self) -> &str {
        match self {
            CustomerSide::Browser(browser) => &browser.nickname,
            CustomerSide::Phone(phone) => &phone.number,
        }
    }

    pub async fn say(&self, text: &str) {
        match self {
            CustomerSide::Browser(browser) => browser.say(text).await,
            CustomerSide::Phone(phone) => phone.text(text),
        }
    }

    /// Waits until the customer has read a text.
    pub async fn reads(&self, text: &str) {
        match self {
            CustomerSide::Browser(browser) => {
                browser.wait_for(text, |entry| is_text(entry, text)).await;
            }
            CustomerSide::Phone(phone) => phone.receives(text).await,
        }
    }

    /// The texts of others that the customer has read, in order.
    pub async fn has_read(&self) -> Vec<String> {
        match self {
            CustomerSide::Browser(browser) => {
                let of_others =
                    |entry: &&Value| entry["type"] == "Text" && entry["from"]["type"] != "Customer";
                let transcript = browser.transcript().await;
                let texts = transcript.iter().filter(of_others).map(|entry| entry["text"].as_str());
                texts.map(|text| text.unwrap_or("").to_owned()).collect()
            }
            CustomerSide::Phone(phone) => phone.received(),
        }
    }

    /// Waits until the customer is shown an entry of this type from somebody. A phone shows texts alone.
    pub async fn sees(&self, kind: &str, nickname: &str) {
        if let CustomerSide::Browser(browser) = self {
            browser.wait_for(kind, |entry| is_from(entry, kind, nickname)).await;
        }
    }

    /// Asserts how the customer is told that the conversation stands. A phone shows texts alone.
    pub async fn is_shown(&self, state: &str) {
        if let CustomerSide::Browser(browser) = self {
            assert_eq!(browser.chat().await["state"], state);
        }
    }

    /// Asserts that the customer was never shown that somebody is there.
    pub async fn never_saw(&self, nickname: &str) {
        if let CustomerSide::Browser(browser) = self {
            let shown = json!([browser.transcript().await, browser.chat().await]).to_string();
            assert!(!shown.contains(nickname), "{shown}");
        }
    }
}

/// A conversation under way on whatever medium: the id that agents know, and the customer.
pub struct Conversation {
    pub id: String,
    pub customer: CustomerSide,
}

impl Center {
    /// A customer begins a conversation and `agent`, the only one who is ready, accepts it.
    pub async fn conversation(&self, agent: &Desk, nickname: &str) -> Conversation {
        let customer = self.customer_side(nickname).await;
        Conversation { id: accept_offer(agent).await, customer }
    }

    /// A customer begins a conversation.
    pub async fn customer_side(&self, nickname: &str) -> CustomerSide {
        match &self.carrier {
            None => CustomerSide::Browser(self.customer(nickname).await),
            Some(carrier) => CustomerSide::Phone(Phone::that_texts(carrier, &format!("{nickname} here"))),
        }
    }
}

impl Conversation {
    /// Asserts that the customer has read these texts and no others. The agent says a last one first, so that
    /// nothing is on its way.
    pub async fn customer_read_only(&self, agent: &Desk, texts: &[&str]) {
        const LAST: &str = "Anything else?";
        agent.operate(&self.id, "SendMessage", json!({"text": LAST})).await;
        self.customer.reads(LAST).await;
        assert_eq!(self.customer.has_read().await, [texts, &[LAST]].concat());
    }
}
