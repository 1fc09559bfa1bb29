//! A carrier whose SMPP is npm `smpp`; see `clients/smpp_carrier.mjs` for the lines it talks in.

use std::path::Path;

use serde_json::{Value, json};
use test_kit::Inbox;
use tokio::sync::watch;

use crate::carriers::{LongText, PASSWORD, Report, SYSTEM_ID};
use crate::outside_process::OutsideProcess;

/// A carrier in Node.
pub struct NpmCarrier {
    node: OutsideProcess,
    pub inbox: Inbox,
    pub port: u16,
}

impl NpmCarrier {
    /// Opens its door on a free port.
    pub async fn open() -> NpmCarrier {
        NpmCarrier::start(json!({})).await
    }

    /// The same, encrypted; the files are PEM.
    pub async fn open_encrypted(certificate: &Path, key: &Path) -> NpmCarrier {
        NpmCarrier::start(json!({"certificate": certificate, "key": key})).await
    }

    async fn start(mut settings: Value) -> NpmCarrier {
        settings["systemId"] = json!(SYSTEM_ID);
        settings["password"] = json!(PASSWORD);
        let inbox = Inbox::default();
        let heard = inbox.clone();
        let (opened, mut listening) = watch::channel(0);
        let node = OutsideProcess::node("smpp_carrier.mjs", &settings, move |told| {
            let Value::Object(members) = told else { panic!("{told} is no object") };
            for (kind, data) in members {
                match data.as_u64().filter(|_| kind == "listening") {
                    Some(port) => drop(opened.send_replace(port)),
                    None => heard.put(&kind, data),
                }
            }
        });
        let port = *listening.wait_for(|&port| port != 0).await.expect("the carrier runs");
        NpmCarrier { node, inbox, port: u16::try_from(port).expect("a port") }
    }

    /// A phone texts; answers how each part was answered for.
    pub async fn text(&mut self, from: &str, to: &str, text: &str, long: &LongText) -> Vec<u64> {
        let mut command = json!({"do": "text", "from": from, "to": to, "text": text});
        if let Some(way) = long.way {
            command["long"] = json!(way);
        }
        if let Some(order) = &long.order {
            command["order"] = json!(order);
        }
        if let Some(coding) = long.coding {
            command["coding"] = json!(coding);
        }
        statuses(&self.command(command).await)
    }

    /// The phone's network reports on a text; answers how the report was answered for.
    pub async fn report(&mut self, id: &str, report: &Report) -> Vec<u64> {
        let Report { form, state, error } = report;
        let command = json!({"do": "receipt", "submit": id, "form": form, "state": state, "error": error});
        statuses(&self.command(command).await)
    }

    /// Answers the next texts with a status.
    pub async fn refuse_next(&mut self, count: u64, status: u32) {
        self.command(json!({"do": "answers", "list": [{"status": status, "count": count}]})).await;
    }

    /// Whatever else it can do.
    pub async fn command(&mut self, command: Value) -> Value {
        self.node.command(command).await
    }
}

fn statuses(answer: &Value) -> Vec<u64> {
    let list = answer["statuses"].as_array().expect("statuses");
    list.iter().map(|status| status.as_u64().expect("a status")).collect()
}
