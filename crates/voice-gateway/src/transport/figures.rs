//! What is counted about sockets. Whoever wants the figures installs a recorder before the gateway starts.

use metrics::{Counter, Gauge, counter, gauge};

/// The figures of all sockets.
pub(super) struct Figures {
    /// Messages that were taken.
    pub received: Counter,
    /// Messages that were handed to a socket.
    pub sent: Counter,
    /// Keep-alives.
    pub keep_alives: Counter,
    /// Dropped: more messages than the source may send.
    pub too_many: Counter,
    /// Dropped: no SIP.
    pub malformed: Counter,
    /// Dropped: nobody had time for it.
    pub overload: Counter,
    /// Not sent: the datagram was refused, or too many wait.
    pub unsent: Counter,
    /// Errors of listening sockets.
    pub socket_errors: Counter,
    /// Connections that others made.
    pub accepted: Counter,
    /// Connections that we made.
    pub opened: Counter,
    /// Connections for which there was no room.
    pub turned_away: Counter,
    /// Connections that stand.
    pub connections: Gauge,
}

impl Figures {
    pub fn new() -> Figures {
        let dropped = |reason: &'static str| counter!("souffleur_sip_dropped_total", "reason" => reason);
        let connections = |kind: &'static str| counter!("souffleur_sip_connections_total", "kind" => kind);
        let messages =
            |direction: &'static str| counter!("souffleur_sip_messages_total", "direction" => direction);
        Figures {
            received: messages("in"),
            sent: messages("out"),
            keep_alives: counter!("souffleur_sip_keep_alives_total"),
            too_many: dropped("too_many"),
            malformed: dropped("malformed"),
            overload: dropped("overload"),
            unsent: dropped("unsent"),
            socket_errors: counter!("souffleur_sip_socket_errors_total"),
            accepted: connections("accepted"),
            opened: connections("opened"),
            turned_away: connections("turned_away"),
            connections: gauge!("souffleur_sip_connections"),
        }
    }

    /// A connection's end, and why.
    pub fn count_end(&self, reason: &'static str) {
        counter!("souffleur_sip_connections_ended_total", "reason" => reason).increment(1);
    }
}
