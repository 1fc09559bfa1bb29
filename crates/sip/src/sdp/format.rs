//! The formats we know, and which payload type means which of them.

/// A way of coding speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711, µ-law; payload type 0.
    Pcmu,
    /// G.711, A-law; payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s; payload type 9. Its RTP clock is 8000 although it samples at 16000 (RFC 3551, section 4.5.2).
    G722,
    /// Opus (RFC 7587); a dynamic payload type.
    Opus,
}

impl Codec {
    /// Ticks of the RTP time stamp in a second.
    #[must_use]
    pub const fn clock(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }
}

/// What a payload type may mean to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Speech.
    Speech(Codec),
    /// DTMF (RFC 4733), with its clock.
    Dtmf(u32),
}

impl Format {
    /// The value of `a=rtpmap` after the payload type.
    pub const fn rtpmap(self) -> &'static str {
        match self {
            Self::Speech(Codec::Pcmu) => "PCMU/8000",
            Self::Speech(Codec::Pcma) => "PCMA/8000",
            Self::Speech(Codec::G722) => "G722/8000",
            Self::Speech(Codec::Opus) => "opus/48000/2",
            Self::Dtmf(48_000) => "telephone-event/48000",
            Self::Dtmf(_) => "telephone-event/8000",
        }
    }

    /// The format of an `a=rtpmap` value after the payload type.
    pub fn by_rtpmap(value: &str) -> Option<Self> {
        let mut parts = value.trim().split('/').map(str::trim);
        let name = parts.next()?;
        let clock: u32 = parts.next()?.parse().ok()?;
        let channels = parts.next().unwrap_or("1");
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match (clock, channels) {
            (8_000, "1") if is("PCMU") => Some(Self::Speech(Codec::Pcmu)),
            (8_000, "1") if is("PCMA") => Some(Self::Speech(Codec::Pcma)),
            (8_000, "1") if is("G722") => Some(Self::Speech(Codec::G722)),
            (48_000, "2") if is("opus") => Some(Self::Speech(Codec::Opus)),
            (8_000 | 48_000, "1") if is("telephone-event") => Some(Self::Dtmf(clock)),
            _ => None,
        }
    }

    /// The format of a static payload type without `a=rtpmap` (RFC 3551, section 6).
    pub const fn by_static_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Speech(Codec::Pcmu)),
            8 => Some(Self::Speech(Codec::Pcma)),
            9 => Some(Self::Speech(Codec::G722)),
            _ => None,
        }
    }

    /// The number we give it if nothing is against it.
    const fn usual_number(self) -> u8 {
        match self {
            Self::Speech(Codec::Pcmu) => 0,
            Self::Speech(Codec::Pcma) => 8,
            Self::Speech(Codec::G722) => 9,
            Self::Speech(Codec::Opus) => 107,
            Self::Dtmf(48_000) => 102,
            Self::Dtmf(_) => 101,
        }
    }
}

/// The payload types of one dialog: a number never changes its meaning (RFC 3264, section 8.3.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    ours: Vec<(Format, u8)>,
    /// One bit for each number that has had a meaning.
    taken: u128,
}

impl Numbers {
    const DYNAMIC: core::ops::RangeInclusive<u8> = 96..=127;

    /// Keeps what the far side says of a number.
    pub fn learn(&mut self, number: u8, format: Option<Format>) {
        if number > 127 {
            return;
        }
        self.taken |= 1 << number;
        let Some(format) = format else { return };
        if !self.ours.iter().any(|(known, _)| *known == format) {
            self.ours.push((format, number));
        }
    }

    /// The number with which we offer a format.
    pub fn number(&mut self, format: Format) -> Option<u8> {
        if let Some((_, number)) = self.ours.iter().find(|(known, _)| *known == format) {
            return Some(*number);
        }
        let usual = format.usual_number();
        let is_free = |number: &u8| self.taken & (1 << number) == 0;
        let number = core::iter::once(usual).chain(Self::DYNAMIC).find(is_free)?;
        self.learn(number, Some(format));
        Some(number)
    }
}
