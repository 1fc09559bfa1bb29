//! A telephone that is baresip, led through its module `ctrl_tcp`: JSON in netstrings.
//!
//! Its module `sndfile` writes what is said and heard on each line to a file named by the second in which the line
//! was opened. Only what arrives is written: while nothing comes, the recording stands still. After a hold baresip 1.0
//! takes sound up again, but no longer writes what it hears.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::{DEADLINE_MS, Inbox, start_task};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};

use super::ports::{Ports, here};
use super::tones::write_tone;
use super::{Answering, Codec, MEDIA_PORTS, Setup, Wire, heard};

/// The longest that a telephone speaks, in seconds; longer than any story.
const TONE_SECONDS: u32 = 120;
/// A message of baresip has no more bytes than this.
const MESSAGE_LIMIT: usize = 100_000;
/// How often a new telephone is called up, in milliseconds.
const KNOCK_MS: u64 = 20;
const ANSWERS: usize = 8;
/// Where packages and `make install` put baresip's modules.
const MODULES: [&str; 3] =
    ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules", "/usr/lib64/baresip/modules"];

pub struct Baresip {
    orders: OwnedWriteHalf,
    answers: mpsc::Receiver<Value>,
    child: Child,
}

impl Baresip {
    pub async fn start(
        ports: &Ports,
        [port, media]: [u16; 2],
        setup: &Setup,
        directory: &Path,
        inbox: &Inbox,
    ) -> Baresip {
        let control = ports.other(1);
        write_tone(&directory.join("tone.wav"), setup.tone, source_rate(setup), TONE_SECONDS);
        let config = config([port, media], control, setup, directory);
        std::fs::write(directory.join("config"), config).expect("a configuration can be written");
        std::fs::write(directory.join("accounts"), "").expect("an empty file can be written");
        let log = std::fs::File::create(directory.join("log")).expect("a log can be made");
        let child = Command::new("baresip")
            .arg("-f")
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("baresip can't be started (apt install baresip-core): {error}"));
        let stream = connect(control, directory).await;
        let (reader, orders) = stream.into_split();
        let (answered, answers) = mpsc::channel(ANSWERS);
        start_task(listen(reader, answered, inbox.clone()));
        let mut baresip = Baresip { orders, answers, child };
        // Only now, so that no word of its registration is missed.
        baresip.order("uanew", Some(account(port, setup))).await;
        baresip
    }

    pub fn kill(&mut self) {
        self.child.start_kill().expect("baresip can be killed");
    }

    pub async fn command(&mut self, command: &Value) -> Value {
        let text = |member: &str| command[member].as_str().unwrap_or("").to_owned();
        let (name, parameter) = match command["do"].as_str().unwrap_or("") {
            "call" => ("dial", Some(text("to"))),
            "answer" => ("accept", None),
            "hangUp" | "refuse" => ("hangup", None),
            "hold" => ("hold", None),
            "resume" => ("resume", None),
            "transfer" => ("transfer", Some(text("to"))),
            "digits" => ("sndcode", Some(text("digits"))),
            other => panic!("baresip can't {other}"),
        };
        self.order(name, parameter).await
    }

    async fn order(&mut self, name: &str, parameter: Option<String>) -> Value {
        let mut order = json!({"command": name, "token": "order"});
        if let Some(parameter) = parameter {
            order["params"] = json!(parameter);
        }
        let order = order.to_string();
        let netstring = format!("{}:{order},", order.len());
        self.orders.write_all(netstring.as_bytes()).await.expect("baresip reads");
        let answer = timeout(Duration::from_millis(DEADLINE_MS), self.answers.recv()).await;
        let Ok(Some(answer)) = answer else { panic!("no answer to {order}") };
        assert_eq!(answer["ok"], true, "{order} failed: {answer}");
        answer
    }
}

/// Knocks until the door is open.
async fn connect(control: u16, directory: &Path) -> TcpStream {
    let knocking = async {
        let mut knock = interval(Duration::from_millis(KNOCK_MS));
        loop {
            knock.tick().await;
            if let Ok(stream) = TcpStream::connect(here(control)).await {
                return stream;
            }
        }
    };
    timeout(Duration::from_millis(DEADLINE_MS), knocking).await.unwrap_or_else(|_| {
        let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
        panic!("baresip did not open port {control}:\n{log}")
    })
}

async fn listen(mut reader: OwnedReadHalf, answered: mpsc::Sender<Value>, inbox: Inbox) {
    let mut unread = Vec::new();
    loop {
        while let Some((message, length)) = netstring(&unread) {
            unread.drain(..length);
            if message["response"] == true {
                if answered.send(message).await.is_err() {
                    return;
                }
            } else {
                tell(&message, &inbox);
            }
        }
        assert!(unread.len() < MESSAGE_LIMIT, "baresip's message does not end");
        if !matches!(reader.read_buf(&mut unread).await, Ok(1..)) {
            return;
        }
    }
}

/// The first message, if it is there whole, and its length with its frame.
fn netstring(bytes: &[u8]) -> Option<(Value, usize)> {
    let colon = bytes.iter().position(|it| *it == b':')?;
    let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().expect("a length");
    let text = bytes.get(colon + 1..colon + 1 + length)?;
    bytes.get(colon + 1 + length)?;
    Some((serde_json::from_slice(text).expect("JSON"), colon + length + 2))
}

/// Tells an event in the words that all telephones share.
fn tell(event: &Value, inbox: &Inbox) {
    let kind = match event["type"].as_str().unwrap_or("") {
        "REGISTER_OK" => "registered",
        "REGISTER_FAIL" => "refused",
        "CALL_INCOMING" => "ringing",
        "CALL_RINGING" | "CALL_PROGRESS" => "progress",
        "CALL_ESTABLISHED" => "established",
        "CALL_CLOSED" => "ended",
        "CALL_DTMF_START" => "digit",
        "TRANSFER_FAILED" => "transferred",
        _ => return,
    };
    let mut data = event.clone();
    match kind {
        "digit" => data["digit"] = event["param"].clone(),
        "ringing" => data["from"] = event["peeruri"].clone(),
        "refused" | "ended" => {
            let status = event["param"].as_str().and_then(|it| it.split(' ').next()?.parse::<u64>().ok());
            data["status"] = json!(status);
        }
        _ => (),
    }
    inbox.put(kind, data);
}

/// Opus is spoken at 48 kHz with two channels, and baresip brings the tone there.
fn source_rate(setup: &Setup) -> u32 {
    match setup.codecs.first() {
        Some(Codec::Opus) => 48_000,
        Some(Codec::G722) => 16_000,
        _ => 8_000,
    }
}

fn config([port, media]: [u16; 2], control: u16, setup: &Setup, directory: &Path) -> String {
    let (rate, host) = (source_rate(setup), setup.host);
    let (tone, heard) = (directory.join("tone.wav"), heard(directory));
    let mut text = format!(
        "sip_listen {host}:{port}\nnet_interface {host}\ncall_local_timeout 120\ncall_max_calls 4\n\
         audio_player aubridge,nil\naudio_alert aubridge,nil\naudio_source aufile,{}\n\
         ausrc_srate {rate}\nauplay_srate {rate}\nausrc_channels 1\nauplay_channels 1\n\
         ausrc_format s16\nauplay_format s16\nauenc_format s16\naudec_format s16\n\
         audio_buffer 20-160\njitter_buffer_delay 1-5\nrtp_ports {media}-{}\n\
         module_path {}\nsnd_path {}\nctrl_tcp_listen 127.0.0.1:{control}\n\
         menu_bell no\nstatmode_default off\nringback_disabled yes\n",
        tone.display(),
        media + MEDIA_PORTS - 1,
        modules(),
        heard.display(),
    );
    if let Some(authority) = &setup.authority {
        writeln!(text, "sip_cafile {}", authority.display()).expect("text");
    }
    for module in ["g711", "g722", "opus", "srtp", "sndfile", "aubridge", "aufile"] {
        writeln!(text, "module {module}.so").expect("text");
    }
    text + "module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
}

fn modules() -> &'static str {
    let found = MODULES.into_iter().find(|path| Path::new(path).is_dir());
    found.unwrap_or_else(|| panic!("baresip's modules are in none of {MODULES:?}: apt install baresip-core"))
}

fn account(port: u16, setup: &Setup) -> String {
    let wire = match setup.wire {
        Wire::Udp => "",
        Wire::Tcp => ";transport=tcp",
        Wire::Tls => ";transport=tls",
    };
    let server = setup.server.unwrap_or((setup.host, port).into());
    let mut account = format!("<sip:{}@{server}{wire}>", setup.user);
    match &setup.password {
        Some(password) => write!(account, ";auth_user={};auth_pass=\"{password}\";regint=300", setup.user),
        None => write!(account, ";regint=0"),
    }
    .expect("text");
    if let Some(server) = setup.server {
        write!(account, ";outbound=\"sip:{server}{wire}\"").expect("text");
    }
    if setup.is_encrypted {
        account += ";mediaenc=srtp-mand";
    }
    let codecs: Vec<&str> = setup.codecs.iter().map(|codec| codec_name(*codec)).collect();
    let answering = match setup.answering {
        Answering::Always => "auto",
        Answering::Never => "manual",
        Answering::Asked => panic!("this baresip does not know auto-answer headers: take pjsua"),
    };
    write!(account, ";audio_codecs={};answermode={answering}", codecs.join(",")).expect("text");
    account
}

fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "pcmu/8000/1",
        Codec::Pcma => "pcma/8000/1",
        Codec::G722 => "g722/16000/1",
        Codec::Opus => "opus/48000/2",
    }
}
