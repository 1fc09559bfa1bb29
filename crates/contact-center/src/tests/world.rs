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
use crate::texting::{Arrival, Body, Origin, OutgoingText, Thread};
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
    /// Where everything happens.
    pub channel: Channel,
    /// The customers' numbers, with the names that stories call them by.
    names: BTreeMap<String, String>,
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
            channel: Channel::Chat,
            names: BTreeMap::new(),
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
        Self::staffed_on(Channel::Chat)
    }

    /// The same on another channel.
    pub fn staffed_on(channel: Channel) -> Self {
        let mut world = Self { channel, ..Self::founded() };
        for name in AGENTS {
            world.hire(name, vec![Role::Agent]);
        }
        for name in SUPERVISORS {
            world.hire(name, vec![Role::Agent, Role::Supervisor]);
        }
        for name in AGENTS.iter().chain(&SUPERVISORS) {
            world.open_channel(name);
        }
        world
    }

    pub fn hire(&mut self, name: &str, roles: Vec<Role>) -> UserId {
        let by = Some(self.user("admin"));
        self.accepted(Command::Provision { by, change: Change::CreateUser(person(name, roles)) });
        self.user(name)
    }

    pub fn open_channel(&mut self, name: &str) {
        let (by, channel) = (self.user(name), self.channel);
        self.accepted(Command::OpenChannel { by, channel, device: None });
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

    /// The queue that everything comes to.
    pub fn default_queue(&self) -> Target {
        Target::QueueNamed(if self.channel == Channel::Chat { "Chats" } else { "Texts" }.to_owned())
    }

    /// The thread of the customer of this name.
    pub fn thread_of(&mut self, nickname: &str) -> Thread {
        let known = self.names.iter().find(|(_, name)| *name == nickname).map(|(number, _)| number.clone());
        let number = known.unwrap_or_else(|| {
            let number = format!("+49170{:07}", self.names.len());
            self.names.insert(number.clone(), nickname.to_owned());
            number
        });
        Thread { customer: number.parse().unwrap(), ours: "12345".parse().unwrap() }
    }

    /// A text arrives over one connection that lives.
    pub fn receive(&mut self, nickname: &str, body: Body) -> Result<Vec<Event>, Refusal> {
        let thread = self.thread_of(nickname);
        self.random += 1;
        let sequence = self.random as u32;
        let origin = Origin { connection: 1, sequence, ..Origin::default() };
        self.order(Command::ReceiveText(Box::new(Arrival { thread, carrier: "acme".into(), origin, body })))
    }

    /// A text arrives, and the contact that it came to.
    pub fn texts(&mut self, nickname: &str, text: &str) -> Option<ContactId> {
        let events = self.receive(nickname, Body::Whole(text.to_owned()));
        events
            .unwrap_or_else(|refusal| panic!("{text} was refused: {refusal:?}"))
            .iter()
            .find_map(Event::contact)
    }

    /// A customer's new contact.
    pub fn request(&mut self, nickname: &str) -> (ContactId, CustomerKey) {
        if self.channel == Channel::Sms {
            let Some(id) = self.texts(nickname, "ParticipantJoined") else { panic!("no contact") };
            return (id, self.contact(id).customer_key);
        }
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
        self.order(Command::Monitor { by, agent, channel: self.channel, request })
    }

    pub fn state(&self, name: &str, contact: ContactId) -> String {
        self.desks.get(&self.user(name)).and_then(|desk| desk.state(contact)).unwrap_or_default()
    }

    /// What the customer can read, as short lines.
    pub fn customer_reads(&self, contact: ContactId) -> Vec<String> {
        let contact = self.contact(contact);
        let Some(customer) = contact.customer() else { return Vec::new() };
        entries_for(contact, customer, 1).map(|entry| self.line(entry)).collect()
    }

    /// What a user was told of a contact, as short lines.
    pub fn was_told(&self, name: &str, contact: ContactId) -> Vec<String> {
        let desk = self.desks.get(&self.user(name));
        desk.map(|desk| desk.entries(contact).iter().map(|entry| self.line(entry)).collect())
            .unwrap_or_default()
    }

    pub fn colleagues(&self, name: &str, contact: ContactId) -> Vec<String> {
        let desk = self.desks.get(&self.user(name));
        let nicknames = desk.map(|desk| desk.nicknames(contact)).unwrap_or_default();
        nicknames.into_iter().map(|nickname| self.name_of(&nickname)).collect()
    }

    /// What stories call somebody.
    fn name_of(&self, nickname: &str) -> String {
        self.names.get(nickname).cloned().unwrap_or_else(|| nickname.to_owned())
    }

    /// An entry in few words: number, kind or text, sender.
    fn line(&self, entry: &crate::contact::Entry) -> String {
        let what = match &entry.text {
            Some(text) => text.to_string(),
            None => format!("{:?}", entry.kind),
        };
        format!("{} {what} ({})", entry.index, self.name_of(&entry.from.nickname))
    }
}

/// Tells a story once with chats and once with sessions of texts.
pub fn on_both_channels(story: impl Fn(World)) {
    for channel in [Channel::Chat, Channel::Sms] {
        story(World::staffed_on(channel));
    }
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
