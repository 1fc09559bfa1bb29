//! Any octets, taken for an offer and for an answer: whatever is accepted is answered grammatically, and agreed on within bounds.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use sip::sdp::{Codec, Description, Direction, KEY_OCTETS, KeyAndSalt, LocalMedia, Negotiation, Security};

fuzz_target!(|octets: &[u8]| {
    let Ok(theirs) = Description::read(octets) else { return };
    let key = KeyAndSalt([7; KEY_OCTETS]);
    for security in [Security::Plain, Security::AsOffered(key), Security::Required(key)] {
        for address in [IpAddr::from([192, 0, 2, 1]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])] {
            let ours = LocalMedia {
                address,
                port: 40_000,
                codecs: vec![Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu],
                ptime_ms: 20,
                direction: Direction::SendReceive,
                security: security.clone(),
            };
            talk(&theirs, &ours);
        }
    }
});

fn talk(theirs: &Description, ours: &LocalMedia) {
    let mut called = Negotiation::new(1);
    if let Ok((text, agreed)) = called.answer(theirs, ours) {
        let answer = Description::read(text.as_bytes()).expect("what we write can be read");
        assert_eq!(answer.remote().port(), ours.port);
        assert!((10..=60).contains(&agreed.ptime_ms) && agreed.payload_type <= 127);
        assert!(!agreed.direction.sends() || !agreed.remote.ip().is_unspecified());
        let again = called.offer(ours);
        Description::read(again.as_bytes()).expect("what we write can be read");
    }
    let mut caller = Negotiation::new(2);
    let _ = caller.offer(ours);
    let _ = caller.accept(theirs);
}
