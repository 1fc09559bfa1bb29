//! Everything one subscriber got, in order, and waiting for what is still to come.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::{DEADLINE_MS, Notification};

/// More than this is a test out of hand, or a server that repeats itself.
pub const INBOX_LIMIT: usize = 200_000;

/// A subscriber's notifications. Clones are the same inbox.
#[derive(Clone)]
pub struct Inbox {
    shared: Arc<Shared>,
}

struct Shared {
    entries: Mutex<Vec<Entry>>,
    count: watch::Sender<usize>,
}

struct Entry {
    notification: Notification,
    taken: bool,
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox { shared: Arc::new(Shared { entries: Mutex::default(), count: watch::Sender::new(0) }) }
    }
}

impl Inbox {
    /// Adds one.
    ///
    /// # Panics
    /// When the limit is reached.
    pub fn put(&self, channel: &str, data: Value) {
        let mut entries = self.shared.entries.lock();
        let position = entries.len();
        assert!(position < INBOX_LIMIT, "more than {INBOX_LIMIT} notifications for one subscriber");
        let notification = Notification { position, channel: channel.to_owned(), data };
        entries.push(Entry { notification, taken: false });
        drop(entries);
        self.shared.count.send_replace(position + 1);
    }

    /// How many have come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.entries.lock().len()
    }

    /// Whether none has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that have come since `position`, taken or not.
    #[must_use]
    pub fn since(&self, position: usize) -> Vec<Notification> {
        self.shared.entries.lock().iter().skip(position).map(|entry| entry.notification.clone()).collect()
    }

    /// All that have come.
    #[must_use]
    pub fn all(&self) -> Vec<Notification> {
        self.since(0)
    }

    /// Takes the first that fits and was not taken before; waits for it if it has not come yet.
    ///
    /// # Panics
    /// When the deadline passes, with everything that came instead.
    pub async fn take(&self, what: &str, fits: impl Fn(&Notification) -> bool) -> Notification {
        let found = self.watch(|entries| {
            let entry = entries.iter_mut().find(|entry| !entry.taken && fits(&entry.notification))?;
            entry.taken = true;
            Some(entry.notification.clone())
        });
        let Ok(found) = timeout(Duration::from_millis(DEADLINE_MS), found).await else {
            panic!("within {DEADLINE_MS} ms there was no {what}; what came:\n{}", self.describe());
        };
        found
    }

    /// Waits until something can be found in all that came; nothing is taken.
    ///
    /// # Panics
    /// When the deadline passes, with everything that came instead.
    pub async fn find<T>(&self, what: &str, look: impl Fn(&[Notification]) -> Option<T>) -> T {
        let found = self.watch(|entries| {
            let all: Vec<Notification> = entries.iter().map(|entry| entry.notification.clone()).collect();
            look(&all)
        });
        let Ok(found) = timeout(Duration::from_millis(DEADLINE_MS), found).await else {
            panic!("within {DEADLINE_MS} ms there was no {what}; what came:\n{}", self.describe());
        };
        found
    }

    async fn watch<T>(&self, mut look: impl FnMut(&mut Vec<Entry>) -> Option<T>) -> T {
        let mut count = self.shared.count.subscribe();
        loop {
            count.borrow_and_update();
            if let Some(found) = look(&mut self.shared.entries.lock()) {
                return found;
            }
            count.changed().await.expect("the inbox holds its sender");
        }
    }

    fn describe(&self) -> String {
        let entries = self.shared.entries.lock();
        let lines = entries.iter().map(|entry| {
            let mark = if entry.taken { "taken" } else { "     " };
            format!("{mark} {} {}", entry.notification.channel, entry.notification.data)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
