//! The socket: connections are accepted, counted, encrypted where configured, and served by HTTP.

mod bodies;
mod handover;
mod http1;
mod http2;
mod places;
mod reply;
mod stream;
mod tls;

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub(crate) use bodies::{Bodies, Most, Unread};
pub use tls::TlsError;
pub(crate) use tls::tls_acceptor;

use crate::App;
use crate::config::ConnectionLimits;
use crate::push::Push;
use places::{Place, Places};
use reply::Dates;
use stream::Stream;

/// What connections are for.
pub(crate) enum Front {
    /// Everything.
    Whole {
        /// The server.
        app: Arc<App>,
        /// The REST API and pages.
        router: Router,
    },
    /// Notifications for everyone, without sign-in.
    PushAlone(Arc<Push>),
}

/// Serves connections.
pub(crate) struct Listener {
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
}

/// What all connections share.
struct Shared {
    front: Front,
    limits: ConnectionLimits,
    bodies: Bodies,
    dates: Dates,
    places: Places,
}

/// Pause after a failed accept: the system is short of something that time alone gives back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Listener {
    pub(crate) fn new(limits: ConnectionLimits, front: Front, tls: Option<TlsAcceptor>) -> Listener {
        let shared = Shared {
            front,
            bodies: Bodies::new(&limits),
            dates: Dates::default(),
            places: Places::new(limits.max_connections, limits.max_connections_per_address),
            limits,
        };
        Listener { shared: Arc::new(shared), tls }
    }

    /// Accepts connections until `drained`, then waits for those that are at work.
    pub(crate) async fn serve(
        &self,
        listener: TcpListener,
        drained: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let mut connections = JoinSet::new();
        let mut drained = std::pin::pin!(drained);
        loop {
            tokio::select! {
                biased;
                () = &mut drained => break,
                // Before new ones come, so that in a flood of short connections ended ones do not pile up.
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.begin(&mut connections, stream, peer.ip()),
                    Err(error) if is_about_connection(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "no connection can be accepted");
                        let _ = timeout(ACCEPT_PAUSE, std::future::pending::<()>()).await;
                    }
                },
            }
        }
        drop(listener);
        self.shared.places.close();
        let at_work = self.shared.places.wait_until_idle();
        if timeout(self.shared.limits.shutdown_timeout, at_work).await.is_err() {
            tracing::warn!(at_work = self.shared.places.at_work(), "connections were cut off");
        }
        connections.shutdown().await;
        Ok(())
    }

    fn begin(&self, connections: &mut JoinSet<()>, stream: TcpStream, peer: IpAddr) {
        let Some(place) = self.shared.places.take(peer) else {
            // Closed without a word: to answer would cost more than to serve.
            metrics::counter!("souffleur_connections_refused_total").increment(1);
            return;
        };
        // Notifications are small and must not wait for more (Nagle's algorithm).
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&self.shared);
        match self.tls.clone() {
            None => {
                let stream = Stream::Plain(stream);
                connections.spawn(async move { http1::serve(&shared, stream, place).await })
            }
            Some(tls) => {
                connections.spawn(async move { serve_encrypted(&shared, &tls, stream, place).await })
            }
        };
    }
}

async fn serve_encrypted(shared: &Arc<Shared>, tls: &TlsAcceptor, stream: TcpStream, place: Place) {
    let handshake = Box::pin(tls.accept(stream));
    let Ok(Ok(stream)) = timeout(shared.limits.tls_timeout, handshake).await else { return };
    let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let stream = Stream::Encrypted(Box::new(stream));
    if speaks_http2 {
        Box::pin(http2::serve(shared, stream, place)).await;
    } else {
        Box::pin(http1::serve(shared, stream, place)).await;
    }
}

/// Whether an accept failed because of the connection that was to be accepted.
fn is_about_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
