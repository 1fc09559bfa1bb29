use super::index::{MAX_SOURCES, WINDOW_PACKETS};
use super::*;

/// The master key and salt of RFC 3711, appendix B.3, which libsrtp's own packets use, too.
const MASTER: [u8; MASTER_BYTES] = [
    0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39, 0x0E,
    0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6,
];

#[test]
fn session_keys_are_those_of_rfc_3711() {
    let master = MasterKey::from_bytes(MASTER);
    let check = |label, expected: &str| {
        let mut key = vec![0; expected.len() / 2];
        keys::derived(&master, label, &mut key);
        assert_eq!(key, octets(expected), "label {label}");
    };
    check(0, "C61E7A93744F39EE10734AFE3FF7A087");
    check(1, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    check(2, "30CBBC08863D8C85D49DB34A9AE1");
}

#[test]
fn the_keystream_is_that_of_rfc_3711() {
    use aes::cipher::KeyInit;
    let key: [u8; 16] = octets("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap();
    let salt: [u8; 14] = octets("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
    let mut stream = vec![0; 48];
    keys::apply(aes::Aes128Enc::new(&key.into()), &salt, &mut stream);
    let expected =
        "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream, octets(expected));
}

#[test]
fn an_rtp_packet_is_that_of_libsrtp() {
    let plain = octets("800F1234DECAFBADCAFEBABEABABABABABABABABABABABABABABABAB");
    let cipher = octets("800F1234DECAFBADCAFEBABE4E55DC4CE79978D88CA4D215949D2402B78D6ACC99EA179B8DBB");
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    assert_eq!(protected(&mut protect, &plain), Ok(cipher.clone()));
    assert_eq!(opened(&mut unprotect, &cipher), Ok(plain));
}

#[test]
fn an_rtcp_packet_is_that_of_libsrtp() {
    let plain = octets("81C8000BCAFEBABEABABABABABABABABABABABABABABABAB");
    let cipher = octets("81C8000BCAFEBABE7128035BE487B9BDBEF89041F977A5A880000001993E08CD54D6C1230798");
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    protect.rtcp_index = 1;
    assert_eq!(protected_rtcp(&mut protect, &plain), Ok(cipher.clone()));
    assert_eq!(opened_rtcp(&mut unprotect, &cipher), Ok(plain));
}

fn pair(suite: Suite) -> (Protect, Unprotect) {
    let key = MasterKey::from_bytes(MASTER);
    (Protect::new(suite, &key), Unprotect::new(suite, &key))
}

fn protected(protect: &mut Protect, plain: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = [plain, &[0; MAX_OVERHEAD]].concat();
    let length = protect.protect(&mut buffer, plain.len())?;
    Ok(buffer[..length].to_vec())
}

fn protected_rtcp(protect: &mut Protect, plain: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = [plain, &[0; MAX_OVERHEAD]].concat();
    let length = protect.protect_rtcp(&mut buffer, plain.len())?;
    Ok(buffer[..length].to_vec())
}

fn opened(unprotect: &mut Unprotect, cipher: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut packet = cipher.to_vec();
    let result = unprotect.unprotect(&mut packet);
    if result.is_err() {
        assert_eq!(packet, cipher, "a packet that is not believed stays as it is");
    }
    result.map(|length| packet[..length].to_vec())
}

fn opened_rtcp(unprotect: &mut Unprotect, cipher: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut packet = cipher.to_vec();
    let result = unprotect.unprotect_rtcp(&mut packet);
    result.map(|length| packet[..length].to_vec())
}

fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// An RTP packet of G.711 with this number.
fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
    packet.extend([sequence as u8; 160]);
    packet
}

#[test]
fn numbers_roll_over_and_come_in_disorder() {
    for suite in Suite::ALL {
        let (mut protect, mut unprotect) = pair(suite);
        let numbers: Vec<u16> = (0..4_000_u32).map(|index| (index * 101 + 65_400) as u16).collect();
        for pair in numbers.chunks(2) {
            let packets: Vec<_> = pair.iter().map(|number| packet(7, *number)).collect();
            let sent: Vec<_> =
                packets.iter().map(|packet| protected(&mut protect, packet).unwrap()).collect();
            for index in (0..pair.len()).rev() {
                assert_eq!(
                    opened(&mut unprotect, &sent[index]).as_ref(),
                    Ok(&packets[index]),
                    "{}",
                    pair[index]
                );
            }
        }
    }
}

#[test]
fn a_source_that_rolled_over_before_it_was_heard_is_understood() {
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    for number in 65_530..=u16::MAX {
        protected(&mut protect, &packet(7, number)).unwrap();
    }
    for number in 0..3 {
        let plain = packet(7, number);
        assert_eq!(opened(&mut unprotect, &protected(&mut protect, &plain).unwrap()), Ok(plain));
    }
}

#[test]
fn a_packet_is_believed_once() {
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    let sent: Vec<_> = (0..200).map(|number| protected(&mut protect, &packet(7, number)).unwrap()).collect();
    for packet in &sent {
        assert!(opened(&mut unprotect, packet).is_ok());
    }
    for packet in &sent {
        assert_eq!(opened(&mut unprotect, packet), Err(SrtpError::Replayed));
    }
}

#[test]
fn a_packet_may_be_late_by_the_window_and_no_later() {
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    let count = WINDOW_PACKETS as u16 + 1;
    let sent: Vec<_> =
        (0..count).map(|number| protected(&mut protect, &packet(7, number)).unwrap()).collect();
    assert!(opened(&mut unprotect, &sent[usize::from(count) - 1]).is_ok());
    assert_eq!(opened(&mut unprotect, &sent[0]), Err(SrtpError::Replayed));
    assert!(opened(&mut unprotect, &sent[1]).is_ok());
}

#[test]
fn a_single_wrong_bit_is_seen_and_costs_nothing() {
    for suite in Suite::ALL {
        let (mut protect, mut unprotect) = pair(suite);
        let sent = protected(&mut protect, &packet(7, 1)).unwrap();
        for bit in 0..sent.len() * 8 {
            let mut wrong = sent.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&mut unprotect, &wrong).is_err(), "bit {bit}");
        }
        assert!(opened(&mut unprotect, &sent).is_ok());
    }
}

#[test]
fn another_key_opens_nothing() {
    let (mut protect, _) = pair(Suite::AesCm128HmacSha1_80);
    let mut other = Unprotect::new(Suite::AesCm128HmacSha1_80, &MasterKey::from_bytes([7; MASTER_BYTES]));
    let sent = protected(&mut protect, &packet(7, 1)).unwrap();
    assert_eq!(opened(&mut other, &sent), Err(SrtpError::NotAuthentic));
}

#[test]
fn nothing_is_sent_twice_under_one_number() {
    let (mut protect, _) = pair(Suite::AesCm128HmacSha1_80);
    assert!(protected(&mut protect, &packet(7, 5)).is_ok());
    assert_eq!(protected(&mut protect, &packet(7, 5)), Err(SrtpError::Replayed));
}

#[test]
fn a_phone_may_take_new_numbers_again_and_again() {
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_80);
    for ssrc in 0..=MAX_SOURCES as u32 {
        let sent = protected(&mut protect, &packet(ssrc, 1));
        if ssrc < MAX_SOURCES as u32 {
            assert!(opened(&mut unprotect, &sent.unwrap()).is_ok());
        } else {
            assert_eq!(sent, Err(SrtpError::TooManySources));
        }
    }
    let (mut protect, _) = pair(Suite::AesCm128HmacSha1_80);
    assert!(opened(&mut unprotect, &protected(&mut protect, &packet(99, 1)).unwrap()).is_ok());
}

#[test]
fn a_header_with_contributors_and_extension_stays_readable() {
    let (mut protect, mut unprotect) = pair(Suite::AesCm128HmacSha1_32);
    let mut plain = packet(7, 1);
    plain[0] |= 0x12;
    plain.splice(12..12, [1, 2, 3, 4, 5, 6, 7, 8, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
    let sent = protected(&mut protect, &plain).unwrap();
    assert_eq!(sent[..28], plain[..28]);
    assert_ne!(sent[28..32], plain[28..32]);
    assert_eq!(sent.len(), plain.len() + 4);
    assert_eq!(opened(&mut unprotect, &sent), Ok(plain));
}

#[test]
fn rtcp_has_long_tags_in_both_suites_and_is_believed_once() {
    for suite in Suite::ALL {
        let (mut protect, mut unprotect) = pair(suite);
        let plain = [&octets("80C90001CAFEBABE")[..], &[5; 24]].concat();
        let sent = protected_rtcp(&mut protect, &plain).unwrap();
        assert_eq!(sent.len(), plain.len() + MAX_OVERHEAD);
        assert_eq!(opened_rtcp(&mut unprotect, &sent), Ok(plain));
        assert_eq!(opened_rtcp(&mut unprotect, &sent), Err(SrtpError::Replayed));
    }
}

#[test]
fn a_used_up_key_sends_no_more() {
    let (mut protect, _) = pair(Suite::AesCm128HmacSha1_80);
    protect.rtcp_index = (1 << 31) - 1;
    let plain = octets("80C90001CAFEBABE");
    assert!(protected_rtcp(&mut protect, &plain).is_ok());
    assert_eq!(protected_rtcp(&mut protect, &plain), Err(SrtpError::KeyUsedUp));

    assert!(protected(&mut protect, &packet(7, 65_000)).is_ok());
    protect.sources.entry_for_sending(7).unwrap().accept((1 << 48) - 3);
    assert!(protected(&mut protect, &packet(7, 65_534)).is_ok());
    assert_eq!(protected(&mut protect, &packet(7, 65_535)), Err(SrtpError::KeyUsedUp));
    assert_eq!(protected(&mut protect, &packet(7, 0)), Err(SrtpError::KeyUsedUp));
}

#[test]
fn keys_do_not_show() {
    let key = MasterKey::from_bytes(MASTER);
    let protect = Protect::new(Suite::AesCm128HmacSha1_80, &key);
    let shown = format!("{key:?} {protect:?}");
    assert_eq!(shown, "MasterKey(..) Protect { suite: AesCm128HmacSha1_80, .. }");
}

proptest::proptest! {
    #[test]
    fn any_octets_are_refused_without_a_panic(mut octets in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        for suite in Suite::ALL {
            let (mut protect, mut unprotect) = pair(suite);
            proptest::prop_assert!(unprotect.unprotect(&mut octets).is_err());
            proptest::prop_assert!(unprotect.unprotect_rtcp(&mut octets).is_err());
            let length = octets.len();
            let _ = protect.protect(&mut octets, length);
            let _ = protect.protect_rtcp(&mut octets, length);
        }
    }
}
