//! What all connections and the phones share. A connection comes here once for each batch of octets, not for
//! each text; what it waits for is never held while it waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::Mutex;
use smpp::smsc::Delivery;
use smpp::{AddressError, Alphabet, Content, Cutting, DefaultAlphabet, TooLong, cut};
use tokio::sync::{Notify, watch};

use crate::clock;
use crate::config::Config;
use crate::counters::Counters;
use crate::fate::Bucket;
use crate::faults::Faults;
use crate::joining::{Joiner, Key};
use crate::numbers::canonical;
use crate::phones::{PhoneSummary, Phones, Text};
use crate::waiting::{Kind, Outgoing, Waiting};

/// Alphabets of texts that phones write, first choice first.
const ALPHABETS: [Alphabet; 2] = [Alphabet::Gsm7, Alphabet::Ucs2];
/// IDs for each millisecond, so that a carrier started later begins above all that were given before.
const IDS_PER_MS: u64 = 1_000;

/// What all connections and the phones share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) accounts: Vec<Customer>,
    /// Who has a number, in its one form.
    owners: BTreeMap<String, usize>,
    faults: Mutex<Faults>,
    /// Grows with each change of the faults.
    faults_version: AtomicU64,
    texts: Mutex<Texts>,
    /// Grows whenever something changes on a phone or is counted.
    news: watch::Sender<u64>,
    counters: Mutex<Counters>,
    next_id: AtomicU64,
    next_reference: AtomicU16,
    next_connection: AtomicU64,
}

#[derive(Debug)]
struct Texts {
    phones: Phones,
    joiner: Joiner,
}

/// An account at work.
#[derive(Debug)]
pub(crate) struct Customer {
    waiting: Mutex<Waiting>,
    /// How many wait, to look at without the lock.
    count: AtomicUsize,
    /// Wakes one connection that receives.
    pub(crate) woken: Notify,
    bucket: Mutex<Bucket>,
}

/// A text, or a part of one, that reached its phone.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) content: Content,
}

/// Why a phone cannot send a text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// One of the numbers is none.
    #[error("{0}: {1}")]
    Number(&'static str, AddressError),
    /// Nobody has the number that the text is for.
    #[error("to: no account has this number")]
    NobodysNumber,
    /// There is nothing to send.
    #[error("text: it is empty")]
    Empty,
    /// It has too many parts.
    #[error("text: {0}")]
    TooLong(TooLong),
    /// The account has not fetched its texts for too long.
    #[error("as many texts wait for the account as may")]
    QueueFull,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Shared {
        let owner = |name: &Option<String>| name.as_ref().map_or(Some(0), |name| config.account(name));
        let owned = config
            .numbers
            .iter()
            .filter_map(|number| Some((canonical(&number.number).ok()?.1, owner(&number.account)?)));
        let customer = |_| Customer {
            waiting: Mutex::new(Waiting::new(config.most_waiting)),
            count: AtomicUsize::new(0),
            woken: Notify::new(),
            bucket: Mutex::default(),
        };
        let phones = Phones::new(config.most_phones, config.keep_texts);
        Shared {
            owners: owned.collect(),
            accounts: config.accounts.iter().map(customer).collect(),
            faults: Mutex::new(config.faults.clone()),
            faults_version: AtomicU64::new(0),
            texts: Mutex::new(Texts { phones, joiner: Joiner::default() }),
            news: watch::Sender::new(0),
            counters: Mutex::default(),
            next_id: AtomicU64::new(config.first_id.unwrap_or_else(|| clock::wall_ms() * IDS_PER_MS)),
            next_reference: AtomicU16::new(1),
            next_connection: AtomicU64::new(1),
            config,
        }
    }

    /// An ID that no text has yet.
    pub(crate) fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Relaxed)
    }

    /// A number that no connection has yet.
    pub(crate) fn new_connection(&self) -> u64 {
        self.next_connection.fetch_add(1, Relaxed)
    }

    /// The faults in force.
    pub(crate) fn faults(&self) -> Faults {
        self.faults.lock().clone()
    }

    /// The faults in force, if they are others than those of this version; the version is brought up to date.
    pub(crate) fn faults_since(&self, version: &mut u64) -> Option<Faults> {
        let present = self.faults_version.load(Relaxed);
        let is_changed = present != *version;
        *version = present;
        is_changed.then(|| self.faults())
    }

    /// Changes the faults; what was decided before stays as it was.
    pub(crate) fn change_faults(
        &self,
        change: impl FnOnce(&Faults) -> Result<Faults, String>,
    ) -> Result<Faults, String> {
        let mut faults = self.faults.lock();
        *faults = change(&faults)?;
        self.faults_version.fetch_add(1, Relaxed);
        Ok(faults.clone())
    }

    /// Adds to what was counted, and tells of it: whatever changes on a phone is counted, too, and before.
    pub(crate) fn count(&self, counted: &mut Counters) {
        let counted = std::mem::take(counted);
        if counted != Counters::default() {
            self.counters.lock().add(&counted);
            self.tell();
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// A phone sends a text to one of the accounts' numbers.
    pub(crate) fn send(&self, from: &str, to: &str, text: &str) -> Result<(), TextError> {
        let (from, phone) = canonical(from).map_err(|error| TextError::Number("from", error))?;
        let (to, number) = canonical(to).map_err(|error| TextError::Number("to", error))?;
        let customer = self.owner(&number).ok_or(TextError::NobodysNumber)?;
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let cutting = Cutting {
            alphabets: &ALPHABETS,
            default: DefaultAlphabet::Gsm7,
            long: self.config.long_texts,
            most_parts: self.config.most_parts,
        };
        let reference = self.next_reference.fetch_add(1, Relaxed);
        let parts = cut(text, &cutting, reference).map_err(TextError::TooLong)?;
        let deliveries: Vec<Delivery> =
            parts.into_iter().map(|part| Delivery::text(from.clone(), to.clone(), part)).collect();
        self.send_parts(customer, deliveries, || (phone, number, text.to_owned()))?;
        self.count(&mut Counters { texts_of_phones: 1, ..Counters::default() });
        Ok(())
    }

    fn send_parts(
        &self,
        customer: &Customer,
        parts: Vec<Delivery>,
        whole: impl FnOnce() -> (String, String, String),
    ) -> Result<(), TextError> {
        let mut waiting = customer.waiting.lock();
        if !waiting.has_room(parts.len()) {
            return Err(TextError::QueueFull);
        }
        let place = self.keeps_texts().then(|| {
            let (from, to, text) = whole();
            let parts = u16::try_from(parts.len()).unwrap_or(u16::MAX);
            self.texts.lock().phones.send(from, to, text, clock::wall_ms(), parts)
        });
        for part in parts {
            waiting.add(Outgoing::new(part, Kind::Text(place.clone())));
        }
        customer.count.store(waiting.len(), Relaxed);
        drop(waiting);
        customer.woken.notify_one();
        Ok(())
    }

    fn owner(&self, number: &str) -> Option<&Customer> {
        let place = if self.config.numbers.is_empty() { Some(&0) } else { self.owners.get(number) };
        place.and_then(|place| self.accounts.get(*place))
    }

    /// Whether anybody looks at texts.
    pub(crate) fn keeps_texts(&self) -> bool {
        self.config.keep_texts > 0
    }

    /// Texts reach their phones.
    pub(crate) fn receive(&self, arrived: &mut Vec<Arrived>, now: Instant) {
        if arrived.is_empty() {
            return;
        }
        let mut texts = self.texts.lock();
        let at_ms = clock::wall_ms();
        for Arrived { from, to, content } in arrived.drain(..) {
            let units = match content {
                Content::Text(units) => Some(units),
                Content::Part { reference, total, number, units } => {
                    let key = Key { from: from.clone(), to: to.clone(), reference, total };
                    texts.joiner.take(key, number, units, now)
                }
                // No phone shows one.
                Content::Receipt(_) => None,
            };
            if let Some(units) = units {
                texts.phones.receive(from, to, String::from_utf16_lossy(&units), at_ms);
            }
        }
    }

    /// What became of texts, or of parts of them, that phones sent.
    pub(crate) fn settle(&self, settled: &mut Vec<(crate::phones::Place, bool)>) {
        if settled.is_empty() {
            return;
        }
        let mut texts = self.texts.lock();
        for (place, is_taken) in settled.drain(..) {
            texts.phones.settle(&place, is_taken);
        }
    }

    /// The texts of a phone after one of them.
    pub(crate) fn texts_after(&self, number: &str, after: u64) -> Vec<Text> {
        self.texts.lock().phones.texts_after(number, after)
    }

    /// All phones with texts.
    pub(crate) fn phones(&self) -> Vec<PhoneSummary> {
        self.texts.lock().phones.summaries()
    }

    /// To wait until something changes on a phone or is counted.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn tell(&self) {
        self.news.send_modify(|version| *version += 1);
    }
}

impl Customer {
    /// Whether it may submit one more text now.
    pub(crate) fn may_submit(&self, per_second: u32, now: Instant) -> bool {
        per_second == 0 || self.bucket.lock().take(per_second, now)
    }

    /// Takes the first that waits.
    pub(crate) fn take(&self) -> Option<Outgoing> {
        if self.count.load(Relaxed) == 0 {
            return None;
        }
        let mut waiting = self.waiting.lock();
        let taken = waiting.take();
        self.count.store(waiting.len(), Relaxed);
        taken
    }

    /// Whether anything waits.
    pub(crate) fn has_waiting(&self) -> bool {
        self.count.load(Relaxed) > 0
    }

    /// Lets something wait for a connection that receives; false if there is no place for it.
    pub(crate) fn wait(&self, outgoing: Outgoing) -> bool {
        let mut waiting = self.waiting.lock();
        let has_place = waiting.add(outgoing);
        self.count.store(waiting.len(), Relaxed);
        drop(waiting);
        self.woken.notify_one();
        has_place
    }

    /// Lets wait again, before all others, what a connection could not deliver.
    pub(crate) fn wait_again(&self, undelivered: impl DoubleEndedIterator<Item = Outgoing>) {
        let mut waiting = self.waiting.lock();
        waiting.put_back(undelivered);
        self.count.store(waiting.len(), Relaxed);
        drop(waiting);
        self.woken.notify_one();
    }
}
