//! Replies of the push service as HTTP/1.1 responses, head and body in one piece.

use bayeux::BROWSER_COOKIE;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;

use crate::clock;
use crate::doors::Awaited;
use crate::push::Reply;

/// The `Date` of answers, made once a second.
#[derive(Default)]
pub(super) struct Dates(Mutex<(u64, String)>);

impl Dates {
    fn write(&self, out: &mut Vec<u8>) {
        let now_s = clock::wall_ms() / 1_000;
        let mut date = self.0.lock();
        if date.0 != now_s {
            let at = jiff::Timestamp::from_second(now_s as i64).unwrap_or_default();
            let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
            *date = (now_s, printer.timestamp_to_rfc9110_string(&at).unwrap_or_default());
        }
        out.extend_from_slice(date.1.as_bytes());
    }
}

/// What a reply needs beside itself to become a response.
pub(super) fn body_and_kind(awaited: &Awaited, reply: &Reply) -> (Bytes, &'static str) {
    match &awaited.asked.callback {
        Some(callback) if reply.status == 200 => {
            (callback.wrap(&reply.body), "text/javascript;charset=UTF-8")
        }
        _ => (reply.body.clone(), "application/json;charset=UTF-8"),
    }
}

/// The cookie that names the browser.
pub(super) fn browser_cookie(reply: &Reply, secure: bool) -> Option<String> {
    let browser = reply.set_browser?;
    let secure = if secure { "; Secure" } else { "" };
    Some(format!("{BROWSER_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax{secure}"))
}

/// The whole response.
pub(super) fn response(
    awaited: &Awaited,
    reply: &Reply,
    keep_alive: bool,
    secure: bool,
    dates: &Dates,
) -> Vec<u8> {
    let (body, kind) = body_and_kind(awaited, reply);
    let mut out = Vec::with_capacity(body.len() + 320);
    out.extend_from_slice(b"HTTP/1.1 ");
    match StatusCode::from_u16(reply.status) {
        Ok(StatusCode::OK) => out.extend_from_slice(b"200 OK"),
        status => {
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            out.extend_from_slice(status.as_str().as_bytes());
            out.push(b' ');
            out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
        }
    }
    out.extend_from_slice(b"\r\ncontent-type: ");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(
        b"\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: ",
    );
    write_number(&mut out, body.len());
    out.extend_from_slice(b"\r\ndate: ");
    dates.write(&mut out);
    out.extend_from_slice(b"\r\n");
    if let Some(cookie) = browser_cookie(reply, secure) {
        write_header(&mut out, b"set-cookie", cookie.as_bytes());
    }
    write_headers(&mut out, &awaited.headers);
    if !keep_alive {
        write_header(&mut out, b"connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body);
    out
}

fn write_headers(out: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        write_header(out, name.as_str().as_bytes(), value.as_bytes());
    }
}

fn write_header(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn write_number(out: &mut Vec<u8>, number: usize) {
    let mut digits = [0; 20];
    let mut rest = number;
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
