//! A server in a process of its own, held to one core, watched through /proc.
//!
//! It ends with this process, even if this process is killed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::error::LoadError;

/// /proc counts in hundredths of a second on every Linux that this runs on.
const US_PER_TICK: u64 = 10_000;

/// How to start a server that prints `listening on http://ADDRESS:PORT`.
pub struct ServerCommand {
    pub program: String,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

impl ServerCommand {
    /// A program with its arguments.
    pub fn new(program: impl Into<String>, arguments: &[&str]) -> ServerCommand {
        ServerCommand {
            program: program.into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment: Vec::new(),
        }
    }
}

/// A running program; it is killed when this is dropped.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts the program on one core; its output goes where `stdout` says.
    pub fn start(
        command: &ServerCommand,
        core: Option<usize>,
        stdout: impl Into<Stdio>,
    ) -> Result<Running, LoadError> {
        let mut run = Command::new("setpriv");
        run.args(["--pdeathsig", "KILL"]);
        if let Some(core) = core {
            run.args(["taskset", "-c", &core.to_string()]);
        }
        // Servers differ in whether they print their address or log it.
        run.args(["sh", "-c", "exec \"$0\" \"$@\" 2>&1"]).arg(&command.program).args(&command.arguments);
        run.envs(command.environment.iter().map(|(name, value)| (name, value)));
        run.stdin(Stdio::null()).stdout(stdout);
        let program = command.program.clone();
        let child = run.spawn().map_err(|source| LoadError::Start { program, source })?;
        Ok(Running { child })
    }

    /// Processor time used so far by all threads, in microseconds.
    pub fn cpu_us(&self) -> Result<u64, LoadError> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        cpu_ticks(&stat)
            .map(|ticks| ticks * US_PER_TICK)
            .ok_or_else(|| LoadError::wire("/proc stat", stat.as_bytes()))
    }

    /// Processor time used so far by the program and all processes that it started, in microseconds.
    pub fn cpu_us_of_all(&self) -> Result<u64, LoadError> {
        let mut ticks = 0;
        for entry in std::fs::read_dir("/proc")? {
            // Processes come and go while this reads.
            let Ok(stat) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
            let own = stat.split(' ').next().is_some_and(|id| id == self.child.id().to_string());
            if own || parent(&stat) == Some(self.child.id()) {
                ticks += cpu_ticks(&stat).unwrap_or(0);
            }
        }
        Ok(ticks * US_PER_TICK)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool, LoadError> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Asks it to end, and waits until it has: for programs that have to end others of theirs.
    pub fn end_by_request(&mut self) {
        quietly(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        if let Err(error) = self.child.wait() {
            eprintln!("process {} does not end: {error}", self.child.id());
        }
    }

    /// Memory that is resident now, in KB.
    pub fn resident_kb(&self) -> Result<u64, LoadError> {
        // Exact, where `statm` on many cores is only near.
        let memory = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        resident_kb(&memory).ok_or_else(|| LoadError::wire("/proc smaps_rollup", memory.as_bytes()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("could not end process {}: {error}", self.child.id());
        }
    }
}

/// A running server; it is killed when this is dropped.
pub struct ServerProcess {
    running: Running,
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts the server on one core and waits for its address.
    pub fn start(command: &ServerCommand, core: Option<usize>) -> Result<ServerProcess, LoadError> {
        let mut running = Running::start(command, core, Stdio::piped())?;
        let no_address = |output| LoadError::NoAddress { program: command.program.clone(), output };
        let stdout = running.child.stdout.take().ok_or_else(|| no_address(String::new()))?;
        let mut lines = BufReader::new(stdout);
        let address = read_address(&mut lines).map_err(no_address)?;
        pass_on(lines);
        Ok(ServerProcess { running, address })
    }

    /// Processor time used so far by all threads, in microseconds.
    pub fn cpu_us(&self) -> Result<u64, LoadError> {
        self.running.cpu_us()
    }

    /// Memory that is resident now, in KB.
    pub fn resident_kb(&self) -> Result<u64, LoadError> {
        self.running.resident_kb()
    }

    /// Its process.
    pub fn running(&self) -> &Running {
        &self.running
    }
}

/// Holds this process to one core, and lifts its limit of open files as far as it may.
pub fn settle(core: Option<usize>) {
    let own = std::process::id().to_string();
    if let Some(core) = core {
        quietly(Command::new("taskset").args(["-cp", &core.to_string(), &own]));
    }
    quietly(Command::new("prlimit").args(["--pid", &own, "--nofile=1048576:1048576"]));
}

/// The program that runs now, to start other roles of it.
pub fn own_program() -> Result<String, LoadError> {
    Ok(std::env::current_exe()?.to_string_lossy().into_owned())
}

/// What the figures were measured on.
pub fn machine() -> serde_json::Value {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    serde_json::json!({
        "kind": "machine",
        "processor": model.map_or("", |(_, name)| name.trim()),
        "cores": thread::available_parallelism().map_or(0, usize::from),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_average": read("/proc/loadavg").trim(),
        "unix_seconds": crate::clock::unix_seconds(),
        "command": std::env::args().collect::<Vec<_>>().join(" "),
    })
}

fn quietly(command: &mut Command) {
    if let Err(error) = command.stdout(Stdio::null()).stderr(Stdio::null()).status() {
        eprintln!("could not run {}: {error}", command.get_program().to_string_lossy());
    }
}

/// The address, or all that was printed instead.
fn read_address(lines: &mut impl BufRead) -> Result<SocketAddr, String> {
    let mut printed = String::new();
    loop {
        let start = printed.len();
        if lines.read_line(&mut printed).unwrap_or(0) == 0 {
            return Err(printed);
        }
        if let Some((_, rest)) = printed[start..].split_once("listening on http://") {
            let end = rest.find(|it: char| !(it.is_ascii_hexdigit() || "[:.]".contains(it)));
            return rest[..end.unwrap_or(rest.len())].parse().map_err(|_| printed);
        }
    }
}

// The pipe must not fill up while the server runs, and a panic should be seen.
fn pass_on(mut rest: impl Read + Send + 'static) {
    let reader = thread::Builder::new().name("server-output".into());
    let started = reader.spawn(move || std::io::copy(&mut rest, &mut std::io::stderr()));
    if let Err(error) = started {
        eprintln!("could not read a server's output: {error}");
    }
}

fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}

fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn resident_kb(smaps_rollup: &str) -> Option<u64> {
    let line = smaps_rollup.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_program_name() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 40 0 0 20 0 1";
        assert_eq!(cpu_ticks(stat), Some(290));
        assert_eq!(cpu_ticks("12 (x) S 1"), None);
        assert_eq!(parent(stat), Some(1));
    }

    #[test]
    fn resident_memory_is_read() {
        assert_eq!(
            resident_kb("55d0-7ffd ---p [rollup]\nRss:                4212 kB\nPss: 1 kB\n"),
            Some(4212)
        );
    }

    #[test]
    fn the_address_is_found_among_other_lines() {
        let expected = Ok("127.0.0.1:8090".parse().unwrap());
        for line in [
            "listening on http://127.0.0.1:8090/",
            r#"{"message":"listening on http://127.0.0.1:8090","n":1}"#,
        ] {
            assert_eq!(read_address(&mut format!("starting\n{line}\nlater\n").as_bytes()), expected);
        }
        assert_eq!(read_address(&mut "no such key\n".as_bytes()), Err("no such key\n".to_owned()));
    }
}
