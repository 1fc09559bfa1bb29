//! SIPp: an exchange of SIP messages from a file in `clients/sipp`, with RTP that speaks a tone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use test_kit::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

use super::Wire;
use super::capture::to_mu_law;
use super::ports::Ports;
use super::tones::{Tone, tone_samples};

/// SIPp gives up by itself after this, in seconds.
const SCENARIO_DEADLINE_SECONDS: u64 = 25;
const TONE_SECONDS: u32 = 20;
/// How often a new SIPp is looked for in the table of sockets, in milliseconds.
const LOOK_EVERY_MS: u64 = 10;
const MEDIA_PORTS: u16 = 8;

/// What SIPp shall play, and with whom.
#[derive(Debug, Clone)]
pub struct Scenario<'a> {
    /// The file's name without `.xml`.
    pub name: &'a str,
    /// Who is called or registered: the user part of the request's URI.
    pub service: &'a str,
    /// Who calls: the user part of `From` and `Contact`.
    pub caller: &'a str,
    /// Each `<pause/>` of the file.
    pub pause_ms: u64,
    /// Its own address, of this machine.
    pub host: Ipv4Addr,
    /// Where requests go; nowhere, if it waits for calls.
    pub target: Option<SocketAddr>,
    pub wire: Wire,
    pub tone: Tone,
    /// User and password for digests.
    pub login: Option<(&'a str, &'a str)>,
    /// Values for `[name]` in the file.
    pub keys: &'a [(&'a str, &'a str)],
    pub calls: u32,
}

impl<'a> Scenario<'a> {
    /// One call over UDP.
    pub fn new(name: &'a str, tone: Tone) -> Scenario<'a> {
        Scenario {
            name,
            service: "service",
            caller: "sipp",
            pause_ms: 600,
            host: Ipv4Addr::LOCALHOST,
            target: None,
            wire: Wire::Udp,
            tone,
            login: None,
            keys: &[],
            calls: 1,
        }
    }
}

/// A running SIPp, killed when dropped.
pub struct Sipp {
    child: Child,
    name: String,
    directory: TempDir,
    host: Ipv4Addr,
    /// Where it listens for SIP.
    pub port: u16,
    /// Where it listens for the first call's RTP.
    pub media: u16,
}

impl Sipp {
    /// Starts one; it listens when this returns.
    pub async fn start(ports: &Ports, scenario: &Scenario<'_>) -> Sipp {
        let directory = TempDir::new("sipp");
        let tone: Vec<u8> = tone_samples(scenario.tone, 8_000, TONE_SECONDS).map(to_mu_law).collect();
        std::fs::write(directory.path().join("tone.ulaw"), tone).expect("a tone can be written");
        let (port, media) = (ports.signaling(1), ports.media(MEDIA_PORTS));
        let (mut command, host) = (Command::new("sipp"), scenario.host.to_string());
        if let Some(target) = scenario.target {
            command.arg(target.to_string());
        }
        let transport = if scenario.wire == Wire::Udp { "u1" } else { "t1" };
        command.arg("-sf").arg(clients().join(format!("{}.xml", scenario.name)));
        command.args(["-t", transport, "-i", &host, "-bind_local", "-mi", &host, "-nostdin", "-aa"]);
        command.args(["-p", &port.to_string(), "-s", scenario.service, "-m", &scenario.calls.to_string()]);
        command.args(["-mp", &media.to_string()]);
        command.args(["-timeout", &SCENARIO_DEADLINE_SECONDS.to_string(), "-timeout_error"]);
        command.args(["-trace_err", "-error_file", "errors", "-trace_msg", "-message_file", "messages"]);
        if let Some((user, password)) = scenario.login {
            command.args(["-au", user, "-ap", password]);
        }
        command.args(["-d", &scenario.pause_ms.to_string(), "-key", "caller", scenario.caller]);
        for (name, value) in scenario.keys {
            command.args(["-key", name, value]);
        }
        let child = command
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(directory.path().join("stderr")).expect("a file"))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("sipp can't be started (apt install sip-tester): {error}"));
        let sipp =
            Sipp { child, name: scenario.name.to_owned(), directory, host: scenario.host, port, media };
        sipp.listens(scenario.wire).await;
        sipp
    }

    /// Its own address, for calls without a server.
    pub fn uri(&self) -> String {
        format!("sip:sipp@{}:{}", self.host, self.port)
    }

    /// Waits until the scenario is over, and was played as written.
    pub async fn succeeds(mut self) {
        let deadline = Duration::from_secs(SCENARIO_DEADLINE_SECONDS * 2);
        let status = timeout(deadline, self.child.wait()).await.expect("SIPp ends").expect("SIPp ran");
        assert!(status.success(), "{}", self.story(&format!("ended with {status}")));
    }

    /// All messages that it sent and got, and its complaints.
    fn story(&self, end: &str) -> String {
        let read = |name| std::fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
        format!("sipp {} {end}\n{}{}\n{}", self.name, read("stderr"), read("errors"), read("messages"))
    }

    /// A caller over TCP opens its socket when it calls, and has nothing to wait for.
    async fn listens(&self, wire: Wire) {
        if wire != Wire::Udp {
            return;
        }
        let local = format!(":{:04X} ", self.port);
        let mut look = interval(Duration::from_millis(LOOK_EVERY_MS));
        let looking = async {
            loop {
                look.tick().await;
                let table = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
                if table.contains(&local) {
                    return;
                }
            }
        };
        let found = timeout(Duration::from_secs(SCENARIO_DEADLINE_SECONDS), looking).await;
        assert!(found.is_ok(), "{}", self.story("did not listen"));
    }
}

fn clients() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients").join("sipp")
}
