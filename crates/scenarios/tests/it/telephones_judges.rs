//! Before they judge us: the telephones that others wrote understand each other, hear each other's tones, and the
//! capture sees what is wrong on the wire.

use std::net::{Ipv4Addr, UdpSocket};

use serde_json::json;
use test_kit::TempDir;

use crate::telephones::capture::Capture;
use crate::telephones::ports::{Ports, here};
use crate::telephones::sipp::{Scenario, Sipp};
use crate::telephones::tones::{AGENT, CUSTOMER, SECOND_AGENT, SUPERVISOR, describe, hold_exactly};
use crate::telephones::{Answering, Codec, Make, Setup, Telephone, Wire};

/// An address of this machine that is not everybody's.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

#[tokio::test]
async fn outside_phone_baresip_and_outside_phone_pjsua_hear_each_other() {
    let ports = Ports::claim();
    let capture = Capture::start(&ports).await;
    let mut caller = Telephone::start(Make::Baresip, &ports, Setup::new("customer", CUSTOMER)).await;
    let mut agent = Telephone::start(Make::Pjsua, &ports, Setup::new("agent", AGENT)).await;

    caller.call(&agent.uri()).await;
    agent.told("ringing").await;
    agent.answer().await;
    caller.told("established").await;
    caller.hears(&[AGENT]).await;
    agent.hears(&[CUSTOMER]).await;

    caller.send_digits("17#").await;
    agent.gets_digits("17#").await;
    agent.send_digits("*0").await;
    caller.gets_digits("*0").await;

    caller.hold().await;
    agent.listen_anew();
    agent.hears(&[]).await;
    caller.resume().await;
    agent.hears(&[CUSTOMER]).await;

    caller.hang_up().await;
    agent.told("ended").await;
    caller.told("ended").await;
    let captured = capture.stop().await;
    assert_eq!((captured.malformed(), captured.repeated().len()), (vec![], 0));
    assert!(!caller.ever_heard(SUPERVISOR) && !agent.ever_heard(SUPERVISOR));
    assert_eq!(captured.messages().get("BYE"), Some(&1), "{:?}", captured.messages());
}

#[tokio::test]
async fn outside_phone_sipp_speaks_with_outside_phones_and_the_wire_tells_who_is_heard() {
    let ports = Ports::claim();
    let capture = Capture::start(&ports).await;
    let mut baresip = Telephone::start(Make::Baresip, &ports, Setup::new("agent", AGENT)).await;
    let callee = Sipp::start(&ports, &Scenario::new("answer", CUSTOMER)).await;
    baresip.call(&callee.uri()).await;
    baresip.hears(&[CUSTOMER]).await;
    baresip.hang_up().await;
    let (heard_there, callee_media) = (AGENT, callee.media);
    callee.succeeds().await;

    let setup = Setup { answering: Answering::Always, ..Setup::new("agent", SECOND_AGENT) };
    let pjsua = Telephone::start(Make::Pjsua, &ports, setup).await;
    let to_pjsua = Scenario { target: Some(here(pjsua.port)), ..Scenario::new("hold", SUPERVISOR) };
    let caller = Sipp::start(&ports, &to_pjsua).await;
    pjsua.hears(&[SUPERVISOR]).await;
    let caller_media = caller.media;
    caller.succeeds().await;
    pjsua.told("ended").await;

    let captured = capture.stop().await;
    assert_eq!((captured.malformed(), captured.repeated().len()), (vec![], 0));
    for (port, tone) in [(callee_media, heard_there), (caller_media, SECOND_AGENT)] {
        assert_eq!(captured.sources_to(port), 1);
        let heard = captured.heard_at(port);
        assert!(hold_exactly(&heard, &[tone]), "{}", describe(&heard));
    }
    assert_eq!((captured.messages()["UPDATE"], captured.messages()["200 UPDATE"]), (1, 1));
}

#[tokio::test]
async fn outside_phones_transfer_a_call_blindly_and_after_asking() {
    let ports = Ports::claim();
    let capture = Capture::start(&ports).await;
    let always = |user, tone| Setup { answering: Answering::Always, ..Setup::new(user, tone) };
    let mut customer = Telephone::start(Make::Pjsua, &ports, Setup::new("customer", CUSTOMER)).await;
    let mut agent = Telephone::start(Make::Pjsua, &ports, always("agent", AGENT)).await;
    let second = Telephone::start(Make::Pjsua, &ports, always("second", SECOND_AGENT)).await;
    let mut baresip = Telephone::start(Make::Baresip, &ports, always("supervisor", SUPERVISOR)).await;

    customer.call(&agent.uri()).await;
    agent.hears(&[CUSTOMER]).await;
    agent.hold().await;
    agent.call(&second.uri()).await;
    second.hears(&[AGENT]).await;
    agent.hears(&[SECOND_AGENT]).await;
    second.listen_anew();
    customer.listen_anew();
    agent.connect_lines(1, 2).await;
    second.hears(&[CUSTOMER]).await;
    customer.hears(&[SECOND_AGENT]).await;
    agent.told("ended").await;
    customer.hang_up().await;
    second.told("ended").await;

    baresip.call(&agent.uri()).await;
    baresip.hears(&[AGENT]).await;
    baresip.transfer(&second.uri()).await;
    agent.listen_anew();
    second.hears(&[AGENT]).await;
    agent.hears(&[SECOND_AGENT]).await;
    let captured = capture.stop().await;
    assert_eq!((captured.malformed(), captured.repeated().len()), (vec![], 0));
    assert_eq!((captured.messages()["REFER"], captured.messages()["202 REFER"]), (2, 2));
}

#[tokio::test]
async fn outside_phone_pjsua_and_outside_phone_baresip_speak_wideband_and_encrypted() {
    let ports = Ports::claim();
    let directory = TempDir::new("certificate");
    let (certificate, key) = (directory.path().join("certificate.pem"), directory.path().join("key.pem"));
    let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(&certificate, issued.cert.pem()).expect("a file");
    std::fs::write(&key, issued.signing_key.serialize_pem()).expect("a file");
    let setup = |user, tone| Setup {
        wire: Wire::Tls,
        authority: Some(certificate.clone()),
        certificate: Some((certificate.clone(), key.clone())),
        codecs: vec![Codec::G722],
        is_encrypted: true,
        answering: Answering::Always,
        ..Setup::new(user, tone)
    };
    let mut baresip = Telephone::start(Make::Baresip, &ports, setup("agent", AGENT)).await;
    let mut pjsua = Telephone::start(Make::Pjsua, &ports, setup("customer", CUSTOMER)).await;
    baresip.call(&pjsua.uri()).await;
    baresip.hears(&[CUSTOMER]).await;
    pjsua.hears(&[AGENT]).await;
    assert_eq!(pjsua.command(json!({"do": "codec"})).await["codec"], "G722");
    baresip.hang_up().await;
    pjsua.told("ended").await;
}

#[tokio::test]
async fn outside_phones_baresip_speak_opus_and_outside_phones_of_both_makes_a_law() {
    let ports = Ports::claim();
    let setup = |user, tone, codec| Setup {
        codecs: vec![codec],
        answering: Answering::Always,
        ..Setup::new(user, tone)
    };
    let mut one = Telephone::start(Make::Baresip, &ports, setup("one", CUSTOMER, Codec::Opus)).await;
    let other = Telephone::start(Make::Baresip, &ports, setup("other", AGENT, Codec::Opus)).await;
    one.call(&other.uri()).await;
    one.hears(&[AGENT]).await;
    other.hears(&[CUSTOMER]).await;

    let mut one = Telephone::start(Make::Pjsua, &ports, setup("one", SUPERVISOR, Codec::Pcma)).await;
    let other = Telephone::start(Make::Baresip, &ports, setup("other", AGENT, Codec::Pcma)).await;
    one.call(&other.uri()).await;
    one.hears(&[AGENT]).await;
    other.hears(&[SUPERVISOR]).await;
}

#[tokio::test]
async fn outside_phone_pjsua_answers_by_itself_only_a_call_that_asks_for_it() {
    let ports = Ports::claim();
    let asked = Setup { answering: Answering::Asked, wire: Wire::Tcp, ..Setup::new("agent", AGENT) };
    let mut agent = Telephone::start(Make::Pjsua, &ports, asked).await;
    let setup = Setup { wire: Wire::Tcp, host: ELSEWHERE, ..Setup::new("caller", CUSTOMER) };
    let mut caller = Telephone::start(Make::Pjsua, &ports, setup).await;
    let headers = json!({"Call-Info": "<sip:x@127.0.0.1>;answer-after=0"});
    caller.command(json!({"do": "call", "to": agent.uri(), "headers": headers})).await;
    caller.hears(&[AGENT]).await;
    caller.hang_up().await;
    agent.told("ended").await;
    agent.told("ringing").await;

    caller.call(&agent.uri()).await;
    agent.told("ringing").await;
    agent.refuse().await;
    caller.inbox.take("refusal", |it| it.channel == "ended" && it.data["status"] == 486).await;
}

#[tokio::test]
async fn outside_phone_sipp_acknowledges_ringing_refers_and_gives_up() {
    let ports = Ports::claim();
    let always = |user, tone| Setup { answering: Answering::Always, ..Setup::new(user, tone) };
    let agent = Telephone::start(Make::Pjsua, &ports, always("agent", AGENT)).await;
    let second = Telephone::start(Make::Baresip, &ports, always("second", SECOND_AGENT)).await;
    let busy = Telephone::start(Make::Baresip, &ports, Setup::new("busy", SUPERVISOR)).await;

    let refer_to = second.uri();
    let keys = [("refer_to", refer_to.as_str())];
    let call =
        |name, port| Scenario { target: Some(here(port)), keys: &keys, ..Scenario::new(name, CUSTOMER) };
    Sipp::start(&ports, &call("refer", agent.port)).await.succeeds().await;
    second.hears(&[AGENT]).await;
    let cancel = Scenario { service: "busy", ..call("cancel", busy.port) };
    Sipp::start(&ports, &cancel).await.succeeds().await;
    busy.told("ended").await;
}

#[tokio::test]
async fn the_judge_of_outside_phones_sees_what_is_malformed_and_what_is_repeated() {
    let ports = Ports::claim();
    let capture = Capture::start(&ports).await;
    let (from, to) = (UdpSocket::bind(here(ports.signaling(1))).expect("a port"), here(ports.signaling(1)));
    let far = UdpSocket::bind(to).expect("a port");
    let request = |headers: &str, body: &str| {
        let length = body.len();
        let head = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n";
        format!(
            "INVITE sip:b@x SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let media = (ports.media(2), ports.media(2));
    let rtp = UdpSocket::bind(here(media.0)).expect("a port");
    let ear = UdpSocket::bind(here(media.1)).expect("a port");
    let port = media.1;
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
    );
    let good = request("Content-Type: application/sdp\r\n", &sdp);
    from.send_to(good.as_bytes(), to).expect("sent");
    from.send_to(good.as_bytes(), to).expect("sent");
    // Claims fifteen contributing sources of which none is there.
    rtp.send_to(&[0x8f, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], here(port)).expect("sent");
    let captured = capture.stop().await;
    drop((far, ear));
    assert_eq!(captured.repeated().get("INVITE"), Some(&1), "{:?}", captured.messages());
    assert_eq!(captured.malformed().len(), 1, "{:?}", captured.malformed());
}
