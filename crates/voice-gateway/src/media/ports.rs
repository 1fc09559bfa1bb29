//! RTP ports: even ones from a configured range, the odd one above for RTCP (RFC 3550 section 11).
//!
//! What always holds: a pair of ports belongs to one leg or waits in the pool, never both and never neither. A pair
//! that was given back rests for [`REST`], so that a phone which was not told yet does not speak into another call.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use socket2::{Domain, Protocol, Socket, Type};

use super::clock::Clock;

/// How long a pair of ports rests before another leg gets it.
pub const REST: Duration = Duration::from_secs(5);
/// How many pairs that somebody else holds are tried for one leg.
const MOST_TRIES: usize = 8;
/// What a socket may hold of packets that were not taken yet: about a second of one voice, so that a flood costs little.
const RECEIVE_BUFFER_BYTES: usize = 32 * 1024;
/// What a socket may hold of packets that the network has not taken yet.
const SEND_BUFFER_BYTES: usize = 32 * 1024;

/// Which internet protocol a leg speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IpVersion {
    /// 32-bit addresses.
    V4,
    /// 128-bit addresses.
    V6,
}

impl IpVersion {
    /// The version of an address.
    pub fn of(address: IpAddr) -> IpVersion {
        if address.is_ipv4() { IpVersion::V4 } else { IpVersion::V6 }
    }
}

/// An address on which legs receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaAddress {
    /// Where sockets are bound.
    pub bind: IpAddr,
    /// What phones are told, if a translator of addresses stands between.
    pub announced: Option<IpAddr>,
}

/// The ports of a leg, as phones are to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalPorts {
    /// The announced address.
    pub address: IpAddr,
    /// Where RTP is received; even.
    pub rtp: u16,
    /// Where RTCP is received: one above.
    pub rtcp: u16,
}

/// Why a leg gets no ports.
#[derive(Debug, thiserror::Error)]
pub enum NoPort {
    /// Each pair belongs to a leg, or rests.
    #[error("all RTP ports are in use or were until a moment ago")]
    Exhausted,
    /// There is no address of this version in the configuration.
    #[error("no media address speaks {0:?}")]
    NoAddress(IpVersion),
    /// Somebody else holds the ports that were tried, or the system has no sockets left.
    #[error("an RTP port could not be opened")]
    Socket(#[source] std::io::Error),
}

/// What is wrong with a range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("RTP ports {first} to {last}: an even port and the one above it are the least")]
pub struct BadRange {
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

/// Pairs of ports on one address, without their sockets.
#[derive(Debug)]
pub(super) struct PortPool {
    /// Those that rest, and those that may be had again; the longest unused first.
    waiting: VecDeque<(u16, Duration)>,
    pairs: usize,
}

impl PortPool {
    /// All pairs of a range; both ends belong to it.
    pub fn new(first: u16, last: u16) -> Result<PortPool, BadRange> {
        let even = if first.is_multiple_of(2) { Some(first) } else { first.checked_add(1) };
        let even = even.filter(|port| *port > 0 && *port < last).ok_or(BadRange { first, last })?;
        let waiting: VecDeque<_> = (even..last).step_by(2).map(|port| (port, Duration::ZERO)).collect();
        let pairs = waiting.len();
        Ok(PortPool { waiting, pairs })
    }

    /// The even port of the pair that has rested longest.
    pub fn take(&mut self, now: Duration) -> Option<u16> {
        let (port, _) = self.waiting.pop_front_if(|(_, from)| *from <= now)?;
        Some(port)
    }

    /// A pair comes back.
    pub fn give_back(&mut self, port: u16, now: Duration) {
        debug_assert!(self.waiting.len() < self.pairs, "a pair comes back once");
        self.waiting.push_back((port, now + REST));
    }

    /// How many pairs belong to legs.
    pub fn in_use(&self) -> usize {
        self.pairs - self.waiting.len()
    }
}

/// The ports of all addresses.
#[derive(Debug)]
pub(super) struct Ports {
    clock: Clock,
    addresses: Vec<(MediaAddress, Arc<Mutex<PortPool>>)>,
}

impl Ports {
    /// The same range on every address.
    pub fn new(
        addresses: &[MediaAddress],
        (first, last): (u16, u16),
        clock: Clock,
    ) -> Result<Ports, BadRange> {
        let mut all = Vec::new();
        for address in addresses {
            all.push((*address, Arc::new(Mutex::new(PortPool::new(first, last)?))));
        }
        Ok(Ports { clock, addresses: all })
    }

    /// A pair with its sockets. The addresses of a version are used evenly.
    pub fn open(&self, version: IpVersion) -> Result<PortPair, NoPort> {
        let mut fitting: Vec<_> =
            self.addresses.iter().filter(|(it, _)| IpVersion::of(it.bind) == version).collect();
        fitting.sort_by_key(|(_, pool)| pool.lock().in_use());
        let mut failure = None;
        for (address, pool) in &fitting {
            for _ in 0..MOST_TRIES {
                let Some(port) = pool.lock().take(self.clock.now()) else { break };
                let lease = Lease { pool: Arc::clone(pool), port, clock: self.clock };
                match bind_pair(address.bind, port) {
                    Ok((rtp, rtcp)) => {
                        let address = address.announced.unwrap_or(address.bind);
                        let local = LocalPorts { address, rtp: port, rtcp: port + 1 };
                        return Ok(PortPair { rtp, rtcp, local, lease });
                    }
                    Err(error) => failure = Some(error),
                }
            }
        }
        match failure {
            Some(error) => Err(NoPort::Socket(error)),
            None if fitting.is_empty() => Err(NoPort::NoAddress(version)),
            None => Err(NoPort::Exhausted),
        }
    }

    /// How many pairs belong to legs.
    pub fn in_use(&self) -> usize {
        self.addresses.iter().map(|(_, pool)| pool.lock().in_use()).sum()
    }
}

/// Two bound sockets and their place in the pool.
#[derive(Debug)]
pub(super) struct PortPair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub local: LocalPorts,
    // Dropped last: a pair comes back when its sockets are closed.
    pub lease: Lease,
}

/// A pair that belongs to a leg; dropped, it comes back, however the leg ended.
#[derive(Debug)]
pub(super) struct Lease {
    pool: Arc<Mutex<PortPool>>,
    port: u16,
    clock: Clock,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.lock().give_back(self.port, self.clock.now());
    }
}

fn bind_pair(address: IpAddr, port: u16) -> std::io::Result<(UdpSocket, UdpSocket)> {
    Ok((bind(SocketAddr::new(address, port))?, bind(SocketAddr::new(address, port + 1))?))
}

/// A socket that shares its port with nobody.
fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    const V4: MediaAddress = MediaAddress { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), announced: None };
    const V6: MediaAddress = MediaAddress { bind: IpAddr::V6(Ipv6Addr::LOCALHOST), announced: None };

    fn ports(addresses: &[MediaAddress], first: u16, last: u16) -> Ports {
        Ports::new(addresses, (first, last), Clock::start()).unwrap()
    }

    #[test]
    fn a_range_has_an_even_port_and_the_one_above() {
        assert_eq!(PortPool::new(10_001, 10_002).unwrap_err(), BadRange { first: 10_001, last: 10_002 });
        assert!(PortPool::new(65_535, 65_535).is_err());
        assert!(PortPool::new(0, 1).is_err());
        assert_eq!(PortPool::new(10_001, 10_003).unwrap().take(Duration::ZERO), Some(10_002));
        assert_eq!(PortPool::new(65_534, 65_535).unwrap().take(Duration::ZERO), Some(65_534));
    }

    #[test]
    fn a_pair_rests_before_it_is_used_again() {
        let mut pool = PortPool::new(10_000, 10_003).unwrap();
        assert_eq!(pool.take(Duration::ZERO), Some(10_000));
        pool.give_back(10_000, Duration::from_secs(1));
        assert_eq!(pool.take(Duration::from_secs(1)), Some(10_002));
        assert_eq!(pool.take(Duration::from_secs(1)), None);
        assert_eq!(pool.take(Duration::from_secs(1) + REST), Some(10_000));
    }

    #[test]
    fn both_versions_of_the_internet_protocol_are_spoken() {
        let ports = ports(&[V4, V6], 21_000, 21_003);
        let four = ports.open(IpVersion::V4).unwrap();
        let six = ports.open(IpVersion::V6).unwrap();
        assert_eq!(four.local.address, V4.bind);
        assert_eq!(six.local.address, V6.bind);
        assert_eq!(six.rtp.local_addr().unwrap(), SocketAddr::new(V6.bind, six.local.rtp));
        assert_eq!(six.rtcp.local_addr().unwrap(), SocketAddr::new(V6.bind, six.local.rtp + 1));
    }

    #[test]
    fn phones_are_told_the_announced_address() {
        let announced = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        let ports = ports(&[MediaAddress { announced: Some(announced), ..V4 }], 21_010, 21_011);
        assert_eq!(ports.open(IpVersion::V4).unwrap().local.address, announced);
    }

    #[test]
    fn without_an_address_of_the_version_there_are_no_ports() {
        let ports = ports(&[V4], 21_020, 21_021);
        assert!(matches!(ports.open(IpVersion::V6), Err(NoPort::NoAddress(IpVersion::V6))));
    }

    #[test]
    fn an_empty_pool_says_so() {
        let ports = ports(&[V4], 21_030, 21_033);
        let held = [ports.open(IpVersion::V4).unwrap(), ports.open(IpVersion::V4).unwrap()];
        assert!(matches!(ports.open(IpVersion::V4), Err(NoPort::Exhausted)));
        drop(held);
        assert_eq!(ports.in_use(), 0);
    }

    #[test]
    fn ports_that_somebody_else_holds_are_passed_over() {
        let ports = ports(&[V4], 21_040, 21_043);
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 21_041)).unwrap();
        assert_eq!(ports.open(IpVersion::V4).unwrap().local.rtp, 21_042);
        drop(stranger);
        assert_eq!(ports.in_use(), 0);
    }

    #[test]
    fn when_all_ports_are_held_by_others_the_systems_word_is_told() {
        let ports = ports(&[V4], 21_050, 21_051);
        let _stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 21_050)).unwrap();
        assert!(matches!(ports.open(IpVersion::V4), Err(NoPort::Socket(_))));
        assert_eq!(ports.in_use(), 0);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Open,
        Close(usize),
        /// The sockets could not be bound, or the leg's thread died.
        Fault,
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Open),
            3 => (0usize..64).prop_map(Step::Close),
            1 => Just(Step::Fault),
            1 => (0u64..8_000).prop_map(Step::Wait),
        ];
        proptest::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn no_pair_is_lost_or_had_twice(steps in steps(), pairs in 1u16..12) {
            let mut pool = PortPool::new(10_000, 10_000 + 2 * pairs - 1).unwrap();
            let mut now = Duration::ZERO;
            let mut held: Vec<u16> = Vec::new();
            let mut rested: Vec<(u16, Duration)> = Vec::new();
            for step in steps {
                match step {
                    Step::Open => {
                        if let Some(port) = pool.take(now) {
                            prop_assert!(port % 2 == 0 && !held.contains(&port));
                            let since = rested.iter().rev().find(|(it, _)| *it == port);
                            prop_assert!(since.is_none_or(|(_, at)| now >= *at + REST));
                            held.push(port);
                        }
                    }
                    Step::Close(which) if !held.is_empty() => {
                        let port = held.swap_remove(which % held.len());
                        rested.push((port, now));
                        pool.give_back(port, now);
                    }
                    Step::Close(_) => {}
                    Step::Fault => {
                        if let Some(port) = pool.take(now) {
                            rested.push((port, now));
                            pool.give_back(port, now);
                        }
                    }
                    Step::Wait(ms) => now += Duration::from_millis(ms),
                }
                prop_assert_eq!(pool.in_use(), held.len());
            }
            for port in held {
                pool.give_back(port, now);
            }
            let again: Vec<_> = std::iter::from_fn(|| pool.take(now + REST)).collect();
            prop_assert_eq!(again.len(), usize::from(pairs));
        }
    }
}
