//! Telephones: where they are spoken to, the trunks, and what numbers mean that are dialled over them.

mod route;
#[cfg(test)]
mod tests;
mod trunk;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Value;
use voice_gateway::media::RenderError;
use voice_gateway::{
    Algorithm, Certificate, Codec, Config, Listener, MOST_LISTENERS, MOST_ROUTES, MOST_TRUNKS, Transport,
};

use super::rows::{Row, example_table, print_row, row, tables};
use route::RouteSettings;
use trunk::TrunkSettings;

const TRUNKS: &str = "voice.trunk";
const ROUTES: &str = "voice.route";
/// The tables that can be there several times.
pub const TABLES: [&str; 2] = [TRUNKS, ROUTES];

const TRUNKS_DOC: &str = "A way to telephones outside, over SIP; one such table for each. docs/telephones.md explains \
                          them.";
const ROUTES_DOC: &str = "What a number means that was dialled outside; one such table for each. Without any, every \
                          number means itself; with some, other numbers are nobody's.";

/// What is set about telephones.
#[derive(Clone)]
pub struct VoiceSettings {
    /// What the gateway takes; what is set in another form is filled in by [`VoiceSettings::config`].
    pub gateway: Config,
    /// Addresses.
    pub udp: Vec<String>,
    /// Addresses.
    pub tcp: Vec<String>,
    /// Addresses.
    pub tls: Vec<String>,
    /// The certificate chain.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// Digests by name.
    pub digests: Vec<String>,
    /// Codecs by name.
    pub codecs: Vec<String>,
    /// How many threads carry sound; 0 for as many as suit the machine.
    pub media_threads: usize,
    trunks: Vec<Row<TrunkSettings>>,
    routes: Vec<Row<RouteSettings>>,
}

impl Default for VoiceSettings {
    fn default() -> VoiceSettings {
        let gateway = Config::default();
        VoiceSettings {
            udp: Vec::new(),
            tcp: Vec::new(),
            tls: Vec::new(),
            certificate: None,
            key: None,
            digests: vec!["md5".to_owned()],
            codecs: gateway.codecs.iter().map(|it| name_of(*it).to_owned()).collect(),
            media_threads: 0,
            trunks: Vec::new(),
            routes: Vec::new(),
            gateway,
        }
    }
}

impl VoiceSettings {
    /// Takes a list of tables.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn take(&mut self, name: &str, value: &Value, path: &Path) -> Result<(), String> {
        let (id, most) = if name == TRUNKS { ("name", MOST_TRUNKS) } else { ("dialled", MOST_ROUTES) };
        for (place, table) in tables(name, id, value, most)? {
            let complain = |complaint| format!("{place}: {complaint}");
            if name == TRUNKS {
                let row = row(&trunk::KEYS, TrunkSettings::default(), table, path);
                self.trunks.push(row.map_err(complain)?);
            } else {
                let row = row(&route::KEYS, RouteSettings::default(), table, path);
                self.routes.push(row.map_err(complain)?);
            }
        }
        Ok(())
    }

    /// Fetches passwords, and checks what the tables owe to each other.
    ///
    /// # Errors
    /// What is wrong.
    pub fn complete(&mut self, path: &Path, variables: &[(String, String)]) -> Result<(), String> {
        let has_telephones = !self.listeners().is_empty();
        for place in 0..self.trunks.len() {
            let (before, rest) = self.trunks.split_at_mut(place);
            let Some(trunk) = rest.first_mut() else { break };
            let name = trunk.value.name().to_owned();
            if name.is_empty() {
                return Err(format!("{TRUNKS} {}: name: it needs one", place + 1));
            }
            let complain = |complaint: &str| format!("{TRUNKS} {name:?}: {complaint}");
            if before.iter().any(|it| it.value.name() == name) {
                return Err(complain("name: another one has the same"));
            }
            trunk.value.complete(path, variables).map_err(|complaint| complain(&complaint))?;
            let listens = match trunk.value.trunk.transport {
                Transport::Udp => &self.udp,
                Transport::Tcp => &self.tcp,
                Transport::Tls => &self.tls,
            };
            if listens.is_empty() && has_telephones {
                let word = trunk.value.trunk.transport.in_uri();
                return Err(complain(&format!("transport: it needs voice.{word}, which is not set")));
            }
        }
        for (place, Row { value: RouteSettings(route), .. }) in self.routes.iter().enumerate() {
            let complain = |complaint: String| Err(format!("{ROUTES} {:?}: {complaint}", route.dialled));
            if route.dialled.is_empty() {
                return Err(format!("{ROUTES} {}: dialled: it needs one", place + 1));
            }
            if route.to.is_empty() {
                return complain("to: it needs one".to_owned());
            }
            let is_same = |it: &Row<RouteSettings>| {
                (&it.value.0.dialled, &it.value.0.trunk) == (&route.dialled, &route.trunk)
            };
            if self.routes[..place].iter().any(is_same) {
                return complain("dialled: another route has the same".to_owned());
            }
            let unknown =
                route.trunk.as_ref().filter(|it| !self.trunks.iter().any(|row| row.value.name() == **it));
            if let Some(unknown) = unknown {
                return complain(format!("trunk: there is no [[{TRUNKS}]] with the name {unknown:?}"));
            }
        }
        Ok(())
    }

    /// Where SIP is spoken.
    pub fn listeners(&self) -> Vec<Listener> {
        let of = |transport, texts: &[String]| {
            let addresses = texts.iter().filter_map(|text| text.parse().ok());
            addresses.map(|address| Listener { transport, address }).collect::<Vec<_>>()
        };
        let mut listeners = of(Transport::Udp, &self.udp);
        listeners.extend(of(Transport::Tcp, &self.tcp));
        listeners.extend(of(Transport::Tls, &self.tls));
        listeners
    }

    /// What the gateway is given; nothing if there are no telephones.
    pub fn config(&self, certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Option<Config> {
        let listeners = self.listeners();
        if listeners.is_empty() {
            return None;
        }
        let certificate = self.certificate.as_ref().or(certificate);
        let key = self.key.as_ref().or(key);
        let certificate = certificate.zip(key).filter(|_| !self.tls.is_empty());
        Some(Config {
            listeners,
            certificate: certificate
                .map(|(certificate, key)| Certificate { certificate: certificate.clone(), key: key.clone() }),
            digests: self.digests.iter().filter_map(|name| digest(name)).collect(),
            codecs: self.codecs.iter().filter_map(|name| codec(name)).collect(),
            media_threads: (self.media_threads > 0).then_some(self.media_threads),
            trunks: self.trunks.iter().map(|row| row.value.trunk.clone()).collect(),
            routes: self.routes.iter().map(|row| row.value.0.clone()).collect(),
            ..self.gateway.clone()
        })
    }

    /// What the keys owe to each other: the key that is complained about, and the complaint.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, has_certificate: bool) -> Result<(), (&'static str, String)> {
        if self.certificate.is_some() != self.key.is_some() {
            let (set, missing) = match self.certificate {
                Some(_) => ("voice.certificate", "voice.key"),
                None => ("voice.key", "voice.certificate"),
            };
            return Err((set, format!("needs {missing}, which is not set")));
        }
        if !self.tls.is_empty() && self.certificate.is_none() && !has_certificate {
            let complaint = "needs voice.certificate and voice.key, or tls.certificate and tls.key";
            return Err(("voice.tls", complaint.to_owned()));
        }
        for (key, list) in [("voice.codecs", &self.codecs), ("voice.digests", &self.digests)] {
            if list.is_empty() {
                return Err((key, "it needs one at least".to_owned()));
            }
        }
        if !self.gateway.packet_ms.is_multiple_of(10) {
            return Err(("voice.packet_ms", "must be a multiple of 10".to_owned()));
        }
        let (first, last) = (self.gateway.first_rtp_port, self.gateway.last_rtp_port);
        if last <= first {
            return Err((
                "voice.last_rtp_port",
                format!("must be more than voice.first_rtp_port, which is {first}"),
            ));
        }
        if self.gateway.most_registration < self.gateway.least_registration {
            let complaint = "must not be less than voice.min_registration_seconds".to_owned();
            return Err(("voice.max_registration_seconds", complaint));
        }
        if self.listeners().len() > MOST_LISTENERS {
            return Err(("voice.udp", format!("more than {MOST_LISTENERS} addresses in all")));
        }
        Ok(())
    }

    /// Adds the tables in force.
    pub fn print(&self, text: &mut String) {
        self.trunks.iter().for_each(|row| print_row(TRUNKS, &trunk::KEYS, row, text));
        self.routes.iter().for_each(|row| print_row(ROUTES, &route::KEYS, row, text));
    }
}

/// Every key of the tables, with what it does.
pub fn example() -> String {
    let mut text = String::new();
    example_table(TRUNKS, TRUNKS_DOC, &trunk::KEYS, &TrunkSettings::example(), &mut text);
    example_table(ROUTES, ROUTES_DOC, &route::KEYS, &RouteSettings::example(), &mut text);
    text
}

/// What the web server has to know of telephones.
pub fn telephony(config: &Config) -> web_server::TelephonyConfig {
    let recordings = config.recordings.clone().map(|folder| web_server::RecordingsConfig {
        folder,
        render: Arc::new(|recording, party, file| {
            voice_gateway::media::render_as_heard(recording, party, file).map(|_| ()).map_err(as_io)
        }),
    });
    web_server::TelephonyConfig {
        contact_center: config.contact_center,
        realm: config.realm.clone(),
        recordings,
        sound_settles: None,
    }
}

fn as_io(error: RenderError) -> io::Error {
    match error {
        RenderError::NoSuchParty(_) => io::Error::new(io::ErrorKind::NotFound, error),
        error => io::Error::other(error),
    }
}

/// Whether somebody can listen there.
pub fn is_address(text: &str) -> bool {
    text.parse::<SocketAddr>().is_ok()
}

/// The digest of a name.
pub fn digest(name: &str) -> Option<Algorithm> {
    match name {
        "md5" => Some(Algorithm::Md5),
        "sha-256" => Some(Algorithm::Sha256),
        _ => None,
    }
}

/// The codec of a name.
pub fn codec(name: &str) -> Option<Codec> {
    [Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus].into_iter().find(|it| name_of(*it) == name)
}

fn name_of(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcma => "pcma",
        Codec::Pcmu => "pcmu",
        Codec::G722 => "g722",
        Codec::Opus => "opus",
    }
}
