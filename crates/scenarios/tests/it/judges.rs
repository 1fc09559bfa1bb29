//! Before they judge us: the carriers that others wrote, and the client that others wrote, understand each other
//! and tell the same.

use serde_json::{Value, json};

use crate::carriers::{Carrier, DELIVERED, LongText, PASSWORD, Report, SYSTEM_ID, THROTTLED};
use crate::npm_carrier::NpmCarrier;
use crate::smpp34_carrier::Smpp34Carrier;
use crate::smpplib_esme::SmpplibEsme;

const OURS: &str = "4930111";
const PHONE: &str = "49170222";
/// Two parts by smpplib, the first of which ends inside a pair.
const SIXTY_SMILES: usize = 60;

#[tokio::test]
async fn outside_client_smpplib_and_outside_carrier_npm_smpp_understand_each_other() {
    check(Carrier::Npm(NpmCarrier::open().await)).await;
}

#[tokio::test]
async fn outside_client_smpplib_and_outside_carrier_smpp34_understand_each_other() {
    check(Carrier::Smpp34(Smpp34Carrier::open().await)).await;
}

async fn check(mut carrier: Carrier) {
    let mut stranger = SmpplibEsme::start(carrier.port(), SYSTEM_ID, "wrong");
    assert!(stranger.bind().await["refused"].as_u64().is_some());
    assert_eq!(carrier.bound().await["accepted"], false);
    let mut esme = SmpplibEsme::start(carrier.port(), SYSTEM_ID, PASSWORD);
    assert!(esme.bind().await["systemId"].is_string());
    assert_eq!(carrier.bound().await["accepted"], true);

    let answers = esme.submit(OURS, PHONE, "Grüße für 5 € @home", "gsm").await;
    let submit = carrier.submitted().await;
    assert_eq!(submit["text"], "Grüße für 5 € @home");
    assert_eq!(
        (&submit["from"], &submit["to"], &submit["dataCoding"]),
        (&json!(OURS), &json!(PHONE), &json!(0))
    );
    assert_eq!(answers, [json!({"status": 0, "messageId": submit["id"]})]);
    for form in ["text", "tlv", "both"] {
        let id = submit["id"].as_str().expect("an id");
        carrier.report(id, &Report { form, ..DELIVERED }).await;
        let receipt = esme.texted("receipt", |it| it["esmClass"] == 4).await;
        let names_it = |member: &str| receipt[member].as_str().is_some_and(|it| it.contains(id));
        assert_eq!((names_it("text"), names_it("receiptedMessageId")), (form != "tlv", form != "text"));
    }

    esme.submit(OURS, PHONE, &"😀".repeat(SIXTY_SMILES), "ucs2").await;
    let parts: Vec<Value> = vec![carrier.submitted().await, carrier.submitted().await];
    assert_eq!(parts[1]["part"]["number"], 2, "{parts:?}");
    assert_eq!(parts[0]["part"]["reference"], parts[1]["part"]["reference"]);
    for way in ["udh8", "udh16", "sar", "payload"] {
        let order = (way != "payload").then(|| vec![1, 0]);
        let long = LongText { way: Some(way), order, coding: None };
        let sent = "Жук ".repeat(20);
        carrier.text(PHONE, OURS, &sent, &long).await;
        let first = esme.texted("text", |it| it["esmClass"] != 4).await;
        if way == "payload" {
            assert_eq!(first["text"], sent);
        } else {
            let second = esme.texted("text", |it| it["esmClass"] != 4).await;
            let said = |part: &Value| part["text"].as_str().unwrap_or("").to_owned();
            assert_eq!(said(&second) + &said(&first), sent, "{way}");
            assert_eq!(first["part"]["number"], 2, "{way}");
        }
    }

    carrier.refuse_next(1, THROTTLED).await;
    assert_eq!(esme.submit(OURS, PHONE, "one", "gsm").await[0]["status"], THROTTLED);
    assert_eq!(esme.submit(OURS, PHONE, "two", "gsm").await[0]["status"], 0);
    assert_eq!(carrier.submitted().await["text"], "two");
    assert_eq!(carrier.submits().len(), 5, "two parts, and one refused");

    // smpp34 ends sessions by `unbind`, which smpplib does not answer.
    if let Carrier::Npm(_) = carrier {
        carrier.hang_up().await;
        esme.inbox.take("end of the connection", |it| it.channel == "ended").await;
    }
}
