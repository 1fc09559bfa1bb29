//! Encrypted connections: HTTP/1.1 and HTTP/2, by what the client prefers.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Server;
use super::client::Client;
use crate::config::Tls;

const PATH: &str = "/api/v2/notifications";

/// A certificate of its own for each test, in files that go with it.
struct Certificate {
    folder: PathBuf,
    authority: rustls::pki_types::CertificateDer<'static>,
}

impl Certificate {
    fn new(name: &str) -> Certificate {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = std::env::temp_dir().join(format!("souffleur-web-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Certificate { folder, authority: made.cert.der().clone() }
    }

    fn files(&self) -> Tls {
        Tls { certificate: self.folder.join("certificate.pem"), key: self.folder.join("key.pem") }
    }

    async fn connect(&self, server: &Server, protocol: &str) -> TlsStream<TcpStream> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(server.address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn request(client: &Client, path: &str, body: &str) -> Request<Body> {
    let mut request = Request::builder().method("POST").uri(format!("https://localhost{path}"));
    for (name, value) in &client.headers {
        request = request.header(name, value);
    }
    for (name, value) in &client.cookies {
        request = request.header("cookie", format!("{name}={value}"));
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// Keeps the cookies of an answer and reads its body.
async fn read(client: &mut Client, answer: http::Response<hyper::body::Incoming>) -> String {
    assert_eq!(answer.status(), 200);
    for cookie in answer.headers().get_all("set-cookie") {
        assert!(cookie.to_str().unwrap().contains("; Secure"));
        let (name, value) = cookie.to_str().unwrap().split_once('=').unwrap();
        client.cookies.insert(name.to_owned(), value.split(';').next().unwrap().to_owned());
    }
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn client_id(body: &str) -> String {
    let replies: serde_json::Value = serde_json::from_str(body).unwrap();
    replies[0]["clientId"].as_str().unwrap().to_owned()
}

fn subscribe(id: &str) -> String {
    format!(r#"[{{"id":"2","channel":"/meta/subscribe","clientId":"{id}","subscription":"/**"}}]"#)
}

fn connect(id: &str) -> String {
    format!(r#"[{{"id":"3","channel":"/meta/connect","clientId":"{id}","connectionType":"long-polling"}}]"#)
}

#[tokio::test]
async fn http2_holds_several_connects_on_one_connection() {
    let certificate = Certificate::new("http2");
    let server = Server::with(|config| config.tls = Some(certificate.files())).await;
    let stream = TokioIo::new(certificate.connect(&server, "h2").await);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let _connection = crate::tasks::start_for_test(connection);
    let mut client = server.client();
    client.basic("admin", "secret");
    let handshake = r#"[{"channel":"/meta/handshake"}]"#;
    let mut held = Vec::new();
    for expected in 1..=2 {
        let answer = sender.send_request(request(&client, PATH, handshake)).await.unwrap();
        let id = client_id(&read(&mut client, answer).await);
        for body in [subscribe(&id), connect(&id)] {
            let answer = sender.send_request(request(&client, PATH, &body)).await.unwrap();
            assert!(read(&mut client, answer).await.contains(r#""successful":true"#));
        }
        let request = request(&client, PATH, &connect(&id));
        held.push(crate::tasks::start_for_test(sender.send_request(request)));
        server.push_has("the connect is held", |figures| figures.held == expected).await;
    }
    server.publish("/v2/me/chats", "{}").await;
    for held in held {
        let answer = held.await.unwrap().unwrap();
        assert!(read(&mut client, answer).await.contains("/v2/me/chats"));
    }
    let id = client_id(&{
        let answer = sender.send_request(request(&client, PATH, handshake)).await.unwrap();
        read(&mut client, answer).await
    });
    for body in [subscribe(&id), connect(&id)] {
        let answer = sender.send_request(request(&client, PATH, &body)).await.unwrap();
        read(&mut client, answer).await;
    }
    let held = crate::tasks::start_for_test(sender.send_request(request(&client, PATH, &connect(&id))));
    server.push_has("the connect is held", |figures| figures.held == 1).await;
    held.abort();
    server.push_has("the stream was reset", |figures| figures.held == 0).await;
    // An open connection without requests does not keep a server from stopping.
    tokio::time::timeout(std::time::Duration::from_secs(5), server.stop()).await.expect("an end in time");
}

#[tokio::test]
async fn http1_holds_connects_on_encrypted_connections_too() {
    let certificate = Certificate::new("http1");
    let server = Server::with(|config| config.tls = Some(certificate.files())).await;
    let stream = TokioIo::new(certificate.connect(&server, "http/1.1").await);
    let (mut sender, connection) = http1::handshake(stream).await.unwrap();
    let _connection = crate::tasks::start_for_test(connection);
    let mut client = server.client();
    client.basic("admin", "secret");
    let handshake = r#"[{"channel":"/meta/handshake"}]"#;
    let answer = sender.send_request(request(&client, PATH, handshake)).await.unwrap();
    let id = client_id(&read(&mut client, answer).await);
    for body in [subscribe(&id), connect(&id)] {
        let answer = sender.send_request(request(&client, PATH, &body)).await.unwrap();
        assert!(read(&mut client, answer).await.contains(r#""successful":true"#));
    }
    let held = sender.send_request(request(&client, PATH, &connect(&id)));
    let publish = async {
        server.push_has("the connect is held", |figures| figures.held == 1).await;
        server.publish("/v2/me/chats", "{}").await;
    };
    let (answer, ()) = tokio::join!(held, publish);
    assert!(read(&mut client, answer.unwrap()).await.contains("/v2/me/chats"));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let certificate = Certificate::new("broken");
    let check = |tls: Tls, expected: &str| {
        let Err(error) = crate::listener::tls_acceptor(&tls) else { panic!("{tls:?} was taken") };
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(Tls { key: PathBuf::from("nowhere.pem"), ..certificate.files() }, "key nowhere.pem");
    check(
        Tls { certificate: PathBuf::from("nowhere.pem"), ..certificate.files() },
        "certificate nowhere.pem",
    );
    let other = Certificate::new("other");
    check(Tls { key: other.files().key, ..certificate.files() }, "cannot be used");
}
