//! What a supervisor asks for, and what is remembered of it.

use serde::{Deserialize, Serialize};

use crate::audience::Mode;
use crate::channel::Channel;
use crate::ids::UserId;

/// Which of an agent's contacts a supervisor joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The next one, once.
    NextContact,
    /// Each one until cancelled.
    AllContacts,
    /// Those that run now, and none later.
    CurrentContacts,
}

/// How a supervisor wants to take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoringRequest {
    /// The mode.
    pub mode: Mode,
    /// Which contacts.
    pub scope: Scope,
    /// The name shown; else the user name.
    pub nickname: Option<String>,
}

/// A supervisor waiting for an agent's contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Who waits.
    pub supervisor: UserId,
    /// On which channel.
    pub channel: Channel,
    /// How the supervisor will take part.
    pub mode: Mode,
    /// Whether one contact uses it up.
    pub once: bool,
    /// The name shown.
    pub nickname: String,
}
