//! Notifications over WebSocket: frames in, frames out, on a connection that HTTP has let go.
//!
//! The library reads frames and answers pings and closes. Texts are written here, all that wait in one piece,
//! and nothing is read while a write is stuck: a client that does not read is not listened to either.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bayeux::{BrowserId, CLOSE_UNPARSABLE, ConnectionId, Input};
use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, timeout};
use tokio_tungstenite::tungstenite;
use tungstenite::Message;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

use super::outbox::{Lot, Outbox};
use super::{Push, Reader, frames, requests};
use crate::answers::Refused;
use crate::{App, answers, clock};

/// A request to go on by WebSocket that was granted.
pub(crate) struct Upgrade {
    push: Arc<Push>,
    reader: Reader,
    browser: Option<BrowserId>,
    accept: String,
    /// Told of every frame, so that a session with an open socket does not end as unused.
    app: Option<Arc<App>>,
    /// What else the answer says.
    pub(crate) headers: HeaderMap,
}

/// Longest wait for the client's half of the close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether this is a request to go on by WebSocket.
pub(crate) fn is_upgrade(head: &Parts) -> bool {
    head.method == Method::GET
        && head.headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Grants a request to go on by WebSocket.
///
/// # Errors
/// The answer to a request that lacks what the protocol demands.
pub(crate) fn grant(
    push: &Arc<Push>,
    reader: Reader,
    head: &Parts,
    app: Option<Arc<App>>,
) -> Result<Upgrade, Refused> {
    let connection = head.headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let asks =
        connection.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    let key = head.headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let version = head.headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let (true, true, true, Some(key)) = (asks, version, head.version == Version::HTTP_11, key) else {
        let mut refused =
            answers::text(StatusCode::BAD_REQUEST, "This is no WebSocket handshake of version 13.");
        refused.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(refused.into());
    };
    Ok(Upgrade {
        push: Arc::clone(push),
        reader,
        browser: requests::browser(head),
        accept: derive_accept_key(key.as_bytes()),
        app,
        headers: HeaderMap::new(),
    })
}

/// Says yes, and carries frames until the socket is closed.
pub(crate) async fn run<S>(mut stream: S, received: Bytes, upgrade: Upgrade, write_timeout: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Upgrade { push, reader, browser, accept, app, headers } = upgrade;
    let head = switching_protocols(&accept, &headers);
    drop((accept, headers));
    if !matches!(timeout(write_timeout, stream.write_all(&head)).await, Ok(Ok(()))) {
        return;
    }
    drop(head);
    let socket = Socket {
        connection: push.connection_id(),
        outbox: Arc::new(Outbox::new(push.config.max_waiting_frames)),
        push,
        reader,
        app,
    };
    let shard = socket.push.shard(reader.owner);
    shard.open_socket(socket.connection, reader.owner, reader.session, browser, Arc::clone(&socket.outbox));
    let limits = WebSocketConfig::default()
        .read_buffer_size(socket.push.config.socket_buffer_bytes)
        .write_buffer_size(0)
        .max_message_size(Some(socket.push.config.max_frame_bytes))
        .max_frame_size(Some(socket.push.config.max_frame_bytes));
    let mut frames = WebSocketContext::from_partially_read(received.to_vec(), Role::Server, Some(limits));
    drop(received);
    socket.carry(&mut stream, &mut frames, write_timeout).await;
}

/// A socket that the hub knows of, until it is dropped.
struct Socket {
    push: Arc<Push>,
    reader: Reader,
    connection: ConnectionId,
    outbox: Arc<Outbox>,
    app: Option<Arc<App>>,
}

enum Happening {
    Waiting(Lot),
    Received(Message),
    Idle,
    Gone,
}

impl Socket {
    async fn carry<S>(&self, stream: &mut S, frames: &mut WebSocketContext, write_timeout: Duration)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let idle_timeout = self.push.config.socket_idle_timeout;
        let mut heard = clock::now();
        let mut idle = std::pin::pin!(tokio::time::sleep_until((heard + idle_timeout).into()));
        loop {
            let happening = std::future::poll_fn(|cx| self.poll(stream, frames, idle.as_mut(), cx)).await;
            match happening {
                Happening::Waiting(lot) => {
                    let close = lot.close;
                    if !self.write(stream, frames, &lot, write_timeout).await {
                        return;
                    }
                    if close.is_some() {
                        return linger(stream).await;
                    }
                }
                Happening::Received(message) => {
                    heard = clock::now();
                    self.receive(message);
                }
                Happening::Idle if heard + idle_timeout > clock::now() => {
                    // The clock is set anew when it rings, not with each frame.
                    idle.as_mut().reset((heard + idle_timeout).into());
                }
                Happening::Idle => self.outbox.close(bayeux::CLOSE_NORMAL),
                Happening::Gone => return,
            }
        }
    }

    fn poll<S>(
        &self,
        stream: &mut S,
        frames: &mut WebSocketContext,
        idle: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<Happening>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if let Poll::Ready(lot) = self.outbox.poll_take(cx) {
            return Poll::Ready(Happening::Waiting(lot));
        }
        match frames.read(&mut Blocking { stream, cx }) {
            Ok(message) => return Poll::Ready(Happening::Received(message)),
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(tungstenite::Error::Capacity(_)) => {
                self.outbox.close(CLOSE_TOO_BIG);
                return self.outbox.poll_take(cx).map(Happening::Waiting);
            }
            Err(_) => return Poll::Ready(Happening::Gone),
        }
        idle.poll(cx).map(|()| Happening::Idle)
    }

    fn receive(&self, message: Message) {
        if let (Some(app), Some(session)) = (&self.app, self.reader.session) {
            app.sign_in.touch(session);
        }
        let body = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(_) => return self.outbox.close(CLOSE_UNPARSABLE),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return,
        };
        let Ok(messages) = bayeux::parse(&body, self.push.config.max_messages) else {
            return self.outbox.close(CLOSE_UNPARSABLE);
        };
        let input = Input::SocketRequest {
            connection: self.connection,
            entropy: requests::entropy(&messages),
            messages,
            wall_ms: clock::wall_ms(),
        };
        let owner = self.reader.owner;
        let published = self.push.shard(owner).socket_request(input, self.reader.session);
        self.push.spread(published, owner);
    }

    /// Writes all that waits; false if the socket is lost.
    async fn write<S>(
        &self,
        stream: &mut S,
        frames: &mut WebSocketContext,
        lot: &Lot,
        write_timeout: Duration,
    ) -> bool
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let texts = lot.texts.len();
        let bytes = frames::encode(&lot.texts, lot.close);
        let write = async {
            // The library may have begun to answer a ping, which must not be torn apart.
            std::future::poll_fn(|cx| match frames.flush(&mut Blocking { stream, cx }) {
                Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    Poll::Pending
                }
                flushed => Poll::Ready(flushed.is_ok()),
            })
            .await
                && stream.write_all(&bytes).await.is_ok()
        };
        let written = timeout(write_timeout, write).await.unwrap_or(false);
        if written && texts > 0 {
            self.push.shard(self.reader.owner).socket_written(self.connection, texts);
        }
        written
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Reader { owner, session } = self.reader;
        self.push.shard(owner).close_socket(self.connection, owner, session);
    }
}

/// Close code for a frame above the limit.
const CLOSE_TOO_BIG: u16 = 1009;

/// Waits for the client's half of the close, so that what it still sends does not make the system throw away
/// what it has not read yet.
async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let _ = stream.shutdown().await;
    let rest = async {
        let mut rest = [0; 512];
        while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    };
    let _ = timeout(CLOSE_TIMEOUT, rest).await;
}

fn switching_protocols(accept: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut head = Vec::with_capacity(256);
    head.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ");
    head.extend_from_slice(accept.as_bytes());
    head.extend_from_slice(b"\r\n");
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// A stream as the library wants it: it reads and writes at once or says that it would block.
struct Blocking<'s, 'c, 'w, S> {
    stream: &'s mut S,
    cx: &'c mut Context<'w>,
}

impl<S: AsyncRead + Unpin> Read for Blocking<'_, '_, '_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(bytes);
        match Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer) {
            Poll::Ready(result) => result.map(|()| buffer.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: AsyncWrite + Unpin> Write for Blocking<'_, '_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match Pin::new(&mut *self.stream).poll_write(self.cx, bytes) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match Pin::new(&mut *self.stream).poll_flush(self.cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
