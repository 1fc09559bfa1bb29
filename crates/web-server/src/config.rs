//! Everything that can be set, with its unit and a default for a server of some thousand agents.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use contact_center::ContactCenterId;

/// How the web server behaves.
#[derive(Clone)]
pub struct Config {
    /// How clients reach this server: scheme, host and port. `https` here makes cookies `Secure`.
    pub public_url: String,
    /// Certificate and key; without them connections are not encrypted.
    pub tls: Option<Tls>,
    /// Origins whose scripts may call the agents' API. Customers' requests may come from everywhere.
    pub allowed_origins: Vec<String>,
    /// Whether the last entry of `X-Forwarded-For` names the client. Only behind a proxy that sets it.
    pub trust_forwarded_for: bool,
    /// What one connection may cost.
    pub connections: ConnectionLimits,
    /// What customers may do from one address.
    pub visitors: VisitorLimits,
    /// Passwords, cookies, and how long they are good for.
    pub sign_in: SignInConfig,
    /// Notifications.
    pub push: PushConfig,
    /// The telephone gateway beside this server; without it phones can have no passwords.
    pub telephony: Option<TelephonyConfig>,
    /// Writes the metrics in Prometheus' text format; without it there is no `/metrics`.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

/// What the API needs to know of the telephone gateway.
#[derive(Clone)]
pub struct TelephonyConfig {
    /// Whose telephones it serves; else those of the first contact center.
    pub contact_center: Option<ContactCenterId>,
    /// The realm in which phones sign in; their passwords are kept as digests that hold it.
    pub realm: String,
    /// Where calls are recorded; without it no recording can be read.
    pub recordings: Option<RecordingsConfig>,
    /// Waits until what is heard on the lines is as the rules have wanted it; without it nothing is waited for.
    pub sound_settles: Option<Arc<SoundSettles>>,
}

/// Waits until what is heard on the lines is as the rules have wanted it.
pub type SoundSettles = dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Where recordings of calls are.
#[derive(Clone)]
pub struct RecordingsConfig {
    /// The folder that has one folder for each recording.
    pub folder: PathBuf,
    /// Writes what a party of a recording heard: the recording's folder, the party's number, the file to write.
    /// A party who is not there is [`std::io::ErrorKind::NotFound`].
    pub render: Arc<Render>,
}

/// Renders a recording as one of its parties heard it.
pub type Render = dyn Fn(&Path, u8, &Path) -> std::io::Result<()> + Send + Sync;

/// Where the certificate is.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// What one connection, and one request on it, may cost.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Connections at a time. Default: 20,000.
    pub max_connections: usize,
    /// Connections of one address at a time; a proxy that is trusted has no such limit. Default: 4,096, as a
    /// whole contact center may sit behind one.
    pub max_connections_per_address: usize,
    /// Longest time for the headers of a request, from its first byte. Default: 10 s.
    pub header_timeout: Duration,
    /// Longest time for a body, from the end of the headers. Default: 15 s.
    pub body_timeout: Duration,
    /// Longest time that a client may leave an answer unread. Default: 30 s.
    pub write_timeout: Duration,
    /// Longest time without a request. Exceeds the time that connects are held. Default: 90 s.
    pub idle_timeout: Duration,
    /// Longest time for the encryption handshake. Default: 10 s.
    pub tls_timeout: Duration,
    /// Longest body of a request. Default: 1 MiB.
    pub max_body_bytes: usize,
    /// Longest file that is imported. Holds a full suppression list with short reasons. Default: 16 MiB.
    pub max_import_bytes: usize,
    /// Room for the bodies of all requests that are being received. Default: 256 MiB.
    pub max_bodies_bytes: usize,
    /// Longest head of a request. Default and least: 16 KiB.
    pub max_head_bytes: usize,
    /// Most headers of a request. Default: 64.
    pub max_headers: usize,
    /// Requests side by side on one HTTP/2 connection. Default: 64.
    pub max_streams: u32,
    /// Longest time that running requests get when the server stops. Default: 10 s.
    pub shutdown_timeout: Duration,
}

/// What customers may do from one address.
#[derive(Debug, Clone)]
pub struct VisitorLimits {
    /// New chats in a minute. Default: 30.
    pub new_chats_per_minute: u32,
    /// Requests in a second; five times as many at once. Default: 50.
    pub requests_per_second: u32,
    /// Addresses that are counted; beyond it those seen least recently are forgotten. Default: 10,000.
    pub max_addresses: usize,
}

/// Passwords, cookies, and how long they are good for.
#[derive(Debug, Clone)]
pub struct SignInConfig {
    /// Longest time without a request before a session ends. Default: 1,800 s.
    pub idle_timeout: Duration,
    /// Longest life of a session. Default: 24 h.
    pub absolute_timeout: Duration,
    /// Shortest time between two cookies of one session. Default: 5 min.
    pub cookie_renewal: Duration,
    /// Sessions kept in memory. One that is not comes back by its cookie. Default: 100,000.
    pub max_sessions: usize,
    /// Sessions of one user. Beyond it those without a returning cookie make room, then the idlest. Default: 32.
    pub max_sessions_per_user: usize,
    /// Signed-out sessions that are remembered until their cookies expire. Default: 100,000.
    pub max_ended_sessions: usize,
    /// Whether changes by cookie alone must carry the CSRF token. Default: yes.
    pub csrf_protection: bool,
    /// Passwords that are verified at a time; each takes 19 MiB and a core. Default: 2.
    pub max_verifications: usize,
    /// Passwords that wait for verification. Default: 256.
    pub max_waiting_verifications: usize,
    /// Longest wait for verification. Default: 10 s.
    pub verification_timeout: Duration,
    /// How long verified credentials need not be verified again. Default: 5 min.
    pub credential_lifetime: Duration,
    /// Verified credentials that are remembered. Default: 20,000.
    pub max_credentials: usize,
    /// Failed sign-ins by one user name before it has to wait. Default: 10.
    pub max_failures_per_user: u32,
    /// Failed sign-ins from one address before it has to wait. Default: 100.
    pub max_failures_per_address: u32,
    /// Time after which one failed sign-in of a user name is forgotten. Default: 30 s.
    pub failure_lifetime_per_user: Duration,
    /// Time after which one failed sign-in from an address is forgotten. Default: 3 s.
    pub failure_lifetime_per_address: Duration,
    /// User names and addresses with failures that are counted. Default: 10,000 each.
    pub max_failing: usize,
    /// Contact centers that are searched for a user name that comes without one. Default: 8.
    pub max_centers_by_name: usize,
}

/// Notifications.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// The protocol's own settings.
    pub bayeux: bayeux::Config,
    /// Shares of the sessions that run side by side. Default: one for each core.
    pub shards: usize,
    /// Messages in one request. Default: 64.
    pub max_messages: usize,
    /// Longest message on a socket. Default: 1 MiB.
    pub max_frame_bytes: usize,
    /// Longest time without a frame on a socket. Default: 300 s.
    pub socket_idle_timeout: Duration,
    /// Bytes read at once from a socket; each idle one costs as much. Default: 2 KiB.
    pub socket_buffer_bytes: usize,
    /// Frames that wait for one socket. Default: 256.
    pub max_waiting_frames: usize,
}

/// Where the public API begins.
const API_PREFIX: &str = "/api/v2";

impl Default for Config {
    fn default() -> Config {
        Config {
            public_url: "http://127.0.0.1:8090".to_owned(),
            tls: None,
            allowed_origins: Vec::new(),
            trust_forwarded_for: false,
            connections: ConnectionLimits::default(),
            visitors: VisitorLimits::default(),
            sign_in: SignInConfig::default(),
            push: PushConfig::default(),
            telephony: None,
            metrics: None,
        }
    }
}

impl Config {
    /// The defaults for a server that listens on `address` without encryption.
    #[must_use]
    pub fn at(address: SocketAddr) -> Config {
        Config { public_url: format!("http://{address}"), ..Config::default() }
    }

    /// What stands before the path of every `uri` in answers.
    pub(crate) fn base(&self) -> Arc<str> {
        let host = self.public_url.trim_end_matches('/').trim_end_matches(API_PREFIX);
        format!("{host}{API_PREFIX}").into()
    }

    /// The limits of connections; all of a proxy's come from one address.
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        let mut limits = self.connections.clone();
        if self.trust_forwarded_for {
            limits.max_connections_per_address = limits.max_connections;
        }
        limits
    }

    /// Whether browsers reach this server by an encrypted connection.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some() || self.public_url.starts_with("https://")
    }
}

impl Default for ConnectionLimits {
    fn default() -> ConnectionLimits {
        ConnectionLimits {
            max_connections: 20_000,
            max_connections_per_address: 4_096,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(90),
            tls_timeout: Duration::from_secs(10),
            max_body_bytes: 1 << 20,
            max_import_bytes: 16 << 20,
            max_bodies_bytes: 256 << 20,
            max_head_bytes: 16 << 10,
            max_headers: 64,
            max_streams: 64,
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

impl Default for VisitorLimits {
    fn default() -> VisitorLimits {
        VisitorLimits { new_chats_per_minute: 30, requests_per_second: 50, max_addresses: 10_000 }
    }
}

impl Default for SignInConfig {
    fn default() -> SignInConfig {
        SignInConfig {
            idle_timeout: Duration::from_secs(1_800),
            absolute_timeout: Duration::from_secs(24 * 3_600),
            cookie_renewal: Duration::from_secs(300),
            max_sessions: 100_000,
            max_sessions_per_user: 32,
            max_ended_sessions: 100_000,
            csrf_protection: true,
            max_verifications: 2,
            max_waiting_verifications: 256,
            verification_timeout: Duration::from_secs(10),
            credential_lifetime: Duration::from_secs(300),
            max_credentials: 20_000,
            max_failures_per_user: 10,
            max_failures_per_address: 100,
            failure_lifetime_per_user: Duration::from_secs(30),
            failure_lifetime_per_address: Duration::from_secs(3),
            max_failing: 10_000,
            max_centers_by_name: 8,
        }
    }
}

impl Default for PushConfig {
    fn default() -> PushConfig {
        let bayeux = bayeux::Config {
            connection_types: vec![
                bayeux::ConnectionType::WebSocket,
                bayeux::ConnectionType::LongPolling,
                bayeux::ConnectionType::CallbackPolling,
            ],
            ..bayeux::Config::default()
        };
        PushConfig {
            bayeux,
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            max_messages: bayeux::MAX_MESSAGES_PER_REQUEST,
            max_frame_bytes: 1 << 20,
            socket_idle_timeout: Duration::from_secs(300),
            socket_buffer_bytes: 2 << 10,
            max_waiting_frames: 256,
        }
    }
}
