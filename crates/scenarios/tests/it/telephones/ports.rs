//! A block of ports on 127.0.0.1 that belongs to one test: telephones and server take theirs from it, and the
//! capture listens to all of it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::Mutex;

/// Ports of one block.
const BLOCK: u16 = 256;
/// The first block; all lie below the ports that the system gives out by itself.
const FIRST: u16 = 10_240;
const BLOCKS: u16 = 80;
/// Within a block: SIP in clear, whatever is not SIP, and media.
const SIGNALING: Range<u16> = 1..32;
const OTHER: Range<u16> = 32..64;
const MEDIA: Range<u16> = 64..BLOCK;

/// A test's ports. Whoever else runs these tests at the same time takes others.
pub struct Ports {
    base: u16,
    taken: Mutex<Taken>,
    /// Nobody else can listen here as long as we do.
    _claim: TcpListener,
}

struct Taken {
    signaling: u16,
    other: u16,
    media: u16,
}

impl Ports {
    pub fn claim() -> Ports {
        let start =
            u16::try_from(std::process::id() % u32::from(BLOCKS)).expect("below the number of blocks");
        for step in 0..BLOCKS {
            let base = FIRST + (start + step) % BLOCKS * BLOCK;
            if let Some(claim) = claim_block(base) {
                let taken = Taken { signaling: SIGNALING.start, other: OTHER.start, media: MEDIA.start };
                return Ports { base, taken: Mutex::new(taken), _claim: claim };
            }
        }
        panic!("no free block of {BLOCK} ports between {FIRST} and {}", FIRST + BLOCKS * BLOCK);
    }

    /// The first of so many ports for SIP in clear.
    pub fn signaling(&self, count: u16) -> u16 {
        let mut taken = self.taken.lock().expect("no test panics here");
        self.base + take(&mut taken.signaling, count, &SIGNALING)
    }

    /// The first of so many ports for TLS, or for anything that is not SIP.
    pub fn other(&self, count: u16) -> u16 {
        let mut taken = self.taken.lock().expect("no test panics here");
        self.base + take(&mut taken.other, count, &OTHER)
    }

    /// The first of so many ports for media; it is even.
    pub fn media(&self, count: u16) -> u16 {
        let mut taken = self.taken.lock().expect("no test panics here");
        self.base + take(&mut taken.media, count.next_multiple_of(2), &MEDIA)
    }

    /// First and last port.
    pub fn all(&self) -> (u16, u16) {
        (self.base, self.base + BLOCK - 1)
    }

    /// First and last port for SIP in clear.
    pub fn all_signaling(&self) -> (u16, u16) {
        (self.base + SIGNALING.start, self.base + SIGNALING.end - 1)
    }
}

fn take(next: &mut u16, count: u16, range: &Range<u16>) -> u16 {
    let first = *next;
    *next += count;
    assert!(*next <= range.end, "the block has no more ports for this");
    first
}

fn claim_block(base: u16) -> Option<TcpListener> {
    let claim = TcpListener::bind((Ipv4Addr::LOCALHOST, base)).ok()?;
    let free = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    (base..base + BLOCK).all(free).then_some(claim)
}

/// An address of this machine that only it can reach.
pub fn here(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
