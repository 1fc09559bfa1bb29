//! Any octets, taken for what a carrier sends its customer, and for what a customer sends its carrier; before and
//! after the bind, and in pieces whose size the first octet says.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use smpp::esme::{self, Esme, Submission};
use smpp::smsc::{self, Delivery, Smsc};
use smpp::{Address, BindAs, Credentials, Part, Status};

const BIND: &[u8] = b"\0\0\0\x1B\0\0\0\x09\0\0\0\0\0\0\0\x01us\0pw\0\0\x34\0\0\0";
const BIND_RESPONSE: &[u8] = b"\0\0\0\x11\x80\0\0\x09\0\0\0\0\0\0\0\x01\0";
/// Of each side; the window holds one of them less.
const TEXTS: u64 = 3;
/// The link is checked, found dead and closed by then.
const LATER: Duration = Duration::from_secs(1_000);

fuzz_target!(|input: &[u8]| {
    let Some((piece, octets)) = input.split_first() else { return };
    let piece = usize::from(*piece) + 1;
    #[expect(clippy::disallowed_methods, reason = "a clock has to begin somewhere; it then moves by hand")]
    let now = Instant::now();
    for is_bound in [false, true] {
        customer(octets, piece, is_bound, now);
        carrier(octets, piece, is_bound, now);
    }
});

fn customer(octets: &[u8], piece: usize, is_bound: bool, now: Instant) {
    let credentials = Credentials::new("us", "pw", "").expect("short enough");
    let window = TEXTS as usize - 1;
    let config = esme::Config { window, ..esme::Config::new(credentials, BindAs::Transceiver) };
    let (mut esme, mut out) = (Esme::new(config), Vec::new());
    esme.handle(esme::Input::Connected, now, &mut out);
    if is_bound {
        esme.handle(esme::Input::Octets(BIND_RESPONSE), now, &mut out);
    }
    for ticket in 1..=TEXTS {
        let (from, to, part) = (address("72800"), address("+491701234567"), part());
        let submission = Submission { from, to, part, reference: Some(7), validity: None };
        esme.handle(esme::Input::Submit { ticket, submission }, now, &mut out);
    }
    for (count, piece) in octets.chunks(piece).enumerate() {
        esme.handle(esme::Input::Octets(piece), now, &mut out);
        esme.handle(esme::Input::Answer { ticket: count as u64, status: Status::OK }, now, &mut out);
    }
    for step in 1..=10 {
        esme.handle(esme::Input::Tick, now + LATER * step, &mut out);
    }
    esme.handle(esme::Input::Closed, now + LATER * 10, &mut out);
    assert_eq!((esme.deadline(), esme.room(), esme.is_bound()), (None, 0, false));
    let (mut sent, mut told) = (0, 0);
    for output in &out {
        match output {
            esme::Output::Send(octets) => sent += octets.len(),
            esme::Output::Submitted { .. } => told += 1,
            _ => {}
        }
    }
    assert_eq!(told, TEXTS, "each submission is reported on once");
    check_sent(sent, octets);
}

fn carrier(octets: &[u8], piece: usize, is_bound: bool, now: Instant) {
    let (mut smsc, mut out) = (Smsc::new(smsc::Config::default()), Vec::new());
    smsc.handle(smsc::Input::Connected, now, &mut out);
    if is_bound {
        smsc.handle(smsc::Input::Octets(BIND), now, &mut out);
        smsc.handle(smsc::Input::AnswerBind(Status::OK), now, &mut out);
    }
    for ticket in 1..=TEXTS {
        let delivery = Delivery::text(address("+491701234567"), address("72800"), part());
        smsc.handle(smsc::Input::Deliver { ticket, delivery }, now, &mut out);
    }
    for (count, piece) in octets.chunks(piece).enumerate() {
        smsc.handle(smsc::Input::Octets(piece), now, &mut out);
        smsc.handle(smsc::Input::AnswerBind(Status::OK), now, &mut out);
        let result = Err(Status::SYSTEM_ERROR);
        smsc.handle(smsc::Input::AnswerSubmit { ticket: count as u64, result }, now, &mut out);
    }
    for step in 1..=10 {
        smsc.handle(smsc::Input::Tick, now + LATER * step, &mut out);
    }
    smsc.handle(smsc::Input::Closed, now + LATER * 10, &mut out);
    assert_eq!((smsc.deadline(), smsc.room(), smsc.is_bound()), (None, 0, false));
    let (mut sent, mut told) = (0, 0);
    for output in &out {
        match output {
            smsc::Output::Send(octets) => sent += octets.len(),
            smsc::Output::Delivered { .. } => told += 1,
            _ => {}
        }
    }
    assert_eq!(told, TEXTS, "each text is reported on once");
    check_sent(sent, octets);
}

/// A response is longer than its request by the empty ID of a text at most; the rest is what each side says itself.
fn check_sent(sent: usize, octets: &[u8]) {
    assert!(sent <= octets.len() + octets.len() / 16 + 600, "{sent} octets were sent for {}", octets.len());
}

fn address(text: &str) -> Address {
    Address::of_number(text).expect("a number")
}

fn part() -> Part {
    Part { esm_class: 0, data_coding: 0, short_message: b"Hi".to_vec(), payload: None, sar: None }
}
