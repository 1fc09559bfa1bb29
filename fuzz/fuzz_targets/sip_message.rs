//! Any octets, taken for a datagram and for a stream in pieces whose size the first octet says: what is read is printed and
//! read again alike, and the stream finds messages wherever the pieces end.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::message::{Address, CSeq, MAX_MESSAGE_OCTETS, Message, Name, Uri, Via};
use sip::stream::{Frame, Framer};

fuzz_target!(|input: &[u8]| {
    let Some((piece, octets)) = input.split_first() else { return };
    if let Ok(message) = Message::parse(octets) {
        check(&message);
    }
    let piece = usize::from(*piece) + 1;
    let (one, two) = (frames(octets, piece), frames(octets, MAX_MESSAGE_OCTETS));
    assert_eq!(one, two, "how the octets arrive changes nothing");
});

fn check(message: &Message) {
    let printed = message.to_bytes();
    let again = Message::parse(&printed).expect("what is printed can be read");
    assert_eq!(again.to_bytes(), printed);
    for name in [Name::Via, Name::Contact, Name::Route, Name::Authorization, Name::CSeq] {
        for value in message.headers().values(&name) {
            let _ = (Via::parse(value), CSeq::parse(value), sip::digest::Authorization::parse(value));
            if let Some(uri) = Address::parse(value).and_then(|address| Uri::parse(address.uri)) {
                assert!(uri.is_equivalent(&uri), "{uri}");
            }
        }
    }
    let peer = "192.0.2.1:5060".parse().expect("an address");
    if let Message::Request(request) = message {
        let mut request = request.clone();
        request.note_source(peer);
        assert!(request.via().is_some(), "the noted source is a Via");
        let _ = request.answer_address(peer);
    }
}

/// What a stream gives, up to its break.
fn frames(octets: &[u8], piece: usize) -> Vec<String> {
    let (mut framer, mut found) = (Framer::new(), Vec::new());
    for piece in octets.chunks(piece) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Frame::Ping)) => found.push("ping".to_owned()),
                Ok(Some(Frame::Message(message))) => found.push(format!("{:?}", message.to_bytes())),
                Ok(Some(Frame::Malformed(malformed))) => found.push(malformed.to_string()),
                Ok(None) => break,
                Err(broken) => {
                    found.push(broken.to_string());
                    return found;
                }
            }
        }
    }
    found
}
