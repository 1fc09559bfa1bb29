//! Alphabets: which one holds a text, and what octets of any `data_coding` mean (SMPP 3.4, section 5.2.19).
//!
//! Encoding is exact or refused. Decoding never fails and never drops an octet: what has no meaning becomes U+FFFD.
//! Decoded texts are UTF-16 units, since a carrier may cut a long text between the two units of a surrogate pair; the
//! units become a `String` when all parts are there. Packed septets and compressed texts are left out: no carrier
//! sends them over SMPP.

use crate::gsm7::{self, ESCAPE, Septets, Shifts};

/// What takes the place of octets without a meaning.
const REPLACEMENT: u16 = 0xFFFD;

/// An alphabet that texts are sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alphabet {
    /// The carrier's default, `data_coding` 0: GSM 03.38 unless agreed otherwise.
    Gsm7,
    /// ISO 8859-1, `data_coding` 3.
    Latin1,
    /// UTF-16 in network order, `data_coding` 8: every character, surrogates included.
    Ucs2,
}

/// What a carrier means by `data_coding` 0, which the standard leaves to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DefaultAlphabet {
    /// GSM 03.38, one septet an octet.
    #[default]
    Gsm7,
    /// ISO 8859-1.
    Latin1,
    /// ASCII, which the carrier makes septets of.
    Ascii,
}

impl Alphabet {
    /// The `data_coding` that announces this alphabet.
    pub fn data_coding(self) -> u8 {
        match self {
            Alphabet::Gsm7 => 0,
            Alphabet::Latin1 => 3,
            Alphabet::Ucs2 => 8,
        }
    }

    /// The first of these alphabets that holds the whole text; UCS-2, which holds every text, if none does.
    pub fn choose(text: &str, allowed: &[Alphabet], default: DefaultAlphabet) -> Alphabet {
        let holds = |alphabet: &&Alphabet| text.chars().all(|it| alphabet.size(it, default).is_some());
        allowed.iter().find(holds).copied().unwrap_or(Alphabet::Ucs2)
    }

    /// The octets of a text, or `None` if this alphabet lacks one of its characters.
    pub fn encode(self, text: &str, default: DefaultAlphabet) -> Option<Vec<u8>> {
        let mut octets = Vec::with_capacity(text.len());
        text.chars().try_for_each(|it| self.encode_into(it, default, &mut octets))?;
        Some(octets)
    }

    /// How many units of [`Sizes`] a character takes, or `None` if this alphabet lacks it.
    pub(crate) fn size(self, character: char, default: DefaultAlphabet) -> Option<usize> {
        match self {
            Alphabet::Ucs2 => Some(character.len_utf16()),
            Alphabet::Latin1 => latin1(character).map(|_| 1),
            Alphabet::Gsm7 => match default {
                DefaultAlphabet::Latin1 => latin1(character).map(|_| 1),
                // The carrier makes septets of ASCII, where brackets and braces take two.
                DefaultAlphabet::Ascii if !character.is_ascii() => None,
                DefaultAlphabet::Gsm7 | DefaultAlphabet::Ascii => {
                    gsm7::septets(character).map(|septets| match septets {
                        Septets::One(_) => 1,
                        Septets::Escaped(_) => 2,
                    })
                }
            },
        }
    }

    fn encode_into(self, character: char, default: DefaultAlphabet, octets: &mut Vec<u8>) -> Option<()> {
        self.size(character, default)?;
        match (self, default) {
            (Alphabet::Ucs2, _) => {
                let mut units = [0; 2];
                octets.extend(character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
            }
            (Alphabet::Gsm7, DefaultAlphabet::Gsm7) => match gsm7::septets(character)? {
                Septets::One(septet) => octets.push(septet),
                Septets::Escaped(septet) => octets.extend([ESCAPE, septet]),
            },
            (Alphabet::Latin1, _) | (Alphabet::Gsm7, DefaultAlphabet::Latin1 | DefaultAlphabet::Ascii) => {
                octets.push(latin1(character)?);
            }
        }
        Some(())
    }

    /// How much of a text one message carries.
    pub(crate) fn sizes(self, default: DefaultAlphabet) -> Sizes {
        match self {
            Alphabet::Ucs2 => Sizes { whole: 70, after_udh8: 67, after_udh16: 66 },
            Alphabet::Gsm7 if default != DefaultAlphabet::Latin1 => {
                Sizes { whole: 160, after_udh8: 153, after_udh16: 152 }
            }
            Alphabet::Gsm7 | Alphabet::Latin1 => Sizes { whole: 140, after_udh8: 134, after_udh16: 133 },
        }
    }
}

/// How much of a text fits the 140 octets of one message on the air (3GPP TS 23.040, section 9.2.3.24): in septets,
/// octets or UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub whole: usize,
    pub after_udh8: usize,
    pub after_udh16: usize,
}

/// What the octets of a text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Octets {
    Gsm7,
    Ascii,
    Latin1,
    Cyrillic,
    Hebrew,
    Ucs2,
    /// No alphabet is announced, or one that is not known here.
    Unstated,
}

impl Octets {
    /// By `data_coding`: SMPP 3.4, section 5.2.19, and behind it 3GPP TS 23.038, section 4.
    fn announced_by(data_coding: u8, default: DefaultAlphabet) -> Octets {
        let by_default = match default {
            DefaultAlphabet::Gsm7 => Octets::Gsm7,
            DefaultAlphabet::Latin1 => Octets::Latin1,
            DefaultAlphabet::Ascii => Octets::Ascii,
        };
        match data_coding {
            0x00 => by_default,
            0x01 => Octets::Ascii,
            0x03 => Octets::Latin1,
            0x06 => Octets::Cyrillic,
            0x07 => Octets::Hebrew,
            0x08 => Octets::Ucs2,
            // General data coding, where bit 5 would say compressed, and message class. Bits 3 and 2 name the alphabet;
            // with a class, bit 3 is reserved and used all the same.
            0x10..=0x1F | 0x40..=0x5F | 0xF0..=0xFF => match data_coding & 0x0C {
                0x00 => by_default,
                0x08 => Octets::Ucs2,
                _ => Octets::Unstated,
            },
            // Message waiting.
            0xC0..=0xDF => by_default,
            0xE0..=0xEF => Octets::Ucs2,
            _ => Octets::Unstated,
        }
    }
}

/// Whether it is known what octets of this `data_coding` mean.
pub fn is_known(data_coding: u8) -> bool {
    Octets::announced_by(data_coding, DefaultAlphabet::Gsm7) != Octets::Unstated
}

/// What octets mean, in UTF-16 units. Lone surrogates are kept, so that parts can be joined.
///
/// Octets whose alphabet is not known are taken for UTF-8, and if they are not, for Latin-1: most of a text can then
/// be read.
pub fn decode(data_coding: u8, octets: &[u8], default: DefaultAlphabet) -> Vec<u16> {
    decode_shifted(data_coding, octets, default, Shifts::default())
}

/// What octets mean under a user data header that names languages.
pub(crate) fn decode_shifted(
    data_coding: u8,
    octets: &[u8],
    default: DefaultAlphabet,
    shifts: Shifts,
) -> Vec<u16> {
    match Octets::announced_by(data_coding, default) {
        Octets::Gsm7 => decode_gsm7(octets, shifts),
        Octets::Ascii => octets
            .iter()
            .map(|octet| if octet.is_ascii() { u16::from(*octet) } else { REPLACEMENT })
            .collect(),
        Octets::Latin1 => octets.iter().map(|octet| u16::from(*octet)).collect(),
        Octets::Cyrillic => octets.iter().map(|octet| cyrillic(*octet)).collect(),
        Octets::Hebrew => octets.iter().map(|octet| hebrew(*octet)).collect(),
        Octets::Ucs2 => decode_ucs2(octets),
        Octets::Unstated => match std::str::from_utf8(octets) {
            Ok(text) => text.encode_utf16().collect(),
            Err(_) => octets.iter().map(|octet| u16::from(*octet)).collect(),
        },
    }
}

fn decode_gsm7(octets: &[u8], shifts: Shifts) -> Vec<u16> {
    let mut units = Vec::with_capacity(octets.len());
    let mut rest = octets.iter().copied();
    while let Some(octet) = rest.next() {
        let character = match octet {
            ESCAPE => match rest.next() {
                Some(septet) => shifts.escaped(septet),
                None => shifts.character(ESCAPE),
            },
            septet => shifts.character(septet),
        };
        // The tables stay within the first plane: one unit each.
        units.push(character.and_then(|it| u16::try_from(u32::from(it)).ok()).unwrap_or(REPLACEMENT));
    }
    units
}

/// A mark of the byte order is not part of the text, and obeyed.
fn decode_ucs2(octets: &[u8]) -> Vec<u16> {
    let (octets, of_pair): (_, fn([u8; 2]) -> u16) = match octets {
        [0xFE, 0xFF, octets @ ..] => (octets, u16::from_be_bytes),
        [0xFF, 0xFE, octets @ ..] => (octets, u16::from_le_bytes),
        octets => (octets, u16::from_be_bytes),
    };
    let (pairs, rest) = octets.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| of_pair(*pair)).collect();
    units.extend(rest.iter().map(|_| REPLACEMENT));
    units
}

fn latin1(character: char) -> Option<u8> {
    u8::try_from(character).ok()
}

/// ISO 8859-5.
fn cyrillic(octet: u8) -> u16 {
    match octet {
        0x00..=0xA0 | 0xAD => u16::from(octet),
        0xF0 => 0x2116,
        0xFD => 0x00A7,
        _ => 0x0400 + u16::from(octet - 0xA0),
    }
}

/// ISO 8859-8.
fn hebrew(octet: u8) -> u16 {
    match octet {
        0xA1 | 0xBF..=0xDE | 0xFB | 0xFC | 0xFF => REPLACEMENT,
        0xAA => 0x00D7,
        0xBA => 0x00F7,
        0xDF => 0x2017,
        0xE0..=0xFA => 0x05D0 + u16::from(octet - 0xE0),
        0xFD => 0x200E,
        0xFE => 0x200F,
        _ => u16::from(octet),
    }
}
