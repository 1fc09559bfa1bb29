use std::time::Duration;

use carrier_simulator::Config;
use smpp::esme::SubmitResult;
use smpp::{BindAs, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::customer::Customer;
use crate::{CENTER, PHONE, SOON, start, start_with};

#[tokio::test]
async fn a_dropped_connection_loses_nothing_that_was_on_its_way() {
    let simulator = start_with(r#"{"disconnects":0.3}"#).await;
    let (mut got, mut connections) = (Vec::new(), 0);
    for number in 0..20 {
        simulator.text(PHONE, CENTER, &number.to_string()).unwrap();
    }
    while simulator.counters().texts_acknowledged < 20 {
        connections += 1;
        let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
        let all = simulator.wait_until(SOON, |it| it.counters().texts_acknowledged == 20);
        tokio::select! {
            _ = all => {}
            () = customer.until_gone() => {}
        }
        got.extend(customer.texts());
    }
    got.sort_unstable_by_key(|text| text.parse::<u32>().unwrap());
    got.dedup();
    assert_eq!(got, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(connections > 1 && simulator.counters().disconnects > 0);
}

#[tokio::test]
async fn submitted_texts_are_lost_refused_and_left_without_answer() {
    let simulator = start_with(r#"{"errors":1,"error_status":"RMSGQFUL"}"#).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let ticket = customer.submit(CENTER, PHONE, "refused").await[0];
    customer.until(|it| it.results.contains_key(&ticket)).await;
    assert_eq!(customer.results[&ticket], SubmitResult::Refused(Status::QUEUE_FULL));
    simulator.set_faults(crate::faulty(r#"{"loss":1}"#)).unwrap();
    customer.submit(CENTER, PHONE, "lost").await;
    assert!(simulator.wait_until(SOON, |it| it.counters().unanswered == 1).await);
    simulator.set_faults(crate::faulty(r#"{"lost_answers":1}"#)).unwrap();
    let ticket = customer.submit(CENTER, PHONE, "taken").await[0];
    customer.until(|it| it.receipts().len() == 1).await;
    assert!(!customer.results.contains_key(&ticket));
    let texts: Vec<String> = simulator.received(PHONE).into_iter().map(|text| text.text).collect();
    assert_eq!(texts, ["taken"]);
    simulator.disconnect();
    customer.until_gone().await;
    assert_eq!(customer.results[&ticket], SubmitResult::Unanswered);
}

#[tokio::test]
async fn an_account_is_throttled_over_all_its_connections() {
    let simulator = start_with(r#"{"throttle":2}"#).await;
    let mut customers = [
        Customer::bound(&simulator, BindAs::Transceiver).await,
        Customer::bound(&simulator, BindAs::Transceiver).await,
    ];
    for customer in &mut customers {
        for _ in 0..20 {
            customer.submit(CENTER, PHONE, "Hello").await;
        }
        customer.until(|it| it.results.len() == 20).await;
    }
    let counters = simulator.counters();
    assert_eq!(counters.accepted + counters.throttled, 40);
    assert!((2..20).contains(&counters.accepted), "{counters:?}");
}

#[tokio::test]
async fn a_carrier_that_pauses_reads_on_afterwards() {
    let simulator = start_with(r#"{"pauses":1,"pause_ms":30}"#).await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    for _ in 0..3 {
        customer.submitted(CENTER, PHONE, "Hello").await;
    }
    assert!(simulator.counters().pauses >= 3);
}

/// A bind_transceiver of the account that every carrier has (SMPP 3.4, 4.1.5).
fn bind_transceiver() -> Vec<u8> {
    let body = b"demo\0demo\0\0\x34\0\0\0";
    let length = 16 + body.len() as u32;
    let header = [length, 0x09, 0, 1].map(u32::to_be_bytes).concat();
    [header.as_slice(), body].concat()
}

#[tokio::test]
async fn a_customer_that_does_not_read_costs_little_and_is_let_go() {
    let simulator =
        start(Config { enquire_link_s: 1, response_timeout_s: 1, window: 1_000, ..Config::default() }).await;
    let mut stream = TcpStream::connect(simulator.smpp_address()).await.unwrap();
    stream.write_all(&bind_transceiver()).await.unwrap();
    for _ in 0..2_000 {
        simulator.text(PHONE, CENTER, &"x".repeat(150)).unwrap();
    }
    // It is asked whether it is there, and does not answer; what it was given waits for the next one.
    let gone = async {
        let mut octets = vec![0; 1 << 20];
        while stream.read(&mut octets).await.is_ok_and(|read| read > 0) {}
    };
    assert!(timeout(SOON, gone).await.is_ok());
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    customer.until(|it| it.texts().len() == 2_000).await;
}

#[tokio::test]
async fn whoever_speaks_nonsense_is_let_go() {
    let simulator = start_with("{}").await;
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 16], &[0xff; 64]] {
        let mut stream = TcpStream::connect(simulator.smpp_address()).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        let mut answer = Vec::new();
        // What it answers, and whether by a reset, is its own affair.
        let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap();
    }
    assert!(simulator.wait_until(SOON, |it| it.counters().protocol_faults >= 3).await);
    Customer::bound(&simulator, BindAs::Transceiver).await;
}

#[tokio::test]
async fn more_connections_than_may_be_are_closed() {
    let simulator = start(Config { most_connections: 1, ..Config::default() }).await;
    let _one = Customer::bound(&simulator, BindAs::Transceiver).await;
    let mut stream = TcpStream::connect(simulator.smpp_address()).await.unwrap();
    let read = timeout(SOON, stream.read(&mut [0; 1])).await.unwrap();
    assert!(!read.is_ok_and(|read| read > 0));
}
