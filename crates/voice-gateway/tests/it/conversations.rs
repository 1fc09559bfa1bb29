//! Calls between phones.

use std::time::Duration;

use contact_center::calls::{CallOrder, PartyState};
use sip::message::Status;
use sip::sdp::Direction;
use sip::user_agent::{Cause, Event, Order, SessionId};

use crate::office::Office;
use crate::telephone::Telephone;

const SOON: Duration = Duration::from_secs(5);
const A_MOMENT: Duration = Duration::from_millis(300);

/// Both hear each other.
async fn talk(one: &mut Telephone, two: &mut Telephone) {
    is_heard(one, two, 0x11).await;
    is_heard(two, one, 0x22).await;
}

async fn is_heard(speaker: &mut Telephone, listener: &mut Telephone, octet: u8) {
    // The first packets find the way.
    for _ in 0..50 {
        speaker.say(octet).await;
        if listener.hears(octet, Duration::from_millis(40)).await {
            return;
        }
    }
    panic!("{} does not hear {}", listener.number, speaker.number);
}

async fn is_told_that_it_rings(phone: &mut Telephone, session: SessionId) {
    phone
        .until("it does not ring", |event| match event {
            Event::Progress { session: of, status: Status::RINGING, .. } if *of == session => Some(()),
            Event::Ended { cause, .. } => panic!("{cause:?}"),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn one_phone_calls_another_and_both_are_heard() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (bela, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    assert_eq!(sip::message::Uri::parse(offered.request.from().unwrap().uri).unwrap().user(), Some("7001"));
    is_told_that_it_rings(&mut first, session).await;
    office.stands(&bela, PartyState::Ringing).await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    office.stands(&anna, PartyState::Established).await;
    talk(&mut first, &mut second).await;
    first.hang_up(session).await;
    assert_eq!(second.ends(offered.session).await, Cause::HungUp);
    office.is_quiet().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_stops_the_ringing() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    is_told_that_it_rings(&mut first, session).await;
    first.order(Order::HangUp { session, reason: None }).await;
    assert_eq!(second.ends(offered.session).await, Cause::Canceled);
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_refuses_is_busy() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second
        .order(Order::Refuse { session: offered.session, status: Status::BUSY_HERE, headers: Vec::new() })
        .await;
    match first.ends(session).await {
        Cause::Refused { status, .. } => assert_eq!(status, Status::BUSY_HERE),
        other => panic!("{other:?}"),
    }
    office.is_quiet().await;
}

#[tokio::test]
async fn of_several_phones_the_first_to_answer_has_the_call() {
    let office = Office::open().await;
    let (_, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut desk) = office.agent_with_phone("bela", "7002").await;
    let mut softphone = Telephone::new(office.address, "7002").await;
    assert_eq!(softphone.register(3_600).await, Status::OK);
    let session = first.call("7002").await;
    let at_desk = desk.rings().await;
    let at_softphone = softphone.rings().await;
    softphone.answer(&at_softphone).await;
    first.is_answered(session).await;
    assert_eq!(desk.ends(at_desk.session).await, Cause::Canceled);
    talk(&mut first, &mut softphone).await;
    softphone.hang_up(at_softphone.session).await;
    first.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_phone_puts_the_other_aside_and_takes_it_up_again() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    talk(&mut first, &mut second).await;
    first.change(session, Direction::SendOnly).await;
    office.stands(&anna, PartyState::Held).await;
    while second.hears(0x11, A_MOMENT).await {}
    first.say(0x33).await;
    assert!(!second.hears(0x33, A_MOMENT).await);
    first.change(session, Direction::SendReceive).await;
    office.stands(&anna, PartyState::Established).await;
    talk(&mut first, &mut second).await;
    second.hang_up(offered.session).await;
    first.ends(session).await;
    office.is_quiet().await;
}

#[tokio::test]
async fn a_muted_agent_is_not_heard_and_hears() {
    let office = Office::open().await;
    let (anna, mut first) = office.agent_with_phone("anna", "7001").await;
    let (_, mut second) = office.agent_with_phone("bela", "7002").await;
    let session = first.call("7002").await;
    let offered = second.rings().await;
    second.answer(&offered).await;
    first.is_answered(session).await;
    talk(&mut first, &mut second).await;
    office.in_call(&anna, CallOrder::Mute).await;
    // What was on its way has arrived when the other way is heard.
    second.say(0x44).await;
    assert!(first.hears(0x44, SOON).await);
    first.say(0x55).await;
    assert!(!second.hears(0x55, A_MOMENT).await);
    office.in_call(&anna, CallOrder::Unmute).await;
    talk(&mut first, &mut second).await;
    office.in_call(&anna, CallOrder::Clear).await;
    first.ends(session).await;
    second.ends(offered.session).await;
    office.is_quiet().await;
}
