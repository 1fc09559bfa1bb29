//! SIPp, which plays the telephones, and what it has counted.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::clock::{Clock, as_ns, let_gather};
use crate::error::LoadError;
use crate::process::{Running, ServerCommand};

const PROGRAM: &str = "/usr/bin/sipp";
/// As much as the system gives at most: nothing is to be lost at this end.
const SOCKET_BUFFER_BYTES: &str = "4194304";
/// Messages that it reads before it looks at the clock.
const MOST_AT_ONCE: &str = "1000";
/// Calls at a time; beyond, it slows down.
const MOST_CALLS: &str = "60000";
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long after its last call it may count.
const LAST_COUNT: Duration = Duration::from_secs(3);

/// What is played.
#[derive(Clone, Copy)]
pub struct Script {
    name: &'static str,
    text: &'static str,
}

/// Calls and hangs up.
pub const CALLER: Script = Script { name: "caller", text: include_str!("scenarios/caller.xml") };
/// Answers.
pub const CALLED: Script = Script { name: "called", text: include_str!("scenarios/called.xml") };
/// Registers.
pub const REGISTERING: Script =
    Script { name: "registering", text: include_str!("scenarios/registering.xml") };

/// What is told to one that begins.
pub struct Begin<'a> {
    pub to: SocketAddr,
    pub number: &'a str,
    pub per_second: u64,
    pub held: Duration,
    /// It gives up then.
    pub at_most: Duration,
    /// Lines of a file: the number of a device, and how it signs in.
    pub accounts: Option<&'a Path>,
}

/// A running SIPp.
pub struct Sipp {
    running: Running,
    folder: PathBuf,
    cpu_us: u64,
    has_ended: bool,
    /// Where what is said in calls goes; nobody reads it.
    _deaf: UdpSocket,
}

/// What it has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub successful: u64,
    pub failed: u64,
    /// What it, or the other side, said again.
    pub repeated: u64,
    pub seconds: f64,
    /// From the first request to the final answer, on average.
    pub set_up_ms: f64,
}

/// Whether Debian's package is installed.
pub fn is_installed() -> bool {
    Path::new(PROGRAM).exists()
}

impl Sipp {
    /// Starts one at an address on one core, for so many calls. It keeps what it counts in a subfolder of `folder`.
    pub fn start(
        script: Script,
        own: SocketAddr,
        calls: u64,
        begin: Option<&Begin<'_>>,
        folder: &Path,
        core: Option<usize>,
    ) -> Result<Sipp, LoadError> {
        let folder = folder.join(script.name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let file = format!("{}.xml", script.name);
        std::fs::write(folder.join(&file), script.text)?;
        let deaf = UdpSocket::bind((own.ip(), 0))?;
        let (host, port, calls) = (own.ip().to_string(), own.port().to_string(), calls.to_string());
        let rtp = deaf.local_addr()?.port().to_string();
        let place = folder.to_string_lossy();
        let mut arguments =
            vec!["-C", &*place, PROGRAM, "-sf", &file, "-i", &host, "-p", &port, "-bind_local"];
        arguments.extend([
            "-m",
            &calls,
            "-l",
            MOST_CALLS,
            "-key",
            "rtp",
            &rtp,
            "-nostdin",
            "-timer_resol",
            "1",
        ]);
        arguments.extend(["-buff_size", SOCKET_BUFFER_BYTES, "-max_recv_loops", MOST_AT_ONCE]);
        arguments.extend(["-trace_stat", "-stf", "stat.csv", "-trace_counts", "-fd", "1"]);
        let told = begin.map(Told::of);
        if let Some(told) = &told {
            arguments.extend([&*told.to, "-s", &told.number, "-r", &told.per_second, "-d", &told.held_ms]);
            arguments.extend(["-timeout", &told.at_most_s]);
            if let Some(accounts) = &told.accounts {
                arguments.extend(["-inf", accounts]);
            }
        }
        let command = ServerCommand::new("env", &arguments);
        let running = Running::start(&command, core, Stdio::null())?;
        Ok(Sipp { running, folder, cpu_us: 0, has_ended: false, _deaf: deaf })
    }

    /// Waits until it has ended, at most so long, and says whether it has.
    pub fn wait(&mut self, at_most: Duration) -> Result<bool, LoadError> {
        let clock = Clock::start();
        while !self.has_ended {
            // Its end makes the system forget it.
            self.cpu_us = self.running.cpu_us()?;
            self.has_ended = self.running.has_ended()?;
            if self.has_ended || clock.ns() > as_ns(at_most) {
                break;
            }
            let_gather(LOOK_EVERY);
        }
        Ok(self.has_ended)
    }

    /// Processor time that it had used when it was looked at last.
    pub fn cpu_us(&self) -> u64 {
        self.cpu_us
    }

    /// Waits until it has counted so many calls, however they ended, and says what it counted.
    pub fn counts(&mut self, calls: u64) -> Result<Counts, LoadError> {
        let clock = Clock::start();
        loop {
            let has_ended = self.wait(Duration::ZERO)?;
            let counts = self.read()?;
            if has_ended || counts.successful + counts.failed >= calls || clock.ns() > as_ns(LAST_COUNT) {
                return Ok(counts);
            }
        }
    }

    fn read(&self) -> Result<Counts, LoadError> {
        let table = |path: PathBuf| std::fs::read_to_string(path).map(|text| Table::of(&text));
        let path = self.folder.join("stat.csv");
        if !path.exists() {
            // It counts from its start on, unless it does not like what it is told.
            return Err(LoadError::NotThere { what: "count by SIPp", waited_s: LAST_COUNT.as_secs() });
        }
        let all = table(path)?;
        let mut counts = Counts {
            successful: all.number("SuccessfulCall(C)"),
            failed: all.number("FailedCall(C)"),
            seconds: all.seconds("CurrentTime") - all.seconds("StartTime"),
            set_up_ms: all.ms("ResponseTime1(C)"),
            repeated: 0,
        };
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("_counts.csv") {
                counts.repeated = table(path)?.sum("_Retrans");
            }
        }
        Ok(counts)
    }
}

/// Arguments as text.
struct Told {
    to: String,
    number: String,
    per_second: String,
    held_ms: String,
    at_most_s: String,
    accounts: Option<String>,
}

impl Told {
    fn of(begin: &Begin<'_>) -> Told {
        Told {
            to: begin.to.to_string(),
            number: begin.number.to_owned(),
            per_second: begin.per_second.to_string(),
            held_ms: begin.held.as_millis().to_string(),
            at_most_s: begin.at_most.as_secs().to_string(),
            accounts: begin.accounts.map(|it| it.to_string_lossy().into_owned()),
        }
    }
}

/// The last line of a table that grows, below its heads.
struct Table {
    cells: Vec<(String, String)>,
}

impl Table {
    fn of(text: &str) -> Table {
        let mut lines = text.lines();
        let heads = lines.next().unwrap_or_default();
        let last = lines.last().unwrap_or_default();
        let owned = |(head, cell): (&str, &str)| (head.to_owned(), cell.to_owned());
        Table { cells: heads.split(';').zip(last.split(';')).map(owned).collect() }
    }

    fn cell(&self, head: &str) -> &str {
        self.cells.iter().find(|(it, _)| it == head).map_or("", |(_, cell)| cell)
    }

    fn number(&self, head: &str) -> u64 {
        self.cell(head).parse().unwrap_or(0)
    }

    /// A time, which ends in its seconds since 1970.
    fn seconds(&self, head: &str) -> f64 {
        self.cell(head).rsplit('\t').next().and_then(|it| it.parse().ok()).unwrap_or(0.0)
    }

    /// A duration, which ends in its seconds and microseconds.
    fn ms(&self, head: &str) -> f64 {
        let mut parts = self.cell(head).rsplit(':').map(|it| it.parse().unwrap_or(0.0));
        let us = parts.next().unwrap_or(0.0);
        us / 1e3 + parts.next().unwrap_or(0.0) * 1e3
    }

    fn sum(&self, end: &str) -> u64 {
        let fitting = self.cells.iter().filter(|(head, _)| head.ends_with(end));
        fitting.filter_map(|(_, cell)| cell.parse::<u64>().ok()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_table_counts() {
        let table = Table::of(
            "StartTime;CurrentTime;0_INVITE_Retrans;SuccessfulCall(C);4_200_Retrans;ResponseTime1(C);\n\
             a\tb\t10.5;a\tb\t11.0;0;1;0;00:00:00:000000;\n\
             a\tb\t10.5;a\tb\t13.75;2;30;5;00:00:01:002500;\n",
        );
        assert_eq!(table.number("SuccessfulCall(C)"), 30);
        assert_eq!(table.sum("_Retrans"), 7);
        assert!((table.seconds("CurrentTime") - table.seconds("StartTime") - 3.25).abs() < 1e-9);
        assert!((table.ms("ResponseTime1(C)") - 1_002.5).abs() < 1e-9);
        assert_eq!(Table::of("").number("SuccessfulCall(C)"), 0);
    }

    #[test]
    fn what_is_played_says_what_it_needs() {
        for script in [CALLER, CALLED] {
            assert!(script.text.contains("m=audio [rtp] "), "{}", script.name);
        }
        assert!(REGISTERING.text.contains("\n      [field1]\n"));
    }
}
