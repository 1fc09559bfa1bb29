use smpp::esme::SubmitResult;
use smpp::{BindAs, ReceiptState, Status};

use crate::customer::Customer;
use crate::{CENTER, PHONE, faulty, start_with};

#[tokio::test]
async fn every_form_of_receipt_is_understood_and_names_its_text() {
    for form in ["text", "tlv", "both", "mixed"] {
        for ids in ["same", "decimal", "zeros", "upper", "mixed"] {
            let faults = format!(r#"{{"receipt_form":"{form}","receipt_ids":"{ids}"}}"#);
            let simulator = start_with(&faults).await;
            let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
            let id = customer.submitted(CENTER, PHONE, "Hello").await;
            customer.until(|it| it.receipts().len() == 1).await;
            let receipt = customer.receipts()[0].clone();
            assert_eq!(receipt.state, ReceiptState::Delivered, "{faults}");
            assert!(receipt.ids.contains(&id), "{faults}: {id} is none of {:?}", receipt.ids);
        }
    }
}

#[tokio::test]
async fn each_part_has_its_receipt() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let tickets = customer.submit(CENTER, PHONE, &"x".repeat(500)).await;
    customer.until(|it| it.receipts().len() == tickets.len()).await;
    let references: Vec<_> = customer.receipts().iter().map(|receipt| receipt.reference.unwrap()).collect();
    assert_eq!(references, tickets.iter().map(|ticket| *ticket as u16).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_end_of_a_number_seals_the_fate_of_its_texts() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let refused =
        [("405", Status::INVALID_DESTINATION), ("429", Status::THROTTLED), ("500", Status::SYSTEM_ERROR)];
    for (end, status) in refused {
        let ticket = customer.submit(CENTER, &format!("+491700000{end}"), "Hello").await[0];
        customer.until(|it| it.results.contains_key(&ticket)).await;
        assert_eq!(customer.results[&ticket], SubmitResult::Refused(status));
    }
    let failed = [
        ("403", ReceiptState::Rejected),
        ("404", ReceiptState::Undeliverable),
        ("408", ReceiptState::Expired),
    ];
    for (place, (end, state)) in failed.into_iter().enumerate() {
        let number = format!("+491700000{end}");
        customer.submitted(CENTER, &number, "Hello").await;
        customer.until(|it| it.receipts().len() == place + 1).await;
        assert_eq!(customer.receipts()[place].state, state);
        assert!(customer.receipts()[place].error.is_some());
        assert_eq!(simulator.received(&number), []);
    }
    customer.submitted(CENTER, "+491700000204", "Hello").await;
    customer.submitted(CENTER, PHONE, "Hello").await;
    customer.until(|it| it.receipts().len() == failed.len() + 1).await;
    assert_eq!(customer.receipts().last().unwrap().state, ReceiptState::Delivered, "only the second has one");
}

#[tokio::test]
async fn receipts_come_early_and_twice() {
    let simulator = start_with(r#"{"early_receipts":1,"duplicate_receipts":1}"#).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let ticket = customer.submit(CENTER, PHONE, "Hello").await[0];
    customer.until(|it| !it.receipts().is_empty()).await;
    customer.until(|it| it.receipts().len() == 2 && it.results.contains_key(&ticket)).await;
    assert_eq!(customer.receipts()[0].ids[0], customer.receipts()[1].ids[0]);
    // An answer that is held back leaves no doubt about the order.
    simulator.set_faults(faulty(r#"{"early_receipts":1,"delay_ms":"100"}"#)).unwrap();
    let ticket = customer.submit(CENTER, PHONE, "Hello").await[0];
    customer.until(|it| it.receipts().len() == 3).await;
    assert!(!customer.results.contains_key(&ticket));
    customer.until(|it| it.results.contains_key(&ticket)).await;
}

#[tokio::test]
async fn answers_overtake_those_that_are_held_back() {
    let simulator = start_with(r#"{"reorder":0.5,"reorder_ms":100}"#).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    for _ in 0..20 {
        customer.submit(CENTER, PHONE, "Hello").await;
    }
    customer.until(|it| it.results.len() == 20 && it.receipts().len() == 20).await;
    assert!(!customer.order.is_sorted());
}
