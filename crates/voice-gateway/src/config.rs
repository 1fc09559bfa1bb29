//! Everything about telephony that can be set.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use contact_center::ContactCenterId;
pub use media::sounds::TonePlan;
pub use sip::Transport;
pub use sip::digest::Algorithm;
pub use sip::sdp::Codec;

use crate::switchboard::dial_plan::{Dialing, Route};
use crate::transport::{Certificate, Limits, Listener};

/// Most trunks of one server.
pub const MOST_TRUNKS: usize = 100;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whose telephones these are; else those of the first contact center.
    pub contact_center: Option<ContactCenterId>,
    /// Where SIP is spoken; without any there are no telephones.
    pub listeners: Vec<Listener>,
    /// The certificate for TLS.
    pub certificate: Option<Certificate>,
    /// What is borne of whom.
    pub limits: Limits,
    /// The address that telephones are told, for SIP and for RTP; else the one that is listened on.
    pub advertised: Option<IpAddr>,
    /// The realm of passwords, as phones show it.
    pub realm: String,
    /// The digests of passwords that are offered, the preferred first. Phones that know nothing of SHA-256 may give up when
    /// they see it.
    pub digests: Vec<Algorithm>,
    /// The codecs, the dearest first.
    pub codecs: Vec<Codec>,
    /// How much sound is in a packet, in milliseconds.
    pub packet_ms: u16,
    /// Whether sound of phones that speak TLS is encrypted.
    pub srtp: Srtp,
    /// The lowest RTP port.
    pub first_rtp_port: u16,
    /// The highest RTP port.
    pub last_rtp_port: u16,
    /// How many threads carry sound; else one for two cores.
    pub media_threads: Option<usize>,
    /// How long a line may be silent until it counts as gone.
    pub rtp_timeout: Duration,
    /// The folder of recordings; without it there are none.
    pub recordings: Option<PathBuf>,
    /// The music of calls that are put aside, WAV; else a melody that needs no file.
    pub hold_music: Option<PathBuf>,
    /// What ringing sounds like.
    pub tones: TonePlan,
    /// Most lines at a time.
    pub most_lines: usize,
    /// Most lines at a time that come from one address that is no trunk.
    pub most_lines_per_source: usize,
    /// Most phones of one device.
    pub most_phones_per_device: usize,
    /// Most phones in all.
    pub most_phones: usize,
    /// The shortest time for which a phone may register.
    pub least_registration: Duration,
    /// The longest.
    pub most_registration: Duration,
    /// The ways outside.
    pub trunks: Vec<Trunk>,
    /// What numbers mean that are dialled over trunks; without any rule each means itself.
    pub routes: Vec<Route>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            contact_center: None,
            listeners: Vec::new(),
            certificate: None,
            limits: Limits::default(),
            advertised: None,
            realm: "souffleur".to_owned(),
            digests: vec![Algorithm::Md5],
            codecs: vec![Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus],
            packet_ms: 20,
            srtp: Srtp::Optional,
            first_rtp_port: 16_384,
            last_rtp_port: 32_767,
            media_threads: None,
            rtp_timeout: Duration::from_secs(30),
            recordings: None,
            hold_music: None,
            tones: TonePlan::Europe,
            most_lines: 20_000,
            most_lines_per_source: 200,
            most_phones_per_device: 5,
            most_phones: 100_000,
            least_registration: Duration::from_secs(60),
            most_registration: Duration::from_secs(3_600),
            trunks: Vec::new(),
            routes: Vec::new(),
        }
    }
}

/// Whether sound is encrypted with keys in the description (RFC 4568). Keys travel over TLS alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Srtp {
    /// Never.
    Off,
    /// If a phone offers it.
    Optional,
    /// Always, for phones and trunks that speak TLS.
    Required,
}

/// A way outside.
#[derive(Debug, Clone)]
pub struct Trunk {
    /// Its name in routes, logs and metrics.
    pub name: String,
    /// Where it is: a name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it speaks.
    pub transport: Transport,
    /// The certificates that its own must come from, PEM; else those that the system trusts. For TLS.
    pub authorities: Option<PathBuf>,
    /// The name in its certificate; else its host. For TLS.
    pub server_name: Option<String>,
    /// The domain in addresses; else its host.
    pub domain: Option<String>,
    /// Who we are to it, and the password; for what it asks of us, and for what we ask of it.
    pub account: Option<Account>,
    /// Whether we register there.
    pub registers: bool,
    /// For how long we register.
    pub registration: Duration,
    /// Whether its calls have to show the account's password, or it is known by where they come from.
    pub proves_itself: bool,
    /// Further addresses that its calls come from.
    pub sources: Vec<IpAddr>,
    /// Whether it sits behind a translator of addresses.
    pub is_behind_nat: bool,
    /// Which numbers go out over it, and how.
    pub dialing: Dialing,
    /// The number that it shows to whoever is called; else the caller's own.
    pub caller: Option<String>,
}

impl Trunk {
    /// What suits most, known by its address.
    pub fn new(name: &str, host: &str) -> Trunk {
        Trunk {
            name: name.to_owned(),
            host: host.to_owned(),
            port: 5060,
            transport: Transport::Udp,
            authorities: None,
            server_name: None,
            domain: None,
            account: None,
            registers: false,
            registration: Duration::from_secs(600),
            proves_itself: false,
            sources: Vec::new(),
            is_behind_nat: false,
            dialing: Dialing::default(),
            caller: None,
        }
    }

    /// The domain in addresses.
    pub(crate) fn domain(&self) -> &str {
        self.domain.as_deref().unwrap_or(&self.host)
    }
}

/// Who we are to a trunk.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}
