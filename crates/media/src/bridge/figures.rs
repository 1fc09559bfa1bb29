//! What is counted of a leg.

use core::time::Duration;

/// Counters and measures of one leg, since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// RTP packets that were taken.
    pub received: u64,
    /// RTP packets that were sent.
    pub sent: u64,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets that came after their turn: relayed, but too late for a mix.
    pub late: u64,
    /// Times that a mix ran out of a mouth's sound.
    pub starved: u64,
    /// Slots of 10 ms that were concealed.
    pub concealed: u64,
    /// Slots of 10 ms that were left out to catch up.
    pub skipped: u64,
    /// Datagrams that are no RTP, or too long.
    pub malformed: u64,
    /// Packets with a payload type that was not agreed.
    pub wrong_payload: u64,
    /// Datagrams from a source that is not the leg's.
    pub wrong_source: u64,
    /// Datagrams over the limit of the flood window.
    pub flooded: u64,
    /// SRTP packets that were not authentic, or replayed.
    pub not_authentic: u64,
    /// Packets of comfort noise, which are taken as silence.
    pub comfort_noise: u64,
    /// How often the source's address changed after the first.
    pub relatched: u64,
    /// How often the stream's SSRC changed.
    pub new_streams: u64,
    /// Interarrival jitter (RFC 3550, section 6.4.1).
    pub jitter: Duration,
    /// Round trip by RTCP, if the far side reports.
    pub round_trip: Option<Duration>,
    /// Loss of what we send as the far side reports it, in 1/256.
    pub far_loss: u8,
}
