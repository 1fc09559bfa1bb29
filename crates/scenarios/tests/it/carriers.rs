//! Two carriers that others wrote, under one shape, so that a story can be told to both.
//!
//! What happens at a carrier is in its inbox: channel `bind` for every bind, `submit` for every text or part
//! of one, `ended` for every connection that ends. The members are those that `clients/smpp_carrier.mjs` names.

use serde_json::Value;
use test_kit::{Inbox, Notification};

use crate::npm_carrier::NpmCarrier;
use crate::smpp34_carrier::Smpp34Carrier;

pub const SYSTEM_ID: &str = "souffleur";
/// SMPP allows eight octets (SMPP 3.4, 4.1.1).
pub const PASSWORD: &str = "secret08";
/// `ESME_RTHROTTLED` (SMPP 3.4, 5.1.3).
pub const THROTTLED: u32 = 0x58;

/// How a phone's text travels.
#[derive(Debug, Clone, Default)]
pub struct LongText {
    /// `udh8`, `udh16`, `sar` or `payload`; nothing for a text that fits.
    pub way: Option<&'static str>,
    /// The parts as they are sent, counted from 0; as they are if not given.
    pub order: Option<Vec<usize>>,
    /// `GSM`, `LATIN1` or `UCS2`; the first that holds it if not given.
    pub coding: Option<&'static str>,
}

/// What the network says of a text.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// `text`, `tlv` or `both`.
    pub form: &'static str,
    /// As in `stat:` of a receipt (SMPP 3.4, appendix B).
    pub state: &'static str,
    pub error: &'static str,
}

/// The text arrived, told in text.
pub const DELIVERED: Report = Report { form: "text", state: "DELIVRD", error: "000" };

/// One of the two.
pub enum Carrier {
    Npm(NpmCarrier),
    Smpp34(Smpp34Carrier),
}

impl Carrier {
    pub fn port(&self) -> u16 {
        match self {
            Carrier::Npm(carrier) => carrier.port,
            Carrier::Smpp34(carrier) => carrier.port,
        }
    }

    pub fn inbox(&self) -> &Inbox {
        match self {
            Carrier::Npm(carrier) => &carrier.inbox,
            Carrier::Smpp34(carrier) => &carrier.inbox,
        }
    }

    /// A phone texts; every part must be acknowledged.
    pub async fn text(&mut self, from: &str, to: &str, text: &str, long: &LongText) {
        let statuses = match self {
            Carrier::Npm(carrier) => carrier.text(from, to, text, long).await,
            Carrier::Smpp34(carrier) => carrier.text(from, to, text, long).await,
        };
        assert!(statuses.iter().all(|status| *status == 0), "{statuses:?}");
    }

    /// The network reports on a text, by the id that the carrier gave it; the report must be acknowledged.
    pub async fn report(&mut self, id: &str, report: &Report) {
        let statuses = match self {
            Carrier::Npm(carrier) => carrier.report(id, report).await,
            Carrier::Smpp34(carrier) => carrier.report(id, report).await,
        };
        assert_eq!(statuses, [0], "{report:?}");
    }

    /// Answers the next texts with a status.
    pub async fn refuse_next(&mut self, count: u64, status: u32) {
        match self {
            Carrier::Npm(carrier) => carrier.refuse_next(count, status).await,
            Carrier::Smpp34(carrier) => carrier.refuse_next(count, status),
        }
    }

    /// Ends all connections: npm's without a word, those of smpp34 as the protocol has it.
    pub async fn hang_up(&mut self) {
        match self {
            Carrier::Npm(carrier) => drop(carrier.command(serde_json::json!({"do": "drop"})).await),
            Carrier::Smpp34(carrier) => carrier.unbind().await,
        }
    }

    /// Waits for the next bind.
    pub async fn bound(&self) -> Value {
        self.inbox().take("bind", |it| it.channel == "bind").await.data
    }

    /// Waits for the next text or part of one that was accepted.
    pub async fn submitted(&self) -> Value {
        let accepted = |it: &Notification| it.channel == "submit" && it.data["status"] == 0;
        self.inbox().take("text at the carrier", accepted).await.data
    }

    /// Every text or part of one that ever came, accepted or not.
    pub fn submits(&self) -> Vec<Value> {
        let all = self.inbox().all();
        all.into_iter().filter(|it| it.channel == "submit").map(|it| it.data).collect()
    }
}
