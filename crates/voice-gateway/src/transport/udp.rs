//! Datagrams.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sip::message::Message;
use sip::{Flow, ListenerId};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::Received;
use super::admission::Sources;
use super::figures::Figures;
use crate::clock;

/// The longest datagram there can be.
const LONGEST: usize = 65_535;
/// What the system keeps for us while we are busy: some thousand messages. It may give less.
const SOCKET_BUFFER_BYTES: usize = 4 << 20;
/// Datagrams that wait until the system takes them. SIP sends what gets lost again.
pub(super) const MOST_WAITING: usize = 4_096;
/// After so many errors in a row the socket is left alone for a moment: it may need somebody's help.
const ERRORS_IN_A_ROW: u32 = 64;
const ERROR_PAUSE: Duration = Duration::from_millis(50);
/// Datagrams without content that keep a binding of a NAT alive: line ends or zeros (RFC 5626, 3.5.1, and habit).
const KEEP_ALIVE_OCTETS: &[u8] = b"\r\n\0 ";

/// A socket.
pub(super) struct Port {
    socket: Arc<UdpSocket>,
    waiting: mpsc::Sender<(SocketAddr, Bytes)>,
}

/// What waits until the system takes it.
pub(super) struct Backlog {
    socket: Arc<UdpSocket>,
    waiting: mpsc::Receiver<(SocketAddr, Bytes)>,
}

/// Opens a socket.
pub(super) fn open(address: SocketAddr) -> io::Result<(Port, Backlog)> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Whatever the system gives will do.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let socket = Arc::new(UdpSocket::from_std(socket.into())?);
    let (sender, waiting) = mpsc::channel(MOST_WAITING);
    Ok((Port { socket: Arc::clone(&socket), waiting: sender }, Backlog { socket, waiting }))
}

impl Port {
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Sends, or has it wait until the system takes it.
    pub fn send(&self, peer: SocketAddr, bytes: Bytes, figures: &Figures) {
        let sent = match self.socket.try_send_to(&bytes, peer) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.waiting.try_send((peer, bytes)).is_ok()
            }
            // What an earlier datagram met is told with this one, which was not sent.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.socket.try_send_to(&bytes, peer).is_ok()
            }
            Err(_) => false,
        };
        if sent { figures.sent.increment(1) } else { figures.unsent.increment(1) }
    }

    /// Hears everything that comes. Never ends by itself.
    pub fn listen(
        &self,
        id: ListenerId,
        mut sources: Sources,
        received: mpsc::Sender<Received>,
        figures: Arc<Figures>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let socket = Arc::clone(&self.socket);
        async move {
            let mut buffer = vec![0; LONGEST];
            let mut errors = 0;
            loop {
                match socket.recv_from(&mut buffer).await {
                    Ok((length, peer)) => {
                        errors = 0;
                        let datagram = buffer.get(..length).unwrap_or_default();
                        let message = match understood(datagram, peer, &mut sources, &figures) {
                            Ok(message) => message,
                            Err(Some(answer)) => {
                                let _ = socket.try_send_to(&answer, peer);
                                continue;
                            }
                            Err(None) => continue,
                        };
                        let flow = Flow::udp(id, peer);
                        match received.try_send(Received::Message { flow, message }) {
                            Ok(()) => figures.received.increment(1),
                            // It comes again.
                            Err(mpsc::error::TrySendError::Full(_)) => figures.overload.increment(1),
                            Err(mpsc::error::TrySendError::Closed(_)) => return,
                        }
                    }
                    // Most often a phone is gone that something was sent to. Nothing of that ends listening.
                    Err(error) => {
                        figures.socket_errors.increment(1);
                        errors += 1;
                        if errors % ERRORS_IN_A_ROW == 0 {
                            tracing::warn!(listener = id.0, %error, "a SIP socket gives nothing but errors");
                            clock::wait_until(Some(clock::now() + ERROR_PAUSE)).await;
                        }
                    }
                }
            }
        }
    }
}

impl Backlog {
    /// Sends what waits.
    pub async fn send_all(mut self, figures: Arc<Figures>) {
        while let Some((peer, bytes)) = self.waiting.recv().await {
            if self.socket.send_to(&bytes, peer).await.is_err() {
                figures.unsent.increment(1);
            }
        }
    }
}

/// The message in a datagram, if there is one and it may come; else the answer that it deserves nevertheless.
fn understood(
    datagram: &[u8],
    peer: SocketAddr,
    sources: &mut Sources,
    figures: &Figures,
) -> Result<Message, Option<Bytes>> {
    if datagram.iter().all(|octet| KEEP_ALIVE_OCTETS.contains(octet)) {
        figures.keep_alives.increment(1);
        return Err(None);
    }
    if !sources.admit(peer.ip(), clock::now()) {
        figures.too_many.increment(1);
        return Err(None);
    }
    Message::parse(datagram).map_err(|malformed| {
        figures.malformed.increment(1);
        malformed.answer.map(|it| it.to_bytes())
    })
}
