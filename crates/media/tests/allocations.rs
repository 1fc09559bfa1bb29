//! What is done for each packet allocates nothing, however long a call lasts. Opus is left out: its library does.

#![expect(unsafe_code, reason = "an allocator cannot be counted from outside")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use media::codec::{Codec, Decoder, Encoder, MAX_PACKET_SAMPLES, MAX_PAYLOAD_BYTES, Rate};
use media::dtmf::{EventReceiver, EventSender, InBandDetector, Key, Sending};
use media::sounds::{Player, Sound, TonePlan};
use media::srtp::{MASTER_BYTES, MAX_OVERHEAD, MasterKey, Protect, Suite, Unprotect};
use media::tone::{Sine, ToneDetector, Voice};

/// The system's allocator, which counts what this thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PACKETS: u16 = 200;

/// Does this for each of some seconds' packets, and finds that nothing was allocated.
fn check(what: &str, mut for_each_packet: impl FnMut(u16)) {
    let before = COUNT.get();
    for number in 0..PACKETS {
        for_each_packet(number);
    }
    assert_eq!(COUNT.get() - before, 0, "{what}");
}

#[test]
fn codecs_and_concealment_allocate_nothing() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
        for rate in Rate::ALL {
            let (mut encoder, mut decoder) = (Encoder::new(codec, rate), Decoder::new(codec, rate));
            let mut voice = Voice::new(120.0, 1, rate.hz());
            let (mut samples, mut payload) = ([0; MAX_PACKET_SAMPLES], [0; MAX_PAYLOAD_BYTES]);
            let frame = rate.samples_in(20);
            check(codec.name(), |number| {
                voice.fill(&mut samples[..frame]);
                let length = encoder.encode(&samples[..frame], &mut payload).unwrap();
                if number % 7 == 0 {
                    decoder.conceal(&mut samples[..frame]);
                } else {
                    decoder.decode(&payload[..length], &mut samples).unwrap();
                }
            });
        }
    }
}

#[test]
fn srtp_allocates_nothing() {
    let key = MasterKey::from_bytes([7; MASTER_BYTES]);
    for suite in Suite::ALL {
        let (mut protect, mut unprotect) = (Protect::new(suite, &key), Unprotect::new(suite, &key));
        check(suite.name(), |number| {
            let mut packet = [0x80; 172 + MAX_OVERHEAD];
            packet[2..4].copy_from_slice(&number.to_be_bytes());
            packet[0] = 0x80;
            let length = protect.protect(&mut packet, 172).unwrap();
            assert_eq!(unprotect.unprotect(&mut packet[..length]), Ok(172));
            let length = protect.protect_rtcp(&mut packet, 172).unwrap();
            assert_eq!(unprotect.unprotect_rtcp(&mut packet[..length]), Ok(172));
        });
    }
}

#[test]
fn sounds_tones_and_keys_allocate_nothing() {
    let mut frame = [0; 320];
    for sound in [Sound::ring_back(TonePlan::UnitedKingdom), Sound::hold_music(), Sound::beep()] {
        let mut player = Player::new(&sound, Rate::Wide);
        check("a player", |_| {
            player.fill(&mut frame);
        });
    }
    let (mut sine, mut detector) =
        (Sine::new(440.0, 9_000.0, 16_000), ToneDetector::new(&[440.0, 880.0], 16_000));
    let mut in_band = InBandDetector::new(16_000);
    check("detectors", |_| {
        sine.fill(&mut frame);
        detector.hear(&frame);
        in_band.hear(&frame);
    });
    let (mut sender, mut receiver) = (EventSender::new(8_000), EventReceiver::new());
    check("keys", |number| {
        if sender.is_idle() {
            sender.press(Key::from_char('5')).unwrap();
        }
        if let Sending::Packet(packet) | Sending::LastPacket(packet) = sender.tick() {
            let timestamp = u32::from(number) * 160 - packet.began_before;
            receiver.receive(timestamp, &packet.payload, Duration::ZERO);
        }
    });
}
