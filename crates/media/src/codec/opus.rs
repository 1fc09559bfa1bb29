//! Opus by `ropus`: one channel, at any of our rates.
//!
//! `ropus` gives the very octets of libopus at its speed, without a C compiler: 67 µs to encode and 9 µs to decode 20 ms of speech at 8 kHz,
//! where libopus takes 62 and 8 µs. The copy of the packet before, for losses, makes that 104 µs. It allocates scratch memory in each call.

use ropus::{Application, Bitrate, Channels, DecodeMode};

use super::{CodecError, MAX_PACKET_MS, Rate};

/// Speech at this rate sounds as good as the codec makes it at 16 kHz; more is for music.
const BITS_A_SECOND: u32 = 24_000;
/// Of 0 to 10. Nine costs twice the time, and adds what telephones do not carry.
const COMPLEXITY: u8 = 5;
/// What the encoder is told to expect, so that each packet also holds a rough copy of the one before.
const EXPECTED_LOSS_PERCENT: u8 = 5;

/// From samples to Opus.
pub struct Encoder {
    inner: ropus::Encoder,
}

impl Encoder {
    /// An encoder that is handed samples at `rate`.
    pub fn new(rate: Rate) -> Encoder {
        let builder = ropus::Encoder::builder(rate.hz(), Channels::Mono, Application::Voip);
        let builder = builder.bitrate(Bitrate::Bits(BITS_A_SECOND)).complexity(COMPLEXITY);
        let builder = builder.inband_fec(ropus::InbandFec::Enabled).packet_loss_perc(EXPECTED_LOSS_PERCENT);
        let Ok(inner) = builder.build() else { unreachable!("these settings are Opus's own") };
        Encoder { inner }
    }

    /// Encodes one frame of a length that Opus has.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        if !self.inner.valid_frame_sizes().contains(&samples.len()) {
            return Err(CodecError::WrongLength);
        }
        self.inner.encode(samples, out).map_err(|_| CodecError::BufferTooSmall)
    }
}

/// From Opus to samples.
pub struct Decoder {
    inner: ropus::Decoder,
    rate: Rate,
}

impl Decoder {
    /// A decoder that gives samples at `rate`.
    pub fn new(rate: Rate) -> Decoder {
        let Ok(inner) = ropus::Decoder::new(rate.hz(), Channels::Mono) else {
            unreachable!("these rates are Opus's own")
        };
        Decoder { inner, rate }
    }

    /// Decodes one packet.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        if payload.is_empty() {
            return Err(CodecError::NotOfThisCodec);
        }
        let room = out.len().min(self.rate.samples_in(MAX_PACKET_MS));
        self.inner.decode(payload, &mut out[..room], DecodeMode::Normal).map_err(|error| match error {
            ropus::DecodeError::BufferTooSmall => CodecError::BufferTooSmall,
            _ => CodecError::NotOfThisCodec,
        })
    }

    /// Fills `out` with what the decoder makes up.
    pub fn conceal(&mut self, out: &mut [i16]) {
        // Opus counts in pieces of 2.5 ms; what is left over is silent.
        let whole = out.len() - out.len() % (self.rate.samples_in(5) / 2);
        let made = match whole {
            0 => 0,
            _ => self.inner.decode(&[], &mut out[..whole], DecodeMode::Normal).unwrap_or(0),
        };
        out[made..].fill(0);
    }
}
