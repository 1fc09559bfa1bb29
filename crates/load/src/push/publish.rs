//! The messages that push is measured with: publishes to one group's channel after another.

use crate::endpoint::{Endpoint, Transport};
use crate::http;
use crate::stamp;
use crate::swarm::Traffic;
use crate::websocket;

/// The channel of a group.
pub fn channel(group: usize) -> String {
    format!("/load/{group}")
}

/// Publishes by Bayeux.
pub struct Publishes {
    pub endpoint: Endpoint,
    pub groups: usize,
    pub payload: usize,
    pub publishers: Vec<Publisher>,
}

/// One who may publish.
pub struct Publisher {
    pub client_id: String,
    pub cookies: String,
}

impl Traffic for Publishes {
    fn write(&self, out: &mut Vec<u8>, sender: usize, sequence: u64, due_ns: u64) {
        let publisher = &self.publishers[sender];
        let group = sequence % self.groups as u64;
        let mut body = Vec::with_capacity(self.payload + 160);
        // The bound relies on this order of members.
        body.extend_from_slice(b"[{\"channel\":\"/load/");
        http::decimal(&mut body, group);
        body.extend_from_slice(b"\",\"data\":{\"text\":\"");
        stamp::write(&mut body, due_ns, self.payload);
        body.extend_from_slice(b"\"},\"clientId\":\"");
        body.extend_from_slice(publisher.client_id.as_bytes());
        body.extend_from_slice(b"\",\"id\":\"");
        http::decimal(&mut body, sequence);
        body.extend_from_slice(b"\"}]");
        match self.endpoint.transport {
            Transport::Websocket => websocket::encode(out, websocket::TEXT, true, &body),
            Transport::LongPolling => {
                let cookies = match publisher.cookies.as_str() {
                    "" => String::new(),
                    cookies => format!("Cookie: {cookies}\r\n"),
                };
                http::encode_post(out, &self.endpoint.host(), &self.endpoint.path, &cookies, &body);
            }
        }
    }
}
