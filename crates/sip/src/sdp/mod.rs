//! Offers and answers (RFC 3264) over session descriptions (RFC 8866): one audio stream, everything else declined.
//!
//! [`Negotiation`] lives as long as its dialog. It keeps what a later offer must repeat (RFC 3264, section 8): the number and
//! order of the media lines, payload types, the version. Reading is a library's work; what we write is ours. Nothing that the
//! far side sends is trusted: what does not fit is [`Unacceptable`], which says why, and which `Warning` header tells it.
//!
//! Left out: video, several streams at once, host names in place of addresses, RTCP on the port of RTP, DTLS.

mod crypto;
mod format;
mod line;
mod negotiation;
mod offer;

use core::net::{IpAddr, SocketAddr};

pub use crypto::{Crypto, KEY_OCTETS, KeyAndSalt, Suite};
pub use format::Codec;
pub use negotiation::Negotiation;
pub use offer::Description;

/// The longest session description that is read, in octets.
pub const MOST_OCTETS: usize = 16_384;
/// The most media lines that a description may have.
pub const MOST_LINES: usize = 16;
/// The most payload types that are looked at in one media line; further ones are passed over.
pub const MOST_FORMATS: usize = 64;

/// What we can and want to do on one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where we wish to receive RTP.
    pub address: IpAddr,
    /// The port of RTP; RTCP has the next one.
    pub port: u16,
    /// What we can code, the dearest first. An answer takes the first one that the offer names, whatever its order: two legs
    /// with one codec are relayed, others cost a conversion.
    pub codecs: Vec<Codec>,
    /// How much audio we want in a packet, in milliseconds.
    pub ptime_ms: u16,
    /// What we want, as far as the far side lets us.
    pub direction: Direction,
    /// Whether the audio is encrypted.
    pub security: Security,
}

/// Who sends on a stream (RFC 3264, section 5.1), as seen by whoever says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both sides.
    SendReceive,
    /// The one who says it; the other one is on hold.
    SendOnly,
    /// The other one.
    ReceiveOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// Whether the one who says it sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether the one who says it receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }

    /// The direction with these two halves.
    #[must_use]
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// The same stream as the other side sees it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// What both of two wishes allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The name of its attribute.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendReceive => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// Whether audio is encrypted (SRTP with keys in the description, RFC 4568). The key is ours: we encrypt by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Plain RTP; encrypted offers are refused.
    Plain,
    /// As the far side offers; we offer plain RTP.
    AsOffered(KeyAndSalt),
    /// Encrypted; plain offers are refused.
    Required(KeyAndSalt),
}

impl Security {
    const fn key(&self) -> Option<&KeyAndSalt> {
        match self {
            Self::Plain => None,
            Self::AsOffered(key) | Self::Required(key) => Some(key),
        }
    }
}

/// What both sides have agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Where the far side wishes to receive RTP. Its address is `0.0.0.0` or `::` if it wishes none, by the old way of holding;
    /// then `direction` does not send either.
    pub remote: SocketAddr,
    /// Where it wishes to receive RTCP.
    pub remote_rtcp: SocketAddr,
    /// How we send.
    pub codec: Codec,
    /// The payload type with which we send.
    pub payload_type: u8,
    /// What the far side may send: payload types in our numbering, and what each means. The first is what it should send.
    pub receives: Vec<(u8, Codec)>,
    /// The payload type with which we send DTMF (RFC 4733), if the far side takes it so.
    pub dtmf: Option<u8>,
    /// The payload type with which the far side sends DTMF.
    pub receives_dtmf: Option<u8>,
    /// As we see it: whether we send and whether we receive.
    pub direction: Direction,
    /// How much audio the far side wishes in a packet, in milliseconds.
    pub ptime_ms: u16,
    /// How RTP is encrypted, if it is.
    pub crypto: Option<Crypto>,
}

impl Agreed {
    /// Whether the far side holds us: it wishes to hear nothing.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        !self.direction.sends()
    }
}

/// Why an offer or an answer does not do. The answer to an offer is then 488 (RFC 3261, section 21.4.26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// It breaks the grammar.
    #[error("the session description cannot be read")]
    Malformed,
    /// More than [`MOST_OCTETS`] or [`MOST_LINES`].
    #[error("the session description is too large")]
    TooLarge,
    /// No audio stream with a port.
    #[error("no audio stream is offered")]
    NoAudio,
    /// Neither `RTP/AVP` nor `RTP/SAVP`.
    #[error("the transport protocol of the audio is not spoken here")]
    Transport,
    /// No format of ours.
    #[error("no codec in common")]
    NoCodec,
    /// Not an address, a multicast address, or one of the other family.
    #[error("the address cannot be reached")]
    Address,
    /// Plain audio where encryption is required.
    #[error("the audio must be encrypted")]
    NotEncrypted,
    /// Encrypted, but no suite or key is usable, or we want it plain.
    #[error("the encryption is not spoken here")]
    Encryption,
    /// An answer with other media lines than its offer had, or with no offer before it.
    #[error("the answer does not fit the offer")]
    NotAnAnswer,
}

impl Unacceptable {
    /// The code of the `Warning` header that goes with it (RFC 3261, section 20.43).
    #[must_use]
    pub const fn warn_code(self) -> u16 {
        match self {
            Self::Address => 301,
            Self::Transport | Self::NotEncrypted | Self::Encryption => 302,
            Self::NoAudio => 304,
            Self::NoCodec => 305,
            Self::Malformed | Self::TooLarge | Self::NotAnAnswer => 399,
        }
    }
}

#[cfg(test)]
mod tests;
