//! The server over real sockets, with an engine on a store in memory.

mod client;
mod encrypted;
mod limits;
mod notifications;
mod sessions;
mod sign_in;
mod telephones;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bus::local::LocalBus;
use bytes::Bytes;
use contact_center::people::Role;
use contact_center::provisioning::{Change, UserChange};
use contact_center::{Command, ContactCenterId, Event, UserId};
use engine::Engine;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{App, Config, WebServer, hash_password};
use client::Client;

/// A running server with the contact center `home`, whose administrator is `admin` with password `secret`.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) address: SocketAddr,
    pub(crate) home: ContactCenterId,
    store: Arc<store::memory::MemoryStore>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start() -> Server {
        Server::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Server {
        let store = Arc::new(store::memory::MemoryStore::default());
        Server::on(store, change).await
    }

    async fn on(store: Arc<store::memory::MemoryStore>, change: impl FnOnce(&mut Config)) -> Server {
        let bus = Arc::new(LocalBus::default());
        let engine = Engine::start(store.clone(), bus.clone()).await.unwrap();
        let home = match engine.centers().first() {
            Some(home) => *home,
            None => engine.found("home", user("admin", &[Role::Admin])).await.unwrap(),
        };
        let mut config = Config::default();
        config.push.bayeux.jitter_percent = 0;
        change(&mut config);
        let server = WebServer::new(config, engine, bus).unwrap();
        let app = Arc::clone(&server.app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let task = crate::tasks::start_for_test(server.serve(listener, shutdown));
        Server { app, address, home, store, stop: Some(stop), task }
    }

    /// A browser without cookies.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A browser that has signed in as the administrator and sends its cookie alone.
    pub(crate) async fn signed_in(&self) -> Client {
        let mut client = self.client();
        client.basic("admin", "secret");
        assert_eq!(client.get("/api/v2/me").await.status, 200);
        client.forget_basic();
        client
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> Arc<store::memory::MemoryStore> {
        drop(self.stop.take());
        self.task.await.unwrap().unwrap();
        self.app.engine.shut_down().await;
        self.store
    }

    /// Begins to stop.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// The same server after a restart.
    pub(crate) async fn restarted(self) -> Server {
        let store = self.stop().await;
        Server::on(store, |_| ()).await
    }

    pub(crate) async fn change(&self, change: Change) -> Vec<Event> {
        let center = self.app.engine.center(self.home).unwrap();
        center.execute(Command::Provision { by: None, change }, None).await.unwrap()
    }

    pub(crate) async fn user_id(&self, name: &'static str) -> UserId {
        let center = self.app.engine.center(self.home).unwrap();
        center.query(move |state| state.user_named(name).unwrap().id).await.unwrap()
    }

    /// Tells the administrator something.
    pub(crate) async fn publish(&self, topic: &str, data: &str) {
        let admin = self.user_id("admin").await;
        let event = Bytes::from(format!(r#"{{"channel":"{topic}","data":{data}}}"#));
        self.app.push.publish((self.home, admin), topic, event);
    }

    /// Waits until the push service looks as expected.
    pub(crate) async fn push_has(&self, what: &str, is: impl Fn(crate::push::Figures) -> bool) {
        for _ in 0..DEADLINE_MS {
            if is(self.app.push.figures()) {
                return;
            }
            pause(Duration::from_millis(1)).await;
        }
        panic!("{what}: {:?}", self.app.push.figures());
    }
}

/// How long a test waits for what must happen at once.
const DEADLINE_MS: u64 = 5_000;

/// Gives the server time between two looks.
async fn pause(length: Duration) {
    let _ = tokio::time::timeout(length, std::future::pending::<()>()).await;
}

/// A user whose password is `secret`.
pub(crate) fn user(name: &str, roles: &[Role]) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some("Some".to_owned()),
        last_name: Some("Body".to_owned()),
        roles: Some(roles.to_vec()),
        password: Some(hash_password("secret")),
        ..UserChange::default()
    }
}
