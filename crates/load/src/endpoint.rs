//! Where sessions connect to, and how.

use std::net::SocketAddr;

/// How events reach the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Transport {
    LongPolling,
    Websocket,
}

impl Transport {
    /// The name that the Bayeux protocol gives it.
    pub fn name(self) -> &'static str {
        match self {
            Transport::LongPolling => "long-polling",
            Transport::Websocket => "websocket",
        }
    }
}

/// Where sessions connect to, and how.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub address: SocketAddr,
    pub path: String,
    pub transport: Transport,
}

impl Endpoint {
    /// The value of the `Host` header.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}
