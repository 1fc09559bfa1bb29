//! Load generators and benches.
mod clock;
mod error;
mod histogram;
mod http;
mod websocket;
fn main() {}
