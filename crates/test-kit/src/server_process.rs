//! The real binary in a process of its own, on a free port and a temporary data directory.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, mpsc};
use tokio::time::timeout;

use crate::{ADMIN_PASSWORD, ADMIN_USER, TempDir};

/// How long a server may take to listen, and to stop, in milliseconds.
const START_DEADLINE_MS: u64 = 30_000;
/// Lines of the server's log that are kept for the message of a failed test.
const LOG_LINES: usize = 400;
const LISTENING: &str = "listening on http://";

/// A running `souffleur serve`, killed when dropped.
pub struct ServerProcess {
    child: Child,
    authority: String,
    directory: TempDir,
    log: Log,
}

type Log = Arc<Mutex<Vec<String>>>;

impl ServerProcess {
    /// Starts a server on an empty data directory; `config` is the text of its configuration file.
    ///
    /// # Panics
    /// If it does not listen in time.
    pub async fn start(config: &str) -> ServerProcess {
        let directory = TempDir::new("server");
        let file = directory.path().join("souffleur.toml");
        std::fs::write(&file, config).expect("the configuration can be written");
        let log = Log::default();
        let (child, authority) = launch(directory.path(), "127.0.0.1:0", &log).await;
        ServerProcess { child, authority, directory, log }
    }

    /// `http://ADDR:PORT`
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// The directory that holds the configuration and the data.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What the server has printed, newest last.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().clone()
    }

    /// SIGKILL: the process ends between two of its instructions.
    ///
    /// # Panics
    /// If it can't be killed.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// SIGTERM, and waits for the end. Answers whether the server called it a success.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn stop(&mut self) -> bool {
        let id = self.id().expect("the server runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill can be run");
        assert!(sent.success(), "SIGTERM could not be sent to {id}");
        let end = timeout(Duration::from_millis(START_DEADLINE_MS), self.child.wait()).await;
        let Ok(Ok(status)) = end else { panic!("the server did not stop:\n{}", self.log().join("\n")) };
        status.success()
    }

    /// Starts it again on the same data and the same port.
    ///
    /// # Panics
    /// If it does not listen in time.
    pub async fn start_again(&mut self) {
        let (child, authority) = launch(self.directory.path(), &self.authority, &self.log).await;
        self.child = child;
        self.authority = authority;
    }
}

async fn launch(directory: &Path, listen: &str, log: &Log) -> (Child, String) {
    let mut child = server_command()
        .await
        .arg("serve")
        .arg("--config")
        .arg(directory.join("souffleur.toml"))
        .arg("--data")
        .arg(directory.join("data"))
        .args(["--http", listen])
        .env("SOUFFLEUR_ADMIN_USER", ADMIN_USER)
        .env("SOUFFLEUR_ADMIN_PASSWORD", ADMIN_PASSWORD)
        .spawn()
        .expect("the server's binary can be started");
    let (found, mut listening) = mpsc::channel(1);
    let stdout = child.stdout.take().expect("stdout is a pipe");
    let stderr = child.stderr.take().expect("stderr is a pipe");
    crate::start_task(read_lines(stdout, Arc::clone(log), found.clone()));
    crate::start_task(read_lines(stderr, Arc::clone(log), found));
    let authority = timeout(Duration::from_millis(START_DEADLINE_MS), listening.recv()).await;
    let Ok(Some(authority)) = authority else {
        panic!("the server never said \"{LISTENING}ADDR:PORT\":\n{}", log.lock().join("\n"));
    };
    (child, authority)
}

async fn read_lines(pipe: impl AsyncRead + Unpin, log: Log, listening: mpsc::Sender<String>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(authority) = authority_in(&line) {
            // A second such line would find the place taken; the first counts.
            let _ = listening.try_send(authority);
        }
        let mut log = log.lock();
        if log.len() == LOG_LINES {
            log.remove(0);
        }
        log.push(line);
    }
}

fn authority_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(LISTENING)?;
    let authority: String =
        rest.chars().take_while(|it| it.is_ascii_hexdigit() || ".:[]".contains(*it)).collect();
    Some(authority)
}

/// The server's binary as a command that knows nothing of our environment, has its outputs in pipes, and is
/// killed when dropped.
///
/// # Panics
/// If the binary can't be built.
pub async fn server_command() -> Command {
    let mut command = Command::new(server_binary().await);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SOUFFLEUR_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The server's binary: `SOUFFLEUR_BIN`, else built by cargo beside the running test.
///
/// # Panics
/// If it can't be built.
async fn server_binary() -> PathBuf {
    static BINARY: OnceCell<PathBuf> = OnceCell::const_new();
    BINARY.get_or_init(find_or_build).await.clone()
}

async fn find_or_build() -> PathBuf {
    if let Some(named) = std::env::var_os("SOUFFLEUR_BIN") {
        return PathBuf::from(named);
    }
    // TARGET/debug/deps/it-… → TARGET
    let test = std::env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().nth(3).expect("a test lies in target/debug/deps");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = Command::new(cargo)
        .args(["build", "--quiet", "--package", "server", "--bin", "souffleur", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .status()
        .await
        .expect("cargo can be run");
    assert!(build.success(), "the server could not be built");
    target.join("debug").join("souffleur")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_line_of_the_log() {
        assert_eq!(
            authority_in("listening on http://127.0.0.1:4711 with TLS off"),
            Some("127.0.0.1:4711".into())
        );
        assert_eq!(
            authority_in(r#"{"message":"listening on http://[::1]:80","n":1}"#),
            Some("[::1]:80".into())
        );
        assert_eq!(authority_in("starting"), None);
    }
}
