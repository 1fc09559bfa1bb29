//! Connections to SMS carriers.
//!
//! For each contact center there is a *courier*, which alone talks to its owner; for each connection to a carrier a
//! *line*, which alone talks to the carrier. What they say to each other is in `message.rs`.
//!
//! What always holds: a text that a carrier brings is acknowledged after it is committed; a text that goes out is
//! claimed, and the claim committed, before any of it is handed over, and never handed over again if the carrier may
//! have it.

mod clock;
mod config;
mod courier;
mod figures;
mod line;
mod message;
mod random;
mod routes;
mod tasks;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use contact_center::{Command, ContactCenterId};
use engine::Engine;
use tokio::sync::watch;

pub use config::{
    Bind, Carrier, Config, MOST_CARRIERS, MOST_CONNECTIONS, MOST_ROUTES, MOST_WINDOW, Route, Tls,
};
pub use smpp::{Alphabet, Credentials, DefaultAlphabet, LongTexts};
pub use tls::TlsError;

use courier::{Courier, Prepared, Switchboard};
use figures::Figures;
use tasks::Task;

/// How long until it is asked again whether a contact center was founded meanwhile.
const FOUNDING_PAUSE: Duration = Duration::from_millis(200);
/// How long taking leave of all carriers may last on top of what each may take for an answer.
const LEAVE: Duration = Duration::from_secs(5);

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Two carriers have one name, or there is one without.
    #[error("carrier {0:?}: every carrier needs a name of its own")]
    CarrierName(String),
    /// A route leads nowhere.
    #[error("route {prefix:?}: there is no carrier {carrier:?}")]
    UnknownCarrier {
        /// The route.
        prefix: String,
        /// The name that no carrier has.
        carrier: String,
    },
    /// A carrier's connections cannot be encrypted.
    #[error("carrier {carrier:?}")]
    Tls {
        /// The carrier.
        carrier: String,
        /// Why.
        #[source]
        cause: TlsError,
    },
}

/// How a carrier stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierStatus {
    /// Its name.
    pub name: String,
    /// How many connections there should be; a pair is two.
    pub connections: usize,
    /// How many are bound.
    pub bound: usize,
    /// How many texts wait for it, of those that the gateway holds.
    pub waiting: usize,
}

/// All connections to carriers. Dropped, they end at once, as if the process did.
pub struct Gateway {
    work: Task,
    carriers: Vec<(Arc<Carrier>, Arc<Figures>)>,
    stop: watch::Sender<bool>,
}

impl Gateway {
    /// Connects to all carriers. To be called in a runtime.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn start(engine: &Engine, bus: &dyn Bus, config: Config) -> Result<Gateway, StartError> {
        let mut carriers: Vec<(Arc<Carrier>, Arc<Figures>)> = Vec::new();
        let mut all = Vec::new();
        for carrier in config.carriers {
            if carrier.name.is_empty() || carriers.iter().any(|(it, _)| it.name == carrier.name) {
                return Err(StartError::CarrierName(carrier.name));
            }
            let carrier = Arc::new(carrier);
            let encryption = carrier.tls.as_ref().map(|tls| tls::encryption(&carrier, tls)).transpose();
            let encryption =
                encryption.map_err(|cause| StartError::Tls { carrier: carrier.name.clone(), cause })?;
            let figures = Arc::new(Figures::new(&carrier.name));
            carriers.push((Arc::clone(&carrier), Arc::clone(&figures)));
            all.push(Prepared { carrier, encryption, figures });
        }
        for Route { prefix, carriers: names, .. } in &config.routes {
            let unknown = names.iter().find(|name| !carriers.iter().any(|(it, _)| it.name == **name));
            if let Some(carrier) = unknown {
                let (prefix, carrier) = (prefix.clone(), carrier.clone());
                return Err(StartError::UnknownCarrier { prefix, carrier });
            }
        }
        let switchboard = Arc::new(Switchboard::default());
        bus.subscribe(Arc::clone(&switchboard) as Arc<dyn bus::Listener>);
        let (stop, stopping) = watch::channel(false);
        let work = Task::start(carry(engine.clone(), all, config.routes, switchboard, stopping));
        Ok(Gateway { work, carriers, stop })
    }

    /// How the carriers stand, in the order of the configuration.
    pub fn carriers(&self) -> Vec<CarrierStatus> {
        let status = |(carrier, figures): &(Arc<Carrier>, Arc<Figures>)| CarrierStatus {
            name: carrier.name.clone(),
            connections: carrier.binds() * usize::from(carrier.connections),
            bound: figures.bound(),
            waiting: figures.waiting(),
        };
        self.carriers.iter().map(status).collect()
    }

    /// Takes leave of all carriers: nothing new is handed over, what is on its way is waited for and kept.
    pub async fn shut_down(self) {
        self.stop.send_replace(true);
        let longest = self.carriers.iter().map(|(carrier, _)| carrier.response_timeout).max();
        let until = clock::now() + longest.unwrap_or_default() * 2 + LEAVE;
        match tokio::time::timeout_at(until.into(), self.work.ended()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the gateway had ended by a bug"),
            Err(_) => tracing::warn!("a carrier would not take leave"),
        }
    }
}

/// Runs the couriers of all contact centers.
async fn carry(
    engine: Engine,
    prepared: Vec<Prepared>,
    routes: Vec<Route>,
    switchboard: Arc<Switchboard>,
    mut stop: watch::Receiver<bool>,
) {
    let first = tokio::select! {
        first = founded(|| engine.centers().first().copied()) => first,
        _ = stop.wait_for(|stop| *stop) => return,
    };
    let mut by_center: BTreeMap<ContactCenterId, Vec<Prepared>> = BTreeMap::new();
    for it in prepared {
        by_center.entry(it.carrier.contact_center.unwrap_or(first)).or_default().push(it);
    }
    for id in engine.centers().into_iter().filter(|id| !by_center.contains_key(id)) {
        recover(&engine, id).await;
    }
    let start = |(id, prepared): (ContactCenterId, Vec<Prepared>)| {
        let (engine, routes) = (engine.clone(), routes.clone());
        let (switchboard, mut stop) = (Arc::clone(&switchboard), stop.clone());
        Task::start(async move {
            if engine.center(id).is_none() {
                tracing::warn!(center = %id, "carriers are set up for a contact center that is not there");
            }
            let center = tokio::select! {
                center = founded(|| engine.center(id)) => center,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            Courier::new(center, &prepared, &routes).run(prepared, &switchboard, stop).await;
        })
    };
    let couriers: Vec<Task> = by_center.into_iter().map(start).collect();
    for courier in couriers {
        if let Err(error) = courier.ended().await {
            tracing::error!(%error, "a courier had ended by a bug");
        }
    }
}

/// A contact center whose carriers were taken out of the configuration may have texts that were on their way.
async fn recover(engine: &Engine, id: ContactCenterId) {
    let Some(center) = engine.center(id) else { return };
    if let Err(denial) = center.execute(Command::RecoverTexts, None).await {
        tracing::warn!(center = %id, ?denial, "what became of texts that were on their way could not be kept");
    }
}

/// What there is once a contact center is founded.
async fn founded<T>(found: impl Fn() -> Option<T>) -> T {
    loop {
        if let Some(found) = found() {
            return found;
        }
        clock::wait_until(Some(clock::now() + FOUNDING_PAUSE)).await;
    }
}
