//! All contact centers of this node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bus::Bus;
use contact_center::provisioning::{Change, UserChange};
use contact_center::{Command, ContactCenter, ContactCenterId, Moment, Refusal, limits};
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::figures::Figures;
use crate::handle::{Handle, QUEUE_LIMIT};
use crate::owner::{self, Owner, State};
use crate::random::Random;
use crate::record::Record;
use crate::snapshots::{self, Snapshots};
use crate::{Denial, Failure, StartError, tasks};

/// Under which name the store has the server's secret.
const SECRET: &str = "server secret";

/// What the engine takes from outside besides store and bus.
#[derive(Debug, Clone)]
pub struct Config {
    /// The wall clock.
    pub clock: Clock,
    /// Where IDs, keys and secrets come from.
    pub random: Random,
    /// How long a log grows at least before a snapshot is made.
    pub snapshot_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { clock: Clock::system(), random: Random::system(), snapshot_bytes: snapshots::LEAST_BYTES }
    }
}

/// Runs the owners of all contact centers. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    config: Mutex<Config>,
    centers: RwLock<Centers>,
    /// One foundation at a time: the order here is the order in the store.
    founding: tokio::sync::Mutex<()>,
    owners: Mutex<Vec<JoinHandle<()>>>,
    stop: watch::Sender<bool>,
    secret: [u8; 32],
}

#[derive(Default)]
struct Centers {
    order: Vec<ContactCenterId>,
    handles: BTreeMap<ContactCenterId, Handle>,
}

impl Engine {
    /// Loads all contact centers and starts their owners.
    ///
    /// # Errors
    /// A [`StartError`] if anything is missing or unreadable.
    pub async fn start(store: Arc<dyn Store>, bus: Arc<dyn Bus>) -> Result<Self, StartError> {
        Self::start_with(store, bus, Config::default()).await
    }

    /// Like [`Engine::start`], by a clock and random numbers of the caller's.
    ///
    /// # Errors
    /// A [`StartError`] if anything is missing or unreadable.
    pub async fn start_with(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        mut config: Config,
    ) -> Result<Self, StartError> {
        let fresh = [config.random.bits(), config.random.bits()].map(u128::to_be_bytes).concat();
        let secret = store.value_or_keep(SECRET, fresh).await?;
        let secret = secret.try_into().map_err(|_| StartError::DamagedSecret)?;
        let mut states = Vec::new();
        for id in store.centers().await? {
            states.push((id, owner::load(&store, id, config.snapshot_bytes).await?));
        }
        let shared = Shared {
            store,
            bus,
            config: Mutex::new(config),
            centers: RwLock::default(),
            founding: tokio::sync::Mutex::default(),
            owners: Mutex::default(),
            stop: watch::Sender::new(false),
            secret,
        };
        let engine = Self { shared: Arc::new(shared) };
        for (id, state) in states {
            engine.start_owner(id, state);
        }
        Ok(engine)
    }

    /// Begins a contact center with one administrator.
    ///
    /// # Errors
    /// The reason why there is none.
    pub async fn found(&self, name: &str, administrator: UserChange) -> Result<ContactCenterId, Denial> {
        let _alone = self.shared.founding.lock().await;
        if *self.shared.stop.borrow() {
            return Err(Denial::Failed(Failure::Stopped));
        }
        if self.centers().len() >= limits::CONTACT_CENTERS {
            return Err(Denial::Refused(Refusal::LimitReached {
                of: "contact centers",
                limit: limits::CONTACT_CENTERS,
            }));
        }
        let (id, moment, snapshot_bytes) = {
            let mut config = self.config();
            let id = ContactCenterId(config.random.bits());
            let random = [config.random.bits(), config.random.bits()];
            (id, Moment { now: config.clock.now(), random }, config.snapshot_bytes)
        };
        let change = Change::Found { id, name: name.to_owned(), administrator };
        let mut center = ContactCenter::default();
        let mut record = Record::default();
        for event in center.decide(&Command::Provision { by: None, change }, &moment)? {
            center.apply(&event);
            record.push(&event);
        }
        let events = record.into_bytes();
        let snapshots = Snapshots::new(snapshot_bytes, 0, events.len() as u64);
        let epoch = self.shared.store.found(id, events).await.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(center = %id, error, "a contact center could not be founded");
            Failure::NotStored
        })?;
        tracing::info!(center = %id, "a contact center was founded");
        self.start_owner(id, State::new(center, epoch, 1, snapshots));
        Ok(id)
    }

    /// The contact centers in order of their foundation.
    pub fn centers(&self) -> Vec<ContactCenterId> {
        self.shared.centers.read().unwrap_or_else(PoisonError::into_inner).order.clone()
    }

    /// The way to a contact center.
    pub fn center(&self, id: ContactCenterId) -> Option<Handle> {
        self.shared.centers.read().unwrap_or_else(PoisonError::into_inner).handles.get(&id).cloned()
    }

    /// The secret of this server: made once, the same on every start.
    pub fn server_secret(&self) -> [u8; 32] {
        self.shared.secret
    }

    /// Ends everything: takes no more commands, finishes those that wait, keeps snapshots.
    pub async fn shut_down(&self) {
        self.shared.stop.send_replace(true);
        let _alone = self.shared.founding.lock().await;
        let owners = std::mem::take(&mut *self.shared.owners.lock().unwrap_or_else(PoisonError::into_inner));
        for owner in owners {
            if let Err(error) = owner.await {
                tracing::error!(%error, "an owner had ended by a bug");
            }
        }
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        self.shared.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_owner(&self, id: ContactCenterId, state: State) {
        let (sender, queue) = mpsc::channel(QUEUE_LIMIT);
        let (clock, random, snapshot_bytes) = {
            let mut config = self.config();
            (config.clock.clone(), config.random.split(), config.snapshot_bytes)
        };
        let owner = Owner {
            id,
            store: self.shared.store.clone(),
            bus: self.shared.bus.clone(),
            clock,
            random,
            snapshot_bytes,
            queue,
            stopping: self.shared.stop.subscribe(),
            figures: Figures::new(),
            state,
        };
        let task = tasks::start(owner.run());
        self.shared.owners.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        let mut centers = self.shared.centers.write().unwrap_or_else(PoisonError::into_inner);
        centers.order.push(id);
        centers.handles.insert(id, Handle { id, queue: sender });
    }
}
