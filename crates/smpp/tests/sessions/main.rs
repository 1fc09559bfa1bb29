//! What sessions promise, through the public face of the crate.

mod esme_bind;
mod esme_incoming;
mod esme_link;
mod esme_submit;
mod hostile;
mod judge;
mod pair;
mod smsc;
mod story;
mod wire;

use smpp::esme::{Config, Esme, Input, Output, Submission};
use smpp::{Address, BindAs, Credentials, Part};

const BIND_RECEIVER: u32 = 0x01;
const BIND_TRANSMITTER: u32 = 0x02;
const SUBMIT_SM: u32 = 0x04;
const DELIVER_SM: u32 = 0x05;
const UNBIND: u32 = 0x06;
const BIND_TRANSCEIVER: u32 = 0x09;
const ENQUIRE_LINK: u32 = 0x15;
const DATA_SM: u32 = 0x103;
const RESPONSE: u32 = 0x8000_0000;
const GENERIC_NACK: u32 = 0x8000_0000;

/// A PDU as it is on the wire, with the right length.
fn pdu(command: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let words = [16 + body.len() as u32, command, status, sequence];
    let mut octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    octets.extend_from_slice(body);
    octets
}

fn address(text: &str) -> Address {
    Address::of_number(text).expect("a number")
}

fn part(text: &str) -> Part {
    Part { esm_class: 0, data_coding: 0, short_message: text.into(), payload: None, sar: None }
}

fn submission(text: &str) -> Submission {
    let (from, to) = (address("72800"), address("+491701234567"));
    Submission { from, to, part: part(text), reference: None, validity: None }
}

/// The body of a deliver_sm or submit_sm in GSM 03.38, followed by these optional parameters.
fn text_body(esm_class: u8, text: &[u8], parameters: &[u8]) -> Vec<u8> {
    let head: &[u8] = b"\0\x01\x01491701234567\0\x03\x0072800\0";
    [head, &[esm_class, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8], text, parameters].concat()
}

fn parameter(tag: u16, value: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes(), &(value.len() as u16).to_be_bytes(), value].concat()
}

fn config(bind: BindAs) -> Config {
    let credentials = Credentials::new("us", "pw", "").expect("short enough");
    Config { window: 2, ..Config::new(credentials, bind) }
}

/// The bind that `config` makes.
fn bind_pdu(command: u32) -> Vec<u8> {
    pdu(command, 0, 1, b"us\0pw\0\0\x34\0\0\0")
}

fn bind_response(command: u32) -> Vec<u8> {
    pdu(command | RESPONSE, 0, 1, b"them\0\x02\x10\0\x01\x34")
}

/// The submit_sm of `story::Do::Submit`.
fn submit_pdu(ticket: u64, sequence: u32) -> Vec<u8> {
    let text = format!("text {ticket}");
    let head: &[u8] = b"\0\x03\x0072800\0\x01\x01491701234567\0\0\0\0\0\0\x01\0\0\0";
    pdu(SUBMIT_SM, 0, sequence, &[head, &[text.len() as u8], text.as_bytes()].concat())
}

fn deliver_response(status: u32, sequence: u32) -> Vec<u8> {
    pdu(DELIVER_SM | RESPONSE, status, sequence, b"\0")
}

/// What is told of a deliver_sm with the body of `text_body(0, text, b"")`.
fn incoming(ticket: u64, sequence: u32, text: &str) -> story::Seen {
    let mut esme = Esme::new(config(BindAs::Transceiver));
    let (mut out, now) = (Vec::new(), story::start());
    esme.handle(Input::Connected, now, &mut out);
    esme.handle(Input::Octets(&bind_response(BIND_TRANSCEIVER)), now, &mut out);
    esme.handle(
        Input::Octets(&pdu(DELIVER_SM, 0, sequence, &text_body(0, text.as_bytes(), b""))),
        now,
        &mut out,
    );
    let Some(Output::Incoming(mut incoming)) = out.pop() else { panic!("it is taken") };
    incoming.ticket = ticket;
    story::Seen::Told(Output::Incoming(incoming))
}
