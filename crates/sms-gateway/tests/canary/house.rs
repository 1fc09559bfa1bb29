//! A contact center with its staff, a gateway, and a carrier with phones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bus::local::LocalBus;
use carrier_simulator::{Simulator, TextState};
use contact_center::capability::{Action, capabilities};
use contact_center::contact::EntryKind;
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, UserChange};
use contact_center::texting::DeliveryState;
use contact_center::{Channel, Command, ContactCenter, ContactId, SettingName, UserId};
use engine::{Engine, Handle};
use sms_gateway::{Carrier, Config, Credentials, Gateway};
use store::memory::MemoryStore;

use crate::model::Outcome;

pub const OURS: &str = "+4930111222";
/// How many customers there are.
const PHONES: usize = 24;
/// How long until it is looked again.
const KNOCK: Duration = Duration::from_millis(20);
/// How long it may take until all texts have come to an end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who works here.
#[derive(Clone)]
pub struct Staff {
    pub agents: Vec<UserId>,
    pub supervisors: Vec<UserId>,
}

/// A session as the walk sees it.
pub struct Seen {
    pub contact: ContactId,
    pub phone: String,
    /// Everybody who is in it or invited, and what each may do.
    pub users: Vec<(UserId, Vec<Action>)>,
}

pub struct House {
    engine: Engine,
    gateway: Gateway,
    carrier: Simulator,
    pub center: Handle,
    pub staff: Staff,
    texted: AtomicUsize,
}

impl House {
    pub async fn open(seed: u64) -> House {
        let config = carrier_simulator::Config { seed, keep_texts: 1_000_000, ..Default::default() };
        let carrier = Simulator::start(config).await.unwrap();
        let bus: Arc<dyn bus::Bus> = Arc::new(LocalBus::default());
        let engine = Engine::start(Arc::new(MemoryStore::default()), bus.clone()).await.unwrap();
        let id = engine.found("Test", user("ada", Role::Admin)).await.unwrap();
        let center = engine.center(id).unwrap();
        for (setting, value) in [(SettingName::SmsCapacity, 100), (SettingName::TypingPreview, 1)] {
            let change = Change::SetSetting(setting, value);
            center.execute(Command::Provision { by: None, change }, None).await.unwrap();
        }
        let staff = Staff {
            agents: hire(&center, &["anna", "bela", "carl"], Role::Agent).await,
            supervisors: hire(&center, &["sam", "tess"], Role::Supervisor).await,
        };
        for by in staff.everybody() {
            let open = Command::OpenChannel { by, channel: Channel::Sms, device: None };
            center.execute(open, None).await.unwrap();
            let ready = Command::EnterState { by, of: by, channel: None, operation: "Ready".to_owned() };
            center.execute(ready, None).await.unwrap();
        }
        let credentials = Credentials::new("demo", "demo", "").unwrap();
        let port = carrier.smpp_address().port();
        let mut acme = Carrier::new("acme", "127.0.0.1", port, credentials);
        (acme.window, acme.connections) = (100, 2);
        let config = Config { carriers: vec![acme], routes: Vec::new() };
        let gateway = Gateway::start(&engine, &*bus, config).unwrap();
        House { engine, gateway, carrier, center, staff, texted: AtomicUsize::new(0) }
    }

    /// A phone texts.
    pub fn text(&self, phone: &str, text: &str) {
        self.texted.fetch_add(1, Ordering::Relaxed);
        self.carrier.text(phone, OURS, text).unwrap();
    }

    /// Who is where.
    pub async fn look(&self) -> Vec<Seen> {
        let everybody: Vec<_> = self.staff.everybody().collect();
        self.center.query(move |center| look(center, &everybody)).await.unwrap()
    }

    /// Waits until every text has come to its end, and closes.
    pub async fn close(self) -> Outcome {
        let arrived = |it: &Simulator| {
            phones()
                .all(|phone| it.texts_after(&phone, 0).iter().all(|text| text.state == TextState::Delivered))
        };
        assert!(self.carrier.wait_until(PATIENCE, arrived).await, "texts of phones wait for ever");
        let waiting = async {
            while self.center.query(is_anything_under_way).await.unwrap() {
                // What is blocked is not seen at the carrier.
                self.carrier.wait_until(KNOCK, |_| false).await;
            }
        };
        let settled = tokio::time::timeout(PATIENCE, waiting).await.is_ok();
        let deliveries = self.center.query(deliveries).await.unwrap();
        let under_way: Vec<_> = deliveries.iter().filter(|(_, state)| is_under_way(**state)).collect();
        assert!(settled, "texts wait for ever: {under_way:?} {:?}", self.carrier.counters());
        self.gateway.shut_down().await;
        self.engine.shut_down().await;
        let texts = |phone: String| {
            let received = self.carrier.received(&phone).into_iter().map(|it| it.text).collect();
            (phone, received)
        };
        Outcome {
            received: phones().map(texts).collect(),
            deliveries,
            submitted: self.carrier.counters().submitted,
            texted: self.texted.into_inner(),
        }
    }
}

impl Staff {
    pub fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.agents.iter().chain(&self.supervisors).copied()
    }
}

/// The numbers of the customers.
pub fn phones() -> impl Iterator<Item = String> {
    (0..PHONES).map(|number| format!("+491701000{number:03}"))
}

async fn hire(center: &Handle, names: &[&str], role: Role) -> Vec<UserId> {
    let mut users = Vec::new();
    for name in names {
        let change = Change::CreateUser(user(name, role));
        center.execute(Command::Provision { by: None, change }, None).await.unwrap();
        let name = (*name).to_owned();
        users.push(center.query(move |center| center.user_named(&name).unwrap().id).await.unwrap());
    }
    users
}

fn user(name: &str, role: Role) -> UserChange {
    let roles = if role == Role::Supervisor { vec![Role::Agent, role] } else { vec![role] };
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_owned()),
        last_name: Some("Test".to_owned()),
        roles: Some(roles),
        password: Some(PasswordHash("none".to_owned())),
        ..UserChange::default()
    }
}

fn look(center: &ContactCenter, everybody: &[UserId]) -> Vec<Seen> {
    let mut seen: BTreeMap<ContactId, Seen> = BTreeMap::new();
    for user in everybody {
        for id in center.contacts_of(*user) {
            let contact = &center.contacts()[&id];
            let Some(thread) = &contact.thread else { continue };
            let phone = thread.customer.as_str().to_owned();
            let session = seen.entry(id).or_insert_with(|| Seen { contact: id, phone, users: Vec::new() });
            session.users.push((*user, capabilities(contact, *user, false)));
        }
    }
    seen.into_values().collect()
}

fn is_anything_under_way(center: &ContactCenter) -> bool {
    let mut deliveries = center.contacts().values().flat_map(|contact| contact.deliveries.values());
    center.waiting_text_count() > 0 || deliveries.any(|delivery| is_under_way(delivery.state))
}

fn is_under_way(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Waiting | DeliveryState::Sent)
}

/// What became of all texts.
fn deliveries(center: &ContactCenter) -> BTreeMap<String, DeliveryState> {
    let mut all = BTreeMap::new();
    for contact in center.contacts().values() {
        for entry in contact.log.iter().filter(|it| matches!(it.kind, EntryKind::Text | EntryKind::PushUrl)) {
            if let (Some(text), Some(delivery)) = (&entry.text, contact.deliveries.get(&entry.index)) {
                // Answers to keywords are said more than once: the one that is under way is shown.
                let state = all.entry(text.to_string()).or_insert(delivery.state);
                if is_under_way(delivery.state) {
                    *state = delivery.state;
                }
            }
        }
    }
    all
}
