//! What messages of carriers mean, odd ones included.

use smpp::{Content, ContentFault, DefaultAlphabet, ReceivedBody};

fn check(body: &ReceivedBody<'_>, expected: &Content, faults: &[ContentFault]) {
    let reading = body.read(DefaultAlphabet::Gsm7);
    assert!(reading.content == *expected, "{:?} is not {expected:?}", reading.content);
    assert_eq!(reading.faults, faults);
}

fn text(text: &str) -> Content {
    Content::Text(text.encode_utf16().collect())
}

fn part(reference: u16, total: u8, number: u8, text: &str) -> Content {
    Content::Part { reference, total, number, units: text.encode_utf16().collect() }
}

fn with_header(octets: &[u8]) -> ReceivedBody<'_> {
    ReceivedBody { esm_class: 0x40, short_message: octets, ..ReceivedBody::default() }
}

fn sar(reference: u16, total: u8, number: u8) -> ReceivedBody<'static> {
    ReceivedBody {
        short_message: b"Hi",
        sar_reference: Some(reference),
        sar_total: Some(total),
        sar_number: Some(number),
        ..ReceivedBody::default()
    }
}

#[test]
fn a_text_is_a_text() {
    check(&ReceivedBody { short_message: b"\x00 Hi", ..ReceivedBody::default() }, &text("@ Hi"), &[]);
    check(&ReceivedBody::default(), &text(""), &[]);
}

#[test]
fn a_long_text_may_stand_in_the_payload() {
    let payload = "a".repeat(1_000);
    let body = ReceivedBody { payload: Some(payload.as_bytes()), ..ReceivedBody::default() };
    check(&body, &text(&payload), &[]);
    let empty = ReceivedBody { payload: Some(b""), short_message: b"Hi", ..body };
    check(&empty, &text("Hi"), &[]);
    let both = ReceivedBody { short_message: b"Hi", ..body };
    check(&both, &text(&payload), &[ContentFault::TwoBodies]);
}

#[test]
fn parts_are_told_by_header_or_parameters() {
    check(&with_header(b"\x05\x00\x03\xCD\x02\x01Hi"), &part(0xCD, 2, 1, "Hi"), &[]);
    check(&with_header(b"\x06\x08\x04\xAB\xCD\x02\x02Hi"), &part(0xABCD, 2, 2, "Hi"), &[]);
    check(&sar(0xABCD, 3, 3), &part(0xABCD, 3, 3, "Hi"), &[]);
    let payload = ReceivedBody {
        esm_class: 0x40,
        payload: Some(b"\x05\x00\x03\xCD\x02\x01Hi"),
        ..ReceivedBody::default()
    };
    check(&payload, &part(0xCD, 2, 1, "Hi"), &[]);
}

#[test]
fn half_a_surrogate_pair_waits_for_the_other_half() {
    let body = ReceivedBody { data_coding: 8, ..with_header(b"\x05\x00\x03\x01\x02\x01\xD8\x3D") };
    let expected = Content::Part { reference: 1, total: 2, number: 1, units: vec![0xD83D] };
    check(&body, &expected, &[]);
}

#[test]
fn a_header_without_its_flag_is_no_header() {
    let body = ReceivedBody { esm_class: 0, ..with_header(b"\x05\x00\x03\x01\x02\x01") };
    check(&body, &text("é@¥£$£"), &[]);
}

#[test]
fn unknown_elements_are_passed_over() {
    // A port number (0x05) before the place, and an unknown element after it.
    check(
        &with_header(b"\x0E\x05\x04\x0B\x84\x23\xF0\x00\x03\xCD\x02\x01\x70\x01\x00Hi"),
        &part(0xCD, 2, 1, "Hi"),
        &[],
    );
    check(&with_header(b"\x00Hi"), &text("Hi"), &[]);
    // Of two places, the last one counts.
    check(&with_header(b"\x0A\x00\x03\x01\x02\x01\x00\x03\x09\x03\x02Hi"), &part(9, 3, 2, "Hi"), &[]);
}

#[test]
fn nothing_is_lost_to_a_broken_header() {
    // Longer than the message: the octets are the text.
    check(&with_header(b"\x7FHi"), &text("àHi"), &[ContentFault::Header]);
    check(&with_header(b""), &text(""), &[ContentFault::Header]);
    // An element longer than the header, a lonely octet, a place of a wrong length.
    check(&with_header(b"\x03\x00\x09\x01Hi"), &text("Hi"), &[ContentFault::Header]);
    check(&with_header(b"\x01\x00Hi"), &text("Hi"), &[ContentFault::Header]);
    check(&with_header(b"\x04\x00\x02\x01\x02Hi"), &text("Hi"), &[ContentFault::Header]);
    // A place is kept although something behind it is broken.
    check(&with_header(b"\x06\x00\x03\x01\x02\x01\x77Hi"), &part(1, 2, 1, "Hi"), &[ContentFault::Header]);
}

#[test]
fn a_place_that_cannot_be_joined_makes_a_text_of_its_own() {
    for (total, number) in [(0, 0), (0, 1), (2, 0), (2, 3), (1, 2)] {
        let header = [5, 0, 3, 7, total, number, b'H', b'i'];
        check(&with_header(&header), &text("Hi"), &[ContentFault::PartNumber]);
        check(&sar(7, total, number), &text("Hi"), &[ContentFault::PartNumber]);
    }
    check(&with_header(b"\x05\x00\x03\x07\x01\x01Hi"), &text("Hi"), &[]);
    check(&sar(7, 1, 1), &text("Hi"), &[]);
    check(&ReceivedBody { sar_total: None, ..sar(7, 2, 1) }, &text("Hi"), &[ContentFault::IncompleteSar]);
}

#[test]
fn national_languages_are_read_where_they_are_known() {
    // Spanish, Turkish and Portuguese letters behind the escape.
    check(&with_header(b"\x03\x24\x01\x02a\x1Bi\x1Be\x1Ba"), &text("aí€á"), &[]);
    check(&with_header(b"\x03\x24\x01\x01\x1BS\x1Bi"), &text("Şı"), &[]);
    check(&with_header(b"\x03\x24\x01\x03\x1B\x7B\x1B\x7C"), &text("ãõ"), &[]);
    // Turkish and Portuguese alphabets.
    check(&with_header(b"\x03\x25\x01\x01\x07\x0B\x40\x60k"), &text("ıĞİçk"), &[]);
    check(&with_header(b"\x06\x25\x01\x03\x24\x01\x03\x7B\x08\x1B\x0F"), &text("ãóá"), &[]);
    // Spanish has no alphabet of its own.
    check(&with_header(b"\x03\x25\x01\x02\x00a"), &text("@a"), &[]);
    // UCS-2 has no shifts.
    let ucs2 = ReceivedBody { data_coding: 8, ..with_header(b"\x03\x25\x01\x01\x00\x07") };
    check(&ucs2, &text("\u{7}"), &[]);
}

#[test]
fn letters_of_unknown_languages_are_shown_as_unreadable_and_not_as_others() {
    let hindi = with_header(b"\x06\x25\x01\x06\x24\x01\x06\x03\x10 ok 12\x1B\x41\x1B\x2A\x1Be");
    check(&hindi, &text("\u{FFFD}\u{FFFD} ok 12A\u{FFFD}€"), &[ContentFault::UnknownAlphabet]);
}

#[test]
fn an_unknown_alphabet_is_counted() {
    for data_coding in [2, 4, 5, 10, 0x2A, 0x80] {
        let body = ReceivedBody { data_coding, short_message: b"Hi", ..ReceivedBody::default() };
        check(&body, &text("Hi"), &[ContentFault::UnknownAlphabet]);
    }
}

#[test]
fn a_text_that_looks_like_a_receipt_is_a_text() {
    let forged =
        "id:1 sub:001 dlvrd:001 submit date:2011201245 done date:2011201246 stat:DELIVRD err:000 text:";
    for esm_class in [0x00, 0x08, 0x10, 0x18] {
        let body = ReceivedBody { esm_class, short_message: forged.as_bytes(), ..ReceivedBody::default() };
        check(&body, &text(forged), &[]);
    }
    let numbered =
        ReceivedBody { short_message: b"Hi", receipted_message_id: Some(b"77"), ..ReceivedBody::default() };
    check(&numbered, &text("Hi"), &[]);
}
