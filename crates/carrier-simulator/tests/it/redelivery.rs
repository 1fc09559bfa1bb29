use carrier_simulator::{Config, TextState};
use smpp::{BindAs, Status};

use crate::customer::Customer;
use crate::{CENTER, PHONE, SOON, start, start_with};

#[tokio::test]
async fn texts_wait_until_somebody_receives() {
    let simulator = start_with("{}").await;
    let _transmitter = Customer::bound(&simulator, BindAs::Transmitter).await;
    for text in ["a", "b", "c"] {
        simulator.text(PHONE, CENTER, text).unwrap();
    }
    assert!(simulator.texts_after(PHONE, 0).iter().all(|text| text.state == TextState::Waiting));
    let mut receiver = Customer::bound(&simulator, BindAs::Receiver).await;
    receiver.until(|it| it.texts() == ["a", "b", "c"]).await;
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_after_the_connection_is_lost() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    simulator.text(PHONE, CENTER, "acknowledged").unwrap();
    customer.until(|it| it.texts().len() == 1).await;
    assert!(simulator.wait_until(SOON, |it| it.counters().texts_acknowledged == 1).await);
    customer.answer = None;
    for text in ["a", "b", "c"] {
        simulator.text(PHONE, CENTER, text).unwrap();
    }
    customer.until(|it| it.texts().len() == 4).await;
    simulator.disconnect();
    customer.until_gone().await;
    simulator.text(PHONE, CENTER, "d").unwrap();
    let mut again = Customer::bound(&simulator, BindAs::Transceiver).await;
    again.until(|it| it.texts() == ["a", "b", "c", "d"]).await;
    assert!(simulator.wait_until(SOON, |it| it.counters().texts_acknowledged == 5).await);
    assert_eq!(simulator.counters().redelivered, 3);
}

#[tokio::test]
async fn receipts_that_were_not_acknowledged_come_again_too() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    customer.answer = None;
    customer.submitted(CENTER, PHONE, "Hello").await;
    customer.until(|it| it.receipts().len() == 1).await;
    drop(customer);
    let mut again = Customer::bound(&simulator, BindAs::Transceiver).await;
    again.until(|it| it.receipts().len() == 1).await;
}

#[tokio::test]
async fn a_text_that_could_not_be_taken_comes_again_and_one_that_was_refused_does_not() {
    let simulator = start(Config { retry_ms: 10, ..Config::default() }).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    customer.answer = Some(Status::TEMPORARY_APPLICATION_ERROR);
    simulator.text(PHONE, CENTER, "a").unwrap();
    customer.until(|it| it.texts().len() == 3).await;
    customer.answer = Some(Status::PERMANENT_APPLICATION_ERROR);
    let refused = |it: &carrier_simulator::Simulator| it.texts_after(PHONE, 0)[0].state == TextState::Refused;
    let refusal = simulator.wait_until(SOON, refused);
    tokio::select! {
        is_refused = refusal => assert!(is_refused),
        () = customer.until(|_| false) => {}
    }
    assert_eq!(simulator.counters().texts_refused, 1);
}

#[tokio::test]
async fn texts_come_twice_by_a_fault() {
    let simulator = start_with(r#"{"duplicate_texts":1}"#).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    simulator.text(PHONE, CENTER, "a").unwrap();
    customer.until(|it| it.texts() == ["a", "a"]).await;
    let [one, other] = [&customer.incoming[0], &customer.incoming[1]];
    assert_eq!(one.fingerprint_octets, other.fingerprint_octets);
    assert_ne!(one.sequence, other.sequence);
}
