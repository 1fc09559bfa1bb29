//! The push service alone, as a generic Bayeux server: everyone is the same anonymous owner, and clients may
//! publish. For benches that compare it with other Bayeux servers; never for contact centers.

use std::future::pending;
use std::io;

use bayeux::{Owner, PublishPolicy};
use tokio::net::TcpListener;

use super::{Push, Reader};
use crate::config::{ConnectionLimits, PushConfig};
use crate::listener::{Front, Listener};

/// A Bayeux server without users, below `/api/v2/notifications` and `/genesys/cometd`.
pub struct PushServer {
    listener: Listener,
}

/// Who everyone is.
pub(crate) const ANYONE: Reader = Reader { owner: Owner(0), session: None };

impl PushServer {
    /// A server with these settings, but that clients may publish and browsers have no limit. To be called in
    /// a runtime.
    #[must_use]
    pub fn new(mut config: PushConfig) -> PushServer {
        config.shards = 1;
        config.bayeux.publish = PublishPolicy::Allowed;
        config.bayeux.max_sessions_per_browser = None;
        config.bayeux.max_sessions_per_owner = config.bayeux.max_sessions;
        let limits = ConnectionLimits {
            max_connections: usize::MAX,
            max_connections_per_address: usize::MAX,
            ..ConnectionLimits::default()
        };
        PushServer { listener: Listener::new(limits, Front::PushAlone(Push::start(config)), None) }
    }

    /// Serves until dropped.
    ///
    /// # Errors
    /// Of the listening socket.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        self.listener.serve(listener, pending()).await
    }
}
