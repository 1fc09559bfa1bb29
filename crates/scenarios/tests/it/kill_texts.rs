//! The server is killed again and again while phones and agents text, with a carrier that goes on meanwhile. What
//! was acknowledged to the carrier or to an agent is there afterwards, once; no phone gets a text twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carrier_simulator::{Config, Direction, Faults, Share, Simulator, Span, TextState};
use serde_json::{Value, json};
use test_kit::{DEADLINE_MS, Desk, start_task};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::center::{Center, UNHURRIED};
use crate::customer_side::CustomerSide;
use crate::kill::Random;
use crate::phones::IN_TIME;
use crate::text_center::OURS;

/// How often the server dies.
const KILLS: u64 = 12;
/// At most so many texts are acknowledged to agents, and to the carrier, between two deaths.
const TEXTS_BETWEEN_KILLS: u64 = 150;
/// Sessions of each agent.
const PHONES_PER_AGENT: usize = 3;
/// A phone texts on when fewer of its texts than this wait for their acknowledgement.
const UNACKNOWLEDGED: usize = 4;
/// Each so many-th text has several parts.
const LONG_TEXTS: usize = 6;
/// A writer knocks this often while the server is away, in milliseconds.
const KNOCK: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_the_server_loses_and_repeats_no_text() {
    let seed = std::env::var("SOUFFLEUR_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(0x5EED_0003);
    let mut story = Story::begin(seed).await;
    for _ in 0..KILLS {
        story.kill_in_the_middle_of_texting().await;
    }
    story.stop_writing().await;
    story.let_everything_settle().await;
    story.check().await;
}

struct Story {
    center: Center,
    carrier: Arc<Simulator>,
    agents: Vec<Arc<Desk>>,
    talks: Vec<Talk>,
    agents_write: Vec<JoinHandle<BTreeMap<String, bool>>>,
    customers_write: Vec<JoinHandle<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    /// How many texts of agents were acknowledged to them.
    acknowledged: watch::Sender<u64>,
    random: Random,
    seed: u64,
}

/// A session, between whom it is, and what was said in it.
struct Talk {
    agent: usize,
    phone: String,
    session: String,
    /// The agent's texts: `true` for those that the server acknowledged.
    of_agent: BTreeMap<String, bool>,
    of_customer: Vec<String>,
}

impl Story {
    async fn begin(seed: u64) -> Story {
        let faults = Faults {
            delay_ms: span(0, 20),
            receipt_delay_ms: span(0, 100),
            disconnects: Share::try_from(0.001).expect("a share"),
            ..Faults::default()
        };
        let config = Config { faults, seed, keep_texts: 100_000, ..Config::default() };
        let center = Center::with_phones(config, UNHURRIED).await;
        let mut story = Story {
            carrier: Arc::clone(center.carrier.as_ref().expect("a carrier")),
            center,
            agents: Vec::new(),
            talks: Vec::new(),
            agents_write: Vec::new(),
            customers_write: Vec::new(),
            is_over: Arc::default(),
            acknowledged: watch::Sender::new(0),
            random: Random::new(seed),
            seed,
        };
        for name in ["anna", "bela"] {
            let agent = story.center.ready_agent(name).await;
            for _ in 0..PHONES_PER_AGENT {
                let talk = story.center.conversation(&agent, "Somebody").await;
                let CustomerSide::Phone(phone) = talk.customer else { panic!("no phone") };
                story.talks.push(Talk {
                    agent: story.agents.len(),
                    phone: phone.number,
                    session: talk.id,
                    of_agent: BTreeMap::new(),
                    of_customer: Vec::new(),
                });
            }
            // The next sessions are for the next agent.
            agent.set_state("NotReady").await;
            story.agents.push(Arc::new(agent));
        }
        story.start_writing();
        story
    }

    fn start_writing(&mut self) {
        for talk in &self.talks {
            let (is_over, carrier) = (Arc::clone(&self.is_over), Arc::clone(&self.carrier));
            self.customers_write.push(start_task(customer_writes(carrier, talk.phone.clone(), is_over)));
            let writer = AgentWriter {
                desk: Arc::clone(&self.agents[talk.agent]),
                session: talk.session.clone(),
                is_over: Arc::clone(&self.is_over),
                acknowledged: self.acknowledged.clone(),
            };
            self.agents_write.push(start_task(writer.write()));
        }
    }

    async fn kill_in_the_middle_of_texting(&mut self) {
        let enough = *self.acknowledged.borrow() + 1 + self.random.below(TEXTS_BETWEEN_KILLS);
        let brought = self.carrier.counters().texts_acknowledged;
        let brought_enough = brought + 1 + self.random.below(TEXTS_BETWEEN_KILLS);
        let mut acknowledged = self.acknowledged.subscribe();
        let writing = acknowledged.wait_for(|&count| count >= enough);
        // What the wait answers borrows the count, and writers that want to raise it would stand still.
        let agents_got_on = timeout(Duration::from_millis(DEADLINE_MS), writing).await.is_ok();
        let phones_got_on =
            self.carrier.wait_until(IN_TIME, |it| it.counters().texts_acknowledged >= brought_enough);
        assert!(
            agents_got_on && phones_got_on.await,
            "nobody could text after a restart (seed {}): {:?} {:?}",
            self.seed,
            self.carrier.counters(),
            self.center.server.log()
        );
        // Some moment within the next few requests: the texts under way are at different stages.
        for _ in 0..self.random.below(400) {
            tokio::task::yield_now().await;
        }
        self.center.server.kill().await;
        self.center.server.start_again().await;
    }

    async fn stop_writing(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for (talk, writer) in self.talks.iter_mut().zip(self.agents_write.drain(..)) {
            talk.of_agent = writer.await.expect("a writer ends in peace");
        }
        for (talk, writer) in self.talks.iter_mut().zip(self.customers_write.drain(..)) {
            talk.of_customer = writer.await.expect("a writer ends in peace");
        }
    }

    /// The server stays up: all texts of phones and all receipts are acknowledged, no text of an agent waits.
    async fn let_everything_settle(&self) {
        for agent in &self.agents {
            agent.login_again().await;
        }
        let carrier = &self.carrier;
        let acknowledged = carrier.wait_until(IN_TIME, |it| {
            self.talks.iter().all(|talk| unacknowledged(it, &talk.phone, 0).1 == 0)
        });
        assert!(acknowledged.await, "texts of phones wait for ever (seed {})", self.seed);
        let mut knock = interval(KNOCK);
        let settle = async {
            for talk in &self.talks {
                let under_way = |entry: &Value| matches!(state_of(entry), "Waiting" | "Sending");
                while self.agents[talk.agent].messages(&talk.session).await.iter().any(under_way) {
                    knock.tick().await;
                }
            }
        };
        assert!(timeout(IN_TIME, settle).await.is_ok(), "texts of agents wait for ever (seed {})", self.seed);
        let reported = |it: &Simulator| it.counters().receipts_acknowledged >= it.counters().submitted;
        assert!(carrier.wait_until(IN_TIME, reported).await, "receipts wait for ever (seed {})", self.seed);
    }

    async fn check(&self) {
        let mut logs = Vec::new();
        for (place, agent) in self.agents.iter().enumerate() {
            let sessions = self.talks.iter().filter(|talk| talk.agent == place).count();
            assert_eq!(agent.chats().await.len(), sessions, "no session came up twice (seed {})", self.seed);
        }
        for talk in &self.talks {
            logs.push(self.agents[talk.agent].messages(&talk.session).await);
        }
        let mut tally = BTreeMap::new();
        for (talk, log) in self.talks.iter().zip(&logs) {
            self.check_incoming(talk, log, &logs);
            self.check_outgoing(talk, log, &mut tally);
        }
        let incoming = self.talks.iter().map(|talk| talk.of_customer.len());
        let outgoing = self.talks.iter().map(|talk| talk.of_agent.values().filter(|it| **it).count());
        let least = incoming.clone().chain(outgoing).min();
        assert!(least >= Some(10), "every writer got on (seed {}): {least:?}", self.seed);
        let (sum, counters): (usize, _) = (incoming.sum(), self.carrier.counters());
        println!("seed {}: {KILLS} kills, {sum} texts in, out {tally:?}, {counters:?}", self.seed);
    }

    /// All were acknowledged by now: each is in one log, once.
    fn check_incoming(&self, talk: &Talk, log: &[Value], logs: &[Vec<Value>]) {
        for text in &talk.of_customer {
            let count = |log: &[Value]| log.iter().filter(|entry| entry["text"] == **text).count();
            assert_eq!(count(log), 1, "{text:?} in its session (seed {})", self.seed);
            assert_eq!(logs.iter().map(|log| count(log)).sum::<usize>(), 1, "{text:?} (seed {})", self.seed);
        }
        let sent = self.carrier.texts_after(&talk.phone, 0);
        let sent = sent.iter().filter(|it| it.direction == Direction::Sent).count();
        assert_eq!(sent, talk.of_customer.len() + 1, "the phone's, and the first");
        let indices: Vec<u64> = log.iter().map(|entry| entry["index"].as_u64().expect("an index")).collect();
        assert!(indices.is_sorted_by(|a, b| a < b), "indices grow (seed {}): {indices:?}", self.seed);
    }

    fn check_outgoing(&self, talk: &Talk, log: &[Value], tally: &mut BTreeMap<String, usize>) {
        let received = self.carrier.received(&talk.phone);
        let received: Vec<&str> = received.iter().map(|it| it.text.as_str()).collect();
        let once: BTreeSet<&str> = received.iter().copied().collect();
        assert_eq!(once.len(), received.len(), "a phone got a text twice (seed {})", self.seed);
        let said: Vec<(&str, &Value)> = log
            .iter()
            .filter(|entry| !state_of(entry).is_empty())
            .filter_map(|entry| Some((entry["text"].as_str()?, entry)))
            .collect();
        for (text, acknowledged) in &talk.of_agent {
            let count = said.iter().filter(|(said, _)| said == text).count();
            assert!(count <= 1, "{text:?} is there {count} times (seed {})", self.seed);
            assert!(count == 1 || !acknowledged, "{text:?} is lost (seed {})", self.seed);
        }
        for (text, entry) in &said {
            let arrived = once.contains(text);
            match state_of(entry) {
                "Delivered" => assert!(arrived, "no phone got {entry} (seed {})", self.seed),
                // No receipt is lost: they have told of all that arrived, whoever had died meanwhile.
                "Unknown" => assert!(!arrived, "a phone got {entry} (seed {})", self.seed),
                state => panic!("{state} (seed {}): {entry}", self.seed),
            }
            *tally.entry(state_of(entry).to_owned()).or_default() += 1;
        }
        let in_order: Vec<&str> = said.iter().map(|(text, _)| *text).filter(|it| once.contains(it)).collect();
        assert_eq!(received, in_order, "as they were said, and nothing else (seed {})", self.seed);
    }
}

/// A phone texts on and on, whether the server is there or not; what it texted.
async fn customer_writes(carrier: Arc<Simulator>, phone: String, is_over: Arc<AtomicBool>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut settled = 0;
    while !is_over.load(Ordering::Relaxed) {
        let text = text_of(&phone, texts.len() + 1);
        carrier.text(&phone, OURS, &text).expect("the phone texts");
        texts.push(text);
        settled = unacknowledged(&carrier, &phone, settled).0;
        let few = |it: &Simulator| {
            unacknowledged(it, &phone, settled).1 < UNACKNOWLEDGED || is_over.load(Ordering::Relaxed)
        };
        while !carrier.wait_until(KNOCK, few).await {}
    }
    texts
}

/// The last text of a phone up to which all are settled, and how many of the later ones are not.
fn unacknowledged(carrier: &Simulator, phone: &str, settled: u64) -> (u64, usize) {
    let texts = carrier.texts_after(phone, settled);
    let waiting = || texts.iter().filter(|text| text.state == TextState::Waiting);
    let last = texts.last().map_or(settled, |text| text.index);
    (waiting().next().map_or(last, |text| text.index - 1), waiting().count())
}

/// An agent's browser that writes into one session.
struct AgentWriter {
    desk: Arc<Desk>,
    session: String,
    is_over: Arc<AtomicBool>,
    acknowledged: watch::Sender<u64>,
}

impl AgentWriter {
    /// Writes numbered texts, none of them twice, and knocks more slowly while nobody answers.
    async fn write(self) -> BTreeMap<String, bool> {
        let mut texts = BTreeMap::new();
        let mut knock = interval(KNOCK);
        knock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_over.load(Ordering::Relaxed) {
            let text = text_of(&self.desk.person.user_name, texts.len() + 1);
            let acknowledged = self.send(&text).await;
            texts.insert(text, acknowledged);
            if acknowledged {
                self.acknowledged.send_modify(|count| *count += 1);
            } else {
                knock.tick().await;
            }
        }
        texts
    }

    async fn send(&self, text: &str) -> bool {
        let answer = self.desk.try_call(&self.session, "SendMessage", &json!({"text": text})).await;
        let Ok(answer) = answer else { return false };
        if answer.status == 403 {
            // The server has forgotten who this browser is. A text is never sent twice: the next one counts.
            let _ = self.desk.try_login_again().await;
        }
        answer.is_success()
    }
}

/// A text like no other of its writer; some are long. No part of a text is like any other: after a
/// crash two equal ones, under the same of the 256 references, are taken for one that came twice.
fn text_of(who: &str, number: usize) -> String {
    let repeated = if number.is_multiple_of(LONG_TEXTS) { 40 } else { 1 };
    let words: Vec<String> = (0..repeated).map(|word| format!("{number}.{word}")).collect();
    format!("{who} {}", words.join(" "))
}

fn state_of(entry: &Value) -> &str {
    entry["delivery"]["state"].as_str().unwrap_or("")
}

fn span(least_ms: u32, most_ms: u32) -> Span {
    Span::new(least_ms, most_ms).expect("a span")
}
