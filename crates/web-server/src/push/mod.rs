//! Notifications: push sessions of the Bayeux protocol over long polling, callback polling and WebSocket.
//!
//! The protocol itself is in `bayeux`. Here are its locks, its clock, and its way to connections: sessions are
//! spread over shards by their owner, so that all of one user's are in one hub. A session of sign-in that
//! ends takes its push sessions along.

mod exchange;
mod frames;
mod outbox;
mod requests;
mod server;
mod shard;
pub(crate) mod websocket;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bayeux::{Channel, ConnectionId, ExchangeId, Input, Owner};
use bytes::Bytes;
use contact_center::{ContactCenterId, UserId};
use parking_lot::Mutex;

pub(crate) use requests::{Asked, ask};
pub(crate) use server::ANYONE;
pub use server::PushServer;
pub(crate) use shard::{Figures, Reply};

use crate::config::PushConfig;
use crate::sign_in::SessionId;
use crate::tasks::Task;
use shard::Shard;

/// All push sessions of this process.
pub(crate) struct Push {
    config: PushConfig,
    shards: Box<[Arc<Shard>]>,
    next_id: AtomicU64,
    clocks: Mutex<Vec<Task>>,
}

/// Who asks for notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) owner: Owner,
    /// The session that the reader signed in with.
    pub(crate) session: Option<SessionId>,
}

impl Push {
    /// Starts the clocks of all shards.
    pub(crate) fn start(config: PushConfig) -> Arc<Push> {
        let shards: Box<[Arc<Shard>]> =
            (0..config.shards.max(1)).map(|_| Arc::new(Shard::new(config.bayeux.clone()))).collect();
        let clocks = shards.iter().map(|shard| {
            let shard = Arc::clone(shard);
            Task::start(async move { shard.run_clock().await })
        });
        let clocks = Mutex::new(clocks.collect());
        Arc::new(Push { config, shards, next_id: AtomicU64::new(1), clocks })
    }

    /// Tells a user something, in all push sessions that subscribed to the topic. `event` is the complete
    /// message, `{"channel":…,"data":…}`.
    pub(crate) fn publish(&self, (center, user): (ContactCenterId, UserId), topic: &str, event: Bytes) {
        let owner = owner(center, user);
        let Ok(channel) = Channel::parse(topic) else {
            tracing::error!(topic, "a notification for a topic that cannot be");
            return;
        };
        self.shard(owner).handle(Input::Publish { owner, channel, event });
    }

    /// Whether a user has any push session: for others nothing need be written.
    pub(crate) fn has_sessions(&self, (center, user): (ContactCenterId, UserId)) -> bool {
        let owner = owner(center, user);
        self.shard(owner).has_sessions(owner)
    }

    /// Ends the push sessions of one session of sign-in.
    pub(crate) fn end_session(&self, (center, user): (ContactCenterId, UserId), session: SessionId) {
        let owner = owner(center, user);
        self.shard(owner).end_sessions(owner, |other| other == session);
    }

    /// Ends the push sessions of a user but for those of the given sessions of sign-in.
    pub(crate) fn end_other_sessions(
        &self,
        (center, user): (ContactCenterId, UserId),
        valid: &BTreeSet<SessionId>,
    ) {
        let owner = owner(center, user);
        let shard = self.shard(owner);
        if valid.is_empty() {
            shard.handle(Input::Disconnect { owner });
        } else {
            shard.end_sessions(owner, |session| !valid.contains(&session));
        }
    }

    /// Answers all held connects and closes all sockets; nothing is held any more.
    pub(crate) fn drain(&self) {
        for shard in &self.shards {
            shard.handle(Input::Drain);
        }
    }

    /// Stops the clocks.
    pub(crate) fn stop(&self) {
        self.clocks.lock().clear();
    }

    /// What there is at the moment.
    pub(crate) fn figures(&self) -> Figures {
        self.shards.iter().map(|shard| shard.figures()).fold(Figures::default(), |sum, one| Figures {
            sessions: sum.sessions + one.sessions,
            held: sum.held + one.held,
            sockets: sum.sockets + one.sockets,
            queued_events: sum.queued_events + one.queued_events,
            queued_bytes: sum.queued_bytes + one.queued_bytes,
        })
    }

    fn shard(&self, owner: Owner) -> &Arc<Shard> {
        // The halves of an owner are random bits already.
        let mixed = (owner.0 ^ (owner.0 >> 64)) as usize;
        &self.shards[mixed % self.shards.len()]
    }

    fn exchange_id(&self) -> ExchangeId {
        ExchangeId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    fn connection_id(&self) -> ConnectionId {
        ConnectionId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands on what a client has published to the shards that have not heard it.
    fn spread(&self, published: Vec<(Channel, Bytes)>, from: Owner) {
        let origin = self.shard(from);
        for (channel, event) in published {
            for shard in self.shards.iter().filter(|shard| !Arc::ptr_eq(shard, origin)) {
                shard.handle(Input::PublishAll { channel: channel.clone(), event: event.clone() });
            }
        }
    }
}

/// The owner that stands for a user. Both IDs are random, so their mixture is one user's alone.
pub(crate) fn owner(center: ContactCenterId, user: UserId) -> Owner {
    Owner(center.0.rotate_left(17) ^ user.0)
}
