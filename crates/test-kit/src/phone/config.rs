//! What a simulated phone is like.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use media::codec::Codec;

/// What a phone is like.
#[derive(Debug, Clone)]
pub struct PhoneConfig {
    /// Where its SIP goes.
    pub server: SocketAddr,
    /// Its number, which is also the name it signs in with.
    pub number: String,
    /// The password; none for a phone beyond a trunk.
    pub password: Option<String>,
    /// What stands behind the `@` in addresses; else the server's address.
    pub domain: Option<String>,
    /// Its own address.
    pub host: IpAddr,
    /// Its own port for SIP; 0 for any.
    pub port: u16,
    /// What it codes sound by, the dearest first.
    pub codecs: Vec<Codec>,
    /// What it says.
    pub voice: PhoneVoice,
    /// How it deals with calls that come in.
    pub answering: Answering,
    /// The tones that it listens for, in Hz; 150 Hz from each other or more, at most [`media::tone::MAX_TONES`].
    pub tones: Vec<f32>,
    /// The hums that it listens for, in Hz; 20 Hz from each other, at most 8.
    pub hums: Vec<f32>,
}

/// What a phone says, as long as it speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PhoneVoice {
    /// A tone of so many Hz.
    Tone(f32),
    /// Syllables without meaning.
    Speech {
        /// How high, in Hz: 120 to 300.
        pitch_hz: f32,
        /// A tone below all voices, too low to be heard by people, by which this one is recognized in whatever it is mixed with; 30
        /// to 70 Hz.
        hum_hz: f32,
    },
    /// Nothing; packets are sent all the same.
    Silent,
}

/// How a phone deals with calls that come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// It takes them by itself after ringing for so long.
    After(Duration),
    /// It rings until it is told to answer, or for ever.
    OnOrder,
    /// It turns them away with this status.
    Refuse(u16),
}

impl PhoneConfig {
    /// A phone on loopback that says nothing, answers on order, and needs no password.
    #[must_use]
    pub fn new(server: SocketAddr, number: &str) -> PhoneConfig {
        PhoneConfig {
            server,
            number: number.to_owned(),
            password: None,
            domain: None,
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            voice: PhoneVoice::Silent,
            answering: Answering::OnOrder,
            tones: Vec::new(),
            hums: Vec::new(),
        }
    }

    /// The domain in addresses.
    pub(super) fn domain(&self) -> String {
        self.domain.clone().unwrap_or_else(|| self.server.to_string())
    }
}
