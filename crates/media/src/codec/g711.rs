//! G.711 by tables that are made at compile time: sign, segment, and steps within it.

/// The number of encoder entries: both laws drop the two lowest bits of a 16-bit sample, or more.
const ENCODE_ENTRIES: usize = 1 << 14;
/// What the µ-law adds before it looks for the segment (G.711, table 2a, scaled to 16 bits).
const MU_BIAS: i32 = 132;
/// The alternate bits that the A-law inverts on the line (G.711, section 3.1, note 2).
const ALTERNATE_BITS: u8 = 0x55;

static MU_DECODE: [i16; 256] = decode_table(true);
static A_DECODE: [i16; 256] = decode_table(false);
static MU_ENCODE: [u8; ENCODE_ENTRIES] = encode_table(true);
static A_ENCODE: [u8; ENCODE_ENTRIES] = encode_table(false);

/// Which of the two laws of G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// µ-law, of North America and Japan.
    Mu,
    /// A-law, of the rest of the world and of lines between countries.
    A,
}

impl Law {
    /// The octet of digital silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::Mu => 0xFF,
            Law::A => 0xD5,
        }
    }

    /// One sample from its octet.
    #[inline]
    pub fn decode_one(self, octet: u8) -> i16 {
        self.decode_entries()[usize::from(octet)]
    }

    /// The octet of one sample.
    #[inline]
    pub fn encode_one(self, sample: i16) -> u8 {
        self.encode_entries()[usize::from(sample.cast_unsigned() >> 2)]
    }

    /// Decodes as many octets as both slices hold.
    pub fn decode(self, octets: &[u8], samples: &mut [i16]) {
        let table = self.decode_entries();
        for (sample, octet) in samples.iter_mut().zip(octets) {
            *sample = table[usize::from(*octet)];
        }
    }

    /// Encodes as many samples as both slices hold.
    pub fn encode(self, samples: &[i16], octets: &mut [u8]) {
        let table = self.encode_entries();
        for (octet, sample) in octets.iter_mut().zip(samples) {
            *octet = table[usize::from(sample.cast_unsigned() >> 2)];
        }
    }

    fn decode_entries(self) -> &'static [i16; 256] {
        match self {
            Law::Mu => &MU_DECODE,
            Law::A => &A_DECODE,
        }
    }

    fn encode_entries(self) -> &'static [u8; ENCODE_ENTRIES] {
        match self {
            Law::Mu => &MU_ENCODE,
            Law::A => &A_ENCODE,
        }
    }
}

const fn decode_table(is_mu: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = if is_mu { decode_mu(octet as u8) } else { decode_a(octet as u8) };
        octet += 1;
    }
    table
}

const fn encode_table(is_mu: bool) -> [u8; ENCODE_ENTRIES] {
    let mut table = [0; ENCODE_ENTRIES];
    let mut index = 0;
    while index < ENCODE_ENTRIES {
        let sample = ((index as u16) << 2).cast_signed();
        table[index] = if is_mu { encode_mu(sample) } else { encode_a(sample) };
        index += 1;
    }
    table
}

/// The middle of the step that a µ-law octet names.
const fn decode_mu(octet: u8) -> i16 {
    let bits = !octet;
    let segment = (bits >> 4) & 7;
    let step = (bits & 15) as i32;
    let magnitude = (((step << 3) + MU_BIAS) << segment) - MU_BIAS;
    if bits & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 }
}

/// The middle of the step that an A-law octet names.
const fn decode_a(octet: u8) -> i16 {
    let bits = octet ^ ALTERNATE_BITS;
    let segment = (bits >> 4) & 7;
    let middle = (((bits & 15) as i32) << 4) + 8;
    let magnitude = if segment == 0 { middle } else { (middle + 256) << (segment - 1) };
    if bits & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

/// Negative samples are complemented, not negated, so that both signs have equally many steps.
const fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = ((if sample < 0 { !sample } else { sample }) >> 2) as u32 + (MU_BIAS as u32 >> 2);
    let top = 31 - magnitude.leading_zeros();
    // The bias sets bit 5 at least; 13 bits is one more than the last segment holds.
    let bits = if top > 12 { 0x7F } else { ((top - 5) << 4) | ((magnitude >> (top - 4)) & 15) };
    !(sign | bits as u8)
}

/// As for the µ-law; the first two segments have equal steps.
const fn encode_a(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = ((if sample < 0 { !sample } else { sample }) >> 4) as u32;
    let bits = if magnitude < 16 {
        magnitude
    } else {
        let top = 31 - magnitude.leading_zeros();
        ((top - 3) << 4) | ((magnitude >> (top - 4)) & 15)
    };
    (sign | bits as u8) ^ ALTERNATE_BITS
}

#[cfg(test)]
mod tests {
    use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

    use super::*;

    #[test]
    fn every_octet_decodes_as_others_decode_it() {
        for octet in 0..=255 {
            assert_eq!(Law::Mu.decode_one(octet), decode_ulaw(octet), "µ-law {octet}");
            assert_eq!(Law::A.decode_one(octet), decode_alaw(octet), "A-law {octet}");
        }
    }

    #[test]
    fn every_sample_encodes_as_others_encode_it() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(Law::Mu.encode_one(sample), encode_ulaw(sample), "µ-law {sample}");
            assert_eq!(Law::A.encode_one(sample), encode_alaw(sample), "A-law {sample}");
        }
    }

    #[test]
    fn silence_is_the_octet_of_zero() {
        for law in [Law::Mu, Law::A] {
            assert_eq!(law.encode_one(0), law.silence());
        }
    }

    #[test]
    fn slices_are_coded_as_single_samples_are() {
        let samples: Vec<i16> = (0..160).map(|index| index * 200 - 16_000).collect();
        for law in [Law::Mu, Law::A] {
            let (mut octets, mut back) = ([0; 160], [0; 160]);
            law.encode(&samples, &mut octets);
            law.decode(&octets, &mut back);
            for (index, sample) in samples.iter().enumerate() {
                assert_eq!(octets[index], law.encode_one(*sample));
                assert_eq!(back[index], law.decode_one(octets[index]));
            }
        }
    }
}
