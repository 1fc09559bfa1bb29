//! Telephones and trunks: SIP and RTP sockets.
//!
//! The rules say which telephone is rung, answered and sent away, and who hears whom; this gateway makes it so, and
//! reports what telephones do. Nothing is decided here that one of the rules could decide.
//!
//! `transport` has the sockets of SIP, `media` those of RTP and the threads that serve them, `switchboard` the one task
//! that knows all lines.

mod clock;
mod config;
pub mod media;
mod random;
mod switchboard;
mod tasks;
mod transport;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use engine::Engine;
use parking_lot::Mutex;
use tokio::sync::watch;

pub use config::{Account, Algorithm, Codec, Config, MOST_TRUNKS, Srtp, TonePlan, Transport, Trunk};
pub use switchboard::dial_plan::{Dialing, MOST_ROUTES, Route};
pub use switchboard::{Status, TrunkError, TrunkStatus};
pub use transport::{Certificate, Limits, Listener, MOST_LISTENERS, OpenError, TlsError};

use crate::media::{Media, MediaAddress, MediaConfig, MediaStartError, Sounds};
use switchboard::{Ear, Parts, Switchboard, Trunks};
use tasks::Task;
use transport::Transports;

/// How long until it is asked again whether a contact center was founded meanwhile.
const FOUNDING_PAUSE: Duration = Duration::from_millis(200);
/// How long taking leave of all phones may last.
const LEAVE: Duration = Duration::from_secs(6);
/// The longest file of music.
const MOST_MUSIC_BYTES: u64 = 64 << 20;

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A socket or the certificate.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// RTP.
    #[error(transparent)]
    Media(#[from] MediaStartError),
    /// A trunk cannot be trusted.
    #[error(transparent)]
    Trunk(#[from] TrunkError),
    /// The music.
    #[error("music {path}: {complaint}")]
    Music {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        complaint: String,
    },
    /// A socket listens on every address, and none could be found to tell phones.
    #[error("no address to tell phones could be found: name one")]
    NoAddress,
}

/// All telephones and trunks. Dropped, calls end at once, as if the process did.
pub struct Gateway {
    work: Task,
    stop: watch::Sender<bool>,
    listeners: Vec<Listener>,
    status: Arc<Mutex<Status>>,
    ear: Arc<Ear>,
}

/// Says when what is heard on the lines is as the rules have wanted it.
#[derive(Clone)]
pub struct SoundCheck(Arc<Ear>);

impl SoundCheck {
    /// Waits until all that the contact center has announced up to now is carried out: who is not to be heard any more is
    /// not heard in any packet that leaves after this.
    pub async fn settled(&self) {
        // Nobody who could tell: then nobody who carries sound either.
        drop(self.0.when_done().await);
    }
}

impl Gateway {
    /// Opens all sockets; phones are served as soon as there is a contact center. To be called in a runtime.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn start(engine: &Engine, bus: &dyn Bus, config: Config) -> Result<Gateway, StartError> {
        let sources = config.trunks.iter().flat_map(|trunk| trunk.sources.iter().copied());
        let sockets = transport::Config {
            listeners: config.listeners.clone(),
            certificate: config.certificate.clone(),
            limits: config.limits.clone(),
            trusted: sources.collect(),
        };
        let transports = Transports::open(&sockets).await?;
        let bound = transports.addresses();
        let listeners = advertised(&bound, config.advertised)?;
        let trunks = Trunks::new(&config.trunks, listeners.clone(), clock::now())?;
        let (media, media_events) = Media::start(media_config(&config, &listeners, &bound)?)?;
        let ear = Arc::new(Ear::default());
        bus.subscribe(Arc::clone(&ear) as Arc<dyn bus::Listener>);
        let status = Arc::new(Mutex::new(Status::default()));
        let (stop, stopping) = watch::channel(false);
        let parts = Parts {
            config: Arc::new(config),
            transports,
            listeners,
            trunks,
            media,
            media_events,
            ear: Arc::clone(&ear),
            status: Arc::clone(&status),
        };
        let work = Task::start(serve(engine.clone(), parts, stopping));
        Ok(Gateway { work, stop, listeners: bound, status, ear })
    }

    /// Where SIP is spoken, in the order of the configuration; ports that were left open are chosen.
    pub fn addresses(&self) -> &[Listener] {
        &self.listeners
    }

    /// To wait for what is heard.
    pub fn sound_check(&self) -> SoundCheck {
        SoundCheck(Arc::clone(&self.ear))
    }

    /// How lines, phones and trunks stand.
    pub fn status(&self) -> Status {
        self.status.lock().clone()
    }

    /// Takes leave of all phones: calls end, and the contact center knows.
    pub async fn shut_down(self) {
        self.stop.send_replace(true);
        let until = clock::now() + LEAVE;
        match tokio::time::timeout_at(until.into(), self.work.ended()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the switchboard had ended by a bug"),
            Err(_) => tracing::warn!("calls would not end"),
        }
    }
}

/// Runs the switchboard once there is a contact center.
async fn serve(engine: Engine, parts: Parts, mut stop: watch::Receiver<bool>) {
    let wanted = parts.config.contact_center;
    let find = || wanted.or_else(|| engine.centers().first().copied()).and_then(|id| engine.center(id));
    let center = loop {
        if let Some(center) = find() {
            break center;
        }
        tokio::select! {
            () = clock::wait_until(Some(clock::now() + FOUNDING_PAUSE)) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    };
    Switchboard::new(center, parts).run(stop).await;
}

/// The addresses that others reach our sockets by.
fn advertised(bound: &[Listener], named: Option<IpAddr>) -> Result<Vec<Listener>, StartError> {
    let of = |it: &Listener| {
        let own = it.address.ip();
        let named = named.filter(|named| named.is_ipv4() == own.is_ipv4());
        let ip = match named {
            Some(named) => named,
            None if own.is_unspecified() => outward(own).ok_or(StartError::NoAddress)?,
            None => own,
        };
        Ok(Listener { transport: it.transport, address: SocketAddr::new(ip, it.address.port()) })
    };
    bound.iter().map(of).collect()
}

/// The address from which most of the world is reached. Nothing is sent to find out.
fn outward(any: IpAddr) -> Option<IpAddr> {
    let (far, loopback): (IpAddr, IpAddr) = match any {
        IpAddr::V4(_) => (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(_) => (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(), Ipv6Addr::LOCALHOST.into()),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // Without a way out there is only this machine.
    let found = socket.connect((far, 9)).and_then(|()| socket.local_addr()).map(|it| it.ip());
    Some(found.ok().filter(|it| !it.is_unspecified()).unwrap_or(loopback))
}

fn media_config(
    config: &Config,
    advertised: &[Listener],
    bound: &[Listener],
) -> Result<MediaConfig, StartError> {
    let mut addresses: Vec<MediaAddress> = Vec::new();
    for (told, own) in advertised.iter().zip(bound) {
        let (bind, told) = (own.address.ip(), told.address.ip());
        let address = MediaAddress { bind, announced: (told != bind).then_some(told) };
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let mut sounds = Sounds::built_in(config.tones);
    if let Some(path) = &config.hold_music {
        sounds.hold_music =
            music(path).map_err(|complaint| StartError::Music { path: path.clone(), complaint })?;
    }
    Ok(MediaConfig {
        addresses,
        first_port: config.first_rtp_port,
        last_port: config.last_rtp_port,
        threads: config.media_threads,
        recordings: config.recordings.clone(),
        sounds,
    })
}

fn music(path: &PathBuf) -> Result<::media::sounds::Sound, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MOST_MUSIC_BYTES {
        return Err(format!("more than {MOST_MUSIC_BYTES} bytes are no music for waiting"));
    }
    let file = std::fs::read(path).map_err(|error| error.to_string())?;
    ::media::sounds::Sound::from_wav(&file, ::media::sounds::Repeat::Forever)
        .map_err(|error| error.to_string())
}
