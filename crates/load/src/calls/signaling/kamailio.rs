//! Kamailio as a relay that keeps its transactions: Debian's package, with one worker and a configuration of its own in
//! a folder that goes with it.
//!
//! It puts itself into no route and looks nothing up, so that what it does for a call is the least that it can do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::LoadError;
use crate::process::{Running, ServerCommand};

const PROGRAM: &str = "/usr/sbin/kamailio";
const MODULES: &str = "/usr/lib/x86_64-linux-gnu/kamailio/modules/";
/// For transactions, which stay for some seconds; its usual 64 MB are too few.
const SHARED_MB: &str = "512";

/// A running Kamailio.
pub struct Kamailio {
    running: Running,
    folder: PathBuf,
}

/// Whether Debian's package is installed.
pub fn is_installed() -> bool {
    Path::new(PROGRAM).exists()
}

impl Kamailio {
    /// Starts it on one core.
    pub fn start(address: SocketAddr, next: SocketAddr, core: Option<usize>) -> Result<Kamailio, LoadError> {
        let folder = std::env::temp_dir().join(format!("souffleur-kamailio-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, configuration(address, next))?;
        // If this process is killed, the first of its processes has to end the others.
        let arguments =
            ["--pdeathsig", "TERM", PROGRAM, "-DD", "-E", "-m", SHARED_MB, "-f", &file.to_string_lossy()];
        let running = Running::start(&ServerCommand::new("setpriv", &arguments), core, Stdio::null())?;
        Ok(Kamailio { running, folder })
    }

    /// The first of its processes.
    pub fn running(&self) -> &Running {
        &self.running
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        self.running.end_by_request();
        // What can't be removed is a few lines in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn configuration(address: SocketAddr, next: SocketAddr) -> String {
    let (host, port) = (next.ip(), next.port());
    format!(
        r#"debug=-1
children=1
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
maxbuffer=4194304
listen=udp:{address}
mpath="{MODULES}"
loadmodule "tm.so"

request_route {{
    if (method == "ACK") {{
        forward("{host}", {port});
        exit;
    }}
    t_relay_to_udp("{host}", "{port}");
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_one_worker_on_loopback_and_keeps_transactions() {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let text = configuration(local(5060), local(5070));
        for line in
            ["children=1", "listen=udp:127.0.0.1:5060", "    t_relay_to_udp(\"127.0.0.1\", \"5070\");"]
        {
            assert!(text.lines().any(|it| it == line), "{line}:\n{text}");
        }
    }
}
