//! A URI with a name and parameters, as From, To, Contact, Route and others hold it (RFC 3261, 20.10).

use super::params::{Params, position_outside_quotes, unquoted};

/// `"Name" <uri>;params`, or `uri;params`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// The name to show, without quotes; escapes stay as they are.
    pub display: Option<&'a str>,
    /// The URI, unread.
    pub uri: &'a str,
    /// The parameters of the header, not of the URI.
    pub params: Params<'a>,
}

impl<'a> Address<'a> {
    /// Reads one value; `None` if it is malformed.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let value = value.trim();
        let Some(open) = position_outside_quotes(value, b'<') else {
            // Without brackets, what follows a semicolon belongs to the header (RFC 3261, 20).
            let end = value.find(';').unwrap_or(value.len());
            let (uri, params) = value.split_at(end);
            let uri = uri.trim_end();
            let is_plain = !uri.is_empty() && !uri.contains([' ', '\t', '"', '>', '<', ',', '?']);
            return is_plain.then_some(Self { display: None, uri, params: Params(params) });
        };
        let (display, rest) = (value.get(..open)?.trim(), value.get(open + 1..)?);
        let (uri, params) = rest.split_once('>')?;
        let (uri, params) = (uri.trim(), params.trim_start());
        let is_ended = params.is_empty() || params.starts_with(';');
        if uri.is_empty() || !is_ended || !is_display(display) {
            return None;
        }
        let display = if display.is_empty() { None } else { Some(unquoted(display)) };
        Some(Self { display, uri, params: Params(params) })
    }

    /// The parameter `tag`, one half of a dialog's ID.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag").filter(|tag| !tag.is_empty())
    }
}

/// Whether it is a quoted string or words; nothing after the closing quote.
fn is_display(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('"') else { return !text.contains('"') };
    let mut is_escaped = false;
    for (index, octet) in inner.bytes().enumerate() {
        match octet {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1 == inner.len(),
            _ => {}
        }
    }
    false
}
