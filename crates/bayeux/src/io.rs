//! What goes into a hub and what comes out: the whole contract with the shell.

use bytes::Bytes;

use crate::channel::Channel;
use crate::id::{BrowserId, ConnectionId, Entropy, ExchangeId, Owner, SessionId};
use crate::message::Message;

/// Something that happened outside.
#[derive(Debug)]
pub enum Input {
    /// An HTTP request was parsed. Answered by exactly one [`Output::Reply`], at once or later, unless
    /// [`Input::ExchangeClosed`] comes first.
    Request {
        /// The shell's name for this request and its response.
        exchange: ExchangeId,
        /// How the request came.
        transport: Transport,
        /// Who is authenticated.
        owner: Owner,
        /// The browser's cookie, if it had one that [`BrowserId::parse`] knows.
        browser: Option<BrowserId>,
        /// What the body said.
        messages: Vec<Message>,
        /// Needed when one of the messages is a handshake ([`Message::is_handshake`]).
        entropy: Option<Entropy>,
        /// Time of day of the receipt, in milliseconds since 1970, for the time synchronization extension.
        wall_ms: u64,
    },
    /// The reply of this exchange was handed to the network in full.
    Written {
        /// The exchange of the reply.
        exchange: ExchangeId,
    },
    /// The peer vanished, or its reply could not be written in full. Legal at any time before `Written`.
    ExchangeClosed {
        /// The exchange that is over.
        exchange: ExchangeId,
    },
    /// A WebSocket was accepted.
    SocketOpened {
        /// The shell's name for the socket.
        connection: ConnectionId,
        /// Who is authenticated.
        owner: Owner,
        /// The cookie of the upgrade request.
        browser: Option<BrowserId>,
    },
    /// A text frame was parsed.
    SocketRequest {
        /// The socket it came on.
        connection: ConnectionId,
        /// What the frame said.
        messages: Vec<Message>,
        /// Needed when one of the messages is a handshake ([`Message::is_handshake`]).
        entropy: Option<Entropy>,
        /// Time of day of the receipt, in milliseconds since 1970.
        wall_ms: u64,
    },
    /// The oldest [`Output::SocketText`] not yet reported was handed to the network.
    SocketWritten {
        /// The socket it was written to.
        connection: ConnectionId,
    },
    /// The socket is gone, whoever closed it. Texts not reported as written are taken back.
    SocketClosed {
        /// The socket that is over.
        connection: ConnectionId,
    },
    /// The application has an event for the sessions of one owner that subscribed to its channel.
    Publish {
        /// Whose sessions.
        owner: Owner,
        /// Where; the same as in `event`.
        channel: Channel,
        /// The complete event, `{"channel":…,"data":…}`: serialized once, shared by all its readers.
        event: Bytes,
    },
    /// An event for the sessions of all owners that subscribed to its channel.
    PublishAll {
        /// Where; the same as in `event`.
        channel: Channel,
        /// The complete event, `{"channel":…,"data":…}`.
        event: Bytes,
    },
    /// The owner has logged out or lost access: all sessions end, sockets are closed.
    Disconnect {
        /// Whose sessions.
        owner: Owner,
    },
    /// One session ends by the application's will.
    DisconnectSession {
        /// The session's owner.
        owner: Owner,
        /// The session.
        session: SessionId,
    },
    /// The process is about to stop: held connects are answered, sockets closed, nothing is held any more.
    Drain,
    /// The time of [`Hub::deadline`](crate::Hub::deadline) has come. Harmless at any other time.
    Tick,
}

/// How an HTTP request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the protocol's own words")]
pub enum Transport {
    /// A POST on a connection of its own (HTTP/1).
    LongPolling,
    /// A POST on a connection shared with other requests (HTTP/2).
    MultiplexedLongPolling,
    /// A GET whose reply is a script; see [`Callback`](crate::Callback).
    CallbackPolling,
}

/// Something the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Answer an exchange.
    Reply {
        /// Which one.
        exchange: ExchangeId,
        /// HTTP status.
        status: u16,
        /// A JSON array, or nothing if the status is not 200.
        body: Bytes,
        /// The cookie to set, named [`BROWSER_COOKIE`](crate::BROWSER_COOKIE).
        set_browser: Option<BrowserId>,
        /// Whether the hub waits for [`Input::Written`] or [`Input::ExchangeClosed`].
        report: bool,
    },
    /// Write a text frame, then hand in [`Input::SocketWritten`].
    SocketText {
        /// On which socket.
        connection: ConnectionId,
        /// A JSON array.
        body: Bytes,
    },
    /// Close a socket after the texts before, then hand in [`Input::SocketClosed`].
    CloseSocket {
        /// Which one.
        connection: ConnectionId,
        /// Close code.
        code: u16,
    },
    /// A handshake made a session.
    SessionOpened {
        /// Whose.
        owner: Owner,
        /// Its name.
        session: SessionId,
    },
    /// A session is gone.
    SessionClosed {
        /// Whose.
        owner: Owner,
        /// Its name.
        session: SessionId,
        /// Why.
        reason: CloseReason,
    },
    /// A client published: hand the same to every other hub as [`Input::PublishAll`]. This hub has delivered.
    Publish {
        /// Where.
        channel: Channel,
        /// The complete event.
        event: Bytes,
    },
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Its client did not connect in time.
    Expired,
    /// Its client said goodbye.
    ByClient,
    /// The application ended it.
    ByServer,
    /// More events waited than may be kept.
    Overflow,
    /// A newer session of the same owner took its place.
    Displaced,
}

impl CloseReason {
    /// A short name for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            CloseReason::Expired => "expired",
            CloseReason::ByClient => "by_client",
            CloseReason::ByServer => "by_server",
            CloseReason::Overflow => "overflow",
            CloseReason::Displaced => "displaced",
        }
    }
}

/// Close code of a socket whose server goes away.
pub const CLOSE_GOING_AWAY: u16 = 1001;
/// Close code of a socket whose owner was disconnected.
pub const CLOSE_NORMAL: u16 = 1000;
/// Close code of a socket that sent a frame that is no Bayeux request; also for the shell's parse errors.
pub const CLOSE_UNPARSABLE: u16 = 1011;
