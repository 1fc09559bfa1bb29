//! Texts in parts, and back.

use proptest::prelude::*;
use proptest::sample::select;
use smpp::{
    Alphabet, Content, Cutting, DefaultAlphabet, LongTexts, Part, ReceivedBody, TooLong, cut, decode,
};

const ALL: [Alphabet; 3] = [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ucs2];
const WAYS: [LongTexts; 4] = [LongTexts::Udh8, LongTexts::Udh16, LongTexts::Sar, LongTexts::Payload];
const MAX_REFERENCE: u16 = u16::MAX;

fn cutting(long: LongTexts) -> Cutting<'static> {
    Cutting { alphabets: &ALL, default: DefaultAlphabet::Gsm7, long, most_parts: 255 }
}

/// How a carrier hands a part on.
fn body(part: &Part) -> ReceivedBody<'_> {
    ReceivedBody {
        esm_class: part.esm_class,
        data_coding: part.data_coding,
        short_message: &part.short_message,
        payload: part.payload.as_deref(),
        sar_reference: part.sar.map(|it| it.reference),
        sar_total: part.sar.map(|it| it.total),
        sar_number: part.sar.map(|it| it.number),
        ..ReceivedBody::default()
    }
}

/// The text of parts, which must all be there, in order and of one reference.
fn joined(parts: &[Part], default: DefaultAlphabet) -> String {
    let mut text = Vec::new();
    let mut references = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let reading = body(part).read(default);
        assert_eq!(reading.faults, []);
        match reading.content {
            Content::Text(units) => {
                assert_eq!(parts.len(), 1);
                text.extend(units);
            }
            Content::Part { reference, total, number, units } => {
                assert_eq!((usize::from(total), usize::from(number)), (parts.len(), index + 1));
                references.push(reference);
                text.extend(units);
            }
            Content::Receipt(_) => panic!("a text, not a receipt"),
        }
    }
    references.dedup();
    assert!(references.len() <= 1, "one text has one reference");
    String::from_utf16(&text).expect("whole characters")
}

/// Octets that a part takes of the 140 on the air.
fn octets_on_air(part: &Part, long: LongTexts, default: DefaultAlphabet) -> usize {
    let header = if part.esm_class & 0x40 == 0 { 0 } else { usize::from(part.short_message[0]) + 1 };
    let text = &part.short_message[header..];
    // The carrier makes the headers of SAR parts: six octets.
    let header = if long == LongTexts::Sar && part.sar.is_some() { 6 } else { header };
    match (part.data_coding, default) {
        (0, DefaultAlphabet::Gsm7) => (header * 8).div_ceil(7) * 7 / 8 + (text.len() * 7).div_ceil(8),
        (0, DefaultAlphabet::Ascii) => {
            let septets: usize = text.iter().map(|it| if b"^{}\\[~]|".contains(it) { 2 } else { 1 }).sum();
            ((header * 8).div_ceil(7) * 7 + septets * 7).div_ceil(8)
        }
        _ => header + text.len(),
    }
}

fn sizes(text: &str, long: LongTexts) -> Vec<usize> {
    cut(text, &cutting(long), 7).expect("short enough").iter().map(|part| part.short_message.len()).collect()
}

#[test]
fn a_text_is_one_message_as_long_as_it_fits() {
    for (letter, whole) in [("a", 160), ("ê", 140), ("Д", 70)] {
        for long in WAYS {
            let parts = cut(&letter.repeat(whole), &cutting(long), 7).expect("short enough");
            assert_eq!(parts.len(), 1, "{letter} {long:?}");
            assert_eq!((parts[0].esm_class, parts[0].payload.clone(), parts[0].sar), (0, None, None));
            let longer = cut(&letter.repeat(whole + 1), &cutting(long), 7).expect("short enough");
            assert_eq!(longer.len(), if long == LongTexts::Payload { 1 } else { 2 }, "{letter} {long:?}");
        }
    }
}

#[test]
fn parts_are_as_large_as_their_headers_let_them() {
    assert_eq!(sizes(&"a".repeat(306), LongTexts::Udh8), [6 + 153, 6 + 153]);
    assert_eq!(sizes(&"a".repeat(304), LongTexts::Udh16), [7 + 152, 7 + 152]);
    assert_eq!(sizes(&"a".repeat(306), LongTexts::Sar), [153, 153]);
    assert_eq!(sizes(&"ê".repeat(268), LongTexts::Udh8), [6 + 134, 6 + 134]);
    assert_eq!(sizes(&"ê".repeat(266), LongTexts::Udh16), [7 + 133, 7 + 133]);
    assert_eq!(sizes(&"Д".repeat(134), LongTexts::Udh8), [6 + 134, 6 + 134]);
    assert_eq!(sizes(&"Д".repeat(132), LongTexts::Udh16), [7 + 132, 7 + 132]);
    assert_eq!(sizes(&"Д".repeat(134), LongTexts::Sar), [134, 134]);
}

#[test]
fn headers_are_those_of_the_standard() {
    let text = "a".repeat(200);
    let parts = |long| cut(&text, &cutting(long), 0xABCD).expect("short enough");
    let udh8 = parts(LongTexts::Udh8);
    assert_eq!(udh8[0].short_message[..6], [0x05, 0x00, 0x03, 0xCD, 0x02, 0x01]);
    assert_eq!(udh8[1].short_message[..7], [0x05, 0x00, 0x03, 0xCD, 0x02, 0x02, b'a']);
    assert_eq!((udh8[0].esm_class, udh8[0].data_coding, udh8[0].sar), (0x40, 0, None));
    let udh16 = parts(LongTexts::Udh16);
    assert_eq!(udh16[1].short_message[..8], [0x06, 0x08, 0x04, 0xAB, 0xCD, 0x02, 0x02, b'a']);
    let sar = parts(LongTexts::Sar);
    assert_eq!((sar[1].esm_class, sar[1].short_message[0]), (0, b'a'));
    let place = sar[1].sar.expect("a place");
    assert_eq!((place.reference, place.total, place.number), (0xABCD, 2, 2));
    let payload = parts(LongTexts::Payload);
    assert_eq!((payload[0].esm_class, payload[0].short_message.len()), (0, 0));
    assert_eq!(payload[0].payload.as_deref(), Some(text.as_bytes()));
}

#[test]
fn an_escape_pair_stays_in_one_part() {
    let text = format!("{}€{}", "a".repeat(152), "b".repeat(20));
    let parts = cut(&text, &cutting(LongTexts::Udh8), 1).expect("short enough");
    assert_eq!(parts[0].short_message.len(), 6 + 152);
    assert_eq!(parts[1].short_message[6..8], [0x1B, 0x65]);
    // 160 septets: the escapes count.
    assert_eq!(sizes(&"€".repeat(80), LongTexts::Udh8), [160]);
    assert_eq!(sizes(&"€".repeat(81), LongTexts::Udh8), [6 + 152, 6 + 10]);
}

#[test]
fn what_looks_like_one_character_stays_in_one_part() {
    for character in ["😀", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "e\u{301}", "1️⃣", "\r\n", "🏴\u{E0067}\u{E0062}\u{E007F}"]
    {
        // It would begin at the last place of the first part.
        let text = format!("{}{character}{}", "Д".repeat(66), "Д".repeat(20));
        let parts = cut(&text, &cutting(LongTexts::Udh8), 1).expect("short enough");
        assert_eq!(parts[0].short_message.len(), 6 + 132, "{character}");
        assert_eq!(joined(&parts, DefaultAlphabet::Gsm7), text);
    }
    // Two flags are two characters.
    let text = format!("{}🇩🇪🇫🇷", "Д".repeat(63));
    let parts = cut(&text, &cutting(LongTexts::Udh8), 1).expect("short enough");
    assert_eq!(parts[0].short_message.len(), 6 + 2 * 67);
}

#[test]
fn a_pile_of_marks_longer_than_a_part_is_cut_all_the_same() {
    let text = format!("e{}", "\u{301}".repeat(200));
    let parts = cut(&text, &cutting(LongTexts::Udh8), 1).expect("short enough");
    assert_eq!(parts.len(), 3);
    assert_eq!(joined(&parts, DefaultAlphabet::Gsm7), text);
}

#[test]
fn an_empty_text_is_one_empty_message() {
    for long in WAYS {
        let parts = cut("", &cutting(long), 1).expect("short enough");
        assert_eq!(parts.len(), 1);
        assert_eq!((parts[0].short_message.len(), &parts[0].payload), (0, &None));
    }
}

#[test]
fn too_many_parts_are_refused_with_their_number() {
    let few = |long| Cutting { most_parts: 3, ..cutting(long) };
    for long in [LongTexts::Udh8, LongTexts::Sar, LongTexts::Payload] {
        assert!(cut(&"a".repeat(459), &few(long), 1).is_ok());
        assert_eq!(cut(&"a".repeat(460), &few(long), 1), Err(TooLong { parts: 4, most: 3 }));
    }
    let text = "a".repeat(10_000);
    assert_eq!(cut(&text, &few(LongTexts::Udh8), 1), Err(TooLong { parts: 66, most: 3 }));
    assert_eq!(cut(&text, &cutting(LongTexts::Udh8), 1).expect("short enough").len(), 66);
    let most = "a".repeat(255 * 153);
    assert_eq!(cut(&most, &cutting(LongTexts::Udh8), 1).expect("short enough").len(), 255);
    let more = format!("{most}a");
    assert_eq!(cut(&more, &cutting(LongTexts::Udh8), 1), Err(TooLong { parts: 256, most: 255 }));
    let none = Cutting { most_parts: 0, ..cutting(LongTexts::Udh8) };
    assert_eq!(cut("a", &none, 1), Err(TooLong { parts: 1, most: 0 }));
}

#[test]
fn no_debug_form_shows_a_text() {
    let parts = cut("secret", &cutting(LongTexts::Udh8), 1).expect("short enough");
    let content = body(&parts[0]).read(DefaultAlphabet::Gsm7).content;
    let (part, content) = (format!("{:?}", parts[0]), format!("{content:?}"));
    assert_eq!(part, "Part { esm_class: 0, data_coding: 0, octets: 6, sar: None }");
    assert_eq!(content, "Text { units: 6 }");
    assert_eq!(decode(0, &parts[0].short_message, DefaultAlphabet::Gsm7).len(), 6);
}

/// Letters of many kinds, so that every alphabet and every place of a cut is met.
fn text() -> impl Strategy<Value = String> {
    let gsm = select(vec!["a", "@", "€", "{", "\n", "Ω", "\u{c}"]);
    let latin = select(vec!["a", "ê", "ÿ", "\r\n", "\0"]);
    let any = select(vec!["a", "Д", "😀", "👩‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "\u{FFFD}", "\u{200D}", "🏽"]);
    let texts = |letters: proptest::sample::Select<&'static str>| {
        proptest::collection::vec(letters, 0..700).prop_map(|it| it.concat())
    };
    prop_oneof![texts(gsm), texts(latin), texts(any), "\\PC{0,300}"]
}

proptest! {
    #[test]
    fn parts_fit_the_air_and_join_to_their_text(
        text in text(),
        long in select(WAYS.to_vec()),
        default in select(vec![DefaultAlphabet::Gsm7, DefaultAlphabet::Latin1, DefaultAlphabet::Ascii]),
        alphabets in proptest::collection::vec(select(ALL.to_vec()), 0..4),
        reference in 0..=MAX_REFERENCE,
    ) {
        let cutting = Cutting { alphabets: &alphabets, default, long, most_parts: 255 };
        let parts = cut(&text, &cutting, reference).expect("short enough");
        for part in &parts {
            prop_assert!(part.short_message.len() <= 160);
            prop_assert!(octets_on_air(part, long, default) <= 140, "{:?}", part);
            if let Content::Part { units, .. } = body(part).read(default).content {
                prop_assert!(String::from_utf16(&units).is_ok(), "no pair is cut");
                prop_assert!(!units.is_empty());
            }
        }
        prop_assert_eq!(joined(&parts, default), text);
    }

    /// No part is left half empty: a carrier is paid by the part.
    #[test]
    fn there_are_no_more_parts_than_needed(text in "[a-z]{0,2000}", long in select(WAYS.to_vec())) {
        let parts = cut(&text, &cutting(long), 1).expect("short enough");
        let room = if long == LongTexts::Udh16 { 152 } else { 153 };
        let needed = if text.len() <= 160 || long == LongTexts::Payload { 1 } else { text.len().div_ceil(room) };
        prop_assert_eq!(parts.len(), needed);
    }
}
