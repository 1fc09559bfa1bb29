//! A contact center whose customers text: a server bound to a carrier, a number with its queue, and people.

use serde_json::{Value, json};
use test_kit::{Desk, SMS_SESSIONS};

use crate::carriers::{Carrier, LongText, PASSWORD, SYSTEM_ID};
use crate::center::{Center, UNHURRIED, accept};

/// The number that customers text, and a customer's.
pub const OURS: &str = "+4930555000";
pub const MILO: &str = "+491701234567";

/// A contact center with a carrier.
pub struct TextCenter {
    pub center: Center,
    pub carrier: Carrier,
}

impl TextCenter {
    /// Starts a server that is told of the carrier, and waits for its bind.
    pub async fn open(carrier: Carrier) -> TextCenter {
        TextCenter::open_with(carrier, "").await
    }

    /// The same with further settings of the carrier.
    pub async fn open_with(carrier: Carrier, further: &str) -> TextCenter {
        let mut center = Center::open_with(&format!("{UNHURRIED}{}", section(carrier.port(), further))).await;
        let bind = carrier.bound().await;
        assert_eq!((&bind["accepted"], &bind["systemId"]), (&json!(true), &json!(SYSTEM_ID)), "{bind}");
        let queue = json!({"name": "Parcels", "channel": "smssession", "phoneNumber": OURS});
        center.admin.http.post("/api/v2/queues", &queue).await.expect("an answer").success();
        center.medium = SMS_SESSIONS;
        TextCenter { center, carrier }
    }

    /// An agent who waits for sessions.
    pub async fn ready_agent(&self, user_name: &str) -> Desk {
        self.center.ready_agent(user_name).await
    }

    /// A supervisor who takes no session from the queue.
    pub async fn supervisor(&self, user_name: &str) -> Desk {
        self.center.supervisor(user_name).await
    }

    /// Milo's phone texts.
    pub async fn text(&mut self, text: &str) {
        self.carrier.text(MILO, OURS, text, &LongText::default()).await;
    }

    /// Milo's phone texts, and `agent`, the only one who is ready, accepts the session.
    pub async fn accepted_by(&mut self, agent: &Desk, text: &str) -> String {
        self.text(text).await;
        let session = agent.inbox.offered().await.chat_id().expect("an offer names the session").to_owned();
        accept(agent, &session).await;
        agent.inbox.text(&session, text).await;
        session
    }

    /// The agent answers; answers the entry's index.
    pub async fn say(&self, agent: &Desk, session: &str, text: &str) -> u64 {
        agent.operate(session, "SendMessage", json!({"text": text})).await;
        agent.inbox.text(session, text).await["index"].as_u64().expect("an entry has an index")
    }
}

/// What became of a text, as a read of the log has it.
pub async fn delivery_of(desk: &Desk, session: &str, index: u64) -> Value {
    let entries = desk.messages(session).await;
    let entry = entries.into_iter().find(|entry| entry["index"] == index).expect("the entry");
    entry["delivery"].clone()
}

/// What a server is told of a carrier on this machine.
pub fn section(port: u16, further: &str) -> String {
    format!(
        r#"
[[sms.carrier]]
name = "outside"
host = "127.0.0.1"
port = {port}
system_id = "{SYSTEM_ID}"
password = "{PASSWORD}"
reconnect_ms = 50
{further}
"#
    )
}
