//! Octets of somebody who means harm, or has lost the thread: no panic, bounded memory, a session that ends or goes on.

use std::time::Duration;

use proptest::prelude::*;
use smpp::esme::{self, Esme};
use smpp::smsc::{self, Smsc};
use smpp::{BindAs, Status};

use crate::story::start;
use crate::{
    BIND_TRANSCEIVER, DATA_SM, DELIVER_SM, ENQUIRE_LINK, RESPONSE, SUBMIT_SM, UNBIND, bind_pdu,
    bind_response, config, parameter, pdu, submission, text_body,
};

/// How much longer a response may be than what it responds to, in octets: the empty ID of a text's response.
const LONGER: usize = 1;

/// Hands these octets, in pieces, to both sides: not connected, connected, and bound.
fn check(octets: &[u8], piece: usize) {
    for depth in 0..3 {
        check_esme(octets, piece, depth);
        check_smsc(octets, piece, depth);
    }
}

fn check_esme(octets: &[u8], piece: usize, depth: usize) {
    let (mut esme, mut out, mut now) = (Esme::new(config(BindAs::Transceiver)), Vec::new(), start());
    let bound = bind_response(BIND_TRANSCEIVER);
    let begin = [esme::Input::Connected, esme::Input::Octets(&bound)];
    begin.into_iter().take(depth).for_each(|input| esme.handle(input, now, &mut out));
    for ticket in 1..=2 {
        esme.handle(esme::Input::Submit { ticket, submission: submission("Hi") }, now, &mut out);
    }
    out.clear();
    for (ticket, piece) in octets.chunks(piece).enumerate() {
        esme.handle(esme::Input::Octets(piece), now, &mut out);
        let status = Status::OK;
        esme.handle(esme::Input::Answer { ticket: ticket as u64, status }, now, &mut out);
    }
    let sent = out.iter().map(|it| if let esme::Output::Send(sent) = it { sent.len() } else { 0 });
    check_sent(sent.sum(), octets);
    out.clear();
    // In the end nothing is due, and everything was reported on.
    for _ in 0..100 {
        now += Duration::from_secs(60);
        esme.handle(esme::Input::Tick, now, &mut out);
    }
    esme.handle(esme::Input::Closed, now, &mut out);
    assert_eq!((esme.deadline(), esme.room(), esme.is_bound()), (None, 0, false));
}

fn check_smsc(octets: &[u8], piece: usize, depth: usize) {
    let (mut smsc, mut out, mut now) = (Smsc::new(smsc::Config::default()), Vec::new(), start());
    let bind = bind_pdu(BIND_TRANSCEIVER);
    let begin = [smsc::Input::Connected, smsc::Input::Octets(&bind), smsc::Input::AnswerBind(Status::OK)];
    begin.into_iter().take(depth * 2 - depth / 2).for_each(|input| smsc.handle(input, now, &mut out));
    out.clear();
    for (ticket, piece) in octets.chunks(piece).enumerate() {
        smsc.handle(smsc::Input::Octets(piece), now, &mut out);
        let result = Err(Status::SYSTEM_ERROR);
        smsc.handle(smsc::Input::AnswerSubmit { ticket: ticket as u64, result }, now, &mut out);
    }
    let sent = out.iter().map(|it| if let smsc::Output::Send(sent) = it { sent.len() } else { 0 });
    check_sent(sent.sum(), octets);
    out.clear();
    for _ in 0..100 {
        now += Duration::from_secs(60);
        smsc.handle(smsc::Input::Tick, now, &mut out);
    }
    smsc.handle(smsc::Input::Closed, now, &mut out);
    assert_eq!((smsc.deadline(), smsc.room(), smsc.is_bound()), (None, 0, false));
}

/// Nobody can make a session send much more than it was sent.
fn check_sent(sent: usize, octets: &[u8]) {
    // What it may have to say by itself: the two submissions.
    const BY_ITSELF: usize = 200;
    let most = octets.len() + LONGER * octets.len() / 16 + BY_ITSELF;
    assert!(sent <= most, "{sent} octets were sent for {}", octets.len());
}

/// Real PDUs, as a beginning for unreal ones.
fn pdus() -> impl Strategy<Value = Vec<u8>> {
    let commands = [
        0x01,
        0x02,
        0x03,
        SUBMIT_SM,
        DELIVER_SM,
        UNBIND,
        0x07,
        0x09,
        0x0B,
        ENQUIRE_LINK,
        0x21,
        0x102,
        DATA_SM,
        0x999,
    ];
    let command = (proptest::sample::select(commands.to_vec()), any::<bool>());
    let body = prop_oneof![
        Just(Vec::new()),
        Just(text_body(0, b"Hi", &parameter(0x0424, b"Ho"))),
        Just(text_body(0x44, b"\x05\0\x03\x01\x02\x01id:7 stat:DELIVRD", &parameter(0x001E, b"7\0"))),
        proptest::collection::vec(any::<u8>(), 0..80),
    ];
    (command, any::<u8>(), 0u32..6, body).prop_map(|((command, is_response), status, sequence, body)| {
        let command = if is_response { command | RESPONSE } else { command };
        pdu(command, u32::from(status / 64), sequence, &body)
    })
}

proptest! {
    #[test]
    fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..2_000), piece in 1usize..300) {
        check(&octets, piece);
    }

    #[test]
    fn pdus_with_wrong_octets(pdus in proptest::collection::vec(pdus(), 1..20), piece in 1usize..300,
        wrongs in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(), is_cut in any::<bool>()) {
        let mut octets = pdus.concat();
        for (place, wrong) in wrongs {
            let place = place.index(octets.len());
            octets[place] = wrong;
        }
        if is_cut {
            octets.truncate(cut.index(octets.len()));
        }
        check(&octets, piece);
    }
}

#[test]
fn lengths_that_lie() {
    for length in [0u32, 1, 4, 15, 17, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        for piece in [1, 3, 16, 1_000] {
            let mut octets = pdu(DELIVER_SM, 0, 1, &text_body(0, b"Hi", b""));
            octets[..4].copy_from_slice(&length.to_be_bytes());
            check(&octets.repeat(5), piece);
        }
    }
}

#[test]
fn the_longest_pdu_that_is_taken() {
    let body = text_body(0, b"", &parameter(0x0424, &vec![b'a'; 65_000]));
    for piece in [1_000, 100_000] {
        check(&pdu(DELIVER_SM, 0, 1, &body).repeat(3), piece);
    }
}
