//! What is on the wire, octet by octet.

use std::time::Duration;

use smpp::esme::{Config, Esme, Input, Output, Submission};
use smpp::smsc::{self, Delivery, Smsc};
use smpp::{BindAs, Credentials, Part, Sar, Status};

use crate::story::start;
use crate::{address, config, parameter, part, submission};

/// What an esme sends for these inputs.
fn check(config: Config, inputs: Vec<Input<'_>>, expected: &[&[u8]]) {
    let (mut esme, mut out, now) = (Esme::new(config), Vec::new(), start());
    inputs.into_iter().for_each(|input| esme.handle(input, now, &mut out));
    let sent =
        out.iter().filter_map(|it| if let Output::Send(octets) = it { Some(&octets[..]) } else { None });
    assert_eq!(sent.collect::<Vec<_>>().concat(), expected.concat());
}

/// What an smsc sends for these inputs.
fn check_smsc(inputs: Vec<smsc::Input<'_>>, expected: &[&[u8]]) {
    let config = smsc::Config { system_id: "them".to_owned(), ..smsc::Config::default() };
    let (mut smsc, mut out, now) = (Smsc::new(config), Vec::new(), start());
    inputs.into_iter().for_each(|input| smsc.handle(input, now, &mut out));
    let sent = out
        .iter()
        .filter_map(|it| if let smsc::Output::Send(octets) = it { Some(&octets[..]) } else { None });
    assert_eq!(sent.collect::<Vec<_>>().concat(), expected.concat());
}

const BIND: &[u8] = b"\0\0\0\x1B\0\0\0\x09\0\0\0\0\0\0\0\x01us\0pw\0\0\x34\0\0\0";
const BIND_RESPONSE: &[u8] = b"\0\0\0\x1A\x80\0\0\x09\0\0\0\0\0\0\0\x01them\0\x02\x10\0\x01\x34";

fn bound() -> Vec<Input<'static>> {
    vec![Input::Connected, Input::Octets(BIND_RESPONSE)]
}

#[test]
fn binds_of_all_three_kinds() {
    check(config(BindAs::Transceiver), vec![Input::Connected], &[BIND]);
    for (bind, command) in [(BindAs::Receiver, 1), (BindAs::Transmitter, 2)] {
        let mut expected = BIND.to_vec();
        expected[7] = command;
        check(config(bind), vec![Input::Connected], &[&expected]);
    }
    let credentials = Credentials::new("fifteen-letters", "secret08", "twelve-chars").unwrap();
    check(
        Config::new(credentials, BindAs::Transceiver),
        vec![Input::Connected],
        &[b"\0\0\0\x3A\0\0\0\x09\0\0\0\0\0\0\0\x01", b"fifteen-letters\0secret08\0twelve-chars\0\x34\0\0\0"],
    );
}

#[test]
fn a_plain_submission() {
    let mut inputs = bound();
    inputs.push(Input::Submit { ticket: 7, submission: submission("Hello") });
    check(
        config(BindAs::Transceiver),
        inputs,
        &[
            BIND,
            b"\0\0\0\x37\0\0\0\x04\0\0\0\0\0\0\0\x02\0",
            b"\x03\x0072800\0\x01\x01491701234567\0",
            // esm_class, protocol_id, priority; no schedule, no validity; receipt asked for; data_coding; text.
            b"\0\0\0\0\0\x01\0\0\0\x05Hello",
        ],
    );
}

#[test]
fn a_submission_with_everything() {
    let sar = Some(Sar { reference: 0x0102, total: 3, number: 2 });
    let (short_message, payload) = (Vec::new(), Some(b"\x04\x16".to_vec()));
    let part = Part { esm_class: 0x40, data_coding: 8, short_message, payload, sar };
    let validity = Some(Duration::from_secs(2 * 86_400 + 3 * 3_600 + 4 * 60 + 5));
    let (from, to) = (address("Souffleur"), address("+491701234567"));
    let submission = Submission { from, to, part, reference: Some(0x1234), validity };
    let mut inputs = bound();
    inputs.push(Input::Submit { ticket: 7, submission });
    check(
        config(BindAs::Transceiver),
        inputs,
        &[
            BIND,
            b"\0\0\0\x62\0\0\0\x04\0\0\0\0\0\0\0\x02\0",
            b"\x05\x00Souffleur\0\x01\x01491701234567\0",
            b"\x40\0\0\x00000002030405000R\0\x01\0\x08\0\0",
            b"\x02\x0C\0\x02\x01\x02",
            b"\x02\x0E\0\x01\x03",
            b"\x02\x0F\0\x01\x02",
            b"\x02\x04\0\x02\x12\x34",
            b"\x04\x24\0\x02\x04\x16",
        ],
    );
}

#[test]
fn the_longest_validity_is_thirty_days() {
    let validity = Some(Duration::from_secs(1_000 * 86_400));
    let mut inputs = bound();
    inputs.push(Input::Submit { ticket: 7, submission: Submission { validity, ..submission("") } });
    check(
        config(BindAs::Transmitter),
        vec![
            Input::Connected,
            Input::Octets(b"\0\0\0\x11\x80\0\0\x02\0\0\0\0\0\0\0\x01\0"),
            inputs.pop().unwrap(),
        ],
        &[
            b"\0\0\0\x1B\0\0\0\x02\0\0\0\0\0\0\0\x01us\0pw\0\0\x34\0\0\0",
            b"\0\0\0\x42\0\0\0\x04\0\0\0\0\0\0\0\x02\0",
            b"\x03\x0072800\0\x01\x01491701234567\0\0\0\0\x00000030000000000R\0\x01\0\0\0\0",
        ],
    );
}

#[test]
fn answers_of_an_esme() {
    let text: &[u8] = b"\0\0\0\x21\0\0\0\x05\0\0\0\0\0\0\0\x2A\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let data: &[u8] = b"\0\0\0\x1A\0\0\x01\x03\0\0\0\0\0\0\0\x2B\0\0\0\0\0\0\0\0\0\0";
    let enquire: &[u8] = b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x2C";
    let unbind: &[u8] = b"\0\0\0\x10\0\0\0\x06\0\0\0\0\0\0\0\x2D";
    let mut inputs = bound();
    inputs.extend([Input::Octets(text), Input::Answer { ticket: 1, status: Status::OK }]);
    inputs.extend([Input::Octets(data), Input::Answer { ticket: 2, status: Status::SYSTEM_ERROR }]);
    inputs.extend([Input::Octets(enquire), Input::Octets(unbind)]);
    check(
        config(BindAs::Transceiver),
        inputs,
        &[
            BIND,
            b"\0\0\0\x11\x80\0\0\x05\0\0\0\0\0\0\0\x2A\0",
            b"\0\0\0\x11\x80\0\x01\x03\0\0\0\x08\0\0\0\x2B\0",
            b"\0\0\0\x10\x80\0\0\x15\0\0\0\0\0\0\0\x2C",
            b"\0\0\0\x10\x80\0\0\x06\0\0\0\0\0\0\0\x2D",
        ],
    );
}

#[test]
fn an_unbind() {
    let mut inputs = bound();
    inputs.push(Input::Unbind);
    check(config(BindAs::Transceiver), inputs, &[BIND, b"\0\0\0\x10\0\0\0\x06\0\0\0\0\0\0\0\x02"]);
}

#[test]
fn what_an_smsc_says() {
    let submit: &[u8] = b"\0\0\0\x21\0\0\0\x04\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let delivery = Delivery {
        message_id: Some("4F2A".to_owned()),
        message_state: Some(2),
        network_error_code: Some((3, 0x0102)),
        reference: Some(0x1234),
        ..Delivery::text(
            address("+491701234567"),
            address("72800"),
            Part { esm_class: 0x04, ..part("id:4F2A") },
        )
    };
    check_smsc(
        vec![
            smsc::Input::Connected,
            smsc::Input::Octets(BIND),
            smsc::Input::AnswerBind(Status::OK),
            smsc::Input::Octets(submit),
            smsc::Input::Octets(submit),
            smsc::Input::AnswerSubmit { ticket: 1, result: Ok("4F2A".to_owned()) },
            smsc::Input::AnswerSubmit { ticket: 2, result: Err(Status::THROTTLED) },
            smsc::Input::Deliver { ticket: 1, delivery },
        ],
        &[
            BIND_RESPONSE,
            b"\0\0\0\x15\x80\0\0\x04\0\0\0\0\0\0\0\x024F2A\0",
            b"\0\0\0\x10\x80\0\0\x04\0\0\0\x58\0\0\0\x02",
            b"\0\0\0\x54\0\0\0\x05\0\0\0\0\0\0\0\x01\0",
            b"\x01\x01491701234567\0\x03\x0072800\0\x04\0\0\0\0\0\0\0\0\x07id:4F2A",
            &parameter(0x0204, b"\x12\x34"),
            &parameter(0x001E, b"4F2A\0"),
            &parameter(0x0427, b"\x02"),
            &parameter(0x0423, b"\x03\x01\x02"),
        ],
    );
}

#[test]
fn a_plain_text_of_an_smsc() {
    let delivery = Delivery::text(address("+491701234567"), address("72800"), part("Hi"));
    check_smsc(
        vec![
            smsc::Input::Connected,
            smsc::Input::Octets(BIND),
            smsc::Input::AnswerBind(Status::OK),
            smsc::Input::Deliver { ticket: 1, delivery },
        ],
        &[
            BIND_RESPONSE,
            b"\0\0\0\x34\0\0\0\x05\0\0\0\0\0\0\0\x01\0",
            b"\x01\x01491701234567\0\x03\x0072800\0\0\0\0\0\0\0\0\0\0\x02Hi",
        ],
    );
}

#[test]
fn a_refused_bind() {
    check_smsc(
        vec![
            smsc::Input::Connected,
            smsc::Input::Octets(BIND),
            smsc::Input::AnswerBind(Status::INVALID_PASSWORD),
        ],
        &[b"\0\0\0\x10\x80\0\0\x09\0\0\0\x0E\0\0\0\x01"],
    );
}
