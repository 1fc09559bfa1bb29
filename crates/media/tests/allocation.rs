//! A packet's way through a bridge allocates nothing, whether it is relayed, mixed, transcoded, lost or concealed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use media::bridge::{Bridge, Ear, Event, Identity, Latching, LegConfig, LegKey, SILENT_AFTER, Sink};
use media::codec::Codec;
use media::rtp::Packet;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counted for each thread.
struct Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written otherwise; this one only counts")]
// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts what comes out.
#[derive(Default)]
struct Count {
    sent: u64,
    tracks: u64,
}

impl Sink for Count {
    fn send(&mut self, _leg: LegKey, _to: SocketAddr, _datagram: &[u8]) {
        self.sent += 1;
    }
    fn send_control(&mut self, _leg: LegKey, _to: SocketAddr, _datagram: &[u8]) {}
    fn event(&mut self, _event: Event) {}
    fn track(&mut self, _leg: LegKey, _samples: &[i16], _rate_hz: u32, _spoken_at: Duration) {
        self.tracks += 1;
    }
}

const CODECS: [Codec; 4] = [Codec::Pcmu, Codec::Pcmu, Codec::Pcma, Codec::G722];

fn address(party: usize) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4_000 + party as u16)
}

fn config(party: usize) -> LegConfig {
    LegConfig {
        codec: CODECS[party],
        payload_type: CODECS[party].static_payload_type().unwrap_or_default(),
        dtmf: None,
        remote: Some(address(party)),
        remote_control: None,
        latching: Latching::Signalled,
        may_send: true,
        may_receive: true,
        srtp: None,
        identity: Identity { ssrc: 1, sequence: 1, timestamp: 1 },
        recorded: true,
        silent_after: SILENT_AFTER,
    }
}

fn run(bridge: &mut Bridge, frames: core::ops::Range<u16>, out: &mut Count) {
    let payload = [0x35; 160];
    for frame in frames {
        let now = Duration::from_millis(u64::from(frame) * 20);
        for (party, codec) in CODECS.into_iter().enumerate() {
            let packet = Packet {
                marker: false,
                payload_type: codec.static_payload_type().unwrap_or_default(),
                sequence: frame,
                timestamp: u32::from(frame) * 160,
                ssrc: 9,
                payload: &payload,
            };
            let mut datagram = [0; 172];
            // Every tenth is lost, of each party another one.
            if packet.write(&mut datagram).is_some() && !(frame + party as u16).is_multiple_of(10) {
                bridge.receive(LegKey(party as u64), &mut datagram, address(party), now, out);
            }
        }
        for later in [5, 11, 17] {
            bridge.tick(now + Duration::from_millis(later), out);
        }
    }
}

#[test]
fn nothing_is_allocated_for_a_packet() {
    let (mut bridge, mut out) = (Bridge::new(), Count::default());
    for party in 0..CODECS.len() {
        bridge.open(LegKey(party as u64), config(party), Duration::ZERO).expect("a free leg");
    }
    let [customer, agent, coach, colleague] = [0, 1, 2, 3].map(LegKey);
    let table = [
        Ear { leg: customer, hears: &[agent], plays: None },
        Ear { leg: agent, hears: &[customer, coach], plays: None },
        Ear { leg: coach, hears: &[agent], plays: None },
        Ear { leg: colleague, hears: &[customer, agent, coach], plays: None },
    ];
    assert!(bridge.score(&table, 1, Duration::ZERO, &mut out));
    run(&mut bridge, 0..100, &mut out);
    let (sent, before) = (out.sent, ALLOCATIONS.get());
    run(&mut bridge, 100..1_000, &mut out);
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert!(out.sent - sent > 3_000 && out.tracks > 3_000);
}
