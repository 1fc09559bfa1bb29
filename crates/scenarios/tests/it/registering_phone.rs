//! A telephone that does no more than register (RFC 3261, section 10; RFC 7616 with MD5): enough for whatever is
//! asked of a telephone that never rings.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use md5::{Digest as _, Md5};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// How long the server may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// More than the answer to a REGISTER has.
const DATAGRAM_BYTES: usize = 4_096;

/// Registered as long as its socket is there.
pub struct RegisteringPhone {
    socket: UdpSocket,
    server: SocketAddr,
    number: String,
}

impl RegisteringPhone {
    /// Registers at the server, which has to ask for the password.
    pub async fn register(server: SocketAddr, number: &str, password: &str) -> RegisteringPhone {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a socket");
        let phone = RegisteringPhone { socket, server, number: number.to_owned() };
        let challenge = phone.ask(1, "").await;
        assert!(challenge.starts_with("SIP/2.0 401 "), "{challenge}");
        let authorization = phone.authorization(&challenge, password);
        let answer = phone.ask(2, &authorization).await;
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        phone
    }

    async fn ask(&self, sequence: u32, authorization: &str) -> String {
        let (number, server) = (&self.number, self.server);
        let own = self.socket.local_addr().expect("an address");
        let request = format!(
            "REGISTER sip:{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK-{number}-{sequence};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:{number}@{server}>;tag={number}\r\n\
             To: <sip:{number}@{server}>\r\n\
             Call-ID: {number}-{}@127.0.0.1\r\n\
             CSeq: {sequence} REGISTER\r\n\
             Contact: <sip:{number}@{own}>;expires=600\r\n\
             {authorization}Content-Length: 0\r\n\r\n",
            own.port()
        );
        self.socket.send_to(request.as_bytes(), server).await.expect("sent");
        let wanted = format!("CSeq: {sequence} REGISTER");
        loop {
            let mut datagram = [0; DATAGRAM_BYTES];
            let came = timeout(DEADLINE, self.socket.recv(&mut datagram)).await;
            let length = came.unwrap_or_else(|_| panic!("no answer to {wanted}")).expect("received");
            let text = String::from_utf8_lossy(&datagram[..length]).into_owned();
            // The server may look whether we are there.
            if text.starts_with("SIP/2.0 ") && text.contains(&wanted) {
                return text;
            }
        }
    }

    fn authorization(&self, challenge: &str, password: &str) -> String {
        let offered =
            challenge.lines().filter(|line| line.to_ascii_lowercase().starts_with("www-authenticate:"));
        let offered: Vec<_> = offered.filter(|line| !line.contains("SHA")).collect();
        let [line] = offered.as_slice() else { panic!("one challenge by MD5: {challenge}") };
        let (realm, nonce) = (word(line, "realm"), word(line, "nonce"));
        let uri = format!("sip:{}", self.server);
        let secret = hex(&format!("{}:{realm}:{password}", self.number));
        let asked = hex(&format!("REGISTER:{uri}"));
        let response = hex(&format!("{secret}:{nonce}:00000001:0a4f113b:auth:{asked}"));
        let opaque = line.contains("opaque=").then(|| format!(", opaque=\"{}\"", word(line, "opaque")));
        format!(
            "Authorization: Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"0a4f113b\"{}\r\n",
            self.number,
            opaque.unwrap_or_default()
        )
    }
}

/// The quoted value of a parameter.
fn word<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("{name} in {line}"));
    rest.split('"').next().unwrap_or("")
}

fn hex(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
