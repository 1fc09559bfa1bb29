//! Calls as SIP sees them: how many are set up in a second, what each costs, and how much memory a call takes that
//! stands. `sipp` plays the telephones; Kamailio relays the same calls in turn.
//!
//! Servers get one core, every `sipp` the other. A rate counts if no call failed and next to nothing was said twice, by
//! the counters of every `sipp`.

mod kamailio;
mod measure;
pub mod options;
mod ours;
pub mod rounds;
mod search;
mod sipp;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use crate::error::LoadError;

/// Where servers listen.
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Where calls come from.
const CALLERS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Where calls go that leave the server again.
const CALLED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

/// A port for SIP that is free now.
fn free_port(address: IpAddr) -> Result<SocketAddr, LoadError> {
    Ok(UdpSocket::bind((address, 0))?.local_addr()?)
}
