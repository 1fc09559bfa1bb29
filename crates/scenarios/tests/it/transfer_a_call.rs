//! Calls that are handed on, dialed, refused and given up, by telephones that others wrote.

use std::net::Ipv4Addr;

use serde_json::json;

use crate::call_center::{CUSTOMER_NUMBER, CallCenter, QUEUE, answering};
use crate::telephones::sipp::{Scenario, Sipp};
use crate::telephones::tones::{AGENT, CUSTOMER, SECOND_AGENT, describe, hold_exactly};
use crate::telephones::{Answering, Make, Setup, Telephone, Wire};

#[tokio::test]
async fn outside_phone_baresip_hands_a_call_on_blindly() {
    let center = CallCenter::open().await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, Setup::new("", AGENT)).await;
    let mut bela = center.seat("bela", "ROLE_AGENT", "7115", Make::Pjsua, Setup::new("", SECOND_AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;
    customer.call(&center.uri("7101")).await;
    let call = anna.call_in("Ringing").await;
    anna.takes().await;
    customer.hears(&[AGENT]).await;
    anna.phone.hears(&[CUSTOMER]).await;

    anna.phone.transfer(&center.uri("7115")).await;
    assert_eq!(bela.call_in("Ringing").await, call);
    bela.takes().await;
    anna.reaches(&call, "Released").await;
    anna.phone.told("ended").await;
    customer.listen_anew();
    customer.hears(&[SECOND_AGENT]).await;
    bela.phone.hears(&[CUSTOMER]).await;
    bela.phone.hang_up().await;
    customer.told("ended").await;
    center.close().await;
}

#[tokio::test]
async fn outside_phone_pjsua_connects_two_lines() {
    let center = CallCenter::open().await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Pjsua, Setup::new("", AGENT)).await;
    let bela = center.seat("bela", "ROLE_AGENT", "7115", Make::Pjsua, answering(SECOND_AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;
    customer.call(&center.uri("7101")).await;
    anna.takes().await;
    customer.hears(&[AGENT]).await;
    anna.phone.hold().await;
    anna.phone.call(&center.uri("7115")).await;
    bela.phone.hears(&[AGENT]).await;
    anna.phone.hears(&[SECOND_AGENT]).await;

    anna.phone.connect_lines(1, 2).await;
    for _ in 1..=2 {
        anna.phone.told("ended").await;
    }
    customer.listen_anew();
    bela.phone.listen_anew();
    customer.hears(&[SECOND_AGENT]).await;
    bela.phone.hears(&[CUSTOMER]).await;
    customer.hang_up().await;
    bela.phone.told("ended").await;
    center.close().await;
}

#[tokio::test]
async fn outside_phones_are_handed_on_by_the_api_in_one_step() {
    let center = CallCenter::open().await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, Setup::new("", AGENT)).await;
    let bela = center.seat("bela", "ROLE_AGENT", "7115", Make::Baresip, answering(SECOND_AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;
    anna.desk.set_state("Ready").await;
    customer.call(&center.uri(QUEUE)).await;
    let call = anna.call_in("Ringing").await;
    anna.takes().await;
    anna.reaches(&call, "Established").await;
    customer.hears(&[AGENT]).await;
    anna.operate(&call, "SingleStepTransfer", json!({"destination": {"phoneNumber": "7115"}})).await;
    anna.reaches(&call, "Released").await;
    customer.listen_anew();
    customer.hears(&[SECOND_AGENT]).await;
    bela.phone.hears(&[CUSTOMER]).await;
    customer.hang_up().await;
    bela.phone.told("ended").await;
    center.close().await;
}

#[tokio::test]
async fn outside_phones_are_dialed_inside_and_outside_by_the_api_and_by_hand() {
    let center = CallCenter::open().await;
    let asked = Setup { answering: Answering::Asked, ..Setup::new("", AGENT) };
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Pjsua, asked).await;
    let mut bela =
        center.seat("bela", "ROLE_AGENT", "7115", Make::Baresip, Setup::new("", SECOND_AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;

    let call = anna.dial("7115").await;
    bela.takes().await;
    anna.reaches(&call, "Established").await;
    anna.phone.hears(&[SECOND_AGENT]).await;
    bela.phone.hears(&[AGENT]).await;
    anna.operate(&call, "Hangup", json!({})).await;
    bela.phone.told("ended").await;

    anna.phone.call(&center.uri(CUSTOMER_NUMBER)).await;
    customer.told("ringing").await;
    customer.answer().await;
    customer.hears(&[AGENT]).await;
    customer.hang_up().await;
    anna.phone.told("ended").await;

    bela.phone.call(&center.uri("7101")).await;
    let call = anna.call_in("Ringing").await;
    anna.operate(&call, "Answer", json!({})).await;
    bela.phone.hears(&[AGENT]).await;
    bela.phone.hang_up().await;
    anna.reaches(&call, "Released").await;
    center.close().await;
}

#[tokio::test]
async fn outside_phone_sipp_calls_holds_demands_prack_and_gives_up() {
    let center = CallCenter::open().await;
    let anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, answering(AGENT)).await;
    let bela = center.seat("bela", "ROLE_AGENT", "7115", Make::Baresip, Setup::new("", SECOND_AGENT)).await;
    let mut ears = Vec::new();
    for name in ["call", "hold", "prack"] {
        let sipp = Sipp::start(&center.ports, &center.scenario(name, "7101", CUSTOMER)).await;
        ears.push(sipp.media);
        anna.phone.hears(&[CUSTOMER]).await;
        sipp.succeeds().await;
        anna.phone.told("ended").await;
        anna.phone.listen_anew();
    }
    let sipp = Sipp::start(&center.ports, &center.scenario("cancel", "7115", CUSTOMER)).await;
    bela.phone.told("ringing").await;
    sipp.succeeds().await;
    bela.phone.told("ended").await;
    let captured = center.close().await;
    for ear in ears {
        let heard = captured.heard_at(ear);
        assert!(hold_exactly(&heard, &[AGENT]), "{}", describe(&heard));
        assert_eq!(
            captured.sources_to(ear),
            1,
            "one source speaks to the customer, however often it changes"
        );
    }
}

#[tokio::test]
async fn outside_phone_sipp_is_refused_what_makes_no_sense() {
    let center = CallCenter::open().await;
    let anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, answering(AGENT)).await;
    for name in ["hops", "no_codec", "unknown_method"] {
        Sipp::start(&center.ports, &center.scenario(name, "7101", CUSTOMER)).await.succeeds().await;
    }
    let inside = |name, password| Scenario {
        host: Ipv4Addr::LOCALHOST,
        login: Some(("7101", password)),
        ..center.scenario(name, "7101", CUSTOMER)
    };
    let right = inside("register", "secret-of-anna");
    Sipp::start(&center.ports, &right).await.succeeds().await;
    Sipp::start(&center.ports, &inside("register_wrongly", "a guess")).await.succeeds().await;
    assert!(anna.phone.inbox.all().iter().all(|it| it.channel == "registered"));
    center.close().await;
}

#[tokio::test]
async fn outside_phones_of_one_device_ring_together_and_the_first_to_answer_has_the_call() {
    let center = CallCenter::open().await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, Setup::new("", AGENT)).await;
    let second = Setup {
        password: anna.phone.setup.password.clone(),
        server: Some(center.tcp),
        wire: Wire::Tcp,
        ..Setup::new("7101", SECOND_AGENT)
    };
    let second = Telephone::start(Make::Pjsua, &center.ports, second).await;
    second.told("registered").await;
    let mut customer = center.customer(CUSTOMER).await;
    customer.call(&center.uri("7101")).await;
    second.told("ringing").await;
    anna.takes().await;
    second.told("ended").await;
    customer.hears(&[AGENT]).await;
    customer.hang_up().await;
    anna.phone.told("ended").await;
    assert!(!customer.ever_heard(SECOND_AGENT));
    center.close().await;
}

#[tokio::test]
async fn outside_phone_that_vanishes_is_released_and_so_is_the_other() {
    let center = CallCenter::open_with("rtp_timeout_seconds = 2").await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Pjsua, Setup::new("", AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;
    customer.call(&center.uri("7101")).await;
    let call = anna.call_in("Ringing").await;
    anna.takes().await;
    customer.hears(&[AGENT]).await;
    anna.phone.kill();
    customer.told("ended").await;
    anna.reaches(&call, "Released").await;
    center.close_after_a_fault().await;
}

#[tokio::test]
async fn outside_phones_are_told_that_the_call_is_over_when_the_server_starts_again() {
    let mut center = CallCenter::open().await;
    let mut anna = center.seat("anna", "ROLE_AGENT", "7101", Make::Baresip, Setup::new("", AGENT)).await;
    let mut customer = center.customer(CUSTOMER).await;
    customer.call(&center.uri("7101")).await;
    anna.takes().await;
    customer.hears(&[AGENT]).await;
    center.center.server.kill().await;
    center.center.server.start_again().await;
    customer.told("ended").await;
    anna.phone.told("ended").await;
    anna.desk.login_again().await;
    assert_eq!(anna.desk.read("/me/calls?fields=*").await["calls"], json!([]));
    customer.call(&center.uri("7101")).await;
    anna.takes().await;
    customer.hears(&[AGENT]).await;
    center.close_after_a_fault().await;
}
