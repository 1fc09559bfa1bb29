//! The bound of push: a bare WebSocket server that does one write for each message and subscriber.
//!
//! It understands just enough Bayeux for this crate's generator: no sessions, no queues, no JSON
//! parser. A message is framed once and written to each subscriber at once, if its socket takes it.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;

use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, SCRATCH_BYTES};
use crate::error::LoadError;
use crate::websocket;

const LISTENER: Token = Token(usize::MAX);
const EVENTS_PER_TURN: usize = 1024;

struct Client {
    connection: Connection,
    upgraded: bool,
}

/// What one message of a client asks for.
enum Ask {
    Subscribe(Vec<u8>),
    Publish { channel: Vec<u8>, frame: Vec<u8> },
}

struct Server {
    clients: Vec<Option<Client>>,
    subscribers: HashMap<Vec<u8>, Vec<usize>>,
    scratch: Box<[u8]>,
}

/// Serves until the process is killed.
pub fn serve() -> Result<(), LoadError> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_PER_TURN);
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let mut server = Server {
        clients: Vec::new(),
        subscribers: HashMap::new(),
        scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
    };
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((stream, _)) = listener.accept() {
                    let token = Token(server.clients.len());
                    let connection = Connection::adopt(stream, poll.registry(), token)?;
                    server.clients.push(Some(Client { connection, upgraded: false }));
                }
                continue;
            }
            let Token(number) = event.token();
            if server.serve_client(number).is_err() {
                server.clients[number] = None;
            }
        }
    }
}

impl Server {
    fn serve_client(&mut self, number: usize) -> Result<(), LoadError> {
        let Some(client) = &mut self.clients[number] else { return Ok(()) };
        let mut asks = Vec::new();
        let Client { connection, upgraded } = client;
        connection
            .receive(&mut self.scratch, |bytes, outgoing| read(bytes, outgoing, upgraded, &mut asks))?;
        connection.flush()?;
        for ask in asks {
            match ask {
                Ask::Subscribe(channel) => self.subscribers.entry(channel).or_default().push(number),
                Ask::Publish { channel, frame } => self.deliver(&channel, &frame),
            }
        }
        Ok(())
    }

    fn deliver(&mut self, channel: &[u8], frame: &[u8]) {
        for &number in self.subscribers.get(channel).into_iter().flatten() {
            let Some(client) = &mut self.clients[number] else { continue };
            client.connection.outgoing.extend_from_slice(frame);
            if client.connection.flush().is_err() {
                self.clients[number] = None;
            }
        }
    }
}

fn read(
    bytes: &[u8],
    outgoing: &mut Vec<u8>,
    upgraded: &mut bool,
    asks: &mut Vec<Ask>,
) -> Result<usize, LoadError> {
    let mut used = 0;
    if !*upgraded {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
        used = end + 4;
        *upgraded = true;
        let accept = websocket::ACCEPT;
        outgoing.extend_from_slice(
            format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").as_bytes(),
        );
    }
    while let Some((frame, taken)) = websocket::decode(&bytes[used..])? {
        used += taken;
        let reply = answer(frame.payload, asks).ok_or_else(|| LoadError::wire("a message", frame.payload))?;
        if !reply.is_empty() {
            websocket::encode(outgoing, websocket::TEXT, false, reply.as_bytes());
        }
    }
    Ok(used)
}

/// The reply to a message, empty for a connect that is held; `None` if it is not understood.
fn answer(message: &[u8], asks: &mut Vec<Ask>) -> Option<String> {
    let channel = string_after(message, b"\"channel\":\"")?;
    match channel {
        b"/meta/handshake" => Some(
            r#"[{"id":"1","channel":"/meta/handshake","successful":true,"clientId":"c","version":"1.0","supportedConnectionTypes":["websocket"]}]"#
                .to_owned(),
        ),
        b"/meta/connect" if memmem::find(message, b"\"timeout\":0").is_none() => Some(String::new()),
        b"/meta/connect" => Some(r#"[{"id":"2","channel":"/meta/connect","successful":true}]"#.to_owned()),
        b"/meta/subscribe" => {
            asks.push(Ask::Subscribe(string_after(message, b"\"subscription\":\"")?.to_vec()));
            Some(r#"[{"id":"3","channel":"/meta/subscribe","successful":true}]"#.to_owned())
        }
        channel => {
            let data_start = memmem::find(message, b"\"data\":")?;
            let data_end = memmem::rfind(message, b",\"clientId\":")?;
            let data = message.get(data_start..data_end)?;
            let event = [b"[{\"channel\":\"", channel, b"\",", data, b"}]"].concat();
            let mut frame = Vec::with_capacity(event.len() + 10);
            websocket::encode(&mut frame, websocket::TEXT, false, &event);
            asks.push(Ask::Publish { channel: channel.to_vec(), frame });
            Some(r#"[{"id":"4","successful":true}]"#.to_owned())
        }
    }
}

fn string_after<'a>(message: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let rest = &message[memmem::find(message, before)? + before.len()..];
    Some(&rest[..memchr::memchr(b'"', rest)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_becomes_one_frame_with_channel_and_data() {
        let mut asks = Vec::new();
        let message = br#"[{"channel":"/load/7","data":{"text":"sent=1 ,"},"clientId":"c","id":"9"}]"#;
        answer(message, &mut asks).unwrap();
        let Some(Ask::Publish { channel, frame }) = asks.pop() else { panic!("no publish") };
        assert_eq!(channel, b"/load/7");
        let (frame, _) = websocket::decode(&frame).unwrap().unwrap();
        assert_eq!(frame.payload, br#"[{"channel":"/load/7","data":{"text":"sent=1 ,"}}]"#);
    }

    #[test]
    fn a_connect_is_held_unless_it_asks_for_an_answer() {
        let mut asks = Vec::new();
        let held = br#"[{"id":"2","channel":"/meta/connect","clientId":"c"}]"#;
        assert_eq!(answer(held, &mut asks).as_deref(), Some(""));
        let first = br#"[{"id":"2","channel":"/meta/connect","clientId":"c","advice":{"timeout":0}}]"#;
        assert!(answer(first, &mut asks).unwrap().contains("successful"));
        assert!(answer(b"{}", &mut asks).is_none());
    }
}
