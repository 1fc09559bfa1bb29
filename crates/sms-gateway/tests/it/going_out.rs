//! What goes out: over which carrier, how fast, and what becomes of it when carriers say no.

use std::time::Duration;

use contact_center::texting::DeliveryState;
use smpp::Status;
use smpp::smsc::DeliverResult;
use sms_gateway::{Carrier, Config, Route};

use crate::carrier::{Manner, TestCarrier, words};
use crate::office::{MILO, OURS};
use crate::{now, one_of_each, over};

fn route(prefix: &str, carriers: &[&str]) -> Route {
    let carriers = carriers.iter().map(|name| (*name).to_owned()).collect();
    Route { prefix: prefix.to_owned(), carriers, ..Route::default() }
}

#[tokio::test]
async fn routes_choose_the_carrier() {
    let (mut acme, office) = one_of_each(Manner::Accept).await;
    let mut bolt = TestCarrier::open(Manner::Accept).await;
    let carriers = vec![acme.config("acme"), bolt.config("bolt")];
    let routes = vec![route("+49", &["acme"]), route("+4917", &["bolt"])];
    let gateway = office.connect(Config { carriers, routes });
    acme.bound().await;
    bolt.bound().await;
    office.begin("+4930555", "to Berlin").await;
    assert_eq!(words(&acme.submitted().await.part), "to Berlin");
    office.begin(MILO, "to a phone").await;
    assert_eq!(words(&bolt.submitted().await.part), "to a phone");
    let nowhere = office.begin("+15550100", "to nowhere").await;
    let deliveries = office.stand(nowhere, |it| it[0].state == DeliveryState::Failed).await;
    assert_eq!(deliveries[0].reason.as_deref(), Some("no route leads to this number"));
    office.close(gateway).await;
}

#[tokio::test]
async fn the_next_carrier_takes_what_the_first_cannot() {
    let (mut acme, office) = one_of_each(Manner::Refuse(Status::SYSTEM_ERROR)).await;
    let mut bolt = TestCarrier::open(Manner::Accept).await;
    let gateway = office.connect(over(vec![acme.config("acme"), bolt.config("bolt")]));
    acme.bound().await;
    bolt.bound().await;
    let contact = office.begin(MILO, "first").await;
    assert_eq!(words(&acme.submitted().await.part), "first");
    assert_eq!(words(&bolt.submitted().await.part), "first");
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    // Without a connection it is not asked at all.
    acme.break_off();
    acme.closed().await;
    acme.behave(Manner::Silent);
    drop(acme);
    office.close(gateway).await;
}

#[tokio::test]
async fn a_carrier_without_a_connection_is_passed_over() {
    let (mut bolt, office) = one_of_each(Manner::Accept).await;
    let mut dead = bolt.config("acme");
    dead.port = 1;
    let gateway = office.connect(over(vec![dead, bolt.config("bolt")]));
    bolt.bound().await;
    let contact = office.begin(MILO, "first").await;
    assert_eq!(words(&bolt.submitted().await.part), "first");
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn a_refusal_ends_a_text_and_the_reason_is_shown() {
    let (mut carrier, office) = one_of_each(Manner::Refuse(Status::INVALID_DESTINATION)).await;
    let mut config = carrier.config("acme");
    config.most_parts = 2;
    let gateway = office.connect(over(vec![config]));
    carrier.bound().await;
    let contact = office.begin(MILO, "first").await;
    let deliveries = office.stand(contact, |it| it[0].state == DeliveryState::Failed).await;
    assert_eq!(deliveries[0].reason.as_deref(), Some("ESME_RINVDSTADR (0x0000000B)"));
    office.say(contact, &"a".repeat(500)).await;
    let deliveries = office.stand(contact, |it| it.len() == 2 && it[1].state == DeliveryState::Failed).await;
    assert_eq!(deliveries[1].reason.as_deref(), Some("the text has 4 parts, and 2 are the most"));
    office.close(gateway).await;
}

#[tokio::test]
async fn a_throttled_text_is_offered_again() {
    let manner = |turn| if turn == 0 { Manner::Refuse(Status::THROTTLED) } else { Manner::Accept };
    let (mut carrier, office) = one_of_each(Manner::ByTurn(manner)).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, "first").await;
    let began = now();
    assert_eq!(words(&carrier.submitted().await.part), "first");
    assert_eq!(words(&carrier.submitted().await.part), "first");
    assert!(now() - began > Duration::from_millis(500), "it was left alone for a while");
    office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    assert!(!carrier.has_seen_a_text());
    office.close(gateway).await;
}

#[tokio::test]
async fn only_the_parts_are_offered_again_that_were_not_taken() {
    let manner = |turn| if turn == 1 { Manner::Refuse(Status::QUEUE_FULL) } else { Manner::Accept };
    let (mut carrier, office) = one_of_each(Manner::ByTurn(manner)).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, &"a".repeat(400)).await;
    let mut parts = Vec::new();
    for _ in 0..4 {
        parts.push(carrier.submitted().await.part);
    }
    assert_eq!(parts[3], parts[1]);
    let deliveries = office.stand(contact, |it| it[0].state == DeliveryState::Sent).await;
    assert_eq!(deliveries[0].parts, 3);
    assert!(!carrier.has_seen_a_text());
    office.close(gateway).await;
}

#[tokio::test]
async fn a_carrier_gets_no_more_in_a_second_than_was_agreed() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![Carrier { texts_per_second: 40, ..carrier.config("acme") }]));
    carrier.bound().await;
    let began = now();
    for number in 0..30 {
        office.begin(&format!("+4917012345{number:02}"), "hello").await;
    }
    for _ in 0..30 {
        carrier.submitted().await;
    }
    let took = now() - began;
    assert!(took > Duration::from_millis(600), "{took:?}");
    office.close(gateway).await;
}

#[tokio::test]
async fn who_opts_out_is_not_sent_what_still_waits() {
    let manner = |turn| if turn == 0 { Manner::Refuse(Status::THROTTLED) } else { Manner::Accept };
    let (mut carrier, office) = one_of_each(Manner::ByTurn(manner)).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, "Buy umbrellas!").await;
    assert_eq!(words(&carrier.submitted().await.part), "Buy umbrellas!");
    let ticket = carrier.text(MILO, OURS, "STOP");
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::OK));
    office.stand(contact, |it| it[0].state == DeliveryState::Blocked).await;
    // The confirmation goes out all the same.
    let confirmation = words(&carrier.submitted().await.part);
    assert_ne!(confirmation, "Buy umbrellas!");
    office.stand(contact, |it| it.len() == 2 && it[1].state == DeliveryState::Sent).await;
    assert!(!carrier.has_seen_a_text());
    office.close(gateway).await;
}
