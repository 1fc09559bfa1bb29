//! Running other programs, and where things lie.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a chore ended early, in one sentence.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One run of another program, in the checkout's root unless told otherwise.
pub struct Step {
    command: Command,
    name: String,
}

impl Step {
    pub fn new(program: impl AsRef<OsStr>) -> Step {
        let mut command = Command::new(&program);
        command.current_dir(root()).env("CARGO_TARGET_DIR", target_dir()).stdin(Stdio::null());
        Step { command, name: program.as_ref().to_string_lossy().into_owned() }
    }

    /// The cargo that runs us.
    pub fn cargo(arguments: &[&str]) -> Step {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut step = Step::new(cargo).args(arguments);
        step.name = format!("cargo {}", arguments.first().unwrap_or(&""));
        step
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Step {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Step {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Step {
        self.command.env(name, value);
        self
    }

    pub fn directory(mut self, path: &Path) -> Step {
        self.command.current_dir(path);
        self
    }

    /// Runs it, with its output on ours.
    pub fn run(mut self) -> Result<(), Failure> {
        let status = self.command.status().map_err(|error| cannot_run(&self.name, &error))?;
        if status.success() { Ok(()) } else { Err(Failure(format!("{} failed ({status})", self.name))) }
    }

    /// Runs it and shows both its outputs line by line as they come; answers the lines, and whether it
    /// succeeded.
    pub fn run_and_read(self) -> Result<(Vec<String>, bool), Failure> {
        let Step { mut command, name } = self;
        let failure = |error: std::io::Error| cannot_run(&name, &error);
        let (reader, writer) = std::io::pipe().map_err(failure)?;
        command.stdout(writer.try_clone().map_err(failure)?).stderr(writer);
        let mut child = command.spawn().map_err(failure)?;
        // It holds the pipe's writing end, which would keep the reader waiting.
        drop(command);
        let mut lines = Vec::new();
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            println!("{line}");
            lines.push(line);
        }
        let status = child.wait().map_err(failure)?;
        Ok((lines, status.success()))
    }

    /// Runs it silently and answers its standard output.
    pub fn output(mut self) -> Result<String, Failure> {
        let output = self.command.output().map_err(|error| cannot_run(&self.name, &error))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Failure(format!("{} failed: {complaint}", self.name)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it with its standard error in a file, which may get long; answers those lines, as an error if
    /// it failed.
    pub fn output_of_errors(mut self, log: &Path) -> Result<Vec<String>, Vec<String>> {
        let mut run = || {
            self.command.stdout(Stdio::null()).stderr(std::fs::File::create(log)?);
            self.command.status()
        };
        let status = run().map_err(|error| vec![cannot_run(&self.name, &error).0])?;
        let text = std::fs::read(log).unwrap_or_default();
        let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
        if status.success() { Ok(lines) } else { Err(lines) }
    }
}

fn cannot_run(name: &str, error: &std::io::Error) -> Failure {
    Failure(format!("{name} can't be run: {error}"))
}

/// Prints which part of a chore begins.
pub fn announce(what: &str) {
    println!("── {what}");
}

/// The checkout.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Build output: `CARGO_TARGET_DIR`, else a directory of the user's cache.
pub fn target_dir() -> PathBuf {
    if let Some(named) = std::env::var_os("CARGO_TARGET_DIR") {
        return std::path::absolute(&named).unwrap_or_else(|_| named.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    cache.unwrap_or_else(|| root().join("target")).join("souffleur").join("target")
}

/// The server as `cargo build` leaves it; `profile` is the directory's name.
pub fn server_binary(profile: &str) -> PathBuf {
    target_dir().join(profile).join("souffleur")
}
