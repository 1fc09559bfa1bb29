//! Texts that a courier holds and that wait: behind an earlier text to the same customer, or until it is their time.
//!
//! What always holds: of each thread, one text at most is anywhere else than here, so that texts to one customer stay
//! in order whatever way they take.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use contact_center::texting::{OutgoingText, TextId, Thread};
use smpp::Part;

/// A text in the hands of a courier.
#[derive(Debug)]
pub(super) struct Held {
    pub text: Arc<OutgoingText>,
    /// How often carriers did not take it at that moment.
    pub put_off: u8,
    /// How many carriers of its route it was moved on from.
    pub moved: u8,
    /// It as the carrier at this place wants it, if it was cut already.
    pub cut: Option<(usize, Arc<[Part]>)>,
    /// Not before then.
    pub not_before: Option<Instant>,
}

impl Held {
    pub fn new(text: Arc<OutgoingText>) -> Held {
        Held { text, put_off: 0, moved: 0, cut: None, not_before: None }
    }
}

/// Texts that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// By thread, the texts behind the one that is elsewhere.
    behind: HashMap<Thread, VecDeque<Held>>,
    /// Those that are not to be offered before a time.
    later: BTreeMap<(Instant, TextId), Held>,
    count: usize,
}

impl Waiting {
    /// How many texts the courier holds, wherever they are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes a new text in; it comes back if it is the next of its thread.
    pub fn take_in(&mut self, text: Arc<OutgoingText>) -> Option<Held> {
        self.count += 1;
        let held = Held::new(text);
        match self.behind.get_mut(&held.text.thread) {
            Some(behind) => {
                behind.push_back(held);
                None
            }
            None => {
                self.behind.insert(held.text.thread.clone(), VecDeque::new());
                Some(held)
            }
        }
    }

    /// Whether there is a text of this thread, wherever it is.
    pub fn holds(&self, thread: &Thread) -> bool {
        self.behind.contains_key(thread)
    }

    /// The text that was next in its thread is done with: the one behind it is next.
    pub fn finish(&mut self, thread: &Thread) -> Option<Held> {
        self.count -= 1;
        let next = self.behind.get_mut(thread)?.pop_front();
        if next.is_none() {
            self.behind.remove(thread);
        }
        next
    }

    /// Keeps a text until it is its time.
    pub fn put_off(&mut self, held: Held, until: Instant) {
        self.later.insert((until, held.text.id), held);
    }

    /// A text whose time has come.
    pub fn due(&mut self, now: Instant) -> Option<Held> {
        let is_due = self.later.first_key_value().is_some_and(|((at, _), _)| *at <= now);
        if is_due { self.later.pop_first().map(|(_, held)| held) } else { None }
    }

    /// When the next time comes.
    pub fn wake_time(&self) -> Option<Instant> {
        self.later.first_key_value().map(|((at, _), _)| *at)
    }
}
