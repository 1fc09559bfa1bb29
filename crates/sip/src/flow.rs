//! Where a message came from, and where one goes.

use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// One message in each datagram; may be lost, repeated, and overtaken.
    Udp,
    /// A stream in the clear.
    Tcp,
    /// A stream under TLS.
    Tls,
}

impl Transport {
    /// Whether what was handed over arrives, or its loss is told; such transports need no retransmission.
    #[must_use]
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// As the top Via header says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// As the parameter `transport` of a URI says it; TLS has no word of its own there (RFC 3261, 26.2.2).
    #[must_use]
    pub fn in_uri(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The transport that a Via header or a URI names, in any case.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls].into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word))
    }

    /// The port that is meant where none is named (RFC 3261, 18.1.1).
    #[must_use]
    pub fn default_port(self) -> u16 {
        if self == Self::Tls { 5061 } else { 5060 }
    }
}

/// Which of our listening sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ListenerId(pub u16);

/// Which connection of TCP or TLS; never used twice while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConnectionId(pub u64);

/// One way to a peer: the same in both directions, so that an answer takes the way of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// What carries the messages.
    pub transport: Transport,
    /// The socket on our side.
    pub local: ListenerId,
    /// The address on the far side, as the socket saw it.
    pub peer: SocketAddr,
    /// The connection, once there is one. Without it, a stream is opened to `peer`.
    pub connection: Option<ConnectionId>,
}

impl Flow {
    /// A flow of datagrams.
    #[must_use]
    pub fn udp(local: ListenerId, peer: SocketAddr) -> Self {
        Self { transport: Transport::Udp, local, peer, connection: None }
    }
}
