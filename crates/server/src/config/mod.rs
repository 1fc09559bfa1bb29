//! What an operator can set. One table of keys says what there is; a value comes from a flag, else from a
//! variable of the environment, else from the file, else from the table.
//!
//! A wrong setting is one line that names where it stands, its key and what is allowed.

mod checks;
mod example;
mod file;
mod key;
mod keys;
mod nearest;
mod print;
mod rows;
mod sms;
#[cfg(test)]
mod tests;
mod voice;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use store::sqlite::Durability;

pub use example::example;
pub use print::print;

use key::Key;
use keys::KEYS;

/// Before every variable.
pub const PREFIX: &str = "SOUFFLEUR_";
/// Variables of the environment that are no keys.
pub const FURTHER_VARIABLES: [&str; 3] =
    ["SOUFFLEUR_CONFIG", "SOUFFLEUR_ADMIN_USER", "SOUFFLEUR_ADMIN_PASSWORD"];

/// Everything that is set.
#[derive(Clone)]
pub struct Settings {
    /// The data directory.
    pub data: PathBuf,
    /// Where connections are accepted.
    pub http: SocketAddr,
    /// What clients call the server, without `/api/v2`.
    pub public_url: Option<String>,
    /// What an answered commit survives.
    pub durability: Durability,
    /// The certificate chain.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines there are.
    pub log_filter: String,
    /// What the web server takes; what depends on the address is filled in once it is known.
    pub web: web_server::Config,
    /// Carriers for text messages, and routes to them.
    pub sms: sms::SmsSettings,
    /// Telephones and trunks.
    pub voice: voice::VoiceSettings,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

impl Default for Settings {
    fn default() -> Settings {
        let mut web = web_server::Config::default();
        // The number of cores is no constant: the table says 0, and `web_config` asks the machine.
        web.push.shards = 0;
        Settings {
            data: PathBuf::from("./souffleur-data"),
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)),
            public_url: None,
            durability: Durability::Full,
            certificate: None,
            key: None,
            log_format: LogFormat::Text,
            log_filter: "info".to_owned(),
            web,
            sms: sms::SmsSettings::default(),
            voice: voice::VoiceSettings::default(),
        }
    }
}

impl Settings {
    /// What the web server is given when it listens on `address`.
    pub fn web_config(&self, address: SocketAddr) -> web_server::Config {
        let mut web = self.web.clone();
        web.public_url = self.base_url(address);
        if let (Some(certificate), Some(key)) = (&self.certificate, &self.key) {
            web.tls = Some(web_server::Tls { certificate: certificate.clone(), key: key.clone() });
        }
        if web.push.shards == 0 {
            web.push.shards = crate::cores();
        }
        web.telephony = self.voice_config().map(|voice| voice::telephony(&voice));
        web
    }

    /// What clients call the server that listens on `address`.
    pub fn base_url(&self, address: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("{}://{address}", self.scheme()))
    }

    /// What the gateway is given.
    pub fn sms_config(&self) -> sms_gateway::Config {
        self.sms.config()
    }

    /// What the telephone gateway is given; nothing if there is none.
    pub fn voice_config(&self) -> Option<voice_gateway::Config> {
        self.voice.config(self.certificate.as_ref(), self.key.as_ref())
    }

    /// `https` if there is a certificate.
    pub fn scheme(&self) -> &'static str {
        if self.certificate.is_some() { "https" } else { "http" }
    }
}

/// The settings, and where each comes from.
pub struct Effective {
    /// What is in force.
    pub settings: Settings,
    /// Where the values come from, in the order of the table.
    sources: Vec<Source>,
    /// Variables that look like misspelled keys, each with the key that was probably meant.
    pub suspicious: Vec<(String, &'static str)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Default,
    File(PathBuf),
    Variable(String),
    Flag(&'static str),
}

/// Why there are no settings: one line, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// What was given at the start, before it is understood.
#[derive(Default)]
pub struct Given {
    /// The configuration file's name and text.
    pub file: Option<(PathBuf, String)>,
    /// Keys set by flags, with the flags' names.
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// The environment.
    pub variables: Vec<(String, String)>,
}

/// Understands what was given.
///
/// # Errors
/// The line that says what is wrong.
pub fn load(given: &Given) -> Result<Effective, ConfigError> {
    let mut effective = Effective {
        settings: Settings::default(),
        sources: vec![Source::Default; KEYS.len()],
        suspicious: Vec::new(),
    };
    if let Some((path, text)) = &given.file {
        effective.take_file(path, text)?;
    }
    effective.take_variables(&given.variables)?;
    for (key, flag, text) in &given.flags {
        let Some(position) = keys::position(key) else { continue };
        effective.put_text(position, Source::Flag(flag), text)?;
    }
    effective.check()?;
    if let Some((path, _)) = &given.file {
        let settings = &mut effective.settings;
        let completed = settings.sms.complete(path, &given.variables);
        let completed = completed.and_then(|()| settings.voice.complete(path, &given.variables));
        completed.map_err(|complaint| ConfigError(format!("{}: {complaint}", path.display())))?;
    }
    Ok(effective)
}

/// Reads a configuration file.
///
/// # Errors
/// The line that says why it cannot be read.
pub fn read_file(path: PathBuf) -> Result<(PathBuf, String), ConfigError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(ConfigError(format!("{}: cannot be read: {error}", path.display()))),
    }
}

impl Effective {
    fn take_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let name = path.display();
        for (key, value) in
            file::parse(text).map_err(|complaint| ConfigError(format!("{name}: {complaint}")))?
        {
            if sms::TABLES.contains(&key.as_str()) {
                let taken = self.settings.sms.take(&key, &value, path);
                taken.map_err(|complaint| ConfigError(format!("{name}: {complaint}")))?;
                continue;
            }
            if voice::TABLES.contains(&key.as_str()) {
                let taken = self.settings.voice.take(&key, &value, path);
                taken.map_err(|complaint| ConfigError(format!("{name}: {complaint}")))?;
                continue;
            }
            let Some(position) = keys::position(&key) else {
                return Err(ConfigError(format!("{name}: {}", nearest::unknown(&key))));
            };
            let value = key::Value::of_toml(&value);
            let put = KEYS[position].put(&mut self.settings, &value);
            put.map_err(|complaint| ConfigError(format!("{name}: {key}: {complaint}")))?;
            self.sources[position] = Source::File(path.to_owned());
        }
        Ok(())
    }

    fn take_variables(&mut self, variables: &[(String, String)]) -> Result<(), ConfigError> {
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            if let Some(position) = KEYS.iter().position(|key| key.variable() == *name) {
                self.put_text(position, Source::Variable(name.clone()), text)?;
            } else if !FURTHER_VARIABLES.contains(&name.as_str())
                && let Some(meant) = nearest::misspelled(rest)
            {
                self.suspicious.push((name.clone(), meant));
            }
        }
        Ok(())
    }

    /// Sets a key from a flag or a variable, which name the key themselves.
    fn put_text(&mut self, position: usize, source: Source, text: &str) -> Result<(), ConfigError> {
        let key = &KEYS[position];
        let put = key.put(&mut self.settings, &key.value_of_text(text));
        put.map_err(|complaint| ConfigError(format!("{}: {complaint}", source.place(key))))?;
        self.sources[position] = source;
        Ok(())
    }
}

impl Source {
    /// What stands before a complaint.
    fn place(&self, key: &Key) -> String {
        match self {
            Source::Default => key.name.to_owned(),
            Source::File(path) => format!("{}: {}", path.display(), key.name),
            Source::Variable(name) => name.clone(),
            Source::Flag(flag) => (*flag).to_owned(),
        }
    }
}
