//! How many texts a second go through one contact center's gateway, in, out, and both with receipts: the rules, the
//! store, the courier and one connection over the loopback, without HTTP.
//!
//! `cargo run --release -p sms-gateway --example rate -- [texts] [phones] [window] [directory]`

#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails ends")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contact_center::command::{Order, Words};
use contact_center::contact::EntryKind;
use contact_center::provisioning::Change;
use contact_center::{Channel, Command, ContactId, UserId, audience};
use office::{OURS, Office};
use smpp::smsc::{DeliverResult, Delivery, Input, Output, Smsc};
use smpp::{Address, Part, ReceiptState, ReceiptText, Status, smsc};
use sms_gateway::{Carrier, Config, Credentials, Gateway};
use store::Store;
use store::memory::MemoryStore;
use store::sqlite::{Durability, SqliteStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[path = "../tests/it/office.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod office;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(120);
/// Below the first capacity of an agent for text sessions.
const SESSIONS_PER_AGENT: u64 = 3;
/// Replies that are on their way to the rules at once.
const REPLIES_AT_ONCE: usize = 512;

fn now() -> Instant {
    Instant::now()
}

/// Waits until something holds.
async fn until<T, F: Future<Output = Option<T>>>(what: &'static str, look: impl Fn() -> F) -> T {
    let end = now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What the carrier is to do and has done.
#[derive(Default)]
struct Traffic {
    to_bring: AtomicU64,
    brought: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    taken: AtomicU64,
    receipts: AtomicBool,
    receipts_acknowledged: AtomicU64,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (texts, phones, window) = (number(100_000), number(300), number(1_000));
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    measure("memory", Arc::new(MemoryStore::default()), texts, phones, window).await;
    for durability in [Durability::Normal, Durability::Full] {
        let directory = directory.join(format!("texts-{}-{durability:?}", std::process::id()));
        let store = Arc::new(SqliteStore::open(Path::new(&directory), durability).unwrap());
        measure(&format!("{durability:?}"), store, texts, phones, window).await;
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

async fn measure(name: &str, store: Arc<dyn Store>, texts: u64, phones: u64, window: u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let traffic = Arc::new(Traffic::default());
    tokio::spawn(carry(listener, traffic.clone(), phones));
    let office = Office::open(store).await;
    let mut carrier = Carrier::new("load", "127.0.0.1", port, Credentials::default());
    carrier.window = u16::try_from(window).unwrap();
    let gateway: Gateway = office.connect(Config { carriers: vec![carrier], routes: Vec::new() });
    let sessions = sessions(&office, &traffic, phones).await;
    let report = |what: &str, count: u64, began: Instant, spent: f64| {
        let per_second = count as f64 / began.elapsed().as_secs_f64();
        let cpu_us = (cpu_ms() - spent) * 1_000.0 / count as f64;
        println!("{name:>8}, {what}: {per_second:>8.0} texts/s, {cpu_us:.1} us of CPU each");
    };
    let (began, spent) = (now(), cpu_ms());
    bring(&traffic, texts).await;
    report("in             ", texts, began, spent);
    let (began, spent) = (now(), cpu_ms());
    reply(&office, &sessions, texts).await;
    wait_for(&traffic.taken, texts).await;
    report("out            ", texts, began, spent);
    traffic.receipts.store(true, Ordering::Relaxed);
    let (began, spent) = (now(), cpu_ms());
    let (came, _) = tokio::join!(bring(&traffic, texts / 2), reply(&office, &sessions, texts / 2));
    let () = came;
    wait_for(&traffic.receipts_acknowledged, texts / 2).await;
    report("both, receipts ", texts / 2 * 2, began, spent);
    println!("{:>10} asked for again", traffic.refused.load(Ordering::Relaxed));
    office.close(gateway).await;
}

/// A session for each phone, with the agent who is in it.
async fn sessions(office: &Office, traffic: &Traffic, phones: u64) -> Vec<(UserId, ContactId)> {
    let mut sessions = Vec::new();
    let mut agent = office.agent;
    for phone in 0..phones {
        if phone > 0 && phone.is_multiple_of(SESSIONS_PER_AGENT) {
            let name = format!("agent-{phone}");
            let change = Change::CreateUser(office::user(&name, contact_center::people::Role::Agent));
            office.order(Command::Provision { by: None, change }).await;
            let found = office.center.query(move |center| center.user_named(&name).unwrap().id).await;
            agent = found.unwrap();
            office.order(Command::OpenChannel { by: agent, channel: Channel::Sms, device: None }).await;
            let ready =
                Command::EnterState { by: agent, of: agent, channel: None, operation: "Ready".to_owned() };
            office.order(ready).await;
        }
        bring(traffic, 1).await;
        let offered = until("no session is offered", || async {
            let offer = office.center.query(move |center| {
                let mine =
                    |it: &contact_center::contact::Contact| it.offers.iter().any(|it| it.user == agent);
                center.contacts().iter().find(|(_, it)| mine(it)).map(|(id, _)| *id)
            });
            offer.await.unwrap()
        });
        let contact = offered.await;
        let order = Order::Accept { nickname: None };
        office.order(Command::Converse { by: agent, contact, order }).await;
        sessions.push((agent, contact));
    }
    sessions
}

async fn bring(traffic: &Traffic, texts: u64) {
    let wanted = traffic.acknowledged.load(Ordering::Relaxed) + texts;
    traffic.to_bring.fetch_add(texts, Ordering::Relaxed);
    wait_for(&traffic.acknowledged, wanted).await;
}

async fn reply(office: &Office, sessions: &[(UserId, ContactId)], texts: u64) {
    let mut answers = std::collections::VecDeque::new();
    for (number, (agent, contact)) in (0..texts).zip(sessions.iter().cycle()) {
        let text = Some(format!("Thank you, your umbrella number {number} will be with you tomorrow."));
        let words = Words { kind: EntryKind::Text, to: audience::Visibility::All, text, tag: None };
        let command = Command::Converse { by: *agent, contact: *contact, order: Order::Say(words) };
        answers.push_back(office.center.hand_in(command, None).unwrap());
        if answers.len() > REPLIES_AT_ONCE {
            answers.pop_front().unwrap().await.unwrap();
        }
    }
    for answer in answers {
        answer.await.unwrap();
    }
}

async fn wait_for(counter: &AtomicU64, wanted: u64) {
    until("not all arrived", || async { (counter.load(Ordering::Relaxed) >= wanted).then_some(()) }).await;
}

/// One connection of a carrier that is as fast as it can be.
async fn carry(listener: TcpListener, traffic: Arc<Traffic>, phones: u64) {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    let config = smsc::Config { window: 500, most_unanswered: 10_000, ..smsc::Config::default() };
    let mut smsc = Smsc::new(smsc::Config { most_waiting: 200_000, ..config });
    let mut outputs = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    smsc.handle(Input::Connected, now(), &mut outputs);
    let mut names = 0u64;
    loop {
        while smsc.room() > 0
            && traffic.brought.load(Ordering::Relaxed) < traffic.to_bring.load(Ordering::Relaxed)
        {
            let number = traffic.brought.fetch_add(1, Ordering::Relaxed);
            let delivery = text(number % phones, number);
            smsc.handle(Input::Deliver { ticket: number, delivery }, now(), &mut outputs);
        }
        let mut unwritten = Vec::new();
        let mut place = 0;
        while place < outputs.len() {
            let output = std::mem::replace(&mut outputs[place], Output::Send(Vec::new()));
            place += 1;
            match output {
                Output::Send(octets) => unwritten.extend(octets),
                Output::BindAsked(_) => smsc.handle(Input::AnswerBind(Status::OK), now(), &mut outputs),
                Output::Submitted(submitted) => {
                    names += 1;
                    let result = Ok(names.to_string());
                    traffic.taken.fetch_add(1, Ordering::Relaxed);
                    smsc.handle(
                        Input::AnswerSubmit { ticket: submitted.ticket, result },
                        now(),
                        &mut outputs,
                    );
                    if traffic.receipts.load(Ordering::Relaxed) {
                        let delivery = receipt(submitted.to, submitted.from, names);
                        smsc.handle(Input::Deliver { ticket: u64::MAX, delivery }, now(), &mut outputs);
                    }
                }
                Output::Delivered { ticket, result } => {
                    if let Some(delivery) = delivered(ticket, result, &traffic, phones) {
                        smsc.handle(Input::Deliver { ticket, delivery }, now(), &mut outputs);
                    }
                }
                Output::Fault(_) => {}
                Output::Close(_) => return,
            }
        }
        outputs.clear();
        if stream.write_all(&unwritten).await.is_err() {
            return;
        }
        let pause = tokio::time::sleep(Duration::from_millis(1));
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => smsc.handle(Input::Octets(&buffer[..count]), now(), &mut outputs),
            },
            () = pause => smsc.handle(Input::Tick, now(), &mut outputs),
        }
    }
}

/// Counts what was taken; what was not is brought again.
fn delivered(ticket: u64, result: DeliverResult, traffic: &Traffic, phones: u64) -> Option<Delivery> {
    let counter = match result {
        DeliverResult::Answered(Status::OK) if ticket == u64::MAX => &traffic.receipts_acknowledged,
        DeliverResult::Answered(Status::OK) => &traffic.acknowledged,
        _ if ticket == u64::MAX => panic!("a receipt was refused: {result:?}"),
        _ => &traffic.refused,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    (result != DeliverResult::Answered(Status::OK)).then(|| text(ticket % phones, ticket))
}

fn text(phone: u64, number: u64) -> Delivery {
    let from = Address::of_number(&format!("+49170{:07}", 1_000_000 + phone)).unwrap();
    let words = format!("Where is my umbrella? This is number {number}.").into_bytes();
    let part = Part { esm_class: 0, data_coding: 0, short_message: words, payload: None, sar: None };
    Delivery::text(from, Address::of_number(OURS).unwrap(), part)
}

fn receipt(from: Address, to: Address, name: u64) -> Delivery {
    let (id, date) = (name.to_string(), "2601010000");
    let text = ReceiptText {
        id: &id,
        submitted: date,
        done: date,
        state: ReceiptState::Delivered,
        error: "000",
        text: "",
    };
    let words = text.to_string().into_bytes();
    let part = Part { esm_class: 4, data_coding: 0, short_message: words, payload: None, sar: None };
    Delivery::text(from, to, part)
}

/// Processor time of the whole process, carrier and phones included.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // User and system time in clock ticks, of which Linux has 100 a second.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10.0
}
