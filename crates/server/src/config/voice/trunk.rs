//! The keys of a trunk.

use std::path::{Path, PathBuf};

use voice_gateway::{Account, Transport, Trunk};

use crate::config::key::{Key, Kind, Number};
use crate::config::rows::Password;

const NAME_LETTERS: usize = 32;
const DAY_S: u64 = 86_400;

/// What is set about a trunk. What takes several keys together is understood when all are read.
#[derive(Clone)]
pub struct TrunkSettings {
    pub trunk: Trunk,
    /// 0 for the usual one.
    port: u16,
    user: String,
    password: Password,
    sources: Vec<String>,
}

impl Default for TrunkSettings {
    fn default() -> TrunkSettings {
        TrunkSettings {
            trunk: Trunk::new("", ""),
            port: 0,
            user: String::new(),
            password: Password::default(),
            sources: Vec::new(),
        }
    }
}

impl TrunkSettings {
    /// One as an operator might set it.
    pub fn example() -> TrunkSettings {
        let mut example = TrunkSettings::default();
        example.trunk.name = "acme".to_owned();
        example.trunk.host = "sip.acme.example".to_owned();
        example.trunk.dialing.prefixes = vec!["+".to_owned(), "0".to_owned()];
        example
    }

    pub fn name(&self) -> &str {
        &self.trunk.name
    }

    /// Fetches the password, and puts together what was set.
    ///
    /// # Errors
    /// What is wrong.
    pub fn complete(&mut self, path: &Path, variables: &[(String, String)]) -> Result<(), String> {
        let trunk = &mut self.trunk;
        if trunk.host.is_empty() {
            return Err("host: it needs one".to_owned());
        }
        trunk.port = if self.port == 0 { trunk.transport.default_port() } else { self.port };
        let password = self.password.fetch(path, variables)?;
        if self.user.is_empty() && (trunk.registers || trunk.proves_itself) {
            return Err("user: registering, or asking for a password, needs one".to_owned());
        }
        trunk.account = (!self.user.is_empty()).then(|| Account { user: self.user.clone(), password });
        let tls = trunk.authorities.is_some() || trunk.server_name.is_some();
        if tls && trunk.transport != Transport::Tls {
            return Err("tls_authorities and tls_server_name need transport = \"tls\"".to_owned());
        }
        trunk.sources = self.sources.iter().filter_map(|it| it.parse().ok()).collect();
        Ok(())
    }
}

const fn text(
    name: &'static str,
    doc: &'static str,
    allowed: &'static str,
    read: fn(&TrunkSettings) -> String,
    put: fn(&mut TrunkSettings, &str) -> bool,
) -> Key<TrunkSettings> {
    Key { name, doc, kind: Kind::Text(allowed, read, put) }
}

const fn switch(
    name: &'static str,
    doc: &'static str,
    place: fn(&mut TrunkSettings) -> &mut bool,
) -> Key<TrunkSettings> {
    Key { name, doc, kind: Kind::Switch(place) }
}

fn put(place: &mut String, text: &str) -> bool {
    text.clone_into(place);
    true
}

fn put_option(place: &mut Option<String>, text: &str) -> bool {
    *place = (!text.is_empty()).then(|| text.to_owned());
    true
}

/// Everything that can be set about a trunk.
pub const KEYS: [Key<TrunkSettings>; 20] = [
    text(
        "name",
        "Its name in routes, logs and metrics.",
        "1 to 32 letters, digits, dashes or underscores",
        |it| it.trunk.name.clone(),
        |it, text| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let fits = (1..=NAME_LETTERS).contains(&text.len()) && text.bytes().all(is_plain);
            put(&mut it.trunk.name, text) && fits
        },
    ),
    text(
        "host",
        "Where it is. Its calls are known by its address, unless it has to show a password.",
        "a name or an address",
        |it| it.trunk.host.clone(),
        |it, text| put(&mut it.trunk.host, text) && !text.is_empty() && !text.contains([' ', '/']),
    ),
    Key {
        name: "port",
        doc: "Its port; 0 for 5060, or 5061 over TLS.",
        kind: Kind::Number(0, 65_535, |it| Number::Short(&mut it.port)),
    },
    Key {
        name: "transport",
        doc: "What it speaks. We have to listen for the same.",
        kind: Kind::Word(
            &["udp", "tcp", "tls"],
            |it| it.trunk.transport.in_uri(),
            |it, word| it.trunk.transport = Transport::named(word).unwrap_or(Transport::Udp),
        ),
    },
    text(
        "tls_authorities",
        "The certificates that the trunk's must come from, PEM. Empty: those that this machine trusts.",
        "empty or a path",
        |it| it.trunk.authorities.as_ref().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default(),
        |it, text| {
            it.trunk.authorities = (!text.is_empty()).then(|| PathBuf::from(text));
            true
        },
    ),
    text(
        "tls_server_name",
        "The name in the trunk's certificate. Empty: its host.",
        "empty or a name",
        |it| it.trunk.server_name.clone().unwrap_or_default(),
        |it, text| put_option(&mut it.trunk.server_name, text),
    ),
    text(
        "domain",
        "The domain in the addresses of its calls. Empty: its host.",
        "empty or a name",
        |it| it.trunk.domain.clone().unwrap_or_default(),
        |it, text| put_option(&mut it.trunk.domain, text) && !text.contains([' ', '/', '@', ':']),
    ),
    text(
        "user",
        "Who we are to it, when it asks for a password; and who it is to us, when we do.",
        "empty, or a name of up to 64 letters",
        |it| it.user.clone(),
        |it, text| put(&mut it.user, text) && text.len() <= 64,
    ),
    Key {
        name: "password",
        doc: "The password. Better in a variable or a file of its own.",
        kind: Kind::Secret(
            "up to 128 letters",
            |it| !it.password.given.is_empty(),
            |it, text| put(&mut it.password.given, text) && text.len() <= 128,
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
    switch("register", "Whether we register there.", |it| &mut it.trunk.registers),
    Key {
        name: "registration_seconds",
        doc: "For how long we register.",
        kind: Kind::Number(30, DAY_S, |it| Number::Seconds(&mut it.trunk.registration)),
    },
    switch(
        "password_for_calls",
        "Whether its calls to us have to show the password, instead of coming from its address.",
        |it| &mut it.trunk.proves_itself,
    ),
    Key {
        name: "sources",
        doc: "Further addresses that its calls come from.",
        kind: Kind::List(
            "an address without a port",
            |it| &mut it.sources,
            |text| text.parse::<std::net::IpAddr>().is_ok(),
        ),
    },
    switch(
        "behind_nat",
        "Whether it sits behind a translator of addresses: then we believe where it speaks from rather than what it \
         says.",
        |it| &mut it.trunk.is_behind_nat,
    ),
    Key {
        name: "prefixes",
        doc: "How numbers begin that go out over it. The longest beginning counts over all trunks, then their order; \
              where one fails, the next one is tried. An entry of nothing means every number.",
        kind: Kind::List(
            "the beginning of a number",
            |it| &mut it.trunk.dialing.prefixes,
            |text| text.bytes().all(|byte| byte.is_ascii_digit() || b"+*#".contains(&byte)),
        ),
    },
    Key {
        name: "strip",
        doc: "How many characters are taken away from the front of a number that goes out.",
        kind: Kind::Number(0, 32, |it| Number::Few(&mut it.trunk.dialing.strip)),
    },
    text(
        "prepend",
        "What is put before the rest of it.",
        "empty, or digits, +, * and #",
        |it| it.trunk.dialing.prepend.clone(),
        |it, text| {
            let fits = text.bytes().all(|byte| byte.is_ascii_digit() || b"+*#".contains(&byte));
            put(&mut it.trunk.dialing.prepend, text) && fits
        },
    ),
    text(
        "caller",
        "The number that it shows to whoever is called. Empty: the caller's own.",
        "empty or a number",
        |it| it.trunk.caller.clone().unwrap_or_default(),
        |it, text| put_option(&mut it.trunk.caller, text),
    ),
];
