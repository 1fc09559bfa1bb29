//! The table of keys.

mod limits;
mod push;
mod sign_in;
mod voice;

use std::path::PathBuf;

use store::sqlite::Durability;

use super::key::{Key, Kind, Number};
use super::{LogFormat, Settings};

/// The sections of the file, in its order; what has no section comes first.
pub const SECTIONS: [(&str, &str); 6] = [
    (
        "tls",
        "Encryption. Without a certificate connections are not encrypted: have a proxy in front that does it.",
    ),
    ("log", "What is written to standard error. Message texts, phone numbers and passwords never are."),
    ("limits", "What one connection, one request and one customer may cost."),
    ("sign_in", "Passwords, cookies, and how long they are good for."),
    ("push", "Notifications."),
    (
        "voice",
        "Telephones. Without an address to listen on there are none. docs/telephones.md explains them.",
    ),
];

const PARTS: [&[Key]; 5] = [&GENERAL, &limits::KEYS, &sign_in::KEYS, &push::KEYS, &voice::KEYS];
const COUNT: usize = PARTS[0].len() + PARTS[1].len() + PARTS[2].len() + PARTS[3].len() + PARTS[4].len();

/// Every key there is, section by section.
pub static KEYS: [Key; COUNT] = {
    let mut keys = [GENERAL[0]; COUNT];
    let (mut part, mut row, mut next) = (0, 0, 0);
    while next < COUNT {
        if row == PARTS[part].len() {
            (part, row) = (part + 1, 0);
            continue;
        }
        keys[next] = PARTS[part][row];
        (row, next) = (row + 1, next + 1);
    }
    keys
};

/// Where a key stands in the table.
pub fn position(name: &str) -> Option<usize> {
    KEYS.iter().position(|key| key.name == name)
}

/// Whether some key has this section.
pub fn is_section(name: &str) -> bool {
    SECTIONS.iter().any(|(section, _)| *section == name)
}

const fn number(
    name: &'static str,
    doc: &'static str,
    (least, greatest): (u64, u64),
    place: fn(&mut Settings) -> Number<'_>,
) -> Key {
    Key { name, doc, kind: Kind::Number(least, greatest, place) }
}

const fn switch(name: &'static str, doc: &'static str, place: fn(&mut Settings) -> &mut bool) -> Key {
    Key { name, doc, kind: Kind::Switch(place) }
}

const GENERAL: [Key; 10] = [
    Key {
        name: "data",
        doc: "The directory that holds everything the server keeps. Made if it is not there.",
        kind: Kind::Text(
            "a path",
            |it| path_text(Some(&it.data)),
            |it, text| {
                it.data = PathBuf::from(text);
                !text.is_empty()
            },
        ),
    },
    Key {
        name: "http",
        doc: "Where connections are accepted. Port 0 takes a free one.",
        kind: Kind::Text(
            "an address with a port, such as 127.0.0.1:8090",
            |it| it.http.to_string(),
            |it, text| text.parse().map(|address| it.http = address).is_ok(),
        ),
    },
    Key {
        name: "public_url",
        doc: "What clients call the server, as all links in answers begin with it; behind a proxy, the proxy's \
              address. Empty: the address of `http`.",
        kind: Kind::Text(
            "empty, http://HOST[:PORT] or https://HOST[:PORT]",
            |it| it.public_url.clone().unwrap_or_default(),
            put_public_url,
        ),
    },
    Key {
        name: "durability",
        doc: "What an answered request survives. \"full\": the loss of power, as each answer waits for the disk. \
              \"normal\": the end of the process, but the loss of power can take the last answers back.",
        kind: Kind::Word(
            &["full", "normal"],
            |it| if it.durability == Durability::Full { "full" } else { "normal" },
            |it, word| {
                it.durability = if word == "full" { Durability::Full } else { Durability::Normal };
            },
        ),
    },
    Key {
        name: "allowed_origins",
        doc: "Web sites whose pages may call the agents' API. Customers' requests may come from everywhere.",
        kind: Kind::List(
            "http://HOST[:PORT] or https://HOST[:PORT]",
            |it| &mut it.web.allowed_origins,
            |text| is_base_url(text) && !text.ends_with('/'),
        ),
    },
    switch(
        "trust_forwarded_for",
        "Whether the last entry of X-Forwarded-For names the client. Only behind a proxy that sets it.",
        |it| &mut it.web.trust_forwarded_for,
    ),
    Key {
        name: "tls.certificate",
        doc: "The certificate chain, PEM. Empty: no encryption.",
        kind: Kind::Text(
            "a path",
            |it| path_text(it.certificate.as_ref()),
            |it, text| {
                it.certificate = (!text.is_empty()).then(|| PathBuf::from(text));
                true
            },
        ),
    },
    Key {
        name: "tls.key",
        doc: "Its private key, PEM.",
        kind: Kind::Text(
            "a path",
            |it| path_text(it.key.as_ref()),
            |it, text| {
                it.key = (!text.is_empty()).then(|| PathBuf::from(text));
                true
            },
        ),
    },
    Key {
        name: "log.format",
        doc: "\"text\" for people, \"json\" for programs: one object a line.",
        kind: Kind::Word(
            &["text", "json"],
            |it| if it.log_format == LogFormat::Text { "text" } else { "json" },
            |it, word| it.log_format = if word == "text" { LogFormat::Text } else { LogFormat::Json },
        ),
    },
    Key {
        name: "log.filter",
        doc: "Which lines: error, warn, info, debug or trace, also for single crates, as in \"info,engine=debug\".",
        kind: Kind::Text(
            "a filter such as \"info\" or \"info,engine=debug\"",
            |it| it.log_filter.clone(),
            |it, text| {
                it.log_filter = text.to_owned();
                crate::logs::is_filter(text)
            },
        ),
    },
];

fn path_text(path: Option<&PathBuf>) -> String {
    path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Takes a URL with or without the path that every URL of the API has, and keeps it without.
fn put_public_url(settings: &mut Settings, text: &str) -> bool {
    let base = text.trim_end_matches('/');
    let base = base.strip_suffix("/api/v2").unwrap_or(base);
    settings.public_url = (!base.is_empty()).then(|| base.to_owned());
    base.is_empty() || is_base_url(base)
}

fn is_base_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-._~:[]/".contains(it);
    rest.is_some_and(|rest| {
        rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '[') && rest.chars().all(is_plain)
    })
}
