//! Kannel as a relay between HTTP and SMPP: `bearerbox` and `smsbox` of Debian's package, on loopback, with a
//! configuration of their own in a folder that goes with them.
//!
//! Nothing is kept on disk and nothing is logged: the fastest that Kannel offers.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::LoadError;
use crate::process::{Running, ServerCommand};
use crate::texts::exchange::{Exchange, wait};

const BEARERBOX: &str = "/usr/sbin/bearerbox";
const SMSBOX: &str = "/usr/sbin/smsbox";
const NAME: &str = "load";
const PASSWORD: &str = "load-kannel-1";

/// A running pair of boxes.
pub struct Kannel {
    // In this order: a box whose peer is gone only retries.
    smsbox: Running,
    bearerbox: Running,
    /// Where texts are posted.
    pub sendsms: SocketAddr,
    folder: PathBuf,
}

/// What a pair of boxes is told.
pub struct Setting {
    pub carrier: SocketAddr,
    /// Where texts are handed on to.
    pub hook: SocketAddr,
    /// Texts at the carrier without an answer, on each bind.
    pub window: usize,
    /// Binds to the carrier.
    pub binds: usize,
}

/// Whether Debian's package is installed.
pub fn is_installed() -> bool {
    [BEARERBOX, SMSBOX].iter().all(|program| Path::new(program).exists())
}

/// The path of a request that sends a text; number and text are already fit for a URL.
pub fn send_path(to: &str, text: &str) -> String {
    format!("/cgi-bin/sendsms?username={NAME}&password={PASSWORD}&from=4930000000&to={to}&text={text}")
}

impl Kannel {
    /// Starts both boxes on one core, and waits until the carrier is bound and texts can be posted.
    pub fn start(
        setting: &Setting,
        exchange: &mut Exchange,
        core: Option<usize>,
    ) -> Result<Kannel, LoadError> {
        let ports = free_ports()?;
        let folder = std::env::temp_dir().join(format!("souffleur-kannel-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("kannel.conf");
        std::fs::write(&file, configuration(setting, ports))?;
        let start = |program: &str| {
            let command = ServerCommand::new(program, &["-v", "4", &file.to_string_lossy()]);
            Running::start(&command, core, Stdio::null())
        };
        let binds = exchange.tally.binds + setting.binds as u64;
        let bearerbox = start(BEARERBOX)?;
        wait(exchange, "Kannel's bind", |exchange| exchange.tally.binds >= binds)?;
        let smsbox = start(SMSBOX)?;
        let sendsms = SocketAddr::from(([127, 0, 0, 1], ports[2]));
        wait(exchange, "Kannel's HTTP port", |_| TcpStream::connect(sendsms).is_ok())?;
        Ok(Kannel { smsbox, bearerbox, sendsms, folder })
    }

    /// The processes.
    pub fn running(&self) -> [&Running; 2] {
        [&self.bearerbox, &self.smsbox]
    }
}

impl Drop for Kannel {
    fn drop(&mut self) {
        // What can't be removed is a few lines in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ports for Kannel's administration, its inner connection, and its HTTP service.
fn free_ports() -> Result<[u16; 3], LoadError> {
    // All are held until the last is found, so that they differ.
    let held = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(held) {
        *port = listener?.local_addr()?.port();
    }
    Ok(ports)
}

fn configuration(setting: &Setting, [admin, inner, sendsms]: [u16; 3]) -> String {
    let mut text = format!(
        r#"group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {PASSWORD}
smsbox-port = {inner}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
"#
    );
    let Setting { carrier, hook, window, binds } = setting;
    for bind in 0..*binds {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            r#"
group = smsc
smsc = smpp
smsc-id = carrier-{bind}
host = {}
port = {}
transceiver-mode = true
smsc-username = {NAME}
smsc-password = {NAME}
system-type = ""
address-range = ""
max-pending-submits = {window}
"#,
            carrier.ip(),
            carrier.port(),
        );
    }
    let _ = write!(
        text,
        r#"
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {inner}
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {NAME}
password = {PASSWORD}
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
omit-empty = true
get-url = "http://{hook}/text?from=%p&to=%P&text=%b"
"#
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_of_the_configuration_is_on_loopback() {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let setting = Setting { carrier: local(2775), hook: local(80), window: 50, binds: 2 };
        let text = configuration(&setting, [1, 2, 3]);
        for line in ["admin-interface", "smsbox-interface", "sendsms-interface", "bearerbox-host"] {
            assert!(text.contains(&format!("{line} = 127.0.0.1\n")), "{line}:\n{text}");
        }
        assert_eq!(text.matches("max-pending-submits = 50").count(), 2, "{text}");
        assert!(text.contains("get-url = \"http://127.0.0.1:80/text?from=%p&to=%P&text=%b\""), "{text}");
    }
}
