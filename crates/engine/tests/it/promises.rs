//! One promise after the other, in memory.

use super::people::{found, hire, request, requested, watch};
use super::*;
use bus::local::LocalBus;
use contact_center::audience::Mode;
use contact_center::command::Order;
use contact_center::people::Role;
use contact_center::{Command, ContactCenterId, Refusal};
use engine::{Denial, Failure, StartError};
use store::faulty::{Faults, FaultyStore};
use store::memory::MemoryStore;
use store::{Commit, Epoch};

const NOT_STORED: Denial = Denial::Failed(Failure::NotStored);

async fn faulty() -> (Arc<FaultyStore>, Handle, Arc<Ears>) {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), 1, Faults::NONE));
    let (engine, ears) = start(store.clone()).await;
    let center = found(&engine, "Acme").await;
    (store, center, ears)
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_neither_told_nor_seen_and_the_next_command_is() {
    let (store, center, ears) = faulty().await;
    hire(&center, "anna", &[Role::Agent]).await.unwrap();
    let (before, heard) = (state_of(&center).await, ears.heard().len());
    store.set(Faults { commit: 1_000, ..Faults::NONE });
    assert_eq!(center.execute(request("carol"), None).await, Err(NOT_STORED));
    assert_eq!(state_of(&center).await, before);
    assert_eq!(ears.heard().len(), heard);
    store.set(Faults::NONE);
    center.execute(request("carol"), None).await.unwrap();
    assert_ne!(state_of(&center).await, before);
    assert!(ears.heard().len() > heard, "the offer is told");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_cannot_be_kept_fails_for_everybody_in_it() {
    let (store, center, _) = faulty().await;
    store.set(Faults { commit: 1_000, ..Faults::NONE });
    let refused = Command::CustomerLeaves { key: contact_center::CustomerKey(1) };
    let (first, second, refused) = tokio::join!(
        center.execute(request("carol"), None),
        center.execute(request("dave"), None),
        center.execute(refused, None),
    );
    assert_eq!([first, second, refused], [(); 3].map(|()| Err(NOT_STORED)));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_needs_no_commit() {
    let (store, center, _) = faulty().await;
    store.set(Faults { commit: 1_000, ..Faults::NONE });
    let refused = center.execute(Command::CustomerLeaves { key: contact_center::CustomerKey(1) }, None).await;
    assert_eq!(refused, Err(Denial::Refused(Refusal::UnknownContact)));
}

#[tokio::test(start_paused = true)]
async fn while_nothing_can_be_loaded_all_are_told_to_try_again_and_then_it_goes_on() {
    let (store, center, _) = faulty().await;
    let before = state_of(&center).await;
    store.set(Faults { commit: 1_000, take: 1_000, ..Faults::NONE });
    assert_eq!(center.execute(request("carol"), None).await, Err(NOT_STORED));
    for _ in 0..5 {
        pass(100).await;
        assert_eq!(center.execute(request("carol"), None).await, Err(NOT_STORED));
        assert_eq!(center.query(|_| ()).await, Err(Failure::NotStored));
    }
    store.set(Faults::NONE);
    pass(1_000).await;
    assert_eq!(state_of(&center).await, before);
    center.execute(request("carol"), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_query_waits_for_the_commit_that_is_under_way() {
    let (store, center, _) = faulty().await;
    store.set(Faults { delay_ms: 50, ..Faults::NONE });
    let contacts = || center.query(|center| center.contacts().len());
    let (requested, seen) = tokio::join!(center.execute(request("carol"), None), contacts());
    requested.unwrap();
    assert_eq!(seen, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_the_queue_full_is_told_at_once() {
    let (store, center, _) = faulty().await;
    store.set(Faults { delay_ms: 1_000, ..Faults::NONE });
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..6_000 {
        let center = center.clone();
        tasks.spawn(async move { center.execute(request(&format!("c{number}")), None).await });
    }
    let mut answers = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer.unwrap());
    }
    assert_eq!(answers[0], Err(Denial::Failed(Failure::Busy)), "it is the first who is answered");
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    let busy = answers.iter().filter(|answer| **answer == Err(Denial::Failed(Failure::Busy))).count();
    assert!(kept >= 4_096 && busy > 0 && kept + busy == 6_000, "{kept} kept, {busy} turned away");
    assert_eq!(center.query(|center| center.contacts().len()).await, Ok(kept));
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_done_when_its_time_comes() {
    let (_, center, ears) = faulty().await;
    let anna = hire(&center, "anna", &[Role::Agent]).await.unwrap();
    let (contact, _) = requested(&center.execute(request("carol"), None).await.unwrap());
    let offered = move |center: &ContactCenter| center.contacts()[&contact].offer_of(anna).is_some();
    assert_eq!(center.query(offered).await, Ok(true));
    let heard = ears.heard().len();
    pass(29_000).await;
    assert_eq!(center.query(offered).await, Ok(true));
    pass(2_500).await;
    assert_eq!(center.query(offered).await, Ok(false));
    assert!(ears.heard().len() > heard, "the agent is told that the offer lapsed");
}

#[tokio::test(start_paused = true)]
async fn news_are_announced_before_the_answer_and_carry_its_number_once() {
    let (_, center, ears) = faulty().await;
    hire(&center, "anna", &[Role::Agent]).await.unwrap();
    let sam = hire(&center, "sam", &[Role::Supervisor, Role::Agent]).await.unwrap();
    let chat = watch(&center, sam).await;
    center.execute(chat.switch(Mode::Coach), Some(77)).await.unwrap();
    let numbered = |notice: &Notice| match notice {
        Notice::Contact { to, reference: Some(number), .. } => Some((*to, *number)),
        _ => None,
    };
    assert_eq!(ears.heard().iter().filter_map(numbered).collect::<Vec<_>>(), [(sam, 77)]);
    let to_agent = |notice: &&Notice| matches!(notice, Notice::Contact { to, .. } if *to == chat.agent);
    assert!(ears.heard().iter().filter(to_agent).count() > 1, "the agent sees the coach come");
}

#[tokio::test(start_paused = true)]
async fn ended_contacts_go_to_the_archive_with_all_that_was_said() {
    let store = Arc::new(MemoryStore::default());
    let (engine, _) = start(store.clone()).await;
    let center = found(&engine, "Acme").await;
    let (contact, key) = requested(&center.execute(request("carol"), None).await.unwrap());
    let says = Command::CustomerSays {
        key,
        kind: contact_center::contact::EntryKind::Text,
        text: Some("Is anybody there?".to_owned()),
    };
    center.execute(says, None).await.unwrap();
    assert_eq!(store.ended_contact(center.id(), contact).await.unwrap(), None);
    center.execute(Command::CustomerLeaves { key }, None).await.unwrap();
    let ended = store.ended_contact(center.id(), contact).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, START);
    let transcript: contact_center::contact::Contact = serde_json::from_slice(&ended.transcript).unwrap();
    assert!(transcript.log.iter().any(|entry| entry.text.as_deref() == Some("Is anybody there?")));
}

#[tokio::test(start_paused = true)]
async fn a_bug_in_a_query_ends_whoever_asked_and_nobody_else() {
    let (_, center, _) = faulty().await;
    let asked = center.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { asked.query::<()>(|_| panic!("a bug in a reader")).await });
    assert!(tasks.join_next().await.unwrap().unwrap_err().is_panic());
    center.execute(request("carol"), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bug_in_a_listener_costs_the_listener_its_news_and_nobody_else() {
    struct Clumsy;
    impl Listener for Clumsy {
        fn hear(&self, _: &Announcement) {
            panic!("a bug in a listener");
        }
    }
    let bus = Arc::new(LocalBus::default());
    bus.subscribe(Arc::new(Clumsy));
    let engine = Engine::start_with(Arc::new(MemoryStore::default()), bus, config(1, START)).await.unwrap();
    let center = found(&engine, "Acme").await;
    hire(&center, "anna", &[Role::Agent]).await.unwrap();
    center.execute(request("carol"), None).await.unwrap();
    assert_eq!(center.query(|center| center.contacts().len()).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn shutting_down_finishes_what_waits_and_takes_no_more() {
    let store = Arc::new(MemoryStore::default());
    let (engine, _) = start(store.clone()).await;
    let center = found(&engine, "Acme").await;
    let (first, second, ()) = tokio::join!(
        center.execute(request("carol"), None),
        center.execute(request("dave"), None),
        engine.shut_down(),
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(center.execute(request("erin"), None).await, Err(Denial::Failed(Failure::Stopped)));
    assert_eq!(center.query(|_| ()).await, Err(Failure::Stopped));
    let administrator = people::user("ada", &[Role::Admin]);
    assert_eq!(engine.found("Bolt", administrator).await, Err(Denial::Failed(Failure::Stopped)));
    let taken = store.take(center.id()).await.unwrap();
    assert!(taken.snapshot.is_some() && taken.batches.is_empty(), "the next start reads a snapshot alone");
}

#[tokio::test(start_paused = true)]
async fn an_owner_who_was_displaced_ends() {
    let store = Arc::new(MemoryStore::default());
    let (engine, _) = start(store.clone()).await;
    let center = found(&engine, "Acme").await;
    let (successor, _) = start(store).await;
    assert_eq!(center.execute(request("carol"), None).await, Err(Denial::Failed(Failure::Stopped)));
    let center = successor.center(center.id()).unwrap();
    center.execute(request("carol"), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_became_due_while_nobody_was_there_is_done_at_the_start() {
    const CHATS: usize = 600;
    let store = Arc::new(MemoryStore::default());
    let (engine, _) = start(store.clone()).await;
    let center = found(&engine, "Acme").await;
    for number in 0..CHATS {
        center.execute(request(&format!("c{number}")), None).await.unwrap();
    }
    engine.shut_down().await;
    let later = START.plus_ms(1_000 * 60 * 60 * 24 * 365);
    let bus = Arc::new(LocalBus::default());
    let engine = Engine::start_with(store, bus, config(2, later)).await.unwrap();
    let center = engine.center(center.id()).unwrap();
    pass(100).await;
    assert_eq!(center.query(ContactCenter::open_contacts).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn garbled_and_missing_batches_end_the_start() {
    async fn outcome(id: ContactCenterId, batches: &[&str]) -> StartError {
        let store = Arc::new(MemoryStore::default());
        let (engine, _) = start(store.clone()).await;
        drop(engine);
        store.found(id, batches[0].into()).await.unwrap();
        for (sequence, events) in (2..).zip(&batches[1..]) {
            let events = (*events).into();
            let commit = Commit { center: id, epoch: Epoch(1), sequence, events, ended: Vec::new() };
            store.commit(commit).await.unwrap();
        }
        let started = Engine::start_with(store, Arc::new(LocalBus::default()), config(1, START)).await;
        let Err(error) = started else { panic!("it should not start") };
        error
    }
    const ID: ContactCenterId = ContactCenterId(5);
    let founded = r#"[{"Founded":{"id":"00000000-0000-0000-0000-000000000005","name":"Acme","at":0}}]"#;
    let error = outcome(ID, &[founded, r#"[{"Invented":1}]"#]).await;
    assert!(matches!(error, StartError::Unreadable { center: ID, sequence: 2, .. }), "{error}");
    let error = outcome(ID, &[founded, "[", "[]"]).await;
    assert!(matches!(error, StartError::Unreadable { center: ID, sequence: 2, .. }), "{error}");
    let error = outcome(ID, &["[]"]).await;
    assert!(matches!(error, StartError::Gap { center: ID, missing: 1 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_the_wrong_length_ends_the_start() {
    let store = Arc::new(MemoryStore::default());
    store.value_or_keep("server secret", b"short".to_vec()).await.unwrap();
    let started = Engine::start_with(store, Arc::new(LocalBus::default()), config(1, START)).await;
    assert!(matches!(started, Err(StartError::DamagedSecret)));
}

#[tokio::test(start_paused = true)]
async fn contact_centers_work_beside_each_other() {
    let (engine, _) = start(Arc::new(MemoryStore::default())).await;
    let (acme, bolt) = (found(&engine, "Acme").await, found(&engine, "Bolt").await);
    assert_eq!(engine.centers(), [acme.id(), bolt.id()]);
    let before = state_of(&bolt).await;
    acme.execute(request("carol"), None).await.unwrap();
    assert_eq!(state_of(&bolt).await, before);
    assert!(engine.center(ContactCenterId(1)).is_none());
    let nameless = engine.found(" ", people::user("ada", &[Role::Admin])).await;
    assert_eq!(nameless, Err(Denial::Refused(Refusal::Missing("name"))));
    assert_eq!(engine.centers().len(), 2);
    let order = Order::SetInFocus;
    let (by, contact) = (contact_center::UserId(1), contact_center::ContactId(1));
    assert!(bolt.execute(Command::Converse { by, contact, order }, None).await.is_err());
}
