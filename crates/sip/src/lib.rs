//! SIP without sockets, clocks or chance: messages, transactions, dialogs, registration, offers and answers
//! (RFC 3261 and those that complete it). What a machine needs to know of the world is an argument.

pub mod digest;
pub mod flow;
pub mod message;
pub mod registrar;
pub mod sdp;
pub mod stream;
pub mod transaction;
pub mod user_agent;

pub use flow::{ConnectionId, Flow, ListenerId, Transport};
