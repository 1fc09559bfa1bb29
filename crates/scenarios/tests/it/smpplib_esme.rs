//! A contact center's side of the line whose SMPP is PyPI `smpplib`; see `clients/smpplib_esme.py`.
//!
//! Every text that it gets is in its inbox on channel `text`, and on `ended` that the connection broke.

use serde_json::{Value, json};
use test_kit::{Inbox, Notification};

use crate::outside_process::OutsideProcess;

/// An ESME in Python.
pub struct SmpplibEsme {
    python: OutsideProcess,
    pub inbox: Inbox,
}

impl SmpplibEsme {
    /// Starts it; nobody is bound yet.
    pub fn start(port: u16, system_id: &str, password: &str) -> SmpplibEsme {
        let settings =
            json!({"host": "127.0.0.1", "port": port, "systemId": system_id, "password": password});
        let inbox = Inbox::default();
        let heard = inbox.clone();
        let python = OutsideProcess::python("smpplib_esme.py", &settings, move |told| {
            let Value::Object(members) = told else { panic!("{told} is no object") };
            for (kind, data) in members {
                heard.put(&kind, data);
            }
        });
        SmpplibEsme { python, inbox }
    }

    /// Binds as a transceiver; answers the carrier's `system_id`, or under `refused` its status.
    pub async fn bind(&mut self) -> Value {
        self.command(json!({"do": "bind"})).await
    }

    /// Sends a text that asks for a receipt; answers `status` and `messageId` for each part.
    pub async fn submit(&mut self, from: &str, to: &str, text: &str, coding: &str) -> Vec<Value> {
        let command =
            json!({"do": "submit", "from": from, "to": to, "text": text, "coding": coding, "receipt": true});
        let answer = self.command(command).await;
        answer["answers"].as_array().expect("answers").clone()
    }

    /// Waits for a text.
    pub async fn texted(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.inbox.take(what, |it: &Notification| it.channel == "text" && fits(&it.data)).await.data
    }

    /// Whatever else it can do.
    pub async fn command(&mut self, command: Value) -> Value {
        self.python.command(command).await
    }
}
