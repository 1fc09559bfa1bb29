//! From the octets of a stream to messages (RFC 3261, 18.3; keep-alives: RFC 5626, 4.4.1).
//!
//! The buffer never holds more than one message and one reading. After `Broken`, nobody knows where the next message
//! begins: the connection is to be closed.

use bytes::Bytes;

use crate::message::{Fault, Head, MAX_MESSAGE_OCTETS, Malformed, Message, head_end};

/// The answer to a keep-alive.
pub const PONG: &[u8] = b"\r\n";

/// What came out of a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// A message whose end is known, but no more; its answer, if there is one, is to be sent.
    Malformed(Malformed),
    /// The far side wants to hear a `PONG`.
    Ping,
}

/// A stream that makes no sense any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub Malformed);

/// Cuts one direction of one connection.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// What was given out already.
    start: usize,
    /// Up to where, from `start`, no head ends.
    searched: usize,
    /// A head whose body is still to come, and how long that is.
    head: Option<(Head, usize)>,
}

impl Framer {
    /// Nothing came yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read. Afterwards, `next` is to be asked until it has nothing more.
    pub fn push(&mut self, octets: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// The next that is complete.
    ///
    /// # Errors
    /// `Broken`, if the stream is to be closed, after the answer that may be in it.
    #[expect(clippy::should_implement_trait, reason = "an iterator would end where this only waits")]
    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        if self.head.is_none() {
            if let Some(ping) = self.skip_line_ends() {
                return Ok(Some(ping));
            }
            if !self.read_head()? {
                return Ok(None);
            }
        }
        let Some((head, length)) = self.head.take() else { return Ok(None) };
        let Some(body) = self.rest().get(..length) else {
            self.head = Some((head, length));
            return Ok(None);
        };
        let frame = match head.with_body(Ok(Bytes::copy_from_slice(body))) {
            Ok(message) => Frame::Message(message),
            Err(malformed) => Frame::Malformed(malformed),
        };
        self.consume(length);
        Ok(Some(frame))
    }

    /// Whether nothing is left of an unfinished message; the half of a keep-alive, or its answer, is none.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.head.is_none() && self.rest().iter().all(|octet| b"\r\n\0".contains(octet))
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or(&[])
    }

    fn consume(&mut self, octets: usize) {
        self.start += octets;
        self.searched = 0;
        if self.start >= self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }

    /// Passes over line ends between messages; two of them together are a question.
    fn skip_line_ends(&mut self) -> Option<Frame> {
        loop {
            match self.rest() {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.consume(4);
                    return Some(Frame::Ping);
                }
                // Maybe the first half of a question.
                [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return None,
                [b'\r' | b'\n' | 0, ..] => self.consume(1),
                _ => return None,
            }
        }
    }

    /// Whether a head is complete.
    fn read_head(&mut self) -> Result<bool, Broken> {
        let broken = |fault| Broken(Malformed { fault, answer: None });
        let rest = self.rest();
        let Some(end) = head_end(rest, self.searched) else {
            if rest.len() > MAX_MESSAGE_OCTETS {
                return Err(broken(Fault::TooLong));
            }
            // The last two octets may begin the end.
            self.searched = rest.len().saturating_sub(2);
            return Ok(false);
        };
        if end > MAX_MESSAGE_OCTETS {
            return Err(broken(Fault::TooLong));
        }
        let head = Head::parse(rest.get(..end).unwrap_or(&[])).map_err(broken)?;
        // Without a length there is no body: old phones leave it out where there is none.
        let length = head.content_length().map(|length| length.unwrap_or(0));
        let fault = match length {
            Ok(length) if length.saturating_add(end) <= MAX_MESSAGE_OCTETS => {
                self.consume(end);
                self.head = Some((head, length));
                return Ok(true);
            }
            Ok(_) => Fault::TooLong,
            Err(fault) => fault,
        };
        match head.with_body(Err(fault)) {
            Err(malformed) => Err(Broken(malformed)),
            Ok(_) => Err(broken(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n\
        To: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 4\r\n\r\nbody";
    const BYE: &str = "BYE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/TCP a;branch=z9hG4bK2\nFrom: <sip:a@a>;tag=1\n\
        To: <sip:b@b>\nCall-ID: 1\nCSeq: 2 BYE\n\n";

    /// What comes out when the octets arrive in pieces of this size.
    fn frames(octets: &[u8], piece: usize) -> (Vec<String>, Option<Fault>) {
        let (mut framer, mut found) = (Framer::new(), Vec::new());
        for piece in octets.chunks(piece) {
            framer.push(piece);
            loop {
                match framer.next() {
                    Ok(Some(Frame::Message(Message::Request(it)))) => {
                        found.push(format!("{} {}", it.method, String::from_utf8_lossy(&it.body)));
                    }
                    Ok(Some(frame)) => found.push(match frame {
                        Frame::Malformed(it) => it.fault.to_string(),
                        Frame::Ping => "ping".to_owned(),
                        Frame::Message(_) => "response".to_owned(),
                    }),
                    Ok(None) => break,
                    Err(Broken(it)) => return (found, Some(it.fault)),
                }
            }
            assert!(framer.buffer.len() <= MAX_MESSAGE_OCTETS + piece.len());
        }
        (found, None)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str], fault: Option<Fault>) {
        for piece in [1, 2, 3, 7, 64, 100_000] {
            let (found, end) = frames(text.as_bytes(), piece);
            assert_eq!((found, end), (expected.iter().map(|&it| it.to_owned()).collect(), fault), "{piece}");
        }
    }

    #[test]
    fn messages_are_cut_wherever_the_readings_end() {
        check(&format!("{INVITE}{BYE}\r\n{INVITE}"), &["INVITE body", "BYE ", "INVITE body"], None);
        check(&INVITE[..INVITE.len() - 1], &[], None);
    }

    #[test]
    fn two_line_ends_between_messages_ask_for_one() {
        check(
            &format!("\r\n\r\n{BYE}\r\n\r\n\r\n\r\n{BYE}"),
            &["ping", "BYE ", "ping", "ping", "BYE "],
            None,
        );
        check(&format!("\r\n{BYE}"), &["BYE "], None);
    }

    #[test]
    fn a_malformed_message_with_a_clear_end_does_not_end_the_stream() {
        let strange = INVITE.replace("CSeq: 1 INVITE", "CSeq: one INVITE");
        let complaint = "CSeq is missing, doubled or malformed";
        check(&format!("{strange}{BYE}"), &[complaint, "BYE "], None);
    }

    #[test]
    fn a_stream_whose_ends_are_unclear_is_broken_and_answered() {
        let no_number = INVITE.replace("Length: 4", "Length: -4");
        let endless = INVITE.replace("Length: 4", "Length: 18446744073709551615");
        check(&no_number, &[], Some(Fault::ContentLength));
        check(&endless, &[], Some(Fault::TooLong));
        check(&format!("{BYE}GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &["BYE "], Some(Fault::StartLine));
        let mut framer = Framer::new();
        framer.push(no_number.as_bytes());
        let answer = framer.next().unwrap_err().0.answer.unwrap();
        assert_eq!(answer.status, crate::message::Status::BAD_REQUEST);
    }

    #[test]
    fn a_head_without_an_end_breaks_the_stream_at_the_limit() {
        let endless = format!("INVITE sip:a SIP/2.0\r\nX: {}", "y".repeat(2 * MAX_MESSAGE_OCTETS));
        let (found, fault) = frames(endless.as_bytes(), 1500);
        assert_eq!((found, fault), (Vec::new(), Some(Fault::TooLong)));
    }
}
