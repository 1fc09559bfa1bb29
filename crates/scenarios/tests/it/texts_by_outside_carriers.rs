//! Customers text through carriers that others wrote: npm `smpp` and crate `smpp34`. Each story is told to both
//! where both can do what it needs.

use serde_json::{Value, json};
use test_kit::{Desk, TempDir};

use crate::carriers::{Carrier, DELIVERED, LongText, Report, THROTTLED};
use crate::center::is_from;
use crate::npm_carrier::NpmCarrier;
use crate::smpp34_carrier::Smpp34Carrier;
use crate::text_center::{MILO, OURS, TextCenter, delivery_of};

/// Everything that only agents and supervisors may read.
const SECRETS: [&str; 2] = ["offer a voucher", "sent by the wrong operation"];
/// `ESME_RINVDSTADR` (SMPP 3.4, 5.1.3): nobody will ever take this text.
const NO_SUCH_NUMBER: u32 = 0x0B;

async fn npm() -> Carrier {
    Carrier::Npm(NpmCarrier::open().await)
}

async fn smpp34() -> Carrier {
    Carrier::Smpp34(Smpp34Carrier::open().await)
}

#[tokio::test]
async fn outside_carrier_npm_smpp_carries_a_coached_session() {
    coached_session(npm().await).await;
}

#[tokio::test]
async fn outside_carrier_smpp34_carries_a_coached_session() {
    coached_session(smpp34().await).await;
}

async fn coached_session(carrier: Carrier) {
    let mut center = TextCenter::open(carrier).await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let coach = json!({"supervisorMonitoringMode": "NextChat", "nickname": "Sam"});
    sam.supervise(&anna.person.id, "Coach", coach).await.success();
    let session = center.accepted_by(&anna, "Where is my parcel?").await;
    let list = anna.inbox.participants(0, &session, "coach", |it| it.participant("Sam").is_some()).await;
    assert!(list.participant(MILO).is_some(), "the customer is known by number: {list:?}");
    sam.inbox.text(&session, "Where is my parcel?").await;

    sam.operate(&session, "SendToAgents", json!({"text": SECRETS[0]})).await;
    sam.operate(&session, "SendMessage", json!({"text": SECRETS[1]})).await;
    for secret in SECRETS {
        assert_eq!(anna.inbox.text(&session, secret).await["visibility"], "Agents");
    }
    let index = center.say(&anna, &session, "It is on its way.").await;
    let submit = center.carrier.submitted().await;
    let on_wire = (&submit["text"], &submit["from"], &submit["to"]);
    assert_eq!(on_wire, (&json!("It is on its way."), &json!(&OURS[1..]), &json!(&MILO[1..])), "{submit}");
    let flags = (&submit["esmClass"], &submit["dataCoding"], &submit["registeredDelivery"]);
    assert_eq!(flags, (&json!(0), &json!(0), &json!(1)), "{submit}");
    assert_eq!((&submit["sourceTon"], &submit["destinationTon"]), (&json!(1), &json!(1)), "{submit}");

    for desk in [&anna, &sam] {
        desk.inbox.delivery(&session, index, "Sent").await;
    }
    let id = submit["id"].as_str().expect("an id").to_owned();
    center.carrier.report(&id, &DELIVERED).await;
    for desk in [&anna, &sam] {
        let delivery = desk.inbox.delivery(&session, index, "Delivered").await;
        assert_eq!(delivery["parts"], 1, "{delivery}");
        assert_eq!(delivery_of(desk, &session, index).await["state"], "Delivered");
    }

    center.text("Thank you!").await;
    anna.inbox.text(&session, "Thank you!").await;
    anna.operate(&session, "Complete", Value::Null).await;
    anna.inbox.status(&session, "Completed").await;
    let submits = json!(center.carrier.submits()).to_string();
    assert!(SECRETS.iter().all(|secret| !submits.contains(secret)), "{submits}");
    assert_eq!(center.carrier.submits().len(), 1, "{submits}");
}

#[tokio::test]
async fn outside_carrier_npm_smpp_reports_in_every_form() {
    reports(npm().await).await;
}

#[tokio::test]
async fn outside_carrier_smpp34_reports_in_every_form() {
    reports(smpp34().await).await;
}

async fn reports(carrier: Carrier) {
    let mut center = TextCenter::open(carrier).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    for form in ["text", "tlv", "both"] {
        for (state, expected) in [("DELIVRD", "Delivered"), ("UNDELIV", "Failed")] {
            let index = center.say(&anna, &session, &format!("{form} {state}")).await;
            let id = center.carrier.submitted().await["id"].as_str().expect("an id").to_owned();
            center.carrier.report(&id, &Report { form, state, error: "011" }).await;
            anna.inbox.delivery(&session, index, expected).await;
        }
    }
    center.carrier.refuse_next(1, NO_SUCH_NUMBER).await;
    let index = center.say(&anna, &session, "to nobody").await;
    let failed = anna.inbox.delivery(&session, index, "Failed").await;
    assert!(failed["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{failed}");
}

#[tokio::test]
async fn outside_carrier_npm_smpp_carries_long_texts_both_ways() {
    long_texts(npm, &["udh8", "udh16", "sar", "payload"]).await;
}

#[tokio::test]
async fn outside_carrier_smpp34_carries_long_texts_both_ways() {
    long_texts(smpp34, &["udh16", "sar"]).await;
}

async fn long_texts<F: Future<Output = Carrier>>(open: impl Fn() -> F, ways: &[&'static str]) {
    for &way in ways {
        let mut center = TextCenter::open_with(open().await, &format!("long_texts = \"{way}\"")).await;
        let anna = center.ready_agent("anna").await;
        let session = center.accepted_by(&anna, "Hello?").await;
        let smiles = format!("{way} {}", "😀".repeat(100));
        // Two parts come before the first; what ends inside a pair is put together again.
        let order = (way != "payload").then(|| vec![2, 1, 3, 0]);
        let long = LongText { way: Some(way), order, coding: Some("UCS2") };
        center.carrier.text(MILO, OURS, &smiles, &long).await;
        anna.inbox.text(&session, &smiles).await;

        let answer = format!("{way} {}", "👍🏽 ok ".repeat(40));
        let index = center.say(&anna, &session, &answer).await;
        let submits = parts_of_one(&center).await;
        let said: String = submits.iter().map(|it| it["text"].as_str().unwrap_or("")).collect();
        assert_eq!(said, answer, "{way}");
        assert_eq!(submits.len() == 1, way == "payload", "{submits:?}");
        let (last, others) = submits.split_last().expect("a part");
        for part in others {
            report_delivered(&mut center, part).await;
        }
        anna.inbox.delivery(&session, index, "Sent").await;
        assert_eq!(delivery_of(&anna, &session, index).await["state"], "Sent", "one part is missing");
        report_delivered(&mut center, last).await;
        let delivery = anna.inbox.delivery(&session, index, "Delivered").await;
        assert_eq!(delivery["parts"], submits.len(), "{way}: {delivery}");
    }
}

/// All parts of the next text at the carrier, in the order of the text.
async fn parts_of_one(center: &TextCenter) -> Vec<Value> {
    let mut parts = vec![center.carrier.submitted().await];
    let total = parts[0]["part"]["total"].as_u64().unwrap_or(1);
    while (parts.len() as u64) < total {
        parts.push(center.carrier.submitted().await);
    }
    parts.sort_by_key(|part| part["part"]["number"].as_u64());
    parts
}

async fn report_delivered(center: &mut TextCenter, submit: &Value) {
    let id = submit["id"].as_str().expect("an id").to_owned();
    center.carrier.report(&id, &DELIVERED).await;
}

#[tokio::test]
async fn outside_carrier_npm_smpp_reads_and_writes_every_alphabet() {
    let further = "alphabets = [\"gsm7\", \"latin1\"]";
    let mut center = TextCenter::open_with(npm().await, further).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    let texts = [("GSM", "@ 5 € für {Ω} [~]", 0), ("LATIN1", "Ça coûte ½", 3), ("UCS2", "Привет 😀", 8)];
    for (coding, text, data_coding) in texts {
        let long = LongText { coding: Some(coding), ..LongText::default() };
        center.carrier.text(MILO, OURS, text, &long).await;
        anna.inbox.text(&session, text).await;
        let answer = format!("{text}!");
        center.say(&anna, &session, &answer).await;
        let submit = center.carrier.submitted().await;
        assert_eq!((&submit["text"], &submit["dataCoding"]), (&json!(answer), &json!(data_coding)));
    }
}

// smpp34 1.5.1 takes the answers of receivers for unknown units, so this one is npm's alone.
#[tokio::test]
async fn outside_carrier_npm_smpp_is_bound_in_pairs() {
    let carrier = npm().await;
    let inbox = carrier.inbox().clone();
    let mut center = TextCenter::open_with(carrier, "bind = \"pair\"\nconnections = 2").await;
    for _ in 1..4 {
        assert_eq!(center.carrier.bound().await["accepted"], true);
    }
    let binds = inbox.all().into_iter().filter(|it| it.channel == "bind");
    let mut roles: Vec<String> = binds.map(|it| it.data["as"].as_str().unwrap_or("").to_owned()).collect();
    roles.sort();
    assert_eq!(roles, ["receiver", "receiver", "transmitter", "transmitter"]);
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    for number in 0..4 {
        let index = center.say(&anna, &session, &format!("text {number}")).await;
        let submit = center.carrier.submitted().await;
        report_delivered(&mut center, &submit).await;
        anna.inbox.delivery(&session, index, "Delivered").await;
    }
}

#[tokio::test]
async fn outside_carrier_npm_smpp_throttles_and_loses_nothing() {
    throttling(npm().await).await;
}

#[tokio::test]
async fn outside_carrier_smpp34_throttles_and_loses_nothing() {
    throttling(smpp34().await).await;
}

async fn throttling(carrier: Carrier) {
    let mut center = TextCenter::open(carrier).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    center.carrier.refuse_next(2, THROTTLED).await;
    let mut entries = Vec::new();
    for number in 0..5 {
        let text = format!("number {number}");
        entries.push((center.say(&anna, &session, &text).await, text));
    }
    for (index, text) in &entries {
        assert_eq!(&center.carrier.submitted().await["text"], text, "in their order");
        anna.inbox.delivery(&session, *index, "Sent").await;
    }
    let refused = center.carrier.submits().iter().filter(|it| it["status"] == THROTTLED).count();
    assert_eq!((refused, center.carrier.submits().len()), (2, 7), "{:?}", center.carrier.submits());
}

#[tokio::test]
async fn outside_carrier_npm_smpp_hangs_up_and_is_bound_again() {
    reconnect(npm().await).await;
}

#[tokio::test]
async fn outside_carrier_smpp34_unbinds_and_is_bound_again() {
    reconnect(smpp34().await).await;
}

async fn reconnect(carrier: Carrier) {
    let mut center = TextCenter::open(carrier).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    for round in 0..3 {
        center.carrier.hang_up().await;
        let text = format!("after break {round}");
        let index = center.say(&anna, &session, &text).await;
        assert_eq!(center.carrier.bound().await["accepted"], true);
        assert_eq!(center.carrier.submitted().await["text"], text);
        anna.inbox.delivery(&session, index, "Sent").await;
        let answer = format!("answer {round}");
        center.text(&answer).await;
        anna.inbox.text(&session, &answer).await;
    }
    assert_eq!(center.carrier.submits().len(), 3, "{:?}", center.carrier.submits());
}

#[tokio::test]
async fn outside_carrier_npm_smpp_never_answers_and_is_not_texted_twice() {
    let Carrier::Npm(mut carrier) = npm().await else { unreachable!("npm is npm") };
    carrier.command(json!({"do": "answers", "list": [{"silent": true}]})).await;
    let mut center = TextCenter::open_with(Carrier::Npm(carrier), "response_timeout_ms = 500").await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    let index = center.say(&anna, &session, "into the dark").await;
    let submit = center.carrier.submitted().await;
    anna.inbox.delivery(&session, index, "Unknown").await;
    let next = center.say(&anna, &session, "and another").await;
    anna.inbox.delivery(&session, next, "Sent").await;
    assert_eq!(center.carrier.submits().len(), 2, "{:?}", center.carrier.submits());
    // The carrier had it all along: its report says so.
    report_delivered(&mut center, &submit).await;
    anna.inbox.delivery(&session, index, "Delivered").await;
}

#[tokio::test]
async fn outside_carrier_npm_smpp_gives_ids_in_hexadecimal_and_reports_in_decimal_digits() {
    let Carrier::Npm(mut carrier) = npm().await else { unreachable!("npm is npm") };
    let receipts =
        json!({"do": "receipts", "form": "both", "state": "DELIVRD", "ids": "hex", "early": false});
    carrier.command(receipts).await;
    let mut center = TextCenter::open(Carrier::Npm(carrier)).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    for number in 0..20 {
        let index = center.say(&anna, &session, &format!("text {number}")).await;
        anna.inbox.delivery(&session, index, "Delivered").await;
    }
}

#[tokio::test]
async fn outside_carrier_npm_smpp_reports_before_it_answers() {
    let Carrier::Npm(mut carrier) = npm().await else { unreachable!("npm is npm") };
    let receipts = json!({"do": "receipts", "form": "text", "state": "DELIVRD", "early": true});
    carrier.command(receipts).await;
    let mut center = TextCenter::open(Carrier::Npm(carrier)).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    let index = center.say(&anna, &session, "quick").await;
    anna.inbox.delivery(&session, index, "Delivered").await;
}

#[tokio::test]
async fn outside_carrier_npm_smpp_is_bound_over_tls() {
    let directory = TempDir::new("carrier");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (directory.path().join("carrier.crt"), directory.path().join("carrier.key"));
    std::fs::write(&certificate, made.cert.pem()).expect("the certificate can be written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the key can be written");
    let carrier = Carrier::Npm(NpmCarrier::open_encrypted(&certificate, &key).await);
    let further = format!(
        "tls = true\ntls_server_name = \"localhost\"\ntls_authorities = \"{}\"",
        certificate.display()
    );
    let mut center = TextCenter::open_with(carrier, &further).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Is this safe?").await;
    center.say(&anna, &session, "It is.").await;
    assert_eq!(center.carrier.submitted().await["text"], "It is.");
}

#[tokio::test]
async fn outside_carrier_npm_smpp_talks_nonsense_and_texts_go_on() {
    let Carrier::Npm(carrier) = npm().await else { unreachable!("npm is npm") };
    let mut center = TextCenter::open(Carrier::Npm(carrier)).await;
    let anna = center.ready_agent("anna").await;
    let session = center.accepted_by(&anna, "Hello?").await;
    for (number, (octets, breaks)) in NONSENSE.into_iter().enumerate() {
        let Carrier::Npm(carrier) = &mut center.carrier else { unreachable!("npm is npm") };
        carrier.command(json!({"do": "raw", "hex": octets})).await;
        if breaks {
            assert_eq!(center.carrier.bound().await["accepted"], true, "{octets}");
        }
        go_on(&mut center, &anna, &session, number).await;
    }
}

/// Octets, and whether nothing can be read behind them on the same connection.
const NONSENSE: [(&str, bool); 4] = [
    // An unknown command.
    ("00000010000001990000000000000777", false),
    // A deliver_sm that ends in the middle of its first address.
    ("0000001400000005000000000000077800010134", false),
    // A length that is no length.
    ("00000003000000050000000000000779", true),
    // A length beyond every limit.
    ("7fffffff00000005000000000000077a", true),
];

async fn go_on(center: &mut TextCenter, anna: &Desk, session: &str, number: usize) {
    let question = format!("still there? {number}");
    center.text(&question).await;
    let (_, notification) =
        anna.inbox.entry(session, "question", |it| it["text"] == question && is_from(it, "Text", MILO)).await;
    assert_eq!(notification.messages().len(), 1);
    let answer = format!("yes {number}");
    center.say(anna, session, &answer).await;
    assert_eq!(center.carrier.submitted().await["text"], answer);
}
