//! A contact center with an agent who answers texts.

use std::sync::Arc;

use bus::Bus;
use bus::local::LocalBus;
use contact_center::audience::Visibility;
use contact_center::command::{Order, Words};
use contact_center::contact::EntryKind;
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, UserChange};
use contact_center::texting::{Delivery, PhoneNumber};
use contact_center::{Channel, Command, ContactId, UserId};
use engine::{Engine, Handle};
use sms_gateway::{Config, Gateway};
use store::Store;

use crate::until;

pub const OURS: &str = "+493012345";
pub const MILO: &str = "+491701234567";

pub struct Office {
    pub engine: Engine,
    pub bus: Arc<dyn Bus>,
    pub center: Handle,
    pub agent: UserId,
}

pub fn user(name: &str, role: Role) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_owned()),
        last_name: Some("Test".to_owned()),
        roles: Some(vec![role]),
        password: Some(PasswordHash("none".to_owned())),
        ..UserChange::default()
    }
}

impl Office {
    /// A new contact center, or the one that is kept in the store.
    pub async fn open(store: Arc<dyn Store>) -> Office {
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let engine = Engine::start(store, bus.clone()).await.unwrap();
        if let Some(id) = engine.centers().first() {
            let center = engine.center(*id).unwrap();
            let agent = center.query(|center| center.user_named("anna").unwrap().id).await.unwrap();
            return Office { engine, bus, center, agent };
        }
        let id = engine.found("Test", user("ada", Role::Admin)).await.unwrap();
        let center = engine.center(id).unwrap();
        let change = Change::CreateUser(user("anna", Role::Agent));
        center.execute(Command::Provision { by: None, change }, None).await.unwrap();
        let by = center.query(|center| center.user_named("anna").unwrap().id).await.unwrap();
        let office = Office { engine, bus, center, agent: by };
        office.order(Command::OpenChannel { by, channel: Channel::Sms, device: None }).await;
        office.order(Command::EnterState { by, of: by, channel: None, operation: "Ready".to_owned() }).await;
        office
    }

    pub fn connect(&self, config: Config) -> Gateway {
        Gateway::start(&self.engine, &*self.bus, config).unwrap()
    }

    pub async fn order(&self, command: Command) {
        self.center.execute(command, None).await.unwrap();
    }

    /// Waits for a session that is offered to the agent, and accepts it.
    pub async fn accept(&self) -> ContactId {
        let agent = self.agent;
        let offered = until("no session is offered", || async {
            let offered = self.center.query(move |center| {
                let is_offered =
                    |offers: &[contact_center::contact::Offer]| offers.iter().any(|it| it.user == agent);
                center.contacts().iter().find(|(_, it)| is_offered(&it.offers)).map(|(id, _)| *id)
            });
            offered.await.unwrap()
        });
        let contact = offered.await;
        self.order(Command::Converse { by: agent, contact, order: Order::Accept { nickname: None } }).await;
        contact
    }

    /// The agent says something to the customer.
    pub async fn say(&self, contact: ContactId, text: &str) {
        let text = Some(text.to_owned());
        let words = Words { kind: EntryKind::Text, to: Visibility::All, text, tag: None };
        self.order(Command::Converse { by: self.agent, contact, order: Order::Say(words) }).await;
    }

    /// The agent texts first.
    pub async fn begin(&self, to: &str, text: &str) -> ContactId {
        let command = Command::StartTexting {
            by: self.agent,
            to: to.parse().unwrap(),
            from: Some(OURS.parse().unwrap()),
            queue: None,
            nickname: None,
            text: Some(text.to_owned()),
            user_data: Default::default(),
        };
        self.order(command).await;
        self.session_of(to).await.unwrap()
    }

    pub async fn session_of(&self, customer: &str) -> Option<ContactId> {
        let customer: PhoneNumber = customer.parse().unwrap();
        let found = self.center.query(move |center| {
            let of = |it: &contact_center::contact::Contact| {
                it.thread.as_ref().is_some_and(|it| it.customer == customer)
            };
            center.contacts().iter().rev().find(|(_, it)| of(it)).map(|(id, _)| *id)
        });
        found.await.unwrap()
    }

    /// What was said in a session.
    pub async fn log(&self, contact: ContactId) -> Vec<String> {
        let read = self.center.query(move |center| {
            let said = center.contacts()[&contact].log.iter().filter(|it| it.kind == EntryKind::Text);
            said.map(|it| it.text.as_deref().unwrap_or_default().to_owned()).collect()
        });
        read.await.unwrap()
    }

    /// Waits until so much was said in the newest session of a customer.
    pub async fn heard(&self, customer: &str, texts: usize) -> Vec<String> {
        until("not all texts arrive", || async {
            let contact = self.session_of(customer).await?;
            let log = self.log(contact).await;
            (log.len() >= texts).then_some(log)
        })
        .await
    }

    /// How the texts of a session stand that went out.
    pub async fn deliveries(&self, contact: ContactId) -> Vec<Delivery> {
        let read = self
            .center
            .query(move |center| center.contacts()[&contact].deliveries.values().cloned().collect());
        read.await.unwrap()
    }

    /// Waits until the texts stand as they should.
    pub async fn stand(&self, contact: ContactId, as_wanted: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let end = crate::now() + crate::PATIENCE;
        loop {
            let deliveries = self.deliveries(contact).await;
            if as_wanted(&deliveries) {
                return deliveries;
            }
            assert!(crate::now() < end, "{deliveries:?}");
            tokio::task::yield_now().await;
        }
    }

    pub async fn close(self, gateway: Gateway) {
        gateway.shut_down().await;
        self.engine.shut_down().await;
    }
}
