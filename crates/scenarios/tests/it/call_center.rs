//! A contact center that is called: people at telephones that others wrote, a customer behind a trunk, and a capture
//! of everything that goes over the wire.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use test_kit::{Desk, Medium, Notification, TempDir, Transport, add_person};

use crate::center::{Center, UNHURRIED};
use crate::telephones::capture::{Capture, Captured};
use crate::telephones::ports::{Ports, here};
use crate::telephones::sipp::Scenario;
use crate::telephones::tones::{MUSIC, Tone, write_tone};
use crate::telephones::{Answering, Make, Setup, Telephone, Wire};

/// Calls, in the words of the wire.
pub const CALLS: Medium = Medium { channel: "voice", collection: "calls" };
/// The number that customers call.
pub const QUEUE: &str = "800";
/// Where the trunk is: calls from here need no password.
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The customer's number.
pub const CUSTOMER_NUMBER: &str = "+442079460123";
const MUSIC_SECONDS: u32 = 4;
/// Ports for the server's media.
const SERVER_MEDIA: u16 = 64;

/// The server, and where it listens.
pub struct CallCenter {
    pub center: Center,
    pub ports: Ports,
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    pub tls: SocketAddr,
    /// Where the trunk listens for our calls.
    pub trunk: u16,
    capture: Capture,
    files: TempDir,
}

/// Somebody with a desktop and a telephone.
pub struct Seat {
    pub desk: Desk,
    pub phone: Telephone,
    pub device: String,
    pub number: String,
}

impl CallCenter {
    pub async fn open() -> CallCenter {
        CallCenter::open_with("").await
    }

    /// The same with more lines in the section on calls.
    pub async fn open_with(further: &str) -> CallCenter {
        let ports = Ports::claim();
        let files = TempDir::new("call-center");
        write_tone(&files.path().join("music.wav"), MUSIC, 8_000, MUSIC_SECONDS);
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        std::fs::write(files.path().join("certificate.pem"), issued.cert.pem()).expect("a file");
        std::fs::write(files.path().join("key.pem"), issued.signing_key.serialize_pem()).expect("a file");
        let (udp, tcp, tls) = (ports.signaling(1), ports.signaling(1), ports.other(1));
        let (trunk, media) = (ports.signaling(2), ports.media(SERVER_MEDIA));
        let capture = Capture::start(&ports).await;
        let voice = voice(&files, [udp, tcp, tls], trunk, (media, media + SERVER_MEDIA - 1), further);
        let mut center = Center::open_with(&format!("{UNHURRIED}{voice}")).await;
        center.medium = CALLS;
        let queue = json!({"name": "Sales", "channel": CALLS.channel, "phoneNumber": QUEUE});
        center.admin.http.post("/api/v2/queues", &queue).await.expect("an answer").success();
        CallCenter { center, ports, udp: here(udp), tcp: here(tcp), tls: here(tls), trunk, capture, files }
    }

    /// Somebody who is logged in and not ready, and whose telephone is registered.
    pub async fn seat(&self, name: &str, role: &str, number: &str, make: Make, setup: Setup) -> Seat {
        let person = add_person(&self.center.admin.http, name, &[role]).await;
        let password = format!("secret-of-{name}");
        let device = json!({"phoneNumber": number, "sipPassword": password});
        let path = format!("/api/v2/users/{}/devices", person.id);
        let made = self.center.admin.http.post(&path, &device).await.expect("an answer").success();
        let device = made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned();
        let server = match setup.wire {
            Wire::Udp => self.udp,
            Wire::Tcp => self.tcp,
            Wire::Tls => self.tls,
        };
        let authority = Some(self.files.path().join("certificate.pem"));
        let setup = Setup {
            user: number.to_owned(),
            password: Some(password),
            server: Some(server),
            authority,
            ..setup
        };
        let phone = Telephone::start(make, &self.ports, setup).await;
        phone.told("registered").await;
        let mut desk = Desk::login(&self.center.server.base(), &person.user_name, &person.password).await;
        desk.medium = CALLS;
        desk.open_push(Transport::WebSocket).await;
        desk.start_session().await;
        desk.set_state("NotReady").await;
        Seat { desk, phone, device, number: number.to_owned() }
    }

    /// A customer's telephone, on the other side of the trunk.
    pub async fn customer(&self, tone: Tone) -> Telephone {
        let setup = Setup { host: OUTSIDE, server: Some(self.udp), ..Setup::new(CUSTOMER_NUMBER, tone) };
        Telephone::start_at(self.trunk, Make::Pjsua, &self.ports, setup).await
    }

    /// A customer that SIPp plays.
    pub fn scenario<'a>(&self, name: &'a str, service: &'a str, tone: Tone) -> Scenario<'a> {
        let target = Some(self.udp);
        Scenario { host: OUTSIDE, target, service, caller: CUSTOMER_NUMBER, ..Scenario::new(name, tone) }
    }

    /// How a number is called at the server.
    pub fn uri(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.udp)
    }

    /// The end of the story: the wire shows nothing malformed, and nothing that had to be said twice.
    pub async fn close(self) -> Captured {
        let captured = self.close_after_a_fault().await;
        assert_eq!(captured.repeated(), BTreeMap::new());
        captured
    }

    /// The end of a story in which somebody did not answer: the wire shows nothing malformed.
    pub async fn close_after_a_fault(self) -> Captured {
        let captured = self.capture.stop().await;
        assert_eq!(captured.malformed(), Vec::<String>::new(), "{}", self.center.server.log().join("\n"));
        captured
    }
}

/// The section of the configuration.
fn voice(files: &TempDir, [udp, tcp, tls]: [u16; 3], trunk: u16, media: (u16, u16), further: &str) -> String {
    let path = |name: &str| files.path().join(name).display().to_string();
    let (certificate, key, music) = (path("certificate.pem"), path("key.pem"), path("music.wav"));
    format!(
        r#"
[voice]
udp = ["127.0.0.1:{udp}"]
tcp = ["127.0.0.1:{tcp}"]
tls = ["127.0.0.1:{tls}"]
certificate = "{certificate}"
key = "{key}"
srtp = "optional"
first_rtp_port = {}
last_rtp_port = {}
hold_music = "{music}"
recordings = "{}"
{further}

[[voice.trunk]]
name = "city"
host = "{OUTSIDE}"
port = {trunk}
prefixes = ["+", "0"]
"#,
        media.0,
        media.1,
        path("recordings")
    )
}

impl Seat {
    /// Calls an operation of the own device, which must succeed.
    pub async fn at_device(&self, operation: &str, parameters: Value) {
        let mut body = json!({"operationName": operation});
        for (name, value) in parameters.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = format!("/api/v2/me/devices/{}", self.device);
        self.desk.http.post(&path, &body).await.expect("an answer").success();
    }

    /// Calls an operation of a call, which must succeed.
    pub async fn operate(&self, call: &str, operation: &str, parameters: Value) {
        self.desk.operate(call, operation, parameters).await;
    }

    /// Dials by the API; answers the new call's id.
    pub async fn dial(&self, number: &str) -> String {
        let body = json!({"operationName": "Dial", "destination": {"phoneNumber": number}});
        let path = format!("/api/v2/me/devices/{}/calls", self.device);
        self.desk.http.post(&path, &body).await.expect("an answer").success();
        self.call_in("Dialing").await
    }

    /// Waits for the next call that gets into a state; answers its id.
    pub async fn call_in(&self, state: &str) -> String {
        let what = format!("{state} call for {}", self.number);
        let told = self.desk.inbox.take(&what, |it| is_call(it) && it.data["call"]["state"] == state).await;
        told.data["call"]["id"].as_str().expect("a call has an id").to_owned()
    }

    /// Waits until a call gets into a state.
    pub async fn reaches(&self, call: &str, state: &str) -> Value {
        let what = format!("{state} of call {call} for {}", self.number);
        let fits = |it: &Notification| {
            is_call(it) && it.data["call"]["state"] == state && it.data["call"]["id"] == call
        };
        self.desk.inbox.take(&what, fits).await.data["call"].clone()
    }

    /// Has the telephone take the call that rings.
    pub async fn takes(&mut self) {
        self.phone.told("ringing").await;
        self.phone.answer().await;
        self.phone.told("established").await;
    }
}

fn is_call(it: &Notification) -> bool {
    it.channel == "/v2/me/calls"
}

/// A telephone that answers by itself.
pub fn answering(tone: Tone) -> Setup {
    Setup { answering: Answering::Always, ..Setup::new("", tone) }
}
