//! The keys of a carrier.

use std::path::{Path, PathBuf};

use sms_gateway::{
    Alphabet, Bind, Carrier, Credentials, DefaultAlphabet, LongTexts, MOST_CONNECTIONS, MOST_WINDOW, Tls,
};

use crate::config::key::{Key, Kind, Number};
use crate::config::rows::Password;

/// An hour, in milliseconds and in seconds.
const HOUR_MS: u64 = 3_600_000;
const HOUR_S: u64 = 3_600;
/// The port that SMPP has at most carriers.
const PORT: u16 = 2775;
const NAME_LETTERS: usize = 32;

/// What is set about a carrier. What takes several keys together is understood when all are read.
#[derive(Clone)]
pub struct CarrierSettings {
    pub carrier: Carrier,
    tls: bool,
    tls_keys: Tls,
    system_id: String,
    system_type: String,
    password: Password,
    alphabets: Vec<String>,
}

impl Default for CarrierSettings {
    fn default() -> CarrierSettings {
        CarrierSettings {
            carrier: Carrier::new("", "", PORT, Credentials::default()),
            tls: false,
            tls_keys: Tls::default(),
            system_id: String::new(),
            system_type: String::new(),
            password: Password::default(),
            alphabets: vec!["gsm7".to_owned()],
        }
    }
}

impl CarrierSettings {
    /// One as an operator might set it.
    pub fn example() -> CarrierSettings {
        let mut example = CarrierSettings::default();
        example.carrier.name = "acme".to_owned();
        example.carrier.host = "smpp.acme.example".to_owned();
        example.system_id = "souffleur".to_owned();
        example
    }

    pub fn name(&self) -> &str {
        &self.carrier.name
    }

    /// Fetches the password, and puts together what was set.
    ///
    /// # Errors
    /// What is wrong.
    pub fn complete(&mut self, path: &Path, variables: &[(String, String)]) -> Result<(), String> {
        if self.carrier.host.is_empty() {
            return Err("host: it needs one".to_owned());
        }
        let password = self.password.fetch(path, variables)?;
        let credentials = Credentials::new(&self.system_id, &password, &self.system_type);
        self.carrier.credentials = credentials.map_err(|error| error.to_string())?;
        self.carrier.tls = self.tls.then(|| self.tls_keys.clone());
        if !self.tls && (self.tls_keys.authorities.is_some() || self.tls_keys.server_name.is_some()) {
            return Err("tls_authorities and tls_server_name need tls = true".to_owned());
        }
        if self.carrier.most_reconnect < self.carrier.reconnect {
            return Err("max_reconnect_ms: must not be less than reconnect_ms".to_owned());
        }
        self.carrier.alphabets = self.alphabets.iter().filter_map(|name| alphabet(name)).collect();
        Ok(())
    }
}

fn alphabet(name: &str) -> Option<Alphabet> {
    match name {
        "gsm7" => Some(Alphabet::Gsm7),
        "latin1" => Some(Alphabet::Latin1),
        "ucs2" => Some(Alphabet::Ucs2),
        _ => None,
    }
}

const fn text(
    name: &'static str,
    doc: &'static str,
    allowed: &'static str,
    read: fn(&CarrierSettings) -> String,
    put: fn(&mut CarrierSettings, &str) -> bool,
) -> Key<CarrierSettings> {
    Key { name, doc, kind: Kind::Text(allowed, read, put) }
}

const fn number(
    name: &'static str,
    doc: &'static str,
    (least, greatest): (u64, u64),
    place: fn(&mut CarrierSettings) -> Number<'_>,
) -> Key<CarrierSettings> {
    Key { name, doc, kind: Kind::Number(least, greatest, place) }
}

const fn word(
    name: &'static str,
    doc: &'static str,
    allowed: &'static [&'static str],
    read: fn(&CarrierSettings) -> &'static str,
    put: fn(&mut CarrierSettings, &str),
) -> Key<CarrierSettings> {
    Key { name, doc, kind: Kind::Word(allowed, read, put) }
}

const fn switch(
    name: &'static str,
    doc: &'static str,
    place: fn(&mut CarrierSettings) -> &mut bool,
) -> Key<CarrierSettings> {
    Key { name, doc, kind: Kind::Switch(place) }
}

fn put(place: &mut String, text: &str) -> bool {
    text.clone_into(place);
    true
}

/// Everything that can be set about a carrier.
pub const KEYS: [Key<CarrierSettings>; 27] = [
    text(
        "name",
        "Its name in routes, logs and metrics. Receipts are matched by it: it should not change.",
        "1 to 32 letters, digits, dashes or underscores",
        |it| it.carrier.name.clone(),
        |it, text| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let fits = (1..=NAME_LETTERS).contains(&text.len()) && text.bytes().all(is_plain);
            put(&mut it.carrier.name, text) && fits
        },
    ),
    text(
        "contact_center",
        "Whose texts it carries, by the contact center's ID. Empty: the first contact center of the server.",
        "empty, or the ID of a contact center",
        |it| it.carrier.contact_center.map(|id| id.to_string()).unwrap_or_default(),
        |it, text| {
            it.carrier.contact_center = text.parse().ok();
            text.is_empty() || it.carrier.contact_center.is_some()
        },
    ),
    text(
        "host",
        "Where it listens.",
        "a name or an address",
        |it| it.carrier.host.clone(),
        |it, text| put(&mut it.carrier.host, text) && !text.is_empty() && !text.contains([' ', '/']),
    ),
    number("port", "Where it listens.", (1, 65_535), |it| Number::Short(&mut it.carrier.port)),
    switch("tls", "Whether connections are encrypted.", |it| &mut it.tls),
    text(
        "tls_authorities",
        "The certificates that the carrier's must come from, PEM. Empty: those that this machine trusts.",
        "empty or a path",
        |it| it.tls_keys.authorities.as_ref().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default(),
        |it, text| {
            it.tls_keys.authorities = (!text.is_empty()).then(|| PathBuf::from(text));
            true
        },
    ),
    text(
        "tls_server_name",
        "The name in the carrier's certificate. Empty: its host.",
        "empty or a name",
        |it| it.tls_keys.server_name.clone().unwrap_or_default(),
        |it, text| {
            it.tls_keys.server_name = (!text.is_empty()).then(|| text.to_owned());
            true
        },
    ),
    text(
        "system_id",
        "Who we are to it.",
        "up to 15 letters or digits",
        |it| it.system_id.clone(),
        |it, text| put(&mut it.system_id, text) && Credentials::new(text, "", "").is_ok(),
    ),
    Key {
        name: "password",
        doc: "The password. Better in a variable or a file of its own.",
        kind: Kind::Secret(
            "up to 8 letters or digits",
            |it| !it.password.given.is_empty(),
            |it, text| put(&mut it.password.given, text) && Credentials::new("", text, "").is_ok(),
        ),
    },
    text(
        "password_env",
        "The variable of the environment that holds the password.",
        "empty or the name of a variable",
        |it| it.password.variable.clone(),
        |it, text| put(&mut it.password.variable, text),
    ),
    text(
        "password_file",
        "The file that holds the password; a path from the directory of this file.",
        "empty or a path",
        |it| it.password.file.clone(),
        |it, text| put(&mut it.password.file, text),
    ),
    text(
        "system_type",
        "The kind of system that we are, if the carrier wants to know.",
        "up to 12 letters or digits",
        |it| it.system_type.clone(),
        |it, text| put(&mut it.system_type, text) && Credentials::new("", "", text).is_ok(),
    ),
    word(
        "bind",
        "\"transceiver\": one connection for both directions. \"pair\": a transmitter and a receiver, each over a \
         connection of its own.",
        &["transceiver", "pair"],
        |it| if it.carrier.bind == Bind::Pair { "pair" } else { "transceiver" },
        |it, word| it.carrier.bind = if word == "pair" { Bind::Pair } else { Bind::Transceiver },
    ),
    number("connections", "How many connections, or pairs of them.", (1, MOST_CONNECTIONS as u64), |it| {
        Number::Few(&mut it.carrier.connections)
    }),
    number("window", "Most texts without an answer on one connection.", (1, MOST_WINDOW as u64), |it| {
        Number::Short(&mut it.carrier.window)
    }),
    number(
        "texts_per_second",
        "Most texts, or parts of long ones, a second over all its connections. 0: no limit but the carrier's.",
        (0, 100_000),
        |it| Number::Count(&mut it.carrier.texts_per_second),
    ),
    number(
        "enquire_link_seconds",
        "Silence after which the carrier is asked whether it is still there.",
        (1, HOUR_S),
        |it| Number::Seconds(&mut it.carrier.enquire_link),
    ),
    number("response_timeout_ms", "Longest wait for an answer.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.carrier.response_timeout)
    }),
    number("write_timeout_ms", "Longest time that it may leave unread what is sent.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.carrier.write_timeout)
    }),
    number("connect_timeout_ms", "Longest time for a connection and its encryption.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.carrier.connect_timeout)
    }),
    number(
        "reconnect_ms",
        "The pause before it is connected to again; each further one is twice as long.",
        (10, HOUR_MS),
        |it| Number::Milliseconds(&mut it.carrier.reconnect),
    ),
    number("max_reconnect_ms", "The longest such pause.", (10, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.carrier.most_reconnect)
    }),
    Key {
        name: "alphabets",
        doc: "The alphabets it takes, first choice first. A text that none of them holds goes in UCS-2.",
        kind: Kind::List(
            "\"gsm7\" (the carrier's default), \"latin1\" or \"ucs2\"",
            |it| &mut it.alphabets,
            |text| alphabet(text).is_some(),
        ),
    },
    word(
        "default_alphabet",
        "What it means by data coding 0, both ways.",
        &["gsm7", "latin1", "ascii"],
        |it| match it.carrier.default_alphabet {
            DefaultAlphabet::Gsm7 => "gsm7",
            DefaultAlphabet::Latin1 => "latin1",
            DefaultAlphabet::Ascii => "ascii",
        },
        |it, word| {
            it.carrier.default_alphabet = match word {
                "latin1" => DefaultAlphabet::Latin1,
                "ascii" => DefaultAlphabet::Ascii,
                _ => DefaultAlphabet::Gsm7,
            };
        },
    ),
    word(
        "long_texts",
        "How it wants texts that do not fit one message: in parts with a header whose reference has 8 or 16 bits, in \
         parts with the parameters sar_*, or whole as message_payload.",
        &["udh8", "udh16", "sar", "payload"],
        |it| match it.carrier.long_texts {
            LongTexts::Udh8 => "udh8",
            LongTexts::Udh16 => "udh16",
            LongTexts::Sar => "sar",
            LongTexts::Payload => "payload",
        },
        |it, word| {
            it.carrier.long_texts = match word {
                "udh16" => LongTexts::Udh16,
                "sar" => LongTexts::Sar,
                "payload" => LongTexts::Payload,
                _ => LongTexts::Udh8,
            };
        },
    ),
    number("max_parts", "Most parts of one text; a longer one fails.", (1, 255), |it| {
        Number::Few(&mut it.carrier.most_parts)
    }),
    switch(
        "references",
        "Whether our number of a text goes along, which most carriers repeat in receipts. Off for carriers that refuse \
         it.",
        |it| &mut it.carrier.references,
    ),
];
