//! SMPP 3.4 as a carrier under load needs it: whole units out of a byte buffer, and the few that a carrier sends.
//!
//! Written for this generator alone, so that the carrier costs next to nothing and judges nobody's codec
//! by itself. Only the header of what comes is read; the text is searched for its stamp.

use crate::error::LoadError;

pub const BIND_RECEIVER: u32 = 1;
pub const BIND_TRANSMITTER: u32 = 2;
pub const SUBMIT_SM: u32 = 4;
pub const DELIVER_SM: u32 = 5;
pub const UNBIND: u32 = 6;
pub const BIND_TRANSCEIVER: u32 = 9;
pub const ENQUIRE_LINK: u32 = 0x15;
/// Set in the command of every answer (SMPP 3.4, 5.1.2.1).
pub const ANSWER: u32 = 0x8000_0000;

const HEADER_OCTETS: usize = 16;
/// More than any unit has that is sent here; what is longer is not SMPP.
const MOST_OCTETS: usize = 64 * 1024;
/// International number, ISDN numbering (SMPP 3.4, 5.2.5 and 5.2.6).
const INTERNATIONAL: [u8; 2] = [1, 1];

/// One unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: &'a [u8],
}

/// Takes one unit from the front; says how many bytes it took.
pub fn decode(bytes: &[u8]) -> Result<Option<(Unit<'_>, usize)>, LoadError> {
    let Some(header) = bytes.first_chunk::<HEADER_OCTETS>() else { return Ok(None) };
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let length = number(0) as usize;
    if !(HEADER_OCTETS..=MOST_OCTETS).contains(&length) {
        return Err(LoadError::wire("an SMPP unit", bytes));
    }
    let Some(body) = bytes.get(HEADER_OCTETS..length) else { return Ok(None) };
    Ok(Some((Unit { command: number(4), status: number(8), sequence: number(12), body }, length)))
}

/// Appends a unit.
pub fn encode(out: &mut Vec<u8>, command: u32, status: u32, sequence: u32, body: &[u8]) {
    let length = (HEADER_OCTETS + body.len()) as u32;
    for number in [length, command, status, sequence] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out.extend_from_slice(body);
}

/// Appends a text of a phone: `deliver_sm` with an unpacked text in the default alphabet. Numbers come
/// without their plus.
pub fn encode_text(out: &mut Vec<u8>, sequence: u32, from: &str, to: &str, text: &[u8]) {
    let start = out.len();
    encode(out, DELIVER_SM, 0, sequence, b"");
    out.push(0); // service_type
    for number in [from, to] {
        out.extend_from_slice(&INTERNATIONAL);
        out.extend_from_slice(number.as_bytes());
        out.push(0);
    }
    // From esm_class to sm_default_msg_id (SMPP 3.4, 4.6.1).
    out.extend_from_slice(&[0; 9]);
    out.push(text.len().min(usize::from(u8::MAX)) as u8);
    out.extend_from_slice(&text[..text.len().min(usize::from(u8::MAX))]);
    let length = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_complete_with_its_last_octet() {
        let mut bytes = Vec::new();
        encode(&mut bytes, SUBMIT_SM | ANSWER, 0x58, 7, b"12\0");
        let length = bytes.len();
        bytes.extend_from_slice(b"\0\0");
        for cut in 0..length {
            assert_eq!(decode(&bytes[..cut]).unwrap(), None, "complete after {cut} octets");
        }
        let unit = Unit { command: 0x8000_0004, status: 0x58, sequence: 7, body: b"12\0" };
        assert_eq!(decode(&bytes).unwrap(), Some((unit, length)));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        for length in [0u32, 15, 1 << 24] {
            let bytes = [&length.to_be_bytes()[..], &[0; 12]].concat();
            assert!(decode(&bytes).is_err(), "{length}");
        }
    }

    #[test]
    fn a_text_stands_on_the_wire_as_smpp_has_it() {
        let mut bytes = Vec::new();
        encode_text(&mut bytes, 2, "49170", "4930", b"hi");
        let body = b"\0\x01\x0149170\0\x01\x014930\0\0\0\0\0\0\0\0\0\0\x02hi";
        let (unit, taken) = decode(&bytes).unwrap().unwrap();
        assert_eq!((unit.command, unit.body, taken), (DELIVER_SM, &body[..], bytes.len()));
    }
}
