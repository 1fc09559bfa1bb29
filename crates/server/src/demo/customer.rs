//! The customer of a story: in a browser, or at a phone. What either received are entries, as they are shown.

use serde_json::{Value, json};
use test_kit::{Answer, HttpClient};

use super::carrier;
use super::seat::Visitor;
use crate::failure::Failure;

/// The customer of a story.
pub enum Customer {
    /// Who chats.
    Browser(Visitor),
    /// Who texts.
    Phone(Phone),
}

impl Customer {
    /// Says something.
    pub async fn say(&self, text: &str) -> Result<(), Failure> {
        match self {
            Customer::Browser(visitor) => {
                visitor.post(&json!({"operationName": "SendMessage", "text": text})).await
            }
            Customer::Phone(phone) => phone.send(text).await,
        }
    }

    /// What came since the last time.
    pub async fn news(&mut self) -> Result<Vec<Value>, Failure> {
        match self {
            Customer::Browser(visitor) => visitor.news().await,
            Customer::Phone(phone) => phone.news().await,
        }
    }

    /// Everything from the beginning.
    pub async fn transcript(&self) -> Result<Vec<Value>, Failure> {
        match self {
            Customer::Browser(visitor) => visitor.transcript().await,
            Customer::Phone(phone) => phone.texts(phone.before).await,
        }
    }

    /// Who the customer is told is there. Phones tell nobody.
    pub async fn participants(&self) -> Result<Vec<Value>, Failure> {
        match self {
            Customer::Browser(visitor) => visitor.participants().await,
            Customer::Phone(_) => Ok(Vec::new()),
        }
    }
}

/// A phone of the carrier's, used through the carrier's page for phones.
pub struct Phone {
    http: HttpClient,
    owner: &'static str,
    /// Its number.
    pub number: &'static str,
    /// How many texts were on it before the story.
    before: u64,
    seen: u64,
}

impl Phone {
    /// Takes a phone into the hand; texts of earlier stories may be on it.
    pub async fn take(phones: &str, owner: &'static str, number: &'static str) -> Result<Phone, Failure> {
        let http = HttpClient::new(phones);
        let mut phone = Phone { http, owner, number, before: 0, seen: 0 };
        phone.news().await?;
        phone.before = phone.seen;
        Ok(phone)
    }

    /// What the carrier is asked for when a text is sent.
    pub fn request(number: &str, text: &str) -> Value {
        json!({"from": number, "to": carrier::NUMBER, "text": text})
    }

    async fn send(&self, text: &str) -> Result<(), Failure> {
        let answer = self.http.post("/texts", &Phone::request(self.number, text)).await;
        taken(&answer.map_err(|error| Failure::Demo(error.to_string()))?).map(|_| ())
    }

    async fn news(&mut self) -> Result<Vec<Value>, Failure> {
        let texts = self.texts(self.seen).await?;
        self.seen = texts.last().and_then(|text| text["number"].as_u64()).unwrap_or(self.seen);
        Ok(texts)
    }

    /// The texts after one of them.
    async fn texts(&self, after: u64) -> Result<Vec<Value>, Failure> {
        let path = format!("/phones/{}/texts?after={after}", self.number);
        let answer = self.http.get(&path).await.map_err(|error| Failure::Demo(error.to_string()))?;
        let read = taken(&answer)?;
        Ok(read["texts"].as_array().into_iter().flatten().map(|text| self.entry(text)).collect())
    }

    /// A text as an entry. Its number counts the texts of the phone, not the entries of any log.
    fn entry(&self, text: &Value) -> Value {
        let is_own = text["direction"] == "sent";
        let from = if is_own { Value::from(self.owner) } else { text["from"].clone() };
        json!({
            "number": text["index"], "type": "Text", "isOwn": is_own,
            "from": {"nickname": from}, "text": text["text"],
        })
    }
}

/// The body of an answer of the carrier's that is a success.
fn taken(answer: &Answer) -> Result<Value, Failure> {
    let body = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status < 300);
    body.ok_or_else(|| Failure::Demo(answer.to_string()))
}
