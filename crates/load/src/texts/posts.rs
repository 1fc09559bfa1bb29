//! The requests by which texts are posted, to each server in its own words.

use std::rc::Rc;

use crate::http;
use crate::stamp;
use crate::texts::carrier::number_of;
use crate::texts::kannel;

/// Who posts what.
pub enum Posts {
    /// Kannel's `sendsms`.
    Kannel { host: String, payload: usize, phones: usize },
    /// `SendMessage` of agents, each in the sessions of its own desk in turn.
    Souffleur { host: String, payload: usize, desks: Rc<[Desk]> },
}

/// An agent with sessions.
pub struct Desk {
    /// Whole header lines that authenticate the agent's requests.
    pub headers: String,
    /// The paths of its sessions.
    pub paths: Vec<String>,
}

impl Posts {
    /// Appends the request number `sequence`, for a connection.
    pub fn write(&self, out: &mut Vec<u8>, connection: usize, sequence: u64, now_ns: u64) {
        let mut text = Vec::with_capacity(256);
        match self {
            Posts::Kannel { host, payload, phones } => {
                stamp::write(&mut text, now_ns, *payload);
                let text = String::from_utf8_lossy(&text).replace('=', "%3D").replace(' ', "+");
                let path = kannel::send_path(&number_of(sequence as usize % phones), &text);
                http::encode_request(out, "GET", host, &path, "", b"");
            }
            Posts::Souffleur { host, payload, desks } => {
                let desk = &desks[connection % desks.len()];
                let turn = sequence as usize / desks.len();
                text.extend_from_slice(br#"{"operationName":"SendMessage","text":""#);
                stamp::write(&mut text, now_ns, *payload);
                text.extend_from_slice(b"\"}");
                http::encode_post(out, host, &desk.paths[turn % desk.paths.len()], &desk.headers, &text);
            }
        }
    }
}
