//! Between the contract and the rules: parsed requests become commands, what the rules show becomes
//! resources, notices become push events. Words only: nothing is looked up or decided here.

pub mod agents;
pub mod changes;
pub mod contacts;
pub mod customers;
pub mod directory;
pub mod notices;
pub mod orders;
pub mod refusals;
pub mod sessions;
pub mod texts;
pub mod users;
pub mod words;

use contact_center::ContactCenter;

/// What views are made from: the state, and the address that all links begin with.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub center: &'a ContactCenter,
    pub base: &'a str,
}

#[cfg(test)]
mod tests;
