//! What is counted, carrier by carrier. Whoever wants the figures installs a recorder before the gateway starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Counter, Gauge, counter, gauge};
use smpp::Fault;

/// The figures of one carrier.
pub(crate) struct Figures {
    carrier: String,
    /// Texts and parts that the carrier brought and that were kept.
    pub received: Counter,
    /// Those among them that had come before.
    pub repeated: Counter,
    /// Texts and receipts that the carrier was asked to bring again.
    pub put_off: Counter,
    /// Those that will never be taken: numbers that are none, texts without end.
    pub turned_away: Counter,
    /// Receipts that were for a text.
    pub receipts: Counter,
    /// Receipts for texts that nobody knows.
    pub receipts_unknown: Counter,
    /// Parts that the carrier took.
    pub taken: Counter,
    /// Parts that it did not take at that moment.
    pub not_now: Counter,
    /// Parts that it refused.
    pub refused: Counter,
    /// Parts without an answer.
    pub unanswered: Counter,
    /// Parts that came back unsent.
    pub not_sent: Counter,
    /// Connections that ended.
    pub disconnects: Counter,
    bound: Level,
    waiting: Level,
}

impl Figures {
    pub fn new(carrier: &str) -> Figures {
        let of = |name: &'static str, kind: &'static str| counter!(name, "carrier" => carrier.to_owned(), "kind" => kind);
        let brought = |kind| of("souffleur_sms_brought_total", kind);
        let submitted = |kind| of("souffleur_sms_submitted_total", kind);
        let level = |gauge: Gauge| Level { gauge, shown: AtomicUsize::new(0) };
        Figures {
            carrier: carrier.to_owned(),
            received: brought("text"),
            repeated: brought("repeated_text"),
            put_off: brought("put_off"),
            turned_away: brought("turned_away"),
            receipts: brought("receipt"),
            receipts_unknown: brought("unknown_receipt"),
            taken: submitted("taken"),
            not_now: submitted("not_now"),
            refused: submitted("refused"),
            unanswered: submitted("unanswered"),
            not_sent: submitted("not_sent"),
            disconnects: counter!("souffleur_sms_disconnects_total", "carrier" => carrier.to_owned()),
            bound: level(gauge!("souffleur_sms_bound_connections", "carrier" => carrier.to_owned())),
            waiting: level(gauge!("souffleur_sms_waiting_texts", "carrier" => carrier.to_owned())),
        }
    }

    /// Something odd that the carrier did.
    pub fn count_fault(&self, fault: Fault) {
        self.count_oddity(fault.as_str());
    }

    /// Something odd about a connection.
    pub fn count_oddity(&self, kind: &'static str) {
        counter!("souffleur_sms_faults_total", "carrier" => self.carrier.clone(), "kind" => kind)
            .increment(1);
    }

    /// A connection stands as long as what comes back.
    pub fn bind(self: &Arc<Self>) -> Bound {
        self.bound.change(1);
        Bound(Arc::clone(self))
    }

    /// How many connections stand.
    pub fn bound(&self) -> usize {
        self.bound.shown.load(Ordering::Relaxed)
    }

    /// How many texts wait for this carrier.
    pub fn show_waiting(&self, texts: usize) {
        self.waiting.show(texts);
    }

    /// How many texts wait for this carrier.
    pub fn waiting(&self) -> usize {
        self.waiting.shown.load(Ordering::Relaxed)
    }
}

/// One gateway's part of a gauge. It is taken back when the gateway ends.
struct Level {
    gauge: Gauge,
    shown: AtomicUsize,
}

impl Level {
    fn show(&self, level: usize) {
        let before = self.shown.swap(level, Ordering::Relaxed);
        if before != level {
            self.gauge.increment(level as f64 - before as f64);
        }
    }

    fn change(&self, by: isize) {
        self.shown.fetch_add(by as usize, Ordering::Relaxed);
        self.gauge.increment(by as f64);
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        self.show(0);
    }
}

/// A connection that stands.
pub(crate) struct Bound(Arc<Figures>);

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.bound.change(-1);
    }
}
