//! The carrier of the demo: simulated, in this process, with a phone for everybody who wants one. The server
//! gets to know it as it would any other carrier, by its configuration.

use std::net::{Ipv4Addr, SocketAddr};

use carrier_simulator::{Account, Config, OwnedNumber, Simulator};

use crate::failure::Failure;

/// The number that customers text. Like all numbers of the demo it is one that the German regulator keeps free for
/// stories.
pub const NUMBER: &str = "+493023125000";
const SYSTEM_ID: &str = "souffleur";
const PASSWORD: &str = "prompter";

/// A carrier at work.
pub struct Carrier(Simulator);

impl Carrier {
    /// Starts it, with its SMPP and its phones on free ports of this machine.
    ///
    /// # Errors
    /// There are none.
    pub async fn open() -> Result<Carrier, Failure> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let account = Account { system_id: SYSTEM_ID.to_owned(), password: PASSWORD.to_owned() };
        let config = Config {
            smpp: free,
            http: Some(free),
            accounts: vec![account],
            numbers: vec![OwnedNumber { number: NUMBER.to_owned(), account: None }],
            ..Config::default()
        };
        Ok(Carrier(Simulator::start(config).await?))
    }

    /// What stands about it in the server's configuration file.
    pub fn section(&self) -> String {
        let address = self.0.smpp_address();
        format!(
            "[[sms.carrier]]\nname = \"simulated\"\nhost = \"{}\"\nport = {}\nsystem_id = \"{SYSTEM_ID}\"\npassword = \
             \"{PASSWORD}\"\n",
            address.ip(),
            address.port()
        )
    }

    /// Where its phones are, for people and programs.
    pub fn phones(&self) -> String {
        self.0.http_address().map_or_else(String::new, |address| format!("http://{address}"))
    }
}
