//! Parameters after semicolons, and lists after commas, where quotes and angle brackets hold both back.

/// Parameters as they stand in the text: `;name=value;flag`. Names do not depend on case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params<'a>(pub(super) &'a str);

impl<'a> Params<'a> {
    /// The parameters of a text that is nothing else, with or without the first semicolon.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// The value of a parameter, without its quotes; empty for one without a value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.unwrap_or(""))
    }

    /// Whether the parameter is there, with or without a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// All of them, names and values without quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let parts = split_outside_quotes(self.0, Some(';')).map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquoted(value.trim()))),
            None => (part, None),
        })
    }

    /// As they came.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

/// What stands between two quotes; escapes stay as they are.
#[must_use]
pub fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').map_or(value, |inner| inner.strip_suffix('"').unwrap_or(inner))
}

/// Splits at a separator that stands neither in quotes nor in angle brackets; in one part without a separator.
pub(crate) fn split_outside_quotes(text: &str, separator: Option<char>) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let end = separator.and_then(|separator| position_outside_quotes(current, separator as u8));
        match end {
            Some(end) => {
                rest = current.get(end + 1..);
                current.get(..end)
            }
            None => rest.take(),
        }
    })
}

/// Where an ASCII letter stands outside of quotes and angle brackets for the first time.
pub(super) fn position_outside_quotes(text: &str, wanted: u8) -> Option<usize> {
    let (mut is_quoted, mut is_escaped, mut is_bracketed) = (false, false, false);
    for (index, octet) in text.bytes().enumerate() {
        if is_escaped {
            is_escaped = false;
        } else if is_quoted {
            match octet {
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
        } else if octet == wanted && !is_bracketed {
            return Some(index);
        } else {
            match octet {
                b'"' => is_quoted = true,
                b'<' => is_bracketed = true,
                b'>' => is_bracketed = false,
                _ => {}
            }
        }
    }
    None
}
