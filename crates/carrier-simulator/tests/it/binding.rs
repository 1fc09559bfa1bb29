use std::sync::Arc;

use carrier_simulator::{Config, OwnedNumber, Simulator, StartError, Tls};
use rustls::pki_types::ServerName;
use smpp::{BindAs, Status};
use tokio::net::TcpStream;

use crate::customer::Customer;
use crate::{CENTER, PHONE, SOON, start, start_with};

#[tokio::test]
async fn customers_bind_with_their_password_alone() {
    let simulator = start_with("{}").await;
    let bind = async |system_id, password| {
        Customer::bind(&simulator, system_id, password, BindAs::Transceiver).await.err()
    };
    assert_eq!(bind("demo", "demo").await, None);
    assert_eq!(bind("demo", "wrong").await, Some(Status::INVALID_PASSWORD));
    assert_eq!(bind("somebody", "demo").await, Some(Status::INVALID_SYSTEM_ID));
    let counters = simulator.counters();
    assert_eq!((counters.binds, counters.binds_refused), (1, 2));
}

#[tokio::test]
async fn texts_go_to_the_account_that_has_the_number_and_receives() {
    let number = |text: &str| text.parse::<OwnedNumber>().unwrap();
    let simulator = start(Config {
        accounts: vec!["acme:a".parse().unwrap(), "other:b".parse().unwrap()],
        numbers: vec![number(CENTER), number("72800:other")],
        ..Config::default()
    })
    .await;
    let mut transmitter = Customer::bind(&simulator, "acme", "a", BindAs::Transmitter).await.ok().unwrap();
    let mut receiver = Customer::bind(&simulator, "acme", "a", BindAs::Receiver).await.ok().unwrap();
    let mut other = Customer::bind(&simulator, "other", "b", BindAs::Transceiver).await.ok().unwrap();
    simulator.text(PHONE, CENTER, "to acme").unwrap();
    simulator.text(PHONE, "72800", "to the other").unwrap();
    assert!(simulator.text(PHONE, "72801", "to nobody").is_err());
    receiver.until(|it| it.texts() == ["to acme"]).await;
    other.until(|it| it.texts() == ["to the other"]).await;
    // The receipt of what the transmitter submits comes to the receiver.
    transmitter.submitted(CENTER, PHONE, "from acme").await;
    receiver.until(|it| it.receipts().len() == 1).await;
    assert_eq!(transmitter.incoming.len(), 0);
    assert_eq!(simulator.wait_received(PHONE, 1, SOON).await[0].text, "from acme");
}

#[tokio::test]
async fn several_connections_share_the_texts_of_an_account() {
    let simulator = start(Config { window: 1, ..Config::default() }).await;
    let mut one = Customer::bound(&simulator, BindAs::Transceiver).await;
    let mut other = Customer::bound(&simulator, BindAs::Transceiver).await;
    (one.answer, other.answer) = (None, None);
    simulator.text(PHONE, CENTER, "a").unwrap();
    simulator.text(PHONE, CENTER, "b").unwrap();
    one.until(|it| it.incoming.len() == 1).await;
    other.until(|it| it.incoming.len() == 1).await;
}

#[tokio::test]
async fn the_carrier_takes_leave_when_it_is_shut_down() {
    let simulator = start_with("{}").await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let address = simulator.smpp_address();
    tokio::join!(simulator.shut_down(), customer.until_gone());
    assert_eq!(customer.ended, Some(smpp::CloseReason::UnboundByPeer));
    // The port is free again.
    start(Config { smpp: address, ..Config::default() }).await;
}

#[tokio::test]
async fn a_customer_takes_leave() {
    let simulator = start_with("{}").await;
    Customer::bound(&simulator, BindAs::Transceiver).await.unbind().await;
    Customer::bound(&simulator, BindAs::Transceiver).await;
}

#[tokio::test]
async fn a_carrier_that_cannot_be_says_why() {
    let simulator = start_with("{}").await;
    let taken = Config { smpp: simulator.smpp_address(), ..Config::default() };
    assert!(matches!(Simulator::start(taken).await, Err(StartError::Address { .. })));
    let nobody = Config { accounts: Vec::new(), ..Config::default() };
    assert!(matches!(Simulator::start(nobody).await, Err(StartError::Setting(_))));
}

#[tokio::test]
async fn customers_bind_over_tls() {
    let directory = std::env::temp_dir().join(format!("carrier-simulator-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = Tls { certificate: directory.join("certificate.pem"), key: directory.join("key.pem") };
    std::fs::write(&tls.certificate, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    let started = Simulator::start(Config { tls: Some(tls.clone()), ..Config::default() }).await;
    std::fs::remove_dir_all(&directory).unwrap();
    let simulator = started.unwrap();
    let again = Simulator::start(Config { tls: Some(tls), ..Config::default() }).await;
    assert!(matches!(again, Err(StartError::Certificate(_))), "the files are gone");

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(simulator.smpp_address()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    let customer = Customer::bind_over(Box::new(stream), "demo", "demo", BindAs::Transceiver).await;
    let mut customer = customer.ok().unwrap();
    customer.submitted(CENTER, PHONE, "Hello").await;
    simulator.text(PHONE, CENTER, &"x".repeat(10_000)).unwrap();
    customer.until(|it| it.texts().concat().len() == 10_000).await;
    customer.unbind().await;
}
