//! The time of sending, written into each message's text, and found again without parsing.
//!
//! The mark stands inside a JSON string, so every server passes it on byte by byte.

use memchr::memmem;

use crate::http::decimal;

const MARK: &[u8] = b"sent=";

/// Appends `sent=<nanoseconds> ` and fills up with letters to `length` bytes.
pub fn write(out: &mut Vec<u8>, sent_ns: u64, length: usize) {
    let end = out.len() + length;
    out.extend_from_slice(MARK);
    decimal(out, sent_ns);
    out.push(b' ');
    if out.len() < end {
        out.resize(end, b'x');
    }
}

/// Appends every stamp in `body` to `stamps`.
pub fn find_all(body: &[u8], stamps: &mut Vec<u64>) {
    for at in memmem::find_iter(body, MARK) {
        let mut stamp = 0u64;
        for byte in &body[at + MARK.len()..] {
            if !byte.is_ascii_digit() {
                break;
            }
            stamp = stamp.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        }
        stamps.push(stamp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found() {
        let mut body = b"[{\"text\":\"".to_vec();
        write(&mut body, 12, 40);
        body.extend_from_slice(b"\"},{\"text\":\"");
        write(&mut body, u64::MAX, 0);
        assert_eq!(body.len(), 10 + 40 + 12 + MARK.len() + 21);
        let mut stamps = vec![1];
        find_all(&body, &mut stamps);
        assert_eq!(stamps, [1, 12, u64::MAX]);
    }
}
