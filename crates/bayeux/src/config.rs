//! Everything that can be set, with its unit and the reason for its default.

use std::time::Duration;

use crate::channel::Channel;

/// How a [`Hub`](crate::Hub) behaves; [`Config::default`] suits an application whose clients only listen.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a connect is held when nothing happens. Default: 30 s.
    pub timeout: Duration,
    /// Longest hold, and longest pause before the next connect, that a client can ask for by its own advice.
    /// Default: 60 s.
    pub max_timeout: Duration,
    /// Share by which holds are shortened at random, so that clients that came together do not stay in
    /// phase, in percent from 0 to 100. Default: 10.
    pub jitter_percent: u8,
    /// Pause between connects that clients are advised to keep. Default: none.
    pub interval: Duration,
    /// Grace without a connect, on top of the interval, before a session is removed. Default: 30 s.
    ///
    /// Other servers say 10 s, and lose the events of clients that only changed network: a browser notices a
    /// dead connection after its own 10 s of network allowance, then backs off in steps of a second. An absent
    /// session costs a kilobyte and a queue that is bounded anyway.
    pub max_interval: Duration,
    /// How often messages other than connects can push the expiry of a session without connect further by
    /// `max_interval`. Default: 4.
    pub max_postponements: u32,
    /// Longest time that a reply may take to be written before its session counts as abandoned; the safety
    /// net for replies that the shell never reports. Default: 30 s.
    pub write_timeout: Duration,
    /// Held connects of one browser on HTTP/1; `None` for no limit. Default: 1, as browsers open six
    /// connections a host. Further sessions are told to poll.
    pub max_sessions_per_browser: Option<u32>,
    /// The same where requests share one connection (HTTP/2). Default: no limit.
    pub max_sessions_per_browser_multiplexed: Option<u32>,
    /// Pause between polls of sessions above the browser's limit; zero stops them. Default: 2 s.
    pub multi_session_interval: Duration,
    /// Whether HTTP requests find their session without the browser's cookie. Default: no.
    pub trust_client_session: bool,
    /// Whether events travel only on connect replies, which keeps their order across an HTTP client's two
    /// connections. Sessions with the acknowledgement extension always do so. Default: no.
    pub meta_connect_deliver_only: bool,
    /// Whether clients may negotiate the acknowledgement extension. Default: yes.
    pub acknowledgements: bool,
    /// Status of the HTTP response to a connect that a newer one replaced. Default: 500.
    pub replaced_connect_status: u16,
    /// Events kept for one session (waiting, being written and unacknowledged). At the bound the session is
    /// removed, and its client handshakes anew: better than missing events unawares. Default: 1,000.
    pub max_queue_events: usize,
    /// Bytes of the events kept for one session; must exceed the largest event. Default: 1 MiB.
    pub max_queue_bytes: usize,
    /// Sessions in this hub. Default: 100,000.
    pub max_sessions: usize,
    /// Sessions of one owner. A further handshake removes the one that would expire first, and is refused if
    /// all are connected. Default: 32.
    pub max_sessions_per_owner: usize,
    /// Subscriptions of one session. Default: 128.
    pub max_subscriptions_per_session: usize,
    /// Channels that exist without subscribers. Unsubscribing from a channel that neither is one of these nor
    /// has subscribers in this hub is answered `400::channel_missing`. Default: none.
    pub channels: Vec<Channel>,
    /// What clients may publish. Default: nothing.
    pub publish: PublishPolicy,
    /// Pause after which a client may try again whose handshake met a limit or a shutdown. Default: 5 s.
    pub handshake_retry_interval: Duration,
    /// Span over which clients released by a shutdown are told to come back. Default: 5 s.
    pub drain_spread: Duration,
    /// Connection types named in handshake replies, in this order.
    pub connection_types: Vec<ConnectionType>,
}

/// What clients may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishPolicy {
    /// Nothing but messages on `/service/…`, which succeed and go nowhere.
    Denied,
    /// Anything on broadcast channels, to the sessions of all owners.
    Allowed,
}

/// A transport as the wire names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionType {
    /// `websocket`
    WebSocket,
    /// `long-polling`
    LongPolling,
    /// `callback-polling`
    CallbackPolling,
}

impl ConnectionType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectionType::WebSocket => "websocket",
            ConnectionType::LongPolling => "long-polling",
            ConnectionType::CallbackPolling => "callback-polling",
        }
    }
}

/// Nothing here lasts longer, so that no sum of times can overflow.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MOST_POSTPONEMENTS: u32 = 1_000;

impl Config {
    pub(crate) fn bounded(self) -> Config {
        Config {
            timeout: self.timeout.min(LONGEST),
            max_timeout: self.max_timeout.min(LONGEST),
            interval: self.interval.min(LONGEST),
            max_interval: self.max_interval.min(LONGEST),
            max_postponements: self.max_postponements.min(MOST_POSTPONEMENTS),
            write_timeout: self.write_timeout.min(LONGEST),
            multi_session_interval: self.multi_session_interval.min(LONGEST),
            drain_spread: self.drain_spread.min(LONGEST),
            ..self
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            timeout: Duration::from_secs(30),
            max_timeout: Duration::from_secs(60),
            jitter_percent: 10,
            interval: Duration::ZERO,
            max_interval: Duration::from_secs(30),
            max_postponements: 4,
            write_timeout: Duration::from_secs(30),
            max_sessions_per_browser: Some(1),
            max_sessions_per_browser_multiplexed: None,
            multi_session_interval: Duration::from_secs(2),
            trust_client_session: false,
            meta_connect_deliver_only: false,
            acknowledgements: true,
            replaced_connect_status: 500,
            max_queue_events: 1_000,
            max_queue_bytes: 1 << 20,
            max_sessions: 100_000,
            max_sessions_per_owner: 32,
            max_subscriptions_per_session: 128,
            channels: Vec::new(),
            publish: PublishPolicy::Denied,
            handshake_retry_interval: Duration::from_secs(5),
            drain_spread: Duration::from_secs(5),
            connection_types: vec![ConnectionType::WebSocket, ConnectionType::LongPolling],
        }
    }
}
