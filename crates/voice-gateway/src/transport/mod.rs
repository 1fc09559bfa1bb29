//! The network side of SIP: sockets that listen, connections, and what is borne of whom.
//!
//! What always holds: every queue and every wait has a limit; sending never waits; what one peer does to its connection
//! or its share of the messages, no other peer notices. Messages come in over one queue, parsed; what they mean is not
//! known here.

mod admission;
mod config;
mod connections;
mod figures;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod udp;

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::message::Message;
use sip::{ConnectionId, Flow, ListenerId, Transport};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

pub use config::{Certificate, Config, Limits, Listener, MOST_LISTENERS};
pub use tls::TlsError;
pub(crate) use tls::{Encryption, encryption};

use admission::{Source, Sources, Trusted};
use connections::{Connections, Inbox, Place};
use figures::Figures;
use stream::{Line, carry, within};

use crate::clock;
use crate::tasks::Task;

/// Messages that wait for whoever works on them. Datagrams beyond are dropped, connections read no further.
const MOST_RECEIVED: usize = 4_096;
/// How long accepting is given a rest after an error: most often there are no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why there are no sockets.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An address cannot be listened on.
    #[error("{} {address}", .transport.as_str())]
    Address {
        /// What was to be spoken there.
        transport: Transport,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// TLS is to be spoken, and there is no certificate for it.
    #[error("TLS {0}: there is no certificate for it")]
    NoCertificate(SocketAddr),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What comes from the network.
#[derive(Debug)]
pub(crate) enum Received {
    /// A message.
    Message {
        /// The way it came.
        flow: Flow,
        /// What it says.
        message: Message,
    },
    /// A connection has ended, or could not be made. What was sent over it may not have arrived.
    Lost(Flow),
}

/// All sockets of SIP. Dropped, they are closed.
pub(crate) struct Transports {
    listeners: Vec<Local>,
    connections: Arc<Connections>,
    received: mpsc::Receiver<Received>,
    shared: Shared,
    /// A flow that could not even be tried.
    impossible: Vec<Flow>,
    _tasks: Vec<Task>,
}

/// A listening socket.
struct Local {
    transport: Transport,
    address: SocketAddr,
    port: Option<udp::Port>,
}

/// What every connection needs.
#[derive(Clone)]
struct Shared {
    to: mpsc::Sender<Received>,
    limits: Limits,
    trusted: Arc<Trusted>,
    figures: Arc<Figures>,
}

impl Transports {
    /// Opens the sockets. To be called in a runtime.
    ///
    /// # Errors
    /// Which of them cannot be opened, and why.
    pub async fn open(config: &Config) -> Result<Transports, OpenError> {
        let figures = Arc::new(Figures::new());
        let connections = Arc::new(Connections::new(config.limits.clone(), Arc::clone(&figures)));
        let (to, received) = mpsc::channel(MOST_RECEIVED);
        let trusted = Arc::new(Trusted::default());
        trusted.set(config.trusted.iter().copied());
        let shared = Shared { to, limits: config.limits.clone(), trusted, figures };
        let acceptor = config.certificate.as_ref().map(tls::acceptor).transpose()?;
        let mut listeners = Vec::new();
        let mut tasks = Vec::new();
        for (place, listener) in config.listeners.iter().enumerate() {
            let id = ListenerId(u16::try_from(place).unwrap_or(u16::MAX));
            let local = match listener.transport {
                Transport::Udp => listen_for_datagrams(id, listener, &shared, &mut tasks),
                Transport::Tcp => {
                    listen_for_connections(id, listener, None, &connections, &shared, &mut tasks).await
                }
                Transport::Tls => {
                    let acceptor = acceptor.clone().ok_or(OpenError::NoCertificate(listener.address))?;
                    let acceptor = Some(acceptor);
                    listen_for_connections(id, listener, acceptor, &connections, &shared, &mut tasks).await
                }
            };
            let no_address = |cause| OpenError::Address {
                transport: listener.transport,
                address: listener.address,
                cause,
            };
            listeners.push(local.map_err(no_address)?);
        }
        Ok(Transports { listeners, connections, received, shared, impossible: Vec::new(), _tasks: tasks })
    }

    /// What is spoken where, in the order of the configuration; ports that were left open are chosen.
    pub fn addresses(&self) -> Vec<Listener> {
        let listener = |it: &Local| Listener { transport: it.transport, address: it.address };
        self.listeners.iter().map(listener).collect()
    }

    /// What comes next. Nothing is lost if it is no longer waited for.
    pub async fn receive(&mut self) -> Received {
        loop {
            if let Some(flow) = self.impossible.pop().or_else(|| self.connections.take_lost()) {
                return Received::Lost(flow);
            }
            tokio::select! {
                // This object has a sender of its own: the queue never ends.
                Some(received) = self.received.recv() => return received,
                () = self.connections.news.notified() => {}
            }
        }
    }

    /// What has come already.
    pub fn receive_at_once(&mut self) -> Option<Received> {
        let lost = self.impossible.pop().or_else(|| self.connections.take_lost());
        lost.map(Received::Lost).or_else(|| self.received.try_recv().ok())
    }

    /// Has bytes sent, without waiting. If the way is gone, [`Transports::receive`] says so.
    pub fn send(&mut self, flow: &Flow, bytes: Bytes) {
        if flow.transport == Transport::Udp {
            let port = self.listeners.get(usize::from(flow.local.0)).and_then(|it| it.port.as_ref());
            match port {
                Some(port) => port.send(flow.peer, bytes, &self.shared.figures),
                None => self.shared.figures.unsent.increment(1),
            }
            return;
        }
        let way = match flow.connection {
            Some(_) => Some(*flow),
            None => self.connect(flow.transport, flow.local, flow.peer, None),
        };
        let sent = way.and_then(|it| it.connection).map(|id| self.connections.send(id, bytes));
        if !matches!(sent, Some(Ok(()))) {
            self.shared.figures.unsent.increment(1);
            self.impossible.push(*flow);
        }
    }

    /// The connection that we made to a peer, else a new one, which is being made when this returns. TLS needs to know
    /// whose certificate is expected. Nothing if there is no room for one more.
    pub fn connect(
        &mut self,
        transport: Transport,
        local: ListenerId,
        peer: SocketAddr,
        encryption: Option<Encryption>,
    ) -> Option<Flow> {
        if let Some(connection) = self.connections.made(transport, peer) {
            return Some(Flow { transport, local, peer, connection: Some(connection) });
        }
        if transport == Transport::Tls && encryption.is_none() {
            return None;
        }
        let (place, inbox) = self.connections.enter(transport, local, peer, true)?;
        let (flow, id) = (place.flow, place.id);
        let line = self.shared.line(place, inbox, true, clock::now());
        let until = line.began + self.shared.limits.connect_timeout;
        let work = Task::start(async move {
            let Some(stream) = within(until, TcpStream::connect(peer)).await else {
                return line.place.end("not_connected");
            };
            line.figures.opened.increment(1);
            let _ = stream.set_nodelay(true);
            let Some(Encryption { connector, name }) = encryption else { return carry(stream, line).await };
            match within(until, connector.connect(name, stream)).await {
                Some(stream) => carry(stream, line).await,
                None => line.place.end("not_encrypted"),
            }
        });
        self.connections.own(id, work);
        Some(flow)
    }

    /// Names the sources of which much may come anew: connections that stand already keep what they were given.
    pub fn trust(&self, sources: &BTreeSet<IpAddr>) {
        self.shared.trusted.set(sources.iter().copied());
    }

    /// Lets a connection stand in silence for longer: somebody who is known speaks there.
    pub fn keep(&self, connection: ConnectionId) {
        self.connections.keep(connection);
    }
}

impl Drop for Transports {
    fn drop(&mut self) {
        self.connections.close_all();
    }
}

impl Shared {
    fn line(&self, place: Place, inbox: Inbox, is_made: bool, began: Instant) -> Line {
        Line {
            inbox,
            received: self.to.clone(),
            limits: self.limits.clone(),
            is_trusted: is_made || self.trusted.contains(Source::of(place.flow.peer.ip())),
            is_made,
            began,
            figures: Arc::clone(&self.figures),
            place,
        }
    }
}

fn listen_for_datagrams(
    id: ListenerId,
    listener: &Listener,
    shared: &Shared,
    tasks: &mut Vec<Task>,
) -> io::Result<Local> {
    let (port, backlog) = udp::open(listener.address)?;
    let address = port.address()?;
    let sources = Sources::new(&shared.limits, Arc::clone(&shared.trusted), clock::now());
    let figures = Arc::clone(&shared.figures);
    tasks.push(Task::start(port.listen(id, sources, shared.to.clone(), Arc::clone(&figures))));
    tasks.push(Task::start(backlog.send_all(figures)));
    Ok(Local { transport: listener.transport, address, port: Some(port) })
}

async fn listen_for_connections(
    id: ListenerId,
    listener: &Listener,
    acceptor: Option<TlsAcceptor>,
    connections: &Arc<Connections>,
    shared: &Shared,
    tasks: &mut Vec<Task>,
) -> io::Result<Local> {
    let socket = TcpListener::bind(listener.address).await?;
    let address = socket.local_addr()?;
    let (connections, shared, transport) = (Arc::clone(connections), shared.clone(), listener.transport);
    tasks.push(Task::start(async move {
        loop {
            let (stream, peer) = match socket.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    shared.figures.socket_errors.increment(1);
                    tracing::warn!(listener = id.0, %error, "a connection could not be accepted");
                    clock::wait_until(Some(clock::now() + ACCEPT_PAUSE)).await;
                    continue;
                }
            };
            let Some((place, inbox)) = connections.enter(transport, id, peer, false) else { continue };
            shared.figures.accepted.increment(1);
            // Messages are small; each would wait for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            let (place_id, line) = (place.id, shared.line(place, inbox, false, clock::now()));
            connections.own(place_id, Task::start(welcome(stream, acceptor.clone(), line)));
        }
    }));
    Ok(Local { transport, address, port: None })
}

/// A connection that somebody made.
async fn welcome(stream: TcpStream, acceptor: Option<TlsAcceptor>, line: Line) {
    let Some(acceptor) = acceptor else { return carry(stream, line).await };
    let until = line.began + line.limits.first_message_timeout;
    match within(until, acceptor.accept(stream)).await {
        Some(stream) => carry(stream, line).await,
        None => line.place.end("not_encrypted"),
    }
}
