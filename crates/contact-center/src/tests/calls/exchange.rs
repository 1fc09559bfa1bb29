//! A contact center with telephones: a gateway that does what the plans say, desks that know only what they
//! were told, and a clock that only the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audience::Mode;
use crate::calls::{
    Arrival, CallChange, CallOrder, CallState, CallView, Cause, Destination, LegPlan, LegWants, LineReport,
    Origin, Reach, StandingRequest, SupervisionScope,
};
use crate::command::Command;
use crate::directory::Device;
use crate::notice::{Glimpse, Notice};
use crate::people::Role;
use crate::provisioning::{Change, DeviceChange, QueueChange};
use crate::settings::SettingName;
use crate::tests::world::person;
use crate::{
    CallId, Channel, ContactCenter, ContactCenterId, DeviceId, Event, LegId, Moment, Refusal, Timestamp,
    UserId,
};

pub const PEOPLE: [(&str, &str); 5] =
    [("anna", "5001"), ("bela", "5002"), ("carl", "5003"), ("sam", "5005"), ("tess", "5006")];
pub const QUEUE: &str = "800";

#[derive(Default)]
pub struct Desk {
    pub calls: BTreeMap<CallId, CallView>,
    pub told: Vec<(CallChange, CallView)>,
}

pub struct Exchange {
    pub center: ContactCenter,
    pub now: Timestamp,
    pub history: Vec<Event>,
    pub desks: BTreeMap<UserId, Desk>,
    /// The last plan of each line that the gateway has.
    pub lines: BTreeMap<LegId, LegPlan>,
    /// The lines that stand.
    pub up: Vec<LegId>,
    pub digits: Vec<(Vec<LegId>, String)>,
    random: u128,
}

impl Exchange {
    /// Five people with registered phones at work, the first three ready for calls from the queue.
    pub fn open() -> Self {
        let mut exchange = Self {
            center: ContactCenter::default(),
            now: Timestamp(1_700_000_000_000),
            history: Vec::new(),
            desks: BTreeMap::new(),
            lines: BTreeMap::new(),
            up: Vec::new(),
            digits: Vec::new(),
            random: 1,
        };
        let administrator = person("admin", vec![Role::Admin]);
        let change = Change::Found { id: ContactCenterId(7), name: "Test".to_owned(), administrator };
        exchange.accepted(Command::Provision { by: None, change });
        for (name, number) in PEOPLE {
            let supervises = number.as_bytes()[3] >= b'5';
            let roles = if supervises { vec![Role::Agent, Role::Supervisor] } else { vec![Role::Agent] };
            exchange.provision(Change::CreateUser(person(name, roles)));
            let owner = Some(exchange.user(name));
            let phone_number = Some(number.to_owned());
            let device = DeviceChange { phone_number, owner, ..DeviceChange::default() };
            exchange.provision(Change::CreateDevice(device));
            exchange.register(name);
            exchange.sign_on(name);
        }
        let (name, phone_number) = (Some("Sales".to_owned()), Some(QUEUE.to_owned()));
        let queue = QueueChange { name, phone_number, ..QueueChange::default() };
        exchange.provision(Change::CreateQueue(Channel::Voice, queue));
        exchange
    }

    pub fn provision(&mut self, change: Change) {
        let by = self.center.user_named("admin").map(|user| user.id);
        self.accepted(Command::Provision { by, change });
    }

    pub fn set(&mut self, name: SettingName, value: i64) {
        self.provision(Change::SetSetting(name, value));
    }

    pub fn register(&mut self, name: &str) {
        let device = self.device(name);
        self.report(LineReport::Registered { device, phones: Some("phone".into()) });
    }

    pub fn sign_on(&mut self, name: &str) {
        let (by, device) = (self.user(name), Some(self.device(name)));
        self.accepted(Command::OpenChannel { by, channel: Channel::Voice, device });
    }

    pub fn enter(&mut self, name: &str, operation: &str) {
        let by = self.user(name);
        let operation = operation.to_owned();
        self.accepted(Command::EnterState { by, of: by, channel: Some(Channel::Voice), operation });
    }

    pub fn user(&self, name: &str) -> UserId {
        let Some(user) = self.center.user_named(name) else { panic!("no user {name}") };
        user.id
    }

    pub fn device(&self, name: &str) -> DeviceId {
        self.device_of(name).id
    }

    fn device_of(&self, name: &str) -> &Device {
        let user = self.user(name);
        let Some(device) = self.center.devices_of(user).next() else { panic!("{name} has no device") };
        device
    }

    pub fn decide(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.random += 1;
        let spread = self.random.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let moment = Moment { now: self.now, random: [spread, !spread] };
        self.center.decide(command, &moment)
    }

    /// Gives an order and lets everything happen that follows from it.
    pub fn order(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = self.decide(&command)?;
        self.happen(&events);
        self.settle();
        Ok(events)
    }

    pub fn accepted(&mut self, command: Command) -> Vec<Event> {
        match self.order(command.clone()) {
            Ok(events) => events,
            Err(refusal) => panic!("{command:?} was refused: {refusal:?}"),
        }
    }

    pub fn report(&mut self, report: LineReport) {
        self.accepted(Command::Line(report));
    }

    fn happen(&mut self, events: &[Event]) {
        let glimpse = Glimpse::before(&self.center, events);
        for event in events {
            self.center.apply(event);
        }
        for notice in glimpse.after(&self.center, events, None) {
            match notice {
                Notice::Call { to, change, view } => self.desks.entry(to).or_default().hear(change, *view),
                Notice::Lines(plans) => {
                    for plan in plans {
                        self.lines.insert(plan.leg, plan);
                    }
                }
                Notice::Digits { to, digits } => self.digits.push((to, digits.to_string())),
                _ => {}
            }
        }
        self.history.extend_from_slice(events);
    }

    /// Does what is due, and what a gateway does without waiting for anybody: it answers, and it ends lines.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            if let Some(duty) = self.center.due(self.now) {
                match self.decide(&Command::Do(duty)) {
                    Ok(events) => self.happen(&events),
                    Err(refusal) => panic!("the duty {duty:?} was refused: {refusal:?}"),
                }
                continue;
            }
            let Some(report) = self.gateway_does() else { return };
            let events = self.decide(&Command::Line(report)).expect("reports are never refused");
            self.happen(&events);
        }
        panic!("what is due never ends");
    }

    fn gateway_does(&mut self) -> Option<LineReport> {
        let gone = self.lines.values().find_map(|plan| match plan.wants {
            LegWants::Gone(cause) => Some((plan.leg, cause)),
            _ => None,
        });
        if let Some((leg, cause)) = gone {
            self.lines.remove(&leg);
            self.up.retain(|other| *other != leg);
            return Some(LineReport::Ended { leg, cause });
        }
        let answers = self
            .lines
            .values()
            .find(|plan| plan.wants == LegWants::Answer && !self.up.contains(&plan.leg))?;
        let leg = answers.leg;
        self.up.push(leg);
        Some(LineReport::Answered { leg, dialog: "dialog".into() })
    }

    /// Moves the clock.
    pub fn pass_ms(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.settle();
    }

    /// Somebody outside calls a number.
    pub fn call_in(&mut self, number: &str) -> LegId {
        self.arrive(Origin::Outside, Some("+4930123"), number)
    }

    pub fn arrive(&mut self, origin: Origin, caller: Option<&str>, number: &str) -> LegId {
        self.random += 1;
        let leg = LegId(self.random << 64);
        let (caller, dialled) = (caller.map(Arc::from), Arc::from(number));
        self.report(LineReport::Arrived(Box::new(Arrival { leg, origin, caller, dialled, replaces: None })));
        leg
    }

    /// The newest line to a phone that rings or stands.
    pub fn line_to(&self, name: &str) -> Option<LegId> {
        let device = self.device(name);
        let to_phone = |plan: &&LegPlan| plan.reach == Reach::Device(device);
        self.lines.values().filter(to_phone).map(|plan| plan.leg).next_back()
    }

    /// The line of a phone that is being called.
    pub fn ringing_at(&self, name: &str) -> Option<LegId> {
        let device = self.device(name);
        let rings = |plan: &&LegPlan| {
            plan.reach == Reach::Device(device) && plan.wants == LegWants::Ring && !plan.incoming
        };
        self.lines.values().find(|plan| rings(plan) && !self.up.contains(&plan.leg)).map(|plan| plan.leg)
    }

    /// A phone that rings is answered by hand.
    pub fn pick_up(&mut self, name: &str) -> LegId {
        let Some(leg) = self.ringing_at(name) else { panic!("{name}'s phone does not ring") };
        self.answer_line(leg);
        leg
    }

    pub fn answer_line(&mut self, leg: LegId) {
        self.report(LineReport::Ringing { leg, early_media: false });
        self.up.push(leg);
        self.report(LineReport::Answered { leg, dialog: "dialog".into() });
    }

    pub fn hang_up_line(&mut self, leg: LegId, cause: Cause) {
        self.lines.remove(&leg);
        self.up.retain(|other| *other != leg);
        self.report(LineReport::Ended { leg, cause });
    }

    /// A call of a customer by the queue that `name` has answered; the call, and the customer's line.
    pub fn handled_by(&mut self, name: &str) -> (CallId, LegId) {
        for other in ["anna", "bela", "carl"] {
            self.enter(other, if other == name { "Ready" } else { "NotReady" });
        }
        let customer = self.call_in(QUEUE);
        self.pick_up(name);
        (self.call_of(name), customer)
    }

    /// The call that a user is in or called for.
    pub fn call_of(&self, name: &str) -> CallId {
        let calls = self.center.calls_of(self.user(name));
        let [call] = calls.as_slice() else { panic!("{name} is in {calls:?}") };
        *call
    }

    pub fn does(&mut self, name: &str, call: CallId, order: CallOrder) {
        let by = self.user(name);
        self.accepted(Command::Call { by, call, order });
    }

    pub fn refused(&mut self, name: &str, call: CallId, order: CallOrder) -> Refusal {
        let by = self.user(name);
        match self.order(Command::Call { by, call, order: order.clone() }) {
            Ok(events) => panic!("{order:?} was followed: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    /// A supervisor's standing order for an agent's phone.
    pub fn watch(&mut self, by: &str, agent: &str, mode: Mode, once: bool, scope: SupervisionScope) {
        let target = Some(self.device(agent));
        let request = StandingRequest { mode, target, phone_number: None, once, scope };
        let (by, device) = (self.user(by), self.device(by));
        self.accepted(Command::Supervise { by, device, request });
    }

    /// Whom a line hears now, by the plans that the gateway has: names of people, else `customer`.
    pub fn hears(&self, leg: LegId) -> Vec<String> {
        let Some(plan) = self.lines.get(&leg) else { return Vec::new() };
        plan.hears.iter().map(|leg| self.name_of(*leg)).collect()
    }

    fn name_of(&self, leg: LegId) -> String {
        let reach = self.lines.get(&leg).map(|plan| plan.reach.clone());
        let Some(Reach::Device(device)) = reach else { return "customer".to_owned() };
        let named = PEOPLE.iter().find(|(name, _)| self.device(name) == device);
        named.map_or("nobody", |(name, _)| name).to_owned()
    }

    /// Whom a person's phone hears.
    pub fn phone_hears(&self, name: &str) -> Vec<String> {
        self.line_to(name).map(|leg| self.hears(leg)).unwrap_or_default()
    }

    /// The state of a call at somebody's desk.
    pub fn state(&self, name: &str, call: CallId) -> Option<CallState> {
        let desk = self.desks.get(&self.user(name))?;
        desk.calls.get(&call).map(|view| view.state)
    }

    /// The other parties of a call at somebody's desk, by number.
    pub fn participants(&self, name: &str, call: CallId) -> Vec<String> {
        let view = self.desks.get(&self.user(name)).and_then(|desk| desk.calls.get(&call));
        let numbers = view.map(|view| view.participants.iter().map(|it| it.phone_number.to_string()));
        numbers.map(Iterator::collect).unwrap_or_default()
    }

    /// What somebody was told, as short lines, and forgets.
    pub fn take_told(&mut self, name: &str) -> Vec<String> {
        let user = self.user(name);
        let told = self.desks.get_mut(&user).map(|desk| std::mem::take(&mut desk.told)).unwrap_or_default();
        told.into_iter()
            .map(|(change, view)| format!("{change:?} {:?} {:?}", view.state, view.kind))
            .collect()
    }
}

impl Desk {
    fn hear(&mut self, change: CallChange, view: CallView) {
        if !self.calls.contains_key(&view.id) {
            let begins = matches!(view.state, CallState::Ringing | CallState::Dialing);
            assert!(
                begins && change == CallChange::Status,
                "the first news of a call is {change:?} {view:?}"
            );
        }
        if view.state == CallState::Released {
            assert!(view.capabilities.is_empty(), "{view:?}");
            self.calls.remove(&view.id);
        } else {
            self.calls.insert(view.id, view.clone());
        }
        self.told.push((change, view));
    }
}

pub fn to(number: &str) -> Destination {
    Destination { phone_number: number.to_owned(), user_data: crate::contact::UserData::new() }
}
