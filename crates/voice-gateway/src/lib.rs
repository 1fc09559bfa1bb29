//! Telephones and trunks: SIP and RTP sockets.
//!
//! The rules say which telephone is rung, answered and sent away, and who hears whom; this gateway makes it so, and
//! reports what telephones do. Nothing is decided here that one of the rules could decide.

mod clock;
pub mod media;
mod random;
mod tasks;
mod transport;

pub use transport::{Certificate, Limits, Listener, MOST_LISTENERS, TlsError};
