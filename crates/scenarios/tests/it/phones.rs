//! A contact center whose customers text with phones of our own simulated carrier, which runs in the test.

use std::sync::Arc;
use std::time::Duration;

use carrier_simulator::{Account, Config, Simulator};
use serde_json::json;
use test_kit::{DEADLINE_MS, SMS_SESSIONS};

use crate::carriers::{PASSWORD, SYSTEM_ID};
use crate::center::Center;
use crate::text_center::{OURS, section};

/// How long a test waits for something on a phone.
pub const IN_TIME: Duration = Duration::from_millis(DEADLINE_MS);

impl Center {
    /// A contact center for texts, and a carrier that is set up like this; who may bind is set here. Then the
    /// configuration of the server, which learns here of the carrier.
    pub async fn with_phones(config: Config, server: &str) -> Center {
        let account = Account { system_id: SYSTEM_ID.to_owned(), password: PASSWORD.to_owned() };
        let carrier = Simulator::start(Config { accounts: vec![account], ..config }).await;
        let carrier = carrier.expect("the carrier starts");
        let port = carrier.smpp_address().port();
        let mut center = Center::open_with(&format!("{server}{}", section(port, ""))).await;
        assert!(carrier.wait_until(IN_TIME, |it| it.counters().binds > 0).await, "{:?}", carrier.counters());
        let queue = json!({"name": "Parcels", "channel": SMS_SESSIONS.channel, "phoneNumber": OURS});
        center.admin.http.post("/api/v2/queues", &queue).await.expect("an answer").success();
        center.medium = SMS_SESSIONS;
        center.carrier = Some(Arc::new(carrier));
        center
    }
}

/// A customer's phone.
pub struct Phone {
    pub carrier: Arc<Simulator>,
    pub number: String,
}

impl Phone {
    /// A phone that nobody knows texts for the first time.
    pub fn that_texts(carrier: &Arc<Simulator>, text: &str) -> Phone {
        let number = format!("+491705550{:03}", carrier.phones().len());
        let phone = Phone { carrier: Arc::clone(carrier), number };
        phone.text(text);
        phone
    }

    pub fn text(&self, text: &str) {
        self.carrier.text(&self.number, OURS, text).expect("the phone texts");
    }

    /// What it has got, in order.
    pub fn received(&self) -> Vec<String> {
        self.carrier.received(&self.number).into_iter().map(|it| it.text).collect()
    }

    /// Waits until it has got a text.
    pub async fn receives(&self, text: &str) {
        let has = |_: &Simulator| self.received().iter().any(|it| it == text);
        assert!(
            self.carrier.wait_until(IN_TIME, has).await,
            "the phone never got {text:?}: {:?}",
            self.received()
        );
    }
}
