use carrier_simulator::{Config, TextError, TextState};
use smpp::{Address, BindAs, Content, LongTexts};

use crate::customer::Customer;
use crate::{CENTER, PHONE, SOON, start, start_with};

const ALL_WAYS: [LongTexts; 4] = [LongTexts::Udh8, LongTexts::Udh16, LongTexts::Sar, LongTexts::Payload];

/// Long in both alphabets, with letters that take two places.
fn long_texts() -> [String; 2] {
    ["All's well {today} for 5 €. ".repeat(20), "Das Wetter ist schön 😀 und я рад. ".repeat(20)]
}

#[tokio::test]
async fn a_phone_shows_whole_what_came_in_parts() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let mut expected = Vec::new();
    for text in long_texts() {
        for way in ALL_WAYS {
            let tickets = customer.submit_as(CENTER, PHONE, &text, way).await;
            assert_eq!(tickets.len() == 1, way == LongTexts::Payload);
            expected.push(text.clone());
        }
    }
    customer.until(|it| it.results.len() == it.receipts().len() && it.results.len() > 20).await;
    let received = simulator.wait_received(PHONE, expected.len(), SOON).await;
    assert_eq!(received.iter().map(|text| text.text.clone()).collect::<Vec<_>>(), expected);
    assert!(received.iter().all(|text| text.from == CENTER && text.to == PHONE));
}

#[tokio::test]
async fn parts_that_come_over_two_connections_make_one_text() {
    let simulator = start_with("{}").await;
    let mut one = Customer::bound(&simulator, BindAs::Transceiver).await;
    let mut other = Customer::bound(&simulator, BindAs::Transmitter).await;
    let parts = [(&[5, 0, 3, 9, 2, 2][..], "world"), (&[5, 0, 3, 9, 2, 1][..], "Hello ")];
    for (customer, (header, text)) in [&mut one, &mut other].into_iter().zip(parts) {
        let part = smpp::Part {
            esm_class: 0x40,
            data_coding: 0,
            short_message: [header, text.as_bytes()].concat(),
            payload: None,
            sar: None,
        };
        customer.submit_part(CENTER, PHONE, part).await;
        customer.until(|it| it.results.len() == 1).await;
    }
    assert_eq!(simulator.wait_received(PHONE, 1, SOON).await[0].text, "Hello world");
}

#[tokio::test]
async fn what_a_phone_writes_comes_in_parts_as_the_carrier_is_set() {
    for way in ALL_WAYS {
        let simulator = start(Config { long_texts: way, ..Config::default() }).await;
        let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
        let [gsm, ucs2] = long_texts();
        for text in ["Short", &gsm, &ucs2] {
            simulator.text(PHONE, CENTER, text).unwrap();
        }
        let whole = ["Short", &gsm, &ucs2].concat();
        customer.until(|it| it.texts().concat() == whole).await;
        let parts = customer.incoming.iter().filter(|it| matches!(it.content, Content::Part { .. })).count();
        assert_eq!(parts == 0, way == LongTexts::Payload);
        assert!(customer.incoming.iter().all(|it| it.from == Address::of_number(PHONE).unwrap()));
        let all_delivered = |it: &carrier_simulator::Simulator| {
            it.texts_after(PHONE, 0).iter().all(|text| text.state == TextState::Delivered)
        };
        assert!(simulator.wait_until(SOON, all_delivered).await);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let simulator =
        start(Config { numbers: vec![CENTER.parse().unwrap()], most_waiting: 3, ..Config::default() }).await;
    let check = |from, to, text: &str, expected: Option<&str>| {
        let error = simulator.text(from, to, text).err().map(|error| error.to_string());
        match expected {
            Some(beginning) => assert!(error.unwrap().starts_with(beginning)),
            None => assert_eq!(error, None),
        }
    };
    check("", CENTER, "Hello", Some("from: "));
    check(PHONE, "+49 30", "Hello", Some("to: "));
    check(PHONE, "72800", "Hello", Some("to: no account has this number"));
    check(PHONE, CENTER, "", Some("text: it is empty"));
    check(PHONE, CENTER, &"x".repeat(20_000), Some("text: the text has "));
    check(PHONE, CENTER, &"x".repeat(400), None);
    assert_eq!(simulator.text(PHONE, CENTER, "one more"), Err(TextError::QueueFull));
    assert_eq!(simulator.texts_after(PHONE, 0).len(), 1, "what was refused is not on the phone");
}
