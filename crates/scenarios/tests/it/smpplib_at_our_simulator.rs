//! Our simulated carrier, judged by a client that others wrote: PyPI `smpplib` binds, texts, gets texts and receipts.

use std::time::Duration;

use carrier_simulator::{Account, Config, Faults, ReceiptForm, Share, Simulator};
use serde_json::{Value, json};
use smpp::LongTexts;
use test_kit::DEADLINE_MS;

use crate::smpplib_esme::SmpplibEsme;

const OURS: &str = "4930111";
const PHONE: &str = "+49170222";
/// The phone as it stands on the wire: an international number without its plus.
const PHONE_ON_WIRE: &str = "49170222";
const IN_TIME: Duration = Duration::from_millis(DEADLINE_MS);
const RECEIPT: u64 = 0x04;
/// `ESME_RBINDFAIL`, `ESME_RINVPASWD`, `ESME_RTHROTTLED` and `ESME_RX_T_APPN` (SMPP 3.4, 5.1.3).
const BIND_FAILED: u64 = 0x0D;
const WRONG_PASSWORD: u64 = 0x0E;
const THROTTLED: u64 = 0x58;
const NOT_NOW: u64 = 0x64;

async fn simulator(config: Config) -> Simulator {
    let account = Account { system_id: "acme".to_owned(), password: "secret".to_owned() };
    Simulator::start(Config { accounts: vec![account], ..config }).await.expect("the simulator starts")
}

async fn bound(simulator: &Simulator) -> SmpplibEsme {
    let mut esme = SmpplibEsme::start(simulator.smpp_address().port(), "acme", "secret");
    assert!(esme.bind().await["systemId"].is_string());
    esme
}

#[tokio::test]
async fn outside_client_smpplib_is_bound_by_its_password_alone() {
    let simulator = simulator(Config::default()).await;
    let mut stranger = SmpplibEsme::start(simulator.smpp_address().port(), "acme", "guessed");
    let refused = stranger.bind().await["refused"].as_u64();
    assert!(refused.is_some_and(|it| [BIND_FAILED, WRONG_PASSWORD].contains(&it)), "{refused:?}");
    let mut esme = bound(&simulator).await;
    esme.command(json!({"do": "enquire"})).await;
    esme.command(json!({"do": "unbind"})).await;
    assert!(esme.bind().await["systemId"].is_string(), "whoever has taken leave may come again");
}

#[tokio::test]
async fn outside_client_smpplib_texts_phones_in_every_alphabet_and_at_any_length() {
    let simulator = simulator(Config::default()).await;
    let mut esme = bound(&simulator).await;
    let smiles = "😀".repeat(100);
    let long = "Grüße an @lle für 5 Euro ".repeat(20);
    let texts: [(&str, &str); 6] = [
        ("gsm", "Hello @ 5 € [ok] ~"),
        ("latin1", "Ça va, señor?"),
        ("ucs2", "Привет 😀"),
        ("latin1", &long),
        // smpplib cuts by octets: the first part ends inside a pair.
        ("ucs2", &smiles),
        ("gsm", &long),
    ];
    for (count, (coding, text)) in texts.into_iter().enumerate() {
        let answers = esme.submit(OURS, PHONE_ON_WIRE, text, coding).await;
        assert!(answers.iter().all(|answer| answer["status"] == 0), "{answers:?}");
        let received = simulator.wait_received(PHONE, count + 1, IN_TIME).await;
        assert_eq!(received.last().map(|it| it.text.as_str()), Some(text), "{coding}");
        assert_eq!(received.last().map(|it| it.from.as_str()), Some("+4930111"));
    }
}

/// Parts must not end inside an escape sequence (3GPP TS 23.040, 9.2.3.24.1). smpplib's may, and then the
/// character is not put together again: a euro sign should be here.
#[tokio::test]
async fn outside_client_smpplib_loses_an_extended_character_that_it_cut_in_two() {
    let simulator = simulator(Config::default()).await;
    let mut esme = bound(&simulator).await;
    let before = "a".repeat(152);
    esme.submit(OURS, PHONE_ON_WIRE, &format!("{before}€, as I said."), "gsm").await;
    let received = simulator.wait_received(PHONE, 1, IN_TIME).await;
    assert_eq!(received[0].text, format!("{before} e, as I said."));
}

#[tokio::test]
async fn outside_client_smpplib_reads_receipts_in_text_and_in_optional_parameters() {
    for form in [ReceiptForm::Text, ReceiptForm::Tlv, ReceiptForm::Both] {
        let faults = Faults { receipt_form: form, ..Faults::default() };
        let simulator = simulator(Config { faults, ..Config::default() }).await;
        let mut esme = bound(&simulator).await;
        let answers = esme.submit(OURS, PHONE_ON_WIRE, "ping", "gsm").await;
        let id = answers[0]["messageId"].as_str().expect("an id").to_owned();
        let receipt = esme.texted("receipt", |it| it["esmClass"] == RECEIPT).await;
        assert_eq!((&receipt["from"], &receipt["to"]), (&json!(PHONE_ON_WIRE), &json!(OURS)));
        let text = receipt["text"].as_str().unwrap_or("");
        if form != ReceiptForm::Tlv {
            assert!(text.starts_with(&format!("id:{id} ")) && text.contains("stat:DELIVRD"), "{text}");
        }
        let by_parameters = (&receipt["receiptedMessageId"], &receipt["messageState"]);
        let expected =
            if form == ReceiptForm::Text { (Value::Null, Value::Null) } else { (json!(id), json!(2)) };
        assert_eq!(by_parameters, (&expected.0, &expected.1), "{form:?}");
    }
}

#[tokio::test]
async fn outside_client_smpplib_gets_long_texts_of_phones_in_every_way() {
    let text = "Ж😀 ".repeat(60);
    for long_texts in [LongTexts::Udh8, LongTexts::Udh16, LongTexts::Sar, LongTexts::Payload] {
        let simulator = simulator(Config { long_texts, ..Config::default() }).await;
        let esme = bound(&simulator).await;
        simulator.text(PHONE, OURS, &text).expect("the phone texts");
        let mut parts = vec![esme.texted("text", |_| true).await];
        let total = parts[0]["part"]["total"].as_u64().unwrap_or(1);
        while (parts.len() as u64) < total {
            parts.push(esme.texted("part", |_| true).await);
        }
        parts.sort_by_key(|part| part["part"]["number"].as_u64());
        let joined: String = parts.iter().map(|part| part["text"].as_str().unwrap_or("")).collect();
        assert_eq!(joined, text, "{long_texts:?}");
        assert_eq!(total == 1, matches!(long_texts, LongTexts::Payload), "{long_texts:?}");
    }
}

#[tokio::test]
async fn outside_client_smpplib_is_throttled_and_goes_on() {
    let simulator = simulator(Config::default()).await;
    let mut esme = bound(&simulator).await;
    simulator.set_faults(Faults { throttle: 1, ..Faults::default() }).expect("faults");
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answers = esme.submit(OURS, PHONE_ON_WIRE, "again", "gsm").await;
        statuses.push(answers[0]["status"].as_u64().unwrap_or(u64::MAX));
    }
    assert!(statuses.contains(&THROTTLED) && statuses[0] == 0, "{statuses:?}");
    simulator.set_faults(Faults::default()).expect("faults");
    assert_eq!(esme.submit(OURS, PHONE_ON_WIRE, "at last", "gsm").await[0]["status"], 0);
    let taken = statuses.iter().filter(|status| **status == 0).count();
    let received = simulator.wait_received(PHONE, taken + 1, IN_TIME).await;
    assert_eq!(received.len(), taken + 1, "what was refused reached no phone");
}

#[tokio::test]
async fn outside_client_smpplib_is_given_again_what_it_could_not_take() {
    let simulator = simulator(Config { retry_ms: 50, ..Config::default() }).await;
    let mut esme = bound(&simulator).await;
    esme.command(json!({"do": "answer", "status": NOT_NOW})).await;
    simulator.text(PHONE, OURS, "hello?").expect("the phone texts");
    esme.texted("text", |it| it["text"] == "hello?").await;
    esme.command(json!({"do": "answer", "status": 0})).await;
    esme.texted("text again", |it| it["text"] == "hello?").await;
    let delivered = |it: &Simulator| {
        let texts = it.texts_after(PHONE, 0);
        serde_json::to_value(&texts).is_ok_and(|texts| texts[0]["state"] == "delivered")
    };
    assert!(simulator.wait_until(IN_TIME, delivered).await, "{:?}", simulator.texts_after(PHONE, 0));
}

#[tokio::test]
async fn outside_client_smpplib_comes_again_after_a_broken_connection_and_misses_nothing() {
    let simulator = simulator(Config::default()).await;
    let mut esme = bound(&simulator).await;
    simulator.disconnect();
    esme.inbox.take("end of the connection", |it| it.channel == "ended").await;
    simulator.text(PHONE, OURS, "while you were away").expect("the phone texts");
    assert!(esme.bind().await["systemId"].is_string());
    esme.texted("text", |it| it["text"] == "while you were away").await;
    simulator.set_faults(Faults { lost_receipts: Share::ALL, ..Faults::default() }).expect("faults");
    assert_eq!(esme.submit(OURS, PHONE_ON_WIRE, "back again", "gsm").await[0]["status"], 0);
    let received = simulator.wait_received(PHONE, 1, IN_TIME).await;
    assert_eq!(received[0].text, "back again");
}
