//! The whole server with trunks and telephones: calls come over one trunk, and leave over another.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::calls::signaling::options::SignalingOptions;
use crate::calls::signaling::{CALLED, CALLERS, SERVER, free_port};
use crate::clock::{Clock, as_ns};
use crate::error::LoadError;
use crate::process::{Running, ServerProcess};
use crate::rest::api::Api;
use crate::rest::people::{add_user, administrator};
use crate::rest::souffleur;

/// The number of a queue: a call is answered at once, and hears music.
pub const QUEUE: &str = "800";
/// The number of a device whose calls are passed on to a number outside.
pub const PASSED_ON: &str = "700";
const OUTSIDE: &str = "+4930111111";
const FIRST_DEVICE: usize = 100_000;
const PASSWORD: &str = "load-telephone-1";
const START_LIMIT: Duration = Duration::from_secs(20);
const ASK_EVERY: Duration = Duration::from_millis(100);

/// A running server.
pub struct Ours {
    server: ServerProcess,
    /// Where it speaks SIP.
    pub sip: SocketAddr,
    api: Api,
}

impl Ours {
    /// Starts it on fresh data. What leaves it goes to `called`.
    pub fn start(called: SocketAddr, options: &SignalingOptions) -> Result<Ours, LoadError> {
        let sip = free_port(SERVER)?;
        let further = configuration(sip, called);
        let core = options.place.server_core();
        let server = souffleur::start_with(&options.installation, options.durability, &further, core)?;
        let mut api = Api::connect(server.address)?;
        let administrator = administrator(&mut api)?;
        let queue = json!({"name": "Parcels", "channel": "voice", "phoneNumber": QUEUE});
        api.post("/api/v2/queues", &administrator.headers, &queue)?;
        let agent = add_user(&mut api, &administrator, "agent", &["ROLE_AGENT"])?;
        let device = json!({"phoneNumber": PASSED_ON, "sipPassword": PASSWORD});
        let path = format!("/api/v2/users/{}/devices", agent.user_id);
        let made = api.post(&path, &administrator.headers, &device)?;
        let id = made["id"].as_str().unwrap_or_default();
        let forward = json!({"operationName": "ForwardCallsOn", "destination": OUTSIDE});
        api.post(&format!("/api/v2/me/devices/{id}"), &agent.headers, &forward)?;
        await_answer(sip)?;
        Ok(Ours { server, sip, api })
    }

    /// Makes devices that can register, and a file of how they sign in.
    pub fn add_devices(&mut self, options: &SignalingOptions) -> Result<PathBuf, LoadError> {
        let administrator = administrator(&mut self.api)?;
        let mut lines = "SEQUENTIAL\n".to_owned();
        for number in FIRST_DEVICE..FIRST_DEVICE + options.devices {
            let device = json!({"phoneNumber": number.to_string(), "sipPassword": PASSWORD});
            self.api.post("/api/v2/devices", &administrator.headers, &device)?;
            lines.push_str(&format!("{number};[authentication username={number} password={PASSWORD}]\n"));
        }
        let file = std::fs::canonicalize(&options.installation.data)?.join("accounts.csv");
        std::fs::write(&file, lines)?;
        Ok(file)
    }

    /// How many lines stand, by its metrics.
    pub fn lines(&mut self) -> Result<u64, LoadError> {
        let text = self.api.text("/metrics")?;
        let value = text.lines().find_map(|line| line.strip_prefix("souffleur_sip_lines "));
        let value = value.and_then(|value| value.trim().parse::<f64>().ok());
        value.map(|value| value as u64).ok_or_else(|| LoadError::wire("a metric of lines", text.as_bytes()))
    }

    /// Its process.
    pub fn running(&self) -> &Running {
        self.server.running()
    }
}

/// Every limit that a load generator would run into is raised here. All callers are one trunk's.
fn configuration(sip: SocketAddr, called: SocketAddr) -> String {
    format!(
        r#"
[voice]
udp = ["{sip}"]
first_rtp_port = 1024
last_rtp_port = 65535
rtp_timeout_seconds = 3600
max_lines = 60000
messages_per_second = 1000000
trunk_messages_per_second = 1000000

[[voice.trunk]]
name = "callers"
host = "{CALLERS}"
sources = ["{CALLERS}"]

[[voice.trunk]]
name = "called"
host = "{}"
port = {}
sources = ["{CALLED}"]
prefixes = ["+"]
"#,
        called.ip(),
        called.port(),
    )
}

/// Asks until SIP is spoken there.
fn await_answer(sip: SocketAddr) -> Result<(), LoadError> {
    let socket = UdpSocket::bind((CALLERS, 0))?;
    socket.set_read_timeout(Some(ASK_EVERY))?;
    let own = socket.local_addr()?;
    let clock = Clock::start();
    for number in 1.. {
        let ask = format!(
            "OPTIONS sip:{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:load@{own}>;tag=1\r\nTo: <sip:{sip}>\r\nCall-ID: {number}@{own}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        // Until somebody listens, sending may tell so.
        let _ = socket.send_to(ask.as_bytes(), sip);
        let mut answer = [0; 2_048];
        let length = socket.recv(&mut answer).unwrap_or(0);
        if answer[..length].starts_with(b"SIP/2.0 200") {
            return Ok(());
        }
        if clock.ns() > as_ns(START_LIMIT) {
            break;
        }
    }
    Err(LoadError::NotThere { what: "answer to OPTIONS", waited_s: START_LIMIT.as_secs() })
}
