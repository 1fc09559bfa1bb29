//! G.711, G.722 and Opus between RTP payloads and samples, into the caller's buffers.
//!
//! An [`Encoder`] takes and a [`Decoder`] gives samples at the [`Rate`] that the caller mixes at, whatever the codec's own rate is. State is
//! allocated when they are made; afterwards G.711, G.722 and resampling allocate nothing. Opus is `ropus`, which allocates scratch
//! memory for each packet.

mod g711;
mod g722;
mod opus;
mod resample;

pub use g711::Law;
pub use resample::Resampler;

use crate::conceal::Concealer;

/// How much sound one packet holds that we send.
pub const PTIME_MS: usize = 20;
/// The longest packet that is decoded; RFC 6716 has none longer in Opus, and phones send none longer in G.711.
pub const MAX_PACKET_MS: usize = 120;
/// The longest packet that is decoded, in samples at the highest rate: how large a buffer always suffices.
pub const MAX_PACKET_SAMPLES: usize = Rate::Full.samples_in(MAX_PACKET_MS);
/// How large a buffer always suffices for one encoded frame of up to [`MAX_PACKET_MS`].
pub const MAX_PAYLOAD_BYTES: usize = 1_276;

/// A codec that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s.
    G722,
    /// Opus (RFC 6716), one channel.
    Opus,
}

impl Codec {
    /// All of them, cheapest first.
    pub const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

    /// Its name in SDP (`a=rtpmap`).
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// The ticks a second of its RTP time stamps. G.722 says 8,000 although it has 16,000 samples (RFC 3551, section 4.5.2).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8_000,
            Codec::Opus => 48_000,
        }
    }

    /// Its payload type where RFC 3551 gives it one.
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            Codec::Opus => None,
        }
    }

    /// The rate at which its samples are, or at which it is best heard.
    pub const fn native_rate(self) -> Rate {
        match self {
            Codec::Pcmu | Codec::Pcma => Rate::Narrow,
            Codec::G722 => Rate::Wide,
            Codec::Opus => Rate::Full,
        }
    }
}

/// Samples a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// 8,000: the telephone.
    Narrow,
    /// 16,000: wideband.
    Wide,
    /// 48,000: Opus and WebRTC.
    Full,
}

impl Rate {
    /// All of them, lowest first.
    pub const ALL: [Rate; 3] = [Rate::Narrow, Rate::Wide, Rate::Full];

    /// Samples a second.
    pub const fn hz(self) -> u32 {
        match self {
            Rate::Narrow => 8_000,
            Rate::Wide => 16_000,
            Rate::Full => 48_000,
        }
    }

    /// Samples in so many milliseconds.
    pub const fn samples_in(self, milliseconds: usize) -> usize {
        self.hz() as usize / 1_000 * milliseconds
    }
}

/// Why a packet or a frame was not coded; the state has not changed but for Opus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The caller's buffer does not hold what would be written.
    #[error("the buffer is too small for what would be written")]
    BufferTooSmall,
    /// The frame is longer than [`MAX_PACKET_MS`], or not as long as the codec wants one.
    #[error("the codec has no frame of this length")]
    WrongLength,
    /// The payload is none of this codec.
    #[error("the payload is none of this codec")]
    NotOfThisCodec,
}

/// From samples to payloads.
pub struct Encoder {
    form: EncoderForm,
    rate: Rate,
    /// To the codec's rate, where it differs.
    converter: Option<Box<Converter>>,
}

enum EncoderForm {
    G711(Law),
    G722(Box<g722::Encoder>),
    Opus(Box<opus::Encoder>),
}

impl Encoder {
    /// An encoder that is handed samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Encoder {
        let form = match codec {
            Codec::Pcmu => EncoderForm::G711(Law::Mu),
            Codec::Pcma => EncoderForm::G711(Law::A),
            Codec::G722 => EncoderForm::G722(Box::default()),
            Codec::Opus => EncoderForm::Opus(Box::new(opus::Encoder::new(rate))),
        };
        Encoder {
            form,
            rate,
            converter: Converter::between(rate, rate_inside(codec, rate), rate_inside(codec, rate)),
        }
    }

    /// Encodes one frame into the front of `out`; how many octets that makes.
    ///
    /// # Errors
    /// When the frame is longer than [`MAX_PACKET_MS`], or `out` too small ([`MAX_PAYLOAD_BYTES`] suffices). G.722 wants an even number of
    /// samples, Opus 10, 20, 40 or 60 ms.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        if samples.len() > self.rate.samples_in(MAX_PACKET_MS) {
            return Err(CodecError::WrongLength);
        }
        let samples = match &mut self.converter {
            Some(converter) => converter.convert(samples),
            None => samples,
        };
        match &mut self.form {
            EncoderForm::G711(law) => {
                let out = out.get_mut(..samples.len()).ok_or(CodecError::BufferTooSmall)?;
                law.encode(samples, out);
                Ok(samples.len())
            }
            EncoderForm::G722(encoder) => {
                if !samples.len().is_multiple_of(2) {
                    return Err(CodecError::WrongLength);
                }
                let out = out.get_mut(..samples.len() / 2).ok_or(CodecError::BufferTooSmall)?;
                encoder.encode(samples, out);
                Ok(out.len())
            }
            EncoderForm::Opus(encoder) => encoder.encode(samples, out),
        }
    }
}

/// From payloads to samples, and over the gaps where one is lost.
pub struct Decoder {
    form: DecoderForm,
    /// From the codec's rate, where it differs.
    converter: Option<Box<Converter>>,
    rate: Rate,
}

enum DecoderForm {
    G711(Law, Box<Concealer>),
    G722(Box<g722::Decoder>, Box<Concealer>),
    Opus(Box<opus::Decoder>),
}

impl Decoder {
    /// A decoder that gives samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Decoder {
        let concealer = || Box::new(Concealer::new(codec.native_rate()));
        let form = match codec {
            Codec::Pcmu => DecoderForm::G711(Law::Mu, concealer()),
            Codec::Pcma => DecoderForm::G711(Law::A, concealer()),
            Codec::G722 => DecoderForm::G722(Box::default(), concealer()),
            Codec::Opus => DecoderForm::Opus(Box::new(opus::Decoder::new(rate))),
        };
        Decoder {
            form,
            converter: Converter::between(rate_inside(codec, rate), rate, rate_inside(codec, rate)),
            rate,
        }
    }

    /// Decodes one payload into the front of `out`; how many samples that makes.
    ///
    /// After [`conceal`](Decoder::conceal) the first milliseconds are blended with what was made up.
    ///
    /// # Errors
    /// When the payload is longer than [`MAX_PACKET_MS`] or none of this codec, or `out` too small ([`MAX_PACKET_SAMPLES`] suffices).
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        if let DecoderForm::Opus(decoder) = &mut self.form {
            return decoder.decode(payload, out);
        }
        // Of both codecs an octet is an eighth of a millisecond.
        const OCTETS_A_MS: usize = 8;
        if payload.len() > OCTETS_A_MS * MAX_PACKET_MS {
            return Err(CodecError::WrongLength);
        }
        let samples_an_octet = self.rate.hz() as usize / 8_000;
        let out = out.get_mut(..payload.len() * samples_an_octet).ok_or(CodecError::BufferTooSmall)?;
        match &mut self.converter {
            None => self.form.decode(payload, out),
            Some(converter) => {
                let inside = &mut converter.inside[..payload.len() * self.form.samples_an_octet()];
                self.form.decode(payload, inside);
                converter.resampler.process(inside, out);
            }
        }
        Ok(out.len())
    }

    /// Makes up the sound of a packet that did not come, from what was heard before; it fades to silence within 60 ms.
    ///
    /// Fills `out`, but no more than [`MAX_PACKET_MS`]; returns how many samples were written.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        let most = self.rate.samples_in(MAX_PACKET_MS).min(out.len());
        let out = &mut out[..most];
        match (&mut self.form, &mut self.converter) {
            (DecoderForm::Opus(decoder), _) => decoder.conceal(out),
            (DecoderForm::G711(_, concealer) | DecoderForm::G722(_, concealer), None) => {
                concealer.conceal(out);
            }
            (DecoderForm::G711(_, concealer) | DecoderForm::G722(_, concealer), Some(converter)) => {
                let inside = out.len() * converter.hz_inside as usize / self.rate.hz() as usize;
                let inside = &mut converter.inside[..inside];
                concealer.conceal(inside);
                let written = converter.resampler.process(inside, out);
                out[written..].fill(0);
            }
        }
        out.len()
    }
}

impl DecoderForm {
    fn samples_an_octet(&self) -> usize {
        match self {
            DecoderForm::G722(..) => 2,
            DecoderForm::G711(..) | DecoderForm::Opus(..) => 1,
        }
    }

    /// Decodes what has a fixed size; Opus has none.
    fn decode(&mut self, payload: &[u8], out: &mut [i16]) {
        match self {
            DecoderForm::G711(law, concealer) => {
                law.decode(payload, out);
                concealer.hear(out);
            }
            DecoderForm::G722(decoder, concealer) => {
                decoder.decode(payload, out);
                concealer.hear(out);
            }
            DecoderForm::Opus(..) => out.fill(0),
        }
    }
}

/// Opus codes at any of our rates, the others at their own.
const fn rate_inside(codec: Codec, outside: Rate) -> Rate {
    match codec {
        Codec::Opus => outside,
        _ => codec.native_rate(),
    }
}

/// A resampler with room for the codec's side of one packet.
struct Converter {
    resampler: Resampler,
    hz_inside: u32,
    inside: [i16; INSIDE_SAMPLES],
}

/// The codec's side of the longest packet: of G.722, the widest that is converted.
const INSIDE_SAMPLES: usize = Rate::Wide.samples_in(MAX_PACKET_MS);

impl Converter {
    fn between(from: Rate, to: Rate, inside: Rate) -> Option<Box<Converter>> {
        let resampler = Resampler::new(from, to);
        let converter =
            || Box::new(Converter { resampler, hz_inside: inside.hz(), inside: [0; INSIDE_SAMPLES] });
        (from != to).then(converter)
    }

    fn convert(&mut self, samples: &[i16]) -> &[i16] {
        let count = self.resampler.process(samples, &mut self.inside);
        &self.inside[..count]
    }
}

#[cfg(test)]
mod tests;
