//! A lean Bayeux client: one TCP connection, one subscription, no timer.
//!
//! It shakes hands, subscribes, and then always has a connect outstanding. What it receives is not
//! parsed as JSON but searched: for the replies it waits for, and for the stamps that the senders
//! put into their messages. Works with the servers of `peers/`, which differ in details of the wire.

use memchr::memmem;
use mio::{Registry, Token};

use crate::connection::Connection;
use crate::endpoint::{Endpoint, Transport};
use crate::error::LoadError;
use crate::http;
use crate::stamp;
use crate::websocket;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Upgrading,
    Handshaking,
    Subscribing,
    FirstConnect,
    Held,
}

/// One session on its connection.
pub struct Session {
    pub connection: Connection,
    state: State,
}

struct State {
    phase: Phase,
    transport: Transport,
    path: Box<str>,
    host: Box<str>,
    client_id: Box<str>,
    /// `name=value` pairs, in the form of the `Cookie` header's value.
    cookies: String,
    subscription: Option<Box<str>>,
    connect: Box<[u8]>,
}

impl Session {
    /// Begins to connect; `cookies` authenticate the session where the server asks for it.
    pub fn open(
        endpoint: &Endpoint,
        cookies: &str,
        subscription: Option<String>,
        registry: &Registry,
        token: Token,
    ) -> Result<Session, LoadError> {
        let mut connection = Connection::open(endpoint.address, registry, token)?;
        let mut state = State {
            phase: Phase::Handshaking,
            transport: endpoint.transport,
            path: endpoint.path.as_str().into(),
            host: endpoint.host().into(),
            client_id: "".into(),
            cookies: cookies.to_owned(),
            subscription: subscription.map(String::into_boxed_str),
            connect: Box::default(),
        };
        match endpoint.transport {
            Transport::LongPolling => state.send_handshake(&mut connection.outgoing),
            Transport::Websocket => state.send_upgrade(&mut connection.outgoing),
        }
        Ok(Session { connection, state })
    }

    /// Whether the session is subscribed and has a connect outstanding that the server may hold.
    pub fn is_set_up(&self) -> bool {
        self.state.phase == Phase::Held
    }

    /// The name that the server gave the session.
    pub fn client_id(&self) -> &str {
        &self.state.client_id
    }

    /// The cookies that bind requests to the session, as the `Cookie` header's value.
    pub fn cookies(&self) -> &str {
        &self.state.cookies
    }

    /// Reads and answers; the stamps of received messages are appended to `stamps`.
    pub fn advance(&mut self, scratch: &mut [u8], stamps: &mut Vec<u64>) -> Result<(), LoadError> {
        let state = &mut self.state;
        self.connection.receive(scratch, |bytes, outgoing| state.consume(bytes, outgoing, stamps))?;
        self.connection.flush()
    }
}

impl State {
    fn consume(
        &mut self,
        bytes: &[u8],
        outgoing: &mut Vec<u8>,
        stamps: &mut Vec<u64>,
    ) -> Result<usize, LoadError> {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            if self.transport == Transport::LongPolling || self.phase == Phase::Upgrading {
                let Some((response, taken)) = http::decode_response(rest)? else { return Ok(used) };
                self.on_response(&response, outgoing, stamps)?;
                used += taken;
            } else {
                let Some((frame, taken)) = websocket::decode(rest)? else { return Ok(used) };
                match frame.opcode {
                    websocket::PING => websocket::encode(outgoing, websocket::PONG, true, frame.payload),
                    websocket::CLOSE => return Err(LoadError::Closed),
                    _ => self.on_messages(frame.payload, outgoing, stamps)?,
                }
                used += taken;
            }
        }
    }

    fn on_response(
        &mut self,
        response: &http::Response<'_>,
        outgoing: &mut Vec<u8>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), LoadError> {
        if self.phase != Phase::Held {
            self.keep_cookies(response);
        }
        if self.phase == Phase::Upgrading && response.status == 101 {
            self.phase = Phase::Handshaking;
            self.send_handshake(outgoing);
            return Ok(());
        }
        if response.status != 200 {
            return Err(LoadError::Wire {
                expected: "status 200",
                got: format!("{} {}", response.status, String::from_utf8_lossy(&response.body)),
            });
        }
        self.on_messages(&response.body, outgoing, stamps)
    }

    fn on_messages(
        &mut self,
        body: &[u8],
        outgoing: &mut Vec<u8>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), LoadError> {
        if self.phase == Phase::Held {
            return self.on_held(body, outgoing, stamps);
        }
        if memmem::find(body, b"\"successful\":true").is_none() {
            return Err(LoadError::wire("a successful reply", body));
        }
        match self.phase {
            Phase::Handshaking => {
                self.client_id = client_id(body)?.into();
                self.connect = self.request(&connect_message(self.transport, &self.client_id, ""));
                if let Some(subscription) = &self.subscription {
                    let message = subscribe_message(&self.client_id, subscription);
                    outgoing.extend_from_slice(&self.request(&message));
                    self.phase = Phase::Subscribing;
                } else {
                    self.send_first_connect(outgoing);
                }
            }
            Phase::Subscribing => self.send_first_connect(outgoing),
            Phase::Upgrading | Phase::FirstConnect | Phase::Held => {
                self.phase = Phase::Held;
                outgoing.extend_from_slice(&self.connect);
            }
        }
        Ok(())
    }

    fn on_held(&self, body: &[u8], outgoing: &mut Vec<u8>, stamps: &mut Vec<u64>) -> Result<(), LoadError> {
        let before = stamps.len();
        stamp::find_all(body, stamps);
        // Also tells of a publish that was refused: its reply comes on the publisher's WebSocket.
        if stamps.len() == before && memmem::find(body, b"\"successful\":false").is_some() {
            return Err(LoadError::wire("a successful reply", body));
        }
        // A response to a poll always ends it; on a WebSocket events pass the held connect by.
        let connect_ended =
            self.transport == Transport::LongPolling || memmem::find(body, b"\"/meta/connect\"").is_some();
        if connect_ended {
            outgoing.extend_from_slice(&self.connect);
        }
        Ok(())
    }

    fn keep_cookies(&mut self, response: &http::Response<'_>) {
        for cookie in response.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default().trim();
            if !self.cookies.is_empty() {
                self.cookies.push_str("; ");
            }
            self.cookies.push_str(pair);
        }
    }

    fn send_upgrade(&mut self, outgoing: &mut Vec<u8>) {
        self.phase = Phase::Upgrading;
        let headers = format!(
            "{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
            self.cookie_header(),
            websocket::KEY,
        );
        http::encode_request(outgoing, "GET", &self.host, &self.path, &headers, b"");
    }

    fn send_handshake(&mut self, outgoing: &mut Vec<u8>) {
        let message = format!(
            r#"[{{"id":"1","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["{}"]}}]"#,
            self.transport.name()
        );
        outgoing.extend_from_slice(&self.request(&message));
    }

    fn send_first_connect(&mut self, outgoing: &mut Vec<u8>) {
        let message = connect_message(self.transport, &self.client_id, r#","advice":{"timeout":0}"#);
        outgoing.extend_from_slice(&self.request(&message));
        self.phase = Phase::FirstConnect;
    }

    fn cookie_header(&self) -> String {
        if self.cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", self.cookies) }
    }

    fn request(&self, messages: &str) -> Box<[u8]> {
        let mut out = Vec::with_capacity(messages.len() + 256);
        match self.transport {
            Transport::Websocket => websocket::encode(&mut out, websocket::TEXT, true, messages.as_bytes()),
            Transport::LongPolling => {
                http::encode_post(
                    &mut out,
                    &self.host,
                    &self.path,
                    &self.cookie_header(),
                    messages.as_bytes(),
                );
            }
        }
        out.into_boxed_slice()
    }
}

fn connect_message(transport: Transport, client_id: &str, advice: &str) -> String {
    let transport = transport.name();
    format!(
        r#"[{{"id":"2","channel":"/meta/connect","clientId":"{client_id}","connectionType":"{transport}"{advice}}}]"#
    )
}

fn subscribe_message(client_id: &str, subscription: &str) -> String {
    format!(
        r#"[{{"id":"3","channel":"/meta/subscribe","clientId":"{client_id}","subscription":"{subscription}"}}]"#
    )
}

fn client_id(body: &[u8]) -> Result<&str, LoadError> {
    const BEFORE: &[u8] = b"\"clientId\":\"";
    memmem::find(body, BEFORE)
        .and_then(|at| {
            let rest = &body[at + BEFORE.len()..];
            str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
        })
        .ok_or_else(|| LoadError::wire("a client id", body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(transport: Transport, phase: Phase) -> State {
        State {
            phase,
            transport,
            path: "/push".into(),
            host: "localhost".into(),
            client_id: "".into(),
            cookies: "a=1".to_owned(),
            subscription: Some("/load/1".into()),
            connect: b"CONNECT".as_slice().into(),
        }
    }

    /// What is sent after `body` came, and the stamps in it.
    fn check(state: &mut State, body: &str) -> (String, Vec<u64>) {
        let (mut received, mut sent, mut stamps) = (Vec::new(), Vec::new(), Vec::new());
        match state.transport {
            Transport::Websocket => websocket::encode(&mut received, websocket::TEXT, false, body.as_bytes()),
            Transport::LongPolling => {
                let length = body.len();
                received = format!(
                    "HTTP/1.1 200 OK\r\nSet-Cookie: b=2; Path=/\r\nContent-Length: {length}\r\n\r\n{body}"
                )
                .into_bytes();
            }
        }
        let used = state.consume(&received, &mut sent, &mut stamps).unwrap();
        assert_eq!(used, received.len());
        (String::from_utf8_lossy(&sent).into_owned(), stamps)
    }

    #[test]
    fn a_session_is_set_up_by_handshake_subscription_and_first_connect() {
        for transport in [Transport::LongPolling, Transport::Websocket] {
            let mut state = state(transport, Phase::Handshaking);
            let (sent, _) = check(&mut state, r#"[{"successful":true,"clientId":"abc"}]"#);
            assert!(
                sent.contains(r#""channel":"/meta/subscribe","clientId":"abc","subscription":"/load/1""#)
            );
            assert_eq!(sent.contains("Cookie: a=1; b=2\r\n"), transport == Transport::LongPolling);
            let (sent, _) = check(&mut state, r#"[{"channel":"/meta/subscribe","successful":true}]"#);
            assert!(sent.contains(r#""advice":{"timeout":0}"#));
            let (sent, _) = check(&mut state, r#"[{"channel":"/meta/connect","successful":true}]"#);
            assert!(sent.contains("/meta/connect") && !sent.contains("advice"));
            assert_eq!(state.phase, Phase::Held);
        }
    }

    #[test]
    fn a_poll_is_followed_by_the_next_and_a_pushed_event_is_not() {
        let event = r#"[{"channel":"/load/1","data":{"text":"sent=17 xx"}},{"data":{"text":"sent=18 "}}]"#;
        let (sent, stamps) = check(&mut state(Transport::LongPolling, Phase::Held), event);
        assert_eq!((sent.as_str(), stamps), ("CONNECT", vec![17, 18]));
        let (sent, stamps) = check(&mut state(Transport::Websocket, Phase::Held), event);
        assert_eq!((sent.as_str(), stamps), ("", vec![17, 18]));
        let ended = r#"[{"channel":"/meta/connect","successful":true}]"#;
        assert_eq!(check(&mut state(Transport::Websocket, Phase::Held), ended).0, "CONNECT");
    }

    #[test]
    fn a_refusal_ends_the_session() {
        let refusal = br#"[{"channel":"/meta/connect","successful":false,"error":"402::Unknown client"}]"#;
        for phase in [Phase::Handshaking, Phase::Subscribing, Phase::FirstConnect, Phase::Held] {
            let mut state = state(Transport::Websocket, phase);
            assert!(state.on_messages(refusal, &mut Vec::new(), &mut Vec::new()).is_err(), "{phase:?}");
        }
    }
}
