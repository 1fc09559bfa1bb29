//! A browser reduced to bytes: one connection a request, cookies, and nothing hidden.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) struct Client {
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lower-case names; of several with one name all, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A request on its way.
pub(crate) struct Pending(pub(crate) TcpStream);

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(10);

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Client {
        Client { address, cookies: BTreeMap::new(), headers: BTreeMap::new() }
    }

    pub(crate) fn basic(&mut self, name: &str, password: &str) {
        let encoded = STANDARD.encode(format!("{name}:{password}"));
        self.headers.insert("authorization".to_owned(), format!("Basic {encoded}"));
    }

    pub(crate) fn forget_basic(&mut self) {
        self.headers.remove("authorization");
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body).await
    }

    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let mut pending = self.send(method, path, body).await;
        let answer = pending.answer().await;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Sends a request without waiting for its answer.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Pending {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(self.request(method, path, body).as_bytes()).await.unwrap();
        Pending(stream)
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> String {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.push_str(&format!("cookie: {}\r\n", cookies.join("; ")));
        }
        if method != "GET" {
            request
                .push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        }
        format!("{request}\r\n{body}")
    }
}

impl Pending {
    /// The next answer on the connection.
    pub(crate) async fn answer(&mut self) -> Answer {
        let answer = timeout(DEADLINE, self.read()).await;
        answer.unwrap_or_else(|_| panic!("no answer within {DEADLINE:?}"))
    }

    /// Whether the server has closed the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        matches!(timeout(DEADLINE, self.0.read_to_end(&mut rest)).await, Ok(Ok(0) | Err(_)))
    }

    async fn read(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("an answer"));
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn assert(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (status, body));
    }
}
