//! Between the contract and the rules: parsed requests become commands, what the rules show becomes
//! resources, notices become push events. Words only: nothing is looked up or decided here.

pub mod agents;
pub mod calls;
pub mod changes;
pub mod contacts;
pub mod customers;
pub mod directory;
pub mod notices;
pub mod orders;
pub mod recordings;
pub mod refusals;
pub mod sessions;
pub mod sip;
pub mod telephones;
pub mod texts;
pub mod users;
pub mod words;

use std::borrow::Cow;

use contact_center::{ContactCenter, ContactCenterId, Timestamp};
use public_api::resources::{Id, Link};

/// What views are made from: the state, the address that all links begin with, and the time.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub center: &'a ContactCenter,
    pub base: &'a str,
    pub now: Timestamp,
}

/// What views of telephones and calls need beside themselves.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// What all links begin with.
    pub base: &'a str,
    /// Whose telephones they are.
    pub center: ContactCenterId,
    /// When it is, as calls count their duration.
    pub now: Timestamp,
}

impl<'a> Source<'a> {
    pub fn place(self) -> Place<'a> {
        let center = self.center.id().unwrap_or(ContactCenterId(0));
        Place { base: self.base, center, now: self.now }
    }
}

impl<'a> Place<'a> {
    /// The telephone system: each contact center has one, and the ID of both is the same.
    pub fn voice_environment(self) -> Cow<'a, str> {
        Cow::Owned(Link::new(self.base, "voice-environments", Id::print(&self.center)).uri().to_string())
    }
}

#[cfg(test)]
mod tests;
