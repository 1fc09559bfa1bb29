//! WebSocket frames (RFC 6455) as the generator and the bound need them: whole text messages,
//! no extension.

use crate::error::LoadError;

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// The key of RFC 6455 section 1.3; one is as good as another between a bench and its peer.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What the RFC computes from that key.
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// One frame inside the bytes that were received.
#[derive(Debug)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub payload: &'a [u8],
}

/// Takes one frame from the front; says how many bytes it took.
///
/// A client's frame must be masked with zeros, as `encode` does, so that no byte needs copying.
pub fn decode(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, LoadError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (length, rest) = match (second & 0x7f, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest)
        }
        (126 | 127, _) => return Ok(None),
        (length, rest) => (u64::from(length), rest),
    };
    let rest = match (second & 0x80, rest) {
        (0, rest) => rest,
        (_, [0, 0, 0, 0, rest @ ..]) => rest,
        (_, rest) if rest.len() < 4 => return Ok(None),
        _ => return Err(LoadError::wire("a frame masked with zeros", bytes)),
    };
    if first & 0x80 == 0 || first & 0x70 != 0 {
        return Err(LoadError::wire("an unfragmented frame without extensions", bytes));
    }
    let length = usize::try_from(length).map_err(|_| LoadError::wire("a frame that fits", bytes))?;
    let Some(payload) = rest.get(..length) else { return Ok(None) };
    let taken = bytes.len() - rest.len() + length;
    Ok(Some((Frame { opcode: first & 0x0f, payload }, taken)))
}

/// Appends one frame; a client's is masked with zeros, which leaves the payload as it is.
pub fn encode(out: &mut Vec<u8>, opcode: u8, from_client: bool, payload: &[u8]) {
    let mask = if from_client { 0x80 } else { 0 };
    out.push(0x80 | opcode);
    match payload.len() {
        length @ ..126 => out.push(mask | length as u8),
        length @ ..65536 => {
            out.push(mask | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(mask | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    if from_client {
        out.extend_from_slice(&[0; 4]);
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_any_length_comes_back() {
        for length in [0, 1, 125, 126, 200, 65535, 65536] {
            for from_client in [false, true] {
                let payload = vec![b'x'; length];
                let mut bytes = Vec::new();
                encode(&mut bytes, TEXT, from_client, &payload);
                assert!(decode(&bytes[..bytes.len() - 1]).unwrap().is_none(), "{length}");
                bytes.extend_from_slice(b"next");
                let (frame, taken) = decode(&bytes).unwrap().unwrap();
                assert_eq!((frame.opcode, frame.payload, taken), (TEXT, &payload[..], bytes.len() - 4));
            }
        }
    }

    #[test]
    fn fragments_and_real_masks_are_refused() {
        assert!(decode(&[0x01, 1, b'x']).is_err());
        assert!(decode(&[0x81, 0x81, 1, 2, 3, 4, 5]).is_err());
        assert!(decode(&[0x81, 0x81, 0, 0]).unwrap().is_none());
    }
}
