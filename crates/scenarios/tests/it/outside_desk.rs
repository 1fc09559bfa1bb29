//! A desktop in Node, whose push client others wrote; see `clients/desk.mjs` for the lines it talks in.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::{Inbox, Person, start_task};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// How long a command to the desktop may take, in milliseconds; longer than any freeze.
const COMMAND_DEADLINE_MS: u64 = 60_000;

/// Which client, over what.
#[derive(Debug, Clone, Copy)]
pub struct PushClient {
    pub name: &'static str,
    pub transport: &'static str,
}

/// A user in front of somebody else's push client.
pub struct OutsideDesk {
    pub person: Person,
    pub inbox: Inbox,
    stdin: ChildStdin,
    answers: mpsc::Receiver<Value>,
    renewed: watch::Receiver<u64>,
    next_id: u64,
    // Killed when dropped.
    _node: Child,
}

impl OutsideDesk {
    /// Logs in, opens the push session, and opens the chat channel.
    pub async fn seat(base: &str, person: &Person, client: PushClient) -> OutsideDesk {
        let mut desk = OutsideDesk::start(base, person, client);
        let me = desk.command(json!({"do": "login"})).await;
        assert_eq!(me["status"], 200, "{me}");
        let opened = desk.command(json!({"do": "open"})).await;
        assert_eq!(opened["transport"], client.transport, "{client:?} fell back to another transport");
        let session = json!({"operationName": "StartContactCenterSession", "channels": ["chat"]});
        desk.succeed("/api/v2/me", session).await;
        desk
    }

    fn start(base: &str, person: &Person, client: PushClient) -> OutsideDesk {
        let clients = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients");
        assert!(
            clients.join("node_modules").is_dir(),
            "the push clients are not installed: `cargo xtask test` does that, or `npm ci` in {}",
            clients.display()
        );
        let settings = json!({
            "client": client.name, "transport": client.transport, "base": base, "topics": ["/v2/me", "/v2/me/*"],
            "userName": person.user_name, "password": person.password,
        });
        let mut node = Command::new("node")
            .arg(clients.join("desk.mjs"))
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let stdin = node.stdin.take().expect("stdin is a pipe");
        let stdout = node.stdout.take().expect("stdout is a pipe");
        let inbox = Inbox::default();
        let (answered, answers) = mpsc::channel(8);
        let (renew, renewed) = watch::channel(0);
        start_task(listen(stdout, inbox.clone(), answered, renew));
        OutsideDesk { person: person.clone(), inbox, stdin, answers, renewed, next_id: 1, _node: node }
    }

    /// Calls an operation and answers HTTP status and `statusCode`.
    pub async fn post(&mut self, path: &str, body: Value) -> (u64, Value) {
        let answer =
            self.command(json!({"do": "request", "method": "POST", "path": path, "body": body})).await;
        let text = answer["body"].as_str().unwrap_or("");
        let body: Value =
            serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON from {path}: {text}"));
        (answer["status"].as_u64().unwrap_or(0), body["statusCode"].clone())
    }

    /// Calls an operation that must succeed.
    pub async fn succeed(&mut self, path: &str, body: Value) {
        let what = format!("{path} {body}");
        assert_eq!(self.post(path, body).await, (200, json!(0)), "{what}");
    }

    /// Calls an operation without parameters on a chat.
    pub async fn operate(&mut self, chat: &str, operation: &str) {
        self.succeed(&format!("/api/v2/me/chats/{chat}"), json!({"operationName": operation})).await;
    }

    /// Sends a text by `SendMessage` or `SendToAgents`.
    pub async fn say(&mut self, chat: &str, operation: &str, text: &str) {
        let body = json!({"operationName": operation, "text": text});
        self.succeed(&format!("/api/v2/me/chats/{chat}"), body).await;
    }

    /// The whole process does nothing for a while, like a laptop that sleeps.
    pub async fn freeze(&mut self, duration_ms: u64) {
        self.command(json!({"do": "freeze", "ms": duration_ms})).await;
    }

    /// Waits until the client has shaken hands `count` times, and its subscriptions are confirmed.
    pub async fn wait_for_handshakes(&mut self, count: u64) {
        let reached = self.renewed.wait_for(|&done| done >= count);
        let reached = timeout(Duration::from_millis(COMMAND_DEADLINE_MS), reached).await;
        assert!(reached.is_ok(), "the client did not shake hands again");
    }

    /// Disconnects as the protocol has it.
    pub async fn close(mut self) {
        self.command(json!({"do": "close"})).await;
    }

    async fn command(&mut self, mut command: Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        command["id"] = json!(id);
        let line = format!("{command}\n");
        self.stdin.write_all(line.as_bytes()).await.expect("the desktop reads");
        let answer = timeout(Duration::from_millis(COMMAND_DEADLINE_MS), self.answers.recv()).await;
        let Ok(Some(answer)) = answer else { panic!("no answer of the desktop to {command}") };
        assert_eq!(answer["id"], id, "{answer}");
        assert!(answer.get("error").is_none(), "{command} failed: {answer}");
        answer
    }
}

async fn listen(
    stdout: ChildStdout,
    inbox: Inbox,
    answers: mpsc::Sender<Value>,
    renewed: watch::Sender<u64>,
) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        if let Some(count) = told["renewed"].as_u64() {
            renewed.send_replace(count);
        } else if told.get("notification").is_some() {
            let mut notification = told["notification"].take();
            let data = notification["data"].take();
            inbox.put(notification["channel"].as_str().unwrap_or(""), data);
        } else if answers.send(told).await.is_err() {
            return;
        }
    }
}
