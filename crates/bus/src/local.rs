//! The bus within one process: listeners are called directly, one after the other.

use std::sync::{Arc, RwLock};

use crate::{Announcement, Bus, Listener};

/// A bus whose listeners live in this process.
#[derive(Default)]
pub struct LocalBus {
    listeners: RwLock<Vec<Arc<dyn Listener>>>,
}

impl Bus for LocalBus {
    fn announce(&self, announcement: Announcement) {
        let Ok(listeners) = self.listeners.read() else { return };
        for listener in listeners.iter() {
            listener.hear(&announcement);
        }
    }

    fn subscribe(&self, listener: Arc<dyn Listener>) {
        if let Ok(mut listeners) = self.listeners.write() {
            listeners.push(listener);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_hear_everything_in_order_from_the_time_they_listen() {
        crate::conformance::holds(&LocalBus::default());
    }
}
