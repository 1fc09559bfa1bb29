//! HTTP/1.1 as a load generator needs it: complete responses out of a byte buffer, requests into one.
//!
//! Nothing is copied but a chunked body. What is not yet complete is reported as such, and parsed
//! anew when more has come; responses are small.

use std::borrow::Cow;

use memchr::memmem;

use crate::error::LoadError;

/// A complete response inside the bytes that were received.
#[derive(Debug)]
pub struct Response<'a> {
    pub status: u16,
    head: &'a [u8],
    pub body: Cow<'a, [u8]>,
}

impl Response<'_> {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All headers of that name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        headers(self.head, name)
    }
}

/// Takes one response from the front; says how many bytes it took.
pub fn decode_response(bytes: &[u8]) -> Result<Option<(Response<'_>, usize)>, LoadError> {
    let Some(head_length) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let (head, rest) = (&bytes[..head_length + 2], &bytes[head_length + 4..]);
    let status = status(head).ok_or_else(|| LoadError::wire("an HTTP response", bytes))?;
    let body_start = head_length + 4;
    if status < 200 || status == 204 || status == 304 {
        return Ok(Some((Response { status, head, body: Cow::Borrowed(&[]) }, body_start)));
    }
    if let Some(length) = headers(head, "content-length").next() {
        let length: usize = length.parse().map_err(|_| LoadError::wire("a content length", head))?;
        let Some(body) = rest.get(..length) else { return Ok(None) };
        return Ok(Some((Response { status, head, body: Cow::Borrowed(body) }, body_start + length)));
    }
    if headers(head, "transfer-encoding").any(|value| value.eq_ignore_ascii_case("chunked")) {
        let Some((body, taken)) = decode_chunks(rest)? else { return Ok(None) };
        return Ok(Some((Response { status, head, body: Cow::Owned(body) }, body_start + taken)));
    }
    Err(LoadError::wire("a response of known length", head))
}

/// Appends a POST of JSON; `headers` are whole lines, each with its line end.
pub fn encode_post(out: &mut Vec<u8>, host: &str, path: &str, headers: &str, body: &[u8]) {
    encode_request(out, "POST", host, path, headers, body);
}

/// Appends a request with a JSON body, which may be empty.
pub fn encode_request(out: &mut Vec<u8>, method: &str, host: &str, path: &str, headers: &str, body: &[u8]) {
    for part in [method, " ", path, " HTTP/1.1\r\nHost: ", host, "\r\n", headers] {
        out.extend_from_slice(part.as_bytes());
    }
    if !body.is_empty() || method != "GET" {
        out.extend_from_slice(b"Content-Type: application/json\r\nContent-Length: ");
        decimal(out, body.len() as u64);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// Appends a number in decimal digits.
pub fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn status(head: &[u8]) -> Option<u16> {
    let digits = head.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    str::from_utf8(digits).ok()?.parse().ok()
}

fn headers<'a>(head: &'a [u8], name: &str) -> impl Iterator<Item = &'a str> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest)?;
        let line = &rest[..end];
        rest = &rest[end + 1..];
        Some(line)
    })
    .filter_map(move |line| {
        let (key, value) = line.split_at_checked(name.len())?;
        if !key.eq_ignore_ascii_case(name.as_bytes()) {
            return None;
        }
        str::from_utf8(value.strip_prefix(b":")?).ok().map(str::trim)
    })
}

fn decode_chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, LoadError> {
    let mut body = Vec::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        let Some(line) = memmem::find(&bytes[at..], b"\r\n") else { return Ok(None) };
        let size = str::from_utf8(&bytes[at..at + line])
            .ok()
            .and_then(|text| usize::from_str_radix(text.split(';').next()?.trim(), 16).ok())
            .ok_or_else(|| LoadError::wire("the size of a chunk", &bytes[at..]))?;
        let start = at + line + 2;
        let Some(end) = start.checked_add(size).and_then(|end| end.checked_add(2)) else {
            return Err(LoadError::wire("the size of a chunk", &bytes[at..]));
        };
        if bytes.len() < end {
            return Ok(None);
        }
        body.extend_from_slice(&bytes[start..start + size]);
        at = end;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], body: &[u8]) {
        for cut in 0..bytes.len() {
            assert!(decode_response(&bytes[..cut]).unwrap().is_none(), "complete after {cut} bytes");
        }
        let followed = [bytes, b"HTTP/1.1"].concat();
        let (response, taken) = decode_response(&followed).unwrap().unwrap();
        assert_eq!((response.body.as_ref(), taken), (body, bytes.len()));
    }

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        check(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body");
        check(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
            b"body",
        );
        check(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", b"");
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let bytes =
            b"HTTP/1.1 403 No\r\nSet-Cookie: a=1; Path=/\r\nset-cookie:b=2\r\nContent-Length: 0\r\n\r\n";
        let (response, _) = decode_response(bytes).unwrap().unwrap();
        assert_eq!(response.status, 403);
        assert_eq!(response.headers("SET-COOKIE").collect::<Vec<_>>(), ["a=1; Path=/", "b=2"]);
        assert_eq!(response.header("cookie"), None);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        assert!(decode_response(b"SSH-2.0-x\r\n\r\n").is_err());
        assert!(decode_response(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        let mut out = Vec::new();
        for number in [0, 9, 10, u64::MAX] {
            decimal(&mut out, number);
            out.push(b' ');
        }
        assert_eq!(out, b"0 9 10 18446744073709551615 ");
    }
}
