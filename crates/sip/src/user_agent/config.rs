//! How the user agent behaves, and its limits.

use core::net::IpAddr;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::message::Text;

use super::io::Listener;

/// The most targets of one call.
pub const MOST_TARGETS: usize = 10;
/// The most early dialogs of one target; provisional answers of further ones are passed over.
pub const MOST_EARLY_DIALOGS: usize = 8;
/// The most transfers that one call may ask for at once; further ones get 503.
pub const MOST_REFERS: usize = 4;
/// How long an offer, a REFER or a request outside of dialogs waits for its answer by an order.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long a call of the far side may wait for our final answer; then it gets 480.
pub const RING_AT_MOST: Duration = Duration::from_secs(600);
/// How long a re-INVITE of ours may take; then the call is given up for lost. Also how long a call that the far side has answered
/// with an offer waits for our answer to it.
pub const CHANGE_WITHIN: Duration = Duration::from_secs(60);
/// How often in a row an offer of ours may meet one of the far side (491) before it is given up.
pub const MOST_GLARES: u8 = 6;

/// How the user agent behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Our sockets.
    pub listeners: Vec<Listener>,
    /// What we call ourselves in `User-Agent` and `Server`.
    pub product: Text,
    /// The user part of our Contact.
    pub user: Text,
    /// How long a session lives without a refresh, as we propose it; in seconds (RFC 4028). At least `least_session_expires_s`.
    pub session_expires_s: u32,
    /// Shorter sessions are refused with 422; in seconds, at least 90.
    pub least_session_expires_s: u32,
    /// The most sessions at once, ours and the far side's; further calls get 503.
    pub most_sessions: usize,
    /// The most calls at once that one address may have offered; further ones get 503.
    pub most_sessions_of_source: usize,
    /// The most calls at once from an address that [`trusted`](Self::trusted) names.
    pub most_sessions_of_trusted: usize,
    /// Carriers and other servers, from whose addresses many call.
    pub trusted: BTreeSet<IpAddr>,
    /// The most requests outside of dialogs that wait for an order; further ones get 503.
    pub most_requests: usize,
    /// What `Retry-After` says with 503, in seconds.
    pub retry_after_s: u32,
}

impl Config {
    /// What suits most.
    #[must_use]
    pub fn new(listeners: Vec<Listener>) -> Self {
        Self {
            listeners,
            product: Text::fixed("Souffleur"),
            user: Text::fixed("souffleur"),
            session_expires_s: 1_800,
            least_session_expires_s: 90,
            most_sessions: 20_000,
            most_sessions_of_source: 200,
            most_sessions_of_trusted: 20_000,
            trusted: BTreeSet::new(),
            most_requests: 10_000,
            retry_after_s: 5,
        }
    }
}
