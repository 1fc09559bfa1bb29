use std::net::SocketAddr;

use carrier_simulator::{Config, Simulator};
use serde_json::{Value, json};
use smpp::BindAs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::customer::Customer;
use crate::{CENTER, PHONE, SOON, start};

async fn start_with_phones() -> (Simulator, SocketAddr) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let numbers = vec![CENTER.parse().unwrap()];
    let simulator = start(Config { http: Some(any), numbers, ..Config::default() }).await;
    let address = simulator.http_address().unwrap();
    (simulator, address)
}

/// An answer: its status, its headers and its body.
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn request(address: SocketAddr, method: &str, path: &str, kind: &str, body: &str) -> Answer {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        // An answer may come before all was read.
        let _ = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let answer = timeout(SOON, exchange).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (first, headers) = head.split_once("\r\n").unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers: headers.to_ascii_lowercase(), body: body.to_owned() }
}

async fn post(address: SocketAddr, path: &str, body: &Value) -> Answer {
    request(address, "POST", path, "application/json", &body.to_string()).await
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, "text/plain", "").await
}

#[tokio::test]
async fn a_phone_texts_with_the_contact_center() {
    let (simulator, address) = start_with_phones().await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    let sent = post(address, "/texts", &json!({ "from": PHONE, "to": CENTER, "text": "Grüße 😀" })).await;
    assert_eq!(sent.status, 202);
    customer.until(|it| it.texts() == ["Grüße 😀"]).await;
    customer.submitted(CENTER, PHONE, "Guten Tag").await;
    simulator.wait_received(PHONE, 1, SOON).await;
    let phones = get(address, "/phones").await.json();
    assert_eq!(phones["phones"][0]["number"], PHONE);
    assert_eq!(phones["phones"][0]["last_index"], 2);
    let texts = get(address, &format!("/phones/{PHONE}/texts")).await.json();
    let shown = |index: usize| {
        let text = &texts["texts"][index];
        ["direction", "from", "to", "text"].map(|field| text[field].as_str().unwrap().to_owned())
    };
    assert_eq!(shown(0), ["sent", PHONE, CENTER, "Grüße 😀"]);
    assert_eq!(shown(1), ["received", CENTER, PHONE, "Guten Tag"]);
    let after = get(address, &format!("/phones/{PHONE}/texts?after=1")).await.json();
    assert_eq!(after["texts"].as_array().unwrap().len(), 1);
    assert_eq!(get(address, "/counters").await.json()["texts_of_phones"], 1);
    assert_eq!(get(address, "/numbers").await.json()["numbers"], json!([CENTER]));
}

#[tokio::test]
async fn an_answer_waits_for_news() {
    let (simulator, address) = start_with_phones().await;
    let path = format!("/phones/{PHONE}/texts?wait_s=20");
    let (answer, ()) = tokio::join!(get(address, &path), async {
        // Whether it comes before the question or after it, the question gets it.
        simulator.text(PHONE, CENTER, "Hello").unwrap();
    });
    assert_eq!(answer.json()["texts"][0]["text"], "Hello");
}

#[tokio::test]
async fn faults_change_while_the_carrier_runs() {
    let (simulator, address) = start_with_phones().await;
    let mut customer = Customer::bound(&simulator, BindAs::Transceiver).await;
    customer.submitted(CENTER, PHONE, "taken").await;
    let changed = post(address, "/faults", &json!({ "errors": 1.0, "delay_ms": "1..2" })).await;
    assert_eq!((changed.status, changed.json()["errors"].as_f64()), (200, Some(1.0)));
    let ticket = customer.submit(CENTER, PHONE, "refused").await[0];
    customer.until(|it| it.results.contains_key(&ticket)).await;
    assert_eq!(simulator.counters().refused, 1);
    assert_eq!(get(address, "/faults").await.json()["delay_ms"], "1..2");
    assert_eq!(post(address, "/disconnect", &json!({})).await.status, 202);
    customer.until_gone().await;
}

#[tokio::test]
async fn wrong_requests_get_a_status_and_a_sentence() {
    let (_simulator, address) = start_with_phones().await;
    let good = json!({ "from": PHONE, "to": CENTER, "text": "Hello" }).to_string();
    let with = |field: &str, value: Value| {
        let mut text: Value = serde_json::from_str(&good).unwrap();
        text[field] = value;
        text.to_string()
    };
    let long = with("text", "x".repeat(70_000).into());
    let cases: Vec<(&str, &str, &str, String, u16)> = vec![
        ("POST", "/texts", "application/json", with("to", "+4930".into()), 404),
        ("POST", "/texts", "application/json", with("to", "+49 30".into()), 400),
        ("POST", "/texts", "application/json", with("from", 5.into()), 400),
        ("POST", "/texts", "application/json", with("text", "".into()), 400),
        ("POST", "/texts", "application/json", with("more", "".into()), 400),
        ("POST", "/texts", "application/json", "{".to_owned(), 400),
        ("POST", "/texts", "application/json", with("text", "x".repeat(20_000).into()), 400),
        ("POST", "/texts", "application/json", long, 413),
        ("POST", "/texts", "text/plain", good.clone(), 415),
        ("GET", "/texts", "text/plain", String::new(), 405),
        ("DELETE", "/faults", "text/plain", String::new(), 405),
        ("POST", "/faults", "application/json", r#"{"loss":2}"#.to_owned(), 400),
        ("POST", "/faults", "application/json", "[]".to_owned(), 400),
        ("GET", "/phones/+49%2030/texts", "text/plain", String::new(), 400),
        ("GET", "/phones/72800/texts?after=-1", "text/plain", String::new(), 400),
        ("GET", "/phones/72800/texts?before=1", "text/plain", String::new(), 400),
        ("GET", "/elsewhere", "text/plain", String::new(), 404),
    ];
    for (method, path, kind, body, status) in cases {
        let answer = request(address, method, path, kind, &body).await;
        assert_eq!(answer.status, status, "{method} {path} {kind}");
        assert!(answer.json()["error"].as_str().is_some_and(|it| it.len() > 5), "{method} {path}");
    }
    let answer = request(address, "PUT", "/texts", "text/plain", "").await;
    assert!(answer.headers.contains("allow: post"));
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let (_simulator, address) = start_with_phones().await;
    for (path, kind) in [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.contains(&format!("content-type: {kind}")));
        assert!(answer.headers.contains("content-security-policy: default-src 'none'"));
        assert!(!answer.body.contains("http://") && !answer.body.contains("https://"));
    }
}
