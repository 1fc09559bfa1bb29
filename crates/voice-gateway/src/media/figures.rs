//! What a media thread counts. Packets are counted in plain numbers; once a second these are added to the metrics.

use metrics::{Counter, Gauge, counter, gauge};

/// Counts since the metrics were told last.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    /// Datagrams that came, of both kinds.
    pub received: u64,
    /// Datagrams that were sent, of both kinds.
    pub sent: u64,
    /// Datagrams that the system would not take.
    pub unsent: u64,
    /// Datagrams for legs of which offer and answer have not agreed anything yet.
    pub untimely: u64,
    /// Wake-ups.
    pub turns: u64,
}

/// The metrics of one thread.
pub(super) struct Figures {
    received: Counter,
    sent: Counter,
    unsent: Counter,
    untimely: Counter,
    turns: Counter,
    news_lost: Counter,
    legs: Gauge,
    families: Gauge,
}

impl Figures {
    /// Under the thread's number.
    pub fn new(thread: usize) -> Figures {
        let label = thread.to_string();
        let datagrams = |kind: &'static str| counter!("souffleur_media_datagrams_total", "thread" => label.clone(), "kind" => kind);
        Figures {
            received: datagrams("received"),
            sent: datagrams("sent"),
            unsent: datagrams("unsent"),
            untimely: datagrams("untimely"),
            turns: counter!("souffleur_media_turns_total", "thread" => label.clone()),
            news_lost: counter!("souffleur_media_news_lost_total", "thread" => label.clone()),
            legs: gauge!("souffleur_media_legs", "thread" => label.clone()),
            families: gauge!("souffleur_media_families", "thread" => label),
        }
    }

    /// Adds what was counted, which begins anew.
    pub fn tell(&self, tally: &mut Tally, news_lost: u64, legs: usize, families: usize) {
        let counted = std::mem::take(tally);
        self.received.increment(counted.received);
        self.sent.increment(counted.sent);
        self.unsent.increment(counted.unsent);
        self.untimely.increment(counted.untimely);
        self.turns.increment(counted.turns);
        self.news_lost.increment(news_lost);
        self.legs.set(legs as f64);
        self.families.set(families as f64);
    }
}
