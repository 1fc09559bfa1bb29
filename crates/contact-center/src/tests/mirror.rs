//! What a desk knows from notices alone, as a client would keep it, with the client's complaints:
//! a desk that was told something impossible panics.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::capability::Action;
use crate::contact::{Entry, UserData};
use crate::notice::{ContactChange, ContactView, Notice, ViewState};
use crate::texting::Delivery;
use crate::{ContactId, UserId};

/// One user's desk.
#[derive(Debug, Default)]
pub struct Desk {
    contacts: BTreeMap<ContactId, Shown>,
}

/// What the desk shows of a contact.
#[derive(Debug)]
struct Shown {
    view: ContactView,
    data: Arc<UserData>,
    entries: Vec<Arc<Entry>>,
    deliveries: BTreeMap<u32, Delivery>,
}

impl Desk {
    pub fn deliver(desks: &mut BTreeMap<UserId, Self>, notice: Notice) {
        match notice {
            Notice::Contact { to, change, view, .. } => desks.entry(to).or_default().change(change, *view),
            Notice::Entries { to, contact, entries, deliveries, .. } => {
                let desk = desks.entry(to).or_default();
                desk.add(contact, entries);
                for (index, delivery) in deliveries {
                    desk.delivered(contact, index, delivery);
                }
            }
            Notice::Delivery { to, contact, index, delivery, .. } => {
                desks.entry(to).or_default().delivered(contact, index, delivery);
            }
            Notice::Channels { .. }
            | Notice::Devices { .. }
            | Notice::Call { .. }
            | Notice::Lines(_)
            | Notice::Digits { .. }
            | Notice::SignInsVoid { .. }
            | Notice::TextWaiting(_) => {}
        }
    }

    fn change(&mut self, change: ContactChange, view: ContactView) {
        let over = matches!(view.state, ViewState::Over(_));
        match self.contacts.get_mut(&view.id) {
            Some(shown) if !matches!(shown.view.state, ViewState::Over(_)) => {
                shown.data = view.user_data.clone();
                shown.view = view;
            }
            _ => {
                assert_eq!(
                    change,
                    ContactChange::Status,
                    "the first news of a contact is its state: {view:?}"
                );
                assert!(!over, "a contact is over that never began: {view:?}");
                let data = view.user_data.clone();
                self.contacts
                    .insert(view.id, Shown { view, data, entries: Vec::new(), deliveries: BTreeMap::new() });
            }
        }
    }

    fn add(&mut self, contact: ContactId, entries: Vec<Arc<Entry>>) {
        let Some(shown) = self.contacts.get_mut(&contact) else { panic!("entries of an unknown contact") };
        assert!(!matches!(shown.view.state, ViewState::Over(_)), "entries after the end: {entries:?}");
        for entry in entries {
            let last = shown.entries.last().map_or(0, |entry| entry.index);
            assert!(entry.index > last, "entry {} after {last}", entry.index);
            shown.entries.push(entry);
        }
    }

    fn delivered(&mut self, contact: ContactId, index: u32, delivery: Delivery) {
        let Some(shown) = self.contacts.get_mut(&contact) else { panic!("a text of an unknown contact") };
        assert!(!matches!(shown.view.state, ViewState::Over(_)), "news of a text after the end");
        assert!(shown.entries.iter().any(|entry| entry.index == index), "news of a text that is not shown");
        shown.deliveries.insert(index, delivery);
    }

    /// How the desk shows that a text stands.
    pub fn delivery(&self, contact: ContactId, index: u32) -> Option<&Delivery> {
        self.contacts.get(&contact).and_then(|shown| shown.deliveries.get(&index))
    }

    /// The state that the desk shows.
    pub fn state(&self, contact: ContactId) -> Option<String> {
        self.contacts.get(&contact).map(|shown| match shown.view.state {
            ViewState::Open(state) => format!("{state:?}"),
            ViewState::Over(departure) => format!("{departure:?}"),
        })
    }

    pub fn entries(&self, contact: ContactId) -> &[Arc<Entry>] {
        self.contacts.get(&contact).map(|shown| shown.entries.as_slice()).unwrap_or_default()
    }

    pub fn nicknames(&self, contact: ContactId) -> Vec<String> {
        let shown = self.contacts.get(&contact);
        shown
            .map(|shown| shown.view.parties.iter().map(|party| party.nickname.to_string()).collect())
            .unwrap_or_default()
    }

    pub fn capabilities(&self, contact: ContactId) -> &[Action] {
        self.contacts.get(&contact).map(|shown| shown.view.capabilities.as_slice()).unwrap_or_default()
    }

    /// The contacts that are not over, as the desk shows them.
    pub fn open(&self) -> impl Iterator<Item = (&ContactView, &Arc<UserData>, &[Arc<Entry>])> {
        self.contacts
            .values()
            .filter(|shown| !matches!(shown.view.state, ViewState::Over(_)))
            .map(|shown| (&shown.view, &shown.data, shown.entries.as_slice()))
    }
}
