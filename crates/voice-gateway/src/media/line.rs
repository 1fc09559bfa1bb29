//! The sockets of a leg.

use std::io;
use std::net::SocketAddr;

use contact_center::LegId;
use media::bridge::{Identity, LegKey};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

use super::ports::{Lease, PortPair};

/// A leg's sockets, and its names.
#[derive(Debug)]
pub(super) struct Line {
    pub key: LegKey,
    pub id: LegId,
    pub identity: Identity,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    // Dropped last: the ports come back when the sockets are closed.
    _lease: Lease,
}

/// Which of a leg's two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Rtp,
    Rtcp,
}

impl Line {
    /// A leg of these ports.
    pub fn new(key: LegKey, id: LegId, identity: Identity, pair: PortPair) -> Line {
        let PortPair { rtp, rtcp, lease, .. } = pair;
        Line {
            key,
            id,
            identity,
            rtp: UdpSocket::from_std(rtp),
            rtcp: UdpSocket::from_std(rtcp),
            _lease: lease,
        }
    }

    /// Has the sockets wake a thread under the number of the line's slot.
    pub fn register(&mut self, registry: &Registry, slot: usize) -> io::Result<()> {
        registry.register(&mut self.rtp, token(slot, Port::Rtp), Interest::READABLE)?;
        registry.register(&mut self.rtcp, token(slot, Port::Rtcp), Interest::READABLE)
    }

    /// Takes the sockets from a thread; another one will watch them. What has come meanwhile waits in the sockets.
    pub fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut self.rtp)?;
        registry.deregister(&mut self.rtcp)
    }

    /// Takes a datagram.
    pub fn receive(&self, port: Port, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket(port).recv_from(buffer)
    }

    /// Sends a datagram.
    pub fn send(&self, port: Port, to: SocketAddr, datagram: &[u8]) -> io::Result<usize> {
        self.socket(port).send_to(datagram, to)
    }

    fn socket(&self, port: Port) -> &UdpSocket {
        match port {
            Port::Rtp => &self.rtp,
            Port::Rtcp => &self.rtcp,
        }
    }
}

/// What the system calls a socket when it wakes a thread.
fn token(slot: usize, port: Port) -> Token {
    Token(slot << 1 | usize::from(port == Port::Rtcp))
}

/// Which socket the system means.
pub(super) fn slot_of(token: Token) -> (usize, Port) {
    (token.0 >> 1, if token.0 & 1 == 0 { Port::Rtp } else { Port::Rtcp })
}
