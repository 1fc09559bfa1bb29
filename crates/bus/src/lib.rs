//! What is told of a contact center's changes, from the one owner to whoever listens, on this node
//! or on others. One trait; [`local`] is its form within one process.
//!
//! An announcement is made after its events are committed, in their order for each contact center.

use std::sync::Arc;

use contact_center::ContactCenterId;
use contact_center::notice::Notice;

#[cfg(test)]
mod conformance;
pub mod local;

/// What follows from one batch of commands, for the users concerned.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// In which contact center.
    pub center: ContactCenterId,
    /// Who is told what, in order.
    pub notices: Arc<[Notice]>,
}

/// Somebody who wants to know. Called from the owner of the contact center: it must not block.
pub trait Listener: Send + Sync {
    /// Hears an announcement.
    fn hear(&self, announcement: &Announcement);
}

/// How announcements get around.
pub trait Bus: Send + Sync {
    /// Tells every listener.
    fn announce(&self, announcement: Announcement);
    /// Adds a listener, for all announcements from now on.
    fn subscribe(&self, listener: Arc<dyn Listener>);
}
