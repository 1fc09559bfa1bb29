//! Texts in, replies out, receipts: as it should be.

use std::sync::Arc;

use contact_center::texting::DeliveryState;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use smpp::smsc::DeliverResult;
use smpp::{BindAs, ReceiptState, Status};
use sms_gateway::{Bind, Tls};
use store::faulty::{Faults, FaultyStore};
use store::memory::MemoryStore;
use tokio_rustls::TlsAcceptor;

use crate::carrier::{Manner, TestCarrier, receipt_for, words};
use crate::office::{MILO, OURS, Office};
use crate::{one_of_each, over};

const KEPT: DeliverResult = DeliverResult::Answered(Status::OK);

#[tokio::test]
async fn a_text_comes_in_a_reply_goes_out_and_its_receipt_is_seen() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let ticket = carrier.text(MILO, OURS, "My umbrella leaks. 😀 {really}");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    let contact = office.accept().await;
    assert_eq!(office.log(contact).await, ["My umbrella leaks. 😀 {really}"]);
    office.say(contact, "Sorry! Which one?").await;
    let submitted = carrier.submitted().await;
    assert_eq!(words(&submitted.part), "Sorry! Which one?");
    assert_eq!((submitted.from.number(), submitted.to.number()), (OURS.to_owned(), MILO.to_owned()));
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    let ticket = carrier.bring(receipt_for(&submitted, "1", ReceiptState::Delivered));
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    let deliveries = office.deliveries(contact).await;
    assert_eq!((deliveries[0].state, deliveries[0].parts), (DeliveryState::Delivered, 1));
    let status = gateway.carriers();
    assert_eq!((status[0].connections, status[0].bound, status[0].waiting), (1, 1, 0));
    office.close(gateway).await;
}

#[tokio::test]
async fn a_receipt_may_overtake_the_answer_to_its_text() {
    let (mut carrier, office) = one_of_each(Manner::ReceiptFirst).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, "Your umbrella is ready.").await;
    office.stand(contact, |it| it[0].state == DeliveryState::Delivered).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn no_receipt_is_too_early_while_the_store_is_slow() {
    let slow = Faults { delay_ms: 5, ..Faults::NONE };
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), 1, Faults::NONE));
    let (carrier, office) =
        (TestCarrier::open(Manner::ReceiptFirst).await, Office::open(store.clone()).await);
    let mut sessions = Vec::new();
    for number in 0..200 {
        sessions.push(office.begin(&format!("+4917000{number:05}"), "Your umbrella is ready.").await);
    }
    store.set(slow);
    let acme = sms_gateway::Carrier { connections: 8, ..carrier.config("acme") };
    let gateway = office.connect(over(vec![acme]));
    for session in sessions {
        office.stand(session, |it| it[0].state == DeliveryState::Delivered).await;
    }
    office.close(gateway).await;
}

#[tokio::test]
async fn texts_to_one_number_stay_in_order_over_several_connections() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway =
        office.connect(over(vec![sms_gateway::Carrier { connections: 3, ..carrier.config("acme") }]));
    for _ in 0..3 {
        carrier.bound().await;
    }
    let contact = office.begin(MILO, "0").await;
    for number in 1..30 {
        office.say(contact, &number.to_string()).await;
    }
    for number in 0..30 {
        assert_eq!(words(&carrier.submitted().await.part), number.to_string());
    }
    office.close(gateway).await;
}

#[tokio::test]
async fn texts_of_one_number_stay_in_order() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let wanted: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    for text in &wanted {
        carrier.text(MILO, OURS, text);
    }
    assert_eq!(office.heard(MILO, 200).await, wanted);
    office.close(gateway).await;
}

#[tokio::test]
async fn long_texts_go_and_come_in_parts() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let long = "Umbrellas are better than raincoats. 🌂 ".repeat(8);
    let contact = office.begin(MILO, &long).await;
    let mut parts = Vec::new();
    while parts.iter().map(words).collect::<String>() != long {
        parts.push(carrier.submitted().await.part);
    }
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    assert_eq!(usize::from(office.deliveries(contact).await[0].parts), parts.len());
    // The customer sends it back, in another order.
    parts.rotate_left(2);
    for part in parts {
        let delivery = smpp::smsc::Delivery { part, ..crate::carrier::text_of(MILO, OURS, "") };
        let ticket = carrier.bring(delivery);
        assert_eq!(carrier.delivered(ticket).await, KEPT);
    }
    assert_eq!(office.heard(MILO, 2).await[1], long);
    office.close(gateway).await;
}

#[tokio::test]
async fn a_pair_has_a_connection_for_each_direction() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway =
        office.connect(over(vec![sms_gateway::Carrier { bind: Bind::Pair, ..carrier.config("acme") }]));
    let mut binds = [carrier.bound_as().await, carrier.bound_as().await];
    binds.sort_by_key(|bind| bind.receives());
    assert_eq!(binds, [BindAs::Transmitter, BindAs::Receiver]);
    let contact = office.begin(MILO, "Your umbrella is ready.").await;
    assert_eq!(words(&carrier.submitted().await.part), "Your umbrella is ready.");
    let status = gateway.carriers();
    assert_eq!((status[0].connections, status[0].bound), (2, 2));
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn connections_can_be_encrypted() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["carrier.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let mut carrier = TestCarrier::open_over(Manner::Accept, Some(tls)).await;
    let office = Office::open(Arc::new(MemoryStore::default())).await;
    let file = std::env::temp_dir().join(format!("sms-gateway-test-{}.pem", std::process::id()));
    std::fs::write(&file, cert.pem()).unwrap();
    let mut right = carrier.config("acme");
    right.tls =
        Some(Tls { authorities: Some(file.clone()), server_name: Some("carrier.example".to_owned()) });
    let mut wrong = right.clone();
    wrong.name = "bolt".to_owned();
    wrong.tls = Some(Tls { authorities: Some(file.clone()), server_name: Some("other.example".to_owned()) });
    let gateway = office.connect(over(vec![wrong, right]));
    carrier.bound().await;
    let contact = office.begin(MILO, "Your umbrella is ready.").await;
    assert_eq!(words(&carrier.submitted().await.part), "Your umbrella is ready.");
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    let bound: Vec<_> = gateway.carriers().into_iter().map(|it| (it.name, it.bound)).collect();
    assert_eq!(bound, [("bolt".to_owned(), 0), ("acme".to_owned(), 1)]);
    office.close(gateway).await;
    std::fs::remove_file(file).unwrap();
}
