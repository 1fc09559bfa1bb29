//! Octets that no carrier should send: nothing panics, and nothing is lost.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use smpp::{Address, Content, DefaultAlphabet, ReceivedBody};

/// Octets that often begin like a header or a receipt.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let noise = vec(any::<u8>(), 0..260);
    let header = (0u8..12, vec(0u8..10, 0..14), vec(any::<u8>(), 0..40));
    let header = header.prop_map(|(length, elements, text)| [vec![length], elements, text].concat());
    let words = proptest::sample::select(vec![
        "id:",
        "stat:",
        "err:",
        "text:",
        " ",
        ":",
        "DELIVRD",
        "0",
        "00",
        "7",
        "ff",
        "é",
        "✓",
        "submit date:",
        "\0",
    ]);
    let receipt = vec(words, 0..24).prop_map(|words| words.concat().into_bytes());
    prop_oneof![noise, header, receipt]
}

proptest! {
    #[test]
    fn any_message_is_read(
        (esm_class, data_coding) in any::<(u8, u8)>(),
        short_message in octets(),
        payload in of(octets()),
        sar in any::<(Option<u16>, Option<u8>, Option<u8>)>(),
        receipted in of(octets()),
        (message_state, network_error_code, user_message_reference)
            in any::<(Option<u8>, Option<(u8, u16)>, Option<u16>)>(),
    ) {
        let body = ReceivedBody {
            esm_class,
            data_coding,
            short_message: &short_message,
            payload: payload.as_deref(),
            sar_reference: sar.0,
            sar_total: sar.1,
            sar_number: sar.2,
            receipted_message_id: receipted.as_deref(),
            message_state,
            network_error_code,
            user_message_reference,
        };
        for default in [DefaultAlphabet::Gsm7, DefaultAlphabet::Latin1, DefaultAlphabet::Ascii] {
            let reading = body.read(default);
            prop_assert!(reading.faults.len() <= 5);
            match reading.content {
                Content::Text(_) => {}
                Content::Part { total, number, .. } => prop_assert!(total >= 2 && (1..=total).contains(&number)),
                Content::Receipt(receipt) => {
                    prop_assert!(receipt.ids.len() <= 60);
                    prop_assert!(receipt.ids.iter().all(|id| !id.is_empty() && id.len() <= 260));
                    prop_assert!(receipt.text.is_none_or(|text| text.chars().count() <= 20));
                    prop_assert!(receipt.error.is_none_or(|error| error.len() <= 32));
                }
            }
        }
    }

    /// A text that is no receipt is as long as its octets, whatever header it pretends to have.
    #[test]
    fn a_text_behind_any_header_is_kept(octets in octets(), udhi: bool) {
        let esm_class = if udhi { 0x40 } else { 0 };
        let body =
            ReceivedBody { esm_class, data_coding: 3, short_message: &octets, ..ReceivedBody::default() };
        let reading = body.read(DefaultAlphabet::Gsm7);
        let (Content::Text(units) | Content::Part { units, .. }) = reading.content else {
            return Err(TestCaseError::fail("a text"));
        };
        let header = match octets.first() {
            Some(length) if udhi && usize::from(*length) < octets.len() => usize::from(*length) + 1,
            _ => 0,
        };
        prop_assert_eq!(units.len(), octets.len() - header);
    }

    #[test]
    fn any_address_has_a_number_and_hides_it(ton: u8, npi: u8, digits in "\\PC{0,30}|[0-9+]{0,22}") {
        let address = Address { ton, npi, digits: digits.clone() };
        let number = address.number();
        prop_assert!(number.trim_start_matches('+').len() <= digits.len());
        let shown = format!("{address:?}");
        prop_assert!(digits.chars().count() < 4 || !shown.contains(&digits), "{}", shown);
        prop_assert_eq!(Address { ton, npi, digits: number.clone() }.number(), number, "told once, told for good");
    }

    #[test]
    fn what_people_write_as_a_number_comes_back(text in "\\+[1-9][0-9]{6,19}|[1-9][0-9]{2,5}|[A-Za-z][A-Za-z0-9]{0,10}") {
        prop_assert_eq!(Address::of_number(&text).map(|it| it.number()), Ok(text));
    }

    #[test]
    fn any_text_is_a_number_or_refused(text: String) {
        if let Ok(address) = Address::of_number(&text) {
            prop_assert!(address.digits.len() <= smpp::MAX_ADDRESS_OCTETS && address.digits.is_ascii());
        }
    }
}
