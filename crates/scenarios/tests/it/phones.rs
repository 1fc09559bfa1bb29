//! A contact center whose customers text with phones of our own simulated carrier, which runs in the test.

use std::sync::Arc;
use std::time::Duration;

use carrier_simulator::{Account, Config, Simulator};
use serde_json::json;
use test_kit::{DEADLINE_MS, Desk, SMS_SESSIONS, Transport};

use crate::carriers::{PASSWORD, SYSTEM_ID};
use crate::center::{Center, UNHURRIED, accept};
use crate::text_center::OURS;

/// How long a test waits for something on a phone.
pub const IN_TIME: Duration = Duration::from_millis(DEADLINE_MS);

/// A contact center, and a carrier with as many phones as anybody uses.
pub struct PhoneCenter {
    pub center: Center,
    pub carrier: Arc<Simulator>,
}

impl PhoneCenter {
    /// With a carrier that is set up like this; who may bind is set here.
    pub async fn open(config: Config) -> PhoneCenter {
        let account = Account { system_id: SYSTEM_ID.to_owned(), password: PASSWORD.to_owned() };
        let carrier = Simulator::start(Config { accounts: vec![account], ..config }).await;
        let carrier = Arc::new(carrier.expect("the carrier starts"));
        let port = carrier.smpp_address().port();
        let center = Center::open_with(&format!(
            r#"{UNHURRIED}
[[sms.carrier]]
name = "simulated"
host = "127.0.0.1"
port = {port}
system_id = "{SYSTEM_ID}"
password = "{PASSWORD}"
reconnect_ms = 50
"#
        ))
        .await;
        assert!(carrier.wait_until(IN_TIME, |it| it.counters().binds > 0).await, "{:?}", carrier.counters());
        let queue = json!({"name": "Parcels", "channel": SMS_SESSIONS.channel, "phoneNumber": OURS});
        center.admin.http.post("/api/v2/queues", &queue).await.expect("an answer").success();
        PhoneCenter { center, carrier }
    }

    /// An agent who waits for sessions.
    pub async fn ready_agent(&self, user_name: &str) -> Desk {
        let person = self.center.person(user_name, "ROLE_AGENT").await;
        let desk = self.center.seat_for(&person, SMS_SESSIONS, Transport::LongPolling).await;
        desk.set_state("Ready").await;
        desk
    }

    /// A phone texts, and `agent`, the only one who is ready, accepts the session; answers its id.
    pub async fn accepted_by(&self, agent: &Desk, phone: &str, text: &str) -> String {
        self.carrier.text(phone, OURS, text).expect("the phone texts");
        let session = agent.inbox.offered().await.chat_id().expect("an offer names the session").to_owned();
        accept(agent, &session).await;
        agent.inbox.text(&session, text).await;
        session
    }
}
