//! The telephones of the demo: where the server speaks SIP, and simulated phones, which know it by SIP and RTP alone. Customers call
//! over a trunk that is known by its address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use test_kit::phone::{Answering, Phone, PhoneConfig, PhoneVoice};

use crate::failure::Failure;

/// The number that customers call.
pub const NUMBER: &str = "800";
/// The people who have a telephone, and its number, which is also the name that it signs in with. The password is the person's own.
pub const DEVICES: [(&str, &str); 2] = [("sam", "5005"), ("anna", "7101")];
/// Where customers call from.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Where phones expect a server.
const USUAL_PORT: u16 = 5060;
/// Ports for sound: as many as a few calls need.
const SOUND_PORTS: u16 = 200;
/// Blocks of them, one for each demo that may run on this machine.
const BLOCKS: u32 = 100;
const FIRST_SOUND_PORT: u16 = 20_000;
/// How long a simulated phone rings.
const RINGS_FOR: Duration = Duration::from_millis(400);

/// Somebody's voice: how high it is, and the hum by which it is recognized; nobody can hear that.
struct OwnVoice {
    name: &'static str,
    pitch_hz: f32,
    hum_hz: f32,
}

const VOICES: [OwnVoice; 3] = [
    OwnVoice { name: "sam", pitch_hz: 120.0, hum_hz: 30.0 },
    OwnVoice { name: "anna", pitch_hz: 210.0, hum_hz: 50.0 },
    OwnVoice { name: "", pitch_hz: 180.0, hum_hz: 70.0 },
];

/// Where the server speaks SIP.
#[derive(Clone, Copy)]
pub struct Telephones {
    /// The address for UDP and TCP.
    pub address: SocketAddr,
}

impl Telephones {
    /// On the usual port, or on a free one if somebody has that.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> Result<Telephones, Failure> {
        let free = |port: u16| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
            let address = socket.local_addr()?;
            TcpListener::bind(address).map(|_| address)
        };
        let address = free(USUAL_PORT).or_else(|_| free(0));
        let address = address.map_err(|error| Failure::Demo(format!("no port for telephones: {error}")))?;
        Ok(Telephones { address })
    }

    /// What stands about them in the server's configuration file.
    pub fn section(&self) -> String {
        let block = u16::try_from(std::process::id() % BLOCKS).unwrap_or(0);
        let first = FIRST_SOUND_PORT + block * SOUND_PORTS;
        format!(
            "[voice]\nudp = [\"{0}\"]\ntcp = [\"{0}\"]\nfirst_rtp_port = {first}\nlast_rtp_port = {1}\n\
             [[voice.trunk]]\nname = \"city\"\nhost = \"{OUTSIDE}\"\nport = {USUAL_PORT}\n",
            self.address,
            first + SOUND_PORTS - 1
        )
    }

    /// Somebody's phone, which says nothing yet; a customer's if nobody at a desk has this name.
    ///
    /// # Errors
    /// There is no port for it.
    pub async fn phone(&self, name: &str, number: &str, password: Option<String>) -> Result<Phone, Failure> {
        let voice = &VOICES[place(name)];
        let host = if password.is_some() { Ipv4Addr::LOCALHOST.into() } else { OUTSIDE };
        let config = PhoneConfig {
            password,
            host,
            voice: PhoneVoice::Speech { pitch_hz: voice.pitch_hz, hum_hz: voice.hum_hz },
            answering: Answering::After(RINGS_FOR),
            hums: VOICES.iter().map(|voice| voice.hum_hz).collect(),
            ..PhoneConfig::new(self.address, number)
        };
        let phone = Phone::start(config).await;
        let phone = phone.map_err(|error| Failure::Demo(format!("no phone for {name}: {error}")))?;
        phone.speak(false);
        Ok(phone)
    }
}

/// The place of somebody's hum among those that phones listen for; customers come last.
pub fn place(name: &str) -> usize {
    VOICES.iter().position(|voice| voice.name == name).unwrap_or(VOICES.len() - 1)
}
