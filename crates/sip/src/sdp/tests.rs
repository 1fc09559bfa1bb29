use core::net::{IpAddr, SocketAddr};

use proptest::prelude::*;

use super::*;

const KEY: KeyAndSalt = KeyAndSalt([7; KEY_OCTETS]);
/// The base64 of thirty ones.
const THEIR_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";

fn local(codecs: &[Codec]) -> LocalMedia {
    LocalMedia {
        address: IpAddr::from([192, 0, 2, 1]),
        port: 40_000,
        codecs: codecs.to_vec(),
        ptime_ms: 20,
        direction: Direction::SendReceive,
        security: Security::Plain,
    }
}

fn read(lines: &str) -> Result<Description, Unacceptable> {
    let text = format!(
        "v=0\r\no=phone 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n{}\r\n",
        lines.replace('\n', "\r\n")
    );
    Description::read(text.as_bytes())
}

/// Our answer to an offer with these media lines: what it says after the version, and what is agreed.
fn answered(lines: &str, local: &LocalMedia) -> Result<(String, Agreed), Unacceptable> {
    let (text, agreed) = Negotiation::new(4).answer(&read(lines)?, local)?;
    sdp_types::Session::parse(text.as_bytes()).expect("what we write is grammatical");
    Ok((text, agreed))
}

fn refused(lines: &str, local: &LocalMedia) -> Unacceptable {
    answered(lines, local).expect_err("no such offer is acceptable")
}

fn at(address: &str) -> SocketAddr {
    address.parse().expect("an address")
}

#[test]
fn an_answer_takes_our_dearest_codec_with_the_number_of_the_offer() {
    let offer = "m=audio 5004 RTP/AVP 0 8 96 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 telephone-event/48000\na=ptime:30";
    let (text, agreed) = answered(offer, &local(&[Codec::Opus, Codec::Pcma])).expect("fits");
    assert_eq!((agreed.codec, agreed.payload_type, agreed.dtmf), (Codec::Opus, 96, Some(97)));
    assert_eq!((agreed.remote, agreed.remote_rtcp), (at("198.51.100.7:5004"), at("198.51.100.7:5005")));
    assert_eq!((agreed.direction, agreed.ptime_ms, agreed.crypto), (Direction::SendReceive, 30, None));
    assert_eq!(
        text,
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 96 97\r\n\
         a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:97 telephone-event/48000\r\n\
         a=fmtp:97 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn static_payload_types_need_no_map_and_a_map_wins_over_the_table() {
    let (_, agreed) = answered("m=audio 5004 RTP/AVP 18 9", &local(&[Codec::G722])).expect("fits");
    assert_eq!(agreed.payload_type, 9);
    let (_, agreed) =
        answered("m=audio 5004 RTP/AVP 98\na=rtpmap:98 pcma/8000/1", &local(&[Codec::Pcma])).expect("fits");
    assert_eq!(agreed.payload_type, 98);
    assert_eq!(
        refused("m=audio 5004 RTP/AVP 0\na=rtpmap:0 GSM/8000", &local(&[Codec::Pcmu])),
        Unacceptable::NoCodec
    );
}

#[test]
fn every_way_of_holding_is_understood_and_answered() {
    for (said, direction, answer) in [
        ("a=sendonly", Direction::ReceiveOnly, "a=recvonly\r\n"),
        ("a=inactive", Direction::Inactive, "a=inactive\r\n"),
        ("a=recvonly", Direction::SendOnly, "a=sendonly\r\n"),
        ("c=IN IP4 0.0.0.0", Direction::ReceiveOnly, "a=recvonly\r\n"),
        ("c=IN IP4 0.0.0.0\na=inactive", Direction::Inactive, "a=inactive\r\n"),
    ] {
        let (text, agreed) =
            answered(&format!("m=audio 5004 RTP/AVP 0\n{said}"), &local(&[Codec::Pcmu])).expect(said);
        assert_eq!(agreed.direction, direction, "{said}");
        assert_eq!(agreed.is_held(), !direction.sends());
        assert!(text.ends_with(answer), "{said}: {text}");
    }
    let held_by_us = LocalMedia { direction: Direction::SendOnly, ..local(&[Codec::Pcmu]) };
    let (text, agreed) = answered("m=audio 5004 RTP/AVP 0\na=sendonly", &held_by_us).expect("both hold");
    assert!(agreed.direction == Direction::Inactive && text.ends_with("a=inactive\r\n"));
}

#[test]
fn a_direction_of_the_session_counts_where_the_stream_says_none() {
    let offer = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nt=0 0\r\na=sendonly\r\nm=audio 5004 RTP/AVP 0\r\nc=IN IP4 198.51.100.7\r\n";
    assert_eq!(Description::read(offer.as_bytes()).expect("fits").direction(), Direction::SendOnly);
}

#[test]
fn other_lines_are_declined_in_their_place() {
    let offer = "m=video 6000 RTP/AVP 99\na=rtpmap:99 H264/90000\nm=audio 0 RTP/AVP 0\nm=audio 5002 RTP/SAVP 8\n\
                 m=audio 5004 RTP/AVP 8\nm=message 7000 TCP/MSRP *\nm=audio 5006 RTP/AVP 8";
    let (text, agreed) = answered(offer, &local(&[Codec::Pcma])).expect("fits");
    assert_eq!(agreed.remote, at("198.51.100.7:5004"));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        lines,
        [
            "m=video 0 RTP/AVP 99",
            "m=audio 0 RTP/AVP 0",
            "m=audio 0 RTP/SAVP 8",
            "m=audio 40000 RTP/AVP 8",
            "m=message 0 TCP/MSRP *",
            "m=audio 0 RTP/AVP 8"
        ]
    );
}

#[test]
fn a_later_offer_repeats_lines_and_numbers_and_counts_versions() {
    let mut negotiation = Negotiation::new(4);
    let offer = "m=video 6000 RTP/AVP 99\nm=audio 5004 RTP/AVP 120 101\na=rtpmap:120 opus/48000/2\na=rtpmap:101 speex/8000";
    let ours = local(&[Codec::Opus]);
    let (text, _) = negotiation.answer(&read(offer).expect("fits"), &ours).expect("fits");
    assert!(text.contains("o=- 1 1 IN"));
    let hold = LocalMedia { direction: Direction::SendOnly, codecs: vec![Codec::Opus, Codec::Pcmu], ..ours };
    let text = negotiation.offer(&hold);
    assert!(
        text.contains("o=- 1 2 IN")
            && text.contains("m=video 0 RTP/AVP 99\r\nm=audio 40000 RTP/AVP 120 0 96 102\r\n"),
        "{text}"
    );
    assert_eq!(negotiation.offer(&hold), text, "the same offer keeps its version");
}

#[test]
fn an_answer_to_our_offer_says_what_both_send() {
    let mut negotiation = Negotiation::new(4);
    let text = negotiation.offer(&local(&[Codec::Opus, Codec::Pcmu, Codec::Pcma]));
    assert!(text.contains("m=audio 40000 RTP/AVP 107 0 8 101 102\r\n"), "{text}");
    let answer = "m=audio 5004 RTP/AVP 8 0 110\na=rtpmap:110 telephone-event/8000\na=sendonly\na=rtcp:6001 IN IP4 198.51.100.9";
    let agreed = negotiation.accept(&read(answer).expect("fits")).expect("fits");
    assert_eq!((agreed.codec, agreed.payload_type), (Codec::Pcma, 8));
    assert_eq!(agreed.receives, [(8, Codec::Pcma), (0, Codec::Pcmu)]);
    assert_eq!((agreed.dtmf, agreed.receives_dtmf), (Some(110), Some(101)));
    assert_eq!((agreed.direction, agreed.remote_rtcp), (Direction::ReceiveOnly, at("198.51.100.9:6001")));
    // Another phone, or the same one once more and for good.
    let other = negotiation.accept(&read("m=audio 7000 RTP/AVP 0").expect("fits")).expect("fits");
    assert_eq!((other.codec, other.dtmf, other.remote.port()), (Codec::Pcmu, None, 7_000));
    let offer = read("m=audio 5004 RTP/AVP 8").expect("fits");
    negotiation.answer(&offer, &local(&[Codec::Pcma])).expect("fits");
    assert_eq!(negotiation.accept(&offer), Err(Unacceptable::NotAnAnswer), "now it was them who offered");
}

#[test]
fn an_answer_that_does_not_fit_its_offer_is_refused() {
    let two_lines = "m=audio 5004 RTP/AVP 0\nm=audio 5006 RTP/AVP 0";
    let encrypted = format!("m=audio 5004 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{THEIR_KEY}");
    for (answer, fault) in [
        (two_lines, Unacceptable::NotAnAnswer),
        ("m=audio 5004 RTP/AVP 8", Unacceptable::NoCodec),
        ("m=audio 5004 RTP/AVP 0\nc=IN IP6 2001:db8::7", Unacceptable::Address),
        (encrypted.as_str(), Unacceptable::Encryption),
    ] {
        let mut negotiation = Negotiation::new(4);
        let _ = negotiation.offer(&local(&[Codec::Pcmu]));
        assert_eq!(negotiation.accept(&read(answer).expect("readable")), Err(fault), "{answer}");
    }
}

#[test]
fn encryption_is_answered_with_the_suite_and_tag_of_the_first_usable_line() {
    let offer = format!(
        "m=audio 5004 RTP/SAVP 0\na=crypto:1 AEAD_AES_256_GCM inline:{THEIR_KEY}\n\
         a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{THEIR_KEY}|2^31|1:4\n\
         a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{THEIR_KEY} UNENCRYPTED_SRTP\n\
         a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:{THEIR_KEY}|2^31"
    );
    for security in [Security::AsOffered(KEY), Security::Required(KEY)] {
        let (text, agreed) =
            answered(&offer, &LocalMedia { security, ..local(&[Codec::Pcmu]) }).expect("fits");
        let crypto = agreed.crypto.expect("encrypted");
        assert_eq!((crypto.suite, crypto.ours), (Suite::AesCm128Sha1Tag32, KEY));
        assert_eq!(crypto.theirs, KeyAndSalt([1; KEY_OCTETS]));
        assert!(
            text.contains("m=audio 40000 RTP/SAVP 0\r\n")
                && text.contains("a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:BwcH")
        );
        assert!(!format!("{agreed:?}").contains("[1, 1"), "keys are not shown");
    }
    assert_eq!(refused(&offer, &local(&[Codec::Pcmu])), Unacceptable::Encryption);
    let plain = "m=audio 5004 RTP/AVP 0";
    let required = LocalMedia { security: Security::Required(KEY), ..local(&[Codec::Pcmu]) };
    assert_eq!(refused(plain, &required), Unacceptable::NotEncrypted);
    assert!(answered(plain, &LocalMedia { security: Security::AsOffered(KEY), ..required }).is_ok());
    assert_eq!(
        refused(
            "m=audio 5004 RTP/SAVP 0",
            &LocalMedia { security: Security::AsOffered(KEY), ..local(&[Codec::Pcmu]) }
        ),
        Unacceptable::Encryption
    );
}

#[test]
fn an_encrypted_offer_of_ours_takes_the_answers_suite() {
    let required = LocalMedia { security: Security::Required(KEY), ..local(&[Codec::Pcmu]) };
    let mut negotiation = Negotiation::new(4);
    let text = negotiation.offer(&required);
    assert!(text.contains("RTP/SAVP") && text.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 "));
    let answer = format!("m=audio 5004 RTP/SAVP 0\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{THEIR_KEY}");
    let agreed = negotiation.accept(&read(&answer).expect("fits")).expect("fits");
    assert_eq!(agreed.crypto.map(|it| it.suite), Some(Suite::AesCm128Sha1Tag32));
    for answer in [answer.replace("crypto:2", "crypto:1"), answer.replace("_32", "_80")] {
        let _ = negotiation.offer(&required);
        assert_eq!(negotiation.accept(&read(&answer).expect("fits")), Err(Unacceptable::Encryption));
    }
    let _ = negotiation.offer(&required);
    assert_eq!(
        negotiation.accept(&read("m=audio 5004 RTP/AVP 0").expect("fits")),
        Err(Unacceptable::NotEncrypted)
    );
}

#[test]
fn both_families_of_addresses_are_spoken_but_never_mixed() {
    let ipv6 = LocalMedia { address: "2001:db8::1".parse().expect("an address"), ..local(&[Codec::Pcmu]) };
    let offer = "m=audio 5004 RTP/AVP 0\nc=IN IP6 2001:db8::7";
    let (text, agreed) = answered(offer, &ipv6).expect("fits");
    assert!(text.contains("c=IN IP6 2001:db8::1\r\n"));
    assert_eq!(agreed.remote, at("[2001:db8::7]:5004"));
    assert_eq!(refused(offer, &local(&[Codec::Pcmu])), Unacceptable::Address);
}

#[test]
fn what_cannot_be_used_says_why() {
    let ours = local(&[Codec::Pcmu]);
    for (offer, fault, warning) in [
        ("m=audio many RTP/AVP 0", Unacceptable::Malformed, 399),
        ("m=video 6000 RTP/AVP 99", Unacceptable::NoAudio, 304),
        ("m=audio 0 RTP/AVP 0", Unacceptable::NoAudio, 304),
        ("m=audio 5004 UDP/TLS/RTP/SAVPF 0", Unacceptable::Transport, 302),
        ("m=audio 5004 RTP/AVP 0\nc=IN IP4 phone.example.org", Unacceptable::Address, 301),
        ("m=audio 5004 RTP/AVP 0\nc=IN IP4 239.1.2.3/127", Unacceptable::Address, 301),
        ("m=audio 5004 RTP/AVP 0\nc=IN IP4 255.255.255.255", Unacceptable::Address, 301),
        ("m=audio 5004 RTP/AVP 18 101\na=rtpmap:101 telephone-event/8000", Unacceptable::NoCodec, 305),
    ] {
        assert_eq!(refused(offer, &ours), fault, "{offer}");
        assert_eq!(fault.warn_code(), warning);
    }
    assert_eq!(Description::read(&[b'a'; MOST_OCTETS + 1]), Err(Unacceptable::TooLarge));
    assert_eq!(read(&"m=audio 5004 RTP/AVP 0\n".repeat(MOST_LINES + 1)), Err(Unacceptable::TooLarge));
}

/// Lines of which descriptions are made, in any order and number.
const LINES: [&str; 24] = [
    "v=0",
    "o=- 1 1 IN IP4 198.51.100.7",
    "s=-",
    "c=IN IP4 198.51.100.7",
    "c=IN IP4 0.0.0.0",
    "c=IN IP6 ::1",
    "t=0 0",
    "m=audio 5004 RTP/AVP 0 8 101 96",
    "m=audio 65535 RTP/SAVP 9 97 300 -1",
    "m=audio 0 RTP/AVP 0",
    "m=video 5006 RTP/AVP 99",
    "a=rtpmap:96 opus/48000/2",
    "a=rtpmap:101 telephone-event/8000",
    "a=rtpmap:97 opus/48000",
    "a=rtpmap: ",
    "a=sendonly",
    "a=inactive",
    "a=ptime:0",
    "a=ptime:20",
    "a=rtcp:1 IN IP4 198.51.100.9",
    "a=rtcp:99999",
    "a=rtcp-mux",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    "a=crypto:4294967296 AES_CM_128_HMAC_SHA1_80 inline:|||",
];

proptest! {
    #[test]
    fn no_octets_break_the_reader(octets: Vec<u8>) {
        let _ = Description::read(&octets);
    }

    #[test]
    fn whatever_is_offered_the_answer_is_grammatical_and_fits(
        lines in proptest::collection::vec(0..LINES.len(), 0..24),
        direction in prop_oneof![Just(Direction::SendReceive), Just(Direction::SendOnly), Just(Direction::Inactive)],
        is_encrypted: bool,
    ) {
        let text: String = core::iter::once("v=0").chain(lines.iter().map(|at| LINES[*at])).flat_map(|it| [it, "\r\n"]).collect();
        let Ok(offer) = Description::read(text.as_bytes()) else { return Ok(()) };
        let security = if is_encrypted { Security::AsOffered(KEY) } else { Security::Plain };
        let ours = LocalMedia { direction, security, ..local(&[Codec::Opus, Codec::G722, Codec::Pcmu]) };
        let mut negotiation = Negotiation::new(8);
        let Ok((text, agreed)) = negotiation.answer(&offer, &ours) else { return Ok(()) };
        let answer = sdp_types::Session::parse(text.as_bytes()).expect("what we write is grammatical");
        prop_assert_eq!(answer.medias.len(), lines.iter().filter(|at| LINES[**at].starts_with("m=")).count());
        prop_assert_eq!(answer.medias.iter().filter(|it| it.port != 0).count(), 1);
        prop_assert!(direction.sends() || !agreed.direction.sends());
        prop_assert!(direction.receives() || !agreed.direction.receives());
        prop_assert!(!agreed.direction.sends() || !agreed.remote.ip().is_unspecified());
        let _ = negotiation.offer(&ours);
    }

    #[test]
    fn two_of_us_always_agree_on_the_same(
        codecs in proptest::sample::subsequence(vec![Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma], 1..=4),
        others in proptest::sample::subsequence(vec![Codec::Pcma, Codec::Opus, Codec::Pcmu], 1..=3),
        is_encrypted: bool,
    ) {
        let (mut caller, mut called) = (Negotiation::new(4), Negotiation::new(8));
        let security = |key| if is_encrypted { Security::Required(key) } else { Security::Plain };
        let ours = LocalMedia { security: security(KEY), ..local(&codecs) };
        let theirs = LocalMedia { port: 50_000, security: security(KeyAndSalt([9; KEY_OCTETS])), ..local(&others) };
        let offer = Description::read(caller.offer(&ours).as_bytes()).expect("ours");
        let answer = called.answer(&offer, &theirs);
        prop_assert_eq!(answer.is_ok(), codecs.iter().any(|it| others.contains(it)));
        let Ok((answer, there)) = answer else { return Ok(()) };
        let here = caller.accept(&Description::read(answer.as_bytes()).expect("ours")).expect("it answers our offer");
        prop_assert_eq!((here.codec, here.payload_type, here.dtmf), (there.codec, there.payload_type, there.dtmf));
        prop_assert_eq!(&here.receives, &there.receives);
        prop_assert_eq!((here.remote.port(), there.remote.port()), (50_000, 40_000));
        prop_assert_eq!(here.crypto.map(|it| (it.suite, it.ours)), there.crypto.map(|it| (it.suite, it.theirs)));
    }
}
