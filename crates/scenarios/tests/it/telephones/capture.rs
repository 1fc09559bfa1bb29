//! What went over the wire between telephones and server, judged by tshark: malformed packets, repeated SIP
//! messages, and what the RTP to a port would sound like.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use test_kit::{DEADLINE_MS, TempDir};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{interval, timeout};

use super::ports::{Ports, here};
use super::tones::{Frame, judge};

/// Of tshark's expert information: this is an error, and not a remark.
const EXPERT_ERROR: u64 = 0x0080_0000;
/// How often the capture's file is looked at, in milliseconds.
const LOOK_EVERY_MS: u64 = 20;
const MARK: &str = "souffleur: here ends the capture of";
/// Samples that are judged at once: 20 ms at 8 kHz.
const FRAME_SAMPLES: usize = 160;
const PCMU: u8 = 0;
const PCMA: u8 = 8;
/// What tshark tells of each packet, in this order.
const FIELDS: [&str; 16] = [
    "frame.number",
    "udp.srcport",
    "udp.dstport",
    "tcp.srcport",
    "tcp.dstport",
    "_ws.col.Protocol",
    "sip.Method",
    "sip.Status-Code",
    "sip.CSeq.method",
    "sip.resend",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "rtp.p_type",
    "rtp.ssrc",
    "rtp.payload",
];

/// A running capture of a test's ports.
pub struct Capture {
    child: Child,
    errors: Lines<BufReader<ChildStderr>>,
    directory: TempDir,
    signaling: (u16, u16),
    /// Where nobody listens, and what is sent there ends the capture.
    mark: u16,
}

impl Capture {
    /// Starts one; every packet from now on is kept.
    pub async fn start(ports: &Ports) -> Capture {
        let directory = TempDir::new("capture");
        let (first, last) = ports.all();
        let mut child = Command::new("dumpcap")
            .args(["-q", "-i", "lo", "-f", &format!("portrange {first}-{last}"), "-w"])
            .arg(file(&directory))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("dumpcap can't be started (apt install tshark): {error}"));
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let mut errors = BufReader::new(stderr).lines();
        until_line(&mut errors, "File: ").await;
        Capture { child, errors, directory, signaling: ports.all_signaling(), mark: first }
    }

    /// Ends the capture and reads it.
    pub async fn stop(mut self) -> Captured {
        self.catch_up().await;
        let id = self.child.id().expect("the capture runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await.expect("kill can be run");
        assert!(sent.success(), "SIGINT could not be sent to {id}");
        let summary = until_line(&mut self.errors, "received/dropped").await;
        assert!(summary.contains("/0 ("), "the capture lost packets: {summary}");
        self.child.wait().await.expect("the capture ends");
        let (first, last) = self.signaling;
        let mut command = Command::new("tshark");
        command.arg("-r").arg(file(&self.directory));
        command.args(["-d", &format!("udp.port=={first}-{last},sip")]);
        command.args(["-d", &format!("tcp.port=={first}-{last},sip")]);
        command.args(["-Y", "sip || rtp || rtcp || _ws.malformed || _ws.expert", "-T", "fields"]);
        for field in FIELDS {
            command.args(["-e", field]);
        }
        let output = command.stdin(Stdio::null()).output().await.expect("tshark can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        Captured { packets: text.lines().map(Packet::of).collect() }
    }
}

impl Capture {
    /// Waits until a datagram of our own has reached the file, and with it all that came before.
    async fn catch_up(&self) {
        let socket = UdpSocket::bind(here(0)).expect("a socket");
        let mark = format!("{MARK} {}", self.mark);
        socket.send_to(mark.as_bytes(), here(self.mark)).expect("a datagram can be sent");
        let mut look = interval(Duration::from_millis(LOOK_EVERY_MS));
        let looking = async {
            loop {
                look.tick().await;
                let bytes = std::fs::read(file(&self.directory)).expect("the capture's file");
                if bytes.windows(mark.len()).any(|it| it == mark.as_bytes()) {
                    return;
                }
            }
        };
        let found = timeout(Duration::from_millis(DEADLINE_MS), looking).await;
        assert!(found.is_ok(), "the capture does not keep up");
    }
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("packets.pcapng")
}

async fn until_line(lines: &mut Lines<BufReader<ChildStderr>>, mark: &str) -> String {
    let mut said = Vec::new();
    let reading = async {
        while let Ok(Some(line)) = lines.next_line().await {
            said.push(line.clone());
            if line.contains(mark) {
                return Some(line);
            }
        }
        None
    };
    let found = timeout(Duration::from_millis(DEADLINE_MS), reading).await;
    found.ok().flatten().unwrap_or_else(|| {
        panic!("dumpcap never said {mark:?}; may this user capture? It said:\n{}", said.join("\n"))
    })
}

/// Everything that was captured.
pub struct Captured {
    packets: Vec<Packet>,
}

/// One packet, as tshark understands it.
#[derive(Debug, Default)]
struct Packet {
    number: String,
    from: u16,
    to: u16,
    protocol: String,
    /// `INVITE` of a request, `200 INVITE` of an answer; several in one packet of TCP.
    messages: Vec<String>,
    is_repeated: bool,
    complaint: Option<String>,
    rtp: Option<Rtp>,
}

#[derive(Debug)]
struct Rtp {
    kind: u8,
    source: String,
    payload: Vec<u8>,
}

impl Packet {
    fn of(line: &str) -> Packet {
        let mut columns: Vec<&str> = line.split('\t').collect();
        columns.resize(FIELDS.len(), "");
        let field = |name: &str| columns[FIELDS.iter().position(|it| *it == name).expect("a field")];
        let number = |name: &str| field(name).parse().ok();
        let port = |one: &str, other: &str| number(one).or_else(|| number(other)).unwrap_or(0);
        let expert = |it: &&str| it.parse::<u64>().is_ok_and(|severity| severity >= EXPERT_ERROR);
        let is_bad = !field("_ws.malformed").is_empty()
            || field("_ws.expert.severity").split(',').any(|it| expert(&it));
        let rtp = field("rtp.p_type").parse().ok().map(|kind| Rtp {
            kind,
            source: field("rtp.ssrc").to_owned(),
            payload: bytes(field("rtp.payload")),
        });
        Packet {
            number: field("frame.number").to_owned(),
            from: port("udp.srcport", "tcp.srcport"),
            to: port("udp.dstport", "tcp.dstport"),
            protocol: field("_ws.col.Protocol").to_owned(),
            messages: messages(field("sip.Method"), field("sip.Status-Code"), field("sip.CSeq.method")),
            is_repeated: field("sip.resend").contains('1'),
            complaint: is_bad.then(|| field("_ws.expert.message").to_owned()),
            rtp,
        }
    }
}

fn messages(methods: &str, statuses: &str, sequences: &str) -> Vec<String> {
    if methods.is_empty() && statuses.is_empty() {
        return Vec::new();
    }
    let list =
        |text: &str| text.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match (list(methods), list(statuses)) {
        (methods, statuses) if statuses.is_empty() => methods,
        (methods, statuses) if methods.is_empty() => statuses
            .iter()
            .zip(list(sequences))
            .map(|(status, method)| format!("{status} {method}"))
            .collect(),
        // Requests and answers in one packet of TCP: in which order, the fields don't tell.
        (methods, statuses) => methods.into_iter().chain(statuses).collect(),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |it: u8| (it as char).to_digit(16).and_then(|it| u8::try_from(it).ok()).unwrap_or(0);
    digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

impl Captured {
    /// Packets that tshark takes for malformed, or finds an error in: a line for each.
    pub fn malformed(&self) -> Vec<String> {
        let bad = self.packets.iter().filter_map(|it| it.complaint.as_ref().map(|complaint| (it, complaint)));
        bad.map(|(it, complaint)| {
            format!("#{} {} {}→{} {:?}: {complaint}", it.number, it.protocol, it.from, it.to, it.messages)
        })
        .collect()
    }

    /// How often each SIP message was sent again over UDP: `INVITE`, `200 INVITE`, …
    pub fn repeated(&self) -> BTreeMap<String, usize> {
        self.count(|it| it.is_repeated)
    }

    /// How often each SIP message was sent, the first time included.
    pub fn messages(&self) -> BTreeMap<String, usize> {
        self.count(|_| true)
    }

    /// What the RTP to a port sounds like, if it is G.711 in clear: frames in the order in which they came.
    pub fn heard_at(&self, port: u16) -> Vec<Frame> {
        let packets = self.packets.iter().filter(|it| it.to == port).filter_map(|it| it.rtp.as_ref());
        let samples: Vec<f64> = packets.flat_map(samples).collect();
        samples.chunks_exact(FRAME_SAMPLES).map(|frame| judge(frame, 8_000)).collect()
    }

    /// How many sources of RTP spoke to a port.
    pub fn sources_to(&self, port: u16) -> usize {
        let to_it = self.packets.iter().filter(|it| it.to == port).filter_map(|it| it.rtp.as_ref());
        to_it.map(|it| it.source.as_str()).collect::<std::collections::BTreeSet<_>>().len()
    }

    fn count(&self, fits: impl Fn(&Packet) -> bool) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for message in self.packets.iter().filter(|it| fits(it)).flat_map(|it| &it.messages) {
            *counts.entry(message.clone()).or_default() += 1;
        }
        counts
    }
}

fn samples(rtp: &Rtp) -> Vec<f64> {
    let decode = match rtp.kind {
        PCMU => of_mu_law,
        PCMA => of_a_law,
        _ => return Vec::new(),
    };
    rtp.payload.iter().map(|it| decode(*it)).collect()
}

/// G.711, in the form that is easy to compare with the recommendation's tables.
fn of_mu_law(code: u8) -> f64 {
    let code = !code;
    let (exponent, mantissa) = ((code >> 4) & 7, i32::from(code & 15));
    let size = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    f64::from(if code & 0x80 == 0 { size } else { -size }) / 32768.0
}

fn of_a_law(code: u8) -> f64 {
    let code = code ^ 0x55;
    let (exponent, mantissa) = ((code >> 4) & 7, i32::from(code & 15));
    let size = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    f64::from(if code & 0x80 == 0 { -size } else { size }) / 32768.0
}

/// G.711 of a sample, for those who play files of bytes.
pub fn to_mu_law(sample: f64) -> u8 {
    let size = ((sample.abs() * 32768.0) as i32).min(32_635) + 0x84;
    let exponent = (24 - size.leading_zeros()).clamp(0, 7);
    let mantissa = (size >> (exponent + 3)) & 15;
    let sign = if sample < 0.0 { 0x80 } else { 0 };
    !(sign | u8::try_from(exponent).unwrap_or(7) << 4 | u8::try_from(mantissa).unwrap_or(15))
}

#[test]
fn mu_law_comes_back_nearly_as_it_went() {
    for step in -100..=100 {
        let sample = f64::from(step) / 101.0;
        let back = of_mu_law(to_mu_law(sample));
        assert!((back - sample).abs() <= 0.001 + sample.abs() / 30.0, "{sample} {back}");
    }
    assert_eq!((of_mu_law(0xff), of_mu_law(0x7f)), (0.0, 0.0));
    // The loudest of A-law: G.711, table 1a.
    assert!((of_a_law(0x2a) + 32256.0 / 32768.0).abs() < 1e-9 && of_a_law(0xd5) > 0.0);
}
