//! Requests that come as form parameters: `message`, which may repeat, and for scripts `jsonp`.

use bytes::Bytes;

use crate::message::{Message, ParseError, parse_into};

/// Longest name of a callback function, in bytes.
pub const MAX_CALLBACK_BYTES: usize = 64;
/// Name of the callback function where the request gives none.
const DEFAULT_CALLBACK: &str = "jsonpcallback";

/// A request read from a query or from an `application/x-www-form-urlencoded` body.
#[derive(Debug, Clone)]
pub struct Form {
    /// The messages of all `message` parameters, in order.
    pub messages: Vec<Message>,
    /// The function that a script reply calls.
    pub callback: Callback,
}

/// The name of a function that a callback-polling reply calls; safe to write into a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback(Box<str>);

impl Form {
    /// Reads a form with at most `max_messages` messages. A bad callback name makes it no request.
    pub fn parse(form: &[u8], max_messages: usize) -> Result<Form, ParseError> {
        let mut messages = Vec::new();
        let mut callback = None;
        for pair in form.split(|byte| *byte == b'&') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            match decode(name)?.as_str() {
                "message" => parse_into(&decode(value)?, max_messages, &mut messages)?,
                "jsonp" => callback = Some(decode(value)?),
                _ => {}
            }
        }
        if messages.is_empty() {
            return Err(ParseError::Empty);
        }
        let callback = Callback::parse(callback.as_deref().unwrap_or(DEFAULT_CALLBACK));
        Ok(Form { messages, callback: callback.ok_or(ParseError::NotMessages)? })
    }
}

impl Callback {
    /// The name, if it is one: letters, digits, `.`, `_` and `-`.
    pub fn parse(name: &str) -> Option<Callback> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = !name.is_empty() && name.len() <= MAX_CALLBACK_BYTES;
        (fits && name.bytes().all(legal)).then(|| Callback(name.into()))
    }

    /// The script that calls the function with the array of a reply; `text/javascript;charset=UTF-8`.
    pub fn wrap(&self, body: &[u8]) -> Bytes {
        let mut script = Vec::with_capacity(self.0.len() + body.len() + 2);
        script.extend_from_slice(self.0.as_bytes());
        script.push(b'(');
        let mut rest = body;
        // U+2028 and U+2029 are legal in JSON strings and end the line in older scripts.
        while let Some(found) = rest.windows(3).position(|three| matches!(three, [0xE2, 0x80, 0xA8 | 0xA9])) {
            script.extend_from_slice(&rest[..found]);
            script.extend_from_slice(if rest[found + 2] == 0xA8 { b"\\u2028" } else { b"\\u2029" });
            rest = &rest[found + 3..];
        }
        script.extend_from_slice(rest);
        script.push(b')');
        Bytes::from(script)
    }
}

fn decode(text: &[u8]) -> Result<String, ParseError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
                    return Err(ParseError::NotMessages);
                };
                high << 4 | low
            }
            byte => *byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| ParseError::NotMessages)
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: &str, expected: Result<(usize, &str), ParseError>) {
        let parsed = Form::parse(form.as_bytes(), 2);
        assert_eq!(
            parsed.as_ref().map(|form| (form.messages.len(), &*form.callback.0)).map_err(|e| *e),
            expected
        );
    }

    #[test]
    fn messages_of_repeated_parameters_are_one_request() {
        check("message=%5B%7B%7D%5D", Ok((1, "jsonpcallback")));
        check("message=[{}]&jsonp=a.b&message=%7b%7d", Ok((2, "a.b")));
        check("message=[{},{}]&message={}", Err(ParseError::TooMany { limit: 2 }));
        check("jsonp=a", Err(ParseError::Empty));
        check("", Err(ParseError::Empty));
        check("message=%5", Err(ParseError::NotMessages));
        check("message=%ff", Err(ParseError::NotMessages));
    }

    #[test]
    fn a_callback_name_cannot_hold_script() {
        for name in ["", "a(b", "a;b", "<x>", "é", &"a".repeat(65)] {
            assert_eq!(Callback::parse(name), None, "{name}");
        }
        check("message={}&jsonp=alert(1)", Err(ParseError::NotMessages));
    }

    #[test]
    fn a_script_calls_the_callback_with_the_array() {
        let callback = Callback::parse("cb").unwrap();
        assert_eq!(&callback.wrap(b"[{}]")[..], b"cb([{}])");
        assert_eq!(&callback.wrap("[\"\u{2028}a\u{2029}\"]".as_bytes())[..], br#"cb(["\u2028a\u2029"])"#);
    }
}
