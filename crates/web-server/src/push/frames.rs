//! WebSocket frames as this server writes them: whole, unmasked, and several in one piece (RFC 6455, 5.2).

use std::collections::VecDeque;

use bytes::Bytes;

const FINAL_TEXT: u8 = 0x81;
const FINAL_CLOSE: u8 = 0x88;
/// Longest header: two bytes and a length of eight.
const MAX_HEADER_BYTES: usize = 10;

/// The frames of some texts, and perhaps that of a close, to be written at once.
pub(super) fn encode(texts: &VecDeque<Bytes>, close: Option<u16>) -> Vec<u8> {
    let bytes: usize = texts.iter().map(|text| text.len() + MAX_HEADER_BYTES).sum();
    let mut frames = Vec::with_capacity(bytes + 4);
    for text in texts {
        frames.push(FINAL_TEXT);
        match text.len() {
            short @ 0..126 => frames.push(short as u8),
            medium @ 126..65_536 => {
                frames.push(126);
                frames.extend_from_slice(&(medium as u16).to_be_bytes());
            }
            long => {
                frames.push(127);
                frames.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        frames.extend_from_slice(text);
    }
    if let Some(code) = close {
        frames.extend_from_slice(&[FINAL_CLOSE, 2]);
        frames.extend_from_slice(&code.to_be_bytes());
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lengths: &[usize], close: Option<u16>, headers: &[&[u8]]) {
        let texts = lengths.iter().map(|length| Bytes::from(vec![b'x'; *length])).collect();
        let mut expected = Vec::new();
        for (index, header) in headers.iter().enumerate() {
            expected.extend_from_slice(header);
            expected.resize(expected.len() + lengths.get(index).copied().unwrap_or(0), b'x');
        }
        assert_eq!(encode(&texts, close), expected);
    }

    #[test]
    fn the_header_grows_with_the_text() {
        check(&[0], None, &[&[0x81, 0]]);
        check(&[125], None, &[&[0x81, 125]]);
        check(&[126], None, &[&[0x81, 126, 0, 126]]);
        check(&[65_535], None, &[&[0x81, 126, 255, 255]]);
        check(&[65_536], None, &[&[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]]);
    }

    #[test]
    fn texts_and_a_close_follow_each_other() {
        check(&[1, 2], Some(1001), &[&[0x81, 1], &[0x81, 2], &[0x88, 2, 0x03, 0xE9]]);
    }
}
