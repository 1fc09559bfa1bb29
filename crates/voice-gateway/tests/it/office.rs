//! A contact center with agents who have telephones.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bus::Bus;
use bus::local::LocalBus;
use contact_center::calls::{Call, CallOrder, Destination, PartyState, SipIdentity};
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, DeviceChange, UserChange};
use contact_center::{Channel, Command, DeviceId, UserId};
use engine::{Engine, Handle};
use sip::Transport;
use sip::digest::Secret;
use store::Store;
use store::memory::MemoryStore;
use voice_gateway::{Algorithm, Config, Gateway, Listener};

use crate::telephone::Telephone;
use crate::until;

pub const REALM: &str = "test";

pub struct Office {
    pub engine: Engine,
    pub bus: Arc<dyn Bus>,
    pub center: Handle,
    pub gateway: Option<Gateway>,
    pub config: Config,
    pub address: SocketAddr,
}

/// An agent with a telephone.
pub struct Agent {
    pub user: UserId,
    pub device: DeviceId,
}

fn user(name: &str, roles: Vec<Role>) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_owned()),
        last_name: Some("Test".to_owned()),
        roles: Some(roles),
        password: Some(PasswordHash("none".to_owned())),
        ..UserChange::default()
    }
}

pub fn config() -> Config {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // Tests run side by side, each in a process of its own.
    let first_rtp_port = 20_000 + u16::try_from(std::process::id() % 200).unwrap() * 200;
    Config {
        listeners: vec![Listener { transport: Transport::Udp, address: loopback }],
        realm: REALM.to_owned(),
        digests: vec![Algorithm::Sha256, Algorithm::Md5],
        first_rtp_port,
        last_rtp_port: first_rtp_port + 199,
        media_threads: Some(1),
        ..Config::default()
    }
}

impl Office {
    pub async fn open() -> Office {
        Office::open_with(config()).await
    }

    pub async fn open_with(config: Config) -> Office {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let engine = Engine::start(store, bus.clone()).await.unwrap();
        let id = engine.found("Test", user("ada", vec![Role::Admin])).await.unwrap();
        let center = engine.center(id).unwrap();
        let gateway = Gateway::start(&engine, &*bus, config.clone()).await.unwrap();
        let address = gateway.addresses()[0].address;
        // From now on it is always there.
        let mut config = config;
        for (listener, bound) in config.listeners.iter_mut().zip(gateway.addresses()) {
            listener.address = bound.address;
        }
        Office { engine, bus, center, gateway: Some(gateway), config, address }
    }

    /// The gateway's process ends without a word, and another one begins.
    pub async fn restart(&mut self) {
        drop(self.gateway.take());
        let config = self.config.clone();
        let gateway = until("the sockets are still in use", || async {
            Gateway::start(&self.engine, &*self.bus, config.clone()).await.ok()
        });
        self.gateway = Some(gateway.await);
    }

    pub async fn order(&self, command: Command) {
        self.center.execute(command, None).await.unwrap();
    }

    /// An agent with a device of this number, whose password is the number twice.
    pub async fn agent(&self, name: &str, number: &str) -> Agent {
        let change = Change::CreateUser(user(name, vec![Role::Agent, Role::Supervisor]));
        self.order(Command::Provision { by: None, change }).await;
        let name = name.to_owned();
        let by = self.center.query(move |center| center.user_named(&name).unwrap().id).await.unwrap();
        let secret = Secret::of(number, REALM, &format!("{number}{number}"));
        let device = DeviceChange {
            phone_number: Some(number.to_owned()),
            owner: Some(by),
            sip: Some(SipIdentity {
                realm: REALM.to_owned(),
                ha1_md5: secret.md5,
                ha1_sha256: secret.sha256,
            }),
            ..DeviceChange::default()
        };
        self.order(Command::Provision { by: None, change: Change::CreateDevice(device) }).await;
        let number = number.to_owned();
        let device = self.center.query(move |center| center.device_numbered(&number).unwrap().id).await;
        Agent { user: by, device: device.unwrap() }
    }

    /// The same with a phone that is registered.
    pub async fn agent_with_phone(&self, name: &str, number: &str) -> (Agent, Telephone) {
        let agent = self.agent(name, number).await;
        let mut phone = Telephone::new(self.address, number).await;
        assert_eq!(phone.register(3_600).await.code(), 200);
        self.registered(agent.device, true).await;
        (agent, phone)
    }

    /// Waits until the contact center knows whether a device has a phone.
    pub async fn registered(&self, device: DeviceId, wanted: bool) {
        until("not as registered as wanted", || async {
            let known = self.center.query(move |center| center.phones().contains_key(&device)).await.unwrap();
            (known == wanted).then_some(())
        })
        .await;
    }

    /// Opens the voice channel.
    pub async fn sign_in(&self, agent: &Agent) {
        let (by, device) = (agent.user, Some(agent.device));
        self.order(Command::OpenChannel { by, channel: Channel::Voice, device }).await;
        self.order(Command::EnterState { by, of: by, channel: None, operation: "Ready".to_owned() }).await;
    }

    pub async fn dial(&self, agent: &Agent, number: &str) {
        let to = Destination { phone_number: number.to_owned(), user_data: Default::default() };
        let (by, device) = (agent.user, agent.device);
        self.order(Command::Dial { by, device, to, caller_id: None }).await;
    }

    pub async fn in_call(&self, agent: &Agent, order: CallOrder) {
        let call = self.call_of(agent).await.id;
        self.order(Command::Call { by: agent.user, call, order }).await;
    }

    /// The only call that somebody is in.
    pub async fn call_of(&self, agent: &Agent) -> Call {
        let user = agent.user;
        until("there is no call", || async {
            let found = self.center.query(move |center| {
                let mut calls =
                    center.calls().values().filter(|it| it.is_open() && it.party_of(user).is_some());
                calls.next().map(|call| (**call).clone())
            });
            found.await.unwrap()
        })
        .await
    }

    /// Waits until somebody is so in a call.
    pub async fn stands(&self, agent: &Agent, wanted: PartyState) {
        let user = agent.user;
        until("the party is not as wanted", || async {
            let found = self.center.query(move |center| {
                center.calls().values().any(|it| it.party_of(user).is_some_and(|it| it.state == wanted))
            });
            found.await.unwrap().then_some(())
        })
        .await;
    }

    /// Waits until nothing is left of any call.
    pub async fn is_quiet(&self) {
        until("a line is left", || async {
            let (legs, open) = self
                .center
                .query(|center| {
                    (center.legs().len(), center.calls().values().filter(|it| it.is_open()).count())
                })
                .await
                .unwrap();
            (legs == 0 && open == 0).then_some(())
        })
        .await;
        until("the gateway has a line left", || async {
            let lines = self.gateway.as_ref().unwrap().status().lines;
            (lines == 0).then_some(())
        })
        .await;
    }
}
