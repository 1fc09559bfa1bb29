//! What a carrier brings: when it is acknowledged, and that nothing is taken twice.

use std::sync::Arc;

use smpp::smsc::{DeliverResult, Delivery};
use smpp::{Address, ReceiptState, Status};
use store::faulty::{Faults, FaultyStore};
use store::memory::MemoryStore;

use crate::carrier::{Manner, TestCarrier, receipt_for, text_of};
use crate::office::{MILO, OURS, Office};
use crate::{a_moment, one_of_each, over};

const KEPT: DeliverResult = DeliverResult::Answered(Status::OK);

#[tokio::test]
async fn what_cannot_be_kept_is_asked_for_again_and_taken_once() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), 1, Faults::NONE));
    let office = Office::open(store.clone()).await;
    let mut carrier = TestCarrier::open(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let ticket = carrier.text(MILO, OURS, "first");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    store.set(Faults { commit: 1_000, ..Faults::NONE });
    let ticket = carrier.text(MILO, OURS, "second");
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::SYSTEM_ERROR));
    assert_eq!(office.heard(MILO, 1).await, ["first"]);
    store.set(Faults::NONE);
    loop {
        // Until the state is loaded again the carrier is told the same.
        let ticket = carrier.text(MILO, OURS, "second");
        if carrier.delivered(ticket).await == KEPT {
            break;
        }
    }
    assert_eq!(office.heard(MILO, 2).await, ["first", "second"]);
    office.close(gateway).await;
}

#[tokio::test]
async fn an_acknowledgement_waits_for_the_commit() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), 1, Faults::NONE));
    let office = Office::open(store.clone()).await;
    let mut carrier = TestCarrier::open(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    store.set(Faults { delay_ms: 300, ..Faults::NONE });
    for text in ["first", "second", "third"] {
        let ticket = carrier.text(MILO, OURS, text);
        assert_eq!(carrier.delivered(ticket).await, KEPT);
        // What is seen of a contact center is what it has committed.
        let contact = office.session_of(MILO).await.unwrap();
        assert_eq!(office.log(contact).await.last().unwrap(), text);
    }
    office.close(gateway).await;
}

#[tokio::test]
async fn a_text_is_taken_once_if_its_acknowledgement_may_be_lost() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let ticket = carrier.text(MILO, OURS, "hello?");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    carrier.break_off();
    carrier.bound().await;
    let ticket = carrier.text(MILO, OURS, "hello?");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    let ticket = carrier.text(MILO, OURS, "anybody?");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    assert_eq!(office.heard(MILO, 2).await, ["hello?", "anybody?"]);
    office.close(gateway).await;
}

#[tokio::test]
async fn who_says_the_same_again_is_heard_again() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    for _ in 0..2 {
        let ticket = carrier.text(MILO, OURS, "hello?");
        assert_eq!(carrier.delivered(ticket).await, KEPT);
    }
    // Until the carrier has answered something that was sent after the acknowledgements.
    a_moment(1_500).await;
    carrier.break_off();
    carrier.bound().await;
    let ticket = carrier.text(MILO, OURS, "hello?");
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    assert_eq!(office.heard(MILO, 3).await, ["hello?", "hello?", "hello?"]);
    office.close(gateway).await;
}

#[tokio::test]
async fn numbers_that_are_none_are_refused_for_good() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let nobody = Address { ton: 0, npi: 0, digits: String::new() };
    let text = text_of(MILO, OURS, "hello?");
    let ticket = carrier.bring(Delivery { from: nobody.clone(), ..text.clone() });
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::INVALID_SOURCE));
    let ticket = carrier.bring(Delivery { to: nobody, ..text.clone() });
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::INVALID_DESTINATION));
    let mut endless = text;
    endless.part.payload = Some(vec![b'a'; 40_000]);
    let ticket = carrier.bring(endless);
    assert_eq!(carrier.delivered(ticket).await, DeliverResult::Answered(Status::INVALID_MESSAGE_LENGTH));
    let mut long = text_of(MILO, OURS, "");
    long.part.payload = Some(vec![b'a'; 10_000]);
    let ticket = carrier.bring(long);
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    assert_eq!(office.heard(MILO, 1).await, ["a".repeat(10_000)]);
    office.close(gateway).await;
}

#[tokio::test]
async fn receipts_that_nobody_knows_are_acknowledged() {
    let (mut carrier, office) = one_of_each(Manner::Accept).await;
    let gateway = office.connect(over(vec![carrier.config("acme")]));
    carrier.bound().await;
    let contact = office.begin(MILO, "Your umbrella is ready.").await;
    let submitted = carrier.submitted().await;
    let ticket = carrier.bring(receipt_for(&submitted, "4711", ReceiptState::Undeliverable));
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    let mut odd = receipt_for(&submitted, "1", ReceiptState::Delivered);
    odd.from = Address { ton: 0, npi: 0, digits: String::new() };
    let ticket = carrier.bring(odd);
    assert_eq!(carrier.delivered(ticket).await, KEPT);
    office.stand(contact, |it| it[0].state == contact_center::texting::DeliveryState::Delivered).await;
    office.close(gateway).await;
}
