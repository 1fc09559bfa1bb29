//! What can go wrong in a session: oddities that are counted, and the reasons for its end.

use crate::content::ContentFault;

/// Something odd that the peer did, or failed to do; the session goes on. For counters: it holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// A length that no PDU has, or that is more than we take; the session ends over it.
    BadLength,
    /// A command that SMPP does not know, or that this side does not serve.
    UnknownCommand,
    /// A body that cannot be read; answered with the status that names the field.
    Malformed,
    /// A command at a time, or on a session of a kind, where it has no place.
    WrongState,
    /// A response to nothing: it came too late, twice, or was never asked for.
    StrayResponse,
    /// A request of ours was not answered in time.
    ResponseTimedOut,
    /// The peer could not read something of ours, and said so by a generic nack without a known request.
    Nack,
    /// A text came while as many as may be were waiting for our answer; the peer was told to slow down.
    Throttled,
    /// A text or receipt was handed on as well as it could be read.
    Content(ContentFault),
}

impl Fault {
    /// A short name for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::BadLength => "bad_length",
            Fault::UnknownCommand => "unknown_command",
            Fault::Malformed => "malformed",
            Fault::WrongState => "wrong_state",
            Fault::StrayResponse => "stray_response",
            Fault::ResponseTimedOut => "response_timed_out",
            Fault::Nack => "nack",
            Fault::Throttled => "throttled",
            Fault::Content(fault) => fault.name(),
        }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The peer does not want us; the output before says why.
    BindRefused,
    /// Nobody bound, or answered the bind, in time.
    BindTimedOut,
    /// We said goodbye, and the peer answered or had its time.
    Unbound,
    /// The peer said goodbye.
    UnboundByPeer,
    /// The peer did not answer a link check in time.
    LinkDead,
    /// The peer sent a length from which there is no way back to the next PDU.
    BadLength,
}

impl CloseReason {
    /// A short name for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            CloseReason::BindRefused => "bind_refused",
            CloseReason::BindTimedOut => "bind_timed_out",
            CloseReason::Unbound => "unbound",
            CloseReason::UnboundByPeer => "unbound_by_peer",
            CloseReason::LinkDead => "link_dead",
            CloseReason::BadLength => "bad_length",
        }
    }
}
