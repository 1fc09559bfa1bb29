//! Ends of processes and connections: nothing is lost, and nothing is sent twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contact_center::texting::{Arrival, Body, DeliveryState, Origin, Thread};
use smpp::smsc::DeliverResult;
use smpp::{ReceiptState, Status};
use store::memory::MemoryStore;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::carrier::{Manner, TestCarrier, receipt_for, words};
use crate::office::{MILO, Office};
use crate::{a_moment, one_of_each, over};

#[tokio::test]
async fn what_was_handed_over_when_the_process_ended_is_unknown_and_never_sent_again() {
    let store = MemoryStore::default();
    let mut carrier = TestCarrier::open(Manner::Silent).await;
    let office = Office::open(Arc::new(store.clone())).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, "Your umbrella is ready.").await;
    let submitted = carrier.submitted().await;
    drop((gateway, office));
    carrier.behave(Manner::Accept);
    let office = Office::open(Arc::new(store)).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.closed().await;
    carrier.bound().await;
    office.stand(contact, |it| it[0].state == DeliveryState::Unknown).await;
    office.say(contact, "Do come.").await;
    assert_eq!(words(&carrier.submitted().await.part), "Do come.");
    // Only the receipt can tell.
    let mut receipt = receipt_for(&submitted, "4711", ReceiptState::Delivered);
    receipt.reference = submitted.reference;
    let ticket = carrier.bring(receipt);
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::OK));
    office.stand(contact, |it| it[0].state == DeliveryState::Delivered).await;
    assert!(!carrier.has_seen_a_text());
    office.close(gateway).await;
}

#[tokio::test]
async fn what_a_lost_connection_leaves_unanswered_is_unknown_and_what_waits_goes_out_later() {
    let (mut carrier, office) = one_of_each(Manner::Silent).await;
    let mut config = carrier.config("acme");
    config.window = 1;
    let gateway = office.connect(over(vec![config]));
    carrier.bound().await;
    let first = office.begin(MILO, "first").await;
    carrier.submitted().await;
    let second = office.begin("+4917055555", "second").await;
    carrier.behave(Manner::Accept);
    carrier.break_off();
    carrier.bound().await;
    assert_eq!(words(&carrier.submitted().await.part), "second");
    office.stand(second, |it| it[0].state == DeliveryState::Sent).await;
    office.stand(first, |it| it[0].state == DeliveryState::Unknown).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn a_long_text_is_unknown_if_one_of_its_parts_is() {
    let manner = |turn| if turn == 1 { Manner::Silent } else { Manner::Accept };
    let (mut carrier, office) = one_of_each(Manner::ByTurn(manner)).await;
    let mut config = carrier.config("acme");
    config.response_timeout = Duration::from_millis(300);
    let gateway = office.connect(over(vec![config]));
    carrier.bound().await;
    let contact = office.begin(MILO, &"a".repeat(400)).await;
    office.stand(contact, |it| it[0].state == DeliveryState::Unknown).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn what_waits_when_the_server_stops_goes_out_when_it_starts_again() {
    let store = MemoryStore::default();
    let mut carrier = TestCarrier::open(Manner::Accept).await;
    let office = Office::open(Arc::new(store.clone())).await;
    let mut dead = carrier.config("acme");
    dead.port = 1;
    let gateway = office.connect(over(vec![dead]));
    let contact = office.begin(MILO, "first").await;
    office.say(contact, "second").await;
    office.close(gateway).await;
    let office = Office::open(Arc::new(store)).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    for text in ["first", "second"] {
        assert_eq!(words(&carrier.submitted().await.part), text);
    }
    office.stand(contact, |it| it.iter().all(|it| it.state == DeliveryState::Sent)).await;
    office.close(gateway).await;
}

#[tokio::test]
async fn more_texts_than_the_gateway_holds_all_go_out_once() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    // Everybody asks for help, which needs no session.
    let texts: u64 = 22_000;
    for number in 0..texts {
        let thread = Thread {
            customer: format!("+49170{number:07}").parse().unwrap(),
            ours: crate::office::OURS.parse().unwrap(),
        };
        let body = Body::Whole("HELP".to_owned());
        let origin = Origin { fingerprint: u128::from(number), ..Origin::default() };
        let arrival = Arrival { thread, carrier: Arc::from("acme"), origin, body };
        let command = contact_center::Command::ReceiveText(Box::new(arrival));
        let answer = office.center.hand_in(command, None).unwrap();
        if number % 500 == 0 {
            answer.await.unwrap();
        }
    }
    let mut config = carrier.config("acme");
    config.window = 1_000;
    let gateway = office.connect(over(vec![config]));
    let mut numbers = BTreeSet::new();
    for _ in 0..texts {
        assert!(numbers.insert(carrier.submitted().await.to.digits), "sent twice");
    }
    office.close(gateway).await;
    assert!(!carrier.has_seen_a_text());
}

#[tokio::test]
async fn nonsense_ends_a_connection_and_the_next_one_is_tried() {
    let office = Office::open(Arc::new(MemoryStore::default())).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let spare = TestCarrier::open(Manner::Accept).await;
    let mut config = spare.config("acme");
    config.port = port;
    let gateway = office.connect(over(vec![config]));
    for nonsense in [&[0xFF; 64][..], &[0; 16], b"GET / HTTP/1.1\r\n\r\n"] {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        let mut rest = Vec::new();
        // The bind, and then the end.
        drop(tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await);
        assert!(!rest.is_empty());
    }
    assert_eq!(gateway.carriers()[0].bound, 0);
    office.close(gateway).await;
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_later() {
    let (carrier, office) = one_of_each(Manner::Accept).await;
    let mut config = carrier.config("acme");
    config.credentials = sms_gateway::Credentials::new("souffleur", "wrong", "").unwrap();
    let gateway = office.connect(over(vec![config]));
    a_moment(300).await;
    assert_eq!(gateway.carriers()[0].bound, 0);
    office.close(gateway).await;
}

#[tokio::test]
async fn a_gateway_may_be_there_before_the_first_contact_center() {
    let bus: Arc<dyn bus::Bus> = Arc::new(bus::local::LocalBus::default());
    let engine = engine::Engine::start(Arc::new(MemoryStore::default()), bus.clone()).await.unwrap();
    let mut carrier = TestCarrier::open(Manner::Accept).await;
    let config = over(vec![carrier.config("acme")]);
    let gateway = sms_gateway::Gateway::start(&engine, &*bus, config).unwrap();
    engine.found("Test", crate::office::user("ada", contact_center::people::Role::Admin)).await.unwrap();
    carrier.bound().await;
    gateway.shut_down().await;
    engine.shut_down().await;
}
