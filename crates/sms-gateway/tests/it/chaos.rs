//! Carriers that refuse, keep silent and break off, a store that fails, texts both ways: whatever happens, nothing is
//! lost and nothing is sent twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contact_center::ContactId;
use contact_center::audience::Visibility;
use contact_center::command::{Command, Order, Words};
use contact_center::contact::EntryKind;
use contact_center::texting::DeliveryState;
use smpp::Status;
use smpp::smsc::DeliverResult;
use store::faulty::{Faults, FaultyStore};
use store::memory::MemoryStore;

use crate::carrier::{Manner, Seen, Sighting, TestCarrier, text_of};
use crate::office::{OURS, Office};
use crate::{PATIENCE, a_moment, now, over};

const PHONES: usize = 12;
const TEXTS: usize = 120;
/// How often connections are broken.
const BREAKS: usize = 12;

/// What a carrier does with the text of this turn: mostly it takes it.
fn whimsical(turn: u64) -> Manner {
    match turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60 {
        0 => Manner::Silent,
        1 | 2 => Manner::Refuse(Status::SYSTEM_ERROR),
        3 => Manner::ReceiptFirst,
        _ => Manner::Accept,
    }
}

fn phone(number: usize) -> String {
    format!("+4917012345{number:02}")
}

/// A carrier with the texts that it has to bring, until each is acknowledged.
struct Bringer {
    carrier: TestCarrier,
    waiting: Vec<usize>,
    on_their_way: BTreeMap<u64, usize>,
}

impl Bringer {
    fn work(&mut self) {
        while let Some(seen) = self.carrier.seen() {
            if let Seen::Delivered(ticket, result) = seen
                && let Some(text) = self.on_their_way.remove(&ticket)
                && result != DeliverResult::Answered(Status::OK)
            {
                self.waiting.push(text);
            }
        }
        while let Some(text) = self.waiting.pop() {
            let delivery = text_of(&phone(text % PHONES), OURS, &format!("in {text}"));
            let Some(ticket) = self.carrier.try_bring(delivery) else { return self.waiting.push(text) };
            self.on_their_way.insert(ticket, text);
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.on_their_way.is_empty()
    }
}

/// Says something, until it is kept.
async fn say(office: &Office, contact: ContactId, text: &str) {
    loop {
        let text = Some(text.to_owned());
        let words = Words { kind: EntryKind::Text, to: Visibility::All, text, tag: None };
        let command = Command::Converse { by: office.agent, contact, order: Order::Say(words) };
        match office.center.execute(command, None).await {
            Ok(_) => return,
            Err(engine::Denial::Failed(_)) => a_moment(5).await,
            Err(refused) => panic!("{refused:?}"),
        }
    }
}

async fn run(seed: u64) {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), seed, Faults::NONE));
    let office = Office::open(store.clone()).await;
    let mut bringers = Vec::new();
    let mut configs = Vec::new();
    for name in ["acme", "bolt"] {
        let carrier = TestCarrier::open(Manner::ByTurn(whimsical)).await;
        let mut config = carrier.config(name);
        config.response_timeout = Duration::from_millis(400);
        configs.push(config);
        bringers.push(Bringer { carrier, waiting: Vec::new(), on_their_way: BTreeMap::new() });
    }
    let gateway = office.connect(over(configs));
    let mut contacts = Vec::new();
    for number in 0..PHONES {
        contacts.push(office.begin(&phone(number), &format!("begin {number}")).await);
    }
    store.set(Faults { commit: 30, delay_ms: 3, ..Faults::NONE });
    for text in 0..TEXTS {
        say(&office, contacts[text % PHONES], &format!("out {text}")).await;
        bringers[text % 2].waiting.push(text);
        bringers.iter_mut().for_each(Bringer::work);
        if text % (TEXTS / BREAKS) == 0 {
            bringers[text / 7 % 2].carrier.break_off();
        }
        a_moment(2).await;
    }
    store.set(Faults::NONE);
    let end = now() + PATIENCE * 2;
    loop {
        bringers.iter_mut().for_each(Bringer::work);
        let mut open = 0;
        for contact in &contacts {
            let deliveries = office.deliveries(*contact).await;
            open += deliveries.iter().filter(|it| it.state == DeliveryState::Waiting).count();
        }
        if open == 0 && bringers.iter().all(Bringer::is_done) {
            break;
        }
        assert!(now() < end, "{open} texts wait, of seed {seed}");
        a_moment(10).await;
    }
    let mut sightings: Vec<Sighting> = bringers.iter().flat_map(|it| it.carrier.sightings()).collect();
    sightings.sort_by_key(|it| it.at);
    for contact in contacts {
        check(&office, contact, &sightings).await;
    }
    office.close(gateway).await;
}

async fn check(office: &Office, contact: ContactId, sightings: &[Sighting]) {
    let log = office.log(contact).await;
    let mut sorted = log.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), log.len(), "a text was taken twice");
    assert_eq!(log.iter().filter(|text| text.starts_with("in ")).count(), TEXTS / PHONES);
    let said: Vec<&String> = log.iter().filter(|text| !text.starts_with("in ")).collect();
    let deliveries = office.deliveries(contact).await;
    assert_eq!(said.len(), deliveries.len());
    let mut last = None;
    for (text, delivery) in said.into_iter().zip(deliveries) {
        let taken: Vec<_> = sightings.iter().filter(|it| it.words == *text && !it.refused).collect();
        match delivery.state {
            DeliveryState::Sent | DeliveryState::Delivered => assert_eq!(taken.len(), 1, "{text}"),
            DeliveryState::Unknown => assert!(taken.len() <= 1, "{text}"),
            other => panic!("{text} is {other:?}"),
        }
        if let Some(taken) = taken.first() {
            assert!(last.is_none_or(|last| last < taken.at), "{text} overtook another");
            last = Some(taken.at);
        }
    }
}

#[tokio::test]
async fn whatever_breaks_nothing_is_lost_and_nothing_is_sent_twice() {
    for seed in 1..=2 {
        run(seed).await;
    }
}
