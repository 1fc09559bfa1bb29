//! Random histories on a disk that fails and dawdles, under servers that are killed. Beside them a
//! reference: what was answered. After each life of the server
//!
//! - what was answered as done is in the log once, what was refused or failed is not;
//! - what nobody ordered is something that the contact center owes by itself;
//! - the state is the fold of the log;
//! - what was announced is what was kept, in the order in which it was kept.
//!
//! A failure prints its seed; `check` plays it again.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{found, hire, request};
use super::*;
use contact_center::audience::{Mode, Visibility};
use contact_center::command::{Order, Words};
use contact_center::contact::{ContactEvent, EntryKind, Invitation, OfferEnd};
use contact_center::notice::ContactChange;
use contact_center::people::Role;
use contact_center::{Channel, Command, ContactCenterId, ContactId, CustomerKey, Event, UserId};
use engine::Denial;
use store::faulty::{Faults, FaultyStore};
use store::memory::MemoryStore;
use store::{EndedContact, Taken};

const SEEDS: u64 = 24;
const LIVES: u64 = 5;
const CLIENTS: u64 = 8;
const ORDERS_PER_CLIENT: u64 = 60;

/// What became of an order, as far as whoever gave it knows.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Done(Vec<Event>),
    Nothing,
    /// The server was gone before it answered.
    Unknown,
}

impl Outcome {
    /// A switch always changes what whoever switched may do.
    fn is_switch(&self) -> bool {
        let switched = |event: &Event| matches!(event, Event::Contact(_, ContactEvent::PartChanged(..)));
        matches!(self, Self::Done(events) if events.iter().any(switched))
    }
}

/// What is known of a life: by number of the order, its outcome.
type Ledger = Arc<Mutex<BTreeMap<u64, Outcome>>>;

/// What the world outside remembers.
struct World {
    seed: u64,
    disk: MemoryStore,
    id: ContactCenterId,
    agents: Vec<UserId>,
    supervisors: Vec<UserId>,
    ledger: Ledger,
    /// Every batch that was ever seen in the store.
    log: BTreeMap<u64, Vec<Event>>,
    notices: Vec<Notice>,
}

#[test]
fn whatever_fails_what_was_answered_is_what_is_kept_and_told() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        // A panic names the seed by this line.
        eprintln!("seed {seed}");
        check(seed, &mut seen);
    }
    assert!(seen.done > 5_000 && seen.switches > 100 && seen.unknown > 20 && seen.killed > 20, "{seen:?}");
}

/// What there was to be wrong about.
#[derive(Debug, Default)]
struct Seen {
    done: usize,
    switches: usize,
    unknown: usize,
    killed: usize,
}

fn check(seed: u64, seen: &mut Seen) {
    let mut world = World::begin(seed);
    for life in 1..=LIVES {
        let killed = world.live(life);
        seen.killed += usize::from(killed);
        world.read_log();
        let log: Vec<_> = world.log.values().flatten().cloned().collect();
        let places = world.check_log(&log);
        world.check_notices(&places, &log, killed);
    }
    for outcome in world.ledger.lock().unwrap().values() {
        seen.done += usize::from(matches!(outcome, Outcome::Done(_)));
        seen.switches += usize::from(outcome.is_switch());
        seen.unknown += usize::from(*outcome == Outcome::Unknown);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn now(life: u64) -> Timestamp {
    START.plus_ms(life * 1_000_000)
}

impl World {
    /// People are hired while all is well.
    fn begin(seed: u64) -> Self {
        let disk = MemoryStore::default();
        let (id, agents, supervisors) = runtime().block_on(async {
            let bus = Arc::new(LocalBus::default());
            let store = Arc::new(disk.clone());
            let engine = Engine::start_with(store, bus, without_snapshots(seed, 0)).await.unwrap();
            let center = found(&engine, "Acme").await;
            let mut agents = Vec::new();
            let mut supervisors = Vec::new();
            for number in 0..3 {
                agents.push(hire(&center, &format!("anna{number}"), &[Role::Agent]).await.unwrap());
                let roles = [Role::Supervisor, Role::Agent];
                supervisors.push(hire(&center, &format!("sam{number}"), &roles).await.unwrap());
            }
            (center.id(), agents, supervisors)
        });
        let ledger = Ledger::default();
        let mut world =
            Self { seed, disk, id, agents, supervisors, ledger, log: BTreeMap::new(), notices: Vec::new() };
        world.read_log();
        let founded = world.log.values().flatten().cloned().collect();
        world.ledger.lock().unwrap().insert(0, Outcome::Done(founded));
        world
    }

    /// One life of the server. Whether it was killed before everybody was answered.
    fn live(&mut self, life: u64) -> bool {
        let mut random = Random::seeded(self.seed * 1_000 + life);
        let killed_after_ms =
            if random.bits().is_multiple_of(2) { below(&mut random, 800) } else { u64::MAX };
        let faults = Faults {
            commit: below(&mut random, 200),
            snapshot: 300,
            take: below(&mut random, 700),
            delay_ms: below(&mut random, 8),
        };
        let store = Arc::new(FaultyStore::new(Arc::new(self.disk.clone()), random.bits() as u64, faults));
        let bus = Arc::new(LocalBus::default());
        let ears = Ears::on(&bus);
        let config = Config {
            // Every other world keeps the whole log, to be held against what was answered.
            snapshot_bytes: if self.keeps_whole_log() { u64::MAX / 4 } else { 4_000 },
            ..without_snapshots(self.seed, life)
        };
        let runtime = runtime();
        let state = runtime.block_on(async {
            let engine = loop {
                if let Ok(engine) = Engine::start_with(store.clone(), bus.clone(), config.clone()).await {
                    break engine;
                }
            };
            let center = engine.center(self.id).unwrap();
            let clients = async {
                let mut tasks = tokio::task::JoinSet::new();
                for number in 0..CLIENTS {
                    let random = Random::seeded(random.bits() as u64);
                    tasks.spawn(self.client(life * CLIENTS + number, random).work(center.clone()));
                }
                while let Some(outcome) = tasks.join_next().await {
                    outcome.unwrap();
                }
            };
            tokio::select! {
                () = clients => {}
                () = pass(killed_after_ms) => return None,
            }
            store.set(Faults::NONE);
            loop {
                match center.query(written).await {
                    Ok(state) => return Some(state),
                    Err(_) => pass(50).await,
                }
            }
        });
        drop(runtime);
        self.notices.extend(ears.heard());
        if let Some(state) = &state {
            let folded = fold(&self.take());
            assert_eq!(state, &written(&folded), "seed {}: the state is the fold of the log", self.seed);
        }
        state.is_none()
    }

    fn keeps_whole_log(&self) -> bool {
        self.seed.is_multiple_of(2)
    }

    fn client(&self, number: u64, random: Random) -> Client {
        Client {
            next_order: number * ORDERS_PER_CLIENT + 1,
            random,
            agents: self.agents.clone(),
            supervisors: self.supervisors.clone(),
            ledger: self.ledger.clone(),
        }
    }

    fn take(&self) -> Taken {
        runtime().block_on(self.disk.take(self.id)).unwrap()
    }

    fn ended(&self, contact: ContactId) -> Option<EndedContact> {
        runtime().block_on(self.disk.ended_contact(self.id, contact)).unwrap()
    }

    fn read_log(&mut self) {
        for batch in self.take().batches {
            self.log.insert(batch.sequence, serde_json::from_slice(&batch.events).unwrap());
        }
    }

    /// Holds the log against what was answered. Answers where in it the effect of each order is.
    fn check_log(&self, log: &[Event]) -> BTreeMap<u64, usize> {
        let seed = self.seed;
        let ledger = self.ledger.lock().unwrap();
        if !self.keeps_whole_log() {
            return self.check_tokens(&ledger);
        }
        let mut places = BTreeMap::new();
        let mut explained = vec![false; log.len()];
        for (number, outcome) in ledger.iter() {
            let Outcome::Done(events) = outcome else { continue };
            if events.is_empty() {
                continue;
            }
            let found = (0..=log.len() - events.len().min(log.len()))
                .find(|at| !explained[*at] && log[*at..].starts_with(events));
            let Some(at) = found else { panic!("seed {seed}: order {number} was done and is not kept") };
            explained[at..at + events.len()].fill(true);
            places.insert(*number, at);
        }
        let unknown = ledger.values().filter(|outcome| **outcome == Outcome::Unknown).count();
        let unexplained =
            log.iter().zip(&explained).filter(|(event, explained)| !**explained && !is_owed(event));
        let unexplained: Vec<_> = unexplained.map(|(event, _)| event).collect();
        // An order has at most this many events that the contact center would not cause by itself.
        assert!(unexplained.len() <= unknown * 12, "seed {seed}: nobody ordered {unexplained:?}");
        self.check_archive(log);
        self.check_each_once(&ledger, log);
        places
    }

    /// What was said is in the log once if it was answered as done, never if not.
    fn check_each_once(&self, ledger: &BTreeMap<u64, Outcome>, log: &[Event]) {
        let mut said = BTreeMap::new();
        for event in log {
            if let Event::Contact(_, ContactEvent::Logged(entry)) = event
                && let Some(number) = entry.text.as_deref().and_then(|text| text.parse::<u64>().ok())
            {
                *said.entry(number).or_insert(0) += 1;
            }
        }
        for (number, times) in said {
            assert_eq!(times, 1, "seed {}: order {number} is kept {times} times", self.seed);
            assert_ne!(ledger[&number], Outcome::Nothing, "seed {}: order {number} had failed", self.seed);
        }
    }

    /// What was said in contacts that are still there, or in the archive.
    fn check_tokens(&self, ledger: &BTreeMap<u64, Outcome>) -> BTreeMap<u64, usize> {
        let folded = fold(&self.take());
        for (number, outcome) in ledger {
            let Outcome::Done(events) = outcome else { continue };
            let said = events.iter().find_map(|event| match event {
                Event::Contact(id, ContactEvent::Logged(entry)) => Some((*id, entry)),
                _ => None,
            });
            let Some((id, entry)) = said else { continue };
            let archived = || {
                let ended = self.ended(id)?;
                serde_json::from_slice::<Arc<contact_center::contact::Contact>>(&ended.transcript).ok()
            };
            let contact = folded.contacts().get(&id).cloned().or_else(archived);
            let Some(contact) = contact else { panic!("seed {}: {id} is nowhere", self.seed) };
            let times = contact.log.iter().filter(|kept| *kept == entry).count();
            assert_eq!(times, 1, "seed {}: order {number} is kept {times} times", self.seed);
        }
        BTreeMap::new()
    }

    /// A contact is in the archive if and only if its end is in the log.
    fn check_archive(&self, log: &[Event]) {
        for event in log {
            if let Event::Contact(id, ContactEvent::Requested(_)) = event {
                let ended = log.iter().any(
                    |event| matches!(event, Event::Contact(other, ContactEvent::Ended(_)) if other == id),
                );
                assert_eq!(self.ended(*id).is_some(), ended, "seed {}: {id} in the archive", self.seed);
            }
        }
    }

    /// Holds what was announced against the log.
    fn check_notices(&self, places: &BTreeMap<u64, usize>, log: &[Event], killed: bool) {
        let seed = self.seed;
        let ledger = self.ledger.lock().unwrap();
        let mut numbers = Vec::new();
        let mut told: BTreeMap<(UserId, ContactId), u32> = BTreeMap::new();
        for notice in &self.notices {
            match notice {
                Notice::Contact { to, change, view, reference } => {
                    numbers.extend(reference);
                    // Whoever comes in, also once more, is told everything from the start.
                    if *change == ContactChange::Status {
                        told.remove(&(*to, view.id));
                    }
                }
                Notice::Entries { to, contact, entries, .. } => {
                    for entry in entries {
                        let last = told.insert((*to, *contact), entry.index).unwrap_or(0);
                        assert!(entry.index > last, "seed {seed}: {to} is told {} again", entry.index);
                        let kept =
                            log.contains(&Event::Contact(*contact, ContactEvent::Logged(entry.clone())));
                        assert!(kept || !self.keeps_whole_log(), "seed {seed}: {entry:?} is not kept");
                    }
                }
                _ => {}
            }
        }
        let distinct: BTreeSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len(), "seed {seed}: an order is told of twice");
        for number in &numbers {
            assert_ne!(ledger[number], Outcome::Nothing, "seed {seed}: {number} is told of and had failed");
        }
        let order: Vec<_> = numbers.iter().filter_map(|number| places.get(number)).collect();
        assert!(order.is_sorted(), "seed {seed}: news out of order: {numbers:?}");
        if killed {
            return;
        }
        for (number, outcome) in ledger.iter() {
            let told = distinct.contains(number);
            assert!(told || !outcome.is_switch(), "seed {seed}: nobody was told of order {number}");
        }
    }
}

fn without_snapshots(seed: u64, life: u64) -> Config {
    Config { snapshot_bytes: u64::MAX / 4, ..config(seed << 8 | life, now(life)) }
}

fn below(random: &mut Random, bound: u64) -> u64 {
    (random.bits() % u128::from(bound)) as u64
}

/// What a contact center does without an order.
fn is_owed(event: &Event) -> bool {
    match event {
        Event::Contact(_, ContactEvent::Offered(offer)) => offer.invitation == Invitation::Routed,
        Event::Contact(_, ContactEvent::OfferEnded { end, .. }) => *end == OfferEnd::Lapsed,
        Event::Contact(_, ContactEvent::Queued(_) | ContactEvent::Forgotten) | Event::StateChanged { .. } => {
            true
        }
        Event::Contact(_, ContactEvent::Closed | ContactEvent::Ended(_) | ContactEvent::Stands(..)) => true,
        Event::Contact(_, ContactEvent::Logged(entry)) => entry.kind == EntryKind::ParticipantLeft,
        _ => false,
    }
}

fn fold(taken: &Taken) -> ContactCenter {
    let mut center = match &taken.snapshot {
        Some(snapshot) => serde_json::from_slice(&snapshot.state).unwrap(),
        None => ContactCenter::default(),
    };
    center.reindex();
    for batch in &taken.batches {
        for event in serde_json::from_slice::<Vec<Event>>(&batch.events).unwrap() {
            center.apply(&event);
        }
    }
    center
}

/// Somebody who gives orders, one after the other.
struct Client {
    next_order: u64,
    random: Random,
    agents: Vec<UserId>,
    supervisors: Vec<UserId>,
    ledger: Ledger,
}

impl Client {
    async fn work(mut self, center: Handle) {
        for _ in 0..ORDERS_PER_CLIENT {
            let contacts = |center: &ContactCenter| {
                let open = center.contacts().values();
                open.map(|one| (one.id, one.customer_key, one.users())).collect::<Vec<_>>()
            };
            let Ok(contacts) = center.query(contacts).await else {
                pass(20).await;
                continue;
            };
            let number = self.next_order;
            self.next_order += 1;
            let command = self.choose(number, &contacts);
            self.ledger.lock().unwrap().insert(number, Outcome::Unknown);
            let outcome = match center.execute(command, Some(number)).await {
                Ok(events) => Outcome::Done(events),
                Err(Denial::Refused(_) | Denial::Failed(_)) => Outcome::Nothing,
            };
            self.ledger.lock().unwrap().insert(number, outcome);
            // Now and then offers lapse.
            let long = below(&mut self.random, 200) == 0;
            pass(if long { 20_000 } else { below(&mut self.random, 10) }).await;
        }
    }

    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[below(&mut self.random, of.len() as u64) as usize].clone()
    }

    /// Something that may or may not be allowed. What is said is the order's number.
    fn choose(&mut self, number: u64, contacts: &[(ContactId, CustomerKey, Vec<UserId>)]) -> Command {
        if contacts.len() < 3 || below(&mut self.random, 12) == 0 {
            return request(&format!("customer {number}"));
        }
        let (contact, key, users) = self.one_of(contacts);
        let agent = self.one_of(&self.agents.clone());
        let supervisor = self.one_of(&self.supervisors.clone());
        let by = if users.is_empty() { agent } else { self.one_of(&users) };
        let mode = self.one_of(&[Mode::Monitor, Mode::Coach, Mode::BargeIn]);
        let text = Some(number.to_string());
        let order = match below(&mut self.random, 16) {
            0..=3 => Order::Accept { nickname: None },
            4 => Order::Reject,
            5..=7 => {
                let to = self.one_of(&[Visibility::All, Visibility::Agents]);
                Order::Say(Words { kind: EntryKind::Text, to, text, tag: None })
            }
            8 => Order::Leave { farewell: None },
            9 => Order::Complete { queue: None, farewell: None },
            10 => return Command::CustomerSays { key, kind: EntryKind::Text, text },
            11 if below(&mut self.random, 3) == 0 => return Command::CustomerLeaves { key },
            11..=12 => {
                let at_once = number.is_multiple_of(2);
                let mode = Some(mode);
                return Command::Intrude {
                    by: supervisor,
                    agent: by,
                    contact,
                    mode,
                    at_once,
                    nickname: None,
                };
            }
            13 => {
                let operation = self.one_of(&["Ready", "Ready", "NotReady"]).to_owned();
                return Command::EnterState { by: agent, of: agent, channel: Some(Channel::Chat), operation };
            }
            _ => {
                let watched = |user: &UserId| self.supervisors.contains(user);
                let watched: Vec<_> = contacts
                    .iter()
                    .filter_map(|(id, _, users)| Some((*id, *users.iter().find(|user| watched(user))?)))
                    .collect();
                let (contact, by) =
                    if watched.is_empty() { (contact, supervisor) } else { self.one_of(&watched) };
                return Command::Converse { by, contact, order: Order::Switch(mode) };
            }
        };
        Command::Converse { by, contact, order }
    }
}
