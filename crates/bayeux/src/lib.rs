#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod channel;
mod config;
mod form;
mod hub;
mod id;
mod io;
mod message;
mod reply;
mod session;
mod table;
mod topics;

pub use channel::{Channel, ChannelError, Kind, MAX_CHANNEL_BYTES, Pattern};
pub use config::{Config, ConnectionType, PublishPolicy};
pub use form::{Callback, Form, MAX_CALLBACK_BYTES};
pub use hub::Hub;
pub use id::{BROWSER_COOKIE, BrowserId, ConnectionId, Entropy, ExchangeId, Owner, SessionId};
pub use io::{CLOSE_GOING_AWAY, CLOSE_NORMAL, CLOSE_UNPARSABLE, CloseReason, Input, Output, Transport};
pub use message::{MAX_ID_BYTES, MAX_MESSAGES_PER_REQUEST, Message, ParseError, parse};
