//! Random histories of customers, agents and supervisors, in chats and in sessions of texts with a
//! gateway that claims and sends. After every step everything that must
//! always hold is looked at: by the desks, which know only what they were told, and by a model that
//! knows who said what to whom and nothing of the rules' code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::mirror::Desk;
use super::world::{AGENTS, SUPERVISORS, World, text};
use crate::audience::{Mode, Part, Visibility};
use crate::capability::Action;
use crate::command::{Command, Order, Target, Words};
use crate::contact::{ContactEvent, DataValue, EntryKind, UserState};
use crate::conversation::action_of;
use crate::notice::{ViewState, entries_for, roster};
use crate::supervision::{MonitoringRequest, Scope};
use crate::texting::{DeliveryReport, Outcome, ReportState, TextId};
use crate::{Channel, ContactCenter, ContactId, CustomerKey, Event, Refusal, UserId};

const MODES: [Mode; 3] = [Mode::Monitor, Mode::Coach, Mode::BargeIn];

/// A source of choices that shrinks: numbers that proptest makes.
struct Choices<'a>(std::slice::Iter<'a, u32>);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |choice| *choice as usize % limit.max(1))
    }

    fn one_of<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.below(from.len())]) }
    }
}

/// What the model knows: which texts nobody but the staff may ever read, which none but supervisors.
#[derive(Default)]
struct Model {
    customers: Vec<(ContactId, CustomerKey)>,
    secrets: BTreeSet<String>,
    said: usize,
    /// Every text that was handed to the carrier, and those that were meant for it.
    sent: BTreeSet<TextId>,
    open: BTreeSet<String>,
}

fn everybody(world: &World) -> Vec<UserId> {
    AGENTS.iter().chain(&SUPERVISORS).map(|name| world.user(name)).collect()
}

fn step(world: &mut World, model: &mut Model, choices: &mut Choices<'_>) {
    let users = everybody(world);
    let user = users[choices.below(users.len())];
    let supervisor = world.user(SUPERVISORS[choices.below(2)]);
    match choices.below(if world.channel == Channel::Sms { 14 } else { 12 }) {
        12 | 13 => gateway_acts(world, model, choices),
        0 => {
            if model.customers.len() < 40 {
                let request = world.request(&format!("customer {}", model.customers.len()));
                model.customers.push(request);
            }
        }
        1 => customer_acts(world, model, choices),
        2 => {
            let operation = choices.one_of(&["Ready", "Ready", "NotReady", "AuxWork"]).unwrap();
            let operation = operation.to_owned();
            let _ = world.order(Command::EnterState { by: user, of: user, channel: None, operation });
        }
        3 => {
            let agent = users[choices.below(users.len())];
            let scope = [Scope::NextContact, Scope::AllContacts, Scope::CurrentContacts][choices.below(3)];
            let request = MonitoringRequest { mode: MODES[choices.below(3)], scope, nickname: None };
            let _ = world.order(Command::Monitor { by: supervisor, agent, channel: world.channel, request });
        }
        4 => {
            let agent = users[choices.below(users.len())];
            if choices.below(3) == 0 {
                let channel = world.channel;
                let _ = world.order(Command::CancelMonitoring { by: supervisor, agent, channel });
            } else if let Some(contact) = choices.one_of(&world.center.contacts_of(agent)) {
                let mode =
                    [None, Some(Mode::Monitor), Some(Mode::Coach), Some(Mode::BargeIn)][choices.below(4)];
                let at_once = choices.below(2) == 0;
                let nickname = None;
                let _ =
                    world.order(Command::Intrude { by: supervisor, agent, contact, mode, at_once, nickname });
            }
        }
        5 => match choices.below(6) {
            0 => drop(world.order(Command::CloseChannels { by: user })),
            1..=3 => {
                drop(world.order(Command::OpenChannel { by: user, channel: world.channel, device: None }));
            }
            _ => world.pass_ms([100, 5_000, 31_000, 700_000][choices.below(4)]),
        },
        _ => user_acts(world, model, choices, user),
    }
}

fn customer_acts(world: &mut World, model: &mut Model, choices: &mut Choices<'_>) {
    let Some((_, key)) = choices.one_of(&model.customers) else { return };
    if world.channel == Channel::Sms {
        let name = format!("customer {}", choices.below(model.customers.len()));
        let text = ["from the customer", "from the customer", "STOP", "START", "help", "where is it?"]
            [choices.below(6)];
        if let Some(contact) = world.texts(&name, text) {
            let request = (contact, world.contact(contact).customer_key);
            if !model.customers.contains(&request) && model.customers.len() < 40 {
                model.customers.push(request);
            }
        }
        return;
    }
    let command = match choices.below(8) {
        0 => Command::CustomerLeaves { key },
        1 => Command::CustomerSays { key, kind: EntryKind::TypingStarted, text: Some("draft".to_owned()) },
        _ => Command::CustomerSays { key, kind: EntryKind::Text, text: Some("from the customer".to_owned()) },
    };
    let _ = world.order(command);
}

/// Claims what waits, tells what became of it, or brings receipts. What is claimed is what the carrier gets.
fn gateway_acts(world: &mut World, model: &mut Model, choices: &mut Choices<'_>) {
    let carrier: Arc<str> = Arc::from("acme");
    if choices.below(2) == 0 {
        let texts: Vec<_> = world.waiting.drain(..).map(|text| (text.id, 1)).collect();
        world.accepted(Command::ClaimTexts { carrier, texts });
        return;
    }
    let claimed: Vec<_> = world.center.texting.claimed().cloned().collect();
    for text in claimed {
        let outcome = match choices.below(5) {
            0 => Outcome::NotSent,
            1 => Outcome::Refused { reason: Arc::from("no such number") },
            2 => Outcome::Unanswered,
            _ => Outcome::Accepted { names: vec![Arc::from(text.id.to_string())] },
        };
        if !matches!(outcome, Outcome::NotSent) {
            assert!(model.sent.insert(text.id), "text {} was sent twice", text.id);
            assert!(!model.secrets.contains(&*text.text), "a secret was sent: {text:?}");
            let answered = text.exempt;
            assert!(answered || model.open.contains(&*text.text), "nobody meant to send {text:?}");
        }
        world.accepted(Command::SettleTexts(vec![(text.id, outcome)]));
        let state = if choices.below(4) == 0 { ReportState::Failed } else { ReportState::Delivered };
        let (names, thread) = (vec![text.id.to_string()], text.thread.clone());
        let reference = Some(text.id.reference());
        let report = DeliveryReport { names, thread, reference, beginning: None, state, error: None };
        world.accepted(Command::ReportTexts { carrier: carrier.clone(), reports: vec![report] });
    }
}

/// Does something that the user's desk offers, or something random.
fn user_acts(world: &mut World, model: &mut Model, choices: &mut Choices<'_>, by: UserId) {
    let Some(contact) = choices.one_of(&world.center.contacts_of(by)) else { return };
    let offered = world.desks.get(&by).map(|desk| desk.capabilities(contact).to_vec()).unwrap_or_default();
    let action = if choices.below(4) == 0 { choices.one_of(&ACTIONS) } else { choices.one_of(&offered) };
    let Some(action) = action else { return };
    let target = Target::User(everybody(world)[choices.below(5)]);
    let target = if choices.below(4) == 0 { world.default_queue() } else { target };
    model.said += 1;
    let order = order_of(action, target, &format!("text {}", model.said));
    let part = world.contact(contact).party_of(by).map(|party| party.part);
    let to = match &order {
        Order::Say(Words { to, .. }) => Some(*to),
        Order::SendUrl { .. } => Some(Visibility::All),
        _ => None,
    };
    if let Some(to) = to {
        let open =
            matches!(part, Some(Part::Agent | Part::Supervisor(Mode::BargeIn))) && to == Visibility::All;
        let said = format!("text {}", model.said);
        if open {
            model.open.insert(said)
        } else {
            model.secrets.insert(said)
        };
    }
    let listed = offered.contains(&action);
    let result = world.order(Command::Converse { by, contact, order });
    if !listed {
        assert!(result.is_err(), "{action:?} was not offered and was done");
    } else if !takes_target(action) {
        assert!(result.is_ok(), "{action:?} was offered and refused: {result:?}");
    }
}

const ACTIONS: [Action; 26] = [
    Action::Accept,
    Action::Reject,
    Action::Transfer,
    Action::Leave,
    Action::Invite,
    Action::Consult,
    Action::SetInFocus,
    Action::SetDisposition,
    Action::AttachUserData,
    Action::DeleteUserData,
    Action::UpdateUserData,
    Action::SendToAgents,
    Action::SendStartTypingToAgentsNotification,
    Action::SendStopTypingToAgentsNotification,
    Action::Complete,
    Action::SendMessage,
    Action::SendStartTypingNotification,
    Action::SendStopTypingNotification,
    Action::SendUrl,
    Action::SendCustomNotice,
    Action::SendCustomNoticeToAgents,
    Action::SendNicknameUpdatedNotice,
    Action::RemoveParticipantFromConference,
    Action::SwitchToMonitor,
    Action::SwitchToCoach,
    Action::SwitchToBargeIn,
];

fn takes_target(action: Action) -> bool {
    matches!(
        action,
        Action::Transfer | Action::Invite | Action::Consult | Action::RemoveParticipantFromConference
    )
}

fn order_of(action: Action, target: Target, said: &str) -> Order {
    let say = |kind, to| Order::Say(Words { kind, to, text: Some(said.to_owned()), tag: None });
    let data = || [("key".to_owned(), DataValue::Text(said.to_owned()))].into();
    let (all, agents) = (Visibility::All, Visibility::Agents);
    match action {
        Action::Accept => Order::Accept { nickname: None },
        Action::Reject => Order::Reject,
        Action::Transfer => Order::Transfer { to: target, farewell: None },
        Action::Leave => Order::Leave { farewell: None },
        Action::Invite => Order::Invite(target),
        Action::Consult => Order::Consult(target),
        Action::SetInFocus => Order::SetInFocus,
        Action::SetDisposition => Order::SetDisposition { disposition: said.to_owned(), key: None },
        Action::AttachUserData => Order::PutData { update: false, data: data() },
        Action::UpdateUserData => Order::PutData { update: true, data: data() },
        Action::DeleteUserData => Order::DeleteData { keys: vec!["key".to_owned()] },
        Action::Complete => Order::Complete { queue: None, farewell: None },
        Action::SendToAgents => say(EntryKind::Text, agents),
        Action::SendStartTypingToAgentsNotification => say(EntryKind::TypingStarted, agents),
        Action::SendStopTypingToAgentsNotification => say(EntryKind::TypingStopped, agents),
        Action::SendMessage => say(EntryKind::Text, all),
        Action::SendStartTypingNotification => say(EntryKind::TypingStarted, all),
        Action::SendStopTypingNotification => say(EntryKind::TypingStopped, all),
        Action::SendUrl => Order::SendUrl { url: said.to_owned(), text: None, tag: None },
        Action::SendCustomNotice => say(EntryKind::CustomNotice, all),
        Action::SendCustomNoticeToAgents => say(EntryKind::CustomNotice, agents),
        Action::SendNicknameUpdatedNotice => say(EntryKind::NicknameUpdated, all),
        Action::RemoveParticipantFromConference => {
            let Target::User(user) = target else { return Order::Remove { user: UserId(1), farewell: None } };
            Order::Remove { user, farewell: None }
        }
        Action::SwitchToMonitor => Order::Switch(Mode::Monitor),
        Action::SwitchToCoach => Order::Switch(Mode::Coach),
        Action::SwitchToBargeIn => Order::Switch(Mode::BargeIn),
    }
}

/// Every desk shows exactly what a read would, and no more contacts than that.
fn desks_equal_snapshots(world: &World) {
    for user in everybody(world) {
        let mut shown: BTreeMap<_, _> = BTreeMap::new();
        for (view, data, entries) in world.desks.get(&user).into_iter().flat_map(Desk::open) {
            shown
                .insert(view.id, (view.state, view.capabilities.clone(), view.parties.clone(), data.clone()));
            let contact = world.contact(view.id);
            let Some(party) = contact.party_of(user) else { continue };
            if view.state != ViewState::Open(UserState::JoinFailed) {
                let readable: Vec<_> = world.center.entries_shown(contact, party, 1).collect();
                assert_eq!(entries, readable, "what {user} was told is what {user} can read");
            }
        }
        let read: BTreeMap<_, _> = world
            .center
            .contacts_of(user)
            .into_iter()
            .filter_map(|id| world.center.view(world.contact(id), user))
            .map(|view| (view.id, (view.state, view.capabilities, view.parties, view.user_data)))
            .collect();
        assert_eq!(shown, read, "the desk of {user}");
    }
}

/// What must never reach somebody does not: not as an entry, not as a party, not by name.
fn nobody_perceives_too_much(world: &World, model: &Model) {
    for contact in world.center.contacts().values() {
        let Some(customer) = contact.customer() else { continue };
        for entry in entries_for(contact, customer, 1) {
            let secret = entry.text.as_ref().is_some_and(|text| model.secrets.contains(text.as_ref()));
            assert!(!secret, "the customer reads {entry:?}");
            let hidden =
                matches!(entry.from.part, Part::Consultant | Part::Supervisor(Mode::Coach | Mode::Monitor));
            assert!(!hidden, "the customer is shown {entry:?}");
        }
        for party in roster(contact, customer) {
            let open = matches!(party.part, Part::Customer | Part::Agent | Part::Supervisor(Mode::BargeIn));
            assert!(open, "the customer sees {party:?}");
        }
    }
    for text in world.center.waiting_texts() {
        assert!(!model.secrets.contains(&*text.text), "a secret waits to be sent: {text:?}");
    }
    for user in everybody(world) {
        for (view, _, entries) in world.desks.get(&user).into_iter().flat_map(Desk::open) {
            let supervises = matches!(
                world.contact(view.id).party_of(user).map(|party| party.part),
                Some(Part::Supervisor(_))
            );
            if supervises {
                continue;
            }
            let monitor = Part::Supervisor(Mode::Monitor);
            let own = |of: Option<UserId>| of == Some(user);
            assert!(view.parties.iter().all(|party| party.part != monitor || own(party.user)), "{view:?}");
            assert!(entries.iter().all(|entry| entry.from.part != monitor || own(entry.from.user)));
        }
    }
}

/// The tables that are derived for speed equal those made anew, and so does the state that is made
/// of the events alone.
fn derived_tables_are_right(world: &World) {
    let mut replayed = ContactCenter::default();
    for event in &world.history {
        let kept = serde_json::to_string(event).unwrap();
        replayed.apply(&serde_json::from_str(&kept).unwrap());
    }
    let mut anew = replayed.clone();
    anew.reindex();
    for (center, how) in [(&replayed, "replayed"), (&anew, "indexed anew")] {
        assert!(center.tables_equal(&world.center), "{how}");
        assert_eq!(serde_json::to_string(center).unwrap(), serde_json::to_string(&world.center).unwrap());
    }
}

/// What is listed is accepted and what is not listed is refused, for every operation there is. An
/// operation on somebody is accepted for somebody, if there is anybody.
fn capabilities_are_exact(world: &mut World, choices: &mut Choices<'_>) {
    let users = everybody(world);
    let by = users[choices.below(users.len())];
    let Some(contact) = choices.one_of(&world.center.contacts_of(by)) else { return };
    let listed = world.desks[&by].capabilities(contact).to_vec();
    let reachable = users.iter().copied().find(|user| {
        let ready = world.center.channel_of(*user, world.channel).is_some_and(|open| open.is_ready());
        ready && *user != by && world.contact(contact).state_of(*user).is_none()
    });
    for action in ACTIONS {
        let targets: Vec<_> = if takes_target(action) { users.clone() } else { vec![by] };
        let accepted: Vec<_> = targets
            .into_iter()
            .filter(|user| {
                let order = order_of(action, Target::User(*user), "probe");
                world.decide(&Command::Converse { by, contact, order }).is_ok()
            })
            .collect();
        let expected = match action {
            Action::Transfer | Action::Invite | Action::Consult if reachable.is_none() => continue,
            _ => listed.contains(&action),
        };
        assert_eq!(!accepted.is_empty(), expected, "{action:?} by {by} in {:?}", world.contact(contact));
    }
}

/// Lives through one history and returns the number of its steps.
fn run(channel: Channel, choices: &[u32]) -> usize {
    let mut world = World::staffed_on(channel);
    for name in AGENTS {
        world.enter(name, "Ready");
    }
    let mut model = Model::default();
    let mut choices = Choices(choices.iter());
    let mut steps = 0;
    while choices.0.len() > 0 {
        step(&mut world, &mut model, &mut choices);
        desks_equal_snapshots(&world);
        nobody_perceives_too_much(&world, &model);
        capabilities_are_exact(&mut world, &mut choices);
        steps += 1;
    }
    derived_tables_are_right(&world);
    steps
}

/// Random histories, and the least number of steps that they must make together.
const HISTORIES: u32 = 1_000;
const CHOICES: usize = 800;
const LEAST_STEPS: usize = 100_000;

#[test]
fn nobody_perceives_too_much_in_chats_whatever_happens() {
    live_through_histories(Channel::Chat);
}

#[test]
fn nobody_perceives_too_much_in_texts_whatever_happens() {
    live_through_histories(Channel::Sms);
}

fn live_through_histories(channel: Channel) {
    let steps = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: HISTORIES,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(any::<u32>(), CHOICES), |choices| {
        steps.set(steps.get() + run(channel, &choices));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(steps.get() >= LEAST_STEPS, "only {} steps", steps.get());
}

#[test]
fn every_action_has_an_order() {
    for action in ACTIONS {
        let order = order_of(action, Target::User(UserId(1)), "text");
        assert_eq!(action_of(&order), action);
    }
}

#[test]
fn an_event_of_a_strange_contact_changes_nothing() {
    let mut world = World::staffed();
    let before = serde_json::to_string(&world.center).unwrap();
    let strange = world.converse("anna", ContactId(1), text(Visibility::All, "hello"));
    assert_eq!(strange, Err(Refusal::UnknownContact));
    world.center.apply(&Event::Contact(ContactId(1), ContactEvent::Closed));
    assert_eq!(serde_json::to_string(&world.center).unwrap(), before);
}
