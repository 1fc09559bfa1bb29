//! A contact center with people in it, a clock that only the test moves, and everybody's desk.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::mirror::Desk;
use crate::audience::{Mode, Visibility};
use crate::command::{Command, Order, Target, Words};
use crate::contact::{Contact, EntryKind, UserData};
use crate::notice::{Glimpse, Notice, entries_for};
use crate::people::{PasswordHash, Role};
use crate::provisioning::{Change, UserChange};
use crate::supervision::{MonitoringRequest, Scope};
use crate::texting::OutgoingText;
use crate::{
    Channel, ContactCenter, ContactCenterId, ContactId, CustomerKey, Event, Moment, Refusal, Timestamp,
    UserId,
};

pub const AGENTS: [&str; 3] = ["anna", "bela", "carl"];
pub const SUPERVISORS: [&str; 2] = ["sam", "tess"];

pub struct World {
    pub center: ContactCenter,
    pub now: Timestamp,
    pub history: Vec<Event>,
    pub desks: BTreeMap<UserId, Desk>,
    /// What the gateway was told that it can claim.
    pub waiting: Vec<Arc<OutgoingText>>,
    random: u128,
}

impl World {
    /// An empty contact center with one administrator.
    pub fn founded() -> Self {
        let mut world = Self {
            center: ContactCenter::default(),
            now: Timestamp(1_700_000_000_000),
            history: Vec::new(),
            desks: BTreeMap::new(),
            waiting: Vec::new(),
            random: 1,
        };
        let change = Change::Found {
            id: ContactCenterId(7),
            name: "Test".to_owned(),
            administrator: person("admin", vec![Role::Admin]),
        };
        world.accepted(Command::Provision { by: None, change });
        world
    }

    /// Three agents and two supervisors, everybody's chat channel open, the agents ready.
    pub fn staffed() -> Self {
        let mut world = Self::founded();
        for name in AGENTS {
            world.hire(name, vec![Role::Agent]);
        }
        for name in SUPERVISORS {
            world.hire(name, vec![Role::Agent, Role::Supervisor]);
        }
        for name in AGENTS.iter().chain(&SUPERVISORS) {
            world.open_chat(name);
        }
        world
    }

    pub fn hire(&mut self, name: &str, roles: Vec<Role>) -> UserId {
        let by = Some(self.user("admin"));
        self.accepted(Command::Provision { by, change: Change::CreateUser(person(name, roles)) });
        self.user(name)
    }

    pub fn open_chat(&mut self, name: &str) {
        let by = self.user(name);
        self.accepted(Command::OpenChannel { by, channel: Channel::Chat, device: None });
    }

    /// Makes an agent the only one who is ready.
    pub fn only_ready(&mut self, name: &str) {
        for other in AGENTS {
            self.enter(other, if other == name { "Ready" } else { "NotReady" });
        }
    }

    pub fn enter(&mut self, name: &str, operation: &str) {
        let by = self.user(name);
        self.accepted(Command::EnterState { by, of: by, channel: None, operation: operation.to_owned() });
    }

    pub fn user(&self, name: &str) -> UserId {
        let Some(user) = self.center.user_named(name) else { panic!("no user {name}") };
        user.id
    }

    /// Gives an order, lets everything happen that follows from it, and puts the news on the desks.
    pub fn order(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = self.decide(&command)?;
        self.happen(&events);
        self.do_what_is_due();
        Ok(events)
    }

    pub fn accepted(&mut self, command: Command) -> Vec<Event> {
        match self.order(command.clone()) {
            Ok(events) => events,
            Err(refusal) => panic!("{command:?} was refused: {refusal:?}"),
        }
    }

    pub fn decide(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.random += 1;
        let spread = self.random.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let moment = Moment { now: self.now, random: [spread, !spread] };
        self.center.decide(command, &moment)
    }

    fn happen(&mut self, events: &[Event]) {
        let glimpse = Glimpse::before(&self.center, events);
        for event in events {
            self.center.apply(event);
        }
        for notice in glimpse.after(&self.center, events, None) {
            if let Notice::TextWaiting(text) = &notice {
                self.waiting.push(text.clone());
            }
            Desk::deliver(&mut self.desks, notice);
        }
        self.history.extend_from_slice(events);
    }

    pub fn do_what_is_due(&mut self) {
        for _ in 0..10_000 {
            let Some(duty) = self.center.due(self.now) else { return };
            match self.decide(&Command::Do(duty)) {
                Ok(events) => self.happen(&events),
                Err(refusal) => panic!("the duty {duty:?} was refused: {refusal:?}"),
            }
        }
        panic!("what is due never ends");
    }

    /// Moves the clock.
    pub fn pass_ms(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.do_what_is_due();
    }

    /// A customer's new chat.
    pub fn request(&mut self, nickname: &str) -> (ContactId, CustomerKey) {
        let command = Command::RequestContact {
            channel: Channel::Chat,
            endpoint: None,
            nickname: nickname.to_owned(),
            user_data: UserData::new(),
        };
        let events = self.accepted(command);
        let Some(Event::Contact(id, _)) = events.first() else { panic!("no contact in {events:?}") };
        (*id, self.contact(*id).customer_key)
    }

    pub fn contact(&self, id: ContactId) -> &Contact {
        &self.center.contacts()[&id]
    }

    pub fn converse(&mut self, name: &str, contact: ContactId, order: Order) -> Result<Vec<Event>, Refusal> {
        let by = self.user(name);
        self.order(Command::Converse { by, contact, order })
    }

    /// An order that is followed.
    pub fn does(&mut self, name: &str, contact: ContactId, order: Order) {
        if let Err(refusal) = self.converse(name, contact, order.clone()) {
            panic!("{name} may not {order:?}: {refusal:?}");
        }
    }

    pub fn accept(&mut self, name: &str, contact: ContactId) {
        self.does(name, contact, Order::Accept { nickname: None });
    }

    /// A chat that `name` handles.
    pub fn handled_by(&mut self, name: &str) -> (ContactId, CustomerKey) {
        self.only_ready(name);
        let (contact, key) = self.request("Milo");
        self.accept(name, contact);
        (contact, key)
    }

    pub fn monitor(
        &mut self,
        by: &str,
        agent: &str,
        mode: Mode,
        scope: Scope,
    ) -> Result<Vec<Event>, Refusal> {
        let request = MonitoringRequest { mode, scope, nickname: None };
        let (by, agent) = (self.user(by), self.user(agent));
        self.order(Command::Monitor { by, agent, channel: Channel::Chat, request })
    }

    pub fn state(&self, name: &str, contact: ContactId) -> String {
        self.desks.get(&self.user(name)).and_then(|desk| desk.state(contact)).unwrap_or_default()
    }

    /// What the customer can read, as short lines.
    pub fn customer_reads(&self, contact: ContactId) -> Vec<String> {
        let contact = self.contact(contact);
        let Some(customer) = contact.customer() else { return Vec::new() };
        entries_for(contact, customer, 1).map(|entry| line(entry)).collect()
    }

    /// What a user was told of a contact, as short lines.
    pub fn was_told(&self, name: &str, contact: ContactId) -> Vec<String> {
        let desk = self.desks.get(&self.user(name));
        desk.map(|desk| desk.entries(contact).iter().map(|entry| line(entry)).collect()).unwrap_or_default()
    }

    pub fn colleagues(&self, name: &str, contact: ContactId) -> Vec<String> {
        let desk = self.desks.get(&self.user(name));
        desk.map(|desk| desk.nicknames(contact)).unwrap_or_default()
    }
}

/// An entry in few words: number, kind or text, sender.
fn line(entry: &crate::contact::Entry) -> String {
    let what = match &entry.text {
        Some(text) => text.to_string(),
        None => format!("{:?}", entry.kind),
    };
    format!("{} {what} ({})", entry.index, entry.from.nickname)
}

pub fn person(name: &str, roles: Vec<Role>) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_owned()),
        last_name: Some("Berg".to_owned()),
        roles: Some(roles),
        password: Some(PasswordHash("hash".to_owned())),
        ..UserChange::default()
    }
}

pub fn text(to: Visibility, text: &str) -> Order {
    Order::Say(Words { kind: EntryKind::Text, to, text: Some(text.to_owned()), tag: None })
}

pub fn leave() -> Order {
    Order::Leave { farewell: None }
}

pub fn complete() -> Order {
    Order::Complete { queue: None, farewell: None }
}

pub fn transfer(to: Target) -> Order {
    Order::Transfer { to, farewell: None }
}
