//! Notification requests off the wire: their form, their limits, their cookie.

use std::sync::Arc;

use bayeux::{BROWSER_COOKIE, BrowserId, Callback, Entropy, Form, Input, Message, ParseError, Transport};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, StatusCode, Version};
use public_api::{Problem, StatusCode as Code};

use super::exchange::Exchange;
use super::{Push, Reader};
use crate::answers::Refused;
use crate::{answers, clock, random, sign_in};

/// A notification request that was handed in.
pub(crate) struct Asked {
    pub(crate) exchange: Exchange,
    /// The function that a script reply calls.
    pub(crate) callback: Option<Callback>,
}

/// Hands in a notification request.
///
/// # Errors
/// The answer to what is no notification request.
pub(crate) fn ask(push: &Arc<Push>, reader: Reader, head: &Parts, body: &[u8]) -> Result<Asked, Refused> {
    let (messages, callback) = parse(head, body, push.config.max_messages)?;
    let transport = match (&callback, head.version) {
        (Some(_), _) => Transport::CallbackPolling,
        (None, Version::HTTP_2) => Transport::MultiplexedLongPolling,
        (None, _) => Transport::LongPolling,
    };
    let exchange = push.exchange_id();
    let push_session = messages.first().and_then(Message::session);
    let input = Input::Request {
        exchange,
        transport,
        owner: reader.owner,
        browser: browser(head),
        entropy: entropy(&messages),
        messages,
        wall_ms: clock::wall_ms(),
    };
    let (answer, published) =
        push.shard(reader.owner).request(exchange, input, reader.owner, reader.session, push_session);
    push.spread(published, reader.owner);
    Ok(Asked { exchange: Exchange::new(Arc::clone(push), reader.owner, exchange, answer), callback })
}

/// The browser that the request comes from.
pub(super) fn browser(head: &Parts) -> Option<BrowserId> {
    sign_in::cookie(&head.headers, BROWSER_COOKIE).and_then(BrowserId::parse)
}

/// Random bytes where a handshake needs them.
pub(super) fn entropy(messages: &[Message]) -> Option<Entropy> {
    messages.iter().any(Message::is_handshake).then(|| Entropy(random::bytes()))
}

fn parse(head: &Parts, body: &[u8], limit: usize) -> Result<(Vec<Message>, Option<Callback>), Refused> {
    match head.method {
        Method::GET => {
            let query = head.uri.query().unwrap_or_default();
            let form = Form::parse(query.as_bytes(), limit).map_err(refused)?;
            Ok((form.messages, Some(form.callback)))
        }
        Method::POST if is_form(head) => {
            Form::parse(body, limit).map(|form| (form.messages, None)).map_err(refused)
        }
        Method::POST => match decoded(head, body) {
            None => bayeux::parse(body, limit).map(|messages| (messages, None)).map_err(refused),
            Some(text) => {
                bayeux::parse(text.as_bytes(), limit).map(|messages| (messages, None)).map_err(refused)
            }
        },
        _ => {
            let text = "Notifications are asked for by GET or POST.";
            Err(answers::problem(&Problem::new(Code::InvalidInput, text)).into())
        }
    }
}

fn refused(error: ParseError) -> Refused {
    let status = match error {
        ParseError::Empty => StatusCode::INTERNAL_SERVER_ERROR,
        ParseError::NotMessages | ParseError::TooMany { .. } => StatusCode::BAD_REQUEST,
    };
    let problem = Problem::malformed(error).with_http(status.as_u16());
    answers::problem(&problem).into()
}

fn is_form(head: &Parts) -> bool {
    let kind = head.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    kind.get(..FORM.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORM))
}

/// The body of a charset other than UTF-8 in which each byte is a character. JSON by ASCII clients is the same
/// in all of them; what is not ASCII is read as Latin-1, as none of it has a meaning to us.
fn decoded(head: &Parts, body: &[u8]) -> Option<String> {
    let kind = head.headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let (_, charset) = kind.split_once("charset=")?;
    let single_byte = ["iso-8859", "\"iso-8859", "windows-125", "us-ascii"];
    let foreign = single_byte.iter().any(|name| charset.starts_with(name));
    (foreign && !body.is_ascii()).then(|| body.iter().map(|byte| char::from(*byte)).collect())
}
