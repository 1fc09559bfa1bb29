//! The server is killed again and again while customers and agents write. What was acknowledged is there
//! afterwards, once, and everybody carries on under the same ids.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::{DEADLINE_MS, Desk, start_task};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::center::{Center, Talk, is_text};

/// How often the server dies.
const KILLS: u64 = 24;
/// At most so many texts are acknowledged between two deaths.
const TEXTS_BETWEEN_KILLS: u64 = 60;
/// A writer knocks this often while the server is away, in milliseconds.
const KNOCK_MS: u64 = 20;
/// Chats of each agent; with the default capacity no more would be offered.
const CHATS_PER_AGENT: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_the_server_loses_and_repeats_nothing() {
    let seed = std::env::var("SOUFFLEUR_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(0x5EED_0001);
    let mut story = Story::begin(seed).await;
    for _ in 0..KILLS {
        story.kill_in_the_middle_of_writing().await;
    }
    let written = story.stop_writing().await;
    story.check(&written).await;
}

struct Story {
    center: Center,
    agents: Vec<Arc<Desk>>,
    talks: Vec<(usize, Arc<Talk>)>,
    /// What each agent and customer was called before the first kill.
    before: Vec<Value>,
    writers: Vec<JoinHandle<Written>>,
    is_over: Arc<AtomicBool>,
    acknowledged: watch::Sender<u64>,
    random: Random,
    seed: u64,
}

/// One writer's texts: `true` for those that the server acknowledged.
struct Written {
    chat: String,
    texts: BTreeMap<String, bool>,
}

impl Story {
    async fn begin(seed: u64) -> Story {
        let center = Center::open().await;
        let mut agents = Vec::new();
        let mut talks = Vec::new();
        for name in ["anna", "bela"] {
            let agent = center.ready_agent(name).await;
            for number in 0..CHATS_PER_AGENT {
                let talk = center.accepted_by(&agent, &format!("{name}s customer {number}")).await;
                talks.push((agents.len(), Arc::new(talk)));
            }
            // The next chats are for the next agent.
            agent.set_state("NotReady").await;
            agents.push(Arc::new(agent));
        }
        let mut story = Story {
            center,
            agents,
            talks,
            before: Vec::new(),
            writers: Vec::new(),
            is_over: Arc::default(),
            acknowledged: watch::Sender::new(0),
            random: Random::new(seed),
            seed,
        };
        story.before = story.identities().await;
        for (agent, talk) in story.talks.clone() {
            let desk = Arc::clone(&story.agents[agent]);
            for writer in [Writer::Customer(Arc::clone(&talk)), Writer::Agent { desk, talk }] {
                story.writers.push(start_task(writer.write(story.pen())));
            }
        }
        story
    }

    fn pen(&self) -> Pen {
        Pen { is_over: Arc::clone(&self.is_over), acknowledged: self.acknowledged.clone() }
    }

    async fn kill_in_the_middle_of_writing(&mut self) {
        let enough = *self.acknowledged.borrow() + 1 + self.random.below(TEXTS_BETWEEN_KILLS);
        let mut acknowledged = self.acknowledged.subscribe();
        let writing = acknowledged.wait_for(|&count| count >= enough);
        // What the wait answers borrows the count, and writers that want to raise it would stand still.
        let in_time = timeout(Duration::from_millis(DEADLINE_MS), writing).await.is_ok();
        assert!(
            in_time,
            "nobody could write after a restart (seed {}): {:?}",
            self.seed,
            self.center.server.log()
        );
        // Some moment within the next few requests: the texts under way are at different stages.
        for _ in 0..self.random.below(400) {
            tokio::task::yield_now().await;
        }
        self.center.server.kill().await;
        self.center.server.start_again().await;
    }

    async fn stop_writing(&mut self) -> Vec<Written> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut written = Vec::new();
        for writer in self.writers.drain(..) {
            written.push(writer.await.expect("a writer ends in peace"));
        }
        written
    }

    async fn check(&self, written: &[Written]) {
        for agent in &self.agents {
            agent.login_again().await;
        }
        assert_eq!(
            self.identities().await,
            self.before,
            "the same ids after {KILLS} kills (seed {})",
            self.seed
        );
        for (agent, talk) in &self.talks {
            let as_agent = self.agents[*agent].messages(&talk.chat).await;
            let as_customer = talk.customer.transcript().await;
            self.check_log(&talk.chat, &as_agent, written);
            self.check_log(&talk.chat, &as_customer, written);
        }
        for agent in &self.agents {
            self.check_pushed(agent);
        }
        let least =
            written.iter().map(|it| it.texts.values().filter(|&&acknowledged| acknowledged).count()).min();
        assert!(least >= Some(10), "every writer got on (seed {}): {least:?}", self.seed);
    }

    fn check_log(&self, chat: &str, log: &[Value], written: &[Written]) {
        let indices: Vec<u64> = log.iter().map(|entry| entry["index"].as_u64().expect("an index")).collect();
        assert!(indices.is_sorted_by(|a, b| a < b), "indices grow (seed {}): {indices:?}", self.seed);
        for (text, &acknowledged) in written.iter().filter(|it| it.chat == chat).flat_map(|it| &it.texts) {
            let count = log.iter().filter(|entry| is_text(entry, text)).count();
            assert!(count <= 1, "{text:?} is there {count} times (seed {})", self.seed);
            assert!(
                count == 1 || !acknowledged,
                "{text:?} was acknowledged and is lost (seed {})",
                self.seed
            );
        }
    }

    /// Nothing was pushed twice, over all the sessions the agent's client had.
    fn check_pushed(&self, agent: &Desk) {
        for (_, talk) in &self.talks {
            let pushed = agent.inbox.pushed_entries(&talk.chat);
            let mut indices: Vec<u64> = pushed.iter().filter_map(|entry| entry["index"].as_u64()).collect();
            let count = indices.len();
            indices.sort_unstable();
            indices.dedup();
            assert_eq!(indices.len(), count, "an entry was pushed twice (seed {})", self.seed);
        }
    }

    /// The ids by which people and chats are known, as users see them.
    async fn identities(&self) -> Vec<Value> {
        let mut known = Vec::new();
        for agent in &self.agents {
            let chats = agent.chats().await;
            let of_chat =
                |chat: &Value| json!([chat["id"], chat["uri"], chat["state"], chat["participants"]]);
            known.push(json!([agent.person.id, chats.iter().map(of_chat).collect::<Vec<_>>()]));
        }
        for (_, talk) in &self.talks {
            known.push(talk.customer.chat().await);
        }
        known
    }
}

/// What a writer needs to know, and tells.
struct Pen {
    is_over: Arc<AtomicBool>,
    acknowledged: watch::Sender<u64>,
}

/// Who writes into which chat.
enum Writer {
    Customer(Arc<Talk>),
    Agent { desk: Arc<Desk>, talk: Arc<Talk> },
}

impl Writer {
    /// Writes numbered texts, none of them twice, and knocks more slowly while nobody answers.
    async fn write(self, pen: Pen) -> Written {
        let (who, talk) = match &self {
            Writer::Customer(talk) => ("customer", talk),
            Writer::Agent { talk, .. } => ("agent", talk),
        };
        let mut written = Written { chat: talk.chat.clone(), texts: BTreeMap::new() };
        let mut knock = interval(Duration::from_millis(KNOCK_MS));
        knock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !pen.is_over.load(Ordering::Relaxed) {
            let text = format!("{who} {}", written.texts.len() + 1);
            let acknowledged = self.send(&text).await;
            written.texts.insert(text, acknowledged);
            if acknowledged {
                pen.acknowledged.send_modify(|count| *count += 1);
            } else {
                knock.tick().await;
            }
        }
        written
    }

    /// Sends a text, and answers whether the server acknowledged it.
    async fn send(&self, text: &str) -> bool {
        let answer = match self {
            Writer::Customer(talk) => {
                let request = json!({"operationName": "SendMessage", "text": text});
                talk.customer.call(&request).await
            }
            Writer::Agent { desk, talk } => {
                desk.try_call(&talk.chat, "SendMessage", &json!({"text": text})).await
            }
        };
        let Ok(answer) = answer else { return false };
        if let (Writer::Agent { desk, .. }, 403) = (self, answer.status) {
            // The server has forgotten who this browser is. A text is never sent twice: the next one counts.
            let _ = desk.try_login_again().await;
        }
        answer.is_success()
    }
}

/// SplitMix64: enough to spread the kills, and a seed tells a run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}
