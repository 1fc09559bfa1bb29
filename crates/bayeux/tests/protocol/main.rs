//! What the protocol promises, told as stories through the public face of the crate.

mod acknowledgement;
mod browser;
mod chaos;
mod connect;
mod failed_writes;
mod handshake;
mod history;
mod lifetime;
mod messages;
mod story;
mod websocket;
