//! Cutting a text into what single messages carry, each of the four ways that carriers know.
//!
//! A part is never cut inside an escape pair or a surrogate pair, and not inside what people see as one character
//! where that can be told cheaply: combining marks, joined emoji, flags, a line's end of two characters. Phones may
//! show a part before the next one comes.

use std::fmt;

use crate::alphabet::{Alphabet, DefaultAlphabet};

/// Bit of `esm_class` that says: the message begins with a user data header (SMPP 3.4, section 5.2.12).
pub(crate) const ESM_CLASS_UDHI: u8 = 0x40;
/// Information element of a part, with a reference of 8 bits (3GPP TS 23.040, section 9.2.3.24.1).
pub(crate) const IEI_CONCATENATED_8: u8 = 0x00;
/// Information element of a part, with a reference of 16 bits (3GPP TS 23.040, section 9.2.3.24.8).
pub(crate) const IEI_CONCATENATED_16: u8 = 0x08;

/// How a carrier wants texts that do not fit one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LongTexts {
    /// Parts with a user data header and a reference of 8 bits.
    Udh8,
    /// Parts with a user data header and a reference of 16 bits.
    Udh16,
    /// Parts with the optional parameters `sar_*`; the carrier makes the headers.
    Sar,
    /// One message with `message_payload`; the carrier cuts.
    Payload,
}

/// What a carrier takes.
#[derive(Debug, Clone, Copy)]
pub struct Cutting<'a> {
    /// The alphabets to try, first choice first. UCS-2 is the last resort, named or not.
    pub alphabets: &'a [Alphabet],
    /// What the carrier means by `data_coding` 0.
    pub default: DefaultAlphabet,
    /// The way of long texts.
    pub long: LongTexts,
    /// The most parts that a text may have.
    pub most_parts: u8,
}

/// What one message carries of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The message mode and type; says whether `short_message` begins with a user data header.
    pub esm_class: u8,
    /// The alphabet.
    pub data_coding: u8,
    /// Header, if any, and text; empty if `payload` holds the text.
    pub short_message: Vec<u8>,
    /// The whole text as `message_payload`.
    pub payload: Option<Vec<u8>>,
    /// The place of the part, if optional parameters say it.
    pub sar: Option<Sar>,
}

/// The place of a part in its text, as the optional parameters `sar_*` say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sar {
    /// The same in all parts of a text.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub number: u8,
}

/// A text that has more parts than its carrier may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text has {parts} parts, and {most} are the most")]
pub struct TooLong {
    /// How many parts the text would have.
    pub parts: usize,
    /// How many it may have.
    pub most: u8,
}

/// Cuts a text into the parts that its carrier takes; a short one, or an empty one, is one part.
///
/// The reference tells this text's parts from another's; with [`LongTexts::Udh8`] only its low octet is used.
pub fn cut(text: &str, cutting: &Cutting<'_>, reference: u16) -> Result<Vec<Part>, TooLong> {
    let alphabet = Alphabet::choose(text, cutting.alphabets, cutting.default);
    let default = cutting.default;
    let whole = |octets| Part {
        esm_class: 0,
        data_coding: alphabet.data_coding(),
        short_message: octets,
        payload: None,
        sar: None,
    };
    let encoded = |text: &str| alphabet.encode(text, default).unwrap_or_default();
    let sizes = alphabet.sizes(default);
    let size = |character| alphabet.size(character, default).unwrap_or_default();
    if text.chars().map(size).sum::<usize>() <= sizes.whole {
        return within(1, cutting).map(|_| vec![whole(encoded(text))]);
    }
    let room = if cutting.long == LongTexts::Udh16 { sizes.after_udh16 } else { sizes.after_udh8 };
    let pieces = pieces(text, room, size);
    let total = within(pieces.len(), cutting)?;
    if cutting.long == LongTexts::Payload {
        return Ok(vec![Part { payload: Some(encoded(text)), ..whole(Vec::new()) }]);
    }
    let part = |(piece, number): (&&str, u8)| {
        let sar = Sar { reference, total, number };
        let mut short_message = header(cutting.long, sar);
        let esm_class = if short_message.is_empty() { 0 } else { ESM_CLASS_UDHI };
        short_message.extend(encoded(piece));
        let sar = (cutting.long == LongTexts::Sar).then_some(sar);
        Part { esm_class, sar, ..whole(short_message) }
    };
    Ok(pieces.iter().zip(1..=total).map(part).collect())
}

/// How many parts it is, if so many are allowed.
fn within(parts: usize, cutting: &Cutting<'_>) -> Result<u8, TooLong> {
    let most = cutting.most_parts;
    u8::try_from(parts).ok().filter(|parts| *parts <= most).ok_or(TooLong { parts, most })
}

/// The user data header of a part, if parts have one.
fn header(long: LongTexts, sar: Sar) -> Vec<u8> {
    let [high, low] = sar.reference.to_be_bytes();
    match long {
        LongTexts::Udh8 => vec![5, IEI_CONCATENATED_8, 3, low, sar.total, sar.number],
        LongTexts::Udh16 => vec![6, IEI_CONCATENATED_16, 4, high, low, sar.total, sar.number],
        LongTexts::Sar | LongTexts::Payload => Vec::new(),
    }
}

/// Cuts a text into pieces of at most this size, between clusters wherever a cluster fits a piece.
fn pieces(text: &str, room: usize, size: impl Fn(char) -> usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end, mut filled) = (0, 0, 0);
    let mut take = |length: usize, size: usize| {
        if filled + size > room {
            pieces.push(&text[start..end]);
            (start, filled) = (end, 0);
        }
        filled += size;
        end += length;
    };
    for cluster in clusters(text) {
        let whole = cluster.chars().map(&size).sum();
        if whole <= room {
            take(cluster.len(), whole);
        } else {
            cluster.chars().for_each(|character| take(character.len_utf8(), size(character)));
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// What people see as one character, roughly: the full rules (UAX 29) need tables that are larger than this crate.
fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut characters = rest.char_indices();
        let (_, mut before) = characters.next()?;
        let mut flags = usize::from(is_flag_letter(before));
        let mut end = rest.len();
        for (at, character) in characters {
            let is_flag = is_flag_letter(character);
            if !(is_joined(before, character) || is_flag && flags == 1) {
                end = at;
                break;
            }
            flags += usize::from(is_flag);
            before = character;
        }
        let (cluster, others) = rest.split_at(end);
        rest = others;
        Some(cluster)
    })
}

/// Whether nothing should be cut between these two.
fn is_joined(before: char, character: char) -> bool {
    const ZERO_WIDTH_JOINER: char = '\u{200D}';
    before == ZERO_WIDTH_JOINER
        || (before == '\r' && character == '\n')
        || matches!(
            character,
            ZERO_WIDTH_JOINER
                | '\u{0300}'..='\u{036F}'    // combining marks
                | '\u{0591}'..='\u{05BD}'    // Hebrew points
                | '\u{064B}'..='\u{065F}'    // Arabic vowels
                | '\u{093A}'..='\u{094F}'    // Devanagari signs
                | '\u{20D0}'..='\u{20FF}'    // marks around symbols: keycaps
                | '\u{FE00}'..='\u{FE0F}'    // variation selectors
                | '\u{1F3FB}'..='\u{1F3FF}'  // skin tones
                | '\u{E0020}'..='\u{E007F}'  // tags: flags of regions
        )
}

fn is_flag_letter(character: char) -> bool {
    matches!(character, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Without the text: logs hold none.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("esm_class", &self.esm_class)
            .field("data_coding", &self.data_coding)
            .field("octets", &self.payload.as_ref().unwrap_or(&self.short_message).len())
            .field("sar", &self.sar)
            .finish()
    }
}
