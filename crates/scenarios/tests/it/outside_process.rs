//! A program that others' libraries run in, led by lines of JSON on its standard input and output.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::start_task;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a command may take, in milliseconds; longer than any freeze.
pub const COMMAND_DEADLINE_MS: u64 = 60_000;

/// A running program, killed when dropped.
pub struct OutsideProcess {
    stdin: ChildStdin,
    answers: mpsc::Receiver<Value>,
    next_id: u64,
    child: Child,
}

impl OutsideProcess {
    /// Starts one of the Node programs in `clients`.
    pub fn node(script: &str, settings: &Value, told: impl FnMut(Value) + Send + 'static) -> OutsideProcess {
        assert!(
            clients().join("node_modules").is_dir(),
            "what others wrote is not installed: `cargo xtask test` does that, or `npm ci` in {}",
            clients().display()
        );
        OutsideProcess::start("node".into(), script, settings, told)
    }

    /// Starts one of the Python programs in `clients`.
    pub fn python(
        script: &str,
        settings: &Value,
        told: impl FnMut(Value) + Send + 'static,
    ) -> OutsideProcess {
        // TARGET/debug/deps/it-… → TARGET
        let test = std::env::current_exe().expect("a test knows its own path");
        let target = test.ancestors().nth(3).expect("a test lies in target/debug/deps");
        let python = target.join("peers").join("python").join("bin").join("python");
        assert!(python.exists(), "no {}: `cargo xtask test` makes it", python.display());
        OutsideProcess::start(python, script, settings, told)
    }

    fn start(
        program: PathBuf,
        script: &str,
        settings: &Value,
        told: impl FnMut(Value) + Send + 'static,
    ) -> OutsideProcess {
        let mut child = Command::new(&program)
            .arg(clients().join(script))
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} can't be started: {error}", program.display()));
        let stdin = child.stdin.take().expect("stdin is a pipe");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let (answered, answers) = mpsc::channel(8);
        start_task(listen(stdout, answered, told));
        OutsideProcess { stdin, answers, next_id: 1, child }
    }

    /// SIGKILL: it ends between two of its instructions.
    pub fn kill(&mut self) {
        self.child.start_kill().expect("the program can be killed");
    }

    /// Gives a command, and answers what came of it.
    pub async fn command(&mut self, mut command: Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        command["id"] = json!(id);
        let line = format!("{command}\n");
        self.stdin.write_all(line.as_bytes()).await.expect("the program reads");
        let answer = timeout(Duration::from_millis(COMMAND_DEADLINE_MS), self.answers.recv()).await;
        let Ok(Some(answer)) = answer else { panic!("no answer to {command}") };
        assert_eq!(answer["id"], id, "{answer}");
        assert!(answer.get("error").is_none(), "{command} failed: {answer}");
        answer
    }
}

async fn listen(stdout: ChildStdout, answers: mpsc::Sender<Value>, mut told: impl FnMut(Value)) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        if line.get("id").is_none() {
            told(line);
        } else if answers.send(line).await.is_err() {
            return;
        }
    }
}

fn clients() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients")
}
