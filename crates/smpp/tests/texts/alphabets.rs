//! Octets of the standards, letter by letter.

use proptest::prelude::*;
use smpp::{Alphabet, DefaultAlphabet, decode};

/// Both ways: what is written, and that the same is read again.
fn check(alphabet: Alphabet, text: &str, octets: &[u8]) {
    let written = alphabet.encode(text, DefaultAlphabet::Gsm7);
    assert_eq!(written.as_deref(), Some(octets), "{text} in {alphabet:?}");
    check_read(alphabet.data_coding(), octets, text);
}

fn check_read(data_coding: u8, octets: &[u8], text: &str) {
    let units = decode(data_coding, octets, DefaultAlphabet::Gsm7);
    assert_eq!(String::from_utf16_lossy(&units), text, "data_coding {data_coding}, {octets:02X?}");
}

/// The table of 3GPP TS 23.038, section 6.2.1, in the order of its septets; the escape has no letter.
const GSM_BEFORE_ESCAPE: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ";
const GSM_AFTER_ESCAPE: &str = "ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§\
                                ¿abcdefghijklmnopqrstuvwxyzäöñüà";

#[test]
fn the_default_alphabet_is_that_of_the_standard() {
    let before: Vec<u8> = (0x00..=0x1A).collect();
    let after: Vec<u8> = (0x1C..=0x7F).collect();
    check(Alphabet::Gsm7, GSM_BEFORE_ESCAPE, &before);
    check(Alphabet::Gsm7, GSM_AFTER_ESCAPE, &after);
}

#[test]
fn the_extension_table_is_that_of_the_standard() {
    check(Alphabet::Gsm7, "€", &[0x1B, 0x65]);
    check(Alphabet::Gsm7, "\u{c}", &[0x1B, 0x0A]);
    check(Alphabet::Gsm7, "^{}\\", &[0x1B, 0x14, 0x1B, 0x28, 0x1B, 0x29, 0x1B, 0x2F]);
    check(Alphabet::Gsm7, "[~]|", &[0x1B, 0x3C, 0x1B, 0x3D, 0x1B, 0x3E, 0x1B, 0x40]);
    check(Alphabet::Gsm7, "@ 5€", &[0x00, 0x20, 0x35, 0x1B, 0x65]);
}

#[test]
fn unknown_extensions_show_the_letter_of_the_alphabet() {
    check_read(0, &[0x1B, 0x41, 0x42], "AB");
    check_read(0, &[0x41, 0x1B], "A ");
    check_read(0, &[0x1B, 0x1B, 0x65], " e");
    check_read(0, &[0x41, 0x80, 0xFF], "A\u{FFFD}\u{FFFD}");
}

#[test]
fn latin_1_has_one_octet_a_letter() {
    check(Alphabet::Latin1, "Grüße, ça va?", b"Gr\xFC\xDFe, \xE7a va?");
    assert_eq!(Alphabet::Latin1.encode("€", DefaultAlphabet::Gsm7), None, "that is ISO 8859-15");
}

#[test]
fn ucs_2_is_utf_16_in_network_order() {
    check(Alphabet::Ucs2, "Да✓", &[0x04, 0x14, 0x04, 0x30, 0x27, 0x13]);
    check(Alphabet::Ucs2, "😀", &[0xD8, 0x3D, 0xDE, 0x00]);
    check_read(8, &[0x00, 0x41, 0x00], "A\u{FFFD}");
    check_read(8, &[0xFE, 0xFF, 0x00, 0x41], "A");
    check_read(8, &[0xFF, 0xFE, 0x41, 0x00, 0x1C, 0x20], "A“");
    assert_eq!(decode(8, &[0xD8, 0x3D], DefaultAlphabet::Gsm7), [0xD83D], "half a pair waits for the other");
}

#[test]
fn the_first_alphabet_that_holds_a_text_is_chosen() {
    use Alphabet::{Gsm7, Latin1, Ucs2};
    let choose = |text, allowed: &[Alphabet]| Alphabet::choose(text, allowed, DefaultAlphabet::Gsm7);
    assert_eq!(choose("Grüße für 5 €", &[Gsm7, Latin1, Ucs2]), Gsm7);
    assert_eq!(choose("forêt", &[Gsm7, Latin1, Ucs2]), Latin1);
    assert_eq!(choose("forêt", &[Gsm7, Ucs2]), Ucs2);
    assert_eq!(choose("forêt 5 €", &[Gsm7, Latin1, Ucs2]), Ucs2);
    assert_eq!(choose("plain", &[Latin1, Gsm7]), Latin1, "the order is the carrier's");
    assert_eq!(choose("Да", &[Gsm7]), Ucs2, "the last resort");
    assert_eq!(choose("", &[]), Ucs2);
}

#[test]
fn a_carrier_may_mean_another_alphabet_by_0() {
    let write = |text, default| Alphabet::Gsm7.encode(text, default);
    assert_eq!(write("@ü", DefaultAlphabet::Latin1), Some(vec![0x40, 0xFC]));
    assert_eq!(write("@{", DefaultAlphabet::Ascii), Some(vec![0x40, 0x7B]));
    assert_eq!(write("ü", DefaultAlphabet::Ascii), None);
    assert_eq!(write("`", DefaultAlphabet::Ascii), None, "a phone has no septet for it");
    assert_eq!(decode(0, b"@_", DefaultAlphabet::Ascii), [0x40, 0x5F]);
    assert_eq!(decode(0, b"\xFC", DefaultAlphabet::Ascii), [0xFFFD]);
    assert_eq!(decode(0, b"\xFC", DefaultAlphabet::Latin1), [0xFC]);
}

#[test]
fn every_data_coding_is_read_as_well_as_it_can_be() {
    for (data_coding, octets, text) in [
        (1, &b"a@b"[..], "a@b"),
        (6, b"\xB4\xD0 \xF0\xFD\xA1\xFF", "Да №§Ёџ"),
        (7, b"\xF9\xEC\xE5\xED \xA1", "שלום \u{FFFD}"),
        // Message classes: default alphabet, 8 bits, UCS-2.
        (0xF0, b"\x00", "@"),
        (0xF1, b"\x00", "@"),
        (0xF5, b"\xFC", "ü"),
        (0xF9, b"\x04\x14", "Д"),
        // General data coding: default alphabet, UCS-2, both with a class.
        (0x10, b"\x1Be", "€"),
        (0x18, b"\x04\x14", "Д"),
        (0x48, b"\x04\x14", "Д"),
        // Message waiting.
        (0xC8, b"\x00", "@"),
        (0xE8, b"\x04\x14", "Д"),
        // No alphabet, or none that is known: UTF-8 if it is that, or else Latin-1.
        (2, "Да".as_bytes(), "Да"),
        (4, b"caf\xE9", "café"),
        (5, b"abc", "abc"),
        (0x99, b"abc", "abc"),
    ] {
        check_read(data_coding, octets, text);
    }
}

proptest! {
    /// No octet is dropped silently, whatever the coding: each gives a unit, or belongs to a pair or sequence.
    #[test]
    fn any_octets_of_any_coding_are_read(
        data_coding: u8,
        octets in proptest::collection::vec(any::<u8>(), 0..300),
        default in proptest::sample::select(vec![
            DefaultAlphabet::Gsm7, DefaultAlphabet::Latin1, DefaultAlphabet::Ascii,
        ]),
    ) {
        let units = decode(data_coding, &octets, default);
        prop_assert!(units.len() <= octets.len());
        let is_mark = octets == [0xFE, 0xFF] || octets == [0xFF, 0xFE];
        prop_assert!(!units.is_empty() || octets.is_empty() || is_mark);
    }

    /// What an alphabet claims to hold, it gives back.
    #[test]
    fn what_is_written_is_read(text in any::<String>()) {
        for alphabet in [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ucs2] {
            for default in [DefaultAlphabet::Gsm7, DefaultAlphabet::Latin1, DefaultAlphabet::Ascii] {
                let Some(octets) = alphabet.encode(&text, default) else { continue };
                if octets.starts_with(&[0xFE, 0xFF]) || octets.starts_with(&[0xFF, 0xFE]) {
                    continue;
                }
                let units = decode(alphabet.data_coding(), &octets, default);
                prop_assert_eq!(String::from_utf16_lossy(&units), text.clone());
            }
        }
    }
}
