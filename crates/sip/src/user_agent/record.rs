//! What stays of a dialog when the process is gone.

use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Flow, ListenerId, Transport};

/// How far the CSeq of a new process is above what was kept, so that nothing the old one sent afterwards comes near.
pub const KEPT_CSEQ_GAP: u32 = 100_000;

/// What a new process needs to end a call of an earlier one by BYE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialogRecord {
    pub(super) call_id: String,
    /// The header values with their tags, as From and To of our requests.
    pub(super) local: String,
    pub(super) remote: String,
    pub(super) local_seq: u32,
    pub(super) target: String,
    pub(super) routes: Vec<String>,
    pub(super) transport: Transport,
    pub(super) listener: u16,
    pub(super) peer: SocketAddr,
    pub(super) is_symmetric: bool,
}

impl DialogRecord {
    /// As one line of text.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From [`to_text`](Self::to_text); None if it is nothing of the kind.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Connections do not outlive a process.
    pub(super) fn flow(&self) -> Flow {
        Flow {
            transport: self.transport,
            local: ListenerId(self.listener),
            peer: self.peer,
            connection: None,
        }
    }
}
