//! Telephones that others wrote, and what they hear.
//!
//! Each speaks a tone of its own and records every line; `Telephone` is what stories use, whichever program it is.
//! What happens on a telephone comes into its inbox under these names: `registered`, `refused`, `ringing`,
//! `progress`, `established`, `ended`, `digit`, `transferred`.

mod baresip;
pub mod capture;
mod pjsua;
pub mod ports;
pub mod sipp;
pub mod tones;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use test_kit::{DEADLINE_MS, Inbox, TempDir};
use tokio::time::{MissedTickBehavior, interval, timeout};

use baresip::Baresip;
use pjsua::Pjsua;
use ports::Ports;
use tones::{Recording, Tone, describe, hold_exactly, was_heard};

/// How often a growing recording is looked at, in milliseconds.
const LISTEN_EVERY_MS: u64 = 40;
/// Ports for media of one telephone.
const MEDIA_PORTS: u16 = 16;

/// Who wrote the telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    Baresip,
    Pjsua,
}

/// What SIP goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Udp,
    Tcp,
    Tls,
}

impl Wire {
    pub fn name(self) -> &'static str {
        match self {
            Wire::Udp => "udp",
            Wire::Tcp => "tcp",
            Wire::Tls => "tls",
        }
    }
}

/// How voice is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Pcmu,
    Pcma,
    G722,
    /// Baresip only: pjproject's packages come without it.
    Opus,
}

/// When a telephone answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    Always,
    /// If the call asks for it by `Call-Info: …;answer-after=0`. pjsua only.
    Asked,
    Never,
}

/// A telephone as it is bought and configured.
#[derive(Debug, Clone)]
pub struct Setup {
    pub user: String,
    /// Its own address, of this machine. Baresip's media always come from the first, 127.0.0.1.
    pub host: Ipv4Addr,
    /// Registers with it, if there is one.
    pub password: Option<String>,
    /// Where all requests go; without it, straight to whom they are for.
    pub server: Option<SocketAddr>,
    pub wire: Wire,
    /// Who may sign the other side's certificate, as PEM. For TLS.
    pub authority: Option<PathBuf>,
    /// Its own certificate and key, as PEM. For calls by TLS that come without a server.
    pub certificate: Option<(PathBuf, PathBuf)>,
    pub tone: Tone,
    /// The best first.
    pub codecs: Vec<Codec>,
    pub answering: Answering,
    /// Media by SRTP or not at all.
    pub is_encrypted: bool,
}

impl Setup {
    pub fn new(user: &str, tone: Tone) -> Setup {
        Setup {
            user: user.to_owned(),
            host: Ipv4Addr::LOCALHOST,
            password: None,
            server: None,
            wire: Wire::Udp,
            authority: None,
            certificate: None,
            tone,
            codecs: vec![Codec::Pcmu],
            answering: Answering::Never,
            is_encrypted: false,
        }
    }
}

/// A running telephone, ended when dropped.
pub struct Telephone {
    pub setup: Setup,
    pub inbox: Inbox,
    /// Where it listens for SIP.
    pub port: u16,
    /// The first of its ports for media: that of its first call, for pjsua.
    pub media: u16,
    directory: TempDir,
    program: Program,
    ear: Mutex<Ear>,
}

enum Program {
    Baresip(Baresip),
    Pjsua(Pjsua),
}

/// The recordings of the lines, oldest first, and where a story began to listen anew.
#[derive(Default)]
struct Ear {
    recordings: Vec<Recording>,
    line: usize,
    since: usize,
}

impl Telephone {
    /// Starts one; it is ready when this returns, but perhaps not registered yet.
    pub async fn start(make: Make, ports: &Ports, setup: Setup) -> Telephone {
        // Baresip listens for TLS on the port after the one it was told.
        let port = if setup.wire == Wire::Tls { ports.other(2) } else { ports.signaling(2) };
        Telephone::start_at(port, make, ports, setup).await
    }

    /// The same at a port of the test's choice.
    pub async fn start_at(port: u16, make: Make, ports: &Ports, setup: Setup) -> Telephone {
        let directory = TempDir::new("telephone");
        std::fs::create_dir(directory.path().join("heard")).expect("a directory");
        let (media, inbox) = (ports.media(MEDIA_PORTS), Inbox::default());
        let program = match make {
            Make::Baresip => {
                Program::Baresip(Baresip::start(ports, [port, media], &setup, directory.path(), &inbox).await)
            }
            Make::Pjsua => {
                Program::Pjsua(Pjsua::start([port, media], &setup, directory.path(), &inbox).await)
            }
        };
        Telephone { setup, inbox, port, media, directory, program, ear: Mutex::default() }
    }

    /// Its own address, for calls without a server.
    pub fn uri(&self) -> String {
        let parameter = if self.setup.wire == Wire::Udp { "" } else { ";transport=" };
        let wire = if self.setup.wire == Wire::Udp { "" } else { self.setup.wire.name() };
        format!("sip:{}@{}:{}{parameter}{wire}", self.setup.user, self.setup.host, self.port)
    }

    /// Calls somebody. On the newest line, if there are others.
    pub async fn call(&mut self, uri: &str) {
        self.command(json!({"do": "call", "to": uri})).await;
    }

    pub async fn answer(&mut self) {
        self.command(json!({"do": "answer"})).await;
    }

    pub async fn hang_up(&mut self) {
        self.command(json!({"do": "hangUp"})).await;
    }

    /// Refuses a call that rings: busy.
    pub async fn refuse(&mut self) {
        self.command(json!({"do": "refuse"})).await;
    }

    pub async fn hold(&mut self) {
        self.command(json!({"do": "hold"})).await;
    }

    pub async fn resume(&mut self) {
        self.command(json!({"do": "resume"})).await;
    }

    /// Blind transfer, by REFER.
    pub async fn transfer(&mut self, uri: &str) {
        self.command(json!({"do": "transfer", "to": uri})).await;
    }

    /// Attended transfer, by REFER with Replaces: connects who is on these two lines. pjsua only.
    pub async fn connect_lines(&mut self, held: u64, with: u64) {
        self.command(json!({"do": "connectLines", "line": held, "with": with})).await;
    }

    pub async fn send_digits(&mut self, digits: &str) {
        self.command(json!({"do": "digits", "digits": digits})).await;
    }

    /// Its process ends between two of its instructions: nobody is told.
    pub fn kill(&mut self) {
        match &mut self.program {
            Program::Baresip(it) => it.kill(),
            Program::Pjsua(it) => it.kill(),
        }
    }

    /// Whatever else this make can do.
    pub async fn command(&mut self, command: Value) -> Value {
        match &mut self.program {
            Program::Baresip(it) => it.command(&command).await,
            Program::Pjsua(it) => it.command(command).await,
        }
    }

    /// Waits until something happens on it; answers what is told of it.
    pub async fn told(&self, what: &str) -> Value {
        let told = self.inbox.take(&format!("{what} at {}", self.setup.user), |it| it.channel == what).await;
        told.data
    }

    /// Waits for these digits.
    pub async fn gets_digits(&self, digits: &str) {
        for digit in digits.chars() {
            assert_eq!(self.told("digit").await["digit"], json!(digit.to_string()), "of {digits}");
        }
    }

    /// What is heard from now on counts.
    pub fn listen_anew(&self) {
        let mut ear = self.ear.lock();
        self.find_recordings(&mut ear);
        ear.line = ear.recordings.len().saturating_sub(1);
        ear.since = ear.recordings.last_mut().map_or(0, |it| it.frames().len());
    }

    /// Waits until exactly these tones are heard for 300 ms, on the newest line.
    pub async fn hears(&self, tones: &[Tone]) {
        let listening = async {
            let mut ticks = interval(Duration::from_millis(LISTEN_EVERY_MS));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if self.is_heard(|frames| hold_exactly(frames, tones)) {
                    return;
                }
            }
        };
        if timeout(Duration::from_millis(DEADLINE_MS), listening).await.is_err() {
            panic!("{} never heard {tones:?} but {}", self.setup.user, self.everything_heard());
        }
    }

    /// Whether it still records what it hears after it held a call, or was held.
    pub fn records_after_hold(&self) -> bool {
        matches!(self.program, Program::Pjsua(_))
    }

    /// Whether a tone was heard on any line in all its life, be it shortly or faintly.
    pub fn ever_heard(&self, tone: Tone) -> bool {
        let mut ear = self.ear.lock();
        self.find_recordings(&mut ear);
        ear.recordings.iter_mut().any(|it| was_heard(it.frames(), tone))
    }

    /// All that was heard on all lines, for the message of a failed test.
    pub fn everything_heard(&self) -> String {
        let mut ear = self.ear.lock();
        self.find_recordings(&mut ear);
        let lines = ear.recordings.iter_mut().map(|it| describe(it.frames()));
        lines.collect::<Vec<_>>().join(" | ")
    }

    fn is_heard(&self, fits: impl Fn(&[tones::Frame]) -> bool) -> bool {
        let mut ear = self.ear.lock();
        self.find_recordings(&mut ear);
        let (line, since) = (ear.line, ear.since);
        let Some(newest) = ear.recordings.len().checked_sub(1) else { return false };
        let from = if newest == line { since } else { 0 };
        let frames = ear.recordings[newest].frames();
        fits(&frames[from.min(frames.len())..])
    }

    fn find_recordings(&self, ear: &mut Ear) {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(self.heard())
            .expect("the directory of recordings")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(self.ending()))
            .collect();
        paths.sort();
        for path in paths {
            if !ear.recordings.iter().any(|known| known.path == path) {
                ear.recordings.push(Recording::of(&path));
            }
        }
    }

    fn heard(&self) -> PathBuf {
        heard(self.directory.path())
    }

    /// Of the files that hold what was heard. Baresip also writes what was said.
    fn ending(&self) -> &'static str {
        match self.program {
            Program::Baresip(_) => "-dec.wav",
            Program::Pjsua(_) => ".wav",
        }
    }
}

fn heard(directory: &Path) -> PathBuf {
    directory.join("heard")
}
